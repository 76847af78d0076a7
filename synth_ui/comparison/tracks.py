"""Frames for the scale tracks: the heads of the scales, and every score in long form."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from synth_ui.comparison.families import DECIDING, FAMILIES
from synth_ui.comparison.names import is_control
from synth_ui.comparison.scale import Row, has_scale
from synth_ui.comparison.verdict.evidence import NOTHING_LEFT, State
from synth_ui.core.score import SEEN, Status

if TYPE_CHECKING:
    from synth_ui.comparison.outcome import Outcome

MEASURED: Mapping[str, str] = {
    "pairs": "column pairs", "margins": "single columns", "dependence": "relationships", "detectability": "detectability",
    "tstr": "model skill", "leakage_index": "leakage index", "dcr_share": "distance share", "membership": "membership", "copies": "copies",
    "seen": "rows held back",
    "triples": "three-way tables", "coverage": "levels, tails, odd rows", "validity": "share of cells", "missingness": "where blanks are",
    "rules": "rows that break one", "telltale": "eight simple questions", "gap_parts": "where it differs",
}  # fmt: skip
"""What was measured, short enough for the head of a scale on a phone."""

PANEL_COLUMNS: tuple[str, ...] = (
    "panel", "measure", "title", "subtitle", "left", "right", "band_low", "band_high", "reason",
)  # fmt: skip

TRACK_COLUMNS: tuple[str, ...] = (
    "candidate", "title", "control", "panel", "measure", "value", "value_low", "value_high", "position", "low", "high",
    "points", "status", "reason", "seconds", "seeds", "rank", "tied", "signs", "sign", "number",
)  # fmt: skip


def called(measure: str) -> str:
    """Say what a measure measures, in two or three words."""
    return MEASURED.get(measure, measure.replace("_", " "))


def by_what(family: str, measure: str) -> str:
    """Say by what a family is measured, to stand behind its name, where there is more than one yardstick for it: ", by column pairs,"."""
    return f", by {called(measure)}," if len(FAMILIES[family].yardsticks) > 1 else ""


def panels(outcome: Outcome) -> pd.DataFrame:
    """Return one row per family that was measured, in order, for the heads of the scale tracks.

    Columns: `panel` (family), `measure`, `title`, `subtitle`, `left`, `right` (what the ends of this measure mean), `band_low`,
    `band_high` (positions between which real rows themselves fall, NaN where unknown), `reason` (why the family is greyed, or empty).
    """
    rows = [
        _panel(outcome, family, headline.measure, FAMILIES[family].title, headline.unusable)
        for family, headline in outcome.headlines.items()
        if headline.measure
    ]
    return pd.DataFrame(rows, columns=list(PANEL_COLUMNS))


def _panel(outcome: Outcome, panel: str, measure: str, title: str, reason: str) -> dict[str, Any]:
    scale = outcome.scale(measure)
    return {
        "panel": panel, "measure": measure, "title": title, "subtitle": called(measure), "left": scale.bad, "right": scale.good,
        "band_low": scale.band[0], "band_high": scale.band[1], "reason": reason,
    }  # fmt: skip


def single(outcome: Outcome, measure: str, title: str, only: Sequence[str] = ()) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the frames (rows, panel) of one measure's track, for the head of a detail page.

    Parameters
    ----------
    measure
        A measure's key, or one of its parts.
    title
        What stands over the scale: "Is each column right?".
    only
        Candidates to show, each seed by itself; controls are always shown. Empty shows all.
    """
    rows = outcome.rows.get(measure, {})
    field = {name: row for name, row in rows.items() if not is_control(name) and (not only or name in only)}
    order = [name for name in only if name in field] or list(field)
    shown = [*order, *(name for name in rows if is_control(name))]
    weak = [row["reason"] for row in field.values() if row["status"] == Status.UNDER_POWERED]
    reason = str(weak[0]) if weak and len(weak) == len(field) else outcome.blind(measure)
    panel = pd.DataFrame([_panel(outcome, measure, measure, title, reason)], columns=list(PANEL_COLUMNS))
    void = outcome.saw_holdout if measure != SEEN else {}
    counted = outcome.leaks[outcome.leaks["measure"] == measure]
    signs = dict(zip(counted["member"], counted["position"], strict=True))
    kept = {name: rows[name] | ({"status": str(State.CANNOT), "reason": NOTHING_LEFT} if name in void else {}) for name in shown}
    long = [
        _track(row, outcome.member_titles.get(name, name), is_control(name), measure)
        | {"number": outcome.numbers.get(name, -1)}
        | (_as_sign(row, signs[name]) if name in signs else {})
        for name, row in kept.items()
    ]
    return pd.DataFrame(long, columns=list(TRACK_COLUMNS)), panel


def _track(row: Row, title: str, control: bool, panel: str) -> dict[str, Any]:
    return {
        "candidate": row["candidate"], "title": title, "control": control, "panel": panel, "measure": row["measure"], "value": row["value"],
        "value_low": row["low"], "value_high": row["high"], "position": row["position"], "low": row["position_low"],
        "high": row["position_high"], "points": (), "status": row["status"], "reason": row["reason"], "seconds": math.nan, "seeds": 1,
        "rank": math.nan, "tied": False, "signs": 0, "sign": False,
    }  # fmt: skip


def _as_sign(row: Row, position: float) -> dict[str, Any]:
    """Return what is drawn of a score that is a sign of a leak: as one, however weak the measure, and on a scale only where there is one."""
    ends = {"position": math.nan, "low": math.nan, "high": math.nan} if math.isnan(position) else {}
    void = row["status"] == str(State.CANNOT)
    return ends | ({} if void else {"status": str(Status.OK), "reason": "", "sign": True, "signs": 1})


def tracks(outcome: Outcome, board: pd.DataFrame, tied: Sequence[str] = ()) -> pd.DataFrame:
    """Return the long form of a leaderboard, one row per candidate and family, for the scale tracks.

    Where an attack finds a leak, its score stands for the candidate's privacy, not a headline that found none: one statement, not two.

    Parameters
    ----------
    board
        A leaderboard of the outcome; its order is kept.
    tied
        Names of the best candidate and of those tied with it, to be marked.

    Returns
    -------
    pandas.DataFrame
        `TRACK_COLUMNS`; `points` is a tuple of the seeds' positions, `signs` how many attacks find a leak, `sign` whether this score is one
        of them, which stands where the measure can clear nobody; `number` decides a candidate's colour (-1 for controls).
    """
    rows = []
    for row in board.to_dict("records"):
        for family in DECIDING:
            if not row[f"{family}_measure"]:
                continue
            shared = {name: row[name] for name in ("candidate", "title", "control", "seconds", "seeds", "rank")}
            rows.append(shared | {
                "panel": family, "measure": row[f"{family}_measure"],
                "value": row[family], "value_low": row[f"{family}_low"], "value_high": row[f"{family}_high"],
                "position": row[f"{family}_position"], "low": row[f"{family}_position_low"], "high": row[f"{family}_position_high"],
                "points": row[f"{family}_points"] if row["seeds"] > 1 else (),
                "status": row[f"{family}_status"], "reason": row[f"{family}_reason"] or ("" if row["status"] == "done" else row["reason"]),
                "tied": row["candidate"] in tied, "signs": outcome.signs.get(row["candidate"], 0), "sign": False, "number": outcome.numbers.get(row["candidate"], -1),
            } | (_worst_leak(outcome, str(row["candidate"])) if family == "privacy" else {}))  # fmt: skip
    return pd.DataFrame(rows, columns=list(TRACK_COLUMNS))


def _worst_leak(outcome: Outcome, candidate: str) -> dict[str, Any]:
    """Return what changes in a privacy track where an attack found a leak; nothing where none did."""
    found = outcome.leaks[outcome.leaks["candidate"] == candidate]
    if found.empty:
        return {}
    worst = found.iloc[0]
    rows = outcome.rows[worst["measure"]]
    row, members = rows[worst["member"]], outcome.groups[candidate]
    placed = not math.isnan(worst["position"])
    return {
        "measure": row["measure"], "value": row["value"], "value_low": row["low"], "value_high": row["high"], "position": row["position"],
        "low": row["position_low"], "high": row["position_high"],
        "points": tuple(float(rows[name]["position"]) for name in members if has_scale(rows.get(name))) if placed and len(members) > 1 else (),
    } | _as_sign(row, float(worst["position"])) | {"signs": outcome.signs[candidate], "reason": str(worst["sentence"])}  # fmt: skip
