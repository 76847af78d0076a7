"""Does adding it to the real rows help?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns.hashes import content_order, row_hashes
from synth_ui.core.cast import cast
from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.score import Measurement, Number, Score
from synth_ui.core.table import Schema
from synth_ui.core.tunable import integer
from synth_ui.measures._influence import Influence, ratio, shifted
from synth_ui.measures._task import FEWEST_ROWS, Models, PredictionTask, Trained, columns_left_out, target_models, train
from synth_ui.measures.base import Measure, PartSpec
from synth_ui.measures.case import Case
from synth_ui.measures.utility._skill import better_model, skill, skills

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

RATIOS: Mapping[str, float] = {"half": 0.5, "equal": 1.0, "double": 2.0}
REAL, WEIGHTS, BALANCED = "real", "weights", "balanced"
WORDS: Mapping[str, str] = {
    REAL: "real rows alone",
    "half": "half as many synthetic rows added",
    "equal": "as many synthetic rows added",
    "double": "twice as many synthetic rows added",
    "all": "all synthetic rows added",
    BALANCED: "synthetic rows of the rarer classes added",
    WEIGHTS: "real rows alone, rarer classes weighted up",
}


@dataclass(frozen=True)
class Augment(Measure):
    """What a model gains when synthetic rows are added to the real ones it learns from, as a share of its skill.

    0 means nothing is gained; .1 that the skill above guessing grows by a tenth; below 0 the synthetic rows do harm.

    Detail
    ------
    recipes
        recipe, words, real_rows, synthetic_rows, gain, low, high, skill, f1, rarest_recall; f1 and the share of the rarest
        class that is found are missing for a numeric target.
    """

    key = "augment"
    title = "Added to the real rows"
    summary = "What a model gains when it learns from the real rows and synthetic ones together."
    family = "utility"
    reference = "Chawla, Bowyer, Hall and Kegelmeyer, SMOTE (class balance), 2002; Manousakas and Aydöre, 2023"
    asks = "Does adding it to the real rows help?"
    better = "higher"
    unit = "gain, share of the skill"
    low = None
    high = None
    floor = "control:independent"
    ceiling = "control:unseen"
    unseen = "halves"
    worst_means = "adding independent columns"
    best_means = "adding as many new real rows"
    interval = "paired DeLong (classes) or linearised R² (numbers) on the unseen rows, ratio by the delta method"
    computed = (
        "The model that does better on real rows (gradient boosting or linear) learns from the real training rows alone and with half, as "
        "many and twice as many synthetic rows beside them; where the target has classes also with synthetic rows of the rarer "
        "classes until all are equally common. Beside it stands what weighting the real rows by class gives without any synthetic row. "
        "Headline: the gain in skill with as many synthetic rows as real ones, or all there are."
    )
    place = 70
    misleads = (
        "Where the real rows are many there is little to gain by any rows. The ceiling, new real rows, is measured on a quarter of "
        "the table, where a row is worth more. Untuned models; one training each."
    )
    parts = {
        "half": PartSpec("Gain with half as many synthetic rows", "higher", "share of the skill"),
        "double": PartSpec("Gain with twice as many synthetic rows", "higher", "share of the skill"),
        BALANCED: PartSpec("Gain with the rarer classes filled up", "higher", "share of the skill"),
        WEIGHTS: PartSpec("Gain by weighting the classes, without synthetic rows", "higher", "share of the skill"),
        "real_f1": PartSpec("Macro-averaged F1, real rows alone", "higher", "share", 0.0, 1.0),
        "balanced_f1": PartSpec("Macro-averaged F1, rarer classes filled up", "higher", "share", 0.0, 1.0),
        "weights_f1": PartSpec("Macro-averaged F1, classes weighted", "higher", "share", 0.0, 1.0),
    }

    rows: int = integer(50_000, low=1_000, high=1_000_000, log=True, help="Most real rows a model is trained on")

    def measure(self, case: Case, context: Context) -> Measurement:
        """Train on each mixture of real and synthetic rows, and compare on the holdout."""
        models = target_models(case, context, self.rows)
        task, truth = models.task, models.task.truth(models.test)
        best = better_model(task, skills(task, truth, models.real))
        mixtures = _mixtures(models, case, context)
        if not mixtures:
            raise DoesNotApply(f"the candidate has fewer than {FEWEST_ROWS} rows with a target to add")
        real = _real_rows(models, case, context)
        trained = {REAL: models.real}
        for number, (recipe, added) in enumerate(mixtures.items()):
            context.step("training on real and synthetic rows", number / (len(mixtures) + 1))
            trained[recipe] = _trained_on(models, case, real, added, context, best)
        if not task.regression:
            trained[WEIGHTS] = case.shared.kept(
                f"trained with weights:{task.target.name}:{self.rows}:{context.seed}",
                lambda: _trained_on(models, case, real, np.empty(0, dtype=np.intp), context, best, balanced=True),
            )
        frame, gains = _compared(task, truth, trained, best, {recipe: len(rows) for recipe, rows in mixtures.items()}, len(real))
        main = next(name for name in ("equal", "half", "all") if name in gains)
        parts = {name: gains[name].number() for name in self.parts if name in gains and name != main}
        scores = dict(zip(frame["recipe"], frame["f1"], strict=True))
        parts |= {
            f"{name}_f1": Number(float(scores[name]))
            for name in (REAL, BALANCED, WEIGHTS)
            if np.isfinite(scores.get(name, np.nan))
        }
        notes = [_note(main, gains, len(case.synthetic), len(real)), columns_left_out(models)]
        return Measurement(gains[main].number(), parts, {"recipes": frame}, "; ".join(filter(None, notes)))

    def says(self, score: Score) -> str:
        """Say whether the synthetic rows help, harm or make no difference that chance could not make."""
        assert score.value is not None
        low, high = score.low, score.high
        if low is not None and high is not None and low <= 0 <= high:
            return f"Adding it to the real rows makes no difference beyond chance ({score.value:+.1%} of the skill).".replace(
                "-", "−"
            )
        how = "helps: the skill grows" if score.value > 0 else "does harm: the skill shrinks"
        return f"Adding it to the real rows {how} by {abs(score.value):.1%}."


def _real_rows(models: Models, case: Case, context: Context) -> Places:
    """Return the training rows the reference models learned from."""
    known = np.flatnonzero(~np.isnan(models.task.truth(case.train)))
    order = content_order(case.draw_hashes("train")[known], context.integer_seed("training rows"))
    return np.asarray(known[order[: models.real.rows]])


def _mixtures(models: Models, case: Case, context: Context) -> dict[str, Places]:
    """Return which synthetic rows each recipe adds; recipes that need more rows than there are fall away."""
    truth = models.task.truth(case.synthetic)
    order = content_order(case.draw_hashes("synthetic"), context.integer_seed("added rows"))
    order = order[~np.isnan(truth[order])]
    if len(order) < FEWEST_ROWS:
        return {}
    wanted = {name: round(share * models.real.rows) for name, share in RATIOS.items()}
    found = {name: order[:rows] for name, rows in wanted.items() if rows <= len(order)}
    found = found or {"all": order}
    if not models.task.regression:
        counts = np.bincount(
            models.task.truth(case.train)[_real_rows(models, case, context)].astype(np.int64), minlength=len(models.task.classes)
        )
        classes = truth[order].astype(np.int64)
        added = [order[classes == k][: counts.max() - count] for k, count in enumerate(counts)]
        if sum(map(len, added)):
            found[BALANCED] = np.concatenate(added)
    return found


def _trained_on(
    models: Models, case: Case, real: Places, added: Places, context: Context, best: str, *, balanced: bool = False
) -> Trained:
    frame = stacked(case.schema, case.train.iloc[real], case.synthetic.iloc[added]) if len(added) else case.train.iloc[real]
    hashes = row_hashes(frame, case.schema.modelled, ordered=False)
    return train(models.task, frame, hashes, models.test, context, len(frame), only=best, balanced=balanced)


def stacked(schema: Schema, first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of two canonical frames as one canonical frame, levels of both kept."""
    joined = {}
    for column in schema.modelled:
        parts = [frame[column.name] for frame in (first, second)]
        if isinstance(parts[0].dtype, pd.CategoricalDtype):
            parts = [part.astype(object) for part in parts]
        joined[column.name] = pd.concat(parts, ignore_index=True)
    return cast(pd.DataFrame(joined), schema)[0]


def _compared(
    task: PredictionTask, truth: Floats, trained: Mapping[str, Trained], best: str, added: Mapping[str, int], real_rows: int
) -> tuple[pd.DataFrame, dict[str, Influence]]:
    base = skill(task, truth, trained[REAL].predictions[best])
    rows, gains = [], {}
    for recipe, models in trained.items():
        predicted = models.predictions[best]
        own = skill(task, truth, predicted)
        gain = shifted(ratio(own, base), -1.0)
        number = gain.number()
        f1, recall = (np.nan, np.nan) if task.regression else _thresholds(truth.astype(np.int64), predicted)
        rows.append({
            "recipe": recipe, "words": WORDS[recipe], "real_rows": real_rows, "synthetic_rows": added.get(recipe, 0),
            "gain": number.value, "low": number.low, "high": number.high, "skill": own.value, "f1": f1, "rarest_recall": recall,
        })  # fmt: skip
        if recipe != REAL:
            gains[recipe] = gain
    return pd.DataFrame(rows), gains


def _thresholds(truth: npt.NDArray[np.int64], chances: Floats) -> tuple[float, float]:
    """Return macro-averaged F1 and the share of the rarest class that is found, when the likeliest class is said."""
    from sklearn.metrics import f1_score, recall_score

    said = chances.argmax(axis=1)
    present, counts = np.unique(truth, return_counts=True)
    rarest = int(present[counts.argmin()])
    f1 = f1_score(truth, said, labels=present, average="macro", zero_division=0.0)
    return float(f1), float(recall_score(truth, said, labels=[rarest], average="macro", zero_division=0.0))


def _note(main: str, gains: Mapping[str, Influence], synthetic: int, real: int) -> str:
    missing = [f"{share:g}" for name, share in RATIOS.items() if name not in gains]
    notes = [f"headline: {WORDS[main]}"]
    if missing:
        notes.append(f"{synthetic:,} rows are too few for {' and '.join(missing)} times the {real:,} real ones; make more rows")
    return "; ".join(notes)
