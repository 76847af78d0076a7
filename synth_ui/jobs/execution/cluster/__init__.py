"""Runs on the machines of a Dask cluster, named by `SYNTH_UI_DASK`: the same worker command as a child process of the node's.

`dask_cluster` is the executor, `seen` what the scheduler says of a node, `needs` which runs only some nodes take, `node` what it asks of a node, `called` how the child knows what it is called and when to go, `losses` which
nodes a run lost. Dask is imported in `dask_cluster` and `node` alone, when it is needed.
"""
