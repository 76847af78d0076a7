"""The groups of a table: the cells of its sensitive columns that enough real rows fall into."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from synth_ui.core.errors import DoesNotApply
from synth_ui.core.table import Role
from synth_ui.measures.case import Case, Side

FEWEST_IN_GROUP = 20
"""A group is looked at when train and the holdout have at least so many rows of it."""

COLUMNS_HELP = "Which columns make the groups, as names with commas between them; empty for the columns marked sensitive."


class Group(NamedTuple):
    """A group of rows: the rows whose value of a column falls into one cell."""

    column: str
    label: str
    code: int


def sensitive_columns(case: Case, names: str) -> list[str]:
    """Return the columns that make the groups: those named, or those marked sensitive.

    Raises
    ------
    DoesNotApply
        If a name is no compared column, or none is named and none is marked, with what to do.
    """
    modelled = [column.name for column in case.schema.modelled]
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in modelled]
    if unknown:
        raise DoesNotApply(f"there is no compared column {', '.join(map(repr, unknown))}; there are {', '.join(modelled)}")
    found = wanted or [column.name for column in case.schema.modelled if column.role is Role.SENSITIVE]
    if not found:
        raise DoesNotApply(
            "no column is marked sensitive; mark the columns that make groups, such as sex or origin, on the page Table (on the command line --role COLUMN=sensitive) and start a new race"
        )
    return found


def groups_of(case: Case, column: str) -> list[Group]:
    """Return the groups of a column, in the order of its cells; numbers and dates make groups by tenths of the real rows."""
    cells = case.shared.cells[column]
    counts = [np.bincount(case.codes(side)[column], minlength=cells.size) for side in ("train", "holdout")]
    enough = np.minimum(*counts) >= FEWEST_IN_GROUP
    return [Group(column, cells.labels[code], code) for code in np.flatnonzero(enough).tolist()]


def place_of(case: Case, column: str, side: Side, groups: list[Group]) -> npt.NDArray[np.int64]:
    """Return each row's place among `groups`, −1 where it is in none of them. Shape (n,)."""
    places = np.full(case.shared.cells[column].size, -1)
    for place, group in enumerate(groups):
        places[group.code] = place
    found: npt.NDArray[np.int64] = places[case.codes(side)[column]]
    return found


def left_out_note(case: Case, columns: list[str]) -> str:
    """Say which groups have too few real rows to be looked at, or nothing."""
    names = []
    for column in columns:
        cells = case.shared.cells[column]
        there = (
            np.bincount(np.concatenate([case.codes("train")[column], case.codes("holdout")[column]]), minlength=cells.size) > 0
        )
        kept = {group.code for group in groups_of(case, column)}
        names += [f"{column} {cells.labels[code]}" for code in np.flatnonzero(there).tolist() if code not in kept]
    if not names:
        return ""
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    return f"Left out, having fewer than {FEWEST_IN_GROUP} training rows or unseen rows: {shown}."
