"""What changed between two versions of a table: rows, columns, kinds, levels, ranges, blanks, and how far each column has moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns.cells import fit_cells, shown
from synth_ui.columns.values import level_names, numbers
from synth_ui.core.table import Column, Table
from synth_ui.measures.fidelity.margins import distances

COLUMNS = ("column", "change", "shift", "chance", "ks", "blanks_before", "blanks_now", "said")
BY_CHANCE = 0.95
DRAWS = 200
MOST_NAMED = 5


@dataclass(frozen=True, eq=False)
class Changes:
    """What is different in the newer of two tables.

    Attributes
    ----------
    before, now
        Their names.
    rows_before, rows_now
        How many rows each has.
    same_rows
        Rows of the newer one that stand in the older one, cell for cell, in the columns both have; each counts once per time it stood there.
    columns
        One row per column of either, those that moved most first: `COLUMNS`. `change` is "added", "gone", "kind", "moved" or "" ; `shift`
        is the share of rows that would have to change cell (total variation distance, 0 to 1; deciles and commonest levels of the older
        table), `chance` the shift that chance alone leaves in 19 of 20 tables of these sizes, `ks` the largest gap between the
        distribution functions of a number, `said` the levels or the range that are new or gone, in words.
    """

    before: str
    now: str
    rows_before: int
    rows_now: int
    same_rows: int
    columns: pd.DataFrame

    @property
    def moved(self) -> list[str]:
        """The columns that moved further than chance alone moves 19 of 20, most first."""
        return [str(name) for name in self.columns.loc[self.columns["change"] == "moved", "column"]]

    @property
    def sentence(self) -> str:
        """What changed, in a few sentences."""
        rows = f"{self.rows_before:,} rows before, {self.rows_now:,} now; {self.same_rows:,} of these stood in the older table."
        parts = [rows]
        for change, words in (("added", "New columns"), ("gone", "Columns that are gone"), ("kind", "Columns of another kind")):
            names = [str(name) for name in self.columns.loc[self.columns["change"] == change, "column"]]
            if names:
                parts.append(f"{words}: {_named(names)}.")
        if self.moved:
            compared = int(self.columns["chance"].notna().sum())
            parts.append(
                f"Moved further than chance alone moves 19 of 20 columns ({len(self.moved)} of {compared} compared): {_named(self.moved)}."
            )
        elif not any(self.columns["change"] != ""):
            parts.append("No column has moved further than chance alone moves 19 of 20.")
        return " ".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """Return it in plain values; what is unknown is None."""
        rows = [
            {name: None if isinstance(value, float) and np.isnan(value) else value for name, value in row.items()}
            for row in self.columns.to_dict("records")
        ]
        head = {name: getattr(self, name) for name in ("before", "now", "rows_before", "rows_now", "same_rows", "sentence")}
        return {**head, "columns": rows}


def changes(before: Table, now: Table, *, seed: int = 0) -> Changes:
    """Compare two versions of a table, column by column.

    Parameters
    ----------
    seed
        Of the draws behind what chance leaves.
    """
    order = [*now.schema.names, *(name for name in before.schema.names if name not in now.schema.names)]
    rng = np.random.default_rng(seed)
    rows = [_column(before, now, name, rng) for name in order]
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype(dict.fromkeys(COLUMNS[2:7], "float64"))
    frame["place"] = frame["change"].map({"gone": 0, "added": 0, "kind": 1, "moved": 2, "": 3})
    frame = frame.sort_values(["place", "shift"], ascending=[True, False], kind="stable").drop(columns="place")
    return Changes(before.name, now.name, len(before), len(now), _same_rows(before, now), frame.reset_index(drop=True))


def _column(before: Table, now: Table, name: str, rng: np.random.Generator) -> dict[str, Any]:
    if name not in now.schema.names or name not in before.schema.names:
        side = now if name in now.schema.names else before
        said = f"a {side.schema[name].kind.value} column"
        blank = _blanks(side.frame[name])
        return _row(
            name, "added" if side is now else "gone", said=said, **{f"blanks_{'now' if side is now else 'before'}": blank}
        )
    old, new = before.schema[name], now.schema[name]
    one, other = before.frame[name], now.frame[name]
    blanks = {"blanks_before": _blanks(one), "blanks_now": _blanks(other)}
    if old.kind is not new.kind:
        return _row(name, "kind", said=f"{old.kind.value} before, {new.kind.value} now", **blanks)
    if not old.kind.learnable:
        return _row(name, "", **blanks)
    cells = fit_cells(old, [one])
    counts = [np.bincount(cells.encode(series), minlength=cells.size) for series in (one, other)]
    shift, chance = _distance(*counts), _by_chance(counts[0] + counts[1], len(one), len(other), rng)
    ks = distances(numbers(one, old.kind), numbers(other, new.kind))[0] if old.kind.numeric else None
    return _row(
        name, "moved" if shift > chance else "", shift=shift, chance=chance, ks=ks, said=_values(old, one, other), **blanks
    )


def _row(name: str, change: str, **values: Any) -> dict[str, Any]:
    return {"column": name, "change": change, "said": "", **{key: value for key, value in values.items() if value is not None}}


def _blanks(series: pd.Series[Any]) -> float:
    return float(series.isna().mean()) if len(series) else 0.0


def _distance(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> float:
    return float(np.abs(one / max(one.sum(), 1) - other / max(other.sum(), 1)).sum() / 2)


def _by_chance(pooled: npt.NDArray[np.intp], first: int, second: int, rng: np.random.Generator) -> float:
    """Return the distance that 19 of 20 pairs of tables of these sizes stay below if both are drawn from the same rows."""
    shares = pooled / max(pooled.sum(), 1)
    one, other = rng.multinomial(first, shares, DRAWS), rng.multinomial(second, shares, DRAWS)
    gaps = np.abs(one / max(first, 1) - other / max(second, 1)).sum(axis=1) / 2
    return float(np.quantile(gaps, BY_CHANCE))


def _values(column: Column, one: pd.Series[Any], other: pd.Series[Any]) -> str:
    """Say which levels are new or gone, or how the range changed."""
    if not column.kind.numeric:
        before, after = (set(map(str, series.dropna().unique())) for series in (one, other))
        order = level_names(column, one, other)
        new, gone = ([level for level in order if level in side] for side in (after - before, before - after))
        parts = [f"new: {_named(new)}" if new else "", f"gone: {_named(gone)}" if gone else ""]
        return "; ".join(part for part in parts if part)
    ends = []
    for series in (one, other):
        values = numbers(series, column.kind)
        values = values[~np.isnan(values)]
        ends.append((values.min(), values.max()) if len(values) else None)
    if ends[0] == ends[1]:
        return ""
    words = [f"{shown(column, end[0])} to {shown(column, end[1])}" if end else "all blank" for end in ends]
    return f"{words[0]} before, {words[1]} now"


def _named(names: list[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _same_rows(before: Table, now: Table) -> int:
    both = [name for name in now.schema.names if name in before.schema.names]
    if not both:
        return 0
    hashes = [pd.util.hash_pandas_object(table.frame[both].astype(object).map(str), index=False) for table in (before, now)]
    counts = [one.value_counts() for one in hashes]
    together = pd.concat(counts, axis=1, join="inner")
    return int(together.min(axis=1).sum())
