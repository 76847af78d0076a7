"""Tables made from nothing: what the three ways of designing one share, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from synth_ui.core.errors import SynthError
from synth_ui.core.run import Run, RunState
from synth_ui.ui import access
from synth_ui.ui.components import chart, fragment, go_to
from synth_ui.ui.md import count, md, plain_name
from synth_ui.ui.people import downloads, place
from synth_ui.ui.state import DESIGN_TAB, state, widget

if TYPE_CHECKING:
    import pandas as pd

    from synth_ui.core.table import Table
    from synth_ui.jobs.runs.design import DesignedTables, MadeTable

MOST_TAKEN = 1_000_000
"""A race reads no more rows of a made table than these."""

MOST_DOWNLOADED = 2_000_000
POLL_SECONDS = 1.0


def tabs(parts: Mapping[str, Callable[[], None]]) -> None:
    """Draw the ways of designing a table as tabs of which only the open one is computed."""
    for tab, part in zip(st.tabs(list(parts), key=DESIGN_TAB, on_change="rerun"), parts.values(), strict=True):
        if tab.open:
            with tab:
                part()


def make(generator: str, settings: Mapping[str, Any] | None, label: str, rows: int, most: int) -> None:
    """Draw how many rows, from which seed, and the button that makes them; without settings it is disabled."""
    with st.container(horizontal=True, vertical_alignment="bottom", key=widget("make", generator)):
        wanted = st.number_input(
            label, 1, most, value=rows, key=widget("design_rows", generator), persist_state="session", width=220
        )
        seed = st.number_input(
            "Seed", 0, 2**31 - 1, value=0, key=widget("design_seed", generator), persist_state="session", width=160,
            help="The same seed and settings make the same rows.",
        )  # fmt: skip
        st.button(
            "Make the rows", key=widget("design_make", generator), type="primary", icon=":material/play_arrow:",
            disabled=access.read_only() or settings is None, on_click=_start, args=(generator, settings, int(wanted), int(seed)),
        )  # fmt: skip


def _start(generator: str, settings: Mapping[str, Any], rows: int, seed: int) -> None:
    from synth_ui.jobs.runs.design import start_design

    try:
        start_design(access.workspace(), generator, settings, rows, seed)
    except SynthError as error:
        state.notice = str(error)


# --- what came of it ----------------------------------------------------------------------------------------------


def outcomes(*generators: str) -> None:
    """Draw what these generators made lately, newest first, and follow what is under way."""
    runs = [run for run in access.workspace().designs() if run.generator in generators][:3]
    if not runs:
        return
    active = any(not run.state.ended for run in runs)
    st.header("Made lately", anchor=False)
    ids = [run.id for run in runs]
    fragment(_outcomes, run_every=POLL_SECONDS if active else None, key=widget("made", generators[0]))(ids, active)


def _outcomes(ids: list[str], was_active: bool) -> None:
    from synth_ui.jobs.execution.schedule import advance

    advance(access.workspace())
    runs = [access.workspace().run(run_id) for run_id in ids]
    if was_active and all(run.state.ended for run in runs):
        st.rerun()
    for number, run in enumerate(runs):
        with st.container(border=True, key=widget("design", run.id)):
            _outcome(run, open=number == 0)


def _outcome(run: Run, open: bool) -> None:
    from synth_ui.ui.race.choice import every

    title = every()[run.generator].title if run.generator in every() else run.generator
    said = f"**{md(title)}**: {count(run.rows, 'row')}, seed {run.seed}"
    if not run.state.ended:
        st.markdown(said)
        st.progress(min(max(run.fraction or 0.0, 0.0), 1.0), text=md(run.phase or run.state.value))
        st.button("Stop", key=widget("design_stop", run.id), on_click=_stop, args=(run.id,), disabled=access.read_only())
        return
    if run.state is not RunState.DONE:
        st.markdown(f"{said} · {run.state.value}")
        st.caption(md(run.reason, 600))
        return
    panel = st.expander(said, expanded=open, key=widget("design_open", run.id), on_change="rerun")
    if panel.open:
        with panel:
            _made(run.id)


def _stop(run_id: str) -> None:
    from synth_ui.jobs.races.control import cancel

    cancel(access.workspace(), run_id)


@st.cache_resource(show_spinner=False, max_entries=8)
def _made_by(home: place.Place, run_id: str) -> DesignedTables:
    from synth_ui.jobs.runs.design import made_by

    return made_by(access.workspace(), run_id)


def _made(run_id: str) -> None:
    """Draw the chart over time, then a table with its rows, and the ways to take it."""
    made = _made_by(place.here(), run_id)
    for note in made.notes:
        st.caption(md(note, 400))
    if made.series is not None:
        from synth_ui.plots.learning.simulated import over_time

        chart(over_time(made.series, made.time_unit), widget("over_time", run_id))
    names = [table.name for table in made.tables]
    name = names[0]
    if len(names) > 1:
        name = (
            st.radio("Table", names, key=widget("design_table", run_id), horizontal=True, format_func=partial(md, limit=40))
            or name
        )
    table = made.tables[names.index(name)]
    _take(run_id, table)
    shown = table.read(100)
    rows_of(shown.frame, f"The first rows of {table.name}", height=300)
    st.caption(f"The first {len(shown):,} of {count(table.rows, 'row')}, {count(len(table.schema), 'column')}.")


def rows_of(frame: pd.DataFrame, alt: str, height: Any = "auto") -> None:
    """Draw rows; dates without a time of day are shown without one."""
    dates = frame.select_dtypes("datetime")
    days = [name for name in dates if (dates[name].isna() | (dates[name] == dates[name].dt.normalize())).all()]
    config = {name: st.column_config.DateColumn(name, format="YYYY-MM-DD") for name in days}
    st.dataframe(frame, hide_index=True, alt=alt, height=height, column_config=config, placeholder="")


def _take(run_id: str, table: MadeTable) -> None:
    key = widget(run_id, table.name)
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            "Use as the real table", key=widget("design_use", key), icon=":material/table_view:", disabled=access.read_only()
        ):
            access.select_table(_keep(run_id, table))
            go_to("pages/data.py")
        if table.rows <= MOST_DOWNLOADED:
            _download("CSV", "csv", table, key)
        _download("Parquet", "parquet", table, key)
    if table.rows > MOST_TAKEN:
        st.caption(f"A race takes the first {MOST_TAKEN:,} rows. The whole file is {md(table.path, 200)}.")


def _keep(run_id: str, made: MadeTable) -> str:
    table: Table = made.read(MOST_TAKEN if made.rows > MOST_TAKEN else None)
    run = access.workspace().run(run_id)
    said = f"Made from nothing by {run.generator}, seed {run.seed}: no real row is in it"
    return access.workspace().add_table(table, source=said)


def _download(label: str, ending: str, table: MadeTable, key: str) -> None:
    def write() -> bytes:
        from synth_ui.reports.download import to_csv, to_parquet

        if ending == "parquet" and table.streamed:
            return table.path.read_bytes()
        whole = table.read()
        written: bytes = (to_csv if ending == "csv" else to_parquet)(whole.frame, whole.schema)
        return written

    downloads.button(
        label, data=write, file_name=f"{plain_name(table.name)}.{ending}", key=widget("design_download", ending, key),
        icon=":material/download:", on_click="ignore",
    )  # fmt: skip


def as_json(value: Any) -> str:
    """Write what an editor holds as JSON for a setting."""
    return json.dumps(value, ensure_ascii=False)
