"""Light and dark, switched while a page is open: charts and pictures have the page's colour drawn in, so the page is drawn again."""

from __future__ import annotations

import streamlit as st

WATCH = """
export default function({ setTriggerValue }) {
  const app = document.querySelector('[data-testid="stApp"]');
  if (!app) return;
  const look = () => {
    const now = getComputedStyle(app).colorScheme, before = app.dataset.synthMode;
    if (now === before) return;
    app.dataset.synthMode = now;
    if (before) setTriggerValue("mode", now);
  };
  const watch = new MutationObserver(look);
  watch.observe(app, { attributes: true, attributeFilter: ["class", "style"] });
  look();
  return () => watch.disconnect();
}
"""
"""Streamlit tells the server of another theme with the next click only; this asks for the page once as soon as it has changed."""


def follow() -> None:
    """Draw the page again once it turns light or dark; once per page."""
    st.components.v2.component("mode", js=WATCH)(key="mode", on_mode_change=_drawn_again)


def _drawn_again() -> None:
    """Nothing is to be done before: the page that follows is drawn in the new colours."""
