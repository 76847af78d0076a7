"""A race, or all of a workspace, as one file: what comes back, and that nothing of a hostile file is kept."""

from __future__ import annotations

import json
import pickle
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from synth_ui.core.choice import Choice
from synth_ui.core.errors import StoreError
from synth_ui.core.run import RunState
from synth_ui.core.score import Score
from synth_ui.store import history, journal, parcel, schema
from synth_ui.store.files.artefacts import SYNTHETIC, keep_bytes
from synth_ui.store.files.disk import WHAT_TO_DO
from synth_ui.store.parcel import ROWS, cannot_pack, pack, pack_all, unpack
from synth_ui.store.workspace import Workspace
from synth_ui.tables.large.whole import WholeTable
from synth_ui.tables.profile import profile
from tests.store.test_workspace import claim, queued

Members = dict[str, bytes]

PLAN = json.dumps({"rows": [10, 20], "arms": [], "runs": {}, "scoring": 1.0, "controls": 1.0, "judging": 1.0})


@pytest.fixture
def raced(tmp_path: Path, kept_in: str) -> tuple[Workspace, str]:
    ws = Workspace.open(tmp_path / "home")
    race_id, (_,) = queued(ws, "a")
    attempt = claim(ws)
    assert attempt
    assert journal.add_scores(ws, attempt, 0, [Score("a", "pairs", "fidelity", 0.8)], [])
    assert journal.finish(ws, attempt, RunState.DONE)
    made = Choice(
        id="made", race_id=race_id, candidate="a", title="A", purpose="share", purpose_title="Share", weights={}, created=1.0
    )
    ws.keep_choice(made)
    history.describe(ws, "race", race_id, name="Birds", note="kept", starred=True)
    return ws, race_id


@pytest.fixture
def packed(raced: tuple[Workspace, str], tmp_path: Path) -> Path:
    ws, race_id = raced
    pack(ws, race_id, tmp_path / "race.zip")
    return tmp_path / "race.zip"


def members(path: Path) -> Members:
    with zipfile.ZipFile(path) as parcel:
        return {name: parcel.read(name) for name in parcel.namelist()}


def write(path: Path, content: Members) -> None:
    with zipfile.ZipFile(path, "w") as parcel:
        for name, data in content.items():
            parcel.writestr(name, data)


def everything(ws: Workspace) -> list[Path]:
    return sorted(path for path in ws.home.rglob("*") if path.is_file() and not path.name.startswith("synth_ui.sqlite"))


def test_names_notes_stars_and_choices_come_along(raced: tuple[Workspace, str], packed: Path, tmp_path: Path) -> None:
    ws, race_id = raced
    other = Workspace.open(tmp_path / "other")
    unpack(other, packed)
    row = history.races_with_counts(other)[0]
    assert (row["name"], row["note"], bool(row["starred"])) == ("Birds", "kept", True)
    assert other.choice(race_id) == ws.choice(race_id)
    assert other.run(other.members(race_id)[0].id).sampler_hash is None


def test_the_whole_workspace_comes_along_but_for_the_bin(raced: tuple[Workspace, str], tmp_path: Path) -> None:
    ws, race_id = raced
    second, _ = queued(ws, "b")
    for _ in range(2):
        attempt = claim(ws)
        if attempt is not None:
            journal.finish(ws, attempt, RunState.DONE)
    pack_all(ws, tmp_path / "all.zip")
    other = Workspace.open(tmp_path / "other")
    assert set(unpack(other, tmp_path / "all.zip").new) == {race_id, second}
    assert set(other.tables()["id"]) == set(ws.tables()["id"])
    history.put_away(ws, "race", second)
    pack_all(ws, tmp_path / "fewer.zip")
    assert unpack(Workspace.open(tmp_path / "third"), tmp_path / "fewer.zip").new == (race_id,)


def test_a_race_that_shares_runs_with_one_that_is_there_joins_it(
    raced: tuple[Workspace, str], tmp_path: Path, packed: Path
) -> None:
    other = Workspace.open(tmp_path / "other")
    unpack(other, packed)
    content = members(packed)
    said = json.loads(content[ROWS])
    said["rows"]["races"][0]["id"] = said["rows"]["members"][0]["race_id"] = "another"
    said["rows"]["choices"] = []
    write(tmp_path / "second.zip", {**content, ROWS: json.dumps(said).encode()})
    assert unpack(other, tmp_path / "second.zip").new == ("another",)
    assert other.raw_scores("another")["value"].tolist() == [0.8]


class Evil:
    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return (exec, ("raise SystemExit('executed')",))


def rows_changed(change: Callable[[dict[str, Any]], object]) -> Callable[[Members], Members]:
    def apply(content: Members) -> Members:
        said = json.loads(content[ROWS])
        change(said)
        return {**content, ROWS: json.dumps(said).encode()}

    return apply


def first(kind: str, /, **values: Any) -> Callable[[Members], Members]:
    return rows_changed(lambda said: said["rows"][kind][0].update(values))


def table_replaced(data: bytes) -> Callable[[Members], Members]:
    return lambda content: {name: data if name.startswith("tables/") else held for name, held in content.items()}


def half_of(content: Members) -> bytes:
    return next(data for name, data in content.items() if name.startswith("splits/"))


def a_detail(said: dict[str, Any]) -> None:
    row = {"measure": "m", "name": "n", "file": "../../../evil.parquet", "rows": 1}
    said["rows"]["details"] = [{"run_id": said["rows"]["runs"][0]["id"], **row}]


HOSTILE: dict[str, tuple[Callable[[Members], Members], str]] = {
    "a path upwards": (lambda content: {**content, "../../evil.parquet": b""}, "no part of a race"),
    "an absolute path": (lambda content: {**content, "/evil.parquet": b""}, "no part of a race"),
    "a sampler": (lambda content: {**content, "runs/a/sampler.pickle": pickle.dumps(Evil())}, "no part of a race"),
    "a pickle called a frame": (table_replaced(pickle.dumps(Evil())), "cannot be read"),
    "a broken frame": (table_replaced(b"PAR1 and no more"), "cannot be read"),
    "another frame": (lambda content: table_replaced(half_of(content))(content), "not the table it says"),
    "no frame": (lambda content: {name: held for name, held in content.items() if not name.startswith("tables/")}, "lacks"),
    "broken JSON": (lambda content: {**content, ROWS: content[ROWS][:-9]}, "not a race packed"),
    "deep JSON": (lambda content: {**content, ROWS: b"[" * 200_000}, "not a race packed"),
    "no rows": (lambda content: {name: held for name, held in content.items() if name != ROWS}, "not a race packed"),
    "rows that are a text": (rows_changed(lambda said: said.update(rows="x")), "not a race packed"),
    "a version that is a text": (rows_changed(lambda said: said.update(version="x")), "later release"),
    "no lists": (rows_changed(lambda said: said.update(rows={})), "tables is no list of rows"),
    "nothing in it": (rows_changed(lambda said: said.update(rows={name: [] for name in said["rows"]})), "no race and no table"),
    "a list for a row": (rows_changed(lambda said: said["rows"].update(runs=[[1]])), "no list of rows"),
    "a path for an id": (first("runs", id="../../evil"), "not as it must be"),
    "a path for a detail": (rows_changed(a_detail), "not as it must be"),
    "a number for a name": (first("races", name=7), "not as it must be"),
    "a text for a number": (first("tables", rows="many"), "not as it must be"),
    "a huge number": (first("runs", seed=10**30), "not as it must be"),
    "no id": (rows_changed(lambda said: said["rows"]["races"][0].pop("id")), "not as it must be"),
    "a schema that is none": (first("tables", schema='{"columns": 3}'), "not as it must be"),
    "settings that are none": (first("runs", settings="{"), "not as it must be"),
    "a run that would start": (first("runs", state="queued"), "under way"),
    "a run of no kind": (first("runs", kind="shell"), "not as it must be"),
    "a score of no status": (first("scores", status="fine"), "not as it must be"),
    "a choice of another race": (first("choices", race_id="other"), "not as it must be"),
    "scores of another run": (first("scores", run_id="other"), "not in the file"),
    "one id twice": (rows_changed(lambda said: said["rows"]["runs"].append(said["rows"]["runs"][0])), "one id twice"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_and_nothing_is_left(packed: Path, tmp_path: Path, name: str) -> None:
    change, said = HOSTILE[name]
    write(tmp_path / "hostile.zip", change(members(packed)))
    other = Workspace.open(tmp_path / "other" / "deep")
    before = everything(other)
    with pytest.raises(StoreError, match=said):
        unpack(other, tmp_path / "hostile.zip")
    assert everything(other) == before
    assert other.tables().empty
    assert other.races().empty
    assert not [path for path in tmp_path.rglob("*evil*") if path.is_file()]


def test_a_member_that_unpacks_to_too_much_is_refused_unread(
    packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parcel, "MOST_BYTES", 1_000_000)
    content = members(packed)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as bomb:
        for name, data in content.items():
            bomb.writestr(name, data if name == ROWS else bytes(2_000_000))
    assert (tmp_path / "bomb.zip").stat().st_size < 100_000
    with pytest.raises(StoreError, match="unpacks to more than"):
        unpack(Workspace.open(tmp_path / "other"), tmp_path / "bomb.zip")
    monkeypatch.setattr(parcel, "MOST_BYTES", 1 << 31)
    monkeypatch.setattr(parcel, "MOST_ROWS_BYTES", 100)
    with pytest.raises(StoreError, match="more rows than are taken"):
        unpack(Workspace.open(tmp_path / "other"), packed)


def test_a_member_named_twice_is_refused(packed: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(packed, "a") as again, pytest.warns(UserWarning, match="Duplicate name"):
        again.writestr(ROWS, b"{}")
    with pytest.raises(StoreError, match="no part of a race"):
        unpack(Workspace.open(tmp_path / "other"), packed)


def test_what_cannot_be_put_into_the_database_leaves_no_file(
    packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> list[str]:
        raise StoreError("The disk is full.")

    other = Workspace.open(tmp_path / "other")
    before = everything(other)
    monkeypatch.setattr(parcel, "_keep", refuse)
    with pytest.raises(StoreError, match="disk is full"):
        unpack(other, packed)
    assert everything(other) == before


def test_a_cut_file_and_no_zip_are_refused(packed: Path, tmp_path: Path) -> None:
    other, whole = Workspace.open(tmp_path / "other"), packed.read_bytes()
    for cut in (0, 10, len(whole) // 2, len(whole) - 5):
        (tmp_path / "cut.zip").write_bytes(whole[:cut])
        with pytest.raises(StoreError, match="not a race packed"):
            unpack(other, tmp_path / "cut.zip")
    spoiled = bytearray(whole)
    spoiled[len(whole) // 3 : len(whole) // 3 + 40] = bytes(40)
    (tmp_path / "spoiled.zip").write_bytes(bytes(spoiled))
    with pytest.raises(StoreError):
        unpack(other, tmp_path / "spoiled.zip")
    assert other.races().empty


def test_the_example_shipped_with_the_package_can_be_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new workspace takes it unread, which is what its first start waits for; so it is read here."""
    from synth_ui.store import parcel
    from synth_ui.ui.arrive.example import PARCEL

    assert len(parcel.unpack(Workspace.open(tmp_path / "read"), PARCEL).new) == 1
    monkeypatch.setattr(parcel, "read_frame", lambda path: pytest.fail(f"{path} was read"))
    quick = Workspace.open(tmp_path / "quick")
    assert len(parcel.unpack(quick, PARCEL, example=True).new) == 1
    assert quick.races()["example"].tolist() == [True]


# --- a table that is a sample of a larger file ------------------------------------------------------------------------

WholeChange = Callable[[dict[str, Any]], object]


@pytest.fixture
def of_a_large_file(raced: tuple[Workspace, str], tmp_path: Path) -> tuple[Workspace, str, Path]:
    """The same race, of a table that is a sample: the workspace, the table's id, the parcel."""
    ws, race_id = raced
    table_id = ws.race_row(race_id)["table_id"]
    table = ws.table(table_id)
    whole = WholeTable(1_000_000, len(table), "drawn evenly with seed 0", replace(profile(table), rows=1_000_000))
    ws.keep_whole(table_id, whole.to_dict())
    pack(ws, race_id, tmp_path / "large.zip")
    return ws, table_id, tmp_path / "large.zip"


def test_what_is_known_of_all_rows_comes_along(of_a_large_file: tuple[Workspace, str, Path], tmp_path: Path) -> None:
    ws, table_id, path = of_a_large_file
    other = Workspace.open(tmp_path / "other")
    unpack(other, path)
    assert other.whole(table_id) == ws.whole(table_id)
    assert WholeTable.from_dict(other.whole(table_id) or {}).rows == 1_000_000


def distribution(known: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(iter(known["profile"]["distributions"].values()))
    return found


@pytest.mark.parametrize(
    "change",
    [
        lambda known: known.update(rows="many"),
        lambda known: known.update(rows=3),
        lambda known: known.update(taken=True),
        lambda known: known.update(how="x" * 10_000),
        lambda known: known.update(more=1),
        lambda known: known["of_sample"].append("no such column"),
        lambda known: known["profile"].update(columns=[]),
        lambda known: known["profile"]["columns"]["column"].append("x"),
        lambda known: known["profile"].update(blanks=float("nan")),
        lambda known: known["profile"]["distributions"].update({"no such column": {}}),
        lambda known: distribution(known).update(share=["x"] * len(distribution(known)["bin"])),
        lambda known: distribution(known).update(lower=["no date"] * len(distribution(known)["bin"])),
        lambda known: distribution(known).update(bin=[{"deep": 1}] * len(distribution(known)["bin"])),
    ],
)
def test_a_description_that_is_none_is_refused(
    of_a_large_file: tuple[Workspace, str, Path], tmp_path: Path, change: WholeChange
) -> None:
    _, table_id, path = of_a_large_file
    content = members(path)
    key = f"tables/{table_id}.whole.json"
    known = json.loads(content[key])
    change(known)
    write(path, {**content, key: json.dumps(known).encode()})
    other = Workspace.open(tmp_path / "other")
    with pytest.raises(StoreError, match="does not describe the table it belongs to; nothing was taken"):
        unpack(other, path)
    assert other.tables().empty


# --- what is gone or damaged ------------------------------------------------------------------------------------------


@pytest.fixture
def made(raced: tuple[Workspace, str]) -> tuple[Workspace, str, Path]:
    """A race whose candidate has rows, and where they lie."""
    ws, race_id = raced
    rows = ws.artefacts.local(ws.artefacts.keys("splits/*/train.parquet")[0])
    keep_bytes(ws.artefacts, f"runs/{ws.members(race_id)[0].id}/{SYNTHETIC}", rows.read_bytes())
    return ws, race_id, ws.artefacts.local(f"runs/{ws.members(race_id)[0].id}/{SYNTHETIC}")


def damage(path: Path) -> None:
    """Spoil the midst of a file: its head and its foot still look whole."""
    content = bytearray(path.read_bytes())
    content[4 : len(content) // 2] = bytes(len(content) // 2 - 4)
    path.write_bytes(content)


def test_nothing_is_said_left_out_of_a_whole_race(made: tuple[Workspace, str, Path], tmp_path: Path) -> None:
    ws, race_id, _ = made
    assert pack(ws, race_id, tmp_path / "race.zip") == ()
    assert unpack(Workspace.open(tmp_path / "other"), tmp_path / "race.zip").lacks == 0


@pytest.mark.parametrize("spoil", [damage, Path.unlink], ids=["damaged", "gone"])
def test_made_rows_that_cannot_be_read_are_left_out_and_said_on_both_sides(
    made: tuple[Workspace, str, Path], spoil: Callable[[Path], None], tmp_path: Path
) -> None:
    ws, race_id, path = made
    spoil(path)
    (said,) = pack(ws, race_id, tmp_path / "race.zip")
    assert SYNTHETIC in said
    found = unpack(Workspace.open(tmp_path / "other"), tmp_path / "race.zip")
    assert found.new == (race_id,)
    assert "A file it names is not in it" in found.said_lacking()


@pytest.mark.parametrize("spoil", [damage, Path.unlink], ids=["damaged", "gone"])
@pytest.mark.parametrize("half", ["train", "holdout"])
def test_a_race_without_its_real_rows_is_not_packed(
    raced: tuple[Workspace, str], half: str, spoil: Callable[[Path], None], tmp_path: Path
) -> None:
    ws, race_id = raced
    spoil(ws.artefacts.local(ws.artefacts.keys(f"splits/*/{half}.parquet")[0]))
    with pytest.raises(StoreError, match=f"cannot be exported, because its real rows are not whole. {half}"):
        pack(ws, race_id, tmp_path / "race.zip")
    assert not (tmp_path / "race.zip").exists()


def test_a_race_whose_real_rows_are_gone_says_so_before_the_button(raced: tuple[Workspace, str]) -> None:
    ws, race_id = raced
    assert cannot_pack(ws, ws.race_row(race_id)) == ""
    ws.artefacts.local(ws.artefacts.keys("splits/*/train.parquet")[0]).unlink()
    assert "train.parquet" in cannot_pack(ws, ws.race_row(race_id))


def refusing(read: Callable[[Path], bytes], refused: Path) -> Callable[[Path], bytes]:
    """Read every file but one, which may not be read."""

    def reading(path: Path) -> bytes:
        if path == refused:
            raise PermissionError(13, "Permission denied", str(path))
        return read(path)

    return reading


def test_a_ledger_that_cannot_be_read_is_left_out_and_said_with_what_to_do(
    made: tuple[Workspace, str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws, race_id, _ = made
    key = f"runs/{ws.members(race_id)[0].id}/ledger.json"
    for content in (b"{", b"{}"):
        keep_bytes(ws.artefacts, key, content)
        if content == b"{}":
            monkeypatch.setattr(Path, "read_bytes", refusing(Path.read_bytes, ws.artefacts.local(key)))
        (said,) = pack(ws, race_id, tmp_path / "race.zip")
        assert "ledger.json in " in said
        assert said.endswith(WHAT_TO_DO)


def test_the_whole_workspace_goes_without_a_race_that_is_not_whole(raced: tuple[Workspace, str], tmp_path: Path) -> None:
    ws, _ = raced
    damage(ws.artefacts.local(ws.artefacts.keys("splits/*/train.parquet")[0]))
    (said,) = pack_all(ws, tmp_path / "all.zip")
    assert "Birds" in said
    assert "train.parquet" in said
    found = unpack(Workspace.open(tmp_path / "other"), tmp_path / "all.zip")
    assert found.races == ()
    assert len(found.tables) == 1
    damage(ws.artefacts.local(ws.artefacts.keys("tables/*.parquet")[0]))
    with pytest.raises(StoreError, match="Nothing can be exported"):
        pack_all(ws, tmp_path / "none.zip")


@pytest.mark.parametrize("moment", [1e300, -1.0, 4_102_444_800.0])
def test_a_moment_that_no_clock_showed_is_refused(packed: Path, tmp_path: Path, moment: float) -> None:
    """It was taken, and the list of all races ended in a traceback from then on."""
    content = members(packed)
    rows = json.loads(content[ROWS])
    rows["rows"]["races"][0]["created"] = moment
    write(tmp_path / "late.zip", {**content, ROWS: json.dumps(rows).encode()})
    other = Workspace.open(tmp_path / "other")
    with pytest.raises(StoreError, match=r"created is .*nothing was taken"):
        unpack(other, tmp_path / "late.zip")
    assert other.races().empty


@pytest.mark.parametrize(
    ("where", "column", "value"),
    [
        ("races", "make", -1),
        ("races", "make", 0),
        ("splits", "share", 1.5),
        ("splits", "train_rows", -3),
        ("runs", "rows", -1),
        ("scores", "value", float("nan")),
        ("scores", "high", float("inf")),
        ("scores", "place", -1),
    ],
)
def test_a_number_that_cannot_be_is_refused(packed: Path, tmp_path: Path, where: str, column: str, value: float) -> None:
    content = members(packed)
    said = json.loads(content[ROWS])
    said["rows"][where][0][column] = value
    write(packed, {**content, ROWS: json.dumps(said).encode()})
    other = Workspace.open(tmp_path / "other")
    with pytest.raises(StoreError, match=rf"a row of {where} is not as it must be \({column} is .*\); nothing was taken"):
        unpack(other, packed)
    assert other.races().empty


@pytest.mark.parametrize("missing", ["tables", "splits", "races", "runs", "members", "scores", "losses", "details"])
def test_a_parcel_without_one_of_its_lists_is_refused(packed: Path, tmp_path: Path, missing: str) -> None:
    content = members(packed)
    said = json.loads(content[ROWS])
    del said["rows"][missing]
    write(packed, {**content, ROWS: json.dumps(said).encode()})
    with pytest.raises(StoreError, match=f"{missing} is no list of rows; nothing was taken"):
        unpack(Workspace.open(tmp_path / "other"), packed)


def test_a_race_that_ended_in_its_first_stage_and_a_network_that_diverged_come_along(
    raced: tuple[Workspace, str], tmp_path: Path
) -> None:
    ws, race_id = raced
    (run,) = ws.members(race_id)
    budget = {"race_id": race_id, "seconds": 10.0, "begun": 1.0, "stage": -1, "plan": PLAN, "over": 2.0}
    loss = {"run_id": run.id, "step": 1, "name": "training", "value": float("inf")}
    with ws.database.write() as connection:
        connection.execute(schema.budgets.insert().values(**budget))
        connection.execute(schema.losses.insert().values(**loss))
    pack(ws, race_id, tmp_path / "race.zip")
    other = Workspace.open(tmp_path / "other")
    assert unpack(other, tmp_path / "race.zip").new == (race_id,)
    assert other.losses(run.id)["value"].tolist() == [float("inf")]
