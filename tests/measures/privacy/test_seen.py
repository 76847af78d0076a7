"""Rows held back that are found again: told where a file holds them, never where rows that did not see them are like them."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.cast import cast, to_source
from synth_ui.core.context import Context
from synth_ui.core.score import Score, Status, scores_frame
from synth_ui.core.table import Column, Kind, Schema, Split, Table
from synth_ui.evaluation.calibrate import calibrate
from synth_ui.evaluation.controls import redraw_cells
from synth_ui.evaluation.evaluate import evaluate, evaluate_control
from synth_ui.measures.case import Case, Shared
from synth_ui.measures.privacy.near_copies import _found_again as found_again
from synth_ui.measures.privacy.near_copies._found_again import (
    TrainRows,
    alone_among,
    among,
    blocks_of,
    by_chance,
    coarse,
    determined_by,
    limits_of,
    single,
    times_among,
)
from synth_ui.measures.privacy.near_copies.seen import SeenRows
from tests.measures.privacy.worlds import CONTEXT, LEVELS, MIXED, levels, mixed, split_of
from tests.race_scores import outcome

ROWS = 600


def measured(split, synthetic, shared=None):
    return SeenRows().measure(Case(split, cast(synthetic, split.schema)[0], shared or Shared(split)), CONTEXT)


def told(split, synthetic, shared=None) -> bool:
    return bool(measured(split, synthetic, shared).detail["kinds"]["told"].any())


def kinds_of(split, synthetic):
    return measured(split, synthetic).detail["kinds"].set_index("kind")


@pytest.fixture(scope="module")
def world() -> tuple[Split, pd.DataFrame, pd.DataFrame, Shared]:
    """A split, the whole real table in chance order, fresh rows, and what all candidates share."""
    rng = np.random.default_rng(1)
    split = split_of(mixed(ROWS, rng), mixed(ROWS, rng))
    return split, whole(split), mixed(ROWS, rng), Shared(split)


def whole(split: Split) -> pd.DataFrame:
    both = pd.concat([split.train.frame, split.holdout.frame], ignore_index=True)
    return both.iloc[np.random.default_rng(2).permutation(len(both))].reset_index(drop=True)


# --- what is counted --------------------------------------------------------------------------------------------


def number_split(train, holdout, width):
    schema = Schema(tuple(Column(f"c{place}", Kind.INTEGER) for place in range(width)))
    frames = [pd.DataFrame(rows, columns=schema.names, dtype="int64") for rows in (train, holdout)]
    return Split(*(Table(frame, schema) for frame in frames))


def test_whole_rows_and_rows_but_for_one_cell_are_counted_as_by_enumeration():
    rng = np.random.default_rng(5)
    train, holdout, synthetic = (rng.integers(0, 3, (size, 4)).tolist() for size in (40, 30, 35))
    split = number_split(train, holdout, 4)
    kinds = kinds_of(split, pd.DataFrame(synthetic, columns=split.schema.names))

    def single(rows):
        return [row for row in rows if rows.count(row) == 1]

    def share(rows, most):
        near = [min(sum(a != b for a, b in zip(row, other, strict=True)) for other in synthetic) for row in rows]
        return np.mean([gap <= most for gap in near])

    for kind, most in (("word for word", 0), ("all but one cell", 1)):
        assert kinds.at[kind, "rows"] == len(single(holdout))
        assert kinds.at[kind, "holdout_share"] == pytest.approx(share(single(holdout), most))
        assert kinds.at[kind, "train_share"] == pytest.approx(share(single(train), most))


def test_a_combination_counts_rows_that_are_alone_in_it():
    """Every order of two columns is both of them: a row counts where no other has its pair of values."""
    holdout = [(a, b) for a in range(6) for b in range(6)] + [(0, 0), (1, 1)]
    train = [(a, b + 6) for a in range(6) for b in range(6)]
    split = number_split(train, holdout, 2)
    made = [(a, b) for a, b in holdout[:36] if (a + b) % 3 == 0]
    kinds = kinds_of(split, pd.DataFrame(made, columns=split.schema.names))
    assert kinds.at["unique combinations", "rows"] == 34
    assert kinds.at["unique combinations", "holdout_share"] == pytest.approx((12 - 1) / 34)


def columns(*values):
    return [np.asarray(value, dtype=np.uint64) for value in values]


def test_chance_is_what_train_holds_or_would_hold_with_a_column_drawn_anew():
    """Train: (1, 10), (1, 20), (2, 30); asked: (1, 10), (1, 30), (2, 20). As it is, one of three is held.

    With the second column drawn anew, the two rows of 1 hold (1, 10) and (1, 30) with 1 − (2/3)² = 5/9 each, the one of 2 holds
    (2, 20) with 1/3. With the first drawn anew: (1, 10) with 2/3, (1, 30) with 2/3, (2, 20) with 1/3.
    """
    asked, train = columns([1, 1, 2], [10, 30, 20]), columns([1, 1, 2], [10, 20, 30])
    second = by_chance(asked, TrainRows(train), np.arange(2), [np.array([1])])
    assert second == pytest.approx([5 / 9, 5 / 9, 1 / 3])
    both = by_chance(asked, TrainRows(train), np.arange(2), [np.array([1]), np.array([0])])
    assert both == pytest.approx([2 / 3, 2 / 3, 1 / 3])
    assert by_chance(asked, TrainRows(train), np.arange(2), []) == pytest.approx([1, 0, 0])


def test_a_column_is_drawn_anew_with_what_it_determines():
    rng = np.random.default_rng(0)
    user = rng.integers(0, 20, 500)
    matrix = determined_by(columns(user, user % 4, rng.integers(0, 3, 500)))
    assert matrix.tolist() == [[True, True, False], [False, True, False], [False, False, True]]
    assert [block.tolist() for block in blocks_of(matrix, np.arange(3))] == [[0, 1], [2], [1]]


def test_rows_are_alone_and_counted_by_their_keys():
    keys = np.array([7, 5, 7, 9], dtype=np.uint64)
    assert alone_among(keys, np.arange(4)).tolist() == [1, 3]
    assert alone_among(keys, np.array([0, 3])).tolist() == [3]
    assert single(keys).tolist() == sorted(keys[[1, 3]].tolist())
    assert times_among(np.array([7, 8, 9], dtype=np.uint64), keys).tolist() == [2, 0, 1]


def test_bins_have_equal_weight_and_a_common_value_counts_as_one_of_them():
    values = np.sort(np.concatenate([np.zeros(900), np.arange(1, 101)]))
    limits = limits_of(values, bins=11)
    assert limits[0] == 1
    assert np.diff(limits) == pytest.approx(np.full(len(limits) - 1, 10), abs=2)
    assert limits_of(np.array([1.0, 2.0, 2.0, 5.0])).tolist() == [2, 5]


ROUNDED = {
    "two digits": lambda frame: frame.assign(income=significant(frame["income"])),
    "hundreds": lambda frame: frame.assign(income=frame["income"].round(-2)),
    "cut off": lambda frame: frame.assign(income=frame["income"] // 100 * 100, age=frame["age"] // 5 * 5),
    "months": lambda frame: frame.assign(joined=frame["joined"].dt.to_period("M").dt.start_time),
}


@pytest.mark.parametrize("how", ROUNDED)
def test_rounding_moves_hardly_a_row_into_another_bin(world, how):
    split, _every, _fresh, shared = world
    cells = coarse(Case(split, cast(ROUNDED[how](split.holdout.frame), split.schema)[0], shared))
    assert cells.moved
    assert len(cells.names) == len(MIXED)
    for own, made in zip(cells.holdout, cells.synthetic, strict=True):
        assert np.mean(own == made) > 0.99
        assert len(np.unique(own)) > 1


# --- what must be told ------------------------------------------------------------------------------------------


def significant(values: pd.Series) -> pd.Series:
    return values.map(lambda value: value if pd.isna(value) or value == 0 else float(f"{value:.1e}"))


def with_share(honest, rows, share):
    count = round(share * len(honest))
    return pd.concat([rows.iloc[:count], honest.iloc[count:]], ignore_index=True)


SEEN = {
    "the whole real table": lambda split, every, fresh: every,
    "the holdout": lambda split, every, fresh: split.holdout.frame,
    "its columns in another order": lambda split, every, fresh: every[every.columns[::-1]],
    "numbers to two digits": lambda split, every, fresh: every.assign(income=significant(every["income"])),
    "numbers to hundreds": lambda split, every, fresh: every.assign(income=every["income"].round(-2), age=every["age"] // 5 * 5),
    "dates as text": lambda split, every, fresh: every.assign(joined=every["joined"].dt.strftime("%d.%m.%Y")),
    "dates cut to months": lambda split, every, fresh: every.assign(joined=every["joined"].dt.to_period("M").dt.start_time),
    "a column lost": lambda split, every, fresh: every.assign(joined=pd.NaT),
    "one cell in ten redrawn": lambda split, every, fresh: redraw_cells(every, 0.1, Context(3)),
    "half real, half fresh": lambda split, every, fresh: with_share(fresh, every, 0.5),
    "a fifth real": lambda split, every, fresh: with_share(fresh, every, 0.2),
}


@pytest.mark.parametrize("variant", SEEN)
def test_a_file_that_holds_rows_held_back_is_told(world, variant):
    split, every, fresh, shared = world
    assert told(split, SEEN[variant](split, every, fresh), shared)


def wide(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    hidden = rng.normal(size=(rows, 4))
    values = hidden @ rng.normal(size=(4, 55)) + rng.normal(size=(rows, 55))
    frame = pd.DataFrame(values, columns=[f"c{place}" for place in range(55)])
    return frame.apply(lambda column: pd.Categorical(np.clip(column.round(), -2, 2).astype(int).astype(str)))


def test_a_wide_table_with_a_tenth_of_its_cells_redrawn_is_told_by_combinations():
    frame = wide(800, np.random.default_rng(4))
    schema = Schema(tuple(Column(name, Kind.CATEGORY, levels=("-1", "-2", "0", "1", "2")) for name in frame))
    frame = cast(frame, schema)[0]
    split = Split(Table(frame.iloc[:400].reset_index(drop=True), schema), Table(frame.iloc[400:].reset_index(drop=True), schema))
    kinds = kinds_of(split, redraw_cells(whole(split), 0.1, Context(1)))
    assert kinds.at["word for word", "holdout_share"] < 0.1
    assert kinds.at["unique combinations", "holdout_share"] > 0.3
    assert kinds.at["unique combinations", "told"]
    assert not told(split, redraw_cells(split.train.frame, 0.1, Context(1)))


def test_the_share_of_train_and_of_the_holdout_stand_side_by_side(world):
    split, every, _fresh, shared = world
    kinds = measured(split, every, shared).detail["kinds"].set_index("kind")
    assert (kinds["holdout_share"] == 1).all()
    assert (kinds["train_share"] == 1).all()
    alone_in = measured(split, split.holdout.frame, shared).detail["kinds"].set_index("kind")
    assert alone_in.at["word for word", "train_share"] < 0.1


# --- what must not be told --------------------------------------------------------------------------------------


def shuffled(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    return pd.DataFrame({name: frame[name].iloc[rng.permutation(len(frame))].array for name in frame})


def drawn(frame: pd.DataFrame, rng: np.random.Generator, rows: int | None = None) -> pd.DataFrame:
    return frame.iloc[rng.integers(0, len(frame), rows or len(frame))].reset_index(drop=True)


HONEST = {
    "train": lambda split, rng: split.train.frame,
    "train drawn again": lambda split, rng: drawn(split.train.frame, rng),
    "train, a tenth redrawn": lambda split, rng: redraw_cells(split.train.frame, 0.1, Context(int(rng.integers(99)))),
    "train, half redrawn": lambda split, rng: redraw_cells(split.train.frame, 0.5, Context(int(rng.integers(99)))),
    "shuffled columns": lambda split, rng: shuffled(split.train.frame, rng),
    "shuffled columns, five times as many": lambda split, rng: shuffled(drawn(split.train.frame, rng, 5 * len(split.train)), rng),
}


@pytest.mark.parametrize("seed", range(5))
def test_rows_that_owe_nothing_to_the_holdout_are_not_told(seed):
    rng = np.random.default_rng(seed)
    split = split_of(mixed(ROWS, rng), mixed(ROWS, rng))
    shared = Shared(split)
    candidates = {name: make(split, rng) for name, make in HONEST.items()}
    candidates |= {"fresh rows": mixed(ROWS, rng), "many fresh rows": mixed(5 * ROWS, rng)}
    assert [name for name, frame in candidates.items() if told(split, frame, shared)] == []


def tables_without_duplicates():
    """Tables in which train never holds a row of the holdout, though any generator easily does."""
    rng = np.random.default_rng(0)
    nursery = pd.DataFrame(list(itertools.product(range(4), range(5), range(4), range(4), range(3))), columns=list("abcde"))
    nursery["class"] = (nursery["a"] + nursery["b"] > 4).astype(int) + (nursery["c"] > 2)
    panel = pd.DataFrame(list(itertools.product(range(60), range(40))), columns=["shop", "day"])
    panel["region"], panel["weekday"] = panel["shop"] % 4, panel["day"] % 7
    panel["open"] = panel["weekday"] != 6
    counts = pd.DataFrame(rng.poisson(3, (3_000, 5)), columns=list("abcde")).drop_duplicates(ignore_index=True)
    return {"one row per combination": nursery, "one row per shop and day": panel, "duplicates dropped": counts}


@pytest.mark.parametrize("name", tables_without_duplicates())
def test_a_table_without_duplicates_raises_no_false_alarm(name):
    frame = tables_without_duplicates()[name].astype(str)
    schema = Schema(tuple(Column(key, Kind.CATEGORY, levels=tuple(sorted(frame[key].unique()))) for key in frame))
    frame = cast(frame, schema)[0]
    rng = np.random.default_rng(7)
    order = rng.permutation(len(frame))
    halves = [frame.iloc[part].reset_index(drop=True) for part in np.array_split(order, 2)]
    split = Split(*(Table(half, schema) for half in halves))
    shared = Shared(split)
    assert not told(split, shuffled(split.train.frame, rng), shared)
    assert not told(split, redraw_cells(split.train.frame, 0.5, Context(1)), shared)
    assert not told(split, drawn(redraw_cells(drawn(split.train.frame, rng, 4 * len(order)), 0.3, Context(2)), rng), shared)
    if name == "one row per shop and day":  # a generator that knows how shops and days hang together, and repeats no row of train
        shop, day = (split.train.frame[list(part)] for part in (("shop", "region"), ("day", "weekday", "open")))
        mixed_anew = pd.concat([drawn(shop, rng), drawn(day, rng)], axis=1)[schema.names]
        kinds = measured(split, mixed_anew, shared).detail["kinds"].set_index("kind")
        assert kinds.at["word for word", "holdout_share"] > 0.3
        assert not kinds["told"].any()


def calendar(days: np.ndarray) -> pd.DataFrame:
    """Rows of one day each: all else follows from the day."""
    dates = pd.Series(np.datetime64("2021-01-01", "us") + days.astype("timedelta64[D]"))
    quarter, weekend = dates.dt.quarter.astype(str), (dates.dt.dayofweek > 4).astype(str)
    return pd.DataFrame({"date": dates, "weekday": dates.dt.day_name(), "quarter": quarter, "weekend": weekend})


def test_one_row_per_day_raises_no_false_alarm():
    rng = np.random.default_rng(3)
    days = rng.permutation(1_200)
    frame = calendar(np.arange(1_200))
    levels_of = {name: tuple(sorted(frame[name].unique())) for name in ("weekday", "quarter", "weekend")}
    schema = Schema((Column("date", Kind.DATETIME), *(Column(name, Kind.CATEGORY, levels=of) for name, of in levels_of.items())))
    halves = [cast(calendar(part), schema)[0] for part in (days[:600], days[600:])]
    split = Split(*(Table(half, schema) for half in halves))
    knows_the_calendar = calendar(rng.integers(0, 1_200, 600))
    kinds = kinds_of(split, knows_the_calendar)
    assert kinds.at["word for word", "holdout_share"] > 0.3
    assert not kinds["told"].any()


def test_few_levels_say_that_nothing_can_be_told():
    rng = np.random.default_rng(0)
    split = split_of(levels(1_000, rng), levels(1_000, rng), LEVELS)
    [outcome] = evaluate(split, "file:copy", whole(split), [SeenRows()], CONTEXT)
    assert outcome.scores[0].status in (Status.DOES_NOT_APPLY, Status.UNDER_POWERED)
    assert "alike" in outcome.scores[0].reason or "proves nothing" in outcome.scores[0].reason


def test_a_small_table_says_what_would_go_unnoticed_and_tells_a_full_copy():
    rng = np.random.default_rng(0)
    split = split_of(mixed(40, rng), mixed(40, rng))
    honest, copied = measured(split, mixed(40, rng)), measured(split, whole(split))
    assert honest.under_powered.startswith("the real rows are too few")
    assert f"less than {honest.parts['least'].value:.0%}" in honest.under_powered
    assert copied.under_powered == ""
    assert copied.detail["kinds"]["told"].any()


def test_the_smallest_share_that_shows_is_the_smallest_one():
    rng = np.random.default_rng(0)
    split = split_of(mixed(ROWS, rng), mixed(ROWS, rng))
    fresh, shared = mixed(ROWS, rng), Shared(split)
    least = measured(split, fresh, shared).parts["least"].value
    assert least < 0.05
    assert told(split, with_share(fresh, split.holdout.frame, least + 0.01), shared)
    assert not told(split, with_share(fresh, split.holdout.frame, least - 0.01), shared)


# --- its scale and its words ------------------------------------------------------------------------------------


def test_the_scale_runs_from_every_row_held_back_to_unseen_rows(world):
    split, every, fresh, shared = world
    scores = []
    for name, frame in (("file:all", every), ("file:fresh", fresh)):
        scores += next(evaluate(split, name, frame, [SeenRows()], CONTEXT, shared)).scores
    for control in ("control:train", "control:unseen", "control:flipped", "control:independent"):
        scores += next(evaluate_control(split, control, [SeenRows()], CONTEXT, shared)).scores
    board = calibrate(scores_frame(scores))
    position = board[board["measure"] == "seen"].set_index("candidate")["position"]
    assert position["file:all"] == pytest.approx(0, abs=0.03)
    for honest in ("file:fresh", "control:train", "control:flipped", "control:independent"):
        assert position[honest] == pytest.approx(1, abs=0.03)
    assert outcome(board).blind("seen") == ""


def test_it_says_what_it_found_and_what_follows():
    says = SeenRows().says(Score("file:a", "seen", "privacy", 0.41, 0.38, 0.44))
    assert says.startswith("It holds 41.0% of the rows held back, word for word or nearly so")
    assert says.endswith("whatever made it has seen them, so nothing here can judge it.")
    assert (
        SeenRows()
        .says(Score("a", "seen", "privacy", -0.01, -0.02, 0.0))
        .startswith("No sign that it has seen the rows held back")
    )


def test_many_rows_are_drawn_and_the_draw_is_said(monkeypatch, world):
    split, every, _fresh, _shared = world
    for name, most in (("MOST_ASKED", 200), ("MOST_JUDGED", 100), ("MOST_BUT_ONE", 50)):
        monkeypatch.setattr(f"synth_ui.measures.privacy.near_copies.seen.{name}", most)
    monkeypatch.setattr("synth_ui.measures.privacy.near_copies._found_again.MOST_SEARCHED", 150)
    result = measured(split, every)
    assert result.note == "200 of 600 rows held back were looked for, and as many training rows, among all synthetic rows."
    assert result.detail["kinds"]["told"].all()
    assert not told(split, split.train.frame)


def test_a_file_in_the_form_of_the_source_is_read_alike(world):
    split, every, _fresh, shared = world
    assert measured(split, to_source(every, MIXED), shared).headline == measured(split, every, shared).headline


# --- many rows ------------------------------------------------------------------------------------------------------


def test_a_large_reference_is_rid_of_most_others_and_no_key_is_lost(monkeypatch):
    rng = np.random.default_rng(0)
    reference = rng.integers(2**64, size=30_000, dtype=np.uint64)
    keys = np.concatenate([reference[:900], rng.integers(2**64, size=900, dtype=np.uint64)])
    reference = np.concatenate([reference, reference[:300], keys[:1] + np.uint64(1)])
    whole = times_among(keys, reference), among(keys, reference)
    monkeypatch.setattr(found_again, "FEWEST_SIFTED", 1_000)
    sifted = found_again._sifted(keys, reference)
    assert 1_200 <= len(sifted) < 1_400
    np.testing.assert_array_equal(times_among(keys, reference), whole[0])
    np.testing.assert_array_equal(among(keys, reference), whole[1])
    assert list(times_among(keys[[0, 400]], reference)) == [2, 1]
    assert not among(keys[900:901], reference).any()


def test_of_a_large_table_the_same_is_found_by_a_draw(monkeypatch, world):
    """By a draw of the rows held back as many combinations are as short; what is found is as before but for chance."""
    split, every, fresh, _shared = world
    before = {name: kinds_of(split, frame) for name, frame in (("seen", every), ("honest", fresh))}
    for name, value in {"LARGE": 100, "MOST_WEIGHED": 250, "MOST_SEARCHED": 300, "FEWEST_SIFTED": 50}.items():
        monkeypatch.setattr(found_again, name, value)
    for name, frame in (("seen", every), ("honest", fresh)):
        found = kinds_of(split, frame)
        assert list(found["told"]) == list(before[name]["told"])
        assert found.at["word for word", "holdout_share"] == before[name].at["word for word", "holdout_share"]
        for part in ("holdout_share", "train_share", "chance_share"):
            assert found[part].to_dict() == pytest.approx(before[name][part].to_dict(), abs=0.05)
        pd.testing.assert_frame_equal(kinds_of(split, frame), found)


def test_the_cells_of_a_large_table_are_let_go(monkeypatch, world):
    split, every, _fresh, _shared = world
    case = Case(split, every, Shared(split))
    SeenRows().measure(case, CONTEXT)
    assert any(key.startswith("found again:") for key in case.shared.memory)
    monkeypatch.setattr(found_again, "LARGE", 100)
    SeenRows().measure(case, CONTEXT)
    assert not any(key.startswith("found again:") for memory in (case.memory, case.shared.memory) for key in memory)
    assert any(key.startswith("seen:plan") for key in case.shared.memory)
