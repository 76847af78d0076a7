"""Files that hold rows held back: named with a sentence, and not counted among the leaks of training rows."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from synth_ui.comparison.families import DECIDING
from synth_ui.comparison.purposes import PURPOSES
from synth_ui.comparison.seen import saw_holdout
from synth_ui.core.score import Score, Status, scores_frame
from synth_ui.evaluation.calibrate import calibrate
from synth_ui.ui.decide.race_view import headline_words
from tests.race_scores import CANDIDATE_VALUES, outcome, score_rows


def scored(**values: tuple[float, float] | None) -> pd.DataFrame:
    """Score candidates; a candidate without numbers was not judged."""
    names = {"whole": "file:whole", "honest": "file:honest", "unjudged": "file:unjudged", "cart": "cart"}
    rows = [
        Score("control:unseen", "seen", "privacy", -0.002, -0.01, 0.0),
        Score("control:train", "seen", "privacy", -0.001, -0.01, 0.0),
    ]
    rows += [Score("control:train", "seen.reach", "privacy", 0.99)]
    for key, numbers in values.items():
        rows.append(
            Score(names[key], "seen", "privacy", numbers[0], numbers[1], numbers[0] + 0.02)
            if numbers
            else Score(names[key], "seen", "privacy", status=Status.DOES_NOT_APPLY, reason="too few rows")
        )
    return calibrate(scores_frame(rows))


def test_files_that_hold_rows_held_back_are_named():
    found = saw_holdout(scored(whole=(0.98, 0.95), honest=(0.001, -0.01), unjudged=None))
    assert list(found) == ["file:whole"]
    assert found["file:whole"].startswith("It holds 98.0% of the rows held back")


def test_a_generator_of_the_race_is_not_accused():
    assert saw_holdout(scored(cart=(0.5, 0.45))) == {}


def test_scores_that_cannot_bear_a_verdict_accuse_nobody():
    weak = Score("file:whole", "seen", "privacy", 0.98, 0.95, 1.0, status=Status.UNDER_POWERED, reason="too few rows")
    assert saw_holdout(scores_frame([weak])) == {}
    assert saw_holdout(scores_frame([])) == {}


def test_it_is_no_leak_of_training_rows():
    made = outcome(scored(whole=(0.98, 0.95), cart=(0.5, 0.45)))
    assert made.leaks.empty
    assert made.doubts == {}
    assert made.blind("seen") == ""
    assert "seen" not in made.attacks("cart").ended


def test_a_file_that_saw_them_is_judged_in_nothing_and_the_first_sentence_says_so():
    alike = {"file:whole": CANDIDATE_VALUES["cart"], "bayes_net": CANDIDATE_VALUES["bayes_net"]}
    scores = pd.concat([score_rows(alike), scored(whole=(0.98, 0.95))], ignore_index=True)
    for purpose in PURPOSES:
        said = outcome(scores).verdict(purpose)
        assert said.sentence.startswith("whole (file) cannot be judged: it holds 98.0% of the rows held back")
        assert said.leader != "file:whole"
        assert "file:whole" not in said.tied_with
    assert (
        outcome(scores).leaderboard().set_index("candidate").loc["file:whole", ["fidelity_status", "privacy_status"]]
        == "cannot be judged"
    ).all()


def test_no_page_says_anything_good_of_a_file_that_saw_them():
    alike = {"file:whole": CANDIDATE_VALUES["autoregressive"], "bayes_net": CANDIDATE_VALUES["bayes_net"]}
    made = outcome(pd.concat([score_rows(alike), scored(whole=(0.98, 0.95))], ignore_index=True))
    for family in DECIDING:
        assert made.evidence("file:whole", family).words.startswith("cannot be judged: it holds rows held back")
    assert made.attacks("file:whole").tried == ()
    assert "found no sign" not in made.attacks("file:whole").sentence
    assert "found no sign of a leak" not in made.to_dict()["evidence"]["file:whole"]["attacks"].values()
    assert made.objections("file:whole")[0].sentence.startswith("It holds 98.0% of the rows held back")
    for measure in ("pairs", "tstr", "dcr_share"):
        assert "This judges nothing: it holds rows held back" in made.sentence("file:whole", measure)
        assert "judges nothing" not in made.sentence("bayes_net", measure)
    assert "judges nothing" not in made.sentence("file:whole", "seen")
    assert made.attacks("bayes_net").tried


def test_the_board_does_not_praise_a_file_that_saw_them():
    alike = {"file:whole": CANDIDATE_VALUES["autoregressive"], "bayes_net": CANDIDATE_VALUES["bayes_net"]}
    scores = pd.concat([score_rows(alike), scored(whole=(0.98, 0.95))], ignore_index=True)
    said = headline_words(SimpleNamespace(outcome=outcome(scores), scores=scores, active=False))
    assert said["file:whole"] == "**holds rows held back: nothing here can judge it**"
    assert "2 of 10 attacks tried, no sign of a leak" in said["bayes_net"]


def test_alone_it_is_named_where_nobody_is_left_to_compare():
    scores = pd.concat([score_rows({"file:whole": CANDIDATE_VALUES["cart"]}), scored(whole=(0.98, 0.95))], ignore_index=True)
    said = outcome(scores).verdict()
    assert said.best is None
    assert said.sentence.startswith("whole (file) cannot be judged: it holds 98.0% of the rows held back")
    assert said.sentence.endswith("No candidate can be compared.")


def test_of_several_files_that_saw_them_each_share_is_named_in_one_sentence():
    alike = dict.fromkeys(("file:whole", "file:honest", "bayes_net"), CANDIDATE_VALUES["cart"])
    scores = pd.concat([score_rows(alike), scored(whole=(0.98, 0.95), honest=(0.31, 0.25))], ignore_index=True)
    said = outcome(scores).verdict().sentence
    assert said.startswith("2 files cannot be judged, because they hold rows held back")
    assert "honest (file) 31.0% and whole (file) 98.0% of the rows held back. " in said
    assert said.count("cannot be judged") == 1


def test_the_track_of_the_rows_held_back_is_no_blind_one_and_the_others_of_such_a_file_are():
    alike = {"file:whole": CANDIDATE_VALUES["autoregressive"], "bayes_net": CANDIDATE_VALUES["bayes_net"]}
    made = outcome(pd.concat([score_rows(alike), scored(whole=(0.98, 0.95))], ignore_index=True))
    rows, panel = made.single("seen", "Rows held back")
    assert panel["reason"].iloc[0] == ""
    assert set(rows["status"]) == {"ok"}
    rows, panel = made.single("dcr_share", "Closer to training rows")
    state = rows.set_index("candidate")["status"]
    assert state["file:whole"] == "cannot be judged"
    assert set(state.drop("file:whole")) == {"ok"}
