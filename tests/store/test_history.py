"""Names, notes, stars and the bin; a workspace of an earlier release; a race as one file."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from pathlib import Path

import pytest

from synth_ui.core.errors import StoreError
from synth_ui.core.run import RunState
from synth_ui.core.score import Score
from synth_ui.store import history, journal, schema
from synth_ui.store.parcel import ROWS, Unpacked, pack, unpack
from synth_ui.store.sqlite import SQLite
from synth_ui.store.workspace import Workspace
from tests.store.test_workspace import claim, queued


@pytest.fixture
def ws(tmp_path: Path, kept_in: str) -> Workspace:
    return Workspace.open(tmp_path / "home")


@pytest.fixture
def raced(ws: Workspace) -> tuple[Workspace, str]:
    race_id, (_,) = queued(ws, "a")
    attempt = claim(ws)
    assert attempt
    assert journal.add_scores(ws, attempt, 0, [Score("a", "pairs", "fidelity", 0.8)], [])
    assert journal.finish(ws, attempt, RunState.DONE)
    return ws, race_id


def test_a_race_is_named_noted_and_starred(raced: tuple[Workspace, str]) -> None:
    ws, race_id = raced
    history.describe(ws, "race", race_id, name="  The   birds ", note=" for the meeting ", starred=True)
    row = history.races_with_counts(ws)[0]
    assert (row["name"], row["note"], bool(row["starred"])) == ("The birds", "for the meeting", True)
    assert (row["candidates"], row["done"], row["active"]) == (1, 1, 0)
    history.describe(ws, "race", race_id, note="")
    assert history.races_with_counts(ws)[0]["name"] == "The birds"
    with pytest.raises(StoreError, match="needs a name"):
        history.describe(ws, "race", race_id, name=" ")
    with pytest.raises(StoreError, match="There is no race"):
        history.describe(ws, "race", "none", note="x")


def test_a_table_goes_with_its_races_and_comes_back_with_them(raced: tuple[Workspace, str]) -> None:
    ws, race_id = raced
    table_id = str(ws.tables()["id"].iloc[0])
    history.put_away(ws, "table", table_id)
    assert ws.tables().empty
    assert ws.races().empty
    assert history.bin_of(ws)[["thing", "id"]].to_numpy().tolist() == [["table", table_id]]
    assert history.empty_bin(ws) == 0, "not before a week"
    history.bring_back(ws, "table", table_id)
    assert list(ws.races()["id"]) == [race_id]
    history.put_away(ws, "race", race_id)
    history.put_away(ws, "table", table_id)
    history.bring_back(ws, "table", table_id)
    assert ws.races().empty, "it was deleted before the table was"
    history.bring_back(ws, "race", race_id)
    assert list(ws.races()["id"]) == [race_id]
    history.put_away(ws, "table", table_id)
    assert history.empty_bin(ws, days=0) == 2
    with pytest.raises(StoreError, match="no longer in the bin"):
        history.bring_back(ws, "race", race_id)


def test_a_race_under_way_is_not_put_away(ws: Workspace) -> None:
    race_id, _ = queued(ws, "a")
    with pytest.raises(StoreError, match="stop it"):
        history.put_away(ws, "race", race_id)


def test_a_table_read_again_leaves_the_bin(ws: Workspace) -> None:
    queued(ws, "a")
    table_id = str(ws.tables()["id"].iloc[0])
    table = ws.table(table_id)
    with ws.database.write() as connection:
        connection.execute(schema.tables.update().values(deleted=1.0))
    assert ws.tables().empty
    assert ws.add_table(table) == table_id
    assert list(ws.tables()["id"]) == [table_id]


@pytest.mark.parametrize("kept_in", ["file"], indirect=True)
def test_tables_of_an_earlier_release_count_as_taken_up(raced: tuple[Workspace, str]) -> None:
    ws, race_id = raced
    path = ws.database.path  # type: ignore[attr-defined]
    with sqlite3.connect(path) as file:
        for table, names in {
            "tables": ("note", "starred", "deleted", "used"),
            "races": ("note", "starred", "deleted", "example", "summary"),
        }.items():
            for name in names:
                file.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
        file.executescript("DROP TABLE marks; PRAGMA user_version = 4;")
    SQLite(path).prepare()
    assert ws.tables()["used"].notna().all()
    assert list(ws.races()["id"]) == [race_id]
    assert not history.marked(ws, "example")
    history.mark(ws, "example")
    history.mark(ws, "example")
    assert history.marked(ws, "example")


def test_a_race_is_packed_and_unpacked_elsewhere(raced: tuple[Workspace, str], tmp_path: Path) -> None:
    ws, race_id = raced
    pack(ws, race_id, tmp_path / "race.zip")
    assert str(ws.home).encode() not in zipfile.ZipFile(tmp_path / "race.zip").read(ROWS)
    other = Workspace.open(tmp_path / "other")
    assert unpack(other, tmp_path / "race.zip", example=True).new == (race_id,)
    assert other.latest_done(9) == [], "how fast another machine is says nothing here"
    assert unpack(other, tmp_path / "race.zip") == Unpacked((race_id,), tuple(other.tables()["id"]), (), lacks=1), (
        "twice changes nothing; its run made no rows"
    )
    assert other.raw_scores(race_id)["value"].tolist() == [0.8]
    assert other.races()["example"].tolist() == [True]
    assert other.tables()["used"].isna().all()
    table_id = str(other.tables()["id"].iloc[0])
    assert other.table(table_id).fingerprint == ws.table(table_id).fingerprint
    assert other.known_runs(["key"]) == {}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [("../../evil.parquet", b"", "no part of a race"), ("runs/a/sampler.pickle", b"", "no part of a race")],
)
def test_what_does_not_belong_into_a_parcel_is_refused(
    raced: tuple[Workspace, str], tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    ws, race_id = raced
    path = tmp_path / "race.zip"
    pack(ws, race_id, path)
    with zipfile.ZipFile(path, "a") as parcel:
        parcel.writestr(name, content)
    other = Workspace.open(tmp_path / "other")
    with pytest.raises(StoreError, match=said):
        unpack(other, path)
    assert other.races().empty
    assert not list(tmp_path.rglob("evil.parquet"))


def test_a_parcel_of_a_later_release_and_what_is_none_are_refused(ws: Workspace, tmp_path: Path) -> None:
    later, none = tmp_path / "later.zip", tmp_path / "none.zip"
    with zipfile.ZipFile(later, "w") as parcel:
        parcel.writestr(ROWS, json.dumps({"format": "synth-ui race", "version": 999, "race": "a", "rows": {}}))
    none.write_bytes(b"nothing")
    with pytest.raises(StoreError, match="later release"):
        unpack(ws, later)
    with pytest.raises(StoreError, match="not a race packed"):
        unpack(ws, none)
