"""Which candidates leak measurably: where an attack tells them from unseen real rows beyond chance."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from synth_ui.comparison.names import is_control
from synth_ui.comparison.scale import BOUNDS, Row, blind, has_scale, has_value, is_part, suspected
from synth_ui.comparison.thresholds import limit
from synth_ui.core.score import SEEN, Status, score_of

if TYPE_CHECKING:
    from synth_ui.comparison.outcome import Outcome

LEAK_COLUMNS: tuple[str, ...] = ("candidate", "member", "measure", "value", "low", "high", "unseen", "position", "sentence")


def leaks(outcome: Outcome) -> pd.DataFrame:
    """List the leaks found, worst first.

    An attack finds a leak where the candidate is worse than chance explains (`suspected`); its interval holds for all attacks
    together, and a proven bound stands for itself. Where unseen real rows are worse than chance too, the measure is off on this
    table, and a candidate must also lie on the bad side of them by more than both intervals explain. Measures that are blind on this
    table, under-powered or failed find nothing, which is no clean bill; neither do those whose controls are not scored.

    Returns
    -------
    pandas.DataFrame
        `candidate` (its group), `member` (the seed), `measure`, `value, low, high`, `unseen` (what unseen real rows give),
        `position` (0 a copy of the training rows, 1 unseen rows) and `sentence`, what the measure says of it.
    """
    found = []
    for key, rows in attack_rows(outcome).items():
        if blind(rows, "privacy"):
            continue
        honest = rows.get("control:unseen")
        off = honest is not None and _counts(honest) and suspected(honest)
        chance = honest["position"] - honest["position_low"] if honest is not None and has_scale(honest) else 0.0
        for name, row in rows.items():
            if is_control(name) or not _counts(row) or not suspected(row):
                continue
            own = row["position_high"] - row["position"]
            explained = 0.0 if key in BOUNDS else math.hypot(own, chance)
            if not off or 1.0 - row["position"] > explained + 1e-9:
                found.append(_leak(outcome, row))
    frame = pd.DataFrame(found, columns=list(LEAK_COLUMNS))
    return frame.sort_values(["position", "candidate", "measure", "member"], kind="stable").reset_index(drop=True)


def attack_rows(outcome: Outcome) -> Mapping[str, Mapping[str, Row]]:
    """Return the scores of every attack on privacy that was asked, by measure and candidate."""
    known = {key: rows for key, rows in outcome.rows.items() if not is_part(key)}
    return {key: rows for key, rows in known.items() if _is_attack(outcome, key, rows)}


def _is_attack(outcome: Outcome, key: str, rows: Mapping[str, Row]) -> bool:
    facts = outcome.facts.get(key)
    return facts.attack if facts is not None else key != SEEN and next(iter(rows.values()))["family"] == "privacy"


def _counts(row: Row) -> bool:
    return row["status"] == Status.OK and has_scale(row)


def unscaled(outcome: Outcome, group: str) -> list[Row]:
    """Return the scores that suspect a candidate while the controls that would tell whether it is so are missing."""
    members = outcome.groups[group]
    rows = [rows[name] for rows in attack_rows(outcome).values() for name in members if name in rows]
    return [row for row in rows if row["status"] == Status.OK and has_value(row) and not has_scale(row) and suspected(row)]


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
            if is_control(name) or (name, key) in found or row["status"] != Status.OK or not has_value(row):
                continue
            if not math.isnan(row["ceiling"]) and suspected(row) and not blind(rows, "privacy"):
                said[name, key] = f"Unseen real rows give {row['ceiling']:.3g} here, so this is not counted as a leak."
    return said


def _leak(outcome: Outcome, row: Row) -> dict[str, Any]:
    facts = outcome.facts.get(row["measure"])
    said = facts.says(score_of(row)) if facts is not None else f"Its {row['measure'].replace('_', ' ')} is {row['value']:.3g}."
    return {
        "candidate": outcome.group_of[row["candidate"]], "member": row["candidate"], "measure": row["measure"], "value": row["value"],
        "low": row["low"], "high": row["high"], "unseen": row["ceiling"], "position": row["position"], "sentence": said,
    }  # fmt: skip


def severe(board_row: Mapping[str, Any]) -> bool:
    """Whether a leaderboard row lies nearer to a copy of the training rows than to unseen rows, by its privacy score."""
    position = float(board_row["privacy_position"])
    return board_row["privacy_status"] == Status.OK and not math.isnan(position) and position < limit("severe")
