"""Rows from a declared schema: every column by itself, from nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from synth_ui.core.context import Context
from synth_ui.core.table import Table, TableSize
from synth_ui.core.tunable import text
from synth_ui.generators._preparation.prepare import (
    Array,
    LineScale,
    Model,
    Prepared,
    PreparedGenerator,
    PreparedSampler,
    prepare,
)
from synth_ui.generators.base import Cost, Sampler
from synth_ui.generators.from_nothing.blueprint import Blueprint
from synth_ui.generators.from_nothing.drawing import make_table, write_parquet
from synth_ui.generators.from_nothing.source import World

EXAMPLE = json.dumps(
    {
        "name": "customers",
        "columns": [
            {"name": "customer_id", "kind": "identifier", "pattern": "C-\\d{6}", "unique": True},
            {"name": "name", "kind": "text", "provider": "name"},
            {"name": "email", "kind": "text", "provider": "email", "unique": True},
            {"name": "joined", "kind": "datetime", "low": "2020-01-01", "high": "2025-12-31"},
            {"name": "age", "kind": "integer", "distribution": "normal", "mean": 44, "spread": 15, "low": 18, "high": 95},
            {"name": "plan", "kind": "category", "levels": ["basic", "plus", "pro"], "weights": [6, 3, 1]},
            {"name": "monthly_spend", "distribution": "lognormal", "mean": 30, "spread": 0.8, "decimals": 2, "blank": 0.05},
            {"name": "visits", "kind": "integer", "distribution": "poisson", "mean": 4},
            {"name": "newsletter", "kind": "boolean", "weights": [0.35, 0.65]},
        ],
    },
    indent=1,
)
"""A declaration to start from, as JSON."""


@dataclass(frozen=True)
class DeclaredSchema(PreparedGenerator):
    """Draw every column from what is declared of it: range, distribution, levels with weights, pattern, provider, blanks.

    Fitted on a real table it takes names, kinds, ranges, levels and shares of blanks, and draws everything within them alike: what a
    table looks like that knows the schema and nothing else.
    """

    key = "schema"
    title = "Declared schema"
    summary = "Draws every column from a declaration of what it may hold, with no real row behind it."
    family = "from nothing"
    reference = "Gray et al., Quickly generating billion-record synthetic databases, SIGMOD 1994; Faker"
    needs_real_data = False
    good_at = "Any number of rows of the right form, before there is a single real one: for tests, demos and load."
    cannot = "It knows no relationship between columns, and no distribution but the declared one."

    declaration: str = text("", title="Declaration", help="The schema as JSON; not used when a real table is given to fit.")

    @property
    def blueprint(self) -> Blueprint:
        """The declared schema, or the example where none is given."""
        return Blueprint.from_json(self.declaration or EXAMPLE)

    def world(self, rows: int, context: Context) -> World:
        """Make `rows` rows of the declared table; see `MakesTables`."""
        blueprint = self.blueprint
        return World({blueprint.name: make_table(blueprint, rows, context)})

    def make(self, rows: int, context: Context) -> Table:
        """Make `rows` rows of the declared table."""
        return self.world(rows, context).main

    def write(self, rows: int, path: Path, context: Context) -> None:
        """Write `rows` rows of the declared table to a Parquet file in bounded memory."""
        write_parquet(self.blueprint, rows, path, context)

    def fit(self, table: Table, context: Context) -> Sampler:
        """Take a table's schema; no look-up from one column to another is kept, as it would carry values."""
        layout, data = prepare(table, context, lookups=False)
        context.step("learning", 1.0)
        return PreparedSampler(layout, self.learn(data, context))

    def learn(self, data: Prepared, context: Context) -> Model:
        """Keep each column's range or number of levels, and its share of blanks."""
        blanks = [
            float(np.isnan(array).mean()) if column.numeric else float(column.blank and (array == column.levels - 1).mean())
            for column, array in zip(data.columns, data.arrays, strict=True)
        ]
        ranges = [
            (column.coder.low, column.coder.high) if isinstance(column.coder, LineScale) else (0.0, 0.0)
            for column in data.columns
        ]
        levels = [column.levels - column.blank if not column.numeric else 0 for column in data.columns]
        return _Ranges(tuple(blanks), tuple(ranges), tuple(levels), tuple(column.name for column in data.columns))

    def cost(self, size: TableSize, rows: int) -> Cost:
        """Estimate: looking at each column once, drawing each value once."""
        cells = (size.rows + rows) * size.columns
        return Cost(0.02 + 8e-8 * cells, 20 + 1.5e-5 * cells)


class _Ranges(Model):
    keeps = "names, kinds, ranges, levels and shares of blanks of the columns; no row and no frequency"

    def __init__(
        self, blanks: tuple[float, ...], ranges: tuple[tuple[float, float], ...], levels: tuple[int, ...], names: tuple[str, ...]
    ) -> None:
        self.blanks = blanks
        self.ranges = ranges
        self.levels = levels
        self.names = names

    def draw(self, n: int, context: Context) -> Sequence[Array]:
        drawn: list[Array] = []
        for blank, (low, high), levels, name in zip(self.blanks, self.ranges, self.levels, self.names, strict=True):
            context.step("sampling")
            rng = context.rng(f"draw {name}")
            missing = rng.random(n) < blank
            if levels:
                drawn.append(np.where(missing, levels, rng.integers(0, levels, n)))
            else:
                drawn.append(np.where(missing, np.nan, low + rng.random(n) * (high - low)))
        return drawn
