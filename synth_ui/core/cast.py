"""Columns brought into their canonical form under a schema, and back into the form of their source."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from synth_ui.core.errors import TableError
from synth_ui.core.formats.date_texts import COMPACT, is_whole, order_of, read_date_texts, whole_date
from synth_ui.core.formats.dates import Form, day_order, has_zone, is_clock, parse_dates, write_dates
from synth_ui.core.formats.durations import is_duration, parse_durations, write_durations
from synth_ui.core.table import BLANK_TEXTS, Column, Kind, Schema, Table


def cast(frame: pd.DataFrame, schema: Schema) -> tuple[pd.DataFrame, list[str]]:
    """Make a frame canonical under `schema`, and say what had to be changed.

    Columns come out in the schema's order, columns it does not know are dropped, levels it does not know are kept as
    further levels (measures must see them).

    Returns
    -------
    tuple
        The canonical frame, and one sentence per column that was changed.

    Raises
    ------
    TableError
        If a modelled column is missing.
    """
    frame = _with_words(frame, schema)
    missing = [column.name for column in schema.modelled if column.name not in frame.columns]
    if missing:
        raise TableError(
            f"The synthetic table lacks {', '.join(map(repr, missing))}; it has {', '.join(map(str, frame.columns))}."
        )
    notes: list[str] = []
    extra = [str(name) for name in frame.columns if name not in set(schema.names)]
    if extra:
        notes.append(f"left out, not in the real table: {', '.join(extra)}")
    out = {}
    for column in schema:
        if column.name not in frame.columns:
            out[column.name] = pd.Series([None] * len(frame), dtype=object)
            continue
        series = frame[column.name].reset_index(drop=True)
        out[column.name], note = cast_column(series, column)
        if note:
            notes.append(f"{column.name}: {note}")
    return pd.DataFrame(out, columns=schema.names), notes


def _with_words(frame: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """Part the words from the numbers, where a file has in one column what the schema has in two."""
    for column in schema:
        name = column.words_of
        if name is None or column.name in frame.columns or name not in frame.columns:
            continue
        series = frame[name].astype(object)
        numbers = pd.to_numeric(series, errors="coerce")
        word = numbers.isna() & series.notna() & ~series.isin(BLANK_TEXTS)
        frame = frame.assign(**{name: series.where(~word, None), column.name: series.where(word, None)})
    return frame


def cast_column(series: pd.Series[Any], column: Column) -> tuple[pd.Series[Any], str]:
    """Make one column canonical; return it with what had to be done, or an empty string."""
    if column.words and series.dtype == object:
        series = series.where(~series.isin(column.words), None)
    if column.kind in (Kind.NUMBER, Kind.INTEGER) and is_duration(column.format):
        series = _to_seconds(series)
    if column.kind is Kind.NUMBER:
        return _to_number(series)
    if column.kind is Kind.INTEGER or (column.kind is Kind.IDENTIFIER and "int" in column.dtype.lower()):
        return _to_integer(series)
    if column.kind is Kind.BOOLEAN:
        return _to_boolean(series, column)
    if column.kind is Kind.DATETIME:
        return _to_datetime(series, column)
    if column.kind in (Kind.CATEGORY, Kind.ORDINAL):
        return _to_category(series, column)
    return series.map(level_text, na_action="ignore").astype(object).where(series.notna(), None), ""


def _to_number(series: pd.Series[Any]) -> tuple[pd.Series[Any], str]:
    if isinstance(series.dtype, np.dtype) and series.dtype == np.float64 and not np.isinf(series.to_numpy()).any():
        return series, ""
    numbers = pd.to_numeric(_plain_strings(series), errors="coerce").astype("Float64")
    values = numbers.to_numpy(dtype=float, na_value=np.nan)
    values = np.where(np.isfinite(values), values, np.nan)
    return pd.Series(values, index=series.index), _lost(series, np.isnan(values))


def _to_seconds(series: pd.Series[Any]) -> pd.Series[Any]:
    """Turn durations into seconds, and leave numbers, and what is no duration, as they are."""
    if pd.api.types.is_timedelta64_dtype(series.dtype):
        return series.dt.total_seconds()
    if pd.api.types.is_numeric_dtype(series.dtype):
        return series
    seconds = pd.Series(parse_durations(list(series)), index=series.index).astype(object)
    return seconds.where(seconds.notna(), series)


def _to_integer(series: pd.Series[Any]) -> tuple[pd.Series[Any], str]:
    if pd.api.types.is_integer_dtype(series.dtype):
        return (series.astype("int64") if not series.isna().any() else series.astype("Int64")), ""
    texts = _plain_strings(series)
    exact = _exact_integers(texts)
    if exact is not None:
        return exact, ""
    values = pd.to_numeric(texts, errors="coerce").astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    values = np.where(np.isfinite(values) & (np.abs(values) < 2**63), values, np.nan)
    lost = _lost(series, np.isnan(values))
    rounded = np.rint(values)
    moved = int((np.abs(values - rounded) > 1e-9).sum())
    whole = pd.Series(rounded, dtype="Float64").round().astype("Int64")
    notes = [lost, f"{moved:,} {'value' if moved == 1 else 'values'} rounded to whole numbers" if moved else ""]
    result = whole if whole.isna().any() else whole.astype("int64")
    return result, "; ".join(note for note in notes if note)


def _exact_integers(series: pd.Series[Any]) -> pd.Series[Any] | None:
    """Read whole numbers without going through floats, which lose digits beyond 2**53; None if not all are whole."""
    try:
        whole = pd.Series(pd.array(pd.to_numeric(series).astype(object).where(series.notna(), None), dtype="Int64"))
    except (TypeError, ValueError, OverflowError):
        return None
    return whole if whole.isna().any() else whole.astype("int64")


def _lost(series: pd.Series[Any], blank: Any) -> str:
    """Say which values became blank that did not stand for a blank; empty for none."""
    gone = series[np.asarray(blank) & series.notna().to_numpy()]
    if len(gone):
        gone = gone[~gone.map(lambda value: isinstance(value, str) and value.strip() in BLANK_TEXTS).astype(bool)]
    if not len(gone):
        return ""
    text = str(gone.iloc[0])
    shown = repr(text if len(text) <= 40 else f"{text[:39]}…")
    return f"{len(gone):,} {'value' if len(gone) == 1 else 'values'} could not be read and {'is' if len(gone) == 1 else 'are'} blank, such as {shown}"


_TRUE = frozenset({"true", "yes", "y", "t", "1", "1.0", "on"})
_FALSE = frozenset({"false", "no", "n", "f", "0", "0.0", "off"})


def _to_boolean(series: pd.Series[Any], column: Column) -> tuple[pd.Series[Any], str]:
    if pd.api.types.is_bool_dtype(series.dtype):
        return (series.astype("boolean") if series.isna().any() else series.astype(bool)), ""
    words = (column.format or "/").lower().split("/", 1)
    yes, no = _TRUE | {words[0]} - {words[1]}, _FALSE | {words[1]} - {words[0]}
    texts = series.astype(object).map(lambda value: level_text(value).strip().lower(), na_action="ignore")
    truth = [True if text in yes else False if text in no else None for text in texts]
    result = pd.Series(truth, dtype="boolean")
    return (result if result.isna().any() else result.astype(bool)), _lost(series, result.isna())


def _to_datetime(series: pd.Series[Any], column: Column) -> tuple[pd.Series[Any], str]:
    doubt = ""
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        parsed = _four_digit_years(series)
    else:
        parsed, doubt = _dates_of_texts(series, column)
    lost = _lost(series, parsed.isna())
    parsed, said = _by_the_clock(parsed, column)
    return parsed.dt.as_unit("us"), "; ".join(note for note in (doubt, said, lost) if note)


def _four_digit_years(series: pd.Series[Any]) -> pd.Series[Any]:
    """Leave out dates before the year 1 and after 9999, which no text and no file can hold."""
    ticks = series.dt.tz_convert("UTC").dt.tz_localize(None) if series.dt.tz is not None else series
    dates = ticks.dt.as_unit("us").to_numpy()
    inside = (dates >= np.datetime64("0001-01-01")) & (dates < np.datetime64("10000-01-01"))
    return series if inside[~np.isnat(dates)].all() else series.where(inside)


def _dates_of_texts(series: pd.Series[Any], column: Column) -> tuple[pd.Series[Any], str]:
    """Read texts, or whole numbers, as dates: under the column's own pattern, else under whichever they are written in."""
    codes, different = pd.factorize(series.astype(object).where(series.notna(), None))
    texts = np.array([level_text(value).strip() for value in different], dtype=object)
    counts = np.bincount(codes[codes >= 0], minlength=len(texts)).astype(np.int64)
    dates, zone, doubt = _since_1970(texts, counts, column) or _read_different(texts, counts, column.format)
    spread = np.append(dates, np.datetime64("NaT", "us"))[codes]
    parsed = pd.Series(spread, index=series.index)
    return parsed if zone is None else parsed.dt.tz_localize("UTC").dt.tz_convert(zone), doubt


_TICKS = {10: "s", 13: "ms", 16: "us", 19: "ns"}


def _since_1970(texts: Any, counts: Any, column: Column) -> tuple[Any, str | None, str] | None:
    """Read whole numbers that count seconds, or parts of them, since 1970, as pandas writes dates in JSON; None where most are none."""
    unit = _TICKS.get(len(texts[0])) if len(texts) and texts[0].isdigit() else None
    if unit is None or is_clock(column.format):
        return None
    if column.format is not None and is_whole(column.format) and not np.isnat(whole_date(list(texts), column.format)).all():
        return None
    counted = np.array([text.isdigit() and _TICKS.get(len(text)) == unit for text in texts], dtype=bool)
    if counts[counted].sum() < 0.95 * counts.sum():
        return None
    if unit == "s" and not np.isnat(whole_date(list(texts[counted]), COMPACT[10])).mean() > 0.05:
        return None  # 2021053110 is ten o'clock
    dates = np.full(len(texts), np.datetime64("NaT", "us"))
    dates[counted] = texts[counted].astype("int64").astype(f"datetime64[{unit}]").astype("datetime64[us]")
    said = f"{texts[counted][0]} and the like are read as {_TICK_NAMES[unit]} since 1970"
    return dates, "UTC" if zone_of(column) is not None else None, said


_TICK_NAMES = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}


def _read_different(texts: Any, counts: Any, format: str | None) -> tuple[Any, str | None, str]:
    """Return dates, their zone and what is doubtful of texts that all differ."""
    order, own = day_order(format), None
    if format is not None:
        own = order_of(texts) if order is not None else None
        dates = whole_date(texts, format) if is_whole(format) else parse_dates(texts, format)
        if (own is None or own == order) and not np.isnat(dates).any():
            return dates, "UTC" if has_zone(format) else None, ""
    window = Form.of(format).window if format is not None else None
    found = read_date_texts(texts, counts, hint=order or "month", first_year=window, compact=True)
    missed = np.isnat(found.dates)
    if format is not None and missed.any() and found.order == (order or found.order):
        found.dates[missed] = dates[missed]
    unsure = found.own is None and order is None and len({shape for shape in found.shapes if day_order(shape)}) > 0
    doubt = f"{texts[0]} is read with the {found.order} first, nothing in the column shows which" if unsure else ""
    return found.dates, found.zone, doubt


def zone_of(column: Column) -> str | None:
    """Return the time zone of a column of dates, None where it has none."""
    return column.dtype.split(",", 1)[1].strip(" ]") if "," in column.dtype else None


def _by_the_clock(parsed: pd.Series[Any], column: Column) -> tuple[pd.Series[Any], str]:
    """Bring times to the column's zone, or to none: where one side has no zone, clocks are compared, and that is said."""
    zone = zone_of(column)
    if zone is None and parsed.dt.tz is None:
        return parsed, ""
    said = parsed.notna().any()
    if zone is None:
        note = f"its times carry a zone ({parsed.dt.tz}), the real ones none; they are compared by their own clock"
        return parsed.dt.tz_localize(None), note if said else ""
    if parsed.dt.tz is not None:
        return parsed.dt.tz_convert(zone), ""
    local = parsed.dt.tz_localize(zone, ambiguous=np.zeros(len(parsed), dtype=bool), nonexistent="shift_forward")
    return local, f"its times carry no zone, the real ones do ({zone}); they are taken for its clock" if said else ""


def _to_category(series: pd.Series[Any], column: Column) -> tuple[pd.Series[Any], str]:
    ordered = column.kind is Kind.ORDINAL
    if isinstance(series.dtype, pd.CategoricalDtype):
        texts = series.cat.rename_categories([level_text(level) for level in series.cat.categories]).astype(object)
    else:
        unique = pd.unique(series.dropna())
        texts = series.map({value: level_text(value) for value in unique}, na_action="ignore").astype(object)
    known = set(column.levels)
    unseen = sorted(set(texts.dropna().unique()) - known)
    if unseen and known:
        texts, unseen = _match_levels(texts, known)
    levels = [*column.levels, *unseen]
    what = "level" if len(unseen) == 1 else "levels"
    note = f"{len(unseen):,} {what} the real table does not have, such as {unseen[0]!r}" if unseen and known else ""
    return pd.Series(pd.Categorical(texts, categories=levels, ordered=ordered)), note


def _match_levels(texts: pd.Series[Any], known: set[str]) -> tuple[pd.Series[Any], list[str]]:
    """Let what other programs make of a level meet it: "1.0" the level "1", " a" the level "a", "?" a blank."""
    renamed: dict[str, str | None] = {}
    for level in set(texts.dropna().unique()) - known:
        stripped = level.strip()
        whole = stripped.removesuffix(".0")
        if stripped in known or whole in known:
            renamed[level] = stripped if stripped in known else whole
        elif stripped in BLANK_TEXTS:
            renamed[level] = None
    texts = texts.map(lambda text: renamed.get(text, text), na_action="ignore").astype(object) if renamed else texts
    return texts, sorted(set(texts.dropna().unique()) - known)


def level_text(value: Any) -> str:
    """Write a level as text: 3.0 of a float column as "3", all else as `str` does."""
    if isinstance(value, float | np.floating) and float(value).is_integer() and abs(float(value)) < 2**53:
        return str(int(value))
    return str(value)


def _plain_strings(series: pd.Series[Any]) -> pd.Series[Any]:
    if isinstance(series.dtype, pd.CategoricalDtype) or series.dtype == bool:
        return series.astype(object)
    return series


def to_source(frame: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """Turn a canonical frame back into the form of the source: its dtypes, date formats and words for yes and no."""
    out = {column.name: _to_source(frame[column.name], column) for column in schema}
    for column in schema:
        if column.words_of in out:
            words, numbers = out.pop(column.name), out[column.words_of].astype(object)
            texts = numbers.map(level_text, na_action="ignore").astype(object)
            out[column.words_of] = words.where(words.notna(), texts.where(numbers.notna(), None))
    return pd.DataFrame(out, index=frame.index)


def _to_source(series: pd.Series[Any], column: Column) -> pd.Series[Any]:
    whole, real = "int" in column.dtype.lower(), column.dtype.lower().startswith("float")
    if column.kind is Kind.DATETIME and column.format:
        texts = write_dates(series, column.format)
        return pd.to_numeric(texts).astype("Int64" if whole else "float64") if whole or real else texts
    if is_duration(column.format):
        return write_durations(series, str(column.format))
    if column.kind is Kind.BOOLEAN and column.format and "/" in column.format:
        yes, no = column.format.split("/", 1)
        return series.map({True: yes, False: no}).astype(object)
    if column.kind is Kind.BOOLEAN and (whole or real):
        return series.astype("Int64" if series.isna().any() else "int64") if whole else series.astype("Float64").astype(float)
    if column.kind is Kind.INTEGER and real:
        return series.astype("Float64").astype("float64")
    if column.kind in (Kind.CATEGORY, Kind.ORDINAL):
        return _levels_to_source(series, column)
    return series


def conform(table: Table, schema: Schema) -> tuple[pd.DataFrame, list[str]]:
    """Make the rows of a table read from elsewhere canonical under `schema`, and say what had to be changed.

    Dates, numbers and truths that both know as such are compared as what they are, however either file wrote them; everything else
    goes by the form it had in its file.

    Returns
    -------
    tuple
        As `cast`.

    Raises
    ------
    TableError
        As `cast`.
    """
    frame = to_source(table.frame, table.schema)
    known = set(schema.names)
    alike = [column.name for column in table.schema if column.name in known and _alike(column, schema[column.name])]
    return cast(frame.assign(**{name: table.frame[name] for name in alike}), schema)


def _alike(one: Column, other: Column) -> bool:
    numbers = (Kind.NUMBER, Kind.INTEGER)
    same = one.kind is other.kind and one.kind in (Kind.DATETIME, Kind.BOOLEAN)
    return same or (one.kind in numbers and other.kind in numbers)


def _levels_to_source(series: pd.Series[Any], column: Column) -> pd.Series[Any]:
    plain = series.astype(object)
    if "int" in column.dtype.lower() or "float" in column.dtype.lower():
        numbers = pd.to_numeric(plain, errors="coerce")
        if (numbers.isna() == plain.isna()).all():
            whole = "int" in column.dtype.lower()
            return numbers.astype("Int64" if numbers.isna().any() else "int64") if whole else numbers.astype("float64")
    return plain
