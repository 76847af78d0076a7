"""Are columns right three at a time?"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns.hashes import content_order
from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.score import Measurement, Number, Score
from synth_ui.measures._influence import around
from synth_ui.measures._tables import GROUPS, similarity
from synth_ui.measures.base import Measure, PartSpec
from synth_ui.measures.case import Case, Side

Triple = tuple[str, str, str]

MOST_ROWS = 200_000
"""So many rows of each table are counted at most."""

TOLD_APART = 1.96 * math.sqrt(2)
"""Times the error of one score: what two must differ by to be told from each other."""

MOST_TRIPLES = 2_000


@dataclass(frozen=True)
class Triples(Measure):
    """How like the holdout's the three-way tables are: mean over triples of 1 − total variation distance, in [0, 1].

    1 means equal shares in every cell of every table; 0 means no cell in common.

    Detail
    ------
    triples
        first, second, third, score; worst first.
    """

    key = "triples"
    title = "Triples of columns"
    summary = "How like the real ones three-way tables are."
    family = "fidelity"
    reference = "Platzer and Reutterer, Holdout-based empirical assessment, Frontiers in Big Data, 2021"
    asks = "Are columns right three at a time?"
    better = "higher"
    unit = "share"
    floor = "control:independent"
    ceiling = "control:train"
    worst_means = "independent columns"
    best_means = "training rows"
    interval = "normal, from what each real and each synthetic row contributes to all tables together"
    computed = (
        "Cut as for pairs: numbers and dates into deciles of the real values, categories to their ten commonest levels, a "
        "blank is a level. For every three columns (a seeded two thousand where there are more) the score is one minus half "
        "the sum of absolute differences of shares between candidate and unseen rows; the headline is the mean over triples."
    )
    cards = {"standard": {}}
    place = 25
    misleads = (
        "A three-way table has about a thousand cells: small tables leave most of them to chance, which pulls every score "
        "down, that of real rows included. Read the position between the two ends, not the number."
    )
    parts = {"worst": PartSpec("Worst triple", "higher", "share", 0.0, 1.0)}

    def measure(self, case: Case, context: Context) -> Measurement:
        """Compare each three-way table of the candidate with the holdout's."""
        chosen = triples_of(case, context)
        scores, error = _compare(case, chosen, context)
        frame = pd.DataFrame(chosen, columns=["first", "second", "third"]).assign(score=scores)
        frame = frame.sort_values("score", kind="stable", ignore_index=True)
        value = float(np.mean(scores))
        few = min(len(case.holdout), len(case.synthetic)) < 2 * GROUPS
        headline = Number(value) if few else around(value, error, 0.0, 1.0)
        total = math.comb(len(case.shared.deciles), 3)
        notes = [f"{len(chosen):,} of {total:,} sets of three columns, chosen by lot"] if total > MOST_TRIPLES else []
        if max(len(case.holdout), len(case.synthetic)) > MOST_ROWS:
            notes.append(
                f"counted on a draw of {MOST_ROWS:,} rows of each table, so that two candidates less than "
                f"{TOLD_APART * error:.4f} apart are not told from each other"
            )
        return Measurement(headline, {"worst": Number(float(frame["score"].iloc[0]))}, {"triples": frame}, "; ".join(notes))

    def says(self, score: Score) -> str:
        """Say how much of the rows would have to move, and where the score stands."""
        assert score.value is not None
        moved = f"On average {1 - score.value:.1%} of the rows would have to change cell for a three-way table to match"
        if score.floor is None or score.ceiling is None:
            return f"{moved} the unseen real rows."
        return f"{moved} the unseen real rows; with shuffled columns {1 - score.floor:.1%}, with the training rows {1 - score.ceiling:.1%}."


def triples_of(case: Case, context: Context) -> list[Triple]:
    """Return all triples of modelled columns; a seeded draw of 2,000, the same for every candidate, where there are more.

    Raises
    ------
    DoesNotApply
        If there are fewer than three such columns.
    """
    names = list(case.shared.deciles)
    if len(names) < 3:
        raise DoesNotApply("the table has fewer than three columns that are compared")
    if math.comb(len(names), 3) <= MOST_TRIPLES:
        return list(itertools.combinations(names, 3))
    rng, drawn = context.rng("triples"), set[tuple[int, ...]]()
    while len(drawn) < MOST_TRIPLES:
        drawn.add(tuple(sorted(int(place) for place in rng.choice(len(names), 3, replace=False))))
    return [(names[a], names[b], names[c]) for a, b, c in sorted(drawn)]


def _compare(case: Case, chosen: Sequence[Triple], context: Context) -> tuple[list[float], float]:
    """Return the score of each triple, and the standard error of their mean.

    The score of a table changes with the share of a cell by ∓½, by the sign of the difference there; so what a row contributes to the mean
    is half the mean of the signs of the cells it lies in, one per table.
    """
    real, synthetic = (_drawn(case, side, context) for side in _SIDES)
    signs = [np.zeros(len(next(iter(codes.values())))) for codes in (real, synthetic)]
    scores = []
    for done, names in enumerate(chosen):
        if done % 100 == 0:
            context.step("comparing three-way tables", done / len(chosen))
        sizes = [case.shared.deciles[name].size for name in names]
        codes = [_joint(side, names, sizes) for side in (real, synthetic)]
        counts = [np.bincount(code, minlength=math.prod(sizes))[None] for code in codes]
        scores.append(float(similarity(*counts)[0]))
        sign = np.sign(counts[0][0] / len(codes[0]) - counts[1][0] / len(codes[1])).astype(np.int8)
        for total, code in zip(signs, codes, strict=True):
            total += sign[code]
    return scores, float(np.sqrt(sum(np.var(total / (2 * len(chosen))) / len(total) for total in signs)))


_SIDES: tuple[Side, Side] = ("holdout", "synthetic")


def _drawn(case: Case, side: Side, context: Context) -> dict[str, npt.NDArray[np.int32]]:
    """Return the cell of every row, or of a draw by content where there are very many."""
    codes = case.codes(side, spikes=False)
    if len(case.frame(side)) <= MOST_ROWS:
        return codes
    rows = content_order(case.draw_hashes(side), context.integer_seed("counted in threes"), MOST_ROWS)
    return {name: of_column[rows] for name, of_column in codes.items()}


def _joint(codes: dict[str, npt.NDArray[np.int32]], names: Triple, sizes: Sequence[int]) -> npt.NDArray[np.int32]:
    """Return the cell of each row in a three-way table, shape (n,)."""
    first, second, third = (codes[name] for name in names)
    return (first * np.int32(sizes[1]) + second) * np.int32(sizes[2]) + third
