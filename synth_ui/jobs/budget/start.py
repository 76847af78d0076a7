"""Starting a race with a budget: what can be tried, what that is expected to take, and the first round of trials."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from synth_ui.core.errors import SettingError
from synth_ui.core.rules.asked import Asked
from synth_ui.core.run import NewRun, new_id
from synth_ui.core.table import Schema
from synth_ui.evaluation.trials import LEARNT_SHARE
from synth_ui.generators.base import Generator
from synth_ui.generators.catalogue import generator_of, known_generators
from synth_ui.jobs.budget.limit import Limit
from synth_ui.jobs.budget.plan import NOMINAL_SECONDS, Arm, Plan, first_round
from synth_ui.jobs.budget.steer import CONTROLS_PLACE, trial_runs
from synth_ui.jobs.execution import schedule
from synth_ui.jobs.execution.executor import executor
from synth_ui.jobs.forecast.costs import shape_of
from synth_ui.jobs.forecast.estimate import Pace, expected_seconds, pace
from synth_ui.jobs.races.further_measures import askings
from synth_ui.jobs.races.request import Request
from synth_ui.jobs.races.start import PreparedRace, prepared
from synth_ui.jobs.runs import polish
from synth_ui.store import budgets, journal
from synth_ui.store.run_rows import written
from synth_ui.store.workspace import Workspace

FAMILIES = ("statistical", "trees", "neural")
"""Of which a race with a budget tries every generator where none was picked: they learn relationships, and copy no row."""

FIRST_ROWS = 1_000
SECOND_ROWS, SECOND_ROWS_LONG = 4_000, 10_000
JUDGING_SECONDS = 1.5
"""What starting a trial and judging its rows takes on a quiet core of the machine the costs were fitted on."""

LONG_SECONDS = 170.0
"""From this budget on the second round of trials learns from more rows."""


def pool() -> tuple[str, ...]:
    """Return the generators a race with a budget tries where none was picked, by key.

    One that sends rows away, that comes under a licence of its own, or whose libraries are not installed, is tried only where it was picked;
    so is one with formal privacy, because a choice made by looking at trials is not paid for by its budget.
    """
    return tuple(key for key, plugin in known_generators().items() if plugin.family in FAMILIES and usable(plugin))


def usable(plugin: type[Generator]) -> bool:
    """Whether what a generator imports is installed, and nobody has to be asked before it is used."""
    there = all(importlib.util.find_spec(name) is not None for name in plugin.requires)
    return there and not plugin.sends and not plugin.formal_privacy and plugin.models_tables


def with_presets(requests: Sequence[Request]) -> list[Request]:
    """Return the requests with one seed each, and one for each preset of a generator that is asked for with its default settings."""
    found = [replace(one, seeds=1) for one in requests]
    for one in list(found):
        plugin = known_generators().get(one.generator)
        if plugin is None or one.is_file or _direct(plugin) or generator_of(one.generator, one.settings) != plugin():
            continue
        found += [replace(one, settings=dict(plugin.preset(name))) for name in plugin.presets]
    return found


def _direct(plugin: type[Generator]) -> bool:
    """Whether trials are no option: they would void a formal guarantee, or send rows away time and again."""
    return plugin.formal_privacy or bool(plugin.sends)


def start_budget_race(
    ws: Workspace,
    split_id: str,
    requests: Sequence[Request],
    limit: Limit,
    *,
    card: str | Sequence[str] = "standard",
    make: int | None = None,
    name: str | None = None,
    race_id: str | None = None,
) -> str:
    """Queue a race that chooses within a budget, start what the slots allow, and return its id.

    Parameters
    ----------
    requests
        What may be tried; presets of generators with default settings are tried, too. Files made elsewhere take part in any case.
    card, make, name, race_id
        As in `synth_ui.jobs.races.start.start_race`, whose errors are raised, too.

    Raises
    ------
    SettingError
        If nothing is left to be tried.
    """
    made = prepared(ws, split_id, with_presets(requests), card=card, make=make)
    begun, seconds = made.course.created - limit.spent, limit.finite
    race = replace(
        made.race, id=race_id or new_id(), name=name or made.race.name, deadline=None if seconds is None else begun + seconds
    )
    asked_for = {_alike(request) for request in requests if not request.is_file}
    plan = _plan(ws, made, asked_for, NOMINAL_SECONDS if seconds is None else seconds)
    if not plan.arms and not made.files:
        raise SettingError("There is no generator to be tried; name at least one.")
    candidates = {run.candidate: run for run in made.planned if not run.control}
    kept = {**plan.to_dict(), "runs": {name: _kept(run) for name, run in candidates.items()}}
    room = (NOMINAL_SECONDS if seconds is None else seconds) - limit.spent
    first = first_round(plan, room, executor().capacity().slots)
    trials = trial_runs(kept, plan, first.trials, 0) if first.trials else []
    decided = {"stage": 0, "after": limit.spent, "left_out": dict(first.left_out), "trials": list(first.trials), "candidates": []}

    def more(connection: Any) -> None:
        budgets.add(connection, race.id, seconds, begun, kept, decided)
        budgets.add_trials(connection, race.id, trials)

    controls = [
        replace(run, place=CONTROLS_PLACE + place) for place, run in enumerate(run for run in made.planned if run.control)
    ]
    runs = [*made.files, *controls]
    journal.add_race(ws, race, runs, askings(race, runs, made.course.created), more)
    schedule.advance(ws)
    return race.id


def _kept(run: NewRun) -> dict[str, Any]:
    """Return a run as the plan keeps it, in plain values."""
    row = {**written(run), "settings": dict(run.settings)}
    return {name: value for name, value in row.items() if name not in ("control", "state")}


def _alike(request: Request) -> tuple[str, Any]:
    return request.generator, generator_of(request.generator, request.settings)


def _plan(ws: Workspace, made: PreparedRace, asked_for: set[tuple[str, Any]], seconds: float) -> Plan:
    """Work out what can be tried and what that is expected to take, by what this machine took before."""
    split = ws.split_row(made.course.split_id)
    schema: Schema = ws.table_row(split["table_id"])["schema"]
    own = pace(ws, shape_of(schema, split["train_rows"], split["holdout_rows"], made.course.rows), made.course.split_id)
    learnt = max(int(LEARNT_SHARE * split["train_rows"]), 2)
    second = SECOND_ROWS_LONG if seconds >= LONG_SECONDS else SECOND_ROWS
    rows = (min(FIRST_ROWS, learnt), min(second, learnt))
    made_here = [run for run in made.planned if not run.control]
    arms = tuple(_arm(run, asked_for, rows, schema, own) for run in made_here)
    scoring = expected_seconds(replace(made_here[0], cost_seconds=0.0), own, set()) if made_here else 1.0
    done = ws.known_runs([run.reuse_key for run in made.planned if run.reuse_key][:1])
    controls = [expected_seconds(run, own, set()) for run in made.planned if run.control and run.candidate not in done]
    return Plan(arms, rows, scoring, sum(controls), JUDGING_SECONDS * own.scoring)


def _arm(run: NewRun, asked_for: set[tuple[str, Any]], rows: Sequence[int], schema: Schema, own: Pace) -> Arm:
    plugin = known_generators()[run.generator]
    generator = generator_of(run.generator, run.settings)
    cost_of = polish.cost if Asked.from_json(run.asked).polish else lambda one, size, made: one.cost(size, made)
    trials = [own.making_seconds(replace(run, cost_seconds=cost_of(generator, schema.size(n), n).seconds)) for n in rows]
    preset = (run.generator, generator) not in asked_for
    return Arm(run.candidate, run.generator, tuple(trials), own.making_seconds(run), preset, _direct(plugin))
