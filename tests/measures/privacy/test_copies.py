"""Copies of rows and values, counted against what chance gives the holdout."""

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.table import Column, Kind, Role, Schema
from synth_ui.measures.privacy.near_copies.copies import Copies, _among
from tests.measures.privacy.worlds import CONTEXT, LEVELS, MIXED, case_of, levels, three, with_copies


def kinds_of(result):
    return result.detail["kinds"].set_index(["kind", "column"])


def measured(*frames, schema=MIXED):
    return Copies().measure(case_of(*frames, schema), CONTEXT)


def numbers(values, schema):
    return pd.DataFrame({"value": np.asarray(values, dtype=float)}, columns=schema.names)


def test_a_hand_worked_table():
    """Train 1 1 2 3, holdout 3 4 5 6; the synthetic table holds 1, 2, 2, 3 and 9."""
    schema = Schema((Column("value", Kind.NUMBER),))
    result = measured(
        numbers([1, 1, 2, 3], schema), numbers([3, 4, 5, 6], schema), numbers([1, 2, 2, 3, 9], schema), schema=schema
    )
    kinds = kinds_of(result)
    identical = kinds.loc[("identical rows", "")]
    assert (identical["train_share"], identical["holdout_share"]) == pytest.approx((4 / 5, 1 / 5))
    assert identical["gap"] == pytest.approx(3 / 5)
    unique = kinds.loc[("unique rows", "")]
    assert (unique["train_share"], unique["holdout_share"]) == pytest.approx((2 / 2, 1 / 4))


def test_copies_are_found_and_fresh_rows_are_not():
    train, holdout, honest = three(1_000, 1_000, 1_000)
    leaky, fresh = measured(train, holdout, with_copies(honest, train, 0.02)), measured(train, holdout, honest)
    assert leaky.headline.low > 0
    assert leaky.parts["identical_rows"].value == pytest.approx(0.02, abs=1e-9)
    assert fresh.headline.low <= 0 <= fresh.headline.high
    assert measured(train, holdout, train).headline.value > 0.98


def test_one_column_copied_value_by_value_shows_though_no_row_is_copied():
    train, holdout, honest = three(1_000, 1_000, 1_000)
    leaky = honest.assign(income=train["income"].sample(frac=1, random_state=0).to_numpy())
    result = measured(train, holdout, leaky)
    worst = result.detail["kinds"].iloc[0]
    assert (worst["kind"], worst["column"]) == ("unique values", "income")
    assert result.headline.value > 0.8
    assert result.parts["identical_rows"].low <= 0


def test_texts_and_identifiers_are_searched_too_and_blanks_are_no_value():
    schema = Schema((*MIXED, Column("email", Kind.TEXT, role=Role.PERSONAL), Column("code", Kind.IDENTIFIER, role=Role.IGNORED)))
    frames = []
    for place, frame in enumerate(three(400, 400, 400)):
        email = [None if row % 4 == 0 else f"{place}-{row}@example.org" for row in range(400)]
        frames.append(frame.assign(email=pd.Series(email, dtype=object), code=np.arange(400) + 1_000 * place))
    train, holdout, honest = frames
    result = measured(train, holdout, honest.assign(email=train["email"]), schema=schema)
    kinds = kinds_of(result)
    assert kinds.loc[("unique values", "email"), "train_share"] == 1.0
    assert kinds.loc[("unique values", "code"), "train_share"] == 0.0
    without = honest.assign(email=pd.Series([None] * 400, dtype=object), code=pd.Series([None] * 400, dtype=object))
    assert kinds_of(measured(train, holdout, without, schema=schema)).loc[("unique values", "email"), "gap"] == 0.0


def test_matches_by_chance_are_no_copies():
    """The trap of common rows: on four columns of three levels nearly every honest row is identical to a real one."""
    rng = np.random.default_rng(2)
    result = measured(*(levels(1_000, rng) for _ in range(3)), schema=LEVELS)
    assert kinds_of(result).loc[("identical rows", ""), "train_share"] > 0.9
    assert result.headline.low <= 0 <= result.headline.high


def test_chance_matches_stay_even_on_a_split_of_eighty_to_twenty():
    rng = np.random.default_rng(2)
    train, holdout, honest = levels(800, rng), levels(200, rng), levels(1_000, rng)
    result = measured(train, holdout, honest, schema=LEVELS)
    assert result.headline.low <= 0 <= result.headline.high
    assert "cut from 800 to 200" in result.note


def test_one_row_written_a_thousand_times_is_one_event():
    train, holdout, honest = three(1_000, 1_000, 1_000)
    repeated = pd.concat([train.iloc[[0]]] * 1_000, ignore_index=True)
    identical = measured(train, holdout, repeated).parts["identical_rows"]
    assert identical.value == 1.0
    assert identical.low < 0.25
    assert measured(train, holdout, with_copies(honest, train, 1.0)).parts["identical_rows"].low > 0.9


def test_the_sentence_names_a_leak_and_never_promises():
    from synth_ui.core.score import Score

    assert "values that occur in one row only" in Copies().says(Score("a", "copies", "privacy", 0.05, 0.04, 0.06))
    assert Copies().says(Score("a", "copies", "privacy", 0.0, -0.01, 0.01)).startswith("No sign of copies found")


def test_sorted_hashes_are_found_among_others_as_numpy_finds_them():
    rng = np.random.default_rng(0)
    others = rng.integers(0, 40, 60).astype(np.uint64)
    ranked = np.unique(rng.integers(0, 60, 50).astype(np.uint64))
    np.testing.assert_array_equal(_among(ranked, others), np.isin(ranked, others))
    assert not _among(ranked, others[:0]).any()
    assert not len(_among(ranked[:0], others))
