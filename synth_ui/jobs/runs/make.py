"""Making a candidate's rows: fit, draw, cast to the real schema; the one way for pages, command line and Python."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from synth_ui.core.cast import cast, to_source
from synth_ui.core.context import Context, Notes
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.rules.asked import Asked
from synth_ui.core.table import Table, TableSize
from synth_ui.generators.base import Generator, Sampler
from synth_ui.generators.sampling import batches, constrained
from synth_ui.jobs.execution import machine
from synth_ui.jobs.runs import polish
from synth_ui.store.files.disk import write_whole
from synth_ui.store.files.frames import fill_batches
from synth_ui.store.files.secret import noise_key

NOTHING = Asked()

AT_ONCE_MEGABYTES = 1e-4
"""Per cell, of rows that are drawn at once: values, ranks and texts on their way."""


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
    sampler = learned(generator, table, rows, context, asked)
    fitted = time.perf_counter()
    drawing()
    context.step("sampling", 0.0)
    drawn = batches.draw(sampler, rows, context, table, asked)
    sampled = time.perf_counter()
    frame, notes = cast(drawn, table.schema)
    return MadeRows(frame, sampler, (*context.notes.lines(), *notes), fitted - start, sampled - fitted)


def make_to(
    path: Path, generator: Generator, table: Table, rows: int, context: Context, asked: Asked = NOTHING
) -> tuple[Sampler, tuple[str, ...], float, float]:
    """Fit a generator and write `rows` rows to a Parquet file in the form of the source, batch by batch: the rows `make` gives.

    Returns
    -------
    tuple
        The sampler, what is to be said, and the seconds of learning and of drawing.

    Raises
    ------
    DoesNotApply
        As `make`, and if the rows have to be drawn at once and would not fit in memory.
    """
    start = time.perf_counter()
    context = replace(context, notes=Notes())
    refuse_beyond_memory(generator, table.size, min(rows, batches.BATCH))
    refuse_at_once(table, rows)
    sampler = learned(generator, table, rows, context, asked)
    fitted = time.perf_counter()
    said: dict[str, None] = {}
    frames = (to_source(frame, table.schema) for frame in canonical_batches(sampler, rows, context, table, asked, said))
    write_whole(path, fill_batches(frames))
    return sampler, (*context.notes.lines(), *said), fitted - start, time.perf_counter() - fitted


def canonical_batches(
    sampler: Sampler, rows: int, context: Context, table: Table, asked: Asked, said: dict[str, None]
) -> Iterator[pd.DataFrame]:
    """Yield rows as `batches` draws them, canonical under the table's schema; what was changed for that is put into `said`."""
    for drawn in batches.batches(sampler, rows, context, table, asked):
        frame, notes = cast(drawn, table.schema)
        said.update(dict.fromkeys(notes))
        yield frame


def learned(generator: Generator, table: Table, rows: int, context: Context, asked: Asked = NOTHING) -> Sampler:
    """Fit a generator so that rows meet what is asked.

    Raises
    ------
    DoesNotApply
        If the table is nothing for the generator, or what is asked of so many rows cannot be met.
    """
    if generator.key != "file":  # its rows owe nothing to this table's values
        constrained.refuse_impossible(asked.constraints, table, rows, asked, formal=generator.formal_privacy)
    context.step("learning", 0.0)
    learn = polish.fit if asked.polish else constrained.fit
    return learn(generator, table, context, asked.constraints)


def refuse_at_once(table: Table, rows: int) -> None:
    """Refuse rows that must be drawn at once, because they belong to persons, and are more than this machine's memory holds.

    Raises
    ------
    DoesNotApply
        With the estimate, the limit and the remedy.
    """
    if rows <= batches.BATCH or batches.in_batches(rows, table):
        return
    needed, total = rows * len(table.schema) * AT_ONCE_MEGABYTES, machine.total_megabytes()
    if needed > total:
        raise DoesNotApply(
            f"{rows:,} rows of persons are drawn at once, as rows of one person belong together; that is expected to take "
            f"{needed / 1_000:,.1f} GB of memory, and this machine has {total / 1_000:,.1f} GB for it. Ask for fewer rows, or give the "
            "column that tells persons apart the role ignored"
        )


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
