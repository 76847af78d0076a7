"""Will my answer change? The visitor's group-by or regression, on unseen real rows and on every copy of a candidate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from synth_ui.core.errors import DoesNotApply
from synth_ui.core.table import Kind
from synth_ui.ui import access, links
from synth_ui.ui.components import chart, one_of
from synth_ui.ui.decide import further_measures
from synth_ui.ui.decide.race_view import View
from synth_ui.ui.md import md
from synth_ui.ui.state import widget

if TYPE_CHECKING:
    import pandas as pd

    from synth_ui.core.table import Column
    from synth_ui.measures.utility.question import Question

QUICK_CELLS = 3_000_000
"""Values a question may read in the web process, about a second's work; beyond it is a job."""

KINDS = {"group": "Group-by", "regression": "Regression"}


def show(view: View, chosen: Sequence[str]) -> None:
    """Draw the question's widgets, and the answer side by side."""
    st.markdown(
        "Put your own question to the unseen real rows and to the synthetic ones. The answer stays where the intervals overlap."
    )
    name = chosen[0]
    if len(chosen) > 1:
        name = str(one_of("Candidate", {name: view.title(name) for name in chosen}, "answer_candidate", bind=True))
    asked = _question(list(view.schema.modelled))
    if asked is None:
        return
    copies = _copies(view, name)
    if _cells(view, asked, len(copies)) > QUICK_CELLS:
        _in_a_job(view, copies, asked)
        return
    try:
        frame = view.once(("answer", asked, *copies), lambda: _asked(view, asked, copies))
    except DoesNotApply as reason:
        st.caption(f"This question has no answer here: {md(str(reason), 300)}.")
        return
    _answer(view, frame, asked, copies)


def _question(columns: list[Column]) -> Question | None:
    kind = one_of("Question", KINDS, "answer_kind", bind=True)
    return _regression(columns) if kind == "regression" else _group_by(columns)


def _group_by(columns: list[Column]) -> Question | None:
    from synth_ui.measures.utility.question import AGGREGATES, Question

    names = [column.name for column in columns]
    first = next((column.name for column in columns if column.kind.discrete), names[0])
    left, middle, right = st.columns([3, 2, 2], vertical_alignment="bottom")
    by = left.multiselect(
        "Group by", names, [first], max_selections=3, persist_state="session", **links.choice("answer_by", names, [first])
    )
    aggregate = middle.selectbox(
        "Tell",
        list(AGGREGATES),
        format_func=AGGREGATES.__getitem__,
        persist_state="session",
        **links.choice("answer_aggregate", AGGREGATES, next(iter(AGGREGATES))),
    )
    value, level = "", ""
    wanted = [column for column in columns if _fits(column, str(aggregate)) and column.name not in by]
    if aggregate != "count":
        if not wanted:
            st.caption("No column is left of which this could be told.")
            return None
        column = right.selectbox(
            "Of", wanted, format_func=lambda column: column.name,
            **links.choice(widget("answer_value", aggregate), [column.name for column in wanted]),
        )  # fmt: skip
        value = column.name
        if aggregate == "share":
            level = _level(column, "answer_level")
    if not by:
        st.caption("Choose a column to group by.")
        return None
    return Question("group", tuple(by), str(aggregate), value, level)


def _fits(column: Column, aggregate: str) -> bool:
    return column.kind.discrete if aggregate == "share" else column.kind in (Kind.NUMBER, Kind.INTEGER)


def _level(column: Column, key: str) -> str:
    levels = ["True", "False"] if column.kind is Kind.BOOLEAN else list(column.levels)
    made = links.choice(widget(key, column.name), levels, levels[-1])
    return str(st.selectbox("Level", levels, index=len(levels) - 1, help="Its share is told.", **made))


def _regression(columns: list[Column]) -> Question | None:
    from synth_ui.measures.utility.question import Question

    explainable = [column for column in columns if column.kind is not Kind.DATETIME]
    if len(explainable) < 2:
        st.caption("A regression takes two columns of numbers or levels.")
        return None
    start = next((place for place, column in enumerate(explainable) if column.role.value == "target"), 0)
    left, right = st.columns([2, 4], vertical_alignment="bottom")
    outcome = left.selectbox(
        "Explain", explainable, index=start, format_func=lambda column: column.name,
        **links.choice("answer_outcome", [column.name for column in explainable]),
    )  # fmt: skip
    level = _level(outcome, "answer_outcome_level") if outcome.kind.discrete else ""
    others = [column.name for column in columns if column.name != outcome.name]
    predictors = right.multiselect(
        "By", others, others[:2], max_selections=8, **links.choice(widget("answer_predictors", outcome.name), others, others[:2])
    )
    if not predictors:
        st.caption("Choose a column that explains it.")
        return None
    return Question("regression", level=level, outcome=outcome.name, predictors=tuple(predictors))


def _copies(view: View, name: str) -> list[str]:
    """Return the candidate with the other seeds of the same recipe, all of which have rows."""
    from synth_ui.comparison.names import roster

    listed = roster(view.scores["candidate"].astype(str), view.candidates).set_index("candidate")["group"]
    group = listed.get(name)
    members = [other for other in listed.index[listed == group] if other in view.run_ids]
    return members or [name]


def _cells(view: View, asked: Question, copies: int) -> int:
    """Return how many values the question reads, a regression's twenty times: it also takes products of columns."""
    width = len(asked.by) + 1 if asked.kind == "group" else 5 * (len(asked.predictors) + 1)
    return int(view.split_row["holdout_rows"]) * width * (copies + 1)


def _asked(view: View, asked: Question, copies: Sequence[str]) -> pd.DataFrame:
    """Put the question to the holdout and to every copy, and pool the copies."""
    from synth_ui.measures.utility.question import compared, pooled, prepare

    split = view.split
    ready = prepare(asked, split.schema, split.holdout.frame)
    real = ready.estimates(split.holdout.frame)
    estimates = [ready.estimates(access.synthetic(view.run_ids[name])) for name in copies]
    frame = compared(real, pooled(estimates))
    if len(copies) > 1:
        for number, one in enumerate(estimates, 1):
            frame[f"copy {number}"] = one["estimate"]
    return frame[frame["real"].notna()].reset_index(drop=True)


def _answer(view: View, frame: pd.DataFrame, asked: Question, copies: Sequence[str]) -> None:
    from synth_ui.plots.scores.worth import answers

    names = [view.title(name) for name in copies]
    drawn = view.picture(("answers", asked, *copies), lambda: answers(frame, names, _unit(asked)))
    several = f" The interval of the synthetic rows holds the differences between its {len(copies)} copies; small marks are single copies."
    note = " One synthetic copy looks surer than it is: race more seeds to see how far the copies differ."
    chart(
        drawn, "answers", who=view.group_title(copies[0]), note=f"{md(asked.words(), 300)}{several if len(copies) > 1 else note}"
    )
    _table(frame)


def _unit(asked: Question) -> str:
    if asked.kind == "regression":
        return "change in the log odds" if asked.level else f"change in {asked.outcome}"
    return {"count": "share of rows", "share": f"share with {asked.value} {asked.level}"}.get(
        asked.aggregate, f"{asked.aggregate} of {asked.value}"
    )


def _table(frame: pd.DataFrame) -> None:
    columns = [
        "term",
        "real",
        "real_rows",
        "synthetic",
        "synthetic_rows",
        "overlap",
        "sign_changed",
        "rank_real",
        "rank_synthetic",
    ]
    config: dict[str, Any] = {
        "term": st.column_config.TextColumn("Estimate", pinned=True),
        "real": st.column_config.NumberColumn("Real", format="%.4g"),
        "real_rows": st.column_config.NumberColumn("Real rows"),
        "synthetic": st.column_config.NumberColumn("Synthetic", format="%.4g"),
        "synthetic_rows": st.column_config.NumberColumn("Synthetic rows"),
        "overlap": st.column_config.NumberColumn("Intervals overlap", format="percent"),
        "sign_changed": st.column_config.CheckboxColumn("Sign changes"),
        "rank_real": st.column_config.NumberColumn("Rank, real"),
        "rank_synthetic": st.column_config.NumberColumn("Rank, synthetic"),
    }
    st.dataframe(
        frame[columns],
        hide_index=True,
        column_config=config,
        alt="Each estimate on real and on synthetic rows, with overlap and ranks",
    )


def _in_a_job(view: View, copies: Sequence[str], asked: Question) -> None:
    """Offer to put the question to a large table in the background, and show what came back last."""
    further_measures.offer(
        view, copies, ("answer",), "Ask this question",
        why="The table is large: the question is put to it in the background.", settings={"answer": asked.settings()},
    )  # fmt: skip
    for name in copies:
        frame = view.detail(name, "answer", "estimates")
        if frame is not None and len(frame) and frame["question"].iloc[0] == asked.words():
            _answer(view, frame, asked, [name])
