"""Intervals for shares, differences of shares and areas under ROC curves, each by the method its field trusts."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np

from synth_ui.columns.values import midranks
from synth_ui.core.score import Number

LEVEL = 0.95
"""The level of every interval unless a measure says otherwise."""

Floats = np.ndarray[Any, np.dtype[np.float64]]


def quantile_of_normal(level: float = LEVEL) -> float:
    """Return the half-width, in standard errors, of a two-sided normal interval at `level`."""
    return NormalDist().inv_cdf(0.5 + level / 2)


def clopper_pearson(count: Any, trials: Any, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Return the exact binomial limits of `count` successes in `trials`; arrays or numbers, broadcast.

    Source: Clopper and Pearson, Biometrika, 1934.
    """
    from scipy.special import betaincinv

    count, trials = np.broadcast_arrays(np.asarray(count, dtype=float), np.asarray(trials, dtype=float))
    tail = (1 - level) / 2
    none, every = count <= 0, count >= trials
    low = np.where(none, 0.0, betaincinv(np.where(none, 1.0, count), trials - count + 1, tail))
    high = np.where(every, 1.0, betaincinv(count + 1, np.where(every, 1.0, trials - count), 1 - tail))
    return low, high


def wilson(count: float, trials: float, level: float = LEVEL) -> Number:
    """Return the share `count / trials` with Wilson's score interval; both may be effective, not whole, counts.

    Source: Wilson, Journal of the American Statistical Association, 1927.
    """
    z2 = quantile_of_normal(level) ** 2
    share = count / trials
    centre = (count + z2 / 2) / (trials + z2)
    half = math.sqrt(z2) / (trials + z2) * math.sqrt(count * (1 - share) + z2 / 4)
    return Number(share, max(0.0, min(centre - half, share)), min(1.0, max(centre + half, share)))


def least_told(number: Number, chance: float) -> float:
    """Return the least value above `chance` that rows as many as these would tell from it: half an interval away."""
    if number.low is None or number.high is None:
        return 1.0
    return min(1.0, chance + max(number.high - number.value, number.value - number.low))


def newcombe(count: float, trials: float, other_count: float, other_trials: float, level: float = LEVEL) -> Number:
    """Return the difference of two independent shares with Newcombe's hybrid score interval, within [-1, 1].

    Source: Newcombe, Interval estimation for the difference between independent proportions, method 10, 1998.
    """
    first, second = wilson(count, trials, level), wilson(other_count, other_trials, level)
    difference = first.value - second.value
    below = math.hypot(first.value - _limit(first.low), _limit(second.high) - second.value)
    above = math.hypot(_limit(first.high) - first.value, second.value - _limit(second.low))
    return Number(difference, max(-1.0, difference - below), min(1.0, difference + above))


def _limit(limit: float | None) -> float:
    if limit is None:
        raise ValueError("a share without limits")
    return limit


def auc_influence(positive: Any, score: Any) -> tuple[float, Floats]:
    """Return the area under the ROC curve and each row's influence on it.

    The variance of the area is the sum of squared influences, that of the difference of two areas over the same rows the
    sum of squared differences of influences, and that of a mean of areas follows alike: these are DeLong's estimates.

    Parameters
    ----------
    positive
        Truth per row, boolean, shape (rows,); at least two rows of each sort.
    score
        Higher means more likely positive, shape (rows,); ties count half.

    Raises
    ------
    ValueError
        If there are fewer than two rows of either sort.

    Notes
    -----
    Sources: DeLong, DeLong and Clarke-Pearson, Biometrics, 1988; ranks as in Sun and Xu, IEEE Signal Processing Letters, 2014.
    """
    positive, score = np.asarray(positive, dtype=bool), np.asarray(score, dtype=float)
    members, others = int(positive.sum()), int((~positive).sum())
    if min(members, others) < 2:
        raise ValueError(f"an area needs two rows of each sort, there are {members} and {others}")
    ranks = midranks(score)
    beaten = np.empty(len(score))
    beaten[positive] = (ranks[positive] - midranks(score[positive])) / others
    beaten[~positive] = 1 - (ranks[~positive] - midranks(score[~positive])) / members
    area = float(beaten[positive].mean())
    influence = beaten - area
    influence[positive] /= math.sqrt(members * (members - 1))
    influence[~positive] /= math.sqrt(others * (others - 1))
    return area, influence


def delong(positive: Any, score: Any, level: float = LEVEL) -> Number:
    """Return the area under the ROC curve with DeLong's interval, within [0, 1].

    A curve that separates perfectly has no spread to measure; its far limit is then the exact binomial one for as many
    rows as the smaller class has.
    """
    area, influence = auc_influence(positive, score)
    if area in (0.0, 1.0):
        rows = min(int(np.sum(positive)), int(np.sum(~np.asarray(positive, dtype=bool))))
        low, high = clopper_pearson(area * rows, rows, level)
        return Number(area, float(low), float(high))
    half = quantile_of_normal(level) * math.sqrt(float(influence @ influence))
    return Number(area, max(0.0, area - half), min(1.0, area + half))
