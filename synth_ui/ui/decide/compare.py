"""Which candidate to use: the verdict in words, every score on its scale, and each score explained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from synth_ui.comparison.families import DECIDING, FAMILIES
from synth_ui.comparison.purposes import PURPOSES
from synth_ui.ui import access
from synth_ui.ui.components import chart, download_frame, one_of
from synth_ui.ui.decide.race_view import View
from synth_ui.ui.decide.selection import picker
from synth_ui.ui.md import count, duration, md
from synth_ui.ui.state import PURPOSE

if TYPE_CHECKING:
    import pandas as pd

    from synth_ui.comparison.verdict import Verdict
    from synth_ui.plots.chart import Chart

ORDERS = ("Best first", "Worst first")


def verdict(view: View) -> None:
    """Draw what the rows are for, and the answer for that purpose."""
    purpose = current_purpose()
    said = view.verdict(purpose)
    st.header(md(said.finding, 400), anchor=False)
    st.markdown(md(said.sentence, 2000))
    _against(view, said)
    st.caption(_facts(view))


def current_purpose() -> str:
    """Return the purpose the visitor chose."""
    chosen = st.session_state.get(PURPOSE)
    return str(chosen) if chosen in PURPOSES else "balanced"


def purpose_choice() -> None:
    """Draw the choice of what the rows are for; it weighs the families."""
    help = "It decides how much likeness, usefulness and leakage count. " + " ".join(
        f"{purpose.title}: {', '.join(f'{family} {weight:.0%}' for family, weight in purpose.weights.items())}."
        for purpose in PURPOSES.values()
    )
    one_of("What are the rows for?", {key: purpose.title for key, purpose in PURPOSES.items()}, PURPOSE, help=help)


def _against(view: View, said: Verdict) -> None:
    """Say what else speaks against the leader, each with a link to where it is shown."""
    further = set(said.further)
    for one in said.against:
        if one.sentence in further:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(f":material/thumb_down: {md(one.sentence, 400)}", width="stretch")
                page = page_of(view, one.measure)
                if page:
                    st.page_link(page, label="See it", icon=":material/arrow_forward:")
    for text in said.unjudged:
        if text in further:
            st.markdown(f":material/hourglass_empty: {md(text, 400)}")


def page_of(view: View, measure: str) -> str:
    """Return the page on which a measure is shown, or an empty text."""
    key = measure.split(".", 1)[0]
    own = {
        "margins": "distributions",
        "rules": "rules",
        "coverage": "coverage",
        "missingness": "coverage",
        "validity": "coverage",
    }
    family = {"fidelity": "relationships", "utility": "usefulness", "privacy": "privacy", "fairness": "fairness"}
    facts = view.outcome.facts.get(key)
    name = own.get(key) or (family[facts.family] if facts is not None else "")
    return f"pages/{name}.py" if name else ""


def evidence(view: View) -> None:
    """Draw what each candidate's verdict rests on: what is judged, what is not and why."""
    for name in view.leaderboard(current_purpose())["candidate"]:
        if view.outcome.entries[name]["control"]:
            continue
        said = [f"{FAMILIES[family].title}: {view.outcome.evidence(name, family).words}" for family in DECIDING]
        st.markdown(
            f"**{md(view.group_title(name))}.** {md('; '.join(said), 400)}. {md(view.outcome.attacks(name).sentence, 600)}"
        )


def _facts(view: View) -> str:
    split, runs = view.split_row, view.runs[~view.runs["control"].astype(bool)]
    parts = [
        md(view.race["name"]),
        f"{count(split['train_rows'], 'row')} to learn from, {split['holdout_rows']:,} held back",
        f"{count(len(runs), 'candidate')}, {count(int(view.runs['control'].sum()), 'control')}",
        f"{view.race['card']} measures",
    ]
    took = None if view.active else view.once(("took",), lambda: _took(view.race_id))
    if took is not None:
        parts.append(f"race took {duration(took)}")
    return " · ".join(parts)


def _took(race_id: str) -> float | None:
    from synth_ui.jobs.races.results import took

    return took(access.workspace(), race_id)


@st.fragment
def tracks(view: View) -> None:
    """Draw every candidate's headline scores on their scales; another order redraws nothing else."""
    from synth_ui.plots.tracks import NOTE

    with st.container(horizontal=True, vertical_alignment="bottom"):
        order = one_of("Order", {order: order for order in ORDERS}, "order")
        controls = st.toggle("Show the controls", value=True, key="show_controls", persist_state="session")
    purpose, worst_first = current_purpose(), order == ORDERS[1]
    drawn = view.picture(("tracks", purpose, worst_first, controls), lambda: _tracks(view, purpose, worst_first, controls))
    chart(drawn, "tracks", note=NOTE, titled=False)


def _tracks(view: View, purpose: str, worst_first: bool, controls: bool) -> Chart:
    from synth_ui.plots.tracks import scale_tracks

    rows = _ordered(view.leaderboard(purpose), worst_first=worst_first, controls=controls)
    return scale_tracks(view.outcome.tracks(rows, purpose), view.outcome.panels, view.verdict(purpose).finding)


def _ordered(board: pd.DataFrame, *, worst_first: bool, controls: bool) -> pd.DataFrame:
    import pandas as pd

    control = board["control"].astype(bool)
    field = board[~control]
    return pd.concat([field.iloc[::-1] if worst_first else field, *([board[control]] if controls else [])], ignore_index=True)


def trade_off(view: View) -> None:
    """Draw fidelity against leakage."""
    from synth_ui.plots.tradeoff import trade_off as draw

    chart(view.picture(("trade_off",), lambda: draw(view.outcome.pareto())), "trade_off")


def table(view: View) -> None:
    """Draw the leaderboard as numbers, to be sorted and downloaded."""
    board = view.leaderboard(current_purpose())
    columns: dict[str, Any] = {"title": "Candidate", "control": "Control", "seconds": "Seconds", "seeds": "Seeds"}
    config: dict[str, Any] = {
        "title": st.column_config.TextColumn("Candidate", pinned=True),
        "control": st.column_config.CheckboxColumn("Control", width="small"),
        "seconds": st.column_config.NumberColumn("Seconds", format="%.1f"),
        "seeds": st.column_config.NumberColumn("Seeds", format="%d"),
    }
    for family in DECIDING:
        title = FAMILIES[family].title
        for suffix, words in (("", title), ("_low", "from"), ("_high", "to"), ("_position", "on its scale")):
            name = f"{family}{suffix}"
            columns[name] = words
            label = words if suffix == "" else f"{title}, {words}"
            config[name] = st.column_config.NumberColumn(label, format="%.3f")
    frame = board[list(columns)]
    st.dataframe(frame, hide_index=True, column_config=config, alt="The leaderboard as numbers: one row per candidate")
    download_frame(frame, "leaderboard")


def selection(view: View) -> list[str]:
    """Draw the choice of up to four candidates that the detail pages show."""
    return picker(view)


def why(view: View) -> None:
    """Say of every candidate why it is or is not the best."""
    said = view.verdict(current_purpose())
    for name, reason in said.reasons.items():
        st.markdown(f"**{md(view.group_title(name))}.** {md(reason, 600)}")
