"""Does the synthetic table tell which two parts of a record belong together?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synth_ui.columns.halves import Rows
from synth_ui.columns.hashes import content_order
from synth_ui.columns.neighbours import LARGE, Indices, Matrix, Points, nearest
from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.score import Measurement, Score
from synth_ui.core.tunable import integer
from synth_ui.measures.base import Measure
from synth_ui.measures.case import Case
from synth_ui.measures.privacy._draws import check_case, cut_note, equal_references, too_few
from synth_ui.measures.privacy.disclosure_risks._risk import ATTACKS_HELP, INTERVAL, RATES, REFERENCE, Arms, drawn, measured, said

AT_ONCE = 4_096
"""Rows whose lots are drawn at once."""

JITTER = 1e-4
"""Added to synthetic points so that equal ones are told apart by lot, not by their place in the file."""


@dataclass(frozen=True)
class Linkability(Measure):
    """How often the synthetic table links two halves of a training record, beyond what it does for unseen records.

    The modelled columns are dealt into two halves by turns, in the table's order. An attacker who knows both halves of many
    records, but not which belong together, looks for each half's nearest synthetic rows; the link succeeds if one
    synthetic row is near to both.

    Detail frames
    -------------
    attacks
        attack, risk, low, high, and per arm train_rate, train_low, train_high, control_…, random_….
    """

    key = "linkability"
    title = "Linkability"
    summary = "Whether two parts of a record can be joined by way of the synthetic table."
    family = "privacy"
    reference = REFERENCE
    asks = "Can two parts of a record be linked?"
    better = "lower"
    unit = "risk"
    floor = "control:train"
    ceiling = "control:unseen"
    worst_means = "training records link as in a copy"
    best_means = "no better than for unseen records"
    interval = INTERVAL
    computed = (
        "For training records and for unseen ones, the nearest synthetic rows by one half of the columns and by the other; a "
        "link is a synthetic row in both lists. Risk is the gain on training rows over unseen rows, relative to what was left to gain."
    )
    cards = {"standard": {"attacks": 600}}
    place = 60
    misleads = "Which columns are in which half decides much; where one half is common to many rows, nothing links."
    parts = RATES

    attacks: int = integer(2_000, low=100, high=100_000, log=True, help=ATTACKS_HELP)
    neighbours: int = integer(5, low=1, high=50, help="How many nearest synthetic rows are looked at for each half.")

    def measure(self, case: Case, context: Context) -> Measurement:
        """Return the risk, in [0, 1]: 0 where training records link no better than unseen ones."""
        check_case(case)
        spans = case.shared.coordinates.spans
        if len(spans) < 2:
            raise DoesNotApply("it needs two columns that are compared, one for each half")
        names = list(spans)
        halves = [np.concatenate([np.arange(*spans[name]) for name in names[turn::2]]) for turn in (0, 1)]
        train, holdout = equal_references(case, context)
        seed = context.integer_seed("linked rows")
        rows = drawn(case, "train", train, self.attacks, seed), drawn(case, "holdout", holdout, self.attacks, seed)
        arms = Arms(
            "link",
            *self._hits(case, *rows, halves, context),
            _lucky(len(case.synthetic), min(self.attacks, len(train)), self.neighbours, context.rng("lucky links")),
        )
        return measured([arms], "attacks", cut_note(case), too_few(case))

    def says(self, score: Score) -> str:
        """Say whether training records link better than unseen ones."""
        return said("links two parts of a record", score)

    def _hits(
        self, case: Case, train: Rows, holdout: Rows, halves: list[Indices], context: Context
    ) -> tuple[tuple[int, int], tuple[int, int]]:
        """Count links among the rows of train and among those of the holdout; one search per half serves both."""
        points = np.concatenate([case.points_of("train", train), case.points_of("holdout", holdout)])
        in_short = len(case.synthetic) >= LARGE
        near = []
        for turn, half in enumerate(halves):
            references = self._in_short(case, half, turn, context) if in_short else self._synthetic(case, half, turn, context)
            asked = np.append(points[:, half], np.zeros((len(points), 1), np.float32), axis=1) if in_short else points[:, half]
            near.append(nearest(asked, references, self.neighbours, context, "linking records").index)
        linked = (near[0][:, :, None] == near[1][:, None, :]).any(axis=(1, 2))
        first, second = linked[: len(train)], linked[len(train) :]
        return (int(first.sum()), len(first)), (int(second.sum()), len(second))

    def _synthetic(self, case: Case, half: Indices, turn: int, context: Context) -> Matrix:
        """Return the synthetic points of one half, equal ones told apart by lot."""
        order = content_order(case.draw_hashes("synthetic"), context.integer_seed("lots"))
        rng, every = context.rng(f"lot {turn}"), case.points("synthetic")
        points: Matrix = np.empty((len(order), len(half)), dtype=np.float32)
        for start in range(0, len(order), AT_ONCE):
            part = every[order[start : start + AT_ONCE]][:, half]
            points[start : start + AT_ONCE] = part + rng.random(part.shape, dtype=np.float32) * np.float32(JITTER)
        return points

    def _in_short(self, case: Case, half: Indices, turn: int, context: Context) -> Points:
        """Return the same of many rows, which are told apart by one coordinate more, at 0 for who asks.

        It moves a row by less than what the other way adds to each of its coordinates.
        """
        order = content_order(case.draw_hashes("synthetic"), context.integer_seed("lots"))
        lots = np.empty(len(order), dtype=np.float32)
        lots[order] = context.rng(f"lot {turn}").random(len(order), dtype=np.float32) * np.float32(JITTER)
        return Points(case.packed("synthetic").select(half).with_number(lots))


def _lucky(rows: int, attacks: int, neighbours: int, rng: np.random.Generator) -> tuple[int, int]:
    """Count links between rows drawn at random."""
    near: list[npt.NDArray[np.int64]] = [rng.integers(rows, size=(attacks, min(neighbours, rows))) for _ in range(2)]
    return int((near[0][:, :, None] == near[1][:, None, :]).any(axis=(1, 2)).sum()), attacks
