"""Sources that would take the process, the memory or the time of whoever reads them: refused in words, and nothing else suffers."""

from __future__ import annotations

import gzip
import io
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synth_ui.core.context import Context, Progress
from synth_ui.core.errors import Cancelled, ReadError
from synth_ui.tables import bounded, scratch
from synth_ui.tables.read import Limits, read
from synth_ui.tables.readers.source import Source, Wish

MEGABYTE = 1024**2


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SYNTH_UI_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def alone() -> Iterator[None]:
    """Begin and end without a process kept from before."""
    bounded._end_all()
    yield
    bounded._end_all()


def sheet(*cells: tuple[str, str], dimension: str = "") -> bytes:
    """Return a workbook of one sheet with these cells, as little of it as a reader takes."""
    rows = "".join(
        f'<row r="{"".join(filter(str.isdigit, at))}"><c r="{at}"{"/>" if not value else f"><v>{value}</v></c>"}</row>'
        for at, value in cells
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}">{dimension}<sheetData>{rows}</sheetData></worksheet>',
    }  # fmt: skip
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return buffer.getvalue()


TABLE = (("A1", "1"), ("B1", "2"), ("A2", "3"), ("B2", "4"))


def many_rows(rows: int, columns: int = 2) -> bytes:
    table = pa.table({f"c{i}": pa.array(np.zeros(rows, dtype=np.int8)) for i in range(columns)})
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


HOSTILE: dict[str, tuple[str, Callable[[], bytes], Limits, str]] = {
    "a cell in the last corner": ("b.xlsx", lambda: sheet(("A1", "1"), ("XFD1048576", "1")), Limits(), "2 cells that hold something, but they lie as far apart as A1 and XFD1048576"),
    "a cell in the last row": ("b.xlsx", lambda: sheet(*TABLE, ("AZ1048576", "1")), Limits(), r"Delete what stands far from the table \(such as AZ1048576\)"),
    "a cell far away, and a dimension that denies it": ("b.xlsx", lambda: sheet(*TABLE, ("ALL100000", "1"), dimension='<dimension ref="A1:B2"/>'), Limits(), "a grid of 100,000,000 places"),
    "a workbook of much more than it weighs": ("b.xlsx", lambda: sheet(*((f"A{i}", "1") for i in range(1, 60_000))), Limits(unpacked=MEGABYTE), "unpacks to"),
    "many columns in a line": ("t.csv", lambda: b",".join(b"c%d" % i for i in range(20_000)) + b"\n" + b",".join([b"1"] * 20_000), Limits(), "20,000 columns; the limit is 10,000. Keep the columns"),
    "many names in JSON": ("t.json", lambda: b"[" + b",".join(b'{"k%d":1}' % i for i in range(20_000)) + b"]", Limits(), "columns; the limit is 10,000"),
    "many columns in Parquet": ("t.parquet", lambda: many_rows(1, 10_001), Limits(), "10,001 columns; the limit is 10,000"),
    "a line without end": ("t.csv", lambda: b"a,b\n" + b"1," * 600_000, Limits(line=MEGABYTE), "a line of more than 1 MB; no row of a table is as long"),
    "zeros without end": ("t.csv.gz", lambda: gzip.compress(bytes(40 * MEGABYTE)), Limits(), "a line of more than 32 MB"),
    "more than may be unpacked": ("t.csv.gz", lambda: gzip.compress(b"1,2\n" * 4 * MEGABYTE), Limits(size=5 * MEGABYTE), "holds more than"),
    "more memory than there is for it": ("t.parquet", lambda: many_rows(40_000_000), Limits(memory=300 * MEGABYTE), "needs more than the 0.3 GB of memory it may take. Take a sample"),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_what_would_break_its_reader_is_refused_in_words(what: str) -> None:
    name, content, limits, message = HOSTILE[what]
    made = content()
    start = time.monotonic()
    with pytest.raises(ReadError, match=message):
        read(made, name=name, limits=limits)
    assert time.monotonic() - start < 30
    assert len(read(b"a,b\n1,2\n3,4\n", name="t.csv").table) == 2
    assert len(read(sheet(*TABLE), name="b.xlsx").table) >= 1


def test_a_workbook_that_ends_its_reader_ends_nothing_else() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(sheet(("A1", "1")))) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name.endswith("sheet1.xml"):  # single quotes: no look at the archive finds these cells
                far = b"<row r='1'><c r='A1'><v>1</v></c></row><row r='1048576'><c r='XFD1048576'><v>1</v></c></row>"
                text = text[: text.index(b"<row")] + far + text[text.index(b"</sheetData>") :]
            new.writestr(name, text)
    with pytest.raises(
        ReadError, match=r"needs more than the 0\.5 GB of memory it may take.*in a workbook, delete what stands far"
    ):
        read(buffer.getvalue(), name="b.xlsx", limits=Limits(memory=500 * MEGABYTE))
    assert len(read(sheet(*TABLE), name="b.xlsx").table) >= 1


def test_blank_cells_formatted_to_the_last_row_are_no_stray_cells() -> None:
    table = read(sheet(*TABLE, *((f"A{row}", "") for row in range(3, 200)), ("XFD1048576", "")), name="b.xlsx").table
    assert table.frame.shape[1] == 2


# --- what never answers ------------------------------------------------------------------------------------------


def test_what_is_no_plain_file_is_refused_at_once(tmp_path: Path) -> None:
    pipe, link = tmp_path / "pipe.csv", tmp_path / "link.csv"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    for path, what in (
        (pipe, "a pipe"),
        (link, "a pipe"),
        (Path("/dev/zero"), "a device"),
        (Path("/dev/random"), "a device"),
        (tmp_path, "a folder"),
    ):
        with pytest.raises(ReadError, match=f"is {what}"):
            read(path)
    for path in ("no/such/file.csv", "a" * 5_000, "a\0b.csv", "~nobody-at-all/t.csv"):
        with pytest.raises(ReadError):
            read(path)


def test_an_open_that_never_returns_keeps_nobody_else_waiting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "share.csv"
    path.write_text("a,b\n1,2\n")
    hung, let_go = threading.Event(), threading.Event()
    opened = os.open

    def hang(file: object, *rest: int) -> int:
        if str(file) == str(path):
            hung.set()
            let_go.wait(20)
        return opened(file, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", hang)
    waiting = threading.Thread(target=lambda: read(path), daemon=True)
    waiting.start()
    assert hung.wait(5)
    try:
        assert len(read(b"a,b\n1,2\n3,4\n", name="t.csv").table) == 2
        assert len(read(sheet(*TABLE), name="b.xlsx").table) >= 1
    finally:
        let_go.set()
        waiting.join(10)


# --- bounded in time, and stopped when asked ---------------------------------------------------------------------


def slow(rows: int = 400_000) -> bytes:
    return b"a,b,c\n" + b"".join(b"%d,x%d,2020-01-%02d\n" % (i, i, i % 28 + 1) for i in range(rows))


def test_a_reading_that_takes_too_long_is_given_up() -> None:
    content = slow()
    start = time.monotonic()
    with pytest.raises(ReadError, match=r"is not read after 0 seconds; that is the limit\. Take a sample"):
        read(content, name="t.csv", limits=Limits(seconds=0.4))
    assert time.monotonic() - start < 10


def test_a_reading_is_stopped_when_asked_and_tells_how_far_it_is() -> None:
    seen: list[Progress] = []
    content = slow()
    start = time.monotonic()
    with pytest.raises(Cancelled):
        read(content, name="t.csv", context=Context(on_progress=seen.append, cancelled=lambda: time.monotonic() - start > 0.5))
    assert time.monotonic() - start < 5
    assert seen


def test_progress_of_a_long_reading_comes_from_the_process_that_reads() -> None:
    seen: list[Progress] = []
    result = read(slow(90_000), name="t.csv", context=Context(on_progress=seen.append))
    assert len(result.table) == 90_000
    assert "looking at the columns" in {progress.phase for progress in seen}


def test_what_comes_back_is_what_would_have_been_read_here() -> None:
    content = slow(90_000)
    there = read(content, name="t.csv", seed=3, rows=1_000)
    from synth_ui.tables.read import read_here

    here = read_here(Source.of_bytes(content, "t.csv"), "t.csv", Wish(rows=1_000, seed=3), Context())
    assert there.table.fingerprint == here.table.fingerprint
    assert (there.assumed, there.warnings, there.headed) == (here.assumed, here.warnings, here.headed)
    pd.testing.assert_frame_equal(there.table.frame, here.table.frame)
    there.table.frame.iloc[0, 0] = there.table.frame.iloc[1, 0]  # what came back can be written to


def test_a_process_is_used_again_and_one_that_is_killed_replaced(alone: None) -> None:
    read(sheet(*TABLE), name="b.xlsx")
    first = bounded._spare[0].process.pid
    read(sheet(*TABLE), name="b.xlsx")
    assert bounded._spare[0].process.pid == first
    os.kill(first, signal.SIGKILL)
    bounded._spare[0].process.wait(5)
    read(sheet(*TABLE), name="b.xlsx")
    assert bounded._spare[0].process.pid != first


def test_the_process_ends_with_the_one_that_started_it(tmp_path: Path) -> None:
    code = (
        "import os, sys, time\nfrom synth_ui.tables import bounded\nbounded.prepare()\n"
        "print(bounded._spare[0].process.pid, flush=True)\ntime.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait(5)
    parent.stdout.close()
    end = time.monotonic() + 20
    while Path(f"/proc/{child}/cmdline").exists() and Path(f"/proc/{child}/cmdline").read_bytes() and time.monotonic() < end:
        time.sleep(0.1)
    assert not Path(f"/proc/{child}/cmdline").exists() or not Path(f"/proc/{child}/cmdline").read_bytes()


# --- temporary copies --------------------------------------------------------------------------------------------


def test_copies_lie_in_the_workspace_for_its_owner_only_and_are_gone_afterwards(home: Path) -> None:
    with scratch.scratch() as folder:
        assert folder.parent == home / "reading"
        assert {path.stat().st_mode & 0o777 for path in (home, folder.parent, folder)} == {0o700}
        (folder / "table.csv").write_text("a,b\n")
        assert scratch.remove_leftovers() == 0  # in use
    assert list((home / "reading").iterdir()) == []


def test_copies_of_a_process_that_was_killed_are_swept(home: Path) -> None:
    code = "import sys, time\nfrom synth_ui.tables.scratch import scratch\nwith scratch() as f:\n    (f / 'table.csv').write_text('a')\n    print(f, flush=True)\n    time.sleep(60)\n"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    folder = Path(process.stdout.readline().strip())
    assert (folder / "table.csv").exists()
    assert scratch.remove_leftovers() == 0
    process.kill()
    process.wait(5)
    process.stdout.close()
    assert folder.exists()
    assert scratch.remove_leftovers() == 1
    assert list((home / "reading").iterdir()) == []


def test_a_workspace_that_cannot_be_written_does_not_keep_a_file_from_being_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "taken").write_text("no folder")
    monkeypatch.setenv("SYNTH_UI_HOME", str(tmp_path / "taken"))
    with scratch.scratch() as folder:
        assert folder.is_dir()
    assert not folder.exists()
