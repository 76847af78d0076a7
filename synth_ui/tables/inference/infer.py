"""Kinds, roles, bounds and levels, found out from what is in the columns.

`infer_schema` takes a frame as any reader gives it, text or typed, and returns the canonical `Table`. For each column it
asks, in this order: is it blank, yes-or-no, personal, a number, a date, an identifier, a category with an order, a category,
or text. Each column's `why` says in plain words what decided.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synth_ui.core.cast import cast_column
from synth_ui.core.context import Context
from synth_ui.core.errors import TableError
from synth_ui.core.formats.date_texts import read_date_texts
from synth_ui.core.formats.dates import is_clock, write_dates
from synth_ui.core.formats.durations import TYPED, write_durations
from synth_ui.core.formats.numbers import column_figure, precision
from synth_ui.core.formats.texts import reads_as_words
from synth_ui.core.table import Column, Kind, Role, Schema, Table, column_options
from synth_ui.tables.inference.column_names import unique_names
from synth_ui.tables.inference.dates import ZERO_DATE, DateReading, Order, date_order, looks_dated, read_dates
from synth_ui.tables.inference.durations import read_durations
from synth_ui.tables.inference.likeness import Likeness
from synth_ui.tables.inference.mostly_numbers import WORDS_BLANK, WORDS_LEVELS, MostlyNumbers, mostly_numbers, without_unit
from synth_ui.tables.inference.numbers import EXACT, Mark, NumberReading, decimal_mark, read_numbers
from synth_ui.tables.inference.ordinals import ordered_levels
from synth_ui.tables.inference.person_keys import Key, key_by_name, rank_of
from synth_ui.tables.inference.values import WEAK_BLANKS, Values, factor
from synth_ui.tables.inference.whole_dates import NOTHING, may_be_whole_dates, read_whole_dates
from synth_ui.tables.personal.name_words import is_of_a_thing, tokens, words_of
from synth_ui.tables.personal.personal_values import DIGITS, NUMBER, SENSITIVE, called_personal, personal_sort
from synth_ui.tables.warning import ColumnWarning

MOST_LEVELS = 1_000
"""Text with more different values than this is made anew, not modelled as a category."""

FEW = 20
"""Below this many rows, or different values, nothing is concluded from values being all different."""

_ID_WORDS = frozenset(
    [
        "id",
        "ids",
        "key",
        "uuid",
        "guid",
        "nbr",
        "nr",
        "identifier",
        "idx",
        "index",
        "rowid",
        "rownames",
        "rownum",
        "customerid",
        "userid",
        "patientid",
    ]
)
Floats = NDArray[np.float64]

_CODE_WORDS = frozenset(["zip", "zipcode", "postcode", "postal", "code", "fips", "icd", "naics", "sic", "isbn", "ean"])
_CALENDAR_WORDS = frozenset(["year", "month", "day", "week", "hour", "minute", "age", "date", "yr", "quarter"])


@dataclass(frozen=True)
class Finding:
    """What was found out about one column: its description, its canonical values, what must be said, and whether it is a person's."""

    column: Column
    series: pd.Series[Any]
    assumed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    """Those of the warnings that say that cells were not kept, or read in one of several ways."""
    personal: bool = False


@dataclass(frozen=True)
class Habits:
    """How the file writes numbers and dates, where its columns show it, and what to assume where they do not."""

    mark: Mark | None = None
    mark_hint: Mark = "."
    order: Order | None = None
    order_hint: Order = "month"
    like: Likeness = field(default_factory=Likeness)


def infer_schema(
    frame: pd.DataFrame,
    *,
    name: str = "table",
    as_text: bool = False,
    comma_likely: bool = False,
    like: Likeness | None = None,
    context: Context | None = None,
) -> tuple[Table, tuple[str, ...], tuple[ColumnWarning, ...]]:
    """Find out what the columns of a frame hold.

    Parameters
    ----------
    as_text
        Whether categorical columns are only a compact form of text whose kind is to be found out.
    comma_likely
        Whether a decimal comma and the day before the month are likelier where nothing else decides (a file separated by
        semicolons).
    like
        What a known table of the same columns tells: dates that could be two are read as its are.
    context
        Takes progress, and says when to stop.

    Returns
    -------
    tuple
        The canonical table; what was assumed, one sentence each; remarks on columns.

    Raises
    ------
    TableError
        If the frame has no columns or no rows.
    """
    context = context or Context()
    frame, renamed = _with_text_names(frame)
    texts = {name: factor(column) for name, column in _columns(frame) if _is_text(column, as_text)}
    habits = _habits(texts, comma_likely, like)
    findings = []
    for place, column in enumerate(frame.columns):
        context.step("looking at the columns", place / len(frame.columns))
        values = texts.pop(column, None)
        finding = _from_text(column, values, habits) if values is not None else _from_typed(column, frame[column])
        findings.append(_judged(finding))
    findings = _one_group_key(findings)
    arrays = {f.column.name: f.series.array for f in findings}
    table = Table(
        pd.DataFrame(arrays, index=pd.RangeIndex(len(frame)), copy=False), Schema(tuple(f.column for f in findings)), name
    )
    assumed = [f"{f.column.name}: {said}" for f in findings for said in f.assumed]
    warnings = [ColumnWarning(f.column.name, text, text in f.changed) for f in findings for text in f.warnings]
    return table, (*renamed, *_gathered(assumed)), (*warnings, *_of_the_table(table))


def _with_text_names(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Check that there is a table, and make its column names texts that differ."""
    if not len(frame.columns):
        raise TableError("The table has no columns.")
    if not len(frame):
        raise TableError(f"The table has {len(frame.columns)} columns and no rows; there is nothing to learn from.")
    names, said = unique_names(frame.columns)
    return frame.set_axis(names, axis=1).reset_index(drop=True), said


def _columns(frame: pd.DataFrame) -> Iterator[tuple[str, pd.Series[Any] | NDArray[Any]]]:
    """Yield the columns; those of a frame of objects as arrays, for a series of each would take longer than to look at it."""
    if all(map(pd.api.types.is_object_dtype, frame.dtypes)):
        cells = frame.to_numpy()
        yield from ((name, cells[:, place]) for place, name in enumerate(frame.columns))
    else:
        yield from ((str(name), series) for name, series in frame.items())


def _is_text(series: pd.Series[Any] | NDArray[Any], as_text: bool) -> bool:
    if isinstance(series.dtype, pd.CategoricalDtype):
        return as_text
    if series.dtype != object:
        return bool(pd.api.types.is_string_dtype(series.dtype))
    return pd.api.types.infer_dtype(series, skipna=True) not in (
        "boolean",
        "integer",
        "floating",
        "mixed-integer-float",
        "decimal",
        "datetime",
        "datetime64",
        "date",
        "timedelta",
    )


def _habits(texts: dict[str, Values], comma_likely: bool, like: Likeness | None) -> Habits:
    mark = decimal_mark(list(texts.values()))
    european = comma_likely or mark == ","
    known = Likeness() if like is None else like
    return Habits(mark, "," if comma_likely else ".", date_order(texts.values()), "day" if european else "month", known)


# --- columns of text ---------------------------------------------------------------------------------------------


def _from_text(name: str, values: Values, habits: Habits) -> Finding:
    finding = _first_answer(name, values, habits)
    if values.mended:
        finding = replace(finding, assumed=(*finding.assumed, values.mended))
    words = {word: count for word, count in values.blank_words.items() if word}
    if not words or finding.column.kind is Kind.TEXT:
        return finding
    listed = ", ".join(f"{word!r} ({count:,})" for word, count in list(words.items())[:3])
    return replace(finding, assumed=(*finding.assumed, f"{listed} taken as blank"))


def _first_answer(name: str, values: Values, habits: Habits) -> Finding:
    if not len(values.texts):
        blank = pd.Series(pd.Categorical([None] * len(values.codes), categories=[]))
        return Finding(Column(name, Kind.CATEGORY, Role.IGNORED, True, why="every cell is blank"), blank)
    answers: tuple[Callable[[], Finding | None], ...] = (
        lambda: _yes_or_no(name, values),
        lambda: _personal(name, values),
        lambda: _compact_date(name, values),
        lambda: _numbers(name, values, habits),
        lambda: _durations(name, values),
        lambda: _measured(name, values, habits),
        lambda: _dates(name, values, habits),
    )
    for answer in answers:
        finding = answer()
        if finding is not None:
            return finding
    finding = _words(name, values)
    found = mostly_numbers(values, habits.mark, habits.mark_hint)
    return finding if found is None else replace(finding, warnings=(*finding.warnings, _offer(found, finding.column)))


def _offer(found: MostlyNumbers, column: Column) -> str:
    """Say which words are no numbers, what happens to the column, and how it can be read as numbers."""
    now = "all are made anew as text" if column.kind is Kind.TEXT else f"all are kept as {column.kind.value}"
    option = column_options(column.name, kind="words as blanks")
    return (
        f"{found.sentence}; {now}. Choose the kind {WORDS_BLANK!r} or {WORDS_LEVELS!r} to read it as numbers "
        f"(on the command line {option})"
    )


_YES_NO = frozenset(
    map(
        frozenset,
        (
            {"yes", "no"},
            {"true", "false"},
            {"y", "n"},
            {"t", "f"},
            {"on", "off"},
            {"ja", "nein"},
            {"oui", "non"},
            {"si", "no"},
            {"sí", "no"},
        ),
    )
)
_YES = frozenset({"yes", "true", "y", "t", "on", "ja", "oui", "si", "sí"})


def _yes_or_no(name: str, values: Values) -> Finding | None:
    if len(values.texts) > 6 or frozenset(map(str.lower, values.texts)) not in _YES_NO:
        return None
    truth = np.array([text.lower() in _YES for text in values.texts])
    yes, no = (str(values.texts[truth == side][np.argmax(values.counts[truth == side])]) for side in (True, False))
    blank = values.codes < 0
    nullable = bool(blank.any())
    column = Column(name, Kind.BOOLEAN, nullable=nullable, format=f"{yes}/{no}", why=f"only {yes!r} and {no!r}")
    return Finding(column, pd.Series(pd.arrays.BooleanArray(truth[values.codes], blank) if nullable else truth[values.codes]))


def _personal(name: str, values: Values) -> Finding | None:
    sort = None if values.figures and not called_personal(name) else personal_sort(name, values)
    if sort is None:
        return None
    if sort.provider in ("phone_number", "credit_card_number") and _of_person(name):
        sort = NUMBER  # written as a phone number is, but called a number of persons
    if getattr(sort, "number", False) and (len(values.texts) < values.rows or sort.provider is None):
        found = _identifier(name, _as_objects(values), len(values.texts), values.rows, "object", personal=True)
        return replace(found, column=replace(found.column, why=f"looks like {sort.words}; {found.column.why}"))
    column = Column(
        name, Kind.TEXT, Role.PERSONAL, bool((values.codes < 0).any()), provider=sort.provider, why=f"looks like {sort.words}"
    )
    said = f"looks like {sort.words}; they are made anew and no real one is kept"
    if not getattr(sort, "sure", True):
        column = replace(column, why=f"may be {sort.words}")
        said = f"may be {sort.words}; to be safe they are made anew and no real one is kept. {_if_not(name)}"
    return Finding(column, _as_objects(values), warnings=(said,))


def _if_not(name: str) -> str:
    """Say how a doubtful column becomes a category."""
    options = column_options(name, kind=Kind.CATEGORY, role=Role.FEATURE)
    return f"If that is wrong, make it a category and a feature (on the command line {options})"


def _as_objects(values: Values) -> pd.Series[Any]:
    return pd.Series(values.spread(values.texts, None), dtype=object)


def _numbers(name: str, values: Values, habits: Habits) -> Finding | None:
    reading = read_numbers(values, habits.mark, habits.mark_hint)
    if reading is None:
        return None
    failed = np.isnan(reading.numbers)
    if failed.any():
        odd = set(map(str, values.texts[failed]))
        weak = {text for text in odd if text.lower() in WEAK_BLANKS}
        rare = values.counts[failed].sum() <= 0.05 * values.rows and len(odd) <= 3
        if odd != weak and not rare:
            return None
        finding = _numbers(name, values.without(odd), habits)
        return finding and _blanked(finding, values, odd, odd - weak)
    if reading.exact is not None or _is_code(name, values, reading):
        return _long_number(name, values, reading) if reading.exact is not None else _code(name, values)
    dtype = "int64" if reading.whole else "float64"
    finding = number_column(name, values.spread(reading.numbers, np.nan), dtype)
    return replace(finding, assumed=(*finding.assumed, reading.said)) if reading.said else finding


def _measured(name: str, values: Values, habits: Habits) -> Finding | None:
    """Read numbers that all have the same unit behind them; it is left out, and that is said."""
    bare, unit = without_unit(values)
    found = _numbers(name, bare, habits) if unit else None
    said = f"numbers with the unit {unit!r} behind them, which is left out"
    return found and replace(found, assumed=(said, *found.assumed))


def _blanked(finding: Finding, values: Values, odd: set[str], lost: set[str]) -> Finding:
    rows = int(sum(count for text, count in zip(values.texts, values.counts, strict=True) if text in odd))
    listed = ", ".join(map(_short, sorted(odd, key=lambda text: (text not in lost, text))[:3]))
    if lost:
        said = f"{rows:,} {'cell is' if rows == 1 else 'cells are'} no {finding.column.kind.value} and became blank: {listed}, the first in row {values.row(odd):,}"
        return replace(finding, warnings=(*finding.warnings, said), changed=(*finding.changed, said))
    return replace(finding, assumed=(*finding.assumed, f"{listed} ({rows:,}) taken as blank"))


def _short(text: str) -> str:
    """Return a text of a cell in quotes, the beginning of a long one."""
    return repr(text if len(text) <= 40 else f"{text[:39]}…")


def _is_code(name: str, values: Values, reading: NumberReading) -> bool:
    """Whether whole numbers are names of places or things: a zip code is no quantity."""
    return reading.whole and bool(_CODE_WORDS & set(tokens(name))) and len(values.texts) > 2


def _code(name: str, values: Values) -> Finding:
    finding = _words(name, values)
    column = replace(
        finding.column,
        dtype="int64" if finding.column.kind.discrete else "object",
        why=f"numbers that are codes, by the name; {finding.column.why}",
    )
    return replace(finding, column=column)


def _long_number(name: str, values: Values, reading: NumberReading) -> Finding:
    exact = reading.exact or ()
    why = "whole numbers too long to be quantities"
    nullable = bool((values.codes < 0).any())
    if max(map(abs, exact)) >= 2**63:
        series: pd.Series[Any] = _as_objects(values)
    else:
        series = pd.Series(pd.array(values.spread(np.array(exact, dtype=object), None), dtype="Int64"))
        series = series if nullable else series.astype("int64")
    dtype = "object" if series.dtype == object else "int64"
    found = _identifier(name, series, len(values.texts), values.rows, dtype, personal=_of_person(name))
    return replace(found, column=replace(found.column, why=f"{why}; {found.column.why}"))


def _compact_date(name: str, values: Values, dtype: str = "int64") -> Finding | None:
    """Dates as 20200131 or 202001, told by the values; a 0 or 99999999 among them stands for none."""
    found = read_whole_dates(name, values)
    if found is None:
        return None
    texts = [str(text) for text in values.texts]
    odd = {text for text, date in zip(texts, found.dates, strict=True) if np.isnat(date)}
    padded = any(text[0] == "0" and len(text) > 1 for text in texts if text not in NOTHING)
    finding = _date_column(name, values, DateReading(found.dates, found.format), "object" if padded else dtype)
    return _blanked(finding, values, odd, odd - NOTHING) if odd else finding


def _durations(name: str, values: Values) -> Finding | None:
    odd = {str(text) for text in values.texts if str(text).lower() in WEAK_BLANKS}
    kept = values.without(odd) if odd else values
    reading = read_durations(kept, name)
    if reading is None:
        return None
    lost = {str(text) for text in kept.texts[np.isnan(reading.seconds)]}
    finding = duration_column(name, pd.Series(kept.spread(reading.seconds, np.nan)), reading.format)
    return _blanked(finding, values, odd | lost, lost) if odd | lost else finding


def duration_column(name: str, seconds: pd.Series[Any], format: str, dtype: str = "object") -> Finding:
    """Describe a column of durations: numbers of seconds, written back as they stood there."""
    there = seconds.dropna()
    low, high = (float(there.min()), float(there.max())) if len(there) else (None, None)
    decimals, digits = precision(there)
    span = f"from {write_durations(pd.Series([low]), format)[0]} to {write_durations(pd.Series([high]), format)[0]}"
    column = Column(
        name, Kind.NUMBER, nullable=bool(seconds.isna().any()), low=low, high=high, decimals=decimals, digits=digits, format=format,
        dtype=dtype, why=f"durations {span}, in seconds",
    )  # fmt: skip
    return Finding(column, seconds, ("durations are counted in seconds",))


def _dates(name: str, values: Values, habits: Habits) -> Finding | None:
    share = looks_dated(values)
    if share < 0.5:
        return None
    zeros = {str(text) for text in values.texts if ZERO_DATE.search(str(text))}
    odd = zeros | {str(text) for text in values.texts if str(text).lower() in WEAK_BLANKS}
    kept = values.without(odd) if odd else values
    order = habits.like.orders.get(name, habits.order)
    reading = read_dates(kept, order, habits.order_hint, name=name, first_year=habits.like.first_years.get(name))
    if reading is None:
        finding = _words(name, values)
        said = f"{_mostly_dates(kept if len(kept.texts) else values, order or habits.order_hint)}; kept as {finding.column.kind.value}"
        return replace(finding, warnings=(*finding.warnings, said))
    lost = zeros | {str(text) for text in kept.texts[np.isnat(reading.dates)]}
    finding = _date_column(name, kept, reading, "object" if reading.zone is None else f"datetime64[us, {reading.zone}]")
    return _blanked(finding, values, odd | lost, lost) if odd | lost else finding


def _mostly_dates(values: Values, order: Order) -> str:
    """Say how many texts are dates, and which are not, with the row of each."""
    dates = read_date_texts(values.texts, values.counts, order=order).dates
    lost = np.isnat(dates)
    rows = int(values.counts[lost].sum())
    listed = ", ".join(f"{_short(str(text))} in row {values.row({str(text)}):,}" for text in values.texts[lost][:3])
    share = 1 - rows / max(values.rows, 1)
    return f"about {share:.0%} of the values look like dates, the rest do not: {listed}" + (", …" if lost.sum() > 3 else "")


def _date_column(name: str, values: Values, reading: DateReading, dtype: str) -> Finding:
    spread = values.spread(reading.dates, np.datetime64("NaT", "us")).astype("datetime64[us]")
    series = pd.Series(spread)
    if reading.zone is not None:
        series = series.dt.tz_localize("UTC").dt.tz_convert(reading.zone)
    nullable = bool(series.isna().any())
    what = "times of day" if is_clock(reading.format) else "dates"
    column = Column(name, Kind.DATETIME, nullable=nullable, format=reading.format, dtype=dtype, why=_span(series, what))
    doubts = (reading.doubt,) if reading.doubt else ()
    return Finding(column, series, reading.said, doubts, doubts)


def _span(series: pd.Series[Any], what: str) -> str:
    if series.isna().all():
        return f"{what}, all blank"
    clock = what == "times of day"
    if series.dt.tz is None:  # a look at the array: in a wide table of dates a series of the two ends takes longer than all else
        there = series.to_numpy()
        ends = [str(np.datetime_as_string(end, "m" if clock else "D")) for end in (np.nanmin(there), np.nanmax(there))]
        return f"{what} from {ends[0].rpartition('T')[2]} to {ends[1].rpartition('T')[2]}"
    ends = list(write_dates(pd.Series([series.min(), series.max()], dtype=series.dtype), "%H:%M" if clock else "%Y-%m-%d"))
    return f"{what} from {ends[0]} to {ends[1]}"


# --- words: identifier, ordinal, category or text ----------------------------------------------------------------


def _words(name: str, values: Values) -> Finding:
    different, rows = len(values.texts), values.rows
    nullable = bool((values.codes < 0).any())
    if _is_identifier(name, values):
        return _identifier(name, _as_objects(values), different, rows, "object", personal=_of_person(name))
    if _is_category(values):
        found = _levels(name, values, ordered_levels(list(values.texts)))
        return replace(found, warnings=(*found.warnings, _answers(name, different))) if _are_sentences(values) else found
    long = f"{different:,} different texts in {rows:,} rows"
    warning = f"{long}: modelled as a category it would leak real text, so it is made anew" if different > FEW else ""
    column = Column(name, Kind.TEXT, nullable=nullable, why=long)
    return Finding(column, _as_objects(values), warnings=(warning,) if warning else ())


def _levels(name: str, values: Values, ordered: tuple[str, ...] | None) -> Finding:
    levels = list(ordered or sorted(map(str, values.texts)))
    places = {level: place for place, level in enumerate(levels)}
    codes = values.spread(np.array([places[text] for text in values.texts]), -1)
    series = pd.Series(pd.Categorical.from_codes(codes, dtype=_dtype(tuple(levels), ordered is not None), validate=False))
    kind = Kind.ORDINAL if ordered else Kind.CATEGORY
    why = f"{len(levels):,} different values" + (f" with an order, from {levels[0]!r} to {levels[-1]!r}" if ordered else "")
    warning = _level_warning(values)
    return Finding(Column(name, kind, nullable=bool((codes < 0).any()), levels=tuple(levels), why=why), series, warnings=warning)


@lru_cache(256)
def _dtype(levels: tuple[str, ...], ordered: bool) -> pd.CategoricalDtype:
    """Return the dtype of levels; in a wide table many columns have the same."""
    return pd.CategoricalDtype(list(levels), ordered)


def _level_warning(values: Values) -> tuple[str, ...]:
    different, rows = len(values.texts), values.rows
    if rows >= FEW and different == rows:
        return ("every value is different; a category that repeats none may give real values away",)
    return (f"{different:,} levels for {rows:,} rows, few rows each",) if different > 100 and rows / different < 20 else ()


_LETTERED = 20
"""Keys without a digit are keys of persons only from so many on: fewer are the letters of classes."""

_CLOSED = 12
"""Sentences are levels only where there are at most so many: the answers of a closed question."""


def _is_category(values: Values) -> bool:
    """Whether texts are levels: few enough, and not sentences, however often those repeat."""
    different, rows = len(values.texts), values.rows
    if different > max(FEW, min(MOST_LEVELS, 0.5 * rows)):
        return False
    answers = different <= _CLOSED and (rows >= FEW * different or rows <= 2)
    return answers or not _are_sentences(values)


def _are_sentences(values: Values) -> bool:
    """Whether texts are sentences, or as long as only free text is."""
    sample = values.sample(200)
    words = float(np.mean([len(text.split()) for text in sample]))
    ended = float(np.mean([text.endswith((".", "!", "?", "。", "！", "？")) for text in sample]))
    return (words >= (3 if ended >= 0.5 else 6) and reads_as_words(sample)) or max(map(len, sample)) > 200


def _answers(name: str, different: int) -> str:
    """Say that sentences that repeat are kept as the answers of a closed question, and how they are made anew instead."""
    option = column_options(name, kind=Kind.TEXT)
    return (
        f"{different:,} sentences that repeat are kept word for word, as the answers of a closed question. "
        f"If they were written about persons, make it text (on the command line {option})"
    )


_CODE_LIKE = re.compile(r"(?=\D*\d)[A-Za-z0-9_\-./:#]+|[0-9a-f]{8}-[0-9a-f-]{27}")


def _is_code_like(text: str) -> bool:
    return _CODE_LIKE.fullmatch(text) is not None


def _of_person(name: str) -> bool:
    """Whether a number is a person's wherever it stands, by the column's name: a national number."""
    key = key_by_name(name)
    return key is not None and key.personal


def _is_identifier(name: str, values: Values) -> bool:
    different, rows = len(values.texts), values.rows
    if rows < 2 or different < 2:
        return False
    key = key_by_name(name)
    if key is not None and rows >= 3 and (different == rows or different >= _fewest(key, values)):
        coded = values.share(lambda text: _is_code_like(text.replace(" ", ""))) >= 0.8
        worded = (
            key.sure
            and different >= _LETTERED
            and words_of(name)[-1] != "code"
            and values.share(lambda text: " " not in text) >= 0.95
        )
        if coded or worded:
            return True
    if _is_class_number(name, different, rows):
        return False
    called = bool(_ID_WORDS & set(tokens(name)))
    if called and different == rows and (rows >= 3 or not (values.codes < 0).any()):
        return True
    if called and rows >= FEW and different > max(50, 0.05 * rows):
        return True
    return rows >= FEW and different == rows and values.share(_is_code_like) >= 0.95


def _fewest(key: Key, values: Values) -> int:
    """Return how many different keys there must be: two, where they are as long as only numbers of persons and accounts are."""
    long = key.rank <= 2 and key.sure and values.share(lambda text: len(text) >= 6 and sum(map(str.isdigit, text)) >= 4) >= 0.8
    return 2 if long else key.fewest


def _is_class_number(name: str, different: int, rows: int) -> bool:
    """Whether a repeated number or code names a thing or a class, of which there are few enough to be levels: store_id, product_id."""
    return different < rows and different <= min(MOST_LEVELS, 0.5 * rows) and is_of_a_thing(words_of(name))


_NUMBERS = "numbers of persons; they are made anew and no real one is kept"


def _identifier(name: str, series: pd.Series[Any], different: int, rows: int, dtype: str, *, personal: bool = False) -> Finding:
    column = Column(
        name, Kind.IDENTIFIER, nullable=bool(series.isna().any()), dtype=dtype, why=f"all {rows:,} values are different"
    )
    if different == rows and not personal:
        return Finding(column, series)
    if different == rows:
        return Finding(replace(column, role=Role.PERSONAL), series, warnings=(_NUMBERS,), personal=True)
    why = f"{different:,} different keys in {rows:,} rows: a key repeats"
    key = key_by_name(name)
    doubted = key is not None and not key.sure and different <= MOST_LEVELS
    doubt = f"{different:,} keys that repeat are taken for persons or the like. {_if_not(name)}"
    return Finding(
        replace(column, role=Role.GROUP_KEY, why=why), series, (f"{why}; rows of one key stay on one side of the split",),
        (doubt,) if doubted else (), personal=personal,
    )  # fmt: skip


# --- typed columns -----------------------------------------------------------------------------------------------


def _from_typed(name: str, series: pd.Series[Any]) -> Finding:
    dtype = series.dtype
    if series.isna().all():
        finding = _first_answer(name, factor(series.astype(object)), Habits())
        return replace(finding, column=replace(finding.column, dtype=str(dtype)))
    if isinstance(dtype, pd.CategoricalDtype):
        return _typed_category(name, series)
    sort = pd.api.types.infer_dtype(series, skipna=True)
    if sort == "boolean":
        return _typed_boolean(name, series)
    if sort in ("datetime", "datetime64", "date"):
        return _typed_date(name, series)
    if sort in ("timedelta", "timedelta64"):
        seconds = pd.to_timedelta(series).dt.total_seconds().astype("float64")
        return duration_column(name, seconds, TYPED, "timedelta64[us]")
    if sort == "complex":
        raise TableError(f"Column {name!r} holds complex numbers; write real and imaginary part as two columns.")
    return _typed_number(name, series, sort)


def _typed_category(name: str, series: pd.Series[Any]) -> Finding:
    ordered = bool(series.cat.ordered)
    values = factor(series)
    if not ordered and (found := _personal(name, values) or (_words(name, values) if key_by_name(name) else None)) is not None:
        return found
    levels = tuple(text for text in map(str, series.cat.categories) if text in set(values.texts)) if ordered else None
    finding = _levels(name, values, levels)
    column = replace(finding.column, why=f"declared as a category; {finding.column.why}", dtype=str(series.cat.categories.dtype))
    return replace(finding, column=column)


def _typed_boolean(name: str, series: pd.Series[Any]) -> Finding:
    nullable = bool(series.isna().any())
    column = Column(name, Kind.BOOLEAN, nullable=nullable, dtype="bool", why="true and false")
    return Finding(column, series.astype("boolean") if nullable else series.astype(bool))


def _typed_date(name: str, series: pd.Series[Any]) -> Finding:
    zone = getattr(series.dtype, "tz", None)
    dtype = f"datetime64[us, {_zone_name(zone)}]" if zone is not None else "datetime64[us]"
    said: tuple[str, ...] = ()
    if series.dtype == object:
        zoned = any(getattr(value, "tzinfo", None) is not None for value in series.dropna().head(100))
        dtype = "datetime64[us, UTC]" if zoned else dtype
        said = ("times with a zone are turned to UTC",) if zoned else ()
        series = pd.Series([None if pd.isna(v) else str(v) for v in series], dtype=object)
    column = Column(name, Kind.DATETIME, dtype=dtype)
    dates, note = cast_column(series, column)
    nullable = bool(dates.isna().any())
    notes = (note,) if note else ()
    if not dates.notna().any():
        blank = _first_answer(name, factor(pd.Series([None] * len(series), dtype=object)), Habits())
        return replace(blank, warnings=notes, changed=notes)
    return Finding(replace(column, nullable=nullable, why=_span(dates, "dates")), dates, said, notes, notes)


def _zone_name(zone: dt.tzinfo) -> str:
    """Return a name by which a zone is found again: "Europe/Berlin", or "+02:00" for one that has no name."""
    offset = zone.utcoffset(None)
    if offset is None or str(zone) == "UTC":
        return str(zone)
    hours, minutes = divmod(abs(round(offset.total_seconds() / 60)), 60)
    return f"{'-' if offset < dt.timedelta() else '+'}{hours:02d}:{minutes:02d}"


def _typed_number(name: str, series: pd.Series[Any], sort: str) -> Finding:
    whole = sort == "integer" or pd.api.types.is_integer_dtype(series.dtype)
    if whole:
        big = [value for value in (series.max(), series.min()) if abs(int(value)) > EXACT]
        if big or (_CODE_WORDS | DIGITS) & set(tokens(name)):
            values = factor(series.astype(object))
            finding = _personal(name, values) or _compact_date(name, values) or _numbers(name, values, Habits())
            if finding is not None:
                return finding
    if series.dtype == np.float64:
        return _typed_compact(name, series, "float64") or number_column(name, series.to_numpy(), "float64")
    numbers = pd.to_numeric(series.astype(object), errors="coerce") if series.dtype == object else series
    dtype = "int64" if whole else "float64"
    dated = _typed_compact(name, numbers, dtype)
    return dated or number_column(name, numbers.astype("Float64").to_numpy(dtype=float, na_value=np.nan), dtype)


def _typed_compact(name: str, numbers: pd.Series[Any], dtype: str) -> Finding | None:
    """Dates as whole numbers, where a first look at the numbers does not rule it out."""
    there = numbers.dropna()
    if not len(there) or not may_be_whole_dates(float(there.min()), float(there.max())) or not (there.head(100) % 1 == 0).all():
        return None
    return _compact_date(name, factor(numbers.astype(object)), dtype)


# --- numbers, wherever they came from ----------------------------------------------------------------------------


def number_column(name: str, numbers: Any, dtype: str) -> Finding:
    """Describe a column of numbers: integer or number, yes-or-no, identifier, bounds, decimals."""
    values = np.asarray(numbers, dtype=float)
    finite = np.isfinite(values)
    infinite = int(np.isinf(values).sum()) if not finite.all() else 0
    warnings = [f"{infinite:,} infinite values became blank"] if infinite else []
    values = np.where(finite, values, np.nan) if infinite else values
    there = values if finite.all() else values[finite]
    if not len(there):
        finding = _first_answer(name, factor(pd.Series([None] * len(values), dtype=object)), Habits())
        return replace(finding, warnings=(*finding.warnings, *warnings))
    finding = _number_kind(name, values, there, dtype, len(there) < len(values))
    said = (*warnings, *finding.warnings, *_number_warnings(finding.column, there))
    return replace(finding, warnings=said, changed=(*finding.changed, *warnings))


def _number_kind(name: str, values: Floats, there: Floats, dtype: str, nullable: bool) -> Finding:
    low, high = float(there.min()), float(there.max())
    decimals, digits = precision(there)
    span = f"from {column_figure(low, decimals, digits)} to {column_figure(high, decimals, digits)}"
    if not (there == np.rint(there)).all() or max(abs(low), abs(high)) > EXACT:
        column = Column(
            name,
            Kind.NUMBER,
            nullable=nullable,
            low=low,
            high=high,
            decimals=decimals,
            digits=digits,
            dtype=dtype,
            why=f"numbers {span}",
        )
        return Finding(column, pd.Series(values))
    blank = np.isnan(values)
    exact = np.where(blank, 0.0, values).astype("int64")
    whole: pd.Series[Any] = pd.Series(pd.arrays.IntegerArray(exact, blank)) if nullable else pd.Series(exact)
    different = len(pd.unique(there))
    if different == 2 and (low, high) == (0.0, 1.0):
        truth = whole.astype("boolean") if nullable else whole.astype(bool)
        return Finding(Column(name, Kind.BOOLEAN, nullable=nullable, dtype=dtype, why="only 0 and 1"), truth)
    if _numbers_identify(name, there, different):
        return _identifier(name, whole, different, len(there), "int64", personal=_of_person(name))
    if _ID_WORDS & set(tokens(name)) and different > 2 and len(there) >= FEW and different <= min(MOST_LEVELS, 0.5 * len(there)):
        coded = _levels(name, factor(whole.astype(object)), None)
        return replace(
            coded, column=replace(coded.column, dtype=dtype, why=f"numbers that are codes, by the name; {coded.column.why}")
        )
    if different == 2 and len(there) >= FEW:
        coded = _levels(name, factor(whole.astype(object)), None)
        return replace(coded, column=replace(coded.column, dtype=dtype, why=f"two whole numbers only, {low:g} and {high:g}"))
    few = "; choose category if they are codes" if 2 < different <= 10 else ""
    column = Column(
        name, Kind.INTEGER, nullable=nullable, low=low, high=high, decimals=0, dtype=dtype, why=f"whole numbers {span}{few}"
    )
    return Finding(column, whole)


def _numbers_identify(name: str, there: Floats, different: int) -> bool:
    """Whether whole numbers are keys: called so and (nearly) all different, of persons, or counting up from 0 or 1."""
    words = set(tokens(name))
    rows = len(there)
    key = key_by_name(name)
    if key is not None and rows >= 3 and different >= 2:
        return different >= key.fewest or different == rows or float(there.max()) >= 1_000
    if _is_class_number(name, different, rows):
        return False
    if _ID_WORDS & words and rows >= 3 and (different == rows or (rows >= FEW and different > max(50, 0.05 * rows))):
        return True
    if different < rows or rows < FEW or _CALENDAR_WORDS & words:
        return False
    return bool(there.min() in (0, 1) and there.max() - there.min() == rows - 1 and (np.diff(there) > 0).all())


def _number_warnings(column: Column, there: Floats) -> list[str]:
    if not column.kind.numeric:
        return []
    zeros = 1 - np.count_nonzero(there) / len(there)
    return [f"{zeros:.0%} of the values are zero"] if 0.8 <= zeros < 1 and len(there) >= FEW else []


# --- what goes for every column ----------------------------------------------------------------------------------


def _judged(finding: Finding) -> Finding:
    """Leave out what has one value only, mark protected attributes, warn of many blanks."""
    column, series = finding.column, finding.series
    if column.role is Role.FEATURE and len(series) > 1 and column.kind is not Kind.TEXT and _one_value(column, series):
        column = replace(column, role=Role.IGNORED, why=f"only one value: {series.iloc[0]}")
    if column.role is Role.FEATURE and column.kind.discrete and SENSITIVE.search(" ".join(tokens(column.name))):
        column = replace(column, role=Role.SENSITIVE, why=f"{column.why}; by its name a protected attribute")
    blanks = float(series.isna().mean()) if column.nullable else 0.0
    if 0.5 <= blanks < 1 and len(series) >= FEW:
        return replace(finding, column=column, warnings=(*finding.warnings, f"{blanks:.0%} blank"))
    return finding if column is finding.column else replace(finding, column=column)


def _one_value(column: Column, series: pd.Series[Any]) -> bool:
    """Whether all rows hold the same value, told from the description where it says so."""
    if column.nullable:
        return False
    if column.kind in (Kind.NUMBER, Kind.INTEGER):
        return column.low == column.high
    if column.levels:
        return len(column.levels) == 1
    first, last = series.iloc[0], series.iloc[-1]
    return bool(first == last) and series.nunique() == 1


def _one_group_key(findings: list[Finding]) -> list[Finding]:
    """Keep the group key that stands for persons, of several the one that repeats most; the others stay identifiers."""
    keys = [f for f in findings if f.column.role is Role.GROUP_KEY]
    if len(keys) < 2:
        return findings
    kept = min(keys, key=lambda f: (rank_of(f.column.name) if not f.personal else 1, f.series.nunique()))
    return [_no_group_key(f, kept) if f.column.role is Role.GROUP_KEY and f is not kept else f for f in findings]


def _no_group_key(finding: Finding, kept: Finding) -> Finding:
    role = Role.PERSONAL if finding.personal else Role.FEATURE
    column = replace(finding.column, role=role, why=f"{finding.column.why}; {kept.column.name} is the group key")
    return replace(finding, column=column, assumed=(), warnings=(_NUMBERS,) if finding.personal else ())


def _gathered(assumed: list[str]) -> list[str]:
    """Say once what goes for many columns."""
    columns: dict[str, list[str]] = {}
    for said in assumed:
        name, _, text = said.partition(": ")
        columns.setdefault(text, []).append(name)
    return [
        f"{', '.join(names)}: {text}" if len(names) <= 4 else f"{', '.join(names[:3])} and {len(names) - 3} more columns: {text}"
        for text, names in columns.items()
    ]


def _of_the_table(table: Table) -> list[ColumnWarning]:
    if len(table) < 50:
        return [ColumnWarning(None, f"only {len(table):,} {'row' if len(table) == 1 else 'rows'}: no score will bear a verdict")]
    return (
        []
        if table.schema.modelled
        else [
            ColumnWarning(
                None,
                "no column is left to model; look at the kinds and roles (on the command line --kind COLUMN=KIND, --role COLUMN=ROLE)",
            )
        ]
    )
