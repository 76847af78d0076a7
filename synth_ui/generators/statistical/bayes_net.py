"""Bayesian network over binned columns: each column drawn from a table of counts given a few others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from synth_ui.core.context import Context
from synth_ui.core.table import TableSize
from synth_ui.core.tunable import integer, number
from synth_ui.generators._preparation.bins import Bins, Codes, cut, uncut
from synth_ui.generators._preparation.margin import Floats
from synth_ui.generators._preparation.prepare import Array, LawfulGenerator, Model, Prepared
from synth_ui.generators.base import Cost

_CANDIDATES = 8
_STRUCTURE_ROWS = 50_000
_LEAST_SHARE = 0.001
_PAIR_CELLS = 400_000_000


@dataclass(frozen=True)
class BayesNet(LawfulGenerator):
    """Order the columns greedily, give each the parents that tell most about it, and draw from the counts given the parents."""

    key = "bayes_net"
    title = "Bayesian network"
    summary = "Draws each column given the few others that tell most about it."
    family = "statistical"
    starter = True
    reference = "Chow and Liu, IEEE Transactions on Information Theory 1968; Zhang et al., PrivBayes, ACM TODS 2017 (structure)"
    uses_target = True
    good_at = "Categories and their pairwise relationships, fast, with little reuse of single rows."
    cannot = "It sees numbers in bins, and no relationship among more columns than a column has parents."
    presets = {
        "quick": {"parents": 1, "bins": 15},
        "thorough": {"parents": 6, "bins": 50},
    }

    parents: int = integer(4, low=0, high=6, help="Columns each column may depend on at most; 0 gives independent columns")
    bins: int = integer(30, low=2, high=500, log=True, help="Levels a number is cut into, besides values many rows hold")
    parent_bins: int = integer(10, low=2, high=100, log=True, help="Levels of a number as the others see it", advanced=True)
    smoothing: float = number(
        2.0, low=0.0, high=1_000.0, help="Rows' worth of belief in fewer parents, where few rows share all parents' values"
    )

    @property
    def keeps_relationships(self) -> bool:
        """False without parents: every column is drawn by itself, one that another determines, too."""
        return self.keep_laws and self.parents > 0

    def learn(self, data: Prepared, context: Context) -> Model:
        """Find the order and the parents, then count."""
        bins, codes = cut(data, self.bins)
        coarse = [_coarse(one, code, self.parent_bins) for one, code in zip(bins, codes, strict=True)]
        views = [group[code] for group, code in zip(coarse, codes, strict=True)]
        families = _structure(views, [int(group.max()) + 1 for group in coarse], self.parents, data.target, context)
        tables = []
        for place, (child, parents) in enumerate(families):
            context.step("counting", place / len(families))
            tables.append(_Conditional.of(child, parents, codes[child], bins[child].count, views, coarse, self.smoothing))
        return _Network(bins, coarse, tables)

    def cost(self, size: TableSize, rows: int) -> Cost:
        """Estimate: a table of counts per pair of columns, then per family; a search per drawn cell."""
        pairs = size.columns**2 / 2
        learned = min(size.rows, _STRUCTURE_ROWS)
        cells = (size.rows + rows) * size.columns
        seconds = (
            0.1
            + pairs * (1e-4 + 1e-9 * learned)
            + 1.3e-7 * size.rows * size.columns
            + 5e-8 * self.parents * cells
            + 3e-7 * rows * size.columns
        )
        return Cost(seconds, 30 + 2e-5 * cells)


def _coarse(bins: Bins, codes: Codes, most: int) -> Codes:
    """Return the group of each level, as other columns see it.

    Neighbouring levels of a number share a group until it holds its share of the rows; the blank is a group of its own. Levels
    of a category that few rows hold share one group.
    """
    counts = np.bincount(codes, minlength=bins.count)
    if not bins.column.numeric:
        rare = counts < _LEAST_SHARE * len(codes)
        return np.where(rare, (~rare).sum(), np.cumsum(~rare) - 1) if rare.sum() > 1 else np.arange(bins.count)
    valued = bins.count - bins.column.blank
    heavy = counts[:valued] >= len(codes) / most
    before = np.cumsum(counts[:valued]) - counts[:valued]
    stretch = np.floor(before / len(codes) * most) + 0.5 * heavy
    apart = np.concatenate([[0], (np.diff(stretch) != 0) | heavy[1:] | heavy[:-1]])
    groups = np.cumsum(apart).astype(np.int64)
    return np.append(groups, groups[-1] + 1) if bins.column.blank else groups


# --- structure ----------------------------------------------------------------------------------------------------


def _structure(
    codes: Sequence[Codes], levels: Sequence[int], most: int, target: int | None, context: Context
) -> list[tuple[int, tuple[int, ...]]]:
    """Return the columns in drawing order with their parents, chosen greedily by penalised mutual information in nats."""
    rows = len(codes[0])
    used = max(2_000, min(_STRUCTURE_ROWS, _PAIR_CELLS // max(len(codes) ** 2, 1)))
    if rows > used:
        index = np.sort(context.rng("structure").choice(rows, used, replace=False))
        codes = [code[index] for code in codes]
    gains = _pair_gains(codes, levels, context)
    first = target if target is not None else int(gains.sum(axis=0).argmax())
    placed = [first]
    families: list[tuple[int, tuple[int, ...]]] = [(first, ())]
    best, best_gain = np.full(len(codes), first), gains[first].copy()
    best_gain[first] = -np.inf
    while len(placed) < len(codes):
        context.step("choosing parents", len(placed) / len(codes))
        # The column most tied to one that is placed comes next, as Prim's algorithm grows the tree of largest mutual
        # information (Chow and Liu 1968); further parents are added greedily as in PrivBayes.
        child = int(best_gain.argmax())
        parents = _parents(child, placed, gains, codes, levels, most) if most else ()
        families.append((child, parents))
        placed.append(child)
        better = gains[child] > best_gain
        best, best_gain = np.where(better, child, best), np.where(better, gains[child], best_gain)
        best_gain[placed] = -np.inf
    return families


def _pair_gains(codes: Sequence[Codes], levels: Sequence[int], context: Context) -> Floats:
    """Return, for each pair, the mutual information less what chance alone would give."""
    gains = np.zeros((len(codes), len(codes)))
    alone = [_alone(code) for code in codes]
    for first in range(len(codes)):
        context.step("comparing columns", first / len(codes))
        for second in range(first):
            information = _information(codes[first], levels[first], codes[second], alone[first], alone[second])
            gains[first, second] = gains[second, first] = information
    return gains


def _alone(codes: Codes) -> tuple[float, int]:
    """Return a column's entropy in nats and how many levels it has, which all pairs it stands in share."""
    counts = np.bincount(codes)
    there = counts[counts > 0]
    return _plogp(there, len(codes)), len(there)


def _information(child: Codes, levels: int, parent: Codes, of_child: tuple[float, int], of_parent: tuple[float, int]) -> float:
    """Return the mutual information in nats, less its expected value under independence (Miller and Madow)."""
    joint = np.bincount(parent * levels + child)
    entropy = of_parent[0] + of_child[0] - _plogp(joint[joint > 0], len(child))
    # Counting makes an entropy of k cells too low by (k − 1) / 2n; in the information of an r × c table what is left of the
    # three is (r − 1)(c − 1) / 2n too much. Without it columns of many levels would be everybody's parent.
    return float(entropy - (of_parent[1] - 1) * (of_child[1] - 1) / (2 * len(child)))


def _plogp(counts: Array, rows: int) -> float:
    shares = counts / rows
    return float(-(shares * np.log(shares)).sum())


def _parents(
    child: int, placed: Sequence[int], gains: Floats, codes: Sequence[Codes], levels: Sequence[int], most: int
) -> tuple[int, ...]:
    """Add parents one by one while one tells more than its counts cost, out of the columns that tell most by themselves."""
    ranked = sorted(placed, key=lambda other: -gains[child, other])
    candidates = ranked[:_CANDIDATES] if most > 1 else ranked[:1]
    if gains[child, candidates[0]] <= 0:
        return ()
    chosen = [candidates.pop(0)]
    reached = float(gains[child, chosen[0]])
    of_child = _alone(codes[child])
    while len(chosen) < most and candidates:
        scores = []
        for other in candidates:
            configuration, count = _configurations(
                [codes[at] for at in (*chosen, other)], [levels[at] for at in (*chosen, other)]
            )
            of_parents = _alone(configuration)
            scores.append(_information(codes[child], levels[child], configuration, of_child, of_parents) if count else -np.inf)
        at = int(np.argmax(scores))
        if scores[at] <= reached + 1e-4:
            break
        reached = scores[at]
        chosen.append(candidates.pop(at))
    return tuple(chosen)


def _configurations(codes: Sequence[Codes], levels: Sequence[int]) -> tuple[Codes, int]:
    """Return the configuration of each row, numbered densely, and how many there are (0: too many to be worth counting)."""
    keys = _keys(codes, levels)
    unique, dense = np.unique(keys, return_inverse=True)
    return dense.astype(np.int64), len(unique) if len(unique) <= len(keys) / 4 else 0


def _keys(codes: Sequence[Codes], levels: Sequence[int]) -> Codes:
    keys = np.zeros(len(codes[0]) if codes else 0, dtype=np.int64)
    for code, count in zip(codes, levels, strict=True):
        keys = keys * count + code
    return keys


# --- counts -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Counts:
    """Counts of a child's levels for each configuration seen of some parents."""

    parents: tuple[int, ...]
    levels: tuple[int, ...]
    keys: Codes
    starts: Codes
    ends: Codes
    children: Codes

    @classmethod
    def of(cls, child: Codes, count: int, parents: tuple[int, ...], views: Sequence[Codes], levels: Sequence[int]) -> _Counts:
        """Count a child's codes for each configuration of its parents' groups."""
        parent_levels = tuple(levels[at] for at in parents)
        keys = _keys([views[at] for at in parents], parent_levels) if parents else np.zeros(len(child), dtype=np.int64)
        unique, dense = np.unique(keys, return_inverse=True)
        cells, counts = np.unique(dense * count + child, return_counts=True)
        first = np.unique(cells // count, return_index=True)[1]
        ends = np.cumsum(counts)
        starts = np.concatenate([[0], ends])[np.append(first, len(cells))]
        return cls(parents, parent_levels, unique, starts, ends, cells % count)

    def find(self, seen: Mapping[int, Codes], n: int) -> tuple[Codes, Codes]:
        """Return the index of each row's configuration, and how many real rows have it (0: never seen)."""
        keys = _keys([seen[at] for at in self.parents], self.levels) if self.parents else np.zeros(n, dtype=np.int64)
        index = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return index, np.where(self.keys[index] == keys, np.diff(self.starts)[index], 0)

    def draw(self, index: Codes, rng: np.random.Generator) -> Codes:
        """Draw a child level given each configuration."""
        width = np.diff(self.starts)[index]
        places = self.starts[index] + np.minimum((rng.random(len(index)) * width).astype(np.int64), width - 1)
        found: Codes = self.children[np.searchsorted(self.ends, places, side="right")]
        return found


@dataclass(frozen=True, eq=False)
class _Conditional:
    """One column given its parents, with the counts given fewer of them to fall back on."""

    child: int
    tables: tuple[_Counts, ...]
    smoothing: float

    @classmethod
    def of(
        cls,
        child: int,
        parents: tuple[int, ...],
        codes: Codes,
        count: int,
        views: Sequence[Codes],
        coarse: Sequence[Codes],
        smoothing: float,
    ) -> _Conditional:
        """Count with all parents, with all but the last, and so on down to none."""
        levels = [int(groups.max()) + 1 for groups in coarse]
        tables = tuple(_Counts.of(codes, count, parents[:used], views, levels) for used in range(len(parents) + 1))
        return cls(child, tables, smoothing)

    def draw(self, seen: Mapping[int, Codes], n: int, rng: np.random.Generator) -> Codes:
        """Draw from the counts of all parents, or of fewer with the chance smoothing / (rows + smoothing) at each step down."""
        out = np.zeros(n, dtype=np.int64)
        open_rows = np.arange(n)
        for table in reversed(self.tables):
            index, rows = table.find({at: seen[at][open_rows] for at in table.parents}, len(open_rows))
            kept = rows > 0
            # The mean of a Dirichlet prior with the coarser table as its centre and `smoothing` as its strength (MacKay and
            # Peto 1995): rows / (rows + smoothing) of the draws from here, the rest one table down.
            if table.parents:
                kept &= rng.random(len(open_rows)) * (rows + self.smoothing) < rows
            out[open_rows[kept]] = table.draw(index[kept], rng)
            open_rows = open_rows[~kept]
        return out


class _Network(Model):
    keeps = "for each column, how many rows share its level and those of its parents, and the distinct values of numbers"

    def __init__(self, bins: Sequence[Bins], coarse: Sequence[Codes], tables: Sequence[_Conditional]) -> None:
        self.bins = bins
        self.coarse = coarse
        self.tables = tables

    def draw(self, n: int, context: Context) -> Sequence[Array]:
        rng = context.rng("draw")
        drawn: dict[int, Codes] = {}
        seen: dict[int, Codes] = {}
        for place, table in enumerate(self.tables):
            context.step("sampling", 0.8 * place / len(self.tables))
            drawn[table.child] = table.draw(seen, n, rng)
            seen[table.child] = self.coarse[table.child][drawn[table.child]]
        return uncut(self.bins, [drawn[at] for at in range(len(self.bins))], rng)
