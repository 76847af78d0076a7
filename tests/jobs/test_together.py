"""Candidates of two races of one table: on the same scales where the cut is the same, refused in words where it is not."""

from __future__ import annotations

import pytest

from synth_ui.core.errors import SettingError
from synth_ui.core.score import CONTROLS
from synth_ui.jobs import versions
from synth_ui.jobs.races.request import Request
from synth_ui.jobs.races.results import scores
from synth_ui.jobs.races.start import start_race
from synth_ui.jobs.races.together import apart, comparable, differs, together
from synth_ui.jobs.summary import FORM
from synth_ui.store import history
from synth_ui.tables.split import sampled
from tests.jobs.by_hand import FIRST, Hands
from tests.workshop import kept_split, small_split, small_table


def race_of(hands: Hands, name: str, seed: int = 0, **settings: object) -> str:
    split_id = (
        kept_split(hands.ws)
        if not seed
        else hands.ws.add_split(
            hands.ws.add_table(small_table()),
            type(small_split())(small_split().train, small_split().holdout, seed, 0.5, "Cut elsewhere."),
        )
    )
    return start_race(hands.ws, split_id, [Request("fake", settings)], card=FIRST, name=name)


def test_one_cut_gives_one_scale(hands: Hands) -> None:
    first, second = race_of(hands, "one"), race_of(hands, "two", seconds=0.5)
    hands.work()
    both = together(hands.ws, [first, second])
    assert both.candidates is not None
    assert set(both.candidates["candidate"]) == {"fake", "fake@2", *CONTROLS}
    assert not both.candidates["candidate"].duplicated().any()
    alone = scores(hands.ws, second).set_index("candidate")["position"]
    side = both.scores.set_index("candidate")["position"]
    assert side["fake@2"] == alone["fake"]
    titles = both.leaderboard().set_index("candidate")["title"]
    assert titles["fake"].endswith("(one)")
    assert titles["fake@2"].endswith("(two)")


def test_two_fits_of_one_recipe_stay_two_candidates(hands: Hands) -> None:
    first, second = race_of(hands, "same"), race_of(hands, "same")
    hands.work()
    board = together(hands.ws, [first, second]).leaderboard()
    field = board[~board["control"].astype(bool)]
    assert sorted(field["candidate"]) == ["fake", "fake@2"]
    assert field["title"].nunique() == 2


def test_another_cut_is_refused_in_words_and_shown_apart(hands: Hands) -> None:
    first, second = race_of(hands, "one"), race_of(hands, "two", seed=7)
    hands.work()
    with pytest.raises(SettingError, match=r"seed 7 .*no scale in common"):
        together(hands.ws, [first, second])
    frame = apart(hands.ws, [first, second])
    assert frame["race"].tolist() == ["one", "two"]
    assert differs(hands.ws, [first, first]) == ""
    with pytest.raises(SettingError, match="two races or more"):
        together(hands.ws, [first, first])


def test_a_race_on_a_sample_of_the_rows_says_so(hands: Hands) -> None:
    first = race_of(hands, "one")
    row = hands.ws.split_row(hands.ws.race(first).split_id)
    part = hands.ws.add_split(
        row["table_id"], sampled(hands.ws.split(hands.ws.race(first).split_id), 60, 60, "the minute was short")
    )
    other = start_race(hands.ws, part, [Request("fake")], card=FIRST, name="other")
    said = differs(hands.ws, [first, other])
    assert "60 training and 60 unseen rows" in said
    assert "seed" not in said


def test_another_table_is_refused(hands: Hands) -> None:
    first = race_of(hands, "one")
    other = start_race(hands.ws, kept_split(hands.ws, rows=120), [Request("fake")], card=FIRST, name="other")
    hands.work()
    assert "different tables" in differs(hands.ws, [first, other])
    assert comparable(hands.ws, first) == {other: "other"}, "of one name"


def test_an_earlier_version_is_found_with_its_verdict(hands: Hands) -> None:
    first = race_of(hands, "one")
    hands.work()
    older = hands.ws.race(first).table_id
    newer = hands.ws.add_table(small_table(150, seed=3))
    assert [row["id"] for row in versions.earlier(hands.ws, newer)] == [older]
    summed = {
        "stamp": f"{FORM}/{history.stamp(hands.ws, first)}",
        "leader": "Fake",
        "finding": "Fake is best.",
        "panels": [],
        "rows": [],
    }
    history.keep_summary(hands.ws, first, summed)
    found = versions.versions(hands.ws, older, newer)
    assert (found.changes.rows_before, found.changes.rows_now) == (200, 150)
    assert found.verdict_before == "Fake is best."
    assert found.verdict_now == ""
