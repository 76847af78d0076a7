"""One row per candidate: the headline of each family on its scale, the seeds behind it, seconds and rank."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from synth_ui.comparison.families import DECIDING
from synth_ui.comparison.scale import Row, has_number, has_scale, z_of
from synth_ui.comparison.verdict.evidence import NOTHING_LEFT, State, no_scale
from synth_ui.core.score import CONTROLS, Status

if TYPE_CHECKING:
    from synth_ui.comparison.outcome import Outcome

_FIELDS: tuple[str, ...] = (
    "", "_low", "_high", "_floor", "_ceiling", "_position", "_position_low", "_position_high",
    "_measure", "_status", "_reason", "_points",
)  # fmt: skip


def rows_of(outcome: Outcome) -> pd.DataFrame:
    """Return one row per candidate, controls among them, without a rank; see `ranked`."""
    board = pd.DataFrame([_row(outcome, group, members) for group, members in outcome.groups.items()])
    return board if len(board) else pd.DataFrame(columns=_columns())


def ranked(board: pd.DataFrame, weights: Mapping[str, float]) -> pd.DataFrame:
    """Return the leaderboard under weights per family, the highest weighted score first, controls last; see `as_said`.

    Parameters
    ----------
    board
        What `rows_of` returned.

    Returns
    -------
    pandas.DataFrame
        `candidate` (the first seed's name), `title`, `control`, `generator`, `status`, `reason`, `seeds`, `members` (tuple),
        `seconds` (fit and sample, mean over seeds), `expected` (weighted mean of the positions, cut to [-1, 1]), `rank`
        (1 the highest `expected`, NaN for controls and where a score is missing; what stands first may be another one, tied with it),
        and for each family F of fidelity, utility, privacy:
        `F, F_low, F_high` (mean over seeds, with the interval of one table: chance of rows and of the seed together),
        `F_floor, F_ceiling, F_position, F_position_low, F_position_high, F_measure, F_status, F_reason`, and `F_points`
        (tuple, each seed's position). `F_status` is that of the score ("ok", "under-powered", …), "blind" where the measure does
        not tell known bad rows from known good ones here, or where there is no score "not judged yet", "not asked" or "cannot be judged".
    """
    if board.empty:
        return board
    board = board.assign(expected=expected(board, weights))
    board["rank"] = board["expected"].where(~board["control"].astype(bool)).round(9).rank(ascending=False, method="min")
    board["_order"] = [_control_order(name) for name in board["candidate"]]
    board = board.sort_values(["control", "rank", "_order", "candidate"], na_position="last", kind="stable")
    return board[_columns()].reset_index(drop=True)


def as_said(board: pd.DataFrame, leader: str | None, tied_with: Sequence[str]) -> pd.DataFrame:
    """Put the one that the verdict names first before those it is tied with, so that sentence and board begin with the same one."""
    names = list(board["candidate"]) if len(board) else []
    if leader not in names:
        return board
    at, first = names.index(leader), min(names.index(name) for name in (leader, *tied_with))
    order = [*range(first), at, *(place for place in range(first, len(names)) if place != at)]
    return board.iloc[order].reset_index(drop=True)


def _columns() -> list[str]:
    first = ["candidate", "title", "control", "generator", "status", "reason", "seeds", "members", "seconds", "expected", "rank"]
    return first + [family + suffix for family in DECIDING for suffix in _FIELDS]


def _control_order(name: str) -> int:
    return list(CONTROLS).index(name) if name in CONTROLS else len(CONTROLS)


def _row(outcome: Outcome, group: str, members: Sequence[str]) -> Row:
    listed = [outcome.entries[name] for name in members]
    head = outcome.entries[group]
    done = [entry for entry in listed if entry["status"] == "done"]
    lead = head if head["status"] == "done" or not done else done[0]
    seconds = [entry["seconds"] for entry in listed if not math.isnan(entry["seconds"])]
    row: Row = {
        "candidate": group, "title": head["title"], "control": bool(head["control"]), "generator": head["generator"],
        "status": lead["status"], "reason": lead["reason"], "seeds": len(listed),
        "members": tuple(members), "seconds": float(np.mean(seconds)) if seconds else math.nan,
    }  # fmt: skip
    for family in DECIDING:
        row.update({family + suffix: value for suffix, value in _family(outcome, group, family).items()})
    return row


def _family(outcome: Outcome, group: str, family: str) -> Row:
    out: Row = dict.fromkeys(_FIELDS, math.nan)
    headline = outcome.headlines[family]
    rows = outcome.deciding_rows(group, family)
    out |= {"_measure": headline.measure, "_reason": "", "_points": ()}
    if not rows:
        known = outcome.evidence(group, family)
        return out | {"_status": str(known.state), "_reason": known.reason}
    usable = [row for row in rows if has_number(row)]
    shown = (usable or rows)[0]
    out |= {"_measure": shown["measure"], "_status": str(shown["status"]), "_reason": str(shown["reason"])}
    if group in outcome.saw_holdout and out["_status"] == Status.OK:
        out["_status"], out["_reason"] = str(State.CANNOT), NOTHING_LEFT
    elif headline.unusable and out["_status"] == Status.OK:
        out["_status"], out["_reason"] = "blind", headline.unusable
    elif out["_status"] == Status.OK and not any(has_scale(row) for row in usable):
        state, why = no_scale(outcome, str(shown["measure"]))
        out["_status"], out["_reason"] = str(state), why
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
    seeds = z_of(rows[0]["family"]) * float(values.std(ddof=1))
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
