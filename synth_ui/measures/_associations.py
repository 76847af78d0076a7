"""How strongly two columns go together, for every mix of kinds: the matrices of the relationships page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns.hashes import content_order
from synth_ui.columns.values import level_codes, midranks, numbers
from synth_ui.core.table import Column
from synth_ui.measures.case import Case, Side

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MOST_ROWS = 200_000
"""So many rows of each table are looked at most."""

CORRELATION, CRAMER, RATIO = "correlation", "Cramér's V", "correlation ratio"


def associations(case: Case, pairs: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Return first, second, real, synthetic, difference, kind for every pair; real is the holdout, a draw of 200,000 of more rows.

    Numbers with numbers: Spearman's correlation, in [−1, 1]. Categories with categories: Cramér's V with Bergsma's
    correction, in [0, 1]. Mixed: the correlation ratio of ranks, corrected, in [0, 1]. Rows blank in either column are
    left out; a pair of which too little is left has 0.
    """
    real, synthetic = _columns(case, "holdout"), _columns(case, "synthetic")
    rows = []
    for first, second in pairs:
        kind = _kind(case.schema[first], case.schema[second])
        a, b = (_association(kind, columns[first], columns[second]) for columns in (real, synthetic))
        rows.append({"first": first, "second": second, "real": a, "synthetic": b, "difference": b - a, "kind": kind})
    return pd.DataFrame(rows)


def _kind(first: Column, second: Column) -> str:
    if first.kind.numeric and second.kind.numeric:
        return CORRELATION
    return CRAMER if first.kind.discrete and second.kind.discrete else RATIO


def _columns(case: Case, side: Side) -> dict[str, Any]:
    """Return each column as centred, scaled ranks (NaN where blank) or as level codes (−1 where blank)."""

    def compute() -> dict[str, Any]:
        frame = case.frame(side)
        if len(frame) > MOST_ROWS:
            frame = frame.iloc[content_order(case.draw_hashes(side), case.split.seed, MOST_ROWS)]
        return {column.name: _column(frame[column.name], column, case) for column in case.schema.modelled}

    keeper = case if side == "synthetic" else case.shared
    return keeper.once(f"associations:{side}", compute)


def _column(series: pd.Series[Any], column: Column, case: Case) -> Any:
    if column.kind.discrete:
        return level_codes(series, case.shared.cells[column.name].levels)
    values = numbers(series, column.kind)
    known = ~np.isnan(values)
    ranks = np.full(len(values), np.nan)
    if known.any():
        of_known = midranks(values[known])
        ranks[known] = of_known - of_known.mean()
    return ranks


def _association(kind: str, first: Any, second: Any) -> float:
    if kind == CORRELATION:
        return spearman(first, second)
    if kind == CRAMER:
        return cramers_v(first, second)
    codes, ranks = (first, second) if first.dtype.kind == "i" else (second, first)
    return correlation_ratio(codes, ranks)


def spearman(first: Floats, second: Floats) -> float:
    """Return the correlation of two columns of centred ranks, in [−1, 1]; 0 where a side does not vary."""
    known = ~(np.isnan(first) | np.isnan(second))
    if not known.all():
        first, second = midranks(first[known]), midranks(second[known])
        if not len(first):
            return 0.0
        first, second = first - first.mean(), second - second.mean()
    scale = float(np.sqrt((first @ first) * (second @ second)))
    return float(np.clip((first @ second) / scale, -1, 1)) if scale > 0 else 0.0


def rank_correlation(first: Floats, second: Floats) -> float:
    """Return Spearman's correlation of two lists without blanks, in [−1, 1]; 0 where a list does not vary."""
    a, b = midranks(first), midranks(second)
    return spearman(a - a.mean(), b - b.mean())


def cramers_v(first: Integers, second: Integers) -> float:
    """Return Cramér's V with Bergsma's bias correction (2013), in [0, 1]; 0 where a side does not vary."""
    known = (first >= 0) & (second >= 0)
    first, second = first[known], second[known]
    if not len(first):
        return 0.0
    width = int(second.max()) + 1
    counts = np.bincount(first * width + second, minlength=(int(first.max()) + 1) * width).reshape(-1, width)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    n, (rows, columns) = len(first), counts.shape
    if n < 2 or min(rows, columns) < 2:
        return 0.0
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0, keepdims=True) / n
    phi = max(0.0, float(np.sum((counts - expected) ** 2 / expected)) / n - (rows - 1) * (columns - 1) / (n - 1))
    smaller = min(rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1)) - 1
    return float(min(1.0, np.sqrt(phi / smaller))) if smaller > 0 else 0.0


def correlation_ratio(codes: Integers, ranks: Floats) -> float:
    """Return how much of the ranks' spread the levels explain, as η with the ε² correction (Kelley 1935), in [0, 1]."""
    known = (codes >= 0) & ~np.isnan(ranks)
    codes, ranks = codes[known], ranks[known]
    if not len(codes):
        return 0.0
    centred = ranks - ranks.mean()
    counts = np.bincount(codes)
    sums = np.bincount(codes, weights=centred)
    levels, n = int((counts > 0).sum()), len(codes)
    total = float(centred @ centred)
    if total <= 0 or levels < 2 or n <= levels:
        return 0.0
    between = float(np.sum(sums[counts > 0] ** 2 / counts[counts > 0]))
    corrected = 1 - (1 - between / total) * (n - 1) / (n - levels)
    return float(np.sqrt(np.clip(corrected, 0.0, 1.0)))
