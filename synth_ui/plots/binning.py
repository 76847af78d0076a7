"""Counts behind the pictures of columns and pairs, made on the server: no chart is ever sent a row."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns.values import level_codes, numbers
from synth_ui.core.errors import TableError
from synth_ui.core.table import Column, Kind
from synth_ui.plots import theme, ticks

Floats = npt.NDArray[np.floating[Any]]

BLANK = "blank"
OTHER = "other levels"


def bin_column(real: pd.Series[Any], synthetic: Mapping[str, pd.Series[Any]], column: Column, *, cells: int = 32) -> pd.DataFrame:
    """Count a column in cells common to the real table and all candidates.

    Numbers and dates are cut into cells of equal width, numbers at round ones, between about the 1st and 99th percentile of the real
    values, the tails kept in an open cell at each end; levels are listed by their real share, beyond the 20 commonest as "other levels"; blanks have a cell.

    Parameters
    ----------
    real
        Canonical values of the real table.
    synthetic
        The same of each candidate, by title.

    Returns
    -------
    pandas.DataFrame
        `candidate, column, bin` (a label), `order, lower, upper` (numbers, or seconds since 1970 for dates; NaN where open or
        not a number), `real_share, synthetic_share` (of all rows, blanks included).

    Raises
    ------
    TableError
        If the column is text or an identifier.
    """
    labels, lower, upper, code = _cells(real, column, cells)
    base = _shares(code(real), len(labels))
    frames = [
        pd.DataFrame({
            "candidate": name, "column": column.name, "bin": labels, "order": np.arange(len(labels)), "lower": lower, "upper": upper,
            "real_share": base, "synthetic_share": _shares(code(values), len(labels)),
        })
        for name, values in synthetic.items()
    ]  # fmt: skip
    everything = pd.concat(frames, ignore_index=True)
    seen = everything.groupby("order")[["real_share", "synthetic_share"]].transform("max").max(axis=1) > 0
    return everything[seen | everything["lower"].notna()].reset_index(drop=True)


def bin_pair(real: pd.DataFrame, synthetic: pd.DataFrame, first: Column, second: Column, *, cells: int = 16) -> pd.DataFrame:
    """Count a pair of columns in a grid common to the real table and the candidate.

    Returns
    -------
    pandas.DataFrame
        `first, second` (column names), `first_bin, second_bin` (labels), `first_order, second_order`, `real_share`,
        `synthetic_share`, `difference` (synthetic minus real); one row per cell that either side uses.

    Raises
    ------
    TableError
        If a column is text or an identifier.
    """
    places, labels = [], []
    for column in (first, second):
        names, _, _, code = _cells(real[column.name], column, cells)
        labels.append(np.array(names, dtype=object))
        places.append((code(real[column.name]), code(synthetic[column.name])))
    width = len(labels[1])
    shares = [_shares(places[0][side] * width + places[1][side], len(labels[0]) * width) for side in (0, 1)]
    used = np.flatnonzero(shares[0] + shares[1] > 0)
    row, place = np.divmod(used, width)
    return pd.DataFrame({
        "first": first.name, "second": second.name, "first_bin": labels[0][row], "second_bin": labels[1][place],
        "first_order": row, "second_order": place, "real_share": shares[0][used], "synthetic_share": shares[1][used],
        "difference": (shares[1] - shares[0])[used],
    })  # fmt: skip


def _shares(codes: npt.NDArray[np.int64], cells: int) -> Floats:
    return np.bincount(codes, minlength=cells) / max(len(codes), 1)


def _cells(real: pd.Series[Any], column: Column, cells: int) -> tuple[list[str], Floats, Floats, Any]:
    """Return the cells' labels, lower and upper ends, and a function from values to the cell each falls in."""
    if not column.kind.learnable:
        raise TableError(
            f"{column.name!r} is {column.kind.value}; only numbers, dates, categories and booleans have a distribution."
        )
    return _number_cells(real, column, cells) if column.kind.numeric else _level_cells(real)


def _number_cells(real: pd.Series[Any], column: Column, cells: int) -> tuple[list[str], Floats, Floats, Any]:
    values = numbers(real, column.kind)
    known = values[~np.isnan(values)]
    edges = _edges(known, column.kind, cells)
    say = say_values(edges, column.kind)
    between = [f"{a} to {b}" for a, b in itertools.pairwise(say)]
    if column.kind is Kind.INTEGER:
        between = [_whole(a, b) for a, b in itertools.pairwise(edges)]
    labels = [f"below {say[0]}", *between, f"from {say[-1]}", BLANK]
    lower = np.array([np.nan, *edges[:-1], np.nan, np.nan])
    upper = np.array([np.nan, *edges[1:], np.nan, np.nan])

    def code(series: pd.Series[Any]) -> npt.NDArray[np.int64]:
        found = numbers(series, column.kind)
        places = np.searchsorted(edges, found, side="right")
        return np.where(np.isnan(found), len(labels) - 1, np.minimum(places, len(labels) - 2)).astype(np.int64)

    return labels, lower, upper, code


def _whole(low: float, high: float) -> str:
    """Name the whole numbers from `low` up to, not including, `high`."""
    return theme.number(low) if high - low <= 1 else f"{theme.number(low)} to {theme.number(high - 1)}"


def _edges(known: Floats, kind: Kind, cells: int) -> Floats:
    """Return the edges of cells of equal width, at round numbers; of dates from the 1st to the 99th percentile."""
    if not len(known):
        return np.array([0.0, 1.0])
    low, high = np.quantile(known, [0.01, 0.99])
    low, high = (float(known.min()), float(known.max())) if low == high else (float(low), float(high))
    if kind is Kind.INTEGER:
        return ticks.cell_edges(np.floor(low), np.floor(high), cells, whole=True)
    if low == high:
        return np.array([low, np.nextafter(low, np.inf) if low else 1e-9])
    edges = np.linspace(low, high, cells + 1) if kind is Kind.DATETIME else ticks.cell_edges(low, high, cells)
    if edges[-1] <= high:
        edges[-1] = np.nextafter(edges[-1], np.inf)
    return edges


def _level_cells(real: pd.Series[Any], most: int = 20) -> tuple[list[str], Floats, Floats, Any]:
    counts = _texts(real).value_counts()
    ordered = (
        list(real.cat.categories) if isinstance(real.dtype, pd.CategoricalDtype) and real.cat.ordered else list(counts.index)
    )
    kept = [str(level) for level in (ordered if len(ordered) <= most else counts.index[:most])]
    labels = [*kept, OTHER, BLANK]

    def code(series: pd.Series[Any]) -> npt.NDArray[np.int64]:
        codes = level_codes(series, kept)
        return np.where(codes < 0, len(kept) + 1, codes)

    unknown = np.full(len(labels), np.nan)
    return labels, unknown, unknown, code


def _texts(series: pd.Series[Any]) -> pd.Series[Any]:
    return series.astype(object).map(str, na_action="ignore")


def say_values(values: Floats, kind: Kind | str) -> list[str]:
    """Say numbers or dates (seconds since 1970) that stand side by side, as finely as it takes to tell them apart."""
    if str(kind) != Kind.DATETIME:
        return theme.numbers(values)
    pattern = _pattern(float(np.nanmin(values)), float(np.nanmax(values)))
    ticks = np.round(np.asarray(values) * 1e6).astype("int64").astype("datetime64[us]")
    shown = [str(moment.strftime(pattern)) for moment in pd.DatetimeIndex(ticks)]
    return [text[:-3] for text in shown] if pattern.endswith("%f") else shown


_CLOCK_DAY = float(np.datetime64("1900-01-01", "s").astype("int64"))
"""Times of day are kept as times of this day."""


def _pattern(low: float, high: float) -> str:
    """Return how dates between two moments are said."""
    day, span = 86_400.0, high - low
    clock = "%H:%M:%S.%f" if span < 60 else "%H:%M:%S" if span < 3_600 else "%H:%M"
    if low >= _CLOCK_DAY and high <= _CLOCK_DAY + day:
        return clock
    return "%Y" if span > 20 * 365 * day else "%b %Y" if span > 400 * day else "%d %b %Y" if span > 3 * day else f"%d %b {clock}"
