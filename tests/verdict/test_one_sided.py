"""An attack too weak to see a planted leak, or with few rows to see by, can clear nobody; what it finds all the same is a sign."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synth_ui.comparison.choice.requirements import Requirement, RequirementAnswer, checks
from synth_ui.comparison.choice.said import moment
from synth_ui.comparison.outcome import Outcome
from synth_ui.comparison.purposes import PURPOSES
from synth_ui.comparison.verdict.evidence import Attack
from synth_ui.core.context import Context
from synth_ui.core.score import Score, Status, scores_frame
from synth_ui.evaluation.calibrate import calibrate
from synth_ui.evaluation.cards import known_measures
from synth_ui.evaluation.evaluate import evaluate, evaluate_control
from synth_ui.measures.case import Shared
from synth_ui.plots.scores.tracks import is_muted, scale_tracks
from synth_ui.reports.board import Board
from synth_ui.reports.svg import track
from tests.measures.privacy.worlds import split_of, three
from tests.race_scores import CANDIDATE_VALUES, outcome, score_rows

CONTROLS = ("control:train", "control:flipped", "control:unseen", "control:independent")
ATTACKS = [
    key
    for key, measure in known_measures().items()
    if measure.family == "privacy" and measure.attack and "standard" in measure.cards
]
FEW = "891 real rows are too few to say that nothing leaks, which needs 1,000"
SEES, BLIND_TO_BOTH = {"control:train": 0.45, "control:flipped": 0.4}, {"control:train": 0.02, "control:flipped": 0.01}
HOW_WEAK = {
    "few rows": (Status.UNDER_POWERED, SEES), "both leaks missed": (Status.OK, BLIND_TO_BOTH),
    "the redrawn missed": (Status.OK, {**SEES, "control:flipped": 0.01}), "the copy missed": (Status.OK, {**SEES, "control:train": 0.01}),
    "few rows, both missed": (Status.UNDER_POWERED, BLIND_TO_BOTH), "the copy exactly as unseen rows": (Status.OK, {**SEES, "control:train": 0.0}),
}  # fmt: skip
"""By name, how a privacy score is said to end on the table, and how far beyond chance it sees each planted leak."""


def weak(how: str, leak: dict[str, float], half: float = 0.03) -> Outcome:
    """Return two candidates like each other in likeness and usefulness whose attacks are all weak in one way, and leak so much."""
    status, planted = HOW_WEAK[how]
    rows = []
    for key in ATTACKS:
        chance = known_measures()[key].chance
        beyond = {"control:unseen": 0.0, "control:independent": 0.0, **planted} | leak
        for name, more in beyond.items():
            value = chance + more
            low = max(chance, value - half) if key == "leakage_index" else value - half
            score = Score(
                name,
                key,
                "privacy",
                low if key == "leakage_index" else value,
                low,
                value + half,
                status=status,
                reason=FEW * (status != "ok"),
            )
            rows.append(score)
    likeness = score_rows(dict.fromkeys(leak, CANDIDATE_VALUES["cart"]), measures=("pairs", "tstr"))
    return outcome(pd.concat([likeness, calibrate(scores_frame(rows))], ignore_index=True))


@pytest.mark.parametrize("how", HOW_WEAK)
def test_a_sign_counts_however_weak_the_attack_and_nothing_found_clears_nobody(how: str) -> None:
    made = weak(how, {"leaky": 0.1, "quiet": 0.0})
    assert {made.attacks("leaky").ended[key] for key in ATTACKS} == {Attack.FOUND}
    assert {made.attacks("quiet").ended[key] for key in ATTACKS} == {Attack.WEAK}
    said = made.verdict("share")
    assert said.best is None
    assert said.why_not("leaky").startswith("It leaks measurably: "), said.why_not("leaky")
    assert "no sign" not in said.why_not("quiet")
    attacks = made.attacks("leaky").sentence
    assert f"{len(ATTACKS)} found a sign of a leak: " in attacks
    assert "too weak" not in attacks
    for purpose in PURPOSES:
        first = made.verdict(purpose).leader
        assert (
            first is None
            or made.leak_sentences(first) == []
            or "It should not be shared outside." in made.verdict(purpose).sentence
        )
    assert made.objections("leaky")[0].measure in ATTACKS
    assert "Too weak for a verdict" not in made.sentence("leaky", "dcr_share")
    assert ("Too weak for a verdict" in made.sentence("quiet", "dcr_share")) == how.startswith("few rows")
    assert checks(made, "leaky", [Requirement("leak")])[0].answer is RequirementAnswer.FAILS
    assert checks(made, "quiet", [Requirement("leak")])[0].answer is RequirementAnswer.OPEN


@pytest.mark.parametrize("how", HOW_WEAK)
def test_a_sign_is_drawn_in_full_where_the_measure_can_clear_nobody(how: str) -> None:
    made = weak(how, {"leaky": 0.1, "quiet": 0.0})
    for rows, panels in ((made.tracks(), made.panels), made.single("dcr_share", "Any title")):
        panel = panels[panels["panel"].isin(["privacy", "dcr_share"])].iloc[0].to_dict()
        own = {row["candidate"]: row for row in rows[rows["panel"] == panel["panel"]].to_dict("records")}
        assert panel["reason"]
        assert not is_muted(own["leaky"], panel)
        assert is_muted(own["quiet"], panel)
        assert "leak" in f"{track(own['leaky'], panel)} {scale_tracks(rows, panels).alt}"
    assert "of a leak" in Board(made, made.leaderboard()).html()
    words = {figure.family: figure for figure in moment(made, "leaky", "share").figures}
    assert (words["privacy"].words, words["privacy"].muted) == (made.leak_sentences("leaky")[0], "")


def test_one_sign_among_weak_attacks_is_named_and_the_others_are_said_to_be_weak() -> None:
    made = weak("few rows", {"leaky": 0.0})
    hit = made.scores["candidate"].eq("leaky") & made.scores["measure"].eq("dcr_share")
    scores = made.scores.assign(**{end: made.scores[end].mask(hit, made.scores[end] + 0.1) for end in ("value", "low", "high")})
    one = outcome(scores).attacks("leaky")
    known, standard = one.known, len(ATTACKS)
    assert one.sentence.startswith(
        f"{standard} of {known} privacy attacks were tried; 1 found a sign of a leak: closer to training rows; "
    )
    assert "too weak to tell on this table: copies, membership" in one.sentence
    assert any(
        text.startswith("Its other privacy measures are too weak")
        for text in (o.sentence for o in outcome(scores).objections("leaky"))
    )


def test_of_attacks_without_a_result_those_that_were_tried_are_counted() -> None:
    """The deep audit was not asked: it is none of those that were tried without a result, and is named apart."""
    said = weak("few rows", {"quiet": 0.0}).attacks("quiet").sentence
    assert said.startswith(f"None of the {len(ATTACKS)} privacy attacks that were tried has a result that can bear a verdict"), (
        said
    )
    assert "not tried: deep audit" in said
    nothing = outcome(score_rows({"cart": CANDIDATE_VALUES["cart"]}, measures=("pairs",))).attacks("cart").sentence
    assert nothing.startswith("No privacy attack has a result; not tried: "), nothing


def test_what_unseen_rows_give_too_is_no_sign_of_a_weak_attack_either() -> None:
    for how in HOW_WEAK:
        made = weak(how, {"leaky": 0.1, "control:unseen": 0.1})
        assert made.leaks.empty, how
        assert "so this is not counted as a leak" in made.sentence("leaky", "dcr_share")


def test_nearly_a_copy_of_a_small_table_is_never_best() -> None:
    made = weak("few rows", {"copy": 0.44, "quiet": 0.0})
    for purpose in PURPOSES:
        said = made.verdict(purpose)
        assert "copy" not in (said.leader, *said.tied_with), said.finding
        assert "nearer to a copy of the training rows" in said.why_not("copy") or purpose == "share"


FEW_ATTACKS = {key: {"attacks": 200} for key in ("singling_out", "linkability", "inference")}
RACES = 60


@pytest.mark.slow
@pytest.mark.parametrize("rows", [40, 150])
def test_honest_candidates_of_small_tables_are_suspected_in_at_most_one_race_of_twenty(rows: int) -> None:
    """Unseen real rows as a candidate, beside real controls, where every standard attack is too weak by the number of rows."""
    measures = [known_measures()[key].from_settings(FEW_ATTACKS.get(key, {})) for key in ATTACKS]
    suspected, seen = 0, 0
    for seed in range(RACES):
        train, holdout, honest = three(rows, rows, rows, seed=5_000 + seed)
        split, shared, scores = split_of(train, holdout), Shared(split_of(train, holdout)), list[Score]()
        for answer in evaluate(split, "honest", honest, measures, Context(seed), shared):
            scores += answer.scores
        for name in CONTROLS[:3]:
            for answer in evaluate_control(split, name, measures, Context(seed), shared):
                scores += answer.scores
        frame = scores_frame(scores)
        copy = frame[frame["candidate"].eq("control:train")].assign(candidate="a copy")
        made = outcome(calibrate(pd.concat([frame, copy], ignore_index=True)))
        suspected += bool(made.leak_sentences("honest"))
        seen += bool(made.leak_sentences("a copy"))
        assert set(frame.loc[frame["candidate"].eq("honest"), "status"]) <= {"under-powered", "does not apply"}
    assert suspected <= np.ceil(RACES / 20), suspected
    assert seen >= 0.95 * RACES, "a copy is seen all the same"
