"""One outcome per measure, whatever happens to it."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import pytest

from synth_ui.core.context import Context, Progress
from synth_ui.core.errors import Cancelled, DoesNotApply, TableError
from synth_ui.core.score import Measurement, Number, Score, Status
from synth_ui.evaluation.cards import card
from synth_ui.evaluation.evaluate import evaluate, evaluate_control
from synth_ui.measures.base import Measure, PartSpec
from synth_ui.measures.case import Case, Shared
from tests.awkward import AWKWARD
from tests.measures.made import adult, split_of


@dataclass(frozen=True)
class Probe(Measure):
    """A measure whose answer a test chooses."""

    key = "probe"
    title = "Probe"
    family = "fidelity"
    parts = {"half": PartSpec("Half")}
    answer: object = None

    def measure(self, case: Case, context: Context) -> Measurement:
        """Give the answer, or raise it."""
        if isinstance(self.answer, BaseException):
            raise self.answer
        if self.answer == "seed":
            return Measurement(Number(float(context.rng("x").random())))
        return Measurement(Number(0.8, 0.7, 0.9), {"half": Number(0.4)}, note="half of it", under_powered=str(self.answer or ""))

    def says(self, score: Score) -> str:
        """Say nothing much."""
        return "It is so."


def _outcome(answer: object, candidate: pd.DataFrame | None = None, context: Context | None = None):  # type: ignore[no-untyped-def]
    split = adult(1_000)
    frame = split.train.frame if candidate is None else candidate
    [outcome] = evaluate(split, "cart", frame, [Probe(answer)], context or Context())
    return outcome


def test_a_headline_row_and_a_row_per_part() -> None:
    outcome = _outcome(None)
    headline, part = outcome.scores
    assert (headline.candidate, headline.measure, headline.family) == ("cart", "probe", "fidelity")
    assert (headline.value, headline.low, headline.high, headline.status) == (0.8, 0.7, 0.9, Status.OK)
    assert (part.measure, part.value, part.low) == ("probe.half", 0.4, None)
    assert headline.seconds > 0 == part.seconds
    assert outcome.note == "half of it"


def test_what_does_not_apply_says_why() -> None:
    [score] = _outcome(DoesNotApply("there is no target")).scores
    assert (score.status, score.reason, score.value) == (Status.DOES_NOT_APPLY, "there is no target", None)


def test_too_few_rows_keep_the_number_and_the_reason() -> None:
    outcome = _outcome("fewer than 1,000 real rows")
    assert {score.status for score in outcome.scores} == {Status.UNDER_POWERED}
    assert outcome.scores[0].value == 0.8
    assert outcome.scores[0].reason == "fewer than 1,000 real rows"


def test_a_failing_measure_is_shown_and_the_others_go_on(caplog: pytest.LogCaptureFixture) -> None:
    split = adult(1_000)
    error = KeyError("window shape cannot be larger")
    first, second = evaluate(split, "cart", split.train.frame, [Probe(error), Probe()], Context())
    assert first.scores[0].status is Status.FAILED
    assert "KeyError" in first.scores[0].reason
    assert "window shape" not in first.scores[0].reason, "what a library says of itself reaches no sentence"
    assert "window shape" in caplog.text
    assert second.scores[0].status is Status.OK
    assert "probe failed for cart" in caplog.text


def test_a_stop_is_a_stop() -> None:
    with pytest.raises(Cancelled):
        _outcome(Cancelled("stopped"))
    with pytest.raises(Cancelled):
        _outcome(None, context=Context(cancelled=lambda: True))


def test_progress_names_the_measure() -> None:
    said: list[Progress] = []
    _outcome(None, context=Context(on_progress=said.append))
    assert said[0].phase == "scoring: probe"


def test_every_candidate_of_a_split_meets_the_same_draws() -> None:
    assert _outcome("seed", context=Context(1)).scores[0].value == _outcome("seed", context=Context(2)).scores[0].value


def test_what_had_to_be_cast_is_said() -> None:
    frame = adult(1_000).train.frame
    assert "not in the real table: extra" in _outcome(None, frame.assign(extra=1)).note


def test_a_missing_column_is_bad_input() -> None:
    with pytest.raises(TableError, match="age"):
        _outcome(None, adult(1_000).train.frame.drop(columns="age"))


def test_no_rows_have_no_score() -> None:
    [score] = _outcome(None, adult(1_000).train.frame.head(0)).scores
    assert score.reason == "the candidate has no rows"


def test_shared_work_of_another_split_is_not_used() -> None:
    other = Shared(adult(500))
    split = adult(1_000)
    list(evaluate(split, "cart", split.train.frame, card("margins"), Context(), other))
    assert other.memory == {}


def test_controls_go_through_the_same_pipeline() -> None:
    split = adult(2_000)
    values = {
        key: next(evaluate_control(split, key, card(["pairs"]), Context())).scores[0].value
        for key in ("control:independent", "control:flipped", "control:unseen", "control:train")
    }
    assert values["control:independent"] < values["control:flipped"] < values["control:train"]
    assert values["control:unseen"] > values["control:independent"]


def test_a_control_that_cannot_be_made_for_a_measure_does_not_apply_to_it() -> None:
    class Halved(Probe):
        unseen = "halves"

    table = AWKWARD["two_rows"]()
    split = split_of(table.frame[["age"]], table.frame[["age"]], {"age": table.schema["age"].kind})
    unmade, made = evaluate_control(split, "control:unseen", [Halved(), Probe()], Context())
    assert unmade.scores[0].status is Status.DOES_NOT_APPLY
    assert "too few" in unmade.scores[0].reason
    assert made.scores[0].status is Status.OK


def test_what_compares_with_train_is_left_out_where_train_is_the_rows_themselves() -> None:
    class Alarmed(Probe):
        parts = {"half": PartSpec("Half", of_train=True)}

    class Halved(Alarmed):
        unseen = "halves"

    split = adult(400)
    said = [
        [score.measure for score in outcome.scores]
        for outcome in evaluate_control(split, "control:unseen", [Alarmed(), Halved()], Context())
    ]
    assert said == [["probe"], ["probe", "probe.half"]]
    [trained] = evaluate_control(split, "control:train", [Alarmed()], Context())
    assert len(trained.scores) == 2
