"""Frames come back as they were, and are there whole or not at all."""

from __future__ import annotations

import errno
import os
import resource
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from synth_ui.core.errors import StoreError
from synth_ui.store.files.disk import write_whole
from synth_ui.store.files.frames import read_frame, write_frame
from tests.workshop import small_table


def test_every_dtype_comes_back(tmp_path: Path) -> None:
    frame = small_table().frame
    write_frame(tmp_path / "a.parquet", frame)
    back = read_frame(tmp_path / "a.parquet")
    pd.testing.assert_frame_equal(back, frame, check_exact=True)
    assert list(back["job"].cat.categories) == ["clerk", "cook", "never seen"]
    assert back["size"].cat.ordered
    assert back["note"][0] is None


@pytest.mark.parametrize(
    "frame",
    [
        small_table().frame.iloc[:0],
        small_table().frame.iloc[:1],
        pd.DataFrame({"blank": pd.Series([None, None], dtype=object), "number": [1.5, float("nan")]}),
        pd.DataFrame({"level": pd.Categorical([None, None], categories=["a"])}),
        pd.DataFrame(
            {
                "ten": pd.Categorical(["10", "9"], categories=["9", "10", "0"]),
                "when": pd.to_datetime(["1850-01-01", None]).as_unit("us"),
            }
        ),
        pd.DataFrame(index=range(3)),
    ],
    ids=["no rows", "one row", "all blank", "levels no row has", "levels not sorted", "no columns"],
)
def test_awkward_frames_come_back(tmp_path: Path, frame: pd.DataFrame) -> None:
    write_frame(tmp_path / "a.parquet", frame)
    back = read_frame(tmp_path / "a.parquet")
    if len(frame.columns):
        pd.testing.assert_frame_equal(back, frame.reset_index(drop=True), check_exact=True)
    assert list(back.columns) == list(frame.columns)


def test_a_detail_of_mixed_values_is_kept_as_text(tmp_path: Path) -> None:
    frame = pd.DataFrame({"level": ["a", 3, None], "bin": pd.cut([1.0, 2.0, 3.0], 2)})
    write_frame(tmp_path / "a.parquet", frame)
    back = read_frame(tmp_path / "a.parquet")
    assert back["level"].tolist() == ["a", "3", None]
    assert back["bin"].cat.categories.tolist() == [str(level) for level in frame["bin"].cat.categories]


def test_a_missing_frame_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no longer in the workspace"):
        read_frame(tmp_path / "a.parquet")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    write_frame(tmp_path / "a.parquet", small_table().frame)
    before = (tmp_path / "a.parquet").read_bytes()

    def full(*_: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(StoreError, match="The disk is full"):
        write_frame(tmp_path / "a.parquet", small_table(10).frame)
    assert [path.name for path in tmp_path.iterdir()] == ["a.parquet"]
    assert (tmp_path / "a.parquet").read_bytes() == before


def test_a_write_that_stops_half_way_leaves_nothing_behind(tmp_path: Path) -> None:
    """The kernel itself refuses to let the file grow, as a full disk would."""
    script = f"""
import resource, signal
from pathlib import Path
from synth_ui.core.errors import StoreError
from synth_ui.store.files.frames import write_frame
from tests.workshop import small_table
frame = small_table(50_000).frame
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    write_frame(Path({str(tmp_path)!r}) / "a.parquet", frame)
except StoreError as error:
    print(error)
"""
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "The disk is full" in out.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_limit_of_that_test_is_a_limit() -> None:
    assert hasattr(resource, "RLIMIT_FSIZE")
    assert hasattr(signal, "SIGXFSZ")


def test_an_error_of_the_writer_is_its_own(tmp_path: Path) -> None:
    def broken(path: Path) -> None:
        path.write_text("half")
        raise KeyError("broken")

    with pytest.raises(KeyError):
        write_whole(tmp_path / "a", broken)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="a folder cannot be opened elsewhere")
def test_what_is_written_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    sync, replace = os.fsync, os.replace

    def synced(opened: int) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(opened).st_mode) else "file")
        sync(opened)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", lambda one, other: (done.append("name"), replace(one, other)))
    write_whole(tmp_path / "a", lambda path: path.write_text("whole"))
    assert done == ["file", "name", "folder"], "a power cut leaves no empty file under a name that the database knows"


def test_a_file_system_that_syncs_no_folder_is_written_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(opened: int) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "fsync", refused)
    write_whole(tmp_path / "a", lambda path: path.write_text("whole"))
    assert (tmp_path / "a").read_text() == "whole"
