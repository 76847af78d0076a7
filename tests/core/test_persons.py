"""Who stands behind the rows, and what stays the same within a person: told on evidence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.persons import person_codes, person_columns, same_within
from synth_ui.core.table import Column, Kind, Role, Schema

RNG = np.random.default_rng(3)
WHO = np.repeat(np.arange(40), 5)
N = len(WHO)


def column(name: str, role: Role = Role.FEATURE, provider: str | None = None, kind: Kind = Kind.TEXT) -> Column:
    return Column(name, kind, role, provider=provider)


def told(frame: pd.DataFrame, *columns: Column) -> tuple[str, ...]:
    return person_columns(frame, Schema(columns))


def test_the_group_key_tells_persons_apart_before_any_personal_value() -> None:
    frame = pd.DataFrame({"mail": WHO.astype(str), "key": WHO})
    mail = column("mail", Role.PERSONAL, "email")
    assert told(frame, mail, column("key", Role.GROUP_KEY)) == ("key",)
    assert told(frame, mail, column("key")) == ("mail",)


def test_the_surest_personal_value_that_repeats_is_taken() -> None:
    frame = pd.DataFrame({"name": WHO.astype(str), "mail": WHO.astype(str), "number": WHO.astype(str)})
    name, mail = column("name", Role.PERSONAL, "name"), column("mail", Role.PERSONAL, "email")
    assert told(frame, name, mail, column("number")) == ("mail",)
    assert told(frame, name, mail, column("number", Role.PERSONAL, kind=Kind.IDENTIFIER)) == ("number",)
    assert told(frame.assign(mail=np.arange(N).astype(str)), name, mail, column("number")) == ("name",)


def test_first_and_last_names_tell_apart_together_only() -> None:
    frame = pd.DataFrame({"first": (WHO % 8).astype(str), "last": (WHO // 8).astype(str)})
    first, last = column("first", Role.PERSONAL, "first_name"), column("last", Role.PERSONAL, "last_name")
    assert told(frame, first, last) == ("first", "last")
    assert told(frame, first, column("last")) == ()
    assert person_codes(frame, ("first", "last")).tolist() == WHO.tolist()


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (np.arange(N).astype(str), "none repeats"),
        ((WHO % 3).astype(str), "three are too few"),
        (np.where(np.arange(N) < 150, None, WHO.astype(str)), "most are blank"),
    ],
)
def test_a_personal_value_does_not_always_tell(values: np.ndarray, why: str) -> None:
    assert told(pd.DataFrame({"mail": values}), column("mail", Role.PERSONAL, "email")) == (), why


def test_other_personal_values_never_tell() -> None:
    assert told(pd.DataFrame({"where": WHO.astype(str)}), column("where", Role.PERSONAL, "address")) == ()


def test_a_blank_is_nobody() -> None:
    frame = pd.DataFrame({"a": ["x", None, "y", "x"], "b": [1, 1, 2, 1]})
    assert person_codes(frame, ("a", "b")).tolist() == [0, -1, 1, 0]
    assert person_codes(frame.iloc[:0], ("a",)).tolist() == []


def test_what_is_the_same_within_persons_is_found() -> None:
    born = RNG.integers(1930, 2000, 40).astype(float)
    born[:4] = np.nan
    slip = np.array(["f", "m"], dtype=object)[RNG.integers(0, 2, 40)][WHO]
    slip[7] = "f" if slip[7] == "m" else "m"
    frame = pd.DataFrame(
        {
            "born": born[WHO],
            "sex": pd.Categorical(np.array(["f", "m"])[RNG.integers(0, 2, 40)][WHO]),
            "slip": slip,
            "visit": RNG.integers(0, 3, N),
            "often": RNG.random(N) < 0.02,
            "always": 1,
        }
    )
    assert same_within(frame, WHO, list(frame)) == ["born", "sex", "slip"]


@pytest.mark.parametrize("persons", [4, 400])
def test_an_accident_is_no_rule(persons: int) -> None:
    """A few pairs of rows that agree prove nothing, nor does a value that hardly anybody has."""
    who = np.concatenate([np.repeat(np.arange(3), 2), np.arange(3, persons)]) if persons > 4 else np.repeat(np.arange(2), 2)
    frame = pd.DataFrame({"flag": np.arange(len(who)) >= len(who) - 2})
    assert same_within(frame, who, ["flag"]) == []


def test_without_repeated_persons_nothing_is_found() -> None:
    assert same_within(pd.DataFrame({"a": range(20)}), np.arange(20), ["a"]) == []
    assert same_within(pd.DataFrame({"a": range(20)}), np.full(20, -1), ["a"]) == []
