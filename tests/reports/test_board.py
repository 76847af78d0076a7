"""The leaderboard as a table: numbers, odds and requirements beside the scales, names escaped, nothing from outside."""

from __future__ import annotations

import re

import pytest

from synth_ui.comparison.choice.requirements import Requirement, checks
from synth_ui.comparison.outcome import Outcome
from synth_ui.core.score import Status
from synth_ui.reports.board import Board
from tests.comparison.test_verdict import all_attacks
from tests.race_scores import CANDIDATE_VALUES, candidate_rows, outcome, score_rows, without

MADE = outcome(score_rows(), candidate_rows())


def drawn(made: Outcome = MADE, **more: object) -> str:
    return Board(made, made.leaderboard(more.get("weights")), **more).html()  # type: ignore[arg-type]


def row(shown: str, title: str) -> str:
    found = re.search(rf"<tr[^>]*>(?:(?!</tr>).)*<b>{re.escape(title)}</b>.*?</tr>", shown)
    assert found, title
    return found[0]


def test_numbers_intervals_and_odds_stand_in_the_row() -> None:
    shown, said = drawn(weights="train"), MADE.verdict("train")
    net = row(shown, "Autoregressive net")
    assert "96.5%" in net
    assert 'class="first"' in net
    for name, share in said.probabilities.items():
        assert f">{share:.0%}</td>" in row(shown, str(MADE.entries[name]["title"]))
        assert f"{share:.0%}" in said.sentence
    assert "2 signs of a leak" in row(shown, "CART")
    assert shown.index("Unseen real rows") > shown.index("SDV CTGAN"), "controls come last"


def test_a_score_of_another_measure_than_the_head_says_which() -> None:
    shown = drawn()
    assert "leakage index" in shown
    assert re.search(r"<small>(distance share|membership)</small>", row(shown, "CART")) or "1." in row(shown, "CART")


def test_who_may_not_be_recommended_has_no_odds() -> None:
    made = outcome(all_attacks(CANDIDATE_VALUES), candidate_rows())
    said = made.verdict("share")
    assert "cart" in said.barred
    assert "recom­mended" in row(drawn(made, weights="share"), "CART")


def test_requirements_are_marked_with_words_and_reason() -> None:
    asked = [Requirement("skill"), Requirement("leak")]
    field = [name for name in MADE.groups if not name.startswith("control:")]
    shown = drawn(requirements={name: checks(MADE, name, asked) for name in field})
    copula = row(shown, "Gaussian copula")
    assert "✗</span> skill" in copula
    assert ">fails</span>" in copula
    assert "64.0%" in copula
    assert "?</span> no leak" in copula
    assert "Required" not in drawn()


def test_a_score_that_is_missing_says_why_and_names_are_escaped() -> None:
    candidates = candidate_rows()
    candidates.loc[candidates["candidate"] == "arf", "generator_title"] = "<img src=x onerror=alert(1)>"
    gone = without(score_rows(), "tstr", Status.FAILED, "it <b>broke</b>", "arf")
    shown = drawn(outcome(gone, candidates))
    assert "<img" not in shown
    assert "it <b>" not in shown
    assert ">failed</i>" in shown
    assert not re.search(r"<script|url\(|https?://", shown)


@pytest.mark.parametrize("candidates", [[], ["control:train"]])
def test_a_race_without_candidates_is_drawn(candidates: list[str]) -> None:
    scores = score_rows({})
    made = outcome(scores[scores["candidate"].isin(candidates)], candidate_rows(candidates))
    assert "<table" in drawn(made)


def test_of_one_that_could_not_be_compared_no_probability_is_claimed() -> None:
    scores = score_rows({name: CANDIDATE_VALUES[name] for name in ("cart", "arf")})
    names = [*(name for name in MADE.entries if name.startswith("control:")), "cart", "arf", "bayes_net"]
    listed = candidate_rows(names).assign(status=["done"] * (len(names) - 1) + ["running"])
    made = outcome(scores, listed, pending={"bayes_net": ("pairs",)})
    shown = drawn(made)
    assert "<1%" not in row(shown, str(made.entries["bayes_net"]["title"]))
    assert "Best so far<small>" in shown
    assert "Best<small>" in drawn()
