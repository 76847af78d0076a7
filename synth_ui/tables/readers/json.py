"""JSON: a list of records, one record a line, columns by name, or one of these wrapped in an object. Nested records are flattened."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.errors import ReadError
from synth_ui.tables.inference.column_names import whole_text
from synth_ui.tables.readers._encoding import decode
from synth_ui.tables.readers.source import Raw, Source, Wish, check_cells, check_columns

DEEPEST = 4
"""Levels of nesting that are flattened; deeper ones are refused."""

LONGEST_NUMBER = 4_000
"""Digits of a whole number; Python refuses to read more than 4,300."""


@dataclass(frozen=True)
class JsonReader:
    """Reads JSON and JSON lines."""

    key: str = "json"
    title: str = "JSON"
    endings: tuple[str, ...] = ("json", "jsonl", "ndjson")

    def claims(self, head: bytes) -> bool:
        """Whether the text begins with a record or a list of records."""
        start = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
        if start.startswith(b"{"):
            return start[1:].lstrip()[:1] in (b'"', b"}")
        return start.startswith(b"[") and start[1:].lstrip()[:1] in (b"{", b"[", b"]")

    def read(self, source: Source, wish: Wish, context: Context) -> Raw:
        """Read all records."""
        context.step("reading the records")
        text, said = decode(source.read_bytes(wish.limits), source.name)
        parser = _Parser()
        records, told = _records(text.lstrip("\ufeff"), source.name, parser)
        if not records:
            raise ReadError(f"{source.name} holds no records. Export it again.")
        context.step("spreading the records into columns")
        flat = _Flattener(source.name, wish)
        rows = [flat.record(record, place) for place, record in enumerate(records, 1)]
        check_cells(source.name, len(rows), len(flat.names), wish)
        columns = {name: _column([row.get(path) for row in rows]) for path, name in flat.names.items()}
        everything = (said, told, *parser.said(), *flat.said())
        return Raw(pd.DataFrame(columns, columns=list(columns)), tuple(part for part in everything if part))


class _Digits(str):
    """A whole number that is too long to be one: its digits are kept as text."""

    __slots__ = ()


class _Parser:
    """Reads JSON, and remembers what of it Python would pass over in silence."""

    def __init__(self) -> None:
        self.twice: dict[str, None] = {}

    def read(self, text: str) -> Any:
        """Return what a text says; raise `json.JSONDecodeError`, or `RecursionError` where it is nested too deeply."""
        return json.loads(text, object_pairs_hook=self._object, parse_int=_whole_number)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            self.twice.update(dict.fromkeys(name for name in names if names.count(name) > 1))
        return found

    def said(self) -> list[str]:
        """Say what stood twice."""
        if not self.twice:
            return []
        return [f"{', '.join(list(self.twice)[:3])}: stands twice in a record; the last value is read"]


def _whole_number(digits: str) -> int | str:
    return int(digits) if len(digits) <= LONGEST_NUMBER else _Digits(digits)


def _records(text: str, name: str, parser: _Parser) -> tuple[list[Any], str]:
    """Return the records of a text, and how they lay there if not as a plain list."""
    try:
        content = parser.read(text)
    except json.JSONDecodeError as error:
        return _lines(text, name, error, parser)
    except RecursionError as error:
        raise ReadError(f"{name} is nested too deeply to be a table. Export a list of flat records.") from error
    if isinstance(content, list):
        return _listed(content, name), ""
    if isinstance(content, dict):
        return _unwrapped(content, name)
    raise ReadError(f'{name} holds a single {type(content).__name__}; a table is a list of records such as [{{"age": 31}}, …].')


def _lines(text: str, name: str, error: json.JSONDecodeError, parser: _Parser) -> tuple[list[Any], str]:
    """Read one record a line."""
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    records = []
    for number, line in lines:
        try:
            records.append(parser.read(line))
        except RecursionError as deep:
            raise ReadError(
                f"{name}: line {number:,} is nested too deeply to be a row of a table. Export flat records."
            ) from deep
        except json.JSONDecodeError as wrong:
            if not records or len(lines) == 1:
                raise ReadError(
                    f"{name} is no valid JSON: {error.msg} in line {error.lineno}, column {error.colno}. Export it again."
                ) from wrong
            raise ReadError(
                f"{name}: line {number:,} is no valid JSON ({wrong.msg}). Correct the line, or leave it out."
            ) from wrong
    return _listed(records, name), "one record a line"


def _listed(content: list[Any], name: str) -> list[Any]:
    if content and all(isinstance(row, list) for row in content):
        header, *rows = content
        if not all(isinstance(label, str) for label in header):
            raise ReadError(
                f"{name} is a list of lists whose first holds no column names. Put the names first, or write records."
            )
        if any(len(row) != len(header) for row in rows):
            raise ReadError(f'{name} is a list of lists of different lengths. Write records such as {{"age": 31}}.')
        return [dict(zip(header, row, strict=True)) for row in rows]
    for place, row in enumerate(content, 1):
        if not isinstance(row, dict):
            raise ReadError(
                f'{name}: record {place:,} is a {type(row).__name__}, not a record such as {{"age": 31}}. Export records.'
            )
    return content


def _unwrapped(content: dict[str, Any], name: str) -> tuple[list[Any], str]:
    """Find the records in an object: rows under a name, columns by name, or pandas' split form."""
    if isinstance(content.get("data"), list) and isinstance(content.get("columns"), list):
        rows = content["data"]
        if all(isinstance(row, list) and len(row) == len(content["columns"]) for row in rows):
            return [dict(zip(map(str, content["columns"]), row, strict=True)) for row in rows], ""
    lists = {
        key: value
        for key, value in content.items()
        if isinstance(value, list) and value and all(isinstance(v, dict) for v in value)
    }
    if len(lists) == 1:
        key = next(iter(lists))
        return lists[key], f"the records under {key!r} were read"
    if len(lists) > 1:
        raise ReadError(f"{name} holds several tables: {', '.join(lists)}. Put each in a file of its own.")
    if content and all(isinstance(value, list) for value in content.values()):
        lengths = {len(value) for value in content.values()}
        if len(lengths) > 1:
            raise ReadError(f"{name} holds columns of different lengths ({min(lengths):,} to {max(lengths):,}). Export it again.")
        return [dict(zip(content, row, strict=True)) for row in zip(*content.values(), strict=True)], "one list per column"
    if content and all(isinstance(value, dict) for value in content.values()):
        return _by_index(content)
    return [content], "one record only"


def _by_index(content: dict[str, dict[str, Any]]) -> tuple[list[Any], str]:
    """Read {"age": {"0": 31, "1": 54}} as columns, {"r1": {"age": 31}} as rows: whichever has the more entries inside."""
    inner = list(dict.fromkeys(key for value in content.values() for key in value))
    if len(inner) > len(content) or all(key.isdigit() for key in inner):
        return [{name: value.get(key) for name, value in content.items()} for key in inner], "one object per column"
    return list(content.values()), "one object per row; the names of the rows are left out"


Path = tuple[str, ...]


class _Flattener:
    """Turns nested records into flat ones, and remembers what it met.

    Attributes
    ----------
    names
        The column of each path into a record: ("a", "b") is "a.b", unless a record has a name of its own that reads so.
    """

    def __init__(self, name: str, wish: Wish) -> None:
        self.name = name
        self.wish = wish
        self.names: dict[Path, str] = {}
        self.taken: dict[str, None] = {}
        self.nested: dict[str, None] = {}
        self.lists: dict[str, None] = {}
        self.alike: dict[str, None] = {}
        self.half: dict[str, None] = {}
        self.long: tuple[str, int, int] | None = None

    def record(self, record: Mapping[str, Any], place: int) -> dict[Path, Any]:
        """Return one flat record: {"a": {"b": 1}} as {("a", "b"): 1}, lists as text."""
        flat: dict[Path, Any] = {}
        self._add(flat, (), record, place)
        return flat

    def _add(self, flat: dict[Path, Any], above: Path, record: Mapping[str, Any], place: int) -> None:
        if len(above) > DEEPEST:
            raise ReadError(
                f"{self.name}: record {place:,} is nested more than {DEEPEST} levels deep at {'.'.join(above)!r}. Flatten it before."
            )
        for key, value in record.items():
            path = (*above, key)
            if isinstance(value, dict):
                self.nested[".".join(path)] = None
                self._add(flat, path, value, place)
                continue
            if path not in self.names:
                self._take(path)
            if isinstance(value, list):
                self.lists[self.names[path]] = None
                value = json.dumps(value, ensure_ascii=False)
            elif isinstance(value, _Digits) and self.long is None:
                self.long = (self.names[path], place, len(value))
            flat[path] = value

    def _take(self, path: Path) -> None:
        name = base = whole_text(".".join(path))
        copy = 2
        if base != ".".join(path):
            self.half[base] = None
        while name in self.taken:
            name, copy = f"{base}_{copy}", copy + 1
            self.alike[name] = None
        self.taken[name] = None
        self.names[path] = name
        check_columns(self.name, len(self.names), self.wish)

    def said(self) -> list[str]:
        """Say what was flattened and what was written as text."""
        said = []
        if self.nested:
            said.append(f"{', '.join(list(self.nested)[:3])}: nested records are spread into one column per part")
        if self.lists:
            said.append(f"{', '.join(list(self.lists)[:3])}: lists are written as text")
        if self.alike:
            said.append(f"{', '.join(list(self.alike)[:3])}: numbered, as a nested record and a name read alike")
        if self.half:
            said.append(f"{', '.join(list(self.half)[:3])}: half a character in the name is written \ufffd")
        if self.long:
            column, place, digits = self.long
            said.append(
                f"{column}: whole numbers too long to be numbers are kept as text ({digits:,} digits in record {place:,})"
            )
        return said


def _column(cells: list[Any]) -> pd.Series[Any]:
    """Return a column with the type of its values where they agree, else as text."""
    sorts = {type(cell) for cell in cells if cell is not None}
    if sorts == {bool}:
        return pd.Series(cells, dtype="boolean")
    if sorts == {int} and all(cell is None or -(2**63) <= cell < 2**63 for cell in cells):
        return pd.Series(pd.array(cells, dtype="Int64"))
    if sorts and sorts <= {int, float} and all(cell is None or abs(cell) < 2**53 or isinstance(cell, float) for cell in cells):
        return pd.Series([float("nan") if cell is None else float(cell) for cell in cells], dtype=float)
    return pd.Series([_written(cell) for cell in cells], dtype=object)


def _written(cell: Any) -> str | None:
    return None if cell is None else ("true" if cell else "false") if isinstance(cell, bool) else str(cell)


READER = JsonReader()
