"""Data masking, to compare with: extremes cut, numbers rounded, rare levels generalised, rows grouped, cells shuffled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.table import TableSize
from synth_ui.core.tunable import integer, number
from synth_ui.generators._preparation.level_order import level_orders
from synth_ui.generators._preparation.margin import Floats
from synth_ui.generators._preparation.prepare import Array, LawfulGenerator, LineScale, Model, ModelColumn, Prepared
from synth_ui.generators.base import Cost
from synth_ui.generators.perturbation._real_rows import passes


@dataclass(frozen=True)
class Mask(LawfulGenerator):
    """Mask the real rows step by step, each step with its own setting.

    1. Top- and bottom-coding: the extreme share of every number becomes the value at its edge.
    2. Rounding: numbers are rounded to a round step, so that a column spans about so many.
    3. Generalising: a level fewer rows hold becomes the next more frequent one in the order of their association.
    4. k-anonymous grouping (Mondrian): rows are cut into groups of at least k that are alike, and all columns but the target are
       made the same within a group: the middle of its numbers, one of its levels drawn by their shares.
    5. Shuffling: a share of each column's cells is exchanged among rows.
    """

    key = "mask"
    title = "Masked real rows"
    summary = "Cuts extremes, rounds, merges rare levels and makes groups of rows alike: classical data masking."
    family = "perturbation"
    reference = (
        "Hundepool et al., Statistical Disclosure Control, Wiley 2012; LeFevre, DeWitt and Ramakrishnan, Mondrian, ICDE 2006"
    )
    uses_target = True
    good_at = "Shows what the methods in long use give and cost, on the same scale as synthetic rows."
    cannot = "Each row stands for a real row; k rows alike hide who is who, not what the group shares."
    presets = MappingProxyType(
        {
            "quick": MappingProxyType({"k": 1}),
            "balanced": MappingProxyType({}),
            "thorough": MappingProxyType({"k": 20, "shuffle": 0.05}),
        }
    )

    top_code: float = number(0.01, low=0.0, high=0.4, help="Share of rows at each end of a number that is cut to the edge.")
    steps: int = integer(
        50, low=0, high=10_000, help="Rounded values a number has about; 0 leaves numbers as fine as they are.", title="Rounding"
    )
    rare: int = integer(10, low=0, high=100_000, help="A level held by fewer rows than this becomes a more frequent one.")
    k: int = integer(5, low=1, high=1_000, log=True, help="Rows a group of equal rows holds at least; 1 leaves rows apart.")
    shuffle: float = number(0.0, low=0.0, high=1.0, help="Share of each column's cells exchanged among rows.")
    max_rows: int = integer(
        200_000, low=10, high=10_000_000, log=True, help="At most so many real rows are masked and drawn from.", advanced=True
    )

    def learn(self, data: Prepared, context: Context) -> Model:
        """Mask the rows; they are kept masked.

        Raises
        ------
        DoesNotApply
            If there are too few rows for two groups.
        """
        if self.k > 1 and data.rows < 2 * self.k:
            raise DoesNotApply(
                f"{data.rows:,} rows are too few for two groups of {self.k:,}, so all rows would become one; set k to 1, which "
                "leaves rows apart"
            )
        data = data.sample(self.max_rows, context.rng("rows"))
        orders = level_orders(data, context)
        arrays = []
        for column, array, order in zip(data.columns, data.arrays, orders, strict=True):
            context.step("masking columns")
            if order is None:
                arrays.append(_rounded(column, _top_coded(array, self.top_code), self.steps))
            else:
                arrays.append(_generalised(array, order, column, self.rare))
        if self.k > 1:
            arrays = _grouped(data, arrays, orders, self.k, context)
        return _Masked(data, tuple(arrays), self.shuffle)

    def cost(self, size: TableSize, rows: int) -> Cost:
        """Estimate: sorting, then one halving of all rows after the other until groups are small. Measured on adult × 15."""
        learned = min(size.rows, self.max_rows)
        halvings = max(np.log2(max(learned / self.k, 1)), 0) if self.k > 1 else 0
        seconds = 0.2 + (2e-7 * size.rows + 5e-7 * learned + 3e-8 * learned * halvings + 1e-7 * rows) * size.columns
        groups = learned / self.k if self.k > 1 else 0
        return Cost(float(seconds + 7e-6 * groups * size.columns), 40 + 2e-5 * (size.rows + rows) * size.columns)


def _top_coded(values: Floats, share: float) -> Floats:
    """Cut both ends to a value some row has."""
    there = values[~np.isnan(values)]
    if not share or not len(there):
        return values
    low, high = np.quantile(there, [share, 1 - share], method="nearest")
    out: Floats = np.clip(values, low, high)
    return out


def _rounded(column: ModelColumn, values: Floats, steps: int) -> Floats:
    """Round to 1, 2 or 5 times a power of ten, or to the column's own grid where that is coarser, within the values seen."""
    there = values[~np.isnan(values)]
    if not steps or not len(there) or len(np.unique(there)) <= steps:
        return values
    assert isinstance(column.coder, LineScale)
    wanted = (there.max() - there.min()) / steps
    power = 10.0 ** np.floor(np.log10(wanted))
    step = max(power * min((1, 2, 5, 10), key=lambda times: abs(np.log(times * power / wanted))), column.coder.step)
    out: Floats = np.clip(np.rint(values / step) * step, there.min(), there.max())
    return out


def _generalised(codes: Array, order: Array, column: ModelColumn, least: int) -> Array:
    """Replace each level too few rows hold by the nearest one in order that enough rows hold; blanks stay blanks."""
    counts = np.bincount(codes, minlength=column.levels)
    enough = counts >= least
    if column.blank:
        enough[-1] = False
    if not enough.any():
        return codes
    place = np.argsort(order)
    known = np.flatnonzero(enough)
    nearest = known[np.abs(place[:, None] - place[known][None, :]).argmin(axis=1)]
    stays = enough.copy()
    if column.blank:
        stays[-1] = True
    return np.asarray(np.where(stays, np.arange(column.levels), nearest)[codes], dtype=np.int64)


# --- rows in groups of k ------------------------------------------------------------------------------------------


def _grouped(data: Prepared, arrays: Sequence[Array], orders: Sequence[Array | None], k: int, context: Context) -> list[Array]:
    """Make all columns but the target the same within groups of at least k alike rows."""
    context.step("grouping rows", 0.0)
    used = [at for at in range(len(arrays)) if at != data.target]
    places = [_places(arrays[at], orders[at]) for at in used]
    groups = mondrian(np.column_stack(places), k, context) if used else np.zeros(data.rows, dtype=np.int64)
    out = list(arrays)
    for at in used:
        context.step("grouping rows")
        out[at] = _one_by_group(arrays[at], data.columns[at], groups, context.rng(f"group {at}"))
    return out


def _places(array: Array, order: Array | None) -> Floats:
    """Return ranks in [0, 1] of values or ordered levels; blanks of numbers lie below all."""
    values = np.where(np.isnan(array), -np.inf, array) if order is None else np.argsort(order)[array]
    codes, counts = np.unique(values, return_inverse=True, return_counts=True)[1:]
    out: Floats = (np.cumsum(counts) - counts / 2)[codes] / len(array)
    return out


def mondrian(places: Floats, k: int, context: Context) -> Array:
    """Cut rows at medians of the column that spreads most, again and again while both sides keep at least k rows.

    Parameters
    ----------
    places
        Rows × columns of ranks in [0, 1].

    Returns
    -------
    numpy.ndarray
        The number of each row's group, from 0.
    """
    groups, found = np.zeros(len(places), dtype=np.int64), 0
    waiting = [np.arange(len(places))]
    while waiting:
        rows = waiting.pop()
        halves = _halves(places[rows], k)
        if halves is not None:
            waiting += [rows[halves], rows[~halves]]
            continue
        groups[rows] = found
        found += 1
        context.step("grouping rows", min(found * k / len(places), 1.0))
    return groups


def _halves(places: Floats, k: int) -> Array | None:
    """Tell which rows lie in the lower half along the widest column that can be cut, or None."""
    if len(places) < 2 * k:
        return None
    for at in np.argsort(places.min(axis=0) - places.max(axis=0), kind="stable"):
        values = places[:, at]
        middle = np.partition(values, len(values) // 2)[len(values) // 2]
        for lower in (values < middle, values <= middle):
            if k <= lower.sum() <= len(values) - k:
                return np.asarray(lower)
    return None


def _one_by_group(array: Array, column: ModelColumn, groups: Array, rng: np.random.Generator) -> Array:
    """Return for each row the one value of its group: the middle of its numbers, or a level drawn by its share."""
    sizes = np.bincount(groups)
    starts = np.cumsum(sizes) - sizes
    sort = np.lexsort((array, groups))
    if not column.numeric:
        donors = array[sort[starts + (rng.random(len(sizes)) * sizes).astype(np.int64)]]
        return np.asarray(donors[groups], dtype=np.int64)
    there = np.bincount(groups, weights=~np.isnan(array)).astype(np.int64)
    middles = array[sort[starts + np.maximum(there - 1, 0) // 2]]
    return np.asarray(np.where(_as_often(1 - there / sizes, rng), np.nan, middles)[groups])


def _as_often(shares: Floats, rng: np.random.Generator) -> Array:
    """Draw yes or no for each share so that there are as many as the shares add up to, rounded; never for 0, always for 1."""
    order = rng.permutation(len(shares))
    reached = np.cumsum(shares[order]) + rng.random()
    out = np.empty(len(shares), dtype=bool)
    out[order] = np.floor(reached) > np.floor(reached - shares[order])
    return np.where(shares <= 0, False, np.where(shares >= 1, True, out))


class _Masked(Model):
    keeps = "the masked rows; with k above 1, only what groups of at least k rows share, and each row's target"

    def __init__(self, data: Prepared, arrays: tuple[Array, ...], shuffle: float) -> None:
        self.rows = data.rows
        self.arrays = arrays
        self.shuffle = shuffle

    def draw(self, n: int, context: Context) -> Sequence[Array]:
        rows = passes(self.rows, n, context.rng("rows"))
        drawn = []
        for at, array in enumerate(self.arrays):
            context.step("sampling", 0.8 * at / len(self.arrays))
            rng, chosen = context.rng(f"shuffle {at}"), rows.copy()
            moved = np.flatnonzero(rng.random(n) < self.shuffle)
            chosen[moved] = chosen[rng.permutation(moved)]
            drawn.append(array[chosen])
        return drawn
