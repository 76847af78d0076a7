"""Rules the real rows keep, and who breaks them; and what gives a candidate away, with the setting that mends it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from synth_ui.ui import links
from synth_ui.ui.components import download_frame, one_of, one_tab_at_a_time
from synth_ui.ui.decide import further_measures, score_cards
from synth_ui.ui.decide.race_view import View
from synth_ui.ui.md import count, md, told_apart
from synth_ui.ui.race import remedies
from synth_ui.ui.state import widget
from synth_ui.ui.why import coverage

MEASURES = ("rules", "telltale")
PARTS = ("gap_parts",)


def show(view: View, chosen: Sequence[str]) -> None:
    """Draw the answers in words, then the rules and the tell-tale signs."""
    if not chosen:
        st.caption("Choose a candidate to see which rules it breaks and what gives it away.")
        return
    why = "A quick race does not. Usually a few seconds for each candidate and control."
    further_measures.offer(view, chosen, MEASURES, "Look for broken rules and tell-tale signs", why=why)
    score_cards.scores(view, chosen, measures=MEASURES)
    one_tab_at_a_time({"Rules": partial(_rules, view, chosen), "Tell-tale signs": partial(_signs, view, chosen)}, "rules_tab")


# --- rules ----------------------------------------------------------------------------------------------------------


def _rules(view: View, chosen: Sequence[str]) -> None:
    from synth_ui.plots.columns_and_pairs import shares

    coverage.wall(view, chosen, [("rules", "rules", shares.rules)])
    have = {name: view.title(name) for name in chosen if view.detail(name, "rules", "rules") is not None}
    if not have:
        return
    st.header("One rule", anchor=False)
    name = one_of("Candidate", have, "rule_candidate", bind=True) if len(have) > 1 else next(iter(have))
    name = name if name in have else next(iter(have))
    listed = view.detail(name, "rules", "rules")
    if listed is not None:
        _one_rule(view, name, listed)
        _all_rules(name, listed)


def _one_rule(view: View, name: str, listed: pd.DataFrame) -> None:
    """Draw the choice of a rule, what it says, synthetic rows that break it, and what can be done."""
    known = {int(row["rule"]): row for row in listed.to_dict("records")}
    labels = told_apart({rule: _label(row) for rule, row in known.items()})
    picked = st.selectbox(
        "Rule, most broken first", list(known), format_func=labels.__getitem__, persist_state="session",
        **links.choice(widget("rule", name), labels, next(iter(known))),
    )  # fmt: skip
    row = known[picked if picked in known else next(iter(known))]
    st.markdown(
        f"**{md(_capital(row['text']), 300)}.** {md(view.title(name))}: {_broken(row)} No training row and no unseen row breaks it"
        f"{_by_chance(row)}."
    )
    _examples(view, name, row)
    remedies.of_rules(view, name, listed, row)


def _by_chance(row: dict[str, Any]) -> str:
    """Say how many training rows would break a rule if its columns had nothing to do with each other; a rule of one column has no such number."""
    if len(json.loads(row["columns"])) < 2:
        return f"; {row['expected']:,.0f} training rows are written so"
    return f"; had its columns nothing to do with each other, about {row['expected']:,.0f} training rows would"


def _label(row: dict[str, object]) -> str:
    return f"{row['text']} ({count(int(str(row['breaches'])), 'row')})"


def _capital(text: str) -> str:
    """Begin a sentence with a capital where it does not begin with a column's name."""
    return f"E{text[1:]}" if text.startswith("each ") else text


def _broken(row: dict[str, float]) -> str:
    breaches = int(row["breaches"])
    return f"{count(breaches, 'row breaks', 'rows break')} it." if breaches else "every row keeps it."


def _examples(view: View, name: str, row: dict[str, object]) -> None:
    cells = view.detail(name, "rules", "examples")
    own = cells[cells["rule"] == row["rule"]] if cells is not None else None
    if own is None or own.empty:
        return
    order = list(dict.fromkeys(own["column"]))
    wide = own.pivot(index="row", columns="column", values="value")[order].reset_index(drop=True)
    names = json.loads(str(row["columns"]))
    st.caption("Synthetic rows that break it; the columns of the rule come first.")
    config = {column: st.column_config.TextColumn(column, pinned=column in names) for column in order}
    st.dataframe(
        wide,
        hide_index=True,
        column_config=config,
        key=widget("breaches", name),
        alt=f"Synthetic rows that break the rule {row['text']}",
    )


def _all_rules(name: str, listed: pd.DataFrame) -> None:
    every = st.expander(f"All rules found: {len(listed):,}", key=widget("all_rules", name), on_change="rerun")
    if not every.open:
        return
    config = st.column_config
    with every:
        st.dataframe(
            listed, hide_index=True, key=widget("rules_table", name), column_order=["text", "kind", "breaches", "share"],
            alt="All rules the real rows keep, most broken first",
            column_config={
                "text": config.TextColumn("Rule", width="large"), "kind": config.TextColumn("Kind"),
                "breaches": config.NumberColumn("Rows that break it", format="localized"),
                "share": config.NumberColumn("Share of rows", format="percent"),
            },
        )  # fmt: skip
        download_frame(listed, widget("rules", name))


# --- tell-tale signs ------------------------------------------------------------------------------------------------


def _signs(view: View, chosen: Sequence[str]) -> None:
    from synth_ui.plots.columns_and_pairs import shares
    from synth_ui.plots.columns_and_pairs.gap_parts import gap_parts

    why = "Single columns, pairs of columns, or only more than two together? Usually some ten seconds for each candidate and control."
    further_measures.offer(view, chosen, PARTS, "Find out where the difference lies", why=why)
    split = [name for name in chosen if view.detail(name, "gap_parts", "parts") is not None]
    if split:
        coverage.wall(view, split, [("gap_parts", "parts", gap_parts)])
    told = [name for name in chosen if (frame := view.detail(name, "telltale", "sentences")) is not None and len(frame)]
    coverage.wall(view, told, [("telltale", "sentences", shares.telltale)])
    if not any(view.detail(name, "telltale", "sentences") is not None for name in chosen):
        st.caption(coverage.why_not(view, chosen, "telltale"))
    for name in chosen:
        sentences, parts = view.detail(name, "telltale", "sentences"), view.detail(name, "gap_parts", "parts")
        if sentences is not None or parts is not None:
            with st.container(border=True, key=widget("signs", name)):
                st.markdown(f"**{md(view.title(name))}**")
                told_parts = _parts(parts)
                if sentences is not None:
                    _sentences(sentences)
                remedies.of_signs(view, name, _symptoms(told_parts, sentences))


def _parts(parts: pd.DataFrame | None) -> pd.DataFrame:
    """Say in which columns, pairs or more the difference lies; return the parts that were said, the largest first."""
    if parts is None:
        return pd.DataFrame({"symptom": []})
    told = parts[parts["text"] != ""].sort_values("value", ascending=False, kind="stable")
    if len(told):
        st.markdown("\n".join(f"- {md(text, 400)}" for text in told["text"]))
    return told


def _symptoms(parts: pd.DataFrame, sentences: pd.DataFrame | None) -> pd.DataFrame:
    """Return what is behind both, the sentences' first: they know more of a column than its name."""
    frames = [frame[["symptom"]] for frame in (sentences, parts) if frame is not None and len(frame)]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame({"symptom": []})


def _sentences(sentences: pd.DataFrame) -> None:
    if sentences.empty:
        st.caption(
            "No simple sign tells its rows from unseen real rows. A larger model may still: see detectability under Distributions."
        )
        return
    from synth_ui.measures.fidelity.telling_apart.telltale import SYMPTOMS

    lines = [f"- {md(row['text'], 400)} What differs: {md(SYMPTOMS[row['symptom']])}." for row in sentences.to_dict("records")]
    st.markdown("\n".join(lines))
