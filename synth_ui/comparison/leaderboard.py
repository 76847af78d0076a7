"""One row per candidate: the headline of each family on its scale, the seeds behind it, seconds and rank."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from synth_ui.comparison.headlines import HEADLINES, Headline, headlines, on_scale
from synth_ui.comparison.names import roster
from synth_ui.comparison.purposes import purpose_of
from synth_ui.comparison.tracks import panels, tracks
from synth_ui.core.score import CONTROLS, Status

__all__ = ["HEADLINES", "leaderboard", "panels", "tracks"]

Row = dict[Any, Any]

_FIELDS: tuple[str, ...] = (
    "", "_low", "_high", "_floor", "_ceiling", "_position", "_position_low", "_position_high",
    "_measure", "_status", "_reason", "_points",
)  # fmt: skip


def leaderboard(
    scores: pd.DataFrame, candidates: pd.DataFrame | None = None, weights: Mapping[str, float] | str | None = None
) -> pd.DataFrame:
    """Return one row per candidate, best first, controls last.

    Parameters
    ----------
    scores
        Calibrated scores (`SCORE_COLUMNS`).
    candidates
        One row per candidate, see `roster`; seeds of one generator under the same settings become one row.
    weights
        Weights per family, or the key of a purpose; they decide the rank.

    Returns
    -------
    pandas.DataFrame
        `candidate` (the first seed's name), `title`, `control`, `generator`, `status`, `reason`, `seeds`, `members` (tuple),
        `seconds` (fit and sample, mean over seeds), `expected` (weighted mean of the positions, cut to [-1, 1]), `rank`
        (1 best, NaN for controls and where a score is missing), and for each family F of fidelity, utility, privacy:
        `F, F_low, F_high` (mean over seeds, with the 95% interval of one table: chance of rows and of the seed together),
        `F_floor, F_ceiling, F_position, F_position_low, F_position_high, F_measure, F_status, F_reason`, and `F_points`
        (tuple, each seed's position). `F_status` is "waiting" where no score has arrived, "blind" where the measure does not
        tell known bad rows from known good ones here.
    """
    listed = roster(scores["candidate"].astype(str), candidates)
    said = headlines(scores)
    placed = on_scale(scores[scores["measure"].isin([headline.measure for headline in said.values()])])
    rows = {(row["measure"], row["candidate"]): row for row in reversed(placed.to_dict("records"))}
    groups: dict[str, list[Row]] = {}
    for member in listed.to_dict("records"):
        groups.setdefault(member["group"], []).append(member)
    board = pd.DataFrame([_row(members, rows, said) for members in groups.values()])
    if board.empty:
        return pd.DataFrame(columns=_columns())
    board["expected"] = expected(board, purpose_of(weights).weights)
    board["rank"] = board["expected"].where(~board["control"]).round(9).rank(ascending=False, method="min")
    board["_order"] = [_control_order(name) for name in board["candidate"]]
    board = board.sort_values(["control", "rank", "_order", "candidate"], na_position="last", kind="stable")
    return board[_columns()].reset_index(drop=True)


def _columns() -> list[str]:
    first = ["candidate", "title", "control", "generator", "status", "reason", "seeds", "members", "seconds", "expected", "rank"]
    return first + [family + suffix for family in HEADLINES for suffix in _FIELDS]


def _control_order(name: str) -> int:
    return list(CONTROLS).index(name) if name in CONTROLS else len(CONTROLS)


def _row(members: list[Row], rows: Mapping[tuple[str, str], Row], said: Mapping[str, Headline]) -> Row:
    head = next(member for member in members if member["candidate"] == member["group"])
    done = [member for member in members if member["status"] == "done"]
    lead = head if head["status"] == "done" or not done else done[0]
    seconds = [member["seconds"] for member in members if not math.isnan(member["seconds"])]
    row: Row = {
        "candidate": head["candidate"], "title": head["title"], "control": bool(head["control"]), "generator": head["generator"],
        "status": lead["status"], "reason": lead["reason"], "seeds": len(members),
        "members": tuple(member["candidate"] for member in members), "seconds": float(np.mean(seconds)) if seconds else math.nan,
    }  # fmt: skip
    for family, headline in said.items():
        own = [rows[headline.measure, name] for name in row["members"] if (headline.measure, name) in rows]
        row.update({family + suffix: value for suffix, value in _family(own, headline).items()})
    return row


def _family(rows: list[Row], headline: Headline) -> Row:
    out: Row = dict.fromkeys(_FIELDS, math.nan)
    out |= {"_measure": headline.measure, "_status": "waiting", "_reason": "", "_points": ()}
    if not rows:
        return out
    usable = [row for row in rows if row["value"] == row["value"] and row["status"] in (Status.OK, Status.UNDER_POWERED)]
    shown = (usable or rows)[0]
    out["_status"], out["_reason"] = str(shown["status"]), str(shown["reason"])
    if headline.unusable and out["_status"] == Status.OK:
        out["_status"], out["_reason"] = "blind", headline.unusable
    return out | _pooled(usable) if usable else out


def _pooled(rows: list[Row]) -> Row:
    """Pool seeds: the mean, and an interval in which both the chance of rows and the scatter of seeds are counted."""
    value, low, high = _interval(rows, "value", "low", "high")
    position, position_low, position_high = _interval(rows, "position", "position_low", "position_high")
    return {
        "": value, "_low": low, "_high": high, "_floor": float(rows[0]["floor"]), "_ceiling": float(rows[0]["ceiling"]),
        "_position": position, "_position_low": position_low, "_position_high": position_high,
        "_points": tuple(float(row["position"]) for row in rows if row["position"] == row["position"]),
    }  # fmt: skip


def _interval(rows: list[Row], value: str, low: str, high: str) -> tuple[float, float, float]:
    values, lows, highs = (np.array([row[name] for row in rows], dtype=float) for name in (value, low, high))
    centre = float(values.mean())
    if len(values) == 1:
        return centre, float(lows[0]), float(highs[0])
    seeds = 1.96 * float(values.std(ddof=1))
    below, above = (
        (values - np.where(np.isnan(lows), values, lows)).mean(),
        (np.where(np.isnan(highs), values, highs) - values).mean(),
    )
    return centre, centre - float(np.hypot(below, seeds)), centre + float(np.hypot(above, seeds))


def counted(board: pd.DataFrame, weights: Mapping[str, float]) -> dict[str, float]:
    """Return the weights of the families that can bear a verdict here, summing to 1; empty where none can.

    A family counts if its measure says "ok" and has a position for at least one candidate that is no control.
    """
    field = board[~board["control"].astype(bool)]
    usable = {
        family: weight
        for family, weight in weights.items()
        if weight > 0 and ((field[f"{family}_status"] == Status.OK) & field[f"{family}_position"].notna()).any()
    }
    total = sum(usable.values())
    return {family: weight / total for family, weight in usable.items()}


def expected(board: pd.DataFrame, weights: Mapping[str, float]) -> pd.Series[Any]:
    """Return the weighted mean of each candidate's positions, cut to [-1, 1]; NaN where a counted score is missing."""
    usable = counted(board, weights)
    total = pd.Series(0.0 if usable else math.nan, index=board.index)
    for family, weight in usable.items():
        ok = board[f"{family}_status"] == Status.OK
        total = total + weight * board[f"{family}_position"].where(ok).clip(-1, 1)
    return total
