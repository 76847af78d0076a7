"""The probability of being best, from seeds times draws of the intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.comparison.headlines import HEADLINES, for_draws, headlines
from synth_ui.comparison.leaderboard import counted, leaderboard
from synth_ui.comparison.names import roster
from synth_ui.comparison.purposes import purpose_of
from synth_ui.core.context import Context
from synth_ui.core.score import Status

Floats = npt.NDArray[np.float64]

TIE = 0.95
"""Below this share of draws in which the leader is ahead, a candidate is tied with it."""

BEST_COLUMNS: tuple[str, ...] = (
    "candidate", "title", "probability_best", "expected", "low", "high", "beaten_by_leader", "tied", "reason",
)  # fmt: skip


def best(
    scores: pd.DataFrame,
    weights: Mapping[str, float] | str | None = None,
    predictions: Mapping[str, pd.DataFrame] | None = None,
    *,
    candidates: pd.DataFrame | None = None,
    draws: int = 4000,
    context: Context | None = None,
    board: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Say how probable it is that each candidate is the best one under the user's weights.

    A draw picks one seed of each candidate and moves its score of each counted family within its interval; a candidate with
    one seed is given the scatter the others' seeds show. Positions are cut to [-1, 1], weighted and added; the highest sum is best,
    equal sums share. Where predictions on the same holdout are given, the draws of utility move together as the
    predictions do (DeLong et al., Biometrics 1988), so a small but steady difference counts.

    Parameters
    ----------
    scores
        Calibrated scores (`SCORE_COLUMNS`).
    weights
        Weights per family, or the key of a purpose.
    predictions
        Per candidate the frame `row, true, score` of `tstr` on the holdout.
    candidates
        One row per candidate, see `roster`.
    context
        Where the randomness comes from; seed 0 by default.
    board
        What `leaderboard` returned for the same arguments, if it is at hand.

    Returns
    -------
    pandas.DataFrame
        Best first: `candidate, title, probability_best` (sums to 1 over the candidates that can be compared), `expected` (weighted
        mean position), `low, high` (95% of the draws), `beaten_by_leader` (share of draws in which the leader is ahead), `tied`
        (with the leader: ahead in less than 95%), `reason` (why it cannot be compared, or empty). Controls take no part.
    """
    listed = roster(scores["candidate"].astype(str), candidates)
    board = leaderboard(scores, candidates, weights) if board is None else board
    field = board[~board["control"].astype(bool)]
    usable = counted(board, purpose_of(weights).weights)
    entrants = sorted(field.loc[field["expected"].notna(), "candidate"])
    totals = np.zeros((len(entrants), draws))
    rng = (context or Context()).rng("best")
    said = headlines(scores)
    for family in (family for family in HEADLINES if family in usable):
        positions = _positions(scores, listed, said[family].measure)
        paired = _correlation(predictions, listed, entrants) if family == "utility" and predictions else None
        totals += usable[family] * _draw(positions, entrants, draws, rng, paired)
    return _summary(field, entrants, totals, usable)


def _positions(scores: pd.DataFrame, listed: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Return one row per candidate (seed) with its group, position and interval in positions."""
    rows = for_draws(scores[(scores["measure"] == measure) & (scores["status"] == Status.OK) & scores["position"].notna()])
    return rows.merge(listed[["candidate", "group"]], on="candidate").sort_values("candidate", kind="stable")


def _draw(rows: pd.DataFrame, entrants: list[str], draws: int, rng: np.random.Generator, paired: Floats | None) -> Floats:
    """Draw positions, one row per entrant."""
    pooled = _seed_scatter(rows)
    noise = rng.standard_normal((len(entrants), draws))
    if paired is not None:
        noise = _root(paired) @ noise
    out = np.empty((len(entrants), draws))
    ends = rows[["position_low", "position", "position_high"]].to_numpy(float)
    group = rows["group"].to_numpy()
    for number, name in enumerate(entrants):
        members = ends[group == name]
        low, centre, high = members[rng.integers(len(members), size=draws)].T
        below, above = (centre - low) / 1.96, (high - centre) / 1.96
        seed = rng.standard_normal(draws) * (pooled if len(members) == 1 and not name.startswith("file:") else 0.0)
        out[number] = centre + noise[number] * np.where(noise[number] < 0, below, above) + seed
    return np.clip(out, -1, 1)


def _seed_scatter(rows: pd.DataFrame) -> float:
    """Return the standard deviation between seeds, pooled over the groups that have several; 0 where none has."""
    groups = rows.groupby("group")["position"]
    freedom = groups.count() - 1
    if not (freedom > 0).any():
        return 0.0
    pooled = (groups.var(ddof=1).fillna(0.0) * freedom).sum() / freedom.sum()
    return math.sqrt(float(pooled))


def _root(correlation: Floats) -> Floats:
    values, vectors = np.linalg.eigh(correlation)
    root: Floats = vectors * np.sqrt(np.clip(values, 0, None))
    return root


def _correlation(predictions: Mapping[str, pd.DataFrame], listed: pd.DataFrame, entrants: list[str]) -> Floats:
    """Return how the entrants' utility errors go together over the same holdout rows; 0 where predictions are missing."""
    out = np.eye(len(entrants))
    parts: dict[int, pd.Series[Any]] = {}
    for number, name in enumerate(entrants):
        members = [member for member in listed.loc[listed["group"] == name, "candidate"] if member in predictions]
        if members:
            parts[number] = contributions(predictions[members[0]])
    for first, one in parts.items():
        for second, other in parts.items():
            both = pd.concat([one, other], axis=1, join="inner").to_numpy(float)
            if first < second and len(both) > 2 and both.std(axis=0).min() > 0:
                out[first, second] = out[second, first] = float(np.corrcoef(both.T)[0, 1])
    return out


def contributions(predictions: pd.DataFrame) -> pd.Series[Any]:
    """Return what each holdout row adds to a model's skill, indexed by `row`.

    With two true classes: the row's share in the AUC's error (DeLong's placement values, each class scaled by its size), so that
    sums over rows vary as the AUC does. Otherwise the negative squared error, or with text classes whether `score` (the probability
    given to the true class) is high.

    Parameters
    ----------
    predictions
        `row, true, score`.
    """
    true, score = predictions["true"], predictions["score"].to_numpy(float)
    classes = sorted(pd.unique(true.dropna()), key=str)
    if len(classes) == 2:
        values = _placements(true.to_numpy() == classes[1], score)
    elif pd.api.types.is_numeric_dtype(true):
        values = -((true.to_numpy(float) - score) ** 2)
    else:
        values = score
    return pd.Series(values, index=predictions["row"].to_numpy())


def _placements(positive: npt.NDArray[np.bool_], score: Floats) -> Floats:
    ahead = np.sort(score[~positive])
    behind = np.sort(score[positive])
    out = np.empty(len(score))
    above = np.searchsorted(ahead, score[positive], "left") + np.searchsorted(ahead, score[positive], "right")
    out[positive] = above / (2 * len(ahead))
    below = np.searchsorted(behind, score[~positive], "left") + np.searchsorted(behind, score[~positive], "right")
    out[~positive] = 1 - below / (2 * len(behind))
    for group in (positive, ~positive):
        out[group] = (out[group] - out[group].mean()) / group.sum()
    return out


def _summary(field: pd.DataFrame, entrants: list[str], totals: Floats, usable: Mapping[str, float]) -> pd.DataFrame:
    entries = field.set_index("candidate")
    expected = entries["expected"]
    leader = max(range(len(entrants)), key=lambda n: (round(expected[entrants[n]], 9), -n), default=None)
    rows = []
    top = totals.max(axis=0) if entrants else totals.sum(axis=0)
    winners = totals >= top - 1e-12
    share = winners / np.maximum(winners.sum(axis=0), 1)
    for number, name in enumerate(entrants):
        ahead = float((totals[leader] > totals[number] + 1e-12).mean()) if leader is not None else math.nan
        low, high = np.quantile(totals[number], [0.025, 0.975])
        rows.append((name, entries.at[name, "title"], float(share[number].mean()), float(expected[name]), float(low), float(high),
                     ahead, number == leader or ahead < TIE, ""))  # fmt: skip
    for name in sorted(set(entries.index) - set(entrants)):
        reason = _missing(entries.loc[name], usable)
        rows.append((name, entries.at[name, "title"], 0.0, math.nan, math.nan, math.nan, math.nan, False, reason))
    frame = pd.DataFrame(rows, columns=list(BEST_COLUMNS))
    return frame.sort_values(["expected", "candidate"], ascending=[False, True], na_position="last").reset_index(drop=True)


def _missing(entry: pd.Series[Any], usable: Mapping[str, float]) -> str:
    if entry["status"] != "done":
        return f"{entry['status']}: {entry['reason']}" if entry["reason"] else str(entry["status"])
    for family in usable:
        if entry[f"{family}_status"] == "waiting":
            return f"{family} is not scored yet"
        if entry[f"{family}_status"] != Status.OK:
            return f"{family}: {entry[f'{family}_reason'] or entry[f'{family}_status']}"
    return "no score can be compared yet"
