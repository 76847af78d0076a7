"""Synth UI: which synthetic data can I use, and can I trust it?

The package is the product; the pages are its face. From the bottom up:

core          what things are: tables, plugins with typed settings, contexts, scores, runs, errors
tables        a source becomes a table: reading, kinds and roles, the split, samples, profile
generators    recipes whose `fit` gives a sampler; one file each
measures      questions about (train, holdout, synthetic); one file each
evaluation    controls, scores, the scale each score is drawn on
comparison    leaderboard, verdict, trade-offs
plots         tidy frame to figure
store         the workspace: runs, candidates, scores, frames
jobs          runs as child processes: schedule, cancel, recover
reports       the HTML report, downloads, the reproducing script
ui, cli       what stands on top

From Python::

    from synth_ui import race, read, score

    table = read("people.csv").table
    result = race(table, target="income", generators=["cart", "bayes_net"], seconds=60)
    print(result.verdict.sentence)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synth_ui.core.installation import VERSION

__version__ = VERSION

__all__ = [
    "DatabaseTable",
    "__version__",
    "changed",
    "choose",
    "compare",
    "design",
    "generate",
    "race",
    "read",
    "resume",
    "retarget",
    "score",
    "split",
    "tune",
    "unchoose",
]

if TYPE_CHECKING:
    from synth_ui.api import (
        changed,
        choose,
        compare,
        design,
        generate,
        race,
        read,
        resume,
        retarget,
        score,
        split,
        tune,
        unchoose,
    )
    from synth_ui.tables.databases.address import DatabaseTable


def __getattr__(name: str) -> Any:
    """Import the public functions when they are first asked for: a page must not pay for what it does not use."""
    if name in __all__:
        from synth_ui import api

        return getattr(api, name)
    raise AttributeError(f"module 'synth_ui' has no attribute {name!r}")
