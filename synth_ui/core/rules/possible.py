"""Whether any row could meet what is asked, found out before anything is learned or drawn.

Rows that are drawn hold what the real columns hold: numbers and dates between the real bounds, levels that occur. Rules and
conditions narrow that, column by column. Where nothing is left, or a formula can hold for nothing that is left, no number of
draws would help, and what is asked is refused: with the real range, or with the two that exclude one another.

Only what certainly cannot be is refused. Columns with few values are tried value by value; of the others the bounds are
followed through the formula (interval arithmetic). A rule that only rows with a blank would keep counts as one that none keeps.
"""

from __future__ import annotations

import ast
import copy
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synth_ui.core.errors import DoesNotApply
from synth_ui.core.rules.condition import Condition
from synth_ui.core.rules.constraint import (
    Constraint,
    Expression,
    FixedCombinations,
    Inequality,
    NeverTogether,
    OneHot,
    Range,
    bind_all,
)
from synth_ui.core.rules.formula import quoted
from synth_ui.core.rules.interval_arithmetic import Judge
from synth_ui.core.rules.ranges import AllowedValues, Rooms, rooms_of
from synth_ui.core.table import Schema

Truths = NDArray[np.bool_]

MOST_TRIED = 20_000
"""So many combinations of values are tried one by one."""

_ROUNDS = 8
_POINTS = 1_025
_ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_FLIPPED: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE, ast.Eq: ast.Eq, ast.NotEq: ast.NotEq,
}  # fmt: skip
_EXCLUDED = {
    frozenset(pair)
    for pair in ((ast.Lt, ast.Gt), (ast.Lt, ast.GtE), (ast.Lt, ast.Eq), (ast.Gt, ast.LtE), (ast.Gt, ast.Eq), (ast.Eq, ast.NotEq))
}
"""Signs that cannot both hold between the same two sides."""


def refuse_impossible(
    rules: Sequence[Constraint], conditions: Sequence[Condition], schema: Schema, frame: pd.DataFrame | None = None
) -> None:
    """Refuse rules and conditions that no row can meet.

    Parameters
    ----------
    frame
        The real rows, whose values say what a row can hold; None to go by the schema alone.

    Raises
    ------
    TableError
        If a rule does not fit the schema.
    DoesNotApply
        With the real range, or what excludes what.
    """
    known = [rule for rule in rules if frame is not None or not isinstance(rule, FixedCombinations) or rule.allowed is not None]
    bound = bind_all(known, schema, pd.DataFrame() if frame is None else frame)
    asked = [*(_Asked(rule, schema) for rule in bound), *(_Asked(condition, schema) for condition in conditions)]
    rooms = rooms_of(schema, {name for one in asked for name in one.columns}, frame)
    for one in asked:
        if not _possible([one], rooms):
            ranges = ", ".join(filter(None, (rooms[name].range for name in one.columns)))
            there = f": in the real table {ranges}" if ranges else ""
            raise DoesNotApply(f'no row can meet "{one.text}"{there}; ask for what real rows have')
    for one, other in itertools.combinations(asked, 2):
        if set(one.columns) & set(other.columns) and not _possible([one, other], rooms):
            raise DoesNotApply(f'no row can meet both "{one.text}" and "{other.text}"; change one of them, or leave it out')
    if len(asked) > 2 and not _possible(asked, rooms):
        said = ", ".join(f'"{one.text}"' for one in _least(asked, rooms))
        raise DoesNotApply(f"no row can meet all of this together: {said}; change some of it, or leave it out")


def _least(asked: Sequence[_Asked], rooms: Rooms) -> Sequence[_Asked]:
    """Leave out what is not needed to rule out the others."""
    for one in asked:
        rest = [other for other in asked if other is not one]
        if not _possible(rest, rooms):
            return _least(rest, rooms)
    return asked


@dataclass(frozen=True, eq=False)
class _Asked:
    """One rule or condition, or a part of one."""

    what: Constraint | Condition
    schema: Schema

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.what.column,) if isinstance(self.what, Condition) else self.what.columns

    @property
    def text(self) -> str:
        return self.what.text

    @property
    def blanks_count(self) -> bool:
        """Whether a blank is a value like any other, in a column that may have blanks."""
        joined = isinstance(self.what, FixedCombinations | NeverTogether | OneHot)
        return joined and any(self.schema[name].nullable for name in self.columns)

    def holds(self, frame: pd.DataFrame) -> Truths:
        return self.what.meets(frame) if isinstance(self.what, Condition) else self.what.holds(frame)

    @cached_property
    def parts(self) -> tuple[_Asked, ...]:
        """What must hold together: the sides of `and`, the links of a chain of comparisons, both ends of a range."""
        what = self.what
        if isinstance(what, Range | Condition) and not getattr(what, "values", ()) and None not in (what.low, what.high):
            return (replace(self, what=replace(what, high=None)), replace(self, what=replace(what, low=None)))
        if isinstance(what, Expression):
            return tuple(self.part(node) for node in _conjuncts(what.tree))
        return (self,)

    @cached_property
    def tree(self) -> ast.expr | None:
        """The formula, an inequality of two columns written as one; None for all else."""
        if isinstance(self.what, Inequality):
            sign = ast.Lt() if self.what.strict else ast.LtE()
            return ast.Compare(ast.Name(self.what.smaller), [sign], [ast.Name(self.what.larger)])
        return self.what.tree if isinstance(self.what, Expression) else None

    def part(self, node: ast.expr) -> _Asked:
        """Return a part of the formula as a rule of its own."""
        [bound] = bind_all([Expression(ast.unparse(_Quoting().visit(copy.deepcopy(node))))], self.schema, pd.DataFrame())
        return replace(self, what=bound)


class _Quoting(ast.NodeTransformer):
    """Writes the names of columns as a formula has them."""

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(quoted(node.id))


def _conjuncts(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
        for value in node.values:
            yield from _conjuncts(value)
    elif isinstance(node, ast.Compare) and len(node.ops) > 1:
        for left, sign, right in zip([node.left, *node.comparators], node.ops, node.comparators, strict=False):
            if names_in(left) | names_in(right):
                yield ast.Compare(left, [sign], [right])
    elif names_in(node):
        yield node


def names_in(node: ast.expr) -> set[str]:
    """Return the columns a part of a formula names."""
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


# --- the search ---------------------------------------------------------------------------------------------------


def _possible(asked: Sequence[_Asked], rooms: Rooms) -> bool:
    """Tell whether all of what is asked could hold in one row; True where that is not known."""
    names = {name for one in asked for name in one.columns}
    rooms = {name: rooms[name].listed() for name in names}
    parts = [part for one in asked for part in one.parts if not part.blanks_count]
    if _exclude(parts):
        return False
    for _ in range(_ROUNDS):
        before = {name: room.size for name, room in rooms.items()}
        for part in parts:
            rooms = _narrowed(part, rooms)
            if any(room.empty for room in rooms.values()):
                return False
        if before == {name: room.size for name, room in rooms.items()}:
            break
    if not all(_can_hold(part, rooms) for part in parts):
        return False
    return all(_found_one(group, rooms) for group in _groups([part for part in parts if len(part.columns) > 1]))


def _exclude(parts: Sequence[_Asked]) -> bool:
    """Tell whether two parts compare the same two sides by signs that cannot both hold."""
    signs: dict[tuple[str, str], set[type[ast.cmpop]]] = {}
    for part in parts:
        tree = part.tree
        if isinstance(tree, ast.Compare) and len(tree.ops) == 1 and type(tree.ops[0]) in _FLIPPED:
            left, right, sign = ast.unparse(tree.left), ast.unparse(tree.comparators[0]), type(tree.ops[0])
            key, sign = ((left, right), sign) if left <= right else ((right, left), _FLIPPED[sign])
            signs.setdefault(key, set()).add(sign)
    return any(frozenset(pair) in _EXCLUDED for found in signs.values() for pair in itertools.combinations(found, 2))


def _narrowed(part: _Asked, rooms: Rooms) -> Rooms:
    """Return the rooms without what a part rules out by itself."""
    if any(rooms[name].blank for name in part.columns):
        return rooms
    if len(part.columns) > 1:
        return _below(part.what, rooms) if isinstance(part.what, Inequality) else rooms
    [name] = part.columns
    room = rooms[name]
    if isinstance(part.what, Condition) and part.what.values:
        return {**rooms, name: room.only(part.what.values)}
    if room.values is not None:
        return {**rooms, name: room.kept(part.holds(pd.DataFrame({name: room.series(room.values)})))}
    for half in _halves(part):
        room = _up_to_edge(half, room)
    return {**rooms, name: room}


def _below(rule: Inequality, rooms: Rooms) -> Rooms:
    """Keep the smaller column below the largest value of the larger, and the other way round."""
    small, large = rooms[rule.smaller], rooms[rule.larger]
    if small.zone != large.zone:
        return rooms
    return {**rooms, rule.smaller: small.within(-math.inf, large.high), rule.larger: large.within(small.low, math.inf)}


def _halves(part: _Asked) -> Sequence[_Asked]:
    """Return a part as what holds from a value on, or up to one; two of these for `==`; none where it is nothing of the sort."""
    if isinstance(part.what, Condition | Range):
        return (part,)
    if not isinstance(part.what, Expression):
        return ()
    tree = part.tree
    if not isinstance(tree, ast.Compare) or not isinstance(tree.ops[0], (*_ORDER, ast.Eq)):
        return ()
    sides = (tree.left, tree.comparators[0])
    if not any(isinstance(one, ast.Name) and not names_in(other) for one, other in (sides, sides[::-1])):
        return ()
    if not isinstance(tree.ops[0], ast.Eq):
        return (part,)
    return [part.part(ast.Compare(sides[0], [sign], [sides[1]])) for sign in (ast.LtE(), ast.GtE())]


def _up_to_edge(part: _Asked, room: AllowedValues) -> AllowedValues:
    """Return the values up to, or from, where a part begins to hold: looked for between points that lie ever closer."""
    low, high = room.ends
    low_holds = high_holds = False
    for turn in range(_ROUNDS):
        points = np.linspace(low, high, _POINTS)
        truths = part.holds(pd.DataFrame({room.column.name: room.series(points)}))
        if turn == 0:
            low_holds, high_holds = bool(truths[0]), bool(truths[-1])
            if low_holds and high_holds:
                return room
            if not truths.any():
                return room.within(1.0, 0.0)
        change = int(np.argmax(truths != truths[0]))
        if not change:
            break
        low, high = points[change - 1], points[change]
    return room.within(-math.inf, high) if low_holds else room.within(low, math.inf)


def _can_hold(part: _Asked, rooms: Rooms) -> bool:
    """Tell whether a part can hold for some of the values left, as far as following bounds shows."""
    if any(rooms[name].blank for name in part.columns):
        return True
    if isinstance(part.what, FixedCombinations):
        return any(
            all(rooms[name].admits(text) for name, text in zip(part.columns, row, strict=True)) for row in part.what.allowed or ()
        )
    if part.tree is None:
        return True

    def judged(node: ast.expr) -> Truths | None:
        """Try a part that names one column on all that is left of it; None where that is too much, or no rule by itself."""
        names = names_in(node)
        room = rooms[next(iter(names))] if len(names) == 1 else None
        if room is None or not isinstance(node, ast.Compare | ast.BoolOp | ast.UnaryOp | ast.Name):
            return None
        rule = part.part(node)
        if room.values is not None:
            return rule.holds(pd.DataFrame({room.column.name: room.series(room.values)}))
        if len(_halves(rule)) == 1:
            return rule.holds(pd.DataFrame({room.column.name: room.series(room.ends)}))
        return None

    return Judge(rooms, judged).truth(part.tree)[0]


def _groups(parts: Sequence[_Asked]) -> list[list[_Asked]]:
    """Put parts together that share a column, directly or through others."""
    groups: list[tuple[set[str], list[_Asked]]] = []
    for part in parts:
        names, members = set(part.columns), [part]
        apart = []
        for known, others in groups:
            if known & names:
                names, members = names | known, [*others, *members]
            else:
                apart.append((known, others))
        groups = [*apart, (names, members)]
    return [members for _, members in groups]


def _found_one(joined: Sequence[_Asked], rooms: Rooms) -> bool:
    """Try all combinations of the values left, where these are few enough."""
    names = sorted({name for part in joined for name in part.columns})
    values = [rooms[name].values for name in names]
    if any(one is None for one in values):
        return True
    sizes = [len(one or ()) for one in values]
    if math.prod(sizes) > MOST_TRIED:
        return True
    index = np.indices(sizes).reshape(len(sizes), -1)
    columns = {
        name: rooms[name].series(one or ()).take(at).reset_index(drop=True)
        for name, one, at in zip(names, values, index, strict=True)
    }
    frame = pd.DataFrame(columns)
    kept = np.ones(len(frame), dtype=bool)
    for part in joined:
        kept &= part.holds(frame)
    return bool(kept.any())
