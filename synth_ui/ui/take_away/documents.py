"""What is handed to others: the decision card and the report."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import streamlit as st

from synth_ui.ui import access
from synth_ui.ui.components import say_missed
from synth_ui.ui.decide import asked, choose
from synth_ui.ui.decide.race_view import View
from synth_ui.ui.md import md
from synth_ui.ui.people import downloads
from synth_ui.ui.state import widget

if TYPE_CHECKING:
    from synth_ui.api import Comparison
    from synth_ui.reports.card import Card


def comparison(view: View) -> Comparison:
    """Return the race as the package's own interface gives it."""
    from synth_ui.api import stored

    return stored(access.workspace(), view.race_id, table=access.table(view.race.table_id), split=view.split)


def readable(view: View) -> None:
    """See that table and split, on which every document stands, can be read, before a button is offered that would not work."""
    access.table(view.race.table_id), view.split


def show_card(view: View) -> None:
    """Draw the decision card's files."""
    purpose = asked.current()  # here: a file is written when it is asked for, in a thread that knows no session
    st.header("Decision card", anchor=False)
    readable(view)

    def written() -> Card:
        return comparison(view).decision_card(purpose)

    chosen = choose.standing(view.race_id)
    of = (
        f"the choice of {md(chosen.title)}"
        if chosen
        else "the candidate the verdict puts first; choose one on the page Compare to record it"
    )
    st.markdown(
        "One page of A4 that stands alone: use this for that, not for the other, figures on their scales, what was tried and what not. "
        f"It is of {of}. It holds no real row."
    )
    name = f"decision-card-{view.race_id}"
    with st.container(horizontal=True):
        downloads.button(
            "Download the card", data=lambda: written().html().encode(), file_name=f"{name}.html", mime="text/html",
            key="card", icon=":material/id_card:", on_click="ignore",
        )  # fmt: skip
        downloads.button(
            "The same as a picture", data=lambda: written().png(), file_name=f"{name}.png", mime="image/png", key="card_png",
            icon=":material/image:", on_click="ignore", help="PNG, 1,600 pixels wide, for a slide or a message.",
        )  # fmt: skip
        downloads.button(
            "The same as JSON", data=lambda: json.dumps(written().to_dict(), ensure_ascii=False, indent=1).encode(),
            file_name=f"{name}.json", mime="application/json", key="card_json", icon=":material/data_object:", on_click="ignore",
        )  # fmt: skip


def show_report(view: View) -> None:
    """Draw the report's file and the choice of its chapters."""
    from synth_ui.reports.html import CHAPTERS

    purpose, wanted = asked.current(), [key for key in CHAPTERS if st.session_state.get(widget("chapter", key), True)]

    def write() -> bytes:
        return comparison(view).html(purpose, chapters=wanted).encode()

    st.header("Report", anchor=False)
    readable(view)
    st.markdown(
        "The decision card as its first page, then the chapters you choose, folded until they are opened; in print all stand open. "
        "One file that asks nothing of the network and holds no real row."
    )
    say_missed(view.damaged(), "in card and report it is missing")
    with st.container(horizontal=True, vertical_alignment="center"):
        downloads.button(
            "Download the report", data=write, file_name=f"synth-ui-{view.race_id}.html", mime="text/html", key="report",
            type="primary", icon=":material/description:", on_click="ignore",
        )  # fmt: skip
        with st.popover("Chapters", icon=":material/checklist:", key="chapters"):
            for key, chapter in CHAPTERS.items():
                st.checkbox(chapter.title, value=True, key=widget("chapter", key), help=chapter.says, persist_state="session")
