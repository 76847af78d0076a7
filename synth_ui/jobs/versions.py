"""Versions of one table in a workspace: which were loaded before, and what their races came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from synth_ui.evaluation.changes import Changes, changes
from synth_ui.jobs.summary import summary
from synth_ui.store import history
from synth_ui.store.workspace import Workspace


@dataclass(frozen=True, eq=False)
class Versions:
    """Two versions of a table side by side.

    Attributes
    ----------
    changes
        What changed from the first to the second.
    verdict_before, verdict_now
        What the newest race of each came to, in a sentence; empty where there is none.
    """

    changes: Changes
    verdict_before: str
    verdict_now: str

    def to_dict(self) -> dict[str, Any]:
        """Return it in plain values."""
        return {**self.changes.to_dict(), "verdict_before": self.verdict_before, "verdict_now": self.verdict_now}


def earlier(ws: Workspace, table_id: str) -> list[dict[str, Any]]:
    """Return the other tables of the workspace of the same name or with the same columns, newest first: id, name, rows, created.

    One that differs in kinds and roles alone is no other version: it has the same rows from the same source.
    """
    mine = ws.table_row(table_id)
    found = []
    for row in ws.tables().to_dict("records"):
        if row["id"] == table_id or (row["rows"] == mine["rows"] and row["source"] == mine["source"]):
            continue
        if row["name"] != mine["name"] and row["columns"] != mine["columns"]:
            continue
        if row["name"] == mine["name"] or set(ws.table_row(str(row["id"]))["schema"].names) == set(mine["schema"].names):
            found.append({name: row[name] for name in ("id", "name", "rows", "created")})
    return found


def versions(ws: Workspace, before_id: str, now_id: str) -> Versions:
    """Compare two tables of the workspace, with what their newest races came to.

    Raises
    ------
    StoreError
        If there is no such table.
    """
    found = changes(ws.table(before_id), ws.table(now_id))
    return Versions(found, verdict_of(ws, before_id), verdict_of(ws, now_id))


def verdict_of(ws: Workspace, table_id: str) -> str:
    """Return what the newest finished race of a table came to, in a sentence; empty where there is none."""
    for race in history.races_with_counts(ws):
        if race["table_id"] == table_id and not race["active"]:
            said = summary(ws, race["id"], race["summary"])
            if said is not None:
                return said.finding
    return ""
