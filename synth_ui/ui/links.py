"""The view in the address: whatever decides what is seen on a page stands there, and an address opened elsewhere shows the same.

Every widget whose value goes into the address is declared in `VIEW` and made with what `choice`, `number`, `switch` or `words` return:
Streamlit then keeps widget and parameter alike, also when the browser goes back. What an address asks for and is not here (a column
of another table, a tab of an earlier release, a number beyond its range) is left out, and `unknown` says so. A widget that stands on
one page only, though it matters on others, is `CARRIED`: its parameter stays in the address on every page.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAPIException
from streamlit.runtime.scriptrunner import get_script_run_ctx

from synth_ui.ui.md import md
from synth_ui.ui.state import CANDIDATES, DATA_TAB, GENERATE_TAB, PAIR_FIRST, PAIR_SECOND, PURPOSE, state

VIEW: Mapping[str, str] = {
    PURPOSE: "purpose", "weight": "weight", "need": "requirement", CANDIDATES: "candidate",
    "order": "order", "show_controls": "switch of the controls", "compare_tab": "tab",
    "distributions_tab": "tab", "column": "column", "column_search": "search", "all_columns": "switch of all columns", "rows": "draw of rows",
    PAIR_FIRST: "column of the pair", PAIR_SECOND: "column of the pair",
    "coverage_tab": "tab", "rules_tab": "tab", "rule_candidate": "candidate", "rule": "rule",
    "usefulness_tab": "tab", "usefulness_curve": "picture", "worth_purpose": "purpose of the ladder",
    "answer_candidate": "candidate", "answer_kind": "question", "answer_by": "column to group by", "answer_aggregate": "aggregate",
    "answer_value": "column that is told", "answer_level": "level", "answer_outcome": "column that is explained",
    "answer_outcome_level": "level", "answer_predictors": "column that explains",
    "privacy_section": "section", "privacy_tab": "tab", "risks_tab": "tab", "exposed_of": "candidate", "fairness_tab": "tab",
    "take_candidate": "candidate", "take_format": "format",
    GENERATE_TAB: "tab", DATA_TAB: "tab", "history_search": "search", "history_starred": "switch of the stars", "glossary_search": "search",
    "other_race": "race to compare with", "version": "earlier version",
}  # fmt: skip
"""What stands in the address: the key of the widget (of one of many like widgets what stands before the first "-"), and what people call it.

Whether real values of exposed rows, or the nearest real rows, are shown is left out on purpose: nobody sees them because of a link.
"""

CARRIED = (PURPOSE, "weight", "need", CANDIDATES)
"""What stands in the address on every page, also where the widget does not."""

MOST_WORDS = 120
"""How many characters of a search an address may hold."""

MOST_CARRIED = 16
"""How many values of one name are taken from an address."""


@dataclass(frozen=True)
class Known:
    """How the value of a widget stands in the address: by its labels, as nothing where it is the default."""

    labels: Mapping[Any, str] | None
    default: Any

    def raw(self, value: Any) -> tuple[str, ...]:
        """Return a value of the widget as the address holds it."""
        if value is None or value == self.default:
            return ()
        if self.labels is not None:
            values = value if isinstance(value, list | tuple) else (value,)
            return tuple(self.labels[one] for one in values if one in self.labels)
        return (str(value).lower() if isinstance(value, bool) else str(value),)


def name_of(key: str) -> str:
    """Return the declared name a widget's key belongs to."""
    return key.split("-", 1)[0]


def choice(key: str, labels: Mapping[Any, str] | Sequence[str], default: Any = None) -> dict[str, Any]:
    """Return what a choice among labels is made with: its key, and that it stands in the address."""
    known = labels if isinstance(labels, Mapping) else {label: label for label in labels}
    allowed = frozenset(known.values())
    return _bound(key, lambda raw: raw in allowed, Known(known, default))


def number(key: str, low: int, high: int, default: int) -> dict[str, Any]:
    """Return what a whole number is made with."""

    def fits(raw: str) -> bool:
        return raw.isascii() and raw.isdigit() and len(raw) <= 12 and low <= int(raw) <= high

    return _bound(key, fits, Known(None, default))


def switch(key: str, *, default: bool = False) -> dict[str, Any]:
    """Return what a switch is made with."""
    return _bound(key, lambda raw: raw.lower() in ("true", "false"), Known(None, default))


def words(key: str) -> dict[str, Any]:
    """Return what a search is made with."""
    return _bound(key, lambda raw: len(raw) <= MOST_WORDS and raw.isprintable(), Known(None, ""))


def _bound(key: str, fits: Callable[[str], bool], known: Known) -> dict[str, Any]:
    """Bind a widget to the address, unless the address holds what it cannot be."""
    what = VIEW[name_of(key)]
    state.drawn = state.drawn | {key}
    if name_of(key) in CARRIED:
        state.known = {**state.known, key: known}
    strange = [raw for raw in st.query_params.get_all(key) if not fits(raw)] if arrived() else []
    for raw in strange:
        unknown(what, raw)
    if strange:
        state.refused = state.refused | {key}
    return {"key": key, "bind": None if strange else "query-params"}


def arrived() -> bool:
    """Whether this run follows an address: the first of a tab, or one of the browser's back and forward."""
    return state.arrived


def unknown(what: str, raw: str) -> None:
    """Note that the address asks for something that is not here; the page says it under its headline."""
    said = f"The address asks for the {what} “{_short(raw)}”, which is not here; it was left out."
    if said not in state.strange:
        state.strange = (*state.strange, said)


def _short(raw: str) -> str:
    kept = "".join(letter for letter in raw if letter.isprintable())
    return kept if len(kept) <= 40 else f"{kept[:40]}…"


# --- of a page ------------------------------------------------------------------------------------------------------


def begin() -> None:
    """Look at the address before anything is drawn: is it one to follow, and what does it carry that this page does not show."""
    context = get_script_run_ctx()
    back = context is not None and bool(context.is_history_navigation)
    state.arrived = back or not state.looked
    state.drawn, state.refused, state.strange = frozenset(), frozenset(), ()
    if state.arrived:
        state.known = {}
        state.carried = _in_address()


def by_itself() -> bool:
    """Whether only a part of the page is being drawn again, not the whole of it."""
    context = get_script_run_ctx()
    return context is not None and bool(context.fragment_ids_this_run)


def _in_address() -> dict[str, tuple[str, ...]]:
    found = {key: tuple(st.query_params.get_all(key)) for key in st.query_params if name_of(key) in CARRIED}
    return {
        key: values for key, values in found.items() if len(values) <= MOST_CARRIED and all(len(raw) <= 200 for raw in values)
    }


def carried() -> dict[str, list[str]]:
    """Return what of the view every page's address holds."""
    told = {key: known.raw(st.session_state.get(key)) for key, known in state.known.items()}
    return {key: list(values) for key, values in {**state.carried, **told}.items() if values}


def free(parameters: Mapping[str, str | list[str]]) -> dict[str, str | list[str]]:
    """Leave out what a widget of the page drawn last holds: Streamlit refuses to set that, and `end` puts it where it belongs."""
    return {key: values for key, values in parameters.items() if key not in state.drawn}


def drop(key: str) -> None:
    """Let go of something the address carried that cannot be."""
    state.carried = {name: values for name, values in state.carried.items() if name != key}


def end() -> None:
    """Keep in the address what this page has no widget for; say what of the address was left out."""
    if PURPOSE in state.drawn:  # a page with the purpose shows the weights that count, and forgets the others
        state.known = {key: known for key, known in state.known.items() if key in state.drawn}
        state.carried = {}
    wanted = carried()
    there = {key for key in st.query_params if name_of(key) in CARRIED}
    for key in sorted((there | set(wanted)) - state.drawn):
        _put(key, wanted.get(key, []))
    if state.arrived and state.drawn:
        for key in [key for key in st.query_params if _idle(key)]:
            _put(key, [])
    state.arrived, state.looked = False, True
    if state.strange and state.said_at is not None:
        state.said_at.warning(md(" ".join(state.strange), 600), icon=":material/link_off:")


def _idle(key: str) -> bool:
    """Whether a declared parameter decides nothing that is seen on this page: nothing of that name is drawn, or not with that value."""
    own = name_of(key) in VIEW and name_of(key) not in CARRIED
    return key in state.refused or (own and key not in state.drawn)


def _put(key: str, values: list[str]) -> None:
    if st.query_params.get_all(key) == values:
        return
    try:
        if values:
            st.query_params[key] = values
        else:
            del st.query_params[key]
    except StreamlitAPIException:  # still bound to a widget of the page before, which takes it out of the address itself
        return


def place() -> None:
    """Keep room under the headline for what of the address was left out; nothing is seen where nothing was."""
    state.said_at = st.empty()


# --- single parameters without a widget ------------------------------------------------------------------------------


def asked(key: str, fits: Callable[[str], bool]) -> str | None:
    """Return what the address asks for under a declared name that has no widget; None where nothing, or what is not here."""
    state.drawn = state.drawn | {key}
    raw = st.query_params.get(key)
    if raw is None:
        return None
    if fits(raw):
        return raw
    unknown(VIEW[name_of(key)], raw)
    del st.query_params[key]
    return None


def ask(key: str, value: str | None) -> None:
    """Put a value into the address, or take it out."""
    if value is None:
        st.query_params.pop(key, None)
    elif st.query_params.get(key) != value:
        st.query_params[key] = value


def whole(raw: str, most: int) -> bool:
    """Whether a text is a whole number from 0 to `most`."""
    return raw.isascii() and raw.isdigit() and len(raw) <= 1 + math.floor(math.log10(max(1, most))) and int(raw) <= most
