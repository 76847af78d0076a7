"""Many rows drawn in batches, so that memory does not grow with their number; the one way rows are drawn, however many.

Up to `BATCH` rows come in one draw. More come in batches of that size, each with a random stream of its own that follows from the seed
and from where it begins: the same rows whether they are put together in memory or written away batch by batch. Keys and other columns
that are made anew are made for all rows at once, or batches would share some. Where rows belong to persons all are drawn at once, as no
batch knows who stands in another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from synth_ui.core.context import Context, Notes, Progress
from synth_ui.core.persons import person_columns
from synth_ui.core.rules.asked import Asked
from synth_ui.core.rules.condition import Condition
from synth_ui.core.table import Table
from synth_ui.generators.base import Sampler
from synth_ui.generators.sampling.constrained import drawn_under, refuse_impossible

BATCH = 200_000
"""Rows of a batch. Another number would give other rows for the same seed, so it is no setting."""

Shares = Sequence[tuple[tuple[Condition, ...], int]]


def draw(sampler: Sampler, n: int, context: Context, table: Table, asked: Asked) -> pd.DataFrame:
    """Draw `n` rows that meet what is asked besides the rules, of any fitted sampler, and put them together in memory.

    Parameters and errors are those of `batches`.
    """
    parts = list(batches(sampler, n, context, table, asked))
    return parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)


def batches(sampler: Sampler, n: int, context: Context, table: Table, asked: Asked) -> Iterator[pd.DataFrame]:
    """Yield `n` rows that meet what is asked besides the rules, batch by batch.

    Parameters
    ----------
    table
        The real table the sampler was fitted on: its schema, and the levels it has.

    Raises
    ------
    SettingError, DoesNotApply
        If a condition is written wrongly, or cannot be met.
    Cancelled
        If the user asked to stop.
    """
    shares: Shares = [((), n)]
    if asked.where or asked.table or asked.balance:
        refuse_impossible(getattr(sampler, "rules", ()), table, n, asked, formal=sampler.ledger is not None)
        shares = [(conditions, size) for conditions, size in asked.shares(table, n) if size]
    if not in_batches(n, table):
        yield drawn_under(sampler, shares, context)
        return
    anew, done = _made_anew(sampler, n, context, table), 0
    for start in range(0, n, BATCH):
        end = min(start + BATCH, n)
        here = [(conditions, size * end // n - size * start // n) for conditions, size in shares]
        part = _part(context, start, end, n)
        frame = drawn_under(sampler, [(conditions, size) for conditions, size in here if size], part)
        _tell(part.notes, context.notes, first=start == 0)
        if anew is not None:
            frame = frame.assign(**{str(name): anew[name].iloc[done : done + len(frame)].array for name in anew})
        done += len(frame)
        yield frame


def in_batches(n: int, table: Table) -> bool:
    """Whether so many rows are drawn in batches: not where they are few, or belong to persons."""
    return n > BATCH and not person_columns(table.frame, table.schema)


def _part(context: Context, start: int, end: int, n: int) -> Context:
    """Return the context of a batch: a random stream and notes of its own, and progress as a part of the whole."""

    def report(progress: Progress) -> None:
        share = None if progress.fraction is None else (start + (end - start) * progress.fraction) / n
        context.on_progress(replace(progress, fraction=share))

    return replace(context.named(f"rows from {start}"), on_progress=report, notes=Notes())


def _tell(said: Notes, notes: Notes, *, first: bool) -> None:
    """Pass on what a batch had to say: shares of rows are added up, sentences are those of the first."""
    notes.add_tallies(said)
    for sentence in said.sentences if first else ():
        notes.add(f"{sentence} (the first {BATCH:,} rows)")


def _made_anew(sampler: Sampler, n: int, context: Context, table: Table) -> pd.DataFrame | None:
    """Make the columns that are not learned for all rows at once; None where there is none, or the sampler makes none once more."""
    names = [column.name for column in table.schema if not column.modelled]
    if not names or type(sampler).renewed is Sampler.renewed:
        return None
    learned = {column.name: np.zeros(n, dtype=bool) for column in table.schema.modelled}  # in their place: they are not looked at
    made = sampler.renewed(pd.DataFrame(learned, index=pd.RangeIndex(n)), context.named("keys of all"))
    return made[names] if set(names) <= set(made.columns) else None
