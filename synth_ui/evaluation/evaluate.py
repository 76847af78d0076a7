"""Score one candidate: cast it to the real schema, ask every measure, and say how each ended."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from synth_ui.core.cast import cast
from synth_ui.core.context import Context
from synth_ui.core.errors import Cancelled, DoesNotApply
from synth_ui.core.score import Measurement, Number, Score, Status
from synth_ui.core.table import Split
from synth_ui.evaluation.controls import ControlCase, construction, make_control
from synth_ui.measures.base import Measure
from synth_ui.measures.case import Case, Refit, Shared

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Measured:
    """How one measure ended for one candidate.

    Attributes
    ----------
    measure
        The measure's key.
    scores
        The headline row first, then one row per part; a single row where the measure gave no number.
    details
        Tidy frames by name, for the pictures of the detail page.
    note
        One remark to show beside the score, or empty.
    """

    measure: str
    scores: list[Score]
    details: dict[str, pd.DataFrame] = field(default_factory=dict)
    note: str = ""


def evaluate(
    split: Split,
    candidate: str,
    synthetic: pd.DataFrame,
    measures: Sequence[Measure],
    context: Context,
    shared: Shared | None = None,
    refit: Refit | None = None,
) -> Iterator[Measured]:
    """Yield how each measure ended, as each is finished.

    Every random draw depends on the split's seed alone, so that all candidates of a split meet the same draws.

    Parameters
    ----------
    split
        The real rows, and the schema the candidate is cast to.
    candidate
        Its name, written into the scores.
    synthetic
        Its rows, from anywhere.
    measures
        What to ask, in this order.
    context
        Progress and cancel; its seed is replaced by the split's.
    shared
        Of the same split; hand it from candidate to candidate so that real rows are encoded once.
    refit
        How to make such rows again from other training rows, for the deep audit; None where that cannot be done.

    Raises
    ------
    TableError
        If the candidate lacks a modelled column.
    Cancelled
        If the user asked to stop.
    """
    frame, notes = cast(synthetic, split.schema)
    case = Case(split, frame, _shared_of(split, shared), refit=refit)
    context = context.with_seed(split.seed)
    for done, measure in enumerate(measures):
        context.step(f"scoring: {measure.title.lower()}", done / len(measures))
        yield _measured(measure, case, candidate, context, notes)


def evaluate_control(
    split: Split,
    key: str,
    measures: Sequence[Measure],
    context: Context,
    shared: Shared | None = None,
    refit: Refit | None = None,
) -> Iterator[Measured]:
    """Make a control and score it through the same pipeline; `key` is one of `synth_ui.core.score.CONTROLS`.

    Each measure meets the rows that are right for it, see `controls.make_control`. Where the split has too few rows to make them it
    does not apply, with that reason. `shared` and `refit` are as in `evaluate`, `shared` of the split itself.
    """
    context, shared = context.with_seed(split.seed), _shared_of(split, shared)
    split = replace(
        split, train=shared.split.train, holdout=shared.split.holdout
    )  # the very tables, so that what is shared is found
    cases: dict[str, Case] = {}
    for done, measure in enumerate(measures):
        context.step(f"scoring: {measure.title.lower()}", done / len(measures))
        start, how = time.perf_counter(), construction(key, measure)
        try:
            if how not in cases:
                control = make_control(key, split, context, how)
                cases[how] = _control_case(control, split, shared, refit)
        except DoesNotApply as reason:
            yield _without_number(measure, key, Status.DOES_NOT_APPLY, str(reason), start)
            continue
        answer = _measured(measure, cases[how], key, context, [])
        yield _without_train(answer, measure) if how == "exchanged" else answer


def _control_case(control: ControlCase, split: Split, shared: Shared, refit: Refit | None) -> Case:
    if control.split is not split:
        shared = shared.of(control.split, within=control.within, places=control.places)
    return Case(control.split, control.frame, shared, refit=refit)


def _without_train(said: Measured, measure: Measure) -> Measured:
    """Leave out the numbers that compare with the training rows, where these are the rows asked about."""
    of_train = {f"{measure.key}.{name}" for name, part in measure.parts.items() if part.of_train}
    return replace(said, scores=[score for score in said.scores if score.measure not in of_train])


def _shared_of(split: Split, shared: Shared | None) -> Shared:
    """Return `shared` where it belongs to this split, or a new one."""
    if shared is None:
        return Shared(split)
    same = shared.split is split or shared.split.fingerprint == split.fingerprint
    return shared if same else Shared(split)


def _measured(measure: Measure, case: Case, candidate: str, context: Context, notes: list[str]) -> Measured:
    start = time.perf_counter()
    try:
        if not len(case.synthetic):
            raise DoesNotApply("the candidate has no rows")
        if not case.schema.modelled:
            raise DoesNotApply("no column is compared: all are text, identifiers, personal or left out")
        measurement = measure.measure(case, context)
    except DoesNotApply as reason:
        return _without_number(measure, candidate, Status.DOES_NOT_APPLY, str(reason), start)
    except Cancelled:
        raise
    except Exception as error:  # one broken measure must not take the others' scores with it; the log has the whole error
        logger.exception("The measure %s failed for %s.", measure.key, candidate)
        return _without_number(measure, candidate, Status.FAILED, _what_failed(error), start)
    seconds = time.perf_counter() - start
    scores = [_score(measure, candidate, "", measurement.headline, measurement, seconds)]
    scores += [_score(measure, candidate, part, number, measurement, seconds) for part, number in measurement.parts.items()]
    note = "; ".join([*([measurement.note] if measurement.note else []), *notes])
    return Measured(measure.key, scores, dict(measurement.detail), note)


def _what_failed(error: Exception) -> str:
    """Say for a reader of scores that a measure met a fault; what a library wrote about it is for the log."""
    if isinstance(error, MemoryError):
        return "there was not enough memory; ask with fewer rows, or on a machine with more"
    return f"a fault in the measure itself ({type(error).__name__}), which the log describes"


def _score(measure: Measure, candidate: str, part: str, number: Number, measurement: Measurement, seconds: float) -> Score:
    return Score(
        candidate=candidate,
        measure=f"{measure.key}.{part}" if part else measure.key,
        family=measure.family,
        value=number.value,
        low=number.low,
        high=number.high,
        status=Status.UNDER_POWERED if measurement.under_powered else Status.OK,
        reason=measurement.under_powered,
        seconds=0.0 if part else seconds,
    )


def _without_number(measure: Measure, candidate: str, status: Status, reason: str, start: float) -> Measured:
    score = Score(candidate, measure.key, measure.family, status=status, reason=reason, seconds=time.perf_counter() - start)
    return Measured(measure.key, [score])
