"""Whether a formula can hold, and can fail, when each column lies within bounds: interval arithmetic over its tree.

What cannot be followed counts as possible both ways, so that "cannot hold" is certain.
"""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from synth_ui.core.rules.ranges import AllowedValues
from synth_ui.core.table import Kind

Interval = tuple[float, float]
Both = tuple[bool, bool]
"""Whether something can hold, and whether it can fail."""

_ANYTHING: Interval = (-math.inf, math.inf)
_OPEN: Both = (True, True)
_DAY = 86_400_000_000.0
_CLOSE = 2e-9
"""A little more than the share within which a formula takes numbers for equal."""


class Judge:
    """Judges the parts of a formula.

    Parameters
    ----------
    rooms
        What each column can hold.
    tried
        Takes a part of the formula; returns its truth for all there is of its one column, or None where that was not tried.
    """

    def __init__(self, rooms: Mapping[str, AllowedValues], tried: Callable[[ast.expr], NDArray[np.bool_] | None]) -> None:
        self.rooms = rooms
        self.tried = tried

    def truth(self, node: ast.expr) -> Both:
        """Return whether a part can hold, and whether it can fail."""
        found = self.tried(node)
        if found is not None:
            return bool(found.any()), not found.all()
        if isinstance(node, ast.BoolOp):
            sides = [self.truth(value) for value in node.values]
            hold, fail = [side[0] for side in sides], [side[1] for side in sides]
            return (all(hold), any(fail)) if isinstance(node.op, ast.And) else (any(hold), all(fail))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            can_hold, can_fail = self.truth(node.operand)
            return can_fail, can_hold
        if isinstance(node, ast.Compare):
            links = zip([node.left, *node.comparators], node.ops, node.comparators, strict=False)
            found_links = [self._link(left, sign, right) for left, sign, right in links]
            return all(link[0] for link in found_links), any(link[1] for link in found_links)
        return _OPEN

    def _link(self, left: ast.expr, sign: ast.cmpop, right: ast.expr) -> Both:
        one, other = self._line(left), self._line(right)
        if one is None or other is None:
            return _OPEN
        slack = 1e-12 + _CLOSE * max([abs(end) for end in (*one, *other) if math.isfinite(end)], default=0.0)
        if isinstance(sign, ast.Gt | ast.GtE):
            one, other = other, one
        if isinstance(sign, ast.Lt | ast.Gt | ast.LtE | ast.GtE):
            return one[0] <= other[1] + slack, one[1] >= other[0] - slack
        if isinstance(sign, ast.Eq):
            return one[0] <= other[1] + slack and other[0] <= one[1] + slack, True
        return _OPEN

    def _line(self, node: ast.expr) -> Interval | None:
        """Return the bounds of a number, or of a date in microseconds; None for what is neither."""
        if isinstance(node, ast.Name) and self.rooms[node.id].column.kind is Kind.DATETIME:
            return self.rooms[node.id].low, self.rooms[node.id].high
        return self.number(node)

    def number(self, node: ast.expr) -> Interval | None:
        """Return the bounds of a number; None for what is no number."""
        if isinstance(node, ast.Constant):
            known = isinstance(node.value, int | float)
            return (float(node.value), float(node.value)) if known else None  # type: ignore[arg-type]
        if isinstance(node, ast.Name):
            room = self.rooms[node.id]
            if room.column.kind is Kind.BOOLEAN:
                return (0.0, 1.0)
            return (room.low, room.high) if room.column.kind in (Kind.NUMBER, Kind.INTEGER) else None
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            inner = self.number(node.operand)
            return inner if inner is None or isinstance(node.op, ast.UAdd) else (-inner[1], -inner[0])
        if isinstance(node, ast.BinOp):
            return self._reckoned(node)
        return (0.0, 1.0) if isinstance(node, ast.Compare | ast.BoolOp | ast.UnaryOp) else _ANYTHING

    def _reckoned(self, node: ast.BinOp) -> Interval:
        dates = [
            isinstance(side, ast.Name) and self.rooms[side.id].column.kind is Kind.DATETIME for side in (node.left, node.right)
        ]
        one, other = (self._line(side) if all(dates) else self.number(side) for side in (node.left, node.right))
        if one is None or other is None:
            return _ANYTHING
        if all(dates):
            return (one[0] - other[1]) / _DAY, (one[1] - other[0]) / _DAY
        if isinstance(node.op, ast.Add):
            return _hull([one[0] + other[0], one[1] + other[1]])
        if isinstance(node.op, ast.Sub):
            return _hull([one[0] - other[1], one[1] - other[0]])
        if isinstance(node.op, ast.Mult):
            return _hull([a * b for a, b in itertools.product(one, other)])
        if isinstance(node.op, ast.Div) and (other[0] > 0 or other[1] < 0):
            return _hull([a / b for a, b in itertools.product(one, other)])
        return _ANYTHING


def _hull(ends: list[float]) -> Interval:
    """Return the bounds of what was reckoned from bounds; anything, where infinities cancel."""
    return _ANYTHING if any(math.isnan(end) for end in ends) else (min(ends), max(ends))
