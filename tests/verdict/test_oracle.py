"""The oracle can fail: every rule of it finds the false claim it is there for, and nothing in a verdict that claims nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pytest

from synth_ui.comparison.verdict.sentences import Certainty, Verdict
from synth_ui.core.score import CONTROLS
from tests.verdict.oracle import State, inconsistent, violations
from tests.verdict.world import ATTACKS, QUICK, STANDARD, everything

pytestmark = pytest.mark.timeout(1200)
"""The first test scores every trap by every measure."""

SILENT = Verdict("Any purpose", Certainty.NONE, None, None, (), "No candidate can be recommended", "")


@dataclass(frozen=True)
class Claim:
    """A claim that must be found.

    Attributes
    ----------
    found
        A part of the sentence by which the oracle says what is wrong.
    first
        Who is named first.
    said
        What the verdict says, beside that.
    without
        What has not been scored: measures, or controls.
    under_way
        Whether something is still to come.
    """

    found: str
    first: str | None = "honest"
    said: Mapping[str, Any] = field(default_factory=dict)
    purpose: str = "balanced"
    asked: tuple[str, ...] = STANDARD
    without: tuple[str, ...] = ()
    under_way: bool = False

    def state(self) -> State:
        names = dict.fromkeys([*([self.first] if self.first else []), "honest", *self.said.get("tied_with", ()), *CONTROLS])
        scores = everything()
        keys = scores["measure"].str.split(".").str[0]
        there = scores["candidate"].isin(set(names) - set(self.without)) & keys.isin(set(self.asked) - set(self.without))
        return State(pd.DataFrame(scores[there]), dict.fromkeys(names, "running" if self.under_way else "done"))

    def verdict(self) -> Verdict:
        best = None if self.first is None else {"certainty": Certainty.BEST, "best": self.first, "leader": self.first}
        given = {"finding": "One is first", **(best or {}), **self.said}
        return Verdict(**{**vars(SILENT), **given})


CLEAN = f"{len(ATTACKS)} of {len(ATTACKS)} privacy attacks were tried and found no sign of a leak."
CLAIMS = {
    "best too early, in the heading": Claim("says best while something", None, {"finding": "Honest is best"}, under_way=True),
    "best too early, in a sentence": Claim("says best while something", None, {"sentence": "It is the best of 3."}, under_way=True),
    "best too early, of one": Claim("says best while something", None, {"reasons": {"honest": "It is the best."}}, under_way=True),
    "named too early": Claim("a best one is named while", under_way=True),
    "a promise": Claim("promises", None, {"sentence": "Its rows are anonymous."}),
    "a promise in a reason": Claim("promises", None, {"reasons": {"honest": "It is Safe to share."}}),
    "more than all": Claim("is no share", None, {"sentence": "In likeness it is 101% of the way."}),
    "less than nothing": Claim("is no share", None, {"sentence": "In likeness it is −1.1 % of the way."}),
    "skill without its bad end": Claim("usefulness without its scale", said={"sentence": "It keeps skill."}, without=("control:independent",)),
    "skill not asked": Claim("usefulness without its scale", said={"sentence": "It keeps skill."}, without=("tstr",)),
    "likeness without its good end": Claim("likeness without its scale", said={"sentence": "It is first in likeness."}, without=("control:train",)),
    "outside after the quick card": Claim("recommended outside before", purpose="share", asked=QUICK),
    "outside without a scale": Claim("recommended outside before", purpose="share", without=("control:unseen",)),
    "a file outside unasked": Claim("nobody looked whether it saw", "file:dates", purpose="share", without=("seen",)),
    "copies outside": Claim("copies training rows", "copies-20", purpose="share"),
    "copies outside, tied": Claim("copies training rows", said={"tied_with": ("half",)}, purpose="share"),
    "a copy": Claim("nearly a copy", "copy"),
    "rows drawn again, tied": Claim("nearly a copy", said={"tied_with": ("drawn-again",)}),
    "the whole table": Claim("holds rows held back", "file:whole"),
    "the holdout": Claim("holds rows held back", "file:holdout"),
    "a rule breaker": Claim("breaks rules and is named first", "rule-breaker"),
    "a lost column": Claim("lost a column", "blank"),
    "attacks that were not tried": Claim("attacks are said to have found nothing", said={"sentence": CLEAN}, asked=QUICK),
    "attacks on a copy": Claim("is nearly a copy and attacks", "copy", {"sentence": CLEAN}),
    "no sign, of nobody": Claim("of nobody in particular", None, {"sentence": "They found no sign of a leak."}),
    "a copy beside": Claim("a copy is said to leak nothing", said={
        "tied_with": ("copy",), "sentence": "On Copy, tied with it, the same attacks found no sign of a leak."}),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", CLAIMS)
def test_a_false_claim_is_found(name: str) -> None:
    claim = CLAIMS[name]
    found = violations(claim.state(), claim.verdict(), claim.purpose)
    assert any(claim.found in one for one in found), found


@pytest.mark.slow
@pytest.mark.parametrize("name", CLAIMS)
def test_the_same_state_without_the_claim_breaks_no_rule(name: str) -> None:
    claim = CLAIMS[name]
    assert violations(claim.state(), SILENT, claim.purpose) == []


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"tied_with": ("b",), "finding": "They are tied", "probabilities": {"a": 0.93, "b": 0.07}}, "a tie at"),
        ({"probabilities": {"a": 0.4, "b": 0.3, "c": 0.3}}, "no tie at"),
        ({"finding": "They are tied for best"}, "differ"),
        ({"tied_with": ("b",), "finding": "A is best", "probabilities": {"a": 0.5, "b": 0.5}}, "differ"),
    ],
)
def test_words_and_probabilities_that_disagree_are_found(given: dict[str, Any], found: str) -> None:
    named = {**vars(SILENT), "best": "a", "leader": "a", "finding": "A is best", **given}
    assert any(found in one for one in inconsistent(Verdict(**named)))
    assert (
        inconsistent(Verdict(**{**vars(SILENT), "best": "a", "leader": "a", "finding": "A is best", "probabilities": {"a": 1.0}}))
        == []
    )
