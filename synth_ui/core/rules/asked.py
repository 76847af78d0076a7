"""What is asked of the rows beyond a generator and its settings: rules they keep, conditions they meet, a balanced column."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from synth_ui.core.errors import DoesNotApply, SettingError
from synth_ui.core.rules.condition import Condition, read_where
from synth_ui.core.rules.constraint import Constraint, read_constraints
from synth_ui.core.table import Kind, Table

COUNT = "rows"
"""The column of a table of conditions that says how many rows each line asks for."""


@dataclass(frozen=True)
class Asked:
    """What is asked of the rows.

    Attributes
    ----------
    constraints
        Rules every row keeps.
    where
        Conditions every row meets; see `synth_ui.core.rules.condition`.
    table
        Several sets of conditions; "rows" says how many rows of each, in proportion where it does not add up to all.
    balance
        A column of which every level gets equally many rows.
    filtered
        The candidate out of whose rows those that keep the rules were chosen; None where rows are drawn.
    drawn
        The candidate from whose fitted sampler the rows were drawn, beside those it was first made with; None where they are its own.
    polish
        Whether rows are chosen among more that are drawn, so that together they match the real two-way tables.
    """

    constraints: tuple[Constraint, ...] = ()
    where: Mapping[str, Any] = field(default_factory=dict)
    table: tuple[Mapping[str, Any], ...] = ()
    balance: str | None = None
    filtered: str | None = None
    polish: bool = False
    drawn: str | None = None

    def __post_init__(self) -> None:
        if self.table and self.balance:
            raise SettingError("Balance a column or give a table of conditions, not both.")

    @property
    def plain(self) -> bool:
        """Whether nothing is asked."""
        return self == Asked()

    def to_json(self) -> str:
        """Write it as JSON with sorted names; what is not asked is left out."""
        parts: dict[str, Any] = {
            "constraints": [constraint.to_json() for constraint in self.constraints],
            "where": dict(self.where),
            "table": [dict(line) for line in self.table],
            "balance": self.balance,
            "filtered": self.filtered,
            "polish": self.polish,
            "drawn": self.drawn,
        }
        return json.dumps({name: part for name, part in parts.items() if part}, sort_keys=True, default=str)

    @classmethod
    def from_json(cls, text: str) -> Asked:
        """Read what `to_json` wrote; an empty text asks for nothing."""
        parts = json.loads(text or "{}")
        return cls(
            read_constraints(parts.get("constraints", [])),
            parts.get("where", {}),
            tuple(parts.get("table", [])),
            parts.get("balance"),
            parts.get("filtered"),
            bool(parts.get("polish", False)),
            parts.get("drawn"),
        )

    def sentences(self) -> list[str]:
        """Say what is asked, one sentence each, not escaped."""
        said = [f"Every row keeps the rule: {constraint.text}." for constraint in self.constraints]
        if self.filtered:
            said.insert(0, f"The rows of {self.filtered} that keep the rules below; no new ones were drawn.")
        if self.drawn:
            said.insert(0, f"Further rows of {self.drawn}, drawn from what it had learned.")
        if self.polish:
            said.append("The rows were chosen among more that were drawn, so that together they match the real two-way tables.")
        if self.where:
            said.append(f"Every row meets: {', '.join(_said(name, value) for name, value in self.where.items())}.")
        if self.table:
            said.append(f"The rows follow a table of {len(self.table):,} conditions.")
        return [*said, f"Every level of {self.balance} has equally many rows."] if self.balance else said

    def shares(self, table: Table, n: int) -> list[tuple[tuple[Condition, ...], int]]:
        """Return the sets of conditions with how many of the `n` rows meet each; only levels the real rows have are balanced.

        Raises
        ------
        SettingError, DoesNotApply
            If a condition is written wrongly or cannot be met, or the column to balance has no levels.
        """
        schema = table.schema
        common = read_where(self.where, schema)
        if self.balance:
            levels = _levels(self.balance, table)
            lines = [(*common, Condition(self.balance, (level,))) for level in levels]
            return list(zip(lines, _spread([1.0] * len(lines), n), strict=True))
        if not self.table:
            return [(common, n)]
        wheres = [{name: v for name, v in line.items() if name != COUNT and v is not None and v != ""} for line in self.table]
        counts = [_count(line) for line in self.table]
        if all(count is not None for count in counts) and sum(counts) == n:  # type: ignore[arg-type]
            sizes = [int(count or 0) for count in counts]
        else:
            sizes = _spread([1.0 if count is None else count for count in counts], n)
        return [((*common, *read_where(where, schema)), size) for where, size in zip(wheres, sizes, strict=True)]

    def rows(self) -> int | None:
        """Return how many rows the table of conditions asks for; None where it does not say."""
        counts = [_count(line) for line in self.table]
        if not counts or any(count is None for count in counts):
            return None
        return int(sum(count or 0 for count in counts))


def _said(name: str, value: Any) -> str:
    """Say one condition as it was written, before it is known whether the column can meet it."""
    if isinstance(value, Mapping):
        return Condition(name, low=value.get("min"), high=value.get("max")).text if value else f"{name} is within bounds"
    return Condition(name, tuple(value) if isinstance(value, list | tuple) else (value,)).text


def _count(line: Mapping[str, Any]) -> float | None:
    value = line.get(COUNT)
    if value is None or value == "":
        return None
    try:
        count = float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise SettingError(f"{COUNT} of a condition is {value!r}; it is a number of rows.") from error
    if not 0 <= count < 1e12:
        raise SettingError(f"{COUNT} of a condition is {value!r}; it is a number of rows from 0 up.")
    return count


def _levels(name: str, table: Table) -> list[Any]:
    schema = table.schema
    if name not in schema.names:
        raise DoesNotApply(f"there is no column {name!r} to balance; there are {', '.join(schema.names)}")
    column = schema[name]
    if not column.modelled or not column.kind.discrete:
        raise DoesNotApply(f"{name!r} is {column.kind.value} and has no levels to balance; choose a column of levels")
    seen = set(table.frame[name].dropna().unique())
    ordered = [False, True] if column.kind is Kind.BOOLEAN else list(column.levels)
    return [level for level in ordered if level in seen]


def _spread(weights: list[float], n: int) -> list[int]:
    """Share `n` rows out by weight, whole rows, the larger remainders first."""
    total = sum(weights)
    if total <= 0:
        raise SettingError("The table of conditions asks for no rows.")
    exact = [n * weight / total for weight in weights]
    sizes = [int(part) for part in exact]
    for place in sorted(range(len(exact)), key=lambda at: sizes[at] - exact[at])[: n - sum(sizes)]:
        sizes[place] += 1
    return sizes
