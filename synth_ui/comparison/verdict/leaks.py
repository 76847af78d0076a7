"""Which candidates leak measurably: where an attack tells them from unseen real rows beyond chance."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from synth_ui.comparison.families import FAMILIES
from synth_ui.comparison.names import is_control
from synth_ui.comparison.scale import BOUNDS, Row, ends_apart, has_interval, has_number, has_scale, is_part, missed, suspected
from synth_ui.comparison.thresholds import limit
from synth_ui.core.score import SEEN, Status, score_of

if TYPE_CHECKING:
    from synth_ui.comparison.outcome import Outcome

LEAK_COLUMNS: tuple[str, ...] = ("candidate", "member", "measure", "value", "low", "high", "unseen", "position", "sentence")


def leaks(outcome: Outcome) -> pd.DataFrame:
    """List the leaks found, worst first.

    An attack finds a leak where the candidate is worse than chance explains (`suspected`); its interval holds for all attacks
    together, and a proven bound stands for itself. Where unseen real rows are worse than chance too, the measure is off on this
    table, and a candidate must also lie on the bad side of them by more than both intervals explain.

    That an attack is blind on this table, or that there are few rows, weighs on one side alone: an attack too weak to see a planted leak
    cannot clear a candidate, and what it sees all the same is no less beyond chance. Its interval is wide where rows are few. Measures
    that failed find nothing, which is no clean bill; neither do those whose controls are not scored.

    Returns
    -------
    pandas.DataFrame
        `candidate` (its group), `member` (the seed), `measure`, `value, low, high`, `unseen` (what unseen real rows give),
        `position` (0 a copy of the training rows, 1 unseen rows; NaN where the measure cannot tell these two apart, so that nothing lies
        between them) and `sentence`, what the measure says of it.
    """
    found = []
    for rows in attack_rows(outcome).values():
        honest = rows.get("control:unseen")
        off = honest is not None and has_number(honest) and suspected(honest)
        placed = FAMILIES["privacy"].bad not in missed(rows, "privacy")
        for name, row in rows.items():
            if is_control(name) or not _counts(row, rows) or not suspected(row):
                continue
            if not off or honest is None or _beyond(row, honest):
                found.append(_leak(outcome, row if placed else {**row, "position": math.nan}))
    frame = pd.DataFrame(found, columns=list(LEAK_COLUMNS))
    return frame.sort_values(["position", "candidate", "measure", "member"], kind="stable").reset_index(drop=True)


def _beyond(row: Row, honest: Row) -> bool:
    """Whether a score is worse than that of unseen real rows by more than both intervals explain; lower is better in every attack."""
    own, chance = row["value"] - row["low"], honest["high"] - honest["value"]
    known = [width for width in (own, chance) if not math.isnan(width)]
    explained = 0.0 if row["measure"] in BOUNDS else math.hypot(*known)
    return bool(row["value"] - honest["value"] > explained + 1e-9)


def attack_rows(outcome: Outcome) -> Mapping[str, Mapping[str, Row]]:
    """Return the scores of every attack on privacy that was asked, by measure and candidate."""
    known = {key: rows for key, rows in outcome.rows.items() if not is_part(key)}
    return {key: rows for key, rows in known.items() if _is_attack(outcome, key, rows)}


def _is_attack(outcome: Outcome, key: str, rows: Mapping[str, Row]) -> bool:
    facts = outcome.facts.get(key)
    return facts.attack if facts is not None else key != SEEN and next(iter(rows.values()))["family"] == "privacy"


def _counts(row: Row, rows: Mapping[str, Row]) -> bool:
    """Whether a score can be a sign: a number, however weak, beside known good rows and known bad ones, whether or not these differ."""
    family = FAMILIES["privacy"]
    if not has_number(row) or (row["status"] != Status.OK and not has_interval(row)):
        return False
    return has_scale(row) or all(has_number(rows.get(end)) for end in (family.bad, family.good))


def unscaled(outcome: Outcome, group: str) -> list[Row]:
    """Return the scores that suspect a candidate while the controls that would tell whether it is so are missing."""
    members = outcome.groups[group]
    own = [(rows[name], rows) for rows in attack_rows(outcome).values() for name in members if name in rows]
    return [row for row, rows in own if has_number(row) and not _counts(row, rows) and suspected(row)]


def unlike(outcome: Outcome) -> dict[tuple[str, str], str]:
    """Say of each score that its own sentence suspects, but that `leaks` does not count, why it is not counted.

    Returns
    -------
    dict
        (candidate, measure) to a sentence; a page shows it behind the score's own.
    """
    counted = outcome.leaks
    found = set(zip(counted["member"], counted["measure"], strict=True))
    said = {}
    for key, rows in attack_rows(outcome).items():
        for name, row in rows.items():
            if is_control(name) or (name, key) in found or not has_number(row):
                continue
            if not math.isnan(row["ceiling"]) and suspected(row) and _counts(row, rows):
                said[name, key] = f"Unseen real rows give {row['ceiling']:.3g} here, so this is not counted as a leak."
    return said


def _leak(outcome: Outcome, row: Row) -> dict[str, Any]:
    facts = outcome.facts.get(row["measure"])
    said = facts.says(score_of(row)) if facts is not None else f"Its {row['measure'].replace('_', ' ')} is {row['value']:.3g}."
    return {
        "candidate": outcome.group_of[row["candidate"]], "member": row["candidate"], "measure": row["measure"], "value": row["value"],
        "low": row["low"], "high": row["high"], "unseen": row["ceiling"], "position": row["position"], "sentence": said,
    }  # fmt: skip


def severe(outcome: Outcome, group: str) -> bool:
    """Whether a candidate lies nearer to a copy of the training rows than to unseen rows, by the measure that speaks for its privacy.

    So it is where the measure found a sign, and sees the copy; and where its whole interval lies there, on a scale whose ends do not meet.
    A scale on which a copy and unseen rows lie within chance of each other has no nearer end, and bars nobody.
    """
    row = outcome.entry(group)
    position, measure = float(row["privacy_position"]), str(row["privacy_measure"])
    if math.isnan(position) or position >= limit("severe"):
        return False
    found = outcome.leaks[(outcome.leaks["candidate"] == group) & (outcome.leaks["measure"] == measure)]
    if found["position"].notna().any():
        return True
    whole = measure in BOUNDS or float(row["privacy_position_high"]) < limit("severe")
    return bool(row["privacy_status"] == Status.OK and whole and ends_apart(outcome.rows[measure], "privacy"))
