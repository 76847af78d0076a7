"""The editor of declared columns: one row per column, read into a blueprint, kept over all pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from synth_ui.core.errors import SettingError
from synth_ui.core.formats.numbers import MOST_DECIMALS
from synth_ui.core.table import Kind
from synth_ui.ui.md import md
from synth_ui.ui.state import state, widget

if TYPE_CHECKING:
    import pandas as pd

    from synth_ui.generators.from_nothing.blueprint import Blueprint

Records = list[dict[str, Any]]

PARTS = (
    "name",
    "kind",
    "distribution",
    "low",
    "high",
    "mean",
    "spread",
    "levels",
    "weights",
    "pattern",
    "provider",
    "decimals",
    "format",
    "blank",
    "unique",
)
DESIGNED = ("name", "kind", "distribution", "low", "high", "mean", "spread", "levels", "weights", "decimals", "blank")
"""What can be set of a column that is correlated with others."""

_WIDE = 118
"""Pixels in which the longest heading and its mark of being editable fit."""

_HELP = {
    "distribution": "How values are drawn. Empty takes what suits the kind and the other cells.",
    "low": "Lowest value; a date as 2026-01-31. Of words: the fewest.",
    "high": "Highest value; a date as 2026-01-31. Of words: the most.",
    "mean": "Mean of a normal, exponential or Poisson distribution, median of a lognormal, peak of a triangle.",
    "spread": "Standard deviation of a normal, of the logarithm of a lognormal; the step of a sequence.",
    "levels": "Separated by commas.",
    "weights": "One number per level, separated by commas; empty is all alike. For yes or no: yes first.",
    "pattern": "Such as [A-Z]{2}-\\d{4}",
    "provider": "The name of a Faker provider: name, email, city, company, phone_number, iban, …",
    "decimals": "Of numbers; empty is full precision.",
    "format": "How dates are written to a file, such as %d.%m.%Y; for yes or no: yes/no.",
    "blank": "Share of blanks, from 0 to 1.",
    "unique": "No value repeats.",
}


def editor(name: str, start: Blueprint, parts: Sequence[str]) -> Blueprint | None:
    """Draw the editor called `name` and return what it declares, or None where that does not hold together (and say why)."""
    import pandas as pd

    key = widget("columns", name, state.design_versions.get(name, 0))
    drafts = dict(state.design_drafts)
    drafts.setdefault(name, records(start))
    if (
        key not in st.session_state
    ):  # a new editor begins with the draft; an old one keeps its own changes on top of what it began with
        state.design_bases = {**state.design_bases, name: drafts[name]}
    base = pd.DataFrame(state.design_bases[name], columns=list(parts)).astype(_dtypes(parts))
    edited = st.data_editor(
        base, key=key, num_rows="dynamic", hide_index=True, column_config=_config(parts), alt="The declared columns, one per row", placeholder="",
        height=min(38 + 36 * (len(base) + 2), 560),
    )  # fmt: skip
    drafts[name] = _plain(edited)
    state.design_drafts = drafts
    return _blueprint(drafts[name], state.design_names.get(name, start.name))


def replace(name: str, blueprint: Blueprint) -> None:
    """Put another blueprint into the editor."""
    state.design_drafts = {**state.design_drafts, name: records(blueprint)}
    state.design_names = {**state.design_names, name: blueprint.name}
    state.design_versions = {**state.design_versions, name: state.design_versions.get(name, 0) + 1}


def _blueprint(rows: Records, name: str) -> Blueprint | None:
    from synth_ui.generators.from_nothing.blueprint import Blueprint, read_column

    try:
        return Blueprint(tuple(read_column(_entry(row)) for row in rows if any(row.values())), name)
    except SettingError as error:
        st.error(md(error, 500), title="The columns do not hold together yet")
        return None


def records(blueprint: Blueprint) -> Records:
    """Return a blueprint as the rows of the editor."""
    rows = []
    for column in blueprint:
        row = {part: getattr(column, part) for part in PARTS}
        row["kind"] = str(column.kind)
        row["levels"] = ", ".join(column.levels)
        row["weights"] = ", ".join(f"{weight:g}" for weight in column.weights)
        for part in ("low", "high", "mean"):
            row[part] = _written(row[part])
        rows.append(row)
    return rows


def _written(value: Any) -> str | None:
    return f"{value:.12g}" if isinstance(value, float) else value


def _entry(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of the editor as a declaration; empty cells are left out."""
    entry = {part: value for part, value in row.items() if value is not None and value == value and value != ""}
    entry.setdefault("kind", Kind.NUMBER.value)
    for part in ("levels", "weights"):
        if part in entry:
            entry[part] = [piece.strip() for piece in str(entry[part]).split(",") if piece.strip()]
    return entry


def _plain(frame: pd.DataFrame) -> Records:
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(part): value for part, value in row.items()} for row in rows]


def _dtypes(parts: Sequence[str]) -> dict[str, str]:
    known = {"spread": "float64", "decimals": "Int64", "blank": "float64", "unique": "bool"}
    return {part: known.get(part, "object") for part in parts}


def _config(parts: Sequence[str]) -> dict[str, Any]:
    from synth_ui.generators.from_nothing.blueprint import DISTRIBUTIONS

    config = st.column_config
    kinds = [kind.value for kind in Kind if "pattern" in parts or kind.learnable]
    ways = [way for way in DISTRIBUTIONS if "pattern" in parts or way not in ("pattern", "faker", "words", "sequence")]
    made: dict[str, Any] = {
        "name": config.TextColumn("Column", required=True, pinned=True),
        "kind": config.SelectboxColumn("Kind", options=kinds, required=True, default="number", width="small"),
        "distribution": config.SelectboxColumn("Distribution", options=ways, help=_HELP["distribution"], width=_WIDE),
        "spread": config.NumberColumn("Spread", help=_HELP["spread"], width=_WIDE),
        "decimals": config.NumberColumn(
            "Decimals", min_value=0, max_value=MOST_DECIMALS, step=1, help=_HELP["decimals"], width=_WIDE
        ),
        "blank": config.NumberColumn("Blank", min_value=0.0, max_value=1.0, default=0.0, help=_HELP["blank"], width=_WIDE),
        "unique": config.CheckboxColumn("Unique", default=False, help=_HELP["unique"], width=_WIDE),
    }
    for part in parts:
        if part not in made:
            made[part] = config.TextColumn(part.capitalize(), help=_HELP[part], width=_WIDE)
    return made
