"""A page file is short: it reads state, calls the package and shows."""

from __future__ import annotations

import pytest

from synth_ui.ui.screens import SCREENS, Screen
from tests.pages.conftest import ROOT


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.file)
def test_a_page_file_only_reads_calls_and_shows(screen: Screen) -> None:
    lines = (ROOT / screen.path).read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 60
    assert "require_shell(__file__)" in lines
