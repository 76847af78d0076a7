"""Are real rows, or values only one real row has, in the synthetic table?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns.halves import Rows
from synth_ui.columns.hashes import Hashes, value_hashes
from synth_ui.core.context import Context
from synth_ui.core.score import PRIVACY_LEVEL, Measurement, Number, Score, beyond_chance, with_ends
from synth_ui.core.table import Column
from synth_ui.measures._intervals import newcombe
from synth_ui.measures.base import Measure, PartSpec
from synth_ui.measures.case import Case
from synth_ui.measures.privacy._draws import check_case, cut_note, equal_references, too_few

FEWEST_UNIQUE = 30
"""A column is asked for reused unique values when train and holdout both have at least as many."""

ROWS, UNIQUE_ROWS, UNIQUE_VALUES = "identical rows", "unique rows", "unique values"
_PART = {ROWS: "identical_rows", UNIQUE_ROWS: "unique_rows", UNIQUE_VALUES: "unique_values"}


class _Count(NamedTuple):
    """One comparison: how much of train is found, of the holdout, and the two counts whose difference is the gap."""

    kind: str
    column: str
    train_share: float
    holdout_share: float
    train: tuple[float, float]
    holdout: tuple[float, float]


@dataclass(frozen=True)
class Copies(Measure):
    """Real rows and unique values found in the synthetic table: from train, minus from the holdout.

    Three kinds are compared, each over all rows, by hash: synthetic rows identical to a row of train, against of the
    holdout; rows that occur once in train and are found in the synthetic table, against of the holdout; and, per
    number, date, text or identifier column, values that occur once in train and are reused, against of the holdout. The
    holdout's share is what honest rows reach on this table by chance. The headline is the gap with the highest lower limit.

    Detail frames
    -------------
    kinds
        kind ("identical rows", "unique rows", "unique values"), column, train_share, holdout_share, gap, low, high;
        strongest evidence first.
    """

    key = "copies"
    title = "Copies"
    summary = "Real rows, and values that only one real row has, found again in the synthetic table."
    family = "privacy"
    reference = (
        "Identical match share and unique exact matches: NIST SDNist, 2023; unique values after Giomi et al., "
        "A unified framework for quantifying privacy risk in synthetic data, PoPETs 2023."
    )
    asks = "Are real rows or unique values in it?"
    better = "lower"
    unit = "share, training minus unseen rows"
    low = -1.0
    high = 1.0
    floor = "control:train"
    ceiling = "control:unseen"
    worst_means = "every training row is in it"
    best_means = "no more of the training rows than of unseen rows"
    interval = "Newcombe, Bonferroni over all comparisons and all privacy measures; identical rows by their effective number"
    computed = (
        "Identical rows, rows unique among the training rows and values unique among the training rows that are found in the synthetic table, minus the "
        "same for the unseen rows, over all rows by hash. The headline is the gap with the highest lower limit."
    )
    cards = {"quick": {}, "standard": {}}
    place = 10
    misleads = (
        "It finds verbatim copies only: a copied row with one changed cell counts for nothing here. A table whose values "
        "are few and common has matches by chance, which is why only the gap counts. The interval holds for all comparisons "
        "together, so for the one shown it is wider than 95% asks for."
    )
    parts = {
        "identical_rows": PartSpec("Rows identical to a real row, gap", "lower", "share", -1.0, 1.0),
        "unique_rows": PartSpec("Unique real rows found, gap", "lower", "share", -1.0, 1.0),
        "unique_values": PartSpec("Unique values reused, gap of the worst column", "lower", "share", -1.0, 1.0),
    }

    def measure(self, case: Case, context: Context) -> Measurement:
        """Compare what of train and what of the holdout is found in the synthetic table; gap in [-1, 1], 0 when honest."""
        check_case(case)
        context.step("looking for copies", 0.0)
        train, holdout = equal_references(case, context)
        counts = [*_row_counts(case, train, holdout), *_value_counts(case, train, holdout, context)]
        kinds = _kinds(counts)
        numbers = {
            kind: Number(float(rows["gap"].iloc[0]), float(rows["low"].iloc[0]), float(rows["high"].iloc[0]))
            for kind, rows in kinds.groupby("kind", sort=False)
        }
        return Measurement(
            numbers[kinds["kind"].iloc[0]],
            {_PART[kind]: number for kind, number in numbers.items()},
            {"kinds": kinds},
            _note(case),
            too_few(case),
        )

    def says(self, score: Score) -> str:
        """Say whether more of train than of the holdout is found; the headline may be of rows or of values, so both are named."""
        if score.value is None or score.low is None:
            return score.reason
        if beyond_chance(score, self.chance):
            value, low, high = with_ends(score, self.chance, 2)
            return (
                "It holds more of what stands in training rows than chance allows, whole rows or values that occur in one row only: the share "
                f"found again is {value} above that of unseen rows ({low} to {high}); see which rows or columns."
            )
        return "No sign of copies found: no more of the training rows than of unseen rows is in it."


def _kinds(counts: list[_Count]) -> pd.DataFrame:
    """Give each comparison its interval, at a level that holds for all of them together; strongest evidence first."""
    level = 1 - (1 - PRIVACY_LEVEL) / len(counts)
    rows = []
    for count in counts:
        gap = newcombe(*count.train, *count.holdout, level=level)
        rows.append((count.kind, count.column, count.train_share, count.holdout_share, gap.value, gap.low, gap.high))
    frame = pd.DataFrame(rows, columns=["kind", "column", "train_share", "holdout_share", "gap", "low", "high"])
    return frame.sort_values("low", ascending=False, kind="stable", ignore_index=True)


def _row_counts(case: Case, train: Rows, holdout: Rows) -> list[_Count]:
    synthetic, of_train, of_holdout = case.hashes("synthetic"), case.hashes("train")[train], case.hashes("holdout")[holdout]
    return [_identical(synthetic, of_train, of_holdout), _unique(UNIQUE_ROWS, "", synthetic, of_train, of_holdout)]


def _identical(synthetic: Hashes, train: Hashes, holdout: Hashes) -> _Count:
    """Count synthetic rows found in train and in the holdout.

    Rows found in both say nothing. Of the others, many copies of one real row are one event, not many: counts are divided by
    the design effect, the mean number of copies a copied row has.
    """
    distinct, copies = np.unique(synthetic, return_counts=True)
    in_train, in_holdout = _among(distinct, train), _among(distinct, holdout)
    rows = len(synthetic)
    only_train, only_holdout = copies[in_train & ~in_holdout], copies[in_holdout & ~in_train]
    decisive = np.concatenate([only_train, only_holdout]).astype(float)
    effect = float((decisive**2).sum() / decisive.sum()) if len(decisive) else 1.0
    return _Count(
        ROWS, "", float(copies[in_train].sum()) / rows, float(copies[in_holdout].sum()) / rows,
        (float(only_train.sum()) / effect, rows / effect), (float(only_holdout.sum()) / effect, rows / effect),
    )  # fmt: skip


def _unique(kind: str, column: str, synthetic: Hashes, train: Hashes, holdout: Hashes) -> _Count:
    """Count what occurs once in train, respectively in the holdout, and is found in the synthetic table."""
    found = [_found(_once(real), synthetic) for real in (train, holdout)]
    shares = [count / max(total, 1) for count, total in found]
    sizes = [(float(count), float(max(total, 1))) for count, total in found]
    return _Count(kind, column, shares[0], shares[1], sizes[0], sizes[1])


def _once(hashes: Hashes) -> Hashes:
    distinct, counts = np.unique(hashes, return_counts=True)
    once: Hashes = distinct[counts == 1]
    return once


def _found(unique: Hashes, synthetic: Hashes) -> tuple[int, int]:
    return int(_among(unique, synthetic).sum()), len(unique)


def _among(ranked: Hashes, others: Hashes) -> npt.NDArray[np.bool_]:
    """Tell which sorted hashes are among others: one sort and a search in order, a third of the time of `numpy.isin`."""
    if not len(others):
        return np.zeros(len(ranked), dtype=bool)
    every = np.sort(others)
    found: npt.NDArray[np.bool_] = every[np.minimum(np.searchsorted(every, ranked), len(every) - 1)] == ranked
    return found


def _value_counts(case: Case, train: Rows, holdout: Rows, context: Context) -> list[_Count]:
    counts = []
    for place, column in enumerate(case.schema):
        if column.kind.discrete:
            continue
        context.step("looking for reused values", place / len(case.schema))
        real = [_values(case.train[column.name].iloc[train], column), _values(case.holdout[column.name].iloc[holdout], column)]
        if min(len(_once(hashes)) for hashes in real) >= FEWEST_UNIQUE:
            synthetic = _values(case.synthetic[column.name], column)
            counts.append(_unique(UNIQUE_VALUES, column.name, synthetic, *real))
    return counts


def _values(series: pd.Series[Any], column: Column) -> Hashes:
    """Hash the values that are not blank."""
    return value_hashes(series[series.notna()], column)


def _note(case: Case) -> str:
    distinct, times = np.unique(case.hashes("synthetic"), return_counts=True)
    anywhere = times[_among(distinct, case.hashes("train"))].sum() / times.sum()
    return " ".join(filter(None, [f"{anywhere:.2%} of the synthetic rows are identical to some training row.", cut_note(case)]))
