"""The switch for polishing: said per generator where it is left out, and a second candidate asked for where it is not."""

from __future__ import annotations

from typing import Any

import pytest

from synth_ui.core.errors import SynthError
from tests.pages.conftest import Open, words


def test_the_switch_asks_for_a_polished_candidate_beside_each(app: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def start_race(workspace: Any, split_id: str, requests: Any, **facts: Any) -> str:
        asked.extend(requests)
        raise SynthError("Not now.")

    monkeypatch.setattr("synth_ui.jobs.races.start.start_race", start_race)
    at = app("generate")
    at.session_state["synth.picked"] = ("autoregressive", "cart")
    at.run()
    assert "is not polished" not in words(at)
    at.checkbox(key="race_polish").check().run()
    assert "Autoregressive network is not polished: it already chooses rows that match" in words(at)
    assert "Sequential trees is not polished" not in words(at)
    at.button(key="start_race_catalogue").click().run()
    assert not at.exception
    found = sorted((one.generator, one.polish) for one in asked)
    assert found == [("autoregressive", False), ("cart", False), ("cart", True)]
