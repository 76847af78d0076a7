"""A remark on a column is read as it was written."""

from __future__ import annotations

import pytest

from synth_ui.tables.warning import ColumnWarning


@pytest.mark.parametrize(
    "warning",
    [ColumnWarning("a", "c: d"), ColumnWarning("a: b", "c"), ColumnWarning(None, "a, only"), ColumnWarning("a", "", True)],
)
def test_what_is_written_is_read(warning: ColumnWarning) -> None:
    assert ColumnWarning.read(str(warning), ["a", "a: b", "c"], warning.changed) == warning
