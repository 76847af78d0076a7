"""The database of a workspace on a server, which several machines and many processes share: PostgreSQL, named by `SYNTH_UI_DATABASE`."""
