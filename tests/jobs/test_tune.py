"""The search for settings: within the budget, on train alone, the best kept, voided guarantees refused."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply, SettingError
from synth_ui.core.tunable import Tunable, TunableKind, integer
from synth_ui.generators.base import generators
from synth_ui.jobs.execution.schedule import advance
from synth_ui.jobs.runs import tune as module
from synth_ui.jobs.runs.tune import best_settings, change, search_space, start_tuning, trials, tune
from synth_ui.plots.learning.tuning import trials as draw
from synth_ui.store.workspace import Workspace
from tests.awkward import AWKWARD
from tests.workshop import kept_split, until


def test_the_best_of_the_trials_is_kept_and_the_same_seed_tries_the_same() -> None:
    table = AWKWARD["plain"]()
    seen: list[int] = []
    first = tune("cart", table, Context(3), seconds=4, tried=lambda so_far: seen.append(len(so_far.trials)))
    assert seen == list(range(1, len(first.trials) + 1))
    assert first.trials[0].settings == generators()["cart"]().settings()
    best = first.best
    assert best is not None
    assert best.score == max(trial.score for trial in first.trials if trial.score is not None)
    assert 0 <= best.score <= 1
    again = tune("cart", table, Context(3), seconds=1)
    both = list(zip(first.trials, again.trials, strict=False))
    assert [(a.settings, a.score) for a, _ in both] == [(b.settings, b.score) for _, b in both]
    chart = draw(first.frame())
    assert f"{len(first.trials)} trials" in chart.title
    assert best_settings(first.frame()) == best.settings


@dataclass(frozen=True)
class Planted(generators()["bootstrap"]):  # type: ignore[misc]
    """Copies; its setting says how many columns stay as they are: a search must find that more is better."""

    key: ClassVar[str] = "planted"
    kept: int = integer(1, low=1, high=100, help="Share kept")


def test_a_search_finds_what_is_better(monkeypatch: pytest.MonkeyPatch) -> None:
    class Judge:
        def __init__(self, *_: object) -> None: ...

        def trial(self, number: int, generator: Planted) -> module.SettingsTrial:
            score = 1 - abs(generator.kept - 60) / 100
            return module.SettingsTrial(number, generator.settings(), score, seconds=0.0)

    monkeypatch.setattr(module, "_Judge", Judge)
    monkeypatch.setattr(module, "generator_of", lambda key, settings=None: Planted(**(settings or {})))
    tuned = tune("planted", AWKWARD["plain"](), Context(0), seconds=0.6)
    assert tuned.best is not None
    assert tuned.trials[0].settings["kept"] == 1
    assert 45 <= tuned.best.settings["kept"] <= 75


def test_what_changes_stays_within_its_range() -> None:
    rng = np.random.default_rng(0)
    whole = Tunable(TunableKind.INTEGER, 5, "", low=1, high=9)
    assert {change(whole, 5, rng) for _ in range(200)} <= set(range(1, 10))
    assert all(isinstance(change(whole, 5, rng), int) for _ in range(20))
    share = Tunable(TunableKind.NUMBER, 0.0, "", low=0.0, high=1.0)
    moved = [change(share, 0.0, rng) for _ in range(200)]
    assert 0.0 <= min(moved) < max(moved) <= 1.0
    assert change(Tunable(TunableKind.FLAG, True, ""), True, rng) is False
    assert change(Tunable(TunableKind.CHOICE, "a", "", options={"a": "A", "b": "B"}), "a", rng) == "b"


@pytest.mark.parametrize("key", ["dp_marginals", "independent"])
def test_what_cannot_be_tuned_is_refused_with_the_reason(key: str) -> None:
    with pytest.raises(DoesNotApply, match=r"budget|no settings"):
        search_space(generators()[key])


def test_no_search_turns_off_what_rows_must_keep() -> None:
    assert "keep_laws" in generators()["cart"].settings_spec()
    assert "keep_laws" not in search_space(generators()["cart"])


def test_a_search_runs_as_a_job_and_leaves_its_trials(warm_workspace: Workspace) -> None:
    ws = warm_workspace
    split_id = kept_split(ws)
    with pytest.raises(SettingError, match="seconds"):
        start_tuning(ws, split_id, "cart", {}, 0, 0)
    run_id = start_tuning(ws, split_id, "cart", {"trees": 2}, 3, 0)

    def over() -> bool:
        advance(ws)
        return ws.run(run_id).state in ("done", "failed", "lost")

    until(over, 90)
    assert ws.run(run_id).state == "done", ws.run(run_id).reason
    frame = trials(ws, run_id)
    assert json.loads(frame["settings"].iloc[0])["trees"] == 2
    assert best_settings(frame) is not None
    assert "best of" in ws.run(run_id).notes
