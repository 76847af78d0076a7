"""Tables with a known truth, for the generators' tests."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synth_ui.core.table import Column, Kind, Role, Schema, Table


def category(name: str, values: object, role: Role = Role.FEATURE) -> tuple[pd.Series, Column]:
    """Make a category column; None is a blank."""
    texts = pd.Series(values, dtype=object)
    levels = tuple(sorted(texts.dropna().unique()))
    nullable = bool(texts.isna().any())
    return pd.Series(pd.Categorical(texts, categories=levels)), Column(name, Kind.CATEGORY, role, nullable, levels=levels)


def numeric(name: str, values: object, decimals: int | None = None, role: Role = Role.FEATURE) -> tuple[pd.Series, Column]:
    """Make a number column; NaN is a blank."""
    series = pd.Series(values, dtype="float64")
    return series, Column(name, Kind.NUMBER, role, bool(series.isna().any()), decimals=decimals, dtype="float64")


def whole(name: str, values: object, role: Role = Role.FEATURE, kind: Kind = Kind.INTEGER) -> tuple[pd.Series, Column]:
    """Make an integer column."""
    return pd.Series(values, dtype="int64"), Column(name, kind, role, dtype="int64")


def texts(name: str, values: object, kind: Kind, role: Role = Role.FEATURE, provider: str | None = None):  # type: ignore[no-untyped-def]
    """Make a text or identifier column."""
    return pd.Series(values, dtype=object), Column(name, kind, role, provider=provider)


def table(*columns: tuple[pd.Series, Column]) -> Table:
    """Put columns together."""
    frame = pd.DataFrame({column.name: series for series, column in columns})
    return Table(frame, Schema(tuple(column for _, column in columns)))


def flag_column(name: str, values: object, role: Role = Role.FEATURE) -> tuple[pd.Series, Column]:
    """Make a boolean column."""
    return pd.Series(np.asarray(values, dtype=bool)), Column(name, Kind.BOOLEAN, role, dtype="bool")
