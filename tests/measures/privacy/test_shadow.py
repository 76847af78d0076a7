"""The deep audit: refits that copy are told, honest ones are not, and it says what it would take before it begins."""

import numpy as np
import pytest

from synth_ui.core.context import Context
from synth_ui.core.errors import Cancelled, DoesNotApply
from synth_ui.core.score import Score
from synth_ui.evaluation.controls import redraw_cells
from synth_ui.measures.case import Case, Refit, Shared
from synth_ui.measures.privacy.membership_inference.shadow import Shadow, most_isolated
from tests.measures.privacy.worlds import CONTEXT, mixed, split_of, three

TRAIN, HOLDOUT, HONEST = three(600, 600, 600, seed=12)
SPLIT = split_of(TRAIN, HOLDOUT)
MEASURE = Shadow(refits=8, targets=40)


def audited(make, measure=MEASURE, seconds=0.1, context=CONTEXT):
    return measure.measure(Case(SPLIT, HONEST, Shared(SPLIT), refit=Refit(make, seconds)), context)


def fresh(table, context):
    return mixed(len(table), context.rng("fresh"))


def copied(table, context):
    return table.frame


def test_a_generator_that_copies_tells_every_row():
    result = audited(copied)
    assert result.headline.value == 1.0
    assert (result.detail["records"]["near_in"] == 0).all()
    assert (result.detail["records"]["near_out"] > 0).all()
    assert result.parts["told_at_5%"].value > 0.9


def test_a_generator_that_looks_at_nothing_tells_nobody():
    low = [audited(fresh, context=Context(seed=seed)).headline for seed in range(10)]
    assert sum(one.low > 0.5 for one in low) <= 1
    assert np.mean([one.value for one in low]) == pytest.approx(0.5, abs=0.04)


def test_more_redrawn_cells_tell_less():
    values = [
        audited(lambda table, context, share=share: redraw_cells(table.frame, share, context)).headline.value
        for share in (0.1, 0.3, 0.5, 0.7)
    ]
    assert values == sorted(values, reverse=True)
    assert values[0] > 0.8
    assert values[-1] < 0.65


def test_more_copies_tell_more():
    def with_copies(share):
        def make(table, context):
            frame = fresh(table, context)
            copies = context.rng("copies").choice(len(frame), int(share * len(frame)), replace=False)
            frame.iloc[copies] = table.frame.iloc[copies]
            return frame

        return make

    values = [audited(with_copies(share)).headline.value for share in (0.0, 0.05, 0.2, 1.0)]
    assert values[0] <= values[2] <= values[3]
    assert values[2] > 0.55


def test_each_target_is_in_half_of_the_refits_and_left_out_of_the_others():
    seen = []

    def make(table, context):
        seen.append(set(table.frame["income"].dropna()))
        return table.frame

    rows = audited(make).detail["records"]["row"]
    inside = [sum(TRAIN["income"].iloc[row] in one for one in seen) for row in rows if not np.isnan(TRAIN["income"].iloc[row])]
    assert len(seen) == 8
    assert set(inside) == {4}
    assert len(rows) == 40


def test_the_targets_are_the_most_isolated_rows():
    case = Case(SPLIT, HONEST, Shared(SPLIT))
    rows = most_isolated(case, 10, CONTEXT)
    points = case.points("train").astype(float)
    spread = [np.sort(np.linalg.norm(points - point, axis=1))[1:6].mean() for point in points]
    assert set(rows) == set(np.argsort(spread)[-10:])


def test_it_is_refused_with_an_estimate_where_it_would_take_too_long():
    with pytest.raises(DoesNotApply, match="8 refits are expected to take 80 minutes, more than the 30 allowed"):
        audited(copied, seconds=600)
    assert audited(copied, Shadow(refits=8, targets=40, minutes=100), seconds=600).headline.value == 1.0


def test_a_file_made_elsewhere_cannot_be_refitted():
    with pytest.raises(DoesNotApply, match="made elsewhere"):
        MEASURE.measure(Case(SPLIT, HONEST, Shared(SPLIT)), CONTEXT)


def test_it_can_be_stopped_and_reports_how_far_it_is():
    phases, asked = [], []

    def cancelled():
        asked.append(1)
        return len(asked) > 12

    def make(table, context):
        context.step("learning", 0.5)
        return table.frame

    with pytest.raises(Cancelled):
        audited(make, context=Context(seed=1, on_progress=phases.append, cancelled=cancelled))
    assert any(progress.phase == "refitting, 1 of 8: learning" for progress in phases)


def test_sentences():
    assert MEASURE.says(Score("a", "shadow", "privacy", 0.7, 0.6, 0.8)).startswith("Refitting shows, better than by guessing")
    assert MEASURE.says(Score("a", "shadow", "privacy", 0.5, 0.4, 0.6)).startswith("No sign found by this attack at this power")
