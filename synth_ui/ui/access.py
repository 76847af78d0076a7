"""The workspace as the pages see it: everything is looked up by identifier and kept, nothing is hashed by content.

A frame never is an argument of a cached function: Streamlit hashes large frames from a sample of their rows, and two tables that
differ in a few cells would be taken for one. What is kept is kept under its workspace, shared by all who may see that, and treated as read-only.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import streamlit as st

from synth_ui.core.errors import NotThere, StoreError
from synth_ui.ui.md import told_apart_by_id
from synth_ui.ui.people import place
from synth_ui.ui.state import state

if TYPE_CHECKING:
    import pandas as pd

    from synth_ui.core.table import Split, Table, TableSize
    from synth_ui.jobs.races.progress import Standing
    from synth_ui.store.workspace import Workspace
    from synth_ui.tables.profile import Profile

logger = logging.getLogger(__name__)

DRAWING_SECONDS = 3.0
"""How long the first page is given to appear in the browser before the heavy libraries are imported beside it."""

FIRST_SAMPLE = "adult"
"""What a first visitor finds loaded."""


@st.cache_resource(show_spinner=False)
def _open(home: place.Place) -> Workspace:
    from synth_ui.store import history
    from synth_ui.store.workspace import Workspace
    from synth_ui.tables import scratch
    from synth_ui.ui.arrive import example

    opened = Workspace.open(place.made() if home is not None else None)
    if not opened.read_only:
        scratch.remove_leftovers(opened.home)
        history.empty_bin(opened)
        example.offer(opened)
    return opened


def workspace() -> Workspace:
    """Return the workspace of this session: the server's, or that of the user who signed in."""
    return _open(place.here())


def read_only() -> bool:
    """Whether nothing can be written: what would is off, and the top of every page says why."""
    return bool(workspace().read_only)


def stays() -> str:
    """Say whether anything of a table leaves this machine: not by itself, but whoever set it up may have named others that work or keep for it."""
    from synth_ui.jobs.execution.cluster.dask_cluster import NAMED as CLUSTER
    from synth_ui.store.server.address import NAMED as SERVER_DATABASE

    if any(os.environ.get(name, "").strip() for name in (SERVER_DATABASE, CLUSTER)):
        return "It goes to the machines this dashboard was set up with (a cluster or a database server), and nowhere else."
    return "Nothing of it leaves this machine."


def keep_warm() -> None:
    """See to it, once a page is drawn, that a process with the heavy libraries stands ready to run jobs.

    The first page after a start is left to the browser for a moment: on two cores the imports would delay it.
    """
    from synth_ui.jobs.execution import warm

    if read_only():
        return
    if _first_drawn(place.here()) + DRAWING_SECONDS < time.monotonic():
        warm.start(workspace())


@st.cache_resource(show_spinner=False)
def _first_drawn(home: place.Place) -> float:
    """Return when the first page of a workspace was drawn; what is warmed up waits for the browser to show it."""
    later = threading.Timer(DRAWING_SECONDS, _make_ready, (workspace(),))
    later.daemon = True
    later.start()
    return time.monotonic()


@st.cache_resource(show_spinner=False, max_entries=8)
def _table(home: place.Place, table_id: str) -> Table:
    return workspace().table(table_id)


def _make_ready(home: Workspace) -> None:
    """Do what the first page need not wait for: start the warm parent, write what an earlier release has not kept beside its runs."""
    from synth_ui.jobs.execution import warm
    from synth_ui.store.recovery import records

    warm.start(home)
    try:
        records.keep_missing(home)
    except StoreError as error:
        logger.warning("What is known of earlier runs was not kept beside them: %s", error)


def table(table_id: str) -> Table:
    """Return a table of the workspace; read-only."""
    return _table(place.here(), table_id)


@st.cache_resource(show_spinner=False, max_entries=4)
def _split(home: place.Place, split_id: str) -> Split:
    return workspace().split(split_id)


def split(split_id: str) -> Split:
    """Return a split of the workspace; read-only."""
    return _split(place.here(), split_id)


@st.cache_resource(show_spinner=False, max_entries=12)
def _synthetic(home: place.Place, run_id: str) -> pd.DataFrame:
    return workspace().synthetic(run_id)


def synthetic(run_id: str) -> pd.DataFrame:
    """Return the synthetic rows of a run that is done; read-only."""
    return _synthetic(place.here(), run_id)


def profile(table_id: str) -> Profile:
    """Return the profile of a table, of all rows of its file where it is a sample of them; read-only."""
    return _profile(place.here(), table_id)


@st.cache_resource(show_spinner=False, max_entries=8)
def _profile(home: place.Place, table_id: str) -> Profile:
    from synth_ui.tables.large.whole import WholeTable
    from synth_ui.tables.profile import profile as compute

    known = workspace().whole(table_id)
    return compute(table(table_id)) if known is None else WholeTable.from_dict(known).profile


def carry_whole(table_id: str, new_id: str) -> None:
    """Keep for a changed version of a table what is known of all rows of its file."""
    from synth_ui.tables.large.whole import WholeTable

    known = workspace().whole(table_id)
    if known is not None and new_id != table_id:
        carried = WholeTable.from_dict(known).carried(table_row(table_id)["schema"], table(new_id))
        workspace().keep_whole(new_id, carried.to_dict())


def cut(table_id: str, seed: int, share: float) -> Split:
    """Return the split of a table; read-only."""
    return _cut(place.here(), table_id, seed, share)


@st.cache_resource(show_spinner=False, max_entries=4)
def _cut(home: place.Place, table_id: str, seed: int, share: float) -> Split:
    from synth_ui.tables.split import make_split

    return make_split(table(table_id), seed=seed, share=share)


@st.cache_resource(show_spinner=False, max_entries=32)
def _table_row(home: place.Place, table_id: str) -> dict[str, Any]:
    return workspace().table_row(table_id)


def table_row(table_id: str) -> dict[str, Any]:
    """Return what is known of a table without reading it: name, rows, columns, source, assumed, warnings, schema."""
    return _table_row(place.here(), table_id)


def forget_row(table_id: str) -> None:
    """Read a table's row anew the next time: its name was changed."""
    _table_row.clear(place.here(), table_id)


def table_size(table_id: str) -> TableSize:
    """Return what cost estimates need to know of a table, without reading it."""
    row = table_row(table_id)
    size: TableSize = row["schema"].size(row["rows"])
    return size


def train_size(table_id: str, share: float) -> TableSize:
    """Return the size of the half generators will see."""
    whole = table_size(table_id)
    return replace(whole, rows=max(1, round(whole.rows * share)))


def current_table_id() -> str:
    """Return the table being looked at: the one chosen, else the newest of the workspace, else the first sample, loaded now."""
    if state.table_id is None:
        state.table_id = first_table_id()
    return state.table_id


def first_table_id() -> str:
    """Return the newest table of the workspace, else the first sample, put into it now."""
    return _newest_table() or take_sample(FIRST_SAMPLE)


def _newest_table() -> str | None:
    tables = workspace().tables()
    return str(tables.iloc[0]["id"]) if len(tables) else None


def latest_race(table_id: str) -> str | None:
    """Return the newest race of a table, or None."""
    races = workspace().races()
    races = races[races["table_id"] == table_id]
    return str(races.iloc[0]["id"]) if len(races) else None


def race_labels(most: int | None = 50) -> dict[str, str]:
    """Return the races of the workspace, newest first, with what to call them: time of the start and name."""
    races = workspace().races().head(most)
    if not len(races):
        return {}
    # To the second, so that two are rarely alike: where another one comes, the labels of both change, and a tab that stands still has none of them.
    said = races["created"].dt.tz_convert(st.context.timezone or "UTC").dt.strftime("%-d %b %H:%M:%S")
    said = said + ", " + races["name"].replace("", "race")
    return told_apart_by_id(dict(zip(races["id"].astype(str), said, strict=True)))


def moment(when: Any) -> str:
    """Return a moment (seconds since 1970, or a time) as a day and a minute of the visitor's clock; empty where there is none."""
    import pandas as pd

    if when is None or when != when:
        return ""
    stamp = pd.Timestamp(when, unit="s", tz="UTC") if isinstance(when, float) else pd.Timestamp(when)
    return str(stamp.tz_convert(st.context.timezone or "UTC").strftime("%-d %b %Y, %H:%M"))


def standing(race_id: str) -> Standing:
    """Return how a race stands at this moment: what is still to come, what ended badly."""
    from synth_ui.jobs.races.progress import standing as look

    return look(workspace(), race_id)


def let_go() -> None:
    """Where the race, or the table, this tab looks at was deleted for good meanwhile, say so and look at what is left of it."""
    if state.race_id is not None and not _there("race", state.race_id):
        state.notice = f"The race {state.race_id} that was shown here is not in the workspace any more; it may have been deleted."
        state.race_id = None
        if state.table_id is not None and _there("table", state.table_id):
            state.race_id = latest_race(state.table_id)
    if state.table_id is not None and not _there("table", state.table_id):
        state.notice = (
            f"The table {state.table_id} that was shown here is not in the workspace any more; it may have been deleted."
        )
        state.table_id = state.race_id = None


def _there(thing: Literal["race", "table"], key: str) -> bool:
    try:
        workspace().race_row(key) if thing == "race" else workspace().table_row(key)
    except NotThere:
        return False
    return True


def settle() -> None:
    """Where nothing is chosen yet, take what somebody worked with last, a table or a race of it; else the example."""
    if state.table_id is not None:
        return
    races, tables = workspace().races(), workspace().tables()
    raced = races[~races["example"].astype(bool)].groupby("table_id")["created"].max()
    tables = tables[tables["used"].notna() | tables["id"].isin(raced.index)]
    if len(tables):
        touched = tables.assign(raced=tables["id"].map(raced))[["used", "raced"]].max(axis=1)
        enter_table(str(tables.loc[touched.idxmax(), "id"]))
    elif len(races):
        enter_race(str(races.iloc[0]["id"]))


def select_table(table_id: str) -> None:
    """Make a table of the workspace the current one; a race of another table is let go."""
    from synth_ui.store import history

    if not read_only():
        history.take_up(workspace(), table_id)
    if table_id != state.table_id:
        state.table_id = table_id
        state.race_id = latest_race(table_id)


def enter_race(race_id: str) -> None:
    """Make a race and its table the current ones; one that is gone is said to be."""
    try:
        race = workspace().race(race_id)
    except StoreError:
        state.notice = f"The race {race_id} of the address is not in this workspace; it may have been deleted."
        return
    if race.deleted is not None:
        state.notice = f"The race “{race.name}” of the address was deleted. For a week it can be brought back: on the page History, in the bin."
        return
    state.race_id, state.table_id = race_id, race.table_id


def enter_table(table_id: str) -> None:
    """Make a table and its newest race the current ones; one that is gone is said to be."""
    if not _there("table", table_id):  # asked, not remembered: it may have been deleted since
        state.notice = f"The table {table_id} of the address is not in this workspace; it may have been deleted."
        return
    state.table_id, state.race_id = table_id, latest_race(table_id)


def take_sample(key: str) -> str:
    """Put a sample table into the workspace and return its id."""
    from synth_ui.tables.samples import load_sample, samples

    reading = load_sample(key)
    licence = next(sample.licence for sample in samples() if sample.key == key)
    return keep(replace(reading, source=f"{reading.source}. Licence: {licence}"))


def keep(reading: Any) -> str:
    """Put what was read into the workspace and return its id."""
    return keep_in(workspace(), reading)


def keep_in(home: Workspace, reading: Any) -> str:
    """Do the same in a thread, which has no session to ask for the workspace."""
    from synth_ui.system import logs

    logs.event("table read", rows=len(reading.table), columns=len(reading.table.schema))
    table_id = home.add_table(reading.table, source=reading.source, assumed=reading.assumed, warnings=reading.warnings)
    if reading.whole is not None:
        home.keep_whole(table_id, reading.whole.to_dict())
    return table_id
