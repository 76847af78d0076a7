"""Does the generator give away whether a record was among its training rows? Found out by refitting it with and without."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns.halves import Rows
from synth_ui.columns.hashes import content_order
from synth_ui.columns.neighbours import affordable, nearest
from synth_ui.core.context import Context, Progress
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.score import PRIVACY_LEVEL, Measurement, Score, beyond_chance, with_ends
from synth_ui.core.table import Table
from synth_ui.core.tunable import integer
from synth_ui.measures._influence import around
from synth_ui.measures._intervals import delong, quantile_of_normal
from synth_ui.measures.base import Measure, PartSpec
from synth_ui.measures.case import Case, Refit
from synth_ui.measures.privacy._draws import check_case, too_few
from synth_ui.measures.privacy.membership_inference._attacks import FLOOR, NEIGHBOURS
from synth_ui.measures.privacy.membership_inference.membership import told_at

FEWEST_ROWS = 40
MOST_LOOKED_AT = 20_000

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Shadow(Measure):
    """How well the distance to the nearest synthetic row tells, record by record, generators that saw it from ones that did not.

    The most isolated training rows are the targets. The generator is refitted several times; each time a random half of the targets is
    left out of its training rows, so that each target is in for half of the refits. Per target the area under the ROC curve of "its
    nearest synthetic row is close" for "it was in" is computed over the refits; the headline is the mean over the targets: ½ is
    guessing, 1 tells every target in every refit.

    Detail frames
    -------------
    records
        row (number in train, from 0), auc, low, high (DeLong over the refits), near_in, near_out (median distance to the nearest synthetic row
        when the record was in, and when it was not); most told first. No value of a row.
    """

    key = "shadow"
    title = "Deep audit"
    summary = "Refits the generator with and without the most isolated rows: does the outcome tell which were in?"
    family = "privacy"
    reference = (
        "Stadler, Oprisanu and Troncoso, Synthetic data: anonymisation groundhog day, USENIX Security 2022; Du and Li, SynMeter "
        "(membership disclosure score), CCS 2025; Carlini et al., S&P 2022"
    )
    asks = "Does refitting without a row show that it was in?"
    better = "lower"
    unit = "AUC"
    floor = "control:train"
    ceiling = "control:unseen"
    chance = 0.5
    worst_means = "every isolated row is told"
    best_means = "no better than guessing"
    interval = "normal, over the targets, at a level that holds for all privacy measures together (Bonferroni); DeLong per record over the refits"
    computed = (
        "The generator is refitted with a random half of the targets left out each time. Per target, refits that saw it are told from those "
        "that did not by how close the nearest synthetic row lies; the area under that ROC curve is averaged over the targets."
    )
    misleads = (
        "It attacks the generator with these settings, not this one table. A handful of refits gives each record a wide interval: read the "
        "mean, and the list as an order. Another attack on the same refits may find more."
    )
    place = 100
    parts = {
        "told_at_5%": PartSpec("Targets told at 5% false alarms, over all refits", "lower", "share", 0.0, 1.0),
    }

    refits: int = integer(
        10, low=8, high=64, title="Refits", help="How often the generator is fitted anew; half of them see each target."
    )
    targets: int = integer(60, low=10, high=1_000, help="How many of the most isolated training rows are tried.")
    minutes: int = integer(
        30, low=1, high=1_440, log=True, title="Minutes at most", help="It is refused if the refits are expected to take longer."
    )

    def measure(self, case: Case, context: Context) -> Measurement:
        """Return the mean area under the ROC curve over the targets, in [0, 1]: ½ is guessing, 1 tells every target."""
        check_case(case)
        refit = self._affordable(case)
        if len(case.train) < FEWEST_ROWS:
            raise DoesNotApply(f"it needs {FEWEST_ROWS} training rows, of which some are left out in turn")
        targets = most_isolated(case, min(self.targets, len(case.train) // 4), context)
        inside = self._who_is_in(len(targets), context)
        near = np.column_stack(list(self._distances(case, refit, targets, inside, context)))
        scores = -np.log(near + FLOOR)
        records = _records(targets, inside, near, scores)
        areas = records["auc"].to_numpy()
        spread = float(areas.std(ddof=1)) / np.sqrt(len(areas)) if len(areas) > 1 else 0.0
        centred = scores - scores.mean(axis=1, keepdims=True)
        told = told_at(inside.ravel(), (centred / np.maximum(scores.std(axis=1, keepdims=True), 1e-9)).ravel(), 0.05)
        note = f"The generator learned {self.refits} times anew; each of {len(targets):,} of the most isolated training rows was left out half of the time."
        return Measurement(
            around(float(areas.mean()), spread, 0.0, 1.0, quantile_of_normal(PRIVACY_LEVEL)),
            {"told_at_5%": told},
            {"records": records},
            note,
            too_few(case),
        )

    def says(self, score: Score) -> str:
        """Say whether isolated rows are told."""
        if score.value is None or score.low is None or score.high is None:
            return score.reason
        area = "mean AUC {}, {} to {}".format(*with_ends(score, self.chance, 3, "f"))
        if beyond_chance(score, self.chance):
            return f"Refitting shows, better than by guessing, which of the most isolated rows were among the training rows ({area})."
        return f"No sign found by this attack at this power: refits with and without the most isolated rows look alike ({area})."

    def _affordable(self, case: Case) -> Refit:
        if case.refit is None:
            raise DoesNotApply(
                "a file made elsewhere cannot be refitted, and neither can rows filtered out of others or made from changed training rows"
            )
        expected = self.refits * case.refit.seconds / 60
        if expected > self.minutes:
            raise DoesNotApply(
                f"{self.refits} refits are expected to take {expected:,.0f} minutes, more than the {self.minutes:,} allowed; allow more "
                "minutes, or ask for fewer refits"
            )
        return case.refit

    def _who_is_in(self, targets: int, context: Context) -> Mask:
        """Deal each target into half of the refits by lot. Shape (targets, refits)."""
        rng = context.rng("who is in")
        half = np.arange(self.refits) < self.refits // 2
        return np.stack([rng.permutation(half) for _ in range(targets)])

    def _distances(self, case: Case, refit: Refit, targets: Rows, inside: Mask, context: Context) -> Iterator[Floats]:
        """Yield, refit by refit, each target's distance to the nearest row the refitted generator makes."""
        points = case.points("train")[targets]
        for number in range(self.refits):
            context.step(f"refitting, {number + 1} of {self.refits}", number / self.refits)
            left_out = targets[~inside[:, number]]
            kept = np.setdiff1d(np.arange(len(case.train)), left_out)
            frame = refit.make(Table(case.train, case.schema).rows(kept), self._within(context, number))
            made = case.shared.coordinates.transform(frame)
            if not len(made):
                raise DoesNotApply("the refitted generator made no rows")
            yield nearest(points, made, 1, context, "measuring distances to the refit").distance[:, 0]

    def _within(self, context: Context, number: int) -> Context:
        """Return the context of one refit: a seed of its own, and its reports as part of the whole."""

        def report(progress: Progress) -> None:
            context.on_progress(Progress(f"refitting, {number + 1} of {self.refits}: {progress.phase}", number / self.refits))

        return replace(context, seed=context.integer_seed(f"refit {number}"), on_progress=report)


def most_isolated(case: Case, count: int, context: Context) -> Rows:
    """Return the training rows farthest from their five nearest other training rows, among at most 20,000 looked at."""
    seed = context.integer_seed("rows looked at")

    def search() -> Rows:
        looked_at = affordable(min(len(case.train), MOST_LOOKED_AT), len(case.train))
        rows: Rows = content_order(case.draw_hashes("train"), seed, looked_at)
        near = nearest(case.points("train")[rows], case.points("train"), NEIGHBOURS + 1, context, "looking for isolated rows")
        order = np.argsort(-near.distance[:, 1:].mean(axis=1), kind="stable")
        return rows[order]

    return case.shared.kept(f"shadow:isolated:{seed}", search)[:count]


def _records(targets: Rows, inside: Mask, near: Floats, scores: Floats) -> pd.DataFrame:
    rows = []
    for row, was_in, distance, score in zip(targets, inside, near, scores, strict=True):
        area = delong(was_in, score)
        rows.append((int(row), area.value, area.low, area.high, np.median(distance[was_in]), np.median(distance[~was_in])))
    frame = pd.DataFrame(rows, columns=["row", "auc", "low", "high", "near_in", "near_out"])
    return frame.sort_values(["auc", "near_in"], ascending=[False, True], kind="stable", ignore_index=True)
