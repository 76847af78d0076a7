"""Rows with specified distributions, correlations and noise, and a target whose formula is known."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synth_ui.core.context import Context
from synth_ui.core.errors import SettingError, TableError
from synth_ui.core.formats.json_texts import read_json
from synth_ui.core.formats.numbers import rounded
from synth_ui.core.rules.formula import Formula
from synth_ui.core.table import Column, Kind, Role, Schema, Table, TableSize
from synth_ui.core.tunable import choice, number, text
from synth_ui.generators.base import Cost
from synth_ui.generators.from_nothing.blueprint import Blueprint, Declared
from synth_ui.generators.from_nothing.correlations import nearest, normals, possible
from synth_ui.generators.from_nothing.drawing import Drawn, as_table, numbers_of
from synth_ui.generators.from_nothing.source import FromNothing, World, check_rows

Floats = NDArray[np.float64]

FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "abs": np.abs, "sqrt": np.sqrt, "exp": np.exp, "log": np.log, "sin": np.sin, "cos": np.cos, "tanh": np.tanh,
    "min": np.minimum, "max": np.maximum,
}  # fmt: skip
"""What a target's formula may call."""

EXAMPLE = json.dumps(
    {
        "name": "designed",
        "columns": [
            {"name": "age", "kind": "integer", "distribution": "normal", "mean": 45, "spread": 14, "low": 18, "high": 90},
            {"name": "income", "distribution": "lognormal", "mean": 32000, "spread": 0.5, "decimals": 0},
            {"name": "hours", "distribution": "triangular", "low": 0, "mean": 38, "high": 60, "decimals": 1},
            {"name": "region", "kind": "category", "levels": ["north", "south", "east"], "weights": [5, 3, 2]},
        ],
    },
    indent=1,
)
"""Columns to start from."""

EXAMPLE_CORRELATIONS = '[["age", "income", 0.5], ["income", "hours", 0.3]]'
EXAMPLE_FORMULA = "0.04 * age + log(income) + 0.5 * (region == 'north')"
TARGET, MOST_CLASSES = "target", 10


@dataclass(frozen=True)
class Designed(FromNothing):
    """Draw columns with the distributions, rank correlations and noise one asks for, and a target of known formula.

    Columns are drawn together as normal numbers with the correlations behind the ranks asked for, then bent to their own distribution, which
    leaves ranks as they are. Correlations of levels are those of their order, weakened by ties. The second table, `truth`, holds the same rows
    before any noise: how well a learner could do at best is known.
    """

    key = "designed"
    title = "Designed relationships"
    summary = "Makes columns with the distributions, correlations and noise you specify, and a target of known formula."
    family = "from nothing"
    reference = "Cario and Nelson, Modeling and generating random vectors (NORTA), 1997; Higham 2002"
    good_at = "Ground truth: what a learner or a measure should find in the table is known exactly."
    cannot = "Dependence is that of ranks in pairs; anything further must be written into the formula."

    columns: str = text(EXAMPLE, help="Numbers, dates and levels as in a declared schema, as JSON.")
    correlations: str = text(
        EXAMPLE_CORRELATIONS, help="Rank correlations as JSON: a list of [column, column, number from -1 to 1]."
    )
    impossible: str = choice(
        "refuse",
        options={"refuse": "refuse them", "nearest": "take the nearest possible"},
        help="What to do with correlations that cannot hold all at once.",
    )
    measurement_noise: float = number(
        0.0, low=0, high=0.95, help="Share of each number's variance that is noise added afterwards."
    )
    target: str = choice(
        "classes", options={"none": "none", "number": "a number", "classes": "classes"}, help="What is predicted."
    )
    formula: str = text(EXAMPLE_FORMULA, help="The target before noise: columns, + - * / **, comparisons, abs, sqrt, exp, log, …")
    noise: float = number(0.2, low=0, high=0.99, help="Share of the target's variance that no column explains.")
    balance: str = text("0.7, 0.3", help="The share of each class, lowest formula values first.")
    label_noise: float = number(0.0, low=0, high=0.9, help="Share of rows whose class is exchanged for another.")

    def world(self, rows: int, context: Context) -> World:
        """Make `rows` rows; the second table holds what they were before noise."""
        check_rows(self.key, rows)
        blueprint = self.blueprint
        ranks, notes = self.ranks(blueprint)
        context.step("drawing", 0.0)
        uniform = _uniform(normals(rows, ranks, context.rng("rows")))
        drawn = {c.name: _column(c, uniform[:, place], context) for place, c in enumerate(blueprint)}
        clean = as_table(pd.DataFrame(drawn), blueprint.schema, blueprint.name)
        context.step("drawing", 0.7)
        truth, table = clean, self._measured(clean, context)
        if self.target != "none":
            truth, table, said = self._with_target(clean, table, context)
            notes += said
        context.step("drawing", 1.0)
        return World({blueprint.name: table, "truth": truth}, notes=tuple(notes))

    def pair(self, rows: int, context: Context) -> tuple[Table, Table]:
        """Make `rows` rows with noise, and of the same rows the column `formula`: the target, or the class, without any noise."""
        world = self.world(rows, context)
        known = "target" if self.target == "number" else "class_without_noise"
        column = replace(world.tables["truth"].schema[known], name="formula")
        frame = world.tables["truth"].frame[[known]].set_axis(["formula"], axis=1)
        return world.main, Table(frame, Schema((column,)), "truth")

    @property
    def blueprint(self) -> Blueprint:
        """The declared columns; raise `SettingError` for those that cannot be correlated."""
        blueprint = Blueprint.from_json(self.columns)
        for column in blueprint:
            if not column.kind.learnable or column.unique or column.distribution == "sequence":
                raise SettingError(
                    f"designed: {column.name} is {column.kind} by {column.distribution}; allowed are numbers, dates and levels."
                )
            if column.name == TARGET and self.target != "none":
                raise SettingError(f"designed: a column is called {TARGET!r}, as the target is; rename it.")
        return blueprint

    def ranks(self, blueprint: Blueprint) -> tuple[Floats, list[str]]:
        """Return the matrix of rank correlations in force, and what was changed to make it possible.

        Raises
        ------
        SettingError
            If they cannot hold all at once and are to be refused then.
        """
        names = [column.name for column in blueprint]
        wanted = read_correlations(self.correlations, names)
        if possible(wanted):
            return wanted, []
        near = nearest(wanted)
        a, b = np.unravel_index(np.abs(near - wanted).argmax(), near.shape)
        change = f"{names[a]} with {names[b]} from {wanted[a, b]:.2f} to {near[a, b]:.2f}"
        if self.impossible == "refuse":
            raise SettingError(
                f"designed: these correlations cannot hold all at once. The nearest possible ones change at most {change}; "
                "take them with impossible=nearest, or weaken some."
            )
        return near, [
            f"The correlations cannot hold all at once; the nearest possible ones were taken, which change at most {change}."
        ]

    # --- noise and target ------------------------------------------------------------------------------------

    def _measured(self, clean: Table, context: Context) -> Table:
        """Add measurement noise to the numbers."""
        if not self.measurement_noise:
            return clean
        frame = clean.frame.copy()
        for column in self.blueprint:
            if column.kind not in (Kind.NUMBER, Kind.INTEGER):
                continue
            values = frame[column.name].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
            noisy = values + _noise(values, self.measurement_noise, context.rng(f"measuring {column.name}"))
            frame[column.name] = _as(column, noisy)
        return as_table(frame, clean.schema, clean.name)

    def _with_target(self, clean: Table, table: Table, context: Context) -> tuple[Table, Table, list[str]]:
        known = self._known(clean)
        noisy = known + _noise(known, self.noise, context.rng("target"))
        if self.target == "number":
            column = Column(TARGET, Kind.NUMBER, Role.TARGET, dtype="float64")
            truth = _added(clean, replace(column, role=Role.FEATURE), pd.Series(known))
            return truth, _added(table, column, pd.Series(noisy)), []
        shares = read_balance(self.balance)
        names = ("no", "yes") if len(shares) == 2 else tuple(f"class {place}" for place in range(1, len(shares) + 1))
        dtype = pd.CategoricalDtype(list(names))
        column = Column(TARGET, Kind.CATEGORY, Role.TARGET, levels=names, dtype="object")
        right = _classes(noisy, shares)
        given = _flipped(right, len(shares), self.label_noise, context.rng("labels"))
        truth = _added(clean, Column("formula", Kind.NUMBER, dtype="float64"), pd.Series(known))
        noiseless = replace(column, name="class_without_noise", role=Role.FEATURE)
        for named, codes in (
            (noiseless, _classes(known, shares)),
            (replace(column, name="class_before_exchange", role=Role.FEATURE), right),
        ):
            truth = _added(truth, named, pd.Series(pd.Categorical.from_codes(codes, dtype=dtype)))
        return truth, _added(table, column, pd.Series(pd.Categorical.from_codes(given, dtype=dtype))), []

    def _known(self, clean: Table) -> Floats:
        """Return the formula's value of each row."""
        formula = Formula(self.formula, FUNCTIONS)
        try:
            kind = formula.check(clean.schema)
        except TableError as error:
            raise SettingError(f"designed: {error}") from error
        if kind not in ("number", "truth"):
            raise SettingError(f"designed: the formula {self.formula!r} gives a {kind}; a target needs a number.")
        blanks = [name for name in formula.columns if clean.frame[name].isna().any()]
        if blanks:
            raise SettingError(f"designed: {blanks[0]!r} has blanks and stands in the formula; declare it without blanks.")
        known: Floats = formula.evaluate(clean.frame).astype(float)
        wrong = int((~np.isfinite(known)).sum())
        if wrong:
            raise SettingError(
                f"designed: the formula {self.formula!r} gives no number in {wrong:,} of {len(known):,} rows, such as the logarithm of "
                "a negative number; change it, or the ranges of its columns."
            )
        return known

    def cost(self, size: TableSize, rows: int) -> Cost:
        """Estimate: drawing and bending each value once."""
        cells = rows * max(size.columns, 4)
        return Cost(0.05 + 2.5e-7 * cells, 30 + 6e-5 * cells)


def _uniform(normal: Floats) -> Floats:
    from scipy.special import ndtr

    return np.asarray(np.clip(ndtr(normal), 1e-12, 1 - 1e-12))


def _column(declared: Declared, uniform: Floats, context: Context) -> pd.Series[Any]:
    if declared.distribution == "levels":
        values = np.searchsorted(np.cumsum(declared.shares)[:-1], uniform, side="right").astype(np.int64)
    else:
        values = numbers_of(declared, uniform)
    blank = context.rng(f"blanks of {declared.name}").random(len(uniform)) < declared.blank
    return Drawn(declared, values, blank).series()


def _as(declared: Declared, values: Floats) -> pd.Series[Any]:
    """Return noisy numbers in the column's own form."""
    if declared.kind is Kind.INTEGER:
        blank = np.isnan(values)
        return Drawn(declared, np.rint(np.where(blank, 0, values)).astype(np.int64), blank).series()
    return pd.Series(rounded(values, declared.decimals))


def _noise(values: Floats, share: float, rng: np.random.Generator) -> Floats:
    """Return normal noise that is `share` of the variance of values and noise together."""
    spread = float(np.nanstd(values)) * math.sqrt(share / (1 - share))
    return np.asarray(rng.standard_normal(len(values)) * spread)


def _classes(values: Floats, shares: Floats) -> NDArray[np.int64]:
    """Cut values into classes of the given shares, by rank, so that the shares hold exactly."""
    ranks = np.argsort(np.argsort(values, kind="stable"), kind="stable")
    ends = np.rint(np.cumsum(shares)[:-1] * len(values))
    return np.searchsorted(ends, ranks, side="right").astype(np.int64)


def _flipped(codes: NDArray[np.int64], classes: int, share: float, rng: np.random.Generator) -> NDArray[np.int64]:
    """Exchange the class of a share of rows for another one, all others alike."""
    hit = rng.random(len(codes)) < share
    return np.where(hit, (codes + rng.integers(1, classes, len(codes))) % classes, codes)


def _added(table: Table, column: Column, series: pd.Series[Any]) -> Table:
    return as_table(table.frame.assign(**{column.name: series}), Schema((*table.schema.columns, column)), table.name)


def read_balance(said: str) -> Floats:
    """Read the shares of classes, such as "0.7, 0.3", and return them summing to 1."""
    try:
        shares = np.array([float(part) for part in said.replace(";", ",").split(",") if part.strip()])
    except ValueError as error:
        raise SettingError(f"designed: balance is {said!r}; write the share of each class, such as 0.7, 0.3.") from error
    if not 2 <= len(shares) <= MOST_CLASSES or not (shares > 0).all() or not np.isfinite(shares).all():
        raise SettingError(f"designed: balance is {said!r}; give 2 to {MOST_CLASSES} shares above 0, such as 0.7, 0.3.")
    return np.asarray(shares / shares.sum())


def read_correlations(said: str, names: list[str]) -> Floats:
    """Read `[[column, column, number], …]` into a matrix over `names`; pairs not named are 0.

    Raises
    ------
    SettingError
        If it is no such list, names an unknown column, or a number beyond -1 to 1.
    """
    try:
        entries = read_json(said or "[]")
    except ValueError as error:
        raise SettingError(f"designed: correlations is no JSON ({error}); write {EXAMPLE_CORRELATIONS}.") from error
    ranks = np.eye(len(names))
    for entry in entries if isinstance(entries, list) else [entries]:
        if (
            not isinstance(entry, list)
            or len(entry) != 3
            or isinstance(entry[2], bool | str)
            or not isinstance(entry[2], int | float)
        ):
            raise SettingError(f"designed: a correlation is {entry!r}; write [column, column, number].")
        a, b, value = entry
        if a not in names or b not in names or a == b:
            raise SettingError(f"designed: a correlation is of {a!r} with {b!r}; name two of {', '.join(names)}.")
        if not -1 <= value <= 1:
            raise SettingError(f"designed: the correlation of {a} with {b} is {value}; it lies from -1 to 1.")
        ranks[names.index(a), names.index(b)] = ranks[names.index(b), names.index(a)] = value
    return ranks
