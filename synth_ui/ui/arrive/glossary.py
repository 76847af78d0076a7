"""The glossary: every term in a sentence, searchable."""

from __future__ import annotations

import streamlit as st

from synth_ui.reports.glossary import GLOSSARY
from synth_ui.ui import links
from synth_ui.ui.md import md


def show() -> None:
    """Draw the terms that hold what is searched for; all where nothing is."""
    wanted = str(st.text_input("Search the glossary", placeholder="leak", **links.words("glossary_search")) or "").strip().lower()
    found = [term for term in GLOSSARY if wanted in f"{term.word} {term.means} {term.papers}".lower()]
    if not found:
        st.markdown(f"No term holds “{md(wanted)}”.")
    for term in sorted(found, key=lambda term: term.word):
        papers = f" :small[Papers say: {md(term.papers)}.]" if term.papers else ""
        st.markdown(f"**{md(term.word)}**  \n{md(term.means, 400)}{papers}", width=820)
