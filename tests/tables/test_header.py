"""A header is a header, whatever the columns are called and hold; a first row of data is none."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from typing import Any

import pytest

from synth_ui.tables.read import read
from synth_ui.tables.readers._header import names_columns
from synth_ui.tables.readers._layout import find_layout

Row = Callable[[int, random.Random], str]

NAMES = ["Ann", "Bob", "Cleo", "Dora", "Emil", "Fritz", "Greta", "Hugo", "Iris", "Jan", "Karl", "Lea", "Max", "Nora", "Otto", "Pia", "Quinn", "Rosa", "Sven", "Tina"]  # fmt: skip


def yes(r: random.Random, words: str = "yes no") -> str:
    return r.choice(words.split())


HEADERS: list[tuple[str, Row]] = [
    ("colour,y", lambda i, r: f"{r.choice(['red', 'blue'])},{yes(r)}"),
    ("colour,y", lambda i, r: f"{r.choice(['red', 'blue'])},{yes(r, 'y n')}"),
    ("colour,on", lambda i, r: f"{r.choice(['red', 'blue'])},{yes(r, 'on off')}"),
    ("name,t", lambda i, r: f"{NAMES[i]},{yes(r, 't f')}"),
    ("name,yes", lambda i, r: f"{NAMES[i]},{yes(r)}"),
    ("id,no", lambda i, r: f"{i + 1},{yes(r, 'Yes No')}"),
    ("y,f,t", lambda i, r: f"{yes(r)},{yes(r)},{yes(r)}"),
    ("y", lambda i, r: yes(r)),
    ("no", lambda i, r: yes(r, "true false")),
    ("on,n", lambda i, r: f"{yes(r, 'True False')},{yes(r, 'Y N')}"),
    ("x,grp,y", lambda i, r: f",{r.choice('ab')},{yes(r)}"),
    ("x,grp,y", lambda i, r: f"inf,{r.choice('ab')},{yes(r)}"),
    ("t,y", lambda i, r: f"{i / 10},{yes(r)}"),
    ("0,1,2", lambda i, r: f"{i * 0.37:.2f},{i * i * 0.11:.2f},{i + 0.25:.2f}"),
    ("0,1,2", lambda i, r: f"{r.randint(0, 99)},{r.randint(0, 99)},{r.randint(0, 99)}"),
    ("0,1,2", lambda i, r: f"{r.choice('ab')},{r.choice('cd')},{r.choice('ef')}"),
    (",0,1,2", lambda i, r: f"{i},{r.randint(0, 9)},{yes(r)},{r.random():.3f}"),
    ("0,1", lambda i, r: f"{r.random():.3f},{r.random():.3f}"),
    ("0", lambda i, r: f"{r.random():.3f}"),
    (",0", lambda i, r: f"{i},{r.randint(10, 99)}"),
    ("label,0,1,2,3", lambda i, r: f"{r.choice('ab')},{r.randint(0, 255)},{r.randint(0, 255)},0,{r.randint(0, 255)}"),
    ("country,2019,2020", lambda i, r: f"land{i},{1 + i * 0.37:.2f},{2 + i * 0.11:.2f}"),
    ("country,2019,2020", lambda i, r: f"land{i},{r.randint(10**6, 10**8)},{r.randint(10**6, 10**8)}"),
    ("country,2019", lambda i, r: f"land{i},{r.randint(10**4, 10**6)}"),
    (",2019,2020", lambda i, r: f"{NAMES[i]},{r.randint(0, 50)},{r.randint(0, 50)}"),
    ("2020,2019", lambda i, r: f"{r.random():.2f},{r.random():.2f}"),
    ("country,1990,2000,2005", lambda i, r: f"{NAMES[i]}land,{r.randint(0, 50)},{r.randint(0, 50)},{r.randint(0, 50)}"),
    ("region,2019-01,2019-02", lambda i, r: f"r{i},{r.randint(0, 50)},{r.randint(0, 50)}"),
    ("10,20,50", lambda i, r: f"{r.random():.2f},{r.random():.2f},{r.random():.2f}"),
    ("gene,sequence", lambda i, r: f"BRCA{i},{''.join(r.choice('ACGT') for _ in range(12))}"),
    ("c10,c11,c12", lambda i, r: f"a{i},b{r.randint(10, 99)},{r.randint(10, 99)}c"),
    ("first,last", lambda i, r: f"{NAMES[i]},{NAMES[-1 - i]}son"),
    ("city,remark", lambda i, r: f"{NAMES[i]}ville,remark {i} of the office"),
    (
        "How satisfied are you with the bus to the next town?,Would you tell your family and your friends about it today?",
        lambda i, r: f"{r.choice(['Agree', 'Disagree'])},{r.choice(['Agree', 'Disagree'])}",
    ),
]
ROWS: list[tuple[str, Row]] = [
    ("Wim,yes", lambda i, r: f"{NAMES[i]},{yes(r)}"),
    ("yes,no", lambda i, r: f"{yes(r)},{yes(r)}"),
    ("red,1", lambda i, r: f"{r.choice(['red', 'blue'])},{r.randint(0, 9)}"),
    ("5,1200", lambda i, r: f"{r.randint(0, 9)},{r.randint(500, 2000)}"),
    ("1,17,3", lambda i, r: f"{i + 2},{r.randint(0, 50)},{r.randint(0, 5)}"),
    ("0,1", lambda i, r: f"{r.randint(0, 1)},{r.randint(0, 1)}"),
    ("1,2,3", lambda i, r: f"{3 * i + 4},{3 * i + 5},{3 * i + 6}"),
    ("AT,2019", lambda i, r: f"{r.choice(['AT', 'DE', 'FR'])},{r.randint(2015, 2022)}"),
    ("Wim,2018,2019", lambda i, r: f"{NAMES[i]},{2010 + i % 9},{2011 + i % 9}"),
    ("2020-01-01,5.5", lambda i, r: f"2020-02-{i + 1:02d},{r.random():.2f}"),
    ("Wim,31,Bern", lambda i, r: f"{NAMES[i]},{r.randint(20, 80)},{r.choice(['Bern', 'Lyon'])}"),
    ("0.5,0.25", lambda i, r: f"{r.random():.2f},{r.random():.2f}"),
    ("wim@x.org,+41 79 123 45 67", lambda i, r: f"{NAMES[i]}@x.org,+41 79 12{i % 10} 45 6{i % 10}"),
]


def records(first: str, row: Row, rows: int, seed: int) -> list[list[Any]]:
    r = random.Random(seed)
    return list(csv.reader(io.StringIO("\n".join([first, *(row(i, r) for i in range(rows))]))))


@pytest.mark.parametrize("rows", [8, 20])
@pytest.mark.parametrize(("first", "row"), HEADERS, ids=[first[:20] for first, _ in HEADERS])
def test_a_header_is_a_header(first: str, row: Row, rows: int) -> None:
    found = records(first, row, rows, seed=rows)
    assert names_columns(found[0], found[1:])


@pytest.mark.parametrize("rows", [12, 20])
@pytest.mark.parametrize(("first", "row"), ROWS, ids=[first for first, _ in ROWS])
def test_a_first_row_is_no_header(first: str, row: Row, rows: int) -> None:
    found = records(first, row, rows, seed=rows)
    assert not names_columns(found[0], found[1:])


def test_the_names_and_kinds_that_come_of_it() -> None:
    text = "\n".join(["colour,y", *(f"{'red' if i % 3 else 'blue'},{'yes' if i % 2 else 'no'}" for i in range(30))])
    result = read(text.encode(), name="t.csv")
    assert result.table.schema.names == ["colour", "y"]
    assert [column.kind.value for column in result.table.schema] == ["category", "boolean"]
    assert len(result.table) == 30
    assert result.assumed == ()


def test_years_of_a_workbook_are_names() -> None:
    typed: list[list[Any]] = [["country", 2019.0, 2020.0], *([f"land{i}", i * 7.5, i * 3.25] for i in range(10))]
    assert find_layout(typed).header == 0


def test_a_wide_table_is_looked_at_in_part() -> None:
    counted = [[str(i) for i in range(3_000)], *([f"{(i * 7 + row) % 13}" for i in range(3_000)] for row in range(6))]
    assert names_columns(counted[0], counted[1:])
    assert not names_columns(counted[1], counted[2:])


@pytest.mark.parametrize(
    ("expected", "names"),
    [((), ["column_1", "column_2"]), (("yes", "no"), ["yes", "no"]), (("a", "b"), ["a", "b"]), (("a", "b", "c"), ["column_1", "column_2"])],
)  # fmt: skip
def test_names_known_from_elsewhere_decide(expected: tuple[str, ...], names: list[str]) -> None:
    layout = find_layout([["yes", "no"], ["yes", "yes"], ["no", "no"], ["yes", "no"]], expected)
    assert layout.names == names
    assert (layout.first, layout.header) == ((1, 0) if names == ["yes", "no"] else (0, None))
