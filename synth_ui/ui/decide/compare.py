"""Which candidate to use: the verdict in words, every score on its scale, and each score explained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from synth_ui.comparison.choice.requirements import Requirement, RequirementAnswer, RequirementCheck, checks
from synth_ui.comparison.families import DECIDING, FAMILIES
from synth_ui.ui import access, links
from synth_ui.ui.components import chart, download_frame, one_of, whole_address
from synth_ui.ui.decide import asked
from synth_ui.ui.decide.race_view import View
from synth_ui.ui.decide.selection import picker
from synth_ui.ui.md import count, duration, md

if TYPE_CHECKING:
    import pandas as pd

    from synth_ui.core.choice import Choice

ORDERS = ("Best first", "Worst first")


def verdict(view: View) -> None:
    """Draw the answer for the chosen purpose: as a heading, and in a few sentences."""
    said = view.verdict(current_purpose())
    st.header(md(said.finding, 400), anchor=False)
    answer, *more = said.paragraphs
    st.markdown(f":small[{md(answer, 2000)}]")
    if more:
        st.markdown("\n".join(f"- :small[{md(text, 1000)}]" for text in more))


def current_purpose() -> Mapping[str, float] | str:
    """Return the purpose the visitor chose, or the own weights."""
    return asked.current()


def _key(purpose: Mapping[str, float] | str) -> tuple[object, ...]:
    return (purpose,) if isinstance(purpose, str) else tuple(purpose.items())


def against(view: View) -> None:
    """Say what else speaks against the leader, each with a link to where it is shown."""
    said = view.verdict(current_purpose())
    further = set(said.further)
    with st.container(gap="xsmall"):
        for one in said.against:
            if one.sentence in further:
                words, link = st.columns([9, 1], vertical_alignment="center")
                words.markdown(f":material/thumb_down: :small[{md(one.sentence, 400)}]")
                page = page_of(view, one.measure)
                if page:
                    link.page_link(page, label="See it", icon=":material/arrow_forward:", query_params=whole_address())
        for text in said.unjudged:
            if text in further:
                st.markdown(f":material/hourglass_empty: :small[{md(text, 400)}]")


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


def facts(view: View) -> None:
    """Say how much was compared, and how long it took."""
    st.caption(_facts(view))


def _facts(view: View) -> str:
    split, runs = view.split_row, view.runs[~view.runs["control"].astype(bool)]
    parts = [
        md(view.race.name),
        f"{count(split['train_rows'], 'training row')}, {count(split['holdout_rows'], 'unseen row')}",
        f"{count(len(runs), 'candidate')}, {count(int(view.runs['control'].sum()), 'control')}",
        f"{view.race.card} measures",
    ]
    took = None if view.active else view.once(("took",), lambda: _took(view.race_id))
    if took is not None:
        parts.append(f"race took {duration(took)}")
    return " · ".join(parts)


def _took(race_id: str) -> float | None:
    from synth_ui.jobs.races.results import took

    return took(access.workspace(), race_id)


def board(view: View, chosen: Choice | None) -> None:
    """Draw every candidate with its numbers beside its scales, how probable it is the best, and what it keeps to."""
    worst_first, controls = st.session_state.get("order") == ORDERS[1], bool(st.session_state.get("show_controls", True))
    purpose, required, marked = current_purpose(), asked.requirements(), chosen.candidate if chosen else None

    def draw() -> str:
        from synth_ui.reports.board import Board

        rows = _ordered(view.leaderboard(purpose), worst_first=worst_first, controls=controls)
        return Board(view.outcome, rows, purpose, _checks(view, rows, required), marked).html()

    st.html(view.once(("board", _key(purpose), worst_first, controls, required, marked), draw))


def _checks(view: View, rows: pd.DataFrame, required: Sequence[Requirement]) -> dict[str, tuple[RequirementCheck, ...]]:
    field = rows.loc[~rows["control"].astype(bool), "candidate"]
    return {str(name): checks(view.outcome, str(name), required) for name in field} if required else {}


def required(view: View) -> None:
    """Say of each candidate that does not keep to what is required which of it, and why."""
    wanted = asked.requirements()
    if not wanted:
        return
    st.subheader("Required", anchor=False)
    lines = []
    for name, made in _checks(view, view.leaderboard(current_purpose()), wanted).items():
        open_ = [check for check in made if check.answer is not RequirementAnswer.PASSES]
        said = " ".join(f"{check.requirement.title}: {check.answer}. {check.reason}" for check in open_)
        passed = f"passes {len(made) - len(open_)} of {len(made)}" if open_ or len(made) > 1 else "passes"
        lines.append(f"- :small[**{md(view.group_title(name))}** {passed}. {md(said, 1500)}]")
    st.markdown("\n".join(lines))


def how_shown(view: View) -> list[str]:
    """Draw how the candidates are shown, and which the pages of details look at; return these."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width="stretch"):
            chosen = picker(view)
        one_of("Order", {order: order for order in ORDERS}, "order", bind=True)
        st.toggle("Show the controls", value=True, persist_state="session", **links.switch("show_controls", default=True))
    return chosen


def _ordered(board: pd.DataFrame, *, worst_first: bool, controls: bool) -> pd.DataFrame:
    import pandas as pd

    control = board["control"].astype(bool)
    field = board[~control]
    return pd.concat([field.iloc[::-1] if worst_first else field, *([board[control]] if controls else [])], ignore_index=True)


def trade_off(view: View) -> None:
    """Draw fidelity against leakage."""
    from synth_ui.plots.scores.tradeoff import trade_off as draw

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


def why(view: View) -> None:
    """Say what else speaks against the leader, and of every candidate why it is or is not the best."""
    said = view.verdict(current_purpose())
    against(view)
    lines = [f"- :small[**{md(view.group_title(name))}.** {md(reason, 600)}]" for name, reason in said.reasons.items()]
    st.markdown("\n".join(lines))
