"""The workspace: a folder with the database and the frames, which survives restarts.

Every call opens one short connection of its own, so a `Workspace` may be shared between threads and carried over a fork.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.core.budget import Ledger
from synth_ui.core.choice import Choice
from synth_ui.core.errors import ArtefactLost, NotThere, StoreError
from synth_ui.core.installation import default_home
from synth_ui.core.run import Race, Run, RunKind, RunState
from synth_ui.core.score import SCORE_COLUMNS
from synth_ui.core.table import Schema, Split, Table
from synth_ui.store.files import rights
from synth_ui.store.files.artefacts import (
    LEDGER,
    SYNTHETIC,
    Folder,
    inside,
    keep_frame,
    keep_text,
    look_at_frame,
    of_run,
    read_frame,
    read_text,
)
from synth_ui.store.files.disk import WHAT_TO_DO
from synth_ui.store.run_rows import RUN_COLUMNS, race_of, rows_of, run_of

if TYPE_CHECKING:
    from synth_ui.store.database import Database, WorkspaceDatabase
    from synth_ui.store.files.artefacts import Artefacts
    from synth_ui.store.sqlite import SQLite

DATABASE = "synth_ui.sqlite"
"""The name of the database file in the folder of a workspace."""

CACHE = "cache"
"""Names of artefacts: of a run its rows and its privacy budget, and where what is computed once per split stands."""

MOST_LOSSES = 300
"""How many points of each loss curve are read back: more than that no screen shows."""


@dataclass(frozen=True)
class Workspace:
    """Tables, races and runs in a database, and the large things beside it.

    Attributes
    ----------
    database
        What is known of everything.
    artefacts
        Frames, samplers and texts by key; readable by their owner only, as they hold real rows.
    home
        A folder of this machine for what means nothing elsewhere: logs, locks, copies while reading, and the key of the noise.
    read_only
        Why nothing can be written, in a sentence; empty where it can.
    """

    database: Database
    artefacts: Artefacts
    home: Path
    read_only: str = ""

    @classmethod
    def at(cls, home: Path) -> Workspace:
        """Return the workspace whose database is a file of a folder and whose artefacts are beside it; nothing is made or read."""
        from synth_ui.store.sqlite import SQLite

        return cls(SQLite(home / DATABASE), Folder(home), home)

    @classmethod
    def open(cls, home: Path | str | None = None, *, hold: bool = True) -> Workspace:
        """Open the workspace in `home`, made on first use; by default `SYNTH_UI_HOME`, else a folder of the user's.

        The database is a file of the folder, or on the PostgreSQL server that `SYNTH_UI_DATABASE` names, see `synth_ui.store.server`.
        `hold` keeps the database's log open as long as the process lives, see `SQLite.hold_open`. A database that is gone, emptied or
        damaged is rebuilt from the records beside the artefacts, see `synth_ui.store.recovery`.

        Raises
        ------
        StoreError
            If the folder cannot be written, or was written by a later release.
        """
        from synth_ui.store.database import DatabaseDamaged
        from synth_ui.store.recovery import rebuild
        from synth_ui.store.server.opening import database_of
        from synth_ui.store.sqlite import SQLite

        folder = Path(home) if home is not None else default_home()
        workspace = cls.at(folder.expanduser().resolve())
        file, why = SQLite(workspace.home / DATABASE), _why_read_only(workspace.home)
        if not why:
            try:
                workspace.home.mkdir(parents=True, exist_ok=True, mode=rights.OWNER_ONLY)
                rights.close_new(workspace.home)
            except OSError as error:
                raise StoreError(
                    f"The workspace {folder} cannot be made: {error.strerror}. Name another with SYNTH_UI_HOME."
                ) from error
        database: WorkspaceDatabase = database_of(workspace.home, file, why) or file
        if why and (database is not file or file.path.exists() or rebuild.anything_kept(workspace.artefacts)):
            database = _snapshot(file.path, why) if database is file else database
            workspace = replace(workspace, read_only=why)
        workspace = replace(workspace, database=database)
        try:
            if database.blank() and rebuild.anything_kept(workspace.artefacts):
                raise DatabaseDamaged(f"The database of the workspace {workspace.home} was {database.damage()}.")
            database.prepare_once(hold=hold)
        except DatabaseDamaged as damaged:
            rebuild.recover(workspace, str(damaged))
            database.prepare_once(hold=hold)
        return workspace

    def _rows(self, query: Any) -> list[dict[str, Any]]:
        with self.database.read() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def _runs(self, query: Any) -> list[Run]:
        return [run_of(row) for row in self._rows(query)]

    def _one(self, query: Any, what: str) -> dict[str, Any]:
        rows = self._rows(query)
        if not rows:
            raise NotThere(f"There is no {what} in the workspace {self.home}; it may have been deleted.")
        return rows[0]

    # --- tables and splits -----------------------------------------------------------------------------------

    def add_table(self, table: Table, *, source: str = "", assumed: Sequence[str] = (), warnings: Sequence[Any] = ()) -> str:
        """Keep a table and return its id, its fingerprint; adding the same one again changes nothing."""
        from synth_ui.store import schema
        from synth_ui.store.people import allowed
        from synth_ui.store.recovery import records

        table_id = table.fingerprint
        allowed.check_table(self.home, table)
        if not self.artefacts.exists(_table_key(table_id)):
            keep_frame(self.artefacts, _table_key(table_id), table.frame)
        row = {
            "id": table_id,
            "name": table.name,
            "rows": len(table),
            "columns": len(table.schema),
            "source": source,
            "schema": json.dumps(table.schema.to_dict()),
            "assumed": json.dumps([str(sentence) for sentence in assumed]),
            "warnings": json.dumps([_warning(warning) for warning in warnings]),
            "used": time.time(),
            "created": time.time(),
        }
        with self.database.write() as connection:
            self.database.add_new(connection, schema.tables, row)
            taken_up = schema.tables.update().where(schema.tables.c.id == table_id).values(used=row["used"], deleted=None)
            connection.execute(taken_up)
        records.keep_table(self, table_id)
        return table_id

    def keep_whole(self, table_id: str, record: Mapping[str, Any]) -> None:
        """Keep what is in all rows of a file of which a table is a sample, see `synth_ui.tables.large.whole.WholeTable.to_dict`."""
        keep_text(self.artefacts, _whole_key(table_id), json.dumps(record, ensure_ascii=False))

    def whole(self, table_id: str) -> dict[str, Any] | None:
        """Return what is in all rows of the file a table was taken from; None for a table that is all of it."""
        key = _whole_key(table_id)
        found: dict[str, Any] | None = json.loads(read_text(self.artefacts, key)) if self.artefacts.exists(key) else None
        return found

    def table(self, table_id: str) -> Table:
        """Return a table; raise `StoreError` if there is none of that id."""
        from sqlalchemy import select

        from synth_ui.store import schema

        row = self._one(select(schema.tables).where(schema.tables.c.id == table_id), f"table {table_id!r}")
        frame = read_frame(self.artefacts, _table_key(table_id))
        return _known(Table(frame, Schema.from_dict(json.loads(row["schema"])), row["name"]), table_id)

    def table_row(self, table_id: str) -> dict[str, Any]:
        """Return what is known of a table without reading it: name, rows, columns, source, assumed, warnings, changed, schema.

        `changed` are those of the warnings that say that cells were not kept, or could have been read in another way.
        """
        from sqlalchemy import select

        from synth_ui.store import schema

        row = self._one(select(schema.tables).where(schema.tables.c.id == table_id), f"table {table_id!r}")
        read = {name: json.loads(row[name]) for name in ("schema", "assumed", "warnings")}
        changed = [entry["changed"] for entry in read["warnings"] if not isinstance(entry, str)]
        read["warnings"] = [entry if isinstance(entry, str) else entry["changed"] for entry in read["warnings"]]
        return {**row, **read, "changed": changed, "schema": Schema.from_dict(read["schema"])}

    def tables(self) -> pd.DataFrame:
        """Return the tables that are not in the bin, newest first: id, name, rows, columns, source, created, used, note, starred."""
        from sqlalchemy import select

        from synth_ui.store import schema

        c, wanted = schema.tables.c, ["id", "name", "rows", "columns", "source", "created", "used", "note", "starred"]
        query = select(*(c[name] for name in wanted)).where(c.deleted.is_(None)).order_by(c.created.desc())
        return _frame(self._rows(query), wanted)

    def add_split(self, table_id: str, split: Split) -> str:
        """Keep a split of a table and return its id; adding the same one again changes nothing."""
        from synth_ui.store import schema
        from synth_ui.store.recovery import records

        split_id = split_id_of(split)
        for half in ("train", "holdout"):
            key = _half_key(split_id, half)
            if not self.artefacts.exists(key):
                keep_frame(self.artefacts, key, getattr(split, half).frame)
        row = {
            "id": split_id,
            "table_id": table_id,
            "seed": split.seed,
            "share": split.share,
            "sentence": split.sentence,
            "train_rows": len(split.train),
            "holdout_rows": len(split.holdout),
            "train_name": split.train.name,
            "holdout_name": split.holdout.name,
            "train_fingerprint": split.train.fingerprint,
            "holdout_fingerprint": split.holdout.fingerprint,
            "created": time.time(),
        }
        with self.database.write() as connection:
            self.database.add_new(connection, schema.splits, row)
        records.keep_split(self, split_id)
        return split_id

    def split(self, split_id: str) -> Split:
        """Return a split, both halves read; raise `StoreError` if there is none of that id."""
        row = self.split_row(split_id)
        columns = self.table_row(row["table_id"])["schema"]
        halves = {
            half: _known(
                Table(read_frame(self.artefacts, _half_key(split_id, half)), columns, row[f"{half}_name"]),
                row[f"{half}_fingerprint"],
            )
            for half in ("train", "holdout")
        }
        return Split(halves["train"], halves["holdout"], row["seed"], row["share"], row["sentence"])

    def split_row(self, split_id: str) -> dict[str, Any]:
        """Return what is known of a split without reading it: table_id, seed, share, sentence, train_rows, holdout_rows."""
        from sqlalchemy import select

        from synth_ui.store import schema

        return self._one(select(schema.splits).where(schema.splits.c.id == split_id), f"split {split_id!r}")

    # --- races and runs --------------------------------------------------------------------------------------

    def races(self) -> pd.DataFrame:
        """Return the races that are not in the bin, newest first.

        Columns: id, name, table_id, split_id, card, make, deadline, created, note, starred, example.
        """
        from sqlalchemy import select

        from synth_ui.store import schema

        wanted = ["id", "name", "table_id", "split_id", "card", "make", "deadline", "created", "note", "starred", "example"]
        c = schema.races.c
        query = select(*(c[name] for name in wanted)).where(c.deleted.is_(None)).order_by(c.created.desc())
        return _frame(self._rows(query), wanted)

    def race(self, race_id: str) -> Race:
        """Return a race by id; raise `StoreError` if there is none."""
        return race_of(self.race_row(race_id))

    def kept_race(self, race_id: str) -> Race:
        """Return a race that is not in the bin, to do something with it; raise `NotThere` if it is there, or there is none."""
        race = self.race(race_id)
        if race.deleted is not None:
            raise NotThere(
                f"The race “{race.name}” ({race_id}) is in the bin, where nothing is done with it. Bring it back first: on the page History, "
                f"or with: synth-ui history --race {race_id} --undo"
            )
        return race

    def race_row(self, race_id: str) -> dict[str, Any]:
        """Return a race as the database holds it, to be copied as it is."""
        from sqlalchemy import select

        from synth_ui.store import schema

        return self._one(select(schema.races).where(schema.races.c.id == race_id), f"race {race_id!r}")

    def members(self, race_id: str) -> list[Run]:
        """Return the runs of a race, its controls included, in the order they are started."""
        from synth_ui.store import queries

        return self._runs(queries.runs_of(race_id))

    def runs(self, race_id: str) -> pd.DataFrame:
        """Return the runs of a race as a table, its controls included, in the order they are started.

        Columns: id, race_id, kind, candidate, generator, settings (JSON), asked (JSON, see `core.asked`), seed, rows, control, state, phase, fraction,
        eta_seconds, reason, queue_place (1 is next, over all races; missing once started), cost_seconds, megabytes,
        seconds_fit, seconds_sample, seconds_score, created, started, ended, notes, parent_id (the run it was made from), split_id,
        card (what it is asked in its own run), tier (0 goes before 1, whichever race it is of).
        """
        return frame_of(self.members(race_id), race_id)

    def run(self, run_id: str) -> Run:
        """Return a run by id; raise `StoreError` if there is none."""
        from sqlalchemy import select

        from synth_ui.store import schema

        return run_of(self._one(select(schema.runs).where(schema.runs.c.id == run_id), f"run {run_id!r}"))

    def asked_later(self, race_id: str) -> list[Run]:
        """Return the runs that add measures to finished runs of a race, oldest first; their parent is the run scored."""
        from synth_ui.store import queries

        return self._runs(queries.asked_later(race_id))

    def answers(self, race_id: str) -> list[dict[str, Any]]:
        """Return which measures have answered for the runs of a race, oldest first: run_id, measure, settings (JSON), status, seconds, written."""
        from synth_ui.store import queries

        return self._rows(queries.answers_of(race_id))

    def measured_on(self, split_id: str) -> list[dict[str, Any]]:
        """Return what every measure took on a split: kind and candidate of the run, measure, settings (JSON), seconds."""
        from synth_ui.store import queries

        return self._rows(queries.measured_on(split_id))

    def latest_done(self, most: int) -> list[Run]:
        """Return the runs that were done last, of whatever kind, newest first."""
        from synth_ui.store import queries

        return self._runs(queries.latest_done(most))

    def under_way(self) -> list[Run]:
        """Return every queued and running run of the workspace in the order of the queue."""
        from synth_ui.store import queries

        return self._runs(queries.under_way())

    def ended_badly(self, most: int) -> list[Run]:
        """Return the runs that failed or were lost last, newest first."""
        from synth_ui.store import queries

        return self._runs(queries.ended_badly(most))

    def counts(self) -> dict[str, int]:
        """Return how many tables and races there are, and how many runs in each state, those in the bin among them."""
        from synth_ui.store import queries

        return {str(row["what"]): int(row["number"]) for row in self._rows(queries.counts())}

    def known_runs(self, reuse_keys: Sequence[str]) -> dict[str, str]:
        """Return the runs that are done, or under way, under reuse keys: their ids by candidate."""
        from sqlalchemy import select

        from synth_ui.store import schema
        from synth_ui.store.queries import ACTIVE

        c = schema.runs.c
        rows = self._rows(
            select(c.candidate, c.id).where(c.reuse_key.in_(list(reuse_keys)), c.state.in_((*ACTIVE, RunState.DONE.value)))
        )
        return {str(row["candidate"]): str(row["id"]) for row in rows}

    def split_like(self, table_id: str, seed: int, share: float) -> str | None:
        """Return the id of the split of all rows of a table with a seed and a share, or None if it was not made yet."""
        from sqlalchemy import select

        from synth_ui.store import schema

        c = schema.splits.c
        same = select(c.id).where(c.table_id == table_id, c.seed == seed, c.share == share)
        rows = self._rows(same.order_by(c.train_rows.desc()))  # a race within a budget may have raced a sample of it
        return str(rows[0]["id"]) if rows else None

    def draws(self, run_id: str) -> list[str]:
        """Return the ids of the runs that drew more rows from a run's sampler, oldest first."""
        from sqlalchemy import select

        from synth_ui.store import schema

        c = schema.runs.c
        asked = select(c.id).where(c.parent_id == run_id, c.kind == RunKind.MORE_ROWS.value).order_by(c.created, c.id)
        return [str(row["id"]) for row in self._rows(asked)]

    def designs(self, most: int = 30) -> list[Run]:
        """Return the latest runs that made tables from nothing, newest first."""
        from sqlalchemy import select

        from synth_ui.store import schema

        c = schema.runs.c
        return self._runs(select(schema.runs).where(c.kind == RunKind.DESIGN.value).order_by(c.created.desc()).limit(most))

    def losses(self, run_id: str) -> pd.DataFrame:
        """Return the loss curves of a run, thinned to what a screen shows: step, name, value."""
        from synth_ui.store import queries

        return _frame(self._rows(queries.losses_of(run_id, MOST_LOSSES)), ["step", "name", "value"])

    def raw_scores(self, race_id: str) -> pd.DataFrame:
        """Return the scores of a race as measured: the columns of a scores frame, run_id, settings (JSON) and written.

        The controls of the race's split and card are among them; floor, ceiling and position are filled by `calibrate`. What was
        asked with several settings is there with each of them; see `synth_ui.jobs.races.results.scores` for the one that counts.
        """
        from synth_ui.store import queries

        frame = pd.DataFrame(self._rows(queries.scores_of(race_id)), columns=[*SCORE_COLUMNS, "run_id", "settings", "written"])
        for name in ("value", "low", "high", "floor", "ceiling", "position", "seconds", "written"):
            frame[name] = frame[name].astype("float64")
        for name in ("candidate", "measure", "family", "status", "reason", "run_id", "settings"):
            frame[name] = frame[name].astype("str")
        return frame

    # --- choices ---------------------------------------------------------------------------------------------

    def keep_choice(self, choice: Choice) -> None:
        """Keep a choice that was made; it stands until it is taken back or another one is made."""
        from synth_ui.store import schema
        from synth_ui.store.recovery import records

        row = {
            "id": choice.id,
            "race_id": choice.race_id,
            "candidate": choice.candidate,
            "created": choice.created,
            "undone": None,
        }
        with self.database.write() as connection:
            self.database.add_new(connection, schema.choices, {**row, "record": choice.to_json()})
        records.keep_race(self, choice.race_id)

    def undo_choice(self, choice_id: str, moment: float) -> None:
        """Take a choice back; it is still listed by `choices`, with the moment in `undone`."""
        from sqlalchemy import update

        from synth_ui.store import schema
        from synth_ui.store.recovery import records

        c = schema.choices.c
        with self.database.write() as connection:
            undone = update(schema.choices).where(c.id == choice_id, c.undone.is_(None)).values(undone=moment)
            of = connection.execute(undone.returning(c.race_id)).scalar_one_or_none()
        if of is not None:
            records.keep_race(self, of)

    def choices(self, race_id: str | None = None) -> list[Choice]:
        """Return every choice made of a race, or of all, those taken back among them, the newest first."""
        from sqlalchemy import select

        from synth_ui.store import schema

        c = schema.choices.c
        query = select(c.record, c.undone).order_by(c.created.desc(), c.id)
        rows = self._rows(query if race_id is None else query.where(c.race_id == race_id))
        return [Choice.from_dict({**json.loads(row["record"]), "undone": row["undone"]}) for row in rows]

    def choice(self, race_id: str) -> Choice | None:
        """Return the choice that stands for a race: the newest that was not taken back, or None."""
        return next((one for one in self.choices(race_id) if one.undone is None), None)

    # --- artefacts -------------------------------------------------------------------------------------------

    def log_folder(self, run_id: str) -> Path:
        """Return the folder of this machine for the log and the last words of the process that works on a run."""
        return inside(self.home, of_run(run_id))

    def keep_ledger(self, run_id: str, ledger: Ledger) -> None:
        """Keep what the privacy budget of a run paid for."""
        keep_text(self.artefacts, of_run(run_id, LEDGER), json.dumps(ledger.to_dict(), ensure_ascii=False, indent=1))

    def ledger(self, run_id: str) -> Ledger | None:
        """Return what the privacy budget of a run paid for; None for one without formal privacy. Raise `ArtefactLost` if it is damaged."""
        key = of_run(run_id, LEDGER)
        if not self.artefacts.exists(key):
            return None
        try:
            return Ledger.from_dict(json.loads(read_text(self.artefacts, key)))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ArtefactLost(
                f"{LEDGER} of the run {run_id} is damaged: it is not what was written there. {WHAT_TO_DO}"
            ) from error

    def keep_synthetic(self, run_id: str, frame: pd.DataFrame) -> None:
        """Keep the synthetic rows of a run."""
        keep_frame(self.artefacts, of_run(run_id, SYNTHETIC), frame)

    def keep_synthetic_batches(self, run_id: str, frames: Iterable[pd.DataFrame]) -> None:
        """Keep the synthetic rows of a run that come batch by batch, holding one batch at a time."""
        from synth_ui.store.files.frames import fill_batches

        self.artefacts.write(of_run(run_id, SYNTHETIC), fill_batches(frames))

    def synthetic_batches(self, run_id: str, rows: int) -> Iterator[pd.DataFrame]:
        """Yield the synthetic rows of a run in parts of at most so many; raise `StoreError` if there are none (yet)."""
        from synth_ui.store.files.frames import read_batches

        return read_batches(self.artefacts.local(of_run(run_id, SYNTHETIC)), rows)

    def synthetic(self, run_id: str) -> pd.DataFrame:
        """Return the synthetic rows of a run, canonical; raise `StoreError` if there are none (yet)."""
        return read_frame(self.artefacts, of_run(run_id, SYNTHETIC))

    def detail(self, run_id: str, measure: str, name: str) -> pd.DataFrame:
        """Return a detail frame of a measure; raise `StoreError` if the run has none of that name."""
        from sqlalchemy import select

        from synth_ui.store import schema

        c = schema.details.c
        query = select(c.file).where(c.run_id == run_id, c.measure == measure, c.name == name)
        row = self._one(query, f"detail {name!r} of {measure!r} for run {run_id!r}")
        return read_frame(self.artefacts, of_run(run_id, row["file"]))

    def look_at_synthetic(self, run_id: str) -> None:
        """See whether the synthetic rows of a run are there, without reading them; raise `ArtefactLost` where they are gone or cut off."""
        look_at_frame(self.artefacts, of_run(run_id, SYNTHETIC))

    def lost_details(self, run_id: str) -> dict[tuple[str, str], str]:
        """Return which detail frames of a run are gone or cut off, and what is wrong with each, by (measure, name); none is read."""
        from sqlalchemy import select

        from synth_ui.store import schema

        c, found = schema.details.c, {}
        for row in self._rows(select(c.measure, c.name, c.file).where(c.run_id == run_id).order_by(c.measure, c.name)):
            try:
                look_at_frame(self.artefacts, of_run(run_id, row["file"]))
            except ArtefactLost as error:
                found[row["measure"], row["name"]] = str(error)
        return found

    def details(self, run_id: str) -> list[tuple[str, str]]:
        """Return which detail frames a run has, as (measure, name)."""
        from sqlalchemy import select

        from synth_ui.store import schema

        c = schema.details.c
        rows = self._rows(select(c.measure, c.name).where(c.run_id == run_id).order_by(c.measure, c.name))
        return [(row["measure"], row["name"]) for row in rows]

    def delete_race(self, race_id: str) -> None:
        """Delete a race with the runs no other race shows; raise `StoreError` while one of them is active."""
        from synth_ui.store import queries
        from synth_ui.store.recovery import records

        for run_id in queries.delete_race(self.database, race_id):
            self.forget(run_id)
        self.artefacts.delete(records.of_race(race_id))

    def forget(self, run_id: str) -> None:
        """Delete what is kept for a run, its log among it; the run stays."""
        self.artefacts.delete(of_run(run_id))
        shutil.rmtree(self.log_folder(run_id), ignore_errors=True)

    def delete_table(self, table_id: str) -> None:
        """Delete a table and everything computed from its rows; raise `StoreError` while a race of it is there."""
        from synth_ui.store import queries
        from synth_ui.store.recovery import records

        split_ids, cached = queries.delete_table(self.database, table_id)
        for split_id in split_ids:
            self.artefacts.delete(f"splits/{split_id}")
        for file in cached:
            self.artefacts.delete(f"{CACHE}/{file}")
        self.artefacts.delete(_table_key(table_id))
        self.artefacts.delete(records.of_table(table_id))
        self.artefacts.delete(_whole_key(table_id))


def _whole_key(table_id: str) -> str:
    return f"tables/{table_id}.whole.json"


def _why_read_only(home: Path) -> str:
    """Say why a folder that is there can only be read; empty where it can be written, or is not there yet."""
    if not home.is_dir() or os.access(home, os.W_OK | os.X_OK):
        return ""
    return (
        f"The workspace {home} can only be read: its disk or its rights allow no more. What is there is shown; nothing can be started, "
        "changed, deleted or kept until the folder can be written, or another is named with SYNTH_UI_HOME."
    )


@cache
def _snapshot(path: Path, why: str) -> SQLite:
    """Return the database of a folder that can only be read: a copy elsewhere, which goes with this process."""
    from synth_ui.store.sqlite import Snapshot

    folder = Path(tempfile.mkdtemp(prefix="synth-ui-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Snapshot(folder / path.name, path, why)


def _table_key(table_id: str) -> str:
    return f"tables/{table_id}.parquet"


def split_id_of(split: Split) -> str:
    """Return the id under which a workspace keeps a split."""
    return f"{split.fingerprint}-{split.seed}"


def _half_key(split_id: str, half: str) -> str:
    return f"splits/{split_id}/{half}.parquet"


def _known(table: Table, fingerprint: str) -> Table:
    """Tell a table read back its fingerprint, so that it is not hashed again."""
    vars(table)["fingerprint"] = fingerprint
    return table


def frame_of(runs: Sequence[Run], race_id: str) -> pd.DataFrame:
    """Return runs of a race as `Workspace.runs` does."""
    return _frame(rows_of(runs, race_id), RUN_COLUMNS)


_TIMES = ("created", "started", "ended", "deadline", "used", "deleted")


def _frame(rows: list[dict[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(columns))
    for name in _TIMES:
        if name in frame:
            frame[name] = _moments(frame[name].to_numpy(dtype="float64", na_value=np.nan))
    return frame


def _moments(seconds: npt.NDArray[np.float64]) -> pd.Series[Any]:
    """Turn seconds since 1970 into moments; pandas' own way overflows on what happens to lie in memory where one is missing."""
    moments = np.full(len(seconds), np.datetime64("NaT"), dtype="datetime64[us]")
    known = np.isfinite(seconds)
    moments[known] = np.rint(seconds[known] * 1e6).astype("int64").view("datetime64[us]")
    return pd.Series(moments).dt.tz_localize("UTC")


def _warning(warning: Any) -> Any:
    """Return a warning as it is kept: its text, under "changed" where it says that cells were not kept."""
    return {"changed": str(warning)} if getattr(warning, "changed", False) else str(warning)
