"""Frames for the scale tracks: the heads of the scales, and every score in long form."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from synth_ui.comparison.headlines import ANCHORS, HEADLINES, blind, for_draws, headlines, on_scale
from synth_ui.comparison.names import roster
from synth_ui.core.score import Status

Ends = Mapping[str, tuple[str, str]]

TITLES: Mapping[str, str] = {"fidelity": "Looks real", "utility": "Is useful", "privacy": "Leaks little"}
"""What the right end of each family's scale means, in two words."""

MEASURED: Mapping[str, str] = {
    "pairs": "column pairs", "margins": "single columns", "dependence": "relationships", "detectability": "detectability",
    "tstr": "model skill", "leakage_index": "leakage index", "dcr_share": "distance share", "membership": "membership", "copies": "copies",
    "seen": "rows held back",
    "triples": "three-way tables", "coverage": "levels, tails, odd rows", "validity": "share of cells", "missingness": "where blanks are",
    "rules": "rows that break one", "telltale": "eight simple questions",
}  # fmt: skip
"""What was measured, short enough for the head of a scale on a phone."""

ENDS: Ends = {
    "fidelity": ("shuffled", "real"), "utility": ("shuffled", "real"), "privacy": ("copied", "unseen"),
}  # fmt: skip
"""In one word, what lies at the left and the right end: shuffled columns, real rows; copied training rows, unseen real rows."""


FULL_ENDS: Ends = {
    "fidelity": ("shuffled columns", "real rows"), "utility": ("shuffled columns", "real rows"),
    "privacy": ("copied training rows", "unseen real rows"), "fairness": ("shuffled columns", "real rows"),
}  # fmt: skip
"""The same where there is room."""

PANEL_COLUMNS: tuple[str, ...] = (
    "panel", "measure", "title", "subtitle", "left", "right", "band_low", "band_high", "reason",
)  # fmt: skip

TRACK_COLUMNS: tuple[str, ...] = (
    "candidate", "title", "control", "panel", "measure", "value", "value_low", "value_high", "position", "low", "high",
    "points", "status", "reason", "seconds", "seeds", "rank", "tied", "signs",
)  # fmt: skip


def panels(scores: pd.DataFrame) -> pd.DataFrame:
    """Return one row per family that was measured, in order, for the heads of the scale tracks.

    Columns: `panel` (family), `measure`, `title`, `subtitle`, `left`, `right` (what the ends mean), `band_low`, `band_high`
    (positions between which real rows themselves fall, NaN where unknown), `reason` (why the family is greyed, or empty).
    """
    rows = [
        _panel(scores, family, family, headline.measure, TITLES[family], headline.unusable, ENDS)
        for family, headline in headlines(scores).items()
        if headline.measure
    ]
    return pd.DataFrame(rows, columns=list(PANEL_COLUMNS))


def _panel(scores: pd.DataFrame, panel: str, family: str, measure: str, title: str, reason: str, ends: Ends) -> dict[str, Any]:
    good = scores[(scores["measure"] == measure) & (scores["candidate"] == ANCHORS.get(family, ("", ""))[1])]
    band = for_draws(good[good["value"].notna()])
    left, right = ends.get(family, ("worst", "best"))
    return {
        "panel": panel, "measure": measure, "title": title, "subtitle": MEASURED.get(measure, measure.replace("_", " ")),
        "left": left, "right": right,
        "band_low": float(band["position_low"].iloc[0]) if len(band) else math.nan,
        "band_high": float(band["position_high"].iloc[0]) if len(band) else math.nan,
        "reason": reason,
    }  # fmt: skip


def single(
    scores: pd.DataFrame, measure: str, title: str, candidates: pd.DataFrame | None = None, only: tuple[str, ...] = ()
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the frames (rows, panel) of one measure's track, for the head of a detail page.

    Parameters
    ----------
    scores
        Calibrated scores (`SCORE_COLUMNS`).
    measure
        A measure's key, or one of its parts.
    title
        What stands over the scale: "Is each column right?".
    candidates
        One row per candidate, see `roster`.
    only
        Candidates to show, each seed by itself; controls are always shown. Empty shows all.
    """
    listed = roster(scores["candidate"].astype(str), candidates).set_index("candidate")
    rows = on_scale(scores[scores["measure"] == measure])
    rows = rows[rows["candidate"].isin(only) | listed.loc[rows["candidate"], "control"].to_numpy(bool)] if only else rows
    family = str(rows["family"].iloc[0]) if len(rows) else "fidelity"
    head = rows.loc[~listed.loc[rows["candidate"], "control"].to_numpy(bool), ["status", "reason"]]
    weak = head[head["status"] == Status.UNDER_POWERED]["reason"]
    reason = str(weak.iloc[0]) if len(weak) and len(weak) == len(head) else blind(scores, family, measure)
    panel = pd.DataFrame([_panel(scores, measure, family, measure, title, reason, FULL_ENDS)], columns=list(PANEL_COLUMNS))
    long = pd.DataFrame({
        "candidate": rows["candidate"], "title": [_member_title(name, listed) for name in rows["candidate"]],
        "control": listed.loc[rows["candidate"], "control"].to_numpy(bool), "panel": measure, "measure": measure, "value": rows["value"],
        "value_low": rows["low"], "value_high": rows["high"], "position": rows["position"], "low": rows["position_low"],
        "high": rows["position_high"], "points": [()] * len(rows), "status": rows["status"], "reason": rows["reason"],
        "seconds": math.nan, "seeds": 1, "rank": math.nan, "tied": False, "signs": 0,
    }, columns=list(TRACK_COLUMNS))  # fmt: skip
    order = [name for name in only if name in set(long["candidate"])] + [name for name in long["candidate"] if name not in only]
    long = long.set_index("candidate").loc[order].reset_index() if len(long) else long
    return long.sort_values("control", kind="stable", ignore_index=True)[list(TRACK_COLUMNS)], panel


def _member_title(name: str, listed: pd.DataFrame) -> str:
    title, seed = str(listed.at[name, "title"]), name.partition("#")[2]
    return f"{title}, seed {seed}" if seed and name != listed.at[name, "group"] else title


def tracks(board: pd.DataFrame, tied: tuple[str, ...] = (), signs: Mapping[str, int] | None = None) -> pd.DataFrame:
    """Return the long form of a leaderboard, one row per candidate and family, for the scale tracks.

    Parameters
    ----------
    board
        What `leaderboard` returned; its order is kept.
    tied
        Names of the best candidate and of those tied with it, to be marked.
    signs
        Per candidate, how many privacy measures find a leak (`leaks.signs`); the scale shows one of them only.

    Returns
    -------
    pandas.DataFrame
        `candidate, title, control, panel, measure, value, value_low, value_high, position, low, high` (positions), `points`
        (tuple, the seeds' positions), `status, reason, seconds, seeds, rank, tied, signs`.
    """
    rows = []
    for row in board.to_dict("records"):
        for family in HEADLINES:
            if not row[f"{family}_measure"]:
                continue
            shared = {name: row[name] for name in ("candidate", "title", "control", "seconds", "seeds", "rank")}
            rows.append(shared | {
                "panel": family, "measure": row[f"{family}_measure"],
                "value": row[family], "value_low": row[f"{family}_low"], "value_high": row[f"{family}_high"],
                "position": row[f"{family}_position"], "low": row[f"{family}_position_low"], "high": row[f"{family}_position_high"],
                "points": row[f"{family}_points"] if row["seeds"] > 1 else (),
                "status": row[f"{family}_status"], "reason": row[f"{family}_reason"] or ("" if row["status"] == "done" else row["reason"]),
                "tied": row["candidate"] in tied, "signs": (signs or {}).get(row["candidate"], 0),
            })  # fmt: skip
    return pd.DataFrame(rows, columns=list(TRACK_COLUMNS))
