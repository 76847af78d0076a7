"""A race within a budget on its page: the time beside the start button, what is tried, pinned, dropped, extended and stopped."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from synth_ui.core.errors import StoreError, SynthError
from synth_ui.jobs.budget.limit import Limit
from synth_ui.jobs.budget.start import pool, start_budget_race
from synth_ui.jobs.execution.schedule import settle
from synth_ui.jobs.races.control import cancel_race
from synth_ui.store import budgets
from synth_ui.store.parcel import ROWS, pack, unpack
from synth_ui.store.workspace import Workspace
from synth_ui.ui.race import choice
from tests.jobs.by_hand import WHOLE, Hands, hands
from tests.jobs.test_budget import ARMS, dear, make_base, try_all
from tests.pages.conftest import Open, start, words
from tests.store.test_parcel import members, write
from tests.workshop import fake_plugins, kept_split

__all__ = ["dear", "fake_plugins", "hands"]


@pytest.fixture
def race_id(hands: Hands, dear: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """A race whose first leaderboard stands, and that tries what else there is."""
    monkeypatch.setenv("SYNTH_UI_HOME", str(hands.ws.home))
    found = start_budget_race(hands.ws, kept_split(hands.ws), ARMS, Limit(600, chooses=True), card=WHOLE, name="people")
    make_base(hands)
    return found


def board_of(race_id: str) -> AppTest:
    at = start("generate", race=race_id)
    assert not at.exception
    return at


def labels(at: AppTest) -> list[str]:
    return [button.label for button in at.button]


def clock(at: AppTest) -> str:
    return str(at.get("progress")[0].proto.text)


def test_the_board_says_what_is_tried_and_how_much_time_is_left(hands: Hands, race_id: str) -> None:
    at = board_of(race_id)
    assert "left of 10 min" in clock(at)
    assert "round 1 of 2 on 70 training rows: 0 of 4 tried" in clock(at)
    assert [one.label for one in at.expander][:1] == ["What was tried: 4 generators and presets"]
    assert words(at).count("waiting") == 4
    assert "Resume race" not in labels(at)
    try_all(hands, {"fake-3": 0.2, "fake-4": 0.9})
    for _ in range(2):
        settle(hands.ws)
    said = words(board_of(race_id))
    assert "90 of 100 on 70 rows" in said
    assert "Others stood higher" in said


def test_the_leader_is_marked_and_stands_first(results: Open, raced: tuple[Path, str]) -> None:
    at = results("generate", race=raced[1])
    assert not at.exception
    rows = [str(one.value) for one in at.markdown if "badge" in str(one.value) and "Controls" not in str(one.value)]
    assert ["leads" in row for row in rows[:2]] == [True, False]


def test_what_is_pinned_dropped_and_extended_survives_a_reload(hands: Hands, race_id: str) -> None:
    at = board_of(race_id)
    at.button(key="pin-fake-3").click().run()
    at.button(key="drop-fake-4").click().run()
    at.button(key="budget_extend").click().run()
    assert not at.exception
    again = board_of(race_id)
    said = words(again)
    assert said.count("pinned") >= 1
    assert "dropped" in said
    assert "left of 11 min" in clock(again)
    assert again.button(key="pin-fake-3").label == "Unpin"
    assert again.button(key="drop-fake-4").disabled
    again.button(key="budget_stop").click().run()
    assert not again.exception
    settle(hands.ws)
    last = board_of(race_id)
    assert "Stopping: up to" in clock(last)
    assert not {"budget_stop", "budget_extend", "pin-fake-3"} & {button.key for button in last.button}


def test_when_the_time_is_up_the_board_says_so(hands: Hands, race_id: str) -> None:
    try_all(hands, {})
    for _ in range(2):
        settle(hands.ws)
    assert budgets.change(hands.ws, race_id, {}, deadline=1.0)
    settle(hands.ws)
    said = words(board_of(race_id))
    assert "Stopped: the 10 minutes were over." in said
    assert "stopped" in said
    assert "killed" not in said
    assert "cancelled" not in said


@pytest.fixture
def packed(hands: Hands, race_id: str, tmp_path: Path) -> Path:
    """A race whose trials are done and whose budget is spent, as one file."""
    try_all(hands, {"fake-3": 0.2, "fake-4": 0.9, "fake-5": 0.8, "fake-6": 0.7})
    with pytest.raises(StoreError, match="still runs"):
        pack(hands.ws, race_id, tmp_path / "race.zip")
    cancel_race(hands.ws, race_id)
    pack(hands.ws, race_id, tmp_path / "race.zip")
    return tmp_path / "race.zip"


def test_a_race_from_a_file_shows_how_it_chose(
    hands: Hands, race_id: str, packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = words(board_of(race_id))
    other = Workspace.open(tmp_path / "other")
    unpack(other, packed)
    monkeypatch.setenv("SYNTH_UI_HOME", str(other.home))
    there = words(board_of(race_id))
    told = [line for line in here.splitlines() if "of 100 on" in line]
    assert len(told) == 4
    assert [line for line in there.splitlines() if "of 100 on" in line] == told
    assert not budgets.still_open(other)
    assert "seed" not in json.loads(members(packed)[ROWS])["rows"]["budgets"][0]["plan"], "nothing that could be started"
    other.delete_race(race_id)
    assert not budgets.trials(other, race_id)


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("budgets", {"over": None}), ("budgets", {"plan": "{}"}), ("budgets", {"plan": "[1]"}), ("budgets", {"decided": "[1]"}),
        ("budgets", {"pinned": "[1]"}), ("budgets", {"race_id": "other"}), ("trials", {"rung": 9}), ("trials", {"said": '{"scores": [1]}'}),
        ("trials", {"run_id": "other"}),
    ],
)  # fmt: skip
def test_a_budget_that_cannot_be_is_refused(name: str, changed: dict[str, object], packed: Path, tmp_path: Path) -> None:
    content = members(packed)
    said = json.loads(content[ROWS])
    said["rows"][name][0].update(changed)
    write(tmp_path / "bad.zip", {**content, ROWS: json.dumps(said).encode()})
    other = Workspace.open(tmp_path / "other")
    with pytest.raises(StoreError, match="nothing was taken"):
        unpack(other, tmp_path / "bad.zip")
    assert not len(other.races())


def test_the_time_chosen_beside_the_start_button_starts_a_race_that_chooses(app: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def instead(workspace: Any, split_id: str, requests: Any, limit: Limit, **facts: Any) -> str:
        asked.append((sorted(one.generator for one in requests), limit.seconds))
        raise SynthError("Not now.")

    monkeypatch.setattr("synth_ui.jobs.budget.start.start_budget_race", instead)
    at = app("generate")
    assert not at.checkbox(key="pick-vae").value
    at.selectbox(key="budget-catalogue").select("180").run()
    assert not at.exception
    assert at.checkbox(key="pick-vae").value, "what is picked follows the time until the visitor picks"
    assert "9 generators and 23 presets to choose from" in words(at)
    assert "Ends after 3 minutes at the latest" in words(at)
    at.button(key="start_race_catalogue").click().run()
    assert asked == [(sorted(pool()), 180.0)]


def test_the_catalogue_is_searched_filtered_and_picked_from(app: Open) -> None:
    at = app("generate")

    def shown() -> set[str]:
        return {str(box.key).removeprefix("pick-") for box in at.checkbox if str(box.key).startswith("pick-")}

    every = shown()
    assert {"cart", "dp_marginals", "llm"} < every
    at.text_input(key="find_generator").input("trees").run()
    assert "cart" in shown() < every
    at.text_input(key="find_generator").input("").run()
    at.selectbox(key="find_guarantee").select("formal").run()
    assert shown() == {"dp_gan", "dp_marginals", "pate_gan", "privbayes"}
    at.selectbox(key="find_time").select(10.0).run()
    assert "dp_marginals" in shown()
    at.session_state["find_guarantee"] = None
    at.run()
    at.selectbox(key="find_licence").select("own").run()
    assert "cart" not in shown()
    at.session_state["find_licence"] = None
    at.session_state["find_time"] = None
    at.toggle(key="find_recommended").set_value(True).run()
    assert "cart" in shown()
    assert "recommended: " in words(at)
    at.button(key="pick_none").click().run()
    assert at.button(key="start_race_catalogue").disabled
    at.button(key="pick_recommended").click().run()
    assert {
        str(box.key).removeprefix("pick-") for box in at.checkbox if box.value and str(box.key).startswith("pick-")
    } == shown()


def test_what_is_picked_to_begin_with_and_what_is_recommended_are_told_apart(app: Open) -> None:
    choice._estimate.cache_clear()
    at = app("generate")
    said, every = words(at), len(choice.catalogue())
    assert choice._estimate.cache_info().misses == every, "what a generator takes is worked out once, whoever asks"
    recommended = next(button for button in at.button if button.key == "pick_recommended")
    number = int(re.fullmatch(r"Pick only the (\d+) recommended", recommended.label)[1])  # type: ignore[index]
    begun = f"6 of {every} generators picked to begin with, one for each usual way of learning, the {number} recommended for this table among"
    assert begun in said
    recommended.click().run()
    assert f"{number} of {every} generators picked, {every} shown." in words(at)


def test_settings_open_below_their_generator(app: Open) -> None:
    at = app("generate")
    assert not [radio for radio in at.radio if radio.key == "preset-cart"]
    at.button(key="open-cart").click().run()
    assert not at.exception
    assert [radio for radio in at.radio if radio.key == "preset-cart"]
    assert "Limits:" in words(at)
    at.button(key="open-cart").click().run()
    assert not [radio for radio in at.radio if radio.key == "preset-cart"]
