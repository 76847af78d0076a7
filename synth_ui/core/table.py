"""A table: a frame, what its columns mean, and a fingerprint of its content.

Frames inside a `Table` are *canonical*; every module may rely on these dtypes:

=========== =============================================== ==================================
kind        dtype                                           blank
=========== =============================================== ==================================
number      float64, finite                                 NaN
integer     int64, or Int64 where there are blanks          <NA>
category    category of str, levels sorted or as declared   NaN
ordinal     ordered category of str                         NaN
boolean     bool, or boolean where there are blanks         <NA>
datetime    datetime64[us], with a time zone where the      NaT
            source has one
text        object of str                                   None
identifier  object of str, or int64 / Int64                 None
=========== =============================================== ==================================
"""

from __future__ import annotations

import difflib
import hashlib
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

import pandas as pd

from synth_ui.core.errors import TableError

BLANK_TEXTS = frozenset(
    {
        "",
        "?",
        "NA",
        "N/A",
        "n/a",
        "#N/A",
        "#NA",
        "NaN",
        "nan",
        "-nan",
        "NAN",
        "NULL",
        "null",
        "Null",
        "<NA>",
        "<null>",
        "\\N",
        "NaT",
    }
)
"""Texts that stand for a blank, wherever they stand."""


class Kind(StrEnum):
    """What sort of values a column holds."""

    NUMBER = "number"
    INTEGER = "integer"
    CATEGORY = "category"
    ORDINAL = "ordinal"
    BOOLEAN = "boolean"
    DATETIME = "datetime"
    TEXT = "text"
    IDENTIFIER = "identifier"

    @property
    def numeric(self) -> bool:
        """Whether the values lie on a line: numbers, integers and dates."""
        return self in (Kind.NUMBER, Kind.INTEGER, Kind.DATETIME)

    @property
    def discrete(self) -> bool:
        """Whether the values are levels: categories, ordered ones, booleans."""
        return self in (Kind.CATEGORY, Kind.ORDINAL, Kind.BOOLEAN)

    @property
    def learnable(self) -> bool:
        """Whether generators learn from it and measures compare it; text and identifiers are made anew."""
        return self.numeric or self.discrete


class Role(StrEnum):
    """What a column is for."""

    FEATURE = "feature"
    TARGET = "target"
    SENSITIVE = "sensitive"
    GROUP_KEY = "group key"
    PERSONAL = "personal"
    IGNORED = "ignored"


@dataclass(frozen=True)
class Column:
    """What is known of one column.

    Attributes
    ----------
    nullable
        Whether it has blanks.
    low, high
        The bounds seen or declared, for numbers and integers; for dates, microseconds since 1970 of their own clock where they were
        declared; None otherwise.
    levels
        The levels as text, in order, for categories and ordinals.
    declared
        Whether bounds, levels and blanks were stated by the owner, not read off the table: formal privacy does not pay for reading.
    decimals
        How many decimals the numbers carry; None for full precision.
    digits
        The most significant digits a number has, where they limit the numbers rather than decimals alone; None otherwise.
    words
        Texts among numbers that its owner wants read as blanks, or as levels of a column of their own.
    words_of
        The name of the column of numbers that this one holds the words of; None for all others. In files both are one column.
    format
        How the source wrote it: a pattern of `synth_ui.core.formats.dates` for dates, "yes/no" for booleans, "duration:" and a template for
        seconds that stood there as 22h 9m; None where the dtype says it all.
    dtype
        The dtype of the source ("int64", "object", "bool"), to which a download is turned back.
    provider
        The Faker provider that makes personal values anew ("email", "name"), or None.
    why
        In words, why this kind and role were chosen.
    """

    name: str
    kind: Kind
    role: Role = Role.FEATURE
    nullable: bool = False
    low: float | None = None
    high: float | None = None
    levels: tuple[str, ...] = ()
    decimals: int | None = None
    format: str | None = None
    dtype: str = "object"
    provider: str | None = None
    why: str = ""
    declared: bool = field(default=False, repr=False)
    digits: int | None = field(default=None, repr=False)
    words: tuple[str, ...] = field(default=(), repr=False)
    words_of: str | None = field(default=None, repr=False)

    @property
    def modelled(self) -> bool:
        """Whether generators learn it and measures compare it."""
        return self.kind.learnable and self.role not in (Role.PERSONAL, Role.IGNORED, Role.GROUP_KEY)


@dataclass(frozen=True)
class TableSize:
    """What a cost estimate needs to know of a table."""

    rows: int
    columns: int
    levels: int
    widest: int


@dataclass(frozen=True)
class Schema:
    """The columns of a table, in order."""

    columns: tuple[Column, ...]

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        if len(set(names)) != len(names):
            twice = sorted({name for name in names if names.count(name) > 1})
            raise TableError(f"Column names must differ; twice or more: {', '.join(twice)}.")

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise TableError(f"There is no column {name!r}; there are {_some(name, self.names)}.")

    @property
    def names(self) -> list[str]:
        """All column names, in order."""
        return [column.name for column in self.columns]

    @property
    def modelled(self) -> list[Column]:
        """The columns generators learn and measures compare, in order."""
        return [column for column in self.columns if column.modelled]

    def size(self, rows: int) -> TableSize:
        """Return what cost estimates need to know of `rows` rows of these columns; a column without known levels counts as two."""
        levels = [len(column.levels) or 2 for column in self.modelled if column.kind.discrete]
        return TableSize(rows, len(self.modelled), sum(levels), max(levels, default=0))

    def with_role(self, role: Role) -> list[Column]:
        """The columns of a role, in order."""
        return [column for column in self.columns if column.role is role]

    @property
    def target(self) -> Column | None:
        """The target column, if one is named."""
        return next(iter(self.with_role(Role.TARGET)), None)

    def updated(self, name: str, **changes: Any) -> Schema:
        """Return the schema with one column changed."""
        self[name]
        return Schema(tuple(replace(column, **changes) if column.name == name else column for column in self.columns))

    def replaced(self, column: Column) -> Schema:
        """Return the schema with another column in the place of the one of its name."""
        return Schema(tuple(column if other.name == column.name else other for other in self.columns))

    def with_target(self, name: str | None) -> Schema:
        """Return the schema with `name` as the only target (None: no target)."""
        if name is not None and not self[name].kind.learnable:
            raise TableError(
                f"{name!r} is {self[name].kind.value}; a target is a number, a category, a boolean or a date. "
                "Choose another column, or change its kind (on the command line --kind COLUMN=KIND)."
            )
        cleared = tuple(replace(c, role=Role.FEATURE) if c.role is Role.TARGET else c for c in self.columns)
        return Schema(cleared).updated(name, role=Role.TARGET) if name is not None else Schema(cleared)

    def to_dict(self) -> list[dict[str, Any]]:
        """Return plain values for JSON."""
        return [{f.name: _plain(getattr(column, f.name)) for f in fields(Column)} for column in self.columns]

    @classmethod
    def from_dict(cls, columns: list[dict[str, Any]]) -> Schema:
        """Build a schema from what `to_dict` returned."""
        return cls(
            tuple(
                Column(
                    **{
                        **entry,
                        "kind": Kind(entry["kind"]),
                        "role": Role(entry["role"]),
                        "levels": tuple(entry["levels"]),
                        "words": tuple(entry.get("words", ())),
                    }
                )
                for entry in columns
            )
        )


def _some(name: str, names: list[str], most: int = 30) -> str:
    """List names, of many those most like the one asked for."""
    if len(names) <= most:
        return ", ".join(names)
    near = difflib.get_close_matches(name, names, n=5) or names[:5]
    return f"{len(names):,}, among them {', '.join(near)}"


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    return list(value) if isinstance(value, tuple) else value


@dataclass(frozen=True, eq=False)
class Table:
    """A canonical frame with its schema.

    Raises
    ------
    TableError
        If the frame's columns are not the schema's, in its order.
    """

    frame: pd.DataFrame
    schema: Schema
    name: str = "table"

    def __post_init__(self) -> None:
        if list(self.frame.columns) != self.schema.names:
            raise TableError(f"The frame has columns {list(self.frame.columns)}, the schema {self.schema.names}.")

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def size(self) -> TableSize:
        """Rows, modelled columns, levels over all of them, and the levels of the widest."""
        return self.schema.size(len(self.frame))

    @cached_property
    def fingerprint(self) -> str:
        """A hash of content and schema: the same table read twice has the same one."""
        return fingerprint(self.frame, self.schema)

    def rows(self, index: Any, name: str | None = None) -> Table:
        """Return the table of some rows, numbered anew."""
        return Table(self.frame.iloc[index].reset_index(drop=True), self.schema, name or self.name)


@dataclass(frozen=True, eq=False)
class Split:
    """The real table, cut once: generators see `train`, never `holdout`.

    Attributes
    ----------
    seed, share
        What the cut was made with; `share` is train's.
    sentence
        In words, how it was cut: sizes, seed, stratified or grouped by what.
    """

    train: Table
    holdout: Table
    seed: int = 0
    share: float = 0.5
    sentence: str = ""

    @property
    def schema(self) -> Schema:
        """The schema both halves share."""
        return self.train.schema

    @cached_property
    def fingerprint(self) -> str:
        """A hash of both halves, under which what is computed once per split is kept."""
        both = f"{self.train.fingerprint}:{self.holdout.fingerprint}"
        return hashlib.blake2b(both.encode(), digest_size=12).hexdigest()


def fingerprint(frame: pd.DataFrame, schema: Schema | None = None) -> str:
    """Hash every cell, the column names, the dtypes and the schema (but not the reasons for it)."""
    digest = hashlib.blake2b(digest_size=12)
    for name in frame.columns:
        digest.update(f"{name}\x1f{frame[name].dtype}\x1e".encode())
        digest.update(pd.util.hash_pandas_object(frame[name], index=False).to_numpy().tobytes())
    if schema is not None:
        said = [replace(column, why="") for column in schema]
        digest.update(repr(said).encode())
        declared = [column.name for column in schema if column.declared]
        digest.update(repr(declared).encode() if declared else b"")
        further = [(c.name, c.digits, c.words, c.words_of) for c in schema if c.digits is not None or c.words or c.words_of]
        digest.update(repr(further).encode() if further else b"")
    return digest.hexdigest()


# --- casting: a frame from anywhere, made canonical -------------------------------------------------------------


def column_options(name: str, *, kind: Kind | str | None = None, role: Role | None = None) -> str:
    """Write a column's kind and role as options: "--kind zip=category --role zip=feature"; quoted where a shell needs it."""
    given = [("kind", kind), ("role", role)]
    return " ".join(f"--{field} {shlex.quote(f'{name}={value}')}" for field, value in given if value is not None)
