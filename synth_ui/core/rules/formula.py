"""Formulas that users write, such as `hours * rate <= cap`: read by a list of what is allowed, never run as code.

Allowed are numbers, texts in quotes, True and False, names of columns (in `backticks` where they hold spaces or signs),
``+ - * / // % **``, comparisons (also chained, and `in` a list), `and`, `or`, `not`, parentheses. Nothing else: no
attributes, no calls but of functions the caller names, no names but columns.

Numbers are reckoned as float64, so whole numbers beyond 2**53 lose digits. A date less a date is a number of days; a text that
stands beside a date is read as one: as the column writes its dates, or as ISO does; what could be two dates is refused. Texts and levels can only be equal, unequal or `in` a list.
"""

from __future__ import annotations

import ast
import copy
import keyword
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synth_ui.core.cast import level_text, zone_of
from synth_ui.core.errors import SettingError, TableError
from synth_ui.core.formats.date_texts import is_whole, read_literal
from synth_ui.core.table import Column, Kind, Schema

Array = NDArray[Any]

LONGEST = 500
"""Characters a formula may have."""

_MOST_PARTS = 200

_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_ORDER: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_ALLOWED = "numbers, texts in quotes, column names, + - * / // % **, comparisons, in, and, or, not and parentheses"
_CLOSE = 1e-9
"""Numbers that differ by no more than this share of their size are equal: sums of decimals are not exact."""
_SMALL = 1e-12


@dataclass(frozen=True)
class Formula:
    """A formula that has been read; `columns` are the names in it, in order.

    Attributes
    ----------
    known
        What is known of the columns, from `bound`: how they write dates, how large their numbers are.

    Raises
    ------
    SettingError
        If the text is empty, too long, or holds something that is not allowed.
    """

    text: str
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict, compare=False)
    known: Mapping[str, Column] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        _ = self.columns

    @cached_property
    def _tree(self) -> tuple[ast.expr, dict[str, str]]:
        return _parse(self.text)

    @property
    def tree(self) -> ast.expr:
        """The formula as Python's parser reads it; each name is a column's, a plain word or not."""
        tree, names = self._tree
        renamed = copy.deepcopy(tree)
        for node in ast.walk(renamed):
            if isinstance(node, ast.Name):
                node.id = names.get(node.id, node.id)
        return renamed

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns it names, in the order they appear."""
        tree, names = self._tree
        calls = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        _check_parts(tree, self.text, self.functions)
        found = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in calls]
        found.sort(key=lambda node: (node.lineno, node.col_offset))
        return tuple(dict.fromkeys(names.get(node.id, node.id) for node in found))

    def bound(self, schema: Schema) -> Formula:
        """Return the formula for tables of this schema: dates in it are read as its columns write them."""
        return replace(self, known={name: schema[name] for name in self.columns if name in schema.names})

    def check(self, schema: Schema) -> str:
        """Return what the formula gives on a table of this schema: "number", "truth", "text" or "date".

        Raises
        ------
        TableError
            If a column is unknown or not learned, or values are compared or reckoned that do not go together.
        """
        for name in self.columns:
            check_column(schema, name, f"the formula {self.text!r}")
        empty = pd.DataFrame({name: _filler(schema[name].kind) for name in self.columns})
        return self.bound(schema)._evaluate(empty)[0]

    def evaluate(self, frame: pd.DataFrame) -> Array:
        """Return the value of each row of a canonical frame; where a column named is blank, the value means nothing."""
        kind, value = self._evaluate(frame)
        dtype = bool if kind == "truth" else float if kind == "number" else object
        return np.broadcast_to(np.asarray(value, dtype=dtype), (len(frame),)).copy()

    def _evaluate(self, frame: pd.DataFrame) -> tuple[str, Any]:
        missing = [name for name in self.columns if name not in frame]
        if missing:
            raise TableError(f"The formula {self.text!r} names {missing[0]!r}, which is no column of the table.")
        tree, names = self._tree
        with np.errstate(all="ignore"):
            return _Walk(self.text, frame, names, self.functions, self.known).value(tree)


def check_column(schema: Schema, name: str, where: str) -> None:
    """Refuse a column that is not there, or whose values are made anew and so cannot keep a rule.

    Raises
    ------
    TableError
        With the name, and which columns there are.
    """
    if name not in schema.names:
        raise TableError(f"There is no column {name!r} for {where}; there are {', '.join(schema.names)}.")
    if not schema[name].modelled:
        raise TableError(f"{name!r} in {where} is {schema[name].kind.value}, made anew and not learned; choose another column.")


def quoted(name: str) -> str:
    """Return a column's name as it is written in a formula: in backticks where it is no plain word."""
    return name if name.isidentifier() and not keyword.iskeyword(name) else f"`{name}`"


_WORDS = frozenset({"and", "or", "not", "in", "True", "False"})
"""Words of Python that a formula may hold."""


_QUOTED = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""


def _parse(text: str) -> tuple[ast.expr, dict[str, str]]:
    """Read the text; names in backticks become plain ones, and what they stand for is returned beside the tree."""
    if not text.strip():
        raise SettingError("The formula is empty: nothing was asked. Write for example hours * rate <= cap.")
    if len(text) > LONGEST:
        raise SettingError(f"The formula has {len(text):,} characters; at most {LONGEST} are read. Split it into several.")
    names: dict[str, str] = {}

    def stand_in(found: re.Match[str]) -> str:
        if found[0][0] != "`":
            return found[0]
        names[f"_column_{len(names)}_"] = found[1]
        return f" _column_{len(names) - 1}_ "

    plain = re.sub(_QUOTED + "|`([^`]+)`", stand_in, text)
    try:
        return ast.parse(plain.strip(), mode="eval").body, names
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        what = error.msg if isinstance(error, SyntaxError) else str(error)
        raise SettingError(f"The formula {text!r} cannot be read ({what}). {_hint(plain)}Allowed are {_ALLOWED}.") from error


def _hint(plain: str) -> str:
    """Say how a column is written whose name is a word of Python, where such a word stands in the formula."""
    bare = re.sub(_QUOTED, " ", plain)
    words = [word for word in dict.fromkeys(re.findall(r"\w+", bare)) if keyword.iskeyword(word) and word not in _WORDS]
    if words:
        return f"{words[0]} is a word of Python: where it is a column, write `{words[0]}` in backticks. "
    return "A column whose name is a word of Python or holds spaces or signs stands in `backticks`. "


def _check_parts(tree: ast.expr, text: str, functions: Mapping[str, Callable[..., Any]]) -> None:
    """Refuse whatever is not on the list."""
    parts = list(ast.walk(tree))
    if len(parts) > _MOST_PARTS:
        raise SettingError(f"The formula {text!r} has {len(parts)} parts; at most {_MOST_PARTS} are read. Split it into several.")
    for part in parts:
        if isinstance(part, ast.Call):
            _check_call(part, text, functions)
        elif isinstance(part, ast.Constant):
            _check_constant(part, text)
        elif not isinstance(part, _PARTS):
            called = type(part).__name__.lower()
            raise SettingError(f"The formula {text!r} holds something not allowed ({called}). Allowed are {_ALLOWED}.")


_PARTS = (
    ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.Name, ast.Load, ast.List, ast.Tuple, ast.Set, *_ARITHMETIC, *_ORDER,
    ast.Eq, ast.NotEq, ast.In, ast.NotIn, ast.And, ast.Or, ast.Not, ast.USub, ast.UAdd,
)  # fmt: skip


def _check_call(call: ast.Call, text: str, functions: Mapping[str, Callable[..., Any]]) -> None:
    if not isinstance(call.func, ast.Name) or call.func.id not in functions or call.keywords:
        some = f" or one of {', '.join(sorted(functions))}" if functions else ""
        raise SettingError(f"The formula {text!r} calls {ast.unparse(call.func)!r}. Allowed are {_ALLOWED}{some}.")
    takes = getattr(
        functions[call.func.id], "nin", len(call.args)
    )  # of numpy's: one value more is where it would write its answer to
    if len(call.args) != takes:
        raise SettingError(f"The formula {text!r} gives {call.func.id} {len(call.args)} values; it takes {takes}.")


def _check_constant(constant: ast.Constant, text: str) -> None:
    value = constant.value
    if not isinstance(value, bool | int | float | str):
        hint = "Where it is a column, write `None` in backticks. " if value is None else ""
        raise SettingError(f"The formula {text!r} holds {value!r}. {hint}Allowed are {_ALLOWED}.")
    if isinstance(value, int | float) and abs(value) > 1e300:
        raise SettingError(f"The formula {text!r} holds a number beyond 1e300.")


def _filler(kind: Kind) -> pd.Series[Any]:
    """Return an empty column of a kind, to find out what a formula would give."""
    if kind is Kind.DATETIME:
        return pd.Series([], dtype="datetime64[us]")
    if kind is Kind.BOOLEAN:
        return pd.Series([], dtype=bool)
    return pd.Series([], dtype=float if kind.numeric else object)


class _Side(NamedTuple):
    """One side of a comparison: its part of the tree, its kind and its values."""

    node: ast.expr
    kind: str
    values: Any


class _Walk:
    """Reckons a tree over the columns of a frame; every value is a kind ("number", "truth", "text", "date") and an array.

    Each part is reckoned once: a part reckoned twice by the one around it would be reckoned 2**depth times in all.
    """

    def __init__(
        self,
        text: str,
        frame: pd.DataFrame,
        names: Mapping[str, str],
        functions: Mapping[str, Callable[..., Any]],
        known: Mapping[str, Column],
    ) -> None:
        self.text = text
        self.frame = frame
        self.names = names
        self.functions = functions
        self.known = known
        self.nothing = _nothing(known.values())

    def value(self, node: ast.expr) -> tuple[str, Any]:
        """Return kind and values of one part."""
        if isinstance(node, ast.Name):
            return _column(self.frame[self.names.get(node.id, node.id)])
        if isinstance(node, ast.Constant):
            return _constant(node.value)
        if isinstance(node, ast.UnaryOp):
            return self._unary(node)
        if isinstance(node, ast.BinOp):
            return self._arithmetic(node)
        if isinstance(node, ast.BoolOp):
            join = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
            return "truth", join.reduce(np.broadcast_arrays(*[self._truth(part) for part in node.values]))
        if isinstance(node, ast.Call):
            return "number", self.functions[ast.unparse(node.func)](*[self._number(part) for part in node.args])
        if isinstance(node, ast.Compare):
            return "truth", self._comparison(node)
        raise self._wrong("a list stands where a value is needed")

    def _wrong(self, what: str) -> TableError:
        return TableError(f"The formula {self.text!r} does not work: {what}.")

    def _truth(self, node: ast.expr) -> Any:
        kind, value = self.value(node)
        if kind != "truth":
            raise self._wrong(f"{self._shown(node)} is a {kind}, not something that holds or does not; compare it with a value")
        return value

    def _number(self, node: ast.expr) -> Any:
        return self._as_number(node, *self.value(node))

    def _as_number(self, node: ast.expr, kind: str, value: Any) -> Any:
        if kind not in ("number", "truth"):
            raise self._wrong(f"{self._shown(node)} is a {kind}, and one can only reckon with numbers")
        return np.asarray(value, dtype=float)

    def _shown(self, node: ast.expr) -> str:
        shown = ast.unparse(node)
        for stand_in, name in self.names.items():
            shown = shown.replace(stand_in, f"`{name}`")
        return shown

    def _unary(self, node: ast.UnaryOp) -> tuple[str, Any]:
        if isinstance(node.op, ast.Not):
            return "truth", ~np.asarray(self._truth(node.operand), dtype=bool)
        number = self._number(node.operand)
        return "number", -number if isinstance(node.op, ast.USub) else number

    def _arithmetic(self, node: ast.BinOp) -> tuple[str, Any]:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(node.op, ast.Sub) and left[0] == right[0] == "date":
            return "number", (left[1] - right[1]) / np.timedelta64(1, "D")
        return "number", _ARITHMETIC[type(node.op)](self._as_number(node.left, *left), self._as_number(node.right, *right))

    def _comparison(self, node: ast.Compare) -> Any:
        holds: Any = np.bool_(True)
        left = self._side(node.left)
        for at, (sign, part) in enumerate(zip(node.ops, node.comparators, strict=True), 1):
            if not isinstance(sign, ast.In | ast.NotIn):
                right = self._side(part)
                holds = holds & self._pair(left, sign, right)
                left = right
                continue
            found = self._among(left, part)
            holds = holds & (found if isinstance(sign, ast.In) else ~found)
            if at < len(node.ops):
                left = self._side(part)
        return holds

    def _side(self, node: ast.expr) -> _Side:
        return _Side(node, *self.value(node))

    def _among(self, left: _Side, right: ast.expr) -> Any:
        if not isinstance(right, ast.List | ast.Tuple | ast.Set) or not right.elts:
            raise self._wrong("after in stands a list, such as ('a', 'b')")
        return np.logical_or.reduce(np.broadcast_arrays(*[self._pair(left, ast.Eq(), self._side(part)) for part in right.elts]))

    def _pair(self, left: _Side, sign: ast.cmpop, right: _Side) -> Any:
        kind, one, other = self._alike(left, right)
        if isinstance(sign, ast.Eq | ast.NotEq):
            same = np.isclose(one, other, rtol=_CLOSE, atol=self.nothing) if kind == "number" else np.equal(one, other)
            same = np.asarray(same, dtype=bool)
            return same if isinstance(sign, ast.Eq) else ~same
        if kind in ("text", "truth"):
            raise self._wrong(
                f"{self._shown(left.node)} and {self._shown(right.node)} have no order; they can be equal, unequal or in a list"
            )
        holds = np.asarray(_ORDER[type(sign)](one, other), dtype=bool)
        if kind == "number" and isinstance(sign, ast.LtE | ast.GtE):
            holds = holds | np.isclose(one, other, rtol=_CLOSE, atol=self.nothing)
        return holds

    def _alike(self, left_side: _Side, right_side: _Side) -> tuple[str, Any, Any]:
        """Bring both sides to one kind, or say that they do not go together."""
        (left, kind, one), (right, other_kind, other) = left_side, right_side
        kinds = {kind, other_kind}
        if len(kinds) == 1:
            return kind, one, other
        if "date" in kinds and isinstance(right if kind == "date" else left, ast.Constant):
            written, beside = (other, self._beside(left)) if kind == "date" else (one, self._beside(right))
            if "text" in kinds or ("number" in kinds and beside is not None and is_whole(beside.format)):
                moment = self._date(level_text(written.item()), beside)
                return "date", one if kind == "date" else moment, other if other_kind == "date" else moment
        if kinds == {"number", "truth"}:
            return "number", np.asarray(one, dtype=float), np.asarray(other, dtype=float)
        if "text" in kinds and isinstance(right if kind == "text" else left, ast.Constant):
            return "text", _texts(one), _texts(other)
        raise self._wrong(f"{self._shown(left)} is a {kind} and {self._shown(right)} a {other_kind}; they cannot be compared")

    def _beside(self, node: ast.expr) -> Column | None:
        """Return the column that a date is compared with, where it is one."""
        return self.known.get(self.names.get(node.id, node.id)) if isinstance(node, ast.Name) else None

    def _date(self, text: str, beside: Column | None) -> np.datetime64:
        try:
            return read_literal(text, None, None) if beside is None else read_literal(text, beside.format, zone_of(beside))
        except TableError as error:
            raise self._wrong(str(error)) from error


def _nothing(columns: Iterable[Column]) -> float:
    """Return how far from each other numbers may lie and still be equal, whatever their size: less for columns of tiny numbers."""
    sizes = [max(abs(c.low), abs(c.high)) for c in columns if c.kind is Kind.NUMBER and c.low is not None and c.high is not None]
    return min([_SMALL, *(_CLOSE * size for size in sizes)])


def _column(series: pd.Series[Any]) -> tuple[str, Any]:
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        local = series.dt.tz_localize(None) if isinstance(series.dtype, pd.DatetimeTZDtype) else series
        return "date", local.dt.as_unit("us").to_numpy()
    if pd.api.types.is_bool_dtype(series.dtype):
        return "truth", series.astype("boolean").fillna(False).to_numpy(dtype=bool)
    if pd.api.types.is_numeric_dtype(series.dtype):
        return "number", series.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    return "text", series.astype(object).to_numpy()


def _constant(value: Any) -> tuple[str, Any]:
    if isinstance(value, bool):
        return "truth", np.bool_(value)
    if isinstance(value, str):
        return "text", np.array(value, dtype=object)
    return "number", np.float64(value)


def _texts(values: Any) -> Any:
    """Write numbers as levels are written: a level "3" is met by 3."""
    return np.vectorize(level_text, otypes=[object])(values)
