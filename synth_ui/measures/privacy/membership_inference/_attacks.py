"""Who was in the training rows? Two attacks that see the synthetic table and other real rows, nothing of the generator."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synth_ui.columns.coordinates import Matrix
from synth_ui.columns.halves import Rows, halves
from synth_ui.columns.hashes import content_order
from synth_ui.columns.neighbours import affordable, nearest
from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.measures.case import Case

ATTACKS = ("distance", "relative distance")
"""By name: nearness to the closest synthetic row; the same relative to the closest row of a reference of real rows."""

ROWS_DEFAULT = 10_000
ROWS_HELP = (
    "How many training rows and how many unseen rows are attacked at most; the rows they are compared with are never left out."
)

ISOLATED = 0.05
"""The share of attacked rows that counts as isolated: those farthest from their five nearest reference rows."""

FEWEST_HOLDOUT = 20
NEIGHBOURS = 5
FLOOR = 1e-3
"""Added to distances before their logarithm: about one step of a number among its 1,000 quantiles."""

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Attacked:
    """The rows attacked: members of train first, then as many rows no generator saw.

    Attributes
    ----------
    member
        Whether the row is of train, shape (rows,).
    isolated
        Whether it is among the 5% farthest from the reference; the same rule for members and others, shape (rows,).
    scores
        Per attack, higher means "was in train", shape (rows,).
    reference
        How many rows of the holdout served as the reference.
    rows
        The number of each in train, or in the holdout, shape (rows,).
    """

    member: Mask
    isolated: Mask
    scores: dict[str, Floats]
    reference: int
    rows: Rows


@dataclass(frozen=True, eq=False)
class _Targets:
    """What is the same for every candidate: who is attacked, and how far each is from the reference."""

    member: Mask
    rows: Rows
    isolated: Mask
    to_reference: Floats
    spread: Floats
    reference: Rows

    def points(self, case: Case) -> Matrix:
        """Return the attacked rows as points."""
        members = int(self.member.sum())
        return np.concatenate([case.points_of("train", self.rows[:members]), case.points_of("holdout", self.rows[members:])])


def attack(case: Case, rows: int, context: Context) -> Attacked:
    """Attack up to `rows` rows of train and as many of one half of the holdout, the other half being the reference.

    Raises
    ------
    DoesNotApply
        If the holdout or train is too small.
    """
    if min(len(case.holdout), len(case.train)) < FEWEST_HOLDOUT:
        raise DoesNotApply(
            f"it needs {FEWEST_HOLDOUT} training rows and as many unseen ones, to attack one half and refer to the other"
        )
    count = affordable(rows, len(case.synthetic))
    targets = _targets(case, count, context)

    def scores() -> Attacked:
        found = nearest(targets.points(case), case.near("synthetic"), 1, context, "attacking").distance[:, 0]
        values = _scores(found, targets.to_reference)
        return Attacked(targets.member, targets.isolated, values, len(targets.reference), targets.rows)

    return case.once(f"privacy:attacked:{count}:{context.seed}", scores)


def attack_everyone(case: Case, rows: int, context: Context) -> Attacked:
    """Do as `attack`, and attack all other rows of train besides, with the same reference."""
    attacked = attack(case, rows, context)
    targets = _targets(case, affordable(rows, len(case.synthetic)), context)
    rest = np.setdiff1d(np.arange(len(case.train)), attacked.rows[attacked.member])
    if not len(rest):
        return attacked
    points = case.points_of("train", rest)
    found = nearest(points, case.points("synthetic"), 1, context, "attacking the other training rows").distance[:, 0]
    references = case.points_of("holdout", targets.reference)
    real = nearest(points, references, NEIGHBOURS, context, "measuring distances between real rows").distance
    isolated = real.mean(axis=1) >= targets.spread[targets.isolated].min()
    more = _scores(found, real[:, 0])
    return Attacked(
        np.append(attacked.member, np.ones(len(rest), dtype=bool)),
        np.append(attacked.isolated, isolated),
        {name: np.append(score, more[name]) for name, score in attacked.scores.items()},
        attacked.reference,
        np.append(attacked.rows, rest),
    )


def _scores(to_synthetic: Floats, to_reference: Floats) -> dict[str, Floats]:
    return {"distance": -to_synthetic, "relative distance": np.log(to_reference + FLOOR) - np.log(to_synthetic + FLOOR)}


def _targets(case: Case, rows: int, context: Context) -> _Targets:
    seed = context.integer_seed("attacked rows")

    def draw() -> _Targets:
        reference, unseen = halves(case.holdout, case.schema, seed)
        if min(len(reference), len(unseen)) < 2:
            raise DoesNotApply("the unseen rows are one group, which cannot be cut in two")
        unseen = unseen[:rows]
        members: Rows = content_order(case.draw_hashes("train"), seed, len(unseen))
        rows_attacked, member = np.concatenate([members, unseen]), np.arange(len(members) + len(unseen)) < len(members)
        points = np.concatenate([case.points_of("train", members), case.points_of("holdout", unseen)])
        real = nearest(points, case.near("holdout", reference), NEIGHBOURS, context, "measuring distances between real rows")
        spread = real.distance.mean(axis=1)
        isolated = _farthest(spread, context.rng("isolated"))
        return _Targets(member, rows_attacked, isolated, real.distance[:, 0], spread, reference)

    return case.shared.kept(f"privacy:targets:{rows}:{seed}", draw)


def _farthest(distance: Floats, rng: np.random.Generator) -> Mask:
    """Mark the 5% of rows with the largest distance, equal ones by lot."""
    order = np.lexsort((rng.random(len(distance)), -distance))
    marked = np.zeros(len(distance), dtype=bool)
    marked[order[: max(1, round(ISOLATED * len(distance)))]] = True
    return marked


def sizes_note(attacked: Attacked) -> str:
    """Say how many rows were attacked, and with what reference."""
    members = int(attacked.member.sum())
    return (
        f"{members:,} training rows against {len(attacked.member) - members:,} unseen rows, with {attacked.reference:,} other "
        "unseen rows to measure nearness against."
    )
