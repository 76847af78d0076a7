"""The rows of a parcel that came from elsewhere: each of the right form, each about something the parcel holds, nothing under way."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import Boolean, Column, Float, Integer, Table

from synth_ui.core.choice import Choice
from synth_ui.core.errors import StoreError, SynthError
from synth_ui.core.run import ACTIVE, RunKind, RunState
from synth_ui.core.score import Status, score_of
from synth_ui.core.table import Schema

Rows = Mapping[str, Sequence[Mapping[str, Any]]]

_ID = re.compile(r"[\w-]{1,120}")
_FILE = re.compile(r"(details/)?[\w.,=-]{1,200}\.parquet")
_TEXTS = {
    "tables": ("schema", "assumed", "warnings"), "races": ("asked", "versions", "summary"), "runs": ("settings", "asked"), "choices": ("record",),
    "budgets": ("pinned", "dropped"),
}  # fmt: skip
"""Texts that are read back as JSON."""

_ABOUT = {
    "splits": {"table_id": "tables"}, "races": {"table_id": "tables", "split_id": "splits"}, "runs": {"split_id": "splits"},
    "members": {"race_id": "races", "run_id": "runs"}, "scores": {"run_id": "runs"}, "losses": {"run_id": "runs"},
    "details": {"run_id": "runs"}, "choices": {"race_id": "races"}, "budgets": {"race_id": "races"},
    "trials": {"race_id": "races", "run_id": "runs"},
}  # fmt: skip
"""Which row each is about."""

ROUNDS = 2
"""Of trials in a race with a budget."""

_TIMES = (
    "created",
    "deleted",
    "used",
    "deadline",
    "heartbeat",
    "started",
    "ended",
    "stop_asked",
    "undone",
    "begun",
    "stop",
    "over",
    "written",
)
"""Moments, in seconds since 1970."""

LATEST = 4_102_444_800
"""The year 2100: what is later was never written by a clock, and could not be shown."""

_COUNTS = (
    "rows", "columns", "train_rows", "holdout_rows", "make", "step", "place", "tier", "attempt", "revision", "rung",
)  # fmt: skip
"""Numbers that count something: never below 0."""

_LATER = frozenset({"choices", "budgets", "trials"})
"""What an earlier release did not pack; every other list is in every parcel."""

_IDS = ("id", "table_id", "split_id", "race_id", "run_id", "parent_id")


def checked(
    given: Mapping[str, Any], tables: Sequence[Table], instead: Mapping[str, Mapping[str, Any]], name: str
) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of a parcel by table, with the columns there are now.

    Parameters
    ----------
    instead
        By table, what stands in columns that mean nothing elsewhere.
    name
        Of the file, for the refusal.

    Raises
    ------
    StoreError
        If a row has the wrong form, is about nothing in the parcel, or would start work; nothing was taken then.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for table in tables:
        rows = given.get(table.name, [] if table.name in _LATER else None)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise StoreError(f"{name}: {table.name} is no list of rows; nothing was taken.")
        try:
            found[table.name] = [_row(table, {**row, **instead.get(table.name, {})}) for row in rows]
        except (SynthError, KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise StoreError(f"{name}: a row of {table.name} is not as it must be ({error}); nothing was taken.") from error
    _check_about(found, name)
    return found


def _row(table: Table, given: Mapping[str, Any]) -> dict[str, Any]:
    row = {column.name: _value(column, given) for column in table.c if column.name in given or not _has_default(column)}
    for column in _IDS:
        if row.get(column) is not None and not _ID.fullmatch(row[column]):
            raise ValueError(f"{column} is {row[column][:40]!r}")
    for column in _TEXTS.get(table.name, ()):
        if row.get(column):
            json.loads(row[column])
    _check_meaning(table.name, row)
    return {**row, "plan": plain_plan(row["plan"])} if table.name == "budgets" else row


def _has_default(column: Column[Any]) -> bool:
    return bool(column.nullable) or column.default is not None or column.server_default is not None


def _value(column: Column[Any], given: Mapping[str, Any]) -> Any:
    value = given[column.name]
    if value is None and column.nullable:
        return None
    if isinstance(column.type, Boolean):
        fits = value in (True, False)
    elif isinstance(column.type, Integer):
        fits = isinstance(value, int) and abs(value) < 1 << 62 and (column.name not in _COUNTS or value >= 0)
    elif isinstance(column.type, Float):
        diverged = column.table.name == "losses" and value in (math.inf, -math.inf)  # as a network's may
        fits = _is_number(value) or diverged
    else:
        fits = isinstance(value, str)
    if not fits or (column.name in _TIMES and not 0 <= value < LATEST):
        raise ValueError(f"{column.name} is {str(value)[:40]!r}")
    return value


def _check_meaning(name: str, row: Mapping[str, Any]) -> None:
    """Refuse what has the right types and cannot be: raises ValueError, or what reading it raises."""
    if name == "tables":
        Schema.from_dict(json.loads(row["schema"]))
    elif name == "splits" and not 0 < row["share"] < 1:
        raise ValueError(f"share is {row['share']:g}")
    elif name == "races" and row["make"] < 1:
        raise ValueError(f"make is {row['make']}")
    elif name == "runs":
        RunKind(row["kind"])
        if RunState(row["state"]) in ACTIVE:
            raise ValueError("a run is still under way")
    elif name == "scores":
        Status(row["status"])
    elif name == "details" and not _FILE.fullmatch(row["file"]):
        raise ValueError(f"file is {row['file'][:40]!r}")
    elif name == "choices":
        choice = Choice.from_dict(json.loads(row["record"]))
        if (choice.id, choice.race_id) != (row["id"], row["race_id"]):
            raise ValueError("a record of a choice is about another race")
    elif name == "budgets":
        _check_budget(row)
    elif name == "trials":
        _check_trial(row)


def plain_plan(written: str) -> str:
    """Return the plan of a budget as others may read it: of the runs that were planned, what says which they are, and nothing to start."""
    plan = json.loads(written)
    runs = {name: {"generator": run["generator"], "settings": run["settings"]} for name, run in plan["runs"].items()}
    return json.dumps({**plan, "runs": runs})


def _check_budget(row: Mapping[str, Any]) -> None:
    """Refuse a budget that is still being spent, and one whose history a page could not show."""
    if row["over"] is None:
        raise ValueError("a budget is still being spent")
    plan = json.loads(row["plan"])
    rounds = [int(rows) for rows in plan["rows"]]
    for arm in plan["arms"]:
        _held(isinstance(arm["name"], str) and isinstance(arm["generator"], str) and len(arm["trials"]) == len(rounds), "an arm")
        _numbers(arm["full"], *arm["trials"])
        planned = plan["runs"][arm["name"]]
        _held(isinstance(planned["generator"], str) and isinstance(planned["settings"], dict), "what was planned")
    _held(len(rounds) == ROUNDS, "rows of a trial")
    _numbers(plan["scoring"], plan["controls"], plan["judging"])
    if plan.get("sizes"):
        _numbers(*(plan["sizes"][name] for name in ("train", "holdout", "of_train", "of_holdout", "seconds")))
        _held(set(plan["sizes"]) == {"train", "holdout", "of_train", "of_holdout", "seconds", "budget"}, "sizes")
    for name in ("pinned", "dropped"):
        _held(all(isinstance(one, str) for one in json.loads(row[name] or "[]")), name)
    for one in json.loads(row["decided"] or "[]"):
        _numbers(one["after"])
        _held(isinstance(one["trials"], list) and all(isinstance(why, str) for why in one["left_out"].values()), "a decision")


def _check_trial(row: Mapping[str, Any]) -> None:
    _held(0 <= row["rung"] < ROUNDS, "rung")
    if row["said"]:
        said = json.loads(row["said"])
        for one in said["scores"]:
            score_of(one)
        _numbers(said.get("seconds_make", 0.0))


def _held(fits: bool, what: str) -> None:
    if not fits:
        raise ValueError(f"{what} of a budget is not as it must be")


def _numbers(*values: Any) -> None:
    _held(all(isinstance(value, int | float) and not isinstance(value, bool) for value in values), "a number")


def _check_about(rows: Rows, name: str) -> None:
    ids = {kind: [row["id"] for row in rows[kind]] for kind in ("tables", "splits", "races", "runs", "choices")}
    for kind, known in ids.items():
        if len(set(known)) < len(known):
            raise StoreError(f"{name}: {kind} lists one id twice; nothing was taken.")
    for kind, columns in _ABOUT.items():
        for column, of in columns.items():
            known_ids = set(ids[of])
            strange = [row[column] for row in rows[kind] if row.get(column) is not None and row[column] not in known_ids]
            if strange:
                raise StoreError(f"{name}: {kind} are about {strange[0]!r}, which is not in the file; nothing was taken.")
    if not rows["races"] and not rows["tables"]:
        raise StoreError(f"{name} holds no race and no table.")


def check_frame(rows: Rows, key: str, content: Any, name: str) -> None:
    """Refuse a frame that is not that of its row: other columns, or another number of rows."""
    folder, _, rest = key.partition("/")
    if folder == "tables" and rest.endswith(".whole.json"):
        row = next(row for row in rows["tables"] if row["id"] == rest.removesuffix(".whole.json"))
        if not _describes_all_rows(content, row["rows"], Schema.from_dict(json.loads(row["schema"])).names):
            raise StoreError(f"{key!r} in {name} does not describe the table it belongs to; nothing was taken.")
        return
    if folder == "runs" or not isinstance(content, pd.DataFrame):
        return
    row_id, _, half = rest.removesuffix(".parquet").partition("/")
    row = next(row for row in rows[folder] if row["id"] == row_id)
    table = row if folder == "tables" else next(one for one in rows["tables"] if one["id"] == row["table_id"])
    names = Schema.from_dict(json.loads(table["schema"])).names
    length = row["rows"] if folder == "tables" else row[f"{half}_rows"]
    if list(content.columns) != list(names) or len(content) != length:
        raise StoreError(f"{key!r} in {name} is not the table it says it is; nothing was taken.")


_WHOLE = {"rows", "taken", "how", "of_sample", "profile"}
_PROFILE = {"rows", "width", "blanks", "duplicates", "columns", "distributions"}
_LINE = {"column", "kind", "role", "blanks", "distinct", "low", "middle", "high", "common"}
_BAR = {"bin", "order", "lower", "upper", "rows", "share"}
_LONGEST = 500


def _describes_all_rows(content: Any, taken: int, names: Sequence[str]) -> bool:
    """Whether a record is of the form that a table's description by all rows of its file has, about these columns."""
    if not isinstance(content, dict) or set(content) != _WHOLE or not isinstance(content["profile"], dict):
        return False
    known = content["profile"]
    if set(known) != _PROFILE or not all(map(_is_count, (content["rows"], content["taken"], known["rows"], known["duplicates"]))):
        return False
    sized = content["taken"] == taken <= content["rows"] == known["rows"] and known["width"] == len(names)
    of_sample, how = content["of_sample"], content["how"]
    if not sized or not _is_number(known["blanks"]) or not isinstance(how, str) or len(how) > _LONGEST:
        return False
    if not isinstance(of_sample, list) or not all(one in names for one in of_sample):
        return False
    bars = known["distributions"]
    if not _is_frame(known["columns"], _LINE, {"blanks", "distinct"}) or known["columns"]["column"] != list(names):
        return False
    return isinstance(bars, dict) and all(
        one in names and _is_frame(bar, _BAR, {"order", "rows", "share"}) for one, bar in bars.items()
    )


def _is_frame(content: Any, names: set[str], numbers: set[str]) -> bool:
    """Whether it is a frame as lists of plain values of one length, some of them of numbers."""
    if not isinstance(content, dict) or set(content) != names or not all(isinstance(part, list) for part in content.values()):
        return False
    plain = all(one is None or isinstance(one, str) or _is_number(one) for part in content.values() for one in part)
    even = len({len(part) for part in content.values()}) == 1
    return plain and even and _are_ends(content) and all(_is_number(one) for part in numbers for one in content[part])


def _are_ends(content: Mapping[str, Sequence[Any]]) -> bool:
    """Whether the ends of bins, where there are any, are all numbers or all moments."""
    for values in (content.get("lower", ()), content.get("upper", ())):
        if len({isinstance(one, str) for one in values}) > 1:
            return False
        try:
            pd.to_datetime([one for one in values if isinstance(one, str)], format="ISO8601")
        except (ValueError, OverflowError):
            return False
    return True


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
