"""The command line: `synth-ui read | generators | measures | generate | design | tune | split | score | race | resume | choose | history | ready | serve`.

Results go to stdout, progress to stderr as one updating line. Exit code 0, 2 with one clear line for bad input, or 3 where
a race or a search came to nothing: no candidate, or no trial, has a score.
Everything but argparse is imported by the command that needs it, so that `serve` starts as fast as the dashboard allows.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

from synth_ui import __version__
from synth_ui.choose_cli import add_parser as add_choose
from synth_ui.choose_cli import add_purpose, purpose_of
from synth_ui.core.errors import printable, without_password
from synth_ui.design_cli import add_parser as add_design
from synth_ui.history_cli import add_parser as add_history
from synth_ui.keywords import FormerOption
from synth_ui.source_cli import add_out, add_source, new_table, source_of
from synth_ui.split_cli import add_parser as add_split
from synth_ui.system import logs
from synth_ui.system_cli import add_parser as add_ready
from synth_ui.written_cli import CARD_ENDINGS, add_outputs, check_outputs, check_overwriting, write_outputs

if TYPE_CHECKING:
    import pandas as pd

    from synth_ui.api import Comparison, Generated, Written
    from synth_ui.core.budget import Ledger
    from synth_ui.core.context import Progress
    from synth_ui.core.rules.constraint import Constraint
    from synth_ui.core.table import Table
    from synth_ui.jobs.runs.tune import SettingsTrial
    from synth_ui.keywords import ColumnOptions, RaceOptions

BAD_INPUT, NOTHING_COMPARED, INTERRUPTED = 2, 3, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    options = _parser().parse_args(arguments)
    from synth_ui.jobs.execution.machine import thread_environment

    for name, value in thread_environment().items():
        os.environ.setdefault(name, value)  # before numpy: as many threads as a worker would have
    logs.set_up("command")
    _read_ahead(getattr(options, "file", None))
    try:
        check_overwriting(options)
        code = int(options.command(options))
        _tell_recovered()
        sys.stdout.flush()  # here, where a reader that has gone away is known to be no error
        return code
    except KeyboardInterrupt:
        _say("Stopped; what was finished is kept.")
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        from synth_ui.core.errors import DoesNotApply, SynthError

        if not isinstance(error, SynthError):
            raise
        said = without_password(" ".join(str(error).split()))
        _say(
            f"synth-ui: does not apply to this table, because {said}" if isinstance(error, DoesNotApply) else f"synth-ui: {said}"
        )
        return BAD_INPUT


def _read_ahead(file: str | None) -> None:
    """Start the process that will read a large or packed file, or a database: it imports what it needs while this one does."""
    from synth_ui.tables import bounded
    from synth_ui.tables.databases.address import is_database

    if file is not None and (is_database(file) or not bounded.is_small(file)):
        bounded.prepare()


# --- what can be asked -------------------------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say in one line what is wrong."""
        self.exit(BAD_INPUT, f"{self.prog}: {without_password(message.rstrip('.'))}. See {self.prog} --help.\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="synth-ui", description="Which synthetic data can I use, and can I trust it?")
    parser.add_argument("--version", action="version", version=f"synth-ui {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND", parser_class=_Parser)
    _add_read(commands)
    _add_lists(commands)
    _add_generate(commands)
    add_design(commands, _positive, _design)
    _add_tune(commands)
    add_split(commands, _positive, _share)
    _add_score(commands)
    _add_race(commands)
    _add_resume(commands)
    add_choose(commands, _add_json, _write_json)
    add_history(commands, _add_json, _write_json)
    add_ready(commands, _add_json, _write_json)
    serve = commands.add_parser("serve", help="start the dashboard")
    serve.add_argument("--port", type=_port, default=8501, help="default: %(default)s")
    serve.set_defaults(command=_serve)
    return parser


def _add_read(commands: Any) -> None:
    parser = commands.add_parser("read", help="say what was read: rows, columns, kinds, roles, warnings")
    add_source(parser)
    parser.add_argument("--sheet", help="of a workbook")
    parser.add_argument(
        "--sample", type=_positive, metavar="N", help="a seeded sample of N rows; of a database it is drawn there"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the sample; default: %(default)s")
    _add_columns(parser)
    _add_json(parser)
    parser.set_defaults(command=_read)


def _add_lists(commands: Any) -> None:
    for name, what in (("generators", _generators), ("measures", _measures)):
        parser = commands.add_parser(name, help=f"list the {name} with their settings")
        _add_json(parser)
        parser.set_defaults(command=what)


def _add_generate(commands: Any) -> None:
    parser = commands.add_parser("generate", help="make a synthetic table with one generator")
    add_source(parser)
    parser.add_argument("--generator", required=True, metavar="KEY", help="see synth-ui generators")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", dest="settings", help="a setting; repeat it")
    parser.add_argument("--preset", help="named settings to start from")
    parser.add_argument("--rows", type=_positive, metavar="N", help="how many to make; default: as many as FILE has")
    parser.add_argument("--target", metavar="COLUMN")
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    _add_columns(parser)
    _add_rules(parser)
    _add_declared(parser)
    parser.add_argument(
        "--where", action="append", default=[], metavar="COND",
        help="a condition every row meets: COLUMN=VALUE, COLUMN=LOW..HIGH, COLUMN= for a blank, or JSON; repeat it",
    )  # fmt: skip
    parser.add_argument(
        "--where-table", metavar="FILE", help="a table of conditions, one set per line; its column rows says how many of each"
    )
    parser.add_argument("--balance", metavar="COLUMN", help="equally many rows of every level of COLUMN")
    parser.add_argument(
        "--polish", action="store_true", help="draw more rows and keep those that together match the two-way tables, guarded"
    )
    add_out(parser)
    parser.set_defaults(command=_generate)


def _add_tune(commands: Any) -> None:
    parser = commands.add_parser("tune", help="look for better settings of a generator within a time budget")
    add_source(parser)
    parser.add_argument("--generator", required=True, metavar="KEY", help="see synth-ui generators")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", dest="settings", help="where to start; repeat it"
    )
    parser.add_argument("--target", metavar="COLUMN", help="without one usefulness is not judged")
    parser.add_argument("--seconds", type=_positive_number, default=60.0, help="default: %(default)g")
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    _add_columns(parser)
    _add_json(parser)
    parser.set_defaults(command=_tune)


def _add_columns(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--role", action="append", default=[], metavar="COLUMN=ROLE", dest="roles",
        help="what a column is for: feature, target, sensitive, group key, personal or ignored; repeat it",
    )  # fmt: skip
    parser.add_argument(
        "--kind", action="append", default=[], metavar="COLUMN=KIND", dest="kinds",
        help="what a column holds: number, integer, category, ordinal, boolean, datetime, text or identifier; for numbers with words among "
        "them 'words as blanks' or 'words as levels'; repeat it",
    )  # fmt: skip


def _columns(options: argparse.Namespace) -> ColumnOptions:
    """Return the roles and kinds of the command line, as the functions of `synth_ui.api` take them."""
    from synth_ui.tables.declare import written_pairs

    return {"roles": written_pairs(options.roles, "role"), "kinds": written_pairs(options.kinds, "kind")}


def _add_rules(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--constraint", action="append", default=[], metavar="RULE",
        help="a rule every row keeps: a formula such as 'hours * rate <= cap', or JSON; repeat it",
    )  # fmt: skip
    parser.add_argument("--constraints", metavar="FILE.json", help="a list of rules, formulas or JSON")


def _add_declared(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--bound", action="append", default=[], metavar="COLUMN=LOW..HIGH", dest="bounds",
        help="for formal privacy: the range of a number or date, known before looking at the rows; repeat it",
    )  # fmt: skip
    parser.add_argument(
        "--levels", action="append", default=[], metavar="'COLUMN=A; B'",
        help="for formal privacy: every level a column can have, known before looking at the rows; repeat it",
    )  # fmt: skip
    parser.add_argument(
        "--known", action="append", default=[], metavar="COLUMN",
        help="for formal privacy: what was read of COLUMN (kind, bounds, levels, blanks) was known before; repeat it",
    )  # fmt: skip


def _declared(options: argparse.Namespace) -> list[dict[str, Any]]:
    from synth_ui.tables.declare import written_declaration

    return written_declaration(options.bounds, options.levels, options.known)


def _add_score(commands: Any) -> None:
    parser = commands.add_parser("score", help="score synthetic files against real training rows and real unseen rows")
    parser.add_argument("--train", required=True, metavar="A", help="the real rows the synthetic ones were made from")
    parser.add_argument("--holdout", required=True, metavar="B", help="real rows no generator saw")
    parser.add_argument("--synthetic", required=True, action="append", metavar="C", help="repeat it for more")
    parser.add_argument("--target", metavar="COLUMN", help="without one usefulness is not measured")
    _add_card(parser, "quick", "quick or standard: what is measured; default: %(default)s")
    parser.add_argument("--measures", metavar="A,B", help="keys, instead of a card; see synth-ui measures")
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    _add_columns(parser)
    _add_json(parser)
    _add_written(parser, made_here=False)
    parser.set_defaults(command=_score)


def _add_race(commands: Any) -> None:
    parser = commands.add_parser("race", help="race generators on a table and say which to trust")
    add_source(parser)
    parser.add_argument("--target", metavar="COLUMN", help="the column to predict; or --no-target")
    parser.add_argument("--no-target", action="store_true", help="there is nothing to predict: usefulness is not measured")
    parser.add_argument("--generators", metavar="A,B,C", help="keys; default: one of each kind that needs seconds")
    parser.add_argument(
        "--synthetic", action="append", default=[], metavar="FILE", help="a file made elsewhere takes part; repeat it"
    )
    limit = parser.add_mutually_exclusive_group()
    limit.add_argument(
        "--budget", type=_budget, metavar="TIME",
        help="choose within so long (60, 3min, until-stopped: by ctrl-C) which generators are worth being made of all training rows; without "
        "--generators all that learn from rows are tried",
    )  # fmt: skip
    limit.add_argument(
        "--seconds", type=_positive_number, help="race all that is named, and end after so long with what is finished"
    )
    parser.add_argument("--seeds", type=_positive, default=1, help="candidates per generator; default: %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    parser.add_argument("--train-share", type=_share, default=0.5, help="train's share of the real rows; default: %(default)s")
    parser.add_argument("--sample", type=_positive, metavar="N", help="race on a seeded sample of N real rows")
    parser.add_argument("--rows", type=_positive, dest="sample", action=FormerOption, help=argparse.SUPPRESS)
    parser.add_argument("--make", type=_positive, metavar="M", help="rows of each candidate; default: as many as train")
    _add_card(
        parser, "standard", "standard: a leaderboard first, then every measure; quick: only the former; default: %(default)s"
    )  # fmt: skip
    _add_columns(parser)
    _add_rules(parser)
    _add_declared(parser)
    parser.add_argument(
        "--polish", action="store_true", help="also race a polished candidate of each generator: rows chosen to match the two-way tables, guarded"
    )  # fmt: skip
    _add_json(parser)
    _add_written(parser)
    parser.set_defaults(command=_race)


def _add_resume(commands: Any) -> None:
    parser = commands.add_parser("resume", help="go on with a race that was stopped")
    parser.add_argument("race", metavar="RACE_ID", help="as `synth-ui race` said it when it was stopped")
    _add_card(parser, None)
    parser.add_argument("--seconds", type=_positive_number, help="stop again after so long")
    _add_json(parser)
    _add_written(parser)
    parser.set_defaults(command=_resume)


_CARD_ENDINGS = f"{', '.join(CARD_ENDINGS[:-1])} or {CARD_ENDINGS[-1]}"


class _Card(argparse.Action):
    """`--card quick` says what is measured, `--card card.html` where the decision card goes; both may be given."""

    def __call__(self, parser: argparse.ArgumentParser, options: argparse.Namespace, value: Any, flag: str | None = None) -> None:
        """Take the value as a path where it ends as one."""
        if Path(value).suffix in CARD_ENDINGS:
            options.decision_card = value
        elif self.default is None:
            parser.error(f"{flag} {value!r} does not end in {_CARD_ENDINGS}")
        elif Path(value).suffix:  # no key of a card or a measure has a dot
            parser.error(
                f"{flag} {value!r} is no card of measures, and as the decision's file it does not end in {_CARD_ENDINGS}"
            )
        else:
            options.card = value


def _add_card(parser: argparse.ArgumentParser, measured: str | None, help: str = "") -> None:
    said = "PATH.html, .json or .png: write the decision on one page"
    parser.add_argument("--card", action=_Card, default=measured, metavar="CARD", help="; and ".join(filter(None, [help, said])))
    parser.set_defaults(decision_card=None)


def _add_written(parser: argparse.ArgumentParser, *, made_here: bool = True) -> None:
    add_outputs(parser, made_here=made_here)
    add_purpose(parser)


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", nargs="?", const="-", metavar="PATH", help="as JSON, to PATH or to stdout")


def _positive(text: str) -> int:
    number = int(text) if text.strip().isascii() and text.strip().isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 up, written in digits")
    return number


def _port(text: str) -> int:
    number = int(text)
    if not 0 < number < 65_536:
        raise argparse.ArgumentTypeError(f"{text} is no port; allowed are 1 to 65535")
    return number


def _positive_number(text: str) -> float:
    number = float(text)
    if not number > 0:
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return number


def _budget(text: str) -> float:
    from synth_ui.core.errors import SettingError
    from synth_ui.jobs.budget.limit import budget_seconds

    try:
        return budget_seconds(text)
    except SettingError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _share(text: str) -> float:
    number = float(text)
    if not 0 < number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number between 0 and 1")
    return number


# --- the commands ------------------------------------------------------------------------------------------------


def _read(options: argparse.Namespace) -> int:
    from synth_ui.api import read

    with _Line() as line:
        reading = read(
            source_of(options), sheet=options.sheet, sample=options.sample, seed=options.seed, progress=_after_a_second(line),
            **_columns(options),
        )  # fmt: skip
        line.clear()
    if options.json:
        _write_json(reading.to_dict(), options.json)
        return 0
    print(f"{reading.table.name}: {len(reading.table):,} rows, {len(reading.table.schema):,} columns\n")
    _print_table(["column", "kind", "role", "why"], [(c.name, c.kind.value, c.role.value, c.why) for c in reading.table.schema])
    _print_list("Assumed", reading.assumed)
    _print_list("Warnings", map(str, reading.warnings))
    return 0


def _generators(options: argparse.Namespace) -> int:
    from synth_ui.generators.catalogue import known_generators

    return _list_plugins(known_generators(), options)


def _measures(options: argparse.Namespace) -> int:
    from synth_ui.evaluation.cards import known_measures

    return _list_plugins(known_measures(), options)


def _list_plugins(plugins: Mapping[str, Any], options: argparse.Namespace) -> int:
    if options.json:
        _write_json([_plugin_dict(plugin) for plugin in plugins.values()], options.json)
        return 0
    for plugin in plugins.values():
        print(f"{plugin.key}  ({plugin.family})\n  {plugin.title}. {plugin.summary}")
        settings = plugin.settings_spec().values()
        _print_table(None, [(f"    {s.name}={s.default}", s.allowed(), s.help) for s in settings])
        print()
    return 0


def _plugin_dict(plugin: Any) -> dict[str, Any]:
    settings = [
        {
            "name": s.name,
            "kind": s.kind.value,
            "default": s.default,
            "low": s.low,
            "high": s.high,
            "options": list(s.options),
            "help": s.help,
        }
        for s in plugin.settings_spec().values()
    ]
    return {"key": plugin.key, "title": plugin.title, "family": plugin.family, "summary": plugin.summary, "settings": settings}


def _generate(options: argparse.Namespace) -> int:
    from synth_ui.api import Generated, Written, generate, generate_to
    from synth_ui.core.rules.condition import written_where

    writer = _table_writer(options)
    rules, where, conditions = _rules(options), written_where(options.where), _conditions(options.where_table)
    declared, columns = _declared(options), _columns(options)
    with _Line() as line:
        asked: dict[str, Any] = {
            "settings": _settings(options.settings),
            "preset": options.preset,
            "rows": options.rows,
            "seed": options.seed,
            "target": options.target,
            "constraints": rules,
            "where": where,
            "conditions": conditions,
            "balance": options.balance,
            "polish": options.polish,
            "declared": declared,
            **columns,
            "progress": line.progress,
        }
        made: Generated | Written
        if _streamed(options):
            made = generate_to(options.out, source_of(options), options.generator, **asked)
        else:
            made = generate(source_of(options), options.generator, **asked)
    _say_made(line, made, made.rows if isinstance(made, Written) else len(made.frame))
    if isinstance(made, Generated):
        writer(made.frame, made.table)
    return 0


def _streamed(options: argparse.Namespace) -> bool:
    """Whether the rows are so many that they are written batch by batch, where the format allows it."""
    from synth_ui.generators.sampling.batches import BATCH

    return (options.rows or 0) > BATCH and Path(options.out or "").suffix == ".parquet"


def _say_made(line: _Line, made: Generated | Written, rows: int) -> None:
    """Say how rows were made, what is to be known of them, and what a privacy budget paid for."""
    line.close(f"{rows:,} rows by {made.generator}: learned in {made.seconds_fit:.1f} s, drawn in {made.seconds_sample:.1f} s.")
    for note in made.notes:
        of_a_column = note.partition(": ")[0] in made.table.schema.names
        _say(f"{note if of_a_column else note[:1].upper() + note[1:]}.")
    for text in () if made.ledger is None else _ledger_lines(made.ledger):
        _say(text)


def _tune(options: argparse.Namespace) -> int:
    from synth_ui.api import tune

    with _Line() as line:
        tuned = tune(
            source_of(options), options.generator, seconds=options.seconds, settings=_settings(options.settings), seed=options.seed,
            target=options.target, **_columns(options), progress=line.progress,
        )  # fmt: skip
    trials = tuned.frame()
    line.close(f"{len(trials)} trials of {options.generator}, {int(trials['score'].notna().sum())} with a score.")
    if options.json:
        _write_json({"trials": [_plain(trial) for trial in tuned.trials], "best": _plain(tuned.best)}, options.json)
        return 0 if tuned.best is not None else NOTHING_COMPARED
    numbers = trials[["score", "fidelity", "utility", "privacy"]].to_numpy()
    rows = [[str(place + 1), *(_number(value, 3) for value in row)] for place, row in enumerate(numbers)]
    _print_table(["trial", "score", "likeness", "usefulness", "leaks little"], rows)
    if tuned.best is not None:
        print(f"best: trial {tuned.best.trial + 1}", *(f"--set {name}={value}" for name, value in tuned.best.settings.items()))
    return 0 if tuned.best is not None else NOTHING_COMPARED


def _plain(trial: SettingsTrial | None) -> dict[str, Any] | None:
    return None if trial is None else asdict(trial)


def _rules(options: argparse.Namespace) -> list[Constraint]:
    """Return the rules of the command line and of the file it names."""
    from synth_ui.core.errors import ReadError
    from synth_ui.core.formats.json_texts import read_json
    from synth_ui.core.rules.constraint import read_constraint, read_constraints

    rules = [read_constraint(text) for text in options.constraint]
    if options.constraints:
        try:
            written = read_json(Path(options.constraints).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ReadError(f"The rules of {options.constraints} could not be read: {error}") from error
        rules += read_constraints(written)
    return rules


def _conditions(file: str | None) -> pd.DataFrame | None:
    """Read a table of conditions as it stands: every cell a text, an empty one is no condition."""
    import pandas as pd

    from synth_ui.core.errors import ReadError

    if file is None:
        return None
    try:
        table = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise ReadError(f"The conditions of {file} could not be read as CSV: {error}") from error
    if (table == "").all(axis=None):
        raise ReadError(
            f"{file} holds no condition: nothing was asked. Give a value, or a range such as 20..30, in at least one cell."
        )
    return table


def _design(options: argparse.Namespace) -> int:
    from synth_ui import design_cli
    from synth_ui.api import design, stream

    text = design_cli.printed(options)
    if text is not None:
        print(text)
        return 0
    settings = design_cli.declared(options, _settings(options.settings))
    writer = _table_writer(options)
    with _Line() as line:
        asked: dict[str, Any] = {
            "settings": settings,
            "rows": options.rows,
            "seed": options.seed,
            "progress": line.progress,
        }
        if design_cli.streamed(options):
            stream(options.out, **asked)
            line.close(f"{options.rows:,} rows written to {options.out}.")
            return 0
        world = design(options.generator, **asked)
    line.close(f"{len(world.main):,} rows by {options.generator}. {' '.join(world.notes)}".rstrip())
    if options.tables:
        _say(f"Wrote {', '.join(design_cli.write_tables(world, Path(options.tables)))} to {options.tables}.")
    if options.out or not options.tables:
        writer(world.main.frame, world.main)
    return 0


def _settings(pairs: Iterable[str]) -> dict[str, str]:
    from synth_ui.core.errors import SettingError

    settings = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise SettingError(f"--set {pair!r} is not NAME=VALUE; write for example --set min_leaf=20.")
        settings[name.strip()] = value.strip()
    return settings


def _table_writer(options: argparse.Namespace) -> Callable[[pd.DataFrame, Table], None]:
    """Return what writes the rows, decided by the ending before any work is done."""
    from synth_ui.core.errors import SettingError

    out, new = options.out, new_table(options)
    if new is not None:
        from synth_ui.tables.databases.write import write_table

        return lambda frame, table: _say(write_table(frame, table.schema, new))
    if out is None:
        return _print_csv
    path = Path(out)
    ending = "".join(path.suffixes[-2:]) if path.suffix == ".gz" else path.suffix
    if ending not in (".csv", ".csv.gz", ".parquet", ".xlsx"):
        raise SettingError(f"--out {out!r} ends in {ending or 'nothing'}; allowed are .csv, .csv.gz, .parquet and .xlsx.")
    _check_folder(path)
    return lambda frame, table: _write_table(path, ending, frame, table)


def _check_folder(path: Path) -> None:
    from synth_ui.core.errors import SettingError

    if not path.resolve().parent.is_dir():
        raise SettingError(f"{path} cannot be written: there is no folder {path.parent}.")
    if path.is_dir():
        raise SettingError(
            f"{path} cannot be written: it is a folder. Name a file in it, such as {path / 'result'}{path.suffix}."
        )


def _print_csv(frame: pd.DataFrame, table: Table) -> None:
    from synth_ui.reports.download import to_csv

    sys.stdout.write(to_csv(frame, table.schema).decode("utf-8"))


def _write_table(path: Path, ending: str, frame: pd.DataFrame, table: Table) -> None:
    import gzip

    from synth_ui.reports.download import to_csv, to_excel, to_parquet
    from synth_ui.store.files.disk import write_whole

    if ending == ".parquet":
        content = to_parquet(frame, table.schema)
    elif ending == ".xlsx":
        content = to_excel(frame, table.schema)
    else:
        content = to_csv(frame, table.schema)
        content = gzip.compress(content, mtime=0) if ending == ".csv.gz" else content
    write_whole(path, lambda temporary: temporary.write_bytes(content))


def _score(options: argparse.Namespace) -> int:
    from synth_ui.api import score

    _check_outputs(options)
    with _Line() as line:
        result = score(
            options.train,
            options.holdout,
            options.synthetic,
            target=options.target,
            card=_keys(options.measures) if options.measures else options.card,
            seed=options.seed,
            **_columns(options),
            progress=lambda progress: line.show(progress.phase),
        )
    line.close(
        f"{len(options.synthetic)} scored against {len(result.split.train):,} and {len(result.split.holdout):,} real rows."
    )
    _show(result, options)
    return _came_to(result)


def _race(options: argparse.Namespace) -> int:
    from synth_ui.api import race

    _check_target(options)
    _check_outputs(options)
    signal.signal(signal.SIGTERM, _interrupt)
    with _Line() as line, _watching(line) as progress:
        result = race(
            source_of(options),
            generators=_generators_of(options),
            files=options.synthetic,
            seconds=options.seconds,
            seed=options.seed,
            card=options.card,
            progress=progress,
            **_race_options(options),
        )
    line.close(result.split.sentence)
    _show(result, options)
    _say_how_to_go_on(result)
    return _came_to(result)


def _check_target(options: argparse.Namespace) -> None:
    """Ask for the target, or for the word that there is none: a target that was only forgotten would cost the whole race."""
    from synth_ui.core.errors import SettingError

    if (options.target is None) != options.no_target:
        raise SettingError(
            "Say which column is to be predicted with --target COLUMN, or --no-target where there is none: usefulness is not measured then."
            if options.target is None
            else "--target and --no-target exclude one another."
        )


def _generators_of(options: argparse.Namespace) -> list[str] | None:
    """Return the generators named, None where none is asked for; refuse an option that names none."""
    from synth_ui.core.errors import SettingError

    if options.generators is None:
        return None
    named = _keys(options.generators)
    if not named:
        raise SettingError(
            f"--generators {options.generators!r} names none. Leave it out for one of each kind, or see synth-ui generators."
        )
    return named


def _race_options(options: argparse.Namespace) -> RaceOptions:
    """Return the shared keywords of a race as the command line gives them."""
    columns = _columns(options)
    return {
        "target": options.target,
        "roles": columns["roles"],
        "kinds": columns["kinds"],
        "constraints": _rules(options),
        "polish": options.polish,
        "declared": _declared(options),
        "budget": options.budget,
        "seeds": options.seeds,
        "sample": options.sample,
        "train_share": options.train_share,
        "make": options.make,
    }


def _came_to(result: Comparison) -> int:
    """Return the exit code: 0 unless no candidate has a score, because all failed, were lost, or the time was up first."""
    made = result.candidates[~result.candidates["control"].astype(bool)]
    done = set(made.loc[made["status"] == "done", "candidate"])
    if (result.scores["candidate"].isin(done) & result.scores["value"].notna()).any():
        return 0
    failed = int(made["status"].isin(["failed", "lost"]).sum())
    if failed:
        why = f"{failed} of {len(made)} candidates failed or were lost, and no other has a score."
    elif len(made) and not done:
        why = _none_ended(result, made["reason"].astype(str).tolist())
    else:
        why = "no candidate has a score."
    _say(f"synth-ui: nothing could be compared: {why}")
    return NOTHING_COMPARED


def _none_ended(result: Comparison, reasons: list[str]) -> str:
    """Say why no candidate came to its end, and what can be done: the time was up, or somebody ended the race."""
    from synth_ui.jobs.budget.control import NO_FURTHER, TAKEN_OUT
    from synth_ui.jobs.races.control import DELETED

    if DELETED in reasons:
        return f"the race was deleted before a candidate was scored. {_bring_back(result)}"
    if any(reason.startswith("Stopped: ") and reason not in (NO_FURTHER, TAKEN_OUT) for reason in reasons):
        return f"the time was up before a candidate was scored. {_more_time(result)}"
    return f"the race was stopped before a candidate was scored. To go on with it: synth-ui resume {result.race_id}"


def _bring_back(result: Comparison) -> str:
    return f"It is in the bin; to bring it back: synth-ui history --race {result.race_id} --undo"


def _more_time(result: Comparison) -> str:
    """Say what can be done where the time was too short: how much more it needs, where that is known."""
    from synth_ui.jobs.budget.words import enough_words
    from synth_ui.store import budgets
    from synth_ui.store.workspace import Workspace

    budget = budgets.of_race(Workspace.open(), result.race_id) if result.race_id else None
    longer = "more time" if budget is None else f"more time (--budget {enough_words(budget)})"
    return f"Start it again with {longer} or fewer rows (--sample), or go on with it: synth-ui resume {result.race_id}"


def _resume(options: argparse.Namespace) -> int:
    from synth_ui.api import resume

    _check_outputs(options)
    signal.signal(signal.SIGTERM, _interrupt)
    with _Line() as line, _watching(line) as progress:
        result = resume(options.race, seconds=options.seconds, progress=progress)
    line.close(result.split.sentence)
    _show(result, options)
    _say_how_to_go_on(result)
    return _came_to(result)


@contextmanager
def _watching(line: _Line) -> Iterator[Callable[[Progress], None]]:
    """Give what shows how the reading goes on and how the race stands; of one that is interrupted, say how it is gone on with."""
    from synth_ui.jobs.forecast.estimate import RaceProgress

    seen, reading = list[str](), _after_a_second(line)

    def show(progress: Progress) -> None:
        if isinstance(progress, RaceProgress):
            if progress.short and not seen:
                line.close(progress.short)
            seen[:] = [str(progress.runs["race_id"].iloc[0])]
            line.show(progress.phase)
        else:
            reading(progress)

    try:
        yield show
    except KeyboardInterrupt:
        if seen:
            line.close(f"To go on: synth-ui resume {seen[0]}")
        raise


def _say_how_to_go_on(result: Comparison) -> None:
    """Say what is missing of a race that was stopped, and how it is gone on with."""
    from synth_ui.core.run import RunState
    from synth_ui.jobs.races.progress import standing
    from synth_ui.store.workspace import Workspace

    now = standing(Workspace.open(), result.race_id or "")
    if not now.resumable:
        return
    done = {run.candidate for run in now.runs if run.state is RunState.DONE}
    missing = ", ".join(f"{name} ({how if name in done else how.split(':')[0]})" for name, how in now.ended_badly().items())
    if now.race.deleted is not None:
        _say(f"The race was deleted while it ran. Not all of it is there: {missing}. {_bring_back(result)}")
    else:
        _say(f"Not all of it is there: {missing}. To go on: synth-ui resume {result.race_id}")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _keys(text: str) -> list[str]:
    return [key.strip() for key in text.split(",") if key.strip()]


def _percent(what: str, fraction: float | None) -> str:
    return what if fraction is None or fraction != fraction else f"{what} {fraction:.0%}"


def _serve(options: argparse.Namespace) -> int:
    from synth_ui.core.errors import StoreError
    from synth_ui.core.installation import default_home

    root = Path(__file__).resolve().parent.parent
    if not (root / "app.py").is_file():
        raise StoreError(f"The dashboard's app.py is not beside the package ({root}); serve works from a checkout.")
    os.environ.setdefault("SYNTH_UI_HOME", str(default_home()))
    _say(f"The workspace is {os.environ['SYNTH_UI_HOME']}.")
    from synth_ui.store.files.rights import open_to_others

    home = Path(os.environ["SYNTH_UI_HOME"]).expanduser()
    if home.is_dir() and (others := open_to_others(home)):
        _say(others)
    os.chdir(root)  # the theme is in .streamlit beside app.py
    from synth_ui.ui.serve import serve

    serve(options.port)
    return 0


# --- showing -----------------------------------------------------------------------------------------------------


def _check_outputs(options: argparse.Namespace) -> None:
    """Refuse an output that cannot be written before the work, not after it."""
    if options.json and options.json != "-":
        _check_folder(Path(options.json))
    check_outputs(options, _check_folder)
    purpose_of(options)


def _show(result: Comparison, options: argparse.Namespace) -> None:
    purpose = purpose_of(options)
    if options.decision_card and Path(options.decision_card).suffix == ".json":
        _write_json(result.decision_card(purpose).to_dict(), options.decision_card)
    if options.json:
        _write_json(result.to_dict(), options.json)
    if options.json != "-":
        _print_comparison(result, purpose)
    write_outputs(result, options, purpose, _write_bytes)


def _write_bytes(content: bytes, path: Path) -> None:
    from synth_ui.store.files.disk import write_whole

    write_whole(path, lambda temporary: temporary.write_bytes(content))


def _write_json(value: Any, path: str) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False)
    if path == "-":
        print(text)
        return
    from synth_ui.store.files.disk import write_whole

    _check_folder(Path(path))
    write_whole(Path(path), lambda temporary: temporary.write_text(text + "\n", encoding="utf-8"))


def _print_comparison(result: Comparison, purpose: Mapping[str, float] | str) -> None:
    from synth_ui.comparison.families import DECIDING

    board, said = result.outcome.leaderboard(purpose), result.outcome.verdict(purpose)
    rows = [
        (
            row["candidate"],
            *(_on_scale(row, family, result.outcome.signs) for family in DECIDING),
            _number(row["seconds"], 1),
            row["status"],
        )
        for row in board.to_dict("records")
    ]
    _print_table(["candidate", *DECIDING, "seconds", "status"], rows)
    print(f"\n{said.finding}.\n{said.sentence}")
    for sentence in said.further:
        print(f"- {sentence}")
    for name in result.candidates["candidate"]:
        ledger = result.ledger(name)
        if ledger is not None:
            _print_list(f"Privacy budget of {name}", _ledger_lines(ledger))
    _print_list("Read with care", _notes(result))
    failed = [row for row in result.candidates.to_dict("records") if row["status"] != "done" and row["reason"]]
    _print_list("Not finished", (f"{row['candidate']} ({row['status']}): {row['reason']}" for row in failed))


def _notes(result: Comparison) -> list[str]:
    """Return what is to be said of the real rows and of each candidate that is no control."""
    own = result.candidates[~result.candidates["control"].astype(bool)]
    said = [
        f"{name}: {note}"
        for name, notes in zip(own["candidate"], own["notes"], strict=True)
        for note in notes.split("\n")
        if note
    ]
    return [*result.notes, *said]


def _on_scale(row: Mapping[Any, Any], family: str, signs: Mapping[str, int]) -> str:
    """Write a value with its place on the scale; where it bears no verdict, or an attack speaks against it, that beside it."""
    value, position, status = row[family], row[f"{family}_position"], str(row[f"{family}_status"])
    if value != value or value is None:
        return status
    found = signs.get(row["candidate"], 0) if family == "privacy" else 0
    leaks = f", {found} sign{'s' if found > 1 else ''} of a leak" if found else ""
    if status != "ok":
        return f"{value:.3f}, {status}{leaks}"
    return f"{value:.3f}" + (f" ({position:+.0%})" if position == position else "") + leaks


def _ledger_lines(ledger: Ledger) -> list[str]:
    """Say what a budget paid for, and what it did not."""
    lines = [f"{ledger.sentence}; all payments together cost ε = {ledger.spent:.3g} ({ledger.accountant})"]
    for entry in ledger.paid:
        lines.append(
            f"paid, {entry.share:.0%}: {entry.what}, {entry.mechanism} × {entry.times:,}, {entry.noise:.3g} {entry.unit}"
        )
    for gap in ledger.unpaid:
        lines.append(f"{'not paid' if gap.breaks else 'assumed'}: {gap.what}. {gap.why}")
    return lines


def _number(value: Any, decimals: int) -> str:
    return "" if value is None or value != value else f"{value:.{decimals}f}"


def _print_table(header: Sequence[str] | None, rows: Sequence[Sequence[Any]]) -> None:
    """Print aligned columns; the last one is as long as it is."""
    lines = [[printable(cell) for cell in row] for row in ([header] if header else []) + list(rows)]
    if not lines:
        return
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]) - 1)]
    for line in lines:
        print("  ".join([*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[-1]]).rstrip())


def _print_list(title: str, sentences: Iterable[str]) -> None:
    found = list(sentences)
    if found:
        print(f"\n{title}")
        for sentence in found:
            print(f"- {sentence}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _tell_recovered() -> None:
    """Say what was rebuilt of the workspace's database and was not read yet; whoever sits at a terminal has read it then."""
    from synth_ui.core.installation import default_home

    home = default_home().expanduser()
    if not (home / "recovered.json").exists():
        return
    from synth_ui.store.recovery import rebuild

    for note in rebuild.notes(home):
        _say(note.sentence)
    if sys.stderr.isatty() and os.access(home, os.W_OK):
        rebuild.noted(home)


def _after_a_second(line: _Line) -> Callable[[Progress], None]:
    """Return what shows progress, once there has been a second of it: what is quick needs no line."""
    started = time.monotonic()

    def show(progress: Progress) -> None:
        if time.monotonic() - started > 1.0:
            line.progress(progress)

    return show


class _Line:
    """One line on stderr that is written over and over, a few times a second at most.

    In a file, where nothing is written over, it is a line for each thing that is begun, and one now and then.
    """

    SECONDS = 0.1
    SECONDS_IN_FILE = 60.0

    def __init__(self) -> None:
        self._shown, self._length, self._what = 0.0, 0, ""
        self._over = sys.stderr.isatty()

    def __enter__(self) -> _Line:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._write("", "\r")  # what went wrong is said on a clean line

    def show(self, text: str) -> None:
        """Show `text` unless the line was changed just now."""
        what = text[:118].translate(_NO_NUMBERS)
        seconds = self.SECONDS if self._over else self.SECONDS_IN_FILE
        if time.monotonic() - self._shown > seconds or (what != self._what and not self._over):
            self._write(text[:118], "" if self._over else "\n")
            self._shown, self._what = time.monotonic(), what

    def progress(self, progress: Progress) -> None:
        """Show what is being done, and how much of it is done where that is known."""
        self.show(_percent(progress.phase, progress.fraction))

    def clear(self) -> None:
        """Take away what was shown, if anything was."""
        if self._length:
            self._write("", "\r")

    def close(self, text: str) -> None:
        """Write `text` in place of what was shown, and end the line."""
        self._write(text, "\n")

    def _write(self, text: str, end: str) -> None:
        if self._over:
            sys.stderr.write("\r" + text.ljust(self._length) + end)
            self._length = len(text)
        elif text:
            sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


_NO_NUMBERS = str.maketrans("", "", "0123456789.,%")
"""What is shown differs by more than numbers where something else is begun."""


if __name__ == "__main__":
    sys.exit(main())
