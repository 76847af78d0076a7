"""The columns that need a decision: what decides most stands first."""

from __future__ import annotations

from synth_ui.ui.data.column_review import urgency


def test_what_gives_the_target_away_stands_first_and_counts_last() -> None:
    said = [
        "93% of the values are zero",
        "94% blank",
        "looks like addresses; they are made anew",
        "gives y away: it alone tells 99.9%",
    ]
    assert sorted(said, key=urgency) == [said[3], said[2], said[0], said[1]]
