"""Races as files: one race or the whole workspace to take away, and such a file to bring in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from synth_ui.core.errors import SynthError
from synth_ui.store.parcel import LEFT_OUT, NO_SAMPLERS, cannot_pack, pack, pack_all, unpack
from synth_ui.store.people.quotas import Quotas
from synth_ui.tables.scratch import scratch
from synth_ui.ui import access
from synth_ui.ui.data import source
from synth_ui.ui.md import count, md
from synth_ui.ui.people import downloads
from synth_ui.ui.state import state, widget

WHAT = f"Rows, scores, names, notes, stars and choices, real rows among them; nothing in it can be executed. {LEFT_OUT} {NO_SAMPLERS}"


def export_race(race: Mapping[str, Any]) -> None:
    """Offer a race as one file."""
    key = str(race["id"])
    lost = "" if race["active"] else cannot_pack(access.workspace(), race)
    about = (
        f"It cannot be exported, because its real rows are not whole. {md(lost, 300)}"
        if lost
        else f"The race as one file, for another workspace. {WHAT}"
    )
    downloads.button(
        "Export", data=lambda: packed(lambda path: pack(access.workspace(), key, path)), file_name=f"race-{key}.zip",
        mime="application/zip", key=widget("history_export", key), on_click="ignore", disabled=bool(race["active"]) or bool(lost), help=about,
    )  # fmt: skip


def packed(write: Callable[[Path], object]) -> bytes:
    """Return the bytes of a file that `write` writes."""
    with scratch(access.workspace().home) as folder:
        path = folder / "parcel.zip"
        write(path)
        return path.read_bytes()


def whole(*, under_way: bool) -> None:
    """Offer the whole workspace as one file, and take a file in."""
    with st.expander("Export or import", key="history_parcels", icon=":material/swap_vert:"):
        left, right = st.columns(2)
        with left:
            st.markdown(f"**Export everything.** Every table and race that is not deleted, in one file. {WHAT}")
            downloads.button(
                "Export the workspace", data=lambda: packed(partial(pack_all, access.workspace())), file_name="synth-ui-workspace.zip",
                mime="application/zip", key="export_all", icon=":material/download:", on_click="ignore", disabled=under_way,
            )  # fmt: skip
            if under_way:
                st.caption("A race still runs; export when it has ended.")
        with right:
            key = widget("import", state.uploads)
            st.markdown("**Import.** A file exported here or elsewhere; what is in the workspace already stays as it is.")
            st.file_uploader(
                "Exported race or workspace", type=["zip"], key=key, on_change=_take_in, args=(key,), disabled=access.read_only(),
                max_upload_size=source.upload_limit(),
            )  # fmt: skip


def _take_in(key: str) -> None:
    """Put the chosen file into the workspace; say what came, or why nothing did."""
    given = st.session_state.get(key)
    if given is None:
        return
    state.uploads += 1
    with scratch(access.workspace().home) as folder:
        path = folder / (Path(given.name).name or "import.zip")
        try:
            Quotas.of().check_upload(given.size, path.name)
            path.write_bytes(given.getbuffer())
            found = unpack(access.workspace(), path)
        except SynthError as error:
            state.notice = f"Nothing was imported. {error}"
            return
    again = len(found.races) - len(found.new)
    state.notice = f"{count(len(found.new), 'race')} imported." + (
        f" {count(again, 'race was', 'races were')} there already." if again else ""
    )
    if found.lacks:
        state.notice += f" {found.said_lacking()}"
