"""Text with separators: CSV, TSV and the like.

DuckDB reads the long, clean files fast; short ones, and what is not clean (rows of other lengths, comments, notes below the table),
go through Python's reader, which counts what it leaves out.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.errors import ReadError
from synth_ui.tables.inference.dates import written_as_date
from synth_ui.tables.inference.numbers import written_as_number
from synth_ui.tables.readers._encoding import decode, is_utf8
from synth_ui.tables.readers._header import Cells
from synth_ui.tables.readers._layout import TextLayout, filled, find_layout, footer, holds_any
from synth_ui.tables.readers._spaces import COUNTED, Spacing, find_spacing
from synth_ui.tables.readers.source import LIMITS, Limits, Raw, Source, Wish, check_cells, check_columns
from synth_ui.tables.scratch import scratch

SAMPLE = 200_000
"""Characters from which separator and header are told."""

MOST_SAMPLED, FEWEST_LINES = 16_000_000, 20
"""Where lines are long, more characters are read until there are a few lines."""

MOST_CELLS_SAMPLED = 100_000

WIDE = 16_000_000
"""Bytes up to which a table of many columns is read record by record: DuckDB takes its time for each column."""

MOST_BAD = 0.05
"""Share of rows that may have too many cells before the file is refused."""

_SEPARATORS = ",;\t|^~"
_SINGLE_QUOTED = re.compile(r"(?:^|[,;\t|]) *'[^'\n]*' *(?=[,;\t|\r\n]|$)", re.MULTILINE)
_DOUBLE_QUOTED = re.compile(r'(?:^|[,;\t|]) *"[^"\n]*" *(?=[,;\t|\r\n]|$)', re.MULTILINE)
_NAMED_SEPARATOR = re.compile(r"\ufeff?sep=(.)\r?\n", re.IGNORECASE)
_APART = {",": re.compile(r"\d,\d+[ \t]+[+-]?\d+,\d"), "\t": re.compile(r"[\w.]   *[\d.]+ ")}
"""Per separator, what shows that blanks separate cells as well: 1,5 2,75, or 18.0   8   307.0."""


@dataclass(frozen=True)
class Dialect:
    """How the cells are separated and quoted; by blanks where there is a `spacing`."""

    separator: str = ","
    quote: str = '"'
    escape: str = '"'
    spacing: Spacing | None = None

    def records(self, lines: Iterator[str]) -> Iterator[list[str]]:
        """Cut lines into records."""
        csv.field_size_limit(LIMITS.size - 1)
        if self.spacing is not None:
            return self.spacing.cut(lines)
        doubled = self.escape == self.quote
        return csv.reader(
            lines,
            delimiter=self.separator,
            quotechar=self.quote,
            doublequote=doubled,
            escapechar=None if doubled else self.escape,
            skipinitialspace=True,
        )


@dataclass(frozen=True)
class CsvReader:
    """Reads text with separators."""

    key: str = "csv"
    title: str = "CSV"
    endings: tuple[str, ...] = ("csv", "tsv", "txt", "tab", "psv", "dat", "data", "prn", "asc", "fwf")

    def claims(self, head: bytes) -> bool:
        """Never: any text may be separated text, so this is what is left when no other format claims a file."""
        del head
        return False

    def read(self, source: Source, wish: Wish, context: Context) -> Raw:
        """Read the whole file; kinds are found out later, so all cells stay text."""
        text = _text(source, wish)
        context.step("looking for the separator")
        beginning = _beginning(text, source, wish)
        dialect, layout, said = beginning.dialect, beginning.layout, beginning.said
        records, all_of_it = beginning.records, beginning.all_of_it
        context.step("reading the cells")
        frame, left_out = _frame_of(text, dialect, layout, records, all_of_it, source.name, wish)
        if frame.empty:
            named = f"{source.name} has a header ({', '.join(name[:60] for name in layout.names[:5])})"
            raise ReadError(f"{named} and {_nothing_below(beginning)}")
        check_cells(source.name, len(frame), len(frame.columns), wish)
        frame, dropped = without_empty(frame, layout)
        everything = (*text.said, *said, *_uncut(text.sample, layout), *layout.said, *dropped)
        headed = layout.header is not None
        return Raw(frame, everything, left_out, as_text=True, comma_likely=dialect.separator == ";", headed=headed)


@dataclass(frozen=True, eq=False)
class Beginning:
    """What the beginning of a text tells: how its cells are separated, what its columns are called, and its first records.

    Attributes
    ----------
    said
        What was assumed about the separator.
    records
        The first records, those of the header among them; `body` are those below it.
    all_of_it
        Whether there are no others.
    lines
        The physical lines before the first row, where they were counted.
    """

    dialect: Dialect
    layout: TextLayout
    said: tuple[str, ...]
    records: list[list[str]]
    all_of_it: bool
    lines: int = 0

    @property
    def body(self) -> list[list[str]]:
        """The first records below the header."""
        return self.records[self.layout.first :]


def begin(source: Source, wish: Wish, context: Context) -> Beginning:
    """Look at the beginning of a text that is too large to be held.

    Raises
    ------
    ReadError
        If it is no UTF-8, or holds no table that can be cut by one separator.
    """
    assert source.path is not None
    context.step("checking the letters")
    if not is_utf8(_checked(source, replace(wish.limits, size=source.size))):
        raise ReadError(
            f"{source.name} is not written in UTF-8, as a text of this size must be. Save it as UTF-8, or as Parquet."
        )
    with source.path.open(encoding="utf-8-sig", newline="") as file:
        sample, whole = _sample(file)
    found = _beginning(Text(source.path, "", source.size, sample, whole, ()), source, wish)
    if found.dialect.spacing is not None or _untidy(found.records, found.layout):
        raise ReadError(
            f"{source.name} is not cut by one separator into rows of equally many cells, as a text of this size must be. Write it as "
            "Parquet, or as CSV without comments and notes."
        )
    return replace(found, lines=_lines_before(sample, found.dialect, found.layout.first))


def _beginning(text: Text, source: Source, wish: Wish) -> Beginning:
    dialect, said = _sniff(text.sample, text.whole, source)
    records, all_of_it = _first_records(text.sample, dialect, text.whole)
    if not any(map(holds_any, records)):
        raise ReadError(f"{source.name} holds no values, only blank lines. Export it again.")
    check_columns(source.name, Counter(map(len, records)).most_common(1)[0][0], wish)
    layout = find_layout(records, wish.names)
    check_columns(source.name, layout.width, wish)
    return Beginning(dialect, layout, said, records, all_of_it)


# --- the text ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Text:
    """The beginning of a text, and where all of it is: in a file that is UTF-8 for sure, or here."""

    path: Path | None
    content: str
    size: int
    sample: str
    whole: bool
    said: tuple[str, ...]

    @contextmanager
    def lines(self) -> Iterator[TextIO]:
        """Open the text."""
        with (
            io.StringIO(self.content, newline="")
            if self.path is None
            else self.path.open(encoding="utf-8-sig", newline="") as file
        ):
            yield file

    @contextmanager
    def file(self, home: Path | None) -> Iterator[Path]:
        """Give the file itself, or a temporary copy."""
        if self.path is not None:
            yield self.path
            return
        with scratch(home) as folder:
            path = folder / "table.csv"
            path.write_text(self.content, encoding="utf-8", newline="")
            yield path


def _text(source: Source, wish: Wish) -> Text:
    """Find out what characters there are, and that the lines are none without end."""
    if source.path is not None and not source.gzipped and is_utf8(_checked(source, wish.limits)):
        with source.path.open(encoding="utf-8-sig", newline="") as file:
            sample, whole = _sample(file)
        return Text(source.path, "", source.size, sample, whole, ())
    content = b"".join(_checked(source, wish.limits))
    text, said = decode(content, source.name)
    sample, whole = _sample(io.StringIO(text, newline=""))
    return Text(None, text, len(text), sample, whole, (said,) if said else ())


def _checked(source: Source, limits: Limits) -> Iterator[bytes]:
    """Yield the bytes, and refuse a line longer than any row of a table."""
    since = 0
    for chunk in source.chunks(limits):
        last = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
        since = len(chunk) - last - 1 if last >= 0 else since + len(chunk)
        if since > limits.line:
            raise ReadError(
                f"{source.name} has a line of more than {limits.line / 1024**2:.0f} MB; no row of a table is as long. "
                "Export it with one row a line."
            )
        yield chunk


def _sample(file: TextIO) -> tuple[str, bool]:
    """Return the beginning of a text, a few lines at least, and whether it is all of it."""
    sample = file.read(SAMPLE)
    while len(sample) < MOST_SAMPLED and sample.count("\n") + sample.count("\r") < FEWEST_LINES and (more := file.read(SAMPLE)):
        sample += more
    return sample, not file.read(1)


# --- the dialect -------------------------------------------------------------------------------------------------


def _sniff(sample: str, whole: bool, source: Source) -> tuple[Dialect, tuple[str, ...]]:
    """Find the dialect that cuts the lines most evenly; where no separator cuts them, blanks may."""
    named = _NAMED_SEPARATOR.match(sample)
    separators = named[1] if named else "\t" + _SEPARATORS if source.ending in ("tsv", "tab") else _SEPARATORS
    base = _quoting(sample)
    dialects = [replace(base, separator=mark) for mark in dict.fromkeys(separators)]
    scored = [(_evenness(sample, dialect), -place) for place, dialect in enumerate(dialects)]
    even, place = max(scored)
    chosen = dialects[-place]
    if chosen.separator == ",":  # it may be the decimal mark: 1,5;2,5
        chosen = next((other for other in dialects if other.separator in ";\t|" and _cuts_every_line(sample, other)), chosen)
    lines = sample.splitlines()[: None if whole else -1]
    if not named and (even == 0 or _set_apart(lines, chosen.separator)):
        spacing = find_spacing(lines, source.ending)
        if spacing is not None:
            return Dialect(spacing=spacing), (spacing.said,)
    usual = "\t" if source.ending in ("tsv", "tab") else ","
    return chosen, _spoken(chosen.separator, usual) if even > 0 else ()


def _quoting(sample: str) -> Dialect:
    """Tell the way of quoting: single quotes around several cells, a backslash before a quote that ends no cell."""
    single = len(_SINGLE_QUOTED.findall(sample)) > max(2, len(_DOUBLE_QUOTED.findall(sample)))
    quote = "'" if single else '"'
    escaped = re.search(rf"\\{quote}[^,;\t|\r\n{quote}]", sample) is not None
    return Dialect(quote=quote, escape="\\" if escaped else quote)


def _spoken(separator: str, usual: str) -> tuple[str, ...]:
    spoken = {"\t": "tabs", ";": "semicolons", "|": "bars", " ": "spaces"}.get(separator, repr(separator))
    return (f"cells are separated by {spoken}",) if separator != usual else ()


def _set_apart(lines: list[str], separator: str) -> bool:
    """Whether blanks set numbers apart between the separators found."""
    looked = [line for line in lines[1:100] if line.strip()]
    apart = _APART.get(separator)
    return apart is not None and bool(looked) and sum(apart.search(line) is not None for line in looked) >= 0.8 * len(looked)


def _uncut(sample: str, layout: TextLayout) -> tuple[str, ...]:
    """Say that no separator was found where lines of several words, or with the same signs in each, came out as one cell."""
    lines = [line.strip() for line in sample[:20_000].splitlines() if line.strip()]
    if layout.width > 1 or not (any(re.search(r"\S\s+\S", line) for line in lines[:50]) or _cut_alike(lines[:50])):
        return ()
    return (f"no separator was found, so every line is one cell; the first line is {lines[0][:80]!r}",)


def _cut_alike(lines: list[str]) -> bool:
    """Whether a sign that no date, number or code has cuts every line into as many pieces, or the lines are long and all of one length."""
    body = [line for line in lines[1:] if not written_as_date(line) and not written_as_number(line)]
    if len(body) < 2:
        return False
    marks = {letter for line in body[:1] for letter in line if not letter.isalnum() and letter not in "-_.'\"()+ "}
    even = any(len({line.count(mark) for line in lines}) == 1 for mark in marks)
    return even or (len(set(map(len, body))) == 1 and len(body[0]) > 8 and len(body) > 5 and sum(map(str.isdigit, body[0])) > 4)


def _cuts_every_line(sample: str, dialect: Dialect) -> bool:
    """Whether a separator cuts all lines, that of the names too, into as many cells."""
    widths = {len(record) for record in _first_records(sample, dialect, False, 300)[0] if any(record)}
    return len(widths) == 1 and min(widths) > 1


def _evenness(sample: str, dialect: Dialect) -> float:
    """Return how evenly a separator cuts the lines: the share of lines with the usual number of cells, more for more cells."""
    records = [record for record in _first_records(sample, dialect, False, 300)[0] if any(record)]
    if not records:
        return 0.0
    width, count = Counter(map(len, records)).most_common(1)[0]
    return 0.0 if width < 2 else count / len(records) * (1 + 0.02 * min(width, 10))


def _first_records(sample: str, dialect: Dialect, whole: bool, most: int = 500) -> tuple[list[list[str]], bool]:
    """Return up to `most` records, fewer where they are wide, and whether there are no more; without the last where the sample cuts it."""
    records: list[list[str]] = []
    cells = 0
    try:
        for record in dialect.records(io.StringIO(sample, newline="")):
            records.append(record)
            cells += len(record)
            if len(records) >= most or (cells > MOST_CELLS_SAMPLED and len(records) >= FEWEST_LINES):
                return records, False
    except csv.Error:
        return records, False
    return (records, True) if whole else (records[:-1] if len(records) > 1 else records, False)


def _untidy(records: list[list[str]], layout: TextLayout) -> bool:
    body = [record for record in records[layout.first :] if record]
    return any(len(record) != layout.width for record in body)


def _agrees(frame: pd.DataFrame, records: list[list[str]], all_of_it: bool) -> bool:
    """Whether both readers give the same first rows, and as many where those are all."""
    records = [record for record in records if record]
    if len(frame) < len(records) or (all_of_it and len(frame) != len(records)):
        return False
    first = frame.head(len(records)).astype(object)
    for place in range(frame.shape[1]):
        cells = [record[place].strip() for record in records]
        if [("" if pd.isna(cell) else str(cell).strip()) for cell in first.iloc[:, place]] != cells:
            return False
    return True


# --- the cells ---------------------------------------------------------------------------------------------------


def _nothing_below(beginning: Beginning) -> str:
    """Say of a text without a single value below its header whether there are rows at all, and what to do."""
    blank = sum(map(bool, beginning.body))
    if not blank:
        return "no rows. Add rows, or export it again."
    said = f"{blank:,} {'row' if blank == 1 else 'rows'} below it" if beginning.all_of_it else "rows below it"
    return f"{said}, {'which is' if said.startswith('1 row ') else 'all of them'} blank. Fill them in, or export it again."


def _frame_of(
    text: Text, dialect: Dialect, layout: TextLayout, records: list[list[str]], all_of_it: bool, name: str, wish: Wish
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Read the cells: fast where the text is long and its beginning clean, else record by record."""
    short = text.whole or (layout.width > 100 and text.size < WIDE)
    if not short and dialect.spacing is None and not _untidy(records, layout):
        with text.file(wish.scratch) as path:
            frame = _read_fast(path, text.sample, dialect, layout)
        if frame is not None and _agrees(frame, records[layout.first :], all_of_it):
            return frame, ()
    return _read_slowly(text, dialect, layout, name, wish)


def _read_fast(path: Path, sample: str, dialect: Dialect, layout: TextLayout) -> pd.DataFrame | None:
    """Read a clean file with DuckDB, every column as text; None if it is not as clean as its beginning."""
    import duckdb

    skip = _lines_before(sample, dialect, layout.first)
    columns = {f"c{place}": "VARCHAR" for place in range(layout.width)}
    query = (
        "SELECT * FROM read_csv(?, auto_detect = false, header = false, delim = ?, quote = ?, escape = ?, skip = ?, columns = ?, "
        "max_line_size = 200000000, nullstr = '', strict_mode = true)"
    )
    arguments = [str(path), dialect.separator, dialect.quote, dialect.escape, skip, columns]
    with duckdb.connect(config={"temp_directory": ""}) as connection:
        try:
            table = connection.sql(query, params=arguments).to_arrow_table()
        except duckdb.Error:
            return None
    return _compact(table, layout.names)


def _compact(table: Any, names: list[str]) -> pd.DataFrame:
    """Turn columns of text into categories, which hold each different text once."""
    columns = {}
    for place in range(len(names)):
        column = table.column(place).combine_chunks()
        columns[place] = column.dictionary_encode().to_pandas()
    return pd.DataFrame(columns).set_axis(names, axis=1)


def _lines_before(sample: str, dialect: Dialect, records: int) -> int:
    """Count the physical lines that hold the first records."""
    reader: Any = dialect.records(io.StringIO(sample, newline=""))
    for _ in range(records):
        next(reader)
    return int(reader.line_num)


def _read_slowly(text: Text, dialect: Dialect, layout: TextLayout, name: str, wish: Wish) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Read record by record; leave out comments, notes and rows with too many cells, and say how many."""
    with text.lines() as file:
        try:
            records: list[Cells] = list(dialect.records(file))
        except csv.Error as error:
            raise ReadError(f"{name} could not be cut into cells ({error}). Check its quotes, or export it again.") from error
    body = [(line, record) for line, record in enumerate(records[layout.first :], layout.first + 1) if holds_any(record)]
    void = sum(map(bool, records[layout.first :])) - len(body) if layout.width > 1 else 0
    comments = [line for line, record in body if len(record) != layout.width and _is_remark(record)]
    body = [(line, record) for line, record in body if line not in set(comments)]
    notes = footer([record for _, record in body], layout.width)
    body = body[: len(body) - notes]
    _refuse_several_tables(body, layout, name)
    long = [(line, len(record)) for line, record in body if holds_any(record[layout.width :])]
    if len(long) > MOST_BAD * len(body):
        line, cells = long[0]
        raise ReadError(
            f"{name}: {len(long):,} of {len(body):,} rows have more cells than the header; row {line:,} has {cells} instead of "
            f"{layout.width}. Quote the cells that hold {dialect.separator!r}, or use another separator."
        )
    kept = [record for _, record in body if not holds_any(record[layout.width :])]
    frame = _frame(kept, layout)
    return frame, _left_out(void, len(comments), notes, long, sum(len(record) < layout.width for record in kept))


def _is_remark(record: Cells) -> bool:
    return record[0].lstrip().startswith("#") or (filled(record) == 1 and COUNTED.fullmatch(record[0].strip()) is not None)


def _frame(records: list[Cells], layout: TextLayout) -> pd.DataFrame:
    width = layout.width
    cells = np.empty((len(records), width), dtype=object)
    for place, record in enumerate(records):
        short = len(record) < width
        cells[place] = [*record, *([None] * (width - len(record)))] if short else record[:width]
    return pd.DataFrame(cells, columns=layout.names)


def _left_out(void: int, comments: int, notes: int, long: list[tuple[int, int]], short: int) -> tuple[str, ...]:
    said = [f"{void:,} {'row' if void == 1 else 'rows'} without a value left out"] if void else []
    if comments:
        said.append(f"{comments:,} comment {'line' if comments == 1 else 'lines'} left out")
    if notes:
        said.append(f"{notes:,} {'row' if notes == 1 else 'rows'} of notes below the table left out")
    if long:
        said.append(
            f"{len(long):,} {'row' if len(long) == 1 else 'rows'} with more cells than the header left out, the first in row {long[0][0]:,}"
        )
    if short:
        said.append(f"{short:,} {'row is' if short == 1 else 'rows are'} shorter than the header; the missing cells are blank")
    return tuple(said)


def _refuse_several_tables(body: list[tuple[int, Cells]], layout: TextLayout, name: str) -> None:
    """Refuse a file in which a tenth of the rows, one after the other, have another number of cells."""
    runs: list[tuple[int, int, int]] = []
    for line, record in body:
        width = len(record)
        if runs and runs[-1][1] == width:
            runs[-1] = (runs[-1][0], width, runs[-1][2] + 1)
        else:
            runs.append((line, width, 1))
    other = [run for run in runs if run[1] != layout.width and run[1] >= 2 and run[2] >= max(3, 0.1 * len(body))]
    if other:
        line, width, rows = other[0]
        raise ReadError(
            f"{name} holds several tables: from row {line:,} on, {rows:,} rows have {width} cells instead of {layout.width}. "
            "Put each table in a file of its own."
        )


def without_empty(frame: pd.DataFrame, layout: TextLayout) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Leave out columns without name and value, and rows without a value; return the frame, and what was left out."""
    said = []
    unnamed = [name for place, name in enumerate(layout.names, 1) if name == f"column_{place}" and layout.header is not None]
    empty = [name for name in unnamed if frame[name].isna().all() or not filled(list(frame[name].unique()))]
    if empty and len(empty) < len(layout.names):
        frame = frame.drop(columns=empty)
        said.append(f"{len(empty)} {'column' if len(empty) == 1 else 'columns'} without name or value left out")
    void = frame.index[frame.iloc[:, 0].isna()]
    if len(void):
        void = void[frame.loc[void].isna().all(axis=1)]
    if len(void) and len(frame.columns) > 1:
        frame = frame.drop(index=void).reset_index(drop=True)
        said.append(f"{len(void):,} {'row' if len(void) == 1 else 'rows'} without a value left out")
    return frame, tuple(said)


READER = CsvReader()
