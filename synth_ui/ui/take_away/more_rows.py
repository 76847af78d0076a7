"""More rows of a fitted candidate: asked for, looked at, taken along, or entered into the race as a candidate of their own."""

from __future__ import annotations

from functools import partial

import streamlit as st

from synth_ui.core.errors import DoesNotApply, SynthError
from synth_ui.core.rules.asked import Asked
from synth_ui.core.run import Run, RunKind, RunState
from synth_ui.ui import access
from synth_ui.ui.components import fragment, in_place
from synth_ui.ui.decide.race_view import View
from synth_ui.ui.md import count, md
from synth_ui.ui.state import state, widget
from synth_ui.ui.take_away import conditions
from synth_ui.ui.take_away.files import MANY, download, download_many, file_name

PREVIEWED = 10
"""How many of the rows that were made are shown."""

NOTHING_FITTED = {
    RunKind.FILE: "This candidate came as a file: there is nothing fitted that could make more rows.",
    RunKind.FILTERED: "These rows were chosen out of another candidate's: make more rows of that one.",
    RunKind.DRAWN: "These rows were drawn from another candidate: make more rows of that one.",
}


def show(view: View, name: str, kind: str, safe: bool) -> None:
    """Draw what can be asked for, and what was made."""
    st.header("More rows", anchor=False)
    run = access.workspace().run(view.run_ids[name])
    if not run.sampler_hash:
        st.caption(
            NOTHING_FITTED.get(
                run.kind,
                "Nothing fitted is kept of this candidate. More rows cannot be drawn from an imported race; the script makes them again.",
            )
        )
        return
    rows, seed = st.columns(2, vertical_alignment="bottom")
    number = rows.number_input("Rows", 1, 10_000_000, value=10_000, key="more_rows", persist_state="session")
    seeded = seed.number_input(
        "Seed", 0, 2**31 - 1, value=run.seed + 1, key=widget("more_seed", name),
        help="Another seed gives other rows; the same one the same rows.",
    )  # fmt: skip
    wished, open_ = conditions.choose(view.schema)
    if open_:
        st.caption(f"No condition is set yet for {md(', '.join(open_), 200)}: rows with any value of it are made.")
    st.button(
        "Make rows", key="make_rows", on_click=_make, args=(run.id, int(number), int(seeded), wished), disabled=access.read_only()
    )
    _refused()
    made = access.workspace().draws(run.id)
    if made:
        active = any(not _state(run_id).ended for run_id in made)
        fragment(_made, run_every=1.0 if active else None, key="made")(view, name, made, kind, safe, active)


def _make(parent: str, rows: int, seed: int, wished: Asked) -> None:
    from synth_ui.jobs.races.control import more_rows

    try:
        more_rows(access.workspace(), parent, rows, seed, wished)
    except SynthError as error:
        because = f", because {error}." if isinstance(error, DoesNotApply) else f". {error}"
        state.rows_refused = f"No rows were made{because}"


def _refused() -> None:
    if state.rows_refused:
        st.warning(md(state.rows_refused, 400), icon=":material/info:")
        state.rows_refused = None


def _state(run_id: str) -> RunState:
    return access.workspace().run(run_id).state


def _made(view: View, name: str, made: list[str], kind: str, safe: bool, was_active: bool) -> None:
    """Draw each draw of more rows, newest first: under way, failed, or ready to look at, to take and to enter."""
    from synth_ui.jobs.execution.schedule import advance

    _refused()
    advance(access.workspace())
    runs = [access.workspace().run(run_id) for run_id in reversed(made)]
    if was_active and all(run.state.ended for run in runs):
        st.rerun()
    for place, run in enumerate(runs):
        words = f"{count(run.rows, 'row')}, seed {run.seed}"
        if run.state is RunState.DONE:
            with in_place():
                _ready(view, name, run, (kind, safe), opened=place == 0)
        elif run.state.ended:
            st.caption(f"{words}: {run.state}. {md(run.reason, 300)}")
        else:
            st.caption(f":material/hourglass_top: {words}: {md(run.phase or run.state.value)}")


def _ready(view: View, name: str, run: Run, form: tuple[str, bool], *, opened: bool) -> None:
    """Draw rows that are made: what was asked, the first of them, the file, and the way into the race."""
    from synth_ui.core.cast import to_source
    from synth_ui.jobs.races.made_rows import entered

    access.workspace().look_at_synthetic(run.id)
    kind, safe = form
    words = f"{count(run.rows, 'row')}, seed {run.seed}"
    with st.container(border=True, key=widget("made_rows", run.id)):
        said = [
            *Asked.from_json(run.asked).sentences(),
            *(f"{note[:1].upper()}{note[1:]}." for note in run.notes.split("\n") if note),
        ]
        st.markdown(f"**{words}** {md(' '.join(said), 600)}".rstrip())
        if opened:
            first = to_source(next(access.workspace().synthetic_batches(run.id, PREVIEWED)), view.schema)
            st.dataframe(first, height="content", hide_index=True, key=widget("preview", run.id), alt=f"The first of {words}")
        with st.container(horizontal=True, vertical_alignment="center"):
            file = f"{file_name(view, name)}-{run.rows}-seed-{run.seed}"
            if run.rows > MANY:
                download_many(f"Download {words} as Parquet", run.id, view, safe, file, widget("take", run.id))
                st.caption(f"More than {MANY:,} rows are taken along as Parquet, and not scored.")
                return
            download(
                f"Download {words} as {kind}", partial(access.synthetic, run.id), view, kind, safe, file, widget("take", run.id)
            )
            known = entered(access.workspace(), view.race_id, run)
            if known is not None:
                st.caption(f"In the race as {md(known)}, beside the others on Compare once it is scored.")
            else:
                st.button(
                    "Enter into the race and score", key=widget("enter", run.id), icon=":material/leaderboard:", on_click=_enter,
                    args=(view.race_id, run.id), help="A candidate of its own, named for the one it was drawn from, beside it on every page.",
                 disabled=access.read_only(),)  # fmt: skip


def _enter(race_id: str, draw_id: str) -> None:
    from synth_ui.jobs.races.made_rows import enter_rows

    try:
        enter_rows(access.workspace(), race_id, draw_id)
    except SynthError as error:
        state.rows_refused = str(error)
