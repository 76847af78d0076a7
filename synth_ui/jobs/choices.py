"""The choices made of a race: recorded, looked up, taken back."""

from __future__ import annotations

import time
from collections.abc import Iterable

from synth_ui.comparison.choice.choose import choose as choice_of
from synth_ui.comparison.choice.requirements import Requirement
from synth_ui.comparison.outcome import Outcome, Weights
from synth_ui.core.choice import Choice
from synth_ui.core.run import new_id
from synth_ui.jobs.races.results import outcome as outcome_of
from synth_ui.store.workspace import Workspace


def choose(
    ws: Workspace,
    race_id: str,
    candidate: str,
    *,
    weights: Weights = None,
    requirements: Iterable[Requirement] = (),
    note: str = "",
    outcome: Outcome | None = None,
) -> Choice:
    """Record the choice of a candidate of a race, see `synth_ui.comparison.choice.choose`, and return the record.

    Parameters
    ----------
    outcome
        What the race has come to, where it is known; else it is read.

    Raises
    ------
    StoreError
        If there is no such race.
    SettingError, TableError
        If the weights, or the candidate, cannot be.
    """
    ws.kept_race(race_id)
    known = outcome_of(ws, race_id) if outcome is None else outcome
    made = choice_of(
        known, candidate, id=new_id(), race_id=race_id, created=time.time(), weights=weights, requirements=requirements, note=note
    )
    ws.keep_choice(made)
    return made


def undo(ws: Workspace, race_id: str) -> Choice | None:
    """Take back the choice that stands for a race and return it; None where none stands. The one before it stands again.

    Raises
    ------
    StoreError
        If there is no such race.
    """
    ws.kept_race(race_id)
    standing = ws.choice(race_id)
    if standing is not None:
        ws.undo_choice(standing.id, time.time())
    return standing
