"""Tables that break things, for the contract tests of generators and measures.

`AWKWARD` maps a name to a function that makes the table; each call makes it anew. Each table is small, made from a fixed
seed, and read by `infer_schema` as a user's would be, unless the point is a schema that only a user's edit can give.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from synth_ui.core.table import Role, Schema, Table
from synth_ui.tables.inference.infer import infer_schema

ROWS = 240


def _rng(name: str) -> np.random.Generator:
    return np.random.default_rng([7, *name.encode()])


def _plain(rng: np.random.Generator, n: int = ROWS) -> pd.DataFrame:
    """Make a number, an integer, a category and a yes-or-no that depend on one another."""
    age = rng.integers(18, 90, n)
    city = rng.choice(np.array(["Bern", "Lyon", "Turin", "Graz"], dtype=object), n, p=[0.4, 0.3, 0.2, 0.1])
    income = np.round(rng.gamma(3, 9_000, n) + 150.0 * age + 4_000 * (city == "Bern"), 2)
    buys = rng.random(n) < 1 / (1 + np.exp(-(income - income.mean()) / income.std()))
    return pd.DataFrame({"age": age, "income": income, "city": city, "buys": np.where(buys, "yes", "no")})


def table_of(frame: pd.DataFrame, target: str | None = None, name: str = "awkward") -> Table:
    """Read a frame as a user's table, with a target."""
    table, _, _ = infer_schema(frame, name=name)
    return Table(table.frame, table.schema.with_target(target), name) if target else table


def as_features(table: Table) -> Table:
    """Give every column that is left out the role of a feature, as a user may insist."""
    columns = tuple(replace(c, role=Role.FEATURE) if c.role is Role.IGNORED else c for c in table.schema)
    return Table(table.frame, Schema(columns), table.name)


def plain() -> Table:
    """Nothing awkward: the control of these tables."""
    return table_of(_plain(_rng("plain")), "buys", "plain")


def constant() -> Table:
    """A constant number and a constant text, which inference leaves out."""
    return table_of(_plain(_rng("constant")).assign(always=3.5, same="one"), "buys", "constant")


def constant_kept() -> Table:
    """The same, but the owner wants both modelled."""
    return as_features(replace_name(constant(), "constant_kept"))


def all_blank() -> Table:
    """A column without a single value."""
    return table_of(_plain(_rng("all_blank")).assign(nothing=None), "buys", "all_blank")


def one_level() -> Table:
    """A category of one level, otherwise blank."""
    rng = _rng("one_level")
    frame = _plain(rng).assign(flag=np.where(rng.random(ROWS) < 0.3, "seen", None))
    return table_of(frame, "buys", "one_level")


def thousand_levels() -> Table:
    """A category of 1,000 levels."""
    rng = _rng("thousand_levels")
    frame = _plain(rng, 2_000)
    frame["product"] = np.array([f"item {i:04d}" for i in np.tile(np.arange(1_000), 2)], dtype=object)[rng.permutation(2_000)]
    return table_of(frame, "buys", "thousand_levels")


def levels_of_three_rows() -> Table:
    """A category of 300 levels that three rows have each: a small picture of 3,000 levels among 9,000 rows."""
    rng = _rng("levels_of_three_rows")
    frame = _plain(rng, 900)
    frame["product"] = np.array([f"item {i:03d}" for i in np.tile(np.arange(300), 3)], dtype=object)[rng.permutation(900)]
    return table_of(frame, "buys", "levels_of_three_rows")


def hundred_rows() -> Table:
    """A hundred rows of everything: numbers, levels, dates, blanks."""
    rng = _rng("hundred_rows")
    frame = _plain(rng, 100)
    frame["since"] = pd.Series(pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, 100), unit="D"))
    return table_of(frame.mask(rng.random(frame.shape) < 0.03), "buys", "hundred_rows")


def two_hundred_columns() -> Table:
    """Two hundred columns and eighty rows; too many for the whole contract, so it is none of `AWKWARD`."""
    rng = _rng("two_hundred_columns")
    numbers = pd.DataFrame(np.round(rng.normal(size=(80, 98)), 2), columns=[f"n{i:02d}" for i in range(98)])
    levels = pd.DataFrame(rng.choice(np.array(list("abc"), dtype=object), (80, 98)), columns=[f"c{i:02d}" for i in range(98)])
    return table_of(pd.concat([_plain(rng, 80), numbers, levels], axis=1), "buys", "two_hundred_columns")


def two_rows() -> Table:
    """Two rows."""
    return table_of(pd.DataFrame({"age": [31, 54], "city": ["Bern", "Lyon"], "buys": ["yes", "no"]}), "buys", "two_rows")


def one_row() -> Table:
    """One row."""
    return table_of(pd.DataFrame({"age": [31], "city": ["Bern"], "buys": ["yes"]}), "buys", "one_row")


def one_column() -> Table:
    """One column of numbers, no target."""
    return table_of(_plain(_rng("one_column"))[["income"]], None, "one_column")


def no_numbers() -> Table:
    """Categories only."""
    rng = _rng("no_numbers")
    frame = _plain(rng).assign(colour=rng.choice(np.array(["red", "green", "blue"], dtype=object), ROWS))
    return table_of(frame[["city", "colour", "buys"]], "buys", "no_numbers")


def no_categories() -> Table:
    """Numbers only, with a number for a target."""
    rng = _rng("no_categories")
    frame = _plain(rng).assign(height=np.round(rng.normal(170, 9, ROWS), 1))
    return table_of(frame[["age", "height", "income"]], "income", "no_categories")


def duplicated_rows() -> Table:
    """Every row stands there six times."""
    frame = _plain(_rng("duplicated_rows"), 40)
    return table_of(pd.concat([frame] * 6, ignore_index=True), "buys", "duplicated_rows")


def blanks_in_target() -> Table:
    """A quarter of the target is blank, and a tenth of everything else."""
    rng = _rng("blanks_in_target")
    frame = _plain(rng).astype(object)
    holes = rng.random(frame.shape) < np.array([0.1, 0.1, 0.1, 0.25])
    return table_of(frame.mask(holes, None).infer_objects(), "buys", "blanks_in_target")


def infinities() -> Table:
    """Infinite values among the numbers; they are read as blanks."""
    frame = _plain(_rng("infinities"))
    frame.loc[[3, 50, 99], "income"] = [np.inf, -np.inf, np.inf]
    return table_of(frame, "buys", "infinities")


def old_dates() -> Table:
    """Dates from 1450 to 1699, beyond what nanoseconds reach, with blanks."""
    rng = _rng("old_dates")
    days = np.datetime64("1450-01-01", "D") + rng.integers(0, 91_000, ROWS)
    texts = np.where(rng.random(ROWS) < 0.05, None, days.astype(str).astype(object))
    return table_of(_plain(rng).assign(signed=texts), "buys", "old_dates")


def time_zones() -> Table:
    """Moments with a time zone, over a change to summer time."""
    rng = _rng("time_zones")
    moments = pd.Timestamp("2024-03-30", tz="Europe/Vienna") + pd.to_timedelta(rng.integers(0, 4 * 86_400, ROWS), unit="s")
    return table_of(_plain(rng).assign(moment=moments), "buys", "time_zones")


def booleans_as_text() -> Table:
    """Yes and no as words, T and F with blanks, 0 and 1 as numbers."""
    rng = _rng("booleans_as_text")
    frame = _plain(rng).assign(
        member=np.where(rng.random(ROWS) < 0.1, None, rng.choice(np.array(["T", "F"], dtype=object), ROWS)),
        paid=rng.integers(0, 2, ROWS),
    )
    return table_of(frame, "buys", "booleans_as_text")


def big_integers() -> Table:
    """Whole numbers that a float cannot hold, and large ones that it can."""
    rng = _rng("big_integers")
    frame = _plain(rng).assign(
        account=rng.integers(2**60, 2**61, ROWS), grams=rng.integers(0, 2**45, ROWS), debt=-rng.integers(0, 2**45, ROWS)
    )
    return table_of(frame, "buys", "big_integers")


def identifier() -> Table:
    """A running number and a code, both different in every row."""
    frame = _plain(_rng("identifier"))
    frame.insert(0, "row_id", np.arange(1, ROWS + 1))
    frame["code"] = [f"{i * 7919 % 9973:04d}-{chr(65 + i % 26)}{chr(65 + i // 26)}" for i in range(ROWS)]
    return table_of(frame, "buys", "identifier")


def personal() -> Table:
    """E-mail addresses and names of persons."""
    rng = _rng("personal")
    first = rng.choice(np.array(["Ana", "Ben", "Cleo", "Dov", "Eva", "Finn", "Gil", "Hana", "Ivo", "June"], dtype=object), ROWS)
    last = np.array([f"M{'aeiou'[i % 5]}ll{'aeiou'[i // 5 % 5]}r{'aeiou'[i // 25 % 5]}" for i in range(ROWS)], dtype=object)
    frame = _plain(rng).assign(
        email=[f"{f}.{s}{i}@example.org".lower() for i, (f, s) in enumerate(zip(first, last, strict=True))]
    )
    return table_of(frame.assign(full_name=first + " " + last), "buys", "personal")


def free_text() -> Table:
    """Sentences, different in every row."""
    rng = _rng("free_text")
    words = np.array(
        [
            "the",
            "patient",
            "came",
            "back",
            "after",
            "a",
            "week",
            "with",
            "pain",
            "in",
            "his",
            "left",
            "knee",
            "and",
            "was",
            "sent",
            "home",
            "again",
        ],
        dtype=object,
    )
    notes = [" ".join(rng.choice(words, rng.integers(8, 25))) + f", visit {i}." for i in range(ROWS)]
    return table_of(_plain(rng).assign(note=notes), "buys", "free_text")


def mostly_zeros() -> Table:
    """A number that is zero in 92% of the rows and large in the others."""
    rng = _rng("mostly_zeros")
    gain = np.where(rng.random(ROWS) < 0.92, 0.0, np.round(rng.lognormal(8, 1, ROWS), 2))
    return table_of(_plain(rng).assign(gain=gain), "buys", "mostly_zeros")


def rare_target() -> Table:
    """A target whose second class has three rows, and a third class one."""
    frame = _plain(_rng("rare_target"))
    frame["buys"] = ["never"] + ["yes"] * 3 + ["no"] * (ROWS - 4)
    return table_of(frame, "buys", "rare_target")


def hostile_names() -> Table:
    """Column names and levels that are code, markup, formulas, quotes, spaces and signs."""
    rng = _rng("hostile_names")
    frame = _plain(rng)
    levels = np.array(
        ["=1+1", "<b>x</b>", 'a "quoted" one', "back\\slash", "$\\alpha$", "comma, inside", "línea ✓"], dtype=object
    )
    frame["'; DROP TABLE runs; --"] = rng.choice(levels, ROWS)
    names = {"age": "<script>alert(1)</script>", "income": "in come [€] {x} %d", "city": "_city*: `x`|y", "buys": "class"}
    return table_of(frame.rename(columns=names), "class", "hostile_names")


def group_key() -> Table:
    """Sixty persons with four rows each."""
    rng = _rng("group_key")
    frame = _plain(rng)
    frame.insert(0, "patient_id", np.repeat(rng.choice(90_000, 60, replace=False) + 10_000, 4))
    return table_of(frame, "buys", "group_key")


def persons() -> Table:
    """Fifty persons with codes, e-mail addresses and record numbers that repeat with them, who are born once and see eight doctors."""
    rng = _rng("persons")
    who = rng.permutation(np.repeat(np.arange(50), rng.integers(1, 9, 50))[:ROWS])
    n = len(who)
    frame = _plain(rng, n)
    born = np.where(rng.random(50) < 0.1, np.nan, rng.integers(1930, 2005, 50))
    doctors = np.array(
        ["Ada Moss", "Ben Gray", "Cara Lane", "Dan Hill", "Emma Ford", "Fred Wood", "Gina Park", "Hugo Webb"], dtype=object
    )
    frame.insert(0, "patient_id", np.array([f"P{i * 37 % 1000:03d}" for i in range(50)], dtype=object)[who])
    return table_of(
        frame.assign(
            email=np.array([f"person{i * 7}@example.org" for i in range(50)], dtype=object)[who],
            mrn=rng.choice(90_000, 50, replace=False)[who] + 10_000,
            sex=np.array(["f", "m"], dtype=object)[rng.integers(0, 2, 50)][who],
            born=born[who],
            doctor=doctors[rng.integers(0, 8, n)],
        ),
        "buys",
        "persons",
    )


def ordinals() -> Table:
    """Levels with an order, a whole number with blanks, and a target with three classes."""
    rng = _rng("ordinals")
    sizes = rng.choice(np.array(["small", "medium", "large"], dtype=object), ROWS)
    children = np.where(rng.random(ROWS) < 0.1, np.nan, rng.integers(0, 4, ROWS))
    return table_of(_plain(rng).assign(size=sizes, children=children), "size", "ordinals")


def wide() -> Table:
    """Sixty columns, forty of them noise with blanks."""
    rng = _rng("wide")
    noise = pd.DataFrame(np.round(rng.normal(size=(ROWS, 56)), 3), columns=[f"x{i:02d}" for i in range(56)])
    return table_of(pd.concat([_plain(rng), noise.mask(rng.random(noise.shape) < 0.05)], axis=1), "buys", "wide")


def replace_name(table: Table, name: str) -> Table:
    """Return the table under another name."""
    return Table(table.frame, table.schema, name)


AWKWARD: dict[str, Callable[[], Table]] = {
    make.__name__: make
    for make in (
        plain, constant, constant_kept, all_blank, one_level, thousand_levels, two_rows, one_row, one_column, no_numbers,
        no_categories, duplicated_rows, blanks_in_target, infinities, old_dates, time_zones, booleans_as_text, big_integers,
        identifier, personal, free_text, mostly_zeros, rare_target, hostile_names, group_key, persons, ordinals, wide,
    )
}  # fmt: skip
"""Every awkward table, by name."""

MIXED: dict[str, Callable[[], Table]] = {make.__name__: make for make in (levels_of_three_rows, hundred_rows)}
"""Further tables for generators alone."""
