"""What the rows are for and what a candidate must keep to: the purpose, own weights, hard requirements; all of it in the address."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from synth_ui.comparison.choice.requirements import Requirement
from synth_ui.comparison.families import DECIDING, FAMILIES
from synth_ui.comparison.purposes import PURPOSES
from synth_ui.ui import links
from synth_ui.ui.components import one_of
from synth_ui.ui.md import md
from synth_ui.ui.state import PURPOSE, widget

OWN = "own"
"""The purpose under which the weights are the visitor's own."""

MOST_WEIGHT = 10
NUMBERS = {"skill": ("Least share of the skill, in percent", 1, 200, 95), "seconds": ("Most seconds", 1, 86_400, 60)}
"""The requirements that take a number: its label, its least and greatest value, what it begins with."""


def current() -> Mapping[str, float] | str:
    """Return the key of the purpose the visitor chose, or the own weights; weights that are all 0 count as alike."""
    chosen = st.session_state.get(PURPOSE)
    if chosen == OWN:
        given = {family: float(st.session_state.get(widget("weight", family), 1)) for family in DECIDING}
        return given if sum(given.values()) > 0 else dict.fromkeys(DECIDING, 1.0)
    return str(chosen) if chosen in PURPOSES else "balanced"


def requirements() -> tuple[Requirement, ...]:
    """Return what the visitor requires."""
    found = []
    for key in ("skill", "leak", "rules", "seconds"):
        if st.session_state.get(widget("need", key)):
            number = float(st.session_state.get(widget("need", key, "number"), NUMBERS[key][3])) if key in NUMBERS else None
            found.append(Requirement(key, number / 100 if number is not None and key == "skill" else number))
    return tuple(found)


def take() -> None:
    """Take purpose, weights and requirements from the address on a page that shows no widgets of them."""
    for key, values in links.carried().items():
        value = _read(key, values[-1])
        if links.name_of(key) in (PURPOSE, "weight", "need"):
            if value is None:
                links.unknown(links.VIEW[links.name_of(key)], values[-1])
                links.drop(key)
            else:
                st.session_state[key] = value


def _read(key: str, raw: str) -> object:
    """Return the value an address gives to purpose, weight or requirement; None where it cannot be."""
    if key == PURPOSE:
        return next((value for value, label in _purposes().items() if label == raw), None)
    kind, _, rest = key.partition("-")
    if kind == "weight":
        return int(raw) if rest in DECIDING and links.whole(raw, MOST_WEIGHT) else None
    name, _, number = rest.partition("-")
    if number and name in NUMBERS:
        _, low, high, _ = NUMBERS[name]
        return int(raw) if links.whole(raw, high) and int(raw) >= low else None
    return {"true": True, "false": False}.get(raw.lower()) if rest in ("skill", "leak", "rules", "seconds") else None


def _purposes() -> dict[str, str]:
    return {key: purpose.title for key, purpose in PURPOSES.items()} | {OWN: "Own weights"}


def choose() -> None:
    """Draw the choice of what the rows are for, the sliders where the weights are the visitor's own, and the requirements."""
    help = "It decides how much likeness, usefulness and leakage count. " + " ".join(
        f"{purpose.title}: {', '.join(f'{FAMILIES[family].short} {weight:.0%}' for family, weight in purpose.weights.items())}."
        for purpose in PURPOSES.values()
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        one_of("What are the rows for?", _purposes(), PURPOSE, help=help, bind=True)
        _requirements()
    if st.session_state.get(PURPOSE) == OWN:
        _weights()


def _weights() -> None:
    columns = st.columns(len(DECIDING))
    for column, family in zip(columns, DECIDING, strict=True):
        label = "little leakage" if family == "privacy" else FAMILIES[family].short
        column.slider(
            f"Weight of {label}",
            0,
            MOST_WEIGHT,
            1,
            persist_state="session",
            **links.number(widget("weight", family), 0, MOST_WEIGHT, 1),
        )


def _requirements() -> None:
    asked = requirements()
    with st.popover(
        f"Require: {len(asked)}" if asked else "Require", key="requirements", help="Hard requirements, to pass or to fail"
    ):
        st.caption("A candidate passes only where the evidence is there and says so.")
        for key in ("skill", "leak", "rules", "seconds"):
            number = st.session_state.get(widget("need", key, "number"))
            known = None if key not in NUMBERS else float(number or NUMBERS[key][3]) / (100 if key == "skill" else 1)
            st.checkbox(md(Requirement(key, known).title), persist_state="session", **links.switch(widget("need", key)))
            if key in NUMBERS:
                words, low, high, first = NUMBERS[key]
                st.number_input(
                    words,
                    low,
                    high,
                    first,
                    persist_state="session",
                    **links.number(widget("need", key, "number"), low, high, first),
                )
