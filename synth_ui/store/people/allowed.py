"""What one user is given, looked at before anything is kept or queued; without quotas nothing is counted."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from synth_ui.core.errors import QuotaReached
from synth_ui.core.installation import PEOPLE
from synth_ui.store import schema
from synth_ui.store.files.disk import RESERVE
from synth_ui.store.people.quotas import Quotas
from synth_ui.store.queries import ACTIVE

if TYPE_CHECKING:
    from synth_ui.core.run import NewRun
    from synth_ui.core.table import Table

COUNTED_SECONDS = 10.0
"""For so long the bytes of a workspace are taken to be those counted last."""

_counted: dict[Path, tuple[float, int]] = {}


def check_table(home: Path, table: Table) -> None:
    """Raise `QuotaReached` if a table has too many rows, or the workspace in `home` no room for it."""
    quotas = Quotas.of()
    quotas.check_rows(len(table), f"{table.name or 'The table'}")
    if quotas.disk_megabytes is not None:
        _counted.pop(home, None)
        quotas.check_disk(used(home), int(table.frame.memory_usage(index=False).sum()))


def check_runs(home: Path, connection: Any, runs: Sequence[NewRun], again: int = 0) -> None:
    """Raise `QuotaReached` if runs, and those that are queued `again`, are more than may be, make too many rows, or find the workspace full."""
    quotas = Quotas.of()
    if quotas == Quotas():
        return
    for run in runs:
        quotas.check_rows(run.rows or 0, f"What {run.candidate or 'this'} is to make", "Ask for fewer.")
    active = select(func.count()).select_from(schema.runs).where(schema.runs.c.state.in_(ACTIVE))
    quotas.check_runs(int(connection.execute(active).scalar_one()), len(runs) + again)
    if quotas.disk_megabytes is not None:
        quotas.check_disk(used(home))


def over_disk(home: Path) -> str:
    """Say that a workspace takes more than is given, so that nothing more can be queued; empty where it does not."""
    quotas = Quotas.of()
    if quotas.disk_megabytes is not None:
        try:
            quotas.check_disk(used(home))
        except QuotaReached as error:
            return str(error)
    return ""


def used(home: Path) -> int:
    """Return the bytes a workspace takes, counted once in a while."""
    when, known = _counted.get(home, (0.0, 0))
    if when and time.monotonic() - when < COUNTED_SECONDS:
        return known
    found = bytes_in(home)
    _counted[home] = (time.monotonic(), found)
    return found


def bytes_in(home: Path) -> int:
    """Return what the files of a folder take; one that vanishes meanwhile counts nothing, nor do other users' workspaces and the reserve."""
    found = 0
    for folder, inner, names in os.walk(home):
        if Path(folder) == home:
            inner[:] = [name for name in inner if name != PEOPLE]
            names = [name for name in names if name != RESERVE]
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                found += os.lstat(os.path.join(folder, name)).st_size
    return found


def check_parcel(home: Path, rows: Mapping[str, Sequence[Mapping[str, Any]]], size: int) -> None:
    """Raise `QuotaReached` if a parcel holds a table or a candidate of too many rows, or the workspace has no room for it."""
    quotas = Quotas.of()
    for kind in ("tables", "runs"):
        for row in rows.get(kind, ()):
            quotas.check_rows(int(row.get("rows") or 0), f"A {'table' if kind == 'tables' else 'candidate'} of the file")
    if quotas.disk_megabytes is not None:
        quotas.check_disk(used(home), size)
