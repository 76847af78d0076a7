"""The package without the pages: the same shapes, the same numbers, an end on time."""

from __future__ import annotations

import gzip
import json
import math
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import synth_ui
from synth_ui.api import Comparison, generate, generate_to, race, read, resume, score
from synth_ui.core.cast import to_source
from synth_ui.core.context import Context, Progress
from synth_ui.core.errors import DoesNotApply, PluginError, ReadError, SettingError, TableError
from synth_ui.core.score import CONTROLS, SCORE_COLUMNS
from synth_ui.generators.sampling import batches
from synth_ui.jobs.forecast.estimate import RaceProgress
from synth_ui.jobs.races.request import Request
from synth_ui.store.workspace import Workspace
from tests.workshop import CARD, cold_workspace, fake_plugins, small_table, warm_workspace

__all__ = ["cold_workspace", "fake_plugins", "warm_workspace"]

pytestmark = pytest.mark.usefixtures("fake_plugins")


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CSV of ages, pays, jobs and who is rich."""
    frame = small_table(240).frame[["pay", "age", "job", "rich"]]
    path = tmp_path_factory.mktemp("people") / "people.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def raced(warm_workspace: Workspace, people: Path) -> Comparison:
    return race(people, target="rich", generators=["fake"], seeds=2, card=CARD, home=warm_workspace.home, seed=3)


def test_read_says_what_was_read(people: Path) -> None:
    reading = read(people)
    said = reading.to_dict()
    assert list(said) == ["rows", "columns", "assumed", "warnings"]
    assert said["rows"] == 240
    assert [sorted(column) for column in said["columns"]] == [["kind", "name", "role"]] * 4
    assert {column["name"]: column["kind"] for column in said["columns"]}["pay"] == "number"
    json.dumps(said, allow_nan=False)
    assert len(read(people, sample=50).table) == 50


def test_rows_written_in_batches_are_those_made_in_memory(tmp_path: Path, people: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "BATCH", 60)
    asked: dict[str, Any] = {"rows": 150, "seed": 2, "constraints": ["pay >= 0"]}
    made = generate(people, "independent", **asked)
    written = generate_to(tmp_path / "more.parquet", people, "independent", **asked)
    expected = to_source(made.frame, made.table.schema)
    pd.testing.assert_frame_equal(pd.read_parquet(written.path), expected, check_dtype=False)
    assert (written.rows, written.notes) == (150, made.notes)
    with pytest.raises(SettingError, match=r"ends in \.parquet"):
        generate_to(tmp_path / "more.csv", people, "independent")


def test_rows_of_persons_beyond_memory_are_refused_before_anything_is_learned(tmp_path: Path) -> None:
    visits = pd.DataFrame(
        {"patient_id": [f"P{number // 4:03d}" for number in range(200)], "dose": [number % 7 for number in range(200)]}
    )
    with pytest.raises(DoesNotApply, match=r"rows of persons are drawn at once, .* Ask for fewer rows"):
        generate_to(tmp_path / "visits.parquet", visits, "independent", rows=2_000_000_000, roles={"patient_id": "group key"})


def test_generate_makes_rows_and_more_rows(people: Path) -> None:
    made = generate(people, "fake", rows=30, seed=4, settings={"seconds": "0"})
    again = generate(people, "fake", rows=30, seed=4)
    other = generate(people, "fake", rows=30, seed=5)
    pd.testing.assert_frame_equal(made.frame, again.frame, check_exact=True)
    assert not made.frame.equals(other.frame)
    assert len(made.sampler(7, Context(1))) == 7
    assert len(generate(people, "fake").frame) == 240
    said = made.to_dict()
    assert said["made"]["settings"]["mode"] == "works"
    json.dumps(said, allow_nan=False)


def test_a_race_has_the_shape_that_is_promised(raced: Comparison) -> None:
    said = raced.to_dict()
    assert json.loads(json.dumps(said, allow_nan=False)) == said
    assert list(said) == [
        "version",
        "table",
        "notes",
        "split",
        "candidates",
        "scores",
        "verdict",
        "choice",
        "evidence",
        "verdicts",
    ]
    assert said["version"] == synth_ui.__version__
    assert sorted(said["table"]) == ["columns", "rows"]
    assert said["split"] == {"train": 120, "holdout": 120, "seed": 3}
    assert {column["name"]: column["role"] for column in said["table"]["columns"]}["rich"] == "target"
    fields = [
        "candidate",
        "generator",
        "settings",
        "seed",
        "status",
        "seconds_fit",
        "seconds_sample",
        "reason",
        "asked",
        "notes",
        "generator_title",
    ]
    assert all(list(candidate) == fields for candidate in said["candidates"])
    assert [candidate["candidate"] for candidate in said["candidates"]] == ["fake", *CONTROLS, "fake#2"]
    assert {candidate["status"] for candidate in said["candidates"]} == {"done"}
    assert [candidate["seed"] for candidate in said["candidates"] if candidate["generator"]] == [3, 4]
    assert all(list(row) == list(SCORE_COLUMNS) for row in said["scores"])
    assert {row["measure"] for row in said["scores"]} == {"fake_mean", "fake_mean.reference", "fake_share"}
    assert {"best", "tied_with", "sentence", "finding", "against", "unjudged"} <= set(said["verdict"])
    assert said["verdict"]["sentence"]


def test_a_race_keeps_its_rows_and_details(raced: Comparison) -> None:
    assert len(raced.frame("fake#2")) == 120
    assert not raced.frame("fake").equals(raced.frame("fake#2"))
    detail = raced.detail("fake", "fake_mean", "means")
    assert detail is not None
    assert detail["column"].tolist() == ["pay"]
    assert raced.detail("fake", "fake_share", "nothing") is None
    with pytest.raises(TableError, match="There is no candidate"):
        raced.frame("nobody")


def test_the_same_seed_gives_the_same_race(
    raced: Comparison, people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In another workspace, from scratch, with another number of slots."""
    monkeypatch.setenv("SYNTH_UI_WARM", "0")
    monkeypatch.setenv("SYNTH_UI_SLOTS", "1")
    again = race(people, target="rich", generators=["fake"], card=CARD, home=tmp_path / "other", seed=3)
    kept = raced.scores[raced.scores["candidate"] != "fake#2"].reset_index(drop=True)
    pd.testing.assert_frame_equal(again.scores.drop(columns="seconds"), kept.drop(columns="seconds"), check_exact=True)
    pd.testing.assert_frame_equal(again.frame("fake"), raced.frame("fake"), check_exact=True)


def test_scoring_the_halves_gives_what_the_race_gave(raced: Comparison) -> None:
    scored = score(raced.split.train, raced.split.holdout, {"mine": raced.frame("fake")}, card=CARD, seed=3)
    one = raced.scores[raced.scores["candidate"].isin(["fake"])].drop(columns=["seconds", "candidate"])
    other = scored.scores[scored.scores["candidate"] == "file:mine"].drop(columns=["seconds", "candidate"])
    pd.testing.assert_frame_equal(one.reset_index(drop=True), other.reset_index(drop=True), check_exact=True)


def test_score_reads_files_and_frames(people: Path, tmp_path: Path) -> None:
    whole = pd.read_csv(people)
    whole.loc[200, "job"] = "pilot"  # a level only the holdout has
    for name, rows in (("a.csv", slice(0, 120)), ("b.csv", slice(120, 240)), ("c.csv", slice(0, 60))):
        whole.iloc[rows].to_csv(tmp_path / name, index=False)
    with gzip.open(tmp_path / "c.csv.gz", "wt") as file:
        whole.iloc[60:120].to_csv(file, index=False)
    paths = [tmp_path / "c.csv", tmp_path / "c.csv.gz"]
    result = score(tmp_path / "a.csv", tmp_path / "b.csv", paths, target="rich", card=CARD)
    said = result.to_dict()
    assert [candidate["candidate"] for candidate in said["candidates"]] == ["file:c", "file:c-2", *CONTROLS]
    assert said["split"] == {"train": 120, "holdout": 120, "seed": 0}
    assert said["table"]["rows"] == 240
    assert "pilot" in result.split.schema["job"].levels
    shares = result.scores[result.scores["measure"] == "fake_share"].set_index("candidate")["position"]
    assert shares["file:c"] == 1.0
    assert math.isnan(shares["control:flipped"]) is False
    with pytest.raises(TableError, match="lacks 'pay'"):
        score(tmp_path / "a.csv", tmp_path / "b.csv", whole.drop(columns="pay"), card=CARD)
    with pytest.raises(TableError, match="unseen rows"):
        score(tmp_path / "a.csv", whole.drop(columns="pay"), paths, card=CARD)


def test_a_race_ends_on_time_with_what_is_finished(warm_workspace: Workspace, people: Path) -> None:
    slow = Request("fake", {"seconds": 120})
    start = time.monotonic()
    result = race(people, target="rich", generators=["fake", slow], seconds=5, card=CARD, home=warm_workspace.home, seed=9)
    assert 5.0 <= time.monotonic() - start < 7.0
    said = {candidate["candidate"]: candidate for candidate in result.to_dict()["candidates"]}
    assert said["fake"]["status"] == "done"
    assert said["fake-2"]["status"] == "cancelled"
    assert said["fake-2"]["reason"] == "Stopped: the race's time was up."


def test_an_interrupted_race_leaves_nothing_running(warm_workspace: Workspace, people: Path) -> None:
    def interrupt(progress: Progress) -> None:
        if isinstance(progress, RaceProgress) and (progress.runs["phase"] == "learning slowly").any():
            raise KeyboardInterrupt

    slow = Request("fake", {"seconds": 120})
    with pytest.raises(KeyboardInterrupt):
        race(people, target="rich", generators=[slow], card=CARD, home=warm_workspace.home, progress=interrupt)
    newest = warm_workspace.races()["id"].iloc[0]
    assert set(warm_workspace.runs(newest)["state"]) <= {"done", "cancelled"}


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"generators": ["nothing"]}, PluginError, "There is no generator 'nothing'"),
        ({"target": "wealth"}, TableError, "There is no column 'wealth'"),
        ({"card": "grand"}, SettingError, "no card or measure"),
        ({"seconds": 0}, SettingError, "more than 0"),
        ({"seeds": 0}, SettingError, "at least one"),
        ({"make": 0}, SettingError, "at least one row"),
        ({"files": ["nowhere.csv"]}, ReadError, "nowhere.csv"),
    ],
)
def test_a_race_that_cannot_be_starts_nothing(
    warm_workspace: Workspace, people: Path, options: dict[str, Any], error: type[Exception], said: str
) -> None:
    before = len(warm_workspace.races())
    with pytest.raises(error, match=said):
        race(people, **{"target": "rich", "generators": ["fake"], "card": CARD, "home": warm_workspace.home, **options})
    assert len(warm_workspace.races()) == before


def test_rows_are_a_seeded_sample(warm_workspace: Workspace, people: Path) -> None:
    result = race(
        people, target="rich", generators=["fake"], card=CARD, home=warm_workspace.home, sample=100, make=33, train_share=0.6
    )
    assert result.to_dict()["split"] == {"train": 60, "holdout": 40, "seed": 0}
    assert len(result.frame("fake")) == 33


def test_the_public_names_are_there() -> None:
    assert {synth_ui.read, synth_ui.race, synth_ui.score, synth_ui.generate} == {read, race, score, generate}


@pytest.mark.parametrize(("name", "value"), [("SYNTH_UI_SLOTS", "x"), ("SYNTH_UI_DASK", "foo"), ("SYNTH_UI_MAX_ROWS", "many")])
def test_an_impossible_environment_is_refused_before_a_race(
    name: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It fell back to a slot per core, or waited for a cluster for ever."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingError, match=name):
        race("no such file.csv", generators=["independent"], home=tmp_path / "home")
    with pytest.raises(SettingError, match=name):
        resume("none", home=tmp_path / "home")


def test_scoring_against_the_training_rows_as_unseen_rows_is_refused(raced: Comparison) -> None:
    """Everything looked as close to unseen rows as to training rows, so nothing was ever found."""
    train = raced.split.train
    with pytest.raises(TableError, match="are the same rows"):
        score(train, train, {"mine": raced.frame("fake")}, card=CARD)
    part = pd.concat([train.frame.iloc[:60], raced.split.holdout.frame], ignore_index=True)
    shared = score(train, part, {"mine": raced.frame("fake")}, card=CARD)
    said = shared.verdict.sentence
    assert f"60 of {len(part):,} unseen rows equal training rows in every column" in said
    assert "leakage is understated and usefulness overstated. " in said, "first of all, and ended once"
    for page in (shared.html(), shared.decision_card().html(), shared.slides()):
        assert "leakage is understated" in page
        assert "overstated.." not in page
