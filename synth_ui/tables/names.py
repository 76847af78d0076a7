"""Column names that are texts and differ."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from synth_ui.core.table import level_text


def unique_names(labels: Iterable[Any]) -> tuple[list[str], list[str]]:
    """Return a name for each label, and what was done to make them texts that differ.

    A blank label becomes `column_3` by its place; a name that stands twice becomes `name_2` the second time.
    """
    names: list[str] = []
    taken: set[str] = set()
    unnamed: list[str] = []
    twice: list[str] = []
    for place, label in enumerate(labels, 1):
        text = "_".join(map(str, label)) if isinstance(label, tuple) else "" if label is None else level_text(label)
        base = " ".join(text.replace("\ufeff", "").split())
        name = base or f"column_{place}"
        copy = 2
        while name in taken:
            name, copy = f"{base or f'column_{place}'}_{copy}", copy + 1
        if not base:
            unnamed.append(name)
        elif name != base:
            twice.append(name)
        taken.add(name)
        names.append(name)
    said = [f"columns without a name are called {_few(unnamed)}"] if unnamed else []
    return names, said + ([f"names that stand twice are numbered: {_few(twice)}"] if twice else [])


def _few(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
