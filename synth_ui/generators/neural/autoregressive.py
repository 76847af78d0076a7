"""A small network that learns each column's levels given those of the columns before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from synth_ui.core.context import Context
from synth_ui.core.table import TableSize
from synth_ui.core.tunable import choice, integer, number
from synth_ui.generators._preparation.bins import Bins, Codes, cut, uncut
from synth_ui.generators._preparation.prepare import Array, LawfulGenerator, Model, Prepared
from synth_ui.generators.base import Cost
from synth_ui.generators.neural._autoregression import LearningPlan, Lesson, LevelPlaces, Network, train
from synth_ui.generators.neural._echoes import find_echoes, with_echoes
from synth_ui.generators.neural._level_groups import LevelGroups, signal
from synth_ui.generators.sampling.selection import ROUNDS, TwoWayTables, coarse

_MOST_ROWS = 200_000
_MOST_CUTS = 5_000
"""Levels all numbers together are cut into at most: in wide tables each has fewer, down to sixteen."""

_MANY_ROWS = 25_000
_MORE_DROPOUT = 0.5

_CHOSEN_AT_ONCE = 25_000
_MOST_CHOSEN = 200_000
"""Beyond as many rows none are chosen: the noise of sampling they would take away is small by then."""


@dataclass(frozen=True)
class Autoregressive(LawfulGenerator):
    """Train one small network over levels; numbers are cut into quantile bins and drawn inside the bin.

    Where a column has the value of an earlier one in more than a hundredth of the rows, "the same as that column" is a level, too.

    Several rows are drawn for each one kept; those are kept that together match the two-way tables of the rows learned from,
    in cells of a tenth of the rows or so, as far as these differ from the drawn ones beyond chance. This takes the noise of sampling
    out of what is drawn.
    """

    key = "autoregressive"
    native_conditions = True
    title = "Autoregressive network"
    summary = "A small network learns each column given the ones before it, and stops when unseen rows no longer gain."
    family = "neural"
    starter = True
    requires = ("torch",)
    reference = (
        "After Larochelle and Murray, The Neural Autoregressive Distribution Estimator, AISTATS 2011; "
        "Tiwald et al., TabularARGN, arXiv:2501.12012, 2025"
    )
    uses_target = True
    good_at = "Rows that a classifier can hardly tell from real ones, with few traces of single training rows."
    cannot = "Numbers are only as fine as the bins: a law between numbers that is none of those looked for is kept roughly."
    matches_tables = True
    presets = MappingProxyType(
        {
            "quick": MappingProxyType({"epochs": 5, "steps": 500, "hidden": 48}),
            "balanced": MappingProxyType({}),
            "thorough": MappingProxyType({"epochs": 48, "steps": 6_000, "hidden": 96, "state": 96}),
        }
    )

    epochs: int = integer(24, low=1, high=1_000, log=True, help="Passes over the training rows at most.")
    steps: int = integer(2_000, low=10, high=100_000, log=True, help="Gradient steps at most, whatever the number of rows.")
    bins: int = integer(
        128,
        low=4,
        high=512,
        log=True,
        help="Levels a number is cut into, fewer beyond 40 columns; frequent values are levels of their own.",
    )
    hidden: int = integer(64, low=8, high=512, log=True, help="Units in each column's own layers.")
    state: int = integer(64, low=8, high=512, log=True, help="Width of what is remembered of the columns before.")
    embedding: int = integer(16, low=2, high=128, log=True, help="Width of each level's embedding.", advanced=True)
    rate: float = number(4e-3, low=1e-5, high=0.1, log=True, help="The highest learning rate of the schedule.", advanced=True)
    dropout: float = number(
        0.2,
        low=0.0,
        high=0.8,
        help="Share of units left out at each step: more forgets single rows. Below 25,000 rows more is left out, up to 0.5 more at 2,500; 0 leaves out none.",
    )
    patience: int = integer(
        6, low=1, high=16, help="Checks of sixteen without any gain after which training ends.", advanced=True
    )
    temperature: float = number(
        1.0,
        low=0.2,
        high=3.0,
        help="Below 1 ties columns closer together, above 1 loosens them; each column by itself stays as it is.",
    )
    candidates: int = integer(
        4,
        low=1,
        high=20,
        help="Rows drawn for each one kept, so that together they match the two-way tables: 1 keeps all, as do tables of up to 2,500 rows. More than 200,000 rows come in batches, each chosen by itself.",
    )
    order: str = choice(
        "few",
        options={"few": "Fewest levels first", "table": "As in the table", "target": "Target first, then fewest levels"},
        help="The order in which columns are learned and drawn.",
        advanced=True,
    )
    most_levels: int = integer(
        256, low=16, high=4_096, log=True, help="Categories with more levels share embeddings among the rare ones.", advanced=True
    )

    def learn(self, data: Prepared, context: Context) -> Model:
        """Cut into levels, order the columns, train."""
        if data.rows > _MOST_ROWS:
            context.notes.add(f"learned from {_MOST_ROWS:,} of {data.rows:,} rows, drawn by chance")
        data = data.sample(_MOST_ROWS, context.rng("rows"))
        bins, codes = cut(data, self._cuts(len(data.columns)))
        groups = [
            LevelGroups.of(code, one.count, self.most_levels, signal(data, codes)) for one, code in zip(bins, codes, strict=True)
        ]
        grouped = [group.encode(code) for group, code in zip(groups, codes, strict=True)]
        order = self._order(groups, data.target)
        echoes = find_echoes(data, bins, groups, order)
        plan = self._plan([groups[j].count + len(of) for j, of in zip(order, echoes.of, strict=True)], data.rows)
        self._say_used(plan, data, context)
        shown = np.stack([grouped[j] for j in order], axis=1)
        wanted = with_echoes(data, echoes, order, shown, bins)
        lines = [
            _line(bins[j], groups[j], grouped[j], wanted[:, at], len(of))
            for at, (j, of) in enumerate(zip(order, echoes.of, strict=True))
        ]
        network = train(Lesson(shown, wanted, lines, echoes), plan, self.temperature, context)
        choice = _Choice.of(shown, [bins[j] for j in order], [groups[j] for j in order], self._drawn_for_each(data.rows), context)
        return AutoregressiveModel(network, tuple(order), tuple(groups), tuple(bins), choice)

    def _cuts(self, columns: int) -> int:
        return min(self.bins, max(_MOST_CUTS // max(columns, 1), 16))

    def _order(self, groups: Sequence[LevelGroups], target: int | None) -> list[int]:
        order = list(range(len(groups)))
        if self.order != "table":
            order.sort(key=lambda j: (groups[j].count, j))
        if self.order == "target" and target is not None:
            order.sort(key=lambda j: j != target)
        return order

    def _plan(self, levels: Sequence[int], rows: int) -> LearningPlan:
        """Choose batch, steps and dropout by the number of rows: some twenty batches per pass, up to 256 rows each."""
        batch = int(np.clip(2 ** np.round(np.log2(max(rows, 1) / 20)), 16, 256))
        steps = min(self.steps, max(int(np.ceil(self.epochs * rows / batch)), 1))
        dropout = min(self.dropout + _MORE_DROPOUT * _fewness(rows), 0.8) if self.dropout else 0.0
        return LearningPlan(
            tuple(levels), self.embedding, self.state, self.hidden, steps, batch, self.rate, dropout, self.patience
        )  # fmt: skip

    def _say_used(self, plan: LearningPlan, data: Prepared, context: Context) -> None:
        """Say which settings have another value on so many rows and columns than the one asked for."""
        few = f"single rows of a table below {_MANY_ROWS:,} rows are remembered sooner, and {data.rows:,} are learned from"
        context.notes.used("dropout", round(plan.dropout, 2), self.dropout, few)
        context.notes.used("candidates", self._drawn_for_each(data.rows), self.candidates, few)
        context.notes.used("bins", self._cuts(len(data.columns)), self.bins, f"{len(data.columns)} columns share {_MOST_CUTS:,}")
        context.notes.used(
            "steps", plan.steps, self.steps, f"{self.epochs:,} passes over {data.rows:,} rows, {plan.batch} at a time"
        )
        if plan.steps == self.steps:
            passes = round(min(plan.steps * plan.batch / data.rows, self.epochs), 1)
            seen = f"{self.steps:,} steps of {plan.batch} rows are no more passes over {data.rows:,} rows"
            context.notes.used("epochs", passes, self.epochs, seen)

    def _drawn_for_each(self, rows: int) -> int:
        """Return among how many rows to choose: whoever matches the tables of few rows closely is drawn to those rows."""
        return max(1, round(self.candidates * (1 - _fewness(rows))))

    def cost(self, size: TableSize, rows: int) -> Cost:
        """Estimate from the multiplications of each step; measured on adult, 10,000 and 24,421 rows × 15, on one thread.

        The size does not say which columns are numbers: half of them are taken to be.
        """
        plan = self._plan([1], min(size.rows, _MOST_ROWS))
        levels = min(size.levels, size.columns * self.most_levels) + self._cuts(size.columns) * (size.columns - size.columns // 2)
        per_row = size.columns * (self.embedding * self.state + self.state * self.hidden + self.hidden**2) + levels * self.hidden
        sharing = self._cuts(size.columns) ** 2 * (size.columns - size.columns // 2) * (self.hidden + self.embedding)
        per_step = 2e-3 + 2e-4 * size.columns + (plan.batch * per_row + sharing) * 1.6e-10
        each = self._drawn_for_each(min(size.rows, _MOST_ROWS))
        drawn = rows * each  # more rows come in batches, each of no more than are chosen among
        choosing = (drawn if each > 1 else 0) * min(size.columns**2 / 2, 300) * 3e-7
        seconds = 2.0 + plan.steps * per_step + drawn * (per_row * 3e-11 + 8e-9 * levels) + choosing
        megabytes = 250 + plan.batch * per_row * 1e-6 + 2.5e-5 * (size.rows + rows) * size.columns
        held = min(rows, _CHOSEN_AT_ONCE) * each * min(size.columns**2 / 2, 300) * 8e-6
        return Cost(seconds, megabytes + (held if choosing else 0))


def _fewness(rows: int) -> float:
    """Return 0 from 25,000 rows on, rising to 1 at 2,500: of fewer rows single ones are remembered sooner (docs/frontier.md)."""
    return float(np.clip(np.log10(_MANY_ROWS / max(rows, 1)), 0, 1)) ** 2


class AutoregressiveModel(Model):
    """The network with what turns its codes back into values."""

    keeps = (
        "network weights, the share of each level, two-way tables of coarse cells, the distinct values of numeric columns with "
        "their counts"
    )

    def __init__(
        self,
        network: Network,
        order: tuple[int, ...],
        groups: tuple[LevelGroups, ...],
        bins: tuple[Bins, ...],
        choice: _Choice | None = None,
    ) -> None:
        self.choice = choice
        self.network = network
        self.order = order
        self.groups = groups
        self.bins = bins

    def draw(self, n: int, context: Context) -> Sequence[Array]:
        """Draw codes column after column, then values inside them."""
        return self._values(self._levels(n, context), context)

    def draw_given(self, tries: int, given: Mapping[int, Array], context: Context) -> Sequence[Array]:
        """Draw as the rows come, not the best of several; a row is given up at the first column that fails its condition."""
        wanted = {self.order.index(at): np.unique(self.groups[at].encode(codes)) for at, codes in given.items()}
        return self._values(self.network.draw(tries, context, wanted), context)

    def _values(self, drawn: Codes, context: Context) -> Sequence[Array]:
        seen = self.network.echoes.all_seen(drawn)
        codes = [seen[:, self.order.index(j)] for j in range(len(self.order))]
        rng = context.rng("values")
        whole = [group.decode(code, rng) for group, code in zip(self.groups, codes, strict=True)]
        return self.network.echoes.repeat(drawn, uncut(self.bins, whole, rng), self.order)

    def _levels(self, n: int, context: Context) -> Codes:
        """Draw levels: as they come, or block by block the best of more."""
        if self.choice is None or n > _MOST_CHOSEN:
            return self.network.draw(n, context)
        parts = []
        for first in range(0, n, _CHOSEN_AT_ONCE):
            part = context.named(f"block {first}")
            size = min(_CHOSEN_AT_ONCE, n - first)
            drawn = self.network.draw(size * self.choice.candidates, part)
            parts.append(drawn[self.choice.among(self.network.echoes.all_seen(drawn), size, part)])
        return np.concatenate(parts)


@dataclass(frozen=True, eq=False)
class _Choice:
    """What drawn rows are chosen by: the two-way tables of coarse cells of the rows learned from."""

    candidates: int
    cells: tuple[Codes, ...]
    tables: TwoWayTables

    @classmethod
    def of(
        cls, codes: Codes, bins: Sequence[Bins], groups: Sequence[LevelGroups], candidates: int, context: Context
    ) -> _Choice | None:
        """Count the rows learned from; None where all drawn rows are kept or there is one column."""
        if candidates == 1 or codes.shape[1] == 1:
            return None
        counts = [np.bincount(codes[:, j], minlength=group.count) for j, group in enumerate(groups)]
        ordered = [one.ordered and group.count == one.count for one, group in zip(bins, groups, strict=True)]
        cells = tuple(coarse(count, by_value) for count, by_value in zip(counts, ordered, strict=True))
        sizes = [int(cell.max()) + 1 for cell in cells]
        return cls(candidates, cells, TwoWayTables.of(cls._coarse(cells, codes), sizes, context))

    def among(self, codes: Codes, n: int, context: Context) -> Codes:
        """Return which `n` of the drawn rows to keep."""
        drawn = self._coarse(self.cells, codes)
        return self.tables.beyond_chance(drawn).choose(drawn, n, context, ROUNDS)

    @staticmethod
    def _coarse(cells: Sequence[Codes], codes: Codes) -> Codes:
        return np.stack([cell[codes[:, j]] for j, cell in enumerate(cells)], axis=1)


def _line(bins: Bins, groups: LevelGroups, codes: Codes, wanted: Codes, echoes: int) -> LevelPlaces:
    """Return where each level lies, by the middle of its ranks; nowhere where levels have no order, and for the echoes."""
    if not bins.ordered or groups.count != bins.count:
        return LevelPlaces(np.empty(0, dtype=np.float32), 0, np.empty(0, dtype=np.int64))
    shares = np.bincount(codes, minlength=groups.count) / max(len(codes), 1)
    places = np.append(np.cumsum(shares) - shares / 2 - 0.5, np.zeros(echoes))
    return LevelPlaces(places.astype(np.float32), bins.column.blank + echoes, np.bincount(wanted, minlength=len(places)))
