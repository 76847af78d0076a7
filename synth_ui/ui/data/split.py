"""How the real table is cut once, before anything is fitted, said in a sentence."""

from __future__ import annotations

import streamlit as st

from synth_ui.core.errors import ArtefactLost, SynthError
from synth_ui.ui import access
from synth_ui.ui.md import md
from synth_ui.ui.state import state

LEAST_SHARE, MOST_SHARE = 0.1, 0.9


def section(table_id: str) -> None:
    """Draw the split: its sentence, its share and its seed."""
    with st.expander(
        f"Split: {state.split_share:.0%} of the rows to learn from, the others unseen",
        key="split",
        icon=":material/content_cut:",
    ):
        _split(table_id)


def _split(table_id: str) -> None:
    share, seed = st.columns(2)
    share.number_input(
        "Share of training rows, in percent", 10, 90, value=round(state.split_share * 100), step=5, key="split_share",
        on_change=_set_share, help="Generators see these rows; the unseen rest judges them. Half and half keeps privacy measures exact.",
    )  # fmt: skip
    seed.number_input(
        "Seed of the split", 0, 2**31 - 1, value=state.split_seed, key="split_seed", on_change=_set_seed,
        help="The same seed cuts the same table at the same rows.",
    )  # fmt: skip
    try:
        st.markdown(md(access.cut(table_id, state.split_seed, state.split_share).sentence, 400))
    except ArtefactLost:
        raise  # said in its place by the page
    except SynthError as error:
        st.error(md(error, 400), title="This table cannot be split yet")


def _set_share() -> None:
    state.split_share = min(MOST_SHARE, max(LEAST_SHARE, st.session_state["split_share"] / 100))


def _set_seed() -> None:
    state.split_seed = max(0, int(st.session_state["split_seed"]))
