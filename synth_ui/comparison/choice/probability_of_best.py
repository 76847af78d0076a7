"""The probability of being best, from seeds times draws of the intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.comparison.families import DECIDING, FAMILIES
from synth_ui.comparison.leaderboard import counted
from synth_ui.comparison.scale import Row, errors, has_scale
from synth_ui.comparison.thresholds import limit
from synth_ui.comparison.verdict.evidence import State
from synth_ui.core.context import Context
from synth_ui.core.score import Status

if TYPE_CHECKING:
    from synth_ui.comparison.outcome import Outcome

Floats = npt.NDArray[np.float64]

DRAWS = 4_000

BEST_COLUMNS: tuple[str, ...] = (
    "candidate", "title", "probability_best", "expected", "low", "high", "beaten_by_leader", "tied", "reason",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Chances:
    """Draws of the weighted sum of every candidate that can be compared, and why the others cannot.

    A draw picks one seed of each candidate and moves its score of each counted family within its interval; a candidate with
    one seed is given the scatter the others' seeds show. Positions are cut to [-1, 1], weighted and added; the highest sum is best,
    equal sums share. Where predictions on the same holdout are given, the draws of utility move together as the
    predictions do (DeLong et al., Biometrics 1988), so a small but steady difference counts.

    Attributes
    ----------
    totals
        Shape (entrants, draws).
    expected
        Per entrant the weighted mean position.
    reasons
        Per candidate that cannot be compared, why.
    families
        The families that count, with their weights.
    """

    entrants: tuple[str, ...]
    totals: Floats
    expected: Mapping[str, float]
    reasons: Mapping[str, str]
    titles: Mapping[str, str]
    families: Mapping[str, float]

    def ordered(self, among: Sequence[str] | None = None) -> list[str]:
        """Return the entrants, the highest expectation first; names decide between equals."""
        names = self.entrants if among is None else among
        return sorted(names, key=lambda name: (-round(self.expected[name], 9), name))

    def ahead(self, first: str, second: str) -> float:
        """Return in what share of the draws `first` is ahead of `second`."""
        return float((self._of(first) > self._of(second) + 1e-12).mean())

    def ties(self, leader: str, among: Sequence[str]) -> list[str]:
        """Return those of whom the leader is ahead in too few draws to be called better, best first."""
        return [name for name in self.ordered(among) if name != leader and self.ahead(leader, name) < limit("tie")]

    def probabilities(self, among: Sequence[str]) -> dict[str, float]:
        """Return how probable it is that each of some candidates is the best of them; the sum is 1."""
        if not among:
            return {}
        totals = np.array([self._of(name) for name in among])
        winners = totals >= totals.max(axis=0) - 1e-12
        shares = (winners / winners.sum(axis=0)).mean(axis=1)
        return {name: float(share) for name, share in zip(among, shares, strict=True)}

    def frame(self) -> pd.DataFrame:
        """Return one row per candidate, best first.

        Columns: `candidate, title, probability_best` (sums to 1 over the candidates that can be compared), `expected` (weighted mean
        position), `low, high` (95% of the draws), `beaten_by_leader` (share of draws in which the leader is ahead), `tied` (with the
        leader, see `synth_ui.comparison.thresholds`), `reason` (why it cannot be compared, or empty). Controls take no part.
        """
        order = self.ordered()
        probable, tied = self.probabilities(order), [*order[:1], *(self.ties(order[0], order) if order else [])]
        rows = []
        for name in order:
            low, high = np.quantile(self._of(name), [0.025, 0.975])
            ahead = self.ahead(order[0], name)
            rows.append(
                (name, self.titles[name], probable[name], self.expected[name], float(low), float(high), ahead, name in tied, "")
            )
        nan = math.nan
        rows += [(n, self.titles[n], 0.0, nan, nan, nan, nan, False, why) for n, why in sorted(self.reasons.items())]
        return pd.DataFrame(rows, columns=list(BEST_COLUMNS))

    def _of(self, name: str) -> Floats:
        own: Floats = self.totals[self.entrants.index(name)]
        return own


def chances(outcome: Outcome, board: pd.DataFrame, weights: Mapping[str, float], context: Context, draws: int = DRAWS) -> Chances:
    """Draw from the intervals of all candidates that can be compared under some weights.

    Parameters
    ----------
    board
        The leaderboard under the same weights.
    context
        Where the randomness comes from.
    """
    field = board[~board["control"].astype(bool)]
    usable = counted(board, weights)
    entrants = sorted(field.loc[field["expected"].notna(), "candidate"])
    totals = np.zeros((len(entrants), draws))
    rng = context.rng("best")
    for family in (family for family in DECIDING if family in usable):
        rows = {name: [row for row in outcome.deciding_rows(name, family) if _drawn(row)] for name in entrants}
        paired = _correlation(outcome, entrants) if family == "utility" and outcome.predictions else None
        totals += usable[family] * _draw(rows, draws, rng, paired)
    entries = {str(row["candidate"]): row for row in field.to_dict("records")}
    return Chances(
        tuple(entrants), totals, {name: float(entries[name]["expected"]) for name in entrants},
        {name: _missing(outcome, name, entry, usable) for name, entry in entries.items() if name not in entrants},
        {name: str(entry["title"]) for name, entry in entries.items()}, usable,
    )  # fmt: skip


def _drawn(row: Row) -> bool:
    return row["status"] == Status.OK and has_scale(row)


def _draw(rows: Mapping[str, list[Row]], draws: int, rng: np.random.Generator, paired: Floats | None) -> Floats:
    """Draw positions, one row per entrant."""
    pooled = _seed_scatter(rows)
    noise = rng.standard_normal((len(rows), draws))
    if paired is not None:
        noise = _root(paired) @ noise
    out = np.empty((len(rows), draws))
    for number, (name, members) in enumerate(rows.items()):
        each = np.array([(row["position"], *errors(row)) for row in sorted(members, key=lambda row: str(row["candidate"]))])
        centre, below, above = each[rng.integers(len(each), size=draws)].T
        seed = rng.standard_normal(draws) * (pooled if len(members) == 1 and not name.startswith("file:") else 0.0)
        out[number] = centre + noise[number] * np.where(noise[number] < 0, below, above) + seed
    return np.clip(out, -1, 1)


def _seed_scatter(rows: Mapping[str, list[Row]]) -> float:
    """Return the standard deviation between seeds, pooled over the groups that have several; 0 where none has."""
    groups = [np.array([row["position"] for row in members], dtype=float) for members in rows.values() if len(members) > 1]
    freedom = sum(len(group) - 1 for group in groups)
    return math.sqrt(sum(float(((group - group.mean()) ** 2).sum()) for group in groups) / freedom) if freedom else 0.0


def _root(correlation: Floats) -> Floats:
    values, vectors = np.linalg.eigh(correlation)
    root: Floats = vectors * np.sqrt(np.clip(values, 0, None))
    return root


def _correlation(outcome: Outcome, entrants: Sequence[str]) -> Floats:
    """Return how the entrants' utility errors go together over the same holdout rows; 0 where predictions are missing."""
    out = np.eye(len(entrants))
    parts: dict[int, pd.Series[Any]] = {}
    for number, name in enumerate(entrants):
        members = [member for member in outcome.groups[name] if member in outcome.predictions]
        if members:
            parts[number] = contributions(outcome.predictions[members[0]])
    for first, one in parts.items():
        for second, other in parts.items():
            both = pd.concat([one, other], axis=1, join="inner").to_numpy(float)
            if first < second and len(both) > 2 and both.std(axis=0).min() > 0:
                out[first, second] = out[second, first] = float(np.corrcoef(both.T)[0, 1])
    return out


def _missing(outcome: Outcome, name: str, entry: Mapping[Any, Any], usable: Mapping[str, float]) -> str:
    """Say why a candidate cannot be compared, without a full stop."""
    if name in outcome.saw_holdout:
        return outcome.saw_holdout[name].rstrip(".")
    ended = outcome.ended.get(name, "")
    if entry["status"] != "done" and not any(outcome.evidence(name, family).state is State.PENDING for family in DECIDING):
        return ended or (f"{entry['status']}: {str(entry['reason']).rstrip('.')}" if entry["reason"] else str(entry["status"]))
    for family in usable or DECIDING:
        known = outcome.evidence(name, family)
        if known.state is not State.JUDGED:
            return f"{FAMILIES[family].words} {known.words}".rstrip(".")
    return "no score can be compared yet"


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
