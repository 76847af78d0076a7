"""Starting a race with a budget: of how many rows, what can be tried, what that is expected to take, and what is made at once."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from synth_ui.core.errors import SettingError
from synth_ui.core.rules.asked import Asked
from synth_ui.core.run import NewRun, new_id
from synth_ui.core.score import CONTROLS
from synth_ui.core.table import Schema
from synth_ui.evaluation.trials import LEARNT_SHARE
from synth_ui.generators.base import Generator
from synth_ui.generators.catalogue import generator_of, known_generators
from synth_ui.jobs.budget.limit import Limit
from synth_ui.jobs.budget.plan import LEAST_BASE, first_candidates
from synth_ui.jobs.budget.seen import NOMINAL_SECONDS, Arm, Plan, named
from synth_ui.jobs.budget.size import Sizes, share_for, sizes
from synth_ui.jobs.budget.steer import CONTROLS_PLACE, candidate_runs
from synth_ui.jobs.execution import machine, schedule
from synth_ui.jobs.execution.executor import executor
from synth_ui.jobs.forecast.costs import shape_of
from synth_ui.jobs.forecast.estimate import Pace, asked_of, expected_seconds, machine_factor, pace
from synth_ui.jobs.forecast.recommended import installed, recommended
from synth_ui.jobs.races.further_measures import askings, first_card
from synth_ui.jobs.races.request import Request
from synth_ui.jobs.races.start import Course, PreparedRace, planned_runs, prepared
from synth_ui.jobs.runs import polish
from synth_ui.store import budgets, journal
from synth_ui.store.run_rows import written
from synth_ui.store.workspace import Workspace
from synth_ui.tables.split import sampled

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
    return installed(plugin) and not plugin.sends and not plugin.formal_privacy and plugin.models_tables


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
    asked, seconds = with_presets(requests), limit.finite
    made = prepared(ws, split_id, asked, card=card, make=make)
    begun = made.course.created - limit.spent
    if not made.planned[len(CONTROLS) :] and not made.files:
        raise SettingError("There is no generator to be tried; name at least one.")
    room = (NOMINAL_SECONDS if seconds is None else seconds) - limit.spent
    crowded = machine.crowding()
    rows = _sizes(ws, made, limit, crowded)
    if rows.sampled:
        # Races of other budgets that learn from the same rows share this split, so its sentence names no budget.
        part = sampled(ws.split(split_id), rows.train, rows.holdout, "the time did not allow more")
        made = prepared(ws, ws.add_split(made.race.table_id, part), asked, card=card, make=make)
    race = replace(
        made.race, id=race_id or new_id(), name=name or made.race.name, deadline=None if seconds is None else begun + seconds
    )
    plan = _plan(ws, made, {_alike(one) for one in requests if not one.is_file}, room, crowded)
    candidates = {run.candidate: run for run in made.planned if not run.control}
    kept = {**plan.to_dict(), "runs": {name: _kept(run) for name, run in candidates.items()}, "sizes": asdict(rows)}
    first = first_candidates(plan, room, executor().capacity().slots)
    names = [named(*one) for one in first.candidates]
    decided = {"stage": first.stage, "after": limit.spent, "left_out": {}, "trials": [], "candidates": names}
    controls = [replace(run, place=CONTROLS_PLACE + place) for place, run in enumerate(made.planned) if run.control]
    runs = [*made.files, *controls, *candidate_runs(kept, first, len(made.files))]
    journal.add_race(
        ws,
        race,
        runs,
        askings(race, runs, made.course.created),
        lambda connection: budgets.add(connection, race.id, seconds, begun, kept, decided),
    )
    schedule.advance(ws)
    return race.id


def short_words(
    ws: Workspace, split: Mapping[str, Any], schema: Schema, requests: Sequence[Request], limit: Limit, card: str = "standard"
) -> str:
    """Say before a race what is short for this table, as it will be said of the race; empty where nothing is.

    `split` is as in `synth_ui.jobs.forecast.estimate.forecast`.
    """
    course = Course(
        split["id"] or "planned", split["seed"], split["train_rows"], first_card(card), split["train_rows"], time.time()
    )
    runs = planned_runs(with_presets(requests), schema, course)
    return _sized(ws, runs, schema, split, limit, 1.0).words


def _kept(run: NewRun) -> dict[str, Any]:
    """Return a run as the plan keeps it, in plain values."""
    row = {**written(run), "settings": dict(run.settings)}
    return {name: value for name, value in row.items() if name not in ("control", "state")}


def _alike(request: Request) -> tuple[str, Any]:
    return request.generator, generator_of(request.generator, request.settings)


def _sizes(ws: Workspace, made: PreparedRace, limit: Limit, crowded: float) -> Sizes:
    split = ws.split_row(made.course.split_id)
    return _sized(ws, made.planned, ws.table_row(split["table_id"])["schema"], split, limit, crowded)


def _sized(
    ws: Workspace, runs: Sequence[NewRun], schema: Schema, split: Mapping[str, Any], limit: Limit, crowded: float
) -> Sizes:
    """Work out of how many rows a race can be made so that two candidates and the controls stand in time."""
    train, holdout, slots = split["train_rows"], split["holdout_rows"], executor().capacity().slots
    whole = pace(ws, shape_of(schema, train, holdout, train), split["id"])
    anywhere = replace(whole, known={})
    done = ws.known_runs([run.reuse_key for run in runs if run.reuse_key][:1])

    def expected(rows: int, unseen: int) -> float:
        every = rows == train and unseen == holdout
        own = _slowed(whole if every else replace(anywhere, shape=shape_of(schema, rows, unseen, rows)), crowded)
        controls = [run for run in runs if run.control and not (every and run.candidate in done)]
        making = _cheapest(runs, schema, rows, own)
        scoring = scoring_seconds(replace(runs[0], rows=rows), own) * len(making)
        return (sum(making) + scoring + _controls_seconds(controls, rows, own)) / slots

    seconds = limit.finite
    room = share_for(crowded) * ((seconds or NOMINAL_SECONDS) - limit.spent)
    return sizes(train, holdout, seconds, room, expected)


def _cheapest(runs: Sequence[NewRun], schema: Schema, rows: int, own: Pace) -> list[float]:
    """Return what making the first two candidates takes, each of another generator where there are two."""
    found: dict[str, float] = {}
    for run in runs:
        if run.generator:
            seconds = own.making_seconds(_of_rows(run, schema, rows))
            found[run.generator] = min(seconds, found.get(run.generator, seconds))
    return sorted(found.values())[:LEAST_BASE]


def _of_rows(run: NewRun, schema: Schema, rows: int) -> NewRun:
    """Return a run as it would be with so many training rows."""
    generator = generator_of(run.generator, run.settings)
    cost = polish.cost if Asked.from_json(run.asked).polish else lambda one, size, made: one.cost(size, made)
    return replace(run, rows=rows, cost_seconds=cost(generator, schema.size(rows), rows).seconds)


def scoring_seconds(run: NewRun, own: Pace) -> float:
    """Return what scoring a candidate takes once somebody has paid for what is computed once per split."""
    return expected_seconds(replace(run, cost_seconds=0.0), own, set(asked_of(run)))


def _controls_seconds(controls: Sequence[NewRun], rows: int, own: Pace) -> float:
    """Return what scoring controls takes; one of them pays for what is computed once per split."""
    if not controls:
        return 0.0
    resized = [replace(run, rows=rows) for run in controls]
    first = expected_seconds(resized[0], own, set()) - scoring_seconds(resized[0], own)
    return first + sum(scoring_seconds(run, own) for run in resized)


def _slowed(own: Pace, crowded: float) -> Pace:
    """Return a pace on a machine that does other things, too, as far as what was measured before does not show it already."""
    factor = max(1.0, crowded / max(1.0, own.scoring / machine_factor()))
    return replace(own, scoring=own.scoring * factor, making={key: value * factor for key, value in own.making.items()})


def _plan(ws: Workspace, made: PreparedRace, asked_for: set[tuple[str, Any]], seconds: float, crowded: float) -> Plan:
    """Work out what can be tried and what that is expected to take, by what this machine took before."""
    split = ws.split_row(made.course.split_id)
    schema: Schema = ws.table_row(split["table_id"])["schema"]
    train = split["train_rows"]
    known = pace(ws, shape_of(schema, train, split["holdout_rows"], made.course.rows), made.course.split_id)
    own = _slowed(known, crowded)
    learnt = max(int(LEARNT_SHARE * train), 2)
    second = SECOND_ROWS_LONG if seconds >= LONG_SECONDS else SECOND_ROWS
    rows = (min(FIRST_ROWS, learnt), min(second, learnt))
    made_here = [run for run in made.planned if not run.control]
    takes = {run.generator: own.making_seconds(run) for run in reversed(made_here)}
    suits = recommended(known_generators(), schema, train, takes)
    arms = tuple(_arm(run, asked_for, rows, schema, own, suits) for run in made_here)
    scoring = scoring_seconds(made_here[0], own) if made_here else 1.0
    done = ws.known_runs([run.reuse_key for run in made.planned if run.reuse_key][:1])
    controls = [run for run in made.planned if run.control and run.candidate not in done]
    return Plan(arms, rows, scoring, _controls_seconds(controls, train, own), JUDGING_SECONDS * own.scoring)


def _arm(
    run: NewRun, asked_for: set[tuple[str, Any]], rows: Sequence[int], schema: Schema, own: Pace, suits: Mapping[str, str]
) -> Arm:
    plugin = known_generators()[run.generator]
    generator = generator_of(run.generator, run.settings)
    trials = tuple(own.making_seconds(_of_rows(run, schema, n)) for n in rows)
    preset = (run.generator, generator) not in asked_for
    return Arm(run.candidate, run.generator, trials, own.making_seconds(run), preset, _direct(plugin), run.generator in suits)
