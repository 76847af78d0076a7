"""What is in all rows of a large table, of which a sample was taken: counted on disk, column by column.

Numbers and dates are read by DuckDB where it reads the sample's as they were read there; levels are counted as they are written. A column
for which that cannot be said is described by the sample, and named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synth_ui.core.context import Context
from synth_ui.core.table import Column, Kind, Schema, Table
from synth_ui.tables.large.scan import Scanned
from synth_ui.tables.profile import Profile, described_numbers, edges_of, profile, shown_levels

COMPARED = 20_000
"""So many rows of the sample show whether DuckDB reads a column as it was read."""

MOST_LEVELS = 100_000
"""Beyond so many different texts a column of levels is not counted."""

COUNTED = ("blanks", "distinct", "low", "middle", "high", "common")
"""What of a column's description is counted on all rows."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class WholeTable:
    """All rows of a table of which some were taken.

    Attributes
    ----------
    rows, taken
        How many there are, and how many were taken.
    how
        In words, how those were chosen.
    profile
        Of all rows.
    of_sample
        The columns whose distribution is that of the rows taken.
    """

    rows: int
    taken: int
    how: str
    profile: Profile
    of_sample: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """Say how many rows were taken, and how."""
        return f"{self.taken:,} of {self.rows:,} rows are taken, {self.how}; blanks, ranges and distributions are those of all rows{self._but}"

    @property
    def _but(self) -> str:
        if not self.of_sample:
            return ""
        names = ", ".join(self.of_sample[:5]) + (f" and {len(self.of_sample) - 5} more" if len(self.of_sample) > 5 else "")
        return f" but for {names}, where they are those of the rows taken"

    def carried(self, before: Schema, after: Table) -> WholeTable:
        """Return what is known of all rows for a changed version of the table, without another look at the file.

        A column whose values are read as they were keeps its counts; any other is described by the rows taken, and named.

        Parameters
        ----------
        before
            The schema this was counted under.
        after
            The changed version, of the same rows.
        """
        now, known = profile(after), self.profile.columns.set_index("column")
        lines, distributions, of_sample = [], dict(now.distributions), []
        for line in now.columns.to_dict("records"):
            name = str(line["column"])
            kept = name in known.index and name in before.names and _read_alike(before[name], after.schema[name])
            if not kept or name in self.of_sample:
                of_sample.append(name)
            if kept:
                line |= {part: known.at[name, part] for part in COUNTED}
            if kept and name in self.profile.distributions:
                distributions[name] = self.profile.distributions[name]
            lines.append(line)
        described = pd.DataFrame(lines)
        blanks = float(described["blanks"].mean()) if len(described) else 0.0
        whole = replace(self.profile, width=now.width, blanks=blanks, columns=described, distributions=distributions)
        return replace(self, profile=whole, of_sample=tuple(of_sample))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        known = self.profile
        frames = {name: _plain(frame) for name, frame in known.distributions.items()}
        described = {"rows": known.rows, "width": known.width, "blanks": known.blanks, "duplicates": known.duplicates}
        own = {"rows": self.rows, "taken": self.taken, "how": self.how, "of_sample": list(self.of_sample)}
        return {**own, "profile": {**described, "columns": _plain(known.columns), "distributions": frames}}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> WholeTable:
        """Build from what `to_dict` returned."""
        known = dict(record["profile"])
        columns = pd.DataFrame(known.pop("columns"))
        frames = {name: _bins(pd.DataFrame(frame)) for name, frame in known.pop("distributions").items()}
        found = Profile(**known, columns=columns, distributions=frames)
        return cls(record["rows"], record["taken"], record["how"], found, tuple(record["of_sample"]))


def _read_alike(one: Column, other: Column) -> bool:
    """Whether the same cells are the same values in both."""
    return (one.kind, one.format, one.decimals, one.levels) == (other.kind, other.format, other.decimals, other.levels)


def _plain(frame: pd.DataFrame) -> dict[str, list[Any]]:
    """Write a frame's columns; moments as texts."""
    moments = [name for name in frame.columns if pd.api.types.is_datetime64_any_dtype(frame[name].dtype)]
    plain = frame.assign(**{name: frame[name].map(pd.Timestamp.isoformat) for name in moments})
    return {name: [None if pd.isna(value) else value for value in plain[name].tolist()] for name in plain.columns}


def _bins(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn the ends of bins back into numbers or moments."""
    for name in ("lower", "upper"):
        texts = len(frame) and isinstance(frame[name].iloc[0], str)
        frame[name] = (
            pd.to_datetime(frame[name], format="ISO8601").astype("datetime64[us]") if texts else frame[name].astype("float64")
        )
    return frame


def count_all(scanned: Scanned, raw: pd.DataFrame, table: Table, how: str, context: Context) -> WholeTable:
    """Describe all rows of a scanned table.

    Parameters
    ----------
    raw
        The rows taken, as they are in the file; a column of it stands where the table's does.
    table
        The same, canonical.
    how
        How they were chosen, in words.
    """
    taken = profile(table)
    lines, distributions, of_sample = [], dict(taken.distributions), []
    with scanned.connection() as connection:
        source = f"read_parquet({_text(scanned.path)})"
        for place, column in enumerate(table.schema):
            context.step("counting all rows", place / len(table.schema))
            line = taken.columns.iloc[place].to_dict()
            own = raw.columns[place] if place < len(raw.columns) else None
            name = scanned.column_of(str(own))
            asked = (
                None if name is None else _Asked(connection, source, name, raw.iloc[:, place], table.frame[column.name], column)
            )
            found = None if asked is None else asked.counted()
            if found is None:
                of_sample.append(column.name)
            else:
                line, distributions = {**line, **found[0]}, {**distributions, **found[1]}
            lines.append(line)
        context.step("counting rows that are there twice", 0.95)
        duplicates = _duplicates(connection, source, scanned)
    described = pd.DataFrame(lines)
    blanks = float(described["blanks"].mean()) if len(described) else 0.0
    whole = replace(
        taken, rows=scanned.rows, blanks=blanks, duplicates=duplicates, columns=described, distributions=distributions
    )
    return WholeTable(scanned.rows, len(table), how, whole, tuple(of_sample))


def _duplicates(connection: Any, source: str, scanned: Scanned) -> int:
    hashed = ", ".join(_name(name) for name in scanned.columns)
    return int(connection.execute(f"SELECT count(*) - count(DISTINCT hash({hashed})) FROM {source}").fetchall()[0][0])  # nosec B608 # names and texts are quoted, numbers are numbers


@dataclass(frozen=True, eq=False)
class _Asked:
    """One column asked of all rows: `name` in the file, with the rows taken as they stand there (`raw`) and as they were read (`read`)."""

    connection: Any
    source: str
    name: str
    raw: pd.Series[Any]
    read: pd.Series[Any]
    column: Column

    def counted(self) -> tuple[dict[str, Any], dict[str, pd.DataFrame]] | None:
        """Return what changes in the column's description, and its distribution; None where the file's values cannot be told so."""
        if self.column.kind.numeric:
            return self._numbers()
        if self.column.kind.learnable:
            return self._levels()
        name = _name(self.name)
        blank = f"count(*) FILTER (WHERE {name} IS NULL OR trim(CAST({name} AS VARCHAR)) = '')"
        query = f"SELECT {blank} / count(*), approx_count_distinct({name}) FROM {self.source}"  # nosec B608 # names and texts are quoted, numbers are numbers
        blanks, distinct = self.connection.execute(query).fetchall()[0]
        return {"blanks": float(blanks), "distinct": int(distinct)}, {}

    # --- numbers and dates -----------------------------------------------------------------------------------

    def _numbers(self) -> tuple[dict[str, Any], dict[str, pd.DataFrame]] | None:
        value = self._expression()
        if value is None:
            return None
        there = f"(SELECT {value} AS v FROM {self.source}) WHERE v IS NOT NULL AND NOT isnan(v) AND NOT isinf(v)"  # nosec B608 # names and texts are quoted, numbers are numbers
        query = f"SELECT count(*), min(v), max(v), quantile_disc(v, 0.5), approx_count_distinct(v) FROM {there}"  # nosec B608 # names and texts are quoted, numbers are numbers
        known, low, high, middle, distinct = self.connection.execute(query).fetchall()[0]
        rows = int(self.connection.execute(f"SELECT count(*) FROM {self.source}").fetchall()[0][0])  # nosec B608 # names and texts are quoted, numbers are numbers
        line: dict[str, Any] = {"blanks": 1 - known / max(rows, 1), "distinct": int(distinct)}
        if not known:
            return line, {}
        edges = edges_of(low, high, self.column)
        below = ", ".join(f"count(*) FILTER (WHERE v < {float(edge)!r})" for edge in edges[1:-1])
        under = self.connection.execute(f"SELECT {below} FROM {there}").fetchall()[0] if below else ()  # nosec B608 # names and texts are quoted, numbers are numbers
        counts = np.diff([0, *under, known])
        spoken, frame = described_numbers(self.column, (low, middle, high), edges, counts)
        return {**line, **spoken}, {self.column.name: frame}

    def _expression(self) -> str | None:
        """Return how DuckDB reads the column as a float (a date in microseconds), if it reads the rows taken as they were read."""
        name, dated = _name(self.name), self.column.kind is Kind.DATETIME
        plain = pd.api.types.is_numeric_dtype(self.raw.dtype) or pd.api.types.is_datetime64_any_dtype(self.raw.dtype)
        if dated:
            value = f"CAST(epoch_us({name if plain else f'TRY_CAST(trim({name}) AS TIMESTAMP)'}) AS DOUBLE)"
        else:
            value = f"CAST({name} AS DOUBLE)" if plain else f"TRY_CAST(trim({name}) AS DOUBLE)"
        import duckdb

        ours = _floats(self.read.iloc[:COMPARED], self.column)
        raw = self.raw.iloc[:COMPARED]
        raw = raw if plain else raw.astype(object).where(raw.notna(), None)
        self.connection.register("taken", pd.DataFrame({self.name: raw}))
        try:
            theirs = self.connection.execute(f"SELECT {value} AS v FROM taken").df()["v"].to_numpy(dtype=float, na_value=np.nan)  # nosec B608 # names and texts are quoted, numbers are numbers
        except duckdb.Error:
            return None
        finally:
            self.connection.unregister("taken")
        return value if np.allclose(theirs, ours, rtol=1e-12, atol=0, equal_nan=True) else None

    # --- levels ----------------------------------------------------------------------------------------------

    def _levels(self) -> tuple[dict[str, Any], dict[str, pd.DataFrame]] | None:
        name = _name(self.name)
        query = (
            f"SELECT CAST({name} AS VARCHAR), count(*) FROM {self.source} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MOST_LEVELS + 1}"  # nosec B608 # names and texts are quoted, numbers are numbers
        )
        found = self.connection.execute(query).fetchall()
        if len(found) > MOST_LEVELS:
            return None
        levels = self._read_as()
        counts: dict[str, int] = {}
        for text, many in found:
            level = levels.get(text, (text or "").strip() or None)  # a level no row of the sample has is kept as it is written
            if level is not None:
                counts[level] = counts.get(level, 0) + many
        rows, known = sum(many for _, many in found), sum(counts.values())
        line: dict[str, Any] = {"blanks": 1 - known / max(rows, 1), "distinct": len(counts)}
        if not known:
            return line, {}
        common = max(counts, key=lambda level: counts[level])
        return {**line, "common": f"{common} ({counts[common] / known:.0%})"}, {
            self.column.name: shown_levels(counts, self.column)
        }

    def _read_as(self) -> dict[str | None, str | None]:
        """Return as what each text of the rows taken was read; None for a blank."""
        texts = self.connection.from_df(pd.DataFrame({"raw": self.raw})).project("CAST(raw AS VARCHAR)").fetchall()
        said = self.read.astype(object).where(self.read.notna(), None)
        return {text: None if level is None else str(level) for (text,), level in zip(texts, said, strict=True)}


def _floats(series: pd.Series[Any], column: Column) -> Floats:
    """Return canonical numbers, or dates in microseconds, as floats."""
    if column.kind is Kind.DATETIME:
        naive = series.dt.tz_convert("UTC").dt.tz_localize(None) if series.dt.tz is not None else series
        ticks = naive.to_numpy(dtype="datetime64[us]")
        return np.where(np.isnat(ticks), np.nan, ticks.astype("int64").astype(float))
    return np.asarray(series.to_numpy(dtype=float, na_value=np.nan))


def _name(name: str) -> str:
    """Write a column's name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"
