"""The review of columns: what each was taken for, what will happen to it, and the owner's corrections.

A correction never changes the table in place: `revise` gives a new one, or says why it cannot and leaves all as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from synth_ui.core.cast import cast_column, level_text, to_source
from synth_ui.core.errors import TableError
from synth_ui.core.formats.dates import write_dates
from synth_ui.core.formats.numbers import precision
from synth_ui.core.formats.texts import reads_as_words
from synth_ui.core.persons import person_codes, person_columns, same_within
from synth_ui.core.table import Column, Kind, Role, Schema, Table, column_options
from synth_ui.tables.declare import column_edits
from synth_ui.tables.inference.dates import DateReading, read_dates
from synth_ui.tables.inference.giveaways import giveaways
from synth_ui.tables.inference.infer import MOST_LEVELS, number_column
from synth_ui.tables.inference.mostly_numbers import WORDS_BLANK, WORDS_LEVELS, mostly_numbers
from synth_ui.tables.inference.numbers import read_numbers
from synth_ui.tables.inference.ordinals import ordered_levels
from synth_ui.tables.inference.values import factor
from synth_ui.tables.inference.whole_dates import read_whole_dates
from synth_ui.tables.personal.personal_values import provider_for
from synth_ui.tables.warning import ColumnWarning

REVIEW_COLUMNS = ("name", "kind", "role", "why", "treatment", "warning")
"""The columns of the review, in order; kind and role may be edited."""

_MADE_ANEW = {
    "email": "e-mail addresses", "phone_number": "phone numbers", "name": "names", "first_name": "first names", "last_name": "last names",
    "address": "addresses", "ipv4": "IP addresses", "ipv6": "IP addresses", "iban": "IBANs", "ssn": "social security numbers", "mac_address": "MAC addresses",
    "url": "web addresses", "credit_card_number": "card numbers", "city": "cities", "postcode": "postcodes", "company": "companies",
}  # fmt: skip


# --- showing -----------------------------------------------------------------------------------------------------


def review_frame(table: Table, warnings: Sequence[ColumnWarning] = ()) -> pd.DataFrame:
    """Return the review, one row per column: name, kind, role, why, treatment, warning.

    Parameters
    ----------
    warnings
        Those of the reading, shown beside their columns; where there is a target, columns that give it away are added.
    """
    said: dict[str, list[str]] = {}
    for warning in (*warnings, *giveaways(table)):
        said.setdefault(str(warning.column), []).append(warning.text)
    persons = _persons(table)
    rows = [
        (
            c.name, c.kind.value, c.role.value, c.why, treatment(table.frame[c.name], c) + persons.get(c.name, ""),
            "; ".join(said.get(c.name, [])),
        )
        for c in table.schema
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(REVIEW_COLUMNS))


def _persons(table: Table) -> dict[str, str]:
    """Say of each column that is the same in all rows of a person that it will stay so."""
    names = person_columns(table.frame, table.schema)
    if not names:
        return {}
    asked = [column.name for column in table.schema if column.role is not Role.IGNORED and column.name not in names]
    same = same_within(table.frame, person_codes(table.frame, names), asked)
    return {name: f", the same in all rows of one {' and '.join(names)}" for name in same}


def treatment(series: pd.Series[Any], column: Column) -> str:
    """Say in a few words what will happen to a column."""
    if column.role is Role.IGNORED:
        return f"left out{_why_left_out(series)}; blank in the synthetic table"
    if column.role is Role.GROUP_KEY:
        how = "numbered anew" if pd.api.types.is_integer_dtype(series.dtype) else "made up anew in the same pattern"
        return f"{how}, repeating as the real keys do; the split keeps each key on one side"
    if column.role is Role.PERSONAL or not column.kind.learnable:
        return _made_anew(series, column) + ("" if series.dropna().is_unique else ", repeating as the real ones do")
    use = {Role.TARGET: ", as the target", Role.SENSITIVE: ", as a sensitive attribute"}.get(column.role, "")
    blanks = ", with its blanks" if column.nullable else ""
    return f"modelled as {_model(column)}{use}{blanks}"


def _made_anew(series: pd.Series[Any], column: Column) -> str:
    if column.role is Role.PERSONAL and column.provider:
        if column.kind is Kind.TEXT:
            return f"made up anew by Faker ({_MADE_ANEW.get(column.provider, column.provider.replace('_', ' '))})"
        return "made up anew"
    if column.kind is Kind.IDENTIFIER and pd.api.types.is_integer_dtype(series.dtype):
        return "numbered anew"
    if column.kind is Kind.TEXT and reads_as_words(series.dropna().tolist()):
        return "replaced by placeholder words of the same length"
    return "made up anew in the same pattern" if column.kind in (Kind.TEXT, Kind.IDENTIFIER) else "made up anew"


def _why_left_out(series: pd.Series[Any]) -> str:
    if series.isna().all():
        return ": every cell is blank"
    return ": only one value" if series.notna().all() and series.nunique() == 1 else ""


def _model(column: Column) -> str:
    if column.kind in (Kind.CATEGORY, Kind.ORDINAL):
        count = len(column.levels)
        levels = f"{count:,} {'level' if count == 1 else 'levels'}"
        return f"a category with {levels}" if column.kind is Kind.CATEGORY else f"an ordered category with {levels}"
    if column.kind is Kind.NUMBER and column.digits is not None:
        return f"a number with {column.digits} significant {'digit' if column.digits == 1 else 'digits'}"
    if column.kind is Kind.NUMBER and column.decimals is not None:
        return f"a number with {column.decimals} {'decimal' if column.decimals == 1 else 'decimals'}"
    return {Kind.NUMBER: "a number", Kind.INTEGER: "a whole number", Kind.BOOLEAN: "yes or no", Kind.DATETIME: "a date"}[
        column.kind
    ]


# --- editing -----------------------------------------------------------------------------------------------------


def revise(table: Table, edits: pd.DataFrame | Sequence[Mapping[str, Any]]) -> Table:
    """Return the table with kinds and roles as its owner wants them.

    Parameters
    ----------
    edits
        Rows with `name` and `kind`, `role` or both; what is left out or blank stays. A kind is one of `Kind`, or
        "number, words as blanks" or "number, words as levels" for numbers with a few words among them: the words become blanks, or
        levels of a further column, and are written back among the numbers.

    Raises
    ------
    TableError
        If a column, kind or role is unknown, if values cannot be what they are declared, or if roles contradict each other.
        The message says which and what to do; the table given is unchanged in any case.
    """
    rows = edits.to_dict("records") if isinstance(edits, pd.DataFrame) else [dict(edit) for edit in edits]
    frame, schema = dict(table.frame.items()), table.schema
    for edit in rows:
        name = str(edit.get("name"))
        column = schema[name]
        if edit.get("kind") in (WORDS_BLANK, WORDS_LEVELS):
            frame, schema = _numbers_and_words(frame, schema, column, str(edit["kind"]))
            column, edit = schema[name], {**edit, "kind": None}
        kind, role = _asked(edit, "kind", Kind, column.kind), _asked(edit, "role", Role, column.role)
        if kind is column.kind and role is column.role:
            continue
        if kind is not column.kind:
            frame, schema = _rejoined(frame, schema, name)
            frame[name], column = to_kind(frame[name], schema[name], kind)
        column = _with_role(column, role, frame[name])
        schema = Schema(tuple(column if other.name == name else other for other in schema))
    _check_roles(schema)
    return Table(pd.DataFrame(frame, columns=schema.names), schema, table.name)


def with_columns(table: Table, roles: Mapping[str, str] | None = None, kinds: Mapping[str, str] | None = None) -> Table:
    """Return the table with roles and kinds by column; a target or group key named takes the place of the one found.

    Raises
    ------
    SettingError, TableError
        If there is no such column, role or kind, or the values cannot be what they are declared; see `revise`.
    """
    edits = column_edits(roles, kinds)
    named = {edit["name"]: edit.get("role") for edit in edits}
    for role in (Role.TARGET, Role.GROUP_KEY):
        if role.value in named.values():
            found = (column.name for column in table.schema.with_role(role))
            edits += [{"name": name, "role": Role.FEATURE.value} for name in found if named.get(name) is None]
    return revise(table, edits) if edits else table


def _numbers_and_words(
    frame: dict[str, pd.Series[Any]], schema: Schema, column: Column, how: str
) -> tuple[dict[str, pd.Series[Any]], Schema]:
    """Read a column as numbers, its words as blanks or as levels of a further column."""
    frame, schema = _rejoined(frame, schema, column.name)
    column = schema[column.name]
    texts = _source_texts(frame[column.name], column)
    values = factor(texts)
    found = mostly_numbers(values, few=False)
    if found is None:
        bare = replace(column, kind=Kind.NUMBER, words=())
        frame[column.name], column = to_kind(frame[column.name], bare, Kind.NUMBER)
        return frame, schema.replaced(column)
    series = pd.Series(values.spread(found.numbers, np.nan))
    whole = bool((series.dropna() % 1 == 0).all())
    decimals, digits = precision(series)
    as_what = "blanks" if how == WORDS_BLANK else "levels"
    numbers = Column(
        column.name, Kind.INTEGER if whole else Kind.NUMBER, column.role, True, float(series.min()), float(series.max()),
        decimals=decimals, digits=None if whole else digits, dtype="float64" if not whole else "int64", words=tuple(found.words),
        why=f"numbers by your choice; words as {as_what}: {found.listed}",
    )  # fmt: skip
    frame[column.name], _ = cast_column(series, numbers)
    schema = schema.replaced(numbers)
    return (frame, schema) if how == WORDS_BLANK else _beside(frame, schema, numbers, texts)


def _beside(
    frame: dict[str, pd.Series[Any]], schema: Schema, numbers: Column, texts: pd.Series[Any]
) -> tuple[dict[str, pd.Series[Any]], Schema]:
    """Put the words of a column of numbers into a column of their own, right after it."""
    name, copy = f"{numbers.name} (words)", 2
    while name in schema.names:
        name, copy = f"{numbers.name} (words {copy})", copy + 1
    words = Column(
        name, Kind.CATEGORY, nullable=True, levels=tuple(sorted(numbers.words)), words_of=numbers.name,
        why=f"the words among the numbers of {numbers.name!r}; written back among them",
    )  # fmt: skip
    series, _ = cast_column(texts.where(texts.isin(numbers.words), None), words)
    place = schema.names.index(numbers.name) + 1
    columns = [*schema]
    columns.insert(place, words)
    return {**frame, name: series}, Schema(tuple(columns))


def _rejoined(frame: dict[str, pd.Series[Any]], schema: Schema, name: str) -> tuple[dict[str, pd.Series[Any]], Schema]:
    """Put words that stand in a column of their own back among their numbers, as text; leave all other columns as they are."""
    words = next((column for column in schema if column.words_of == name), None)
    if words is None:
        return frame, schema
    both = Schema((schema[name], words))
    texts = to_source(pd.DataFrame({column.name: frame[column.name] for column in both}), both)[name]
    column = replace(schema[name], kind=Kind.TEXT, low=None, high=None, decimals=None, digits=None, words=(), dtype="object")
    kept = Schema(tuple(column if other.name == name else other for other in schema if other.name != words.name))
    return {**{key: series for key, series in frame.items() if key != words.name}, name: texts}, kept


def kind_of(schema: Schema, column: Column) -> str:
    """Return the kind that makes `revise` give a column what it is in this schema."""
    if not column.words:
        return column.kind.value
    return WORDS_LEVELS if any(other.words_of == column.name for other in schema) else WORDS_BLANK


def _asked(edit: Mapping[str, Any], field: str, kinds: Any, now: Any) -> Any:
    value = edit.get(field)
    if value is None or (isinstance(value, float) and np.isnan(value)) or value == "":
        return now
    try:
        return kinds(value)
    except ValueError as error:
        allowed = ", ".join(str(kind.value) for kind in kinds)
        raise TableError(f"{edit.get('name')!r}: {field} is {value!r}; allowed is one of {allowed}.") from error


def _with_role(column: Column, role: Role, series: pd.Series[Any]) -> Column:
    if role is column.role:
        return column
    if role in (Role.TARGET, Role.SENSITIVE) and not column.kind.learnable:
        raise _no_role(column, role)
    if role is Role.TARGET and series.nunique() < 2 and len(series) > 1:
        raise TableError(
            f"{column.name!r} has {series.nunique()} different values; a target needs at least 2. Choose another column "
            "(on the command line --target COLUMN)."
        )
    if role is Role.GROUP_KEY and len(series) > 1 and series.nunique() < 2:
        raise TableError(f"{column.name!r} has fewer than 2 different values; a group key needs at least 2 groups.")
    provider = column.provider
    if role is Role.PERSONAL:
        provider = provider or provider_for(column.name, factor(series.astype(object)))
    return replace(
        column, role=role, provider=provider if role is Role.PERSONAL else None, why=f"{column.why}; {role.value} by your choice"
    )


def _no_role(column: Column, role: Role) -> TableError:
    what = "target" if role is Role.TARGET else "sensitive attribute"
    return TableError(
        f"{column.name!r} is {_article(column.kind)}; a {what} is a number, a category, yes or no, or a date. "
        f"Change its kind, or give it another role (on the command line {column_options(column.name, kind=Kind.CATEGORY)}, "
        f"{column_options(column.name, role=Role.FEATURE)})."
    )


def _article(kind: Kind) -> str:
    return {Kind.TEXT: "text", Kind.INTEGER: "an integer", Kind.IDENTIFIER: "an identifier", Kind.ORDINAL: "an ordinal"}.get(
        kind, f"a {kind.value}"
    )


def _check_roles(schema: Schema) -> None:
    for column in schema:
        if column.role in (Role.TARGET, Role.SENSITIVE) and not column.kind.learnable:
            raise _no_role(column, column.role)
    for role in (Role.TARGET, Role.GROUP_KEY):
        named = [column.name for column in schema.with_role(role)]
        if len(named) > 1:
            options = column_options(named[0], role=Role.FEATURE)
            raise TableError(
                f"There can be one {role.value}; {' and '.join(map(repr, named))} are marked. Keep one of them "
                f"(on the command line for example {options})."
            )


def to_kind(series: pd.Series[Any], column: Column, kind: Kind) -> tuple[pd.Series[Any], Column]:
    """Return a column's values as another kind, with its new description.

    Raises
    ------
    TableError
        If values would be lost; the message names one of them.
    """
    bare = Column(
        column.name, kind, column.role, bool(series.isna().any()), dtype=column.dtype, why=f"{kind.value} by your choice"
    )
    if kind in (Kind.CATEGORY, Kind.ORDINAL):
        return _to_levels(series, bare, column)
    texts = _source_texts(series, column)
    if kind in (Kind.NUMBER, Kind.INTEGER):
        return _to_numeric(series, texts, bare)
    if kind is Kind.BOOLEAN:
        return _to_boolean(texts, bare)
    if kind is Kind.DATETIME:
        return _to_dates(texts, bare)
    if kind is Kind.IDENTIFIER and pd.api.types.is_integer_dtype(series.dtype):
        return series, replace(bare, dtype="int64")
    return texts, replace(bare, dtype="object" if kind is Kind.TEXT else column.dtype if "int" not in column.dtype else "object")


def _source_texts(series: pd.Series[Any], column: Column) -> pd.Series[Any]:
    """Return the values as text, yes and no in the source's words, dates in its format."""
    if column.kind is Kind.BOOLEAN:
        yes, no = (column.format or ("1/0" if "int" in column.dtype else "true/false")).split("/", 1)
        return series.map({True: yes, False: no}).astype(object).where(series.notna(), None)
    if column.kind is Kind.DATETIME:
        return write_dates(series, column.format or "%Y-%m-%d %H:%M:%S")
    return series.astype(object).map(level_text, na_action="ignore").astype(object).where(series.notna(), None)


def _refuse(column: Column, value: str, remedy: str) -> TableError:
    return TableError(f"{column.name!r} cannot be {_article(column.kind)}: it holds {value!r}. {remedy}")


def _to_levels(series: pd.Series[Any], bare: Column, column: Column) -> tuple[pd.Series[Any], Column]:
    texts = _source_texts(series, column)
    different = list(map(str, pd.unique(texts.dropna())))
    if len(different) > MOST_LEVELS and len(different) > 0.5 * len(series):
        raise TableError(
            f"{column.name!r} cannot be {_article(bare.kind)}: it has {len(different):,} different values in {len(series):,} rows; "
            f"up to {MOST_LEVELS:,} are allowed. Keep it as {column.kind.value}, or mark it personal "
            f"(on the command line {column_options(column.name, role=Role.PERSONAL)})."
        )
    ranked = series.dropna().sort_values() if column.kind.numeric or column.kind is Kind.ORDINAL else None
    if ranked is not None:
        levels = list(dict.fromkeys(map(str, texts.loc[ranked.index])))
    else:
        levels = list(ordered_levels(different) or sorted(different)) if bare.kind is Kind.ORDINAL else sorted(different)
    described = replace(bare, levels=tuple(levels), format=None)
    return cast_column(texts, described)[0], described


def _to_numeric(series: pd.Series[Any], texts: pd.Series[Any], bare: Column) -> tuple[pd.Series[Any], Column]:
    values = factor(texts)
    reading = read_numbers(values, None)
    numbers = reading.numbers if reading is not None else np.full(len(values.texts), np.nan)
    if np.isnan(numbers).any():
        odd = str(values.texts[np.isnan(numbers)][0])
        raise _refuse(bare, odd, f"Correct it in the file, or choose {WORDS_BLANK!r} or {WORDS_LEVELS!r}.")
    spread = values.spread(numbers, np.nan)
    there = spread[~np.isnan(spread)]
    if bare.kind is Kind.INTEGER and len(there) and (there != np.rint(there)).any():
        raise _refuse(bare, level_text(there[there != np.rint(there)][0]), "Choose number, or round it in the file.")
    found = number_column(bare.name, spread, bare.dtype).column
    low, high = (float(there.min()), float(there.max())) if len(there) else (None, None)
    dtype = bare.dtype if "int" in bare.dtype or "float" in bare.dtype else "int64" if bare.kind is Kind.INTEGER else "float64"
    decimals = 0 if bare.kind is Kind.INTEGER else found.decimals or 0 if found.kind is not Kind.NUMBER else found.decimals
    digits = found.digits if bare.kind is Kind.NUMBER else None
    described = replace(bare, low=low, high=high, decimals=decimals, digits=digits, dtype=dtype)
    source = series if pd.api.types.is_integer_dtype(series.dtype) else pd.Series(spread)
    return cast_column(source, described)[0], described


def _to_boolean(texts: pd.Series[Any], bare: Column) -> tuple[pd.Series[Any], Column]:
    different = sorted(map(str, pd.unique(texts.dropna())))
    if len(different) != 2:
        raise TableError(
            f"{bare.name!r} cannot be a boolean: it has {len(different):,} different values, and yes or no are 2. Choose category."
        )
    yes_words = {"yes", "true", "y", "t", "1", "on", "ja", "oui", "si"}
    yes = next((text for text in different if text.lower() in yes_words), different[1])
    no = next(text for text in different if text != yes)
    described = replace(bare, format=f"{yes}/{no}" if "/" not in yes + no else None)
    truth = pd.Series([None if pd.isna(text) else text == yes for text in texts], dtype="boolean")
    return (truth if bare.nullable else truth.astype(bool)), described


def _to_dates(texts: pd.Series[Any], bare: Column) -> tuple[pd.Series[Any], Column]:
    values = factor(texts)
    if not len(values.texts):
        return cast_column(texts, bare)[0], bare
    found = read_whole_dates(bare.name, values, sure=True)
    whole = found is not None and not np.isnat(found.dates).any()
    reading = DateReading(found.dates, found.format) if found is not None and whole else read_dates(values, None, name=bare.name)
    if reading is None or np.isnat(reading.dates).any():
        odd = values.texts[0] if reading is None else values.texts[np.isnat(reading.dates)][0]
        raise _refuse(
            bare,
            str(odd),
            "Dates are read as 2024-01-31, 31.01.2024, 1/31/2024, 31 Jan 2024 and the like, with or without a time.",
        )
    dates = pd.Series(values.spread(reading.dates, np.datetime64("NaT", "us")).astype("datetime64[us]"))
    if reading.zone is None:
        return dates, replace(bare, format=reading.format, dtype=bare.dtype if whole else "object")
    described = replace(bare, format=reading.format, dtype=f"datetime64[us, {reading.zone}]")
    return dates.dt.tz_localize("UTC").dt.tz_convert(reading.zone), described
