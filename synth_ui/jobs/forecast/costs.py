"""What scoring costs: a model per measure, of the shape of the table alone, fitted on measured tables.

The logarithm of the seconds is linear in those of rows, columns, levels and classes. The first candidate of a split that is asked a
measure, and the control with a split of its own, also pay for what is computed once per split. `benchmarks/scoring_cost.py` measures
and fits; `synth_ui.jobs.forecast.estimate` corrects the model by what this machine took before.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from synth_ui.core.table import Schema
from synth_ui.jobs.forecast._measured_costs import COEFFICIENTS

Role: TypeAlias = Literal["candidate", "first", "unseen"]
"""Who is scored: anybody, whoever is the first of a split, or the control of unseen rows, which has a split of its own."""

ROLES: tuple[Role, ...] = ("candidate", "first", "unseen")

UNKNOWN_SECONDS = 0.5
"""What a measure costs of which nothing is known, such as one of another package."""


@dataclass(frozen=True)
class Shape:
    """What the cost of scoring depends on.

    Attributes
    ----------
    train, holdout, made
        Rows.
    columns, levels
        Modelled columns, and the levels of all of them together.
    classes
        Of the target; 0 for a number, -1 without a target.
    """

    train: int
    holdout: int
    made: int
    columns: int
    levels: int
    classes: int

    @property
    def features(self) -> tuple[float, ...]:
        """What the logarithm of the seconds is linear in."""
        rows = (self.train + self.holdout + self.made) / 3
        return (
            1.0,
            math.log(max(rows, 1.0) / 5_000),
            math.log(max(self.columns, 1) / 15),
            math.log((1 + self.levels) / 100),
            math.log(max(self.classes, 2) / 2),
            float(self.classes == 0),
            float(self.classes < 0),
        )


def shape_of(schema: Schema, train: int, holdout: int, made: int) -> Shape:
    """Return the shape of a candidate of a table, from the schema alone."""
    size, target = schema.size(train), schema.target
    classes = -1 if target is None else (len(target.levels) or 2) if target.kind.discrete else 0
    return Shape(train, holdout, made, size.columns, size.levels, classes)


def seconds(name: str, shape: Shape, role: Role = "candidate") -> float:
    """Return what a measure is expected to take on a quiet core of the machine the model was fitted on.

    `name` is the measure's key, with "@quick" behind it where the quick card asks it with settings of its own.
    """
    known: Mapping[str, tuple[float, ...]] = COEFFICIENTS
    if name not in known:
        return UNKNOWN_SECONDS
    *slopes, first, unseen = known[name]
    extra = {"candidate": 0.0, "first": first, "unseen": unseen}[role]
    return math.exp(sum(a * b for a, b in zip(slopes, shape.features, strict=True)) + extra)


def share_for_others(name: str) -> float:
    """Return what everybody else pays for a measure over what the first of a split pays."""
    known: Mapping[str, tuple[float, ...]] = COEFFICIENTS
    return math.exp(-max(known[name][-2], 0.0)) if name in known else 1.0
