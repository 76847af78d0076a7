"""What a run needs of a node beyond a slot, and which runs no node can take now: Dask's resources, which are names with a number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from synth_ui.core.run import Run, RunKind, RunState
from synth_ui.generators.catalogue import known_generators
from synth_ui.jobs.execution.cluster.called import OnNode
from synth_ui.jobs.execution.cluster.seen import NodeSeen


def wanting() -> dict[str, Mapping[str, float]]:
    """Return what a node must offer for each generator that needs something, by key."""
    return {key: plugin.node_resources for key, plugin in known_generators().items() if plugin.node_resources}


def needed(kind: RunKind, generator: str) -> Mapping[str, float]:
    """Return what a node must offer for a run: nothing where no generator is at work in it."""
    return wanting().get(generator, {}) if kind.makes_rows else {}


def offered(seen: NodeSeen, needs: Mapping[str, float], used: Mapping[str, float] | None = None) -> bool:
    """Whether a node offers so much, beside what is used of it."""
    return all(seen.offers.get(name, 0.0) - (used or {}).get(name, 0.0) >= amount for name, amount in needs.items())


def used_by(runs: Iterable[Run]) -> dict[str, Counter[str]]:
    """Return what is used of each node, by its address, by runs at work."""
    found: dict[str, Counter[str]] = {}
    for run in runs:
        place = OnNode.of(run.worker) if run.state is RunState.RUNNING and run.worker is not None else None
        if place is not None:
            found.setdefault(place.node, Counter()).update(needed(run.kind, run.generator))
    return found


def barred(address: str, nodes: Sequence[NodeSeen], runs: Iterable[Run]) -> dict[str, str]:
    """Return the generators of which no node can take a run now, and why, to continue a sentence."""
    found, used = {}, used_by(runs)
    there = [seen for seen in nodes if not seen.silent]
    for key, needs in wanting().items():
        able = [seen for seen in there if offered(seen, needs)]
        if not able:
            found[key] = (
                f"waits for a node of the cluster that offers {written(needs)}; none does. Start one with: "
                f'dask worker {address} --resources "{written(needs)}"'
            )
        elif not any(offered(seen, needs, used.get(seen.address)) and seen.load < 1 for seen in able):
            found[key] = f"waits until a node of the cluster that offers {written(needs)} has nothing else to do"
    return found


def written(needs: Mapping[str, float]) -> str:
    """Return resources as Dask's command line takes them."""
    return " ".join(f"{name}={amount:g}" for name, amount in needs.items())
