"""Frames written one below the other are read back as if they had been one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.errors import StoreError
from synth_ui.store.files.disk import write_whole
from synth_ui.store.files.frames import fill_batches, read_batches, read_frame, write_frame


def part(number: int, *, blank: bool) -> pd.DataFrame:
    whole = pd.array([1, 2, None], dtype="Int64") if blank else np.array([1, 2, 3])
    moments = pd.to_datetime(["2020-01-01", None, "2021-02-03"]).as_unit("us").tz_localize("Europe/Paris")
    return pd.DataFrame(
        {
            "whole": whole,
            "level": pd.Categorical(["x", "y", None], categories=["y", "x", "z"], ordered=True),
            "text": pd.Series([None, None, None] if number == 0 else ["q", None, "r"], dtype=object),
            "moment": moments,
            "truth": pd.array([True, None, False], dtype="boolean"),
            "number": [1.5, np.nan, float(number)],
        }
    )


def test_parts_are_read_back_as_one_frame_with_its_dtypes(tmp_path: Path) -> None:
    parts = [part(0, blank=False), part(1, blank=True), part(2, blank=False)]
    together, at_once = tmp_path / "parts.parquet", tmp_path / "whole.parquet"
    write_whole(together, fill_batches(iter(parts)))
    write_frame(at_once, pd.concat(parts, ignore_index=True).assign(whole=lambda frame: frame["whole"].astype("Int64")))
    pd.testing.assert_frame_equal(read_frame(together), read_frame(at_once))
    again = list(read_batches(together, 4))
    assert [len(one) for one in again] == [3, 1, 2, 2, 1] or [len(one) for one in again] == [4, 4, 1]
    pd.testing.assert_frame_equal(pd.concat(again, ignore_index=True), read_frame(together))


def test_a_level_unknown_before_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    later = part(1, blank=False).assign(level=pd.Categorical(["w", "x", "y"]))
    with pytest.raises(StoreError, match="level has a value that the rows written before do not know: 'w'"):
        write_whole(tmp_path / "parts.parquet", fill_batches([part(0, blank=False), later]))
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    path.write_bytes(b"PAR1 no more")
    with pytest.raises(StoreError, match=r"rows\.parquet in .* is damaged"):
        list(read_batches(path, 10))
    with pytest.raises(StoreError, match="no longer in the workspace"):
        list(read_batches(tmp_path / "gone.parquet", 10))
