"""Taking results away: the report, a candidate's rows, more rows from a fitted sampler, and the script that makes them again."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from synth_ui.core.errors import DoesNotApply, SynthError
from synth_ui.core.rules.asked import Asked
from synth_ui.core.run import RunKind, RunState
from synth_ui.ui import access, links
from synth_ui.ui.components import one_of
from synth_ui.ui.decide import asked, choose
from synth_ui.ui.decide.race_view import View
from synth_ui.ui.md import count, md
from synth_ui.ui.state import state, widget
from synth_ui.ui.take_away import conditions

if TYPE_CHECKING:
    import pandas as pd

    from synth_ui.api import Comparison
    from synth_ui.reports.card import Card

FORMATS = {
    "CSV": ("csv", "text/csv"),
    "Parquet": ("parquet", "application/vnd.apache.parquet"),
    "Excel": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}

EXCEL_ROWS = 1_048_575


def show(view: View) -> None:
    """Draw the five things to take away."""
    _card(view)
    _report(view)
    st.subheader("Rows of a candidate", anchor=False)
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    name = left.selectbox(
        "Candidate", view.names, format_func=view.title, persist_state="session",
        **links.choice("take_candidate", {name: view.title(name) for name in view.names}, view.names[0]),
    )  # fmt: skip
    with right:
        kind = one_of("Format", {name: name for name in FORMATS}, "take_format", bind=True) or "CSV"
    safe = st.toggle(
        "Neutralise spreadsheet formulas", key="take_safe", persist_state="session",
        help="Texts that start with = + - or @ get an apostrophe in front, so that no spreadsheet runs them. It changes these values.",
    )  # fmt: skip
    _rows(view, name, kind, bool(safe))
    _more(view, name, kind, bool(safe))
    _script(view, name)


def comparison(view: View) -> Comparison:
    """Return the race as the package's own interface gives it."""
    from synth_ui.api import stored

    return stored(access.workspace(), view.race_id, table=access.table(view.race["table_id"]), split=view.split)


def _card(view: View) -> None:
    def written() -> Card:
        return comparison(view).decision_card(asked.current())

    st.subheader("Decision card", anchor=False)
    chosen = choose.standing(view.race_id)
    of = (
        f"the choice of {md(chosen.title)}"
        if chosen
        else "the candidate the verdict puts first; choose one on the page Compare to record it"
    )
    st.markdown(
        "One page of A4 that stands alone: use this for that, not for the other, figures on their scales, what was tried and what not. "
        f"It is of {of}. It holds no real row."
    )
    with st.container(horizontal=True):
        st.download_button(
            "Download the card", data=lambda: written().html().encode(), file_name=f"decision-card-{view.race_id}.html", mime="text/html",
            key="card", icon=":material/id_card:", on_click="ignore",
        )  # fmt: skip
        st.download_button(
            "The same as JSON", data=lambda: json.dumps(written().to_dict(), ensure_ascii=False, indent=1).encode(),
            file_name=f"decision-card-{view.race_id}.json", mime="application/json", key="card_json", icon=":material/data_object:",
            on_click="ignore",
        )  # fmt: skip


def _report(view: View) -> None:
    def write() -> bytes:
        return comparison(view).html(asked.current()).encode()

    st.subheader("Report", anchor=False)
    st.markdown(
        "One file that opens anywhere: the leaderboard on its scales, the verdict, the main charts, settings, seeds and versions. "
        "It asks nothing of the network and holds no real row."
    )
    st.download_button(
        "Download the report", data=write, file_name=f"synth-ui-{view.race_id}.html", mime="text/html", key="report",
        type="primary", icon=":material/description:", on_click="ignore",
    )  # fmt: skip


def encode(frame: pd.DataFrame, schema: Any, kind: str, safe: bool) -> bytes:
    """Write rows in one of `FORMATS`, in the form of the source."""
    from synth_ui.reports import download

    write = {"CSV": download.to_csv, "Parquet": download.to_parquet, "Excel": download.to_excel}[kind]
    written: bytes = write(frame, schema, safe=safe)
    return written


def _download(label: str, frame: Callable[[], pd.DataFrame], view: View, kind: str, safe: bool, name: str, key: str) -> None:
    ending, mime = FORMATS[kind]
    st.download_button(
        label, data=lambda: encode(frame(), view.split.schema, kind, safe), file_name=f"{name}.{ending}", mime=mime, key=key,
        icon=":material/download:", on_click="ignore",
    )  # fmt: skip


def file_name(view: View, name: str) -> str:
    """Return a plain name for a file: letters, digits and hyphens of table and candidate."""
    text = f"{view.race['name']}-{name}"
    return "-".join("".join(character if character.isalnum() else " " for character in text).split()) or "synthetic"


def _rows(view: View, name: str, kind: str, safe: bool) -> None:
    run_id = view.run_ids[name]
    rows = int(view.runs.set_index("id").loc[run_id, "rows"])
    if kind == "Excel" and rows > EXCEL_ROWS:
        st.caption(f"Excel holds {EXCEL_ROWS:,} rows; {md(view.title(name))} has {rows:,}. Take CSV or Parquet.")
        return
    label = f"Download {count(rows, 'row')} as {kind}"
    _download(label, lambda: access.synthetic(run_id), view, kind, safe, file_name(view, name), "take_rows")


def _more(view: View, name: str, kind: str, safe: bool) -> None:
    st.subheader("More rows", anchor=False)
    run = access.workspace().run(view.run_ids[name])
    if not run.sampler_hash:
        if run.kind is RunKind.FILE:
            st.caption("This candidate came as a file: there is nothing fitted that could make more rows.")
        else:  # it came in a packed race, or its sampler could not be kept
            st.caption(
                "Nothing fitted is kept of this candidate. More rows cannot be drawn from an imported race; the script makes them again."
            )
        return
    rows, seed = st.columns(2, vertical_alignment="bottom")
    number = rows.number_input("Rows", 1, 10_000_000, value=10_000, key="more_rows", persist_state="session")
    seeded = seed.number_input(
        "Seed", 0, 2**31 - 1, value=run.seed + 1, key=widget("more_seed", name),
        help="Another seed gives other rows; the same one the same rows.",
    )  # fmt: skip
    wished = conditions.choose(view.schema)
    st.button("Make rows", key="make_rows", on_click=_make, args=(run.id, int(number), int(seeded), wished))
    made = access.workspace().draws(run.id)
    if made:
        active = any(not _state(run_id).ended for run_id in made)
        st.fragment(_made, run_every=1.0 if active else None, key="made")(view, name, made, kind, safe, active)


def _make(parent: str, rows: int, seed: int, wished: Asked) -> None:
    from synth_ui.jobs.races.control import more_rows

    try:
        more_rows(access.workspace(), parent, rows, seed, wished)
    except SynthError as error:
        because = f", because {error}." if isinstance(error, DoesNotApply) else f". {error}"
        state.notice = f"No rows were made{because}"


def _state(run_id: str) -> RunState:
    return access.workspace().run(run_id).state


def _made(view: View, name: str, made: list[str], kind: str, safe: bool, was_active: bool) -> None:
    """Draw each draw of more rows: under way, failed, or ready to download."""
    from synth_ui.jobs.execution.schedule import advance

    advance(access.workspace())
    runs = [access.workspace().run(run_id) for run_id in made]
    if was_active and all(run.state.ended for run in runs):
        st.rerun()
    for run in runs:
        wished = Asked.from_json(run.asked)
        words = f"{count(run.rows, 'row')}, seed {run.seed}"
        wishes = " ".join(wished.sentences())
        if run.state is RunState.DONE:
            label = f"Download {words} as {kind}"
            file = f"{file_name(view, name)}-{run.rows}-seed-{run.seed}"
            _download(label, partial(access.synthetic, run.id), view, kind, safe, file, widget("take", run.id))
            said = [wishes, *(f"{note[:1].upper()}{note[1:]}." for note in run.notes.split("\n") if note)]
            if any(said):
                st.caption(md(" ".join(filter(None, said)), 600))
        elif run.state.ended:
            st.caption(f"{words}: {run.state}. {md(run.reason, 300)}")
        else:
            st.caption(f":material/hourglass_top: {words}: {md(run.phase or run.state.value)}")


def _written(view: View, name: str) -> str:
    return comparison(view).script(name)


def _script(view: View, name: str) -> None:
    st.subheader("Script", anchor=False)
    if name.startswith("file:"):
        st.caption("This candidate came as a file; how it was made is not known here.")
        return
    if view.runs.set_index("id").loc[view.run_ids[name], "kind"] == RunKind.TREATED:
        st.caption("Something was done about exposed training rows before this candidate was made; no script repeats that.")
        return
    text = str(view.once(("script", name), lambda: _written(view, name)))
    st.caption("Makes these rows again, with the same package, settings and seeds.")
    with st.expander("Read the script", key="read_script"):
        st.code(text, language=None)
    st.download_button(
        "Download the script", data=text, file_name=f"{file_name(view, name)}.py", mime="text/x-python", key="script",
        icon=":material/code:", on_click="ignore",
    )  # fmt: skip
