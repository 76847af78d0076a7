"""Does the synthetic table tell a sensitive value to somebody who knows a few other columns of a person?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns.hashes import Hashes, mix
from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.score import PRIVACY_LEVEL, Measurement, Number, Score, beyond_chance, with_ends
from synth_ui.core.table import Column, Role
from synth_ui.core.tunable import integer, text
from synth_ui.measures._intervals import newcombe
from synth_ui.measures.base import Measure, PartSpec
from synth_ui.measures.case import SIDES, Case, Side
from synth_ui.measures.privacy._draws import check_case, too_few

Floats = npt.NDArray[np.float64]

_REMEDY = "mark the columns nobody should be able to guess as sensitive on the page Table and start a new race"


class _Told(NamedTuple):
    """One secret: the chance of a right guess per training row and per unseen row, and how many rows were met at all."""

    secret: str
    train: Floats
    holdout: Floats
    met: float
    single: tuple[float, float]


@dataclass(frozen=True)
class Disclosure(Measure):
    """How often a sensitive value is guessed right from the synthetic rows that share a person's known columns, beyond unseen rows.

    The attacker knows some columns of a record, looks up the synthetic rows that agree with it in all of them, and guesses the
    sensitive value of one of these at random; without such a row the guess is wrong. Numbers and dates agree where they fall
    into the same cell (tenths of the real values), levels beyond the ten commonest count as one. The headline is the chance of a right guess for training rows minus that for
    unseen rows: 0 where the table tells of a training row no more than of anybody, 1 where it tells each secret of train and none else.

    Detail frames
    -------------
    secrets
        secret, gap, low, high, train_rate, holdout_rate, met (share of training rows with a synthetic row that agrees),
        train_single, holdout_single (share of rows met only by synthetic rows that all have the true value); worst first.
    known
        column: what the attacker knows.
    """

    key = "disclosure"
    title = "Disclosure"
    summary = "Whether a sensitive value can be read off by somebody who knows a few other columns."
    family = "privacy"
    reference = (
        "Taub, Elliot, Pampaka and Smith, Differential correct attribution probability, PSD 2018; Raab, Nowok and Dibben, Practical "
        "privacy metrics for synthetic data (DiSCO), 2024; with unseen rows as control after Francis and Wagner, 2024"
    )
    asks = "Can a sensitive value be guessed from a few known columns?"
    better = "lower"
    unit = "share, training minus unseen rows"
    low = -1.0
    high = 1.0
    floor = "control:train"
    ceiling = "control:unseen"
    worst_means = "secrets of training rows are read off as from a copy"
    best_means = "guessed no better than for unseen rows"
    interval = "Newcombe on expected right guesses, Bonferroni over the secrets and all privacy measures"
    computed = (
        "Synthetic rows that agree with a record in every known column supply the guess; the chance that it is right is averaged "
        "over all training rows and over all unseen rows. The headline is the difference, for the secret with the highest lower limit."
    )
    cards = {"standard": {}}
    place = 80
    misleads = (
        "It depends on which columns the attacker knows: unless they are named, those that tell most rows apart are taken. What follows "
        "from the population is guessed for unseen rows too and does not count."
    )
    parts = {
        "train": PartSpec("Right guesses for training rows", "lower", "share", 0.0, 1.0),
        "control": PartSpec("Right guesses for unseen rows", "neither", "share", 0.0, 1.0),
        "single": PartSpec("Rows whose synthetic look-alikes all have the true value, gap", "lower", "share", -1.0, 1.0),
    }

    known: str = text(
        "", title="Known columns",
        help="What the attacker knows, as column names with commas between them; empty for those that tell most rows apart.",
    )  # fmt: skip
    secret: str = text(
        "", title="Sensitive columns",
        help="What is guessed, as column names with commas between them; empty for the columns marked sensitive, else the target.",
    )  # fmt: skip
    columns: int = integer(5, low=1, high=20, help="How many columns the attacker knows where none are named.")

    def measure(self, case: Case, context: Context) -> Measurement:
        """Return right guesses on train minus right guesses on the holdout, in [-1, 1]: 0 where nothing is told."""
        check_case(case)
        context.step("looking up secrets", 0.0)
        secrets, remark = self._secrets(case)
        known = self._known(case, {column.name for column in secrets})
        found = [_told(case, secret, known) for secret in secrets]
        frame = _frame([told for told in found if len(told.train) and len(told.holdout)])
        if frame.empty:
            raise DoesNotApply("every sensitive value is blank among the training rows or among the unseen rows")
        worst = frame.iloc[0]
        single = next(told for told in found if told.secret == worst["secret"])
        note = f"Guessed: {worst['secret']}. Known: {', '.join(known)}. {worst['met']:.0%} of training rows meet a synthetic row that agrees."
        return Measurement(
            Number(worst["gap"], worst["low"], worst["high"]),
            {
                "train": Number(worst["train_rate"]),
                "control": Number(worst["holdout_rate"]),
                "single": newcombe(
                    single.single[0] * len(single.train),
                    len(single.train),
                    single.single[1] * len(single.holdout),
                    len(single.holdout),
                    PRIVACY_LEVEL,
                ),
            },
            {"secrets": frame, "known": pd.DataFrame({"column": known})},
            " ".join(filter(None, [note, remark])),
            too_few(case),
        )

    def says(self, score: Score) -> str:
        """Say whether secrets of training rows are told."""
        if score.value is None or score.low is None or score.high is None:
            return score.reason
        within = "{}, {} to {}".format(*with_ends(score, self.chance, 1, sign="+"))
        if beyond_chance(score, self.chance):
            return f"Somebody who knows a few columns guesses the sensitive value more often for training rows than for unseen rows ({within})."
        return f"No sign found by this attack at this power that sensitive values of training rows are told ({within})."

    def _secrets(self, case: Case) -> tuple[list[Column], str]:
        named = _named(case, self.secret)
        if named:
            return named, ""
        modelled = case.schema.modelled
        marked = [column for column in modelled if column.role is Role.SENSITIVE]
        if marked:
            return marked, ""
        target = case.schema.target
        if target is None or not target.modelled:
            raise DoesNotApply(f"no column is marked sensitive: {_REMEDY}")
        return [target], f"No column is marked sensitive, so the target was guessed; {_REMEDY}."

    def _known(self, case: Case, secrets: set[str]) -> list[str]:
        named = [column.name for column in _named(case, self.known) if column.name not in secrets]
        if named:
            return named
        others = [column.name for column in case.schema.modelled if column.name not in secrets]
        if not others:
            raise DoesNotApply("there is no other column an attacker could know")
        apart = case.shared.once("disclosure:apart", lambda: {name: _spread(case, name) for name in case.shared.cells})
        best = sorted(others, key=lambda name: -apart[name])[: self.columns]
        return [name for name in others if name in best]


def _named(case: Case, names: str) -> list[Column]:
    """Return the columns of a setting; those it misspells are an error the reader can mend."""
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    known = {column.name: column for column in case.schema.modelled}
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise DoesNotApply(f"there is no compared column {', '.join(map(repr, unknown))}; there are {', '.join(known)}")
    return [known[name] for name in wanted]


def _spread(case: Case, name: str) -> float:
    """Return the entropy of a column's cells among all real rows: how well it tells rows apart, whatever its name or place."""
    codes = np.concatenate([case.codes("train")[name], case.codes("holdout")[name]])
    counts = np.bincount(codes)
    shares = counts[counts > 0] / counts.sum()
    return round(float(-(shares * np.log(shares)).sum()), 9)


def _told(case: Case, secret: Column, known: list[str]) -> _Told:
    """Return what synthetic rows tell of one secret."""
    keys = {side: _combined(case, side, known) for side in SIDES}
    both = {side: _combined(case, side, [*known, secret.name]) for side in SIDES}
    blank = case.shared.cells[secret.name].size - 1
    there = {side: case.codes(side)[secret.name] != blank for side in SIDES}
    cells, rows_of = np.unique(keys["synthetic"], return_counts=True)
    pairs, rows_like = np.unique(both["synthetic"], return_counts=True)
    chances, single = {}, {}
    for side in ("train", "holdout"):
        alike = _count_of(both[side], pairs, rows_like)
        met = _count_of(keys[side], cells, rows_of)
        chances[side] = (alike / np.maximum(met, 1))[there[side]]
        single[side] = float((chances[side] == 1).mean()) if there[side].any() else 0.0
    met_share = float((_count_of(keys["train"], cells, rows_of) > 0).mean())
    return _Told(secret.name, chances["train"], chances["holdout"], met_share, (single["train"], single["holdout"]))


def _values(case: Case, side: Side, name: str) -> Hashes:
    return case.codes(side)[name].astype(np.uint64) + np.uint64(1)


def _combined(case: Case, side: Side, names: list[str]) -> Hashes:
    """Hash the cells of several columns, one after the other.

    What came before is scrambled, the next cell is not: were both, equal cells of two columns would cancel, and rows of quite
    different values share a hash.
    """
    total: Hashes = np.zeros(len(case.frame(side)), dtype=np.uint64)
    for name in names:
        total = mix(total ^ _values(case, side, name))
    return total


def _count_of(wanted: Hashes, known: Hashes, counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return how often each wanted hash occurs among the known ones."""
    place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return np.where(known[place] == wanted, counts[place], 0)


def _frame(found: list[_Told]) -> pd.DataFrame:
    """Give each secret its gap, at a level that holds for all of them together.

    Given the synthetic rows, real rows are independent draws whose chance lies in [0, 1]: its spread is at most that of a
    yes or no with the same mean, so Newcombe's interval of the expected counts is never too short.
    """
    level = 1 - (1 - PRIVACY_LEVEL) / max(len(found), 1)
    rows = []
    for told in found:
        sums = float(told.train.sum()), float(told.holdout.sum())
        gap = newcombe(sums[0], len(told.train), sums[1], len(told.holdout), level)
        rates = float(told.train.mean()), float(told.holdout.mean())
        rows.append((told.secret, gap.value, gap.low, gap.high, *rates, told.met, *told.single))
    names = ["secret", "gap", "low", "high", "train_rate", "holdout_rate", "met", "train_single", "holdout_single"]
    return pd.DataFrame(rows, columns=names).sort_values(["low", "gap"], ascending=False, kind="stable", ignore_index=True)
