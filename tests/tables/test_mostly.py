"""Mostly numbers with a few words; durations: said, offered, read, generated, written back."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.cast import cast, conform, to_source
from synth_ui.core.context import Context
from synth_ui.core.errors import TableError
from synth_ui.core.table import Kind, Schema, Table, fingerprint
from synth_ui.generators.baselines.bootstrap import Bootstrap
from synth_ui.generators.baselines.independent import Independent
from synth_ui.generators.trees.cart import Cart
from synth_ui.reports.code import kind_of
from synth_ui.reports.download import to_csv, to_excel, to_parquet
from synth_ui.tables.inference.infer import infer_schema
from synth_ui.tables.inference.mostly_numbers import WORDS_BLANK, WORDS_LEVELS
from synth_ui.tables.review import review_frame, revise

N = 300


def measured() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    lab = pd.Series(rng.normal(50, 10, N).round(1).astype(str), dtype=object)
    lab[rng.random(N) < 0.1] = "n/k"
    lab[rng.random(N) < 0.12] = "<0.5"
    weight = pd.Series(rng.integers(1, 200, N).astype(str), dtype=object)
    weight[rng.random(N) < 0.08] = "12 kg"
    weight[rng.random(N) < 0.1] = None
    return pd.DataFrame({"lab": lab, "weight": weight, "x": rng.normal(size=N).round(2), "t": rng.choice(["a", "b"], N)})


FRAME = measured()
WORDS = {"lab": int(FRAME["lab"].isin(["n/k", "<0.5"]).sum()), "weight": int((FRAME["weight"] == "12 kg").sum())}


def table(how: str | None = None) -> Table:
    found, _, _ = infer_schema(FRAME)
    return found if how is None else revise(found, [{"name": name, "kind": how} for name in WORDS])


def test_the_review_says_how_many_are_numbers_which_words_are_not_and_what_can_be_done() -> None:
    found, _, warnings = infer_schema(FRAME)
    said = review_frame(found, warnings).set_index("name")["warning"]["lab"]
    assert f"{N - WORDS['lab']} of {N} values are numbers, {WORDS['lab']} are not: '<0.5' (" in said
    assert "all are made anew as text" in said
    assert WORDS_BLANK in said
    assert WORDS_LEVELS in said


@pytest.mark.parametrize(
    "values",
    [["Ann Lee", "3"] * 30, [f"V{i}" if i % 3 else str(i) for i in range(90)], ["01234", "n/k"] * 30, ["a", "b", "1"] * 20, [str(i) for i in range(60)]],
)  # fmt: skip
def test_other_columns_are_not_offered(values: list[str]) -> None:
    _, _, warnings = infer_schema(pd.DataFrame({"v": values}))
    assert not any("values are numbers" in str(warning) for warning in warnings)


def test_a_number_is_refused_with_both_ways_named() -> None:
    with pytest.raises(TableError, match=f"choose '{WORDS_BLANK}' or '{WORDS_LEVELS}'"):
        revise(table(), [{"name": "lab", "kind": "number"}])


def test_words_as_blanks() -> None:
    found = table(WORDS_BLANK)
    assert [found.schema[name].kind for name in WORDS] == [Kind.NUMBER, Kind.INTEGER]
    assert found.frame["lab"].isna().sum() == WORDS["lab"]
    assert found.frame["weight"].isna().sum() == WORDS["weight"] + int(FRAME["weight"].isna().sum())
    assert "'<0.5' (" in found.schema["lab"].why
    again, notes = cast(FRAME, found.schema)
    assert notes == []
    pd.testing.assert_frame_equal(again, found.frame)
    _, notes = cast(FRAME.replace({"lab": {"n/k": "lost"}}), found.schema)
    assert "could not be read" in notes[0]
    assert "'lost'" in notes[0]


def test_words_as_levels_of_their_own_and_back() -> None:
    found = table(WORDS_LEVELS)
    assert found.schema.names == ["lab", "lab (words)", "weight", "weight (words)", "x", "t"]
    assert found.schema["lab (words)"].levels == ("<0.5", "n/k")
    source = to_source(found.frame, found.schema)
    assert source.columns.tolist() == FRAME.columns.tolist()
    assert (pd.to_numeric(source["lab"], errors="coerce").to_numpy() == pd.to_numeric(FRAME["lab"], errors="coerce").to_numpy())[
        ~FRAME["lab"].isin(["n/k", "<0.5"])
    ].all()
    assert (source["lab"].isin(["n/k", "<0.5"]) == FRAME["lab"].isin(["n/k", "<0.5"])).all()
    assert (source["weight"].isna() == FRAME["weight"].isna()).all()
    pd.testing.assert_frame_equal(conform(infer_schema(source)[0], found.schema)[0], found.frame)
    back = revise(found, [{"name": "lab", "kind": "category"}])
    assert "lab (words)" not in back.schema.names
    assert {"<0.5", "n/k"} < set(back.schema["lab"].levels)


def test_the_choice_goes_through_json_and_into_the_script() -> None:
    for how in (WORDS_BLANK, WORDS_LEVELS):
        found = table(how)
        assert Schema.from_dict(found.schema.to_dict()) == found.schema
        again = revise(table(), [{"name": c.name, "kind": kind_of(found.schema, c), "role": c.role.value} for c in found.schema])
        assert fingerprint(again.frame, again.schema) == found.fingerprint
    assert table(WORDS_BLANK).fingerprint != table(WORDS_LEVELS).fingerprint


@pytest.mark.parametrize("generator", [Independent(), Cart(), Bootstrap()], ids=lambda generator: generator.key)
def test_synthetic_rows_have_as_many_words_and_blanks_as_real_ones(generator) -> None:
    found = table(WORDS_LEVELS)
    made = generator.fit(found, Context(2))(2_000, Context(2))
    rows = pd.read_csv(io.BytesIO(to_csv(made, found.schema)), dtype=str, keep_default_na=False)
    assert rows.columns.tolist() == FRAME.columns.tolist()
    for name, words in WORDS.items():
        is_word = rows[name].isin(["n/k", "<0.5", "12 kg"])
        assert is_word.mean() == pytest.approx(words / N, abs=0.05)
        assert (rows[name] == "").mean() == pytest.approx(FRAME[name].isna().mean(), abs=0.04)
        assert pd.to_numeric(rows[name][~is_word & (rows[name] != "")]).notna().all()
    assert to_parquet(made, found.schema)
    assert to_excel(made, found.schema)


# --- durations ---------------------------------------------------------------------------------------------------


def durations(way: str) -> list[str]:
    minutes = np.random.default_rng(4).integers(0, 4_000, 60)
    if way == "h m":
        return [f"{m // 60}h {m % 60}m" for m in minutes]
    if way == "days":
        return [f"{m // 1440} days {m // 60 % 24:02d}:{m % 60:02d}:00" for m in minutes]
    if way == "clock":
        return [f"{m // 60:02d}:{m % 60:02d}:00" for m in minutes]
    return [f"PT{m // 60}H{m % 60}M" for m in minutes]


@pytest.mark.parametrize("way", ["h m", "days", "clock", "iso"])
def test_durations_are_numbers_of_seconds_written_back_in_their_form(way: str) -> None:
    texts = durations(way)
    found, assumed, _ = infer_schema(pd.DataFrame({"took": texts, "x": np.arange(60.0) / 3}))
    column = found.schema["took"]
    assert column.kind is Kind.NUMBER
    assert column.why.endswith("in seconds")
    assert "durations are counted in seconds" in assumed[0]
    assert to_source(found.frame, found.schema)["took"].tolist() == texts
    made = Independent().fit(found, Context(1))(100, Context(1))
    assert (made["took"] % 60 == 0).all()
    again, notes = conform(infer_schema(to_source(made, found.schema))[0], found.schema)
    assert notes == []
    assert again["took"].tolist() == made["took"].tolist()


def test_two_ways_of_writing_durations_are_the_same_numbers() -> None:
    tables = [infer_schema(pd.DataFrame({"took": durations(way)}))[0] for way in ("h m", "days", "clock", "iso")]
    for one in tables[1:]:
        assert conform(one, tables[0].schema)[0]["took"].tolist() == tables[0].frame["took"].tolist()


def test_durations_of_the_source_stay_durations() -> None:
    given = pd.Series(pd.to_timedelta([60, 90, None] * 20, unit="s"))
    found, _, _ = infer_schema(pd.DataFrame({"took": given}))
    assert found.schema["took"].kind is Kind.NUMBER
    pd.testing.assert_series_equal(to_source(found.frame, found.schema)["took"], given, check_names=False)
    back = pd.read_parquet(io.BytesIO(to_parquet(found.frame, found.schema)))["took"]
    pd.testing.assert_series_equal(back, given, check_names=False)


@pytest.mark.parametrize(
    "values", [["5 m", "7 m"] * 30, ["3d", "2d"] * 30, ["08:30", "17:45", "23:59"] * 20, ["12 kg", "3 kg"] * 30]
)
def test_metres_and_times_of_day_are_no_durations(values: list[str]) -> None:
    found, _, _ = infer_schema(pd.DataFrame({"v": values}))
    assert not found.schema["v"].why.endswith("in seconds")


def test_one_slip_among_times_of_day_makes_no_durations() -> None:
    values = [f"{i % 24:02d}:{i % 60:02d}:00" for i in range(59)] + ["59:59:00"]
    found, _, warnings = infer_schema(pd.DataFrame({"v": values}))
    assert found.schema["v"].kind is Kind.DATETIME
    assert "'59:59:00'" in str(warnings[0])


@pytest.mark.parametrize(
    ("form", "unit"),
    [("{} kg", "kg"), ("{}mg/dl", "mg/dl"), ("{} °C", "°C"), ("{} EUR", "EUR"), ("{}.25 km", "km"), ("{},5 mmHg", "mmHg"), ("-{} m", "m")],
)  # fmt: skip
def test_numbers_that_all_have_one_unit_are_numbers_and_the_unit_is_said(form: str, unit: str) -> None:
    texts = [form.format(i * 7 % 97 + 3) for i in range(60)]
    found, assumed, _ = infer_schema(pd.DataFrame({"v": texts, "x": np.arange(60.0) / 3}))
    assert found.schema["v"].kind in (Kind.NUMBER, Kind.INTEGER)
    assert found.frame["v"].nunique() == 60
    assert unit in " ".join(assumed)
    some = [text if i % 6 else str(i) for i, text in enumerate(texts)] if "," not in form else texts
    assert infer_schema(pd.DataFrame({"v": some, "x": range(60)}))[0].schema["v"].kind in (Kind.NUMBER, Kind.INTEGER)


def test_two_units_are_no_numbers_and_words_among_measured_ones_are_offered() -> None:
    both = [f"{i} kg" if i % 2 else f"{i} g" for i in range(60)]
    assert infer_schema(pd.DataFrame({"v": both}))[0].schema["v"].kind is Kind.TEXT
    words = ["n/k" if i % 5 == 0 else f"{i} kg" for i in range(100)]
    found, _, warnings = infer_schema(pd.DataFrame({"v": words, "x": range(100)}))
    assert "80 of 100 values are numbers, 20 are not: 'n/k' (20)" in " ".join(map(str, warnings))
    numbers = revise(found, [{"name": "v", "kind": WORDS_BLANK}])
    assert numbers.frame["v"].isna().sum() == 20
    assert numbers.frame["v"].max() == 99


@pytest.mark.parametrize(
    ("name", "texts", "first"),
    [
        ("v", [f"{i * 1.5:.1f}s" for i in range(60)], 0.0), ("v", [f"0.{i + 1:02d} ms" for i in range(60)], 0.00001), ("v", [f"{i} Tage {i % 24} Std" for i in range(60)], 0.0), ("v", [f"{i % 24 + 2} Stunden {i % 50 + 2} Minuten" for i in range(60)], 7320.0),
        ("v", [f"{i + 2} jours" for i in range(60)], 2 * 86_400.0), ("v", [f"{i + 2} horas" for i in range(60)], 7_200.0), ("waiting_time", [f"{i + 2}d" for i in range(60)], 2 * 86_400.0), ("duration", [f"{i + 3} m" for i in range(60)], 180.0),
    ],
)  # fmt: skip
def test_durations_in_other_languages_and_of_one_letter_under_a_name_that_says_so(
    name: str, texts: list[str], first: float
) -> None:
    found, _, _ = infer_schema(pd.DataFrame({name: texts, "x": np.arange(60.0) / 3}))
    assert found.schema[name].why.endswith("in seconds")
    assert found.frame[name][0] == first
    assert to_source(found.frame, found.schema)[name].tolist() == texts
