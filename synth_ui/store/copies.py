"""Runs that are done, copied into another race with what was made and with those scores that still hold."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from synth_ui.core.run import Race, Run, new_id
from synth_ui.store import schema
from synth_ui.store.files.artefacts import LEDGER, SAMPLER, SYNTHETIC, of_run
from synth_ui.store.recovery import records
from synth_ui.store.run_rows import written_race

if TYPE_CHECKING:
    from synth_ui.store.workspace import Workspace

MADE = (SYNTHETIC, LEDGER, SAMPLER)
"""What was made by a run, beside the details of its measures."""


@dataclass(frozen=True)
class Copying:
    """What is copied.

    Attributes
    ----------
    race
        The new race.
    runs
        The runs, all of them done.
    measures
        Keys of the measures whose answers still hold.
    reuse_key
        Under which later races find the controls again; None where none shall.
    """

    race: Race
    runs: Sequence[Run]
    measures: Collection[str]
    reuse_key: str | None = None


def copy(ws: Workspace, copying: Copying) -> dict[str, str]:
    """Write a race whose runs are copies of others, all or nothing; return the id of each copy by that of its original.

    A control that is known under the reuse key is shown, not copied.

    Raises
    ------
    StoreError
        If something cannot be written; nothing is left behind.
    """
    ids = {run.id: new_id() for run in copying.runs}
    known = _known_controls(ws, copying)
    copied = {old: new for old, new in ids.items() if old not in known}
    rows = _rows(ws, copying, copied)
    try:
        for old, new in copied.items():
            files = [row["file"] for row in rows["details"] if row["run_id"] == new]
            for name in (*MADE, *files):
                if ws.artefacts.exists(of_run(old, name)):
                    ws.artefacts.write(of_run(new, name), partial(shutil.copyfile, ws.artefacts.local(of_run(old, name))))
        with ws.database.write() as connection:
            connection.execute(insert(schema.races).values(**written_race(copying.race)))
            for table in (schema.runs, schema.scores, schema.losses, schema.details):
                if rows[table.name]:
                    connection.execute(insert(table), rows[table.name])
            shown = [{"race_id": copying.race.id, "run_id": known.get(old, new)} for old, new in ids.items()]
            connection.execute(insert(schema.members), shown)
    except BaseException:
        for new in copied.values():
            ws.artefacts.delete(of_run(new))
        raise
    records.keep_runs(ws, list(copied.values()))
    records.keep_race(ws, copying.race.id)
    return {**ids, **known}


def _known_controls(ws: Workspace, copying: Copying) -> dict[str, str]:
    """Return the runs that are there under the reuse key, by the control they stand for."""
    there = ws.known_runs([copying.reuse_key]) if copying.reuse_key else {}
    return {run.id: there[run.candidate] for run in copying.runs if run.control and run.candidate in there}


def _rows(ws: Workspace, copying: Copying, ids: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    with ws.database.read() as connection:
        for table in (schema.runs, schema.scores, schema.losses, schema.details):
            of_run_id = table.c.id if table is schema.runs else table.c.run_id
            query = select(table).where(of_run_id.in_(list(ids)))
            found[table.name] = [dict(row) for row in connection.execute(query).mappings()]
    for row in found["runs"]:
        parent = ids.get(row["parent_id"], row["parent_id"])
        key = copying.reuse_key if row["control"] else None
        row |= {"id": ids[row["id"]], "split_id": copying.race.split_id, "parent_id": parent, "reuse_key": key}
    for name in ("scores", "losses", "details"):
        kept = [row for row in found[name] if name == "losses" or row["measure"].split(".", 1)[0] in copying.measures]
        found[name] = [{**row, "run_id": ids[row["run_id"]]} for row in kept]
    return found
