"""Whether a query is one SELECT, in words.

That nothing is changed does not rest on this look: the query is put into the FROM of a SELECT of ours, sent by a way that takes one statement,
in a transaction that only reads.
"""

from __future__ import annotations

import re

from synth_ui.core.errors import ReadError

MOST = 100_000
"""Characters of a query."""

_BEFORE = re.compile(r"\s+|--[^\n]*(?:\n|$)|/\*.*?\*/", re.DOTALL)


def one_select(query: str) -> str:
    """Return a query without what ends it; raise `ReadError` where it is no SELECT, or plainly several statements."""
    text = query.strip()
    if len(text) > MOST:
        raise ReadError(
            f"The query has {len(text):,} characters; the limit is {MOST:,}. Make it a view in the database, and name that."
        )
    text = re.sub(r"(?:;\s*)+\Z", "", text)
    place = 0
    while found := _BEFORE.match(text, place):
        place = found.end()
    first = re.match(r"\(*\s*([A-Za-z]+)", text[place:])
    if first is None or first[1].upper() not in ("SELECT", "WITH"):
        said = f"it begins with {first[1]}" if first else "it begins with none"
        raise ReadError(f"A query is one SELECT, which may begin WITH …; {said}. Nothing is changed in a database that is read.")
    if re.search(r";\s*(?:--[^\n]*\s*)*[A-Za-z]", re.sub(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`", "", text)):
        raise ReadError("This is more than one statement; a query is one SELECT. Leave out what stands after the first ;.")
    return text
