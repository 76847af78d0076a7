"""Generators that need no real table: they make one from their own declaration."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply, SettingError
from synth_ui.core.table import Table
from synth_ui.generators.base import Generator, Sampler

MOST_ROWS = 100_000_000
"""More rows than this no one asks for but by a slip of the finger."""


@dataclass(frozen=True, eq=False)
class World:
    """What a generator made from nothing.

    Attributes
    ----------
    tables
        By name; the first is the main one.
    series
        What is counted over time, for the chart: `world, time, name, value`, and what a step of time is in `time_unit`.
    notes
        One sentence each: what was drawn, changed or could not be met.
    """

    tables: Mapping[str, Table]
    series: pd.DataFrame | None = None
    time_unit: str = ""
    notes: tuple[str, ...] = field(default=())

    @property
    def main(self) -> Table:
        """The first table."""
        return next(iter(self.tables.values()))


@runtime_checkable
class MakesTables(Protocol):
    """What the design page, the command line and design jobs ask of a generator."""

    def world(self, rows: int, context: Context) -> World:
        """Make `rows` rows of the main table, with whatever tables belong to it.

        Raises
        ------
        SettingError
            If the declaration does not hold together, or `rows` is below one.
        Cancelled
            If the user asked to stop.
        """


@dataclass(frozen=True)
class FromNothing(Generator):
    """A generator that makes tables of its own and models none: asked to fit one, it says so."""

    needs_real_data = False
    models_tables = False

    @abstractmethod
    def world(self, rows: int, context: Context) -> World:
        """Make `rows` rows of the main table; see `MakesTables`."""

    def make(self, rows: int, context: Context) -> Table:
        """Make `rows` rows of the main table."""
        return self.world(rows, context).main

    def fit(self, table: Table, context: Context) -> Sampler:
        """Refuse: there is nothing to learn."""
        raise DoesNotApply(
            f"{self.key} makes rows of a table of its own and learns none; make one on the design page or with "
            f"'synth-ui design {self.key}', then race on it"
        )


def check_rows(key: str, rows: int) -> int:
    """Return `rows`; raise `SettingError` if it is below one or beyond reason."""
    if not 1 <= rows <= MOST_ROWS:
        raise SettingError(f"{key}: rows is {rows:,}; allowed is a whole number from 1 to {MOST_ROWS:,}.")
    return rows
