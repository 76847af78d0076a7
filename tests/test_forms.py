"""Dates are compared as dates: whatever form train, holdout, a synthetic file, a rule or a condition writes them in."""

from __future__ import annotations

import datetime as dt
import io
import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_ui import generate, score
from synth_ui.cli import main
from synth_ui.core.cast import conform, to_source
from synth_ui.core.errors import DoesNotApply, SettingError, TableError
from synth_ui.core.rules.condition import read_where
from synth_ui.core.rules.constraint import Expression, FixedCombinations, NeverTogether, Range, bind_all
from synth_ui.core.table import Kind
from synth_ui.tables.inference.infer import infer_schema
from synth_ui.tables.inference.likeness import Likeness
from synth_ui.tables.read import read, read_like
from tests.examples import examples

FORMS = {
    "iso": "%Y-%m-%d", "iso with time": "%Y-%m-%d %H:%M:%S", "dmy": "%d/%m/%Y", "mdy": "%m/%d/%Y", "dby": "%d-%b-%Y", "zoned": "%Y-%m-%dT%H:%M:%S+02:00",
}  # fmt: skip
FURTHER = {
    "dots": "%d.%m.%y", "words": "%B %d, %Y", "half day": "%m/%d/%Y %I:%M %p", "number": "%Y%m%d", "zulu": "%Y-%m-%dT%H:%M:%SZ",
    "long number": "%Y%m%d%H%M%S",
}  # fmt: skip
ROWS = 90


def rows(form: str, seed: int = 0, days: pd.Series | None = None) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    found = (
        pd.Series(pd.Timestamp("2019-01-01") + pd.to_timedelta(rng.integers(0, 900, ROWS), unit="D")) if days is None else days
    )
    return pd.DataFrame(
        {"visit": found.dt.strftime(form), "x": np.arange(len(found)) / 4, "t": ["a", "b", "a"] * (len(found) // 3)}
    )


def written(folder: Path, name: str, frame: pd.DataFrame) -> str:
    path = folder / f"{name.replace(' ', '_')}.csv"
    frame.to_csv(path, index=False)
    return str(path)


@pytest.mark.parametrize(
    ("real", "other"), [*itertools.product(FORMS, FORMS), *(("iso", one) for one in FURTHER), *((one, "dmy") for one in FURTHER)]
)
def test_a_table_in_another_form_is_the_same_table(real: str, other: str, tmp_path: Path) -> None:
    forms = FORMS | FURTHER
    table = read(written(tmp_path, "real", rows(forms[real]))).table
    frame, notes = read_like(written(tmp_path, "other", rows(forms[other])), table)
    pd.testing.assert_frame_equal(frame, table.frame)
    zoned = {"zoned", "zulu"}
    assert bool(notes) == ((real in zoned) != (other in zoned))
    assert all("zone" in note for note in notes)
    raw = rows(forms[other])
    pd.testing.assert_frame_equal(read_like(raw, table)[0], table.frame)


@pytest.mark.parametrize(("real", "other"), [("iso", "mdy"), ("zoned", "dmy"), ("dby", "zoned")])
def test_a_file_in_another_form_scores_as_the_rows_themselves(
    real: str, other: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "synth_ui.api.check_shared", lambda train, holdout: ""
    )  # the same rows on both sides are what is asked here
    paths = {name: written(tmp_path, name, rows(FORMS[name])) for name in (real, other)}
    result = score(paths[real], paths[other], paths[other], card=["margins", "missingness", "validity"])
    values = result.scores.set_index(["candidate", "measure"])["value"]
    name = f"file:{Path(paths[other]).stem}"
    assert values[name, "margins"] == values["control:train", "margins"] == 1.0
    assert values[name, "validity"] == 1.0


forms = st.sampled_from(
    [*FORMS.values(), *FURTHER.values(), "%-d.%-m.%Y", "%d %b %Y", "%Y/%m/%d", "%-m/%-d/%y", "%~b %-d, %Y", "%d-%^b-%y"]
)
dates = st.lists(st.dates(dt.date(1975, 1, 1), dt.date(2024, 12, 31)), min_size=30, max_size=30, unique=True)


@settings(max_examples=examples(40), deadline=None)
@given(one=forms, other=forms, days=dates)
def test_any_dates_in_any_two_forms_are_the_same(one: str, other: str, days: list[dt.date]) -> None:
    from synth_ui.core.formats.dates import day_order, write_dates

    moments = pd.Series(pd.to_datetime(days)).astype("datetime64[us]")
    tables = []
    for form in (one, other):
        plain = form.replace("+02:00", "Z")
        zoned = moments.dt.tz_localize("UTC") if plain.endswith("Z") else moments
        frame = pd.DataFrame({"when": write_dates(zoned, plain)})
        tables.append(infer_schema(frame, like=Likeness.of(tables[0]) if tables else None)[0])
    proven = any(day > 12 for day in (d.day for d in days)) or not (day_order(one) or day_order(other))
    if tables[0].schema["when"].kind is not Kind.DATETIME or not proven:
        return  # thirty months of few numbers, or days that could be months
    found, _ = conform(tables[1], tables[0].schema)
    assert found["when"].dt.tz_localize(None).tolist() == moments.tolist()
    pd.testing.assert_frame_equal(read_like(to_source(tables[0].frame, tables[0].schema), tables[0])[0], tables[0].frame)


def test_days_that_could_be_months_are_read_as_the_real_table_writes_them() -> None:
    real = infer_schema(rows("%d/%m/%Y"))[0]
    days = pd.Series(pd.to_datetime(["2020-01-02", "2020-03-04", "2020-05-06"] * 30))
    given = rows("%d/%m/%Y", days=days)
    for found, notes in (
        read_like(given, real),
        (lambda t: conform(t, real.schema))(infer_schema(given, like=Likeness.of(real))[0]),
    ):
        assert found["visit"].tolist() == days.tolist()
        assert not notes
    iso = infer_schema(rows("%Y-%m-%d"))[0]
    _, notes = read_like(given, iso)
    assert notes == ("visit: 02/01/2020 is read with the month first, nothing in the column shows which",)


def test_two_digits_of_a_year_are_those_of_the_real_table_and_births_lie_in_the_past() -> None:
    born = pd.Series(pd.to_datetime([f"19{40 + i % 50}-{i % 12 + 1:02d}-{i % 28 + 1:02d}" for i in range(ROWS)]))
    real = infer_schema(rows("%Y-%m-%d", days=born))[0]
    short, _ = conform(infer_schema(rows("%m/%d/%y", days=born), like=Likeness.of(real))[0], real.schema)
    assert short["visit"].tolist() == born.tolist()
    table = infer_schema(rows("%m/%d/%y", days=born).rename(columns={"visit": "dob"}))[0]
    assert table.frame["dob"].tolist() == born.tolist()
    back = to_source(table.frame, table.schema)["dob"]
    assert back.tolist() == born.dt.strftime("%m/%d/%y").tolist()
    assert read_where({"dob": {"min": "1/1/52"}}, table.schema)[0].low == pd.Timestamp("1952-01-01")


# --- what could not be read ---------------------------------------------------------------------------------------


def spoilt(form: str) -> pd.DataFrame:
    frame = rows(form)
    frame.loc[:1, "visit"] = "soon"
    return frame


def test_whatever_could_not_be_read_is_said_in_python_json_report_and_on_the_command_line(
    tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synth_ui.api.check_shared", lambda train, holdout: "")  # the halves differ in how they are written alone
    train, holdout = written(tmp_path, "train", spoilt("%Y-%m-%d")), written(tmp_path, "holdout", spoilt("%d/%m/%Y"))
    other = written(tmp_path, "other", spoilt("%Y-%m-%dT%H:%M:%S+02:00"))
    result = score(train, holdout, other, card=["margins"])
    notes = result.candidates.set_index("candidate")["notes"]["file:other"]
    lost = "visit: 2 cells are no datetime and became blank: 'soon', the first in row 1"
    assert notes.split("\n")[0] == lost
    assert "carry a zone (UTC+02:00)" in notes
    assert f"train, {lost}" in result.notes
    assert f"holdout, {lost}" in result.notes
    said = json.loads(json.dumps(result.to_dict()))
    assert said["notes"] == list(result.notes)
    assert said["candidates"][0]["notes"] == notes
    report = result.html()
    assert report.count("became blank") == 3
    assert main(["score", "--train", train, "--holdout", holdout, "--synthetic", other, "--measures", "margins"]) == 0
    printed = capsys.readouterr().out
    assert printed.count("2 cells are no datetime") == 3
    assert "file:other: visit: its times carry a zone" in printed


def test_what_generate_could_not_read_is_among_its_notes(tmp_path: Path) -> None:
    made = generate(written(tmp_path, "train", spoilt("%Y-%m-%d")), "independent", rows=5)
    assert made.notes[0] == "visit: 2 cells are no datetime and became blank: 'soon', the first in row 1"


def test_dates_that_a_holdout_or_a_frame_cannot_give_are_counted_with_an_example() -> None:
    real = infer_schema(rows("%Y-%m-%d"))[0]
    _, notes = read_like(rows("%Y-%m-%d").assign(visit=["2020-02-30", "99", *["2020-01-15"] * (ROWS - 2)]), real)
    assert notes == ("visit: 2 values could not be read and are blank, such as '2020-02-30'",)


# --- rules and conditions ----------------------------------------------------------------------------------------

DMY = infer_schema(rows("%d/%m/%Y"))[0]
ISO = infer_schema(rows("%Y-%m-%d"))[0]
CLOCK = infer_schema(
    pd.DataFrame({"clock": [f"{m // 60:02d}:{m % 60:02d}" for m in range(0, 1_440, 16)], "x": np.arange(90.0) / 4})
)[0]
NUMBER = infer_schema(rows("%Y%m%d"))[0]
ZONED = infer_schema(rows("%Y-%m-%dT%H:%M:%S+02:00"))[0]


@pytest.mark.parametrize(
    ("table", "rule", "day"),
    [
        (DMY, "visit >= '01/06/2020'", "2020-06-01"), (DMY, "visit >= '1.6.2020'", "2020-06-01"), (DMY, "visit >= '2020-06-01'", "2020-06-01"),
        (ISO, "visit >= '2020-06-01'", "2020-06-01"), (ISO, "'1 June 2020' <= visit", "2020-06-01"), (ISO, "visit >= '31/05/2020'", "2020-05-31"),
        (NUMBER, "visit >= 20200601", "2020-06-01"), (NUMBER, "visit >= '20200601'", "2020-06-01"),
        (ZONED, "visit >= '2020-06-01'", "2020-06-01"), (ZONED, "visit >= '2020-05-31T22:00:00Z'", "2020-06-01"),
        (CLOCK, "clock >= '08:00'", "1900-01-01 08:00"), (CLOCK, "clock >= '8:00 am'", "1900-01-01 08:00"),
    ],
)  # fmt: skip
def test_a_rule_and_a_condition_read_a_date_in_one_way(table, rule: str, day: str) -> None:
    name = table.schema.names[0]
    local = table.frame[name].dt.tz_localize(None)
    expected = (local >= pd.Timestamp(day)).to_numpy()
    assert expected.any()
    assert not expected.all()
    text = rule.replace(f"{name} >= ", "").replace(f" <= {name}", "").strip("'")
    bounds: list[Any] = [Expression(rule)]
    bounds += [Range(name, low=text), *([Range(name, low=int(text))] if text.isdigit() else [])]
    for bound in bind_all(bounds, table.schema, table.frame):
        assert bound.holds(table.frame).tolist() == expected.tolist()
    (condition,) = read_where({name: {"min": text}}, table.schema)
    assert condition.meets(table.frame).tolist() == expected.tolist()


@pytest.mark.parametrize(
    ("table", "text", "match"),
    [(ISO, "01/06/2020", "1 June 2020 or 6 January 2020"), (DMY, "06/25/2020", "day first"), (CLOCK, "2020-06-01", "no time of day"), (ISO, "08:00", "no date")],
)  # fmt: skip
def test_what_could_be_two_dates_is_refused_everywhere(table, text: str, match: str) -> None:
    name = table.schema.names[0]
    with pytest.raises(TableError, match=match):
        bind_all([Expression(f"{name} >= {text!r}")], table.schema, table.frame)
    with pytest.raises(TableError, match=match):
        bind_all([Range(name, high=text)], table.schema, table.frame)
    with pytest.raises(DoesNotApply, match=match):
        read_where({name: {"min": text}}, table.schema)


def test_bounds_are_compared_once_it_is_known_which_dates_they_are() -> None:
    with pytest.raises(SettingError, match="above high"):
        Range("visit", low="2020-06-02", high="2020-06-01")
    assert Range("visit", low="01/06/2020", high="02/05/2020").low == "01/06/2020"
    (bound,) = bind_all([Range("visit", low="01/06/2020", high="30/06/2020")], DMY.schema, DMY.frame)
    assert (bound.low, bound.high) == ("2020-06-01 00:00:00", "2020-06-30 00:00:00")


def test_rows_that_are_generated_keep_the_rule_and_the_form(tmp_path: Path, capsys: Any) -> None:
    path = written(tmp_path, "real", rows("%d/%m/%Y"))
    assert main(["generate", path, "--generator", "bootstrap", "--rows", "20", "--constraint", "visit >= '01/06/2020'"]) == 0
    made = pd.read_csv(io.StringIO(capsys.readouterr().out))
    assert (pd.to_datetime(made["visit"], format="%d/%m/%Y") >= pd.Timestamp("2020-06-01")).all()


def test_equal_is_told_at_any_size_of_numbers() -> None:
    tiny = infer_schema(pd.DataFrame({"a": 1e-12 * np.arange(1, 61) / 4, "b": 1e-12 * np.arange(60, 0, -1) / 4}))[0]
    (rule,) = bind_all([Expression("a == b")], tiny.schema, tiny.frame)
    assert not rule.holds(tiny.frame).any()
    (rule,) = bind_all([Expression("a <= b")], tiny.schema, tiny.frame)
    assert rule.holds(tiny.frame).sum() == 30


def test_combinations_of_dates_are_written_as_the_columns_write_them() -> None:
    days = DMY.frame["visit"].dt.strftime("%d/%m/%Y")
    rules = [NeverTogether(("visit", "t"), (days[0], "a")), FixedCombinations(("visit", "t"), ((days[0], "a"), (days[1], "b")))]
    never, only = bind_all(rules, DMY.schema, DMY.frame)
    first = ((days == days[0]) & (DMY.frame["t"] == "a")).to_numpy()
    assert never.holds(DMY.frame).tolist() == (~first).tolist()
    assert only.holds(DMY.frame).tolist() == (first | ((days == days[1]) & (DMY.frame["t"] == "b")).to_numpy()).tolist()
