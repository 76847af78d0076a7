"""Usefulness: models trained on synthetic rows and on real ones, both tested on real rows nobody trained on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from synth_ui.core.score import Status
from synth_ui.ui import explain
from synth_ui.ui.components import chart, download_frame, one_tab_at_a_time
from synth_ui.ui.results import View
from synth_ui.ui.state import widget

if TYPE_CHECKING:
    import pandas as pd

    from synth_ui.plots.chart import Chart


def show(view: View, chosen: Sequence[str]) -> None:
    """Draw the answer in words, then one panel of curves per candidate."""
    if not chosen:
        st.caption("Choose a candidate to see how models trained on it do.")
        return
    explain.scores(view, chosen, measures=("tstr",))
    reason = _why_not(view, chosen)
    if reason:
        st.caption(reason)
        return
    parts: dict[str, Callable[[], None]] = {}
    for title, name, draw in _pictures():
        frames = {candidate: frame for candidate in chosen if (frame := view.detail(candidate, "tstr", name)) is not None}
        if frames:
            parts[title] = partial(_row, view, title, name, frames, draw)
    if parts:
        one_tab_at_a_time({**parts, "All numbers": partial(_models, view, chosen)}, "usefulness_tab")


def _why_not(view: View, chosen: Sequence[str]) -> str:
    rows = [row for name in chosen if (row := view.score(name, "tstr")) is not None]
    if not rows:
        return "Usefulness has not been measured in this race yet."
    if all(row["status"] == Status.DOES_NOT_APPLY for row in rows):
        return "Name a target on the data page and start a new race: without one there is nothing to predict."
    return ""


def _pictures() -> list[tuple[str, str, Callable[[pd.DataFrame], Chart]]]:
    from synth_ui.plots.utility import calibration, per_class, predicted_against_true, roc

    return [
        ("ROC curves", "roc", roc),
        ("Class by class", "classes", per_class),
        ("Calibration", "calibration", calibration),
        ("Predicted against true", "scatter", predicted_against_true),
    ]


def _row(view: View, title: str, name: str, frames: dict[str, pd.DataFrame], draw: Callable[[pd.DataFrame], Chart]) -> None:
    with st.grid(min(2, len(frames)), min_column_width=360) as grid:
        for candidate, frame in frames.items():
            with grid.cell():
                drawn = view.picture((title, candidate), partial(draw, frame))
                chart(drawn, widget(name, candidate), who=view.title(candidate))


def _models(view: View, chosen: Sequence[str]) -> None:
    import pandas as pd

    found = [
        frame.assign(candidate=view.title(name)) for name in chosen if (frame := view.detail(name, "tstr", "models")) is not None
    ]
    if not found:
        return
    together = pd.concat(found, ignore_index=True)
    wide = together.pivot_table(index=["candidate", "model", "metric"], columns="trained_on", values="value", observed=True)
    wide = wide.reset_index().rename(columns={"real": "trained on real", "synthetic": "trained on synthetic"})
    wide.columns.name = None
    config = {name: st.column_config.NumberColumn(format="%.3f") for name in wide.select_dtypes("number").columns}
    st.dataframe(wide, hide_index=True, column_config=config, alt="Metrics of each model, trained on real and on synthetic rows")
    download_frame(wide, "models")
