"""Are rare levels, tails and odd rows there?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns.cells import shown
from synth_ui.columns.hashes import content_order
from synth_ui.columns.neighbours import SAME, bins_of, nearest
from synth_ui.columns.values import level_codes, level_names, numbers
from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.score import Measurement, Number, Score
from synth_ui.core.table import Column
from synth_ui.core.tunable import integer
from synth_ui.measures._influence import around, of_mean
from synth_ui.measures._tables import folded_variance
from synth_ui.measures.base import Measure, PartSpec
from synth_ui.measures.case import Case, Side

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

RARE = 0.01
TAIL = 0.01
ODD = 0.05
NEIGHBOURS = 5
WIDEST = 4
FEWEST_IN_TAIL = 5
FEWEST_ODD = 20
MOST_LISTED = 500

MOST_REFERENCES = 100_000
"""Rows of each table among which those nearest to an odd row are sought: what is odd and what is near are told by as many of both."""

_SHARES: dict[Side, str] = {"holdout": "real_share", "train": "train_share", "synthetic": "synthetic_share"}


@dataclass(frozen=True)
class Coverage(Measure):
    """How much of what is rare in the unseen real rows the candidate has: mean of up to three shares, in [0, 1].

    They are: levels under 1% that occur; tails beyond the 1st and 99th percentile that are as heavy; and odd rows, the 5% farthest from
    others, that have a synthetic row as near as their fifth nearest real one. 1 means all is there, 0 that nothing is.

    Detail
    ------
    levels
        column, level, real_share, train_share, synthetic_share, found; missing ones first, commonest first, up to 500.
    tails
        column, side ("low", "high"), bound, beyond (in words), real_share, train_share, synthetic_share, score; worst first.
    odd
        bin_low, bin_high, to_train_share, to_synthetic_share: how far odd rows lie from the nearest row of either.
    summary
        what, found (share), of (how many were looked for), real (what the training rows give).
    """

    key = "coverage"
    title = "Rare things"
    summary = "Whether rare levels, the tails of numbers and odd rows are there."
    family = "fidelity"
    reference = (
        "Naeem, Oh, Uh, Choi and Yoo, Reliable fidelity and diversity metrics, ICML, 2020; Alaa, van Breugel, Saveliev and van der "
        "Schaar, How faithful is your synthetic data?, ICML, 2022, for β-recall"
    )
    asks = "Are rare levels, tails and odd rows there?"
    better = "higher"
    unit = "share"
    floor = "control:independent"
    ceiling = "control:train"
    worst_means = "independent columns: rare values are there, rare rows are not"
    best_means = "training rows"
    interval = "normal, from Poisson errors of the counts of levels and tails, folded, and the spread over odd rows"
    computed = (
        "Levels under 1% of the real rows count as found if the candidate has one. A tail counts as the smaller over the larger of its "
        "two weights, real and synthetic. Odd rows are the twentieth of unseen rows farthest from their fifth nearest training row; one "
        "counts as covered if a synthetic row lies within that distance. The headline is the mean of the three; a candidate with "
        "more rows than train is cut to as many."
    )
    cards = {"standard": {}}
    place = 50
    misleads = (
        "Independent columns have every rare level and tail, so only odd rows tell them from real ones. A generator that copies has "
        "everything: read it beside privacy. Good privacy and full coverage of single odd rows do not go together."
    )
    parts = {
        "levels": PartSpec("Rare levels found", "higher", "share", 0.0, 1.0),
        "tails": PartSpec("Tails as heavy as real ones", "higher", "share", 0.0, 1.0),
        "odd": PartSpec("Odd rows covered", "higher", "share", 0.0, 1.0),
        "odd_recall": PartSpec("Odd rows nearer to a synthetic than to a training row; ½ is what real rows give", "neither", "share", 0.0, 1.0),
        "odd_density": PartSpec("Synthetic rows around an odd row, relative to training rows", "neither", "ratio", 0.0, None),
    }  # fmt: skip

    rows: int = integer(5_000, low=100, high=1_000_000, log=True, help="Unseen rows at most among which odd ones are sought")

    def measure(self, case: Case, context: Context) -> Measurement:
        """Look for what is rare in the holdout."""
        kept = content_order(case.draw_hashes("synthetic"), context.integer_seed("rows"), len(case.train))
        levels, tails = _levels(case, kept), _tails(case, kept)
        odd, distances = self._odd_rows(case, kept, context)
        found = {"levels": _of_levels(levels, len(kept)), "tails": _of_tails(tails, len(kept), len(case.holdout))}
        found["odd"] = odd.get("odd")
        there = {name: number for name, number in found.items() if number is not None}
        if not there:
            raise DoesNotApply(
                f"no level is under {RARE:.0%}, no number has tails of {FEWEST_IN_TAIL} rows, and fewer than {FEWEST_ODD} rows are odd"
            )
        value = float(np.mean([number.value for number, _ in there.values()]))
        error = float(np.sqrt(sum(error**2 for _, error in there.values()))) / len(there)
        summary = _summary(there, levels, tails, len(self._odd(case, context)[0]))
        detail = {"levels": levels.head(MOST_LISTED), "tails": tails, "odd": distances, "summary": summary}
        parts = {name: number for name, (number, _) in there.items()}
        parts |= {name: number for name, (number, _) in odd.items() if name != "odd"}
        return Measurement(around(value, error, 0.0, 1.0), parts, detail, _note(case, kept))

    def says(self, score: Score) -> str:
        """Say how much of what is rare is found again."""
        assert score.value is not None
        return f"On average {score.value:.0%} of what is rare in the unseen real rows is found again: rare levels, tails of numbers, odd rows."

    def _odd_rows(self, case: Case, kept: Indices, context: Context) -> tuple[dict[str, tuple[Number, float]], pd.DataFrame]:
        """Return covered, recall and density of odd rows with their errors, and the distances as a histogram."""
        odd, real = self._odd(case, context)
        if len(odd) < FEWEST_ODD:
            return {}, pd.DataFrame(columns=["bin_low", "bin_high", "to_train_share", "to_synthetic_share"])
        references = min(len(case.train), MOST_REFERENCES)
        points = case.points_of("synthetic", kept[:references])
        asked = case.points_of("holdout", odd)
        made = nearest(asked, points, WIDEST * NEIGHBOURS, context, "looking for odd rows").distance
        radius = real[:, -1] + SAME
        within = (made <= radius[:, None]).sum(axis=1)
        nearer = (made[:, 0] < real[:, 0] - SAME) + 0.5 * (np.abs(made[:, 0] - real[:, 0]) <= SAME)
        density = within / min(NEIGHBOURS, real.shape[1]) * references / len(points)
        values = {"odd": (within > 0).astype(float), "odd_recall": nearer, "odd_density": density}
        ends = {"odd": 1.0, "odd_recall": 1.0, "odd_density": np.inf}
        means = {name: of_mean(value) for name, value in values.items()}
        return {name: (mean.number(0.0, ends[name]), mean.error) for name, mean in means.items()}, _histogram(
            real[:, 0], made[:, 0]
        )

    def _odd(self, case: Case, context: Context) -> tuple[Indices, Floats]:
        """Return which holdout rows are odd, and how far each is from its five nearest training rows, shape (odd, 5)."""
        seed = context.integer_seed("odd rows")

        def find() -> tuple[Indices, Floats]:
            asked = content_order(case.draw_hashes("holdout"), seed, self.rows)
            among = np.sort(content_order(case.draw_hashes("train"), seed, MOST_REFERENCES))
            points = case.points_of("holdout", asked), case.points_of("train", among)
            found = nearest(*points, NEIGHBOURS, context, "looking for odd rows")
            farthest = np.argsort(-found.distance[:, -1], kind="stable")[: round(ODD * len(asked))]
            return asked[farthest], found.distance[farthest]

        return case.shared.kept(f"coverage:odd:{self.rows}:{seed}", find)


def _note(case: Case, kept: Indices) -> str:
    """Say which rows were used where not all were."""
    notes = [
        f"{len(kept):,} of {len(case.synthetic):,} rows, as many as there are training rows"
        if len(kept) < len(case.synthetic)
        else ""
    ]
    if len(case.train) > MOST_REFERENCES:
        notes.append(
            f"levels and tails are counted on all rows; rows near an odd one are sought among {MOST_REFERENCES:,} of {len(case.train):,} "
            "training rows and as many synthetic ones, so what only one row in "
            f"{len(case.train) / MOST_REFERENCES:,.0f} shows may go unseen"
        )
    return "; ".join(filter(None, notes))


def _levels(case: Case, kept: Indices) -> pd.DataFrame:
    """Return the levels under 1% of the real rows that the holdout has, those the candidate lacks first."""
    frames = [_rare_levels(case, column, kept) for column in case.schema.modelled if column.kind.discrete]
    columns = ["column", "level", *_SHARES.values(), "found"]
    frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)
    return frame.sort_values(["found", "real_share"], ascending=[True, False], kind="stable", ignore_index=True)


def _rare_levels(case: Case, column: Column, kept: Indices) -> pd.DataFrame:
    levels = level_names(column, *_real(case, column))
    series = {side: _values(case, side, column, kept) for side in _SHARES}
    counts = {side: _level_counts(values, levels) for side, values in series.items()}
    sizes = {side: max(len(values), 1) for side, values in series.items()}
    frame = pd.DataFrame({"column": column.name, "level": levels})
    for side, name in _SHARES.items():
        frame[name] = counts[side] / sizes[side]
    together = (counts["holdout"] + counts["train"]) / (sizes["holdout"] + sizes["train"])
    frame["found"] = counts["synthetic"] > 0
    return frame[(together < RARE) & (counts["holdout"] > 0)]


def _real(case: Case, column: Column) -> list[pd.Series[Any]]:
    return [case.train[column.name], case.holdout[column.name]]


def _values(case: Case, side: Side, column: Column, kept: Indices) -> pd.Series[Any]:
    """Return a column of the rows used; of one column at a time, as all of a million rows take as long as the counting."""
    series = case.frame(side)[column.name]
    return series.iloc[kept] if side == "synthetic" else series


def _level_counts(series: pd.Series[Any], levels: list[str]) -> npt.NDArray[np.int64]:
    codes = level_codes(series, levels)
    return np.bincount(codes[(codes >= 0) & (codes < len(levels))], minlength=len(levels))


def _tails(case: Case, kept: Indices) -> pd.DataFrame:
    """Return how heavy the tails of numbers and dates are, worst first."""
    rows = [row for column in case.schema.modelled if column.kind.numeric for row in _tail_rows(case, column, kept)]
    frame = pd.DataFrame(rows, columns=["column", "side", "bound", "beyond", *_SHARES.values(), "score"])
    return frame.sort_values("score", kind="stable", ignore_index=True)


def _tail_rows(case: Case, column: Column, kept: Indices) -> list[dict[str, Any]]:
    values = {side: numbers(_values(case, side, column, kept), column.kind) for side in _SHARES}
    known = np.concatenate([values["train"], values["holdout"]])
    known = known[~np.isnan(known)]
    if not len(known):
        return []
    rows = []
    for side, quantile in (("low", TAIL), ("high", 1 - TAIL)):
        bound = float(np.quantile(known, quantile, method="inverted_cdf"))
        beyond = {where: (own < bound) if side == "low" else (own > bound) for where, own in values.items()}
        if beyond["holdout"].sum() < FEWEST_IN_TAIL:
            continue
        shares = {_SHARES[where]: float(mask.mean()) for where, mask in beyond.items()}
        word = "below" if side == "low" else "above"
        rows.append({"column": column.name, "side": side, "bound": bound, "beyond": f"{word} {shown(column, bound)}", **shares,
                     "score": _smaller_over_larger(shares["real_share"], shares["synthetic_share"])})  # fmt: skip
    return rows


def _smaller_over_larger(a: float, b: float) -> float:
    return min(a, b) / max(a, b) if max(a, b) > 0 else 1.0


def _of_levels(levels: pd.DataFrame, rows: int) -> tuple[Number, float] | None:
    """Return the share of rare levels found and its error: a level expected c times is missed with probability exp(−c)."""
    if levels.empty:
        return None
    missed = np.exp(-levels["synthetic_share"].to_numpy(float) * rows)
    error = float(np.sqrt(np.sum(missed * (1 - missed)))) / len(levels)
    value = float(levels["found"].mean())
    return around(value, error, 0.0, 1.0), error


def _of_tails(tails: pd.DataFrame, rows: int, holdout: int) -> tuple[Number, float] | None:
    """Return the mean score of tails and its error: that of the logarithm of a count is one over its root, folded at equal weights."""
    if tails.empty:
        return None
    score = tails["score"].to_numpy(float)
    made = np.maximum(tails["synthetic_share"].to_numpy(float) * rows, 1)
    real = np.maximum(tails["real_share"].to_numpy(float) * holdout, 1)
    apart = np.log(np.maximum(score, 1e-12))  # minus the absolute logarithm of the ratio of the weights
    error = float(np.sqrt(np.sum(score**2 * folded_variance(apart, 1 / made + 1 / real)))) / len(tails)
    value = float(score.mean())
    return around(value, error, 0.0, 1.0), error


def _histogram(real: Floats, made: Floats) -> pd.DataFrame:
    edges = bins_of([real, made], 24)
    shares = [np.histogram(np.minimum(one, edges[-1]), edges)[0] / max(len(one), 1) for one in (real, made)]
    return pd.DataFrame(
        {"bin_low": edges[:-1], "bin_high": edges[1:], "to_train_share": shares[0], "to_synthetic_share": shares[1]}
    )


def _summary(there: dict[str, tuple[Number, float]], levels: pd.DataFrame, tails: pd.DataFrame, odd: int) -> pd.DataFrame:
    """Return per kind of rare thing how much was found, of how many, and what the training rows give."""
    heavy = [_smaller_over_larger(a, b) for a, b in zip(tails["real_share"], tails["train_share"], strict=True)]
    found = float((levels["train_share"] > 0).mean()) if len(levels) else 1.0
    real = {"levels": found, "tails": float(np.mean(heavy)) if heavy else 1.0, "odd": 1.0}
    of = {"levels": len(levels), "tails": len(tails), "odd": odd}
    return pd.DataFrame(
        [{"what": name, "found": number.value, "of": of[name], "real": real[name]} for name, (number, _) in there.items()]
    )
