"""The one number per family that is compared, and whether it can bear a verdict on this table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from synth_ui.comparison.names import is_control
from synth_ui.core.score import Status

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


def headlines(scores: pd.DataFrame) -> dict[str, Headline]:
    """Choose the measure that speaks for each family, and say where none can.

    Parameters
    ----------
    scores
        Calibrated scores: `candidate, measure, value, low, high, position, status, reason`, controls included.
    """
    return {family: _headline(scores, family) for family in HEADLINES}


def _headline(scores: pd.DataFrame, family: str) -> Headline:
    present = [key for key in (HEADLINES[family], *FALLBACKS[family]) if (scores["measure"] == key).any()]
    if not present:
        return Headline(family, "", "it was not measured")
    reasons = {key: _unusable(scores, family, key) for key in present}
    usable = [key for key in present if not reasons[key]]
    chosen = usable[0] if usable else present[0]
    return Headline(family, chosen, reasons[chosen])


def _unusable(scores: pd.DataFrame, family: str, measure: str) -> str:
    rows = scores[(scores["measure"] == measure) & ~scores["candidate"].map(is_control).astype(bool)]
    rows = rows if len(rows) else scores[scores["measure"] == measure]
    status = rows["status"].astype(str)
    if (status == Status.OK).any():
        return blind(scores, family, measure)
    for kind in (Status.UNDER_POWERED, Status.DOES_NOT_APPLY, Status.FAILED):
        said = rows.loc[status == kind, "reason"]
        if len(said):
            return str(said.iloc[0]) or f"it {kind}"
    return "no candidate has a score"


def blind(scores: pd.DataFrame, family: str, measure: str) -> str:
    """Say why a measure cannot tell known bad rows from known good ones on this table, or return an empty text.

    It is blind where the interval of a planted bad control reaches the value of the good one. In privacy both planted
    leaks must be seen.
    """
    if family not in ANCHORS:
        return ""
    bad, good = ANCHORS[family]
    reference = _score(scores, measure, good)
    planted = (bad, "control:flipped") if family == "privacy" else (bad,)
    if reference is None:
        return ""
    for control in planted:
        seen = _score(scores, measure, control)
        if seen is None:
            continue
        low, value, high = seen
        if value == reference[1] or low <= reference[1] <= high:
            return f"on this table it does not tell {_BAD[control]} from {_GOOD[good]}"
    return ""


def _score(scores: pd.DataFrame, measure: str, candidate: str) -> tuple[float, float, float] | None:
    rows = scores[(scores["measure"] == measure) & (scores["candidate"] == candidate)]
    rows = rows[rows["value"].notna()]
    if rows.empty:
        return None
    row = rows.iloc[0]
    value = float(row["value"])
    low, high = (value if math.isnan(float(row[end])) else float(row[end]) for end in ("low", "high"))
    return low, value, high


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
