"""The review of columns: what each was taken for, why, what will happen to it; all editable in one table."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from synth_ui.core.errors import SynthError
from synth_ui.core.table import Column, Kind, Role, Schema, Table
from synth_ui.tables.inference.mostly_numbers import WORDS_BLANK, WORDS_LEVELS
from synth_ui.tables.warning import ColumnWarning
from synth_ui.ui import access
from synth_ui.ui.md import count
from synth_ui.ui.people import place
from synth_ui.ui.state import state, widget

if TYPE_CHECKING:
    import pandas as pd

REMARK = 2
_COUNTED = re.compile(r"\d+(\.\d+)?% (blank|of the values are zero)\.?")
"""A remark that only counts what is there."""


def reviewed(table_id: str) -> pd.DataFrame:
    """Return the review of a table's columns; read-only."""
    return _reviewed(place.here(), table_id)


@st.cache_resource(show_spinner=False, max_entries=8)
def _reviewed(home: place.Place, table_id: str) -> pd.DataFrame:
    from synth_ui.tables.review import review_frame

    return review_frame(access.table(table_id), _warnings(table_id))


def _warnings(table_id: str) -> list[ColumnWarning]:
    """Return what was said of the columns on reading."""
    known = access.table_row(table_id)
    return [ColumnWarning.read(text, known["schema"].names, text in known["changed"]) for text in known["warnings"]]


def roles(table_id: str) -> None:
    """Draw the three choices that matter most: target, sensitive columns, group key."""
    schema = access.table(table_id).schema
    learnable = [column.name for column in schema if column.kind.learnable]
    target = schema.target.name if schema.target else None
    keys = [column.name for column in schema.with_role(Role.GROUP_KEY)]
    left, middle, right = st.columns([3, 5, 3])
    left.selectbox(
        "Target", learnable, index=learnable.index(target) if target else None, key=widget("target", table_id),
        placeholder="None", on_change=_set_target, args=(table_id,),
        help="The column a model would predict. Usefulness is measured on it, and the split keeps its shares.",
    )  # fmt: skip
    middle.multiselect(
        "Sensitive columns", [name for name in learnable if name != target], key=widget("sensitive", table_id),
        default=[column.name for column in schema.with_role(Role.SENSITIVE)], placeholder="None",
        on_change=_set_sensitive, args=(table_id,),
        help="Groups that must be treated alike, such as sex or origin. They are modelled like any other column.",
    )  # fmt: skip
    right.selectbox(
        "Group key", schema.names, index=schema.names.index(keys[0]) if keys else None, key=widget("group", table_id),
        placeholder="None", on_change=_set_group, args=(table_id,),
        help="A column that repeats for the same person or thing: all rows of a group go to the same side of the split.",
    )  # fmt: skip


WARNING_LINE = 27
"""Letters of a warning that stand in one line of its column, in a window of 900 pixels."""


WARNING_WIDTH = 184
"""Pixels: with the three other columns it fits a window of 900; in a wider one it grows."""


def needed(table_id: str) -> None:
    """Draw the columns that need a decision, if any, each with its warning; kind and role can be changed in place."""
    frame = reviewed(table_id)
    said = frame["warning"].fillna("").tolist()
    warned = [place for place, text in enumerate(said) if text and urgency(text) < REMARK]
    warned.sort(key=lambda place: urgency(said[place]))
    if not warned or table_id in state.reviewed:
        return
    with st.container(border=True, key="columns_needed"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.header(f"{count(len(warned), 'column')} {'needs' if len(warned) == 1 else 'need'} you", anchor=False)
            st.button(
                "These are right",
                key=widget("reviewed", table_id),
                icon=":material/check:",
                on_click=_accept,
                args=(table_id,),
                disabled=access.read_only(),
            )
        st.caption("What was read may be meant otherwise. Change a kind or a role, or say that it is right.")
        _editor(
            frame.iloc[warned],
            _needed_key(table_id),
            ["name", "warning", "kind", "role"],
            partial(_needed_edited, table_id, warned),
        )


def urgency(warning: str) -> int:
    """Return where a warning stands: a column that gives the target away first; a count of blanks or zeros is a `REMARK`, nothing to decide."""
    return 0 if warning.startswith("gives ") else REMARK if _COUNTED.fullmatch(warning) else 1


def _accept(table_id: str) -> None:
    state.reviewed = state.reviewed | {table_id}


def _needed_key(table_id: str) -> str:
    return widget("needed", table_id, state.refused_edits)


def _needed_edited(table_id: str, places: list[int]) -> None:
    key = _needed_key(table_id)
    if not _gone(key):
        apply_edits(table_id, {places[int(row)]: cells for row, cells in st.session_state[key]["edited_rows"].items()})


def review(table_id: str) -> None:
    """Draw the table of all columns; kind and role can be changed in it."""
    frame = reviewed(table_id)
    warned = bool((frame["warning"].fillna("") != "").any())
    st.caption("Change a kind or a role in the table; everything else follows from them.")
    order = ["name", "kind", "role", "treatment", *(["warning"] if warned else []), "why"]
    _editor(frame, _editor_key(table_id), order, partial(_edited, table_id))


def _editor(frame: pd.DataFrame, key: str, order: list[str], changed: Callable[[], None]) -> None:
    config = st.column_config
    # The warning is what has to be judged where a decision is asked for: it is shown whole, on lines of its own.
    lines = -(-int(frame["warning"].fillna("").str.len().max()) // WARNING_LINE) if "treatment" not in order else 1
    high = 35 + 18 * (max(lines, 1) - 1)
    st.data_editor(
        frame,
        row_height=high,
        height=min(38 + high * len(frame), 740),
        key=key,
        hide_index=True,
        alt=(
            "Columns that need a decision, each with its warning, kind and role"
            if "treatment" not in order
            else "All columns of the table with their kind, role, the reason, what will happen to them and warnings"
        ),
        column_order=order,
        column_config={
            "name": config.TextColumn("Column", disabled=True, pinned=True),
            "kind": config.SelectboxColumn(
                "Kind", options=[*(kind.value for kind in Kind), WORDS_BLANK, WORDS_LEVELS], required=True, width="small"
            ),
            "role": config.SelectboxColumn("Role", options=[role.value for role in Role], required=True, width="small"),
            "treatment": config.TextColumn(
                "What will happen to it", disabled=True, width="medium" if "warning" in order else "large"
            ),
            "warning": config.TextColumn("Warning", disabled=True, width="medium" if "why" in order else WARNING_WIDTH),
            "why": config.TextColumn("Why it was taken for this", disabled=True, width="medium"),
        },
        on_change=changed,
        disabled=access.read_only(),
    )


def _editor_key(table_id: str) -> str:
    """A new table gets a new editor, and so does one whose change was refused: the cell goes back to what it was."""
    return widget("review", table_id, state.refused_edits)


def _edited(table_id: str) -> None:
    if not _gone(_editor_key(table_id)):
        apply_edits(table_id, st.session_state[_editor_key(table_id)]["edited_rows"])


def _gone(key: str) -> bool:
    """Whether a widget is no longer there: the browser may send its value once more after a run that was cut short forgot it."""
    return key not in st.session_state


def apply_edits(table_id: str, changed: Mapping[int, Mapping[str, Any]]) -> None:
    """Take over what was changed in the review: per row, the cells that are new."""
    frame = reviewed(table_id)
    edits = [{**frame.iloc[int(row)][["name", "kind", "role"]].to_dict(), **cells} for row, cells in changed.items()]
    _revise(table_id, edits)


def _set_target(table_id: str) -> None:
    key = widget("target", table_id)
    if not _gone(key):
        set_target(table_id, st.session_state[key])


def set_target(table_id: str, name: str | None) -> None:
    """Make a column the target, or none."""
    _give_role(table_id, Role.TARGET, [name] if name else [])


def _set_sensitive(table_id: str) -> None:
    key = widget("sensitive", table_id)
    if not _gone(key):
        _give_role(table_id, Role.SENSITIVE, st.session_state[key])


def _set_group(table_id: str) -> None:
    key = widget("group", table_id)
    if not _gone(key):
        _give_role(table_id, Role.GROUP_KEY, [st.session_state[key]] if st.session_state[key] else [])


def _give_role(table_id: str, role: Role, names: Sequence[str]) -> None:
    """Give a role to these columns, and take it from all others."""
    schema = access.table(table_id).schema
    old = [(column.name, Role.FEATURE) for column in schema.with_role(role)]
    _revise(table_id, _edits(schema, [*old, *((name, role) for name in names)]))


def _edits(schema: Schema, roles: list[tuple[str, Role]]) -> list[dict[str, Any]]:
    """One edit per column; the last role named for a column is the one that counts."""
    return [{"name": name, "kind": schema[name].kind.value, "role": role.value} for name, role in dict(roles).items()]


def _revise(table_id: str, edits: list[dict[str, Any]]) -> None:
    """Change kinds and roles as edited."""
    from synth_ui.tables.review import revise

    take_over(table_id, lambda table: revise(table, edits))


def take_over(table_id: str, change: Callable[[Table], Table]) -> None:
    """Put what `change` makes of a table into the workspace and make it the current one; a refusal is shown and changes nothing."""
    from synth_ui.store import history

    try:
        changed = change(access.table(table_id))
    except SynthError as error:
        state.notice = f"The change was not made. {error}"
        state.refused_edits += 1
        _forget(table_id)
        return
    known = access.table_row(table_id)
    warnings = [
        warning for warning in _warnings(table_id) if warning.changed or not _answered(warning, known["schema"], changed.schema)
    ]
    new = access.workspace().add_table(changed, source=known["source"], assumed=known["assumed"], warnings=warnings)
    access.carry_whole(table_id, new)
    _forget(new)
    access.select_table(new)
    if new != table_id:
        history.supersede(access.workspace(), table_id)


def _answered(warning: ColumnWarning, before: Schema, after: Schema) -> bool:
    """Whether the owner has said since what the column is."""
    if warning.column is None or warning.column not in after.names:
        return False
    one, other = before[warning.column], after[warning.column]
    return (one.kind, one.role) != (other.kind, other.role)


def _forget(table_id: str) -> None:
    """Let the three choices be drawn anew from the schema: a refused or superseded value must not stand."""
    for name in ("target", "sensitive", "group"):
        st.session_state.pop(widget(name, table_id), None)


def figures(schema: Schema) -> dict[str, Any]:
    """Return how numbers are shown that four decimals would not show: as they are."""
    fine = [c for c in schema if c.kind is Kind.NUMBER and (c.digits is not None or (c.decimals or 0) > 4 or not _ordinary(c))]
    return {column.name: st.column_config.NumberColumn(format="plain") for column in fine}


def _ordinary(column: Column) -> bool:
    largest = max(abs(column.low or 0.0), abs(column.high or 0.0))
    return largest == 0 or 1e-2 <= largest < 1e15


def preview(table_id: str, rows: int = 200) -> None:
    """Draw the first rows."""
    table = access.table(table_id)
    st.dataframe(
        table.frame.head(rows),
        hide_index=True,
        alt=f"The first rows of {table.name}",
        height=420,
        column_config=figures(table.schema),
    )
    st.caption(f"The first {min(rows, len(table)):,} of {count(len(table), 'row')}.")
