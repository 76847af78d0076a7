"""Cells set apart by blanks: separated, of fixed width, drawn by databases; and words that blanks do not make a table."""

from __future__ import annotations

import random
from typing import Any

import pandas as pd
import pytest

from synth_ui.tables.read import Reading, read

R = random.Random(7)
PEOPLE = [("Ann", "New York", 31), ("Bob Lee", "Los Angeles", 5), ("Cleo", "Bern", 47), ("Dora Maria", "San Diego", 22)]


def lines(*rows: str) -> str:
    return "\n".join(rows) + "\n"


def fixed(rows: list[tuple[Any, ...]]) -> list[str]:
    return [f"{name:<14}{city:<15}{age:>3}" for name, city, age in rows]


def reading(text: str, name: str) -> Reading:
    return read(text.encode(), name=name)


TABLES: dict[str, tuple[str, str, list[str], list[Any]]] = {
    "a csv with single spaces": (
        "t.csv", lines("age sex income", *(f"{20 + i} {'MF'[i % 2]} {1000 + i * 77}" for i in range(20))),
        ["age", "sex", "income"], [20, "M", 1000],
    ),
    "numbers only": ("t.csv", lines("x y", "1 2", "3 4", "5 6"), ["x", "y"], [1, 2]),
    "codes and numbers without a header": (
        "german.data", lines(*(f"A1{i % 4} {6 + i} A3{i % 5} {500 + 13 * i} {i % 2 + 1}" for i in range(40))),
        ["column_1", "column_2", "column_3", "column_4", "column_5"], ["A10", 6, "A30", 500, "1"],
    ),
    "several spaces, levels at the end": (
        "yeast.data", lines(*(f"N{R.randint(1, 400)}_YEAST  {i / 100:.2f}  {R.random():.2f}  {'MIT' if i % 3 else 'NUC'}" for i in range(40))),
        ["column_1", "column_2", "column_3", "column_4"], [None, 0.0, None, "NUC"],
    ),
    "numbers aligned to the right": (
        "housing.dat", lines(*(f" {i / 7:9.5f} {i * i:5d} {i * 10.5:8.2f}" for i in range(40))),
        ["column_1", "column_2", "column_3"], [0.0, 0, 0.0],
    ),
    "tabs between and spaces too": (
        "mpg.data", lines(*(f"{15 + i / 2:.1f}   {4 + i % 5}   {300.5 - i}      \t\"{'buick skylark' if i % 2 else 'audi'}\"" for i in range(30))),
        ["column_1", "column_2", "column_3", "column_4"], [15.0, 4, 300.5, "audi"],
    ),
    "a header that numpy comments out": (
        "t.txt", lines("# a b c", *(f"{i / 3:.18e} {i / 7:.18e} {i:.18e}" for i in range(20))), ["a", "b", "c"], [0.0, 0.0, 0],
    ),
    "what R prints, with names of the rows": (
        "t.txt", lines("        mpg cyl  disp", "Mazda  21.0   6 160.5", "Datsun 22.8   4 108.0", "Hornet 21.4   6 258.0", "Valiant 18.1  6 225.0"),
        ["row_name", "mpg", "cyl", "disp"], ["Mazda", 21.0, 6, 160.5],
    ),
    "quoted words with blanks": (
        "t.txt", lines('"mpg" "cyl" "name"', *(f'{20 + i / 2} {4 + i % 3} "a b{i % 2}"' for i in range(9))), ["mpg", "cyl", "name"], [20.0, 4, "a b0"],
    ),
    "decimal commas": ("t.txt", lines("x y", "1,5 2,5", "2,5 3,5", "4,5 3,5"), ["x", "y"], [1.5, 2.5]),
    "fixed width with blanks in the cells": ("t.txt", lines(*fixed([("name", "city", "age"), *PEOPLE * 4])), ["name", "city", "age"], ["Ann", "New York", 31]),
    "fixed width with blank cells": (
        "t.prn", lines(*fixed([("name", "city", "age"), *PEOPLE, ("Emil", "", ""), *PEOPLE])), ["name", "city", "age"], ["Ann", "New York", 31],
    ),
    "fixed width in a csv, few lines": ("t.csv", lines(*fixed([("name", "city", "age"), *PEOPLE])), ["name", "city", "age"], ["Ann", "New York", 31]),
    "columns underlined by a database": (
        "t.rpt", lines("id          name                 amount", "----------- -------------------- ----------", "          1 Ann Smith                 12.50",
                       "          2 Bob                       7.25", "          3 Cleo von der Au            NULL", "", "(3 rows affected)"),
        ["id", "name", "amount"], [1, "Ann Smith", 12.5],
    ),
    "bars and a line drawn below the header": ("t.txt", lines(" a | b ", "---+---", " 1 | x", " 3 | y", "(2 rows)"), ["a", "b"], [1, "x"]),
    "a table of Markdown": ("t.md", lines("| a | b |", "|---|---|", "| 1 | x |", "| 2 | y |"), ["a", "b"], [1, "x"]),
    "a separator that is named": ("t.csv", lines("sep=;", "a;b", "1;x", "3;y"), ["a", "b"], [1, "x"]),
}  # fmt: skip


@pytest.mark.parametrize("what", TABLES)
def test_blanks_cut_lines_into_cells(what: str) -> None:
    name, text, names, first = TABLES[what]
    result = reading(text, name)
    assert result.table.schema.names == names
    cells = result.table.frame.iloc[0].astype(object).tolist()
    assert [cell for cell, wanted in zip(cells, first, strict=True) if wanted is not None] == [w for w in first if w is not None]
    assert not result.table.frame.iloc[-1].isna().all()


WORDS: dict[str, tuple[str, list[str]]] = {
    "names": ("t.csv", ["name", *["Ann Smith", "Bob Lee", "Cleo Jones", "Dora Marsh"] * 5]),
    "names in a text file": ("t.txt", ["full name", *["Ann Smith", "Bob Lee", "Cleo Jones", "Dora Marsh"] * 5]),
    "rooms": ("t.csv", ["Room number", *(f"Room {i}" for i in range(20))]),
    "dates with times": ("t.csv", ["time", *(f"2020-01-{i + 1:02d} 10:00:00" for i in range(20))]),
    "thousands set apart": ("t.csv", ["amount", *(f"{i} {i * 37 % 1000:03d}" for i in range(1, 20))]),
    "phones": ("t.csv", ["phone", *(f"{200 + i} {300 + i} {1000 + i}" for i in range(20))]),
    "cards without a header": ("t.csv", [f"4111 1111 1111 {1000 + i}" for i in range(20)]),
    "sentences": ("t.txt", ["review", *(" ".join(R.choice(["good", "bad", "film", "it"]) for _ in range(3 + i % 7)) for i in range(30))]),
    "addresses": ("t.csv", ["address", *(f"{i + 3} {R.choice(['Main', 'High'])} Street" for i in range(20))]),
}  # fmt: skip


@pytest.mark.parametrize("what", WORDS)
def test_words_stay_together_and_that_no_separator_was_found_is_said(what: str) -> None:
    name, rows = WORDS[what]
    result = reading(lines(*rows), name)
    assert len(result.table.schema) == 1
    assert f"no separator was found, so every line is one cell; the first line is {rows[0]!r}" in result.assumed


@pytest.mark.parametrize("mark", ["^", "~", "|"])
def test_signs_that_some_programs_write_between_cells(mark: str) -> None:
    found = reading(lines(mark.join("abc"), *(f"{i}{mark}{i * 2}{mark}{'xyz'[i % 3]}" for i in range(30))), "t.txt")
    assert found.table.schema.names == ["a", "b", "c"]


@pytest.mark.parametrize("line", ["{}::{}::x", "{}#{}#x", "ab{:03d}xy{:05d}"])
def test_lines_that_are_cut_alike_but_not_by_a_separator_known_here_are_said(line: str) -> None:
    said = reading(lines(line.format(7, 8), *(line.format(100 + i, 200 + i * 3) for i in range(30))), "t.txt").assumed
    assert any(text.startswith("no separator was found") for text in said)


def test_names_of_several_words_over_columns_of_fixed_width() -> None:
    rows = (f"{i * 0.5:7.1f}  {i:10d}  {'New York' if i % 2 else 'Ulm'}" for i in range(30))
    found = reading(lines("temp °C  wind speed  city", *rows), "t.txt")
    assert found.table.schema.names == ["temp °C", "wind speed", "city"]
    assert found.table.frame["city"].astype(str).tolist()[:2] == ["Ulm", "New York"]


def test_a_column_of_single_words_needs_no_separator() -> None:
    assert reading("foo\n1\n2\n3\n", "t.csv").assumed == ()


def test_how_lines_were_cut_is_said() -> None:
    assert reading("x y\n1 2\n3 4\n5 6\n", "t.csv").assumed == ("cells are separated by spaces",)
    text = lines(*fixed([("name", "city", "age"), *PEOPLE]))
    assert "columns have a fixed width and begin at characters 1, 15, 30" in reading(text, "t.txt").assumed


def test_a_long_file_of_fixed_width_is_read_whole() -> None:
    rows = [(f"P{i}", f"City {i % 7}", i % 90) for i in range(8_000)]
    table = reading(lines(*fixed([("name", "city", "age"), *rows])), "t.dat").table
    assert len(table) == 8_000
    assert pd.Series(table.frame["age"]).tolist() == [age for _, _, age in rows]
