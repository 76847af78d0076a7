"""A database that is gone, emptied or damaged: recognised, named, kept, and put together again from the records beside the runs."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from synth_ui.cli import main
from synth_ui.core.run import RunState
from synth_ui.jobs.races.control import cancel_race, delete_race, restart
from synth_ui.jobs.races.progress import standing
from synth_ui.jobs.races.request import Request
from synth_ui.jobs.races.start import start_race
from synth_ui.store import history, journal, schema
from synth_ui.store.database import DatabaseDamaged
from synth_ui.store.recovery import rebuild, records
from synth_ui.store.workspace import DATABASE, Workspace
from tests.jobs.by_hand import WHOLE, Hands
from tests.workshop import kept_split

KEPT_TABLES = ("tables", "splits", "races", "runs", "members", "scores", "losses", "details", "choices", "budgets", "trials")


def rows_of(ws: Workspace) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the workspace that is more than a convenience."""
    with ws.database.read() as connection:
        return {
            name: sorted((tuple(row) for row in connection.execute(select(schema.metadata.tables[name]))), key=repr)
            for name in KEPT_TABLES
        }


def finished(hands: Hands) -> str:
    """A race all of whose runs are done, with what people keep about it."""
    race_id = start_race(hands.ws, kept_split(hands.ws), [Request("fake", seeds=2)], card=WHOLE)
    hands.work()
    history.describe(hands.ws, "race", race_id, name="the first", note="looked at twice", starred=True)
    return race_id


def closed(ws: Workspace) -> Path:
    """The database as a file of its own, as it lies there once no process has it open."""
    path = ws.home / DATABASE
    from synth_ui.store import sqlite

    held = sqlite._held.pop(path, None)
    if held is not None:
        held.close()
    assert not Path(f"{path}-wal").exists()
    return path


def overwritten(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:4_096] + b"\x07" * (len(content) - 4_096))


DAMAGE: dict[str, Callable[[Path], object]] = {
    "gone": Path.unlink,
    "emptied": lambda path: path.write_bytes(b""),
    "random bytes": lambda path: path.write_bytes(bytes(range(256)) * 400),
    "half of it overwritten": overwritten,
    "cut off": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_lost_database_comes_back_with_every_row(damage: str, hands: Hands) -> None:
    finished(hands)
    before = rows_of(hands.ws)
    path = closed(hands.ws)
    DAMAGE[damage](path)
    again = Workspace.open(hands.ws.home)
    rebuild.recover(again, "noticed later") if again.database.damage() else None  # a page in the middle is met later
    assert rows_of(again) == before
    (note,) = rebuild.notes(again.home)
    kept = sorted(again.home.glob("synth_ui.damaged-*.sqlite"))
    assert (note.rebuilt.races, note.rebuilt.tables, note.rebuilt.queued, note.rebuilt.unread) == (1, 1, 0, ())
    assert [one.name for one in kept] == ([note.kept_as] if note.kept_as else [])
    assert bool(kept) == (damage not in ("gone", "emptied"))
    assert "rebuilt from the records beside the runs: 1 table, 1 race" in note.sentence
    rebuild.noted(again.home)
    assert rebuild.notes(again.home) == []


def test_what_had_not_ended_stands_in_the_queue_again_and_comes_to_the_same(hands: Hands) -> None:
    race_id = start_race(hands.ws, kept_split(hands.ws), [Request("fake"), Request("fake", {"seconds": 0.5})], card=WHOLE)
    hands.work(4)
    stale = hands.take()
    assert stale
    closed(hands.ws).unlink()
    again = Workspace.open(hands.ws.home)
    states = [run.state.value for run in again.members(race_id)]
    assert sorted(states) == ["done"] * 4 + ["queued"] * 2
    assert not journal.finish(again, stale.this_attempt, RunState.DONE), "the process of before writes nothing"
    hands.ws = again
    hands.work()
    assert not standing(again, race_id).active
    assert {run.state.value for run in again.members(race_id)} == {"done"}
    first = hands.ws.run(stale.id)
    assert first.attempt > stale.attempt + 1_000


def test_how_a_run_ended_comes_back_and_a_new_start_forgets_it(hands: Hands) -> None:
    race_id = start_race(hands.ws, kept_split(hands.ws), [Request("fake")], card=WHOLE)
    hands.work(4)
    run = hands.take()
    assert run
    hands.end(run, RunState.FAILED, "the wheel came off")
    closed(hands.ws).unlink()
    ws = Workspace.open(hands.ws.home)
    assert (ws.run(run.id).state, ws.run(run.id).reason) == ("failed", "the wheel came off")
    later = {one.state.value for one in ws.asked_later(race_id) if one.parent == run.id}
    assert later == {"cancelled"}, "what was to be asked of it is not waited for"
    restart(ws, run.id)
    closed(ws).unlink()
    ws = Workspace.open(hands.ws.home)
    assert ws.run(run.id).state == "queued"


def test_what_was_cancelled_and_what_was_deleted_stays_so(hands: Hands) -> None:
    kept, gone = finished(hands), start_race(hands.ws, kept_split(hands.ws, seed=3), [Request("fake")], card=WHOLE)
    cancel_race(hands.ws, gone)
    before = rows_of(hands.ws)
    closed(hands.ws).unlink()
    ws = Workspace.open(hands.ws.home)
    assert rows_of(ws) == before
    delete_race(ws, gone)
    history.put_away(ws, "race", kept)
    before = rows_of(ws)
    closed(ws).unlink()
    assert rows_of(Workspace.open(hands.ws.home)) == before


def test_a_record_that_cannot_be_read_takes_nothing_else_with_it(hands: Hands) -> None:
    race_id = finished(hands)
    one, other, *_ = hands.ws.members(race_id)
    (hands.ws.home / "runs" / one.id / "record.json").write_bytes(b'{"format": "synth')
    closed(hands.ws).unlink()
    ws = Workspace.open(hands.ws.home)
    (note,) = rebuild.notes(ws.home)
    assert note.rebuilt.unread == (f"runs/{one.id}/record.json",)
    assert f"could not be read, and what only they knew is missing: runs/{one.id}/record.json" in note.sentence
    assert (ws.run(one.id).state, ws.run(other.id).state) == ("queued", "done")


def test_records_that_are_missing_are_written_later(hands: Hands) -> None:
    race_id = finished(hands)
    before = rows_of(hands.ws)
    for pattern in records.EVERY:
        for path in hands.ws.home.glob(pattern):
            path.unlink()
    assert not rebuild.anything_kept(hands.ws.artefacts)
    assert records.keep_missing(hands.ws) == 3 + len(before["runs"])
    assert records.keep_missing(hands.ws) == 0
    closed(hands.ws).unlink()
    assert rows_of(Workspace.open(hands.ws.home)) == before
    assert race_id


def test_a_database_that_goes_while_it_is_in_use_is_missed_and_rebuilt(hands: Hands) -> None:
    finished(hands)
    before, path = rows_of(hands.ws), hands.ws.home / DATABASE
    path.unlink()
    with pytest.raises(DatabaseDamaged, match=r"is gone\. It is rebuilt"):
        hands.ws.races()
    assert not path.exists(), "an empty one would hide it"
    recovered = rebuild.recover(hands.ws, "It went.")
    assert recovered
    assert rebuild.recover(hands.ws, "It went.") is None, "there is nothing wrong any more"
    assert rows_of(hands.ws) == before
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_the_command_line_says_what_was_rebuilt(
    hands: Hands, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    finished(hands)
    monkeypatch.setenv("SYNTH_UI_HOME", str(hands.ws.home))
    closed(hands.ws).write_bytes(b"\x07" * 9_000)
    assert main(["history"]) == 0
    said = capsys.readouterr()
    assert "the first" in said.out
    assert "is damaged (file is not a database). It was rebuilt from the records beside the runs" in said.err
    assert "The old file is kept as synth_ui.damaged-" in said.err
