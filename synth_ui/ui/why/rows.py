"""Real and synthetic rows side by side, and on request the real row nearest to each synthetic one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from synth_ui.ui import access, links
from synth_ui.ui.components import in_place
from synth_ui.ui.decide.race_view import View
from synth_ui.ui.md import count, md
from synth_ui.ui.state import widget

if TYPE_CHECKING:
    from synth_ui.evaluation.nearest_rows import NearestRows

ROWS = 8
"""So many rows of each table are shown at once."""

MOST_TURNS = 9_999
"""So often other rows can be asked for before the first come again."""


def show(view: View, chosen: Sequence[str]) -> None:
    """Draw a few real rows and a few rows of each candidate, drawn by chance; other ones by a click."""
    turn = int(links.asked("rows", partial(links.whole, most=MOST_TURNS)) or 0)
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Other rows", key="other_rows", icon=":material/casino:"):
            turn = turn % MOST_TURNS + 1
            links.ask("rows", str(turn))
        beside = st.toggle(
            "Show the nearest real row under each synthetic row", key="nearest_rows",
            help="Searched among all real rows, training rows and unseen ones, by the distance that the privacy measures use.",
        )  # fmt: skip
    if beside:
        _with_nearest(view, chosen, turn)
    else:
        _side_by_side(view, chosen, turn)


def _drawn(rows: pd.DataFrame, what: str, turn: int) -> pd.DataFrame:
    """Return a few rows by chance, the same ones until others are asked for."""
    seed = [turn, *what.encode()]
    places = np.random.default_rng(seed).choice(len(rows), min(ROWS, len(rows)), replace=False)
    return rows.iloc[np.sort(places)].reset_index(drop=True)


def _side_by_side(view: View, chosen: Sequence[str], turn: int) -> None:
    from synth_ui.evaluation.nearest_rows import masked

    st.caption(
        "Drawn by chance; rows beside each other have nothing to do with each other. Keys, personal values and free text of real rows are hidden."
    )
    with st.grid(2, min_column_width=420) as grid:
        with grid.cell():
            st.markdown("**Real rows** no generator saw")
            with in_place():
                real = masked(_drawn(view.split.holdout.frame, "real", turn), view.schema)
                _table(real, "real", "Real rows that no generator saw")
        for name in chosen:
            with grid.cell():
                st.markdown(f"**{md(view.title(name))}**")
                with in_place():
                    _table(
                        _drawn(access.synthetic(view.run_ids[name]), name, turn), name, f"Synthetic rows of {view.title(name)}"
                    )


def _table(rows: pd.DataFrame, key: str, alt: str, **config: Any) -> None:
    st.dataframe(rows, hide_index=True, key=widget("rows", key), height="content", alt=alt, column_config=config or None)


def _with_nearest(view: View, chosen: Sequence[str], turn: int) -> None:
    """Draw each synthetic row over the real row nearest to it."""
    from synth_ui.evaluation.nearest_rows import MOST_CELLS, masked

    size = view.split_row
    if (int(size["train_rows"]) + int(size["holdout_rows"])) * len(view.schema.columns) > MOST_CELLS:
        st.caption(
            "The table is too large to search it while you wait. Exposed rows, on the privacy page, are searched in the background."
        )
        return
    st.warning(
        "These are rows of real people or things, picked because a synthetic row lies near them: do not show or pass them on. "
        "A near row alone is no leak, for common rows lie near each other; whether training rows are nearer than chance explains is measured "
        "on the privacy page.",
        icon=":material/privacy_tip:",
    )
    for name in view.with_rows(chosen):
        rows = _drawn(access.synthetic(view.run_ids[name]), name, turn)
        found: NearestRows = view.once(("nearest", name, turn), partial(_nearest, view, rows))
        st.markdown(f"**{md(view.title(name))}.** {_said(found, len(view.schema.modelled), view)}")
        _table(_pairs(rows, masked(found.rows, view.schema), found), name, f"Synthetic rows of {view.title(name)}, each over its nearest real row",
               which=st.column_config.TextColumn("Row", pinned=True))  # fmt: skip


def _nearest(view: View, rows: pd.DataFrame) -> NearestRows:
    from synth_ui.core.context import Context
    from synth_ui.evaluation.nearest_rows import nearest_rows
    from synth_ui.measures.case import Shared

    return nearest_rows(rows, view.once(("real points",), lambda: Shared(view.split)), Context(0))


def _said(found: NearestRows, columns: int, view: View) -> str:
    """Say how near these rows are, and from which half."""
    rows, trained, same = len(found.rows), int(found.trained.sum()), int((found.differing == 0).sum())
    train, held = int(view.split_row["train_rows"]), int(view.split_row["holdout_rows"])
    said = (
        f"The nearest real row differs in {np.median(found.differing):.0f} of {columns} columns (median); for {trained} of {rows} it is a "
        f"training row, chance alone gives about {rows * train / (train + held):.0f}."
    )
    return said + (f" {count(same, 'row is', 'rows are')} the same in every column." if same else "")


def _pairs(rows: pd.DataFrame, real: pd.DataFrame, found: NearestRows) -> pd.DataFrame:
    """Return both frames row by row, each synthetic row followed by its nearest real row, as texts."""
    where = ["training row" if trained else "unseen row" for trained in found.trained]
    labels = [
        [f"{number} synthetic" for number in range(1, len(rows) + 1)],
        [f"nearest {half}, {differ} differ" for half, differ in zip(where, found.differing, strict=True)],
    ]
    parts = [
        frame.astype(object).map(_cell).assign(which=label, place=np.arange(len(rows)), side=side)
        for side, (frame, label) in enumerate(zip((rows, real[list(rows.columns)]), labels, strict=True))
    ]
    together = pd.concat(parts).sort_values(["place", "side"]).drop(columns=["place", "side"])
    return together[["which", *rows.columns]].reset_index(drop=True)


def _cell(value: Any) -> str:
    if value is None or value is pd.NaT or value != value:
        return ""
    return f"{value:g}" if isinstance(value, float) and abs(value) < 1e6 else str(value)
