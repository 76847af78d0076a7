"""Column names that are texts and differ."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from synth_ui.core.cast import level_text

LONGEST = 300
"""Letters of a name that are kept."""


def unique_names(labels: Iterable[Any]) -> tuple[list[str], list[str]]:
    """Return a name for each label, and what was done to make them texts that differ.

    A blank label becomes `column_3` by its place; a name that stands twice becomes `name_2` the second time; a name is cut after
    `LONGEST` letters, and what no text may hold (half of a pair of surrogates) becomes \ufffd.
    """
    names: list[str] = []
    taken: set[str] = set()
    unnamed: list[str] = []
    twice: list[str] = []
    cut: list[str] = []
    for place, label in enumerate(labels, 1):
        text = "_".join(map(str, label)) if isinstance(label, tuple) else "" if label is None else level_text(label)
        base = whole_text(" ".join(text.replace("\ufeff", "").split()))
        if len(base) > LONGEST:
            base = base[:LONGEST]
            cut.append(f"{base[:30]}…")
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
    said += [f"names of more than {LONGEST} letters are cut: {_few(cut)}"] if cut else []
    return names, said + ([f"names that stand twice are numbered: {_few(twice)}"] if twice else [])


def whole_text(text: str) -> str:
    """Return a text that can be written: half of a pair of surrogates, as JSON may hold it, becomes \ufffd."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _few(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
