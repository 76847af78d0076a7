"""The tables that come with the package: real, small, with source and licence.

Each is a Parquet file beside a JSON file of the same name that holds its description and its schema, so that the first page
shows it without looking through its cells. `sample_data/make.py` makes both.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from synth_ui.core.cast import cast
from synth_ui.core.context import Context
from synth_ui.core.errors import ReadError
from synth_ui.core.installation import ROOT
from synth_ui.core.table import Schema, Table
from synth_ui.tables.read import Reading
from synth_ui.tables.warning import ColumnWarning

FOLDER = ROOT.parent / "sample_data"


@dataclass(frozen=True)
class Sample:
    """A table that comes with the package."""

    key: str
    title: str
    source: str
    licence: str
    rows: int
    columns: int
    target: str
    path: Path


def samples() -> list[Sample]:
    """Return the samples, in the order they are offered; an empty list where the folder was not installed."""
    found = [_sample(path, _described(path)) for path in FOLDER.glob("*.json")]
    return sorted(found, key=lambda sample: (sample.key != "adult", sample.key))


@cache
def _described(path: Path) -> dict[str, Any]:
    described: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return described


def _sample(path: Path, said: dict[str, Any]) -> Sample:
    facts = {name: said[name] for name in ("title", "source", "licence", "rows", "columns", "target")}
    return Sample(key=path.stem, path=path.with_suffix(".parquet"), **facts)


def load_sample(key: str, rows: int | None = None, seed: int = 0) -> Reading:
    """Return a sample as a table with its target set.

    Parameters
    ----------
    rows
        Take a seeded sample of this many rows, in their order.

    Raises
    ------
    ReadError
        If there is no sample of that name.
    """
    known = {sample.key: sample for sample in samples()}
    if key not in known:
        there = f"there are {', '.join(known)}" if known else "there are none, the folder sample_data is not installed"
        raise ReadError(f"There is no sample {key!r}; {there}.")
    sample = known[key]
    said = _described(sample.path.with_suffix(".json"))
    table = _load(sample, Schema.from_dict(said["schema"]))
    warnings = tuple(ColumnWarning(entry["column"], entry["text"]) for entry in said["warnings"])
    if rows is not None and rows < len(table):
        chosen = Context(seed).rng("sample of rows").choice(len(table), rows, replace=False)
        chosen.sort()
        table = table.rows(chosen)
    return Reading(table, tuple(said["assumed"]), warnings, source=f"{sample.title}, {sample.source}")


def _load(sample: Sample, schema: Schema) -> Table:
    import pyarrow.parquet as pq

    discrete = [column.name for column in schema if column.levels]
    arrow = pq.read_table(sample.path, read_dictionary=discrete)
    frame, _ = cast(arrow.to_pandas(coerce_temporal_nanoseconds=False), schema)
    return Table(frame, schema, sample.key)
