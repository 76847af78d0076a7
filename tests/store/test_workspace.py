"""The workspace: what goes in comes out, from any thread, after a restart, and on a full disk."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import event

from synth_ui.core.choice import Choice, Kept, Rejected
from synth_ui.core.errors import StoreError
from synth_ui.core.run import Attempt, Handle, NewRun, Race, RunKind, RunState, new_id
from synth_ui.core.score import SCORE_COLUMNS, Score, Status
from synth_ui.store import journal
from synth_ui.store.files.disk import RESERVE, RESERVE_BYTES, DiskFull
from synth_ui.store.schema import SCHEMA_VERSION
from synth_ui.store.sqlite import SQLite, _engine
from synth_ui.store.workspace import MOST_LOSSES, Workspace
from tests.workshop import kept_split, small_split, small_table

ME = Handle(1, "token")


@pytest.fixture
def ws(tmp_path: Path, kept_in: str) -> Workspace:
    return Workspace.open(tmp_path / "home")


of_a_file = pytest.mark.parametrize("kept_in", ["file"], indirect=True)
"""What only a database in a file can meet."""


def queued(
    ws: Workspace,
    *candidates: str,
    control: bool = False,
    reuse_key: str | None = None,
    place: int = 0,
    deadline: float | None = None,
) -> tuple[str, list[str]]:
    """Write a race with a run per candidate; return its id and theirs."""
    split_id = kept_split(ws)
    row, now = ws.split_row(split_id), time.time()
    race = Race(new_id(), "race", row["table_id"], split_id, "quick", "{}", 10, deadline, {"python": "3"}, now)
    runs = [
        NewRun(
            kind=RunKind.CONTROL if control else RunKind.GENERATE, candidate=name, generator=name, rows=10, split_id=split_id,
            created=now, place=place + index, reuse_key=reuse_key, megabytes=10.0,
        )
        for index, name in enumerate(candidates)
    ]  # fmt: skip
    journal.add_race(ws, race, runs)
    return race.id, [str(run_id) for run_id in ws.runs(race.id)["id"]]


def claim(ws: Workspace, slots: int = 8) -> Attempt | None:
    return journal.claim_next(ws, ME, slots, lambda needed, promised: True)


def test_tables_and_splits_come_back(ws: Workspace) -> None:
    table, split = small_table(), small_split()
    table_id = ws.add_table(table, source="people.csv", assumed=["comma"], warnings=["note: text"])
    assert ws.add_table(table) == table_id == table.fingerprint
    assert len(ws.tables()) == 1
    again = Workspace.open(ws.home)
    assert again.table(table_id).schema == table.schema
    pd.testing.assert_frame_equal(again.table(table_id).frame, table.frame, check_exact=True)
    assert again.table_row(table_id)["warnings"] == ["note: text"]

    split_id = ws.add_split(table_id, split)
    assert ws.add_split(table_id, split) == split_id
    back = again.split(split_id)
    assert back.fingerprint == split.fingerprint
    assert (back.seed, back.share, back.sentence, back.train.name) == (0, 0.5, "Cut in the middle.", "people")
    pd.testing.assert_frame_equal(back.holdout.frame, split.holdout.frame, check_exact=True)


def test_what_is_read_back_is_what_was_hashed(ws: Workspace) -> None:
    table = ws.table(ws.add_table(small_table()))
    kept = table.fingerprint
    del vars(table)["fingerprint"]
    assert table.fingerprint == kept


def test_the_folder_is_the_owners_alone(ws: Workspace) -> None:
    assert ws.home.stat().st_mode & 0o077 == 0


def test_home_is_what_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_UI_HOME", str(tmp_path / "named"))
    assert Workspace.open().home == (tmp_path / "named").resolve()


def test_a_folder_that_cannot_be_made_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="SYNTH_UI_HOME"):
        Workspace.open(tmp_path / "file" / "home")


@of_a_file
def test_a_workspace_of_a_later_release_is_refused(ws: Workspace, tmp_path: Path) -> None:
    other = tmp_path / "later"
    other.mkdir()
    connection = sqlite3.connect(other / "synth_ui.sqlite")
    connection.execute(f"PRAGMA user_version={SCHEMA_VERSION + 1}")
    connection.close()
    with pytest.raises(StoreError, match="later release"):
        Workspace.open(other)


def test_a_folder_that_was_deleted_is_made_again(ws: Workspace) -> None:
    import shutil

    shutil.rmtree(ws.home)
    assert Workspace.open(ws.home).tables().empty


def test_unknown_ids_are_said_in_words(ws: Workspace) -> None:
    for ask in (ws.table, ws.split, ws.race, ws.run):
        with pytest.raises(StoreError, match="There is no"):
            ask("nowhere")


def test_many_threads_and_openings_at_once(tmp_path: Path, kept_in: str) -> None:
    failures: list[StoreError] = []

    def work(seed: int) -> None:
        try:
            ws = Workspace.open(tmp_path / "home")
            for step in range(4):
                ws.add_table(small_table(20, 10 * seed + step))
        except StoreError as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert len(Workspace.open(tmp_path / "home").tables()) == 24


@of_a_file
def test_a_full_disk_under_the_database_is_said_in_words(ws: Workspace) -> None:
    _, (a,) = queued(ws, "a")
    attempt = claim(ws)
    assert attempt
    assert (ws.home / RESERVE).stat().st_size == RESERVE_BYTES

    def no_room(connection: Any, _record: Any) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")

    engine = _engine(ws.database.path)
    event.listen(engine, "connect", no_room)
    try:
        with pytest.raises(StoreError, match="The disk is full"):
            _fill(ws)
        assert not (ws.home / RESERVE).exists()
        assert journal.finish(ws, attempt, RunState.FAILED, "The disk is full.")  # how a run ended still fits
    finally:
        event.remove(engine, "connect", no_room)
    assert ws.run(a).state == "failed"
    queued(ws, "b")
    assert (ws.home / RESERVE).exists()


@of_a_file
def test_a_small_change_is_tried_again_once_the_reserve_is_free(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    _, (a,) = queued(ws, "a")
    write, tried = SQLite.write, []

    @contextmanager
    def full_at_first(self: SQLite) -> Iterator[Any]:
        tried.append(1)
        if len(tried) == 1:
            raise DiskFull("full")
        with write(self) as connection:
            yield connection

    monkeypatch.setattr(SQLite, "write", full_at_first)
    assert journal.ask_stop(ws, a, "Cancelled.")
    assert len(tried) == 2
    assert ws.run(a).state == "cancelled"


@of_a_file
def test_the_log_is_held_open_so_that_a_full_disk_can_be_read(ws: Workspace) -> None:
    assert (ws.home / "synth_ui.sqlite-shm").exists()
    assert not ws.tables().size
    assert (ws.home / "synth_ui.sqlite-wal").exists()


def _fill(ws: Workspace) -> None:
    for seed in range(400):
        ws.add_table(small_table(1, seed), source="x" * 4_000)


# --- the ledger --------------------------------------------------------------------------------------------------


def test_runs_are_claimed_in_order_once_and_within_the_slots(ws: Workspace) -> None:
    race_id, (a, b, c) = queued(ws, "a", "b", "c")
    assert ws.runs(race_id)["queue_place"].tolist() == [1, 2, 3]
    assert [claim(ws, 2), claim(ws, 2), claim(ws, 2)] == [Attempt(a, 1), Attempt(b, 1), None]
    runs = ws.runs(race_id).set_index("candidate")
    assert runs["state"].tolist() == ["running", "running", "queued"]
    assert runs.loc["c", "queue_place"] == 1
    assert journal.claim_one(ws, a, ME) is None
    assert journal.claim_one(ws, c, ME) == Attempt(c, 1)


def test_two_claimers_never_get_the_same_run(ws: Workspace) -> None:
    queued(ws, *[f"c{i}" for i in range(12)])
    claimed: list[Attempt | None] = []
    threads = [threading.Thread(target=lambda: claimed.extend(claim(ws, 99) for _ in range(4))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    got = [attempt.run_id for attempt in claimed if attempt]
    assert len(got) == len(set(got)) == 12


def test_what_does_not_fit_into_memory_waits_until_it_is_alone(ws: Workspace) -> None:
    _, (a, b) = queued(ws, "a", "b")
    refused = []

    def fits(needed: float, promised: float) -> bool:
        refused.append((needed, promised))
        return False

    assert journal.claim_next(ws, ME, 8, fits) == Attempt(a, 1)
    assert journal.claim_next(ws, ME, 8, fits) is None
    assert refused == [(10.0, 10.0)]
    journal.finish(ws, Attempt(a, 1), RunState.DONE)
    assert journal.claim_next(ws, ME, 8, fits) == Attempt(b, 1)


def test_a_worker_whose_run_was_cancelled_changes_nothing(ws: Workspace) -> None:
    _, (a,) = queued(ws, "a")
    attempt = claim(ws)
    assert attempt
    assert journal.ask_stop(ws, a, "Cancelled.")
    assert journal.ask_stop(ws, a, "Cancelled.") is None
    assert not journal.report(ws, attempt, {"phase": "learning"}, [])
    assert not journal.add_scores(ws, attempt, 0, [Score("a", "m", "fidelity")], [])
    assert not journal.finish(ws, attempt, RunState.DONE)
    assert ws.run(a).state == "cancelled"


def test_a_finish_that_came_first_wins_over_the_cancel(ws: Workspace) -> None:
    _, (a,) = queued(ws, "a")
    attempt = claim(ws)
    assert attempt
    assert journal.finish(ws, attempt, RunState.DONE)
    assert journal.ask_stop(ws, a, "Cancelled.") is None
    assert ws.run(a).state == "done"


def test_an_old_attempt_cannot_write_into_a_new_one(ws: Workspace) -> None:
    _, (a,) = queued(ws, "a")
    old = claim(ws)
    assert old
    assert journal.lose(ws, old, "gone")
    assert journal.queue_again(ws, a)
    assert not journal.queue_again(ws, a)
    new = claim(ws)
    assert new == Attempt(a, 2)
    assert not journal.finish(ws, old, RunState.DONE)
    assert journal.finish(ws, new, RunState.FAILED, "for a reason")
    assert ws.run(a).reason == "for a reason"


def test_scores_losses_and_progress_come_back(ws: Workspace) -> None:
    race_id, (a,) = queued(ws, "a")
    attempt = claim(ws)
    assert attempt
    points = [{"step": step, "name": "training", "value": 1.0 / (step + 1)} for step in range(1_000)]
    assert journal.report(ws, attempt, {"phase": "learning", "fraction": 0.5, "eta_seconds": 2.0}, points)
    scores = [
        Score("a", "tstr", "utility", 0.8, 0.7, 0.9, seconds=1.5),
        Score("a", "pairs", "fidelity", status=Status.DOES_NOT_APPLY, reason="one column"),
    ]
    assert journal.add_scores(ws, attempt, 0, scores, [])
    run = ws.runs(race_id).iloc[0]
    assert (run.phase, run.fraction, run.eta_seconds) == ("learning", 0.5, 2.0)
    losses = ws.losses(a)
    assert 250 <= len(losses) <= MOST_LOSSES + 1
    assert losses["step"].iloc[0] == 0
    assert losses["step"].iloc[-1] == 999
    raw = ws.raw_scores(race_id)
    assert list(raw.columns) == [*SCORE_COLUMNS, "run_id", "settings", "written"]
    assert raw["measure"].tolist() == ["tstr", "pairs"]
    assert raw["value"].isna().tolist() == [False, True]
    assert raw["reason"].tolist() == ["", "one column"]


def test_a_race_without_scores_has_an_empty_frame_of_the_right_dtypes(ws: Workspace) -> None:
    race_id, _ = queued(ws, "a")
    raw = ws.raw_scores(race_id)
    assert raw.empty
    assert raw["value"].dtype == "float64"
    assert str(ws.runs(race_id)["created"].dtype) == "datetime64[us, UTC]"


def test_a_second_race_shows_the_controls_of_the_first(ws: Workspace) -> None:
    first, (control,) = queued(ws, "control:train", control=True, reuse_key="k")
    second, again = queued(ws, "control:train", control=True, reuse_key="k")
    assert again == [control]
    third, other = queued(ws, "control:train", control=True, reuse_key="other")
    assert other != [control]
    ws_runs = journal.active_of(ws, first, only_here=True)
    assert ws_runs == [control]

    journal.ask_stop(ws, control, "Cancelled.")
    ws.delete_race(first)
    assert ws.runs(second)["id"].tolist() == [control]
    fourth, once_more = queued(ws, "control:train", control=True, reuse_key="k")
    assert once_more == [control]
    assert ws.runs(fourth)["state"].tolist() == ["queued"]
    assert third


def test_a_cancel_spares_a_control_another_race_needs(ws: Workspace) -> None:
    split_id = kept_split(ws)
    race_of = {}
    for name in ("a", "b"):
        row = ws.split_row(split_id)
        race = Race(name, "", row["table_id"], split_id, "", "{}", 1, None, {}, time.time())
        common: dict[str, Any] = {"rows": 1, "split_id": split_id, "created": time.time()}
        runs = [
            NewRun(kind=RunKind.GENERATE, candidate=name, **common),
            NewRun(kind=RunKind.CONTROL, candidate="control:train", reuse_key="k", **common),
        ]
        journal.add_race(ws, race, runs)
        race_of[name] = ws.runs(name).set_index("candidate")["id"]
    control = race_of["a"]["control:train"]
    assert journal.active_of(ws, "a", only_here=True) == [race_of["a"]["a"]]
    journal.claim_one(ws, race_of["b"]["b"], ME)
    journal.finish(ws, Attempt(race_of["b"]["b"], 1), RunState.DONE)  # its candidate is there, and needs its scale
    assert journal.active_of(ws, "a", only_here=True) == [race_of["a"]["a"]]
    journal.ask_stop(ws, race_of["a"]["a"], "Cancelled.")
    assert journal.active_of(ws, "b", only_here=True) == [control]


def test_what_is_started_again_after_the_deadline_runs_to_its_end(ws: Workspace) -> None:
    race_id, (a,) = queued(ws, "a", deadline=time.time() - 1)
    assert journal.watched(ws)[1] == [race_id]
    journal.ask_stop(ws, a, "The race's time was up.")
    assert journal.queue_again(ws, a)
    assert journal.watched(ws)[1] == []


def test_a_race_under_way_is_not_deleted(ws: Workspace) -> None:
    race_id, (a,) = queued(ws, "a")
    with pytest.raises(StoreError, match="cancel it"):
        ws.delete_race(race_id)
    journal.ask_stop(ws, a, "Cancelled.")
    ws.log_folder(a).mkdir(parents=True, exist_ok=True)
    ws.delete_race(race_id)
    assert ws.races().empty
    assert not ws.log_folder(a).exists()


def test_a_workspace_of_an_earlier_release_is_brought_to_this_one(tmp_path: Path) -> None:
    first = Workspace.open(tmp_path)
    with sqlite3.connect(first.database.path) as file:
        file.execute("ALTER TABLE runs DROP COLUMN asked")
        file.execute("PRAGMA user_version = 1")
    SQLite(first.database.path).prepare()
    with sqlite3.connect(first.database.path) as file:
        columns = {row[1]: row[4] for row in file.execute("PRAGMA table_info(runs)")}
        assert columns["asked"] == "'{}'"
        assert file.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION


def test_scores_of_an_earlier_release_are_kept_and_may_be_asked_with_other_settings(tmp_path: Path) -> None:
    ws = Workspace.open(tmp_path)
    race_id, (a,) = queued(ws, "a")
    attempt = claim(ws)
    assert attempt
    assert journal.add_scores(ws, attempt, 0, [Score("a", "pairs", "fidelity", 0.8)], [])
    assert journal.finish(ws, attempt, RunState.DONE)
    with sqlite3.connect(ws.database.path) as file:
        file.executescript(
            "CREATE TABLE old (run_id VARCHAR NOT NULL REFERENCES runs (id), measure VARCHAR NOT NULL, place INTEGER NOT NULL, "
            "family TEXT NOT NULL, value FLOAT, low FLOAT, high FLOAT, status TEXT NOT NULL, reason TEXT NOT NULL, "
            "seconds FLOAT NOT NULL, PRIMARY KEY (run_id, measure));"
            "INSERT INTO old SELECT run_id, measure, place, family, value, low, high, status, reason, seconds FROM scores;"
            "DROP TABLE scores; ALTER TABLE old RENAME TO scores;"
            "ALTER TABLE races DROP COLUMN asked; ALTER TABLE runs DROP COLUMN tier; PRAGMA user_version = 3;"
        )
    SQLite(ws.database.path).prepare()
    assert ws.race(race_id).asked == "{}"
    raw = ws.raw_scores(race_id)
    assert raw[["measure", "value", "settings"]].values.tolist() == [["pairs", 0.8, ""]]
    run = NewRun(
        id="later", kind=RunKind.FURTHER, settings={"pairs": {"rows": 5}}, card="pairs", parent_id=a, candidate="a", rows=10,
        created=time.time(),
    )  # fmt: skip
    assert journal.ask(ws, race_id, [journal.Asking(run, unnoted=frozenset({"pairs"}))]) == [], (
        "it was asked, with whatever settings"
    )
    assert journal.ask(ws, race_id, [journal.Asking(run)]) == ["later"]
    again = claim(ws)
    assert again
    assert journal.replace_scores(ws, again, a, "pairs", [Score("a", "pairs", "fidelity", 0.9)], [], '{"rows": 5}')
    assert ws.raw_scores(race_id)["value"].tolist() == [0.8, 0.9]


def test_a_choice_is_kept_until_it_is_taken_back(ws: Workspace) -> None:
    race_id, _ = queued(ws, "a", "b")
    first, second = (
        Choice(id=name, race_id=race_id, candidate=name, title=name, purpose="share", purpose_title="Share outside",
               weights={"fidelity": 0.5, "utility": 0.25, "privacy": 0.25}, requirements=(Kept("leak", "No sign of a leak", "passes", "None."),),
               rejected=(Rejected("c", "C", "It is behind.", ("It leaks.",), ("Too slow.",)),), against=("It was made once.",), created=now)
        for name, now in (("a", 1.0), ("b", 2.0))
    )  # fmt: skip
    assert ws.choice(race_id) is None
    ws.keep_choice(first)
    ws.keep_choice(second)
    assert Workspace.open(ws.home).choice(race_id) == second
    ws.undo_choice("b", 3.0)
    assert ws.choice(race_id) == first
    assert [(one.id, one.undone) for one in ws.choices()] == [("b", 3.0), ("a", None)]
    ws.undo_choice("b", 9.0)
    assert ws.choices()[0].undone == 3.0
    for run_id in ws.runs(race_id)["id"]:
        journal.ask_stop(ws, run_id, "Cancelled.")
    ws.delete_race(race_id)
    assert ws.choices() == []


def test_a_workspace_made_before_choices_opens_and_takes_one(tmp_path: Path) -> None:
    ws = Workspace.open(tmp_path)
    race_id, _ = queued(ws, "a")
    with sqlite3.connect(ws.database.path) as file:
        file.executescript("DROP TABLE choices; PRAGMA user_version = 4;")
    SQLite(ws.database.path).prepare()
    assert ws.choice(race_id) is None
    made = Choice(
        id="x",
        race_id=race_id,
        candidate="a",
        title="A",
        purpose="own",
        purpose_title="Your own weights",
        weights={"utility": 1.0},
    )
    ws.keep_choice(made)
    assert ws.choice(race_id) == made
    assert made.asked == {"utility": 1.0}


def test_of_many_workspaces_the_first_ones_are_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from synth_ui.store import sqlite

    monkeypatch.setattr(sqlite, "_MOST_HELD", 3)
    made = [Workspace.open(tmp_path / str(number)) for number in range(6)]
    assert [ws.database.path for ws in made[-3:]] == list(sqlite._held)  # type: ignore[union-attr]
    assert [ws.tables().empty for ws in made] == [True] * 6
