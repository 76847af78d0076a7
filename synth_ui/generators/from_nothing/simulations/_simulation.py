"""What the agent-based models share: parameters that are drawn per world, tables that are put together, time series.

A model is run once per *world*. A parameter given as a range is drawn anew for each: learners trained on many worlds meet one
they have not seen (domain randomisation: Tobin et al., IROS 2017; Tremblay et al., CVPR workshops 2018).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from synth_ui.core.context import Context, Progress
from synth_ui.core.table import Column, Kind, Role, Schema, Table, TableSize
from synth_ui.core.tunable import Span, integer
from synth_ui.generators.base import Cost
from synth_ui.generators.from_nothing.drawing import as_table
from synth_ui.generators.from_nothing.source import FromNothing, World, check_rows

Parameters = Mapping[str, float]
START = np.datetime64("2025-01-01", "us")
DAY = np.timedelta64(86_400_000_000, "us")


@dataclass(frozen=True, eq=False)
class SimulationRun:
    """What one world gave: frames by the name of their table, and counts over time: `time, name, value`."""

    frames: dict[str, pd.DataFrame]
    series: pd.DataFrame


@dataclass(frozen=True)
class Simulator(FromNothing):
    """An agent-based model.

    Class attributes, besides those of `Generator`
    ----------------------------------------------
    tables
        The columns of each table; the first table is the main one.
    time_unit
        What one step of time is: "day".
    seconds_per_row
        CPU seconds per row of the main table, as measured.
    """

    tables: ClassVar[Mapping[str, Sequence[Column]]]
    time_unit: ClassVar[str]
    seconds_per_row: ClassVar[float]
    family = "from nothing"
    requires = ("mesa",)

    worlds: int = integer(
        1, low=1, high=100, help="How often the model is run; parameters given as ranges are drawn anew each time."
    )

    @abstractmethod
    def simulate(self, parameters: Parameters, rows: int, context: Context) -> SimulationRun:
        """Run the model once, for at least `rows` rows of the main table."""

    def world(self, rows: int, context: Context) -> World:
        """Run every world and put the tables together, exactly `rows` rows in the main one."""
        check_rows(self.key, rows)
        runs, drawn = [], []
        for number, share in enumerate(_shares(rows, min(self.worlds, rows))):
            inner = context.named(f"world {number}")
            parameters = self.drawn(inner)
            done = number / min(self.worlds, rows)
            part = 1 / self.worlds

            def within(progress: Progress, done: float = done, part: float = part) -> None:
                context.on_progress(_within(progress, done, part))

            inner = replace(inner, on_progress=within)
            run = self.simulate(parameters, share, inner)
            main = next(iter(self.tables))
            runs.append(SimulationRun({**run.frames, main: run.frames[main].iloc[:share]}, run.series))
            drawn.append(parameters)
        context.step("simulating", 1.0)
        tables = {name: self._table(name, [run.frames[name] for run in runs]) for name in self.tables}
        if len(runs) > 1:
            tables["worlds"] = _parameters(drawn)
        series = pd.concat([run.series.assign(world=place) for place, run in enumerate(runs, 1)], ignore_index=True)
        return World(tables, series[["world", "time", "name", "value"]], self.time_unit, _notes(drawn, self.ranged))

    @property
    def ranged(self) -> list[str]:
        """The parameters that are ranges."""
        return [name for name, value in self.settings().items() if isinstance(value, Span) and value.low < value.high]

    def drawn(self, context: Context) -> Parameters:
        """Return the parameters of one world: ranges drawn evenly, the rest as set."""
        out: dict[str, float] = {}
        for name, value in self.settings().items():
            if isinstance(value, Span):
                out[name] = float(context.rng(f"parameter {name}").uniform(*value)) if value.low < value.high else value.low
            elif name != "worlds":
                out[name] = value
        return out

    def _table(self, name: str, frames: Sequence[pd.DataFrame]) -> Table:
        columns, several = tuple(self.tables[name]), len(frames) > 1
        parts = [frame.assign(world=place) if several else frame for place, frame in enumerate(frames, 1)]
        frame = pd.concat(parts, ignore_index=True) if several else parts[0].reset_index(drop=True)
        columns = (Column("world", Kind.INTEGER, Role.GROUP_KEY, dtype="int64"), *columns) if several else columns
        cast = {column.name: canonical(frame[column.name], column) for column in columns}
        return as_table(pd.DataFrame(cast), Schema(columns), name)

    def cost(self, size: TableSize, rows: int) -> Cost:
        """Estimate from what a row was measured to take."""
        return Cost(2.5 + self.seconds_per_row * rows, 120 + 2e-3 * rows)


def canonical(series: pd.Series[Any], column: Column) -> pd.Series[Any]:
    """Bring what a model wrote down into the column's canonical dtype."""
    if column.kind in (Kind.CATEGORY, Kind.ORDINAL):
        return pd.Series(pd.Categorical(series, categories=list(column.levels), ordered=column.kind is Kind.ORDINAL))
    if column.kind is Kind.NUMBER:
        numbers = series.astype("float64")
        return numbers.round(column.decimals) if column.decimals is not None else numbers
    if column.kind is Kind.INTEGER:
        return series.astype("Int64" if series.isna().any() else "int64")
    if column.kind is Kind.DATETIME:
        return series.astype("datetime64[us]")
    if column.kind is Kind.IDENTIFIER and column.dtype == "int64":
        return series.astype("int64")
    return series.astype(bool) if column.kind is Kind.BOOLEAN else series.astype(object).where(series.notna(), None)


def _shares(rows: int, parts: int) -> list[int]:
    return [rows // parts + (place < rows % parts) for place in range(parts)]


def _within(progress: Any, done: float, share: float) -> Any:
    return replace(progress, fraction=min(done + share * (progress.fraction or 0.0), 1.0))


def _parameters(drawn: Sequence[Parameters]) -> Table:
    frame = pd.DataFrame(drawn).astype(float)
    frame.insert(0, "world", np.arange(1, len(frame) + 1))
    kinds = [Column("world", Kind.INTEGER, Role.GROUP_KEY, dtype="int64")]
    kinds += [Column(str(name), Kind.NUMBER, dtype="float64") for name in frame.columns[1:]]
    return as_table(frame, Schema(tuple(kinds)), "worlds")


def _notes(drawn: Sequence[Parameters], ranged: Sequence[str]) -> tuple[str, ...]:
    said = [f"{name} {min(p[name] for p in drawn):.3g} to {max(p[name] for p in drawn):.3g}" for name in ranged]
    return (f"Drawn per world: {', '.join(said)}.",) if said else ()


def counts(rows: Sequence[tuple[Any, ...]], names: Sequence[str]) -> pd.DataFrame:
    """Return counts noted per step, `(time, one count per name)`, as `time, name, value`."""
    table = np.array(rows, dtype=float).reshape(len(rows), len(names) + 1)
    return pd.DataFrame(
        {
            "time": np.tile(table[:, 0].astype(int), len(names)),
            "name": np.repeat(np.array(names, dtype=object), len(table)),
            "value": table[:, 1:].T.ravel(),
        }
    )
