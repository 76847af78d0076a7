"""New texts like real ones: their characters, lengths and separators, never one of them, whatever they are."""

from __future__ import annotations

import base64
import json
import random
import re
import uuid
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_ui.core.context import Context
from synth_ui.core.table import Column, Kind, Role
from synth_ui.generators._preparation.replaced_columns import ReplacedColumn, _fake
from synth_ui.generators._preparation.text_likeness import TextLikeness
from synth_ui.tables.personal.personal_values import _iban, _ip, _luhn
from tests.examples import examples

CONTEXT = Context(4)
MAKE = random.Random(5)


def word(least: int, most: int, letters: str = "abcdefghijklmnopqrstuvwxyz") -> str:
    return "".join(MAKE.choice(letters) for _ in range(MAKE.randint(least, most)))


def different(make: Callable[[], str], n: int) -> list[str]:
    """Call `make` until there are `n` different texts."""
    found: dict[str, None] = {}
    while len(found) < n:
        found[make()] = None
    return list(found)


def smiles() -> str:
    return "".join(
        MAKE.choice(["C", "CC", "O", "N", "c1ccccc1", "C(=O)", "[NH3+]", "Cl", "F", "C#N"]) for _ in range(MAKE.randint(4, 10))
    )


HAN = "".join(chr(code) for code in range(0x4E00, 0x4F00))

SORTS: dict[str, tuple[Callable[[], str], str]] = {
    "gene": (lambda: word(4, 8, "ABCDEFGH") + str(MAKE.randint(1, 99)), r"[A-H]{4,8}\d{1,2}"),
    "host": (
        lambda: f"{MAKE.choice(['web', 'db'])}-{MAKE.randint(1, 9999)}.{MAKE.choice(['prod', 'dev'])}.example.com",
        r"(web|db)-\d{1,4}\.(prod|dev)\.example\.com",
    ),
    "smiles": (smiles, r"[CONHFl1c()=#\[\]3+]+"),
    "base64": (lambda: base64.b64encode(MAKE.randbytes(16)).decode(), r"[A-Za-z0-9+/]{22}=="),
    "path": (lambda: f"/data/{word(3, 6)}/{word(4, 4)}.{MAKE.choice(['py', 'txt'])}", r"/data/[a-z]{3,6}/[a-z]{4}\.(py|txt)"),
    "place": (lambda: f"{MAKE.uniform(45, 55):.4f},{MAKE.uniform(5, 9):.4f}", r"\d\d\.\d{4},\d\.\d{4}"),
    "handle": (lambda: "@" + word(5, 9), r"@[a-z]{5,9}"),
    "chinese": (lambda: word(6, 8, HAN), r"[\u4e00-\u4eff]{6,8}"),
    "json": (
        lambda: json.dumps({"id": MAKE.randint(0, 10**6), "tag": word(4, 4)}),
        r'\{"id": \d{1,7}, "tag": "[a-z]{4}"\}',
    ),
    "uuid": (lambda: str(uuid.UUID(int=MAKE.getrandbits(128))), r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "sku": (lambda: f"SKU-{MAKE.randint(0, 99999):05d}", r"SKU-\d{5}"),
    "postcode": (lambda: f"0{MAKE.randint(0, 9999):04d}", r"0\d{4}"),
    "disease": (lambda: f"{MAKE.choice('ABCDE')}{MAKE.randint(0, 99):02d}.{MAKE.randint(0, 9)}", r"[A-E]\d\d\.\d"),
    "plate": (lambda: f"{MAKE.choice(['B', 'HH'])}-{word(2, 2, 'ABCDEF')} {MAKE.randint(10, 9999)}", r"(B|HH)-[A-F]{2} \d{2,4}"),
    "week": (lambda: f"{MAKE.randint(1990, 2020)}-W{MAKE.randint(1, 52):02d}", r"\d{4}-W\d\d"),
}  # fmt: skip
"""What users have in their columns: how one is made, and what new ones must look like."""


def column_of(texts: list[str], kind: Kind = Kind.TEXT, role: Role = Role.FEATURE) -> ReplacedColumn:
    return ReplacedColumn.of(pd.Series(texts, dtype=object), Column("x", kind, role), CONTEXT)


@pytest.mark.parametrize("rows", [50, 1_000])
@pytest.mark.parametrize("sort", SORTS)
def test_new_texts_look_like_the_real_ones_and_are_none_of_them(sort: str, rows: int) -> None:
    make, looks = SORTS[sort]
    real = different(make, rows)
    made = column_of(real).make(rows, CONTEXT)
    assert made.is_unique
    assert not set(made) & set(real)
    assert made.map(lambda text: re.fullmatch(looks, text) is not None).mean() > 0.97
    assert abs(made.str.len().mean() - np.mean([len(text) for text in real])) < 0.15 * np.mean([len(text) for text in real])


def test_a_hundred_thousand_texts_of_two_words_are_all_different() -> None:
    real = different(lambda: f"{word(4, 6)} {word(4, 6)}", 3_000)
    made = column_of(real).make(100_000, CONTEXT)
    assert made.is_unique
    assert made.str.split().map(len).eq(2).all()


def test_sentences_become_placeholders_of_the_same_number_of_words() -> None:
    real = [f"the client number {word(3, 5)} asked again for help" for _ in range(60)]
    made = column_of(real).make(60, CONTEXT)
    assert set(made.str.split().map(len)) == {8}
    assert not {"client", "asked"} & set(" ".join(made).lower().split())


@pytest.mark.parametrize("kind", [Kind.TEXT, Kind.IDENTIFIER])
def test_codes_that_repeat_go_on_repeating(kind: Kind) -> None:
    real = [f"SKU-{MAKE.randint(0, 400):04d}" for _ in range(600)]
    made = column_of(real, kind).make(600, CONTEXT)
    assert not set(made) & set(real)
    assert 0.8 < made.nunique() / len(set(real)) < 1.25
    assert abs(made.value_counts().max() - pd.Series(real).value_counts().max()) <= 3


def test_the_same_seed_gives_the_same_texts_and_another_others() -> None:
    column = column_of(different(smiles, 200))
    assert column.make(50, Context(1)).equals(column.make(50, Context(1)))
    assert not column.make(50, Context(1)).equals(column.make(50, Context(2)))


LETTERS = st.characters(exclude_characters="\x00", exclude_categories=["Cs"])


@given(st.lists(st.text(LETTERS, min_size=1, max_size=12), min_size=1, max_size=60, unique=True), st.integers(1, 80))
@settings(max_examples=examples(30), deadline=None)
def test_any_texts_whatever_are_never_repeated(texts: list[str], n: int) -> None:
    made = column_of(texts).make(n, CONTEXT)
    assert len(made) == n
    assert made.is_unique
    assert not set(made) & set(texts)


@given(st.lists(st.text(LETTERS, min_size=1, max_size=8), min_size=1, max_size=12, unique=True), st.integers(2, 6))
@settings(max_examples=examples(30), deadline=None)
def test_any_texts_that_repeat_are_never_repeated_themselves(texts: list[str], times: int) -> None:
    made = column_of(texts * times).make(len(texts) * times, CONTEXT)
    assert not set(made) & set(texts)
    assert made.value_counts().max() == times


def test_few_texts_lend_none_of_their_letters_to_new_ones() -> None:
    made = TextLikeness.of(["北京路一号", "上海路二号", "Ab-1"]).draw(200, np.random.default_rng(0))
    assert len(set(made)) > 150
    assert not any("北京" in text or "上海" in text for text in made)


def test_a_word_few_texts_have_is_not_made_again() -> None:
    real = [f"ward-{MAKE.choice(['north', 'south'])}-{i:03d}" for i in range(300)] + ["ward-smithson-300"]
    made = " ".join(TextLikeness.of(real).draw(3_000, np.random.default_rng(0)))
    assert "north" in made
    assert "smithson" not in made


def test_long_texts_take_moments_and_stay_long() -> None:
    real = ["".join(MAKE.choices("abcdefg ,.", k=MAKE.randint(2_000, 3_000))) for _ in range(40)]
    made = column_of(real).make(40, CONTEXT)
    assert made.str.len().between(1_900, 3_100).all()


def test_signs_alone_make_no_blank() -> None:
    made = column_of(["." * size + "!" for size in (70, 80, 90)]).make(20, CONTEXT)
    assert made.str.len().min() > 60


def test_values_a_table_has_no_more_of_are_made_longer() -> None:
    made = column_of([f"{i:02d}" for i in range(100)], Kind.IDENTIFIER).make(400, CONTEXT)
    assert made.is_unique
    assert made.str.fullmatch(r"\d{3,4}").all()


@pytest.mark.parametrize(
    ("values", "kind"), [(pd.Series(range(18, 90)), Kind.INTEGER), (pd.Series(np.arange(40) / 2), Kind.NUMBER)]
)
def test_numbers_of_a_full_range_called_personal_are_made_beyond_it(values: pd.Series, kind: Kind) -> None:
    made = ReplacedColumn.of(values, Column("x", kind, Role.PERSONAL, decimals=1), CONTEXT).make(60, CONTEXT)
    assert made.dtype == values.dtype
    assert not set(made) & set(values)


@pytest.mark.parametrize(
    ("make", "ranges"),
    [
        (lambda i: f"{1990 + i % 31}Q{i % 4 + 1}x{i:04d}", {r"^(\d{4})Q": (1990, 2020), r"Q(\d)": (1, 4)}),
        (lambda i: f"{2015 + i % 9}-W{i % 52 + 1:02d}-{i:03d}", {r"^(\d{4})": (2015, 2023), r"W(\d{2})": (1, 52)}),
        (lambda i: f"{2015 + i % 9}-{i % 365 + 1:03d}/{i:03d}", {r"-(\d{3})/": (1, 365)}),
    ],
)
def test_numbers_in_texts_stay_in_their_range(make: Callable[[int], str], ranges: dict[str, tuple[int, int]]) -> None:
    made = TextLikeness.of([make(i) for i in range(600)]).draw(400, np.random.default_rng(0))
    for pattern, (low, high) in ranges.items():
        numbers = [int(re.search(pattern, text)[1]) for text in made]
        assert low <= min(numbers)
        assert max(numbers) <= high
        assert len(set(numbers)) > 2


@pytest.mark.parametrize(("provider", "valid"), [("ipv4", _ip), ("iban", _iban), ("credit_card_number", _luhn)])
def test_values_beyond_what_is_asked_of_faker_are_of_their_sort_too(
    provider: str, valid: Callable[[str], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synth_ui.generators._preparation.replaced_columns._FAKED", 50)
    made = _fake(provider, 400, 0, np.random.default_rng(2))
    assert all(map(valid, made))
    assert made.nunique() > 350
