"""Text from a table, made harmless: column names and levels are whatever someone typed, and Streamlit reads labels as Markdown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

T = TypeVar("T")

_MARKS = re.compile(r"([\\`*_{}\[\]()#+\-.!$:~<>|^=&])")
_AUTOMATIC = re.compile(
    r"(?:(?<=http)|(?<=https)):(?=//)|www(?=\.)|(?<=[-.\w+])@(?=[-\w]+\.[-\w])"  # links
    r"|:(?=[\w+\-/]+[:\[])"  # icons and colours
    r"|(?<!\S)(?:<(?=->?(?!\S))|-(?=[->](?!\S)))",  # arrows and dashes
    re.IGNORECASE,
)
"""What Markdown as Streamlit reads it makes something else of, whatever is escaped."""

_COPIED = re.compile(r"(?<!\S)(?=\S*(?:https?://|www\.|@))[\w.\-/:@?=&%+~#]+(?<![.:])(?=[.,:;]?(?!\S))", re.IGNORECASE)
"""An address that stands by itself, without a mark that could end what it stands in."""


def md(text: Any, limit: int = 80) -> str:
    """Return `text` so that Markdown shows it as it stands: no link, no picture, no icon, no formula, at most `limit` characters.

    An address that would become a link is shown as code, as it stands: somebody may copy it. A word joiner, which nobody sees, keeps
    anything else from being a link, an icon or an arrow.
    """
    printable = "".join(character if character.isprintable() else " " for character in str(text))
    short = printable if len(printable) <= limit else printable[: limit - 1] + "…"
    shown, end = [], 0
    for found in _COPIED.finditer(short):
        if _AUTOMATIC.search(found[0]):
            shown += [_plain(short[end : found.start()]), f"`{found[0]}`"]
            end = found.end()
    return "".join([*shown, _plain(short[end:])])


def _plain(text: str) -> str:
    return _MARKS.sub(r"\\\1", _AUTOMATIC.sub("\\g<0>\u2060", text))


def told_apart(labels: Mapping[T, str]) -> dict[T, str]:
    """Return labels of which no two are the same: Streamlit goes by the label, and of two alike takes the last one, whichever was meant."""
    taken: set[str] = set()
    found = {}
    for value, label in labels.items():
        one, number = label, 2
        while one in taken or (one != label and one in labels.values()):
            one, number = f"{label}, no. {number}", number + 1
        taken.add(one)
        found[value] = one
    return found


def told_apart_by_id(labels: Mapping[str, str]) -> dict[str, str]:
    """Return labels of things with an id, of which no two are the same, nor ever were: each of several alike is told apart by its id.

    A number would not do: a label that means another thing once a new one of that name is there leads a tab that stood still to the new one.
    """
    alike = {label for label, times in Counter(labels.values()).items() if times > 1}
    short = {key: f"{label} ({key[:4]})" if label in alike else label for key, label in labels.items()}
    if len(set(short.values())) == len(short):
        return short
    return {key: f"{label} ({key})" if label in alike else label for key, label in labels.items()}


def listed(names: Iterable[Any], most: int = 3) -> str:
    """Return escaped names as "a, b, c and 4 more"."""
    names = list(names)
    shown = [md(name, 40) for name in names[:most]]
    rest = len(names) - len(shown)
    if rest:
        return f"{', '.join(shown)} and {rest:,} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else "none"


def duration(seconds: float | None) -> str:
    """Return seconds as a person says them: "0.4 s", "38 s", "2 min 5 s", "1 h 10 min"; a dash when unknown."""
    if seconds is None or seconds != seconds:
        return "–"
    if seconds < 1:
        return f"{max(seconds, 0.1):.1f} s" if seconds > 0 else "0 s"
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def size(megabytes: float) -> str:
    """Return a size in memory: "40 MB", "1.2 GB"."""
    return f"{megabytes / 1024:.1f} GB" if megabytes >= 1024 else f"{max(megabytes, 1):.0f} MB"


def plain_name(text: str, otherwise: str = "table") -> str:
    """Return a name for a file: letters, digits and hyphens of a text."""
    return "-".join("".join(one if one.isalnum() else " " for one in text).split()) or otherwise


def count(number: int, one: str, many: str | None = None) -> str:
    """Return "1 row", "2,000 rows"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def in_one(texts: Sequence[str]) -> str:
    """Join texts, with or without full stops of their own, to one sentence; empty where there are none."""
    return f"{'; '.join(text.rstrip('.') for text in texts)}." if texts else ""
