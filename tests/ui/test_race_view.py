"""What a race's view says of its candidates before all of them are there."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from synth_ui.comparison.verdict.sentences import Certainty
from synth_ui.ui.decide.race_view import View


@pytest.mark.parametrize("certainty", Certainty)
def test_one_alone_does_not_lead(certainty: Certainty) -> None:
    named = None if certainty is Certainty.NONE else "a"
    view = SimpleNamespace(verdict=lambda _: SimpleNamespace(certainty=certainty, leader=named))
    alone = certainty in (Certainty.ALONE, Certainty.ONLY)
    assert View.leader.func(view) == (None if alone else named)  # type: ignore[attr-defined]
