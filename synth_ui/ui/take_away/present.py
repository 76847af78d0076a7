"""The slides: shown on the page, opened on the whole screen from there, or taken along as one file."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from synth_ui.ui.components import one_of, say_missed
from synth_ui.ui.decide import asked, choose
from synth_ui.ui.decide.race_view import View
from synth_ui.ui.people import downloads
from synth_ui.ui.take_away.documents import comparison, readable

HEIGHT = 560
GUESSES = {"charts": "Charts, as in the file", "rows": "Rows, on this screen only"}


def show(view: View) -> None:
    """Draw the slides with the choice of what is guessed on them, and the file."""
    purpose = asked.current()  # here: the file is written in a thread that knows no session
    readable(view)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = one_of(
            "What is guessed on “Can you tell which is real?”", GUESSES, "guessed",
            help="Rows are real rows: they are shown here, where the table lies, and are never written into the file.",
        )  # fmt: skip
        downloads.button(
            "Download the slides", data=lambda: slides(view, "charts", purpose).encode(), file_name=f"slides-{view.race_id}.html",
            mime="text/html", key="slides", icon=":material/slideshow:", on_click="ignore",
        )  # fmt: skip
    say_missed(view.damaged(), "on the slides it is missing")
    with st.container(border=True):
        st.iframe(slides(view, kind or "charts", purpose), height=HEIGHT, alt="Slides of this race")
    st.caption(
        "Click on a slide first, then keys work. The file opens in any browser without a connection, prints a slide a page, and holds no real row."
    )


def slides(view: View, kind: str, weights: Mapping[str, float] | str) -> str:
    """Return the slides, written once per purpose and choice."""
    chosen = choose.standing(view.race_id)
    key = weights if isinstance(weights, str) else tuple(sorted(weights.items()))
    text: str = view.once(
        ("slides", key, kind, chosen.id if chosen else None), lambda: comparison(view).slides(weights, rows=kind == "rows")
    )
    return text
