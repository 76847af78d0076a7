"""Values as a driver gives them, made into columns with a type, a batch at a time."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from synth_ui.core.formats.numbers import MOST_DIGITS

_SORTS: dict[type, str] = {
    bool: "truth", int: "whole", float: "number", Decimal: "decimal", str: "text", dt.datetime: "moment", dt.date: "day",
    dt.timedelta: "duration", bytes: "bytes", bytearray: "bytes", memoryview: "bytes", dict: "nested", list: "nested",
}  # fmt: skip

_SPOKEN = {
    "truth": "yes and no", "whole": "whole numbers", "digits": "whole numbers", "number": "numbers", "text": "texts",
    "moment": "times", "zoned": "times with a zone", "day": "dates", "duration": "durations",
}  # fmt: skip


class GatheredColumn:
    """One column as it comes; `name` is what the database calls it, `truths` whether 0 and 1 mean no and yes there."""

    def __init__(self, name: str, *, truths: bool = False) -> None:
        self.name, self.truths = name, truths
        self.chunks: list[tuple[str, Any]] = []
        self.said: list[str] = []

    def add(self, values: Sequence[Any]) -> None:
        """Take the values of a batch."""
        import pyarrow as pa

        sorts = {_sort(kind) for kind in {*map(type, values)} - {type(None)}}
        if not sorts:
            self.chunks.append(("blank", pa.nulls(len(values))))
        elif "bytes" in sorts:
            self.chunks.append(("bytes", pa.nulls(len(values))))
        elif len(sorts) == 1:
            self._add_one_sort(sorts.pop(), values)
        elif sorts <= {"whole", "number", "decimal", "truth"}:
            self._add_numbers(values)
        else:
            self._say_mixed(sorts)
            self.chunks.append(("text", pa.array([None if value is None else _text(value) for value in values], pa.string())))

    def add_arrow(self, array: Any) -> None:
        """Take a batch that has a type already."""
        import pyarrow as pa

        kind = array.type
        if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
            self.chunks.append(("bytes", pa.nulls(len(array))))
        elif pa.types.is_decimal(kind) or pa.types.is_time(kind) or pa.types.is_nested(kind) or pa.types.is_uint64(kind):
            self.add(array.to_pylist())
        else:
            self.chunks.append((str(kind), array))

    def _add_one_sort(self, sort: str, values: Sequence[Any]) -> None:
        import pyarrow as pa

        if sort == "whole":
            self._add_whole(values)
        elif sort in ("decimal", "number"):
            self._add_numbers(values)
        elif sort == "moment":
            self._add_moments(values)
        elif sort in ("nested", "other"):
            if sort == "nested":
                self._say("lists and maps are written as text")
            self.chunks.append(("text", pa.array([None if value is None else _text(value) for value in values], pa.string())))
        else:
            kinds = {"truth": pa.bool_(), "text": pa.string(), "day": pa.date32(), "duration": pa.duration("us")}
            self.chunks.append((sort, pa.array(values, kinds[sort])))

    def _add_whole(self, values: Sequence[Any]) -> None:
        import pyarrow as pa

        if self.truths and {*values} <= {0, 1, None}:
            self.chunks.append(("truth", pa.array([None if value is None else bool(value) for value in values], pa.bool_())))
            return
        try:
            self.chunks.append(("whole", pa.array(values, pa.int64())))
        except OverflowError:
            self.chunks.append(("digits", pa.array([None if value is None else str(value) for value in values], pa.string())))

    def _add_numbers(self, values: Sequence[Any]) -> None:
        """Take numbers with decimals; those that have none are whole numbers with every digit, numeric(20, 0) say."""
        import pyarrow as pa

        whole = [_whole(value) for value in values]
        if all(number is not None or value is None for number, value in zip(whole, values, strict=True)):
            self._add_whole(whole)
        else:
            if not all(map(_kept, values)):
                self._say(f"some numbers have more than {MOST_DIGITS} digits; what is beyond them is rounded off")
            self.chunks.append(("number", pa.array([None if value is None else float(value) for value in values], pa.float64())))

    def _add_moments(self, values: Sequence[Any]) -> None:
        import pyarrow as pa

        zoned = {value.tzinfo is not None for value in values if value is not None}
        if zoned == {False}:
            self.chunks.append(("moment", pa.array(values, pa.timestamp("us"))))
            return
        utc = [value and (value.astimezone(dt.UTC) if value.tzinfo else value.replace(tzinfo=dt.UTC)) for value in values]
        self.chunks.append(("zoned", pa.array(utc, pa.timestamp("us", "UTC"))))

    def _say(self, text: str) -> None:
        if text not in self.said:
            self.said.append(text)

    def _say_mixed(self, sorts: Iterable[str]) -> None:
        named = sorted({_SPOKEN.get(sort, "other values") for sort in sorts})
        self._say(f"holds {', '.join(named)} side by side; all are taken as text")

    def finished(self) -> Any:
        """Return the whole column, or None where it holds bytes, which no table here can keep; `said` says what was done."""
        import pyarrow as pa

        sorts = {sort for sort, _ in self.chunks} - {"blank"}
        if "bytes" in sorts:
            self.said[:] = ["holds bytes, which no table here can keep; the column is left out"]
            return None
        if "digits" in sorts:
            self._say("some whole numbers are too long for a number; all are taken as text, every digit")
        kind = self._kind(sorts)
        return pa.chunked_array([_cast(array, kind) for _, array in self.chunks], kind)

    def _kind(self, sorts: set[str]) -> Any:
        import pyarrow as pa

        if not sorts:
            return pa.string()
        arrays = {sort: array for sort, array in self.chunks if sort != "blank"}
        if len(sorts) == 1:
            return next(iter(arrays.values())).type
        if sorts == {"whole", "number"} and all(_small(array) for sort, array in self.chunks if sort == "whole"):
            return pa.float64()
        if sorts == {"whole", "truth"}:
            return pa.int64()
        if not sorts <= {"whole", "number", "digits"}:
            self._say_mixed(sorts)
        return pa.string()


def _sort(kind: type) -> str:
    return next((_SORTS[known] for known in kind.__mro__ if known in _SORTS), "other")


def _text(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value.isoformat() if isinstance(value, dt.time) else str(value)


def _whole(value: Any) -> int | None:
    """Return a whole number written with decimals, numeric(20, 0) say, as one; None for any other."""
    if isinstance(value, Decimal):
        return int(value) if value.is_finite() and value.as_tuple().exponent == 0 else None
    return value if isinstance(value, int) else None


def _kept(value: Any) -> bool:
    """Whether a float64 keeps every digit."""
    if isinstance(value, Decimal):
        return not value.is_finite() or len(value.normalize().as_tuple().digits) <= MOST_DIGITS
    return not isinstance(value, int) or abs(value) <= 2**53


def _small(array: Any) -> bool:
    import pyarrow.compute as pc

    ends = pc.min_max(array).as_py()
    return all(end is None or abs(end) <= 2**53 for end in ends.values())


def _cast(array: Any, kind: Any) -> Any:
    """Return an array as a type; a number as a text is written as Python writes it, 1.5 and not 1.50."""
    import pyarrow as pa

    if array.type == kind:
        return array
    if kind == pa.string() and pa.types.is_floating(array.type):
        cells = array.to_pylist()
        return pa.array([None if cell is None or math.isnan(cell) else repr(cell) for cell in cells], pa.string())
    return array.cast(kind)
