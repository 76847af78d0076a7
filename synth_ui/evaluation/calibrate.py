"""Put every score on its scale: between what the same measure gives to a known bad and a known good candidate."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from synth_ui.core.score import SCORE_COLUMNS, Status
from synth_ui.evaluation.cards import known_measures
from synth_ui.evaluation.controls import UNSEEN

CALIBRATED: tuple[str, ...] = (*SCORE_COLUMNS, "chance", "band_low", "band_high")
"""The columns of a scores frame once it is on its scale."""

SMALLEST_SCALE = 1e-9

Anchors = Mapping[tuple[str, str], tuple[float, float, float]]
"""Value, low and high by control and measure."""

UNKNOWN = (np.nan, np.nan, np.nan)

ANOTHER = 2**0.5
"""How much wider than the interval of one sample's score is that of the difference of two."""


def calibrate(scores: pd.DataFrame) -> pd.DataFrame:
    """Fill floor, ceiling and position from the control rows of the same frame.

    Parameters
    ----------
    scores
        Columns of `SCORE_COLUMNS` (others are kept). Control rows carry a control's key as their candidate.

    Returns
    -------
    pandas.DataFrame
        A copy. Where a control is not scored yet, gave no number, or both ends are equal, floor, ceiling and position are
        NaN. Position is 0 at the floor and 1 at the ceiling, not clipped. `chance` is added: what a privacy measure gives
        where nothing leaks, NaN for other families; and `band_low`, `band_high`: the values between which 95 of 100 other real
        samples fall, NaN where a control is missing or the measure has no interval.

    Raises
    ------
    ValueError
        If a column of `SCORE_COLUMNS` is missing.
    """
    missing = [name for name in SCORE_COLUMNS if name not in scores.columns]
    if missing:
        raise ValueError(f"The scores lack {', '.join(missing)}.")
    calibrated = scores.copy()
    anchors = _anchor_values(scores)
    for end in ("floor", "ceiling"):
        calibrated[end] = [anchors.get(_anchor(str(measure), end), UNKNOWN)[0] for measure in calibrated["measure"]]
        calibrated[end] = calibrated[end].astype("float64")
    scale = calibrated["ceiling"] - calibrated["floor"]
    scale = scale.where(scale.abs() > SMALLEST_SCALE)
    calibrated["chance"] = [_chance(str(measure)) for measure in calibrated["measure"]]
    bands = {str(measure): _band(anchors, str(measure)) for measure in calibrated["measure"].unique()}
    for place, end in enumerate(("band_low", "band_high")):
        calibrated[end] = [bands[str(measure)][place] for measure in calibrated["measure"]]
    calibrated["position"] = (calibrated["value"].astype("float64") - calibrated["floor"]) / scale
    return calibrated


def _band(anchors: Anchors, measure: str) -> tuple[float, float]:
    """Return the values between which other real rows fall, as `Measure.band` says; NaN where no interval does."""
    key, _, part = measure.partition(".")
    known = known_measures().get(key)
    if known is None:
        return np.nan, np.nan
    how = known.band_of()
    value, low, high = anchors.get((UNSEEN if how == "of unseen rows" else known.ceiling, measure), UNKNOWN)
    if how == "widened":
        low, high = value - (value - low) * ANOTHER, value + (high - value) * ANOTHER
    elif how == "of unseen rows":
        perfect = anchors.get(("control:train", measure), UNKNOWN)[0]
        low, high = min(low, perfect), max(high, perfect)
    least, most = (known.parts[part].low, known.parts[part].high) if part in known.parts else (known.low, known.high)
    return max(low, -np.inf if least is None else least), min(high, np.inf if most is None else most)


def _chance(measure: str) -> float:
    known = known_measures().get(measure)
    return known.chance if known is not None and known.family == "privacy" else np.nan


def _anchor_values(scores: pd.DataFrame) -> Anchors:
    """Return the value of each control and measure with its interval; the mean where a control was scored more than once."""
    usable = scores["status"].isin([Status.OK.value, Status.UNDER_POWERED.value]) & scores["value"].notna()
    rows = scores[usable & scores["candidate"].astype(str).str.startswith("control:")]
    means = rows.groupby(["candidate", "measure"], observed=True)[["value", "low", "high"]].mean().astype("float64")
    return {(str(candidate), str(measure)): (value, low, high) for (candidate, measure), value, low, high in means.itertuples()}


def _anchor(measure: str, end: str) -> tuple[str, str]:
    """Return the control and the row of its scores that anchor an end of a scale; parts have their measure's controls."""
    known = known_measures().get(measure.split(".", 1)[0])
    if known is None:
        return "", ""
    if end == "floor" and known.floor_part and measure == known.key:
        return known.floor, f"{measure}.{known.floor_part}"
    return getattr(known, end), measure
