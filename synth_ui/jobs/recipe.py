"""What a run does: make a candidate, cast it to the real schema, score it, keep everything as soon as it is there."""

from __future__ import annotations

import pickle
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import pandas as pd

from synth_ui.core.asked import Asked
from synth_ui.core.budget import Unpaid
from synth_ui.core.constraint import all_hold, bind_all
from synth_ui.core.context import Context, Notes
from synth_ui.core.errors import Cancelled, DoesNotApply, PluginError, StoreError
from synth_ui.core.run import TREATMENT
from synth_ui.core.table import Split, Table, TableSize, cast
from synth_ui.evaluation.cards import card as measures_of
from synth_ui.evaluation.controls import make_control
from synth_ui.evaluation.evaluate import Outcome, evaluate, evaluate_control
from synth_ui.evaluation.exposed_rows import apart, changed
from synth_ui.generators.base import Generator, Sampler, generators
from synth_ui.generators.sampling import constrained
from synth_ui.jobs import machine, polish
from synth_ui.jobs.further import asked_by, noted
from synth_ui.jobs.reporter import Reporter
from synth_ui.jobs.shared import StoredShared
from synth_ui.jobs.treat import treatment_of
from synth_ui.measures.base import Measure
from synth_ui.measures.case import Refit
from synth_ui.store import ledger
from synth_ui.store.disk import file_hash, write_whole
from synth_ui.store.frames import write_frame
from synth_ui.store.ledger import Attempt
from synth_ui.store.secret import noise_key
from synth_ui.store.workspace import Workspace

CONTROL_SECONDS = 0.2
"""What making a control takes."""

SCORING_GUESS = 4.0
"""Seconds a card takes until one has been measured on the split."""

_SAMPLING_SHARE = 0.15

EXPOSED = Unpaid(
    "which rows are exposed",
    "Told by comparing the candidate with its training rows, which no budget paid for; what was done about them depends on it, so the "
    "guarantee no longer holds for this candidate.",
    breaks=True,
)
RULED_OUT = Unpaid(
    "the rules",
    "Rows that break them were taken out. Rules found among the training rows tell something of them that no budget paid for; rules known "
    "before anybody saw the rows cost nothing.",
    breaks=True,
)

NOTHING = Asked()


@cache
def known_generators() -> dict[str, type[Generator]]:
    """Return every generator by key; found once per process."""
    return generators()


def generator_of(key: str, settings: Mapping[str, Any] | None = None, preset: str | None = None) -> Generator:
    """Build a generator from what a form, a row of the database or the command line says.

    Raises
    ------
    PluginError
        If there is no generator of that key.
    SettingError
        If a setting is unknown or its value is not allowed.
    """
    if key not in known_generators():
        raise PluginError(f"There is no generator {key!r}; there are {', '.join(known_generators())}.")
    return known_generators()[key].from_settings(settings, preset)


@dataclass(frozen=True, eq=False)
class Made:
    """A candidate's rows, canonical, with what it took to make them."""

    frame: pd.DataFrame
    sampler: Sampler
    notes: tuple[str, ...]
    seconds_fit: float
    seconds_sample: float


def make(
    generator: Generator,
    table: Table,
    rows: int,
    context: Context,
    reporter: Reporter | None = None,
    asked: Asked = NOTHING,
) -> Made:
    """Fit a generator and draw `rows` rows that meet what is asked: the one way, whether from a page, the command line or Python.

    Raises
    ------
    DoesNotApply
        If the table is nothing for the generator, the fit would not fit in memory, or what is asked cannot be met.
    """
    start = time.perf_counter()
    context = replace(context, notes=Notes())
    refuse_beyond_memory(generator, table.size, rows)
    if generator.key != "file":  # its rows owe nothing to this table's values
        constrained.refuse_impossible(asked.constraints, table, rows, asked, formal=generator.formal_privacy)
    context.step("learning", 0.0)
    learn = polish.fit if asked.polish else constrained.fit
    sampler = learn(generator, table, context, asked.constraints)
    fitted = time.perf_counter()
    if reporter is not None:
        reporter.stage("sampling")
    context.step("sampling", 0.0)
    drawn = constrained.draw(sampler, rows, context, table, asked)
    sampled = time.perf_counter()
    frame, notes = cast(drawn, table.schema)
    return Made(frame, sampler, (*context.notes.lines(), *notes), fitted - start, sampled - fitted)


def refuse_beyond_memory(generator: Generator, size: TableSize, rows: int) -> None:
    """Refuse a fit that is expected to take more memory than this machine has.

    Raises
    ------
    DoesNotApply
        With the estimate, the limit and the remedy.
    """
    needed, total = generator.cost(size, rows).megabytes, machine.total_megabytes()
    if needed > total:
        raise DoesNotApply(
            f"{generator.title} is expected to take {needed / 1_000:,.1f} GB of memory for {size.rows:,} rows and "
            f"{size.columns:,} columns with {size.levels:,} levels, and this machine has {total / 1_000:,.1f} GB for it. Race on a "
            "sample of the rows, leave out or group the columns with the most levels, or choose another generator"
        )


def with_noise_key(context: Context, generator: Generator, home: Path) -> Context:
    """Return the context with the workspace's key, where the generator's noise must not follow from the seed alone."""
    return replace(context, secret=noise_key(home)) if generator.formal_privacy else context


class Recipe:
    """One attempt at a run, with where its results go."""

    def __init__(self, ws: Workspace, attempt: Attempt, reporter: Reporter, context: Context) -> None:
        self._ws = ws
        self._attempt = attempt
        self._reporter = reporter
        self._context = context
        self._run = ws.run(attempt.run_id)
        self._notes: list[str] = []

    def work(self) -> dict[str, Any]:
        """Do what the run's kind asks for and return the last values of its row.

        Raises
        ------
        SynthError
            If the generator does not apply, the disk is full, or the run was cancelled.
        """
        if self._run["kind"] == "design":
            from synth_ui.jobs.design import work

            return work(self._ws, self._run, self._context)
        if self._run["kind"] == "tune":
            from synth_ui.jobs.tune import work as search

            return search(self._ws, self._run, self._context)
        if self._run["kind"] == "rows":
            return self._more_rows()
        if self._run["kind"] == "measure":
            return {"seconds_score": self._score_later()}
        split = self._ws.split(self._run["split_id"])
        made: dict[str, Any] = {}
        if self._run["kind"] == "generate":
            made = self._generate(split.train)
        elif self._run["kind"] == "filtered":
            made = self._filter(split)
        elif self._run["kind"] == "treated":
            made = self._treat(split)
        seconds = self._score(split)
        return {**made, "seconds_score": seconds, "notes": "\n".join(self._notes)}

    # --- making ----------------------------------------------------------------------------------------------

    def _generate(self, table: Table) -> dict[str, Any]:
        run = self._run
        generator = generator_of(run["generator"], _settings_of(run))
        self._plan_stages(run["cost_seconds"])
        self._reporter.stage("learning")
        context = with_noise_key(self._context.with_seed(run["seed"]), generator, self._ws.home)
        made = make(generator, table, run["rows"], context, self._reporter, Asked.from_json(run["asked"]))
        if made.sampler.ledger is not None:
            self._ws.keep_ledger(run["id"], made.sampler.ledger)
        write_frame(self._ws.synthetic_path(run["id"]), made.frame)
        self._notes += made.notes
        values = {
            "seconds_fit": made.seconds_fit,
            "seconds_sample": made.seconds_sample,
            "sampler_hash": self._keep_sampler(made.sampler),
        }
        self._tell(values)
        return values

    def _filter(self, split: Split) -> dict[str, Any]:
        """Keep the rows of another candidate that keep the rules."""
        asked = Asked.from_json(self._run["asked"])
        frame = self._ws.synthetic(self._run["parent_id"])
        kept = all_hold(bind_all(asked.constraints, split.schema, split.train.frame), frame)
        if not kept.any():
            raise DoesNotApply(f"none of the {len(frame):,} rows of {asked.filtered} keeps the rules")
        write_frame(self._ws.synthetic_path(self._run["id"]), frame[kept].reset_index(drop=True))
        self._pass_on_ledger(self._run["parent_id"], RULED_OUT)
        self._notes.append(f"{int(kept.sum()):,} of {len(frame):,} rows ({kept.mean():.1%}) of {asked.filtered} keep the rules")
        values = {"rows": int(kept.sum())}
        self._tell(values)
        return values

    def _treat(self, split: Split) -> dict[str, Any]:
        """Make the candidate anew from changed training rows, or take out the rows next to exposed ones."""
        action, rows = treatment_of(self._ws, self._run["id"])
        if action != "filter":
            made = self._generate(changed(split, action, rows))
            self._pass_on_ledger(self._run["id"], EXPOSED)
            return made
        self._pass_on_ledger(self._run["parent_id"], EXPOSED)
        start = time.perf_counter()
        frame = self._ws.synthetic(self._run["parent_id"])
        kept = frame[apart(split, frame, rows, self._context)]
        more = self._replacements(split, len(frame) - len(kept), rows)
        self._notes.append(f"{len(frame) - len(kept):,} rows next to exposed ones were taken out, {len(more):,} new ones put in")
        write_frame(self._ws.synthetic_path(self._run["id"]), pd.concat([kept, more], ignore_index=True))
        return {"seconds_sample": time.perf_counter() - start}

    def _pass_on_ledger(self, run_id: str, looked_at: Unpaid) -> None:
        """Keep another run's privacy budget for this one, with what was looked at since that no budget paid for."""
        known = self._ws.ledger(run_id)
        if known is not None:
            self._ws.keep_ledger(self._run["id"], known.with_unpaid(looked_at))

    def _replacements(self, split: Split, wanted: int, rows: Any) -> pd.DataFrame:
        """Draw further rows that keep their distance, as far as one more draw of the candidate's size gives them."""
        parent = self._ws.run(self._run["parent_id"])
        if not parent["sampler_hash"] or not wanted:
            return self._ws.synthetic(parent["id"]).head(0)
        context = replace(self._context.with_seed(parent["seed"] + 1), notes=Notes())
        asked = replace(Asked.from_json(parent["asked"]), filtered=None)
        drawn = constrained.draw(load_sampler(self._ws, parent["id"]), parent["rows"], context, split.train, asked)
        frame, _ = cast(drawn, split.schema)
        return frame[apart(split, frame, rows, self._context)].head(wanted)

    def _plan_stages(self, cost: float) -> None:
        score = ledger.typical_score_seconds(self._ws, self._run["split_id"], self._run["card"]) or SCORING_GUESS
        making = cost / (cost + score)
        learning = making * (1 - _SAMPLING_SHARE)
        self._reporter.plan(
            {"learning": (0.0, learning), "sampling": (learning, making - learning), "scoring": (making, 1 - making)}
        )

    def _keep_sampler(self, sampler: Sampler) -> str | None:
        """Keep the fitted sampler, so that more rows can be made; note its hash, without which no worker loads it."""
        path = self._ws.sampler_path(self._run["id"])
        try:
            packed = pickle.dumps(sampler, protocol=5)
        except (pickle.PicklingError, TypeError, AttributeError) as error:
            self._notes.append(f"no more rows can be made later: the fitted sampler cannot be kept ({error})")
            return None
        write_whole(path, lambda temporary: temporary.write_bytes(packed))
        return file_hash(path)

    def _more_rows(self) -> dict[str, Any]:
        run = self._run
        sampler = load_sampler(self._ws, run["parent_id"])
        start = time.perf_counter()
        split = self._ws.split(run["split_id"])
        context = replace(self._context.with_seed(run["seed"]), notes=Notes())
        drawn = constrained.draw(sampler, run["rows"], context, split.train, Asked.from_json(run["asked"]))
        frame, notes = cast(drawn, split.schema)
        write_frame(self._ws.synthetic_path(run["id"]), frame)
        return {"seconds_sample": time.perf_counter() - start, "notes": "\n".join([*context.notes.lines(), *notes])}

    # --- scoring ---------------------------------------------------------------------------------------------

    def _score(self, split: Split) -> float:
        run = self._run
        self._reporter.stage("scoring")
        start, place = time.perf_counter(), 0
        asked = measures_of(run["card"])
        for measure, outcome in zip(asked, self._outcomes(run, split, asked), strict=True):
            rows = self._write_details(run["id"], outcome)
            if not ledger.add_scores(self._ws, self._attempt, place, outcome.scores, rows, noted(measure)):
                raise Cancelled("The run was stopped.")
            place += len(outcome.scores)
            if outcome.note:
                self._notes.append(f"{outcome.measure}: {outcome.note}")
        return time.perf_counter() - start

    def _score_later(self) -> float:
        """Ask further measures about a run that is done; what they say is written to that run, what has been said meanwhile not asked again."""
        start = time.perf_counter()
        parent = self._ws.run(self._run["parent_id"])
        known = ledger.answered(self._ws, parent["id"], since=self._run["created"])
        asked = [measure for measure in asked_by(self._run) if (measure.key, noted(measure)) not in known]
        outcomes = self._outcomes(parent, self._ws.split(parent["split_id"]), asked) if asked else iter(())
        for measure, outcome in zip(asked, outcomes, strict=True):
            rows = self._write_details(parent["id"], outcome)
            said = (parent["id"], outcome.measure, outcome.scores, rows, noted(measure))
            if not ledger.replace_scores(self._ws, self._attempt, *said):
                raise Cancelled(f"{parent['candidate']} was deleted or started again.")
        return time.perf_counter() - start

    def _outcomes(self, run: Mapping[str, Any], split: Split, asked: Sequence[Measure]) -> Iterator[Outcome]:
        """Yield what each measure says of a run's rows; a control is made from the split, and kept."""
        shared = StoredShared(split, workspace=self._ws)
        refit = self._refit(run, split)
        if run["kind"] == "control":
            if run["id"] == self._run["id"]:
                control = make_control(run["candidate"], split, self._context.with_seed(split.seed))
                write_frame(self._ws.synthetic_path(run["id"]), control.frame)
                self._notes.append(control.note)
            yield from evaluate_control(split, run["candidate"], asked, self._context, shared, refit)
            return
        frame = self._ws.synthetic(run["id"])
        yield from evaluate(split, run["candidate"], frame, asked, self._context, shared, refit)

    def _refit(self, run: Mapping[str, Any], split: Split) -> Refit | None:
        """Return how to make a run's rows again from other training rows, or None where that cannot be done.

        It cannot for a file, for rows filtered out of others, and where something was done about single training rows.
        """
        if run["kind"] == "control":
            return Refit(partial(_control_rows, run["candidate"], split), CONTROL_SECONDS)
        if run["kind"] != "generate" or run["seconds_fit"] is None:
            return None
        generator = generator_of(run["generator"], _settings_of(run))
        return Refit(
            partial(_refitted, generator, run["rows"], Asked.from_json(run["asked"]), self._ws.home),
            run["seconds_fit"] + run["seconds_sample"],
        )

    def _write_details(self, run_id: str, outcome: Outcome) -> list[dict[str, Any]]:
        rows = []
        for name, frame in outcome.details.items():
            file = f"details/{outcome.measure}.{re.sub(r'[^0-9A-Za-z_-]+', '_', name)}.parquet"
            write_frame(self._ws.run_folder(run_id) / file, frame)
            rows.append({"measure": outcome.measure, "name": name, "file": file, "rows": len(frame)})
        return rows

    def _tell(self, values: Mapping[str, Any]) -> None:
        if not ledger.report(self._ws, self._attempt, values, []):
            raise Cancelled("The run was stopped.")


def _settings_of(run: Mapping[str, Any]) -> dict[str, Any]:
    """Return the generator's settings: those of the run but for what was done about exposed rows."""
    return {name: value for name, value in ledger.settings_of(run).items() if name != TREATMENT}


def _refitted(generator: Generator, rows: int, asked: Asked, home: Path, table: Table, context: Context) -> pd.DataFrame:
    return make(generator, table, rows, with_noise_key(context, generator, home), asked=asked).frame


def _control_rows(key: str, split: Split, table: Table, context: Context) -> pd.DataFrame:
    """Make a control from other training rows."""
    return make_control(key, replace(split, train=table), context.with_seed(split.seed)).frame


def load_sampler(ws: Workspace, run_id: str) -> Sampler:
    """Load the fitted sampler of a run, if it is byte for byte the one this workspace wrote.

    Raises
    ------
    StoreError
        If the run has none, or the file is not the one whose hash was noted.
    """
    run, path = ws.run(run_id), ws.sampler_path(run_id)
    if not run["sampler_hash"] or not path.exists():
        raise StoreError(f"{run['candidate']} has no fitted sampler in the workspace; start it again to make more rows.")
    if file_hash(path) != run["sampler_hash"]:
        raise StoreError(f"The sampler of {run['candidate']} is not the one that was written; it is not loaded. Start it again.")
    try:
        sampler = pickle.loads(path.read_bytes())
    except (AttributeError, ImportError, TypeError) as error:
        raise StoreError(
            f"The sampler of {run['candidate']} was kept by another version of this program ({error}). Start it again to make more rows."
        ) from error
    if not isinstance(sampler, Sampler):
        raise StoreError(f"The file kept for {run['candidate']} is no sampler.")
    return sampler
