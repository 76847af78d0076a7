"""A race whose runs a test works on itself, in the order of the queue: no process is started, and every state can be reached."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from synth_ui.core.run import Run, RunKind, RunState
from synth_ui.core.score import CONTROLS, Score
from synth_ui.evaluation.cards import known_measures
from synth_ui.jobs.races import further_measures
from synth_ui.jobs.races.progress import pairs
from synth_ui.store import journal
from synth_ui.store.workspace import Workspace
from synth_ui.system.processes import this_process

FIRST, WHOLE = "fake_mean", "fake_mean,fake_share,fake_deep"
DEEPER = 500
"""How deep the whole card of these tests looks; `fake_deep` is asked later with other settings still."""


class Hands:
    """Takes the next run of the queue and does it, as far as told."""

    def __init__(self, ws: Workspace) -> None:
        self.ws = ws

    def take(self) -> Run | None:
        """Claim the next run that can start; None if there is none."""
        attempt = journal.claim_next(self.ws, this_process(), 99, lambda needed, promised: True)
        return None if attempt is None else self.ws.run(attempt.run_id)

    def answer(self, run: Run, keys: list[str] | None = None) -> None:
        """Write what a run's measures say: 0.1 per candidate, and how deep they were told to look."""
        attempt, parent = run.this_attempt, run.scored_id
        for place, (key, settings) in enumerate(asked_of(run)):
            if keys is None or key in keys:
                value = float(json.loads(settings).get("rows", 1)) if settings else 1.0
                score = Score(run.candidate, key, known_measures()[key].family, value + _of(run.candidate), seconds=0.01)
                if run.kind is RunKind.FURTHER:
                    assert journal.replace_scores(self.ws, attempt, parent, key, [score], [], settings)
                else:
                    assert journal.add_scores(self.ws, attempt, place, [score], [], settings)

    def end(self, run: Run, state: RunState = RunState.DONE, reason: str = "") -> None:
        """End a run."""
        assert journal.finish(self.ws, run.this_attempt, state, reason)

    def work(self, most: int = 99) -> list[tuple[str, str]]:
        """Do runs one after the other; return what was asked of whom, in order."""
        done = []
        while len(done) < most and (run := self.take()):
            self.answer(run)
            self.end(run)
            done.append((run.candidate, run.card))
        return done


def asked_of(run: Run) -> list[tuple[str, str]]:
    """Return what a run asks: measures and settings as they are noted."""
    if run.kind is RunKind.FURTHER:
        return pairs(run)
    return [(measure.key, further_measures.noted(measure)) for measure in further_measures.measured(run.card)]


def _of(candidate: str) -> float:
    return {"control:train": 0.9, "control:unseen": 0.8, "control:flipped": 0.5}.get(
        candidate, 0.1 if candidate in CONTROLS else 0.3
    )


@pytest.fixture
def hands(fake_plugins: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hands:
    """A fresh workspace in which nothing starts by itself, and cards of fake measures."""
    monkeypatch.setattr("synth_ui.jobs.execution.schedule.advance", lambda ws: None)
    monkeypatch.setattr(further_measures, "FIRST_CARD", FIRST)
    monkeypatch.setattr(further_measures, "WHOLE_CARD", WHOLE)
    monkeypatch.setattr(further_measures, "EARLY", frozenset({"fake_share"}))
    return Hands(Workspace.open(tmp_path / "home"))
