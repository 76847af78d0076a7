"""Can an attacker who knows the rest of a record guess the part that is kept from them?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from synth_ui.columns.halves import Rows
from synth_ui.columns.hashes import Hashes, content_order, value_hashes
from synth_ui.columns.neighbours import affordable, nearest
from synth_ui.columns.values import numbers
from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.score import Measurement, Score
from synth_ui.core.table import Column, Kind, Role
from synth_ui.core.tunable import integer, number
from synth_ui.measures.base import Measure
from synth_ui.measures.case import Case, Side
from synth_ui.measures.privacy._draws import check_case, cut_note, equal_references, too_few
from synth_ui.measures.privacy.disclosure_risks._risk import ATTACKS_HELP, INTERVAL, RATES, REFERENCE, Arms, drawn, measured, said

MOST_SECRETS = 10
FEWEST_PER_SECRET = 250
"""Several secrets share the attacks, but each gets so many."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Inference(Measure):
    """How often a secret is guessed from the nearest synthetic row, beyond what that does for unseen records.

    The secrets are the columns marked sensitive; without any, the target; without one, each of the first ten columns. The
    attacker knows all other compared columns and takes the secret of the nearest synthetic row. A number is guessed if the
    error is within a tolerance of its true size, a date if within that share of the spread of real dates. A blank secret
    is not attacked, and a blank guess is wrong.

    Detail frames
    -------------
    attacks
        attack (the secret column), risk, low, high, and per arm train_rate, train_low, train_high, control_…, random_…; riskiest first.
    """

    key = "inference"
    title = "Inference"
    summary = "Whether a secret column can be guessed from the rest of a record."
    family = "privacy"
    reference = REFERENCE
    asks = "Can a secret be guessed from the rest of a record?"
    better = "lower"
    unit = "risk"
    floor = "control:train"
    ceiling = "control:unseen"
    worst_means = "training records' secrets are read off"
    best_means = "no better than for unseen records"
    interval = INTERVAL
    computed = (
        "The nearest synthetic row by all other columns supplies the guess. Risk is the gain on training rows over unseen rows, "
        "relative to what was left to gain, for the riskiest secret."
    )
    cards = {"standard": {"attacks": 1_000}}
    place = 70
    misleads = (
        "What follows from the population is guessed for unseen records too and is no risk here. A nearest row is a simple "
        "attacker; a model of the secret may do better."
    )
    parts = RATES

    attacks: int = integer(2_000, low=100, high=100_000, log=True, help=ATTACKS_HELP)
    tolerance: float = number(0.05, low=0.0, high=0.5, help="How large the relative error of a guessed number may be.")

    def measure(self, case: Case, context: Context) -> Measurement:
        """Return the risk of the riskiest secret, in [0, 1]: 0 where training records are guessed no better than unseen ones."""
        check_case(case)
        if len(case.schema.modelled) < 2:
            raise DoesNotApply("it needs two columns that are compared: one to guess, one to guess from")
        train, holdout = equal_references(case, context)
        count = affordable(self.attacks, len(case.synthetic))
        secret_columns = secrets(case)
        each = max(min(count, FEWEST_PER_SECRET), count // len(secret_columns))
        seed = context.integer_seed("guessed rows")
        rows = {"train": drawn(case, "train", train, each, seed), "holdout": drawn(case, "holdout", holdout, each, seed)}
        kinds = [arms for secret in secret_columns if (arms := self._arms(case, secret, rows, context)) is not None]
        if not kinds:
            raise DoesNotApply("every secret is blank in the rows attacked")
        return measured(kinds, "attacks", cut_note(case), too_few(case))

    def says(self, score: Score) -> str:
        """Say whether secrets of training records are guessed better than those of unseen ones."""
        return said("guesses a secret", score)

    def _arms(self, case: Case, secret: Column, rows: dict[str, Rows], context: Context) -> Arms | None:
        start, end = case.shared.coordinates.spans[secret.name]
        known = np.delete(np.arange(case.shared.coordinates.width), np.arange(start, end))
        points = np.concatenate([case.points_of(_side(side), chosen) for side, chosen in rows.items()])[:, known]
        guesses = nearest(points, case.near("synthetic", columns=known), 1, context, f"guessing {secret.name}").index[:, 0]
        apart = np.split(guesses, [len(rows["train"])])
        tallies = [
            self._right(case, secret, _side(side), chosen, guess)
            for (side, chosen), guess in zip(rows.items(), apart, strict=True)
        ]
        order = content_order(case.draw_hashes("synthetic"), context.integer_seed("random guesses"))
        lot = order[context.rng("random guesses").integers(len(order), size=len(rows["train"]))]
        tallies.append(self._right(case, secret, "train", rows["train"], lot))
        return Arms(secret.name, *tallies) if all(attacks for _, attacks in tallies) else None

    def _right(self, case: Case, secret: Column, side: Side, rows: Rows, guess: npt.NDArray[Any]) -> tuple[int, int]:
        """Count right guesses among the rows whose secret is not blank."""
        truth = case.frame(side)[secret.name].iloc[rows]
        offered = case.synthetic[secret.name].iloc[guess]
        there = truth.notna().to_numpy()
        if secret.kind.numeric:
            right = self._near(numbers(truth, secret.kind), numbers(offered, secret.kind), secret, case)
        else:
            same: Hashes = value_hashes(truth, secret)
            right = (same == value_hashes(offered, secret)) & offered.notna().to_numpy()
        return int((right & there).sum()), int(there.sum())

    def _near(self, truth: npt.NDArray[np.float64], guess: npt.NDArray[np.float64], secret: Column, case: Case) -> Mask:
        if secret.kind is Kind.DATETIME:
            allowed = np.full(len(truth), self.tolerance * _spread(case, secret))
        else:
            allowed = self.tolerance * np.abs(truth)
        right: Mask = np.abs(truth - guess) <= allowed  # a blank is NaN, and near to nothing
        return right


def _side(side: str) -> Side:
    return "train" if side == "train" else "holdout"


def _spread(case: Case, column: Column) -> float:
    """Return how far apart the 5th and 95th percentile of the real dates are, in seconds."""
    values = np.concatenate([numbers(frame[column.name], column.kind) for frame in (case.train, case.holdout)])
    low, high = np.nanquantile(values, [0.05, 0.95]) if np.isfinite(values).any() else (0.0, 0.0)
    return float(high - low)


def secrets(case: Case) -> list[Column]:
    """Return the columns to guess: the sensitive ones, else the target, else the first ten."""
    modelled = case.schema.modelled
    sensitive = [column for column in modelled if column.role is Role.SENSITIVE]
    target = [column for column in modelled if column.role is Role.TARGET]
    return sensitive or target or modelled[:MOST_SECRETS]
