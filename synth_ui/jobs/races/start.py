"""Starting a race: the requests become runs, cheapest first, with the controls that give every score its scale."""

from __future__ import annotations

import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version

from synth_ui.core.errors import SettingError
from synth_ui.core.installation import VERSION
from synth_ui.core.rules.possible import refuse_impossible
from synth_ui.core.run import NewRun, Race, RunKind, new_id
from synth_ui.core.score import CONTROLS
from synth_ui.core.table import Schema, TableSize
from synth_ui.evaluation.cards import card as measures_of
from synth_ui.jobs.execution import schedule
from synth_ui.jobs.execution.machine import CELL_MEGABYTES, IDLE_MEGABYTES
from synth_ui.jobs.races.files import file_run, read_files
from synth_ui.jobs.races.further_measures import askings, first_card
from synth_ui.jobs.races.request import Planned, Request, plan
from synth_ui.jobs.runs.split_values import scoring_version
from synth_ui.store import journal
from synth_ui.store.workspace import Workspace
from synth_ui.system import logs

_NAMED = ("numpy", "pandas", "scipy", "scikit-learn", "torch", "sdv", "sdmetrics")


@dataclass(frozen=True)
class Course:
    """What all runs of a race have in common.

    Attributes
    ----------
    split_id, seed, train_rows
        The split, the seed it was made with, and the rows of its train half.
    card
        What each is asked in its own run.
    rows
        Rows of each candidate that is made here.
    created
        When the race was asked for, in seconds since 1970.
    """

    split_id: str
    seed: int
    train_rows: int
    card: str
    rows: int
    created: float


def start_race(
    ws: Workspace,
    split_id: str,
    requests: Sequence[Request],
    *,
    card: str | Sequence[str] = "standard",
    make: int | None = None,
    name: str | None = None,
    seconds: float | None = None,
    race_id: str | None = None,
) -> str:
    """Queue a race, start what the slots allow, and return its id.

    The cheapest candidate comes first, so that something is on the board within seconds; then the controls, without which
    no score has a scale; then the other candidates, cheapest first. Once all of them are scored for the leaderboard, all are asked the
    rest of the card, batch by batch; see `synth_ui.jobs.races.further_measures`.

    Parameters
    ----------
    card
        "standard": the quick card for a leaderboard, then every measure. "quick": only the former. Or keys of measures.
    make
        Rows of each candidate; by default as many as train has.
    seconds
        End the race after so long with what is finished then; None lets it run to its end.
    race_id
        From `new_id`, for a caller that must be able to cancel it even if it is interrupted in here.

    Raises
    ------
    PluginError, SettingError, ReadError, TableError
        If a generator, setting, card or file is not usable; nothing has been queued then.
    """
    made = prepared(ws, split_id, requests, card=card, make=make)
    race = replace(
        made.race, id=race_id or new_id(), name=name or made.race.name,
        deadline=made.course.created + seconds if seconds else None,
    )  # fmt: skip
    ordered = in_order(made.planned, made.files)
    journal.add_race(ws, race, ordered, askings(race, ordered, made.course.created))
    logs.event("race started", race=race.id)
    schedule.advance(ws)
    return race.id


@dataclass(frozen=True)
class PreparedRace:
    """A race that can be started: itself (named by its table), its course, the runs made here and those of files."""

    race: Race
    course: Course
    planned: Sequence[NewRun]
    files: Sequence[NewRun]


def prepared(
    ws: Workspace, split_id: str, requests: Sequence[Request], *, card: str | Sequence[str] = "standard", make: int | None = None
) -> PreparedRace:
    """Check what is asked for and plan it; nothing is queued. Raises as `start_race` does."""
    split_row = ws.split_row(split_id)
    rows = split_row["train_rows"] if make is None else make
    if rows < 1:
        raise SettingError(f"make is {rows}; a candidate has at least one row.")
    card_name = card if isinstance(card, str) else ",".join(card)
    measures_of(card_name)
    table = ws.table_row(split_row["table_id"])
    _check_rules(requests, table["schema"])
    course = Course(split_id, split_row["seed"], split_row["train_rows"], first_card(card_name), rows, time.time())
    planned = planned_runs(requests, table["schema"], course)
    files = [file_run(ws, split_id, course.card, course.created, given) for given in read_files(ws, table["id"], requests)]
    race = Race(new_id(), table["name"], table["id"], split_id, card_name, "{}", rows, None, versions(), course.created)
    return PreparedRace(race, course, planned, files)


def _check_rules(requests: Sequence[Request], schema: Schema) -> None:
    """Refuse rules that do not fit the table before anything is queued."""
    for constraint in {constraint for request in requests for constraint in request.constraints}:
        constraint.check(schema)
    for constraints in {request.constraints for request in requests if not request.is_file}:
        refuse_impossible(constraints, (), schema)


def planned_runs(requests: Sequence[Request], schema: Schema, course: Course) -> list[NewRun]:
    """Return the controls and the candidates that are made here, cheapest first; nothing is written or queued.

    Sizes come from the schema alone: a page must not read the table to start a race.
    """
    size = schema.size(course.train_rows)
    made = [_candidate_run(candidate, course, size) for candidate in plan(requests, size, course.rows)]
    return [*control_runs(course), *made]


def in_order(planned: Sequence[NewRun], files: Sequence[NewRun]) -> list[NewRun]:
    """Number the runs of a race: something for the board at once, then the controls, then the rest."""
    controls = [run for run in planned if run.control]
    made = [run for run in planned if not run.control]
    first, rest = (files, made) if files else (made[:1], made[1:])
    return [replace(run, place=place) for place, run in enumerate([*first, *controls, *rest])]


def _candidate_run(candidate: Planned, course: Course, size: TableSize) -> NewRun:
    scoring = CELL_MEGABYTES * size.columns * (2 * size.rows + course.rows)
    return NewRun(
        kind=RunKind.GENERATE,
        candidate=candidate.candidate,
        generator=candidate.generator,
        settings=candidate.settings,
        asked=candidate.asked,
        seed=candidate.seed,
        rows=course.rows,
        created=course.created,
        split_id=course.split_id,
        card=course.card,
        cost_seconds=candidate.cost.seconds,
        megabytes=IDLE_MEGABYTES + max(candidate.cost.megabytes, scoring),
    )


def control_runs(course: Course) -> list[NewRun]:
    """Return a run per control; one scored before on this split with this first card and this code is shown, not run again."""
    return [
        NewRun(
            kind=RunKind.CONTROL,
            candidate=key,
            seed=course.seed,
            rows=course.train_rows,
            created=course.created,
            split_id=course.split_id,
            card=course.card,
            megabytes=2 * IDLE_MEGABYTES,
            reuse_key=f"{course.split_id}:{course.card}:{scoring_version()}",
        )
        for key in CONTROLS
    ]


def versions() -> dict[str, str]:
    """Return the versions of what computes a race, for the report."""
    found = {"synth-ui": VERSION, "python": platform.python_version()}
    for name in _NAMED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
