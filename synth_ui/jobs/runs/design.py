"""Tables made from nothing, as runs: no split, no score; the tables and their counts over time are kept with the run."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from synth_ui.core.cast import cast
from synth_ui.core.context import Context
from synth_ui.core.errors import SettingError, StoreError
from synth_ui.core.run import NewRun, Results, RunKind
from synth_ui.core.table import Schema, Table, TableSize
from synth_ui.generators.catalogue import generator_of
from synth_ui.generators.from_nothing.drawing import as_table
from synth_ui.generators.from_nothing.source import MakesTables, World, check_rows
from synth_ui.jobs.execution import schedule
from synth_ui.jobs.execution.machine import IDLE_MEGABYTES
from synth_ui.jobs.runs.task import RunTask
from synth_ui.store import journal
from synth_ui.store.files.artefacts import Artefacts, keep_frame, keep_text, of_run, read_frame, read_text
from synth_ui.store.workspace import Workspace

STREAMED_ROWS = 200_000
"""From so many rows on, a declared table is written block by block instead of being held in memory."""

_LIST = "tables.json"


@dataclass(frozen=True)
class MadeTable:
    """One table of a design run: where it is, and what is known of it without reading it."""

    name: str
    rows: int
    key: str
    schema: Schema
    streamed: bool
    artefacts: Artefacts

    @property
    def path(self) -> Path:
        """A file of this machine with the rows; raise `StoreError` if it is gone."""
        return self.artefacts.local(self.key)

    def read(self, rows: int | None = None) -> Table:
        """Return the table, or its first `rows` rows."""
        if not self.streamed:
            frame = read_frame(self.artefacts, self.key)
        else:
            frame, _ = cast(_first(self.path, self.rows if rows is None else min(rows, self.rows)), self.schema)
        return as_table(frame if rows is None else frame.head(rows), self.schema, self.name)


@dataclass(frozen=True, eq=False)
class DesignedTables:
    """What a design run made: its tables, the main one first, counts over time, and what is to be said of it."""

    tables: tuple[MadeTable, ...]
    series: pd.DataFrame | None
    time_unit: str
    notes: tuple[str, ...]


def start_design(ws: Workspace, generator: str, settings: Mapping[str, Any], rows: int, seed: int) -> str:
    """Queue a run that makes `rows` rows from nothing, and return its id.

    Raises
    ------
    PluginError, SettingError
        If there is no such generator, it needs a real table, or a setting or the number of rows is not allowed.
    """
    recipe = generator_of(generator, settings)
    if not isinstance(recipe, MakesTables):
        raise SettingError(f"{generator} makes no tables of its own: it needs a real one to learn from.")
    check_rows(generator, rows)
    cost = recipe.cost(TableSize(0, 12, 0, 0), rows)
    megabytes = 150.0 if _streams(recipe, rows) else cost.megabytes
    run = NewRun(
        kind=RunKind.DESIGN,
        candidate=generator,
        generator=generator,
        settings=recipe.settings(),
        seed=seed,
        rows=rows,
        created=time.time(),
        cost_seconds=cost.seconds,
        megabytes=IDLE_MEGABYTES + megabytes,
    )
    journal.add_run(ws, run, None)
    schedule.advance(ws)
    return run.id


def made_by(ws: Workspace, run_id: str) -> DesignedTables:
    """Return what a design run made; raise `StoreError` if it has made nothing (yet)."""
    kept = ws.artefacts
    if not kept.exists(of_run(run_id, _LIST)):
        raise StoreError(f"The run {run_id} has made no tables; it may still be under way.")
    said = json.loads(read_text(kept, of_run(run_id, _LIST)))
    tables = tuple(
        MadeTable(
            entry["name"],
            entry["rows"],
            of_run(run_id, entry["file"]),
            Schema.from_dict(entry["schema"]),
            entry["streamed"],
            kept,
        )
        for entry in said["tables"]
    )
    series = read_frame(kept, of_run(run_id, said["series"])) if said["series"] else None
    return DesignedTables(tables, series, said["time_unit"], tuple(said["notes"]))


# --- the worker ---------------------------------------------------------------------------------------------------


def designed(task: RunTask) -> Results:
    """Make the tables of a run and keep them."""
    return make_tables(task.ws, task.run, task.context)


def make_tables(ws: Workspace, run: NewRun, context: Context) -> Results:
    """Make the tables a run asks for and keep them; return what is to be said of the run."""
    start, rows = time.perf_counter(), run.rows
    recipe: Any = generator_of(run.generator, run.settings)
    context = context.with_seed(run.seed)
    if _streams(recipe, rows):
        file = "table-1.parquet"
        ws.artefacts.write(of_run(run.id, file), lambda path: recipe.write(rows, path, context))
        entry = {"name": recipe.blueprint.name, "rows": rows, "file": file, "streamed": True}
        said: dict[str, Any] = {
            "tables": [{**entry, "schema": recipe.blueprint.schema.to_dict()}],
            "series": "",
            "time_unit": "",
            "notes": [],
        }
    else:
        said = _keep(ws.artefacts, run.id, recipe.world(rows, context))
    keep_text(ws.artefacts, of_run(run.id, _LIST), json.dumps(said))
    return {"seconds_sample": time.perf_counter() - start, "notes": "\n".join(said["notes"])}


def _streams(recipe: Any, rows: int) -> bool:
    write: Callable[..., Any] | None = getattr(recipe, "write", None)
    return rows > STREAMED_ROWS and write is not None


def _keep(artefacts: Artefacts, run_id: str, world: World) -> dict[str, Any]:
    """Write the tables and the series of a world; return what is to be known of them."""
    entries = []
    for place, (name, table) in enumerate(world.tables.items(), 1):
        file = f"table-{place}.parquet"
        keep_frame(artefacts, of_run(run_id, file), table.frame)
        entries.append({"name": name, "rows": len(table), "file": file, "streamed": False, "schema": table.schema.to_dict()})
    if world.series is not None:
        keep_frame(artefacts, of_run(run_id, "series.parquet"), world.series)
    series = "series.parquet" if world.series is not None else ""
    return {"tables": entries, "series": series, "time_unit": world.time_unit, "notes": list(world.notes)}


def _first(path: Path, rows: int) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as parquet

    batches, found = [], 0
    for batch in parquet.ParquetFile(path).iter_batches(batch_size=65_536):
        batches.append(batch)
        found += len(batch)
        if found >= rows:
            break
    return pa.Table.from_batches(batches).slice(0, rows).to_pandas(use_threads=False)
