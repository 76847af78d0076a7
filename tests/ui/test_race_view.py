"""What a race's view says of its candidates before all of them are there."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from synth_ui.ui.decide.race_view import View


@pytest.mark.parametrize(("ranks", "leader"), [((1.0, 2.0), "a"), ((1.0, None), None), ((None, None), None)])
def test_one_alone_does_not_lead(ranks: tuple[float | None, float | None], leader: str | None) -> None:
    board = pd.DataFrame({"control": [False, False], "rank": pd.array(ranks, dtype="Float64"), "members": [("a",), ("b",)]})
    assert View.leader.func(SimpleNamespace(leaderboard=lambda _: board)) == leader  # type: ignore[attr-defined]
