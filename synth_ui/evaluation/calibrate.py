"""Put every score on its scale: between what the same measure gives to a known bad and a known good candidate."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synth_ui.core.score import SCORE_COLUMNS, Status
from synth_ui.evaluation.cards import known_measures

SMALLEST_SCALE = 1e-9


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
        where nothing leaks, NaN for other families.

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
        calibrated[end] = [anchors.get(_anchor(str(measure), end), np.nan) for measure in calibrated["measure"]]
        calibrated[end] = calibrated[end].astype("float64")
    scale = calibrated["ceiling"] - calibrated["floor"]
    scale = scale.where(scale.abs() > SMALLEST_SCALE)
    calibrated["chance"] = [_chance(str(measure)) for measure in calibrated["measure"]]
    calibrated["position"] = (calibrated["value"].astype("float64") - calibrated["floor"]) / scale
    return calibrated


def _chance(measure: str) -> float:
    known = known_measures().get(measure)
    return known.chance if known is not None and known.family == "privacy" else np.nan


def _anchor_values(scores: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Return the value of each control and measure; the mean where a control was scored more than once."""
    usable = scores["status"].isin([Status.OK.value, Status.UNDER_POWERED.value]) & scores["value"].notna()
    rows = scores[usable & scores["candidate"].astype(str).str.startswith("control:")]
    means = rows.groupby(["candidate", "measure"], observed=True)["value"].mean()
    return {(str(candidate), str(measure)): float(value) for (candidate, measure), value in means.items()}


def _anchor(measure: str, end: str) -> tuple[str, str]:
    """Return the control and the row of its scores that anchor an end of a scale; parts have their measure's controls."""
    known = known_measures().get(measure.split(".", 1)[0])
    if known is None:
        return "", ""
    if end == "floor" and known.floor_part and measure == known.key:
        return known.floor, f"{measure}.{known.floor_part}"
    return getattr(known, end), measure
