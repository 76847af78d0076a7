"""Designing a table whose relationships are known: correlations, a target by formula, noise, and what noise does to learners."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import streamlit as st

from synth_ui.core.errors import SettingError, SynthError
from synth_ui.ui.components import chart, one_of
from synth_ui.ui.design import columns, designed
from synth_ui.ui.md import md
from synth_ui.ui.state import state, widget

if TYPE_CHECKING:
    import pandas as pd

    from synth_ui.generators.from_nothing.blueprint import Blueprint

EDITOR = "designed"
PREVIEW = 400

NOISES = {
    "label_noise": "share of exchanged labels",
    "noise": "share of the target no column explains",
    "measurement_noise": "share of noise in the numbers",
}


def show() -> None:
    """Draw the columns, their correlations, the target, the first rows and what noise does."""
    from synth_ui.generators.from_nothing.blueprint import Blueprint
    from synth_ui.generators.from_nothing.designed import EXAMPLE

    st.markdown("Ground truth for testing learners and measures: what is in the table is known, because you put it there.")
    blueprint = columns.editor(EDITOR, Blueprint.from_json(EXAMPLE), columns.DESIGNED)
    settings = None
    if blueprint is not None:
        left, right = st.columns([1, 1], gap="medium")
        with left:
            pairs = _correlations(blueprint)
        with right:
            settings = {"columns": blueprint.to_json(), "correlations": json.dumps(pairs), "impossible": "nearest", **_target()}
        settings = _preview(settings)
    if settings is not None:
        _curve(settings)
    designed.make("designed", settings, "Rows", 2_000, 5_000_000)
    designed.outcomes("designed")


# --- correlations -------------------------------------------------------------------------------------------------


def _correlations(blueprint: Blueprint) -> list[list[Any]]:
    """Draw the matrix of rank correlations and say whether it is possible; return the pairs that are not 0."""
    import pandas as pd

    from synth_ui.generators.from_nothing.correlations import nearest, possible

    names = [column.name for column in blueprint]
    matrix = _matrix(names)
    st.header("Correlations", anchor=False)
    key = widget("matrix", state.matrix_version, *names)
    st.data_editor(
        pd.DataFrame(matrix, index=pd.Index(names, name="column"), columns=names), key=key, on_change=_edited, args=(key, names),
        alt="Rank correlations of the columns; a change counts for both halves", num_rows="fixed",
        column_config={name: st.column_config.NumberColumn(name, min_value=-1.0, max_value=1.0, step=0.05, format="%.2f") for name in names},
    )  # fmt: skip
    st.caption("Rank correlations, from −1 to 1: how far the order of one column follows that of another. The diagonal stays 1.")
    if not possible(matrix):
        near = nearest(matrix)
        st.warning(
            "These correlations cannot hold all at once. Rows are made with the nearest that can.", icon=":material/warning:"
        )
        st.button("Put the nearest possible into the table", key="matrix_nearest", on_click=_take, args=(names, near.tolist()))
    return [[a, b, float(matrix[i, j])] for i, a in enumerate(names) for j, b in enumerate(names) if i < j and matrix[i, j]]


def _matrix(names: list[str]) -> Any:
    from synth_ui.generators.from_nothing.designed import EXAMPLE_CORRELATIONS, read_correlations

    if state.correlations is None:
        state.correlations = tuple(tuple(pair) for pair in json.loads(EXAMPLE_CORRELATIONS))
    kept = [list(pair) for pair in state.correlations if pair[0] in names and pair[1] in names]
    return read_correlations(json.dumps(kept), names)


def _edited(key: str, names: list[str]) -> None:
    """Take over the changed cells, on both sides of the diagonal."""
    matrix = _matrix(names)
    for row, cells in st.session_state[key]["edited_rows"].items():
        for name, value in cells.items():
            place = names.index(name)
            if int(row) != place and value is not None:
                matrix[int(row), place] = matrix[place, int(row)] = min(max(float(value), -1.0), 1.0)
    _take(names, matrix.tolist())


def _take(names: list[str], matrix: list[list[float]]) -> None:
    found = [(a, b, round(matrix[i][j], 12)) for i, a in enumerate(names) for j, b in enumerate(names) if i < j and matrix[i][j]]
    others = [pair for pair in state.correlations or () if pair[0] not in names or pair[1] not in names]
    state.correlations = (*others, *found)
    state.matrix_version += 1


# --- the target ---------------------------------------------------------------------------------------------------


def _target() -> dict[str, Any]:
    from synth_ui.generators.from_nothing.designed import EXAMPLE_FORMULA

    st.header("Target", anchor=False)
    kind = (
        one_of("What is predicted", {"classes": "Classes", "number": "A number", "none": "Nothing"}, "target_kind") or "classes"
    )
    out: dict[str, Any] = {"target": kind}
    if kind != "none":
        out["formula"] = st.text_input(
            "Formula", value=EXAMPLE_FORMULA, key="target_formula", persist_state="session",
            help="Columns, + - * / **, comparisons, and abs, sqrt, exp, log, sin, cos, tanh, min, max. Names with spaces in `backticks`.",
        )  # fmt: skip
        out["noise"] = _share("Share of the target no column explains", "target_noise", 0.2, 0.99)
    if kind == "classes":
        out["balance"] = st.text_input(
            "Balance of the classes", value="0.7, 0.3", key="target_balance", persist_state="session",
            help="The share of each class, the one of the lowest formula values first.",
        )  # fmt: skip
        out["label_noise"] = _share("Share of exchanged labels", "target_labels", 0.0, 0.9)
    out["measurement_noise"] = _share("Share of noise in the numbers", "target_measured", 0.0, 0.95)
    return out


def _share(label: str, key: str, start: float, most: float) -> float:
    return float(st.number_input(label, 0.0, most, value=start, step=0.05, key=key, format="%.2f", persist_state="session"))


def _preview(settings: dict[str, Any]) -> dict[str, Any] | None:
    """Draw the first rows; return the settings, or None where they cannot be met (and say why)."""
    from synth_ui.core.context import Context
    from synth_ui.generators.from_nothing.designed import Designed

    try:
        world = Designed.from_settings(settings).world(PREVIEW, Context())
    except SynthError as error:
        st.error(md(error, 500), title="This table cannot be made yet")
        return None
    designed.rows_of(world.main.frame.head(8), "Some rows of the designed table")
    return settings


# --- what noise does ----------------------------------------------------------------------------------------------


def _curve(settings: dict[str, Any]) -> None:
    if settings["target"] == "none":
        return
    with st.expander("What noise does to learners", key="noise_open", on_change="rerun") as panel:
        if not panel.open:
            return
        usable = {name: words for name, words in NOISES.items() if name != "label_noise" or settings["target"] == "classes"}
        varied = one_of(
            "What grows", {name: words.capitalize() for name, words in usable.items()}, widget("noise_kind", settings["target"])
        )
        from synth_ui.plots.learning.simulated import noise_scores

        try:
            scores = _scores(json.dumps(settings, sort_keys=True), str(varied))
        except SettingError as error:
            st.error(md(error, 400))
            return
        chart(noise_scores(scores, usable[str(varied)], settings["target"] == "number"), "noise_curve")
        st.caption(
            "Asks: how much can a learner find as the noise grows, everything else as set? Three learners are trained on 300 rows and scored "
            "on 300 others; the dotted line is the formula without noise, the best anybody could do on average."
        )


@st.cache_data(show_spinner="Training learners", max_entries=32)
def _scores(settings: str, varied: str) -> pd.DataFrame:
    from synth_ui.core.context import Context
    from synth_ui.evaluation.noise_curve import ROWS, noise_curve
    from synth_ui.generators.from_nothing.designed import Designed

    def made(level: float) -> Any:
        return Designed.from_settings({**json.loads(settings), varied: level}).pair(ROWS, Context())

    return noise_curve(made, Context())
