"""`--card` says what is measured, or where the decision card goes; weights are read as they are written."""

from __future__ import annotations

import argparse

import pytest

from synth_ui.choose_cli import purpose_of
from synth_ui.cli import _parser

RACE = ["race", "people.csv", "--target", "income"]


@pytest.mark.parametrize(
    ("given", "measured", "written"),
    [
        ([], "standard", None),
        (["--card", "quick"], "quick", None),
        (["--card", "card.html"], "standard", "card.html"),
        (["--card", "quick", "--card", "out/card.json"], "quick", "out/card.json"),
    ],
)
def test_a_card_is_measures_or_a_file(given: list[str], measured: str, written: str | None) -> None:
    options = _parser().parse_args([*RACE, *given])
    assert (options.card, options.decision_card) == (measured, written)


def test_a_resumed_race_takes_a_file_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert _parser().parse_args(["resume", "r", "--card", "card.html"]).decision_card == "card.html"
    with pytest.raises(SystemExit):
        _parser().parse_args(["resume", "r", "--card", "quick"])
    assert "does not end in .html, .json or .png" in capsys.readouterr().err


def test_weights_stand_in_for_a_purpose() -> None:
    assert purpose_of(argparse.Namespace(weights=None, purpose="share")) == "share"
    given = argparse.Namespace(weights="2,3,1", purpose="share")
    assert purpose_of(given) == {"fidelity": 2.0, "utility": 3.0, "privacy": 1.0}
