"""How much of the relationships is kept, and how much is invented?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.score import Measurement, Score
from synth_ui.measures._associations import MOST_ROWS, associations
from synth_ui.measures._tables import Counts, pair_counts, pairs_of, with_jackknife
from synth_ui.measures.base import Measure, PartSpec
from synth_ui.measures.case import Case

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Dependence(Measure):
    """How alike the mutual information of all pairs is: 1 − Σ│synthetic − real│ / Σ(synthetic + real), in [0, 1].

    1 means every pair of columns tells as much about each other as in the holdout; 0 means that no relationship is kept.

    Detail
    ------
    associations
        first, second, real, synthetic, difference, kind, mutual_real, mutual_synthetic; largest difference of mutual
        information first. `kind` says what `real` and `synthetic` are: "correlation" (Spearman, in [−1, 1]), "Cramér's V"
        (bias-corrected) or "correlation ratio" (of ranks, bias-corrected), both in [0, 1]. `mutual_` are in nats.
    summary
        kept, invented.
    """

    key = "dependence"
    title = "Relationships"
    summary = "How much of the relationships between columns is kept, and how much is invented."
    family = "fidelity"
    reference = (
        "Miller, Note on the bias of information estimates, 1955; Bergsma, Journal of the Korean Statistical Society, 2013"
    )
    asks = "How much of the relationships is kept, and how much is invented?"
    better = "higher"
    unit = "share"
    floor = "control:independent"
    ceiling = "control:train"
    worst_means = "independent columns"
    best_means = "training rows"
    interval = "delete-a-group jackknife over 20 groups of real and of synthetic rows, differences near zero folded"
    computed = (
        "For every pair of columns the mutual information of its two-way table, corrected for the bias of small counts, in "
        "the candidate and among the unseen rows. One minus the sum of absolute differences over the sum of both. Kept is what the "
        "candidate has of the unseen rows'; invented is what share of the candidate's the unseen rows do not have."
    )
    cards = {"quick": {}, "standard": {}}
    place = 30
    misleads = (
        "A few strong pairs, such as an education and its number, carry most of the sum. A relationship of the same strength "
        "but another shape counts as kept: see pairs of columns for that."
    )
    parts = {
        "kept": PartSpec("Share of the real relationships that is kept", "higher", "share", 0.0, 1.0),
        "invented": PartSpec("Share of the candidate's relationships that is invented", "lower", "share", 0.0, 1.0),
    }

    def measure(self, case: Case, context: Context) -> Measurement:
        """Compare the mutual information of every pair of columns."""
        pairs = pairs_of(case, context)
        real, synthetic = pair_counts(case, "holdout", pairs), pair_counts(case, "synthetic", pairs)
        totals = [np.sum(counts, axis=0, keepdims=True) for counts in real]
        if not any(_related(counts[0], len(pairs)) for counts in totals):
            raise DoesNotApply("no two columns of the unseen rows are related beyond chance")
        headline, *others = with_jackknife(real, synthetic, _scores, _differences)
        parts = dict(zip(("kept", "invented"), others, strict=True))
        frame = associations(case, pairs).assign(
            mutual_real=_informations(totals)[0],
            mutual_synthetic=_informations([np.sum(counts, axis=0, keepdims=True) for counts in synthetic])[0],
        )
        gap = (frame["mutual_synthetic"] - frame["mutual_real"]).abs()
        frame = frame.loc[gap.sort_values(ascending=False, kind="stable").index].reset_index(drop=True)
        summary = pd.DataFrame({"kept": [parts["kept"].value], "invented": [parts["invented"].value]})
        drawn = max(len(case.holdout), len(case.synthetic)) > MOST_ROWS
        note = f"the strength of each pair alone is that of a draw of {MOST_ROWS:,} rows of each table" if drawn else ""
        return Measurement(headline, parts, {"associations": frame, "summary": summary}, note)

    def says(self, score: Score) -> str:
        """Say how alike the relationships are."""
        assert score.value is not None
        return f"Its relationships between columns agree with those of the unseen real rows to {score.value:.0%}."


def _scores(real: Sequence[Counts], synthetic: Sequence[Counts]) -> Floats:
    """Return how alike, how much kept and how much invented, shape (3, k)."""
    a, b = np.broadcast_arrays(_informations(real), _informations(synthetic))
    return np.stack([1 - _share(np.abs(a - b), a + b), _share(np.minimum(a, b), a), _share(np.maximum(b - a, 0), b)])


def _differences(real: Sequence[Counts], synthetic: Sequence[Counts]) -> list[Floats]:
    return [(_informations(real) - _informations(synthetic))[None]]


def _share(part: Floats, whole: Floats) -> Floats:
    """Return Σ part / Σ whole over pairs, 0 where there is nothing to share."""
    total = whole.sum(axis=1)
    return np.asarray(np.divide(part.sum(axis=1), total, out=np.zeros(len(total)), where=total > 0))


def _informations(tables: Sequence[Counts]) -> Floats:
    return np.stack([mutual_information(table) for table in tables], axis=1)


def mutual_information(counts: Counts) -> Floats:
    """Return the mutual information of two-way tables in nats, with Miller's correction, at least 0.

    Parameters
    ----------
    counts
        Shape (k, rows, columns): k tables.

    Returns
    -------
    numpy.ndarray
        Shape (k,).
    """
    n = np.maximum(counts.sum(axis=(1, 2)), 1)
    raw = (_n_log_n(counts, (1, 2)) - _n_log_n(counts.sum(axis=2), (1,)) - _n_log_n(counts.sum(axis=1), (1,))) / n + np.log(n)
    cells = (counts > 0).sum(axis=(1, 2)) - (counts.sum(axis=2) > 0).sum(axis=1) - (counts.sum(axis=1) > 0).sum(axis=1) + 1
    return np.asarray(np.maximum(raw - cells / (2 * n), 0.0))


def _n_log_n(counts: Counts, axes: tuple[int, ...]) -> Floats:
    return np.asarray((counts * np.log(np.maximum(counts, 1))).sum(axis=axes))


def _related(counts: Counts, tests: int) -> bool:
    """Return whether the G test finds the table's columns related, corrected for the number of tables looked at."""
    from scipy.stats import chi2

    observed = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    freedom = (observed.shape[0] - 1) * (observed.shape[1] - 1)
    if not freedom:
        return False
    n = observed.sum()
    expected = observed.sum(axis=1, keepdims=True) * observed.sum(axis=0, keepdims=True) / n
    seen = observed > 0
    g = 2 * float(np.sum(observed[seen] * np.log(observed[seen] / expected[seen])))
    return bool(chi2.sf(g, freedom) < 0.05 / tests)
