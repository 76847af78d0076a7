"""Finding generators in the catalogue: search, filters, what is recommended for this table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from synth_ui.core.errors import SynthError
from synth_ui.generators.base import Generator
from synth_ui.ui import access
from synth_ui.ui.race import choice
from synth_ui.ui.state import state, widget

FAMILY_TITLES = {"SDV": "SDV", "neural": "Neural networks", "from nothing": "From nothing", "language model": "Language models"}
TIMES = {10.0: "Under 10 s", 60.0: "Under a minute", 300.0: "Under 5 minutes"}
LICENCES = {"open": "Open source", "own": "Terms of its own"}
GUARANTEES = {"formal": "With a guarantee", "none": "Without one"}
ONLY = "find_recommended"
OPEN_LICENCES = ("MIT", "Apache", "BSD")


@dataclass(frozen=True)
class Wanted:
    """What the visitor looks for; empty where it does not matter."""

    words: str = ""
    family: str | None = None
    guarantee: str | None = None
    licence: str | None = None
    seconds: float | None = None
    recommended: bool = False

    def takes(self, plugin: type[Generator], seconds: float | None, recommended: bool) -> bool:
        """Whether a generator is among what is looked for."""
        said = " ".join([plugin.key, plugin.title, plugin.summary, plugin.good_at, plugin.cannot, family_title(plugin)]).lower()
        return (
            all(word in said for word in self.words.lower().split())
            and self.family in (None, family_title(plugin))
            and self.guarantee in (None, "formal" if plugin.formal_privacy else "none")
            and self.licence in (None, "open" if is_open(plugin) else "own")
            and (self.seconds is None or (seconds is not None and seconds <= self.seconds))
            and (recommended or not self.recommended)
        )


def family_title(plugin: type[Generator]) -> str:
    """Return what a family is called."""
    return FAMILY_TITLES.get(plugin.family, plugin.family.capitalize())


def is_open(plugin: type[Generator]) -> bool:
    """Whether the code that does the work is open source, and nothing else comes with terms."""
    return plugin.licence.startswith(OPEN_LICENCES) and "terms" not in plugin.licence


def row() -> Wanted:
    """Draw the search and the filters, and return what is looked for."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="catalogue_filters"):
        words = st.text_input(
            "Search", key="find_generator", placeholder="trees, fast, privacy …", icon=":material/search:", width=230
        )
        families = list(dict.fromkeys(family_title(plugin) for plugin in choice.catalogue().values()))
        family = st.selectbox("Family", families, index=None, key="find_family", placeholder="Any", width=170)
        guarantee = st.selectbox(
            "Formal privacy", list(GUARANTEES), index=None, key="find_guarantee", placeholder="Any", format_func=GUARANTEES.__getitem__,
            width=170,
        )  # fmt: skip
        licence = st.selectbox(
            "Licence",
            list(LICENCES),
            index=None,
            key="find_licence",
            placeholder="Any",
            format_func=LICENCES.__getitem__,
            width=170,
        )
        seconds = st.selectbox(
            "Time for this table",
            list(TIMES),
            index=None,
            key="find_time",
            placeholder="Any",
            format_func=TIMES.__getitem__,
            width=170,
        )
    return Wanted(words or "", family, guarantee, licence, seconds, bool(st.session_state.get(ONLY)))


def reasons(table_id: str) -> dict[str, str]:
    """Return what is recommended for a table, by key, with the reasons."""
    from synth_ui.jobs.forecast.recommended import recommended

    schema = access.table_row(table_id)["schema"]
    rows = access.train_size(table_id, state.split_share).rows
    return recommended(choice.catalogue(), schema, rows, {key: seconds(key, table_id) for key in choice.catalogue()})


def seconds(key: str, table_id: str) -> float | None:
    """Return what a generator is expected to take on a table; None where that cannot be told."""
    try:
        return choice.estimate(key, table_id).seconds
    except SynthError:
        return None


def pick_only(keys: tuple[str, ...]) -> None:
    """Pick these generators and no other."""
    state.picked = tuple(sorted(keys))
    for key in choice.catalogue():
        st.session_state[widget("pick", key)] = key in keys


def in_order(recommended: Mapping[str, str]) -> list[type[Generator]]:
    """Return the generators of the catalogue, those recommended first, in the order of the reasons."""
    first = [choice.catalogue()[key] for key in recommended]
    return [*first, *(plugin for key, plugin in choice.catalogue().items() if key not in recommended)]
