"""Randomness, progress and cancel are arguments."""

from __future__ import annotations

import numpy as np
import pytest

from synth_ui.core.context import Context, Progress
from synth_ui.core.errors import Cancelled


def test_same_seed_and_purpose_give_the_same_stream() -> None:
    assert np.array_equal(Context(3).rng("noise").random(5), Context(3).rng("noise").random(5))


def test_streams_of_other_seeds_and_purposes_differ() -> None:
    drawn = {tuple(Context(seed).rng(purpose).random(3)) for seed in (0, 1) for purpose in ("a", "b")}
    assert len(drawn) == 4


def test_a_named_context_has_streams_of_its_own() -> None:
    context = Context(3)
    assert context.named("left").seed != context.named("right").seed
    assert not np.array_equal(context.named("left").rng("x").random(3), context.rng("x").random(3))


def test_integer_seeds_fit_other_libraries() -> None:
    seeds = [Context(seed).integer_seed("torch") for seed in range(200)]
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert len(set(seeds)) == 200


def test_another_seed_leaves_the_rest() -> None:
    heard: list[Progress] = []
    context = Context(1, on_progress=heard.append, threads=2).with_seed(9)
    context.step("learning", 0.5, training=0.25)
    assert (context.seed, context.threads) == (9, 2)
    assert heard == [Progress("learning", 0.5, {"training": 0.25})]


def test_a_step_after_cancel_raises_and_reports_nothing() -> None:
    heard: list[Progress] = []
    context = Context(on_progress=heard.append, cancelled=lambda: True)
    with pytest.raises(Cancelled, match="Stopped while sampling"):
        context.step("sampling", 0.1)
    assert heard == []


def test_the_former_name_of_on_progress_is_taken_and_said() -> None:
    heard: list[Progress] = []
    with pytest.warns(DeprecationWarning, match="on_progress"):
        context = Context(1, report=heard.append)
    context.step("learning")
    context.with_seed(2).step("drawing")
    assert [progress.phase for progress in heard] == ["learning", "drawing"]
