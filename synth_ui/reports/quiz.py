"""Can you tell which is real? Pairs of charts, or of rows, one of real rows and one of synthetic rows, in an order drawn by a seed.

A file that leaves the company holds charts only: counts of rows in a grid, where a cell of fewer than ten rows is left empty, on both
sides alike, so that neither a row nor a rare value can be read from it and the empty cells give nothing away. Rows are for the eyes of
who has the real table before him anyway.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from synth_ui.core.context import Context
from synth_ui.core.table import Column, Kind, Schema, Split
from synth_ui.plots import theme
from synth_ui.plots.binning import bin_pair
from synth_ui.reports import svg
from synth_ui.reports.pictures import FEWEST_ROWS

ROUNDS = 10
MOST_OF_ONE = 3
"""In how many pairs one column is shown at most, where there are others."""

MOST_FIELDS = 12
"""Of how many columns a row is shown."""

RARER = "rarer values"

SHADES = 8
"""How many shades of a cell are told apart."""


@dataclass(frozen=True)
class Round:
    """One guess: what is shown, both sides as markup, and whether the left one is real."""

    title: str
    left: Markup
    right: Markup
    left_is_real: bool


def charts(split: Split, made: pd.DataFrame, associations: pd.DataFrame | None = None, *, seed: int = 0) -> list[Round]:
    """Return up to ten rounds of charts: pairs of columns, real rows no generator saw against as many synthetic ones.

    Parameters
    ----------
    made
        The candidate's rows.
    associations
        How strongly columns hang together in the real rows: `first, second, real`. The strongest pairs are shown, a column in three of
        them at most; without it pairs are drawn.
    seed
        Of the sides, the rows where one side has more of them, and the pairs that are drawn.
    """
    rng = Context(seed).rng("quiz")
    size = min(len(split.holdout), len(made))
    real, synthetic = (_some(frame, size, rng) for frame in (split.holdout.frame, made))
    sides = list[tuple[str, Markup, Markup]]()
    for first, second in pairs(split.schema, associations, rng):
        drawn = _drawn(real, synthetic, first, second, size)
        if drawn is not None:
            sides.append((f"{first.name} and {second.name}", *drawn))
        if len(sides) == ROUNDS:
            break
    return _placed(sides, rng)


def rows(split: Split, made: pd.DataFrame, *, seed: int = 0) -> list[Round]:
    """Return up to ten rounds of a real row that no generator saw and a synthetic one; never for a file that is passed on."""
    rng = Context(seed).rng("quiz of rows")
    shown = [column for column in split.schema.modelled if column.kind.learnable][:MOST_FIELDS]
    size = min(ROUNDS, len(split.holdout), len(made))
    real, synthetic = (_some(frame, size, rng) for frame in (split.holdout.frame, made))
    return _placed([(f"Row {n + 1}", _row(real.iloc[n], shown), _row(synthetic.iloc[n], shown)) for n in range(size)], rng)


def pairs(schema: Schema, associations: pd.DataFrame | None, rng: np.random.Generator) -> Sequence[tuple[Column, Column]]:
    """Return the pairs of columns in the order in which they are taken."""
    known = {column.name: column for column in schema.modelled if column.kind.learnable}
    if associations is None or associations.empty:
        every = list(itertools.combinations(known, 2))
        ordered = [every[place] for place in rng.permutation(len(every))]
    else:
        strongest = associations.loc[associations["real"].abs().sort_values(ascending=False, kind="stable").index]
        ordered = list(zip(strongest["first"], strongest["second"], strict=True))
    taken, later = list[tuple[str, str]](), list[tuple[str, str]]()
    counts = dict.fromkeys(known, 0)
    for pair in ordered:
        if not set(pair) <= set(known):
            continue
        many = any(counts[name] >= MOST_OF_ONE for name in pair)
        (later if many else taken).append(pair)
        for name in pair:
            counts[name] += not many
    return [(known[first], known[second]) for first, second in [*taken, *later]]


def _some(frame: pd.DataFrame, size: int, rng: np.random.Generator) -> pd.DataFrame:
    return frame.iloc[rng.choice(len(frame), size, replace=False)].reset_index(drop=True)


def _placed(sides: Sequence[tuple[str, Markup, Markup]], rng: np.random.Generator) -> list[Round]:
    """Put the real side left in half of the rounds, in an order that is drawn: always the same answer earns half of the points."""
    left = rng.permutation(np.arange(len(sides)) % 2 == 0)
    return [
        Round(title, *((real, made) if first else (made, real)), bool(first))
        for (title, real, made), first in zip(sides, left, strict=True)
    ]


def _drawn(real: pd.DataFrame, synthetic: pd.DataFrame, first: Column, second: Column, size: int) -> tuple[Markup, Markup] | None:
    """Draw both sides on one grid in the same shades; None where no cell of the real rows holds ten rows."""
    cells = int(np.clip(np.sqrt(size / (2 * FEWEST_ROWS)), 3, 14))
    named, made = (_together(frame, (first, second), real) for frame in (real, synthetic))
    bins = bin_pair(named, made, first, second, cells=cells)
    for side in ("real_share", "synthetic_share"):
        bins[side] = bins[side].where(bins[side] * size >= FEWEST_ROWS - 0.5, 0.0)
    bins = bins[(bins["real_share"] > 0) | (bins["synthetic_share"] > 0)]
    if not (bins["real_share"] > 0).any():
        return None
    top = float(bins[["real_share", "synthetic_share"]].max().max())
    return _grid(bins, "real_share", top), _grid(bins, "synthetic_share", top)


def _together(frame: pd.DataFrame, columns: Sequence[Column], real: pd.DataFrame) -> pd.DataFrame:
    """Put levels that fewer than ten of the real rows hold together, so that none of them is named."""
    changed = frame[[column.name for column in columns]].copy()
    for column in columns:
        if not column.kind.numeric:
            counts = real[column.name].value_counts()
            named = counts[counts >= FEWEST_ROWS].index
            values = changed[column.name].astype(object)
            kept = values.where(values.isin(named) | values.isna(), RARER)
            order = [level for level in column.levels if level in set(named)]
            ordered = column.kind is Kind.ORDINAL and bool(order)
            changed[column.name] = pd.Categorical(kept, [*order, RARER], ordered=True) if ordered else kept
    return changed


def _grid(bins: pd.DataFrame, share: str, top: float) -> Markup:
    across, upward = (bins.drop_duplicates(f"{side}_order").sort_values(f"{side}_order") for side in ("first", "second"))
    columns = {order: place for place, order in enumerate(across["first_order"])}
    lines = {order: place for place, order in enumerate(upward["second_order"])}
    plot = svg.Plot((0, len(columns)), (0, len(lines)), 228, "A grid of counts: one of the two is of real rows")
    for row in bins[bins[share] > 0].to_dict("records"):
        x, y = columns[row["first_order"]], lines[row["second_order"]]
        shade = max(int(np.ceil(SHADES * np.sqrt(row[share] / top))), 1)
        plot.box(x + 0.03, x + 0.97, y + 0.03, y + 0.97, f"heat s{shade}")
    plot.marks(_named(across["first_bin"], 3), _named(upward["second_bin"], 8))
    return plot.finish(str(bins["first"].iloc[0]), f"{bins['second'].iloc[0]} ↑")


def _named(labels: pd.Series[Any], most: int) -> dict[float, str]:
    shown = np.unique(np.linspace(0, len(labels) - 1, min(len(labels), most)).round().astype(int))
    return {float(place) + 0.5: svg.short(labels.iloc[place]) for place in shown}


def _row(values: pd.Series[Any], shown: Sequence[Column]) -> Markup:
    lines = Markup("").join(
        Markup("<tr><th>{}</th><td>{}</td></tr>").format(column.name, _said(values[column.name])) for column in shown
    )
    return Markup("<table>{}</table>").format(lines)


def _said(value: Any) -> str:
    if pd.isna(value):
        return "(blank)"
    return theme.number(value) if isinstance(value, float) else str(value)
