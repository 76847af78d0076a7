"""Which candidates a race has, what they are called, and in which order they start."""

from __future__ import annotations

import pytest

from synth_ui.core.errors import SettingError
from synth_ui.core.table import TableSize
from synth_ui.jobs.execution import machine
from synth_ui.jobs.races.files import file_name, free_name
from synth_ui.jobs.races.request import Request, plan
from synth_ui.jobs.races.start import start_race, versions
from synth_ui.store.workspace import Workspace
from tests.workshop import CARD, kept_split

SIZE = TableSize(100, 5, 10, 4)

pytestmark = pytest.mark.usefixtures("fake_plugins")


def names(*requests: Request) -> list[str]:
    return [candidate.candidate for candidate in plan(requests, SIZE, 100)]


def test_seeds_and_settings_have_names_of_their_own() -> None:
    requests = [Request("fake", seeds=2), Request("fake", {"seconds": 2.0}, seeds=2), Request("fake", {"seconds": 1.0})]
    assert names(*requests) == ["fake", "fake#2", "fake-3", "fake-2", "fake-2#2"]


def test_what_is_asked_for_twice_is_made_once() -> None:
    assert names(Request("fake"), Request("fake", {"seconds": 0}), Request("fake", seed=1)) == ["fake", "fake#2"]


def test_seeds_are_counted_up() -> None:
    assert [candidate.seed for candidate in plan([Request("fake", seed=7, seeds=3)], SIZE, 10)] == [7, 8, 9]


def test_the_cheapest_starts_first_and_the_controls_second(cold_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synth_ui.jobs.execution.schedule.advance", lambda ws: None)
    ws = cold_workspace
    requests = [Request("fake", {"seconds": seconds}) for seconds in (3.0, 1.0, 2.0)]
    runs = ws.runs(start_race(ws, kept_split(ws), requests, card=CARD))
    assert runs["cost_seconds"].tolist() == [1.01, 0.0, 0.0, 0.0, 0.0, 2.01, 3.01]
    assert runs["control"].tolist() == [False, True, True, True, True, False, False]
    assert runs["queue_place"].tolist() == [1, 2, 3, 4, 5, 6, 7]


def test_a_race_knows_what_computed_it(cold_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synth_ui.jobs.execution.schedule.advance", lambda ws: None)
    ws = cold_workspace
    race = ws.race(start_race(ws, kept_split(ws), [Request("fake")], card=CARD, make=33, name="mine"))
    assert race.versions == versions()
    assert (race.make, race.name, race.card, race.deadline) == (33, "mine", "fake_mean,fake_share", None)


@pytest.mark.parametrize(
    ("path", "name"),
    [("a.csv", "file:a"), ("b/a.csv.gz", "file:a"), ("a.v2.parquet", "file:a.v2"), ("a", "file:a"), ("A.CSV.GZ", "file:A")],
)
def test_a_file_is_named_without_its_endings(path: str, name: str) -> None:
    assert file_name(path) == name


def test_a_name_that_is_taken_gets_a_number() -> None:
    taken = {"file:a"}
    assert [free_name("file:a", taken) for _ in range(2)] == ["file:a-2", "file:a-3"]


def test_a_slot_per_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYNTH_UI_SLOTS", raising=False)
    for cores, slots in ((1, 1), (2, 2), (8, 8), (64, 8)):
        monkeypatch.setattr(machine, "cores", lambda cores=cores: cores)
        assert machine.slots() == slots
    monkeypatch.setenv("SYNTH_UI_SLOTS", "3")
    assert machine.slots() == 3


def test_a_race_without_a_candidate_scores_the_controls(cold_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synth_ui.jobs.execution.schedule.advance", lambda ws: None)
    ws = cold_workspace
    assert len(ws.runs(start_race(ws, kept_split(ws), [], card=CARD))) == 4
    with pytest.raises(SettingError, match="at least one"):
        start_race(ws, kept_split(ws), [Request("fake", seeds=0)], card=CARD)
