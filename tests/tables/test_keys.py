"""Numbers and codes of persons: the group key where they repeat, at any number of persons; numbers of things stay levels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.table import Kind, Role, Table
from synth_ui.tables.inference.infer import infer_schema
from synth_ui.tables.split import make_split
from tests.tables.test_person_names import LAST

RNG = np.random.default_rng(11)


def read(rows: int, **columns: object) -> Table:
    """Read a table of these columns, each a list of values that are repeated over the rows, beside a number."""
    order = np.random.default_rng(1).permutation(rows)
    frame = {name: pd.Series([values[i % len(values)] for i in order]) for name, values in columns.items()}  # type: ignore[index, arg-type]
    return infer_schema(pd.DataFrame({**frame, "amount": np.arange(rows) / 7}))[0]


def numbers(count: int) -> list[int]:
    return [int(number) for number in RNG.permutation(9_000)[:count] + 1_000]


@pytest.mark.parametrize(("persons", "rows"), [(3, 60), (40, 200), (49, 2_000), (100, 2_000), (199, 200)])
@pytest.mark.parametrize("form", ["number", "text", "code"])
@pytest.mark.parametrize("name", ["patient_id", "PatientNo", "customer number", "kundennummer", "user_id", "household_id"])
def test_a_number_of_a_person_that_repeats_is_the_group_key(name: str, form: str, persons: int, rows: int) -> None:
    values = numbers(persons)
    table = read(rows, **{name: values if form == "number" else [f"P{v}" if form == "code" else str(v) for v in values]})
    column = table.schema[name]
    assert (column.kind, column.role) == (Kind.IDENTIFIER, Role.GROUP_KEY)
    split = make_split(table, seed=1)
    assert not set(split.train.frame[name]) & set(split.holdout.frame[name])


@pytest.mark.parametrize(
    "name", ["mrn", "MRN", "national_number", "ssn", "passport_no", "nhs_number", "tax id", "medical record number", "svnr"]
)
@pytest.mark.parametrize("coded", [False, True])
def test_a_number_that_is_a_persons_anywhere_is_personal_or_the_group_key(name: str, coded: bool) -> None:
    values = [f"X{v}A" if coded else v for v in (RNG.permutation(10**6)[:50] + 10**8).tolist()]
    assert read(50, **{name: values}).schema[name].role is Role.PERSONAL
    assert read(400, **{name: values}).schema[name].role is Role.GROUP_KEY
    beside = read(400, patient_id=numbers(40), **{name: values})
    assert (beside.schema["patient_id"].role, beside.schema[name].role) == (Role.GROUP_KEY, Role.PERSONAL)
    assert beside.schema[name].kind is Kind.IDENTIFIER


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("NHS number", [f"{i + 400} 123 {i + 7001}" for i in range(8)]), ("Krankenversichertennummer", [f"A{i + 123_456_700}" for i in range(9)]),
        ("passport_no", ["C01X0006H", "C01X0007K", "C01X9008L"]), ("account_no", [f"AC-{i + 48_000}" for i in range(6)]), ("mrn", ["00-12-34", "00-12-35"]),
    ],
)  # fmt: skip
def test_numbers_of_few_persons_are_keys_too_however_they_are_written(name: str, values: list[str]) -> None:
    column = read(120, **{name: values}).schema[name]
    assert (column.kind, column.role) == (Kind.IDENTIFIER, Role.GROUP_KEY)
    assert column.provider is None


@pytest.mark.parametrize(
    "name",
    [
        "numéro client",
        "id_patient",
        "Versicherungsnummer",
        "kontonummer",
        "acct_no",
        "email_hash",
        "hashed_phone",
        "hospital number",
        "host_id",
    ],
)
def test_further_names_of_numbers_that_stand_for_persons(name: str) -> None:
    assert read(300, **{name: [f"{v:x}f{v}" for v in numbers(40)]}).schema[name].role is Role.GROUP_KEY


@pytest.mark.parametrize(
    ("look", "repeats"),
    [
        ([f"123-45-{i:04d}" for i in range(30)], True), ([f"756.1234.{i:04d}.97" for i in range(30)], True),
        ([f"123.456.{i:03d}-09" for i in range(30)], False), ([f"RSSMRA85T10A{i:03d}S" for i in range(30)], True),
        ([f"AB{i:06d}C" for i in range(30)], False), ([f"8501{i % 28 + 1:02d}-1{i:06d}" for i in range(30)], True),
        ([f"{i:08d}{'TRWAGMYFPDXBNJZSQVHLCKE'[i % 23]}" for i in range(10**7, 10**7 + 30)], False),
    ],
)  # fmt: skip
def test_national_numbers_are_known_by_their_look(look: list[str], repeats: bool) -> None:
    column = read(300 if repeats else 30, x=look).schema["x"]
    assert column.role is (Role.GROUP_KEY if repeats else Role.PERSONAL)


def test_codes_with_another_check_letter_are_no_national_numbers() -> None:
    assert read(30, x=[f"{i:08d}A" for i in range(10**7, 10**7 + 30)]).schema["x"].role is Role.FEATURE


@pytest.mark.parametrize("name", ["id", "subject", "participant", "customer", "individual"])
def test_where_there_is_a_doubt_the_review_asks(name: str) -> None:
    frame = pd.DataFrame({name: np.resize(numbers(40), 400), "v": np.arange(400) / 7})
    table, _, warnings = infer_schema(frame)
    assert table.schema[name].role is Role.GROUP_KEY
    said = next(warning.text for warning in warnings if warning.column == name)
    assert "taken for persons or the like" in said
    assert f"--kind {name}=category --role {name}=feature" in said


@pytest.mark.parametrize(
    "name",
    ["product_id", "store_id", "category_id", "admission_type_id", "region_id", "school_id", "course_id", "customer_segment_id", "department_nr"],
)  # fmt: skip
@pytest.mark.parametrize("form", ["number", "code"])
def test_numbers_of_things_and_classes_stay_levels(name: str, form: str) -> None:
    values = list(range(1, 41))
    column = read(800, **{name: values if form == "number" else [f"X{v:03d}" for v in values]}).schema[name]
    assert (column.kind, column.role) == (Kind.CATEGORY, Role.FEATURE)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("customers", range(60)), ("num_customers", range(40)), ("number_of_patients", range(40)), ("customer_age", range(20, 80)),
        ("agent", range(1, 300)), ("children", range(6)), ("PID", range(7)), ("member", range(4)), ("tin", [x / 10 for x in range(90)]),
        ("number_inpatient", range(20)), ("id", [1, 2, 3, 5]), ("account_code", range(1, 40)), ("operator_id", range(1, 5)), ("account_length", range(200)),
        ("customer_service_calls", range(12)), ("policy_code", range(8)), ("num_client", range(3)), ("hospital_id", range(1, 30)),
    ],
)  # fmt: skip
def test_counts_and_amounts_are_no_keys(name: str, values: object) -> None:
    assert read(1_200, **{name: list(values)}).schema[name].role is Role.FEATURE  # type: ignore[call-overload]


def test_whom_the_table_is_about_is_the_group_key_before_products_doctors_and_numbers_elsewhere() -> None:
    table = read(
        1_000, product_id=numbers(600)[:20] * 1, doctor_id=numbers(10), mrn=numbers(90), patient_id=numbers(100), id=numbers(50)
    )
    roles = {column.name: column.role for column in table.schema}
    assert roles["patient_id"] is Role.GROUP_KEY
    assert [name for name, role in roles.items() if role is Role.GROUP_KEY] == ["patient_id"]
    assert table.schema["product_id"].kind is Kind.CATEGORY
    assert table.schema["mrn"].role is Role.PERSONAL


def test_of_two_keys_of_persons_the_one_that_repeats_most_is_taken() -> None:
    table = read(400, person_id=numbers(100), household_id=numbers(40))
    assert table.schema["household_id"].role is Role.GROUP_KEY


@pytest.mark.parametrize("typed", [True, False])
def test_a_long_number_that_repeats_is_a_key(typed: bool) -> None:
    values = [2**60 + i * 12_345 for i in range(40)]
    table = read(200, reference=values if typed else [str(value) for value in values])
    assert table.schema["reference"].role is Role.GROUP_KEY
    assert table.frame["reference"].nunique() == 40


def test_sentences_are_text_however_often_they_repeat_but_answers_are_levels() -> None:
    notes = [f"the client number {i} asked again for help with the old account" for i in range(60)]
    short = [f"He was seen by nurse {name}." for name in LAST]
    for texts, rows in ((notes, 300), (notes, 3_000), (short, 1_000)):
        assert read(rows, note=texts).schema["note"].kind is Kind.TEXT
    answers = [f"I {how} agree with this statement about my work" for how in ("strongly", "somewhat", "hardly", "never")]
    assert read(400, answer=answers).schema["answer"].kind is Kind.CATEGORY
    said = infer_schema(pd.DataFrame({"answer": answers * 100}))[2]
    assert "kept word for word" in said[0].text
    assert "--kind answer=text" in said[0].text
    assert read(40, answer=answers).schema["answer"].kind is Kind.TEXT


def test_persons_told_by_an_address_stay_on_one_side_of_the_split() -> None:
    table = read(300, email=[f"ann.{i}@example.org" for i in range(60)])
    assert table.schema["email"].role is Role.PERSONAL
    split = make_split(table, seed=2)
    assert not set(split.train.frame["email"]) & set(split.holdout.frame["email"])
    assert "all rows of one email on the same side" in split.sentence
