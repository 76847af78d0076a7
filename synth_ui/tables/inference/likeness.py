"""What a table that is known tells of how another one of the same columns is to be read: which order of days and months, which century."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from synth_ui.core.formats.dates import Form, Order, day_order, years_of
from synth_ui.core.table import Kind, Table


@dataclass(frozen=True)
class Likeness:
    """Hints from a known table, by column.

    Attributes
    ----------
    orders
        Whether its dates have the day or the month first, where they are written in figures.
    first_years
        The first of the hundred years around its dates: what two digits of a year stand for.
    """

    orders: Mapping[str, Order] = field(default_factory=dict)
    first_years: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, table: Table) -> Likeness:
        """Read the hints off a table."""
        orders, first_years = {}, {}
        for column in table.schema:
            if column.kind is not Kind.DATETIME:
                continue
            order = day_order(column.format)
            if order is not None:
                orders[column.name] = order
            window = Form.of(column.format).window if column.format else None
            there = table.frame[column.name].dropna()
            if window is not None:
                first_years[column.name] = window
            elif len(there):
                ends = years_of(np.array([there.min().to_datetime64(), there.max().to_datetime64()]).astype("datetime64[us]"))
                first_years[column.name] = int(ends.sum()) // 2 - 50
        return cls(orders, first_years)
