"""Rows of one person stay together: values repeat, what is the same within a person stays so, rules and conditions hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.context import Context
from synth_ui.core.rules.asked import Asked
from synth_ui.core.rules.constraint import Expression
from synth_ui.core.table import Kind, Role, Table
from synth_ui.generators._preparation.prepare import prepare
from synth_ui.generators.base import generators
from synth_ui.generators.sampling import batches, constrained
from synth_ui.jobs.runs import polish
from synth_ui.tables.review import revise
from tests.awkward import table_of

CONTEXT = Context(6)
PERSONS = 60


def visits(**changes: object) -> pd.DataFrame:
    """Sixty patients with five visits each: e-mail, sex and year of birth are the patient's, weight and day the visit's."""
    rng = np.random.default_rng(8)
    who = rng.permutation(np.repeat(np.arange(PERSONS), 5))
    born = rng.integers(1930, 2000, PERSONS)
    sex = np.array(["f", "m"], dtype=object)[rng.integers(0, 2, PERSONS)]
    frame = pd.DataFrame(
        {
            "patient_id": who + 1_000,
            "email": np.array([f"person{i * 7}@example.org" for i in range(PERSONS)], dtype=object)[who],
            "sex": sex[who],
            "born": born[who],
            "seen": 2005 + rng.integers(0, 15, len(who)),
            "weight": np.round(rng.normal(70, 9, len(who)) + 10 * (sex[who] == "m"), 1),
        }
    )
    return frame.assign(**changes)


def drawn(table: Table, key: str = "independent", n: int = 300, **asked: object) -> pd.DataFrame:
    wish = Asked(**asked)
    sampler = constrained.fit(generators()[key].from_settings(), table, CONTEXT, wish.constraints)
    return batches.draw(sampler, n, CONTEXT, table, wish)


def most_different(frame: pd.DataFrame, by: str, *columns: str) -> int:
    return int(frame.groupby(by)[list(columns)].nunique(dropna=False).to_numpy().max())


@pytest.mark.parametrize("key", ["independent", "bootstrap", "cart", "gaussian_copula", "noise", "mask", "interpolate"])
def test_what_is_a_persons_is_the_same_in_all_its_rows(key: str) -> None:
    real = table_of(visits())
    made = drawn(real, key)
    assert most_different(made, "patient_id", "email", "sex", "born") == 1
    assert made["patient_id"].value_counts().max() == 5
    assert made["email"].nunique() == made["patient_id"].nunique() == PERSONS
    assert not set(made["email"]) & set(real.frame["email"])
    assert not set(made["patient_id"]) & set(real.frame["patient_id"])


def test_the_distributions_stay_what_the_generator_made_of_them() -> None:
    real = table_of(visits())
    made = drawn(real, "bootstrap", 3_000)
    assert abs((made["sex"] == "m").mean() - (real.frame["sex"] == "m").mean()) < 0.05
    assert abs(made["born"].mean() - real.frame["born"].mean()) < 2
    heavier = [
        frame[frame["sex"] == "m"]["weight"].mean() - frame[frame["sex"] == "f"]["weight"].mean() for frame in (made, real.frame)
    ]
    assert abs(heavier[0] - heavier[1]) < 1


@pytest.mark.parametrize("rows", [0, 1, 7, 299])
def test_any_number_of_rows(rows: int) -> None:
    made = drawn(table_of(visits()), n=rows)
    assert len(made) == rows
    assert not rows or most_different(made, "patient_id", "email", "born") == 1


def test_an_address_that_repeats_stands_for_a_person_where_there_is_no_key() -> None:
    real = table_of(visits().drop(columns="patient_id"))
    assert real.schema["email"].role is Role.PERSONAL
    made = drawn(real)
    assert made["email"].nunique() == PERSONS
    assert most_different(made, "email", "sex", "born") == 1


def test_first_and_last_names_stand_for_a_person_together() -> None:
    from faker import Faker

    fake = Faker()
    fake.seed_instance(1)
    who = visits()["patient_id"].to_numpy() - 1_000
    firsts, lasts = ([getattr(fake, name)() for _ in range(12)] for name in ("first_name", "last_name"))
    names = {"first_name": np.array(firsts, dtype=object)[who % 12], "last_name": np.array(lasts, dtype=object)[who // 5]}
    made = drawn(table_of(visits(**names).drop(columns=["patient_id", "email"])))
    assert made.groupby(["first_name", "last_name"])["born"].nunique().eq(1).mean() > 0.7  # namesakes there may be, as real ones
    assert made.groupby(["first_name", "last_name"]).size().mean() > 4
    assert made["first_name"].nunique() < 25


def test_rows_without_a_key_are_nobodys() -> None:
    frame = visits()
    frame["patient_id"] = frame["patient_id"].astype(object).where(np.arange(300) % 4 > 0, None)
    made = drawn(revise(table_of(frame), [{"name": "patient_id", "role": "group key"}]))
    assert 0.15 < made["patient_id"].isna().mean() < 0.35
    assert most_different(made.dropna(subset="patient_id"), "patient_id", "email", "sex") == 1


def test_a_value_that_is_no_persons_repeats_by_itself() -> None:
    doctors = np.array(["Ada Moss", "Ben Gray", "Cara Lane", "Dan Hill", "Emma Ford", "Fred Wood"], dtype=object)
    made = drawn(table_of(visits(doctor=np.random.default_rng(1).choice(doctors, 300))))
    assert 4 <= made["doctor"].nunique() <= 9
    assert most_different(made, "patient_id", "doctor") > 1


def test_rules_over_what_is_a_persons_and_what_is_not_are_kept() -> None:
    frame = visits()
    frame["since"] = frame["born"] + 1 + np.random.default_rng(2).integers(0, 70, 300)
    made = drawn(table_of(frame), constraints=(Expression("since > born"),))
    assert (made["since"] > made["born"]).all()
    assert most_different(made, "patient_id", "email", "sex", "born") == 1
    assert made["patient_id"].nunique() < 200


def test_a_row_that_would_break_a_rule_is_a_person_of_its_own() -> None:
    layout, _ = prepare(table_of(visits()), CONTEXT)
    persons = layout.remade.persons
    assert persons is not None
    rows = {"sex": pd.Series(["f"] * 40), "born": pd.Series(range(40)), "seen": pd.Series(range(40))}

    def as_drawn(frame: pd.DataFrame) -> np.ndarray:
        return (frame["born"] == frame["seen"]).to_numpy()

    learned = dict(rows)
    of_rows = persons.of_rows(learned, 40, CONTEXT.rng("x"), keeps=as_drawn)
    assert learned["born"].tolist() == list(range(40))
    assert len(set(of_rows)) == 40
    assert len(set(persons.of_rows(dict(rows), 40, CONTEXT.rng("x")))) < 12


@pytest.mark.parametrize("asked", [{"where": {"sex": "f"}}, {"where": {"born": {"min": 1950, "max": 1970}}}, {"balance": "sex"}])
def test_conditions_are_met_by_persons(asked: dict[str, object]) -> None:
    made = drawn(table_of(visits()), n=200, **asked)
    assert most_different(made, "patient_id", "email", "sex", "born") == 1
    if "balance" in asked:
        assert made["sex"].value_counts().tolist() == [100, 100]
    elif "sex" in asked["where"]:
        assert (made["sex"] == "f").all()
    else:
        assert made["born"].between(1950, 1970).all()


def test_polished_rows_are_persons_too() -> None:
    table = table_of(visits())
    sampler = polish.fit(generators()["cart"].from_settings({"trees": 1}), table, CONTEXT)
    assert most_different(sampler(200, CONTEXT), "patient_id", "email", "born") == 1


def test_under_formal_privacy_every_row_is_a_person_of_its_own() -> None:
    made = drawn(table_of(visits()), "dp_marginals")
    assert made["patient_id"].is_unique


def test_the_same_seed_makes_the_same_persons() -> None:
    table = table_of(visits())
    pd.testing.assert_frame_equal(drawn(table), drawn(table))


def test_a_number_that_is_a_persons_beside_the_key_is_made_once_for_each() -> None:
    frame = visits()
    table = table_of(frame.assign(mrn=frame["patient_id"] * 17 % 9_973 + 20_000))
    assert (table.schema["mrn"].kind, table.schema["mrn"].role) == (Kind.IDENTIFIER, Role.PERSONAL)
    assert most_different(drawn(table), "patient_id", "mrn") == 1
