"""What an Arrow table may hold and a frame cannot: dates beyond the years 1 to 9999, unknown zones, texts that are no UTF-8."""

from __future__ import annotations

from typing import Any

import pandas as pd

_FIRST, _LAST = -62_135_596_800, 253_402_300_799
"""The years 1 to 9999, in seconds from 1970."""

_DAY = 86_400


def mended(table: Any) -> tuple[Any, tuple[str, ...]]:
    """Return the table with what cannot be kept made blank or replaced, and what was done, one sentence per column."""
    import pyarrow as pa

    said: list[str] = []
    for place, field in enumerate(table.schema):
        column, told = table.column(place), ""
        if pa.types.is_temporal(field.type):
            column, told = _dates(column)
        elif pa.types.is_string(field.type) or pa.types.is_large_string(field.type) or pa.types.is_dictionary(field.type):
            column, told = _texts(column)
        elif pa.types.is_uint64(field.type):
            column = _exact(column)
        if column is not table.column(place):
            table = table.set_column(place, field.name, column)
        if told:
            said.append(f"{field.name}: {told}")
    return table, tuple(said)


def _dates(column: Any) -> tuple[Any, str]:
    """Turn days into moments, blank those beyond the years 1 to 9999, and take a zone that nobody knows for UTC."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_date(kind):
        kind = pa.timestamp("s" if pa.types.is_date32(kind) else "ms")
        column = column.cast(kind)
    if not pa.types.is_timestamp(kind):
        return column, ""
    column, said = _within(column, kind)
    if kind.tz is not None and not _known(kind):
        column = column.cast(pa.timestamp(kind.unit, tz="UTC"))
        zone = f"the zone {kind.tz!r} is not known; its times are kept in UTC"
        said = f"{said}; {zone}" if said else zone
    return column, said


def _within(column: Any, kind: Any) -> tuple[Any, str]:
    import pyarrow as pa
    import pyarrow.compute as pc

    if kind.unit == "ns":
        return column, ""
    factor = {"s": 1, "ms": 1_000, "us": 1_000_000}[kind.unit]
    margin = 0 if kind.tz in (None, "UTC") else _DAY  # another zone may be up to a day ahead or behind
    numbers = column.cast(pa.int64())
    first, last = (_FIRST + margin) * factor, (_LAST - margin + 1) * factor - 1
    beyond = pc.or_(pc.less(numbers, first), pc.greater(numbers, last))
    count = pc.sum(beyond).as_py() or 0
    if not count:
        return column, ""
    column = pc.if_else(pc.fill_null(beyond, False), pa.scalar(None, kind), column)
    many = f"{count:,} dates are" if count > 1 else "1 date is"
    return column, f"{many} not of the years 1 to 9999 and became blank, the first in row {_row(beyond)}"


def _row(flags: Any) -> str:
    import pyarrow as pa
    import pyarrow.compute as pc

    return f"{pc.index(flags, pa.scalar(True)).as_py() + 1:,}"


def _known(kind: Any) -> bool:
    try:
        pd.DatetimeTZDtype("us", kind.tz)
    except (KeyError, ValueError, TypeError):  # pytz: UnknownTimeZoneError is a KeyError
        return False
    return True


def _exact(column: Any) -> Any:
    """Give whole numbers without a sign a type that keeps every digit beside blanks: text where they need all 64 bits."""
    import pyarrow as pa
    import pyarrow.compute as pc

    most = pc.max(column).as_py()
    return column.cast(pa.int64() if most is None or most < 2**63 else pa.string())


def _texts(column: Any) -> tuple[Any, str]:
    """Replace the bytes of texts that are no UTF-8."""
    import pyarrow as pa

    try:
        column.validate(full=True)
        for chunk in column.chunks if pa.types.is_dictionary(column.type) else ():
            chunk.dictionary.validate(full=True)
    except pa.ArrowInvalid:
        kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        plain = column.cast(kind) if kind is not column.type else column
        raw = plain.cast(pa.large_binary() if pa.types.is_large_string(kind) else pa.binary()).to_pylist()
        texts = [None if cell is None else cell.decode("utf-8", "replace") for cell in raw]
        wrong = pa.chunked_array([[cell is not None and not _is_text(cell) for cell in raw]])
        count = sum(wrong.to_pylist())
        many = f"{count:,} texts are" if count > 1 else "1 text is"
        return pa.chunked_array(
            [texts], kind
        ), f"{many} no UTF-8; what cannot be read is written \ufffd, first in row {_row(wrong)}"
    return column, ""


def _is_text(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
