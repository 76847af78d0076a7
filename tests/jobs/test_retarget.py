"""Another target for a race that is over: nothing is fitted again, only what depends on the target is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from synth_ui.core.context import Context
from synth_ui.core.errors import SettingError, StoreError, TableError
from synth_ui.core.run import Run, RunKind, RunState
from synth_ui.core.score import CONTROLS
from synth_ui.core.table import Split, Table
from synth_ui.evaluation.cards import card
from synth_ui.evaluation.evaluate import evaluate
from synth_ui.generators.catalogue import generator_of, known_generators
from synth_ui.jobs.execution import schedule
from synth_ui.jobs.races.request import Request
from synth_ui.jobs.races.results import board, outcome, pending
from synth_ui.jobs.races.retarget import WITHOUT_TARGET, with_target
from synth_ui.jobs.races.start import start_race
from synth_ui.jobs.runs import candidate, make
from synth_ui.jobs.runs.sampler import load_sampler
from synth_ui.jobs.runs.worker import work
from synth_ui.store import journal
from synth_ui.store.workspace import Workspace
from synth_ui.system.processes import this_process
from synth_ui.tables.large.whole import WholeTable
from synth_ui.tables.profile import profile
from synth_ui.tables.samples import load_sample
from synth_ui.tables.split import make_split
from synth_ui.tables.warning import ColumnWarning

ASKED = ("margins", "tstr", "copies")


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setattr(schedule, "advance", lambda ws: None)
    return Workspace.open(tmp_path / "home")


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The generators that were fitted, in order."""
    fitted: list[str] = []
    real = make.make

    def counted(generator, *args, **more):  # type: ignore[no-untyped-def]
        fitted.append(generator.key)
        return real(generator, *args, **more)

    monkeypatch.setattr(candidate, "make", counted)
    return fitted


def everything(ws: Workspace) -> list[Run]:
    """Do the whole queue in this process; return the runs done, in order."""
    done = []
    while (attempt := journal.claim_next(ws, this_process(), 99, lambda needed, promised: True)) is not None:
        work(ws, attempt)
        done.append(ws.run(attempt.run_id))
    return done


def raced(ws: Workspace, generators: Sequence[str] = ("independent", "bayes_net"), target: str | None = None) -> str:
    table = load_sample("penguins").table
    table = Table(table.frame, table.schema.with_target(target), table.name)
    split_id = ws.add_split(ws.add_table(table), make_split(table))
    race_id = start_race(ws, split_id, [Request(key) for key in generators], card=ASKED)
    everything(ws)
    return race_id


def test_nothing_is_fitted_again_and_only_what_depends_on_the_target_is_asked(ws: Workspace, fits: list[str]) -> None:
    old = raced(ws)
    assert sorted(fits) == ["bayes_net", "independent"], "the count counts"
    fits.clear()
    new = with_target(ws, old, "species")
    first = {run.candidate: run for run in ws.members(new)}
    assert {first[key].state for key in ("independent", "bayes_net")} == {RunState.DONE}, "there at once"
    done = everything(ws)
    assert fits == []
    assert {run.kind for run in done} <= {RunKind.FURTHER, RunKind.CONTROL}
    assert {run.card for run in done if run.candidate == "bayes_net"} == {"tstr,copies"}
    assert set(board(ws, new)["state"]) == {"done"}
    assert pending(ws, new) == {}
    before, after = outcome(ws, old), outcome(ws, new)
    rows = {name: one.scores.set_index(["candidate", "measure"]) for name, one in (("old", before), ("new", after))}
    assert rows["old"].loc[("bayes_net", "tstr"), "status"] == "does not apply"
    assert rows["new"].loc[("bayes_net", "tstr"), "status"] != "does not apply"
    for key in ("independent", "bayes_net", *CONTROLS):
        assert rows["new"].loc[(key, "margins"), "value"] == pytest.approx(rows["old"].loc[(key, "margins"), "value"], abs=0.05)
    assert rows["new"].loc[("bayes_net", "margins"), "value"] == rows["old"].loc[("bayes_net", "margins"), "value"]


def test_rows_cut_and_samplers_are_those_of_the_old_race(ws: Workspace) -> None:
    old = raced(ws)
    new = with_target(ws, old, "species", name="penguins by species")
    assert ws.race(new).name == "penguins by species"
    splits = [ws.split(ws.race(race_id).split_id) for race_id in (old, new)]
    pd.testing.assert_frame_equal(splits[0].train.frame, splits[1].train.frame)
    pd.testing.assert_frame_equal(splits[0].holdout.frame, splits[1].holdout.frame)
    assert splits[1].schema.target is not None
    assert splits[1].schema.target.name == "species"
    assert "before species was the target" in splits[1].sentence
    runs = [{run.candidate: run for run in ws.members(race_id)}["bayes_net"] for race_id in (old, new)]
    assert runs[0].id != runs[1].id
    pd.testing.assert_frame_equal(ws.synthetic(runs[0].id), ws.synthetic(runs[1].id))
    load_sampler(ws, runs[1].id)
    ws.delete_race(old)
    assert len(ws.synthetic(runs[1].id)), "it does not need the old race"


def test_what_was_said_of_the_reading_goes_along(ws: Workspace) -> None:
    old = raced(ws)
    table = ws.table(ws.race(old).table_id)
    marked = [ColumnWarning(None, "3 cells were not kept", changed=True), ColumnWarning(None, "as it should be")]
    changed = ws.add_table(Table(table.frame.iloc[:-1], table.schema, table.name), warnings=marked)
    of_all_rows = replace(profile(ws.table(changed)), rows=9_000)
    ws.keep_whole(changed, WholeTable(9_000, len(table) - 1, "drawn evenly with seed 0", of_all_rows).to_dict())
    split_id = ws.add_split(changed, make_split(ws.table(changed)))
    race_id = start_race(ws, split_id, [Request("independent")], card=list(ASKED))
    everything(ws)
    new = ws.table_row(ws.race(with_target(ws, race_id, "species")).table_id)
    whole = WholeTable.from_dict(ws.whole(new["id"]) or {})
    assert (whole.rows, whole.of_sample) == (9_000, ())
    assert dict(zip(whole.profile.columns["column"], whole.profile.columns["role"], strict=True))["species"] == "target"
    assert new["changed"] == ["3 cells were not kept"]
    assert len(new["warnings"]) == 2


def test_what_cannot_be_taken_over_is_refused(ws: Workspace) -> None:
    old = raced(ws, ["independent"], "species")
    with pytest.raises(SettingError, match="target already"):
        with_target(ws, old, "species")
    with pytest.raises(TableError, match="column"):
        with_target(ws, old, "no such")
    assert ws.race(with_target(ws, old, None)).name.endswith("no target")
    split_id = ws.race(old).split_id
    running = start_race(ws, split_id, [Request("independent")], card=ASKED)
    with pytest.raises(StoreError, match="still runs"):
        with_target(ws, running, "island")


def test_twice_the_same_target_shares_the_controls(ws: Workspace) -> None:
    old = raced(ws, ["independent"])
    first, second = with_target(ws, old, "species"), with_target(ws, old, "species")
    everything(ws)
    for race_id in (first, second):
        assert set(board(ws, race_id)["state"]) == {"done"}
        assert set(CONTROLS) <= set(board(ws, race_id)["candidate"])


def retargeted(split: Split, target: str | None) -> Split:
    schema = split.schema.with_target(target)
    halves = [Table(half.frame, schema, half.name) for half in (split.train, split.holdout)]
    return Split(halves[0], halves[1], split.seed, split.share, split.sentence)


def test_what_is_taken_over_is_the_same_whatever_the_target() -> None:
    table = load_sample("adult", 500).table
    split = make_split(Table(table.frame, table.schema.with_target(None), "adult"))
    rows = make.make(generator_of("gaussian_copula", {}), split.train, len(split.train), Context(0)).frame
    asked = [
        measure
        for measure in card("standard")
        if measure.key in WITHOUT_TARGET and measure.key not in ("telltale", "detectability")
    ]
    said = [
        [
            (one.measure, [(s.measure, s.value, s.low, s.high) for s in one.scores])
            for one in evaluate(cut, "c", rows, asked, Context(0))
        ]
        for cut in (retargeted(split, target) for target in (None, "income", "age"))
    ]
    assert len(said[0]) == len(asked)
    assert repr(said[1]) == repr(said[0])
    assert repr(said[2]) == repr(said[0])


@pytest.mark.parametrize(
    "key", ["independent", "gaussian_copula", "cart", "noise", "bayes_net", "dp_marginals", "privbayes", "mask"]
)
def test_a_generator_says_whether_the_target_has_a_place_of_its_own(key: str) -> None:
    table = load_sample("penguins").table.rows(range(120))
    context = Context(0, secret=bytes(32))
    rows = [
        make.make(generator_of(key, {}), Table(table.frame, table.schema.with_target(name), "p"), 60, context).frame
        for name in (None, "species", "body_mass_g")
    ]
    same = all(rows[0].equals(other) for other in rows[1:])
    assert known_generators()[key].uses_target is not same
