"""Rows of one person belong together: made rows are given persons as the real ones have them.

A person has several rows (a patient's visits), and some columns are the same in all of them (born, sex, the e-mail address). Generators
draw row after row; here those rows become persons. Rows alike in what stays the same within a person are put together, in numbers
as the real persons have; then all take over what one of them says of the person. Columns that are made anew are made once for a
person where the real ones are the same in all its rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synth_ui.core.context import Context
from synth_ui.core.persons import person_codes, person_columns, same_within
from synth_ui.core.table import Column, Role, Schema, Table
from synth_ui.generators._preparation.replaced_columns import ReplacedColumn, repeating

Learned: TypeAlias = "dict[str, pd.Series[Any]]"

Rules = Callable[[pd.DataFrame], NDArray[np.bool_]]
"""Tells which rows keep the rules asked for."""


@dataclass(frozen=True, eq=False)
class Persons:
    """What is known of the persons behind a table's rows.

    Attributes
    ----------
    sizes
        How many rows each has.
    same
        The learned columns that are the same in all rows of a person, in the order in which rows are put together.
    once
        The columns made anew that are the same in all rows of a person; those that tell persons apart are among them.
    """

    sizes: NDArray[np.int64]
    same: tuple[str, ...]
    once: frozenset[str]

    def of_rows(
        self,
        learned: Learned,
        n: int,
        rng: np.random.Generator,
        parts: NDArray[np.int64] | None = None,
        keeps: Rules | None = None,
    ) -> NDArray[np.int64]:
        """Put `n` rows together to persons, in place, and return the number of each row's person.

        Parameters
        ----------
        learned
            The rows; what stays the same within a person is made the same.
        parts
            Rows of different parts never belong to one person.
        keeps
            A row that would no longer keep the rules stays as it is, and is a person of its own.
        """
        person, leader = self._together(learned, n, rng, parts)
        if not self.same:
            return person
        changed = {name: learned[name].take(leader).reset_index(drop=True) for name in self.same}
        if keeps is not None:
            before, after = (keeps(pd.DataFrame({**learned, **columns})) for columns in ({}, changed))
            alone = np.flatnonzero(before & ~after)
            person[alone] = n + np.arange(len(alone))
            person = np.unique(person, return_inverse=True)[1]
            leader[alone] = alone
            changed = {name: learned[name].take(leader).reset_index(drop=True) for name in self.same}
        learned.update(changed)
        return person

    def _together(
        self, learned: Learned, n: int, rng: np.random.Generator, parts: NDArray[np.int64] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return each row's person, and the row whose word counts for that person."""
        keys = [rng.random(n), *(_places(learned[name]) for name in reversed(self.same))]
        order = np.lexsort(keys if parts is None else [*keys, parts]) if self.same or parts is not None else np.arange(n)
        group = repeating(self.sizes, n, rng)
        if parts is not None:
            group = group + n * parts[order]
        place = np.unique(group, return_inverse=True)[1]
        counts = np.bincount(place, minlength=1) if n else np.zeros(0, dtype=np.int64)
        starts = np.cumsum(counts) - counts
        heads = order[starts + (rng.random(len(counts)) * counts).astype(np.int64)] if n else order
        person, leader = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
        person[order], leader[order] = place, heads[place]
        return person, leader


def _places(series: pd.Series[Any]) -> NDArray[Any]:
    """Return numbers that sort as the values do."""
    if isinstance(series.dtype, pd.CategoricalDtype):
        return np.asarray(series.cat.codes)
    return np.asarray(series.rank(method="dense", na_option="bottom"), dtype=float)


@dataclass(frozen=True, eq=False)
class NotLearned:
    """All that is not learned of a table: the columns made anew, and the persons behind the rows, if there are any."""

    schema: Schema
    anew: tuple[ReplacedColumn, ...]
    persons: Persons | None = None

    @classmethod
    def of(cls, table: Table, context: Context) -> NotLearned:
        """Find out how the columns of a table that are not learned are made, and who stands behind its rows."""
        frame = table.frame.reset_index(drop=True)
        columns = [column for column in table.schema if not column.modelled]
        names = person_columns(frame, table.schema)
        codes = person_codes(frame, names) if names else np.empty(0, dtype=np.int64)
        if not (codes >= 0).any():
            return cls(table.schema, tuple(ReplacedColumn.of(frame[c.name], c, context) for c in columns))
        of_person = np.flatnonzero(codes >= 0)[np.unique(codes[codes >= 0], return_index=True)[1]]
        persons = _persons(frame, table.schema, codes, names)
        anew = []
        for column in columns:
            series = frame[column.name]
            once = column.name in persons.once
            made = ReplacedColumn.of(series.take(of_person).reset_index(drop=True) if once else series, column, context)
            anew.append(made.with_blanks(series) if once and column.name in names else made)
        return cls(table.schema, tuple(anew), persons)

    @classmethod
    def of_schema(cls, table: Table) -> NotLearned:
        """Say how all columns that are not learned are made without a look at the rows: each row is a person of its own."""
        return cls(table.schema, tuple(ReplacedColumn.of_schema(table.frame[c.name], c) for c in table.schema if not c.modelled))

    def complete(
        self, learned: Learned, n: int, context: Context, *, parts: NDArray[np.int64] | None = None, keeps: Rules | None = None
    ) -> pd.DataFrame:
        """Add the columns made anew to `n` rows, persons put together; return all in the schema's order.

        Parameters
        ----------
        parts, keeps
            See `Persons.of_rows`.
        """
        learned = dict(learned)
        person = np.arange(n)
        if self.persons is not None:
            person = self.persons.of_rows(learned, n, context.rng("persons"), parts, keeps)
        for anew in self.anew:
            once = self.persons is not None and anew.column.name in self.persons.once
            learned[anew.column.name] = anew.make_for(person, context) if once else anew.make(n, context)
        return pd.DataFrame({name: learned[name] for name in self.schema.names})


def _persons(frame: pd.DataFrame, schema: Schema, codes: NDArray[np.int64], names: tuple[str, ...]) -> Persons:
    """Count the rows of each person, and find what stays the same in all of them."""
    sizes = np.sort(np.bincount(codes[codes >= 0]))
    asked = [column for column in schema if column.role is not Role.IGNORED and column.name not in names]
    same = same_within(frame, codes, [column.name for column in asked])
    learned = sorted((schema[name] for name in same if schema[name].modelled), key=lambda column: _order(frame, column))
    once = frozenset([*names, *(name for name in same if not schema[name].modelled)])
    return Persons(sizes, tuple(column.name for column in learned), once)


def _order(frame: pd.DataFrame, column: Column) -> tuple[bool, int]:
    """The target first, then columns of few values: rows put together differ least in those."""
    return column.role is not Role.TARGET, int(frame[column.name].nunique())
