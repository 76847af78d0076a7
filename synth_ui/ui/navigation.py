"""The way through the pages: a list of links per step of the work, in the sidebar.

Streamlit's own sections put a block between the list and its items, which screen readers are not told as a list; so the links are ours.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from synth_ui.ui.components import whole_address
from synth_ui.ui.screens import RESULTS, SCREENS, SECTIONS, Screen
from synth_ui.ui.state import state, widget

MARK_CURRENT = """
const here = (search) => ["race", "table"].map((name) => new URLSearchParams(search).get(name) || "").join("/");
const names = (href) => [...new URL(href).searchParams.keys()];
if (!window.synthHistory) {
  window.synthHistory = true;
  const push = window.history.pushState.bind(window.history), replace = window.history.replaceState.bind(window.history);
  let left = null;
  window.history.pushState = (state, title, url) => {
    const now = window.location.href, to = new URL(url ?? "", now);
    if (to.pathname !== window.location.pathname) {
      if (left && performance.now() - left.at < 1000) replace(state, title, left.href);
      left = null;
      push(state, title, url);
    } else if (here(to.search) !== here(new URL(now).search) && here(new URL(now).search) !== "/") {
      push(state, title, url);
    } else {
      const kept = names(to.href), had = names(now), fresh = left && performance.now() - left.at < 1000;
      if (!kept.every((name) => had.includes(name))) left = null;
      else if (kept.length < had.length && !fresh) left = {href: now, at: performance.now()};
      replace(state, title, url);
    }
  };
}
export default function({ data }) {
  const mark = () => {
    const sidebar = document.querySelector('[data-testid="stSidebar"]');
    if (!sidebar) return;
    sidebar.setAttribute("role", "navigation");
    sidebar.setAttribute("aria-label", "Pages");
    for (const link of sidebar.querySelectorAll('[data-testid="stPageLink-NavLink"]')) {
      const here = link.closest('[class*="st-key-link-' + data.file + '"]') !== null;
      if (here) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
    }
  };
  const follow = (event) => {
    if (window.innerWidth >= 768 || !event.target.closest('[data-testid="stPageLink-NavLink"]')) return;
    setTimeout(() => document.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click(), 50);
  };
  const named = () => {
    for (const drop of document.querySelectorAll('[data-testid="stFileUploaderDropzone"][role="presentation"]')) drop.setAttribute("role", "group");
  };
  mark();
  named();
  const timer = setTimeout(mark, 300);
  const observer = new MutationObserver(named);
  observer.observe(document.body, { childList: true, subtree: true });
  document.addEventListener("click", follow);
  return () => { clearTimeout(timer); observer.disconnect(); document.removeEventListener("click", follow); };
}
"""
"""Tells screen readers which link leads to the page they are on, Streamlit shows it in bold only, and that
what has a name is no mere decoration; on a phone a link closes the sidebar.

A view of a page is one entry of the browser's history: Streamlit makes one each time the server completes an address, and the way back would
lead through all of them. Another page or another race is an entry of its own. On the way to another page Streamlit first takes the
parameters of the old page's widgets out of the old page's address; they are put back (`left`) before the new page gets its entry.
"""

STYLE = """<style>
[data-testid="stSidebar"] [data-testid="stPageLink-NavLink"][aria-current="page"] {background: color-mix(in srgb, currentColor 12%, transparent);}
[data-testid="stSidebar"] [class*="st-key-section-"] {gap: 0;}
[data-testid="stSidebar"] [class*="st-key-link-"] {min-height: 1.75rem; flex-shrink: 0;}
[data-testid="stSidebar"] .synth-section {font-size: 0.8125rem; font-weight: 600; padding: 0 0 0.125rem 0.5rem; margin: 0;}
[data-testid="stSidebar"] [data-testid="stPageLink-NavLink"] {height: 1.75rem; min-height: 0; margin: 0; padding: 0 0.5rem; line-height: 1.75rem;}
</style>"""


def offered() -> Sequence[Screen]:
    """Return the pages that can hold something now: those of results come with the first race."""
    return [screen for screen in SCREENS if screen.section not in RESULTS or state.race_id is not None]


def draw(here: Screen) -> None:
    """Draw the links, section by section; the page one is on is always among them."""
    st.html(STYLE)
    shown = offered()
    for section in SECTIONS:
        links = [screen for screen in SCREENS if screen.section == section and (screen in shown or screen == here)]
        if links:
            _section(section, links)
    if len(shown) < len(SCREENS):
        st.caption(f"{', '.join(RESULTS[:-1])} and {RESULTS[-1]} open with the first race.")
    _mark_current(here)


def _section(section: str, links: Sequence[Screen]) -> None:
    with st.container(key=widget("section", section.lower().replace(" ", "_"))):
        if len(links) > 1 or links[0].title != section:
            st.html(f'<h2 class="synth-section">{section}</h2>')
        for screen in links:
            with st.container(key=widget("link", screen.file)):
                st.page_link(
                    screen.path,
                    label=screen.title,
                    icon=f":material/{screen.icon}:",
                    width="stretch",
                    query_params=whole_address(),
                )


def _mark_current(here: Screen) -> None:
    st.components.v2.component("current_page", js=MARK_CURRENT)(data={"file": here.file}, key="current_page")
