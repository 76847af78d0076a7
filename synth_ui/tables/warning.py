"""A remark on a column that its owner should see before anything is fitted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ColumnWarning:
    """A remark on one column, or on the whole table where `column` is None."""

    column: str | None
    text: str

    def __str__(self) -> str:
        return f"{self.column}: {self.text}" if self.column is not None else self.text
