"""Which candidates leak measurably: where a privacy measure tells them from unseen real rows beyond chance."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from synth_ui.comparison.headlines import BOUNDS, blind, on_scale
from synth_ui.comparison.names import is_control, roster
from synth_ui.core.score import WIDENING, Score, Status, beyond_chance
from synth_ui.core.seen import SEEN

LEAK_COLUMNS: tuple[str, ...] = ("candidate", "member", "measure", "value", "low", "high", "unseen", "position", "sentence")

SEVERE = 0.5
"""Below this position a candidate lies nearer to a copy of the training rows than to unseen real rows."""

_SENTENCES: Mapping[str, str] = {
    "copies": "it repeats rows or rare values of the training data more often than those of unseen rows",
    "dcr_share": "its rows lie closer to the training rows than to unseen ones (distance share {value:.2f}, unseen rows give {unseen:.2f})",
    "membership": "an attack tells who was in the training rows (AUC {value:.2f}, unseen rows give {unseen:.2f})",
    "leakage_index": "its leakage index is {value:.1f}, unseen rows give {unseen:.1f}",
    "singling_out": "descriptions taken from it single out training rows more often than unseen ones (risk {value:.2f}, unseen rows give {unseen:.2f})",
    "linkability": "two parts of a training record can be linked through it more often than of an unseen one (risk {value:.2f}, unseen rows give {unseen:.2f})",
    "inference": "secrets of training rows can be guessed from it more often than those of unseen rows (risk {value:.2f}, unseen rows give {unseen:.2f})",
    "disclosure": "it tells sensitive values of training rows more often than those of unseen rows (gap {value:.2f}, unseen rows give {unseen:.2f})",
    "exposed": "more of its training rows stand out than chance explains (share {value:.3f}, unseen rows give {unseen:.3f})",
    "shadow": "refitting its generator shows which isolated rows were in (AUC {value:.2f}, unseen rows give {unseen:.2f})",
}


def leaks(scores: pd.DataFrame, candidates: pd.DataFrame | None = None) -> pd.DataFrame:
    """List the leaks found, worst first.

    A measure finds a leak where the candidate is worse than chance explains (`beyond_chance`), its interval widened for all privacy
    measures (Bonferroni); a proven bound stands for itself. Rows held back that are found again are no leak of training rows and
    are not listed: they mean that nothing can be judged, see `synth_ui.comparison.seen`. Where unseen real rows are worse than chance too, the measure is off on this
    table, and a candidate must also lie on the bad side of them by more than both intervals explain. Measures that are blind on this
    table, under-powered or failed find nothing, which is no clean bill.

    Parameters
    ----------
    scores
        Calibrated scores (`SCORE_COLUMNS`), with the control rows.
    candidates
        One row per candidate, see `roster`.

    Returns
    -------
    pandas.DataFrame
        `candidate` (its group), `member` (the seed), `measure`, `value, low, high`, `unseen` (what unseen real rows give),
        `position` (0 a copy of the training rows, 1 unseen rows) and `sentence`, which continues "against it:".
    """
    listed = roster(scores["candidate"].astype(str), candidates)
    group = dict(zip(listed["candidate"], listed["group"], strict=True))
    rows = scores[
        (scores["family"] == "privacy") & ~scores["measure"].str.contains(".", regex=False) & (scores["measure"] != SEEN)
    ]
    rows = rows[(rows["status"] == Status.OK) & rows["position"].notna()]
    keys = [key for key in rows["measure"].unique() if not blind(scores, "privacy", key)]
    found = []
    for key in keys:
        of_measure = on_scale(rows[rows["measure"] == key])
        honest = of_measure[of_measure["candidate"] == "control:unseen"]
        chance = 0.0 if honest.empty else float((honest["position"] - honest["position_low"]).iloc[0])
        off = any(suspected(row) for row in honest.to_dict("records"))
        for row in of_measure[~of_measure["candidate"].map(is_control).astype(bool)].to_dict("records"):
            own = (row["position_high"] - row["position"]) * WIDENING
            explained = 0.0 if key in BOUNDS else math.hypot(own, chance)
            if suspected(row) and (not off or 1.0 - row["position"] > explained + 1e-9):
                found.append(_leak(row, group[row["candidate"]]))
    frame = pd.DataFrame(found, columns=list(LEAK_COLUMNS))
    return frame.sort_values(["position", "candidate", "measure"], kind="stable").reset_index(drop=True)


def signs(scores: pd.DataFrame, candidates: pd.DataFrame | None = None) -> dict[str, int]:
    """Count, per candidate with a leak, the measures that find one in any of its seeds."""
    found = leaks(scores, candidates)
    return {str(name): int(number) for name, number in found.groupby("candidate")["measure"].nunique().items()}


def suspected(row: Mapping[str, Any]) -> bool:
    """Whether a privacy score is worse than chance explains, whatever unseen real rows give; this is what its own sentence says."""
    known = row.get("chance", math.nan)
    chance = row["ceiling"] if math.isnan(known) else known
    if row["measure"] in BOUNDS or math.isnan(row["low"]):
        return bool(row["value"] > chance)
    return beyond_chance(Score("", "", "", value=row["value"], low=row["low"]), chance)


def unlike(scores: pd.DataFrame, candidates: pd.DataFrame | None = None) -> dict[tuple[str, str], str]:
    """Say of each score that its own sentence suspects, but that `leaks` does not count, why it is not counted.

    Returns
    -------
    dict
        (candidate, measure) to a sentence; a page shows it behind the score's own.
    """
    counted = leaks(scores, candidates)
    found = set(zip(counted["member"], counted["measure"], strict=True))
    rows = scores[(scores["family"] == "privacy") & (scores["status"] == Status.OK) & scores["value"].notna()]
    said = {}
    for row in rows[~rows["measure"].str.contains(".", regex=False)].to_dict("records"):
        key = (str(row["candidate"]), str(row["measure"]))
        if key[1] == SEEN or is_control(key[0]) or key in found or math.isnan(row["ceiling"]) or not suspected(row):
            continue
        if not blind(scores, "privacy", key[1]):
            said[key] = f"Unseen real rows give {row['ceiling']:.3g} here, so this is not counted as a leak."
    return said


def _leak(row: Mapping[str, Any], group: str) -> dict[str, Any]:
    said = _SENTENCES.get(row["measure"], "its {measure} is {value:.3g}, unseen rows give {unseen:.3g}")
    sentence = said.format(measure=row["measure"].replace("_", " "), value=row["value"], unseen=row["ceiling"])
    return {
        "candidate": group, "member": row["candidate"], "measure": row["measure"], "value": row["value"], "low": row["low"],
        "high": row["high"], "unseen": row["ceiling"], "position": row["position"], "sentence": sentence,
    }  # fmt: skip


def severe(board_row: Mapping[str, Any]) -> bool:
    """Whether a leaderboard row lies nearer to a copy of the training rows than to unseen rows, by its privacy headline."""
    position = float(board_row["privacy_position"])
    return board_row["privacy_status"] == Status.OK and not math.isnan(position) and position < SEVERE
