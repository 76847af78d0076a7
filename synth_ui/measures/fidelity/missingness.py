"""Are blanks where they belong?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.score import Measurement, Score
from synth_ui.measures._tables import Counts, cell_differences, margin_counts, pair_counts, pairs_of, with_jackknife
from synth_ui.measures.base import Measure, PartSpec
from synth_ui.measures.case import Case, Side

Floats = npt.NDArray[np.float64]

MOST_LISTED = 300


@dataclass(frozen=True)
class Missingness(Measure):
    """How many of the blanks agree: 1 − Σ│synthetic − real│ / Σ(synthetic + real) over cells with a blank, in [0, 1].

    1 means as many blanks in every column, and in the same company, as in the holdout; 0 means no blank in common.

    Detail
    ------
    columns
        column, real_share, train_share, synthetic_share, difference; largest difference first.
    together
        first, second, real_share, train_share, synthetic_share, difference: rows blank in both; largest difference first, up to 300.
    """

    key = "missingness"
    title = "Blanks"
    summary = "Whether there are as many blanks as in the real table, and in the same places."
    family = "fidelity"
    reference = "Bray and Curtis, Ecological Monographs, 1957, for the index; Rubin, Biometrika, 1976, for what blanks depend on"
    asks = "Are blanks where they belong?"
    better = "higher"
    unit = "share"
    floor = "control:independent"
    ceiling = "control:train"
    worst_means = "independent columns: as many blanks, in any company"
    best_means = "training rows"
    interval = "delete-a-group jackknife over 20 groups of real and of synthetic rows, differences near zero folded"
    computed = (
        "Of the two-way table of every pair of columns, those cells are compared in which one or both are blank: how many blanks there "
        "are, which other blanks they go with, and which values of the other column. One minus the sum of absolute differences of "
        "shares over the sum of both. Rows without blanks do not count."
    )
    cards = {"standard": {}}
    place = 75
    misleads = (
        "Few blanks make a noisy score, for real rows too: read the position. A blank that stands for a value of its own, such as a "
        "question not asked, counts like any other."
    )
    parts = {
        "shares": PartSpec("Agreement of each column's share of blanks alone", "higher", "share", 0.0, 1.0),
        "together": PartSpec("Agreement of the rows blank in two columns at once", "higher", "share", 0.0, 1.0),
    }

    def measure(self, case: Case, context: Context) -> Measurement:
        """Compare where the candidate is blank with where the holdout is."""
        blanks = {side: {name: counts[:, -1:] for name, counts in margin_counts(case, side).items()} for side in _SIDES}
        of_any = [name for name in case.shared.cells if any(blanks[side][name].any() for side in ("holdout", "synthetic"))]
        if not of_any:
            raise DoesNotApply("neither the unseen rows nor the candidate has a blank in a column that is compared")
        pairs = pairs_of(case, context) if len(case.shared.cells) > 1 else []
        tables = {side: pair_counts(case, side, pairs) for side in _SIDES}
        [shares] = with_jackknife(*_pair_of(lambda side: _with_rest(margin_counts(case, side), of_any)), _agreement, _differences)
        headline = shares
        if pairs:
            cells = _pair_of(lambda side: [_with_a_blank(table) for table in tables[side]])
            [headline] = with_jackknife(*cells, _agreement, _differences)
        parts = {"shares": shares}
        both = _pair_of(lambda side: [_in_both(table) for table in tables[side]])
        if any(table[:, 0].any() for side in both for table in side):
            [parts["together"]] = with_jackknife(*both, _agreement, _differences)
        return Measurement(headline, parts, {"columns": _columns(case, blanks), "together": _together(case, pairs, tables)})

    def says(self, score: Score) -> str:
        """Say how many of the blanks agree."""
        assert score.value is not None
        return (
            f"Of the blanks of both tables together, {score.value:.0%} agree in number, in company and in the values beside them."
        )


_SIDES: tuple[Side, ...] = ("holdout", "train", "synthetic")


def _pair_of(counts: Callable[[Side], list[Counts]]) -> tuple[list[Counts], list[Counts]]:
    """Return the tables of the holdout and of the candidate."""
    return counts("holdout"), counts("synthetic")


def _with_rest(counts: dict[str, Counts], names: Sequence[str]) -> list[Counts]:
    """Return per column the rows that are blank and the rest, shape (groups, 2)."""
    return [np.stack([counts[name][:, -1], counts[name][:, :-1].sum(axis=1)], axis=1) for name in names]


def _in_both(table: Counts) -> Counts:
    """Return the rows blank in both columns and the rest, shape (groups, 2)."""
    return np.stack([table[:, -1, -1], table.sum(axis=(1, 2)) - table[:, -1, -1]], axis=1)


def _with_a_blank(table: Counts) -> Counts:
    """Return the cells of a two-way table in which a column is blank, and last all others as one; shape (groups, cells)."""
    cells = np.concatenate([table[:, -1, :], table[:, :-1, -1]], axis=1)
    rest = table.sum(axis=(1, 2)) - cells.sum(axis=1)
    return np.concatenate([cells, rest[:, None]], axis=1)


def _agreement(real: Sequence[Counts], synthetic: Sequence[Counts]) -> Floats:
    """Return 1 − Σ│p − q│ / Σ(p + q) over all cells but each table's last, shape (1, k)."""
    apart, whole = 0.0, 0.0
    for a, b in zip(real, synthetic, strict=True):
        p, q = (counts[:, :-1] / np.maximum(counts.sum(axis=1, keepdims=True), 1) for counts in (a, b))
        apart, whole = apart + np.abs(p - q).sum(axis=1), whole + (p + q).sum(axis=1)
    return np.asarray(1 - np.divide(apart, whole, out=np.zeros_like(whole), where=np.asarray(whole) > 0))[None]


def _differences(real: Sequence[Counts], synthetic: Sequence[Counts]) -> list[Floats]:
    """Return the differences `_agreement` adds up: all cells but each table's last."""
    return [apart[:, :, :-1] for apart in cell_differences(real, synthetic)]


def _columns(case: Case, blanks: dict[Side, dict[str, Counts]]) -> pd.DataFrame:
    frame = pd.DataFrame({"column": list(case.shared.cells)})
    for side, name in zip(_SIDES, ("real_share", "train_share", "synthetic_share"), strict=True):
        frame[name] = [blanks[side][column].sum() / max(len(case.frame(side)), 1) for column in frame["column"]]
    return _worst_first(frame[(frame[["real_share", "train_share", "synthetic_share"]] > 0).any(axis=1)])


def _together(case: Case, pairs: Sequence[tuple[str, str]], tables: dict[Side, list[Counts]]) -> pd.DataFrame:
    frame = pd.DataFrame(pairs, columns=["first", "second"])
    for side, name in zip(_SIDES, ("real_share", "train_share", "synthetic_share"), strict=True):
        frame[name] = [table[:, -1, -1].sum() / max(len(case.frame(side)), 1) for table in tables[side]]
    seen = frame[(frame[["real_share", "train_share", "synthetic_share"]] > 0).any(axis=1)]
    return _worst_first(seen).head(MOST_LISTED)


def _worst_first(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.assign(difference=frame["synthetic_share"] - frame["real_share"])
    return frame.loc[frame["difference"].abs().sort_values(ascending=False, kind="stable").index].reset_index(drop=True)
