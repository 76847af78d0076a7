"""Columns that are made anew, not learned: identifiers, group keys, personal values, free text, columns left out.

Of each such column the sampler keeps a pattern (lengths, the characters seen at each place), the share of blanks, and one
salted hash per real value so that no real value is made again. It keeps no value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.table import Column, Kind, Role

_ENOUGH = 20
"""Rows from which the characters seen at a place are taken to be all there are."""

_ATTEMPTS = 40

_FAKED = 10_000
"""Values asked of Faker at most; further rows reuse them with other digits."""

_LATIN = (
    "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna aliqua "
    "enim ad minim veniam quis nostrud exercitation ullamco laboris nisi aliquip ex ea commodo consequat"
)


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
class Pattern:
    """How texts are built: their lengths with shares, and for each length the characters of each place.

    `unique` says whether every real value was different; then every made one is.
    """

    lengths: tuple[int, ...]
    shares: NDArray[np.float64]
    alphabets: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, texts: pd.Series[Any]) -> Pattern:
        """Read the pattern off the values; the 30 most frequent lengths are kept."""
        sizes = texts.str.len()
        common = sizes.value_counts().sort_index().nlargest(30)
        alphabets = tuple(_alphabets(texts[sizes == length].to_numpy(), int(length)) for length in common.index)
        return cls(tuple(int(length) for length in common.index), (common / common.sum()).to_numpy(dtype=float), alphabets)

    def make(self, n: int, extra: int, rng: np.random.Generator) -> pd.Series[Any]:
        """Draw `n` texts; `extra` digits are appended where the pattern has too few different texts."""
        which = rng.choice(len(self.lengths), n, p=self.shares) if self.lengths else np.zeros(n, dtype=int)
        out = np.full(n, "", dtype=object)
        for index, alphabets in enumerate(self.alphabets):
            rows = np.flatnonzero(which == index)
            places = [rng.choice(np.array(list(letters)), len(rows)) for letters in (*alphabets, *(["0123456789"] * extra))]
            if places:
                out[rows] = ["".join(letters) for letters in zip(*places, strict=True)]
        return pd.Series(out, dtype=object)


def _alphabets(texts: NDArray[Any], length: int) -> tuple[str, ...]:
    """Return the characters of each place: those seen where there are enough rows, else all of their class."""
    found = []
    for place in range(length):
        seen = {text[place] for text in texts}
        found.append("".join(sorted(seen if len(texts) >= _ENOUGH else set().union(*map(_class_of, seen)))))
    return tuple(found)


def _class_of(letter: str) -> set[str]:
    for letters in ("0123456789", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"):
        if letter in letters:
            return set(letters)
    return {letter}


@dataclass(frozen=True, eq=False)
class Anew:
    """One column that is made anew.

    Attributes
    ----------
    way
        "integers", "pattern", "words", "faker", "uniform", "constant", "blank": how values are made.
    blank
        The share of blanks.
    group_sizes
        For a group key: the sizes of the real groups, so that new keys repeat as the real ones do.
    """

    column: Column
    dtype: Any
    way: str
    blank: float
    unique: bool
    low: int = 0
    high: int = 0
    pattern: Pattern | None = None
    words: NDArray[np.int64] | None = None
    group_sizes: NDArray[np.int64] | None = None
    forbidden: Forbidden | None = None
    constant: Any = None

    @classmethod
    def of(cls, series: pd.Series[Any], column: Column, context: Context) -> Anew:
        """Find out how to make a column anew."""
        context = context.named(f"anew {column.name}")
        there = series.dropna()
        plain = there.astype(object)
        way = _way(series, column, len(there))
        if way == "constant":
            return cls(column, series.dtype, way, 0.0, False, constant=series.iloc[0])
        facts: dict[str, Any] = {"forbidden": Forbidden.of(plain, context)}
        if way in ("integers", "uniform"):
            ticks = _ticks(there)
            facts |= {"low": int(ticks.min()), "high": int(ticks.max())}
        if way == "pattern":
            facts["pattern"] = Pattern.of(plain.map(str))
        if way == "words":
            facts["words"] = np.sort(plain.map(lambda text: len(str(text).split())).to_numpy(dtype=np.int64))
        if column.role is Role.GROUP_KEY:
            facts["group_sizes"] = np.sort(plain.value_counts().to_numpy(dtype=np.int64))
        blank = float(series.isna().mean()) if len(series) else 0.0
        return cls(column, series.dtype, way, blank, bool(there.is_unique), **facts)

    def make(self, n: int, context: Context) -> pd.Series[Any]:
        """Make `n` values."""
        rng = context.rng(f"anew {self.column.name}")
        if self.way == "constant":
            return pd.Series([self.constant] * n, dtype=self.dtype)
        if self.way == "blank":
            return pd.Series([None] * n, dtype=_with_blanks(self.dtype))
        values = self._keys(n, rng) if self.group_sizes is not None else self._values(n, rng, self.unique)
        return self._finish(values, rng.random(n) < self.blank)

    def _keys(self, n: int, rng: np.random.Generator) -> pd.Series[Any]:
        """Make keys that repeat as often as the real ones."""
        if self.group_sizes is None or not len(self.group_sizes):
            return self._values(n, rng, True)
        sizes = rng.choice(self.group_sizes, max(n, 1))
        group = np.repeat(np.arange(len(sizes)), sizes)[:n]
        keys = self._values(int(group.max(initial=-1)) + 1, rng, True)
        return keys.iloc[group].reset_index(drop=True)

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
                return kept
            longer += len(kept) - before < asked / 5
        raise DoesNotApply(
            f"no {n:,} new values could be made for {self.column.name!r}; set its role to ignored, or ask for fewer rows"
        )

    def _attempt(self, n: int, longer: int, done: int, rng: np.random.Generator) -> pd.Series[Any]:
        if self.way == "integers":
            return pd.Series(self._integers(n, longer, done, rng), dtype=object)
        if self.way == "uniform":
            return pd.Series(rng.integers(self.low, self.high, n, endpoint=True), dtype=object)
        if self.way == "words":
            return _sentences(rng.choice(self.words, n) if self.words is not None else np.ones(n, dtype=int), rng)
        if self.way == "faker":
            return _fake(str(self.column.provider), n, longer > 0, rng)
        assert self.pattern is not None
        return self.pattern.make(n, longer, rng)

    def _integers(self, n: int, longer: int, done: int, rng: np.random.Generator) -> Any:
        """Draw from the real range where it is wide enough, else count on from its end."""
        wide = self.high - self.low > 1_000 * (n + (0 if self.forbidden is None else len(self.forbidden.hashes)))
        if wide and not longer:
            return rng.integers(self.low, self.high, n, endpoint=True)
        room = np.iinfo(np.int64).max - self.high > done + n
        start = self.high + 1 + done if room else self.low - done - n
        return np.arange(start, start + n)

    def _finish(self, values: pd.Series[Any], blank: NDArray[np.bool_]) -> pd.Series[Any]:
        values = values.mask(pd.Series(blank), None) if blank.any() else values
        if self.column.kind is Kind.DATETIME:
            return _from_ticks(values, self.dtype)
        if isinstance(self.dtype, pd.CategoricalDtype):
            return pd.Series(pd.Categorical(values, ordered=self.column.kind is Kind.ORDINAL))
        if pd.api.types.is_numeric_dtype(self.dtype) and not pd.api.types.is_bool_dtype(self.dtype):
            return pd.Series(pd.array(values, dtype="Int64")).astype(self.dtype)
        return values.astype(object).where(values.notna(), None)


def _way(series: pd.Series[Any], column: Column, there: int) -> str:
    if column.role is Role.IGNORED and there == len(series) and there > 1 and series.nunique() == 1:
        return "constant"
    if there == 0 or column.role is Role.IGNORED:
        return "blank"
    if column.role is Role.PERSONAL and column.provider and not column.kind.numeric:
        return "faker" if not pd.api.types.is_numeric_dtype(series.dtype) else "integers"
    if column.kind is Kind.TEXT:
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


def _sentences(lengths: Any, rng: np.random.Generator) -> pd.Series[Any]:
    """Return placeholder texts of the given numbers of words."""
    lengths = np.maximum(lengths, 1)
    words = rng.choice(np.array(_LATIN.split(), dtype=object), int(lengths.sum()))
    ends = np.cumsum(lengths)
    texts = [" ".join(words[end - length : end]).capitalize() for end, length in zip(ends, lengths, strict=True)]
    return pd.Series(texts, dtype=object)


def _fake(provider: str, n: int, vary: bool, rng: np.random.Generator) -> pd.Series[Any]:
    """Return values of a Faker provider; beyond `_FAKED` of them, and where asked, digits are drawn anew."""
    from faker import Faker

    fake = Faker()
    fake.seed_instance(int(rng.integers(2**31 - 1)))
    make = getattr(fake, provider, fake.name)
    pool = np.array([str(make()) for _ in range(min(n, _FAKED))], dtype=object)
    if n <= _FAKED and not vary:
        return pd.Series(pool, dtype=object)
    texts = pool if n <= _FAKED else rng.choice(pool, n)
    return pd.Series([_vary(text, rng) for text in texts], dtype=object)


def _vary(text: str, rng: np.random.Generator) -> str:
    """Draw the digits of a text anew; one without digits gets a number before its "@" or at its end."""
    if any(letter.isdigit() for letter in text):
        return "".join(str(rng.integers(10)) if letter.isdigit() else letter for letter in text)
    number = str(rng.integers(1, 100_000))
    return text.replace("@", f"{number}@", 1) if "@" in text else f"{text} {number}"
