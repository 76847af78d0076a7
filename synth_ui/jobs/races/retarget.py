"""A race with another target: what was made is kept, nothing is fitted again, and only what depends on the target is scored.

The new race keeps the cut of the old one, so every candidate's training rows and unseen rows stay what they were. Some generators give the
target a place of its own when they learn (`Generator.uses_target`); their rows are judged as they are, and can be made again with the new target.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from synth_ui.core.context import Context
from synth_ui.core.errors import SettingError, StoreError
from synth_ui.core.run import Race, Run, RunKind, RunState, new_id
from synth_ui.core.score import CONTROLS
from synth_ui.core.table import Column, Role, Schema, Split, Table
from synth_ui.evaluation.controls import make_control
from synth_ui.generators.catalogue import known_generators
from synth_ui.jobs.execution import schedule
from synth_ui.jobs.races.further_measures import asking, askings, first_card, measured
from synth_ui.jobs.races.start import Course, control_runs
from synth_ui.jobs.runs.split_values import scoring_version
from synth_ui.store import copies, history, journal
from synth_ui.store.copies import Copying
from synth_ui.store.workspace import Workspace
from synth_ui.tables.large.whole import WholeTable
from synth_ui.tables.warning import ColumnWarning

WITHOUT_TARGET = frozenset(
    {
        "margins", "pairs", "triples", "dependence", "detectability", "telltale", "gap_parts", "coverage", "rules", "validity", "missingness",
        "sdmetrics_quality", "queries", "seen", "dcr_share",
    }
)  # fmt: skip
"""Measures whose answers are the same whatever the target is; all others are asked again."""

_SEEN = (Role.FEATURE, Role.SENSITIVE, Role.TARGET)
"""Roles under which a column was learned like any other."""


def with_target(ws: Workspace, race_id: str, target: str | None, *, name: str | None = None) -> str:
    """Start a race with another target from the candidates of a finished one, and return its id; no generator is fitted.

    Rows, samplers, privacy budgets and the answers in `WITHOUT_TARGET` are taken over (the answers where the code that scores is still
    the same), and so are controls that come out the same; all else that the old race asked is asked. Candidates that ended badly are
    left out.

    Parameters
    ----------
    target
        The column; None for no target.
    name
        Of the new race; by default that of the old one with the target.

    Raises
    ------
    StoreError
        If there is no such race, it still runs, or nothing of it is done.
    SettingError
        If the column is the target already, or was left out of what the generators learned.
    TableError
        If there is no such column, or it cannot be a target.
    """
    race, created = ws.kept_race(race_id), time.time()
    members = ws.members(race_id)
    if any(not run.state.ended for run in members):
        raise StoreError("The race still runs; its candidates can be taken over when it has ended.")
    done = [run for run in members if run.state is RunState.DONE]
    if not any(not run.control for run in done):
        raise StoreError("No candidate of the race is done; there is nothing to take over.")
    table_id, split = _retargeted(ws, race.table_id, race.split_id, target)
    split_id, first = ws.add_split(table_id, split), first_card(race.card)
    new = Race(
        new_id(), name or f"{race.name}, {target or 'no target'}", table_id, split_id, race.card, race.asked, race.make, None,
        race.versions, created,
    )  # fmt: skip
    key = f"{split_id}:{first}:{scoring_version()}"
    same = _same_controls(ws.split(race.split_id), split)
    kept = [run for run in done if not run.control or run.candidate in same]
    ids = copies.copy(ws, Copying(new, kept, WITHOUT_TARGET if _same_code(done) else (), key))
    copied = [replace(run, id=ids[run.id], split_id=split_id) for run in kept]
    ordered = sorted(copied, key=lambda run: not run.control)
    asked = measured(first)
    again = [asking(run, asked, created, place) for place, run in enumerate(ordered)] if asked else []
    course = Course(split_id, split.seed, len(split.train), first, race.make, created)
    anew = [
        replace(run, reuse_key=None) for run in control_runs(course) if run.candidate not in {kept.candidate for kept in copied}
    ]
    for run in anew:
        journal.add_run(ws, run, new.id)
    journal.ask(ws, new.id, [*again, *askings(new, [*anew, *copied], created)])
    schedule.advance(ws)
    return new.id


def _retargeted(ws: Workspace, table_id: str, split_id: str, target: str | None) -> tuple[str, Split]:
    """Return the table with the other target, kept, and the old cut under its schema."""
    table, row, old = ws.table(table_id), ws.table_row(table_id), ws.split(split_id)
    before = table.schema.target
    if (before.name if before else None) == target:
        raise SettingError(f"{target or 'No column'} is the target already.")
    if target is not None and table.schema[target].role not in _SEEN:
        raise SettingError(
            f"{target!r} is {table.schema[target].role.value}: the candidates were made without it. Make it a feature and start a new race."
        )
    schema = table.schema.with_target(target)
    new_id = ws.add_table(
        Table(table.frame, schema, table.name),
        source=row["source"],
        assumed=row["assumed"],
        warnings=[ColumnWarning.read(text, schema.names, text in row["changed"]) for text in row["warnings"]],
    )
    whole = ws.whole(table_id)
    if whole is not None:
        ws.keep_whole(new_id, WholeTable.from_dict(whole).carried(table.schema, Table(table.frame, schema, table.name)).to_dict())
    halves = [Table(half.frame, schema, half.name) for half in (old.train, old.holdout)]
    said = f"{old.sentence} The cut was made before {target or 'no column'} was the target."
    return new_id, Split(halves[0], halves[1], old.seed, old.share, said)


def _same_controls(old: Split, new: Split) -> set[str]:
    """Return the controls whose rows are the same under both targets."""
    frames = [{key: make_control(key, split, Context(split.seed)).frame for key in CONTROLS} for split in (old, new)]
    return {key for key in CONTROLS if frames[0][key].equals(frames[1][key])}


def _same_code(done: Sequence[Run]) -> bool:
    """Whether the controls were scored by the code there is now; else old answers and new ones would be compared."""
    keys = [run.reuse_key for run in done if run.control]
    return bool(keys) and all((key or "").endswith(f":{scoring_version()}") for key in keys)


@dataclass(frozen=True)
class Takeable:
    """A finished race of the same rows with another target.

    Attributes
    ----------
    target
        Its target; empty where it has none.
    candidates
        How many of its candidates are done.
    other
        The titles of those generators among them that give the target a place of its own.
    """

    id: str
    name: str
    target: str
    candidates: int
    other: tuple[str, ...]


def takeable(ws: Workspace, table_id: str) -> list[Takeable]:
    """Return the finished races whose candidates a race of this table could take over: the same columns and rows, another target."""
    mine, tables = ws.table_row(table_id), ws.tables().set_index("id")
    alike = [
        str(other) for other, row in tables.iterrows()
        if other != table_id and (row["name"], row["rows"], row["source"]) == (mine["name"], mine["rows"], mine["source"])
    ]  # fmt: skip
    schemas = {other: ws.table_row(other)["schema"] for other in alike}
    alike = [other for other in alike if _columns(schemas[other]) == _columns(mine["schema"])]
    found = []
    for race in history.races_with_counts(ws):
        if race["table_id"] in alike and race["done"] and not race["active"]:
            target = schemas[race["table_id"]].target
            found.append(
                Takeable(
                    race["id"], race["name"], target.name if target else "", int(race["done"]), _with_a_place(ws, race["id"])
                )
            )
    return found


def _columns(schema: Schema) -> list[Column]:
    return [replace(column, why="") for column in schema.with_target(None)]


def _with_a_place(ws: Workspace, race_id: str) -> tuple[str, ...]:
    known = known_generators()
    made = [run.generator for run in ws.members(race_id) if run.kind is RunKind.GENERATE and run.state is RunState.DONE]
    return tuple(known[key].title for key in dict.fromkeys(made) if key in known and known[key].uses_target)
