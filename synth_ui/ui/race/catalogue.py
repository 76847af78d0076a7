"""The catalogue: every generator as a card, with what it is good at, what it cannot do and what it costs on this table."""

from __future__ import annotations

import streamlit as st

from synth_ui.core.errors import SynthError
from synth_ui.generators.base import Generator
from synth_ui.ui import access, forms
from synth_ui.ui.md import count, duration, md, size
from synth_ui.ui.race import candidate_file, choice, constraints, start, tuning
from synth_ui.ui.state import state, widget

FAMILY_TITLES = {"SDV": "SDV", "neural": "Neural networks", "from nothing": "From nothing", "language model": "Language models"}

CARDS = {"standard": "All, leaderboard first", "quick": "Leaderboard only"}
"""What a race asks: every measure, which a decision needs, or only what its leaderboard needs."""


def show(table_id: str) -> None:
    """Draw how the race is run, the start button, and one card per generator, in the order of the families."""
    _how(table_id)
    constraints.panel(table_id)
    start.start_button(table_id, where="catalogue")
    with st.grid(3, min_column_width=290) as grid:
        for plugin in choice.catalogue().values():
            with grid.container(border=True, height="stretch", key=widget("card", plugin.key)):
                _card(plugin, table_id)
    candidate_file.section()


def _card(plugin: type[Generator], table_id: str) -> None:
    key = widget("pick", plugin.key)
    if key not in st.session_state:
        st.session_state[key] = plugin.key in choice.picked(table_id)
    st.checkbox(f"**{md(plugin.title)}**", key=key, on_change=_picked, args=(plugin.key, table_id))
    st.caption(FAMILY_TITLES.get(plugin.family, plugin.family.capitalize()))
    st.markdown(md(plugin.summary, 300))
    st.caption(f"**Good at:** {md(plugin.good_at, 300)}")
    st.caption(f"**Limits:** {md(plugin.cannot, 300)}")
    if plugin.sends:
        st.caption(f":material/cloud_upload: **Leaves this machine:** {md(plugin.sends, 600)}")
    st.space("stretch")
    with st.container(horizontal=True, gap="xsmall"):
        _badges(plugin, table_id)
    changed = forms.differences(plugin)
    settings = st.expander(
        f"Settings: {changed}" if changed else "Settings", key=widget("settings", plugin.key), on_change="rerun"
    )
    if settings.open:
        with settings:
            forms.form(plugin)
            tuning.panel(plugin, table_id)


def _badges(plugin: type[Generator], table_id: str) -> None:
    try:
        cost = choice.estimate(plugin.key, table_id)
    except SynthError as error:
        st.badge("no estimate", icon=":material/timer_off:", color="gray", help=md(error, 300))
    else:
        rows = access.train_size(table_id, state.split_share).rows
        help = f"Expected on one core of this machine, to learn {count(rows, 'row')} and make {count(state.make or rows, 'row')}."
        st.badge(f"about {duration(cost.seconds)}, {size(cost.megabytes or 0)}", icon=":material/timer:", color="gray", help=help)
    st.badge(plugin.licence, icon=":material/gavel:", color="gray", help="The licence of the code that does the work.")
    if plugin.formal_privacy:
        st.badge("formal privacy", icon=":material/verified_user:", color="blue", help="Gives a differential-privacy guarantee.")
    else:
        st.badge(
            "no formal privacy",
            icon=":material/lock_open:",
            color="gray",
            help="Gives no mathematical guarantee; the measures of privacy are all there is.",
        )


def _picked(key: str, table_id: str) -> None:
    choice.pick(key, table_id, bool(st.session_state[widget("pick", key)]))


def _how(table_id: str) -> None:
    """Draw what holds for all generators of the race: seeds, rows, what is measured."""
    train = access.train_size(table_id, state.split_share).rows
    seeds, seed, rows, card = st.columns(4)
    seeds.number_input(
        "Seeds per generator", 1, 10, value=state.seeds, key="race_seeds", on_change=_take, args=("seeds", "race_seeds"),
        help="A generator gives another table with every seed; several show how much that matters.",
    )  # fmt: skip
    seed.number_input(
        "First seed", 0, 2**31 - 1, value=state.race_seed, key="race_seed", on_change=_take, args=("race_seed", "race_seed"),
        help="The same seed and settings make the same rows.",
    )  # fmt: skip
    rows.number_input(
        "Rows to make", 1, 10_000_000, value=state.make, key="race_rows", placeholder=f"{train:,}",
        on_change=_take, args=("make", "race_rows"), help="Leave empty for as many rows as the generators learn from.",
    )  # fmt: skip
    card.selectbox(
        "Measures", list(CARDS), index=list(CARDS).index(state.card), key="race_card", format_func=CARDS.__getitem__,
        on_change=_take, args=("card", "race_card"),
        help="All: every candidate is scored for the leaderboard first, on capped numbers of rows; then the race goes on by itself with every "
        "other measure, on all rows. It can be stopped at any time and keeps what there is.",
    )  # fmt: skip
    _polish(table_id, train)


def _polish(table_id: str, rows: int) -> None:
    """Draw the switch for polishing, and under it which of the picked generators are left out, and why."""
    from synth_ui.jobs.runs import polish

    st.checkbox(
        "Polish: also make a polished candidate of each generator", key="race_polish", value=state.polish, on_change=_take,
        args=("polish", "race_polish"),
        help=f"{polish.CANDIDATES} rows are drawn for each one kept; those are kept that together match how often values occur, and "
        "occur together, in the training rows. A guard with a tenth of the training rows held back stops it where rows come "
        "closer to those learned from. Both candidates are on the leaderboard, so every score shows before and after.",
    )  # fmt: skip
    if state.polish:
        for title, reason in _left_out(table_id, rows):
            st.caption(f"{md(title)} is not polished: {md(reason)}.")


def _left_out(table_id: str, rows: int) -> list[tuple[str, str]]:
    from synth_ui.jobs.runs import polish

    plugins = [choice.catalogue()[key] for key in choice.picked(table_id)]
    return [(plugin.title, reason) for plugin in plugins if (reason := polish.refusal(plugin, rows))]


def _take(name: str, key: str) -> None:
    setattr(state, name, st.session_state[key])
