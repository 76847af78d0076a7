"""Files that are read together: halves of a table, and tables made after it. What one does not say of itself the others may."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from synth_ui.tables.read import Reading

Key = TypeVar("Key")


def agreed_names(readings: Mapping[Key, Reading]) -> tuple[str, ...]:
    """Return the names on which all those agree that have a header; none where they differ, or none has one."""
    named = {tuple(sorted(reading.table.schema.names)): reading for reading in readings.values() if reading.headed}
    return tuple(next(iter(named.values())).table.schema.names) if len(named) == 1 else ()
