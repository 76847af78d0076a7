"""The decision card: the verdict's own words on one page, nothing from outside, nothing without evidence."""

from __future__ import annotations

import html
import io
import json
import re
from dataclasses import replace

import pytest
from PIL import Image

from synth_ui.comparison.choice.choose import choose
from synth_ui.comparison.choice.requirements import Requirement
from synth_ui.comparison.outcome import Outcome
from synth_ui.comparison.purposes import PURPOSES
from synth_ui.core.choice import Choice
from synth_ui.core.score import Status
from synth_ui.reports.card import Card, decision_card
from synth_ui.reports.html import html_report
from synth_ui.reports.raced import Raced
from tests.comparison.test_verdict import all_attacks
from tests.race_scores import CANDIDATE_VALUES, candidate_rows, outcome, score_rows, without

RACED = Raced(
    "people <b>",
    4_000,
    [{"name": "age", "kind": "integer", "role": "feature"}],
    2_000,
    2_000,
    7,
    "standard",
    {"python": "3.11"},
    {},
    (),
    "abc123",
)
WHOLE = outcome(all_attacks(CANDIDATE_VALUES), candidate_rows())


def card(made: Outcome = WHOLE, **more: object) -> Card:
    return decision_card(made, RACED, created="today", **more)  # type: ignore[arg-type]


def texts(made: Card) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", made.html())))


@pytest.mark.parametrize("purpose", [*PURPOSES, "own"])
def test_the_card_says_what_the_verdict_says(purpose: str) -> None:
    weights = {"utility": 3.0, "privacy": 1.0} if purpose == "own" else purpose
    said, made = WHOLE.verdict(weights), card(purpose=weights)
    for text in (said.finding, said.sentence, *said.further):
        assert text in texts(made)
    tried = {one.candidate: one.said for one in made.tried}
    assert all(tried[name] == reason for name, reason in said.reasons.items() if name != said.leader)
    assert all(one.title in texts(made) for one in made.tried)
    assert made.candidate == said.leader


def test_it_says_what_for_and_what_not_for() -> None:
    made = card(purpose="train")
    assert made.headline == "Use Autoregressive net to train models inside the company, tied for best with CART"
    assert card(purpose="explore").headline == "Use CART to explore and report inside the company, probably the best"
    assert not made.not_for
    assert "train" in [use.purpose for use in made.use_for]
    explored = card(purpose="explore")
    assert [use.purpose for use in explored.not_for] == ["share"]
    assert explored.not_for[0].said == WHOLE.verdict("share").reasons["cart"]
    shared = card(purpose="share")
    assert shared.headline == "Use Autoregressive net to share outside"
    assert not shared.not_for


def test_what_counts_most_and_was_not_judged_makes_no_use_of_it() -> None:
    made = card(outcome(score_rows(measures=("pairs", "dcr_share")), candidate_rows()), purpose="train")
    assert any("which counts most for it, was not judged here" in use.said for use in made.not_for)
    assert not made.headline.startswith("Use ")
    assert made.headline.endswith("judged by likeness and leakage alone")


def test_a_leak_that_bars_is_said_also_where_leakage_is_not_judged() -> None:
    """The card said beside each other that leakage was not judged, and that a leak is proved."""
    scores = score_rows({"cart": CANDIDATE_VALUES["cart"]})
    weak = scores["measure"].isin(["leakage_index", "dcr_share"])
    scores.loc[weak, "status"] = str(Status.UNDER_POWERED)
    scores.loc[weak, "reason"] = "fewer than 1,000 real rows"
    made = outcome(scores)
    assert "cart" in made.verdict("share").barred
    assert made.chances("share").families.keys().isdisjoint({"privacy"})
    (share,) = [use for use in card(made, purpose="train").not_for if use.purpose == "share"]
    assert "was not judged" not in share.said
    assert "leaks measurably" in share.said


def test_where_nobody_is_recommended_it_recommends_nobody() -> None:
    made = card(outcome(score_rows(), candidate_rows()), purpose="share")
    assert made.headline == "No candidate can be recommended"
    assert (made.candidate, made.use_for, made.figures) == (None, (), ())
    assert "Use " not in made.html().split("<body>")[1].split("</h1>")[0]


def test_a_race_under_way_is_not_called_decided() -> None:
    candidates = candidate_rows()
    candidates.loc[candidates["candidate"] == "sdv_ctgan", "status"] = "running"
    made = card(outcome(all_attacks(CANDIDATE_VALUES), candidates))
    assert "so far" in made.headline
    assert "Use " not in made.headline
    assert all("so far" in use.said for use in made.use_for)


def test_a_figure_without_evidence_says_why() -> None:
    gone = without(all_attacks(CANDIDATE_VALUES), "tstr", Status.DOES_NOT_APPLY, "there is no target")
    made = card(outcome(gone, candidate_rows()))
    assert all(use.said.endswith("judged by likeness and leakage alone") for use in made.use_for)
    assert "train" not in {use.purpose for use in (*made.use_for, *made.behind_for)}
    assert {use.said for use in made.not_for if use.purpose == "train"} == {
        "usefulness, which counts most for it, was not judged here"
    }
    figure = next((one for one in made.figures if one.family == "utility"), None)
    assert figure is None or "there is no target" in figure.words


def test_a_recorded_choice_is_what_the_card_is_of_and_a_changed_verdict_is_said() -> None:
    made = choose(
        WHOLE, "cart", id="c", race_id="r", created=0.0, weights="share", requirements=[Requirement("leak")], note="For <us>"
    )
    of_it = card(choice=made, purpose="train")
    assert of_it.headline == "Chosen to share outside: CART; the verdict at that time did not put it first"
    shown = texts(of_it)
    assert made.sentence in shown
    assert "For <us>" in shown
    assert "No sign of a leak: fails" in shown
    assert of_it.changed == ""
    later = card(outcome(score_rows(), candidate_rows()), choice=made)
    assert later.changed == "No candidate can be recommended"
    assert "Since then the verdict has changed: No candidate can be recommended." in texts(later)


def test_it_stands_alone_and_names_are_escaped() -> None:
    written = card().html()
    assert "people &lt;b&gt;" in written
    assert not re.search(r"<script|<link|@import|url\(|src=|https?://(?!www\.w3\.org)", written)
    for known in ("abc123", "seed 7", "python 3.11", "4,000 real rows", "2,000 unseen rows"):
        assert known in texts(card())


def test_the_same_as_json() -> None:
    values = json.loads(json.dumps(card(purpose="share").to_dict(), allow_nan=False))
    assert values["candidate"] == "autoregressive"
    assert "pictures" not in values
    assert [figure["family"] for figure in values["figures"]] == ["fidelity", "utility", "privacy"]


def test_the_same_as_a_picture() -> None:
    made = choose(
        WHOLE, "cart", id="c", race_id="r", created=0.0, weights="share", requirements=[Requirement("leak")], note="Why. " * 99
    )
    sizes = []
    for one in (card(), card(choice=made), card(outcome(score_rows({}), candidate_rows([])))):
        with Image.open(io.BytesIO(one.png())) as picture:
            assert picture.format == "PNG"
            assert picture.width == 1_600
            colours = {colour for _, colour in picture.convert("RGB").getcolors(1 << 20)}
            assert ((47, 107, 208) in colours) == bool(one.figures), "a score is drawn on its scale"
            rows = [picture.crop((0, y, 1_600, y + 1)).convert("L").getextrema()[0] < 128 for y in range(picture.height)]
            assert any(rows[-160:])
            assert not any(rows[-40:]), "the last line is not cut"
            sizes.append(picture.height)
    assert sizes[1] > sizes[0] > sizes[2]


def test_a_long_word_is_broken_in_the_picture() -> None:
    from synth_ui.reports.picture import _Page

    page = _Page()
    lines = page.lines("a" * 400 + " b", 100, 12, False)
    assert "".join(lines).replace(" ", "") == "a" * 400 + "b"
    assert len(lines) > 5
    assert page.lines("", 100, 12, False) == []


def in_the_middle() -> Outcome:
    """A race of which two candidates are scored, and the rest is still being made."""
    values = {name: CANDIDATE_VALUES[name] for name in ("bayes_net", "gaussian_copula")}
    listed = candidate_rows()
    scored = listed["candidate"].str.startswith("control:") | listed["candidate"].isin(list(values))
    return outcome(all_attacks(values), listed.assign(status=scored.map({True: "done", False: "running"})))


def test_a_choice_made_in_the_middle_of_a_race_shows_that_moment_and_none_of_a_later_one() -> None:
    made = choose(in_the_middle(), "bayes_net", id="c", race_id="r", created=0.0, weights="train")
    then, later = card(in_the_middle(), choice=made), card(choice=made)
    assert then.changed == ""
    said = WHOLE.verdict("train").finding
    assert later.changed == said
    mine, other = then.to_dict(), later.to_dict()
    assert {key for key in mine if mine[key] != other[key]} == {"changed"}
    assert later.pictures == then.pictures
    shown = texts(later).replace(f"Since then the verdict has changed: {said}.", "")
    assert said not in shown
    assert "CART is tied for best" not in shown
    assert Choice.from_dict(json.loads(made.to_json())) == made


def test_a_record_without_its_moment_shows_nothing_of_a_later_one() -> None:
    made = replace(choose(in_the_middle(), "bayes_net", id="c", race_id="r", created=0.0, weights="train"), moment=None)
    assert card(in_the_middle(), choice=made).figures, "nothing has changed since"
    later = card(choice=made)
    assert (later.figures, later.use_for, later.not_for, later.attacks, later.unjudged) == ((), (), (), "", ())
    assert {one.candidate: one.said for one in later.tried}["arf"] == next(
        one.said for one in made.rejected if one.candidate == "arf"
    )
    assert "Use it" not in texts(later)
    assert later.png()


NOTES = (
    "kept: b follows a\nused: dropout 0.7 instead of 0.2: the table is small\nused: candidates 1 instead of 4: the table is small"
)


@pytest.mark.parametrize("settings", ["{}", '{"dropout": 0.2, "candidates": 4}'])
def test_beside_the_settings_asked_for_stand_those_that_were_used(settings: str) -> None:
    """On page, picture, report and in the plain values: a small table gets other ones, and nobody is to take them for those asked."""
    rows = candidate_rows().assign(notes=NOTES, settings=settings)
    made = outcome(all_attacks(CANDIDATE_VALUES), rows)
    used = "used on these rows: dropout 0.7, candidates 1"
    for one in (card(made), card(made, choice=choose(made, "cart", id="c", race_id="r", created=0.0, weights="train"))):
        assert one.settings.endswith(used)
        assert used in texts(one)
        assert one.to_dict()["settings"] == one.settings
    page = re.sub(r"<[^>]+>", " ", html.unescape(html_report(made, RACED)))
    assert page.count(used) > len(CANDIDATE_VALUES)
    assert "Used: dropout 0.7 instead of 0.2: the table is small." in page
