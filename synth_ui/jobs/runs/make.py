"""Making a candidate's rows: fit, draw, cast to the real schema; the one way for pages, command line and Python."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from synth_ui.core.cast import cast
from synth_ui.core.context import Context, Notes
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.rules.asked import Asked
from synth_ui.core.table import Table, TableSize
from synth_ui.generators.base import Generator, Sampler
from synth_ui.generators.sampling import constrained
from synth_ui.jobs.execution import machine
from synth_ui.jobs.runs import polish
from synth_ui.store.files.secret import noise_key

NOTHING = Asked()


@dataclass(frozen=True, eq=False)
class MadeRows:
    """A candidate's rows, canonical, with what it took to make them."""

    frame: pd.DataFrame
    sampler: Sampler
    notes: tuple[str, ...]
    seconds_fit: float
    seconds_sample: float


def make(
    generator: Generator,
    table: Table,
    rows: int,
    context: Context,
    asked: Asked = NOTHING,
    drawing: Callable[[], None] = lambda: None,
) -> MadeRows:
    """Fit a generator and draw `rows` rows that meet what is asked: the one way, whether from a page, the command line or Python.

    `drawing` is called once it has learned.

    Raises
    ------
    DoesNotApply
        If the table is nothing for the generator, the fit would not fit in memory, or what is asked cannot be met.
    """
    start = time.perf_counter()
    context = replace(context, notes=Notes())
    refuse_beyond_memory(generator, table.size, rows)
    if generator.key != "file":  # its rows owe nothing to this table's values
        constrained.refuse_impossible(asked.constraints, table, rows, asked, formal=generator.formal_privacy)
    context.step("learning", 0.0)
    learn = polish.fit if asked.polish else constrained.fit
    sampler = learn(generator, table, context, asked.constraints)
    fitted = time.perf_counter()
    drawing()
    context.step("sampling", 0.0)
    drawn = constrained.draw(sampler, rows, context, table, asked)
    sampled = time.perf_counter()
    frame, notes = cast(drawn, table.schema)
    return MadeRows(frame, sampler, (*context.notes.lines(), *notes), fitted - start, sampled - fitted)


def refuse_beyond_memory(generator: Generator, size: TableSize, rows: int) -> None:
    """Refuse a fit that is expected to take more memory than this machine has.

    Raises
    ------
    DoesNotApply
        With the estimate, the limit and the remedy.
    """
    needed, total = generator.cost(size, rows).megabytes, machine.total_megabytes()
    if needed > total:
        raise DoesNotApply(
            f"{generator.title} is expected to take {needed / 1_000:,.1f} GB of memory for {size.rows:,} rows and "
            f"{size.columns:,} columns with {size.levels:,} levels, and this machine has {total / 1_000:,.1f} GB for it. Race on a "
            "sample of the rows, leave out or group the columns with the most levels, or choose another generator"
        )


def with_noise_key(context: Context, generator: Generator, home: Path) -> Context:
    """Return the context with the workspace's key, where the generator's noise must not follow from the seed alone."""
    return replace(context, secret=noise_key(home)) if generator.formal_privacy else context
