"""What the page on privacy shows first."""

from __future__ import annotations

from synth_ui.ui.why.privacy.page import MEASURES, shown_of


def test_whether_rows_held_back_were_seen_is_asked_of_files_made_elsewhere_only() -> None:
    assert "seen" not in shown_of(["cart", "arf#2"])
    assert shown_of(["cart", "file:theirs"]) == MEASURES
