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
        `F, F_low, F_high` (mean over seeds, with the 95 % interval of one table: chance of rows and of the seed together),
        `F_floor, F_ceiling, F_position, F_position_low, F_position_high, F_measure, F_status, F_reason`, and `F_points`
        (tuple, each seed's position). `F_status` is "waiting" where no score has arrived, "blind" where the measure does not
        tell known bad rows from known good ones here.
    """
    listed = roster(scores["candidate"].astype(str), candidates)
    said = headlines(scores)
    board = pd.DataFrame([_row(members, scores, said) for _, members in listed.groupby("group", sort=False)])
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


def _row(members: pd.DataFrame, scores: pd.DataFrame, said: Mapping[str, Headline]) -> dict[str, Any]:
    head = members[members["candidate"] == members["group"]].iloc[0]
    done = members[members["status"] == "done"]
    lead = head if head["status"] == "done" or done.empty else done.iloc[0]
    seconds = members["seconds"].dropna()
    row: dict[str, Any] = {
        "candidate": head["candidate"], "title": head["title"], "control": bool(head["control"]), "generator": head["generator"],
        "status": lead["status"], "reason": lead["reason"], "seeds": len(members), "members": tuple(members["candidate"]),
        "seconds": float(seconds.mean()) if len(seconds) else math.nan,
    }  # fmt: skip
    for family, headline in said.items():
        row.update({family + suffix: value for suffix, value in _family(members, scores, headline).items()})
    return row


def _family(members: pd.DataFrame, scores: pd.DataFrame, headline: Headline) -> dict[str, Any]:
    rows = scores[(scores["measure"] == headline.measure) & scores["candidate"].isin(list(members["candidate"]))]
    out: dict[str, Any] = dict.fromkeys(_FIELDS, math.nan)
    out |= {"_measure": headline.measure, "_status": "waiting", "_reason": "", "_points": ()}
    if rows.empty:
        return out
    usable = rows[rows["value"].notna() & rows["status"].isin([Status.OK, Status.UNDER_POWERED])]
    shown = usable if len(usable) else rows
    out["_status"], out["_reason"] = str(shown["status"].iloc[0]), str(shown["reason"].iloc[0])
    if headline.unusable and out["_status"] == Status.OK:
        out["_status"], out["_reason"] = "blind", headline.unusable
    return out | _pooled(on_scale(usable)) if len(usable) else out


def _pooled(rows: pd.DataFrame) -> dict[str, Any]:
    """Pool seeds: the mean, and an interval in which both the chance of rows and the scatter of seeds are counted."""
    value, low, high = _interval(rows["value"], rows["low"], rows["high"])
    position, position_low, position_high = _interval(rows["position"], rows["position_low"], rows["position_high"])
    return {
        "": value, "_low": low, "_high": high, "_floor": float(rows["floor"].iloc[0]), "_ceiling": float(rows["ceiling"].iloc[0]),
        "_position": position, "_position_low": position_low, "_position_high": position_high,
        "_points": tuple(float(point) for point in rows["position"].dropna()),
    }  # fmt: skip


def _interval(values: pd.Series[Any], lows: pd.Series[Any], highs: pd.Series[Any]) -> tuple[float, float, float]:
    centre = float(values.mean())
    if len(values) == 1:
        return centre, float(lows.iloc[0]), float(highs.iloc[0])
    seeds = 1.96 * float(values.std(ddof=1))
    below = float((values - lows.fillna(values)).mean())
    above = float((highs.fillna(values) - values).mean())
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
