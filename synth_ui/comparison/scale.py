"""Scores on their scales: intervals in units of the scale, and whether a scale tells known bad rows from known good ones."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import pandas as pd

from synth_ui.comparison.families import CONTROL_WORDS, FAMILIES
from synth_ui.core.score import PRIVACY_LEVEL, MeasureFacts, Status

Row = dict[str, Any]
"""One score as plain values: thousands of look-ups must not each walk a frame."""

Placed = Mapping[str, Mapping[str, Row]]
"""Scores on their scales, by measure and candidate."""

BOUNDS: frozenset[str] = frozenset({"leakage_index"})
"""Measures whose value is itself a proven bound: their upper limit says what could have gone unseen, not where the value may lie."""

USABLE = (Status.OK, Status.UNDER_POWERED)


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


def placed(scores: pd.DataFrame) -> Placed:
    """Return every score on its scale, by measure and candidate; of the same score twice the first counts."""
    found: dict[str, dict[str, Row]] = {}
    for row in on_scale(scores).to_dict("records"):
        found.setdefault(str(row["measure"]), {}).setdefault(str(row["candidate"]), {str(key): row[key] for key in row})
    return found


def has_number(row: Mapping[str, Any] | None) -> bool:
    """Whether a score is a number, be it strong enough for a verdict or not."""
    return row is not None and row["status"] in USABLE and row["value"] == row["value"]


def has_scale(row: Mapping[str, Any] | None) -> bool:
    """Whether a score lies on a scale."""
    return has_number(row) and row is not None and row["position"] == row["position"]


def has_interval(row: Mapping[str, Any]) -> bool:
    """Whether it is known how far chance may have moved a score."""
    return bool(row["low"] == row["low"] or row["high"] == row["high"]) or row["measure"] in BOUNDS


UNKNOWN = 3.0
"""Lengths of the scale: the standard error of a position without an interval."""


def errors(row: Mapping[str, Any]) -> tuple[float, float]:
    """Return the standard errors of a position, towards the bad and towards the good end; 0 for a proven bound.

    Without an interval nothing is known of them: they are `UNKNOWN` times as long as the scale, and as the way to the position, so that no
    order follows from places alone.
    """
    if row["measure"] in BOUNDS:
        return 0.0, 0.0
    if not has_interval(row):
        unknown = UNKNOWN * max(1.0, abs(row["position"]))
        return unknown, unknown
    z = z_of(row["family"])
    return (row["position"] - row["position_low"]) / z, (row["position_high"] - row["position"]) / z


def z_of(family: str) -> float:
    """Return the half-width of a family's intervals in standard errors."""
    return NormalDist().inv_cdf(0.5 + (PRIVACY_LEVEL if family == "privacy" else 0.95) / 2)


@dataclass(frozen=True)
class Scale:
    """What lies at the two ends of a measure's scale, and how surely.

    Attributes
    ----------
    bad, good
        What the ends are, in a few words.
    floor, band
        The positions between which the known bad and the known good control lie with their intervals; NaN where they are not scored, (0, 0)
        where the bad end is a number.
    closeness
        Whether the good end is to be close to real rows; else it is to be as good as they are.
    """

    bad: str = "worst"
    good: str = "best"
    floor: tuple[float, float] = (math.nan, math.nan)
    band: tuple[float, float] = (math.nan, math.nan)
    closeness: bool = True


def scale_of(rows: Mapping[str, Row], facts: MeasureFacts | None) -> Scale:
    """Return the scale of a measure.

    Parameters
    ----------
    rows
        Its scores, by candidate.
    facts
        What is known of it, or of the measure it is a part of.
    """
    if facts is None:
        return Scale()
    good = "unseen real rows" if facts.ceiling == "control:unseen" else "real rows"
    band = _band(rows, facts.ceiling)
    if facts.floor_part:
        return Scale(facts.worst_means, good, (0.0, 0.0), band, facts.family == "fidelity")
    bad = "copied training rows" if facts.floor == "control:train" else CONTROL_WORDS.get(facts.floor, "worst")
    return Scale(bad, good, _spread(rows.get(facts.floor)), band, facts.family == "fidelity")


def _band(rows: Mapping[str, Row], ceiling: str) -> tuple[float, float]:
    """Return the positions between which other real rows fall: what calibration found, or where nothing was, the good control's interval."""
    row = next((row for row in rows.values() if not math.isnan(row.get("band_low", math.nan))), None)
    width = math.nan if row is None else float(row["ceiling"] - row["floor"])
    if row is None or row["measure"] in BOUNDS or not width:
        return _spread(rows.get(ceiling))
    low, high = sorted((float(row[end]) - float(row["floor"])) / width for end in ("band_low", "band_high"))
    return low, high


def _spread(row: Row | None) -> tuple[float, float]:
    if row is None or not has_scale(row):
        return math.nan, math.nan
    if row["measure"] in BOUNDS:
        return row["position"], row["position"]
    return row["position_low"], row["position_high"]


def missed(rows: Mapping[str, Row], family: str) -> tuple[str, ...]:
    """Return the planted bad controls that a measure cannot tell from the good one on this table.

    One is missed where its interval reaches the value of the good one. In privacy, where lower is better in every measure, there are
    two, a copy of the training rows and one with a tenth of its cells redrawn, and their intervals must lie wholly above it.

    Parameters
    ----------
    rows
        The measure's scores, by candidate.
    """
    if family not in FAMILIES:
        return ()
    bad, good = FAMILIES[family].bad, FAMILIES[family].good
    if not has_value(rows.get(good)):
        return ()
    reference = float(rows[good]["value"])
    planted = (bad, "control:flipped") if family == "privacy" else (bad,)
    return tuple(
        name for name in planted if has_value(rows.get(name)) and _anchors(rows[name]) and _reaches(rows[name], reference, family)
    )


def blind(rows: Mapping[str, Row], family: str) -> str:
    """Say why a measure cannot tell known bad rows from known good ones on this table, or return an empty text.

    Of a measure of privacy this holds on one side alone: that it finds nothing says nothing where a planted leak is missed, while a sign
    that it does find is one; see `synth_ui.comparison.verdict.leaks`.

    Parameters
    ----------
    rows
        The measure's scores, by candidate.
    """
    names = [
        "a copy of the training rows" if family == "privacy" and name == FAMILIES[family].bad else CONTROL_WORDS[name]
        for name in missed(rows, family)
    ]
    return f"on this table it does not tell {' or '.join(names)} from {CONTROL_WORDS[FAMILIES[family].good]}" if names else ""


def ends_apart(rows: Mapping[str, Row], family: str) -> bool:
    """Whether the intervals of a family's bad and good control do not meet on a measure's scale."""
    bad, good = _spread(rows.get(FAMILIES[family].bad)), _spread(rows.get(FAMILIES[family].good))
    return bad[1] < good[0]


def has_value(row: Mapping[str, Any] | None) -> bool:
    """Whether a row holds a number at all."""
    return row is not None and row["value"] is not None and row["value"] == row["value"]


def _anchors(row: Mapping[str, Any]) -> bool:
    """Tell whether a control stands at the foot of its scale; where the scale begins with a number of its own it does not."""
    floor = row.get("floor", math.nan)
    independent = row["candidate"] == "control:independent"
    return not (floor == floor and independent and abs(float(floor) - float(row["value"])) > 1e-9)


def _reaches(row: Mapping[str, Any], reference: float, family: str) -> bool:
    """Tell whether a bad control reaches the good one; a leak that reads as better than unseen rows has not been seen either."""
    value = float(row["value"])
    low, high = (value if math.isnan(float(row[end])) else float(row[end]) for end in ("low", "high"))
    return value == reference or (low <= reference and (family == "privacy" or reference <= high))


def suspected(row: Mapping[str, Any]) -> bool:
    """Whether a privacy score is worse than chance explains, whatever unseen real rows give; this is what its own sentence says."""
    known = row.get("chance", math.nan)
    chance = row["ceiling"] if known is None or math.isnan(known) else known
    if chance != chance:
        return False
    if row["measure"] in BOUNDS or math.isnan(row["low"]):
        return bool(row["value"] > chance)
    return bool(row["low"] > chance)


def is_part(measure: str) -> bool:
    """Whether a row is a further number of a measure, not its headline."""
    return "." in measure
