"""The package without the pages: read a table, make rows, score files, race generators.

Everything here gives the same results as the dashboard for the same seed: `race` runs through the same workspace and worker
processes, `generate` and `score` through the same functions in this process.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, Unpack

import pandas as pd

from synth_ui.core.budget import Ledger
from synth_ui.core.cast import cast
from synth_ui.core.choice import Choice
from synth_ui.core.context import Context, Progress
from synth_ui.core.errors import ReadError, SettingError, TableError
from synth_ui.core.formats.numbers import precision
from synth_ui.core.installation import VERSION, default_home
from synth_ui.core.rules.asked import Asked
from synth_ui.core.rules.constraint import Constraint, Expression
from synth_ui.core.run import TREATMENT
from synth_ui.core.score import CONTROLS, SCORE_COLUMNS, scores_frame
from synth_ui.core.table import Column, Kind, Role, Schema, Split, Table
from synth_ui.evaluation.shared_rows import check_shared
from synth_ui.keywords import ColumnOptions, Former, GenerateOptions, RaceOptions, TableOptions, keywords
from synth_ui.tables.databases.address import DatabaseTable, plain_address
from synth_ui.tables.read import Reading, read_like
from synth_ui.tables.read import read as read_source

if TYPE_CHECKING:
    from synth_ui.comparison.choice.requirements import Requirement
    from synth_ui.comparison.outcome import Outcome
    from synth_ui.comparison.verdict.sentences import Verdict
    from synth_ui.evaluation.changes import Changes
    from synth_ui.generators.base import Sampler
    from synth_ui.generators.from_nothing.source import World
    from synth_ui.jobs.budget.limit import Limit
    from synth_ui.jobs.races.request import Request
    from synth_ui.jobs.runs.tune import Tuned
    from synth_ui.reports.card import Card
    from synth_ui.reports.raced import Raced
    from synth_ui.store.workspace import Workspace

Source: TypeAlias = str | Path | pd.DataFrame | Table | DatabaseTable
"""Where rows come from: a path, a frame, a table read before, or a table of a database."""

Listener: TypeAlias = Callable[[Progress], None]
"""What progress is told to: one type for all that takes long. A race tells it a `synth_ui.jobs.forecast.estimate.RaceProgress`."""

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
        What of the real rows was not kept on reading, what had to be cast, how many drawn rows kept the rules and met the conditions.
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
        return {"version": VERSION, "table": _table_dict(self.table), "made": made}


@dataclass(frozen=True, eq=False)
class Comparison:
    """Candidates and what every measure says of them: what `race` and `score` return.

    Attributes
    ----------
    split
        The real rows: train and holdout.
    outcome
        Scores and candidates, and all that follows from them: leaderboard, evidence and verdict per purpose.
    card
        The card, or the measures, that were asked.
    versions
        Of Python and the libraries that computed it.
    race_id
        Where the race is in the workspace; None for `score`.
    notes
        What of the real rows was not kept on reading, or could have been read in another way. What is to be said of a candidate stands
        in `candidates`, column notes, a line each.
    choice
        The candidate that was chosen, see `choose`; None where no choice stands.
    read_from
        The `file` the real table was read from, or the database (`at`, `table` or `query`), and how (`rows` and `seed` of a sample),
        where that is known; for the script. It holds no password.
    """

    table: Table
    split: Split
    outcome: Outcome
    card: str
    versions: Mapping[str, str]
    artefacts: _Artefacts = field(repr=False)
    race_id: str | None = None
    notes: tuple[str, ...] = ()
    choice: Choice | None = None
    read_from: Mapping[str, Any] = field(default_factory=dict)

    @property
    def candidates(self) -> pd.DataFrame:
        """One row per candidate, controls included: candidate, generator, settings and asked (JSON texts), seed, status,
        seconds_fit, seconds_sample, reason, control."""
        assert self.outcome.candidates is not None
        return self.outcome.candidates

    @property
    def scores(self) -> pd.DataFrame:
        """Calibrated, with the columns of `synth_ui.core.score.SCORE_COLUMNS`."""
        return self.outcome.scores

    @property
    def verdict(self) -> Verdict:
        """Which candidate is best, all families alike; `outcome.verdict("share")` for another purpose."""
        return self.outcome.verdict()

    @property
    def leaderboard(self) -> pd.DataFrame:
        """One row per candidate, best first, see `synth_ui.comparison.leaderboard`."""
        return self.outcome.leaderboard()

    def frame(self, candidate: str) -> pd.DataFrame:
        """Return the rows of a candidate; raise `StoreError` or `TableError` if it has none."""
        return self.artefacts.frame(candidate)

    def detail(self, candidate: str, measure: str, name: str) -> pd.DataFrame | None:
        """Return a detail frame of a measure (its docstring says which), or None where it gave none."""
        return self.artefacts.detail(candidate, measure, name)

    def ledger(self, candidate: str) -> Ledger | None:
        """Return what a candidate's privacy budget paid for; None for one without formal privacy."""
        return self.artefacts.ledger(candidate)

    @property
    def _ledgers(self) -> dict[str, Ledger]:
        found = {str(name): self.ledger(str(name)) for name in self.candidates["candidate"]}
        return {name: ledger for name, ledger in found.items() if ledger is not None}

    def html(self, purpose: Mapping[str, float] | str | None = None, **more: Any) -> str:
        """Write the report: one HTML file that holds no real row, see `synth_ui.reports.html.html_report`."""
        from synth_ui.reports.html import html_report

        return html_report(self.outcome, self._raced, purpose=purpose, choice=self.choice, race_id=self.race_id, **more)

    @property
    def _raced(self) -> Raced:
        from synth_ui.reports.raced import Raced

        raced = Raced.of(self.table, self.split, self.card, self.versions, self._ledgers, self.notes)
        return replace(raced, missing=self.artefacts.missing())

    def decision_card(self, purpose: Mapping[str, float] | str | None = None) -> Card:
        """Return the decision card: of the choice that stands, else of the candidate that is first for a purpose; `.html()`, `.to_dict()`."""
        from synth_ui.reports.card import decision_card

        return decision_card(self.outcome, self._raced, purpose=purpose, choice=self.choice, race_id=self.race_id)

    def slides(self, purpose: Mapping[str, float] | str | None = None, *, rows: bool = False) -> str:
        """Write slides for a meeting: one HTML file that holds no real row, see `synth_ui.reports.slides.slides`.

        With `rows` the guess on them shows real rows instead of charts: for the screen of who may see them, not to be passed on.
        """
        from synth_ui.core.errors import ArtefactLost
        from synth_ui.reports import quiz
        from synth_ui.reports.slides import Quiz, shown_candidate, slides

        name = shown_candidate(self.outcome, purpose, self.choice)
        made, raced = None, self._raced
        try:
            made = self.frame(name) if name is not None else None
        except ArtefactLost:
            raced = replace(raced, missing=(*raced.missing, f"the guess: the rows of {name} are gone or damaged."))
        found: list[quiz.Round] = []
        if name is not None and made is not None:
            known = self.detail(name, "dependence", "associations")
            found = quiz.rows(self.split, made) if rows else quiz.charts(self.split, made, known, seed=self.split.seed)
        asked = Quiz(found, "rows" if rows else "charts")
        return slides(self.outcome, raced, asked, purpose=purpose, choice=self.choice, race_id=self.race_id)

    def script(self, candidate: str | None = None, source: str | None = None, *, notebook: bool = False) -> str:
        """Write the script, or the notebook, that makes a candidate again, see `synth_ui.reports.code.script`.

        Parameters
        ----------
        candidate
            By default the chosen one, else the first one that a generator made.
        source
            The file of the real table; by default the one it was read from, where that is known.
        """
        from synth_ui.reports.code import script

        rows = lambda name: len(self.frame(name))  # noqa: E731
        name = candidate if candidate is not None else self._first_made()
        read_from = dict(self.read_from)
        file = read_from.pop("file", None) or read_from.pop("at", None)
        return script(
            self.candidates, name, table=self.table, split=self.split, rows=rows, source=source or file,
            reading=read_from if source is None else None, notebook=notebook,
        )  # fmt: skip

    def _first_made(self) -> str:
        """Return the chosen candidate, else the best one that a script can make again."""
        if self.choice is not None:
            return self.choice.candidate
        field_ = [name for name in self.leaderboard["candidate"] if self._can_be_scripted(str(name))]
        done = [str(name) for name in field_ if self.outcome.status(str(name)) == "done"]
        if not done:
            raise TableError("There is no script: no candidate that a generator made here is done.")
        return done[0]

    def _can_be_scripted(self, name: str) -> bool:
        if name.startswith(("file:", "control:")):
            return False
        row = self.candidates.set_index("candidate").loc[name]
        return TREATMENT not in json.loads(row["settings"] or "{}") and not Asked.from_json(str(row["asked"])).drawn

    def to_dict(self) -> dict[str, Any]:
        """Return version, table, notes, split, candidates, scores, evidence and verdicts, in plain values: None where there is no number.

        `verdict` is that of all families alike, `verdicts` holds one for every purpose, `choice` the one that stands, or None.
        """
        candidates = self.candidates.assign(settings=[json.loads(text) for text in self.candidates["settings"]])
        split = {"train": len(self.split.train), "holdout": len(self.split.holdout), "seed": self.split.seed}
        return {
            "version": VERSION,
            "table": _table_dict(self.table),
            "notes": list(self.notes),
            "split": split,
            "candidates": [self._with_ledger(record) for record in _records(candidates, _CANDIDATE_FIELDS)],
            "scores": _records(self.scores, SCORE_COLUMNS),
            "verdict": self.verdict.to_dict(),
            "choice": None if self.choice is None else self.choice.to_dict(),
            **self.outcome.to_dict(),
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

    def missing(self) -> tuple[str, ...]:
        """What is in memory is never missing."""
        return ()


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
        from synth_ui.jobs.races.results import detail_of

        return detail_of(self._ws, self._run_ids.get(candidate, ""), measure, name)

    def ledger(self, candidate: str) -> Ledger | None:
        from synth_ui.core.errors import ArtefactLost

        try:
            return self._ws.ledger(self._run_ids[candidate]) if candidate in self._run_ids else None
        except ArtefactLost:  # `missing` says so
            return None

    def missing(self) -> tuple[str, ...]:
        from synth_ui.jobs.races.results import missing_of

        return missing_of(self._ws, self._run_ids)


# --- read --------------------------------------------------------------------------------------------------------


@keywords(ColumnOptions, rows=Former("sample"), report=Former("progress"))
def read(
    source: str | Path | pd.DataFrame | DatabaseTable,
    *,
    sheet: str | None = None,
    sample: int | None = None,
    seed: int = 0,
    progress: Listener | None = None,
    **columns: Unpack[ColumnOptions],
) -> ReadResult:
    """Read a table and find out what its columns hold.

    Parameters
    ----------
    source
        A file (CSV, TSV, Parquet, Excel, ODS, JSON, also with .gz), a frame, or `DatabaseTable(address, table="people")`.
    sheet
        The sheet of a workbook; the first that holds a table by default.
    sample
        Take a seeded sample of this many rows; of a database it is drawn there.
    roles, kinds
        What columns are, where it was found wrongly: {"id": "group key"}, {"zip": "category"}.
    progress
        Called with a `synth_ui.core.context.Progress` as the reading goes on.

    Raises
    ------
    ReadError
        If it cannot be read; the message says what is wrong, where, and what to do.
    SettingError, TableError
        If there is no such column, role or kind, or the values cannot be what they are declared.

    Examples
    --------
    >>> from synth_ui import read
    >>> from synth_ui.tables.samples import load_sample
    >>> penguins = load_sample("penguins").table.frame
    >>> reading = read(penguins, sample=100, kinds={"year": "category"})
    >>> len(reading.table)
    100
    >>> reading.table.schema["year"].kind.value
    'category'
    """
    from synth_ui.tables.review import with_columns

    reading = read_source(source, sheet=sheet, rows=sample, seed=seed, context=_listening(progress))
    said = {entry.name: getattr(reading, entry.name) for entry in fields(Reading)}
    roles, kinds = columns["roles"], columns["kinds"]
    decided = {*(roles or {}), *(kinds or {})}
    said["warnings"] = tuple(warning for warning in reading.warnings if warning.column not in decided)
    return ReadResult(**{**said, "table": with_columns(reading.table, roles, kinds)})


def _listening(progress: Listener | None) -> Context:
    return Context() if progress is None else Context(on_progress=progress)


@dataclass(frozen=True)
class _HowRead:
    """How a source is read.

    Attributes
    ----------
    columns, declared
        What its columns are, and what is known of them without its rows.
    sample, seed
        A seeded sample of so many rows.
    files
        Synthetic files, which name the columns of a source without a header where they agree.
    home
        The workspace in which temporary copies lie.
    """

    columns: TableOptions
    declared: Sequence[Mapping[str, Any]] = ()
    sample: int | None = None
    seed: int = 0
    files: Sequence[str | Path] = ()
    home: Path | None = None
    progress: Listener | None = None


def _table(source: Source, how: _HowRead) -> tuple[Table, Reading | None]:
    """Read a source, or take a table as it is; take over roles and kinds, the target, and what is declared; say how it was read."""
    from synth_ui.tables.declare import declare
    from synth_ui.tables.review import with_columns

    reading = None
    if isinstance(source, Table):
        table = source
        if how.sample is not None and how.sample < len(table):
            chosen = Context(how.seed).rng("sample of rows").choice(len(table), how.sample, replace=False)
            table = table.rows(sorted(chosen))
    else:
        stratify = how.columns.get("target")
        options: dict[str, Any] = {
            "rows": how.sample, "seed": how.seed, "scratch": how.home, "stratify": stratify, "context": _listening(how.progress),
        }  # fmt: skip
        reading = read_source(source, **options)
        if how.files and not reading.headed:
            reading = read_source(source, names=_names_of_files(how.files, how.home), **options)
        table = reading.table
    table = with_columns(table, how.columns.get("roles"), how.columns.get("kinds"))
    target = how.columns.get("target")
    table = table if target is None else Table(table.frame, table.schema.with_target(target), table.name)
    return (declare(table, how.declared) if how.declared else table), reading


# --- generate ----------------------------------------------------------------------------------------------------


@keywords(GenerateOptions, report=Former("progress"))
def generate(
    source: Source,
    generator: str,
    *,
    settings: Mapping[str, Any] | None = None,
    preset: str | None = None,
    rows: int | None = None,
    seed: int = 0,
    progress: Listener | None = None,
    **options: Unpack[GenerateOptions],
) -> Generated:
    """Fit a generator on all rows of a table and draw new ones, in this process.

    Parameters
    ----------
    rows
        How many to draw; by default as many as the table has, or as many as `conditions` asks for.
    constraints
        Rules every row keeps: of `synth_ui.core.rules.constraint`, or formulas such as "hours * rate <= cap".
    where
        Conditions every row meets: {"income": ">50K", "age": {"min": 20, "max": 30}, "city": ["Bern", "Lyon"], "end": None}.
    conditions
        A table of conditions, a set per line (an empty cell is none); its column "rows" says how many rows of each.
    balance, polish
        A column of which every level gets equally many rows; whether to draw more rows and keep those that together match the
        two-way tables, guarded, see `synth_ui.jobs.runs.polish`.
    declared, roles, kinds, target
        Bounds and levels known without the rows, see `synth_ui.tables.declare.declare`; what columns are, see `read`; the one to predict.
    progress
        Called with a `synth_ui.core.context.Progress` as the work goes on.

    Raises
    ------
    ReadError, PluginError, SettingError, TableError
        If the table, the generator, a setting or a rule is not usable.
    DoesNotApply
        If the table is nothing for this generator, or a condition cannot be met, with the reason.

    Examples
    --------
    >>> from synth_ui import generate
    >>> from synth_ui.tables.samples import load_sample
    >>> penguins = load_sample("penguins").table
    >>> made = generate(penguins, "independent", rows=20, seed=1, where={"island": "Biscoe"})
    >>> made.frame["island"].unique().tolist()
    ['Biscoe']
    """
    from synth_ui.generators.catalogue import generator_of
    from synth_ui.jobs.runs.make import make, with_noise_key

    if rows is not None and rows < 1:
        raise SettingError(f"rows is {rows}; at least one is made.")
    recipe = generator_of(generator, settings, preset)
    asked = _asked(options)
    table, reading = _table(source, _HowRead(options, options["declared"], progress=progress))
    with _held_to_threads():
        context = with_noise_key(_context(seed, progress), recipe, default_home())
        made = make(recipe, table, rows or asked.rows() or len(table), context, asked=asked)
    notes, took = (*(reading.changed if reading else ()), *made.notes), (made.seconds_fit, made.seconds_sample)
    return Generated(table, made.frame, generator, recipe.settings(), seed, *took, notes, made.sampler, asked)


@dataclass(frozen=True, eq=False)
class Written:
    """Rows written to a file by one generator: what `Generated` says of them, without the rows."""

    path: Path
    rows: int
    table: Table
    generator: str
    seed: int
    seconds_fit: float
    seconds_sample: float
    notes: tuple[str, ...]
    ledger: Ledger | None


@keywords(GenerateOptions)
def generate_to(
    path: str | Path,
    source: Source,
    generator: str,
    *,
    settings: Mapping[str, Any] | None = None,
    preset: str | None = None,
    rows: int | None = None,
    seed: int = 0,
    progress: Listener | None = None,
    **options: Unpack[GenerateOptions],
) -> Written:
    """Do as `generate`, and write the rows to a Parquet file batch by batch, in memory that does not grow with their number.

    The same rows as `generate` gives for the same seed. Where rows belong to persons they are all drawn at once.

    Parameters
    ----------
    path
        Ends in .parquet. Nothing is left there if something goes wrong.

    Raises
    ------
    SettingError, ReadError, PluginError, TableError, DoesNotApply, StoreError
        As `generate`; if the path is none, or cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from synth_ui.api import generate_to
    >>> from synth_ui.tables.samples import load_sample
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = generate_to(Path(folder) / "more.parquet", load_sample("penguins").table, "independent", rows=1_000)
    ...     len(pd.read_parquet(made.path))
    1000
    """
    from synth_ui.generators.catalogue import generator_of
    from synth_ui.jobs.runs.make import make_to, with_noise_key

    path = Path(path)
    if path.suffix != ".parquet":
        raise SettingError(f"path is {path.name!r}; rows are written batch by batch to a file that ends in .parquet.")
    if rows is not None and rows < 1:
        raise SettingError(f"rows is {rows}; at least one is made.")
    recipe = generator_of(generator, settings, preset)
    asked = _asked(options)
    table, reading = _table(source, _HowRead(options, options["declared"], progress=progress))
    n = rows or asked.rows() or len(table)
    with _held_to_threads():
        context = with_noise_key(_context(seed, progress), recipe, default_home())
        sampler, notes, *took = make_to(path, recipe, table, n, context, asked)
    notes = (*(reading.changed if reading else ()), *notes)
    return Written(path, n, table, generator, seed, took[0], took[1], notes, sampler.ledger)


def _asked(options: GenerateOptions) -> Asked:
    """Return what is asked of the rows."""
    frame = options["conditions"]
    lines = () if frame is None else tuple(frame.astype(object).where(frame.notna(), None).to_dict("records"))
    return Asked(_rules(options["constraints"]), options["where"] or {}, lines, options["balance"], polish=options["polish"])


@keywords(TableOptions, report=Former("progress"))
def tune(
    source: Source,
    generator: str,
    *,
    seconds: float = 60.0,
    settings: Mapping[str, Any] | None = None,
    seed: int = 0,
    progress: Listener | None = None,
    **columns: Unpack[TableOptions],
) -> Tuned:
    """Look for better settings of a generator on a table, in this process; see `synth_ui.jobs.runs.tune`.

    Parameters
    ----------
    seconds
        The budget; the number of trials depends on the machine, their order and settings on the seed alone.
    settings
        Where to start; by default the defaults.
    target, roles, kinds
        The column to predict, without one usefulness is not judged; what columns are, where it was found wrongly; see `read`.
    progress
        Called with a `synth_ui.core.context.Progress` as the work goes on.

    Raises
    ------
    ReadError, PluginError, SettingError, TableError
        If the table, the generator, a setting or the budget is not usable.
    DoesNotApply
        If the generator has nothing to tune, or a formal guarantee that looking at the rows would void.

    Examples
    --------
    >>> from synth_ui import tune
    >>> from synth_ui.tables.samples import load_sample
    >>> penguins = load_sample("penguins", rows=60).table
    >>> tuned = tune(penguins, "noise", seconds=0.1, settings={"amount": 0.3})
    >>> tuned.trials[0].settings["amount"]
    0.3
    """
    from synth_ui.jobs.runs.tune import tune as search

    if seconds <= 0:
        raise SettingError(f"seconds is {seconds:g}; a search needs more than 0.")
    with _held_to_threads():
        table, _ = _table(source, _HowRead(columns, progress=progress))
        return search(generator, table, _context(seed, progress), seconds=seconds, settings=settings)


def _rules(constraints: Sequence[Constraint | str]) -> tuple[Constraint, ...]:
    return tuple(Expression(rule) if isinstance(rule, str) else rule for rule in constraints)


@keywords(report=Former("progress"))
def design(
    generator: str = "schema",
    *,
    settings: Mapping[str, Any] | None = None,
    rows: int = 1_000,
    seed: int = 0,
    progress: Listener | None = None,
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

    Examples
    --------
    >>> from synth_ui import design
    >>> world = design("simulate_equipment", rows=50, settings={"worlds": 1}, seed=1)
    >>> len(world.main)
    50
    """
    from synth_ui.generators.catalogue import generator_of
    from synth_ui.generators.from_nothing.source import MakesTables

    recipe = generator_of(generator, settings)
    if not isinstance(recipe, MakesTables):
        raise SettingError(f"{generator} makes no table of its own: it needs a real one to learn from. Use generate.")
    with _held_to_threads():
        return recipe.world(rows, _context(seed, progress))


@keywords(report=Former("progress"))
def stream(
    path: str | Path,
    *,
    settings: Mapping[str, Any],
    rows: int,
    seed: int = 0,
    progress: Listener | None = None,
) -> None:
    """Write rows of a declared schema to a Parquet file, block by block, in memory that does not grow with their number.

    Raises
    ------
    SettingError
        If the schema does not hold together, or the path does not end in .parquet.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> from synth_ui.api import stream
    >>> declaration = '{"columns": [{"name": "age", "kind": "integer", "low": 18, "high": 90}]}'
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     stream(Path(folder) / "people.parquet", settings={"declaration": declaration}, rows=1_000, seed=1)
    ...     len(pd.read_parquet(Path(folder) / "people.parquet"))
    1000
    """
    from synth_ui.generators.from_nothing.schema import DeclaredSchema
    from synth_ui.store.files.disk import write_whole

    path = Path(path)
    if path.suffix != ".parquet":
        raise SettingError(f"path is {path.name!r}; rows are streamed to a file that ends in .parquet.")
    recipe = DeclaredSchema.from_settings(settings)
    write_whole(path, lambda temporary: recipe.write(rows, temporary, _context(seed, progress)))


def _context(seed: int, progress: Listener | None) -> Context:
    from synth_ui.jobs.execution.machine import THREADS

    context = Context(seed=seed, threads=THREADS)
    return context if progress is None else replace(context, on_progress=progress)


@contextmanager
def _held_to_threads() -> Iterator[None]:
    """Use as many threads as a worker would: their number decides in which order floats are added up."""
    from threadpoolctl import threadpool_limits

    from synth_ui.jobs.execution.machine import THREADS

    with threadpool_limits(THREADS):
        yield


# --- split -------------------------------------------------------------------------------------------------------


@keywords(rows=Former("sample"))
def split(
    source: Source, *, target: str | None = None, seed: int = 0, train_share: float = 0.5, sample: int | None = None
) -> Split:
    """Cut a table into training rows and rows held back, as `race` does with the same arguments.

    A tool that is given the training rows alone cannot have seen the others, so that `score` can judge what it made.

    Parameters
    ----------
    target
        The column the halves are alike in.
    sample
        Cut a seeded sample of so many real rows.

    Returns
    -------
    Split
        `train` and `holdout`, canonical; `synth_ui.reports.download.to_csv` writes them in the form of the source.

    Raises
    ------
    ReadError, TableError
        If the table cannot be read, there is no such target, or a half would be empty.

    Examples
    --------
    >>> from synth_ui import split
    >>> from synth_ui.tables.samples import load_sample
    >>> halves = split(load_sample("penguins").table, target="species", train_share=0.6, sample=100)
    >>> len(halves.train), len(halves.holdout)
    (60, 40)
    """
    from synth_ui.tables.split import make_split

    table, _ = _table(source, _HowRead({"target": target}, sample=sample, seed=seed))
    return make_split(table, seed=seed, share=train_share)


# --- score -------------------------------------------------------------------------------------------------------


@keywords(
    TableOptions,
    report=Former(
        "progress", lambda report: lambda progress: report(progress.phase), "It is called with a Progress; its phase is the line."
    ),
)
def score(
    train: Source,
    holdout: Source,
    synthetic: Source | Sequence[Source] | Mapping[str, Source],
    *,
    card: str | Sequence[str] = "quick",
    seed: int = 0,
    progress: Listener | None = None,
    **columns: Unpack[TableOptions],
) -> Comparison:
    """Score synthetic tables made elsewhere against real train and holdout rows, the controls beside them, in this process.

    Parameters
    ----------
    synthetic
        One source, several, or several by name; a file is called `file:` and its name without endings.
    card
        "quick", "standard", or keys of measures.
    target, roles, kinds
        The column to predict, without one usefulness is not measured; what columns of train are, where it was found wrongly; see `read`.
        The other tables are read as train is.
    progress
        Called with a `synth_ui.core.context.Progress` for every table that is read and every measure of every candidate.

    Raises
    ------
    ReadError, TableError, SettingError
        If a table cannot be read or lacks a column, or there is no such card or measure.

    Examples
    --------
    >>> from synth_ui import generate, score, split
    >>> from synth_ui.tables.samples import load_sample
    >>> halves = split(load_sample("penguins").table, seed=1)
    >>> made = generate(halves.train, "independent", seed=1)
    >>> compared = score(halves.train, halves.holdout, {"mine": made.frame}, card=["margins"])
    >>> compared.candidates["candidate"].tolist()[0]
    'file:mine'
    """
    from synth_ui.comparison.outcome import Outcome
    from synth_ui.evaluation.calibrate import CALIBRATED, calibrate
    from synth_ui.evaluation.cards import card as measures_of
    from synth_ui.evaluation.cards import measure_facts
    from synth_ui.jobs.races.results import given_away_of
    from synth_ui.jobs.races.start import versions

    card_name = card if isinstance(card, str) else ",".join(card)
    asked = measures_of(card_name)
    sources, reading = _named(synthetic), _said_of_reading(progress)
    files = [source for source in (holdout, *sources.values()) if isinstance(source, str | Path)]
    split, notes, shared = _given_split(train, holdout, _HowRead(columns, seed=seed, files=files, progress=reading))
    read = {name: read_like(source, split.train, context=_listening(reading)) for name, source in sources.items()}
    given = {name: frame for name, (frame, _) in read.items()}
    scores, details = _scores_of(split, given, asked, _context(seed, None), progress)
    candidates = pd.DataFrame([_scored(name, seed, read[name][1] if name in read else ()) for name in [*given, *CONTROLS]])
    whole = Table(pd.concat([split.train.frame, split.holdout.frame], ignore_index=True), split.schema, split.train.name)
    artefacts, calibrated = _Artefacts(given, details), calibrate(scores_frame(scores))[list(CALIBRATED)]
    told = given_away_of(whole)
    compared = Outcome(calibrated, candidates, measure_facts(), detail=artefacts.detail, given_away=told, caution=shared)
    return Comparison(whole, split, compared, card_name, versions(), artefacts, notes=notes)


def _scores_of(
    split: Split, given: Mapping[str, pd.DataFrame], asked: Any, context: Context, progress: Listener | None
) -> tuple[list[Any], dict[tuple[str, str, str], pd.DataFrame]]:
    """Score the given tables, then the controls; return the scores, and the details by candidate, measure and name."""
    from synth_ui.evaluation.evaluate import evaluate, evaluate_control
    from synth_ui.measures.case import Shared

    shared, names = Shared(split), [*given, *CONTROLS]
    scores, details = [], {}
    with _held_to_threads():
        for place, name in enumerate(names):
            outcomes = (
                evaluate_control(split, name, asked, context, shared)
                if name in CONTROLS
                else evaluate(split, name, given[name], asked, context, shared)
            )
            for outcome in outcomes:
                if progress is not None:
                    progress(Progress(f"{name}: {outcome.measure}", place / len(names)))
                scores += outcome.scores
                details.update({(name, outcome.measure, what): frame for what, frame in outcome.details.items()})
    return scores, details


def _said_of_reading(progress: Listener | None) -> Listener | None:
    """Return what tells that it is a reading that goes on."""
    return None if progress is None else lambda said: progress(replace(said, phase=f"reading: {said.phase}"))


def _scored(name: str, seed: int, notes: Sequence[str]) -> dict[str, Any]:
    return {
        "candidate": name,
        "generator": "" if name in CONTROLS else "file",
        "settings": "{}",
        "asked": "{}",
        "notes": "\n".join(notes),
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
    from synth_ui.jobs.races.files import file_name, free_name

    if isinstance(synthetic, Mapping):
        return {name if name.startswith("file:") else f"file:{name}": source for name, source in synthetic.items()}
    sources = [synthetic] if isinstance(synthetic, str | Path | pd.DataFrame | Table | DatabaseTable) else list(synthetic)
    if not sources:
        raise ReadError("No synthetic table was given; name at least one.")
    taken: set[str] = set()
    return {free_name(file_name(s) if isinstance(s, str | Path) else "file:table", taken): s for s in sources}


def _given_split(train: Source, holdout: Source, how: _HowRead) -> tuple[Split, tuple[str, ...], str]:
    """Bring two given halves to one schema: train's, widened by what only the holdout has; say what was not kept of either, and what they share."""
    learned, reading = _table(train, how)
    try:
        seen, said = read_like(holdout, learned, typed=False, context=_listening(how.progress))
    except TableError as error:
        raise TableError(
            f"Training and unseen rows are not of one table. {error}".replace("synthetic table", "file of unseen rows")
        ) from error
    schema = Schema(tuple(_widened(column, seen[column.name]) for column in learned.schema))
    halves = [Table(cast(frame, schema)[0], schema, name) for frame, name in ((learned.frame, learned.name), (seen, "holdout"))]
    shared = check_shared(halves[0], halves[1])
    share = len(learned) / max(len(learned) + len(seen), 1)
    sentence = f"Training and unseen rows were given: {len(learned):,} and {len(seen):,} rows."
    notes = (
        *(f"train, {note}" for note in (reading.changed if reading else ())),
        *(f"holdout, {note}" for note in said),
    )
    return Split(halves[0], halves[1], how.seed, share, sentence), notes, shared


def _widened(column: Column, seen: pd.Series[Any]) -> Column:
    """Return the column with what only the holdout has: blanks, levels, ends, decimals."""
    nullable = column.nullable or bool(seen.isna().any())
    if column.kind in (Kind.CATEGORY, Kind.ORDINAL):
        levels = [str(level) for level in seen.cat.categories]
        return replace(column, nullable=nullable, levels=tuple(sorted(levels) if column.kind is Kind.CATEGORY else levels))
    if column.kind in (Kind.NUMBER, Kind.INTEGER) and seen.notna().any():
        low = min(float(seen.min()), math.inf if column.low is None else column.low)
        high = max(float(seen.max()), -math.inf if column.high is None else column.high)
        decimals, digits = precision(seen.dropna())
        known = column.kind is Kind.INTEGER or (column.decimals is not None and decimals is not None)
        return replace(
            column, nullable=nullable, low=low, high=high,
            decimals=max(column.decimals or 0, decimals or 0) if known else None,
            digits=max(column.digits, digits) if column.digits is not None and digits is not None else None,
        )  # fmt: skip
    return replace(column, nullable=nullable)


# --- race --------------------------------------------------------------------------------------------------------


def _of_runs(report: Callable[[pd.DataFrame], None]) -> Listener:
    """Return what tells a former `report` of a race the frame of its runs."""
    from synth_ui.jobs.forecast.estimate import RaceProgress

    return lambda said: report(said.runs) if isinstance(said, RaceProgress) else None


def _of_reading(reading: Listener) -> Listener:
    """Return what tells a former `reading` of a race how the reading goes on, and no more."""
    from synth_ui.jobs.forecast.estimate import RaceProgress

    return lambda said: None if isinstance(said, RaceProgress) else reading(said)


@keywords(
    RaceOptions,
    rows=Former("sample", hint="How many rows are made of each candidate is make=."),
    report=Former("progress", _of_runs, "It is called with a Progress; of a race that has begun its runs are the frame."),
    reading=Former("progress", _of_reading),
)
def race(
    source: Source,
    *,
    generators: Sequence[str | Request] | None = None,
    files: Sequence[str | Path] = (),
    seconds: float | None = None,
    seed: int = 0,
    card: str | Sequence[str] = "standard",
    progress: Listener | None = None,
    **options: Unpack[RaceOptions],
) -> Comparison:
    """Race generators on a table, in the workspace, and say which to trust: for a leaderboard first, then the rest of the card.

    Parameters
    ----------
    target, roles, kinds
        The column to predict, without one usefulness is not measured; what columns are, where it was found wrongly, see `read`.
    generators, files
        Keys, or requests with settings, by default one of each kind, within a budget all that learn; synthetic files made elsewhere.
    budget, seconds
        Wall clock, from the call. Within a budget (60, "3 min"; "until stopped": by ctrl-C) the race makes a leaderboard first, of a stated sample
        of the rows where all do not fit, then chooses what improves it; `seconds` races all, and ends with what is finished then.
    seeds, sample, make
        Candidates per generator, seeds counted up; race on a seeded sample of so many real rows; make so many of each.
    seed, train_share
        Of the split and of the candidates; train's share of the real rows.
    constraints, polish, declared
        Rules every row of a generated candidate keeps, unless its request has its own; whether to race also a polished candidate
        of each generator that can be; bounds and levels known without the rows; see `generate`.
    card
        "standard": every measure, those of the leaderboard first; "quick": only those; or keys of measures.
    home, progress
        The workspace's folder; called with a `Progress` while the table is read, and then with how the race stands, a
        `synth_ui.jobs.forecast.estimate.RaceProgress`, whose `runs` are a frame of all its runs.

    Raises
    ------
    ReadError, PluginError, SettingError, TableError, StoreError
        If the table, the target, a generator, a setting, a file or the workspace is not usable; nothing has been started then.

    Examples
    --------
    >>> from synth_ui import race
    >>> from synth_ui.tables.samples import load_sample
    >>> result = race(load_sample("penguins").table, target="species", generators=["independent"], card=["margins"], seed=1)
    >>> result.candidates.set_index("candidate")["status"]["independent"]
    'done'
    """
    started, limit = time.monotonic(), _limit(seconds, options["budget"], options["seeds"])
    requests = _requests(generators if generators is not None or not limit.chooses else _pool(), seed, options)
    _check(requests, card, seconds)
    ws = _opened(options["home"])
    with _racing(ws) as race_id:
        how = _HowRead(options, options["declared"], options["sample"], seed, files, ws.home, progress)
        table, split, split_id = _cut(ws, source, how, options["train_share"])
        asked = _with_more(requests, files, len(split.train) if options["polish"] else None)
        limit = replace(limit, spent=time.monotonic() - started)
        _start(ws, split_id, asked, limit, card=card, make=options["make"], name=table.name, race_id=race_id)
        _watch(ws, race_id, limit, progress)
        return stored(ws, race_id, table=table, split=split, read_from=_read_from(source, how))


@keywords(report=Former("progress", _of_runs, "It is called with a Progress; its runs are the frame."))
def resume(
    race_id: str,
    *,
    seconds: float | None = None,
    home: str | Path | None = None,
    progress: Listener | None = None,
) -> Comparison:
    """Go on with a race that was stopped: what was cancelled, failed or lost is started again, what was not asked yet is asked.

    Parameters
    ----------
    race_id
        Of a race in the workspace: `Comparison.race_id`.
    seconds
        Stop again after so long (wall clock, from the call).
    home, progress
        As in `race`.

    Raises
    ------
    StoreError
        If there is no such race.
    SettingError
        If `seconds` is not above 0.

    Examples
    --------
    >>> from synth_ui import race, resume
    >>> from synth_ui.tables.samples import load_sample
    >>> penguins = load_sample("penguins").table
    >>> stopped = race(penguins, target="species", generators=["independent"], card=["margins"], seed=2, seconds=0.01)
    >>> result = resume(stopped.race_id)
    >>> result.candidates.set_index("candidate")["status"]["independent"]
    'done'
    """
    from synth_ui.jobs.races.control import resume_race
    from synth_ui.store.workspace import Workspace

    started, ws = time.monotonic(), Workspace.open(home)
    _check((), "quick", seconds)
    ws.kept_race(race_id)
    with _racing(ws, race_id):
        resume_race(ws, race_id)
        _watch(ws, race_id, replace(_limit(seconds), spent=time.monotonic() - started), progress)
        return stored(ws, race_id)


def _cut(ws: Workspace, source: Source, how: _HowRead, share: float) -> tuple[Table, Split, str]:
    """Read a table, cut it with the same seed, and keep both; return them and the split's id."""
    from synth_ui.tables.split import make_split

    table, reading = _table(source, how)
    split = make_split(table, seed=how.seed, share=share)
    return table, split, ws.add_split(_keep(ws, table, reading, source), split)


def _keep(ws: Workspace, table: Table, reading: Reading | None, source: Source) -> str:
    """Keep a table with what was said on reading it; return its id."""
    assumed, warnings = ((), ()) if reading is None else (reading.assumed, reading.warnings)
    table_id = ws.add_table(table, source=_origin(source), assumed=assumed, warnings=warnings)
    if reading is not None and reading.whole is not None:
        ws.keep_whole(table_id, reading.whole.carried(reading.table.schema, table).to_dict())
    return table_id


@contextmanager
def _racing(ws: Workspace, race_id: str | None = None) -> Iterator[str]:
    """Give the id of a race to be run, with the heavy libraries being imported meanwhile; leave nothing of it running."""
    from synth_ui.core.run import new_id
    from synth_ui.jobs.execution import warm
    from synth_ui.jobs.races.control import cancel_race

    mine = not warm.present(ws) and warm.start(ws, ahead=False)  # it imports while the table is read
    race_id = race_id or new_id()
    try:
        yield race_id
    finally:
        cancel_race(ws, race_id)  # of an interrupted race; of one that has ended there is nothing left to cancel
        if mine:
            warm.stop(ws)


def _names_of_files(files: Sequence[str | Path], home: Path | None) -> tuple[str, ...]:
    from synth_ui.tables.together import agreed_names

    return agreed_names({str(path): read_source(path, scratch=home) for path in files})


def _pool() -> Sequence[str]:
    from synth_ui.jobs.budget.start import pool

    return pool()


def _limit(seconds: float | None, budget: float | str | None = None, seeds: int = 1) -> Limit:
    from synth_ui.jobs.budget.limit import Limit

    return Limit.of(budget, seconds, seeds)


def _opened(home: str | Path | None) -> Workspace:
    from synth_ui.store.workspace import Workspace

    return Workspace.open(home)


def _with_more(requests: list[Request], files: Sequence[str | Path], polished_on: int | None) -> list[Request]:
    """Return the requests with those of files, and with polished ones where so many training rows are to be polished on."""
    from synth_ui.jobs.races.request import Request, with_polished

    made = requests if polished_on is None else with_polished(requests, polished_on)
    return [*made, *(Request("file", path=str(path)) for path in files)]


def _start(ws: Workspace, split_id: str, asked: list[Request], limit: Limit, **options: Any) -> None:
    from synth_ui.jobs.budget.start import start_budget_race
    from synth_ui.jobs.races.start import start_race

    if limit.chooses:
        start_budget_race(ws, split_id, asked, limit, **options)
    else:
        start_race(ws, split_id, asked, seconds=limit.left, **options)


def _read_from(source: Source, how: _HowRead) -> dict[str, Any]:
    """Return the file a table was read from and how, for a script that reads it again."""
    if not isinstance(source, str | Path | DatabaseTable):
        return {}
    where = source.arguments if isinstance(source, DatabaseTable) else {"file": plain_address(str(source))}
    return {**where, **({} if how.sample is None else {"rows": how.sample, "seed": how.seed})}


def _recorded(origin: str) -> dict[str, Any]:
    """Return the file, or the table of a database, that a table was read from, by what was recorded of it."""
    return {"file": origin} if os.path.isfile(origin) else DatabaseTable.recorded(origin)


def _origin(source: Source) -> str:
    """Return where a table came from, for the record; nothing of a frame in memory."""
    return "" if isinstance(source, pd.DataFrame | Table) else plain_address(str(source))


def _requests(generators: Sequence[str | Request] | None, seed: int, options: RaceOptions) -> list[Request]:
    from synth_ui.generators.catalogue import known_generators
    from synth_ui.jobs.races.request import Request

    seeds, rules = options["seeds"], _rules(options["constraints"])
    if seeds < 1:
        raise SettingError(f"seeds is {seeds}; at least one is made.")
    named = generators if generators is not None else [key for key, plugin in known_generators().items() if plugin.starter]
    made = [Request(entry, seed=seed, seeds=seeds) if isinstance(entry, str) else entry for entry in named]
    return [request if request.constraints else replace(request, constraints=rules) for request in made]


def _check(requests: Sequence[Request], card: str | Sequence[str], seconds: float | None) -> None:
    """Refuse unknown generators, settings and measures, a race without time and an impossible environment, before anything is read or started."""
    from synth_ui.evaluation.cards import card as measures_of
    from synth_ui.generators.catalogue import generator_of
    from synth_ui.jobs.health import settings

    settings.check()
    if seconds is not None and seconds <= 0:
        raise SettingError(f"seconds is {seconds:g}; a race needs more than 0.")
    measures_of(card if isinstance(card, str) else ",".join(card))
    for request in requests:
        if request.generator != "file":
            generator_of(request.generator, request.settings)


def _watch(ws: Workspace, race_id: str, limit: Limit, progress: Listener | None) -> None:
    """Look after the race until all of it has ended, what it asks further included, or its time is up.

    When a budget is spent, which may be extended meanwhile, the schedule knows. A race that goes on until it is stopped is stopped by
    the first interrupt: what is there is scored and returned; the second ends it as any other.
    """
    endless = limit.chooses and limit.finite is None
    while True:
        try:
            return _watched(ws, race_id, limit, progress)
        except KeyboardInterrupt:
            if not endless:
                raise
            from synth_ui.jobs.budget.control import stop

            endless = False
            stop(ws, race_id)


def _watched(ws: Workspace, race_id: str, limit: Limit, progress: Listener | None) -> None:
    from synth_ui.jobs.execution.schedule import TIME_UP
    from synth_ui.jobs.races.control import cancel_race

    until = None if limit.chooses or limit.left is None else time.monotonic() + limit.left
    while True:
        if not _looked_after(ws, race_id, progress):
            return
        if until is not None and time.monotonic() >= until:
            cancel_race(ws, race_id, TIME_UP)
            return
        left = POLL_SECONDS if until is None else min(POLL_SECONDS, max(until - time.monotonic(), 0.0))
        time.sleep(left)


def _looked_after(ws: Workspace, race_id: str, progress: Listener | None) -> bool:
    """Look after a race once, and tell how it stands; False once all of it has ended.

    A database that another process holds for long, or that has just been lost and is rebuilt at the next look, ends nothing.
    """
    from synth_ui.jobs.execution.schedule import advance
    from synth_ui.jobs.forecast.estimate import RaceProgress
    from synth_ui.jobs.races.progress import standing
    from synth_ui.store.database import DatabaseBusy, DatabaseDamaged

    try:
        advance(ws)
        active = standing(ws, race_id).active  # asked before it is told, so that the last one shows the end
        if progress is not None:
            progress(RaceProgress.of(ws, race_id))
    except (DatabaseBusy, DatabaseDamaged):
        return True
    return bool(active)


def stored(
    ws: Workspace,
    race_id: str,
    *,
    table: Table | None = None,
    split: Split | None = None,
    read_from: Mapping[str, Any] | None = None,
) -> Comparison:
    """Return a race of the workspace as it stands; `read_from` as in `Comparison`, by default the file the table was read from."""
    from synth_ui.jobs.races import results
    from synth_ui.store.workspace import split_id_of

    raced = ws.race(race_id)
    outcome, listed = results.outcome(ws, race_id), ws.table_row(raced.table_id)
    assert outcome.candidates is not None
    run_ids = dict(zip(outcome.candidates["candidate"], outcome.candidates["run_id"], strict=True))
    return Comparison(
        table if table is not None else ws.table(raced.table_id),
        split if split is not None and split_id_of(split) == raced.split_id else ws.split(raced.split_id),
        outcome,
        raced.card,
        raced.versions,
        _StoredArtefacts(ws, run_ids),
        race_id,
        tuple(listed["changed"]),
        ws.choice(race_id),
        read_from or _recorded(listed["source"]),
    )


# --- choose ------------------------------------------------------------------------------------------------------


def choose(
    race_id: str,
    candidate: str,
    *,
    purpose: Mapping[str, float] | str | None = None,
    requirements: Sequence[Requirement | str] = (),
    note: str = "",
    home: str | Path | None = None,
) -> Choice:
    """Record which candidate of a race is chosen, with what is said for and against it and the others at this moment.

    Parameters
    ----------
    candidate
        Its name in `Comparison.candidates`, such as "cart".
    purpose
        What the rows are for: the key of a purpose, or own weights per family.
    requirements
        What it must keep to: "skill=0.95", "leak", "rules", "seconds=60"; whether it does is recorded, see
        `synth_ui.comparison.choice.requirements`.
    note
        Own words, up to 2,000 characters.
    home
        The workspace's folder, as in `race`.

    Raises
    ------
    StoreError
        If there is no such race.
    SettingError, TableError
        If the purpose, a requirement or the candidate cannot be.

    Examples
    --------
    >>> from synth_ui import choose, race
    >>> from synth_ui.tables.samples import load_sample
    >>> result = race(load_sample("penguins").table, generators=["independent"], card=["margins"])
    >>> choose(result.race_id, "independent", note="Good enough for a demo.").candidate
    'independent'
    """
    from synth_ui.comparison.choice.requirements import requirement_of
    from synth_ui.jobs import choices
    from synth_ui.store.workspace import Workspace

    asked = [requirement_of(one) if isinstance(one, str) else one for one in requirements]
    return choices.choose(Workspace.open(home), race_id, candidate, weights=purpose, requirements=asked, note=note)


def unchoose(race_id: str, *, home: str | Path | None = None) -> Choice | None:
    """Take back the choice that stands for a race and return it; None where none stands. The one before it stands again.

    Raises
    ------
    StoreError
        If there is no such race.

    Examples
    --------
    >>> from synth_ui import choose, race, unchoose
    >>> from synth_ui.tables.samples import load_sample
    >>> result = race(load_sample("penguins").table, generators=["independent"], card=["margins"])
    >>> choose(result.race_id, "independent").candidate
    'independent'
    >>> unchoose(result.race_id).candidate
    'independent'
    >>> unchoose(result.race_id) is None
    True
    """
    from synth_ui.jobs import choices
    from synth_ui.store.workspace import Workspace

    return choices.undo(Workspace.open(home), race_id)


# --- races and versions beside each other -----------------------------------------------------------------------


def compare(race_ids: Sequence[str], *, home: str | Path | None = None) -> Comparison:
    """Return the candidates of several races on the same scales, where the races cut the same table in the same way.

    Candidates of the second race are called "cart@2" and so on, see `synth_ui.jobs.races.together`.

    Raises
    ------
    SettingError
        If fewer than two races are named, or their cuts differ: it says in what.
    StoreError
        If there is no such race.

    Examples
    --------
    >>> from synth_ui import compare, race
    >>> from synth_ui.tables.samples import load_sample
    >>> penguins = load_sample("penguins").table
    >>> first, second = (race(penguins, generators=[key], card=["margins"]).race_id for key in ("independent", "bootstrap"))
    >>> sorted(name for name in compare([first, second]).candidates["candidate"] if not name.startswith("control:"))
    ['bootstrap@2', 'independent']
    """
    from synth_ui.jobs.races.together import together
    from synth_ui.store.workspace import Workspace

    ws = Workspace.open(home)
    outcome, raced = together(ws, race_ids), ws.race(race_ids[0])
    run_ids = dict(zip(outcome.candidates["candidate"], outcome.candidates["run_id"], strict=True))  # type: ignore[index]
    table, cut = ws.table(raced.table_id), ws.split(raced.split_id)
    return Comparison(table, cut, outcome, raced.card, raced.versions, _StoredArtefacts(ws, run_ids))


def retarget(race_id: str, target: str | None, *, home: str | Path | None = None, progress: Listener | None = None) -> Comparison:
    """Start a race with another target from the candidates of a finished one, wait for it and return it; no generator is fitted.

    What depends on the target is scored, see `synth_ui.jobs.races.retarget`.

    Raises
    ------
    StoreError
        If there is no such race, it still runs, or nothing of it is done.
    SettingError, TableError
        If the column cannot be the target of these candidates.

    Examples
    --------
    >>> from synth_ui import race, retarget
    >>> from synth_ui.tables.samples import load_sample
    >>> first = race(load_sample("penguins").table, generators=["independent"], card=["margins"])
    >>> retarget(first.race_id, "island").table.schema.target.name
    'island'
    """
    from synth_ui.jobs.races.retarget import with_target
    from synth_ui.store.workspace import Workspace

    ws = Workspace.open(home)
    new = with_target(ws, race_id, target)
    with _racing(ws, new):
        _watch(ws, new, _limit(None), progress)
        return stored(ws, new)


def changed(before: Source, now: Source) -> Changes:
    """Say what changed between two versions of a table: rows, columns, kinds, levels, ranges, and how far each column has moved.

    Raises
    ------
    ReadError, TableError
        If one of them cannot be read.

    Examples
    --------
    >>> from synth_ui import changed
    >>> from synth_ui.tables.samples import load_sample
    >>> penguins = load_sample("penguins").table
    >>> changed(penguins, penguins).moved
    []
    """
    from synth_ui.evaluation.changes import changes

    return changes(_table(before, _HowRead({}))[0], _table(now, _HowRead({}))[0])


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
