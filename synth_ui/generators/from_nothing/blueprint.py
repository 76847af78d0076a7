"""A declared table: what its columns hold, without a single real row.

A blueprint is written as JSON, edited on the design page, or taken from a real table without its values. `drawing` draws it.
"""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from synth_ui.core.errors import SettingError, TableError
from synth_ui.core.formats.date_texts import read_literal
from synth_ui.core.formats.json_texts import read_json
from synth_ui.core.formats.numbers import MOST_DECIMALS
from synth_ui.core.table import Column, Kind, Role, Schema, Table

DISTRIBUTIONS: Mapping[str, str] = {
    "uniform": "every value from low to high alike",
    "normal": "a bell around mean with standard deviation spread, within low and high if given",
    "lognormal": "skewed to the right: median mean, spread is the standard deviation of the logarithm",
    "exponential": "waiting times of the given mean, from low (or 0) on",
    "triangular": "from low to high with its peak at mean",
    "poisson": "counts of the given mean",
    "constant": "always low",
    "sequence": "counted up from low in steps of spread",
    "levels": "one of the levels, by their weights",
    "pattern": "texts built by a pattern such as [A-Z]{2}-\\d{4}",
    "faker": "made-up values of a provider such as name or email",
    "words": "placeholder sentences of low to high words",
}
"""How a column's values are drawn, with what each takes."""

_FOR: Mapping[Kind, tuple[str, ...]] = {
    Kind.NUMBER: ("uniform", "normal", "lognormal", "exponential", "triangular", "constant", "sequence"),
    Kind.INTEGER: ("uniform", "normal", "lognormal", "exponential", "triangular", "poisson", "constant", "sequence"),
    Kind.DATETIME: ("uniform", "normal", "triangular", "constant", "sequence"),
    Kind.CATEGORY: ("levels",),
    Kind.ORDINAL: ("levels",),
    Kind.BOOLEAN: ("levels",),
    Kind.TEXT: ("words", "pattern", "faker"),
    Kind.IDENTIFIER: ("sequence", "pattern", "faker", "uniform"),
}


@dataclass(frozen=True)
class Declared:
    """One declared column.

    Attributes
    ----------
    distribution
        One of `DISTRIBUTIONS`; empty takes what suits the kind.
    low, high, mean, spread
        What the distribution takes: numbers; for dates ISO texts, and `spread` in days.
    levels, weights
        For categories and ordinals; no weights means all alike. For booleans `weights` is the share of true, then of false.
    pattern
        Characters, classes in brackets, `\\d`, `\\w`; each may be followed by `{3}`, `{2,5}` or `?`.
    provider
        The name of a Faker provider.
    decimals
        How many decimals numbers carry; None for full precision.
    format
        A strftime pattern under which dates are written to files, or "yes/no" for booleans.
    blank
        The share of blanks, in [0, 1].
    unique
        Whether no value may repeat.
    """

    name: str
    kind: Kind = Kind.NUMBER
    distribution: str = ""
    low: float | str | None = None
    high: float | str | None = None
    mean: float | str | None = None
    spread: float | None = None
    levels: tuple[str, ...] = ()
    weights: tuple[float, ...] = ()
    pattern: str = ""
    provider: str = ""
    decimals: int | None = None
    format: str | None = None
    blank: float = 0.0
    unique: bool = False
    role: Role = Role.FEATURE

    def __post_init__(self) -> None:
        if not self.distribution:
            object.__setattr__(self, "distribution", self._usual())
        _check(self)

    def _usual(self) -> str:
        """Return the distribution the given parts ask for, else the first that suits the kind."""
        if self.pattern or self.provider:
            return "pattern" if self.pattern else "faker"
        if self.mean is not None and self.spread is not None and self.kind.numeric:
            return "normal"
        return _FOR[self.kind][0]

    def at(self, name: str, default: float | None = None) -> float:
        """Return low, high or mean as a number: of a date, its microseconds since 1970."""
        value = getattr(self, name)
        if value is None:
            if default is None:
                raise SettingError(f"{self.name}: {self.distribution} needs {name}; give a value for it.")
            return default
        if self.kind is Kind.DATETIME:
            return float(_ticks(self.name, name, value))
        return float(value)

    @property
    def shares(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """The share of each level."""
        count = 2 if self.kind is Kind.BOOLEAN else len(self.levels)
        weights = np.asarray(self.weights or (1.0,) * count, dtype=float)
        return np.asarray(weights / weights.sum())

    @property
    def column(self) -> Column:
        """What a schema says of the column."""
        whole = self.kind is Kind.INTEGER or (self.kind is Kind.IDENTIFIER and self.distribution in ("sequence", "uniform"))
        dtype = "int64" if whole else _DTYPES.get(self.kind, "object")
        if self.kind is Kind.BOOLEAN and self.format:
            dtype = "object"
        return Column(
            self.name,
            self.kind,
            Role.PERSONAL if self.distribution == "faker" and self.role is Role.FEATURE else self.role,
            nullable=self.blank > 0,
            levels=self.levels,
            decimals=self.decimals,
            format=self.format,
            dtype="object" if self.kind is Kind.DATETIME and self.format else dtype,
            provider=self.provider or None,
            why="declared",
        )

    def to_dict(self) -> dict[str, Any]:
        """Return what differs from the defaults, in plain values for JSON."""
        said = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in said.items()}
        defaults = {entry.name: entry.default for entry in fields(self)}
        kept = {name: value for name, value in plain.items() if name in ("name", "kind") or said[name] != defaults[name]}
        return {name: str(value) if isinstance(value, Kind | Role) else value for name, value in kept.items()}


_DTYPES = {Kind.NUMBER: "float64", Kind.INTEGER: "int64", Kind.BOOLEAN: "bool", Kind.DATETIME: "datetime64[us]"}


def _ticks(column: str, part: str, value: Any) -> int:
    try:
        return int(read_literal(str(value), None).astype("datetime64[us]").astype("int64"))
    except TableError as error:
        raise SettingError(f"{column}: {part}: {error}.") from error


def _check(column: Declared) -> None:
    """Refuse what does not hold together, naming column, value and what is allowed."""
    name, how = column.name, column.distribution
    if not str(name).strip():
        raise SettingError("A column has no name; give every column one.")
    if how not in _FOR[column.kind]:
        raise SettingError(
            f"{name}: distribution is {how!r}; a column of kind {column.kind} takes {', '.join(_FOR[column.kind])}."
        )
    if not 0 <= column.blank <= 1:
        raise SettingError(f"{name}: blank is {column.blank:g}; it is a share from 0 to 1.")
    if column.decimals is not None and not 0 <= column.decimals <= MOST_DECIMALS:
        raise SettingError(f"{name}: decimals is {column.decimals}; allowed is 0 to {MOST_DECIMALS}, or none for full precision.")
    if how == "levels":
        _check_levels(column)
    elif how == "pattern" and not column.pattern:
        raise SettingError(f"{name}: pattern is empty; write one such as [A-Z]{{2}}-\\d{{4}}.")
    elif how == "faker":
        _check_provider(column)
    elif how == "words":
        _check_words(column)
    elif column.kind.numeric or how in ("uniform", "sequence"):
        _check_numbers(column)
    if column.unique and how not in ("uniform", "sequence", "pattern", "faker"):
        raise SettingError(f"{name}: unique goes with uniform, sequence, pattern and faker; {how} repeats its values.")


def _check_levels(column: Declared) -> None:
    name, count = column.name, 2 if column.kind is Kind.BOOLEAN else len(column.levels)
    if not count:
        raise SettingError(f"{name}: levels is empty; name at least one level.")
    if len(set(column.levels)) != len(column.levels):
        raise SettingError(f"{name}: levels holds {', '.join(column.levels[:6])}; each level stands once.")
    weights = column.weights
    if weights and (len(weights) != count or not all(w >= 0 and math.isfinite(w) for w in weights) or not sum(weights) > 0):
        raise SettingError(f"{name}: weights is {list(weights)}; give {count} numbers of 0 or more, one per level, not all 0.")


MOST_WORDS = 1_000
"""Words of a text that is made."""

LARGEST = 1e150
"""What can be declared of numbers: the product of two is still one."""

_LONGEST_MADE = 1_000
"""Characters of a made-up value; a provider of longer ones makes files or pictures."""


@lru_cache(maxsize=256)
def _is_provider(name: str) -> bool:
    """Whether Faker makes a single value under this name alone; much else of it can be called: what takes arguments, lists, files, its own works."""
    from faker import Faker
    from faker.exceptions import BaseFakerException
    from faker.generator import Generator

    if not name.isidentifier() or name.startswith("_") or hasattr(Generator, name) or hasattr(Faker, name):
        return False
    fake = Faker()
    fake.seed_instance(0)
    try:
        value = getattr(fake, name)()
    except (AttributeError, TypeError, BaseFakerException):
        return False
    return isinstance(value, str | float | int | Decimal | datetime.date | datetime.time) and len(str(value)) <= _LONGEST_MADE


def _check_provider(column: Declared) -> None:
    name = column.provider
    if not _is_provider(name):
        raise SettingError(
            f"{column.name}: provider is {name!r}; allowed is the name of a Faker provider such as name, email or city."
        )


def _check_words(column: Declared) -> None:
    least, most = column.low or 1, column.high or column.low or MOST_WORDS
    if isinstance(least, str) or isinstance(most, str) or not 1 <= least <= most <= MOST_WORDS:
        raise SettingError(
            f"{column.name}: low is {column.low} and high is {column.high}; a text has from 1 to {MOST_WORDS:,} words, low of them or more."
        )


def _check_numbers(column: Declared) -> None:
    for part in ("low", "high", "mean", "spread"):
        value = getattr(column, part)
        if value is None or (column.kind is Kind.DATETIME and part != "spread"):
            continue
        if isinstance(value, bool | str) or not abs(value) <= LARGEST:
            raise SettingError(f"{column.name}: {part} is {value!r}; give a number, at most {LARGEST:g} in size.")
    how = column.distribution
    needed = {"uniform": ("low", "high"), "triangular": ("low", "mean", "high"), "constant": ("low",), "exponential": ("mean",)}
    for part in needed.get(how, ("mean",) if how in ("normal", "lognormal", "poisson") else ()):
        column.at(part)
    if column.low is not None and column.high is not None and column.at("low") > column.at("high"):
        raise SettingError(f"{column.name}: low is {column.low}, above high, which is {column.high}; exchange them.")
    if how == "triangular" and not column.at("low") <= column.at("mean") <= column.at("high"):
        raise SettingError(f"{column.name}: mean is {column.mean}; the peak lies from low to high.")
    if how in ("normal", "lognormal") and not (column.spread or 0) > 0:
        raise SettingError(f"{column.name}: spread is {column.spread}; {how} needs one above 0.")
    if how == "lognormal" and math.log(max(column.at("mean"), 1.0)) + 9 * (column.spread or 0) > math.log(LARGEST):
        raise SettingError(
            f"{column.name}: spread is {column.spread}, of the logarithm; with it values would go beyond {LARGEST:g}."
        )
    if how in ("lognormal", "exponential", "poisson") and not column.at("mean") > 0:
        raise SettingError(f"{column.name}: mean is {column.mean}; {how} needs one above 0.")
    if how == "exponential" and column.high is not None and column.at("high") <= column.at("low", 0.0):
        raise SettingError(f"{column.name}: high is {column.high}; it must lie above low, which is {column.at('low', 0.0):g}.")
    _check_room(column)


def _check_room(column: Declared) -> None:
    """Refuse bounds between which the distribution puts nothing, and whole numbers beyond what float64 holds."""
    whole = column.kind in (Kind.INTEGER, Kind.IDENTIFIER)
    for part in ("low", "high", "mean"):
        if whole and getattr(column, part) is not None and abs(column.at(part)) > 2**53:
            raise SettingError(f"{column.name}: {part} is {getattr(column, part)}; whole numbers go up to 2**53.")


@dataclass(frozen=True)
class Blueprint:
    """A declared table: its name and its columns, in order."""

    columns: tuple[Declared, ...]
    name: str = "designed"

    def __post_init__(self) -> None:
        if not self.columns:
            raise SettingError("The schema has no columns; declare at least one.")
        names = [column.name for column in self.columns]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise SettingError(f"The schema has these names twice: {', '.join(twice)}; rename one.")

    def __iter__(self) -> Iterator[Declared]:
        return iter(self.columns)

    @property
    def schema(self) -> Schema:
        """The schema of the tables it makes."""
        return Schema(tuple(column.column for column in self.columns))

    def to_json(self) -> str:
        """Return the blueprint as JSON that `from_json` reads."""
        said = {"name": self.name, "columns": [column.to_dict() for column in self.columns]}
        return json.dumps(said, indent=1, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Blueprint:
        """Read a blueprint.

        Raises
        ------
        SettingError
            If it is no JSON, or names a part or value that is not allowed; the message says which column.
        """
        try:
            said = read_json(text)
        except ValueError as error:
            raise SettingError(f"The schema is no JSON ({error}); see synth-ui design --example.") from error
        columns = said.get("columns") if isinstance(said, dict) else said
        if not isinstance(columns, list):
            raise SettingError('The schema holds no columns; write {"name": …, "columns": [{"name": …, "kind": …}, …]}.')
        name = str(said.get("name") or "designed") if isinstance(said, dict) else "designed"
        return cls(tuple(read_column(entry) for entry in columns), name)

    @classmethod
    def of(cls, table: Table, *, rounded: bool = True) -> Blueprint:
        """Take names, kinds, ranges, levels and shares of blanks from a table, and not one value beyond them.

        Parameters
        ----------
        rounded
            Widen ranges to two significant digits: the highest income of a table is somebody's.
        """
        columns = tuple(_taken(table.frame[column.name], column, rounded) for column in table.schema)
        return cls(columns, f"{table.name} (schema only)")


_PARTS = tuple(entry.name for entry in fields(Declared))


def read_column(entry: Any) -> Declared:
    """Read one column of a blueprint; raise `SettingError` that says what is wrong with it."""
    if not isinstance(entry, dict) or not entry.get("name"):
        raise SettingError(f"A column of the schema is {entry!r}; write an object with at least a name and a kind.")
    name = str(entry["name"])
    unknown = [part for part in entry if part not in _PARTS]
    if unknown:
        raise SettingError(f"{name}: there is no {unknown[0]!r}; a column has {', '.join(_PARTS)}.")
    values: dict[str, Any] = {**entry, "name": name}
    for part, allowed in (("kind", Kind), ("role", Role)):
        if part in values:
            try:
                values[part] = allowed(str(values[part]))
            except ValueError as error:
                raise SettingError(f"{name}: {part} is {values[part]!r}; allowed is {', '.join(allowed)}.") from error
    for part in ("distribution", "pattern", "provider", "format"):
        if not isinstance(values.get(part), str | None):
            raise SettingError(f"{name}: {part} is {str(values[part])[:200]}; give a text.")
    if not isinstance(values.get("unique"), bool | np.bool_ | None):
        raise SettingError(f"{name}: unique is {str(values['unique'])[:200]}; allowed is true or false.")
    for part in ("levels", "weights"):
        if part in values:
            values[part] = _tuple(name, part, values[part])
    for part in ("low", "high", "mean", "spread", "blank"):
        values[part] = _number(name, part, values.get(part), dated=values.get("kind") is Kind.DATETIME and part in _DATED)
    values["blank"] = values["blank"] or 0.0
    if values.get("decimals") is not None:
        values["decimals"] = int(_number(name, "decimals", values["decimals"]) or 0)
    return Declared(**values)


_DATED = ("low", "high", "mean")


def _tuple(name: str, part: str, value: Any) -> tuple[Any, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise SettingError(f"{name}: {part} is {value!r}; write a list.")
    if part == "levels":
        return tuple(str(level) for level in value)
    return tuple(_number(name, part, weight) or 0.0 for weight in value)


def _number(name: str, part: str, value: Any, dated: bool = False) -> Any:
    if value is None or value == "":
        return None
    if dated:
        return str(value)
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise SettingError(f"{name}: {part} is {str(value)[:200]!r}; give a number.") from error


# --- from a real table --------------------------------------------------------------------------------------------


def _taken(series: pd.Series[Any], column: Column, rounded: bool) -> Declared:
    """Declare a column like a real one: its kind, range, levels and share of blanks."""
    there = series.dropna()
    blank = float(series.isna().mean()) if len(series) else 0.0
    blank = math.floor(blank * 100 + 0.5) / 100 if rounded else blank
    declared = Declared(column.name, Kind.TEXT, "words", 1, 5, blank=blank, role=column.role)
    if column.role is Role.PERSONAL and column.provider:
        return replace(declared, kind=Kind.TEXT, distribution="faker", provider=column.provider, low=None, high=None)
    if column.kind is Kind.TEXT or (not len(there) and not column.kind.discrete):
        return declared
    if column.kind is Kind.IDENTIFIER or column.role is Role.GROUP_KEY:
        unique = column.kind is Kind.IDENTIFIER and bool(there.is_unique)
        return replace(
            declared, kind=Kind.IDENTIFIER, distribution="pattern", pattern="[A-Z]{2}\\d{6}", low=None, high=None, unique=unique,
            role=Role.FEATURE,
        )  # fmt: skip
    plain = replace(declared, kind=Kind.NUMBER, distribution="uniform", low=0.0, high=1.0, format=column.format)
    if column.kind.numeric:
        low, high = _ends(there, column, rounded)
        return replace(plain, kind=column.kind, low=low, high=high, decimals=column.decimals)
    levels = column.levels if column.kind is not Kind.BOOLEAN else ()
    return replace(plain, kind=column.kind, distribution="levels", low=None, high=None, levels=levels or _no_levels(column))


def _no_levels(column: Column) -> tuple[str, ...]:
    return () if column.kind is Kind.BOOLEAN else ("level 1", "level 2")


def _ends(there: pd.Series[Any], column: Column, rounded: bool) -> tuple[Any, Any]:
    """Return the lowest and highest value; rounded outwards to two digits, dates to whole years."""
    if column.kind is Kind.DATETIME:
        low, high = there.min(), there.max()
        if rounded:
            return f"{low.year:04d}-01-01", f"{high.year:04d}-12-31"
        return low.isoformat(), high.isoformat()
    finite = there.astype("float64")
    low, high = float(finite.min()), float(finite.max())
    return (outward(low, down=True), outward(high, down=False)) if rounded else (low, high)


def outward(value: float, *, down: bool) -> float:
    """Return `value` rounded to two significant digits, away from the other end of its range."""
    if value == 0:
        return 0.0
    step = 10.0 ** (math.floor(math.log10(abs(value))) - 1)
    whole = value / step
    near = round(whole)
    rounded = near if math.isclose(whole, near, rel_tol=1e-9) else math.floor(whole) if down else math.ceil(whole)
    return float(f"{rounded * step:.1e}")
