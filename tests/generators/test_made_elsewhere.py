"""The catalogue's entry for files made elsewhere says how they take part; the races' own tests look at the files."""

from __future__ import annotations

import pandas as pd
import pytest

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.table import Column, Kind, Schema, Table
from synth_ui.generators.base import generators


def test_a_file_is_listed_and_says_how_it_takes_part() -> None:
    file = generators()["file"]
    assert not file.needs_real_data
    assert not file.settings_spec()
    table = Table(pd.DataFrame({"age": [31, 58]}), Schema((Column("age", Kind.INTEGER, dtype="int64"),)))
    with pytest.raises(DoesNotApply, match=r"--synthetic FILE.*race\(files=.*synth-ui score"):
        file().fit(table, Context())
