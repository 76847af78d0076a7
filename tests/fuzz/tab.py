"""A tab of a browser as `synth_ui.ui.links` sees it, without a browser and without a page: an address, and what is remembered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import streamlit as st

from synth_ui.ui.state import state


class _Address(dict[str, list[str]]):
    """Parameters with several values each, as Streamlit keeps them."""

    def get(self, key: str, default: Any = None) -> Any:
        """The last value."""
        return self[key] if self.get_all(key) else default

    def get_all(self, key: str) -> list[str]:
        """Every value."""
        return list(dict.get(self, key, []))

    def __getitem__(self, key: str) -> Any:
        return dict.__getitem__(self, key)[-1]

    def __setitem__(self, key: str, value: Any) -> None:
        dict.__setitem__(self, key, list(value) if isinstance(value, list) else [str(value)])


class _Said(list[str]):
    """Where a page says what was left out."""

    def warning(self, text: str, **_: Any) -> None:
        """Keep what was said."""
        text.encode()
        self.append(text)


@contextmanager
def tab(asked: dict[str, list[str]]) -> Iterator[list[str]]:
    """Open an address; what is said under the headline is put into the list."""
    said = _Said()
    with (
        patch.object(st, "session_state", {}),
        patch.object(st, "query_params", _Address({key: list(raw) for key, raw in asked.items() if raw})),
    ):
        state.said_at = said  # type: ignore[assignment]
        yield said
