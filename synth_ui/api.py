"""The package without the pages: read a table, make rows, score files, race generators.

Everything here gives the same results as the dashboard for the same seed: `race` runs through the same workspace and worker
processes, `generate` and `score` through the same functions in this process.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd

import synth_ui
from synth_ui.core.asked import Asked
from synth_ui.core.budget import Ledger
from synth_ui.core.constraint import Constraint, Expression
from synth_ui.core.context import Context
from synth_ui.core.errors import ReadError, SettingError, TableError
from synth_ui.core.score import CONTROLS, SCORE_COLUMNS, scores_frame
from synth_ui.core.table import Column, Kind, Role, Schema, Split, Table, cast, to_source
from synth_ui.tables.read import Reading
from synth_ui.tables.read import read as read_source

if TYPE_CHECKING:
    from synth_ui.comparison.verdict import Verdict
    from synth_ui.core.run import RunState
    from synth_ui.generators.base import Sampler
    from synth_ui.generators.source import World
    from synth_ui.jobs.race import Request
    from synth_ui.jobs.tune import Tuned
    from synth_ui.store.workspace import Workspace

Source: TypeAlias = str | Path | pd.DataFrame | Table
"""Where rows come from: a path, a frame, or a table read before."""

POLL_SECONDS = 0.2

_CANDIDATE_FIELDS = (
    "candidate", "generator", "settings", "seed", "status", "seconds_fit", "seconds_sample", "reason", "asked", "notes",
    "generator_title",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class ReadResult(Reading):
    """A table as it was read: `table`, `assumed`, `warnings`, `sheets`, `source`."""

    def to_dict(self) -> dict[str, Any]:
        """Return rows, columns (name, kind, role), assumed and warnings, in plain values."""
        return {
            **_table_dict(self.table),
            "assumed": list(self.assumed),
            "warnings": [str(warning) for warning in self.warnings],
        }


@dataclass(frozen=True, eq=False)
class Generated:
    """Rows made by one generator.

    Attributes
    ----------
    frame
        The synthetic rows, canonical under the table's schema.
    notes
        What had to be cast, how many drawn rows kept the rules and met the conditions.
    asked
        The rules, the conditions and the column to balance.
    sampler
        Draws more rows: `result.sampler(n, Context(seed))`.
    """

    table: Table
    frame: pd.DataFrame
    generator: str
    settings: Mapping[str, Any]
    seed: int
    seconds_fit: float
    seconds_sample: float
    notes: tuple[str, ...]
    sampler: Sampler
    asked: Asked = field(default_factory=Asked)

    @property
    def ledger(self) -> Ledger | None:
        """What the privacy budget paid for; None for a generator without formal privacy."""
        return self.sampler.ledger

    def to_dict(self) -> dict[str, Any]:
        """Return the table, and how the rows were made, in plain values; the rows themselves are in `frame`."""
        named = {name: getattr(self, name) for name in ("generator", "seed", "seconds_fit", "seconds_sample")}
        asked = json.loads(self.asked.to_json())
        made = {**named, "settings": dict(self.settings), "asked": asked, "rows": len(self.frame), "notes": list(self.notes)}
        made |= {} if self.ledger is None else {"ledger": self.ledger.to_dict()}
        return {"version": synth_ui.__version__, "table": _table_dict(self.table), "made": made}


@dataclass(frozen=True, eq=False)
class Comparison:
    """Candidates and what every measure says of them: the outcome of `race` and of `score`.

    Attributes
    ----------
    split
        The real rows: train and holdout.
    candidates
        One row per candidate, controls included: candidate, generator, settings and asked (JSON texts), seed, status, seconds_fit,
        seconds_sample, reason, control.
    scores
        Calibrated, with the columns of `synth_ui.core.score.SCORE_COLUMNS`.
    card
        The card, or the measures, that were asked.
    versions
        Of Python and the libraries that computed it.
    race_id
        Where the race is in the workspace; None for `score`.
    """

    table: Table
    split: Split
    candidates: pd.DataFrame
    scores: pd.DataFrame
    card: str
    versions: Mapping[str, str]
    artefacts: _Artefacts = field(repr=False)
    race_id: str | None = None

    @cached_property
    def verdict(self) -> Verdict:
        """Which candidate is best, what it is tied with, what speaks against it."""
        from synth_ui.comparison.verdict import verdict

        return verdict(self.scores, self.candidates, predictions=self._predictions())

    @cached_property
    def leaderboard(self) -> pd.DataFrame:
        """One row per candidate, best first, see `synth_ui.comparison.leaderboard`."""
        from synth_ui.comparison.leaderboard import leaderboard

        return leaderboard(self.scores, self.candidates)

    def frame(self, candidate: str) -> pd.DataFrame:
        """Return the rows of a candidate; raise `StoreError` or `TableError` if it has none."""
        return self.artefacts.frame(candidate)

    def detail(self, candidate: str, measure: str, name: str) -> pd.DataFrame | None:
        """Return a detail frame of a measure (its docstring says which), or None where it gave none."""
        return self.artefacts.detail(candidate, measure, name)

    def ledger(self, candidate: str) -> Ledger | None:
        """Return what a candidate's privacy budget paid for; None for one without formal privacy."""
        return self.artefacts.ledger(candidate)

    def _predictions(self) -> dict[str, pd.DataFrame] | None:
        names = [name for name in self.candidates["candidate"] if name not in CONTROLS]
        found = {name: self.detail(name, "tstr", "predictions") for name in names}
        return {name: frame for name, frame in found.items() if frame is not None} or None

    def to_dict(self) -> dict[str, Any]:
        """Return version, table, split, candidates, scores and verdict, in plain values: None where there is no number."""
        candidates = self.candidates.assign(settings=[json.loads(text) for text in self.candidates["settings"]])
        split = {"train": len(self.split.train), "holdout": len(self.split.holdout), "seed": self.split.seed}
        said = self.verdict
        return {
            "version": synth_ui.__version__,
            "table": _table_dict(self.table),
            "split": split,
            "candidates": [self._with_ledger(record) for record in _records(candidates, _CANDIDATE_FIELDS)],
            "scores": _records(self.scores, SCORE_COLUMNS),
            "verdict": {"best": said.best, "tied_with": list(said.tied_with), "sentence": said.sentence},
        }

    def _with_ledger(self, record: dict[str, Any]) -> dict[str, Any]:
        """Add the ledger of a formally private candidate."""
        ledger = self.ledger(record["candidate"])
        return record if ledger is None else {**record, "ledger": ledger.to_dict()}


class _Artefacts:
    """Frames and details of candidates, kept in memory."""

    def __init__(self, frames: Mapping[str, pd.DataFrame], details: Mapping[tuple[str, str, str], pd.DataFrame]) -> None:
        self._frames = frames
        self._details = details

    def frame(self, candidate: str) -> pd.DataFrame:
        if candidate not in self._frames:
            raise TableError(f"There are no rows of {candidate!r}; there are {', '.join(self._frames) or 'none'}.")
        return self._frames[candidate]

    def detail(self, candidate: str, measure: str, name: str) -> pd.DataFrame | None:
        return self._details.get((candidate, measure, name))

    def ledger(self, candidate: str) -> Ledger | None:
        """A table made elsewhere says nothing of a budget."""
        return None


class _StoredArtefacts(_Artefacts):
    """Frames and details of candidates, read from the workspace when asked for."""

    def __init__(self, ws: Workspace, run_ids: Mapping[str, str]) -> None:
        self._ws = ws
        self._run_ids = run_ids

    def frame(self, candidate: str) -> pd.DataFrame:
        if candidate not in self._run_ids:
            raise TableError(f"There is no candidate {candidate!r}; there are {', '.join(self._run_ids)}.")
        return self._ws.synthetic(self._run_ids[candidate])

    def detail(self, candidate: str, measure: str, name: str) -> pd.DataFrame | None:
        run_id = self._run_ids.get(candidate, "")
        return self._ws.detail(run_id, measure, name) if (measure, name) in self._ws.details(run_id) else None

    def ledger(self, candidate: str) -> Ledger | None:
        return self._ws.ledger(self._run_ids[candidate]) if candidate in self._run_ids else None


# --- read --------------------------------------------------------------------------------------------------------


def read(source: str | Path | pd.DataFrame, *, sheet: str | None = None, rows: int | None = None, seed: int = 0) -> ReadResult:
    """Read a table and find out what its columns hold.

    Parameters
    ----------
    source
        A file (CSV, TSV, Parquet, Excel, ODS, JSON, also with .gz) or a frame.
    sheet
        The sheet of a workbook; the first that holds a table by default.
    rows
        Take a seeded sample of this many rows.

    Raises
    ------
    ReadError
        If it cannot be read; the message says what is wrong, where, and what to do.
    """
    reading = read_source(source, sheet=sheet, rows=rows, seed=seed)
    return ReadResult(**{entry.name: getattr(reading, entry.name) for entry in fields(Reading)})


def _table(
    source: Source, target: str | None, rows: int | None = None, seed: int = 0, declared: Sequence[Mapping[str, Any]] = ()
) -> Table:
    """Read a source, or take a table as it is; name the target where one is given, and take over what is declared."""
    from synth_ui.tables.declare import declare

    if isinstance(source, Table):
        table = source
        if rows is not None and rows < len(table):
            chosen = Context(seed).rng("sample of rows").choice(len(table), rows, replace=False)
            table = table.rows(sorted(chosen))
    else:
        table = read_source(source, rows=rows, seed=seed).table
    table = table if target is None else Table(table.frame, table.schema.with_target(target), table.name)
    return declare(table, declared) if declared else table


# --- generate ----------------------------------------------------------------------------------------------------


def generate(
    source: Source,
    generator: str,
    *,
    settings: Mapping[str, Any] | None = None,
    preset: str | None = None,
    rows: int | None = None,
    seed: int = 0,
    target: str | None = None,
    constraints: Sequence[Constraint | str] = (),
    where: Mapping[str, Any] | None = None,
    conditions: pd.DataFrame | None = None,
    balance: str | None = None,
    polish: bool = False,
    declared: Sequence[Mapping[str, Any]] = (),
    report: Callable[[Any], None] | None = None,
) -> Generated:
    """Fit a generator on all rows of a table and draw new ones, in this process.

    Parameters
    ----------
    rows
        How many to draw; by default as many as the table has, or as many as `conditions` asks for.
    constraints
        Rules every row keeps: of `synth_ui.core.constraint`, or formulas such as "hours * rate <= cap".
    where
        Conditions every row meets: {"income": ">50K", "age": {"min": 20, "max": 30}, "city": ["Bern", "Lyon"], "end": None}.
    conditions
        A table of conditions, one set per line (an empty cell is no condition); its column "rows" says how many rows of each.
    balance
        A column of which every level gets equally many rows.
    polish
        Draw more rows and keep those that together match the two-way tables, guarded; see `synth_ui.jobs.polish`.
    declared
        Bounds and levels known without the rows, for formal privacy; see `synth_ui.tables.declare.declare`.
    report
        Called with a `synth_ui.core.context.Progress` as the work goes on.

    Raises
    ------
    ReadError, PluginError, SettingError, TableError
        If the table, the generator, a setting or a rule is not usable.
    DoesNotApply
        If the table is nothing for this generator, or a condition cannot be met, with the reason.
    """
    from synth_ui.jobs.recipe import generator_of, make, with_noise_key
    from synth_ui.store.home import default_home

    if rows is not None and rows < 1:
        raise SettingError(f"rows is {rows}; at least one is made.")
    recipe = generator_of(generator, settings, preset)
    lines = () if conditions is None else tuple(conditions.astype(object).where(conditions.notna(), None).to_dict("records"))
    asked = Asked(_rules(constraints), where or {}, lines, balance, polish=polish)
    table = _table(source, target, declared=declared)
    context = with_noise_key(_context(seed, report), recipe, default_home())
    with _held_to_threads():
        made = make(recipe, table, rows or asked.rows() or len(table), context, asked=asked)
    took = made.seconds_fit, made.seconds_sample
    return Generated(table, made.frame, generator, recipe.settings(), seed, *took, made.notes, made.sampler, asked)


def tune(
    source: Source,
    generator: str,
    *,
    seconds: float = 60.0,
    settings: Mapping[str, Any] | None = None,
    seed: int = 0,
    target: str | None = None,
    report: Callable[[Any], None] | None = None,
) -> Tuned:
    """Look for better settings of a generator on a table, in this process; see `synth_ui.jobs.tune`.

    Parameters
    ----------
    seconds
        The budget; the number of trials depends on the machine, their order and settings on the seed alone.
    settings
        Where to start; by default the defaults.
    report
        Called with a `synth_ui.core.context.Progress` as the work goes on.

    Raises
    ------
    ReadError, PluginError, SettingError, TableError
        If the table, the generator, a setting or the budget is not usable.
    DoesNotApply
        If the generator has nothing to tune, or a formal guarantee that looking at the rows would void.
    """
    from synth_ui.jobs.machine import THREADS
    from synth_ui.jobs.tune import tune as search

    if seconds <= 0:
        raise SettingError(f"seconds is {seconds:g}; a search needs more than 0.")
    context = Context(seed=seed, threads=THREADS)
    context = context if report is None else replace(context, report=report)
    with _held_to_threads():
        return search(generator, _table(source, target), context, seconds=seconds, settings=settings)


def _rules(constraints: Sequence[Constraint | str]) -> tuple[Constraint, ...]:
    return tuple(Expression(rule) if isinstance(rule, str) else rule for rule in constraints)


def design(
    generator: str = "schema",
    *,
    settings: Mapping[str, Any] | None = None,
    rows: int = 1_000,
    seed: int = 0,
    report: Callable[[Any], None] | None = None,
) -> World:
    """Make a table from nothing: declared, designed or simulated, in this process.

    Returns
    -------
    World
        Its `main` table, further `tables` by name, and counts over time where there are any.

    Raises
    ------
    PluginError, SettingError
        If there is no such generator, it needs a real table, or a setting is not usable.
    """
    from synth_ui.generators.source import MakesTables
    from synth_ui.jobs.recipe import generator_of

    recipe = generator_of(generator, settings)
    if not isinstance(recipe, MakesTables):
        raise SettingError(f"{generator} makes no table of its own: it needs a real one to learn from. Use generate.")
    with _held_to_threads():
        return recipe.world(rows, _context(seed, report))


def stream(
    path: str | Path,
    *,
    settings: Mapping[str, Any],
    rows: int,
    seed: int = 0,
    report: Callable[[Any], None] | None = None,
) -> None:
    """Write rows of a declared schema to a Parquet file, block by block, in memory that does not grow with their number.

    Raises
    ------
    SettingError
        If the schema does not hold together, or the path does not end in .parquet.
    """
    from synth_ui.generators.schema import DeclaredSchema
    from synth_ui.store.disk import write_whole

    path = Path(path)
    if path.suffix != ".parquet":
        raise SettingError(f"path is {path.name!r}; rows are streamed to a file that ends in .parquet.")
    recipe = DeclaredSchema.from_settings(settings)
    write_whole(path, lambda temporary: recipe.write(rows, temporary, _context(seed, report)))


def _context(seed: int, report: Callable[[Any], None] | None) -> Context:
    from synth_ui.jobs.machine import THREADS

    context = Context(seed=seed, threads=THREADS)
    return context if report is None else replace(context, report=report)


@contextmanager
def _held_to_threads() -> Iterator[None]:
    """Use as many threads as a worker would: their number decides in which order floats are added up."""
    from threadpoolctl import threadpool_limits

    from synth_ui.jobs.machine import THREADS

    with threadpool_limits(THREADS):
        yield


# --- split -------------------------------------------------------------------------------------------------------


def split(
    source: Source, *, target: str | None = None, seed: int = 0, train_share: float = 0.5, rows: int | None = None
) -> Split:
    """Cut a table into training rows and rows held back, as `race` does with the same arguments.

    A tool that is given the training rows alone cannot have seen the others, so that `score` can judge what it made.

    Parameters
    ----------
    target
        The column the halves are alike in.
    rows
        Cut a seeded sample of so many real rows.

    Returns
    -------
    Split
        `train` and `holdout`, canonical; `synth_ui.reports.download.to_csv` writes them in the form of the source.

    Raises
    ------
    ReadError, TableError
        If the table cannot be read, there is no such target, or a half would be empty.
    """
    from synth_ui.tables.split import make_split

    return make_split(_table(source, target, rows, seed), seed=seed, share=train_share)


# --- score -------------------------------------------------------------------------------------------------------


def score(
    train: Source,
    holdout: Source,
    synthetic: Source | Sequence[Source] | Mapping[str, Source],
    *,
    target: str | None = None,
    card: str | Sequence[str] = "quick",
    seed: int = 0,
    report: Callable[[str], None] | None = None,
) -> Comparison:
    """Score synthetic tables made elsewhere against real train and holdout rows, the controls beside them, in this process.

    Parameters
    ----------
    synthetic
        One source, several, or several by name; a file is called `file:` and its name without endings.
    card
        "quick", "standard", or keys of measures.
    report
        Called with one line of progress.

    Raises
    ------
    ReadError, TableError, SettingError
        If a table cannot be read or lacks a column, or there is no such card or measure.
    """
    from synth_ui.evaluation.calibrate import calibrate
    from synth_ui.evaluation.cards import card as measures_of
    from synth_ui.evaluation.evaluate import evaluate, evaluate_control
    from synth_ui.jobs.machine import THREADS
    from synth_ui.jobs.race import versions
    from synth_ui.measures.case import Shared

    card_name = card if isinstance(card, str) else ",".join(card)
    asked = measures_of(card_name)
    split = _given_split(_table(train, target), _table(holdout, None), seed)
    given = {name: _cast_source(source, split.schema) for name, source in _named(synthetic).items()}
    shared = Shared(split)
    context = Context(seed=seed, threads=THREADS)
    scores, details = [], {}
    with _held_to_threads():
        for name in [*given, *CONTROLS]:
            outcomes = (
                evaluate_control(split, name, asked, context, shared)
                if name in CONTROLS
                else evaluate(split, name, given[name], asked, context, shared)
            )
            for outcome in outcomes:
                if report is not None:
                    report(f"{name}: {outcome.measure}")
                scores += outcome.scores
                details.update({(name, outcome.measure, what): frame for what, frame in outcome.details.items()})
    candidates = pd.DataFrame([_scored(name, seed) for name in [*given, *CONTROLS]])
    calibrated = calibrate(scores_frame(scores))[[*SCORE_COLUMNS, "chance"]]
    whole = Table(pd.concat([split.train.frame, split.holdout.frame], ignore_index=True), split.schema, split.train.name)
    return Comparison(whole, split, candidates, calibrated, card_name, versions(), _Artefacts(given, details))


def _scored(name: str, seed: int) -> dict[str, Any]:
    return {
        "candidate": name,
        "generator": "" if name in CONTROLS else "file",
        "settings": "{}",
        "asked": "{}",
        "notes": "",
        "seed": seed,
        "status": "done",
        "seconds_fit": math.nan,
        "seconds_sample": math.nan,
        "reason": "",
        "control": name in CONTROLS,
        "generator_title": "",
    }


def _named(synthetic: Source | Sequence[Source] | Mapping[str, Source]) -> dict[str, Source]:
    """Name the tables to be scored: files by their names, frames by what the caller says, or by number."""
    from synth_ui.jobs.race import file_name, free_name

    if isinstance(synthetic, Mapping):
        return {name if name.startswith("file:") else f"file:{name}": source for name, source in synthetic.items()}
    sources = [synthetic] if isinstance(synthetic, str | Path | pd.DataFrame | Table) else list(synthetic)
    if not sources:
        raise ReadError("No synthetic table was given; name at least one.")
    taken: set[str] = set()
    return {free_name(file_name(s) if isinstance(s, str | Path) else "file:table", taken): s for s in sources}


def _cast_source(source: Source, schema: Schema) -> pd.DataFrame:
    """Bring rows from anywhere to the real schema, from the form they had in their file."""
    if isinstance(source, pd.DataFrame):
        return cast(source, schema)[0]
    table = source if isinstance(source, Table) else read_source(source).table
    return cast(to_source(table.frame, table.schema), schema)[0]


def _given_split(train: Table, holdout: Table, seed: int) -> Split:
    """Bring two given halves to one schema: train's, widened by what only the holdout has."""
    other = to_source(holdout.frame, holdout.schema)
    try:
        seen = cast(other, train.schema)[0]
    except TableError as error:
        raise TableError(f"Train and holdout are not of one table. {error}".replace("synthetic table", "holdout")) from error
    schema = Schema(tuple(_widened(column, seen[column.name]) for column in train.schema))
    halves = [Table(cast(frame, schema)[0], schema, table.name) for frame, table in ((train.frame, train), (seen, holdout))]
    share = len(train) / max(len(train) + len(holdout), 1)
    return Split(halves[0], halves[1], seed, share, f"Train and holdout were given: {len(train):,} and {len(holdout):,} rows.")


def _widened(column: Column, seen: pd.Series[Any]) -> Column:
    nullable = column.nullable or bool(seen.isna().any())
    if column.kind in (Kind.CATEGORY, Kind.ORDINAL):
        levels = [str(level) for level in seen.cat.categories]
        return replace(column, nullable=nullable, levels=tuple(sorted(levels) if column.kind is Kind.CATEGORY else levels))
    if column.kind in (Kind.NUMBER, Kind.INTEGER) and seen.notna().any():
        low = min(float(seen.min()), math.inf if column.low is None else column.low)
        high = max(float(seen.max()), -math.inf if column.high is None else column.high)
        return replace(column, nullable=nullable, low=low, high=high)
    return replace(column, nullable=nullable)


# --- race --------------------------------------------------------------------------------------------------------


def race(
    source: Source,
    *,
    target: str | None = None,
    generators: Sequence[str | Request] | None = None,
    files: Sequence[str | Path] = (),
    seconds: float | None = None,
    seeds: int = 1,
    seed: int = 0,
    train_share: float = 0.5,
    rows: int | None = None,
    make: int | None = None,
    card: str | Sequence[str] = "quick",
    constraints: Sequence[Constraint | str] = (),
    polish: bool = False,
    declared: Sequence[Mapping[str, Any]] = (),
    home: str | Path | None = None,
    report: Callable[[pd.DataFrame], None] | None = None,
) -> Comparison:
    """Race generators on a table, in the workspace, and say which to trust.

    Parameters
    ----------
    target
        The column to predict; without one usefulness is not measured.
    generators, files
        Keys, or requests with settings, by default one of each kind that needs seconds; synthetic files made elsewhere.
    seconds, seeds
        End after so long (wall clock, from the call) with what is finished then; candidates per generator, seeds counted up.
    rows, make
        Race on a seeded sample of so many real rows; make so many of each candidate (by default as many as train has).
    constraints
        Rules every row of a generated candidate keeps, unless its request has its own; see `generate`.
    polish, declared
        Also race a polished candidate of each generator that can be; bounds and levels known without the rows; see `generate`.
    home, report
        The workspace's folder; what is called a few times a second with the runs as they stand.

    Raises
    ------
    ReadError, PluginError, SettingError, TableError, StoreError
        If the table, the target, a generator, a setting, a file or the workspace is not usable; nothing has been started then.
    """
    from synth_ui.jobs.race import with_polished
    from synth_ui.store.workspace import Workspace
    from synth_ui.tables.split import make_split

    started = time.monotonic()
    requests = _requests(generators, seed, seeds, _rules(constraints))
    _check(requests, card, seconds)
    ws = Workspace.open(home)
    with _racing(ws) as race_id:
        table = _table(source, target, rows, seed, declared)
        split = make_split(table, seed=seed, share=train_share)
        requests = with_polished(requests, len(split.train)) if polish else requests
        split_id = ws.add_split(ws.add_table(table, source=_origin(source)), split)
        left = None if seconds is None else max(seconds - (time.monotonic() - started), 0.01)
        _start(ws, split_id, requests, files, card=card, make=make, name=table.name, seconds=left, race_id=race_id)
        _watch(ws, race_id, None if left is None else time.monotonic() + left, report)
        return stored(ws, race_id, table=table, split=split)


@contextmanager
def _racing(ws: Workspace) -> Iterator[str]:
    """Give the id of a race to be run, with the heavy libraries being imported meanwhile; leave nothing of it running."""
    from synth_ui.jobs import warm
    from synth_ui.jobs.control import cancel_race
    from synth_ui.store.workspace import new_id

    mine = not warm.present(ws) and warm.start(ws, ahead=False)  # it imports while the table is read
    race_id = new_id()
    try:
        yield race_id
    finally:
        cancel_race(ws, race_id)  # of an interrupted race; of one that has ended there is nothing left to cancel
        if mine:
            warm.stop(ws)


def _start(ws: Workspace, split_id: str, requests: list[Request], files: Sequence[str | Path], **options: Any) -> None:
    from synth_ui.jobs.race import Request, start_race

    start_race(ws, split_id, [*requests, *(Request("file", path=str(path)) for path in files)], **options)


def _origin(source: Source) -> str:
    """Return where a table came from, for the record; nothing of a frame in memory."""
    return "" if isinstance(source, pd.DataFrame | Table) else str(source)


def _requests(
    generators: Sequence[str | Request] | None, seed: int, seeds: int, rules: tuple[Constraint, ...] = ()
) -> list[Request]:
    from synth_ui.jobs.race import Request
    from synth_ui.jobs.recipe import known_generators

    if seeds < 1:
        raise SettingError(f"seeds is {seeds}; at least one is made.")
    named = generators if generators is not None else [key for key, plugin in known_generators().items() if plugin.starter]
    made = [Request(entry, seed=seed, seeds=seeds) if isinstance(entry, str) else entry for entry in named]
    return [request if request.constraints else replace(request, constraints=rules) for request in made]


def _check(requests: Sequence[Request], card: str | Sequence[str], seconds: float | None) -> None:
    """Refuse unknown generators, settings and measures, and a race without time, before anything is read or started."""
    from synth_ui.evaluation.cards import card as measures_of
    from synth_ui.jobs.recipe import generator_of

    if seconds is not None and seconds <= 0:
        raise SettingError(f"seconds is {seconds:g}; a race needs more than 0.")
    measures_of(card if isinstance(card, str) else ",".join(card))
    for request in requests:
        if request.generator != "file":
            generator_of(request.generator, request.settings)


def _watch(ws: Workspace, race_id: str, until: float | None, report: Callable[[pd.DataFrame], None] | None) -> None:
    """Look after the race until all of it has ended, or its time is up."""
    from synth_ui.jobs.control import cancel_race
    from synth_ui.jobs.schedule import sweep

    while True:
        sweep(ws)
        runs = ws.runs(race_id)
        if report is not None:
            report(runs)
        if all(_state(text).ended for text in runs["state"]):
            return
        if until is not None and time.monotonic() >= until:
            cancel_race(ws, race_id, "The race's time was up.")
            return
        left = POLL_SECONDS if until is None else min(POLL_SECONDS, max(until - time.monotonic(), 0.0))
        time.sleep(left)


def _state(text: str) -> RunState:
    from synth_ui.core.run import RunState

    return RunState(text)


def stored(ws: Workspace, race_id: str, *, table: Table | None = None, split: Split | None = None) -> Comparison:
    """Return a race of the workspace as it stands."""
    from synth_ui.jobs import board

    row = ws.race(race_id)
    candidates = board.candidates(ws, race_id)
    artefacts = _StoredArtefacts(ws, dict(zip(candidates["candidate"], candidates["run_id"], strict=True)))
    return Comparison(
        table if table is not None else ws.table(row["table_id"]),
        split if split is not None else ws.split(row["split_id"]),
        candidates.drop(columns="run_id"),
        board.scores(ws, race_id),
        row["card"],
        row["versions"],
        artefacts,
        race_id,
    )


# --- plain values ------------------------------------------------------------------------------------------------


def _table_dict(table: Table) -> dict[str, Any]:
    columns = [{"name": column.name, "kind": column.kind.value, "role": Role(column.role).value} for column in table.schema]
    return {"rows": len(table), "columns": columns}


def _records(frame: pd.DataFrame, names: Sequence[str]) -> list[dict[str, Any]]:
    """Return rows as plain values; what is missing is None."""
    return [{name: _plain(value) for name, value in row.items()} for row in frame[list(names)].to_dict("records")]


def _plain(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value
