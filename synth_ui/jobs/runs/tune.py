"""Looking for better settings of a generator within a time budget, on a slice of the training rows; the holdout is never asked.

Train is cut into rows to learn from and rows to judge by. The first trial has the settings given; each further one changes a few
settings of the best trial so far, within their own ranges. A trial's score is the mean of likeness, usefulness and leakage on their
scales between the controls of that cut, each between 0 and 1.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.errors import Cancelled, DoesNotApply, SettingError
from synth_ui.core.run import NewRun, Results, RunKind
from synth_ui.core.score import CONTROLS, Score
from synth_ui.core.table import Split, Table
from synth_ui.core.tunable import Tunable, TunableKind
from synth_ui.evaluation.evaluate import evaluate, evaluate_control
from synth_ui.evaluation.trials import JUDGED_BY, LEARNT_SHARE, families_of, overall, trial_measures
from synth_ui.generators.base import Generator
from synth_ui.generators.catalogue import generator_of
from synth_ui.jobs.execution import schedule
from synth_ui.jobs.execution.machine import IDLE_MEGABYTES
from synth_ui.jobs.runs.make import make
from synth_ui.jobs.runs.task import RunTask
from synth_ui.measures.case import Shared
from synth_ui.store import journal
from synth_ui.store.files.artefacts import keep_frame, of_run, read_frame
from synth_ui.store.run_rows import as_json
from synth_ui.store.workspace import Workspace
from synth_ui.tables.split import make_split

TRIALS = "trials.parquet"
MOST_TRIALS = 200
_CHANGED = 0.4
_STEP = 0.7

TRIAL_COLUMNS: tuple[str, ...] = ("trial", "settings", "score", *JUDGED_BY, "seconds", "reason")


@dataclass(frozen=True)
class SettingsTrial:
    """One try of settings.

    Attributes
    ----------
    score
        The mean of the families' scores, in [0, 1], 1 as good as real rows nobody saw; None where the trial failed.
    fidelity, utility, privacy
        Where the trial lies on each family's scale, cut to [0, 1]; None where the family does not apply.
    reason
        Why there is no score, or empty.
    """

    trial: int
    settings: dict[str, Any]
    score: float | None
    fidelity: float | None = None
    utility: float | None = None
    privacy: float | None = None
    seconds: float = 0.0
    reason: str = ""


@dataclass(frozen=True)
class Tuned:
    """What a search found: every trial in order, and the best."""

    trials: tuple[SettingsTrial, ...] = field(default=())

    @property
    def best(self) -> SettingsTrial | None:
        """The trial with the highest score, the earliest of equals; None where none has one."""
        scored = [trial for trial in self.trials if trial.score is not None]
        return max(scored, key=lambda trial: trial.score or 0.0) if scored else None

    def frame(self) -> pd.DataFrame:
        """Return one row per trial, with the columns of `TRIAL_COLUMNS`; settings as JSON."""
        rows = [{**asdict(trial), "settings": as_json(trial.settings)} for trial in self.trials]
        frame = pd.DataFrame(rows, columns=list(TRIAL_COLUMNS))
        return frame.astype(dict.fromkeys(("score", *JUDGED_BY, "seconds"), "float64"))


def tune(
    key: str,
    train: Table,
    context: Context,
    *,
    seconds: float,
    settings: Mapping[str, Any] | None = None,
    tried: Callable[[Tuned], None] = lambda tuned: None,
) -> Tuned:
    """Try settings of a generator until the time is up, and return all trials.

    Parameters
    ----------
    train
        The rows generators may see.
    seconds
        The budget; a trial that is expected to take longer than what is left is not begun, but the first always is.
    settings
        Where to start; by default the defaults.
    tried
        Called after each trial with all so far.

    Raises
    ------
    DoesNotApply
        If the generator has nothing to tune, or a formal guarantee that looking at the rows would void.
    SettingError
        If a setting is not allowed.
    """
    generator = generator_of(key, settings)
    free = search_space(type(generator))
    start, split = time.monotonic(), make_split(train, seed=context.seed, share=LEARNT_SHARE)
    judge = _Judge(split, context)
    found: list[SettingsTrial] = []
    for number, proposed in enumerate(_proposals(generator, free, context.rng("trials"), found)):
        left = seconds - (time.monotonic() - start)
        longest = max((trial.seconds for trial in found), default=0.0)
        if number and (left <= 0 or max(proposed.cost(split.train.size, len(split.train)).seconds, 0.7 * longest) > left):
            break
        context.step(f"trial {number + 1}", min(1.0, 1 - left / seconds))
        found.append(judge.trial(number, proposed))
        tried(Tuned(tuple(found)))
    return Tuned(tuple(found))


def search_space(generator: type[Generator]) -> dict[str, Tunable]:
    """Return the settings that can be searched.

    Raises
    ------
    DoesNotApply
        If there is none, or a search would void a formal guarantee.
    """
    if generator.formal_privacy:
        raise DoesNotApply(
            f"{generator.title} has a formal guarantee, and trying settings on the rows is not paid for by its budget"
        )
    kinds = (TunableKind.INTEGER, TunableKind.NUMBER, TunableKind.CHOICE, TunableKind.FLAG)
    free = {name: tunable for name, tunable in generator.settings_spec().items() if tunable.kind in kinds and tunable.searched}
    if not free or not generator.needs_real_data:
        raise DoesNotApply(f"{generator.title} has no settings that rows could choose")
    return free


def _proposals(
    first: Generator, free: Mapping[str, Tunable], rng: np.random.Generator, found: Sequence[SettingsTrial]
) -> Iterator[Generator]:
    """Yield what to try: what was given, the presets, then changes of the best so far; nothing twice."""
    kind, seen = type(first), set()
    for generator in (first, *(kind.from_settings(preset=name) for name in kind.presets)):
        if as_json(generator.settings()) not in seen:
            seen.add(as_json(generator.settings()))
            yield generator
    for _ in range(20 * MOST_TRIALS):
        best = Tuned(tuple(found)).best
        settings = dict(best.settings if best else first.settings())
        chosen = [name for name in free if rng.random() < _CHANGED] or [str(rng.choice(list(free)))]
        settings |= {name: change(free[name], settings[name], rng) for name in chosen}
        if as_json(settings) not in seen and len(seen) < MOST_TRIALS:
            seen.add(as_json(settings))
            yield kind.from_settings(settings)


def change(tunable: Tunable, value: Any, rng: np.random.Generator) -> Any:
    """Return another value of a setting, near the one it has, within its range."""
    if tunable.kind is TunableKind.FLAG:
        return not value
    if tunable.kind is TunableKind.CHOICE:
        return str(rng.choice([option for option in tunable.options if option != value] or [value]))
    low, high = float(tunable.low or 0.0), float(tunable.high or 0.0)
    if value > 0 and low >= 0:
        moved = float(value) * math.exp(rng.normal(0.0, _STEP))
    else:
        moved = float(value) + rng.normal(0.0, 0.15) * (high - low)
    moved = min(max(moved, low), high)
    return round(moved) if tunable.kind is TunableKind.INTEGER else float(f"{moved:.3g}")


class _Judge:
    """Scores trials on one cut of the training rows, its controls first."""

    def __init__(self, split: Split, context: Context) -> None:
        self._split = split
        self._context = context
        self._shared = Shared(split)
        self._measures = trial_measures()
        self._controls: list[Score] = []
        for key in CONTROLS:
            context.step(f"scoring the control {CONTROLS[key].lower()}", 0.0)
            for outcome in evaluate_control(split, key, self._measures, context, self._shared):
                self._controls += outcome.scores

    def trial(self, number: int, generator: Generator) -> SettingsTrial:
        """Fit, draw and score once; a generator that refuses or fails is a trial without a score."""
        start = time.monotonic()
        try:
            made = make(generator, self._split.train, len(self._split.train), self._context)
            outcomes = list(evaluate(self._split, "trial", made.frame, self._measures, self._context, self._shared))
        except Cancelled:
            raise
        except (DoesNotApply, SettingError, ValueError, FloatingPointError) as error:
            return SettingsTrial(number, generator.settings(), None, seconds=time.monotonic() - start, reason=str(error))
        families = families_of(self._controls, [score for outcome in outcomes for score in outcome.scores], "trial")
        score = overall(families)
        reason = "" if score is not None else "no measure of it applies to this table"
        return SettingsTrial(number, generator.settings(), score, **families, seconds=time.monotonic() - start, reason=reason)


# --- as a run -----------------------------------------------------------------------------------------------------


def start_tuning(ws: Workspace, split_id: str, generator: str, settings: Mapping[str, Any], seconds: float, seed: int) -> str:
    """Queue a search and return the id of its run; its trials are then `trials(ws, id)`.

    Raises
    ------
    PluginError, SettingError
        If the generator, a setting or the budget is not usable.
    DoesNotApply
        See `tune`.
    """
    if not 1 <= seconds <= 86_400:
        raise SettingError(f"seconds is {seconds:g}; a search takes from 1 second to a day.")
    recipe = generator_of(generator, settings)
    search_space(type(recipe))
    run = NewRun(
        kind=RunKind.TUNE,
        candidate=generator,
        generator=generator,
        settings=recipe.settings(),
        seed=seed,
        rows=ws.split_row(split_id)["train_rows"],
        created=time.time(),
        split_id=split_id,
        cost_seconds=seconds,
        megabytes=4 * IDLE_MEGABYTES,
    )
    journal.add_run(ws, run, None)
    schedule.advance(ws)
    return run.id


def tuned(task: RunTask) -> Results:
    """Search on the train half of the run's split, writing the trials as they come."""
    run = task.run
    found = tune(
        run.generator,
        task.ws.split(run.split).train,
        task.context.with_seed(run.seed),
        seconds=run.cost_seconds,
        settings=run.settings,
        tried=lambda so_far: keep_frame(task.ws.artefacts, of_run(run.id, TRIALS), so_far.frame()),
    )
    best = found.best
    said = f"best of {len(found.trials)} trials: {best.score:.3f}" if best and best.score is not None else "no trial has a score"
    return {"notes": said}


def trials(ws: Workspace, run_id: str) -> pd.DataFrame:
    """Return the trials of a search so far, with the columns of `TRIAL_COLUMNS`; none yet gives no rows."""
    key = of_run(run_id, TRIALS)
    return read_frame(ws.artefacts, key) if ws.artefacts.exists(key) else Tuned().frame()


def best_settings(frame: pd.DataFrame) -> dict[str, Any] | None:
    """Return the settings of the best trial of `trials`, or None where none has a score."""
    scored = frame[frame["score"].notna()]
    return dict(json.loads(str(scored.loc[scored["score"].idxmax(), "settings"]))) if len(scored) else None
