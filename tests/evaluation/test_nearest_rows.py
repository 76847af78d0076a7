"""The nearest real row of a synthetic one: found in either half, counted as it differs, shown without what names somebody."""

import numpy as np
import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.table import Column, Kind, Role, Schema, Split, Table
from synth_ui.evaluation.nearest_rows import MASK, masked, nearest_rows
from synth_ui.measures.case import Shared


def halves():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=60), "y": rng.normal(size=60), "name": [f"person {n}" for n in range(60)]})
    columns = (Column("x", Kind.NUMBER), Column("y", Kind.NUMBER), Column("name", Kind.TEXT, Role.PERSONAL))
    train, holdout = (frame.iloc[:30].reset_index(drop=True), frame.iloc[30:].reset_index(drop=True))
    schema = Schema(columns)
    return Split(Table(train, schema, "t"), Table(holdout, schema, "t"), 0)


def test_the_row_itself_is_found_in_the_half_it_stands_in():
    split = halves()
    rows = pd.concat([split.holdout.frame.iloc[[4]], split.train.frame.iloc[[7, 2]]]).reset_index(drop=True)
    rows.loc[2, "x"] += 1e-4
    found = nearest_rows(rows, Shared(split), Context(0))
    assert list(found.trained) == [False, True, True]
    assert list(found.differing) == [0, 0, 1]
    assert list(found.rows["name"]) == ["person 34", "person 7", "person 2"]


def test_what_names_somebody_is_hidden():
    split = halves()
    frame = split.train.frame.copy()
    frame.loc[0, "name"] = None
    shown = masked(frame, split.schema)
    assert shown["name"].isna()[0]
    assert set(shown["name"][1:]) == {MASK}
    assert shown["x"].equals(frame["x"])
    assert frame["name"][1] == "person 1"
