"""Conditions for more rows: chosen values, bounds, blanks, a column to balance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from synth_ui.core.rules.asked import Asked
from synth_ui.core.table import Column, Kind
from synth_ui.ui.md import md
from synth_ui.ui.state import widget

if TYPE_CHECKING:
    from synth_ui.core.table import Schema

BLANK = "(blank)"


def choose(schema: Schema) -> tuple[Asked, list[str]]:
    """Draw the widgets; return what is asked of the rows, and the columns that were chosen but are asked nothing yet."""
    known = {column.name: column for column in schema.modelled}
    names, balance = st.columns([3, 2], vertical_alignment="bottom")
    chosen = names.multiselect(
        "Only rows with", list(known), key="where_columns", placeholder="Any rows; choose columns to set conditions",
        help="Every row meets all the conditions. Those that do not are drawn again; how many were kept is said beside the rows.",
    )  # fmt: skip
    levelled = [column.name for column in known.values() if column.kind.discrete and column.name not in chosen]
    balanced = balance.selectbox(
        "Balance this column", levelled, index=None, key="balance", placeholder="As in the real rows",
        help="Equally many rows of each of its values, so that rare ones can be learned from.",
    )  # fmt: skip
    where = {name: value for name in chosen if (value := _condition(known[name])) is not None}
    return Asked(where=where, balance=balanced), [name for name in chosen if name not in where]


def _condition(column: Column) -> Any:
    """Draw the condition on one column; None until something is chosen."""
    if column.kind.discrete:
        levels = ["yes", "no"] if column.kind is Kind.BOOLEAN else list(column.levels)
        if column.kind is Kind.BOOLEAN and column.format and "/" in column.format:
            levels = column.format.split("/", 1)
        values = st.multiselect(
            f"{md(column.name)} is one of", [*levels, *([BLANK] if column.nullable else [])], key=widget("where", column.name)
        )
        return [None if value == BLANK else value for value in values] or None
    low, high, blank = st.columns([3, 3, 2], vertical_alignment="bottom")
    if column.nullable and blank.checkbox("Blank", key=widget("where_blank", column.name)):
        return [None]
    if column.kind is Kind.DATETIME:
        ends: dict[str, Any] = {
            "min": low.text_input(f"{md(column.name)} from", key=widget("where_low", column.name), placeholder="2024-01-01"),
            "max": high.text_input(f"{md(column.name)} to", key=widget("where_high", column.name), placeholder="2024-12-31"),
        }
    else:
        ends = {
            "min": low.number_input(f"{md(column.name)} from", value=None, key=widget("where_low", column.name), format="%g"),
            "max": high.number_input(f"{md(column.name)} to", value=None, key=widget("where_high", column.name), format="%g"),
        }
    return {end: value for end, value in ends.items() if value not in (None, "")} or None
