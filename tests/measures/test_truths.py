"""Yes-or-no columns of which yes is the commoner: a measure that puts the commonest level first must not take one for the other."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from synth_ui.columns.values import level_codes
from synth_ui.core.cast import cast_column
from synth_ui.core.table import Column, Kind
from synth_ui.measures.fidelity.telling_apart.telltale import Telltale
from synth_ui.measures.utility.answer import Answer
from synth_ui.measures.utility.queries import Queries
from tests.measures.made import measured, split_of

KINDS = {"age": Kind.NUMBER, "member": Kind.BOOLEAN, "pay": Kind.NUMBER}


def rows(seed: int, members: float = 0.8) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    member = rng.random(400) < members
    age = rng.normal(40, 10, 400)
    return pd.DataFrame({"age": age, "member": member, "pay": 2 * age + 20 * member + rng.normal(0, 5, 400)})


@pytest.mark.parametrize("levels", [("False", "True"), ("True", "False"), ("True",), ("False",), ()])
def test_a_code_is_the_place_among_the_levels_asked_for(levels: tuple[str, ...]) -> None:
    column = Column("member", Kind.BOOLEAN, nullable=True)
    series = cast_column(pd.Series([True, False, None, True]), column)[0]
    expected = [levels.index(str(value)) if str(value) in levels else len(levels) for value in (True, False, None, True)]
    expected[2] = -1
    assert level_codes(series, levels).tolist() == expected


def test_a_filter_counts_the_rows_it_names() -> None:
    split, made = split_of(rows(0), rows(1), KINDS), rows(2, members=0.5)
    frame = measured(Queries(count=200), split, made).detail["queries"]
    alone = frame[frame["query"].str.contains("member is (?:True|False)")]
    share = {side: table["member"].mean() for side, table in (("real_share", split.holdout.frame), ("synthetic_share", made))}
    for row in alone.to_dict("records"):
        told = "member is True" in row["query"]
        for side, members in share.items():
            assert row[side] <= (members if told else 1 - members) + 1e-9, row["query"]
    assert len(alone) > 50


def test_a_coefficient_has_the_sign_of_what_it_names() -> None:
    split, made = split_of(rows(0), rows(1), KINDS), rows(2)
    question = Answer(kind="regression", outcome="pay", predictors=json.dumps(["age", "member"]))
    frame = measured(question, split, made).detail["estimates"].set_index("term")
    theirs = smf.ols("pay ~ age + member", made.assign(member=made["member"].astype(int))).fit()
    assert frame.loc["member: False against True", "synthetic"] == pytest.approx(-theirs.params["member"])


def test_a_sentence_names_the_rows_that_differ() -> None:
    split, made = split_of(rows(0), rows(1), KINDS), rows(2, members=0.3)
    said = measured(Telltale(), split, made).detail["sentences"].set_index("text")
    [text] = [text for text in said.index if "member True" in text and "age" not in text and "pay" not in text]
    assert said.loc[text, "synthetic_share"] == pytest.approx(0.3, abs=0.08)
    assert said.loc[text, "real_share"] == pytest.approx(0.8, abs=0.08)
