"""Files as inputs: valid ones of every format with bytes changed, and texts made up; each is read, and what was read must be whole."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from tests.fuzz import grammar
from tests.fuzz.targets import ALL, Broken, Target, _folder, _place

File = tuple[str, bytes]


@cache
def _frame() -> pd.DataFrame:
    rows = 24
    return pd.DataFrame(
        {
            "name": ["Ada", "Bo", "Čéc", None][:4] * (rows // 4),
            "age": range(20, 20 + rows),
            "paid": [1.5 * row if row % 5 else None for row in range(rows)],
            "on": pd.date_range("2024-01-31", periods=rows, freq="D"),
            "ok": [row % 2 == 0 for row in range(rows)],
        }
    )


# --- texts ------------------------------------------------------------------------------------------------------------


def _make_csv(dice: Random) -> File:
    how = dice.random()
    if how < 0.5:
        text = _rows(dice)
        content = (grammar.changed(dice, text) if dice.random() < 0.4 else text).encode(
            "utf-8", "surrogatepass" if dice.random() < 0.3 else "replace"
        )
    else:
        content = grammar.changed_bytes(
            dice,
            _frame().to_csv(index=False).encode(dice.choice(["utf-8", "utf-16", "utf-8-sig", "cp1252", "utf-32"]), "replace"),
        )
    if dice.random() < 0.05:
        content = gzip.compress(content)
        content = grammar.changed_bytes(dice, content) if dice.random() < 0.5 else content
    return dice.choice(["t.csv", "t.csv", "t.tsv", "t.txt", "t.csv.gz", "t", "t.xlsx", "t.parquet", "t.json"]), content


def _rows(dice: Random) -> str:
    comma, quote, end = (
        dice.choice([",", ";", "\t", "|", ",", " "]),
        dice.choice(['"', '"', "'", ""]),
        dice.choice(["\n", "\r\n", "\r", "\n\n"]),
    )
    width = dice.choice([1, 2, 3, 5])
    pool = [[grammar.atom(dice) for _ in range(3)] for _ in range(width)]

    def cell(column: int) -> str:
        made = dice.choice(pool[column]) if dice.random() < 0.9 else grammar.text(dice, 4)
        return quote + made.replace(quote, quote * 2) + quote if quote and (comma in made or dice.random() < 0.2) else made

    lines = [
        comma.join(cell(column) for column in range(width if dice.random() < 0.97 else dice.randrange(width + 2) % width))
        for _ in range(dice.choice([0, 1, 2, 8, 30]))
    ]
    head = comma.join(dice.choice(["a", "a", "x", "date", grammar.atom(dice), f"c{place}"]) for place in range(width))
    return end.join([head, *lines]) + dice.choice(["", end, end * 3])


def _make_json(dice: Random) -> File:
    records = json.loads(_frame().head(6).to_json(orient="records", date_format="iso"))
    how = dice.random()
    said: Any = records if how < 0.4 else {"data": records}
    if how >= 0.5:
        said = dice.choice(
            [
                grammar.value(dice, 4),
                [grammar.value(dice, 3) for _ in range(4)],
                {"columns": ["a", "b"], "data": [[1, 2], [3, 4]]},
                {"a": {"0": 1, "1": 2}},
            ]
        )
    said = grammar.replaced(dice, said) if dice.random() < 0.7 else said
    if dice.random() < 0.3 and isinstance(said, list):
        text = "\n".join(grammar.json_of(dice, line) for line in said)
    else:
        text = grammar.json_of(dice, said)
    content = text.encode("utf-8", "surrogatepass" if dice.random() < 0.2 else "replace")
    return dice.choice(["t.json", "t.json", "t.jsonl", "t.ndjson", "t.txt", "t.json.gz"]), grammar.changed_bytes(
        dice, content
    ) if dice.random() < 0.3 else content


# --- packed -----------------------------------------------------------------------------------------------------------


@cache
def _parquets() -> list[bytes]:
    frame = _frame()
    kinds: list[Callable[[], Any]] = [
        lambda: pa.Table.from_pandas(frame),
        lambda: pa.table({"a": pa.array([1, 2, None], pa.int8()), "b": pa.array([[1], [2, 3], None], pa.list_(pa.int32()))}),
        lambda: pa.table(
            {"d": pa.array([1, 2, 3], pa.decimal128(38, 10)), "t": pa.array([1, 2, 3], pa.timestamp("ns", "Asia/Kathmandu"))}
        ),
        lambda: pa.table(
            {"s": pa.array(["a", "b", "a"]).dictionary_encode(), "x": pa.array([b"\xff", b"", None]), "n": pa.nulls(3)}
        ),
        lambda: pa.table(
            {
                "m": pa.array([{"k": 1}, {"k": 2}, None]),
                "u": pa.array([2**64 - 1, 0, 1], pa.uint64()),
                "h": pa.array([1, 2, 3], pa.time64("us")),
            }
        ),
    ]
    made = []
    for place, kind in enumerate(kinds):
        sink = io.BytesIO()
        pq.write_table(kind(), sink, compression=["snappy", "none", "gzip", "none", "zstd"][place])
        made.append(sink.getvalue())
    return made


def _make_parquet(dice: Random) -> File:
    content = dice.choice(_parquets())
    return dice.choice(["t.parquet", "t.parquet", "t.pq", "t.csv"]), grammar.changed_bytes(
        dice, content, dice.choice(_parquets())
    )


@cache
def _workbooks() -> list[File]:
    import xlsxwriter

    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink, {"default_date_format": "yyyy-mm-dd"}) as book:
        people, two = book.add_worksheet("People"), book.add_worksheet("Two")
        frame = _frame()
        people.write_row(0, 0, list(frame.columns))
        for row, values in enumerate(frame.itertuples(index=False), 1):
            for column, value in enumerate(values):
                if value is not None and value == value:
                    people.write(row, column, value.to_pydatetime() if isinstance(value, pd.Timestamp) else value)
        two.write_row(3, 1, ["x", "y"])
        two.write_formula(4, 1, "=1+1", None, 2)
        two.merge_range(5, 1, 6, 2, "merged")
    body = "".join(
        f'<table:table-row><table:table-cell office:value-type="float" office:value="{row}"/><table:table-cell office:value-type="string" '
        f'table:number-columns-repeated="{1 + row % 2}"><text:p>a{row % 3}</text:p></table:table-cell></table:table-row>'
        for row in range(12)
    )
    spaces = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text"))
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}><office:body><office:spreadsheet><table:table '
        f'table:name="One">{body}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as parts:
        parts.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        parts.writestr("content.xml", content)
        parts.writestr("META-INF/manifest.xml", "<manifest/>")
    return [("t.xlsx", sink.getvalue()), ("t.ods", other.getvalue())]


def _make_excel(dice: Random) -> File:
    name, content = dice.choice(_workbooks())
    if dice.random() < 0.7:  # inside the zip, where the workbook is
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            read = {entry: parts.read(entry) for entry in parts.namelist()}
        for entry in dice.sample(list(read), dice.choice([1, 1, 2])):
            read[entry] = (
                grammar.changed_bytes(dice, read[entry], dice.choice(list(read.values()))) if dice.random() < 0.9 else b""
            )
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w", dice.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])) as parts:
            for entry, part in read.items():
                if dice.random() < 0.98:
                    parts.writestr(entry, part)
        content = sink.getvalue()
    else:
        content = grammar.changed_bytes(dice, content)
    return dice.choice([name, name, "t.xlsm", "t.ods", "t.xls", "t.csv"]), content


def _read(given: File) -> str:
    """Read as the process of a reading does; what was read can be kept, described and reviewed."""
    from synth_ui.core.context import Context
    from synth_ui.core.errors import ReadError
    from synth_ui.tables.profile import profile
    from synth_ui.tables.read import _source, read_here
    from synth_ui.tables.readers.source import Wish
    from synth_ui.tables.review import review_frame

    name, content = given
    try:
        reading = read_here(_source(content, name), name, Wish(scratch=_folder()), Context())
    except ReadError as error:
        if "nobody thought of" in str(error):
            cause = error.__cause__
            raise Broken(f"nobody thought of {type(cause).__name__} at {_place(cause or error)}: {str(cause)[:200]!r}") from error
        raise
    table = reading.table
    for said in (*reading.assumed, *map(str, reading.warnings), *table.schema.names, table.name):
        said.encode()
    pq.write_table(pa.Table.from_pandas(table.frame, preserve_index=False), io.BytesIO())
    review_frame(table, reading.warnings)
    profile(table)
    return f"read: {', '.join(sorted({column.kind.value for column in table.schema}))}"


# --- parcels ----------------------------------------------------------------------------------------------------------


@cache
def _example() -> dict[str, bytes]:
    from synth_ui.ui.arrive import example

    with zipfile.ZipFile(Path(example.__file__).with_name("example.zip")) as parcel:
        return {entry: parcel.read(entry) for entry in parcel.namelist()}


def _make_parcel(dice: Random) -> File:
    entries = dict(_example())
    how = dice.random()
    if how < 0.6:
        said = json.loads(entries["rows.json"])
        rows = said["rows"]
        for _ in range(dice.choice([1, 1, 2])):
            kind = dice.choice(list(rows))
            if rows[kind]:
                place = dice.randrange(len(rows[kind]))
                rows[kind][place] = _changed_row(dice, rows[kind][place])
        if dice.random() < 0.1:
            said = grammar.replaced(dice, said)
        entries["rows.json"] = json.dumps(said).encode()
    elif how < 0.8:
        entry = dice.choice(list(entries))
        entries[entry] = grammar.changed_bytes(dice, entries[entry], dice.choice(list(entries.values())))
    else:
        entries[
            dice.choice(
                ["../x", "/etc/x", "runs/a/sampler.pickle", "rows.json ", "tables/x.parquet", grammar.text(dice, 2) or "x"]
            )
        ] = b"x"
    sink = io.BytesIO()
    with zipfile.ZipFile(
        sink, "w", dice.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
    ) as parcel:
        for entry, content in entries.items():
            if dice.random() < 0.995:
                parcel.writestr(zipfile.ZipInfo(entry.replace("\0", "") or "x"), content, compress_type=parcel.compression)
    content = sink.getvalue()
    return "race.zip", grammar.changed_bytes(dice, content) if dice.random() < 0.3 else content


def _changed_row(dice: Random, row: dict[str, Any]) -> Any:
    name = dice.choice(list(row))
    held = row[name]
    if isinstance(held, str) and held[:1] in "{[" and dice.random() < 0.8:  # JSON within a row
        with contextlib.suppress(ValueError):
            return {**row, name: json.dumps(grammar.replaced(dice, json.loads(held)))}
    return {**row, name: grammar.replaced(dice, held)} if dice.random() < 0.9 else grammar.replaced(dice, row)


@cache
def _workspace() -> Any:
    from synth_ui.store.workspace import Workspace

    return Workspace.open(Path(mkdtemp(prefix="parcels-", dir=_folder())))


def _parcel(given: File) -> str:
    """Unpack into a workspace of its own; what was taken is shown as the pages show it, what was not leaves nothing."""
    from synth_ui.core.errors import SynthError
    from synth_ui.jobs.races.results import board, outcome
    from synth_ui.store import history
    from synth_ui.store.parcel import unpack

    ws = _workspace()
    path = ws.home / "race.zip"
    path.write_bytes(given[1])
    before = _there(ws.home)
    try:
        found = unpack(ws, path)
    except SynthError:
        assert _there(ws.home) == before, f"left behind: {sorted(_there(ws.home) - before)[:3]}"
        raise
    try:
        for race_id in found.races:
            board(ws, race_id)
            outcome(ws, race_id).verdict()
            history.races_with_counts(ws)
    finally:
        for race_id in found.races:
            ws.delete_race(race_id)
        for table_id in found.tables:
            ws.delete_table(table_id)
    return "unpacked"


def _there(home: Path) -> set[str]:
    return {
        str(path.relative_to(home)) for path in home.rglob("*") if path.is_file() and not path.name.startswith("synth_ui.sqlite")
    }


FILES: dict[str, Target] = {
    target.name: target
    for target in (
        Target("csv", "CSV and other texts", _make_csv, _read, seconds=8.0, goal=4_000),
        Target("json", "JSON and JSON Lines", _make_json, _read, seconds=8.0, goal=3_000),
        Target("parquet", "Parquet", _make_parquet, _read, seconds=8.0, goal=3_000),
        Target("excel", "workbooks", _make_excel, _read, seconds=8.0, goal=1_000),
        Target("parcels", "packed races", _make_parcel, _parcel, seconds=12.0, goal=300),
    )
}
TARGETS = {**ALL, **FILES}
"""Every target, by name."""
