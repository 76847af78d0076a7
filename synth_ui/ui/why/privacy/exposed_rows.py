"""The most exposed training rows: which they are, masked until asked for, and what can be done about them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from synth_ui.core.errors import SynthError
from synth_ui.core.run import RunKind, RunState
from synth_ui.ui import access, links
from synth_ui.ui.components import chart, download_frame
from synth_ui.ui.decide import further_measures, score_cards
from synth_ui.ui.decide.race_view import View
from synth_ui.ui.md import count, md
from synth_ui.ui.state import state, widget

if TYPE_CHECKING:
    import pandas as pd

EXPORT_NOTE = (
    "Before you pass this on: distances and evidence of single records help an attacker, and a pipeline with a formal guarantee no longer "
    "has it once its output was measured on its training rows."
)

_ACTIONS = {
    "drop": ("Drop and refit", ":material/person_remove:", "Fits the generator again without these rows."),
    "coarsen": (
        "Coarsen and refit", ":material/blur_on:",
        "Fits it again with their numbers set to the middle of their tenth and their rare values to the commonest one.",
    ),
    "filter": (
        "Filter neighbours", ":material/filter_alt:",
        "Fits nothing: takes out synthetic rows nearer to one of these rows than any other real row is, and draws others where it can.",
    ),
}  # fmt: skip

COMPARED = ("exposed", "copies", "membership.isolated", "membership", "dcr_share", "leakage_index", "pairs", "tstr")
"""What is compared before and after, in this order."""


def section(view: View, chosen: Sequence[str]) -> None:
    """Draw, for one candidate, how many rows stand out, which, and what can be done; then before and after."""
    name = _one(view, chosen)
    score_cards.scores(view, [name], measures=["exposed"])
    rows = view.detail(name, "exposed", "rows")
    if rows is None:
        further_measures.offer(
            view, [name], ["exposed"], "Look for exposed rows", why="Some seconds for the candidate and each control."
        )
        return
    further_measures.offer(
        view, [name], ["exposed"], "Attack all training rows", settings={"exposed": {"everyone": True}},
        why="Without it, as many training rows are attacked as there are unseen rows to compare with, and only these can be listed.",
    )  # fmt: skip
    spread = view.detail(name, "exposed", "evidence")
    if spread is not None:
        from synth_ui.plots.scores.risks import evidence

        chart(
            view.picture(("evidence", name), lambda: evidence(spread).saying(view.outcome.sentence(name, "exposed"))),
            widget("evidence", name),
        )
    if rows.empty:
        st.caption("No attacked training row stands out more than one in a hundred unseen rows does.")
    else:
        _list(view, name, rows)
        _actions(view, name, rows)
    _before_and_after(view, name)


def _one(view: View, chosen: Sequence[str]) -> str:
    if len(chosen) == 1:
        return chosen[0]
    picked = st.selectbox(
        "Candidate",
        list(chosen),
        format_func=view.title,
        **links.choice("exposed_of", {name: view.title(name) for name in chosen}, chosen[0]),
    )
    return picked or chosen[0]


def _list(view: View, name: str, rows: pd.DataFrame) -> None:
    """Draw the list: numbers and evidence; the real values only where they are asked for."""
    import numpy as np

    st.header("The most exposed training rows", anchor=False)
    shown = rows.assign(nearer=np.exp(rows["evidence"].to_numpy(float)))
    shown = shown[["row", "nearer", "unseen_share", "right", "isolated"]]
    asked = st.toggle(
        "Show the real values of these rows", key=widget("unmask", name),
        help="They are rows of real people or things. Until you ask for them only their numbers are shown.",
    )  # fmt: skip
    if asked:
        real = view.split.train.frame.iloc[rows["row"].to_numpy()].reset_index(drop=True)
        shown = shown.join(real.add_prefix("real: "))
    config = {
        "row": st.column_config.NumberColumn(
            "Training row", format="%d", pinned=True, help="Its number in the training half, from 0."
        ),
        "nearer": st.column_config.NumberColumn(
            "Times nearer",
            format="%.1f",
            help="How many times nearer its closest synthetic row is than the closest other real row.",
        ),
        "unseen_share": st.column_config.NumberColumn("Unseen rows with as much evidence", format="percent"),
        "right": st.column_config.NumberColumn(
            "Attacker right",
            format="percent",
            help="How often somebody is right who says of all rows from here up that they were in.",
        ),
        "isolated": st.column_config.CheckboxColumn("Isolated", help="Among the 5% farthest from other real rows."),
    }
    alt = "The most exposed training rows: number, how many times nearer, share of unseen rows with as much evidence"
    st.dataframe(shown, hide_index=True, height=280, column_config=config, alt=alt)
    download_frame(rows, widget("exposed", name), label="Download numbers and evidence", name="exposed-rows")


def _actions(view: View, name: str, rows: pd.DataFrame) -> None:
    """Offer what can be done about the first rows of the list."""
    st.header("What can be done about them", anchor=False)
    most = st.number_input(
        "How many of the most exposed rows", 1, len(rows), value=len(rows), key=widget("exposed_rows", name),
        help="Counted from the top of the list.",
    )  # fmt: skip
    numbers = tuple(int(row) for row in rows["row"].head(int(most)))
    for action, (label, icon, why) in _ACTIONS.items():
        with st.container(horizontal=True, vertical_alignment="center"):
            refits = action != "filter"
            pressed = st.button(
                label, key=widget(action, name), icon=icon, disabled=access.read_only() or (refits and name.startswith("file:"))
            )
            st.caption(why)
        if pressed:
            _do(view.race_id, name, action, numbers)
            st.rerun()  # the whole page: the notice, and "before and after", change with it
    st.caption("Each makes a new candidate of this race, asked everything this one was asked; this one stays as it is.")


def _do(race_id: str, name: str, action: str, rows: tuple[int, ...]) -> None:
    from synth_ui.jobs.races.exposed_rows import remake_candidate

    try:
        remake_candidate(access.workspace(), race_id, name, action, rows)
    except SynthError as error:
        state.notice = str(error)
    else:
        state.notice = f"A new candidate is being made for which {count(len(rows), 'row')} of {name} were dealt with; the leaderboard shows it."


def _before_and_after(view: View, name: str) -> None:
    """Draw the same numbers of the candidate and of those made from it, side by side."""
    import pandas as pd

    run_id = view.run_ids.get(name)
    made = view.runs[(view.runs["kind"] == RunKind.TREATED) & (view.runs["parent_id"] == run_id)]
    if made.empty:
        return
    st.header("Before and after", anchor=False)
    for run in made[made["state"] != RunState.DONE.value].itertuples():
        st.caption(f":material/hourglass_top: {md(view.title(run.candidate))}: {md(run.reason or run.phase or run.state, 300)}")
    done = [name, *made.loc[made["state"] == RunState.DONE.value, "candidate"]]
    if len(done) == 1:
        return
    table = pd.DataFrame({view.title(one): [_number(view, one, key) for key in COMPARED] for one in done})
    table.insert(0, "measure", [_called(key) for key in COMPARED])
    table = table.dropna(subset=list(table.columns[1:]), how="all")
    config: dict[str, Any] = {"measure": st.column_config.TextColumn("Measure", pinned=True, width="large")}
    config |= {column: st.column_config.NumberColumn(column, format="%.4f") for column in table.columns[1:]}
    st.dataframe(table, hide_index=True, column_config=config, alt="Measures of the candidate before and after, one column each")
    st.caption(
        "Privacy: lower is better. Column pairs and model skill: higher is better. Rows that were dropped still count as training rows here."
    )


def _number(view: View, name: str, key: str) -> float:
    row = view.score(name, key)
    return math.nan if row is None or row["value"] is None else float(row["value"])


def _called(key: str) -> str:
    from synth_ui.evaluation.cards import known_measures

    measure, _, part = key.partition(".")
    known = known_measures()[measure]
    return f"{known.title}: {known.parts[part].title.lower()}" if part else f"{known.title} ({known.unit})"
