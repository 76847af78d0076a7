"""The one number per family that is compared, and whether it can bear a verdict on this table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from synth_ui.comparison.names import is_control
from synth_ui.core.score import Status
from synth_ui.core.seen import SEEN

HEADLINES: Mapping[str, str] = {"fidelity": "pairs", "utility": "tstr", "privacy": "leakage_index"}
"""The measure that speaks for each family."""

FALLBACKS: Mapping[str, tuple[str, ...]] = {
    "fidelity": ("margins", "dependence", "detectability"),
    "utility": (),
    "privacy": ("dcr_share", "membership", "copies"),
}
"""Who speaks instead where the card does not hold the headline measure, in order."""

ANCHORS: Mapping[str, tuple[str, str]] = {
    "fidelity": ("control:independent", "control:train"),
    "utility": ("control:independent", "control:train"),
    "privacy": ("control:train", "control:unseen"),
    "fairness": ("control:independent", "control:train"),
}
"""Per family the known bad and the known good candidate."""

BOUNDS: frozenset[str] = frozenset({"leakage_index"})
"""Measures whose value is itself a proven bound: their upper limit says what could have gone unseen, not where the value may lie."""

_BAD = {"control:independent": "independent columns", "control:train": "a copy of the training rows",
        "control:flipped": "training rows with a tenth of the cells redrawn"}  # fmt: skip
_GOOD = {"control:train": "the training rows", "control:unseen": "unseen real rows"}


@dataclass(frozen=True)
class Headline:
    """Who speaks for a family.

    Attributes
    ----------
    measure
        The measure's key, empty where the card holds none of the family.
    unusable
        Why the family cannot bear a verdict here, or empty.
    """

    family: str
    measure: str
    unusable: str = ""


Rows = dict[str, list[dict[Any, Any]]]
"""The rows of a scores frame as plain values, by measure: thousands of look-ups must not each walk a frame."""


def rows_by_measure(scores: pd.DataFrame, measures: Iterable[str]) -> Rows:
    """Return the rows of some measures as plain values."""
    found: Rows = {}
    for row in scores[scores["measure"].isin(list(measures))].to_dict("records"):
        found.setdefault(row["measure"], []).append(row)
    return found


def headlines(scores: pd.DataFrame) -> dict[str, Headline]:
    """Choose the measure that speaks for each family, and say where none can.

    Parameters
    ----------
    scores
        Calibrated scores: `candidate, measure, value, low, high, position, status, reason`, controls included.
    """
    rows = rows_by_measure(scores, [key for family in HEADLINES for key in (HEADLINES[family], *FALLBACKS[family])])
    return {family: _headline(rows, family) for family in HEADLINES}


def _headline(rows: Rows, family: str) -> Headline:
    present = [key for key in (HEADLINES[family], *FALLBACKS[family]) if key in rows]
    if not present:
        return Headline(family, "", "it was not measured")
    reasons = {key: _unusable(rows[key], family) for key in present}
    usable = [key for key in present if not reasons[key]]
    chosen = usable[0] if usable else present[0]
    return Headline(family, chosen, reasons[chosen])


def _unusable(rows: list[dict[Any, Any]], family: str) -> str:
    field = [row for row in rows if not is_control(row["candidate"])] or rows
    if any(row["status"] == Status.OK for row in field):
        return _blind(rows, family)
    for kind in (Status.UNDER_POWERED, Status.DOES_NOT_APPLY, Status.FAILED):
        said = [row["reason"] for row in field if row["status"] == kind]
        if said:
            return str(said[0]) or f"it {kind}"
    return "no candidate has a score"


def blind(scores: pd.DataFrame, family: str, measure: str) -> str:
    """Say why a measure cannot tell known bad rows from known good ones on this table, or return an empty text.

    It is blind where the interval of a planted bad control reaches the value of the good one. In privacy, where lower is
    better in every measure, both planted leaks must be seen: their intervals lie wholly above the value of unseen rows. Whether
    rows held back were seen is not asked of the training rows, so that no control can show that measure blind.
    """
    if measure == SEEN:
        return ""
    return _blind(rows_by_measure(scores, [measure]).get(measure, []), family)


def _blind(rows: list[dict[Any, Any]], family: str) -> str:
    if family not in ANCHORS:
        return ""
    bad, good = ANCHORS[family]
    controls = {row["candidate"]: row for row in rows if is_control(row["candidate"]) and row["value"] == row["value"]}
    if good not in controls:
        return ""
    reference = float(controls[good]["value"])
    planted = (bad, "control:flipped") if family == "privacy" else (bad,)
    for control in planted:
        if control in controls and _anchors(controls[control]) and _reaches(controls[control], reference, family):
            return f"on this table it does not tell {_BAD[control]} from {_GOOD[good]}"
    return ""


def _anchors(row: Mapping[Any, Any]) -> bool:
    """Tell whether a control stands at the foot of its scale; where the scale begins with a number of its own it does not."""
    floor = row.get("floor", math.nan)
    return not (floor == floor and row["candidate"] == "control:independent" and abs(float(floor) - float(row["value"])) > 1e-9)


def _reaches(row: Mapping[Any, Any], reference: float, family: str) -> bool:
    """Tell whether a bad control reaches the good one; a leak that reads as better than unseen rows has not been seen either."""
    value = float(row["value"])
    low, high = (value if math.isnan(float(row[end])) else float(row[end]) for end in ("low", "high"))
    return value == reference or (low <= reference and (family == "privacy" or reference <= high))


def on_scale(rows: pd.DataFrame) -> pd.DataFrame:
    """Add `position_low` and `position_high`: the interval in units of the scale, low being the worse end.

    Reads `value, low, high, floor, ceiling`; without an interval both are the position, without a scale both are NaN.
    """
    width = rows["ceiling"] - rows["floor"]
    width = width.where(width != 0)
    ends = pd.DataFrame(
        {end: (rows[end].fillna(rows["value"]) - rows["floor"]) / width for end in ("low", "high")}, index=rows.index
    )
    return rows.assign(position_low=ends.min(axis=1, skipna=False), position_high=ends.max(axis=1, skipna=False))


def for_draws(rows: pd.DataFrame) -> pd.DataFrame:
    """Do as `on_scale`, for drawing from the interval: proven bounds stand still."""
    placed = on_scale(rows)
    bound = placed["measure"].isin(BOUNDS)
    ends = {end: placed[end].mask(bound, placed["position"]) for end in ("position_low", "position_high")}
    return placed.assign(**ends)
