"""Usefulness: what synthetic rows are worth beside real ones, for models, for counts and for the visitor's own question."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from synth_ui.core.score import Status
from synth_ui.ui.components import chart, download_frame, folded, one_of, one_tab_at_a_time
from synth_ui.ui.decide import further_measures, score_cards
from synth_ui.ui.decide.race_view import View
from synth_ui.ui.md import md
from synth_ui.ui.state import widget
from synth_ui.ui.why import question
from synth_ui.ui.why.side_by_side import side_by_side

if TYPE_CHECKING:
    import pandas as pd

    from synth_ui.plots.chart import Chart

Draw = Callable[["pd.DataFrame"], "Chart"]

MEASURES = ("tstr", "worth", "all_targets", "importance", "queries", "augment", "answer")

PURPOSES = {"models": "For training a model", "pairs": "For two-way tables"}


def show(view: View, chosen: Sequence[str]) -> None:
    """Draw the answers in words, then one picture at a time."""
    if not chosen:
        st.caption("Choose a candidate to see what it is good for.")
        return
    _first_sight(view, chosen)
    further_measures.offer(
        view,
        chosen,
        "standard",
        "Ask all standard measures",
        why="A quick race asks few of them. Adds worth in real rows, every column as a target, which columns matter and counts; "
        "usually under half a minute for each candidate and control.",
    )
    if _without_target(view, chosen):
        st.caption(
            "Name a target on the page Table and start a new race to see models of it: without one there is nothing to predict."
        )
    parts: dict[str, Callable[[], None]] = {
        "Models": partial(_models, view, chosen),
        "Worth in real rows": partial(_worth, view, chosen),
        "Every column": partial(_each, view, chosen, "all_targets", "targets"),
        "Which columns matter": partial(_each, view, chosen, "importance", "importance"),
        "Counts": partial(_counts, view, chosen),
        "Added to the real rows": partial(_added, view, chosen),
        "Will my answer change?": partial(question.show, view, chosen),
    }
    one_tab_at_a_time(parts, "usefulness_tab")
    folded(score_cards.TITLE, partial(score_cards.scores, view, chosen, measures=MEASURES), "usefulness_measures")


def _first_sight(view: View, chosen: Sequence[str]) -> None:
    """Draw the models' ROC curves in one picture, and say beside it what each candidate's rows are worth."""
    from synth_ui.plots.scores.utility import predicted_against_true, roc_together

    curves, scatters = _frames(view, chosen, "tstr", "roc"), _frames(view, chosen, "tstr", "scatter")
    curves = {name: frame for name, frame in curves.items() if len(frame)}
    if not curves:
        if scatters:
            _row(view, "first sight", scatters, predicted_against_true)
        _in_words(view, chosen)
        return
    ranked = any((frame["purpose"] == "models").any() for frame in _frames(view, chosen, "worth", "worth").values())
    if ranked:
        _in_words(view, chosen)
    numbers = {view.title(name): view.number(name) for name in curves}
    with st.grid(2, min_column_width=360) as grid:
        with grid.cell():
            frames = {view.title(name): frame for name, frame in curves.items()}
            chart(view.picture(("roc", *curves), lambda: roc_together(frames, numbers)), "roc-together")
        with grid.cell():
            if ranked:
                chart(_ladder(view, chosen, "models"), "worth-together")
            else:
                _in_words(view, chosen)


def _in_words(view: View, chosen: Sequence[str]) -> None:
    """Say of each candidate in one sentence what share of the skill it keeps and how many real rows are worth as much."""
    from synth_ui.measures.utility.worth import skill_and_worth

    lines = []
    for name in chosen:
        kept, worth = view.score(name, "tstr"), view.detail(name, "worth", "worth")
        places = worth[worth["purpose"] == "models"] if worth is not None else None
        ladder = view.detail(name, "worth", "ladder")
        if kept is None or kept["value"] != kept["value"] or places is None or places.empty or ladder is None:
            said = view.outcome.sentence(name, "tstr")
        else:
            said = skill_and_worth(float(kept["value"]), float(places["rows"].iloc[0]), float(places["of"].iloc[0]), ladder)
            said += f" {doubts}" if (doubts := view.outcome.doubts.get((name, "tstr"))) else ""
        lines.append(f"**{md(view.title(name))}.** {md(said, 400)}")
    st.markdown("\n\n".join(lines))
    st.caption(
        "Skill is what a model has beyond guessing: for classes 2 × AUC − 1, for numbers R². All models are tested on the same unseen real rows."
    )


def _without_target(view: View, chosen: Sequence[str]) -> bool:
    rows = [row for name in chosen if (row := view.score(name, "tstr")) is not None]
    return bool(rows) and all(row["status"] == Status.DOES_NOT_APPLY for row in rows)


def _frames(view: View, chosen: Sequence[str], measure: str, name: str) -> dict[str, pd.DataFrame]:
    found = {candidate: view.detail(candidate, measure, name) for candidate in chosen}
    return {candidate: frame for candidate, frame in found.items() if frame is not None}


def _nothing(view: View, chosen: Sequence[str], measure: str) -> None:
    """Say why there is no picture."""
    rows = [row for name in chosen if (row := view.score(name, measure)) is not None]
    if not rows:
        st.caption("Not measured in this race yet: ask all standard measures, above.")
    for row in rows:
        if row["reason"]:
            st.caption(f"{md(view.title(row['candidate']))}: {md(row['reason'], 300)}.")


def _row(view: View, title: str, frames: Mapping[str, pd.DataFrame], draw: Draw) -> None:
    side_by_side(view, title, frames, lambda _, frame: draw(frame))


def _worth(view: View, chosen: Sequence[str]) -> None:
    """Draw the ladder of real rows with the candidates on it."""
    if not _frames(view, chosen, "worth", "worth"):
        _nothing(view, chosen, "worth")
        return
    purpose = str(one_of("What for?", PURPOSES, "worth_purpose", bind=True))
    chart(
        _ladder(view, chosen, purpose),
        widget("worth", purpose),
        note="The green line is what models or tables give that are made from fewer real training rows. A candidate stands where the line "
        "reaches its score; its bar is the 95% interval.",
    )


def _ladder(view: View, chosen: Sequence[str], purpose: str) -> Chart:
    import pandas as pd

    from synth_ui.plots.scores.worth import ladder

    places, ladders = _frames(view, chosen, "worth", "worth"), _frames(view, chosen, "worth", "ladder")

    def draw() -> Chart:
        marks = [frame.assign(candidate=view.title(name), number=view.number(name)) for name, frame in places.items()]
        return ladder(next(iter(ladders.values())), pd.concat(marks, ignore_index=True), purpose)

    return view.picture(("worth", purpose, *chosen), draw)


def _models(view: View, chosen: Sequence[str]) -> None:
    """Draw one sort of curve per candidate, or all numbers."""
    curves = {title: frames for title, name, _ in _curves() if (frames := _frames(view, chosen, "tstr", name))}
    if not curves:
        _nothing(view, chosen, "tstr")
        return
    picked = one_of("Show", {title: title for title in [*curves, "All numbers"]}, "usefulness_curve", bind=True)
    for title, _, draw in _curves():
        if title == picked:
            _row(view, title, curves[title], draw)
    if picked == "All numbers":
        _numbers(view, chosen)


def _curves() -> list[tuple[str, str, Draw]]:
    from synth_ui.plots.scores.utility import calibration, per_class, predicted_against_true, roc

    return [
        ("Class by class", "classes", per_class),
        ("Calibration", "calibration", calibration),
        ("Predicted against true", "scatter", predicted_against_true),
        ("ROC curves, one by one", "roc", roc),
    ]


def _each(view: View, chosen: Sequence[str], measure: str, name: str) -> None:
    from synth_ui.plots.scores import worth

    frames = _frames(view, chosen, measure, name)
    if frames:
        _row(view, measure, frames, worth.all_targets if measure == "all_targets" else worth.importances)
    else:
        _nothing(view, chosen, measure)


def _counts(view: View, chosen: Sequence[str]) -> None:
    """Draw how far counts are off, and list the filters that are worst."""
    from synth_ui.plots.scores.worth import query_errors

    frames = _frames(view, chosen, "queries", "errors")
    if not frames:
        _nothing(view, chosen, "queries")
        return
    _row(view, "queries", frames, query_errors)
    for name, frame in _frames(view, chosen, "queries", "queries").items():
        st.markdown(f"**Filters that are furthest off, {md(view.title(name))}**")
        shown = frame.head(10)[["query", "real_share", "synthetic_share", "error"]]
        config = {
            "query": st.column_config.TextColumn("Rows where", width="large"),
            "real_share": st.column_config.NumberColumn("Real", format="percent"),
            "synthetic_share": st.column_config.NumberColumn("Synthetic", format="percent"),
            "error": st.column_config.NumberColumn("Off by", format="percent"),
        }
        st.dataframe(
            shown,
            hide_index=True,
            column_config=config,
            alt=f"The ten filters whose counts are furthest off for {view.title(name)}",
        )
        download_frame(frame, widget("filters", name))


def _added(view: View, chosen: Sequence[str]) -> None:
    """Draw what adding the rows to the real ones gives, where it was asked."""
    from synth_ui.plots.scores.worth import recipes

    if _without_target(view, chosen):
        st.caption("There is nothing to predict without a target.")
        return
    further_measures.offer(
        view,
        chosen,
        ("augment",),
        "Measure what adding them gives",
        why="Trains models on real and synthetic rows together, also to fill up rare classes; a few trainings for each candidate and control.",
    )
    frames = _frames(view, chosen, "augment", "recipes")
    if frames:
        _row(view, "augment", frames, recipes)
        st.caption("The grey dot is what weighting the real rows by class gives, without any synthetic row.")


def _numbers(view: View, chosen: Sequence[str]) -> None:
    import pandas as pd

    found = [frame.assign(candidate=view.title(name)) for name, frame in _frames(view, chosen, "tstr", "models").items()]
    if not found:
        return
    together = pd.concat(found, ignore_index=True)
    wide = together.pivot_table(index=["candidate", "model", "metric"], columns="trained_on", values="value", observed=True)
    wide = wide.reset_index().rename(columns={"real": "trained on real", "synthetic": "trained on synthetic"})
    wide.columns.name = None
    config = {name: st.column_config.NumberColumn(format="%.3f") for name in wide.select_dtypes("number").columns}
    st.dataframe(wide, hide_index=True, column_config=config, alt="Metrics of each model, trained on real and on synthetic rows")
    download_frame(wide, "models")
