"""What made-up inputs broke, each once: taken now, or refused in words."""

from __future__ import annotations

import ast
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply, ReadError, SettingError
from synth_ui.core.formats.json_texts import read_json
from synth_ui.core.rules.asked import Asked
from synth_ui.core.rules.condition import read_where, written_where
from synth_ui.core.rules.constraint import FixedIncrements, read_constraint, read_constraints
from synth_ui.core.rules.formula import Formula, _Walk
from synth_ui.generators.from_nothing.blueprint import Blueprint, Declared
from synth_ui.generators.from_nothing.designed import FUNCTIONS, read_correlations
from synth_ui.generators.from_nothing.drawing import draw
from synth_ui.store.files.signed import NotSigned, read_signed, sign
from synth_ui.tables.databases.address import DatabaseAddress, plain_address
from synth_ui.tables.read import read
from tests.fuzz.targets import table

DEEP = ("[" * 5_000, '{"a":' * 5_000)
HALF = '{"age": "\\ud800"}'
LONG = '{"kind": "range", "column": "age", "low": ' + "9" * 400 + "}"


# --- JSON -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [*DEEP, HALF, LONG, "9" * 5_000, "{", ""])
def test_json_that_python_stumbles_over_is_a_wrong_text(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_json(text)


@pytest.mark.parametrize(
    "text",
    [
        DEEP[1],
        LONG,
        '{"kind": [null]}',
        '{"kind": {}}',
        '{"kind": "range", "column": "age", "low": Infinity}',
        '{"kind": "\\ud800"}',
    ],
)
def test_a_rule_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SettingError):
        read_constraint(text)


def test_a_rule_of_numbers_beyond_all_numbers_is_refused_from_python_too() -> None:
    with pytest.raises(SettingError, match="low of a rule of kind 'range' is a number or a date"):
        read_constraints([{"kind": "range", "column": "age", "low": 10**400}])


@pytest.mark.parametrize(
    "text",
    [
        *DEEP,
        LONG,
        '[{"name": "a", "kind": "text", "provider": []}]',
        '[{"name": "a", "kind": "text", "pattern": 3}]',
        '[{"name": "a", "low": "1", "high": [1]}]',
    ],
)
def test_a_schema_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SettingError):
        Blueprint.from_json(text)


@pytest.mark.parametrize("text", DEEP)
def test_correlations_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(SettingError, match=r"nested too deeply|no JSON"):
        read_correlations(text, ["a", "b"])


@pytest.mark.parametrize("where", [{"seen": [["a"]]}, {"ok": {"a": 1}}, {"city": [{"min": 1}]}, {"age": [[1, 2]]}])
def test_a_condition_on_a_list_of_lists_is_refused(where: dict[str, Any]) -> None:
    with pytest.raises((SettingError, DoesNotApply)):
        read_where(where, table().schema)


@pytest.mark.parametrize("value", [10**400, -(10**400), "9" * 400])
@pytest.mark.parametrize("name", ["age", "income", "ok", "seen"])
def test_a_condition_beyond_all_numbers_is_refused(name: str, value: Any) -> None:
    with pytest.raises(DoesNotApply, match=r"is not|no date"):
        read_where({name: value}, table().schema)


def test_conditions_that_are_nested_too_deeply_are_refused() -> None:
    with pytest.raises(SettingError, match="nested too deeply"):
        written_where([DEEP[1]])


def test_more_rows_than_there_are_numbers_are_refused() -> None:
    with pytest.raises(SettingError, match="number of rows"):
        Asked(table=({"rows": 10**400},)).rows()


# --- formulas ---------------------------------------------------------------------------------------------------------


def test_a_value_is_looked_for_among_columns_and_values_alike() -> None:
    frame = pd.DataFrame({"age": [3, 4, 5], "other": [7, 4, 9]})
    assert Formula("4 in (age, 3)").evaluate(frame).tolist() == [False, True, False]
    assert Formula("age in (other, 3)").evaluate(frame).tolist() == [True, True, False]
    assert Formula("3 not in (4, 5)").evaluate(frame).tolist() == [True, True, True]


def test_a_function_takes_as_many_values_as_it_takes() -> None:
    frame = pd.DataFrame({"a": [3.0, 4.0], "b": [1.0, 9.0], "c": [0.5, 0.5]})
    for text in ("min(a, b, c)", "min(a)", "abs()", "sqrt(a, c)"):
        with pytest.raises(SettingError, match="it takes"):
            Formula(text, FUNCTIONS)
    assert frame["c"].tolist() == [0.5, 0.5]  # a third value of numpy's is where the answer is written to
    assert Formula("min(a, b)", FUNCTIONS).evaluate(frame).tolist() == [1.0, 4.0]


def test_steps_far_below_what_numbers_tell_apart_warn_of_nothing() -> None:
    kept = FixedIncrements("age", step=5e-324).holds(pd.DataFrame({"age": [1.0, np.nan, 2.5]}))
    assert kept.tolist() == [True, True, True]


# --- schemas ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "provider",
    [
        "seed",
        "format",
        "add_provider",
        "get_providers",
        "items",
        "enum",
        "binary",
        "tar",
        "paragraphs",
        "profile",
        "time_series",
        "optional",
        "xml",
    ],
)
def test_a_provider_makes_one_value_by_its_name_alone(provider: str) -> None:
    with pytest.raises(SettingError, match="provider is"):
        Blueprint.from_json(json.dumps([{"name": "a", "kind": "text", "provider": provider}]))


@pytest.mark.parametrize("provider", ["name", "email", "iban", "date_of_birth", "latitude", "random_int", "text"])
def test_a_provider_of_single_values_is_taken(provider: str) -> None:
    blueprint = Blueprint.from_json(json.dumps([{"name": "a", "kind": "text", "provider": provider}]))
    assert draw(blueprint, 3, Context(0))["a"].notna().all()


def test_counts_of_any_mean_are_drawn_in_little_memory() -> None:
    declared = Declared("visits", kind=Blueprint.of(table()).columns[0].kind, distribution="poisson", mean=9e15)
    values = draw(Blueprint((declared,)), 200, Context(0))["visits"].astype(float)
    assert values.mean() == pytest.approx(9e15, rel=1e-6)
    assert values.std() == pytest.approx(9e15**0.5, rel=0.2)
    near = [
        draw(Blueprint((Declared("n", declared.kind, "poisson", mean=mean),)), 4_000, Context(1))["n"].astype(float)
        for mean in (1e6, 1e6 + 1)
    ]
    assert near[0].mean() == pytest.approx(near[1].mean(), rel=1e-4)  # where one way gives over to the other
    assert near[0].std() == pytest.approx(near[1].std(), rel=0.02)


@pytest.mark.parametrize("parts", [{"low": 10**30}, {"high": 1e9}, {"low": 9, "high": 3}, {"low": -1}])
def test_a_text_has_as_many_words_as_a_text_has(parts: dict[str, Any]) -> None:
    with pytest.raises(SettingError, match="from 1 to 1,000 words"):
        Blueprint.from_json(json.dumps([{"name": "a", "kind": "text", **parts}]))


@pytest.mark.parametrize(
    "parts", [{"mean": 1.0, "spread": 1e308}, {"low": 0, "high": 1e200}, {"distribution": "lognormal", "mean": 10, "spread": 900}]
)
def test_numbers_whose_products_are_none_are_refused(parts: dict[str, Any]) -> None:
    with pytest.raises(SettingError, match=r"beyond|at most"):
        Declared("a", **parts)


# --- addresses, signatures, files -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["pprd", "p-assword", "pas9sword", "option..", "x"])
def test_a_part_of_an_address_nobody_knows_may_be_a_password(name: str) -> None:
    address = DatabaseAddress.of(f"postgresql://me:first@host/db?{name}=hunter2&sslmode=require")
    for said in (
        address.shown,
        str(address),
        repr(address),
        plain_address(f"postgresql://me:first@host/db?{name}=hunter2"),
        address.without_secrets("hunter2 was refused"),
    ):
        assert "hunter2" not in said
    assert "sslmode=require" in address.shown


@pytest.mark.parametrize("text", ["postgres://u:pw@h/\udcff", "mysql://\ud800:pw@h/db", "sqlite:///\udcff.db"])
def test_half_a_letter_is_no_part_of_an_address(text: str) -> None:
    with pytest.raises(ReadError) as said:
        DatabaseAddress.of(text)
    assert "pw" not in str(said.value)


def test_a_signature_of_half_letters_is_none(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_UI_KEY_FILE", str(tmp_path / "key"))
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "kept").write_bytes(b"x")
    signature = sign(home, "sampler", b"x")
    with pytest.raises(NotSigned, match="not the one"):
        read_signed(home, "sampler", home / "kept", signature[:-1] + "\udcff")


def test_a_text_of_blanks_whose_lines_are_one_quotation_is_read_or_refused() -> None:
    assert len(read(b'a b\n"c d\ne f"\n', name="t.txt").table) >= 1


def nested(depth: int) -> str:
    text = "age in (1, 2)"
    for _ in range(depth):
        text = f"({text}) in (True, False)"
    return text


@pytest.mark.parametrize("text", ["age" + " + 50" * 12, "2" + " % age" * 12, nested(8), "1 < age < 3 < age < 5 < age"])
def test_each_part_of_a_formula_is_reckoned_once(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sum of sixty parts hung: each sum reckoned its left side twice, and so the first one 2**60 times."""
    reckoned: list[ast.expr] = []
    known = _Walk.value
    monkeypatch.setattr(_Walk, "value", lambda self, node: (reckoned.append(node), known(self, node))[1])
    formula = Formula(text)
    formula.evaluate(pd.DataFrame({"age": [1.0, 2.0]}))
    assert len(reckoned) == len({id(node) for node in reckoned})
    assert len(reckoned) >= text.count("age")
