"""A remark on a column that its owner should see before anything is fitted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ColumnWarning:
    """A remark on one column, or on the whole table where `column` is None.

    `changed` says that cells were not kept, or were read in one of several ways: what a score of the table must say.
    """

    column: str | None
    text: str
    changed: bool = False

    def __str__(self) -> str:
        return f"{self.column}: {self.text}" if self.column is not None else self.text
