"""Which candidates leak measurably: where a privacy measure tells them from unseen real rows beyond chance."""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import NormalDist
from typing import Any

import pandas as pd

from synth_ui.comparison.headlines import BOUNDS, blind, on_scale
from synth_ui.comparison.names import is_control, roster
from synth_ui.core.score import Status

LEAK_COLUMNS: tuple[str, ...] = ("candidate", "member", "measure", "value", "low", "high", "unseen", "position", "sentence")

SEVERE = 0.5
"""Below this position a candidate lies nearer to a copy of the training rows than to unseen real rows."""

_SENTENCES: Mapping[str, str] = {
    "copies": "it repeats rows or rare values of the training data more often than those of unseen rows",
    "dcr_share": "its rows lie closer to the training rows than to unseen ones (distance share {value:.2f}, unseen rows give {unseen:.2f})",
    "membership": "an attack tells who was in the training rows (AUC {value:.2f}, unseen rows give {unseen:.2f})",
    "leakage_index": "its leakage index is {value:.1f}, unseen rows give {unseen:.1f}",
}


def leaks(scores: pd.DataFrame, candidates: pd.DataFrame | None = None) -> pd.DataFrame:
    """List the leaks found, worst first.

    A measure finds a leak where the candidate lies on the bad side of unseen real rows by more than both their intervals explain, the
    candidate's widened for the number of privacy measures asked (Bonferroni); a proven bound stands for itself. Measures that are blind
    on this table, under-powered or failed find nothing, which is no clean bill.

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
    rows = scores[(scores["family"] == "privacy") & ~scores["measure"].str.contains(".", regex=False)]
    rows = rows[(rows["status"] == Status.OK) & rows["position"].notna()]
    keys = [key for key in rows["measure"].unique() if not blind(scores, "privacy", key)]
    widening = _widening(len(keys))
    found = []
    for key in keys:
        of_measure = on_scale(rows[rows["measure"] == key])
        honest = of_measure[of_measure["candidate"] == "control:unseen"]
        chance = 0.0 if honest.empty else float((honest["position"] - honest["position_low"]).iloc[0])
        for row in of_measure[~of_measure["candidate"].map(is_control).astype(bool)].to_dict("records"):
            own = (row["position_high"] - row["position"]) * widening
            explained = 0.0 if key in BOUNDS else math.hypot(own, chance)
            if 1.0 - row["position"] > explained + 1e-9:
                found.append(_leak(row, group[row["candidate"]]))
    frame = pd.DataFrame(found, columns=list(LEAK_COLUMNS))
    return frame.sort_values(["position", "candidate", "measure"], kind="stable").reset_index(drop=True)


def _widening(tests: int) -> float:
    return NormalDist().inv_cdf(1 - 0.025 / max(tests, 1)) / NormalDist().inv_cdf(0.975)


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
