"""Are pairs of columns right?"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.score import Measurement, Number, Score
from synth_ui.measures._tables import MOST_PAIRS, Counts, mean_similarity, pair_counts, pairs_of, similarity, with_jackknife
from synth_ui.measures.base import Measure, PartSpec
from synth_ui.measures.case import Case


@dataclass(frozen=True)
class Pairs(Measure):
    """How like the holdout's all two-way tables are: mean over pairs of 1 − total variation distance, in [0, 1].

    1 means equal shares in every cell of every table; 0 means no cell in common.

    Detail
    ------
    pairs
        first, second, score, score_spikes; worst first. The last has spikes such as zero in cells of their own.
    """

    key = "pairs"
    title = "Pairs of columns"
    summary = "How like the real ones all two-way tables are."
    family = "fidelity"
    reference = "Platzer and Reutterer, Holdout-based empirical assessment, Frontiers in Big Data, 2021"
    asks = "Are pairs of columns right?"
    better = "higher"
    unit = "share"
    floor = "control:independent"
    ceiling = "control:train"
    worst_means = "independent columns"
    best_means = "training rows"
    interval = "delete-a-group jackknife over 20 groups of real and of synthetic rows, differences near zero folded"
    computed = (
        "Numbers and dates are cut into plain deciles of the real values, as in the publication, categories keep their ten "
        "commonest levels, a blank is a level. For every pair of columns (a seeded thousand where there are more) "
        "the score is one minus half the sum of absolute differences of shares between candidate and unseen rows; the headline "
        "is the mean over pairs. A second number gives values that many rows share, such as zero, a cell of their own."
    )
    cards = {"quick": {}, "standard": {}}
    place = 20
    misleads = (
        "Most pairs of a table hardly depend on each other, so independent columns already score high: read the position "
        "between the two ends, not the number. More cells than rows pull every score down. "
        "For a candidate as good as real rows the interval is half as wide again as need be."
    )
    parts = {
        "spikes": PartSpec("With zeros and other spikes in cells of their own", "higher", "share", 0.0, 1.0),
        "worst": PartSpec("Worst pair", "higher", "share", 0.0, 1.0),
    }

    def measure(self, case: Case, context: Context) -> Measurement:
        """Compare each two-way table of the candidate with the holdout's."""
        pairs = pairs_of(case, context)
        frame = pd.DataFrame(pairs, columns=["first", "second"])
        headlines = {}
        for name, spikes in (("score", False), ("score_spikes", True)):
            real, synthetic = (pair_counts(case, side, pairs, spikes=spikes) for side in ("holdout", "synthetic"))
            [headlines[name]] = with_jackknife(real, synthetic, mean_similarity)
            frame[name] = [_similarity(a, b) for a, b in zip(real, synthetic, strict=True)]
        frame = frame.sort_values("score", kind="stable", ignore_index=True)
        total = len(case.shared.cells) * (len(case.shared.cells) - 1) // 2
        note = f"{len(pairs):,} of {total:,} pairs of columns, chosen by lot" if total > MOST_PAIRS else ""
        parts = {"spikes": headlines["score_spikes"], "worst": Number(float(frame["score"].iloc[0]))}
        return Measurement(headlines["score"], parts, {"pairs": frame}, note)

    def says(self, score: Score) -> str:
        """Say how much of the rows would have to move, and where the score stands."""
        assert score.value is not None
        moved = f"On average {1 - score.value:.1%} of the rows would have to change cell for a two-way table to match"
        if score.floor is None or score.ceiling is None:
            return f"{moved} the unseen real rows."
        return f"{moved} the unseen real rows; with shuffled columns {1 - score.floor:.1%}, with the training rows {1 - score.ceiling:.1%}."


def _similarity(real: Counts, synthetic: Counts) -> float:
    return float(similarity(real.sum(axis=0, keepdims=True), synthetic.sum(axis=0, keepdims=True))[0])
