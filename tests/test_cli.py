"""The command line: what goes where, exit codes, one clear line for bad input."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from synth_ui import api, cli
from synth_ui.api import generate
from synth_ui.cli import main
from synth_ui.core.context import Progress
from synth_ui.core.score import CONTROLS
from synth_ui.generators.sampling import batches
from synth_ui.jobs.budget.control import NO_FURTHER, TAKEN_OUT
from synth_ui.jobs.races.control import DELETED, cancel_race, put_away
from synth_ui.jobs.runs.tune import SettingsTrial, Tuned
from synth_ui.reports.download import to_csv
from synth_ui.store.workspace import Workspace
from tests.workshop import cold_workspace, fake_plugins, small_table, until, warm_workspace

__all__ = ["cold_workspace", "fake_plugins", "warm_workspace"]

pytestmark = pytest.mark.usefixtures("fake_plugins")

FAKE_CARD = "fake_mean,fake_share"


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CSV of ages, pays, jobs and who is rich, and its halves."""
    frame = small_table(240).frame[["pay", "age", "job", "rich"]]
    folder = tmp_path_factory.mktemp("people")
    frame.to_csv(folder / "people.csv", index=False)
    frame[:120].to_csv(folder / "a.csv", index=False)
    frame[120:].to_csv(folder / "b.csv", index=False)
    frame[:60].to_csv(folder / "copy.csv.gz", index=False)
    return folder / "people.csv"


@pytest.fixture
def home(warm_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SYNTH_UI_HOME", str(warm_workspace.home))
    return warm_workspace.home


def test_many_rows_are_written_batch_by_batch(
    people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH", 60)
    monkeypatch.setattr(api, "generate", None)  # it would hold all rows
    out = tmp_path / "many.parquet"
    assert main(["generate", str(people), "--generator", "independent", "--rows", "150", "-o", str(out)]) == 0
    assert len(pd.read_parquet(out)) == 150
    assert "150 rows by independent: learned in" in capsys.readouterr().err


def test_read_shows_kinds_and_roles(people: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", str(people)]) == 0
    out = capsys.readouterr().out
    assert "people: 240 rows, 4 columns" in out
    assert out.splitlines()[2].split() == ["column", "kind", "role", "why"]
    assert main(["read", str(people), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [column["name"] for column in said["columns"]] == ["pay", "age", "job", "rich"]
    assert said["rows"] == 240


@pytest.mark.parametrize(("command", "key"), [("generators", "fake"), ("measures", "fake_mean")])
def test_lists_state_keys_and_settings(command: str, key: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main([command]) == 0
    assert f"\n{key}  (" in "\n" + capsys.readouterr().out
    assert main([command, "--json", str(tmp_path / "list.json")]) == 0
    listed = {entry["key"]: entry for entry in json.loads((tmp_path / "list.json").read_text())}
    assert sorted(listed[key]) == ["family", "key", "settings", "summary", "title"]
    if command == "generators":
        seconds = {setting["name"]: setting for setting in listed[key]["settings"]}["seconds"]
        assert (seconds["default"], seconds["low"], seconds["high"], seconds["kind"]) == (0.0, 0.0, 600.0, "number")
    assert list(listed) == sorted(listed)


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "parquet", "xlsx"])
def test_generate_writes_what_the_ending_says(people: Path, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"new.{ending}"
    assert main(["generate", str(people), "--generator", "fake", "--set", "seconds=0", "--rows", "50", "--out", str(out)]) == 0
    readers = {"parquet": pd.read_parquet, "xlsx": lambda path: pd.read_excel(path, engine="calamine")}
    frame = readers.get(ending, pd.read_csv)(out)
    assert list(frame.columns) == ["pay", "age", "job", "rich"]
    assert len(frame) == 50
    assert [path.name for path in tmp_path.iterdir()] == [out.name]


def test_generate_without_out_prints_only_the_rows(people: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outs = []
    for seed in ("1", "1", "2"):
        assert main(["generate", str(people), "--generator", "fake", "--rows", "20", "--seed", seed]) == 0
        said = capsys.readouterr()
        outs.append(said.out)
        assert "20 rows by fake" in said.err
    assert outs[0].splitlines()[0] == "pay,age,job,rich"
    assert len(outs[0].splitlines()) == 21
    assert outs[0] == outs[1] != outs[2]


def test_score_prints_json_and_nothing_else(people: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = people.parent
    halves = ["--train", str(folder / "a.csv"), "--holdout", str(folder / "b.csv")]
    assert main(["score", *halves, "--synthetic", str(folder / "copy.csv.gz"), "--measures", FAKE_CARD, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [candidate["candidate"] for candidate in said["candidates"]] == ["file:copy", *CONTROLS]
    rows = {(row["candidate"], row["measure"]): row for row in said["scores"]}
    assert rows["file:copy", "fake_share"]["value"] == 1.0
    assert rows["file:copy", "fake_share"]["position"] == 1.0


def test_race_shows_a_table_and_a_verdict(people: Path, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "race.json"
    options = ["--target", "rich", "--generators", "fake", "--seeds", "2", "--card", FAKE_CARD, "--synthetic", str(people)]
    assert main(["race", str(people), *options, "--json", str(out)]) == 0
    said = capsys.readouterr()
    assert "7 of 7 done" in said.err
    assert "\r" not in said.err  # no terminal: nothing is written over
    assert said.out.splitlines()[0].split() == ["candidate", "fidelity", "utility", "privacy", "seconds", "status"]
    written = json.loads(out.read_text())
    assert written["verdict"]["sentence"] in said.out
    names = [candidate["candidate"] for candidate in written["candidates"]]
    assert names == ["file:people", *CONTROLS, "fake", "fake#2"]


def test_declared_bounds_and_levels_give_what_python_gives(people: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--bound", "pay=-1..11", "--levels", "job=baker; clerk; cook; never seen", "--rows", "30"]
    assert main(["generate", str(people), "--generator", "dp_marginals", *options]) == 0
    said = capsys.readouterr()
    declared = [{"name": "pay", "low": -1, "high": 11}, {"name": "job", "levels": ["baker", "clerk", "cook", "never seen"]}]
    made = generate(people, "dp_marginals", rows=30, declared=declared)
    assert said.out == to_csv(made.frame, made.table.schema).decode()
    assert (made.table.schema["pay"].low, made.table.schema["pay"].high) == (-1, 11)
    assert "Read from the table when it was loaded: age, rich." in said.err


def test_race_takes_over_polish_and_declarations(people: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from synth_ui.generators.sampling import polish

    monkeypatch.setattr(polish, "FEWEST_ROWS", 100)
    asked: list[list[bool]] = []
    monkeypatch.setattr(api, "_start", lambda ws, split, requests, files, **_: asked.append([one.polish for one in requests]))
    monkeypatch.setattr(api, "_watch", lambda *_: None)
    monkeypatch.setattr(api, "stored", lambda ws, race, table, split, **_: split.train.schema["age"].high)
    race = {"target": "rich", "generators": ["fake", "dp_marginals"], "home": home}
    assert api.race(people, **race, polish=True, declared=[{"name": "age", "low": 0, "high": 120}]) == 120
    assert api.race(people, **race) == 89
    assert asked == [[False, False, True], [False, False]], "what is formally private is not polished"
    kept: dict[str, object] = {}
    monkeypatch.setattr(api, "race", lambda *_, **options: kept.update(options) or sys.exit(7))
    with pytest.raises(SystemExit):
        main(["race", str(people), "--target", "rich", "--polish", "--bound", "age=0..120"])
    assert kept["polish"] is True
    assert kept["declared"] == [{"name": "age", "low": "0", "high": "120"}]


def test_read_takes_over_roles_and_kinds_and_answers_their_warnings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "visits.csv"
    pd.DataFrame({"id": [1_000 + i % 40 for i in range(200)], "zip": [1_010 + i % 9 for i in range(200)]}).to_csv(
        path, index=False
    )
    assert main(["read", str(path)]) == 0
    assert "--kind id=category --role id=feature" in capsys.readouterr().out
    assert main(["read", str(path), "--kind", "id=category", "--role", "id=feature", "--role", "zip=Group-Key", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [(column["kind"], column["role"]) for column in said["columns"]] == [
        ("category", "feature"),
        ("category", "group key"),
    ]
    assert not any("id:" in warning for warning in said["warnings"])


def test_generate_leaves_out_what_it_is_told_to(people: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--role", "pay=ignored", "--kind", "age=category", "--rows", "30"]
    assert main(["generate", str(people), "--generator", "independent", *options]) == 0
    made = generate(people, "independent", rows=30, roles={"pay": "ignored"}, kinds={"age": "category"})
    assert capsys.readouterr().out == to_csv(made.frame, made.table.schema).decode()
    assert made.frame["pay"].isna().all()
    assert made.table.schema["age"].levels


def test_score_tune_and_race_take_roles_and_kinds(
    people: Path, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from synth_ui import api

    columns = ["--role", "job=ignored", "--kind", "age=category"]
    halves = ["--train", str(people.parent / "a.csv"), "--holdout", str(people.parent / "b.csv"), "--synthetic", str(people)]
    assert main(["score", *halves, "--measures", "fake_mean", *columns, "--json"]) == 0
    roles = {
        column["name"]: (column["kind"], column["role"]) for column in json.loads(capsys.readouterr().out)["table"]["columns"]
    }
    assert roles["job"][1] == "ignored"
    assert roles["age"][0] == "category"
    kept: list[dict[str, object]] = []
    for command, more in (("tune", ["--generator", "fake"]), ("race", ["--target", "rich"])):
        monkeypatch.setattr(api, command, lambda *_, **options: kept.append(options) or sys.exit(7))
        with pytest.raises(SystemExit):
            main([command, str(people), *more, *columns])
    assert [(options["roles"], options["kinds"]) for options in kept] == [({"job": "ignored"}, {"age": "category"})] * 2


def test_race_ends_on_time(people: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start = time.monotonic()
    options = ["--target", "rich", "--generators", "fake", "--card", FAKE_CARD, "--seconds", "0.01", "--json"]
    assert main(["race", str(people), *options, "--seed", "8"]) == 3, "nothing could be compared"
    assert time.monotonic() - start < 3
    assert json.loads(capsys.readouterr().out)["candidates"][0]["status"] == "cancelled"


def test_race_says_where_the_time_is_short_for_the_table(
    people: Path, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from synth_ui.generators.base import Cost
    from synth_ui.generators.catalogue import known_generators

    monkeypatch.setattr("synth_ui.jobs.budget.size.STEPS", (80,))
    monkeypatch.setattr(known_generators()["fake"], "cost", lambda self, size, rows: Cost(float(size.rows), 1.0))
    options = ["--target", "rich", "--generators", "fake", "--card", FAKE_CARD, "--budget", "3s", "--seed", "19"]
    main(["race", str(people), *options])
    said = capsys.readouterr().err
    assert said.count("The time is short for this table: the race learns from 80 of 120 training rows") == 1
    assert "Raced on a sample: learned from 80 of 120 training rows" in said


def test_a_budget_in_which_nothing_is_scored_says_what_to_do(
    people: Path, fake_plugins: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SYNTH_UI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SYNTH_UI_WARM", "0")
    options = ["--target", "rich", "--generators", "fake", "--card", FAKE_CARD, "--budget", "1s", "--seed", "21"]
    monkeypatch.setattr("synth_ui.jobs.execution.schedule.start_queued", lambda ws, where: None)
    assert main(["race", str(people), *options]) == 3
    out, err = capsys.readouterr()
    assert "The time was up before a candidate was scored. Resume the race" in out
    assert re.search(
        r"nothing could be compared: the time was up before a candidate was scored\. Start it again with more time \(--budget \d+s\) or fewer rows "
        r"\(--sample\), or go on with it: synth-ui resume \w+\n$", err,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (
            lambda ws, race_id: put_away(ws, "race", race_id),
            (
                "the race was deleted before a candidate was scored. It is in the bin; to bring it back: synth-ui history --race",
                "The race was deleted while it ran. Not all of it is there: fake (cancelled)",
            ),
        ),
        (cancel_race, ("the race was stopped before a candidate was scored. To go on with it: synth-ui resume",)),
    ],
    ids=["deleted", "cancelled"],
)
def test_a_race_that_somebody_ends_while_it_runs_is_not_said_to_have_had_no_time(
    act: Callable[[Workspace, str], None],
    said: tuple[str, ...],
    people: Path,
    fake_plugins: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SYNTH_UI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SYNTH_UI_WARM", "0")
    monkeypatch.setattr(
        "synth_ui.jobs.execution.schedule.start_queued", lambda ws, where: [act(ws, str(race_id)) for race_id in ws.races()["id"]]
    )
    options = ["--target", "rich", "--generators", "fake", "--card", FAKE_CARD, "--seed", "33"]
    assert main(["race", str(people), *options]) == 3
    err = capsys.readouterr().err
    assert [one for one in said if one not in err] == []
    assert "time was up" not in err
    assert ("synth-ui resume" in err) == (act is cancel_race), "what is in the bin is not gone on with"


@pytest.mark.parametrize(
    ("reasons", "said"),
    [
        (["Stopped: the race's time was up.", ""], "the time was up"),
        (["Stopped: the 10 minutes were over."], "the time was up"),
        ([NO_FURTHER, TAKEN_OUT], "the race was stopped"),
        (["Stopped on request."], "the race was stopped"),
        (["Cancelled.", DELETED], "the race was deleted"),
    ],
)
def test_why_nothing_was_scored_is_told_by_how_runs_ended(
    reasons: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNTH_UI_HOME", str(tmp_path / "home"))
    assert cli._none_ended(SimpleNamespace(race_id=None), reasons).startswith(said)  # type: ignore[arg-type]


def test_race_chooses_within_a_budget(people: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--target", "rich", "--generators", "fake", "--card", FAKE_CARD, "--budget", "2s", "--json", "--seed", "18"]
    start = time.monotonic()
    assert main(["race", str(people), *options]) == 0
    assert time.monotonic() - start < 5, "reading the result comes on top, on a machine that may be busy"
    said = capsys.readouterr()
    assert {one["candidate"].split("#")[0] for one in json.loads(said.out)["candidates"]} <= {"fake", *CONTROLS}
    for wrong, why in ((["--budget", "soon"], "write a time"), (["--budget", "9", "--seconds", "9"], "not allowed with")):
        with pytest.raises(SystemExit):
            main(["race", str(people), "--target", "rich", *wrong])
        assert why in capsys.readouterr().err


def test_a_refused_budget_is_a_sentence_with_one_full_stop(people: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["race", str(people), "--target", "rich", "--budget", "five"])
    said = capsys.readouterr().err
    assert "write a time" in said
    assert ".." not in said


def test_a_race_in_which_every_candidate_fails_is_no_success(
    people: Path, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SYNTH_UI_LLM_URL", "SYNTH_UI_LLM_MODEL"):
        monkeypatch.delenv(name, raising=False)
    options = ["race", str(people), "--target", "rich", "--card", FAKE_CARD, "--seed", "9"]
    assert main([*options, "--generators", "llm"]) == 3
    said = capsys.readouterr()
    assert "Not finished" in said.out
    assert said.err.splitlines()[-1] == (
        "synth-ui: nothing could be compared: 1 of 1 candidates failed or were lost, and no other has a score."
    )
    assert main([*options, "--generators", "llm,fake"]) == 0


@pytest.mark.parametrize(
    ("states", "scored", "code"),
    [
        (["failed", "lost"], [], 3),
        (["lost", "lost"], ["control:train"], 3),
        (["failed", "cancelled"], [], 3),
        (["done", "failed"], ["a"], 0),
        (["done", "done"], [], 3),
        (["cancelled", "cancelled"], [], 3),
        (["cancelled", "failed"], ["a"], 3),
    ],
)
def test_the_exit_code_tells_whether_anything_could_be_compared(states: list[str], scored: list[str], code: int) -> None:
    candidates = [
        {"candidate": name, "status": state, "control": False, "reason": ""} for name, state in zip("ab", states, strict=True)
    ]
    candidates.append({"candidate": "control:train", "status": "done", "control": True})
    scores = pd.DataFrame({"candidate": ["a", "b", *scored], "value": [None, None, *[0.5] * len(scored)]})
    assert cli._came_to(SimpleNamespace(candidates=pd.DataFrame(candidates), scores=scores, race_id=None)) == code  # type: ignore[arg-type]


def test_a_search_without_a_scored_trial_is_no_success(people: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Tuned((SettingsTrial(0, {}, None, reason="the wheel came off"),))
    monkeypatch.setattr(api, "tune", lambda *_, **__: found)
    assert main(["tune", str(people), "--generator", "cart", "--target", "rich"]) == 3


@pytest.mark.parametrize("text", ["age,job\n", "age,job\n,\n,\n"])
def test_a_table_of_no_conditions_says_that_nothing_was_asked(
    text: str, people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "asked.csv").write_text(text)
    assert main(["generate", str(people), "--generator", "fake", "--where-table", str(tmp_path / "asked.csv")]) == 2
    assert "nothing was asked" in capsys.readouterr().err


OUTPUTS = {"report": ".html", "card": ".png", "script": ".py", "notebook": ".ipynb", "slides": ".html"}

BAD = {
    "script ending": (["race", "FILE", "--target", "rich", "--script", "x.txt"], "does not end in .py"),
    "notebook ending": (["race", "FILE", "--target", "rich", "--notebook", "x.py"], "does not end in .ipynb"),
    "slides folder": (["race", "FILE", "--target", "rich", "--slides", "no/such/x.html"], "there is no folder"),
    "chapter": (["race", "FILE", "--target", "rich", "--chapters", "moon"], "there is no 'moon'; allowed are board"),
    "no file": (["read", "nowhere.csv"], "nowhere.csv"),
    "no generator": (["race", "FILE", "--target", "rich", "--generators", "nothing"], "There is no generator 'nothing'"),
    "no target": (["race", "FILE", "--target", "wealth"], "There is no column 'wealth'"),
    "target not named": (["race", "FILE"], "--target"),
    "report in a folder's place": (["race", "FILE", "--target", "rich", "--report", "."], "it is a folder"),
    "card of a strange ending": (
        ["race", "FILE", "--target", "rich", "--card", "card.docx"],
        "does not end in .html, .json or .png",
    ),
    "the table written over": (
        ["generate", "FILE", "--generator", "fake", "--out", "FILE"],
        "is read by this command and would be written over",
    ),
    "the table written over as JSON": (["read", "FILE", "--json", "FILE"], "would be written over"),
    "the database written over": (
        ["read", "sqlite:///FILE", "--table", "t", "--json", "FILE"],
        "would be written over",
    ),
    "a table that is compared written over": (["history", "changes", "FILE", "FILE", "--json", "FILE"], "would be written over"),
    "two in one file": (["race", "FILE", "--target", "rich", "--report", "x.html", "--slides", "x.html"], "both name x.html"),
    "no generator named": (["race", "FILE", "--target", "rich", "--generators", ","], "names none"),
    "target and none": (["race", "FILE", "--target", "rich", "--no-target"], "exclude one another"),
    "rows not in digits": (["generate", "FILE", "--generator", "fake", "--rows", "1e3"], "'1e3' is not a whole number from 1 up"),
    "no card": (["race", "FILE", "--target", "rich", "--card", "grand"], "no card or measure"),
    "no such race": (["resume", "nothing"], "There is no race 'nothing'"),
    "no seconds": (["race", "FILE", "--target", "rich", "--seconds", "-1"], "not a number above 0"),
    "no share": (["race", "FILE", "--target", "rich", "--train-share", "1"], "not a number between 0 and 1"),
    "no number": (["race", "FILE", "--target", "rich", "--sample", "many"], "not a whole number from 1 up"),
    "unknown setting": (["generate", "FILE", "--generator", "fake", "--set", "wings=2"], "no setting 'wings'"),
    "setting out of range": (["generate", "FILE", "--generator", "fake", "--set", "seconds=-1"], "allowed is"),
    "setting without value": (["generate", "FILE", "--generator", "fake", "--set", "seconds"], "is not NAME=VALUE"),
    "preset": (["generate", "FILE", "--generator", "fake", "--preset", "wild"], "no preset 'wild'"),
    "ending": (["generate", "FILE", "--generator", "fake", "--out", "new.doc"], "allowed are .csv"),
    "folder": (["generate", "FILE", "--generator", "fake", "--out", "no/such/new.csv"], "there is no folder"),
    "json folder": (["race", "FILE", "--target", "rich", "--json", "no/such/x.json"], "there is no folder"),
    "no rows": (["generate", "FILE", "--generator", "fake", "--rows", "0"], "from 1 up"),
    "no train": (["score", "--train", "nowhere.csv", "--holdout", "FILE", "--synthetic", "FILE"], "nowhere.csv"),
    "no measure": (
        ["score", "--train", "FILE", "--holdout", "FILE", "--synthetic", "FILE", "--measures", "x"],
        "no card or measure",
    ),
    "no command": (["fly"], "invalid choice"),
    "bounds not written so": (["generate", "FILE", "--generator", "fake", "--bound", "age=17"], "are not COLUMN=LOW..HIGH"),
    "bounds too narrow": (["race", "FILE", "--target", "rich", "--bound", "age=50..60"], "beyond the bounds 50 to 60"),
    "levels left out": (["generate", "FILE", "--generator", "fake", "--levels", "job=cook"], "not among the levels declared"),
    "nothing asked": (["generate", "FILE", "--generator", "fake", "--where", ""], "nothing was asked"),
    "no such value": (["generate", "FILE", "--generator", "fake", "--where", "age=25.5"], "holds whole numbers"),
    "no such rows": (["generate", "FILE", "--generator", "fake", "--constraint", "age > 200"], "age is a whole number between"),
    "race on nothing": (["race", "FILE", "--target", "rich", "--constraint", "age > 200"], "age is a whole number between"),
    "exclude one another": (
        ["generate", "FILE", "--generator", "fake", "--where", "age=20..25", "--constraint", "age > 50"],
        'both "age > 50" and "age is between 20 and 25"',
    ),
    "a word of Python": (
        ["generate", "FILE", "--generator", "fake", "--constraint", "class == 'u'"],
        "write `class` in backticks",
    ),
    "refused": (["generate", "FILE", "--generator", "fake", "--set", "mode=refuses"], "no wheels"),
    "role of no column": (
        ["read", "FILE", "--role", "wages=ignored"],
        "There is no column 'wages'; there are pay, age, job, rich",
    ),
    "kind of no column": (["generate", "FILE", "--generator", "fake", "--kind", "wages=text"], "There is no column 'wages'"),
    "no role": (
        ["race", "FILE", "--target", "rich", "--role", "pay=boss"],
        "no role 'boss' for 'pay'; allowed are feature, target",
    ),
    "no kind": (
        ["tune", "FILE", "--generator", "fake", "--kind", "pay=float"],
        "no kind 'float' for 'pay'; allowed are number, integer",
    ),
    "role not written so": (
        ["read", "FILE", "--role", "pay"],
        "--role 'pay' is not COLUMN=ROLE; write for example --role id=ignored",
    ),
    "kind not written so": (["read", "FILE", "--kind", "=text"], "is not COLUMN=KIND; write for example --kind zip=category"),
    "two roles": (
        ["read", "FILE", "--role", "pay=target", "--role", "pay=ignored"],
        "is given twice for 'pay', as target and as ignored",
    ),
    "kind the values are not": (["read", "FILE", "--kind", "job=number"], "'job' cannot be a number: it holds"),
    "kind of no target": (["race", "FILE", "--target", "rich", "--kind", "rich=text"], "a target is a number, a category"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_clear_line(case: str, people: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, said = BAD[case]
    try:
        code = main([argument.replace("FILE", str(people)) for argument in arguments])
    except SystemExit as stop:  # argparse leaves this way
        code = int(str(stop.code))
    captured = capsys.readouterr()
    assert code == 2
    assert captured.out == ""
    line = captured.err.replace("\r", "\n").strip().splitlines()[-1]
    assert said in line
    assert line.startswith("synth-ui")


def test_a_race_whose_time_was_up_is_gone_on_with(people: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--target", "rich", "--generators", "fake", "--card", FAKE_CARD, "--seed", "11"]
    assert main(["race", str(people), *options, "--seconds", "0.01"]) == 3, "nothing could be compared"
    out, said = capsys.readouterr()
    assert "The time was up before a candidate was scored. Resume the race" in out
    assert (
        "synth-ui: nothing could be compared: the time was up before a candidate was scored. Start it again with more time or"
        in said
    )
    race_id = str(Workspace.open(home).races()["id"].iloc[0])
    assert "fake (stopped), control:independent (stopped)" in said
    assert f"To go on: synth-ui resume {race_id}" in said
    assert main(["resume", race_id, "--json"]) == 0
    said = capsys.readouterr()
    assert {row["status"] for row in json.loads(said.out)["candidates"]} == {"done"}
    assert "synth-ui resume" not in said.err
    assert "left in all" in said.err


AS_THE_COMMAND = "import sys; from synth_ui.cli import main; sys.exit(main())"
"""What the command runs. With -m, Python ends by SIGINT itself, whatever code is returned, where the interrupt passed through a text it executed,
as dataclasses are made by: a shell calls that 130 as well."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_race_cleans_up(people: Path, home: Path, number: signal.Signals) -> None:
    options = ["--target", "rich", "--generators", "fake", "--seeds", "40", "--seed", str(int(number)), "--card", FAKE_CARD]
    ws = Workspace.open(home)
    before = len(ws.races())
    process = subprocess.Popen(
        [sys.executable, "-c", AS_THE_COMMAND, "race", str(people), *options],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs ignore it, and hand that on
    )
    until(lambda: len(ws.races()) > before)
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "Stopped" in err
    race_id = ws.races()["id"].iloc[0]
    assert set(ws.runs(race_id)["state"]) <= {"done", "cancelled"}
    assert f"synth-ui resume {race_id}" in err or "synth-ui resume" not in err, "before the first look nobody knows its name"


def test_the_module_is_the_command() -> None:
    out = subprocess.run([sys.executable, "-m", "synth_ui", "--version"], capture_output=True, text=True, check=True)
    assert out.stdout.startswith("synth-ui ")


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    command = f"{sys.executable} -m synth_ui generators --json | head -c 10"
    out = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert out.stderr == ""


def test_serve_starts_the_dashboard(tmp_path: Path) -> None:
    port = 8600 + os.getpid() % 300
    environment = {**os.environ, "SYNTH_UI_HOME": str(tmp_path / "home"), "SYNTH_UI_WARM": "0"}
    command = [sys.executable, "-m", "synth_ui", "serve", "--port", str(port)]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def healthy() -> bool:
        try:
            with urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=1) as answer:
                return bool(answer.read() == b"ok")
        except OSError:
            return False

    try:
        until(healthy)
    finally:
        server.terminate()
        _, err = server.communicate(timeout=20)
    assert str(tmp_path / "home") in err


@pytest.mark.parametrize(("port", "allowed"), [("99999", False), ("0", False), ("-1", False), ("65536", False), ("65535", True)])
def test_a_port_that_is_none_is_one_clear_line(
    port: str, allowed: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("synth_ui.ui.serve.serve", lambda port: None)
    if allowed:
        assert main(["serve", "--port", port]) == 0
        return
    with pytest.raises(SystemExit) as stop:
        main(["serve", "--port", port])
    assert stop.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_reading_shows_how_far_it_is_after_a_second_only(
    people: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    line = cli._Line()
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    show = cli._after_a_second(line)
    show(Progress("looking at the columns", 0.25))
    assert capsys.readouterr().err == ""
    now[0] += 1.5
    show(Progress("looking at the columns", 0.5))
    assert capsys.readouterr().err == "\rlooking at the columns 50%"
    line.clear()
    assert capsys.readouterr().err.strip() == ""
    monkeypatch.undo()
    assert main(["read", str(people)]) == 0
    assert capsys.readouterr().err == ""


def test_an_interrupted_reading_leaves_no_process(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_bytes(b"a,b,c\n" + b"".join(b"%d,x%d,2020-01-%02d\n" % (i, i, i % 28 + 1) for i in range(400_000)))
    environment = {**os.environ, "SYNTH_UI_HOME": str(tmp_path / "home")}
    process = subprocess.Popen([sys.executable, "-c", AS_THE_COMMAND, "read", str(path)], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))  # fmt: skip  # a background job ignores it, and hands that on
    end = time.monotonic() + 30
    while not (readers := _readers_of(process.pid)) and process.poll() is None and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    until(lambda: not any(Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes() for pid in readers))


def _readers_of(parent: int) -> list[int]:
    """Return the processes that read for another."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            if int(fields[1]) == parent and b"reading_child" in (path.parent / "cmdline").read_bytes():
                found.append(int(path.parent.name))
    return found


def test_a_race_is_written_to_everything_that_is_asked_for(
    people: Path, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = {name: tmp_path / f"x{ending}" for name, ending in OUTPUTS.items()} | {"slides": tmp_path / "slides.html"}
    options = ["--target", "rich", "--generators", "fake", "--card", FAKE_CARD, "--sample", "100", "--seed", "4"]
    written = [part for name, path in out.items() for part in (f"--{name}", str(path))]
    assert main(["race", str(people), *options, *written, "--chapters", "numbers"]) == 0
    capsys.readouterr()
    report = out["report"].read_text(encoding="utf-8")
    assert report.count("<details") == 1
    assert 'id="numbers"' in report
    assert out["card"].read_bytes().startswith(b"\x89PNG")
    assert "Can you tell which is real?" in out["slides"].read_text(encoding="utf-8")
    assert json.loads(out["notebook"].read_text(encoding="utf-8"))["nbformat"] == 4
    text = out["script"].read_text(encoding="utf-8")
    assert "read(FILE, rows=100, seed=4)" in text
    assert f"FILE = {str(people)!r}" in text


def test_scored_files_have_a_report_and_slides_but_no_script(
    people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = people.parent
    asked = [
        "score",
        "--train",
        str(folder / "a.csv"),
        "--holdout",
        str(folder / "b.csv"),
        "--synthetic",
        str(folder / "copy.csv.gz"),
    ]
    asked += ["--measures", FAKE_CARD]
    report, slides = tmp_path / "r.html", tmp_path / "s.html"
    assert main([*asked, "--report", str(report), "--slides", str(slides), "--chapters", "none"]) == 0
    assert "<details" not in report.read_text(encoding="utf-8")
    assert "copy (file)" in slides.read_text(encoding="utf-8")
    with pytest.raises(SystemExit):
        main([*asked, "--script", str(tmp_path / "x.py")])
    capsys.readouterr()


def test_progress_in_a_file_is_a_line_for_each_thing_that_is_begun(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli._Line, "SECONDS", 0.0)
    with cli._Line() as line:
        for part in range(100):
            line.progress(Progress("counting all rows", part / 100))
        line.progress(Progress("learning", None))
        line.close("done")
    assert capsys.readouterr().err == "counting all rows 0%\nlearning\ndone\n"
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with cli._Line() as line:
        line.progress(Progress("counting all rows", 0.5))
        line.progress(Progress("counting all rows", 0.6))
    assert capsys.readouterr().err == "\rcounting all rows 50%\rcounting all rows 60%"


def test_a_path_that_leads_in_a_circle_is_refused_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.symlink_to(second)
    second.symlink_to(first)
    assert main(["read", str(first), "--json", str(tmp_path / "out.json")]) == 2
    assert "first.csv" in capsys.readouterr().err


@pytest.mark.parametrize("address", ["postgresql:/me:hunter2@127.0.0.1/db", "postgres//me:hunter2@h/db"])
@pytest.mark.parametrize(
    "command",
    [
        ["read", "ADDRESS", "--table", "t"],
        ["read", "ADDRESS"],
        ["generate", "FILE", "--generator", "independent", "--rows", "5", "--out", "ADDRESS"],
        ["score", "--train", "ADDRESS", "--holdout", "FILE", "--synthetic", "FILE"],
    ],
    ids=["table", "file", "out", "train"],
)
def test_a_mistyped_address_tells_no_password(
    command: list[str], address: str, people: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([word.replace("ADDRESS", address).replace("FILE", str(people)) for word in command]) == 2
    said = capsys.readouterr()
    assert "me:…@" in said.err
    assert "hunter2" not in said.out + said.err
