"""What every page stands in: the guard against cold deep links, the sidebar."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.errors import StreamlitAPIException

from synth_ui.core.errors import ArtefactLost, NotThere, QuotaReached, StoreError
from synth_ui.store.database import DatabaseDamaged
from synth_ui.ui import access, links, navigation, secrets
from synth_ui.ui.arrive import mode, trouble
from synth_ui.ui.components import address, keep_address
from synth_ui.ui.data import delete
from synth_ui.ui.decide import asked, choose
from synth_ui.ui.md import count, md
from synth_ui.ui.people import page as people
from synth_ui.ui.screens import SCREENS
from synth_ui.ui.state import state, widget
from synth_ui.ui.take_away import save_chart

ICON = str(Path(__file__).with_name("favicon.png"))
"""A file of ours: a named icon would be fetched from a font server by every visitor's browser."""


LOGO = str(Path(__file__).with_name("logo.svg"))


def require_shell(file: str) -> None:
    """Send a page that Streamlit's own discovery of pages/ started back through app.py, once.

    The first deep link after a server start runs the page without app.py; the address and its parameters are kept. Where users sign in, who
    has not gets no further, by whatever way the page was started.
    """
    if not state.shell:
        state.goto = f"pages/{Path(file).name}"
        try:
            st.switch_page("app.py", query_params=_whole_address())
        except StreamlitAPIException:  # the page is itself the entry point, as when it is tested alone
            state.goto = None
    if not people.admitted():
        st.stop()


def run() -> None:
    """Draw the shell and the page the visitor asked for."""
    st.set_page_config(page_title="Synth UI", page_icon=ICON, layout="wide", initial_sidebar_state="auto")
    st.logo(LOGO, size="large", icon_image=ICON)
    page = st.navigation(
        [
            st.Page(screen.path, title=screen.title, icon=f":material/{screen.icon}:", help=screen.help, default=i == 0)
            for i, screen in enumerate(SCREENS)
        ],
        position="hidden",
    )
    here = next((screen for screen in SCREENS if screen.file == page.url_path), SCREENS[0])
    state.shell = True
    if not people.admitted():
        return
    state.shell = True  # forgotten with the rest where somebody else uses the tab now
    secrets.settle()
    goto, state.goto = state.goto, None
    if goto:
        st.switch_page(goto, query_params=_whole_address())
    try:
        links.begin()
        _read_address()
        if links.arrived() and here.file != "compare":
            asked.take()
        access.let_go()
        access.settle()
        _write_address()
        with st.sidebar:
            navigation.draw(here)
            _sidebar()
            people.who()
            save_chart.listen()
            mode.follow()
        page.run()
        links.end()
    except DatabaseDamaged as damaged:
        trouble.rebuild_database(str(damaged))
        return
    except QuotaReached as error:
        st.error(md(str(error), 600), title="More than is given here")
    except ArtefactLost as error:
        st.error(md(str(error), 600), title="Something this page needs cannot be read")
    except NotThere as error:  # deleted by somebody else while this page was being drawn
        state.race_id = None
        st.error(md(str(error), 600), title="Something this page shows was deleted")
        st.button("Show what is there", icon=":material/refresh:", key="gone")
    except StoreError as error:
        st.error(md(str(error), 600), title="The workspace cannot be used")
        return
    access.keep_warm()


def _whole_address() -> dict[str, str | list[str]]:
    """Return every parameter of the address that can be set, those that stand there several times with each of their values."""
    return links.free({name: st.query_params.get_all(name) for name in st.query_params})


def _in_address() -> tuple[str | None, str | None]:
    return st.query_params.get("race"), st.query_params.get("table")


def _read_address() -> None:
    """Follow a link, a reload or the browser's back button; what this tab wrote itself, or the navigation dropped, is no news."""
    race_id, table_id = _in_address()
    if (race_id, table_id) in (state.address, (None, None)):
        return
    if (race_id, table_id) in state.addresses_left and not links.arrived():  # asked before the browser heard of the new address
        return
    if race_id and race_id != state.race_id:
        access.enter_race(race_id)
    elif table_id and not race_id and table_id != state.table_id:
        access.enter_table(table_id)


def _write_address() -> None:
    """Keep what is being looked at in the address."""
    for name, value in address().items():
        if st.query_params.get(name) != value:
            st.query_params[name] = value
    for name in {"race", "table"} - set(address()):
        st.query_params.pop(name, None)
    keep_address(_in_address())


def _sidebar() -> None:
    """Say which table and which race the pages show; let another race be chosen."""
    if state.table_id is None:
        return
    row = access.table_row(state.table_id)
    st.caption(f"Table: **{md(row['name'], 40)}**, {count(row['rows'], 'row')}")
    labels = access.race_labels()
    if labels:
        options = list(labels)
        st.selectbox(
            "Race",
            options,
            index=options.index(state.race_id) if state.race_id in labels else None,
            format_func=lambda race_id: labels.get(race_id, race_id),
            key=widget("race", state.race_id),
            placeholder="None of this table yet",
            on_change=_choose_race,
        )
        if state.race_id in labels:
            choose.line()
            delete.race_menu(str(state.race_id), labels[str(state.race_id)])


def _choose_race() -> None:
    chosen = st.session_state.get(widget("race", state.race_id))
    if chosen in access.race_labels():  # else a label of a race that has another name by now, or is gone
        access.enter_race(chosen)
