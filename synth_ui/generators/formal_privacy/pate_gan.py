"""A generative adversarial network that learns from the noisy votes of many teachers, each of which saw few rows."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from synth_ui.core.context import Context
from synth_ui.core.table import TableSize
from synth_ui.core.tunable import integer, number
from synth_ui.generators._preparation.margin import Floats
from synth_ui.generators.base import Cost
from synth_ui.generators.formal_privacy._accounting import GAUSSIAN, Part
from synth_ui.generators.formal_privacy._generator import FLOATS
from synth_ui.generators.formal_privacy._noisy_counts import Codes
from synth_ui.generators.formal_privacy._private_gan import (
    CellGroups,
    LearningGenerator,
    PrivateGan,
    random_of_networks,
    take_instead,
)
from synth_ui.generators.formal_privacy._schema_cells import Public

VOTES = "votes of the teachers"

_FEWEST_TEACHERS = 2
_TEACHER_STEPS = 4
_TEACHER_RATE = 1.0
_STUDENT_STEPS = 8


@dataclass(frozen=True)
class PateGan(PrivateGan):
    """Teachers learn on disjoint parts of the rows; a student learns from their noisy votes on made rows, the generator from it.

    One row belongs to one teacher and so changes each vote by at most one. Teachers are linear: they are many, and each has few rows.
    """

    key = "pate_gan"
    title = "PATE-GAN"
    summary = "A network taught by the noisy votes of teachers that each saw a few rows; " + take_instead("none")
    taught_by = "noisy votes"
    requires = ("torch",)
    reference = (
        "Jordon, Yoon and van der Schaar, PATE-GAN, ICLR 2019; Papernot et al., Scalable private learning with PATE, ICLR 2018 "
        "(Gaussian votes)"
    )
    good_at = "Showing what teaching by votes costs: compare it with private marginals at the same ε."
    cannot = "Each vote costs budget, so few are asked, and little beyond the columns by themselves is learned. " + FLOATS
    presets = {"quick": {"rounds": 10}, "thorough": {"rounds": 100}}

    rounds: int = integer(
        40, low=1, high=2_000, log=True, help="How often teachers learn and are asked; more rounds share the same budget"
    )
    votes: int = integer(32, low=1, high=1_000, log=True, help="Made rows the teachers vote on in each round")
    rows_per_teacher: int = integer(
        20, low=1, high=100_000, log=True, help="Rows of each teacher on average; fewer rows, more teachers"
    )
    hidden: int = integer(64, low=4, high=1_024, log=True, help="Units of student and generator")
    rate: float = number(0.005, low=1e-5, high=0.1, log=True, help="Learning rate of student and generator", advanced=True)

    def teaching(self, public: Public, share: float) -> Part:
        """Return the votes the budget pays for."""
        return Part(VOTES, GAUSSIAN, self.rounds * self.votes, share)

    def train(self, groups: CellGroups, deviation: float, context: Context) -> LearningGenerator:
        """Let the teachers vote with noise, and the generator learn from the votes."""
        rows = len(groups.codes)
        each = min(self.rows_per_teacher, max(rows // _FEWEST_TEACHERS, 1))
        because = f"at least {_FEWEST_TEACHERS} teachers share {rows:,} rows"
        context.notes.used("rows_per_teacher", each, self.rows_per_teacher, because)
        return _train(groups, deviation, self, context)

    def cost(self, size: TableSize, rows: int) -> Cost:
        """Estimate: imports, then rounds over all rows and teachers; as many rows are made in each."""
        width = size.levels + 12 * size.columns
        teachers = 6e-8 * _TEACHER_STEPS * size.rows * size.columns + 1e-8 * self.votes * size.rows / self.rows_per_teacher
        round_ = 0.02 + teachers + 3e-8 * size.rows * width
        return Cost(5 + self.rounds * round_ + 1e-7 * rows * width, 400 + 5e-5 * size.rows * size.columns)


def _train(groups: CellGroups, deviation: float, plan: PateGan, context: Context) -> LearningGenerator:
    """Let teachers learn, vote on made rows with noise, and student and generator learn from the votes."""
    from torch.nn import functional

    random = random_of_networks(context)
    maker = LearningGenerator(groups, plan.hidden, plan.rate, random)
    student = _Student(groups.width, plan, random)
    teachers = Teachers.of(groups, plan.rows_per_teacher, context)
    noise = context.noise("votes")
    for done in range(plan.rounds):
        teachers.learn(maker.codes(len(groups.codes)))
        asked = maker.rows(plan.votes).detach()
        counts = teachers.votes(_codes(asked, groups)) + noise.normal(0.0, deviation, plan.votes)
        student.learn(asked, np.clip(counts / teachers.number, 0.0, 1.0))
        loss = functional.softplus(-student.scores(maker.rows(max(plan.votes, 200)))).mean()
        maker.learn_from(loss)
        context.step("learning", (done + 1) / plan.rounds, generator=float(loss.detach()))
    return maker


def _codes(rows: Any, groups: CellGroups) -> Codes:
    """Return the groups of one-hot rows, numbered among all columns' groups."""
    flat = rows.detach().numpy()
    return np.column_stack([flat[:, low:high].argmax(axis=1) + low for low, high in pairwise(groups.starts)]).astype(np.int64)


class Teachers:
    """Many logistic regressions, each on its own rows; which rows is drawn without a look at them."""

    def __init__(self, codes: Codes, teacher: Codes, number: int, width: int, rng: np.random.Generator) -> None:
        self.codes, self.teacher, self.number, self.width, self.rng = codes, teacher, number, width, rng
        self.weights: Floats = np.zeros((number, width))
        self.sizes = np.maximum(np.bincount(teacher, minlength=number), 1)

    @classmethod
    def of(cls, groups: CellGroups, rows_each: int, context: Context) -> Teachers:
        """Give every row to one teacher by chance."""
        number = max(len(groups.codes) // rows_each, _FEWEST_TEACHERS)
        rng = context.noise("teachers")
        return cls(groups.codes, rng.integers(number, size=len(groups.codes)), number, groups.width, rng)

    def learn(self, made: Codes) -> None:
        """Take a few steps each on its own rows against as many made ones, from where the teachers stand."""
        given = self.rng.integers(self.number, size=len(made))
        for _ in range(_TEACHER_STEPS):
            slope = self._slope(self.codes, self.teacher, 1.0) + self._slope(made, given, 0.0)
            self.weights -= _TEACHER_RATE * (slope / self.sizes[:, None] + 0.01 * self.weights)

    def _slope(self, codes: Codes, teacher: Codes, wanted: float) -> Floats:
        """Return the gradient of each teacher's loss over its rows: a row touches its own teacher's weights only."""
        scores = self.weights[teacher[:, None], codes].sum(axis=1)
        wrong = 1 / (1 + np.exp(-np.clip(scores, -30, 30))) - wanted
        places = (teacher[:, None] * self.width + codes).ravel()
        sums = np.bincount(places, weights=np.repeat(wrong, codes.shape[1]), minlength=self.number * self.width)
        return sums.reshape(self.number, self.width).astype(np.float64)

    def votes(self, codes: Codes) -> Floats:
        """Return how many teachers take each row for real; one real row changes it by at most one."""
        return np.array([(self.weights[:, row].sum(axis=1) > 0).sum() for row in codes], dtype=np.float64)


class _Student:
    """A small network that tells real from made, taught by votes."""

    def __init__(self, width: int, plan: PateGan, random: Any) -> None:
        import torch

        self.weights = [
            torch.randn(width, plan.hidden, generator=random) * width**-0.5,
            torch.zeros(plan.hidden),
            torch.randn(plan.hidden, 1, generator=random) * plan.hidden**-0.5,
            torch.zeros(1),
        ]
        for weight in self.weights:
            weight.requires_grad_()
        self.optimiser = torch.optim.Adam(self.weights, lr=plan.rate)

    def scores(self, rows: Any) -> Any:
        """Return the log odds that rows are real."""
        from torch.nn import functional

        first, bias, second, output = self.weights
        return (functional.leaky_relu(rows @ first + bias, 0.2) @ second + output)[:, 0]

    def learn(self, rows: Any, shares: Floats) -> None:
        """Take a few steps towards the shares of teachers that took each row for real."""
        import torch
        from torch.nn import functional

        wanted = torch.from_numpy(shares.astype(np.float32))
        for _ in range(_STUDENT_STEPS):
            loss: Any = functional.binary_cross_entropy_with_logits(self.scores(rows), wanted)
            self.optimiser.zero_grad(set_to_none=True)
            loss.backward(inputs=self.weights)
            self.optimiser.step()
