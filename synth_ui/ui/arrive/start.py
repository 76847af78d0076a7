"""The first page: what this is, a finished example, three ways in, and what was worked with before."""

from __future__ import annotations

from typing import Any

import streamlit as st

from synth_ui.jobs.summary import Summary, summary
from synth_ui.store import history
from synth_ui.tables.samples import samples
from synth_ui.ui import access
from synth_ui.ui.arrive import leaderboard, picture
from synth_ui.ui.components import go_to, next_step
from synth_ui.ui.data import source
from synth_ui.ui.md import count, md
from synth_ui.ui.screens import BY_FILE
from synth_ui.ui.state import state, widget

SENTENCE = (
    "Load a table: several generators learn to make rows like it, each result is measured between rows known to be bad and rows known to "
    "be good on that very table, and you are told which one to use, for what, and what speaks against it."
)

MOST_RECENT = 4
"""How many tables and races the page lists; the history has all."""

COMPUTED_AT_ONCE = 2
"""How many races are summed up anew in one go: the list must not wait for the rest."""


def leave_with_table() -> None:
    """Go on to the table once one was taken on this page."""
    if state.taken:
        state.taken = False
        go_to(BY_FILE["data"].path)


def what_this_is() -> None:
    """Draw the sentence and the picture."""
    st.markdown(f"{SENTENCE} {access.stays()}")
    st.html(leaderboard.STYLE)
    ink = "#E8ECF4" if st.context.theme.type == "dark" else "#0F1729"
    with st.container(gap=None):
        st.image(picture.svg(ink), alt=picture.ALT)
        st.html(picture.words())


def ways_in() -> None:
    """Draw the three ways in: my own table, a sample, a design from nothing."""
    source.refused()
    source.under_way()
    own, sample, design = st.columns([5, 4, 4])
    with own.container(border=True, height="stretch", key="way_own"):
        st.header("My own table", anchor=False)
        source.upload()
        with st.expander("Read a file by its path", key="way_path", icon=":material/folder_open:"):
            source.by_path()
    with sample.container(border=True, height="stretch", key="way_sample"):
        st.header("A sample", anchor=False)
        for entry in samples():
            st.button(
                f"{md(entry.key)}: {count(entry.rows, 'row')}", key=widget("sample", entry.key), width="stretch",
                help=md(f"{entry.title}. {entry.licence}.", 200), on_click=source.take_sample, args=(entry.key,),
             disabled=access.read_only(),)  # fmt: skip
    with design.container(border=True, height="stretch", key="way_design"):
        st.header("Design one from nothing", anchor=False)
        st.markdown("Declare columns, state their relationships, or simulate a process. No real row is needed.")
        if st.button("Design a table", key="way_design_go", icon=":material/design_services:", width="stretch"):
            go_to(BY_FILE["design"].path)
    by_database()


def by_database() -> None:
    """Draw the way to a table of a database, as wide as the page: addresses are long, and its first rows are shown here."""
    with st.expander("Read a table of a database", key="way_database", icon=":material/database:"):
        source.by_database()


def races() -> list[dict[str, Any]]:
    """Return the races of the workspace, newest first."""
    return history.races_with_counts(access.workspace())


def came_to(race: dict[str, Any], *, compute: bool = True) -> Summary | None:
    """Return what a race came to, or None where nothing is scored yet."""
    return summary(access.workspace(), race["id"], race["summary"], compute=compute and not race["active"])


def example(found: list[dict[str, Any]]) -> None:
    """Draw the finished example with its answer, if it is still there."""
    race = next((race for race in found if race["example"]), None)
    said = came_to(race) if race else None
    if race is None or said is None:
        return
    with st.container(border=True, key="example"):
        st.header(md(f"An example: {said.finding}", 300), anchor=False)
        caption = (
            f"{race['table']}, {race['rows']:,} rows, {race['candidates']} candidates, best first. The further right a dot, the better; "
            "green is where real rows themselves fall; a line is what chance leaves open."
        )
        st.html(leaderboard.html(said, caption))
        with st.container(horizontal=True):
            st.button(
                "Open the decision", key="open_example", icon=":material/arrow_forward:", icon_position="right",
                on_click=_open, args=(race["id"],),
            )  # fmt: skip
            st.button(
                "Delete the example",
                key="delete_example",
                type="tertiary",
                on_click=_delete,
                args=(race,),
                disabled=access.read_only(),
            )


def _open(race_id: str) -> None:
    access.enter_race(race_id)
    state.goto = BY_FILE["compare"].path


def _delete(race: dict[str, Any]) -> None:
    from synth_ui.ui.data.delete import delete

    delete("race", race["id"], race["name"])


def recent(found: list[dict[str, Any]]) -> None:
    """Draw the latest tables and races of a returning visitor, each with a way back to it."""
    own = [race for race in found if not race["example"]]
    tables = access.workspace().tables()
    tables = tables[tables["used"].notna()].sort_values("used", ascending=False)
    if tables.empty and not own:
        return
    left, right = st.columns(2)
    with left.container(border=True, height="stretch", key="recent_tables"):
        st.header("Recent tables", anchor=False)
        for row in tables.head(MOST_RECENT).to_dict("records"):
            _table(row)
    with right.container(border=True, height="stretch", key="recent_races"):
        st.header("Recent races", anchor=False)
        if not own:
            st.caption("None yet: start one from the page of a table.")
        for place, race in enumerate(own[:MOST_RECENT]):
            _race(race, came_to(race, compute=place < COMPUTED_AT_ONCE))


def _table(row: dict[str, Any]) -> None:
    target = access.table_row(str(row["id"]))["schema"].target
    said = [
        access.moment(row["used"]),
        count(int(row["rows"]), "row"),
        f"target {md(target.name, 40)}" if target else "no target",
    ]
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{md(row['name'], 60)}**  \n:small[{' · '.join(said)}]", width="stretch")
        st.button(
            "Open",
            key=widget("open_table", row["id"]),
            help=f"Open the table {md(row['name'])}",
            on_click=use,
            args=(str(row["id"]),),
        )


def use(table_id: str) -> None:
    """Take up a table and go to its page."""
    access.select_table(table_id)
    state.goto = BY_FILE["data"].path


def _race(race: dict[str, Any], said: Summary | None) -> None:
    note = f"  \n:small[{md(race['note'], 160)}]" if race["note"] else ""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{md(race['name'] or 'race', 60)}**  \n:small[{outcome_words(race, said)}]{note}", width="stretch")
        st.button(
            "Open", key=widget("open_race", race["id"]), help=f"Open the race {md(race['name'])}", on_click=enter, args=(race,)
        )


def outcome_words(race: dict[str, Any], said: Summary | None) -> str:
    """Say when a race was started, how far it is and what it came to, escaped."""
    when = access.moment(race["created"])
    if race["active"]:
        return f"{when} · running, {race['done']} of {count(race['candidates'], 'candidate')} ready"
    if said is None:
        return f"{when} · {race['done']} of {count(race['candidates'], 'candidate')} ready"
    return f"{when} · {count(race['candidates'], 'candidate')} · {md(said.finding, 160)}"


def enter(race: dict[str, Any]) -> None:
    """Take up a race and go to where it stands."""
    access.enter_race(race["id"])
    state.goto = BY_FILE["generate" if race["active"] else "compare"].path


def way_on(found: list[dict[str, Any]]) -> None:
    """Draw the next step: to the race that stands, to the table that waits for one, or to the example."""
    race = next((race for race in found if race["id"] == state.race_id), None)
    if race is not None and race["active"]:
        next_step(BY_FILE["generate"].path, "Watch the race", f"{md(race['name'])} is under way.", primary=True)
    elif race is not None:
        next_step(BY_FILE["compare"].path, "See the decision", f"{md(race['name'])} has come to its end.", primary=True)
    elif state.table_id is not None:
        name = md(access.table_row(state.table_id)["name"])
        next_step(BY_FILE["data"].path, "Go on with the table", f"{name} is loaded and waits for a race.", primary=True)
