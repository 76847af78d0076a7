"""Counts of filters: against pandas' own counts, and ordered by how much is shuffled."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.errors import DoesNotApply
from synth_ui.core.table import Kind
from synth_ui.measures.utility import queries
from synth_ui.measures.utility.queries import Queries
from tests.measures.made import adult, measured, split_of
from tests.measures.utility.doses import DOSES, shuffled

KINDS = {"x": Kind.NUMBER, "group": Kind.CATEGORY}


def _frame(n: int, seed: int, *, agree: bool = True) -> pd.DataFrame:
    """`group` says on which side of zero `x` lies, or nothing about it."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    told = x if agree else rng.permutation(x)
    return pd.DataFrame({"x": x, "group": np.where(told > 0, "above", "below")})


def test_every_count_is_the_one_pandas_gives() -> None:
    split = split_of(_frame(400, 0), _frame(300, 1), KINDS)
    made = _frame(500, 2, agree=False)
    frame = measured(Queries(count=60), split, made).detail["queries"]
    assert len(frame) == 60
    for row in frame.to_dict("records"):
        for share, rows in (("real_share", split.holdout.frame), ("synthetic_share", made)):
            assert row[share] == pytest.approx(_counted(row["query"], rows), abs=0.006), row["query"]
    assert frame["error"].is_monotonic_decreasing
    assert frame["error"].to_numpy() == pytest.approx(np.abs(frame["real_share"] - frame["synthetic_share"]))


def _counted(query: str, rows: pd.DataFrame) -> float:
    """Count a filter as a person would read it; limits are shown to six digits."""
    found = np.ones(len(rows), dtype=bool)
    for condition in query.split(" and "):
        words = condition.split(" ")
        if words[1] == "is":
            found &= (rows["group"] == words[2]).to_numpy() if words[0] == "group" else rows["x"].notna().to_numpy()
        if "from" in words:
            found &= rows["x"].to_numpy() >= float(words[words.index("from") + 1]) - 1e-5
        if "below" in words and words[0] == "x":
            found &= rows["x"].to_numpy() < float(words[words.index("below") + 1]) + 1e-5
    return float(found.mean())


def test_the_headline_is_the_median_and_beside_it_the_95th_percentile() -> None:
    split = split_of(_frame(400, 0), _frame(300, 1), KINDS)
    measurement = measured(Queries(count=150), split, _frame(400, 2, agree=False))
    error = measurement.detail["queries"]["error"]
    assert measurement.headline.value == pytest.approx(np.median(error))
    assert measurement.parts["p95"].value == pytest.approx(np.quantile(error, 0.95))
    assert measurement.parts["mean"].value == pytest.approx(error.mean())
    assert measurement.detail["errors"]["queries"].sum() == 150
    assert measurement.headline.low < measurement.headline.value < measurement.headline.high  # type: ignore[operator]


def test_the_more_columns_are_shuffled_the_worse() -> None:
    split = adult(4_000)
    errors = [measured(Queries(count=300), split, shuffled(split.train.frame, dose)).parts["mean"].value for dose in DOSES]
    assert errors == sorted(errors)
    assert errors[-1] > 2 * errors[0]


def test_blanks_are_asked_for() -> None:
    holes = [frame.assign(x=frame["x"].mask(np.arange(len(frame)) % 3 == 0)) for frame in (_frame(300, 0), _frame(300, 1))]
    split = split_of(*holes, KINDS)
    frame = measured(Queries(count=100), split, _frame(300, 2)).detail["queries"]
    blank = frame[frame["query"].str.contains("x is blank")]
    assert len(blank) > 10
    assert (blank["synthetic_share"] == 0).all()
    assert (blank["real_share"] > 0).any()


def test_levels_the_real_table_lacks_are_found_by_no_filter() -> None:
    split = split_of(_frame(300, 0), _frame(300, 1), KINDS)
    made = _frame(300, 2).assign(group="unheard of")
    assert measured(Queries(count=100), split, made).detail["queries"]["synthetic_share"].max() == 0


def test_a_change_of_unit_and_of_names_changes_nothing() -> None:
    split, made = split_of(_frame(400, 0), _frame(300, 1), KINDS), _frame(400, 2, agree=False)

    def other(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(x=frame["x"] * 8 + 32, group=frame["group"].map({"above": "zz", "below": "aa"}))

    renamed = split_of(
        other(split.train.frame.astype({"group": object})), other(split.holdout.frame.astype({"group": object})), KINDS
    )
    assert measured(Queries(), renamed, other(made)).headline.value == measured(Queries(), split, made).headline.value


def test_one_column_cannot_be_filtered_by_two() -> None:
    frames = [frame[["x"]] for frame in (_frame(100, 0), _frame(100, 1), _frame(100, 2))]
    with pytest.raises(DoesNotApply, match="two columns"):
        measured(Queries(), split_of(frames[0], frames[1], {"x": Kind.NUMBER}), frames[2])


def test_of_very_many_rows_a_draw_is_counted_and_what_that_costs_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    split = adult(2_000)
    assert measured(Queries(), split, split.train.frame).note == ""
    monkeypatch.setattr(queries, "MOST_ROWS", 500)
    drawn = measured(Queries(), split, split.train.frame)
    assert drawn.headline.low is not None
    assert drawn.headline.high is not None
    apart = np.sqrt(2) * (drawn.headline.high - drawn.headline.low) / 2
    assert drawn.note == (
        f"counted on a draw of 500 rows of each table, so that errors less than {apart:.4f} apart are not told from each other"
    )
