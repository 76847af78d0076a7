"""What the networks that make a row in one go share: settings, how rows are encoded, what they cost, how they are drawn in blocks.

They see a row as one-hot levels and normal scores (see `_row_encoding`). What each learns from such rows is its own.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from synth_ui.core.context import Context
from synth_ui.core.table import TableSize
from synth_ui.core.tunable import integer, number
from synth_ui.generators._preparation.prepare import Array, Model, Prepared
from synth_ui.generators.base import Cost
from synth_ui.generators.neural._level_groups import Codes
from synth_ui.generators.neural._row_encoding import Floats32, Mixed, Outputs

CHUNK = 4_096
"""Rows that go through a network at once."""

_MOST_ROWS = 100_000
_MOST_WIDTH = 1_500


# --- settings -----------------------------------------------------------------------------------------------------


def blocks_setting(default: int, *, advanced: bool = True) -> Any:
    """Declare how many layers lie between the first and the last."""
    return integer(default, low=1, high=12, help="Layers between the first and the last.", advanced=advanced)


def rate_setting(default: float) -> Any:
    """Declare the highest learning rate."""
    return number(default, low=1e-5, high=0.1, log=True, help="The highest learning rate of the schedule.", advanced=True)


def average_setting() -> Any:
    """Declare how fast the running average of the weights moves."""
    help = "Share by which the weights drawn from follow those trained."
    return number(0.01, low=1e-4, high=1.0, log=True, help=help, advanced=True)


def most_levels_setting() -> Any:
    """Declare how many levels of a category are told apart."""
    help = "Rare levels of longer categories share, fewer in wide tables."
    return integer(128, low=8, high=4_096, log=True, help=help, advanced=True)


# --- rows and costs -----------------------------------------------------------------------------------------------


class Encoded(NamedTuple):
    """Rows as a network learns them: levels, rows × columns, and numbers (NaN where a row has none)."""

    mixed: Mixed
    codes: Codes
    scores: Floats32


def encoded(data: Prepared, most_levels: int, context: Context) -> Encoded:
    """Take as many rows as are learned from and encode them."""
    if data.rows > _MOST_ROWS:
        context.notes.add(f"learned from {_MOST_ROWS:,} of {data.rows:,} rows, drawn by chance")
    data = data.sample(_MOST_ROWS, context.rng("rows"))
    mixed = Mixed.of(data, most_levels, _MOST_WIDTH)
    because = f"the levels of {len(data.columns)} columns share {_MOST_WIDTH:,} inputs of the network"
    context.notes.used("most_levels", mixed.most, most_levels, because)
    return Encoded(mixed, *mixed.encode(data, context))


def say_batch(batch: int, rows: int, context: Context) -> None:
    """Say that a batch is smaller than asked for, where a table has not so many rows."""
    context.notes.used("batch", min(batch, rows), batch, f"only {rows:,} rows are learned from")


def inputs(size: TableSize, most_levels: int) -> int:
    """Estimate how many numbers a row is to a network."""
    return min(size.levels, size.columns * most_levels, _MOST_WIDTH) + 6 * size.columns


def cost(size: TableSize, rows: int, seconds: float, units: int) -> Cost:
    """Return the estimate of a network that holds so many units at once (rows of a batch times the width of a layer)."""
    return Cost(seconds, 300 + units * 1e-4 + 3e-5 * (min(size.rows, _MOST_ROWS) + rows) * size.columns)


# --- drawing ------------------------------------------------------------------------------------------------------


class WholeRowModel(Model):
    """A network that gives all cells of a row in one go, and what turns them into values."""

    def __init__(self, mixed: Mixed, outputs: Outputs) -> None:
        self.mixed = mixed
        self.outputs = outputs

    @abstractmethod
    def raw(self, n: int, rng: np.random.Generator) -> Floats32:
        """Return log chances, means and log spreads of `n` rows to be drawn."""

    def draw(self, n: int, context: Context) -> Sequence[Array]:
        """Let the network make rows, draw their cells, turn them into values."""
        rng, parts = context.rng("rows"), []
        for first in range(0, n, CHUNK):
            context.step("sampling", 0.85 * first / n)
            parts.append(self.outputs.draw(self.raw(min(CHUNK, n - first), rng), rng))
        codes, scores = (np.concatenate(part) for part in zip(*parts, strict=True))
        return self.mixed.decode(codes, scores, context.rng("values"))
