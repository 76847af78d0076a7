"""Estimates with what each row contributes to their error: paired comparisons, ratios and means without resampling."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synth_ui.core.score import Number
from synth_ui.measures._intervals import auc_influence

Floats = npt.NDArray[np.float64]

Z = 1.959963984540054


def around(value: float, error: float, low: float = -math.inf, high: float = math.inf, z: float = Z) -> Number:
    """Return value ± `z` standard errors, the interval cut to [low, high]."""
    return Number(value, max(value - z * error, low), min(value + z * error, high))


@dataclass(frozen=True, eq=False)
class Influence:
    """An estimate and what each row contributes to its error.

    The variance of any smooth function of several estimates on the same rows follows from their influences: this is what
    makes comparisons paired.

    Attributes
    ----------
    value
        The estimate.
    rows
        Influence of each row, shape (n,); the variance of the estimate is the sum of their squares.
    """

    value: float
    rows: Floats

    @property
    def error(self) -> float:
        """The standard error."""
        return float(np.sqrt(np.sum(self.rows**2)))

    def number(self, low: float = -math.inf, high: float = math.inf) -> Number:
        """Return the value with its interval, cut to [low, high]."""
        return around(self.value, self.error, low, high)


def of_auc(truth: npt.NDArray[np.bool_], score: Floats) -> Influence:
    """Return the area under the ROC curve, in [0, 1] with ½ for guessing, and DeLong's influences.

    Raises
    ------
    ValueError
        If there are fewer than two rows of either class.
    """
    return Influence(*auc_influence(truth, score))


def of_mean(values: Floats) -> Influence:
    """Return the mean of `values` and each row's influence on it."""
    centre = float(values.mean())
    return Influence(centre, (values - centre) / len(values))


def of_r2(truth: Floats, predicted: Floats) -> Influence:
    """Return R² = 1 − Σ(y − ŷ)² / Σ(y − ȳ)² and each row's influence on it, by linearisation; 1 is perfect, 0 the mean."""
    away = truth - truth.mean()
    scale = float(np.abs(away).max()) or 1.0  # squares of very small or very large numbers are no float64
    squares, spread = ((truth - predicted) / scale) ** 2, (away / scale) ** 2
    error, variance = squares.mean(), spread.mean()
    share = error / variance
    return Influence(float(1 - share), -(squares - share * spread) / (variance * len(truth)))


def mean(parts: Sequence[Influence]) -> Influence:
    """Return the mean of several estimates on the same rows."""
    return Influence(float(np.mean([part.value for part in parts])), np.mean([part.rows for part in parts], axis=0))


def ratio(top: Influence, bottom: Influence) -> Influence:
    """Return top / bottom for two estimates on the same rows, by the delta method."""
    value = top.value / bottom.value
    return Influence(value, (top.rows - value * bottom.rows) / bottom.value)


def shifted(part: Influence, by: float) -> Influence:
    """Return the estimate plus a constant."""
    return Influence(part.value + by, part.rows)


def jackknife_error(leave_one_out: Floats) -> float:
    """Return the standard error from the estimates that leave out one group each (delete-a-group jackknife, Kott 2001)."""
    groups = len(leave_one_out)
    return float(np.sqrt((groups - 1) / groups * np.sum((leave_one_out - leave_one_out.mean()) ** 2)))
