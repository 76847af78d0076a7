"""A remark on a column that its owner should see before anything is fitted."""

from __future__ import annotations

from collections.abc import Sequence
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

    @classmethod
    def read(cls, text: str, names: Sequence[str], changed: bool = False) -> ColumnWarning:
        """Read a remark as `str` wrote it, on a table with columns of these names."""
        name = max((name for name in names if text.startswith(f"{name}: ")), key=len, default=None)
        return cls(name, text if name is None else text[len(name) + 2 :], changed)
