"""Synthetic files made elsewhere, as candidates of a race."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.errors import SettingError
from synth_ui.core.run import NewRun, RunKind
from synth_ui.jobs.execution import schedule
from synth_ui.jobs.execution.machine import IDLE_MEGABYTES
from synth_ui.jobs.races.further_measures import askings, first_card
from synth_ui.jobs.races.request import FILE, Request
from synth_ui.store import journal
from synth_ui.store.workspace import Workspace


@dataclass(frozen=True, eq=False)
class GivenRows:
    """Rows of a file, brought to the real columns.

    Attributes
    ----------
    candidate
        What the race calls them.
    notes
        What was not kept on reading, or could have been read in another way.
    """

    candidate: str
    frame: pd.DataFrame
    notes: tuple[str, ...]


def file_name(path: str | Path) -> str:
    """Return what a file is called as a candidate: `file:` and its name without endings."""
    name = Path(path).name
    return "file:" + Path(name[:-3] if name.lower().endswith(".gz") else name).stem


def free_name(name: str, taken: set[str]) -> str:
    """Return `name`, with a number where it is taken, and take it."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    taken.add(free)
    return free


def read_files(ws: Workspace, table_id: str, requests: Iterable[Request]) -> list[GivenRows]:
    """Read the files among the requests; files of one name get numbers: `file:a`, `file:a-2`.

    Raises
    ------
    SettingError
        If a request names no path.
    ReadError, TableError
        See `read_file`.
    """
    taken: set[str] = set()
    read = [read_file(ws, table_id, _path_of(request)) for request in requests if request.is_file]
    return [replace(given, candidate=free_name(given.candidate, taken)) for given in read]


def _path_of(request: Request) -> str:
    path = request.path or request.settings.get("path")
    if not path:
        raise SettingError("file: path is missing; name the synthetic file.")
    return str(path)


def read_file(ws: Workspace, table_id: str, source: Any, name: str | None = None, context: Context | None = None) -> GivenRows:
    """Read a file and bring it to the real columns right away: what does not fit is refused while the user looks.

    Raises
    ------
    ReadError, TableError
        If it cannot be read, or lacks a column of the real table.
    """
    from synth_ui.tables.read import read_like

    called = file_name(name or (source if isinstance(source, str | Path) else "table"))
    frame, notes = read_like(source, ws.table(table_id), name=name, scratch=ws.home, context=context)
    return GivenRows(called, frame, notes)


def file_run(ws: Workspace, split_id: str, card: str, created: float, given: GivenRows) -> NewRun:
    """Keep rows that were made elsewhere and return the run that scores them."""
    run = NewRun(
        kind=RunKind.FILE,
        candidate=given.candidate,
        generator=FILE,
        rows=len(given.frame),
        created=created,
        split_id=split_id,
        card=card,
        megabytes=2 * IDLE_MEGABYTES,
        notes="\n".join(given.notes),
    )
    ws.keep_synthetic(run.id, given.frame)
    return run


def add_file(ws: Workspace, race_id: str, source: Any, name: str | None = None, context: Context | None = None) -> str:
    """Enter a synthetic file made elsewhere into a race and return the id of its run; it is asked what the others were asked.

    Parameters
    ----------
    source
        A path, the bytes of a file, a table as it was read, or a frame; `name` says what it is called, of bytes with its ending.
    context
        Takes progress of the reading, and says when to stop.

    Raises
    ------
    ReadError, TableError
        If it cannot be read, or lacks a column of the real table; nothing has been queued then.
    """
    race = ws.kept_race(race_id)
    given = read_file(ws, race.table_id, source, name, context)
    taken = {run.candidate for run in ws.members(race_id)}
    place = len(taken)
    given = replace(given, candidate=free_name(given.candidate, taken))
    run = replace(file_run(ws, race.split_id, first_card(race.card), time.time(), given), place=place)
    journal.add_run(ws, run, race_id, askings(race, [run], run.created))
    schedule.advance(ws)
    return run.id
