"""Keywords in groups: each is taken, shown and refused as if it were written out; what older scripts write still works, with a warning."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import synth_ui
from synth_ui.api import design, generate, race, read, resume, score, split, tune
from synth_ui.cli import main
from synth_ui.core.context import Progress
from synth_ui.jobs.forecast.estimate import RaceProgress
from synth_ui.jobs.runs.tune import Tuned
from synth_ui.keywords import DEFAULTS, Former, GenerateOptions, RaceOptions, TableOptions, keywords
from synth_ui.store.workspace import Workspace
from synth_ui.tables.samples import load_sample
from tests.workshop import CARD, fake_plugins, small_table, warm_workspace

__all__ = ["fake_plugins", "warm_workspace"]

pytestmark = pytest.mark.usefixtures("fake_plugins")

PENGUINS = load_sample("penguins").table
SHARED = {"roles": None, "kinds": None, "target": None}


@keywords(TableOptions, report=Former("progress"), rows=Former("sample"))
def called(source: str, *, sample: int | None = None, progress: Any = None, **columns: Any) -> dict[str, Any]:
    return {"source": source, "sample": sample, "progress": progress, **columns}


def test_a_keyword_that_is_not_given_has_its_default() -> None:
    assert called("a") == {"source": "a", "sample": None, "progress": None, **SHARED}
    assert called("a", target="y", sample=3) == {"source": "a", "sample": 3, "progress": None, **SHARED, "target": "y"}


def test_every_keyword_of_a_group_has_a_default_and_no_other() -> None:
    assert set(DEFAULTS) == {*GenerateOptions.__annotations__, *RaceOptions.__annotations__}


@pytest.mark.parametrize("function", [generate, race, tune, score, read], ids=lambda function: function.__name__)
def test_every_keyword_is_shown_and_a_wrong_one_refused(function: Callable[..., Any]) -> None:
    shown = inspect.signature(function).parameters
    assert {"roles", "kinds", "progress", "seed"} <= set(shown)
    assert not any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in shown.values())
    missing = [name for name, one in shown.items() if one.default is inspect.Parameter.empty]
    with pytest.raises(TypeError, match=rf"{function.__name__}\(\) got an unexpected keyword argument 'sed'"):
        function(*missing, sed=1)


def test_the_signature_of_race_has_the_keywords_of_scripts() -> None:
    shown = inspect.signature(synth_ui.race).parameters
    assert {name: shown[name].default for name in ("target", "seconds", "seeds", "train_share", "make", "polish")} == {
        "target": None, "seconds": None, "seeds": 1, "train_share": 0.5, "make": None, "polish": False,
    }  # fmt: skip


def test_a_former_keyword_is_taken_with_a_warning_that_says_what_to_write() -> None:
    with pytest.warns(DeprecationWarning, match=r"rows= of called\(\) is now sample=") as said:
        assert called("a", rows=3)["sample"] == 3
    assert said[0].filename == __file__
    with pytest.warns(DeprecationWarning, match="sample"):
        assert called("a", rows=None, sample=4)["sample"] == 4
    with pytest.warns(DeprecationWarning, match="sample"), pytest.raises(TypeError, match="write sample= alone"):
        called("a", rows=3, sample=4)


def test_two_former_callbacks_that_are_one_now_are_both_called() -> None:
    heard: list[Any] = []
    with pytest.warns(DeprecationWarning, match="report"):
        called("a", report=lambda said: heard.append(("report", said)), progress=lambda said: heard.append(("progress", said)))[
            "progress"
        ](1)
    assert heard == [("progress", 1), ("report", 1)]


def test_rows_of_read_and_split_are_a_sample() -> None:
    with pytest.warns(DeprecationWarning, match="sample="):
        assert len(read(PENGUINS.frame, rows=40).table) == 40
    with pytest.warns(DeprecationWarning, match="sample="):
        former = split(PENGUINS, rows=40, seed=2)
    now = split(PENGUINS, sample=40, seed=2)
    pd.testing.assert_frame_equal(former.train.frame, now.train.frame, check_exact=True)


def takes_time(name: str, told: dict[str, Callable[[Any], None]]) -> object:
    """Call one function of the package with a callback."""
    if name == "read":
        return read(PENGUINS.frame, **told)
    if name == "generate":
        return generate(PENGUINS, "independent", rows=5, **told)
    if name == "design":
        return design("simulate_equipment", rows=20, settings={"worlds": 1}, **told)
    if name == "tune":
        return tune(PENGUINS, "fake", seconds=0.01, **told)
    halves = split(PENGUINS, sample=80)
    return score(halves.train, halves.holdout, {"copy": halves.train}, card=["copies"], **told)


@pytest.mark.parametrize("name", ["generate", "design", "tune", "score"])
def test_progress_is_of_one_type_and_report_still_heard(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def search(key: str, table: Any, context: Any, **_: Any) -> Tuned:
        context.step("trial 1")
        return Tuned(())

    monkeypatch.setattr("synth_ui.jobs.runs.tune.tune", search)
    told: list[Any] = []
    former: list[Any] = []
    takes_time(name, {"progress": told.append})
    assert told
    assert {type(said) for said in told} == {Progress}
    with pytest.warns(DeprecationWarning, match="progress="):
        takes_time(name, {"report": former.append})
    assert former == ([said.phase for said in told] if name == "score" else told)


def test_a_race_tells_how_it_stands_and_a_former_report_gets_the_frame(warm_workspace: Workspace) -> None:
    told: list[Progress] = []
    frames: list[Any] = []
    read_so_far: list[Progress] = []
    asked: dict[str, Any] = {"target": "rich", "generators": ["fake"], "card": CARD, "home": warm_workspace.home, "seed": 11}
    result = race(small_table(120), progress=told.append, **asked)
    last = told[-1]
    assert isinstance(last, RaceProgress)
    assert last.phase == "5 of 5 done"
    assert last.fraction == 1.0
    assert set(last.runs["race_id"]) == {result.race_id}
    with pytest.warns(DeprecationWarning, match="is now"):
        race(small_table(120).frame, report=frames.append, reading=read_so_far.append, rows=100, **asked)
    assert all(isinstance(frame, pd.DataFrame) for frame in frames)
    assert list(frames[-1].columns) == list(last.runs.columns)
    assert not any(isinstance(said, RaceProgress) for said in read_so_far)
    with pytest.warns(DeprecationWarning, match="progress="):
        resume(result.race_id or "", home=warm_workspace.home, report=frames.append)
    assert isinstance(frames[-1], pd.DataFrame)


def test_the_command_line_takes_the_former_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    PENGUINS.frame.to_csv(tmp_path / "penguins.csv", index=False)
    for option, folder in (("--rows", "former"), ("--sample", "now")):
        assert main(["split", str(tmp_path / "penguins.csv"), option, "60", "--out", str(tmp_path / folder)]) == 0
        warned = "--rows is now --sample here" in capsys.readouterr().err
        assert warned == (option == "--rows")
    assert (tmp_path / "former/train.csv").read_bytes() == (tmp_path / "now/train.csv").read_bytes()
    with pytest.raises(SystemExit):
        main(["split", "--help"])
    said = capsys.readouterr().out
    assert "--sample" in said
    assert "--rows" not in said
