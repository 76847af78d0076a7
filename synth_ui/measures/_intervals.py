"""Intervals at 95 %: Wilson, Newcombe, Clopper–Pearson, DeLong by influence, and the grouped jackknife."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synth_ui.core.score import Number

Floats = npt.NDArray[np.float64]

Z = 1.959963984540054
GROUPS = 20


def around(value: float, error: float, low: float = -math.inf, high: float = math.inf) -> Number:
    """Return value ± 1.96 standard errors, the interval cut to [low, high]."""
    return Number(value, max(value - Z * error, low), min(value + Z * error, high))


def wilson(hits: float, n: float) -> Number:
    """Return a share with its Wilson interval (Wilson 1927); value hits / n, both ends in [0, 1].

    Raises
    ------
    ValueError
        If `n` is not positive.
    """
    if n <= 0:
        raise ValueError("a share needs at least one row")
    share = hits / n
    centre = (hits + Z * Z / 2) / (n + Z * Z)
    half = Z / (n + Z * Z) * math.sqrt(hits * (n - hits) / n + Z * Z / 4)
    return Number(share, max(0.0, centre - half), min(1.0, centre + half))


def newcombe(hits: float, n: float, other_hits: float, other_n: float) -> Number:
    """Return the difference of two independent shares with Newcombe's interval (Newcombe 1998, method 10); in [−1, 1]."""
    first, second = wilson(hits, n), wilson(other_hits, other_n)
    assert first.low is not None and first.high is not None and second.low is not None and second.high is not None
    gap = first.value - second.value
    below = math.hypot(first.value - first.low, second.high - second.value)
    above = math.hypot(first.high - first.value, second.value - second.low)
    return Number(gap, gap - below, gap + above)


def clopper_pearson(hits: int, n: int, alpha: float = 0.05) -> tuple[float, float]:
    """Return the exact interval of a share, each side at alpha / 2 (Clopper and Pearson 1934)."""
    from scipy.special import betaincinv

    low = float(betaincinv(hits, n - hits + 1, alpha / 2)) if hits > 0 else 0.0
    high = float(betaincinv(hits + 1, n - hits, 1 - alpha / 2)) if hits < n else 1.0
    return low, high


@dataclass(frozen=True, eq=False)
class Influence:
    """An estimate with what each row contributes to its error.

    The variance of any smooth function of several estimates on the same rows follows from their influences: this is what
    makes comparisons paired.

    Attributes
    ----------
    value
        The estimate.
    rows
        Influence of each row, of mean 0 and shape (n,); the standard error is √(Σ rows²) / n.
    """

    value: float
    rows: Floats

    @property
    def error(self) -> float:
        """The standard error."""
        return float(np.sqrt(np.sum(self.rows**2))) / len(self.rows)

    def number(self, low: float = -math.inf, high: float = math.inf) -> Number:
        """Return the value with its interval, cut to [low, high]."""
        return around(self.value, self.error, low, high)


def auc(truth: npt.NDArray[np.bool_], score: Floats) -> Influence:
    """Return the area under the ROC curve with DeLong's influences (DeLong 1988; ranks after Sun and Xu 2014).

    Parameters
    ----------
    truth
        Which rows are positive; at least one of each.
    score
        Higher means more positive; ties count half.

    Returns
    -------
    Influence
        In [0, 1]; ½ is guessing. The standard error is DeLong's.

    Raises
    ------
    ValueError
        If all rows are of one class.
    """
    positives, negatives = int(truth.sum()), int((~truth).sum())
    if not positives or not negatives:
        raise ValueError("the area under the curve needs rows of both classes")
    ranks = midranks(score)
    of_positive = (ranks[truth] - midranks(score[truth])) / negatives
    of_negative = 1 - (ranks[~truth] - midranks(score[~truth])) / positives
    value = float(of_positive.mean())
    n = len(truth)
    rows = np.empty(n)
    # DeLong divides by m − 1; the factors make √Σ rows² / n that very error.
    rows[truth] = (of_positive - value) * n / math.sqrt(positives * max(positives - 1, 1))
    rows[~truth] = (of_negative - value) * n / math.sqrt(negatives * max(negatives - 1, 1))
    return Influence(value, rows)


def midranks(values: Floats) -> Floats:
    """Return ranks from 1, ties sharing their mean. Shape (n,)."""
    order = np.argsort(values, kind="stable")
    ranked = values[order]
    starts = np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1]])) if len(ranked) else np.empty(0, dtype=int)
    ends = np.append(starts[1:], len(ranked))
    ranks = np.empty(len(values))
    ranks[order] = np.repeat((starts + 1 + ends) / 2, ends - starts)
    return ranks


def mean(parts: list[Influence]) -> Influence:
    """Return the mean of several estimates on the same rows."""
    return Influence(float(np.mean([part.value for part in parts])), np.mean([part.rows for part in parts], axis=0))


def ratio(top: Influence, bottom: Influence) -> Influence:
    """Return top / bottom for two estimates on the same rows, by the delta method."""
    value = top.value / bottom.value
    return Influence(value, (top.rows - value * bottom.rows) / bottom.value)


def jackknife_error(leave_one_out: Floats) -> float:
    """Return the standard error from the estimates that leave out one group each (delete-a-group jackknife, Kott 2001)."""
    groups = len(leave_one_out)
    return float(np.sqrt((groups - 1) / groups * np.sum((leave_one_out - leave_one_out.mean()) ** 2)))
