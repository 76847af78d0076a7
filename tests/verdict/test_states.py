"""Candidates whose right verdict is known, against every state that a race, a cancel, a failure or a later question can leave behind."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator

import pandas as pd
import pytest

from synth_ui.comparison.choice import probability_of_best
from synth_ui.comparison.purposes import PURPOSES
from synth_ui.core.score import CONTROLS, Status
from tests.verdict.oracle import State, inconsistent, violations
from tests.verdict.world import ATTACKS, QUICK, STANDARD, TRAPS, everything

pytestmark = pytest.mark.timeout(1200)
"""The first test scores every trap by every measure."""

RIVALS = ("honest", "one-shuffled")
MISSING = [(), ("control:unseen",), ("control:train",), ("control:independent",), ("control:flipped",), tuple(CONTROLS)]
"""Which controls have not been scored; for two traps every subset is tried."""

THOROUGH = bool(os.environ.get("SYNTH_UI_THOROUGH"))


def _missing(trap: str) -> list[tuple[str, ...]]:
    """Return which controls are left out for a trap: none, all, and the single ones in turn, each for every fourth trap."""
    if trap in ("drawn-again", "file:whole"):
        return [gone for size in range(5) for gone in itertools.combinations(CONTROLS, size)]
    one = MISSING[1:-1]
    return MISSING if THOROUGH else [MISSING[0], one[list(TRAPS).index(trap) % len(one)], MISSING[-1]]


PARTLY = ("margins", "pairs", "tstr")


@pytest.fixture(autouse=True)
def few_draws(monkeypatch):
    """The rules do not depend on the number of draws; the probabilities are tested where they are computed."""
    monkeypatch.setattr(probability_of_best.chances, "__defaults__", (300,))


def _rows(names: dict[str, tuple[str, ...]]) -> pd.DataFrame:
    scores = everything()
    keys = scores["measure"].str.split(".").str[0]
    kept = [scores["candidate"].eq(name) & keys.isin(measures) for name, measures in names.items()]
    return scores[pd.concat(kept, axis=1).any(axis=1)]


def depths(trap: str) -> Iterator[tuple[str, dict[str, tuple[str, ...]], str]]:
    """Yield how far each candidate has been asked: name, measures per candidate, and the state of the trap's run."""
    field = dict.fromkeys(dict.fromkeys((trap, *RIVALS)), QUICK)
    yield "quick", field, "done"
    yield "deeper of it alone", {**field, trap: STANDARD}, "done"
    yield "deeper of another alone", {**field, RIVALS[0]: STANDARD}, "done"
    yield "all", dict.fromkeys(field, STANDARD), "done"
    yield "it is being scored", {**field, trap: PARTLY}, "running"
    yield "it was cancelled half way", {**field, trap: PARTLY}, "cancelled"


def states(trap: str, missing: list[tuple[str, ...]]) -> Iterator[tuple[str, State]]:
    """Yield every state: how far it was asked, which controls are missing, and whether they are still to come or were cancelled."""
    for (depth, field, own), gone in itertools.product(depths(trap), missing):
        asked = STANDARD if STANDARD in field.values() else QUICK
        controls = {name: asked for name in CONTROLS if name not in gone}
        for later in ("running", "cancelled") if gone else ("done",):
            statuses = dict.fromkeys((*field, *CONTROLS), "done") | {trap: own} | dict.fromkeys(gone, later)
            open_ = dict.fromkeys(gone, asked) if later == "running" else {}
            ended = {name: "cancelled" for name, state in statuses.items() if state == "cancelled"}
            yield f"{depth}, without {gone}, {later}", State(_rows({**field, **controls}), statuses, open_, ended)
        if not gone and depth == "quick":
            statuses = dict.fromkeys((*field, *CONTROLS), "done")
            rest = tuple(key for key in STANDARD if key not in QUICK)
            yield f"{depth}, the rest still to come", State(_rows({**field, **controls}), statuses, dict.fromkeys(statuses, rest))
            ended = {name: f"cancelled: {', '.join(rest)} not asked" for name in statuses}
            yield f"{depth}, the rest cancelled", State(_rows({**field, **controls}), statuses, {}, ended)


@pytest.mark.slow
@pytest.mark.parametrize("trap", TRAPS)
def test_nothing_is_claimed_that_the_state_does_not_bear(trap: str) -> None:
    broken = []
    for name, state in states(trap, _missing(trap)):
        outcome = state.outcome()
        for purpose in PURPOSES:
            said = outcome.verdict(purpose)
            broken += [f"{name}, {purpose}: {rule}" for rule in (*violations(state, said, purpose), *inconsistent(said))]
    assert not broken, f"{len(broken)} claims, the first: {broken[:3]}"


def _all(*names: str) -> State:
    field = dict.fromkeys(names, STANDARD)
    return State(_rows({**field, **dict.fromkeys(CONTROLS, STANDARD)}), dict.fromkeys((*names, *CONTROLS), "done"))


@pytest.mark.parametrize("purpose", PURPOSES)
def test_the_right_verdict_with_all_evidence(purpose: str) -> None:
    said = {name: _all(name, "honest").outcome().verdict(purpose) for name in TRAPS if name != "honest"}
    for name in ("copy", "redrawn-1", "redrawn-10", "drawn-again", "shuffled", "constant", "rule-breaker", "blank"):
        assert said[name].best == "honest", (name, said[name].sentence)
        assert name not in said[name].tied_with, (name, said[name].finding)
    for name in ("half", "copies-20"):
        if purpose == "share":
            assert said[name].best == "honest", (name, said[name].sentence)
        assert any("train" in one.sentence for one in _all(name, "honest").outcome().objections(name)), name


def test_identical_candidates_tie() -> None:
    for purpose in PURPOSES:
        said = _all("twin", "twin-too").outcome().verdict(purpose)
        assert {said.best, *said.tied_with} == {"twin", "twin-too"}, said.finding
        alone, both = _all("twin", "honest").outcome(), _all("twin", "twin-too", "honest").outcome()
        assert alone.evidence("twin", "privacy") == both.evidence("twin", "privacy")


def test_seeds_are_one_candidate() -> None:
    outcome = _all("seeded", "seeded#2", "honest").outcome()
    assert outcome.groups["seeded"] == ("seeded", "seeded#2")
    assert "of 2 candidates" in outcome.verdict().sentence or "tied for best of 2" in outcome.verdict().sentence
    assert not any("made once" in one.sentence for one in outcome.objections("seeded"))


def test_the_order_of_candidates_does_not_matter() -> None:
    names = ("honest", "rule-breaker", "copies-20", "twin")
    one, other = _all(*names), _all(*reversed(names))
    turned = State(other.rows.iloc[::-1], dict(reversed(other.statuses.items())))
    for purpose in PURPOSES:
        assert one.outcome().verdict(purpose) == turned.outcome().verdict(purpose)


def test_more_evidence_never_takes_a_leak_back() -> None:
    for name in TRAPS:
        found: set[tuple[str, str]] = set()
        for measures in (QUICK, *(STANDARD[: cut + 1] for cut in range(len(QUICK), len(STANDARD)))):
            kept = tuple(dict.fromkeys((*QUICK, *measures)))
            field = {name: kept, "honest": kept} | dict.fromkeys(CONTROLS, kept)
            outcome = State(_rows(field), dict.fromkeys(field, "done")).outcome()
            assert found <= outcome.found, (name, found - outcome.found)
            found = set(outcome.found)
            known = outcome.attacks(name)
            assert len(known.tried) <= len([key for key in ATTACKS if key in kept])


def test_a_later_question_to_some_does_not_change_who_is_compared_by_what() -> None:
    """Asking the standard measures of two candidates must not leave the others behind."""
    names = ("honest", "twin", "one-shuffled", "seeded")
    quick = State(
        _rows({**dict.fromkeys(names, QUICK), **dict.fromkeys(CONTROLS, QUICK)}), dict.fromkeys((*names, *CONTROLS), "done")
    )
    deeper = {**dict.fromkeys(names, QUICK), "honest": STANDARD, "twin": STANDARD, **dict.fromkeys(CONTROLS, STANDARD)}
    asked = State(_rows(deeper), quick.statuses)
    before, after = quick.outcome(), asked.outcome()
    assert {key: head.measure for key, head in before.headlines.items()} == {
        key: head.measure for key, head in after.headlines.items()
    }
    ranks = [each.leaderboard().set_index("candidate")["rank"].dropna().to_dict() for each in (before, after)]
    assert ranks[0] == ranks[1]
    assert "of 4 candidates" in after.verdict().sentence
    assert not (after.leaderboard()[["fidelity_status", "utility_status", "privacy_status"]] == "not asked").any(axis=None)


def test_a_cancelled_control_is_named() -> None:
    gone = {"control:unseen": "cancelled"}
    kept = {name: QUICK for name in CONTROLS if name != "control:unseen"}
    state = State(
        _rows({"honest": QUICK, "drawn-again": QUICK, **kept}),
        {"honest": "done", "drawn-again": "done", **dict.fromkeys(kept, "done"), **gone}, {}, gone,
    )  # fmt: skip
    outcome = state.outcome()
    said = outcome.verdict()
    assert "no scale: the control “unseen real rows” was cancelled" in " ".join([said.sentence, *said.unjudged])
    assert outcome.evidence("honest", "privacy").state == "cannot be judged"
    assert said.best != "drawn-again"


def test_what_failed_for_one_is_said_and_the_others_are_compared() -> None:
    state = _all("honest", "twin", "seeded")
    rows = state.rows.copy()
    hit = rows["candidate"].eq("seeded") & rows["measure"].str.startswith("tstr")
    rows = rows[~(hit & (rows["measure"] != "tstr"))]
    hit = rows["candidate"].eq("seeded") & rows["measure"].eq("tstr")
    rows.loc[hit, ["value", "low", "high"]] = float("nan")
    rows.loc[hit, "status"], rows.loc[hit, "reason"] = str(Status.FAILED), "out of memory"
    said = State(rows, state.statuses).outcome().verdict()
    assert said.leader in ("honest", "twin")
    assert "out of memory" in said.reasons["seeded"]
