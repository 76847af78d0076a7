"""An address the browser still asks for after this tab has gone on is no link that is followed."""

from __future__ import annotations

from unittest.mock import patch

import pytest

from synth_ui.ui import shell
from synth_ui.ui.components import keep_address
from synth_ui.ui.state import state
from tests.fuzz.tab import tab


@pytest.mark.parametrize(
    ("asked", "arrived", "followed"),
    [("first", False, False), ("first", True, True), ("other", False, True), ("second", False, False)],
    ids=["left before", "the browser's back, or a reload", "a link", "the one that stands"],
)
def test_an_address_that_was_left_is_followed_only_by_arriving(asked: str, arrived: bool, followed: bool) -> None:
    with tab({"race": [asked]}), patch.object(shell.access, "enter_race") as entered:
        for race in ("first", "second"):
            state.race_id = race
            keep_address((race, None))
        state.arrived = arrived
        shell._read_address()
    assert entered.called is followed
