"""A table out of a database: connect, look at schemas, tables and first rows, read a table or what a query gives.

The address, with its password, is kept in the memory of this tab and nowhere else; what is shown of it has no password.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import streamlit as st

from synth_ui.core.context import Context
from synth_ui.core.errors import SynthError
from synth_ui.tables.databases import named
from synth_ui.tables.databases.address import IN_FILES, NAMED, DatabaseAddress, DatabaseTable
from synth_ui.tables.databases.opened import ListedTable
from synth_ui.tables.databases.query import one_select
from synth_ui.ui.components import fragment
from synth_ui.ui.data import paths
from synth_ui.ui.job import Job
from synth_ui.ui.md import md, told_apart
from synth_ui.ui.state import state, widget

TABLE, QUERY = "A table", "A query"

LOOK_SECONDS = 0.5
"""Between two looks at a question that is not answered yet."""


@dataclass(frozen=True)
class DatabaseLook:
    """A question to a database that is not answered yet, and what is done with its answer."""

    job: Job
    take: Callable[[Any], None]


class Reads(Protocol):
    """Begins to read a table of a database."""

    def __call__(self, source: DatabaseTable, rows: int | None) -> None:
        """Read so many rows of it, drawn in the database, or all."""
        ...


def show(read: Reads) -> None:
    """Draw the way to a database, or the tables of the one that is open; while it is asked, how long that takes and how to stop it."""
    if waiting():
        return
    if state.database is None:
        connect()
        return
    opened()
    what = st.radio("Read", [TABLE, QUERY], key="db_what", horizontal=True)
    there = _table() if what == TABLE else _query()
    if state.looking is not None:
        waiting()
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input(
            "Rows at most", min_value=1, value=None, key="db_rows", placeholder="all", width=200,
            help="A sample of this many rows, drawn in the database with a seed; leave empty for all.",
        )  # fmt: skip
        st.button("Show the first rows", key="db_preview", on_click=_preview, disabled=not there)
        st.button("Read it", key="db_read", type="primary", on_click=_read, args=(read,), disabled=not there)
    refused()
    if state.database_preview is not None:
        table, rows = state.database_preview
        st.caption(f"The first rows of {md(table.origin, 200)}")
        st.dataframe(rows, hide_index=True, key="db_first", alt="The first rows as the database gives them")


def waiting() -> bool:
    """Draw the question that is not answered yet, if there is one; say whether there is."""
    if state.looking is None:
        return False
    fragment(_follow, run_every=LOOK_SECONDS, key="db_looking")()
    return True


def _ask(label: str, work: Callable[[Context], Any], take: Callable[[Any], None]) -> None:
    """Ask a database in a thread of its own: what is answered in a moment is taken at once, the page follows what takes longer."""
    _stop()
    look = DatabaseLook(Job(label, work, "database"), take)
    if look.job.wait():
        _settle(look)
    else:
        state.looking = look


def _settle(look: DatabaseLook) -> None:
    state.looking = None
    state.database_refusal = None if look.job.error is None else str(look.job.error)
    if look.job.error is None:
        look.take(look.job.result)


def _follow() -> None:
    look = state.looking
    if look is None or look.job.ended:
        if look is not None:
            _settle(look)
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", key="db_progress"):
        st.progress(0.0, text=f"{md(look.job.label, 160)}, {look.job.seconds:.0f} s", width="stretch")
        st.button("Cancel", key="db_stop", on_click=_cancel)


def _cancel() -> None:
    if state.looking is not None:
        state.notice = f"{state.looking.job.label} was stopped; nothing was taken from the database."
    _stop()


def _stop() -> None:
    """Let a question go: its answer is not taken, whenever it comes."""
    if state.looking is not None:
        state.looking.job.cancel()
        state.looking = None


def refused() -> None:
    """Say why the database gave nothing, if it did not."""
    if state.database_refusal:
        st.error(md(state.database_refusal, 600), title="Nothing was taken from the database or written to it.")


def connect() -> None:
    """Draw the connections of secrets.toml, and the form for another address."""
    refused()
    names = _names()
    if names:
        with st.container(horizontal=True):
            for name in names:
                st.button(
                    f"Open {md(name, 60)}", key=widget("db_named", name), icon=":material/database:", on_click=_open_named, args=(name,)
                )  # fmt: skip
    if paths.only_named_databases():
        st.caption("Connections are named in secrets.toml by whoever runs this dashboard; no other address is taken.")
        return
    with st.form("database", border=False):
        st.text_input("Address of a database", key="db_url", placeholder="postgresql://user@host/database")
        st.text_input(
            "Password",
            type="password",
            key="db_password",
            help="Kept in the memory of this tab until it is closed, written nowhere.",
        )
        st.form_submit_button("Connect", on_click=_connect)
    st.caption(
        "PostgreSQL, MySQL, SQLite (sqlite:///file.db) and DuckDB (duckdb:///file.duckdb). It is only read, in a transaction that cannot "
        "write. An address with a name in secrets.toml is offered here as a button."
    )


def opened() -> None:
    """Say which database is open, and draw the way out of it."""
    assert state.database is not None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"Connected to **{md(state.database.shown, 200)}**")
        st.button("Disconnect", key="db_disconnect", type="tertiary", on_click=_disconnect)


def _names() -> list[str]:
    try:
        return named.names()
    except SynthError as error:
        st.caption(md(str(error), 300))
        return []


def _connect() -> None:
    text, password = str(st.session_state.get("db_url") or ""), str(st.session_state.get("db_password") or "")
    st.session_state["db_password"] = ""  # nosec B105 # forgotten here
    if not text.strip():
        state.database_refusal = "No address was given. Type one, such as postgresql://user@host/database."
        return
    _open(text, password or None)


def _open_named(name: str) -> None:
    _open(f"{NAMED}{name}")


def _open(text: str, password: str | None = None) -> None:
    """Open a database, or say why it is not."""
    from synth_ui.tables.databases import take

    _disconnect()
    try:
        if paths.only_named_databases() and not text.startswith(NAMED):
            state.database_refusal = "Only connections that are named in secrets.toml are taken here."
            return
        address = DatabaseAddress.of(text, password)
        if address.kind in IN_FILES and not text.startswith(NAMED):
            paths.allowed(str(address.file))
    except SynthError as error:
        state.database_refusal = str(error)
        return
    st.session_state["db_url"] = address.shown  # a password that stood in it is gone from the field
    _ask(f"Connecting to {address.shown}", lambda context: take.schemas(address), partial(_opened, address))


def _opened(address: DatabaseAddress, schemas: list[str]) -> None:
    state.database, state.database_schemas = address, tuple(schemas)


def _disconnect() -> None:
    _stop()
    state.database, state.database_schemas, state.database_tables, state.database_preview = None, (), {}, None
    state.database_refusal = None


def schema_field() -> str:
    """Draw the choice of a schema, where there is one, and return the chosen one."""
    names = list(state.database_schemas)
    if len(names) > 1:
        st.selectbox("Schema", names, key="db_schema")
    return schema()


def schema() -> str:
    """Return the schema that is chosen: of those there are, the first without a choice."""
    names, chosen = state.database_schemas, st.session_state.get("db_schema")
    return str(chosen) if chosen in names else names[0] if names else ""


def _listed(schema: str) -> list[ListedTable]:
    """Return the tables of a schema, none while they are not known; asked once per connection."""
    from synth_ui.tables.databases import take

    address = state.database
    assert address is not None
    if schema not in state.database_tables:
        _ask(f"Looking for the tables of {address.shown}", lambda context: take.listed(address, schema), partial(_know, schema))
    return state.database_tables.get(schema, [])


def _know(schema: str, tables: list[ListedTable]) -> None:
    state.database_tables = {**state.database_tables, schema: tables}


def _table() -> bool:
    """Draw the choice of a table; say whether there is one."""
    chosen = schema_field()
    tables = {table.name: table for table in _listed(chosen)}
    if not tables:
        if state.looking is None:
            st.caption(f"The schema {md(chosen)} holds no table that this user may see.")
        return False
    labels = told_apart({name: _spoken(table) for name, table in tables.items()})
    st.selectbox("Table or view", list(tables), key=widget("db_table", chosen), format_func=labels.__getitem__)
    return True


def _spoken(table: ListedTable) -> str:
    about = f", about {table.rows:,} rows" if table.rows else ""
    return f"{md(table.name, 80)}{', a view' if table.view else ''}{about}"


def _query() -> bool:
    """Draw the field of a query."""
    st.text_area("One SELECT", key="db_query", placeholder="SELECT age, income FROM people WHERE year = 2025", height=120)
    return True


def _wanted() -> DatabaseTable:
    """Return what is asked for by the fields as they are now; raise `ReadError` where a query is empty."""
    assert state.database is not None
    if st.session_state.get("db_what") == QUERY:
        return DatabaseTable(state.database, query=one_select(str(st.session_state.get("db_query") or "")))
    return DatabaseTable(state.database, str(st.session_state.get(widget("db_table", schema())) or ""), schema=schema())


def _preview() -> None:
    from synth_ui.tables.databases import take

    state.database_preview = None
    try:
        table = _wanted()
    except SynthError as error:
        state.database_refusal = str(error)
        return
    _ask(f"Looking at the first rows of {table.origin}", lambda context: take.preview(table), partial(_previewed, table))


def _previewed(table: DatabaseTable, rows: list[dict[str, object]]) -> None:
    state.database_preview = table, rows


def _read(read: Reads) -> None:
    rows = st.session_state.get("db_rows")
    state.database_refusal = None
    try:
        read(_wanted(), int(rows) if rows else None)  # what comes of it in a moment is known at once, a refusal, too
    except SynthError as error:
        state.database_refusal = str(error)
