"""Rules the made rows must keep: built from widgets or written as a formula, checked against the real rows at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from synth_ui.core.errors import SynthError
from synth_ui.core.formats.numbers import figure
from synth_ui.core.rules.constraint import (
    KINDS,
    Bound,
    Constraint,
    Expression,
    FixedCombinations,
    FixedIncrements,
    Inequality,
    NeverTogether,
    OneHot,
    Range,
)
from synth_ui.core.table import Column, Kind
from synth_ui.ui import access
from synth_ui.ui.md import count, md
from synth_ui.ui.state import state, widget

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

HELP = {
    "inequality": "One number or date is never above another, such as a start and an end.",
    "range": "A number or date stays within bounds, both included.",
    "combinations": "Several columns only together as real rows have them, such as city and country.",
    "never together": "Two values that must not stand in one row.",
    "increments": "A number only in steps, such as prices in steps of 0.05.",
    "one-hot": "Of several yes-or-no columns exactly one is yes.",
    "expression": "Numbers, column names, + - * /, comparisons, and, or, not. A name with spaces stands in `backticks`.",
}


def of(table_id: str) -> tuple[Constraint, ...]:
    """Return the rules the next race on a table will keep."""
    return state.rules.get(table_id, ())


def add(table_id: str, rule: Constraint) -> None:
    """Take a rule for the next race on a table; once."""
    if rule not in of(table_id):
        state.rules = {**state.rules, table_id: (*of(table_id), rule)}


def remove(table_id: str, rule: Constraint) -> None:
    """Drop a rule."""
    state.rules = {**state.rules, table_id: tuple(other for other in of(table_id) if other != rule)}


def panel(table_id: str) -> None:
    """Draw the rules of the next race, each with the share of real rows that keep it, and what adds one."""
    rules = of(table_id)
    opened = st.expander("Rules the rows must keep", key="rules_panel", icon=":material/rule:", on_change="rerun")
    if not opened.open:
        return
    with opened:
        st.caption(
            "Every row that a generator makes in the next race keeps them: by the way it is made where possible, otherwise rows that "
            "break one are drawn again, and the leaderboard says how many were kept."
        )
        for place, rule in enumerate(rules):
            _listed(table_id, rule, place)
        _new(table_id)


def _listed(table_id: str, rule: Constraint, place: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=widget("rule", place)):
        st.button("Remove", key=widget("remove_rule", place), icon=":material/close:", on_click=remove, args=(table_id, rule))
        st.markdown(f"{md(rule.text, 200)} &nbsp; :gray[{kept(table_id, rule)}]", width="stretch")


def kept(table_id: str, rule: Constraint) -> str:
    """Say which share of the real rows keeps a rule."""
    table = access.table(table_id)
    holds = rule.bind(table.frame, table.schema).holds(table.frame)
    broken = int((~holds).sum())
    return f"All {len(holds):,} real rows keep it." if not broken else f"{1 - broken / len(holds):.1%} of the real rows keep it."


def _new(table_id: str) -> None:
    """Draw the widgets of one more rule, what it says, and the button that takes it."""
    kind = st.selectbox(
        "Kind of rule", list(KINDS), format_func=lambda key: KINDS[key].title, key="rule_kind", persist_state="session"
    )
    st.caption(HELP[kind])
    columns = list(access.table_row(table_id)["schema"].modelled)
    rule, reason = None, ""
    try:
        rule = _built(kind, columns)
        if rule is not None:
            rule.check(access.table_row(table_id)["schema"])
    except SynthError as error:
        rule, reason = None, str(error)
    with st.container(horizontal=True, vertical_alignment="center", key="new_rule"):
        st.button("Add rule", key="add_rule", icon=":material/add:", disabled=rule is None, on_click=add, args=(table_id, rule))
        if rule is not None:
            st.caption(f"{md(rule.text, 200)}. {kept(table_id, rule)}", width="stretch")
        elif reason:
            st.caption(f":material/error: {md(reason, 400)}", width="stretch")


def _built(kind: str, columns: Sequence[Column]) -> Constraint | None:
    """Draw the widgets of a kind of rule and return the rule, or None while something is not chosen yet."""
    lines = [column for column in columns if column.kind.numeric]
    levels = [column for column in columns if column.kind.discrete]
    if kind == "inequality":
        return _inequality(lines)
    if kind == "range":
        return _range(lines)
    if kind == "combinations":
        chosen = st.multiselect("Columns that belong together", [c.name for c in columns if not c.kind.numeric], key="rule_of")
        return FixedCombinations(tuple(chosen)) if len(chosen) > 1 else None
    if kind == "never together":
        return _never(levels)
    if kind == "increments":
        return _increments([column for column in lines if column.kind is not Kind.DATETIME])
    if kind == "one-hot":
        yes_no = [c.name for c in columns if c.kind is Kind.BOOLEAN or (c.kind.numeric and (c.low, c.high) == (0, 1))]
        chosen = st.multiselect("Columns of which exactly one is yes", yes_no, key="rule_yes")
        return OneHot(tuple(chosen)) if len(chosen) > 1 else None
    text = st.text_input("Formula", key="rule_formula", placeholder="hours * rate <= cap", max_chars=500)
    return Expression(text) if text.strip() else None


def _choice(place: DeltaGenerator, label: str, columns: Sequence[Column], key: str) -> Column | None:
    known = {column.name: column for column in columns}
    name = place.selectbox(label, list(known), index=None, key=key, placeholder="Choose a column")
    return known.get(name) if name is not None else None


def _inequality(columns: Sequence[Column]) -> Constraint | None:
    left, right, strictly = st.columns([4, 4, 3], vertical_alignment="bottom")
    smaller = _choice(left, "Never above", columns, "rule_smaller")
    larger = _choice(right, "this one", columns, "rule_larger")
    strict = strictly.checkbox("Not equal either", key="rule_strict")
    return Inequality(smaller.name, larger.name, strict) if smaller and larger else None


def _range(columns: Sequence[Column]) -> Constraint | None:
    place, left, right = st.columns([4, 3, 3], vertical_alignment="bottom")
    column = _choice(place, "Column", columns, "rule_column")
    low: Bound
    high: Bound
    if column is not None and column.kind is Kind.DATETIME:
        low = left.text_input("From", key="rule_first", placeholder="2024-01-01") or None
        high = right.text_input("To", key="rule_last", placeholder="2024-12-31") or None
    else:
        low = left.number_input(
            "From", value=None, key="rule_low", format="%g", placeholder=_said(column.low if column else None)
        )
        high = right.number_input(
            "To", value=None, key="rule_high", format="%g", placeholder=_said(column.high if column else None)
        )
    return Range(column.name, low, high) if column is not None and (low is not None or high is not None) else None


def _said(bound: float | None) -> str:
    return "no bound" if bound is None else f"real rows: {figure(bound)}"


def _never(columns: Sequence[Column]) -> Constraint | None:
    chosen: list[tuple[str, str]] = []
    for place, (where, label) in enumerate(zip(st.columns(2), ("Column", "Other column"), strict=True)):
        with where:
            column = _choice(where, label, columns, widget("rule_never", place))
            levels = [] if column is None else ["True", "False"] if column.kind is Kind.BOOLEAN else list(column.levels)
            value = st.selectbox("Value", levels, index=None, key=widget("rule_value", place), placeholder="Choose a value")
            if column is not None and value is not None:
                chosen.append((column.name, value))
    return NeverTogether(tuple(name for name, _ in chosen), tuple(value for _, value in chosen)) if len(chosen) == 2 else None


def _increments(columns: Sequence[Column]) -> Constraint | None:
    place, left, right = st.columns([4, 3, 3], vertical_alignment="bottom")
    column = _choice(place, "Column", columns, "rule_stepped")
    step = left.number_input("Step", min_value=0.0, value=None, key="rule_step", format="%g")
    start = right.number_input("Counted from", value=0.0, key="rule_start", format="%g")
    return FixedIncrements(column.name, step, start) if column is not None and step else None


def planned(table_id: str) -> str:
    """Say in a few words how many rules the next race keeps; empty where there are none."""
    rules = of(table_id)
    return f" All rows keep {count(len(rules), 'rule')}." if rules else ""
