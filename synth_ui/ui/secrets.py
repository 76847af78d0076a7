"""The endpoint of a language model, from Streamlit's secrets: put into the environment that runs inherit, and nowhere else."""

from __future__ import annotations

import os
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

NAMES = {"url": "SYNTH_UI_LLM_URL", "model": "SYNTH_UI_LLM_MODEL", "key": "SYNTH_UI_LLM_KEY"}


def settle() -> None:
    """Take `[llm]` of secrets.toml (url, model, key) into the environment, where that says nothing yet; without the file nothing happens."""
    for name, value in _section().items():
        if name in NAMES:
            os.environ.setdefault(NAMES[name], str(value))


@st.cache_resource(show_spinner=False)
def _section() -> dict[str, Any]:
    """Return the section; read once per server."""
    try:
        return dict(st.secrets.get("llm", {}))
    except StreamlitSecretNotFoundError:
        return {}
