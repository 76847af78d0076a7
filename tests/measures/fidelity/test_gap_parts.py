"""Tables spoiled in one known way: the difference is found in the part it was put in, and the columns are named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.errors import DoesNotApply
from synth_ui.core.score import Measurement, Score
from synth_ui.core.table import Kind, Split
from synth_ui.measures.fidelity.telling_apart._grain import grain
from synth_ui.measures.fidelity.telling_apart._joint import coarse, joint, telling_tables
from synth_ui.measures.fidelity.telling_apart._margins import with_margins
from synth_ui.measures.fidelity.telling_apart._telling import content
from synth_ui.measures.fidelity.telling_apart.gap_parts import GapParts
from synth_ui.tables.samples import load_sample
from tests.measures.made import measured, split_of

ROWS = 800
QUICK = GapParts(trees=30)
Rng = np.random.Generator


@dataclass(frozen=True)
class World:
    """A table that can be drawn as often as needed, and which of its columns are spoiled."""

    make: Callable[[int, Rng], pd.DataFrame]
    kinds: dict[str, Kind]
    shifted: str
    rounded: str
    pair: tuple[str, str]


def _people(rows: int, rng: Rng) -> pd.DataFrame:
    city = rng.choice(["Bern", "Lyon", "Graz", "Oslo"], rows, p=[0.4, 0.3, 0.2, 0.1])
    gain = np.where(rng.random(rows) < 0.5, 0.0, np.round(rng.gamma(3, 900, rows), 2))
    river = pd.Series(city).map({"Bern": "Aare", "Lyon": "Rhone", "Graz": "Mur", "Oslo": "Aker"})
    return pd.DataFrame({"age": rng.integers(18, 80, rows), "gain": gain, "city": city, "river": river})


def _rays(rows: int, rng: Rng) -> pd.DataFrame:
    size = rng.gamma(4, 10, rows)
    width = np.round(size * 0.4 + rng.normal(0, 1.5, rows), 3)
    return pd.DataFrame({"length": np.round(size, 3), "width": width, "angle": np.round(rng.uniform(0, 90, rows), 3)})


def _visits(rows: int, rng: Rng) -> pd.DataFrame:
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 365, rows), unit="D")
    minutes = pd.Series(rng.integers(5, 90, rows), dtype="Int64").mask(rng.random(rows) < 0.2)
    clinic = rng.integers(0, 5, rows)
    ward = np.where(rng.random(rows) < 0.9, clinic, rng.integers(0, 5, rows))
    cost = np.round(rng.lognormal(4, 0.6, rows), 2)
    return pd.DataFrame(
        {"day": day, "minutes": minutes, "clinic": [f"c{k}" for k in clinic], "ward": [f"w{k}" for k in ward], "cost": cost}
    )


def _answers(rows: int, rng: Rng) -> pd.DataFrame:
    frame = {f"q{k}": rng.choice(["yes", "no", "none"], rows, p=[0.5, 0.3, 0.2]) for k in range(3)}
    grade = rng.integers(0, 6, rows)
    mark = np.clip(grade + rng.integers(-1, 2, rows), 0, 5)
    weight = np.round(rng.uniform(0.1, 3, rows), 4)
    points = np.round(rng.normal(50, 12, rows)).astype(int)
    return pd.DataFrame({**frame, "grade": grade, "mark": mark, "points": points, "weight": weight})


def _census(rows: int, rng: Rng) -> pd.DataFrame:
    frame = load_sample("adult").table.frame
    names = ["age", "education", "education-num", "hours-per-week", "fnlwgt", "sex"]
    return frame[names].iloc[rng.choice(len(frame), rows, replace=False)].reset_index(drop=True)


RIVERS = (("Bern", "Lyon", "Graz", "Oslo"), ("Aare", "Rhone", "Mur", "Aker"))
N, C = Kind.NUMBER, Kind.CATEGORY
WORLDS = {
    "people": World(_people, {"age": Kind.INTEGER, "gain": N, "city": C, "river": C}, "age", "gain", ("city", "river")),
    "rays": World(_rays, {"length": N, "width": N, "angle": N}, "angle", "angle", ("length", "width")),
    "visits": World(
        _visits, {"day": Kind.DATETIME, "minutes": Kind.INTEGER, "clinic": C, "ward": C, "cost": N}, "minutes", "cost", ("clinic", "ward")
    ),
    "answers": World(
        _answers, {"q0": C, "q1": C, "q2": C, "grade": Kind.INTEGER, "mark": Kind.INTEGER, "points": Kind.INTEGER, "weight": N},
        "points", "weight", ("grade", "mark"),
    ),
    "census": World(
        _census, {"age": Kind.INTEGER, "education": C, "education-num": Kind.INTEGER, "hours-per-week": Kind.INTEGER, "fnlwgt": Kind.INTEGER, "sex": C},
        "age", "fnlwgt", ("education", "education-num"),
    ),
}  # fmt: skip


def with_parity(frame: pd.DataFrame, rng: Rng) -> pd.DataFrame:
    """Add three columns of which each pair is independent, and the third says whether the others differ."""
    first, second = rng.random((2, len(frame))) < 0.5
    return frame.assign(p=first, q=second, r=first ^ second)


def drawn(name: str, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return with_parity(WORLDS[name].make(ROWS, rng), rng)


def split(name: str) -> Split:
    kinds = {**WORLDS[name].kinds, **dict.fromkeys(("p", "q", "r"), Kind.BOOLEAN)}
    return split_of(drawn(name, 1), drawn(name, 2), kinds)


def spoiled(name: str, fault: str) -> tuple[pd.DataFrame, set[str]]:
    """Draw rows with one fault, and say in which columns it lies."""
    world, frame, rng = WORLDS[name], drawn(name, 3), np.random.default_rng(4)
    if fault == "shifted":
        column = frame[world.shifted]
        by = round(0.7 * column.std()) if world.kinds[world.shifted] is Kind.INTEGER else 0.7 * column.std()
        return frame.assign(**{world.shifted: column + by}), {world.shifted}
    if fault == "rounded":
        column = frame[world.rounded]
        step = 10.0 ** np.floor(np.log10(column.std()) - 0.3)
        return frame.assign(**{world.rounded: ((column / step).round() * step).astype(column.dtype)}), {world.rounded}
    if fault == "re-paired":
        first = world.pair[0]
        return frame.assign(**{first: frame[first].iloc[rng.permutation(ROWS)].to_numpy()}), set(world.pair)
    return frame.assign(r=rng.random(ROWS) < 0.5), {"p", "q", "r"}


FAULTS = {"shifted": "single", "rounded": "single", "re-paired": "pairs", "parity broken": "more"}
TABLES = {
    "single": ("columns", ["column"]),
    "pairs": ("pairs", ["first", "second"]),
    "more": ("triples", ["first", "second", "third"]),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", WORLDS)
def test_four_fifths_of_a_planted_difference_lie_in_its_part_and_its_columns_are_named(name: str, fault: str) -> None:
    made, where = spoiled(name, fault)
    found, part = measured(QUICK, split(name), made), FAULTS[fault]
    assert found.headline.low is not None
    assert found.headline.low > 0.03
    assert found.parts[part].value >= 0.8 * found.headline.value, found.parts
    table, heads = TABLES[part]
    first = found.detail[table].iloc[0]
    assert {first[head] for head in heads} == where
    told = found.detail["parts"].set_index("part").loc[part]
    assert told["mostly"]
    assert all(column in told["names"] for column in where)
    assert told["text"].endswith(f"{told['names']}.")


@pytest.mark.parametrize("name", WORLDS)
def test_other_real_rows_show_no_difference_within_the_interval(name: str) -> None:
    found = measured(QUICK, split(name), drawn(name, 3))
    assert found.headline.low is not None
    assert found.headline.low < 0.0 < found.headline.high or found.headline.value < 0
    assert not any(one.endswith("_share") for one in found.parts)
    assert not found.detail["parts"]["mostly"].any()
    assert set(found.detail["parts"]["text"]) == {""}
    assert not len(found.detail["pairs"])
    assert not len(found.detail["triples"])


def test_the_parts_add_up_between_both_ends() -> None:
    found = measured(QUICK, split("people"), spoiled("people", "re-paired")[0])
    parts = found.parts
    assert parts["single"].value + parts["pairs"].value + parts["more"].value == pytest.approx(found.headline.value)
    assert parts["full"].value - parts["real"].value == pytest.approx(found.headline.value)
    shares = [parts[f"{part}_share"].value for part in ("single", "pairs", "more")]
    assert sum(shares) == pytest.approx(1.0, abs=0.1)


def test_two_faults_are_both_found() -> None:
    made = spoiled("people", "parity broken")[0].assign(age=spoiled("people", "shifted")[0]["age"])
    found = measured(QUICK, split("people"), made)
    for part in ("single", "more"):
        low = found.parts[part].low
        assert low is not None
        assert low > 0.03, part
    assert not found.detail["parts"].set_index("part").loc["pairs", "mostly"]


def test_columns_that_say_the_same_are_not_named_for_a_fault_in_one_of_them() -> None:
    made = drawn("people", 3)
    more = np.random.default_rng(6).random(ROWS) < 0.25
    made.loc[more, "city"] = "Oslo"
    found = measured(QUICK, split("people"), made.assign(river=made["city"].map(dict(zip(*RIVERS, strict=True)))))
    assert found.parts["single"].value >= 0.8 * found.headline.value
    assert "city" in set(found.detail["columns"].head(2)["column"])
    assert not len(found.detail["pairs"])


def test_few_rows_or_a_single_column_are_refused_with_the_reason() -> None:
    with pytest.raises(DoesNotApply, match="fewer than 100"):
        measured(QUICK, split("people"), drawn("people", 3).head(99))
    one = split_of(drawn("people", 1)[["age"]], drawn("people", 2)[["age"]], {"age": Kind.INTEGER})
    with pytest.raises(DoesNotApply, match="two columns"):
        measured(QUICK, one, drawn("people", 3)[["age"]])


def _score(found: Measurement) -> Score:
    return Score("a", "gap_parts", "fidelity", value=found.headline.value, low=found.headline.low, high=found.headline.high)


def test_the_sentence_says_whether_there_is_a_difference() -> None:
    spoilt, honest = (measured(QUICK, split("rays"), made) for made in (spoiled("rays", "shifted")[0], drawn("rays", 3)))
    assert "above that of training rows" in QUICK.says(_score(spoilt))
    assert "hardly better" in QUICK.says(_score(honest))


# --- building blocks ------------------------------------------------------------------------------------------------


def test_margins_are_taken_over_and_the_order_of_rows_is_kept() -> None:
    rng = np.random.default_rng(0)
    rows = np.column_stack([rng.normal(5, 2, 500), rng.integers(0, 3, 500), rng.normal(0, 1, 500)])
    other = np.column_stack([rng.normal(0, 1, 400), rng.integers(0, 4, 400), rng.normal(0, 1, 400)])
    other[:100, 0] = np.nan
    out = with_margins(rows, other, [0, 1], [False, True, False], content(rows))
    known = ~np.isnan(out[:, 0])
    assert known.mean() == pytest.approx(0.75)
    assert set(out[known, 0]) <= set(other[:, 0])
    assert (np.diff(out[known, 0][np.argsort(rows[known, 0])]) >= 0).all()
    shares = [np.bincount(frame[:, 1].astype(int), minlength=4) / len(frame) for frame in (out, other)]
    assert shares[0] == pytest.approx(shares[1], abs=0.005)
    assert (out[:, 2] == rows[:, 2]).all()


def test_no_more_cells_change_level_than_have_to_and_columns_that_agree_still_do() -> None:
    rng = np.random.default_rng(1)
    level, wanted = rng.choice(4, 1_000, p=[0.4, 0.3, 0.2, 0.1]), rng.choice(4, 1_000, p=[0.1, 0.3, 0.3, 0.3])
    rows, other = (np.column_stack([one, one, one * 2.0, one * 4.0]) for one in (level, wanted))
    out = with_margins(rows, other, range(4), [True, True, False, False], content(rows))
    assert (out[:, 0] == out[:, 1]).all()
    assert (out[:, 2] * 2 == out[:, 3]).all()
    moved = np.abs(np.bincount(level, minlength=4) - np.bincount(wanted, minlength=4)).sum() / 2
    assert (out[:, 0] != level).sum() == moved


def test_a_table_that_differs_only_as_a_whole_is_found_and_one_of_chance_is_not() -> None:
    rng = np.random.default_rng(2)
    made = np.arange(2_000) < 1_000
    rows = rng.integers(0, 2, (2_000, 6)).astype(float)
    codes = coarse(rows, [True] * 6)
    assert telling_tables(codes, made, 2) == []
    assert telling_tables(codes, made, 3) == []
    rows[made, 5] = (rows[made, 1] + rows[made, 3]) % 2
    codes = coarse(rows, [True] * 6)
    assert telling_tables(codes, made, 2) == []
    assert telling_tables(codes, made, 3) == [(1, 3, 5)]
    assert len(np.unique(joint(codes, (1, 3, 5)))) == 8


def test_how_coarsely_a_value_is_written() -> None:
    values = np.array([0.0, 1_200.0, -70.0, 3.0, 0.5, 12.34, 1 / 3, np.nan])
    assert list(grain(values, Kind.NUMBER)) == [0, 4, 5, 6, 7, 8, 13, 14]
    assert list(grain(np.array([86_400.0 * 3, 7_200.0, 61.0]), Kind.DATETIME)) == [0, 1, 3]
