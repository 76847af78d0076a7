"""The bridge to SDV 2: our columns in, SDV's dictionaries of frames out and back, seeds, progress and cancel.

SDV has no public seed, callback or cancel, and seeds by swapping the state of the process (numpy's and torch's global
generators). So here, under one lock: global states are set for the call and put back, the progress bar of its training loop is
replaced by one that reports and may raise, warnings and prints of the libraries below it are kept from the user.

Identifiers, personal values, text, constants are taken out by the shared layer and made anew; columns that another one determines
stay in, since how well SDV keeps them is part of what is compared. Columns go in under neutral names.
"""

from __future__ import annotations

import contextlib
import io
import random
import threading
import warnings
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.table import Kind, Role, Table, TableSize, column_options
from synth_ui.core.tunable import integer
from synth_ui.generators._preparation.prepare import (
    Array,
    Levels,
    LineScale,
    Model,
    ModelColumn,
    NoModel,
    PreparedLayout,
    PreparedSampler,
    prepare,
)
from synth_ui.generators.base import Cost, Generator, Sampler

_ONE_AT_A_TIME = threading.RLock()
_TABLE = "table"
_COLUMNS_PER_NUMBER = 11


def most_levels_setting() -> Any:
    """Declare how many levels a column may have before a network refuses the table."""
    return integer(
        500,
        low=2,
        high=100_000,
        log=True,
        help="Levels of one column, at most; beyond it the table is refused, as the time of each step grows with them.",
        advanced=True,
    )


class SizeLimits(NamedTuple):
    """How much a network that sees every level as a column takes on: levels of one column, and columns in all."""

    levels: int
    columns: int


@dataclass(frozen=True)
class SdvGenerator(Generator):
    """What all adapters share; a member says which synthesizer it makes and whether one-hot columns limit it."""

    licence = "BUSL-1.1"
    family = "SDV"
    requires = ("sdv",)
    training_loop: ClassVar[str] = ""
    """The ctgan module whose epoch loop is watched, or empty."""

    @abstractmethod
    def synthesizer(self, metadata: Any) -> Any:
        """Return the unfitted SDV synthesizer."""

    def limits(self) -> SizeLimits | None:
        """Return how many levels are taken on at most; None where levels do not become columns."""
        return None

    def fit(self, table: Table, context: Context) -> Sampler:
        """Learn a table through SDV; see `Generator.fit`."""
        layout, arrays = _with_lookups(*prepare(table, context), table)
        if not layout.columns:
            return PreparedSampler(layout, NoModel())
        refuse_if_too_wide(self.title, layout.columns, self.limits())
        context.step("loading SDV", 0.0)
        with as_sdv_needs(context.integer_seed("fit"), context.threads):
            synthesizer = self.synthesizer(_metadata(layout.columns))
            context.step("encoding columns", 0.0)
            with watched(self.training_loop, synthesizer, context):
                synthesizer.fit({_TABLE: to_sdv(layout.columns, arrays)})
        context.step("learning", 1.0)
        return PreparedSampler(layout, SdvModel(synthesizer, layout.columns))


class SdvModel(Model):
    """A fitted synthesizer; drawing sets its random states first, so that the same seed gives the same rows."""

    keeps = "SDV's fitted model: parameters of each column's distribution, its levels, network weights where there are any"

    def __init__(self, synthesizer: Any, columns: tuple[ModelColumn, ...]) -> None:
        self.synthesizer = synthesizer
        self.columns = columns

    def draw(self, n: int, context: Context) -> Sequence[Array]:
        """Draw rows and turn them back into arrays."""
        seed = context.integer_seed("sdv")
        with as_sdv_needs(seed, context.threads):
            self.synthesizer.reset_sampling()
            self.synthesizer._set_random_state(seed)
            for transformer in self.synthesizer.get_transformers().values():
                if transformer is not None:
                    transformer.random_states["reverse_transform"] = np.random.RandomState(seed)
            frame = self.synthesizer.sample(num_rows=n)[_TABLE]
        return [_from_sdv(frame[_name(j)], column, context) for j, column in enumerate(self.columns)]


# --- columns there and back ---------------------------------------------------------------------------------------


def _with_lookups(layout: PreparedLayout, data: Any, table: Table) -> tuple[PreparedLayout, list[Array]]:
    """Give back the columns set aside because another one determines them, in the table's order."""
    arrays = dict(zip((column.name for column in layout.columns), data.arrays, strict=True))
    columns = {column.name: column for column in (*layout.columns, *(lookup.column for lookup in layout.lookups))}
    names = [name for name in layout.schema.names if name in columns]
    for lookup in layout.lookups:
        arrays[lookup.column.name] = lookup.column.encode(table.frame[lookup.column.name].reset_index(drop=True))
    whole = replace(layout, columns=tuple(columns[name] for name in names), lookups=())
    return whole, [arrays[name] for name in names]


def _name(place: int) -> str:
    return f"c{place}"


def _is_boolean(column: ModelColumn) -> bool:
    return isinstance(column.coder, Levels) and not isinstance(column.coder.dtype, pd.CategoricalDtype)


def _sdtype(column: ModelColumn) -> str:
    if column.numeric:
        return "numerical"
    if _is_boolean(column):
        return "boolean"
    return "ordinal" if column.ordered else "categorical"


def _metadata(columns: Sequence[ModelColumn]) -> Any:
    """Declare the columns from our schema; nothing is detected from the data."""
    from sdv.metadata import Metadata

    declared = {}
    for place, column in enumerate(columns):
        declared[_name(place)] = {"sdtype": _sdtype(column), "range_is_nullable": column.blank}
    return Metadata.load_from_dict({"METADATA_SPEC_VERSION": "V2", "tables": {_TABLE: {"columns": declared}}})


def to_sdv(columns: Sequence[ModelColumn], arrays: Sequence[Array]) -> pd.DataFrame:
    """Return the frame SDV learns: float64 for numbers and dates, plain objects for levels, NaN for blanks."""
    return pd.DataFrame({_name(j): _series(column, array) for j, (column, array) in enumerate(zip(columns, arrays, strict=True))})


def _series(column: ModelColumn, array: Array) -> pd.Series[Any]:
    if isinstance(column.coder, LineScale):
        return pd.Series((array - column.coder.low) / _unit(column.coder))
    names: list[Any] = [name == "True" for name in column.coder.names] if _is_boolean(column) else list(column.coder.names)
    values = pd.Series(np.array([*names, np.nan], dtype=object)[array])
    return values.astype(bool) if _is_boolean(column) and not column.blank else values


def _unit(line: LineScale) -> float:
    """Return what is counted in: dates in their own grid, as 1e15 microseconds overflow SDV's rounding; numbers as they are."""
    return line.step if line.kind is Kind.DATETIME and line.step else 1.0


def _from_sdv(series: pd.Series[Any], column: ModelColumn, context: Context) -> Array:
    if isinstance(column.coder, LineScale):
        values = pd.to_numeric(series).to_numpy(dtype=float, na_value=np.nan) * _unit(column.coder) + column.coder.low
        return _without_wrong_blanks(values, column, context)
    codes = {name: code for code, name in enumerate(column.coder.names)}
    found = series.astype(object).map(str, na_action="ignore").map(codes)
    if found.isna().any() and not column.blank:
        raise DoesNotApply(f"SDV drew blanks in {column.name!r}, which has none; choose another distribution")
    return np.asarray(found.fillna(len(codes)), dtype=np.int64)


def _without_wrong_blanks(values: Array, column: ModelColumn, context: Context) -> Array:
    """Redraw cells SDV leaves blank in a column without blanks, where a fitted distribution has no number for them."""
    wrong = np.isnan(values)
    if column.blank or column.margin is None or not wrong.any():
        return values
    values[wrong] = column.margin.draw(int(wrong.sum()), context.rng(f"blanks of {column.name}"))
    return values


def refuse_if_too_wide(title: str, columns: Sequence[ModelColumn], limits: SizeLimits | None) -> None:
    """Refuse a table whose levels, each a column of the network's input, are too many, in one column or in all.

    Raises
    ------
    DoesNotApply
        With the column to blame and the remedy.
    """
    if limits is None:
        return
    width = encoded_width(sum(not c.numeric for c in columns), sum(c.levels for c in columns), len(columns))
    worst = max(columns, key=lambda column: column.levels)
    if worst.levels > limits.levels:
        seen, setting = f"{worst.levels:,} for {worst.name!r}; of one column it takes on at most {limits.levels:,}", "most_levels"
    elif width > limits.columns:
        seen = f"{width:,} here, {worst.levels:,} of them from {worst.name!r}; it takes on at most {limits.columns:,}"
        setting = "most_columns"
    else:
        return
    raise DoesNotApply(
        f"{title} turns every level into a column of its own, {seen}. Group the rare levels, set the column's role to ignored (on the "
        f"command line {column_options(worst.name, role=Role.IGNORED)}), raise the "
        f"setting {setting} (the time grows with it), or choose a generator that takes many levels, such as cart or gaussian_copula"
    )


def encoded_width(discrete: int, levels: int, columns: int) -> int:
    """Estimate how many columns SDV's networks see: one per level, eleven per number."""
    return levels + _COLUMNS_PER_NUMBER * (columns - discrete)


# --- the state of the process -------------------------------------------------------------------------------------


@contextlib.contextmanager
def as_sdv_needs(seed: int, threads: int) -> Iterator[None]:
    """Seed the process's generators, hold threads and noise down; put everything back afterwards."""
    with _ONE_AT_A_TIME, _quiet(), _seeded(seed), _on(threads):
        yield


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep warnings and prints of SDV and what it stands on from the user.

    They speak of SDV's own inner workings (deprecated calls into pandas, distributions that did not converge, columns that
    become many) to a reader who can change none of it; what the user must know, this module checks and says itself.
    """
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def _seeded(seed: int) -> Iterator[None]:
    import torch

    python, numpy_state, torch_state = random.getstate(), np.random.get_state(), torch.get_rng_state()
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy_state)
        torch.set_rng_state(torch_state)


@contextlib.contextmanager
def _on(threads: int) -> Iterator[None]:
    """Hold torch and BLAS to so many threads, and keep joblib from starting processes that would outlive a cancel."""
    import joblib
    import torch
    from threadpoolctl import threadpool_limits

    before = torch.get_num_threads()
    torch.set_num_threads(max(threads, 1))
    try:
        with threadpool_limits(max(threads, 1)), joblib.parallel_config(backend="sequential"):
            yield
    finally:
        torch.set_num_threads(before)


# --- progress and cancel ------------------------------------------------------------------------------------------


@contextlib.contextmanager
def watched(loop: str, synthesizer: Any, context: Context) -> Iterator[None]:
    """Report each epoch of a ctgan training loop, and stop there when asked to.

    ctgan calls `tqdm(range(epochs), …)` by its module's name even when silent; for the time of the fit that name leads here.
    """
    if not loop:
        yield
        return
    import importlib

    module: Any = importlib.import_module(loop)
    original = module.tqdm
    module.tqdm = lambda epochs, **_: _Epochs(epochs, synthesizer, context)
    try:
        yield
    finally:
        module.tqdm = original


class _Epochs:
    """Walks the epochs and reports the losses of the one just done."""

    def __init__(self, epochs: Iterable[int], synthesizer: Any, context: Context) -> None:
        self.epochs = list(epochs)
        self.synthesizer = synthesizer
        self.context = context

    def __iter__(self) -> Iterator[int]:
        for done, epoch in enumerate(self.epochs):
            self.context.step("learning", done / len(self.epochs), **self._losses())
            yield epoch
        self.context.step("learning", 1.0, **self._losses())

    def _losses(self) -> dict[str, float]:
        seen = self.synthesizer._model.loss_values
        if seen is None or not len(seen):
            return {}
        last = seen[seen["Epoch"] == seen["Epoch"].iloc[-1]]
        names = [name for name in seen.columns if name.endswith("Loss")]
        return {name.removesuffix(" Loss").lower(): float(last[name].mean()) for name in names}


def network_inputs(size: TableSize) -> int:
    """Estimate how many columns SDV's networks see.

    The size does not say which columns are numbers: half of them are taken to be, where there are levels at all.
    """
    numbers = _numbers(size)
    return encoded_width(size.columns - numbers, size.levels, size.columns)


def _numbers(size: TableSize) -> int:
    return size.columns - size.columns // 2 if size.levels else size.columns


def network_cost(size: TableSize, rows: int, epochs: int, weights_per_input: int, weights: int, per_row: float) -> Cost:
    """Estimate a ctgan network: loading SDV, mixtures for each number, epochs by rows and weights, drawing.

    Measured on adult, 5,000 and 10,000 rows × 15, on one thread.
    """
    numbers, width = _numbers(size), network_inputs(size)
    per_epoch = per_row + 2e-10 * (weights + weights_per_input * width)
    seconds = 3.5 + 5e-5 * size.rows * numbers + epochs * size.rows * per_epoch + rows * (5e-6 + 1e-7 * width)
    return Cost(seconds, 350 + 3e-5 * (size.rows + rows) * width + 2e-5 * (weights + weights_per_input * width))
