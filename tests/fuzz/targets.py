"""What is fuzzed: for each target how an input is made from its randomness, and what the product does with it.

The rule is the same for all: an input is taken, or refused by one of the product's own errors in words that can be shown. No other exception, no
warning, nothing that hangs, nothing left behind.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import pickle
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from synth_ui.core.errors import SynthError
from synth_ui.core.table import Table
from tests.fuzz import grammar

ROOT = Path(__file__).resolve().parents[2]
LONGEST_MESSAGE = 6_000
"""Characters of a refusal: what is longer cannot be read on a page."""


class Broken(AssertionError):
    """An input that was neither taken nor refused in words."""


@dataclass(frozen=True)
class Target:
    """One way in.

    Attributes
    ----------
    make
        An input from its randomness.
    act
        What the product does with it; returns a word on what came of it.
    seconds
        Processor time after which an input counts as one that hangs.
    goal
        How many inputs a long run gives it.
    """

    name: str
    what: str
    make: Callable[[Random], Any]
    act: Callable[[Any], str]
    seconds: float = 3.0
    goal: int = 100_000


def judged(target: Target, given: Any) -> str:
    """Return which state of the product an input reached; raise `Broken` where it was neither taken nor refused in words."""
    began = time.process_time()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            reached = target.act(given)
    except SynthError as error:
        reached = f"refused at {_place(error)}"
        _check_words(error)
    except Broken:
        raise
    except (Exception, SystemExit) as error:
        raise Broken(f"{type(error).__name__} at {_place(error)}: {str(error)[:300]!r}") from error
    if time.process_time() - began > target.seconds:
        raise Broken(f"took {time.process_time() - began:.1f} s at {reached}")
    return reached


def _place(error: BaseException) -> str:
    """The line of the product an error comes from."""
    found = ""
    at = error.__traceback__
    while at is not None:
        file = at.tb_frame.f_code.co_filename
        if f"{os.sep}synth_ui{os.sep}" in file:
            found = f"{file.rpartition('synth_ui' + os.sep)[2]}:{at.tb_lineno}"
        at = at.tb_next
    return found


def _check_words(error: SynthError) -> None:
    said = str(error)
    if len(said.strip()) < 15:
        raise Broken(f"refused without words: {said!r}") from error
    if len(said) > LONGEST_MESSAGE:
        raise Broken(f"refused in {len(said):,} characters at {_place(error)}") from error


# --- a table ----------------------------------------------------------------------------------------------------------


@cache
def table() -> Table:
    """A table with every kind of column and names that are more trouble than most."""
    from synth_ui.tables.read import read

    rows = 60
    frame = pd.DataFrame(
        {
            "age": [20 + row % 47 for row in range(rows)],
            "income": [1_000.5 + 13.25 * row if row % 11 else None for row in range(rows)],
            "city": [("Bern", "Rome", "it's", 'a "b"')[row % 4] for row in range(rows)],
            "2 day's rate": [round(0.01 * row, 2) for row in range(rows)],
            "born": [f"{1 + row % 28:02d}.{1 + row % 12:02d}.{1950 + row}" for row in range(rows)],
            "seen": pd.date_range("2024-03-30 20:00", periods=rows, freq="h", tz="Europe/Berlin"),
            "ok": [row % 3 == 0 for row in range(rows)],
            "in": [row % 2 for row in range(rows)],
            "größe": [("S", "M", "L")[row % 3] for row in range(rows)],
            "clock": [f"{row % 24:02d}:{row % 60:02d}" for row in range(rows)],
            "id": [f"P{row:05d}" for row in range(rows)],
        }
    )
    return read(frame, name="fuzzed").table


def names() -> list[str]:
    """The names of its columns, and one it has not."""
    return [*table().schema.names, "nobody"]


# --- formulas, rules, conditions --------------------------------------------------------------------------------------


def _make_formula(dice: Random) -> str:
    return grammar.formula(dice, names())


def _formula(text: str) -> str:
    from synth_ui.core.rules.constraint import read_constraint
    from synth_ui.core.rules.formula import Formula
    from synth_ui.generators.from_nothing.designed import FUNCTIONS

    schema, frame = table().schema, table().frame
    formula = Formula(text, FUNCTIONS)
    kind = formula.check(schema)
    got = formula.bound(schema).evaluate(frame)
    assert len(got) == len(frame)
    if kind == "truth" and formula.columns and not text.strip().startswith("{"):
        rule = read_constraint(text)
        rule.check(schema)
        rule.bind(frame, schema).holds(frame)
        return "a rule"
    return f"a {kind}"


def _make_designed(dice: Random) -> dict[str, Any]:
    from synth_ui.generators.from_nothing import designed
    from synth_ui.generators.from_nothing.designed import FUNCTIONS

    columns = json.loads(designed.EXAMPLE)
    known = [column["name"] for column in columns["columns"]]
    pairs = [
        [dice.choice(known), dice.choice(known), dice.choice([0.5, -1, 1, 0.99, 2, grammar.value(dice, 1)])]
        for _ in range(dice.randrange(4))
    ]
    given: dict[str, Any] = {
        "columns": grammar.json_of(dice, grammar.replaced(dice, columns, _schema_words()) if dice.random() < 0.3 else columns)
    }
    if dice.random() < 0.6:
        given["correlations"] = grammar.json_of(dice, grammar.replaced(dice, pairs) if dice.random() < 0.4 else pairs)
    if dice.random() < 0.4:
        given["balance"] = dice.choice(
            ["0.7, 0.3", "1;1;1", "nan", "1e400,1", "0,0", ",".join(["1"] * 60), grammar.text(dice, 4)]
        )
    if dice.random() < 0.6:
        given["formula"] = dice.choice([
            grammar.formula(dice, [*known, "nobody"], 2).replace("nobody", "min(age, income)"), f"{dice.choice(list(FUNCTIONS))}({dice.choice(['age', 'age, income', '', '1, 2, 3', '*age'])}) + hours",
        ])  # fmt: skip
    given["target"] = dice.choice(["none", "number", "classes", "classes"])
    return given


def _designed(given: dict[str, Any]) -> str:
    from synth_ui.core.context import Context
    from synth_ui.generators.from_nothing.designed import Designed

    world = Designed.from_settings(given).world(20, Context(0))
    return f"{len(world.main.schema.names)} columns"


RULES: list[dict[str, Any]] = [
    {"kind": "inequality", "smaller": "age", "larger": "income", "strict": True},
    {"kind": "range", "column": "age", "low": 20, "high": 60.5},
    {"kind": "range", "column": "born", "low": "1960-01-01"},
    {"kind": "range", "column": "seen", "high": "31.12.2024"},
    {"kind": "combinations", "of": ["city", "größe"], "allowed": [["Bern", "S"], ["Rome", None]]},
    {"kind": "combinations", "of": ["city", "born"]},
    {"kind": "never together", "of": ["city", "ok"], "values": ["Bern", True]},
    {"kind": "never together", "of": ["seen", "in"], "values": ["2024-03-31", 1]},
    {"kind": "increments", "column": "income", "step": 0.25, "start": 0.5},
    {"kind": "one-hot", "of": ["ok", "in"]},
    {"kind": "expression", "formula": "age * 2 <= income"},
]
_RULE_WORDS = ("age", "income", "born", "city", "nobody", "range", "expression", "low", "formula", "1960-01-01")


def _make_rules(dice: Random) -> str:
    rules = [
        grammar.replaced(dice, dice.choice(RULES), _RULE_WORDS) if dice.random() < 0.8 else dice.choice(RULES)
        for _ in range(dice.choice([1, 1, 1, 2, 3]))
    ]
    if dice.random() < 0.3:
        rules.append(grammar.formula(dice, names(), 1))
    return grammar.json_of(dice, rules if dice.random() < 0.9 or not rules else rules[0])


def _rules(text: str) -> str:
    from synth_ui.core.rules.asked import Asked
    from synth_ui.core.rules.constraint import all_hold, bind_all, read_constraint, read_constraints
    from synth_ui.core.rules.possible import refuse_impossible

    schema, frame = table().schema, table().frame
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        read_constraint(text)  # what the command line is given as it stands
        return "a formula"
    rules = read_constraints(said)
    assert Asked.from_json(Asked(constraints=rules).to_json()).constraints == rules or "nan" in text.lower()
    bound = bind_all(rules, schema, frame)
    all_hold(bound, frame)
    refuse_impossible(rules, (), schema, frame)
    return f"{len(rules)} rules"


def _make_condition(dice: Random) -> list[str]:
    return [_written_condition(dice) for _ in range(dice.choice([1, 1, 1, 2, 3]))]


def _written_condition(dice: Random) -> str:
    name = dice.choice(names())
    how = dice.random()

    def some() -> str:
        return dice.choice(
            [*grammar.NUMBERS[:12], *grammar.DATES[:6], "Bern", "yes", "S", "", "True", "08:30", grammar.atom(dice)]
        )

    if how < 0.35:
        return f"{name}={some()}"
    if how < 0.6:
        return f"{name}={some()}..{some()}"
    if how < 0.8:
        made: Any = {
            name: dice.choice([some(), {"min": some()}, {"min": 20, "max": some()}, [some(), some()], grammar.value(dice)])
        }
        return grammar.json_of(dice, made)
    return grammar.changed(dice, f"{name}={some()}") if how < 0.95 else grammar.text(dice)


def _condition(texts: list[str]) -> str:
    from synth_ui.core.rules.asked import Asked
    from synth_ui.core.rules.condition import all_meet, in_words, read_where, written_where
    from synth_ui.core.rules.possible import refuse_impossible

    schema, frame = table().schema, table().frame
    where = written_where(texts)
    conditions = read_where(where, schema)
    met = all_meet(conditions, frame)
    in_words(conditions)
    asked = Asked(where=where)
    asked.sentences()
    Asked.from_json(asked.to_json()).shares(table(), 20)
    refuse_impossible((), conditions, schema, frame)
    return "met" if met.any() else "met by none"


def _make_asked(dice: Random) -> dict[str, Any]:
    def line() -> dict[str, Any]:
        made = {dice.choice(names()): grammar.value(dice, 1) for _ in range(dice.randrange(3))}
        rows = {"rows": dice.choice([1, 5, "7", "", None, -1, "x", 1e13, grammar.value(dice, 1)])} if dice.random() < 0.6 else {}
        return made | rows

    return {
        "table": [line() for _ in range(dice.randrange(4))],
        "balance": dice.choice([None, None, *names(), ""]),
        "where": line() if dice.random() < 0.3 else {},
    }


def _asked(given: dict[str, Any]) -> str:
    from synth_ui.core.rules.asked import Asked

    asked = Asked(where=given["where"], table=tuple(given["table"]), balance=given["balance"])
    asked.sentences()
    asked.rows()
    found = asked.shares(table(), 40)
    assert sum(size for _, size in found) == 40
    return f"{len(found)} shares"


# --- schemas, settings, declarations ----------------------------------------------------------------------------------


@cache
def _blueprints() -> list[Any]:
    from synth_ui.generators.from_nothing import designed, schema
    from synth_ui.generators.from_nothing.blueprint import Blueprint

    return [json.loads(text) for text in (schema.EXAMPLE, designed.EXAMPLE, Blueprint.of(table()).to_json())]


def _schema_words() -> tuple[str, ...]:
    from synth_ui.core.table import Kind
    from synth_ui.generators.from_nothing.blueprint import DISTRIBUTIONS
    from synth_ui.ui.design.columns import PARTS

    return (
        *PARTS,
        *DISTRIBUTIONS,
        *(kind.value for kind in Kind),
        "role",
        "email",
        "[A-Z]{2}-\\d{4}",
        "(a|b)+",
        "a{99999999}",
        "%Y",
        "%Q",
        "yes/no",
    )


def _make_schema(dice: Random) -> str:
    said = grammar.replaced(dice, dice.choice(_blueprints()), _schema_words())
    if dice.random() < 0.4:
        said = grammar.replaced(dice, said, _schema_words())
    return grammar.json_of(dice, said)


def _schema(text: str) -> str:
    from synth_ui.core.context import Context
    from synth_ui.generators.from_nothing.blueprint import Blueprint
    from synth_ui.generators.from_nothing.drawing import draw

    blueprint = Blueprint.from_json(text)
    again = Blueprint.from_json(blueprint.to_json())
    assert again.to_json() == blueprint.to_json()
    frame = draw(blueprint, 7, Context(0))
    assert len(frame) == 7
    return f"{len(frame.columns)} columns drawn"


def _make_editor(dice: Random) -> list[dict[str, Any]]:
    rows = []
    for _ in range(dice.choice([1, 1, 2, 4])):
        row: dict[str, Any] = {"name": dice.choice(["a", "b", "c", grammar.text(dice, 3)]), "kind": dice.choice(_schema_words())}
        for part in ("distribution", "low", "high", "mean", "levels", "weights", "pattern", "provider", "format"):
            if dice.random() < 0.35:
                row[part] = dice.choice(
                    [grammar.atom(dice), grammar.text(dice, 4), "1", "10", "a, b, c", "1, 2, 3", *_schema_words()]
                )
        row["spread"] = dice.choice([None, None, 1.0, -1.0, 0.0, 1e308, float("nan")])
        row["decimals"] = dice.choice([None, None, 0, 2, 99, -1])
        row["blank"] = dice.choice([0.0, 0.1, 1.0, 2.0, -0.0, None])
        row["unique"] = dice.choice([False, False, True, None])
        if dice.random() < 0.7:
            row["kind"] = dice.choice(["number", "integer", "category", "ordinal", "boolean", "datetime", "text", "identifier"])
        rows.append(row)
    return rows


def _editor(rows: list[dict[str, Any]]) -> str:
    from synth_ui.core.context import Context
    from synth_ui.generators.from_nothing.blueprint import Blueprint, read_column
    from synth_ui.generators.from_nothing.drawing import draw
    from synth_ui.ui.design import columns

    blueprint = Blueprint(tuple(read_column(columns._entry(row)) for row in rows if any(row.values())), "edited")
    columns.records(blueprint)
    draw(blueprint, 5, Context(0))
    return "drawn"


@cache
def _plugins() -> list[Any]:
    from synth_ui.evaluation.cards import known_measures
    from synth_ui.generators.catalogue import known_generators

    return [*known_generators().values(), *known_measures().values()]


def _make_settings(dice: Random) -> tuple[int, dict[str, Any], str | None]:
    place = dice.randrange(len(_plugins()))
    known = list(_plugins()[place].settings_spec()) or ["x"]
    named = {dice.choice(known): dice.choice([grammar.atom(dice), grammar.value(dice, 1)]) for _ in range(dice.randrange(3))}
    if dice.random() < 0.1:
        named[grammar.text(dice, 3)] = "1"
    return place, named, dice.choice([None, None, "balanced", "fast", grammar.text(dice, 2)])


def _settings(given: tuple[int, dict[str, Any], str | None]) -> str:
    place, named, preset = given
    made = _plugins()[place].from_settings(named, preset)
    return f"{len(made.settings())} settings"


def _make_declared(dice: Random) -> dict[str, list[str]]:
    name = lambda: dice.choice(names() if dice.random() < 0.95 else ["", "=", "a=b"])  # noqa: E731
    one = lambda: dice.choice([*grammar.NUMBERS[:14], *grammar.DATES[:8], grammar.atom(dice)])  # noqa: E731
    made: dict[str, list[str]] = {"bounds": [], "levels": [], "known": [], "roles": [], "kinds": []}
    for _ in range(dice.choice([1, 1, 2, 3])):
        how = dice.choice(list(made))
        said = {
            "bounds": lambda: f"{name()}={one()}..{one()}",
            "levels": lambda: f"{name()}={'; '.join(dice.choice(['Bern', 'Rome', one()]) for _ in range(dice.randrange(5)))}",
            "known": name,
            "roles": lambda: (
                f"{name()}={dice.choice(['feature', 'target', 'sensitive', 'group key', 'group-key', 'personal', 'ignored', one()])}"
            ),
            "kinds": lambda: (
                f"{name()}={dice.choice(['number', 'integer', 'category', 'ordinal', 'boolean', 'datetime', 'text', 'identifier', 'words as blanks', 'words as levels', one()])}"
            ),
        }[how]()
        made[how].append(grammar.changed(dice, said, times=1) if dice.random() < 0.15 else said)
    return made


def _declared(given: dict[str, list[str]]) -> str:
    from synth_ui.tables.declare import declare, written_declaration, written_pairs
    from synth_ui.tables.review import review_frame, with_columns

    roles, kinds = written_pairs(given["roles"], "role"), written_pairs(given["kinds"], "kind")
    edits = written_declaration(given["bounds"], given["levels"], given["known"])
    made = with_columns(table(), roles, kinds)
    made = declare(made, edits) if edits else made
    review_frame(made)
    return "declared" if edits else "reviewed"


# --- addresses --------------------------------------------------------------------------------------------------------

CANARY = "hunter2-Zx9"
"""A password: wherever it is seen again, it was told."""


def _make_database(dice: Random) -> str:
    password = dice.choice([CANARY, CANARY + grammar.atom(dice)[:5]])
    scheme = dice.choice(
        ["postgresql", "postgres", "mysql", "mariadb", "sqlite", "duckdb", "postgresql+psycopg2", "POSTGRESQL", "oracle", "http"]
    )
    host = dice.choice(["localhost", "h:5432", "[::1]:1", "h:99999", "h:x", "", "a.b", grammar.text(dice, 2)])
    query = dice.choice(
        ["", "?sslmode=require", f"?password={CANARY}", "?a=1&a=2", "?" + grammar.text(dice, 3), f"?options=-c%20x={CANARY}"]
    )
    made = f"{scheme}://{dice.choice(['u', '', grammar.text(dice, 2)])}:{password}@{host}/{dice.choice(['db', '', grammar.text(dice, 2)])}{query}"
    if dice.random() < 0.15:
        made = dice.choice(
            ["connection:", "connection:x", "sqlite://", "sqlite:///x.db", "duckdb:///:memory:", "://", ":", "sqlite:////"]
        )
    return grammar.changed(dice, made, times=2) if dice.random() < 0.4 else made


def _database(text: str) -> str:
    from synth_ui.tables.databases.address import DatabaseAddress, DatabaseTable, is_database, plain_address

    known = is_database(text)
    written = text.strip()
    plain = plain_address(written)
    try:
        address = DatabaseAddress.of(text)
    except SynthError as error:
        if CANARY in str(error) or (known and CANARY in plain):
            raise Broken("the password of an address that is none was told") from error
        raise
    if CANARY in str(address.url.password or ""):
        for said in (
            plain,
            str(address),
            address.shown,
            repr(address),
            address.without_secrets(f"could not connect with {address.url.password}"),
        ):
            assert CANARY not in said or CANARY in _elsewhere(address), "the password was told"
    DatabaseTable(address, table="orders")
    return f"{address.kind} {'by file' if address.kind in ('sqlite', 'duckdb') else 'by host'}"


def _elsewhere(address: Any) -> str:
    """What stands in the open parts of an address: a password written there, too, cannot be told from a name."""
    return f"{address.url.username} {address.url.host} {address.url.database}"


def _make_view(dice: Random) -> dict[str, list[str]]:
    from synth_ui.ui.links import VIEW

    keys = [
        *VIEW,
        "weight-privacy",
        "weight-evil",
        "need-skill",
        "need-skill-number",
        "race",
        "table",
        "nobody",
        grammar.text(dice, 2),
    ]
    values = [*grammar.NUMBERS[:16], "true", "own", "Counts", "balanced", "12", grammar.text(dice, 5)]
    return {
        dice.choice(keys): [dice.choice([dice.choice(values), grammar.atom(dice)]) for _ in range(dice.choice([1, 1, 1, 2, 40]))]
        for _ in range(dice.randrange(1, 5))
    }


def _view(asked: dict[str, list[str]]) -> str:
    """Follow an address as a page does, without drawing one: what is asked is taken, or left out in words."""
    from synth_ui.ui import links
    from tests.fuzz.tab import tab

    with tab(asked) as said:
        links.begin()
        labels = ["Counts", "Numbers", "Own weights", "balanced", "<b>"]
        for key in [key for key in list(asked) if links.name_of(key) in links.VIEW]:
            links.choice(key, labels, "Counts")
            links.number(key, 0, 10, 1)
            links.switch(key)
            links.words(key)
            links.asked(key, lambda raw: links.whole(raw, 10**12))
        links.carried()
        links.free(dict(asked))
        links.end()
    return "said" if said else "followed"


# --- the command line -------------------------------------------------------------------------------------------------

_COMMANDS = (
    "read",
    "generators",
    "measures",
    "generate",
    "design",
    "tune",
    "split",
    "score",
    "race",
    "resume",
    "choose",
    "history",
    "ready",
    "serve",
)
_OPTIONS = (
    "--json", "--sheet", "--sample", "--seed", "--role", "--kind", "--table", "--query", "--generator", "--set", "--preset", "--rows", "--target", "--constraint",
    "--constraints", "--bound", "--levels", "--known", "--where", "--where-table", "--balance", "--polish", "--out", "--out-table", "--seconds", "--train",
    "--holdout", "--synthetic", "--card", "--measures", "--generators", "--budget", "--seeds", "--train-share", "--make", "--report", "--chapters", "--slides",
    "--script", "--notebook", "--purpose", "--weights", "--require", "--note", "--undo", "--starred", "--race", "--name", "--star", "--no-star", "--delete",
    "--schema", "--tables", "--example", "--from", "--port", "--help", "--version",
)  # fmt: skip
_CHEAP = ("read", "generators", "measures", "design", "split", "resume", "choose", "history", "ready", "generate")


@cache
def _folder() -> Path:
    """Some small files to name, in a folder that is the working one while a command runs."""
    made = TemporaryDirectory(prefix="fuzz-")
    globals()["_kept"] = made
    folder = Path(made.name)
    (folder / "t.csv").write_text("age,city\n1,Bern\n2,Rome\n3,Bern\n4,Ulm\n5,Ulm\n6,Ulm\n", encoding="utf-8")
    (folder / "rules.json").write_text('["age <= 60"]', encoding="utf-8")
    (folder / "schema.json").write_text('[{"name": "a", "low": 0, "high": 1}]', encoding="utf-8")
    (folder / "where.csv").write_text("city,rows\nBern,2\n", encoding="utf-8")
    return folder


def _make_command(dice: Random) -> list[str]:
    values = ["t.csv", "rules.json", "schema.json", "where.csv", "nowhere.csv", ".", "/dev/null", "age", "city", "age=1..3", "city=Bern", "independent", "schema",
              "1", "0", "-1", "0.5", "3min", "a,b", "1,2,3", "quick", "x.html", "x.csv", "x.parquet", "age <= 3", "sqlite:///x.db", "leak", "skill=2",
              "export", "import", "all", "compare", "r1", "age=ignored", "age=number"]  # fmt: skip
    made = [dice.choice(_COMMANDS) if dice.random() < 0.97 else grammar.text(dice, 2)]
    made += ["t.csv"] if dice.random() < 0.5 else []
    made += ["--generator", "independent"] if made[0] in ("generate", "tune") and dice.random() < 0.8 else []
    for _ in range(dice.randrange(5)):
        option = dice.choice(_OPTIONS)
        value = dice.choice(values) if dice.random() < 0.75 else grammar.atom(dice)
        made += dice.choice([[option], [option, value], [f"{option}={value}"], [value]])
    return made


def _command(arguments: list[str]) -> str:
    from synth_ui import cli

    folder = _folder()
    parser = cli._parser()
    with _quiet(folder) as said:
        try:
            options = parser.parse_args(arguments)
        except SystemExit as end:
            if end.code not in (0, cli.BAD_INPUT):
                raise Broken(f"ended with {end.code!r}") from end
            return f"ended by the parser with {end.code}"
        rows = getattr(options, "rows", None)
        if arguments[0] not in _CHEAP or options.__dict__.get("port") or (isinstance(rows, int) and rows > 10_000):
            return f"{arguments[0]} read"
        code = cli.main(arguments)
    assert code in (0, 1, cli.BAD_INPUT, cli.NOTHING_COMPARED), f"ended with {code!r}"
    assert code == 0 or said.getvalue().strip(), "a refusal without words"
    assert "Traceback" not in said.getvalue()
    return f"{arguments[0]} ended with {code}"


@contextlib.contextmanager
def _quiet(folder: Path) -> Iterator[io.StringIO]:
    """Run in the folder with a workspace of its own, take what is written, and remove what was made."""
    before, home, said = Path.cwd(), os.environ.get("SYNTH_UI_HOME"), io.StringIO()
    there = set(folder.iterdir())
    os.chdir(folder)
    os.environ["SYNTH_UI_HOME"] = str(folder / "home")
    try:
        with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO(), encoding="utf-8")), contextlib.redirect_stderr(said):
            yield said
    finally:
        os.chdir(before)
        if home is None:
            del os.environ["SYNTH_UI_HOME"]
        else:
            os.environ["SYNTH_UI_HOME"] = home
        for path in folder.iterdir():
            if path not in there and path.name != "home":
                _remove(path)


def _remove(path: Path) -> None:
    import shutil

    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


# --- kept objects and parcels -----------------------------------------------------------------------------------------


@cache
def _signed_home() -> tuple[Path, bytes, str]:
    from synth_ui.store.files.signed import sign

    _folder()
    home = _folder() / "home"
    home.mkdir(mode=0o700, exist_ok=True)
    packed = pickle.dumps({"kept": [1, 2, 3]}, protocol=5)
    return home, packed, sign(home, "sampler", packed)


def _make_signed(dice: Random) -> tuple[bytes, str, str]:
    _, packed, signature = _signed_home()
    how = dice.random()
    content = packed if how < 0.3 else grammar.changed_bytes(dice, packed, pickle.dumps(os.getcwd))
    said = signature if how > 0.6 else grammar.changed(dice, signature)
    return content, said if how < 0.95 else grammar.text(dice), dice.choice(["sampler", "sampler", "sampler", "memo", ""])


def _signed(given: tuple[bytes, str, str]) -> str:
    from synth_ui.store.files.signed import read_signed

    home, packed, signature = _signed_home()
    content, said, purpose = given
    path = home / "kept.pickle"
    path.write_bytes(content)
    try:
        read = read_signed(home, purpose, path, said)
    finally:
        path.unlink()
    assert (content, said, purpose) == (packed, signature, "sampler"), "something that was not signed was read"
    return f"read {len(read)}"


ALL: dict[str, Target] = {
    target.name: target
    for target in (
        Target("formulas", "formulas of rules", _make_formula, _formula, goal=350_000),
        Target("rules", "rules as JSON", _make_rules, _rules, goal=40_000),
        Target("conditions", "conditions, as text and JSON", _make_condition, _condition, goal=200_000),
        Target("shares", "tables of conditions, balance", _make_asked, _asked, goal=100_000),
        Target("schemas", "schemas as JSON", _make_schema, _schema, goal=6_000),
        Target(
            "designed", "designed tables: correlations, balance, a formula", _make_designed, _designed, seconds=6.0, goal=4_000
        ),
        Target("editor", "the schema editor's rows", _make_editor, _editor, goal=30_000),
        Target("settings", "settings of generators and measures", _make_settings, _settings, goal=100_000),
        Target("declarations", "kinds, roles, bounds and levels", _make_declared, _declared, goal=15_000),
        Target("databases", "addresses of databases", _make_database, _database, goal=150_000),
        Target("views", "the view in a page's address", _make_view, _view, goal=50_000),
        Target("commands", "the command line", _make_command, _command, seconds=6.0, goal=3_000),
        Target("signed", "kept samplers and their signatures", _make_signed, _signed, goal=50_000),
    )
}
"""By name; `tests.fuzz.files` adds those that read files."""
