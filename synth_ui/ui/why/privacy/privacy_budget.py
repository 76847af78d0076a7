"""The privacy budget of formally private candidates: what it paid for, what it did not, and a sweep over ε."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from synth_ui.core.errors import SynthError
from synth_ui.ui import access
from synth_ui.ui.components import chart, download_frame, go_to
from synth_ui.ui.decide.race_view import View
from synth_ui.ui.md import listed, md
from synth_ui.ui.race import choice
from synth_ui.ui.state import BOARD, GENERATE_TAB, state, widget

if TYPE_CHECKING:
    from synth_ui.core.budget import Ledger


def show(view: View, chosen: Sequence[str]) -> None:
    """Draw the ledger of each chosen candidate that has one, and the sweep over ε; nothing where no candidate has formal privacy."""
    ledgers = {name: ledger for name in chosen if (ledger := view.ledger(name)) is not None}
    if not ledgers and not any(view.ledger(name) for name in view.names):
        return
    st.header("Privacy budgets", anchor=False)
    if not ledgers:
        st.caption("None of the chosen candidates has formal privacy; choose one that has to see what its budget paid for.")
    for name, ledger in ledgers.items():
        with st.container(border=True, key=widget("ledger", name)):
            _ledger(view.title(name), ledger, name)
    _sweep(view, list(ledgers))


def line(run_id: str) -> str:
    """Return a run's nominal ε in one escaped line; empty where it has none."""
    ledger = access.workspace().ledger(run_id)
    return f":material/account_balance_wallet: Privacy budget: {md(ledger.sentence, 300)}." if ledger is not None else ""


def _ledger(title: str, ledger: Ledger, name: str) -> None:
    st.markdown(f"**{md(title)}.** {md(ledger.sentence, 300)}.")
    st.caption(
        f"For two tables that differ in one row, no outcome is more than e to the ε times as likely on one as on the other, except with the "
        f"chance δ. Counted together by {md(ledger.accountant, 120)}: ε = {ledger.spent:.3g}."
    )
    if ledger.paid:
        paid = pd.DataFrame(ledger.rows())
        _payments(paid)
        download_frame(paid, widget("paid", name))
    st.markdown("**What the budget did not pay for**")
    for entry in sorted(ledger.unpaid, key=lambda entry: not entry.breaks):
        icon = ":material/warning:" if entry.breaks else ":material/info:"
        st.markdown(f"{icon} **{md(entry.what[:1].upper() + entry.what[1:])}.** {md(entry.why, 600)}")


def _payments(paid: pd.DataFrame) -> None:
    config = st.column_config
    st.dataframe(
        paid,
        hide_index=True,
        alt="What the privacy budget paid for: mechanism, how often, noise and share",
        column_order=["what", "share", "mechanism", "times", "noise", "unit", "epsilon"],
        column_config={
            "what": config.TextColumn("Paid for", pinned=True),
            "share": config.NumberColumn("Share", format="percent", help="Of the budget; shares add up to all of it."),
            "mechanism": config.TextColumn("How noise came in"),
            "times": config.NumberColumn("Times", format="localized"),
            "noise": config.NumberColumn("Noise", format="%.3g"),
            "unit": config.TextColumn("Noise is"),
            "epsilon": config.NumberColumn(
                "ε alone", format="%.3f", help="What this part alone would cost; together they cost less than the sum."
            ),
        },
    )


def _title(key: str) -> str:
    known = choice.catalogue()
    return known[key].title if key in known else key


def _sweep(view: View, private: Sequence[str]) -> None:
    """Draw the sweep of every recipe that was raced at two values of ε or more, and offer one."""
    from synth_ui.comparison.privacy_budgets import EPSILONS, sweep
    from synth_ui.plots.scores.privacy_budgets import budget_sweep

    frame = view.once(("sweep",), lambda: sweep(view.scores, view.candidates))
    for number, (recipe, own) in enumerate(frame.groupby("recipe", sort=False)):
        drawn = view.picture(("sweep", recipe), partial(budget_sweep, own))
        chart(drawn, widget("sweep", number), who=_title(str(own["generator"].iloc[0])))
    for name in private:
        values = listed([f"{epsilon:g}" for epsilon in EPSILONS], most=9)
        label = f"Race {md(view.title(name), 40)} at ε = {values}"
        if st.button(
            label,
            key=widget("race_sweep", name),
            icon=":material/stacked_line_chart:",
            on_click=_start,
            args=(view, name),
            disabled=access.read_only(),
        ):
            go_to("pages/generate.py")


def _start(view: View, name: str) -> None:
    """Start a race of one recipe at several values of ε, on the same split with the standard measures."""
    from synth_ui.comparison.privacy_budgets import settings_at
    from synth_ui.jobs.races.request import Request
    from synth_ui.jobs.races.start import start_race

    row = view.candidates[view.candidates["candidate"] == name].iloc[0]
    settings = settings_at(json.loads(row["settings"]))
    requests = [Request(str(row["generator"]), each, seed=int(row["seed"])) for each in settings]
    try:
        state.race_id = start_race(
            access.workspace(), view.race.split_id, requests, card="standard", make=view.race.make,
            name=f"{view.race.name}, ε of {view.title(name)}",
        )  # fmt: skip
    except SynthError as error:
        state.notice = f"The race was not started. {error}"
        return
    st.session_state[GENERATE_TAB] = BOARD
