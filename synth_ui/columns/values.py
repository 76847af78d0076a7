"""The values of a canonical column as an array: numbers and dates as floats, levels as codes, ranks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.core.table import Column, Kind

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def numbers(series: pd.Series[Any], kind: Kind) -> Floats:
    """Return numbers, integers or dates (in seconds since 1970) as floats; blanks and infinities are NaN. Shape (n,)."""
    if kind is Kind.DATETIME:
        naive = series.dt.tz_convert("UTC").dt.tz_localize(None) if series.dt.tz is not None else series
        ticks = naive.to_numpy(dtype="datetime64[us]")
        return np.where(np.isnat(ticks), np.nan, ticks.astype("int64") / 1e6)
    values: Floats = series.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan) if np.isinf(values).any() else values


def level_names(column: Column, *series: pd.Series[Any]) -> list[str]:
    """Return the levels of a discrete column: the declared ones first, then further ones of `series` in their order."""
    if column.kind is Kind.BOOLEAN:
        return ["False", "True"]
    names = dict.fromkeys(column.levels)
    for one in series:
        names.update(dict.fromkeys(map(str, one.cat.categories)))
    return list(names)


def level_codes(series: pd.Series[Any], levels: Sequence[str]) -> Integers:
    """Return the place in `levels` of each row's level or truth: −1 where blank, `len(levels)` where it is none of them. Shape (n,)."""
    known = {name: place for place, name in enumerate(levels)}
    if pd.api.types.is_bool_dtype(series.dtype):  # many times faster than by way of categories
        truth = series.astype("boolean").astype("Int8").to_numpy(dtype=np.int64, na_value=-1)
        of_truth: Integers = np.array([known.get(name, len(levels)) for name in ("False", "True")] + [-1])[truth]
        return of_truth
    series = series if isinstance(series.dtype, pd.CategoricalDtype) else series.astype("category")
    codes = series.cat.codes.to_numpy()
    places = [known.get(str(name), len(levels)) for name in series.cat.categories]
    table: Integers = np.array([*places, -1], dtype=np.int64)  # code −1, a blank, picks the last entry
    found: Integers = table[codes]
    return found


def midranks(values: Floats) -> Floats:
    """Return ranks from 1, ties sharing their mean. Shape (n,)."""
    order = np.argsort(values, kind="stable")
    ranked = values[order]
    starts = np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1])[: len(ranked)])
    ends = np.append(starts[1:], len(ranked))
    ranks = np.empty(len(values))
    ranks[order] = np.repeat((starts + 1 + ends) / 2, ends - starts)
    return ranks
