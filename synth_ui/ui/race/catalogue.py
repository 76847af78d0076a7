"""The catalogue: every generator in a line, with what it is, what it costs on this table, and why it is recommended where it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from synth_ui.core.errors import SynthError
from synth_ui.generators.base import Generator
from synth_ui.ui import access, forms
from synth_ui.ui.md import count, duration, md, size
from synth_ui.ui.race import candidate_file, choice, constraints, filters, start, tuning
from synth_ui.ui.state import state, widget

CARDS = {"standard": "All, leaderboard first", "quick": "Leaderboard only"}
"""What a race asks: every measure, which a decision needs, or only what its leaderboard needs."""


STYLE = """<style>
@media (max-width: 1250px) {
  .st-key-generators [class*="st-key-card-"] {row-gap: 0; column-gap: 0.5rem; padding-bottom: 0.4rem;}
  .st-key-generators [class*="st-key-card-"] > div:has([class*="st-key-pick-"]),
  .st-key-generators [class*="st-key-card-"] > [class*="st-key-pick-"] {order: 1; flex: 1 1 8rem; width: auto; min-width: 0;}
  .st-key-generators [class*="st-key-card-"] > div:has([class*="st-key-open-"]),
  .st-key-generators [class*="st-key-card-"] > [class*="st-key-open-"] {order: 2;}
  .st-key-generators [class*="st-key-card-"] > div:has([class*="st-key-facts-"]),
  .st-key-generators [class*="st-key-card-"] > [class*="st-key-facts-"] {order: 3; flex: 1 1 100%; padding-left: 1.5rem;}
  .st-key-generators [class*="st-key-summary-"] {display: none;}
}
</style>"""
"""Where there is no room for a generator in one line: its name and settings, below them what tells it apart; what it is stands with its settings."""


def show(table_id: str) -> None:
    """Draw how the race is run, the filters, and a line per generator, what is recommended first; starting stays in sight at the foot."""
    with st.expander(_how_words(table_id), key="how"):
        _how(table_id)
    constraints.panel(table_id)
    wanted, reasons = filters.row(), filters.reasons(table_id)
    shown = [
        plugin
        for plugin in filters.in_order(reasons)
        if wanted.takes(plugin, filters.seconds(plugin.key, table_id), plugin.key in reasons)
    ]
    _picks(table_id, len(shown), reasons)
    st.html(STYLE)
    with st.container(gap=None, key="generators"):
        for plugin in shown:
            _line(plugin, table_id, reasons.get(plugin.key, ""))
    if not shown:
        st.caption("No generator is of this kind; loosen a filter.")
    with st.expander(
        "Add a synthetic file made elsewhere", key="elsewhere", expanded=state.adding is not None or bool(state.file_refusal)
    ):
        candidate_file.section()
    with st.bottom:
        start.start_button(table_id, where="catalogue")


def _how_words(table_id: str) -> str:
    """Say in a line what holds for all generators of the race."""
    measured = "all measures" if state.card == "standard" else "what the leaderboard needs"
    rows = state.make or access.train_size(table_id, state.split_share).rows
    seeds = "further seeds for the leader" if state.budget else count(state.seeds, "seed") + " per generator"
    polished = ", polished candidates too" if state.polish else ""
    return f"How it is raced: {seeds}, {count(rows, 'row')} made of each, {measured}{polished}"


def _picks(table_id: str, shown: int, reasons: Mapping[str, str]) -> None:
    """Draw how many are picked, and what picks or leaves out many at once."""
    chosen = choice.picked(table_id)
    with st.container(horizontal=True, vertical_alignment="center", key="catalogue_picks"):
        st.button(
            f"Pick only the {len(reasons)} recommended", key="pick_recommended", icon=":material/thumb_up:", disabled=not reasons,
            on_click=filters.pick_only, args=(tuple(reasons),), help="By rows, kinds of columns and time; another may win, which only the race says.",
        )  # fmt: skip
        st.button(
            "Select none",
            key="pick_none",
            icon=":material/deselect:",
            disabled=not chosen,
            on_click=filters.pick_only,
            args=((),),
        )
        st.toggle("Recommended only", key=filters.ONLY)
        st.caption(_picked_words(chosen, shown, reasons), width="stretch")


def _picked_words(chosen: Sequence[str], shown: int, reasons: Mapping[str, str]) -> str:
    """Say how many are picked; of those picked by nobody, how they were found, and how what is recommended stands to them."""
    said = f"{len(chosen)} of {count(len(choice.catalogue()), 'generator')} picked"
    if state.picked is not None or state.budget or not chosen:
        return f"{said}, {shown} shown."
    among = sum(key in chosen for key in reasons)
    every = f"the {among}" if among == len(reasons) else f"{among} of the {len(reasons)}"
    beside = f", {every} recommended for this table among them" if among else ""
    return f"{said} to begin with, one for each usual way of learning{beside}; {shown} shown."


def _line(plugin: type[Generator], table_id: str, why: str) -> None:
    """Draw a generator in one line; what it cannot do and its settings open below it over the whole width."""
    key = widget("pick", plugin.key)
    if key not in st.session_state:
        st.session_state[key] = plugin.key in choice.picked(table_id)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=widget("card", plugin.key)):
        st.checkbox(md(plugin.title), key=key, on_change=_picked, args=(plugin.key, table_id), width=220)
        with st.container(gap=None, width="stretch", key=widget("facts", plugin.key)):
            with st.container(gap=None, key=widget("summary", plugin.key)):
                st.caption(md(plugin.summary, 300))
            st.caption(_facts(plugin, table_id, why))
        opened = bool(st.session_state.get(widget("settings", plugin.key)))
        changed = forms.differences(plugin)
        st.button(
            "Close" if opened else "Settings*" if changed else "Settings", key=widget("open", plugin.key), type="tertiary",
            icon=":material/expand_less:" if opened else ":material/tune:", on_click=_open, args=(plugin.key, not opened),
            help=f"Changed: {changed}" if changed else None,
        )  # fmt: skip
    if opened:
        with st.container(border=True, key=widget("detail", plugin.key)):
            _detail(plugin, table_id)


def _detail(plugin: type[Generator], table_id: str) -> None:
    st.markdown(f"{md(plugin.summary, 300)}  \n**Good at:** {md(plugin.good_at, 300)}  \n**Limits:** {md(plugin.cannot, 300)}")
    if plugin.sends:
        st.markdown(f":material/cloud_upload: **Leaves this machine:** {md(plugin.sends, 600)}")
    forms.form(plugin)
    tuning.panel(plugin, table_id)


def _open(key: str, opened: bool) -> None:
    st.session_state[widget("settings", key)] = opened


def _facts(plugin: type[Generator], table_id: str, why: str) -> str:
    """Say in a small line of family, time, memory, licence and guarantee what tells generators apart; escaped."""
    try:
        cost = choice.estimate(plugin.key, table_id)
        takes = f"about {duration(cost.seconds)}, {size(cost.megabytes or 0)}"
    except SynthError as error:
        takes = f"no estimate: {md(error, 100)}"
    said = [filters.family_title(plugin), takes, md(plugin.licence)]
    said += ["**sends rows away**"] if plugin.sends else []
    said += [f"**recommended: {md(why, 100)}**"] if why else []
    return " · ".join(said)


def _picked(key: str, table_id: str) -> None:
    choice.pick(key, table_id, bool(st.session_state[widget("pick", key)]))


def _how(table_id: str) -> None:
    """Draw what holds for all generators of the race: seeds, rows, what is measured."""
    train = access.train_size(table_id, state.split_share).rows
    seeds, seed, rows, card = st.columns(4)
    seeds.number_input(
        "Seeds per generator", 1, 10, value=state.seeds, key="race_seeds", on_change=_take, args=("seeds", "race_seeds"),
        disabled=bool(state.budget),
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
