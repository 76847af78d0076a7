"""Columns that are made anew, not learned: identifiers, group keys, personal values, free text, columns left out.

Of each such column the sampler keeps how its texts are built (see `text_likeness`), the share of blanks, how often values repeat, and
one salted hash per real value so that no real value is made again. It keeps no value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.formats.texts import reads_as_words
from synth_ui.core.table import Column, Kind, Role, column_options
from synth_ui.generators._preparation.text_likeness import TextLikeness

_ATTEMPTS = 40

_FAKED = 10_000
"""Values asked of Faker at most; further rows reuse them with other digits."""

_LOCALES = ("en_US", "en_GB", "en_IE", "de_DE", "fr_FR", "it_IT", "es_ES", "nl_NL", "pl_PL", "sv_SE")
"""Where Faker looks for more once the names of its first locale are used up."""

_LATIN = (
    "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna aliqua "
    "enim ad minim veniam quis nostrud exercitation ullamco laboris nisi aliquip ex ea commodo consequat"
)


_CODE = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_KEYS = (10**15, 10**16)
_WORDS = np.arange(5, 16, dtype=np.int64)
_PERSONAL = (-631_152_000 * 10**6, 1_104_537_600 * 10**6)
"""1950 to 2005 in microseconds since 1970: made-up personal dates lie there."""


@dataclass(frozen=True, eq=False)
class Forbidden:
    """The salted hashes of the real values, so that none is made again."""

    salt: str
    hashes: NDArray[np.uint64]

    @classmethod
    def of(cls, values: pd.Series[Any], context: Context) -> Forbidden:
        """Hash the values that are there."""
        salt = "".join(f"{number:02x}" for number in context.rng("salt").integers(0, 256, 8))
        return cls(salt, np.unique(_hash(values.dropna(), salt)))

    def among(self, made: pd.Series[Any]) -> NDArray[np.bool_]:
        """Tell which made values are real ones."""
        return np.isin(_hash(made, self.salt), self.hashes)


def _hash(values: pd.Series[Any], salt: str) -> NDArray[np.uint64]:
    texts = values.map(str).to_numpy(dtype=object)
    hashed: NDArray[np.uint64] = pd.util.hash_array(texts, hash_key=salt, categorize=False)
    return hashed


@dataclass(frozen=True, eq=False)
class ReplacedColumn:
    """One column that is made anew.

    Attributes
    ----------
    way
        "integers", "pattern", "words", "faker", "uniform", "constant", "blank": how values are made.
    blank
        The share of blanks.
    unique
        Whether all real values differ; then all made ones do.
    sizes
        Where real values repeat: how often each does, so that new ones repeat as they do.
    loose
        The share of rows without a key, where values are made for persons.
    """

    column: Column
    dtype: Any
    way: str
    blank: float
    unique: bool
    low: float = 0
    high: float = 0
    likeness: TextLikeness | None = None
    words: NDArray[np.int64] | None = None
    sizes: NDArray[np.int64] | None = None
    forbidden: Forbidden | None = None
    constant: Any = None
    loose: float = 0.0

    @classmethod
    def of(cls, series: pd.Series[Any], column: Column, context: Context) -> ReplacedColumn:
        """Find out how to make a column anew."""
        context = context.named(f"anew {column.name}")
        there = series.dropna()
        plain = there.astype(object)
        way = way_of(series, column, len(there))
        if way == "constant":
            return cls(column, series.dtype, way, 0.0, False, constant=series.iloc[0])
        facts: dict[str, Any] = {"forbidden": Forbidden.of(plain, context)}
        if way in ("integers", "uniform"):
            ticks = _ticks(there)
            facts |= {"low": ticks.min().item(), "high": ticks.max().item()}
        if way == "pattern":
            facts["likeness"] = TextLikeness.of([str(text) for text in plain.unique()])
        if way == "words":
            facts["words"] = np.sort([len(str(text).split()) for text in plain.unique()])
        if not there.is_unique:
            facts["sizes"] = np.sort(plain.value_counts().to_numpy(dtype=np.int64))
        blank = float(series.isna().mean()) if len(series) else 0.0
        return cls(column, series.dtype, way, blank, bool(there.is_unique), **facts)

    @classmethod
    def of_schema(cls, series: pd.Series[Any], column: Column) -> ReplacedColumn:
        """Say how a column is made anew without a look at its rows: random keys and codes, Faker, placeholder words, no blanks."""
        way = way_of(series.iloc[:0], column, 1)
        way = "words" if way == "pattern" and column.kind is Kind.TEXT else way
        facts: dict[str, Any] = {}
        if way == "integers":
            facts = {"low": _KEYS[0], "high": _KEYS[1]}
        elif way == "uniform":
            low, high = _PERSONAL if column.kind is Kind.DATETIME else (column.low or 0, column.high or 10**6)
            facts = {
                "low": low if column.kind is Kind.NUMBER else int(low),
                "high": high if column.kind is Kind.NUMBER else int(high),
            }
        elif way == "pattern":
            facts = {"likeness": TextLikeness.code(_CODE, 12)}
        elif way == "words":
            facts = {"words": _WORDS}
        return cls(column, series.dtype, way, 0.0, way in ("integers", "pattern"), **facts)

    def make(self, n: int, context: Context) -> pd.Series[Any]:
        """Make `n` values; those of a group key that repeat stand below one another."""
        rng = context.rng(f"anew {self.column.name}")
        if self.way == "constant":
            return pd.Series([self.constant] * n, dtype=self.dtype)
        if self.way == "blank":
            return pd.Series([None] * n, dtype=_with_blanks(self.dtype))
        values = self._values(n, rng, self.unique) if self.sizes is None else self._repeated(n, rng)
        return self._finish(values, rng.random(n) < self.blank)

    def make_for(self, person: NDArray[np.int64], context: Context) -> pd.Series[Any]:
        """Make one value for each person, numbered from 0, and give it to all of its rows; blanks of a key fall on single rows."""
        made = self.make(int(person.max(initial=-1)) + 1, context).take(person).reset_index(drop=True)
        if not self.loose:
            return made
        return made.mask(pd.Series(context.rng(f"blanks of {self.column.name}").random(len(person)) < self.loose), None)

    def with_blanks(self, rows: pd.Series[Any]) -> ReplacedColumn:
        """Return how the key of persons is made whose rows are given: a row without a key is nobody's."""
        return replace(self, loose=float(rows.isna().mean()), dtype=rows.dtype)

    def _repeated(self, n: int, rng: np.random.Generator) -> pd.Series[Any]:
        """Make values that repeat as often as the real ones."""
        group = repeating(self.sizes, n, rng)
        values = self._values(int(group.max(initial=-1)) + 1, rng, True).iloc[group].reset_index(drop=True)
        return values if self.column.role is Role.GROUP_KEY else values.take(rng.permutation(n)).reset_index(drop=True)

    def _values(self, n: int, rng: np.random.Generator, unique: bool) -> pd.Series[Any]:
        """Make values until there are `n` that are not real and, where asked, all different."""
        kept = pd.Series([], dtype=object)
        longer = 0
        for _ in range(_ATTEMPTS):
            asked = n - len(kept)
            made = self._attempt(asked, longer, len(kept), rng)
            if self.forbidden is not None:
                made = made[~self.forbidden.among(made)]
            before = len(kept)
            kept = pd.concat([kept, made], ignore_index=True) if len(kept) else made.reset_index(drop=True)
            if unique:
                kept = kept.drop_duplicates(ignore_index=True)
            if len(kept) >= n:
                return kept.iloc[:n]
            longer += len(kept) - before < asked / 5
        raise DoesNotApply(
            f"no {n:,} new values could be made for {self.column.name!r}; set its role to ignored (on the command line "
            f"{column_options(self.column.name, role=Role.IGNORED)}), or ask for fewer rows"
        )

    def _attempt(self, n: int, longer: int, done: int, rng: np.random.Generator) -> pd.Series[Any]:
        if self.way == "integers":
            return pd.Series(self._integers(n, longer, done, rng), dtype=object)
        if self.way == "uniform":
            return pd.Series(self._between(n, longer, rng), dtype=object)
        if self.way == "words":
            return sentences(rng.choice(self.words, n) if self.words is not None else np.ones(n, dtype=int), rng, longer)
        if self.way == "faker":
            return _fake(str(self.column.provider), n, longer, rng)
        assert self.likeness is not None
        return pd.Series(self.likeness.draw(n, rng, longer), dtype=object)

    def _integers(self, n: int, longer: int, done: int, rng: np.random.Generator) -> Any:
        """Draw from the real range where it is wide enough, else count on from its end."""
        wide = self.high - self.low > 1_000 * (n + (0 if self.forbidden is None else len(self.forbidden.hashes)))
        low, high = int(self.low), int(self.high)
        if wide and not longer:
            return rng.integers(low, high, n, endpoint=True)
        room = np.iinfo(np.int64).max - high > done + n
        start = high + 1 + done if room else low - done - n
        return np.arange(start, start + n)

    def _between(self, n: int, longer: int, rng: np.random.Generator) -> Any:
        """Draw from the real range; from a wider one once that has nothing new."""
        wider = longer * (self.high - self.low + 1)
        low, high = self.low - wider, self.high + wider
        if self.column.kind is Kind.NUMBER:
            return np.round(rng.uniform(low, high, n), 6 if self.column.decimals is None else self.column.decimals)
        least, most = max(int(low), -(2**62)), min(int(high), 2**62)
        return rng.integers(min(least, int(self.low)), max(most, int(self.high)), n, endpoint=True)

    def _finish(self, values: pd.Series[Any], blank: NDArray[np.bool_]) -> pd.Series[Any]:
        values = values.mask(pd.Series(blank), None) if blank.any() else values
        if self.column.kind is Kind.DATETIME:
            return _from_ticks(values, self.dtype)
        if isinstance(self.dtype, pd.CategoricalDtype):
            return pd.Series(pd.Categorical(values, ordered=self.column.kind is Kind.ORDINAL))
        if pd.api.types.is_float_dtype(self.dtype):
            return pd.to_numeric(values, errors="raise").astype(self.dtype)
        if pd.api.types.is_numeric_dtype(self.dtype) and not pd.api.types.is_bool_dtype(self.dtype):
            return pd.Series(pd.array(values, dtype="Int64")).astype(self.dtype)
        return values.astype(object).where(values.notna(), None)


def way_of(series: pd.Series[Any], column: Column, there: int) -> str:
    if column.role is Role.IGNORED and there == len(series) and there > 1 and series.nunique() == 1:
        return "constant"
    if there == 0 or column.role is Role.IGNORED:
        return "blank"
    if column.role is Role.PERSONAL and column.provider and not column.kind.numeric:
        return "faker" if not pd.api.types.is_numeric_dtype(series.dtype) else "integers"
    if column.kind is Kind.TEXT and reads_as_words(series.dropna().tolist()):
        return "words"
    if pd.api.types.is_bool_dtype(series.dtype):
        return "blank"
    if pd.api.types.is_numeric_dtype(series.dtype) or column.kind is Kind.DATETIME:
        keyed = column.kind is Kind.IDENTIFIER or column.role is Role.GROUP_KEY
        return "integers" if keyed else "uniform"
    return "pattern"


def _with_blanks(dtype: Any) -> Any:
    """Return the canonical dtype that takes blanks."""
    if isinstance(dtype, np.dtype) and dtype.kind in "biu":
        return "boolean" if dtype.kind == "b" else "Int64"
    return dtype


def _ticks(there: pd.Series[Any]) -> Any:
    if pd.api.types.is_datetime64_any_dtype(there.dtype):
        return there.astype("int64").to_numpy()
    return there.to_numpy(dtype=float) if not pd.api.types.is_integer_dtype(there.dtype) else there.to_numpy(dtype="int64")


def _from_ticks(values: pd.Series[Any], dtype: Any) -> pd.Series[Any]:
    ticks = pd.Series(pd.to_datetime(values.astype("Int64").astype("Float64"), unit="us", utc=True)).dt.as_unit("us")
    return ticks.dt.tz_convert(dtype.tz) if isinstance(dtype, pd.DatetimeTZDtype) else ticks.dt.tz_localize(None)


def repeating(sizes: NDArray[np.int64] | None, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the number of the group of each of `n` rows, groups of sizes drawn from `sizes` one below the other."""
    if sizes is None or not len(sizes):
        return np.arange(n)
    drawn = rng.choice(sizes, max(n, 1))
    drawn = drawn[: int(np.searchsorted(np.cumsum(drawn), n)) + 1]
    return np.repeat(np.arange(len(drawn)), drawn)[:n]


def sentences(lengths: Any, rng: np.random.Generator, longer: int = 0) -> pd.Series[Any]:
    """Return placeholder texts of the given numbers of words; for `longer` above 0 of more words than Latin has, joined of so many."""
    lengths = np.maximum(lengths, 1)
    latin = np.array(_LATIN.split(), dtype=object)
    words = rng.choice(latin, int(lengths.sum()))
    for _ in range(longer):
        words = words + rng.choice(latin, len(words))
    ends = np.cumsum(lengths)
    texts = [" ".join(words[end - length : end]).capitalize() for end, length in zip(ends, lengths, strict=True)]
    return pd.Series(texts, dtype=object)


def _fake(provider: str, n: int, longer: int, rng: np.random.Generator) -> pd.Series[Any]:
    """Return values of a Faker provider: of more locales once one has no more, then first and last names of two, then other digits."""
    from faker import Faker

    fake = Faker() if longer == 0 else Faker(list(_LOCALES))
    fake.seed_instance(int(rng.integers(2**31 - 1)))
    make = getattr(fake, provider, fake.name)
    pool = np.array([str(make()) for _ in range(min(n, _FAKED))], dtype=object)
    if n <= _FAKED and longer < 2:
        return pd.Series(pool, dtype=object)
    texts = pool if n <= _FAKED else rng.choice(pool, n)
    if provider == "name" and longer < 4:
        lasts = [text.split()[-1] for text in rng.choice(pool, n)]
        return pd.Series([f"{text.rsplit(None, 1)[0]} {last}" for text, last in zip(texts, lasts, strict=True)], dtype=object)
    mend = _CHECKED.get(provider, str)
    return pd.Series([mend(_vary(text, rng)) for text in texts], dtype=object)


def _as_ipv4(text: str) -> str:
    """Bring the numbers of an address into 0 to 255."""
    return ".".join(str(int(part) % 256) for part in text.split("."))


def _as_iban(text: str) -> str:
    """Give an IBAN the check digits that belong to it (ISO 7064, mod 97-10)."""
    number = int("".join(str(int(letter, 36)) for letter in f"{text[4:]}{text[:2]}00"))
    return f"{text[:2]}{98 - number % 97:02d}{text[4:]}"


def _as_card(text: str) -> str:
    """Give a card number the last digit that belongs to it (Luhn)."""
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(reversed(text[:-1])))
    return f"{text[:-1]}{-total % 10}"


_CHECKED: dict[str, Callable[[str], str]] = {"ipv4": _as_ipv4, "iban": _as_iban, "credit_card_number": _as_card}
"""What makes a value whose digits were drawn anew one of its sort again."""


def _vary(text: str, rng: np.random.Generator) -> str:
    """Draw the digits of a text anew; one without digits gets a number before its "@", before its last dot, or at its end."""
    if any(letter.isdigit() for letter in text):
        digits = iter(rng.integers(10, size=len(text)).tolist())
        return "".join(str(next(digits)) if letter.isdigit() else letter for letter in text)
    number = str(rng.integers(1, 100_000))
    if "@" in text:
        return text.replace("@", f"{number}@", 1)
    return f"{text} {number}" if " " in text or "." not in text else f"{number}.".join(text.rsplit(".", 1))
