"""Who stands behind the rows of a table: the columns that tell persons apart, and what stays the same within one of them.

The split keeps all rows of one person on one side, and made rows repeat persons as the real ones do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synth_ui.core.table import Column, Kind, Role, Schema

_TELLING = ("email", "ssn", "iban", "credit_card_number", "phone_number", "name")
"""Faker providers of personal values that one person has alone, the surest first."""

_FEWEST = 5
"""Fewer persons than this are only believed where a column is the group key."""

_EVIDENCE = 7.0
"""How many differences within persons chance must have led one to expect before none of them is taken for a rule (e**-7 < 0.001)."""

_SLIPS = 0.03
"""The share of the differences expected by chance that may still be there: slips of the pen."""


def person_columns(frame: pd.DataFrame, schema: Schema) -> tuple[str, ...]:
    """Return the columns whose values tell persons apart: the group key, else a personal value that repeats, else nothing.

    First and last names tell persons apart together.
    """
    keys = schema.with_role(Role.GROUP_KEY)
    if keys:
        return (keys[0].name,)
    personal = schema.with_role(Role.PERSONAL)
    whole = [column for column in personal if column.kind is Kind.IDENTIFIER or column.provider in _TELLING]
    alone = [(column.name,) for column in sorted(whole, key=_sureness)]
    names = [column.name for column in personal if column.provider in ("first_name", "last_name")]
    together = [tuple(names)] if len({schema[name].provider for name in names}) == 2 else []
    return next((found for found in (*alone, *together) if _repeats(frame, found)), ())


def _sureness(column: Column) -> int:
    return -1 if column.provider is None else _TELLING.index(column.provider)


def _repeats(frame: pd.DataFrame, names: Sequence[str]) -> bool:
    """Tell whether values stand for several persons and for several rows of some of them."""
    codes = person_codes(frame, names)
    there = codes[codes >= 0]
    different = int(there.max(initial=-1)) + 1
    return _FEWEST <= different < len(there) and 2 * len(there) >= len(codes)


def person_codes(frame: pd.DataFrame, names: Sequence[str]) -> NDArray[np.int64]:
    """Number the persons from 0 in order of appearance, per row; -1 where one of the columns is blank."""
    blank = frame[list(names)].isna().any(axis=1).to_numpy(dtype=bool)
    codes = np.zeros(len(frame), dtype=np.int64)
    for name in names:
        found = pd.factorize(frame[name])[0].astype(np.int64)
        codes = pd.factorize(codes * (int(found.max(initial=0)) + 1) + np.maximum(found, 0))[0].astype(np.int64)
    codes[~blank] = pd.factorize(codes[~blank])[0]
    codes[blank] = -1
    return codes


def same_within(frame: pd.DataFrame, codes: NDArray[np.int64], columns: Sequence[str]) -> list[str]:
    """Return those of the columns that are the same in all rows of a person, where that is no accident.

    Parameters
    ----------
    codes
        The person of each row, see `person_codes`.
    """
    order = np.argsort(codes, kind="stable")
    order = order[codes[order] >= 0]
    pairs = np.flatnonzero(np.diff(codes[order]) == 0)
    if not len(pairs):
        return []
    one, other = order[pairs], order[pairs + 1]
    within = np.unique(np.concatenate([one, other]))
    return [name for name in columns if _is_same(frame[name], one, other, within)]


def _is_same(series: pd.Series[Any], one: NDArray[np.int64], other: NDArray[np.int64], within: NDArray[np.int64]) -> bool:
    """Compare how often neighbouring rows of a person differ with how often any two rows would."""
    values = pd.factorize(series, use_na_sentinel=False)[0]
    differ = int((values[one] != values[other]).sum())
    shares = np.bincount(values[within]) / len(within)
    by_chance = len(one) * (1 - float((shares**2).sum()))
    return by_chance >= _EVIDENCE and differ <= _SLIPS * by_chance
