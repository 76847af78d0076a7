"""Choosing the real table: a sample, an upload, a path, or a database; a refused one says why and the previous table stays."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import streamlit as st

from synth_ui.core.context import Context
from synth_ui.core.errors import ReadError, SynthError
from synth_ui.store.people.quotas import Quotas
from synth_ui.tables.databases.address import plain_address
from synth_ui.ui import access
from synth_ui.ui.components import fragment
from synth_ui.ui.data import database, delete, paths
from synth_ui.ui.job import Job
from synth_ui.ui.md import count, in_one, md
from synth_ui.ui.state import CHOOSER, SOURCE_TAB, state, widget

if TYPE_CHECKING:
    from synth_ui.tables.databases.address import DatabaseTable
    from synth_ui.tables.samples import Sample

Taken = tuple[str, tuple[str, ...]]
"""A table by its id, and the sheets of the workbook it is in."""

UPLOAD_MB = 400
"""What is uploaded is held by the server; larger files are named by their path, and scanned where they lie."""

Workbook = tuple[str, Callable[[str], Job]]
"""The key of the choice among the sheets of a workbook, and what reads one of them."""

SHEET = "sheet"
"""The key of the reading of another sheet."""

DATABASE = "database"
"""The key of the reading of a table of a database."""

LOOK_SECONDS = 0.5
"""Between two looks at a file that is being read."""


def types() -> list[str]:
    """Return the endings the browser offers; what a file really is, is found out on reading."""
    from synth_ui.tables.readers.source import endings

    return list(endings())


def under_way() -> None:
    """Draw how far the reading of the real table is, where it takes more than a moment."""
    if state.reading is not None:
        fragment(_follow, run_every=LOOK_SECONDS, key="reading")()


def _follow() -> None:
    follow("reading", _settle, _cancel)


def follow(which: Literal["reading", "adding"], settle: Callable[[Job], None], cancel: Callable[[], None]) -> None:
    """Draw a piece of work of this tab until it has ended, then settle it."""
    job: Job | None = getattr(state, which)
    if job is None:
        st.rerun()
    elif job.ended:
        setattr(state, which, None)
        settle(job)
        st.rerun()
    else:
        progress(job, cancel)


def progress(job: Job, cancel: Callable[[], None]) -> None:
    """Draw how far a piece of work is, and the button that stops it."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"progress_{job.key}"):
        done = f" {job.fraction:.0%}" if job.fraction is not None else ""
        st.progress(
            job.fraction or 0.0, text=f"Reading {md(job.label, 80)}: {job.phase}{done}, {job.seconds:.0f} s", width="stretch"
        )
        st.button("Cancel", key=f"cancel_{job.key}", on_click=cancel)


def _cancel() -> None:
    job, state.reading = state.reading, None
    if job is not None:
        job.cancel()
        state.notice = f"{job.label} was not read to its end; the table is still the previous one."
        state.uploads += job.key.startswith("upload")


def choose() -> None:
    """Draw the ways to a table, and why the last file was refused."""
    from synth_ui.tables import bounded

    bounded.prepare()
    with st.container():
        refused()
    _sheets()
    sample, own, path, server, kept = st.tabs(["Sample", "Upload", "Path", "Database", "Earlier tables"], key=SOURCE_TAB)
    with sample:
        _samples()
    with own:
        upload()
    with path:
        by_path()
    with server:
        by_database()
    with kept:
        delete.tables()


def _sheets() -> None:
    """Draw the choice among the sheets of the workbook that was read last, uploaded or named by its path."""
    if len(state.sheets) > 1 and state.workbook is not None:
        key, _ = state.workbook
        st.selectbox(
            "Sheet of the workbook that was read", state.sheets, key=key, on_change=_take_sheet, disabled=access.read_only()
        )


def _take_sheet() -> None:
    key, read_sheet = state.workbook
    job = read_sheet(st.session_state[key])
    job.another = state.workbook
    _begin(job)


def refused() -> None:
    """Say why the last file was refused, if it was."""
    if state.refusal:
        st.error(md(state.refusal, 600), title="The file was not taken; the table is still the previous one.")


def _samples() -> None:
    from synth_ui.tables.samples import samples

    with st.grid(3, min_column_width=250) as grid:
        for entry in samples():
            with grid.container(border=True, height="stretch"):
                _sample_card(entry)


def _sample_card(sample: Sample) -> None:
    st.markdown(f"**{md(sample.title)}**")
    target = f"target {md(sample.target)}" if sample.target else "no target"
    st.caption(
        f"{count(sample.rows, 'row')}, {count(sample.columns, 'column')}, {target}. Source: {md(sample.source, 200)}. Licence: {md(sample.licence, 100)}."
    )
    st.space("stretch")
    st.button(
        "Use this sample", key=widget("sample", sample.key), on_click=take_sample, args=(sample.key,), disabled=access.read_only()
    )


def take_sample(key: str) -> None:
    """Make a sample the current table."""
    _take(lambda: (access.take_sample(key), ()))


def upload_limit() -> int:
    """Return how many megabytes a file may have that is uploaded."""
    return min(UPLOAD_MB, Quotas.of().upload_megabytes or UPLOAD_MB)


def upload() -> None:
    """Draw the field a file is dropped into."""
    key = widget("upload", state.uploads)
    st.file_uploader(
        "A table: CSV, TSV, Parquet, Excel, ODS or JSON, also compressed with gzip",
        type=types(),
        key=key,
        max_upload_size=upload_limit(),
        on_change=_take_upload,
        args=(key,),
        disabled=access.read_only(),
    )
    st.caption(_about_uploads())


def _about_uploads() -> str:
    """Say where an uploaded file goes, and what to do with a larger one."""
    quotas, folders = Quotas.of(), paths.folders()
    where = f"The file is read into the workspace. {access.stays()}"
    if folders is None or folders:
        where += f" Beyond {upload_limit()} MB, name its path instead."
    if quotas.rows is not None:
        where += f" A table may have {count(quotas.rows, 'row')} here."
    return where


def _take_upload(key: str) -> None:
    """Read the uploaded file."""
    file = st.session_state.get(key)
    if file is None:
        return
    name = Path(file.name).name
    try:
        Quotas.of().check_upload(file.size, name)
    except SynthError as refusal:
        state.refusal = str(refusal)
        state.uploads += 1
        return
    content = file.getvalue()
    _begin(Job(name, _reading(content, name=name), key, _another_sheet(name, content, name=name)))


def by_path() -> None:
    """Draw the field for the path of a file on this machine, where files are read so."""
    within = paths.folders()
    if within is not None:
        where = (
            f"Read from: {', '.join(md(folder, 200) for folder in within)}."
            if within
            else "No file is read by its path here. Upload it."
        )
        st.caption(where)
        if not within:
            return
    with st.form("path", border=False):
        st.text_input(
            "Path to a file on the machine the dashboard runs on, or an address", key="path_text", placeholder="data/people.csv",
            help="An address is https://…, s3://… or gs://…; it needs the extra synth-ui[remote].",
        )  # fmt: skip
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.number_input(
                "Rows at most", min_value=1, value=None, key="path_rows", placeholder="all", width=200,
                help="A seeded sample of this many rows; leave empty for all.",
            )  # fmt: skip
            st.form_submit_button("Read the file", on_click=_take_path, disabled=access.read_only())


def by_database() -> None:
    """Draw the way to a table of a database."""
    database.show(_take_database)


def _take_database(source: DatabaseTable, rows: int | None) -> None:
    _begin(Job(source.label, _reading(source, rows=rows), DATABASE))


def _take_path() -> None:
    text = str(st.session_state.get("path_text") or "").strip()
    if not text:
        state.refusal = "No path was given. Type the path of a file, such as data/people.csv."
        return
    address = "://" in text
    if address and (paths.only_named_databases() or paths.folders() is not None):
        state.refusal = "Addresses are not read here, only files and the connections that are named in secrets.toml."
        return
    try:
        source = text if address else paths.allowed(text)
    except ReadError as refusal:
        state.refusal = str(refusal)
        st.session_state[CHOOSER] = True
        return
    rows = st.session_state.get("path_rows")
    how = {"rows": int(rows) if rows else None}
    _begin(Job(plain_address(text), _reading(source, **how), "path", _another_sheet(plain_address(text), source, **how)))


def _reading(source: Any, **options: Any) -> Callable[[Context], Taken]:
    """Return the work of reading a source into the workspace."""
    home = access.workspace()

    def work(context: Context) -> Taken:
        from synth_ui.tables.read import read

        reading = read(source, scratch=home.home, context=context, **options)
        context.step("putting it into the workspace")
        return access.keep_in(home, reading), tuple(reading.sheets)

    return work


def _another_sheet(label: str, source: Any, **how: Any) -> Workbook:
    """Return the key of the choice among the sheets of a workbook, and what reads one of them."""
    return f"sheet_{secrets.token_hex(4)}", lambda sheet: Job(label, _reading(source, sheet=sheet, **how), SHEET)


def _begin(job: Job) -> None:
    """Take what is read in a moment at once; let the page follow what takes longer."""
    if state.reading is not None:
        state.reading.cancel()
        state.reading = None
    if job.wait():
        _settle(job)
    else:
        state.refusal = None
        state.reading = job


def _settle(job: Job) -> None:
    """Take what was read."""
    _take(lambda: job.result, job.error, of_database=job.key == DATABASE, another=job.another)
    state.uploads += job.key.startswith("upload")


def _take(
    load: Callable[[], Taken], refusal: Exception | None = None, *, of_database: bool = False, another: Workbook | None = None
) -> None:
    """Make what `load` returns the current table; on a refusal keep the previous one, its sheets with it, and remember the reason.

    Why a table of a database was not taken is said where databases are, all else above the ways to a table.
    The chooser closes behind a table that was taken, unless there is another sheet to choose.
    """
    try:
        if refusal is not None:
            raise refusal
        table_id, sheets = load()
    except (SynthError, OSError) as error:
        said = str(error)
        state.refusal, state.database_refusal = (None, said) if of_database else (said, None)
        st.session_state[CHOOSER] = True
        return
    state.refusal = state.database_refusal = None
    # The bytes of an upload are held for another sheet of it alone.
    state.sheets, state.workbook = (sheets, another) if len(sheets) > 1 else ((), None)
    st.session_state[CHOOSER] = len(state.sheets) > 1
    access.select_table(table_id)
    state.taken = True


def assumptions(texts: tuple[str, ...]) -> None:
    """Say what was assumed on reading, if anything was."""
    if texts:
        st.caption(f"Assumed on reading: {in_one([md(text, 200) for text in texts[:6]])}")
