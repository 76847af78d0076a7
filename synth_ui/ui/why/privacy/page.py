"""Privacy: what was copied, how near the rows lie to those the generators saw, and what attacks find out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from synth_ui.core.score import CONTROLS
from synth_ui.core.table import Role
from synth_ui.ui.components import folded, one_tab_at_a_time
from synth_ui.ui.decide import further_measures, score_cards
from synth_ui.ui.decide.race_view import View
from synth_ui.ui.why.privacy import audit, exposed_rows, privacy_budget
from synth_ui.ui.why.side_by_side import side_by_side

if TYPE_CHECKING:
    from synth_ui.plots.chart import Chart

MEASURES = ("seen", "copies", "dcr_share", "membership", "leakage_index")
RISKS = {"singling_out": "Singling out", "linkability": "Linking", "inference": "Inferring"}


def show(view: View, chosen: Sequence[str]) -> None:
    """Draw the sections one at a time: what was copied, the three risks, secrets, exposed rows, the deep audit."""
    if not chosen:
        st.caption("Choose a candidate to see what can be found out from it.")
        return
    further_measures.offer(
        view,
        chosen,
        "standard",
        "Ask all standard measures",
        why="A quick race asks few of them. Adds membership, the three risks, told secrets and exposed rows; "
        "usually under half a minute for each candidate and control.",
    )
    parts = {
        "Copies and distances": partial(_evidence, view, chosen),
        "Three risks": partial(_risks, view, chosen),
        "Told secrets": partial(_secrets, view, chosen),
        "Exposed rows": partial(exposed_rows.section, view, chosen),
        "Deep audit": partial(audit.section, view, chosen),
    }
    if any(view.ledger(name) for name in view.names):
        parts["Privacy budgets"] = partial(privacy_budget.show, view, chosen)
    one_tab_at_a_time(parts, "privacy_section")
    st.caption(f"No sign found means no sign found by these attacks at this power. {exposed_rows.EXPORT_NOTE}")


def shown_of(chosen: Sequence[str]) -> tuple[str, ...]:
    """Return the measures shown first; whether rows held back were seen is a question only for files made elsewhere."""
    return MEASURES if any(name.startswith("file:") for name in chosen) else MEASURES[1:]


def _evidence(view: View, chosen: Sequence[str]) -> None:
    """Draw copies, distances and membership in words, the controls beside them, and the pictures per candidate."""
    score_cards.scores(view, chosen, measures=shown_of(chosen))
    folded("What the controls gave", partial(_controls, view), "control_values")
    parts = {}
    for title, measure, name, draw in _pictures():
        frames = {candidate: frame for candidate in chosen if (frame := view.detail(candidate, measure, name)) is not None}
        if frames:
            parts[title] = partial(_row, view, title, name, measure, frames, draw)
    if parts:
        one_tab_at_a_time(parts, "privacy_tab")


def _risks(view: View, chosen: Sequence[str]) -> None:
    """Draw the three risks: each attack on training rows, on unseen rows, and at random."""
    from synth_ui.plots.scores.risks import arms

    st.markdown(
        "The three risks that European data-protection authorities name (Article 29 Working Party, opinion 05/2014): that one person's row can "
        "be **singled out**, that two parts of a record can be **linked**, that a secret can be **inferred**. Each is tried on training rows, on "
        "unseen rows as a control, and at random; the risk is what the attack gains on training rows over the control."
    )
    score_cards.scores(view, chosen, measures=list(RISKS))
    _wanting(view, chosen, list(RISKS), "Try the three attacks")
    parts = {}
    for measure, title in RISKS.items():
        frames = {name: frame for name in chosen if (frame := view.detail(name, measure, "attacks")) is not None}
        if frames:
            parts[title] = partial(_row, view, measure, measure, measure, frames, partial(arms, measure=measure))
    if parts:
        one_tab_at_a_time(parts, "risks_tab")


def _secrets(view: View, chosen: Sequence[str]) -> None:
    """Draw whether sensitive values are told to somebody who knows a few columns, and which columns these are."""
    from synth_ui.plots.scores.risks import secrets

    score_cards.scores(view, chosen, measures=["disclosure"])
    _wanting(view, chosen, ["disclosure"], "Look up secrets")
    frames = {name: frame for name in chosen if (frame := view.detail(name, "disclosure", "secrets")) is not None}
    if frames:
        _row(view, "secrets", "secrets", "disclosure", frames, secrets)
    _other_columns(view, chosen)


def _other_columns(view: View, chosen: Sequence[str]) -> None:
    """Let the visitor say what the attacker knows and what is secret, and ask again."""
    names = [column.name for column in view.schema.modelled if "," not in column.name]
    before = view.detail(chosen[0], "disclosure", "known")
    left, right = st.columns(2)
    known = left.multiselect(
        "What the attacker knows", names, default=[] if before is None else [name for name in before["column"] if name in names],
        key="disclosure_known", placeholder="The columns that tell most rows apart",
    )  # fmt: skip
    marked = [column.name for column in view.schema.with_role(Role.SENSITIVE) if column.name in names]
    secret = right.multiselect(
        "What is secret", names, default=marked, key="disclosure_secret", placeholder="The target",
        help="Columns marked sensitive on the page Table, unless you choose others.",
    )  # fmt: skip
    settings = {"disclosure": {"known": ",".join(known), "secret": ",".join(secret)}}
    further_measures.offer(
        view, chosen, ["disclosure"], "Ask with these columns", settings=settings, why="Some seconds; the scale is made anew too."
    )


def _wanting(view: View, chosen: Sequence[str], measures: Sequence[str], label: str) -> None:
    further_measures.offer(view, chosen, measures, label, why="Some seconds for each candidate and control.")


def _controls(view: View) -> None:
    """Say what the same measures give to candidates whose truth is known."""
    rows = view.scores[view.scores["candidate"].isin(list(CONTROLS)) & view.scores["measure"].isin(MEASURES)]
    if rows.empty:
        return
    wide = rows.pivot_table(index="candidate", columns="measure", values="value", sort=False, observed=True)
    wide = wide.reindex(
        index=[name for name in CONTROLS if name in wide.index], columns=[name for name in MEASURES if name in wide.columns]
    )
    wide = wide.round(6) + 0.0  # no minus before a zero
    wide.insert(0, "control", [CONTROLS[name] for name in wide.index])
    from synth_ui.evaluation.cards import known_measures

    st.caption(
        "The same measures on candidates whose truth is known: a measure that does not see the planted leaks says nothing about the others."
    )
    config: dict[str, Any] = {"control": st.column_config.TextColumn("Control", pinned=True)}
    for name in wide.columns[1:]:
        config[name] = st.column_config.NumberColumn(known_measures()[name].title, format="%.3f")
    st.dataframe(wide, hide_index=True, column_config=config, alt="Privacy measures of the four controls")


def _pictures() -> list[tuple[str, str, str, Callable[[pd.DataFrame], Chart]]]:
    from synth_ui.plots.scores.privacy import copies, distances, membership_roc, thresholds

    return [
        ("Copies", "copies", "kinds", copies),
        ("Distance to the nearest real row", "dcr_share", "distances", distances),
        ("Nearest over second nearest", "dcr_share", "ratios", lambda frame: distances(frame, "ratio")),
        ("Membership attacks", "membership", "roc", membership_roc),
        ("Strongest evidence of leakage", "leakage_index", "thresholds", thresholds),
    ]


def _row(
    view: View, title: str, name: str, measure: str, frames: dict[str, pd.DataFrame], draw: Callable[[pd.DataFrame], Chart]
) -> None:
    """Draw a picture per candidate, each under the sentence of its measure: the chart and the card say the same."""
    side_by_side(view, title, frames, lambda candidate, frame: _said(view, candidate, measure, draw, frame), key=name)


def _said(view: View, candidate: str, measure: str, draw: Callable[[pd.DataFrame], Chart], frame: pd.DataFrame) -> Chart:
    return draw(frame).saying(view.outcome.sentence(candidate, measure))
