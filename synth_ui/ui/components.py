"""The parts pages are made of: headline, empty state, next step, facts, charts with their data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, Literal

import streamlit as st

from synth_ui.core.errors import ArtefactLost, StoreError
from synth_ui.ui import links
from synth_ui.ui.arrive import trouble
from synth_ui.ui.data import delete
from synth_ui.ui.md import md, told_apart
from synth_ui.ui.people import downloads
from synth_ui.ui.screens import after
from synth_ui.ui.state import state, widget
from synth_ui.ui.take_away import save_chart

if TYPE_CHECKING:
    import pandas as pd

    from synth_ui.plots.chart import Chart

MOST_LEFT = 16
"""How many addresses of a tab are remembered, to know one the browser still asks for."""

MOST_SAID = 5
"""So many lost files are named one by one."""

MOST_TITLE = 800
"""Characters of a chart's title: a sentence of our own that may name three candidates by their settings, and is shown whole."""

CHART_BAR = {"displaylogo": False, "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"]}
"""The buttons over a chart: download as picture, zoom, pan, reset."""


def headline(title: str, caption: str = "") -> None:
    """Draw the page's title and, under it, one sentence; both already escaped where they quote the table."""
    state.missed = {}
    st.title(title, anchor=False)
    trouble.said()
    if caption:
        st.caption(caption)
    if state.notice:
        st.warning(md(state.notice, 400), icon=":material/info:")
        state.notice = None
    links.place()
    delete.undo()


def empty(title: str, what_to_do: str, path: str, label: str) -> None:
    """Draw what stands where nothing is yet: why, what to do, and the way there as the page's one primary action."""
    with st.container(border=True):
        st.header(title, anchor=False)
        st.markdown(what_to_do)
        if st.button(label, key=widget("go", path), type="primary", icon=":material/arrow_forward:", icon_position="right"):
            go_to(path)


def next_step(path: str, label: str, why: str, *, primary: bool = False) -> None:
    """Draw the way on, in a bar at the foot of the window, so that it is in sight wherever the page is scrolled."""
    say_missed(state.missed)
    state.missed = {}
    with st.bottom, st.container(horizontal=True, vertical_alignment="center", key=widget("next", path)):
        kind: Literal["primary", "secondary"] = "primary" if primary else "secondary"
        if st.button(label, key=widget("onward", path), type=kind, icon=":material/arrow_forward:", icon_position="right"):
            go_to(path)
        st.caption(why)


def onward(file: str, *, primary: bool = False) -> None:
    """Draw the way on from a page: to the next step of the work, see `synth_ui.ui.screens`."""
    screen = after(file)
    if screen is not None:
        next_step(screen.path, screen.title, screen.help, primary=primary)


def address() -> dict[str, str]:
    """Return the parameters that lead another visitor to the table and the race this tab looks at."""
    if state.race_id:
        return {"race": state.race_id}
    return {"table": state.table_id} if state.table_id else {}


def keep_address(now: tuple[str | None, str | None]) -> None:
    """Note the race and the table that this tab's address holds from now on, and which it held before."""
    left = (*state.addresses_left, state.address)
    state.addresses_left = tuple(one for one in dict.fromkeys(left) if one != now)[-MOST_LEFT:]
    state.address = now


def whole_address() -> dict[str, str | list[str]]:
    """Return these, and what of the view every page shares: what a link to another page of this app holds."""
    return {**address(), **links.carried()}


def go_to(path: str) -> None:
    """Go to another page, keeping table and race in the address."""
    keep_address((state.race_id, None) if state.race_id else (None, state.table_id))
    st.switch_page(path, query_params=links.free(whole_address()))


def one_of(
    label: str,
    options: Mapping[str, str],
    key: str,
    *,
    help: str | None = None,
    on_change: Callable[..., None] | None = None,
    args: tuple[Any, ...] = (),
    bind: bool = False,
) -> str | None:
    """Draw a choice of one among a few, kept over all pages; `options` are values with their labels, the first is the default.

    With `bind` it stands in the address under its key, see `synth_ui.ui.links`.

    Radio buttons in a row: the label of a chosen segment cannot have enough contrast on a dark page, that of a radio button has.
    """
    options = told_apart(options)
    chosen: str | None = st.radio(
        label, list(options), format_func=lambda value: options.get(value, str(value)), horizontal=True, help=help,
        on_change=on_change, args=args, persist_state="session",
        **(links.choice(key, options, next(iter(options), None)) if bind else {"key": key}),
    )  # fmt: skip
    return chosen


def facts(values: Mapping[str, str], helps: Mapping[str, str] | None = None) -> None:
    """Draw a row of numbers with their names."""
    with st.container(horizontal=True, gap="small"):
        for name, value in values.items():
            st.metric(name, value, border=True, width=170, help=(helps or {}).get(name))


def chart(drawn: Chart, key: str, *, who: str = "", note: str = "", titled: bool = True) -> None:
    """Draw a chart with the title that states its finding, its text alternative and its data to download.

    `who` is the candidate shown, not escaped. Without a title where the page's own headline states the same finding right above it.
    """
    with st.container(border=True, height="stretch", gap="xsmall", key=widget("chart", key)):
        if who:
            st.caption(md(who))
        if titled:
            st.markdown(f"**{md(drawn.title, MOST_TITLE)}**")
        if drawn.figure.data:  # else the title says all there is: that nothing is to be drawn, and why
            picture(drawn, widget("plot", key))
        if note:
            st.caption(note)
        st.space("stretch")
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            download_frame(drawn.data, key)
            if drawn.figure.data:
                save_chart.buttons(key)


def picture(drawn: Chart, key: str, *, bar: bool = True) -> None:
    """Draw a chart's figure alone, its text in the page's own colour, with its text alternative."""
    from synth_ui.plots import theme

    figure = theme.readable(drawn.figure, dark=st.context.theme.type == "dark")
    st.plotly_chart(figure, key=key, alt=drawn.alt, config=CHART_BAR if bar else {"displayModeBar": False})


@contextmanager
def in_place() -> Iterator[None]:
    """Say here what is gone or damaged where something drawn within needs it; the rest of the page is drawn all the same."""
    before = state.missed
    try:
        yield
    except ArtefactLost as error:
        st.warning(f"Not shown. {md(str(error), 600)}", icon=":material/broken_image:")
    say_missed({what: why for what, why in state.missed.items() if what not in before})
    state.missed = before


def say_missed(missed: Mapping[str, str], so: str = "what was in them is not shown") -> None:
    """Say which files could not be read, and what follows (`so`); nothing where all could."""
    if not missed:
        return
    lines = [f"- {md(f'{what}: {why}', 500)}" for what, why in sorted(missed.items())]
    more = [f"- and {len(lines) - MOST_SAID:,} more"] if len(lines) > MOST_SAID else []
    said = [f"Some files of this race cannot be read; {so}.", "", *lines[:MOST_SAID], *more]
    st.warning("\n".join(said), icon=":material/broken_image:")


def fragment(part: Callable[..., None], *, run_every: float | None = None, key: str | None = None) -> Callable[..., None]:
    """Return a part of a page that is drawn again by itself; what cannot be drawn any more is said by the whole page, with a way on.

    A race that somebody else deletes, or a database that is lost, would else end such a part in an error nobody explains: Streamlit lets no
    exception out of it.
    """

    @wraps(part)
    def whole(*given: Any, **options: Any) -> None:
        met: list[StoreError] = []

        @wraps(part)
        def drawn() -> None:
            try:
                part(*given, **options)
            except StoreError as error:
                if links.by_itself():
                    state.notice = str(
                        error
                    )  # said by the whole page, also where that can be drawn: it may be a press that was refused
                    st.rerun()
                met.append(error)

        st.fragment(drawn, run_every=run_every, key=key)()
        if met:
            raise met[0]

    return whole


def one_tab_at_a_time(parts: Mapping[str, Callable[[], None]], key: str) -> None:
    """Draw parts as tabs of which only the open one is computed; turning to another redraws nothing else.

    The open tab stands in the address under the key.
    """

    @fragment
    def draw() -> None:
        opened = st.tabs(list(parts), on_change="rerun", **links.choice(key, list(parts), next(iter(parts))))
        for tab, part in zip(opened, parts.values(), strict=True):
            if tab.open:
                with tab, in_place():
                    part()

    draw()


def folded(label: str, part: Callable[[], None], key: str) -> None:
    """Draw a part of a page that is not needed at first sight: one click opens it, and only then it is computed."""

    @fragment
    def draw() -> None:
        box = st.expander(label, key=key, on_change="rerun")
        if box.open:
            with box, in_place():
                part()

    draw()


def download_frame(frame: pd.DataFrame, key: str, *, label: str = "Download data", name: str | None = None) -> None:
    """Offer a frame as CSV, written when it is asked for, with spreadsheet formulas neutralised."""
    downloads.button(
        label,
        data=_csv(frame),
        file_name=f"{name or key}.csv",
        mime="text/csv",
        key=widget("csv", key),
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )


def _csv(frame: pd.DataFrame) -> Callable[[], bytes]:
    def write() -> bytes:
        from synth_ui.reports.download import neutralised

        return str(neutralised(frame.astype(object)).to_csv(index=False)).encode()

    return write
