"""The published measures that need no model: shape, trend, mutual information, α-precision, β-recall, nearness to train.

Definitions: `src/metrics/metrics.py` and `src/metrics/synthcity_metrics.py` of april-tools/tabpc at 3f92668, sdmetrics 0.24.0, and the
naive form of α-precision in synthcity. The comments say what is particular to them.
"""

from __future__ import annotations

import itertools
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder

from _leaderboard.tables import PublicTable, Spec

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

BINS = 10
LEVELS = 30
"""Of α and β, from 0 to 1."""

QUANTILES = (0.02, 0.05)
CLOCK = ("year", "month", "day", "hour")
"""In a table with these columns the published nearness leaves out every category."""

CHUNK = 512


class Yardstick:
    """A public table with what every candidate is compared to, computed once."""

    def __init__(self, table: PublicTable) -> None:
        self.table = table
        self.spec: Spec = table.spec
        self.categories = table.spec.categories(table.train)

    @cached_property
    def edges(self) -> dict[str, Floats]:
        """Edges of ten equal bins of each number of the training rows."""
        return {name: np.histogram_bin_edges(self.table.train[name], bins=BINS) for name in self.spec.numeric}

    @cached_property
    def information(self) -> Floats:
        """Normalised mutual information of the training rows."""
        return normalised_information(self.binned(self.table.train))

    def binned(self, frame: pd.DataFrame) -> list[Codes]:
        """Code every column, numbers by the bins of the training rows; one with no more values than edges is left as it is."""
        coded = []
        for name in frame.columns:
            values = frame[name]
            edges = self.edges.get(name)
            if edges is not None and values.nunique() > len(edges):
                values = pd.cut(values, bins=edges, labels=False, include_lowest=True, duplicates="drop").fillna(-1)
            coded.append(pd.factorize(values)[0].astype(np.int64))
        return coded

    @cached_property
    def encoder(self) -> OneHotEncoder:
        """Levels of the training rows."""
        return OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(self._words(self.table.train))

    @cached_property
    def scaler(self) -> MinMaxScaler:
        """Span of the training rows, of numbers and levels."""
        return MinMaxScaler().fit(self._wide(self.table.train))

    def cube(self, frame: pd.DataFrame) -> Floats:
        """Return rows as points of a cube. The last column is left out: synthcity takes it for the target."""
        return np.asarray(self.scaler.transform(self._wide(frame)), dtype=float)[:, :-1]

    def _wide(self, frame: pd.DataFrame) -> Floats:
        return np.hstack([frame[list(self.spec.numeric)].to_numpy(float), self.encoder.transform(self._words(frame))])

    def _words(self, frame: pd.DataFrame) -> NDArray[np.str_]:
        return frame[self.categories].to_numpy().astype(str)

    @cached_property
    def points(self) -> Floats:
        """Training rows in the cube."""
        return self.cube(self.table.train)

    @cached_property
    def own_distance(self) -> Floats:
        """From each training row to the nearest other."""
        return own_distance(self.points)

    @cached_property
    def test_distance(self) -> Floats:
        """From each test row to the nearest training row, by the metric of `nearest`."""
        return self.distance(self.table.test)

    def distance(self, frame: pd.DataFrame) -> Floats:
        """Return how far each row is from the nearest training row: L1 of z-scores, and 2 for each category that differs."""
        names = list(self.spec.numeric)
        numbers = self.table.train[names].to_numpy(float)
        mean, spread = numbers.mean(axis=0), numbers.std(axis=0)
        words = [] if set(CLOCK) <= set(frame.columns) else self.categories
        both = pd.concat([self.table.train, frame], ignore_index=True)
        codes = (
            np.column_stack([pd.factorize(both[name].astype(str))[0] for name in words]) if words else np.empty((len(both), 0))
        )
        size = len(self.table.train)
        return nearest(
            ((frame[names].to_numpy(float) - mean) / spread, codes[size:].astype(int)),
            ((numbers - mean) / spread, codes[:size].astype(int)),
        )


# --- columns and pairs ------------------------------------------------------------------------------------------


def shape(yard: Yardstick, made: pd.DataFrame) -> float:
    """Return the mean over columns of one minus the Kolmogorov–Smirnov or the total variation distance to the training rows."""
    real = yard.table.train
    scores = [1 - largest_gap(real[name].to_numpy(float), made[name].to_numpy(float)) for name in yard.spec.numeric]
    scores += [1 - half_distance([pd.factorize(pd.concat([real[name], made[name]]))[0]], len(real)) for name in yard.categories]
    return float(np.mean(scores))


def largest_gap(first: Floats, second: Floats) -> float:
    """Return the Kolmogorov–Smirnov distance of two samples."""
    points = np.concatenate([first, second])
    shares = [np.searchsorted(np.sort(values), points, side="right") / len(values) for values in (first, second)]
    return float(np.abs(shares[0] - shares[1]).max())


def half_distance(columns: list[Codes], size: int) -> float:
    """Return the total variation distance of the first `size` rows from the rest, by one column or the cells of several."""
    cells = columns[0]
    for codes in columns[1:]:
        cells = cells * (int(codes.max()) + 1) + codes
    cells = np.unique(cells, return_inverse=True)[1]
    counts = [np.bincount(part, minlength=int(cells.max()) + 1) / len(part) for part in (cells[:size], cells[size:])]
    return float(np.abs(counts[0] - counts[1]).sum() / 2)


def trend(yard: Yardstick, made: pd.DataFrame) -> float:
    """Return the mean similarity of pairs, by the rule of sdmetrics before 0.27: every pair counts.

    Two numbers: half the difference of Pearson's correlations. Else the total variation distance of the two-way tables, a number
    in ten equal bins *of each table by itself*: one far value moves all bins.
    """
    real, numeric = yard.table.train, set(yard.spec.numeric)
    coded = {}
    for name in [*yard.spec.numeric, *yard.categories]:
        if name in numeric:
            coded[name] = np.concatenate([np.digitize(side[name], np.histogram_bin_edges(side[name])) for side in (real, made)])
        else:
            coded[name] = pd.factorize(pd.concat([real[name], made[name]]))[0]
    names = list(yard.spec.numeric)
    with np.errstate(invalid="ignore", divide="ignore"):
        gaps = np.abs(real[names].corr().to_numpy() - made[names].corr().to_numpy()) / 2
    place = {name: at for at, name in enumerate(names)}
    scores = []
    for first, second in itertools.combinations(coded, 2):
        if first in numeric and second in numeric:
            scores.append(1 - gaps[place[first], place[second]])
        else:
            scores.append(1 - half_distance([coded[first], coded[second]], len(real)))
    return float(np.nanmean(scores))


def kept_information(yard: Yardstick, made: pd.DataFrame) -> float:
    """Return one minus the mean difference of normalised mutual information over pairs, weighted by how strong they are."""
    lower = np.tril_indices(len(made.columns), k=-1)
    real, synthetic = yard.information[lower], normalised_information(yard.binned(made))[lower]
    weights = real + synthetic
    return float(1 - (weights * np.abs(real - synthetic)).sum() / weights.sum())


def normalised_information(columns: list[Codes]) -> Floats:
    """Return twice the mutual information of each pair of columns over the sum of their entropies."""
    size = len(columns)
    found = np.zeros((size, size))
    entropies = np.array([_entropy(codes) for codes in columns])
    for first, second in itertools.combinations(range(size), 2):
        joint = _entropy(columns[first] * (int(columns[second].max()) + 1) + columns[second])
        found[first, second] = found[second, first] = max(entropies[first] + entropies[second] - joint, 0.0)
    sums = np.where(entropies > 0, entropies, 1.0)
    return 2 * found / (sums[:, None] + sums[None, :])


def _entropy(codes: Codes) -> float:
    shares = np.unique(codes, return_counts=True)[1] / len(codes)
    return float(-(shares * np.log(shares)).sum())


# --- rows -------------------------------------------------------------------------------------------------------


def precision_and_recall(yard: Yardstick, made: pd.DataFrame) -> tuple[float, float]:
    """Return α-precision and β-recall in synthcity's naive form: balls about the mean, of rows as they are.

    Both tables have to be of one size: of fewer rows, such as the test rows, the first of as many training rows are asked about.
    """
    real, drawn, own = yard.points, yard.cube(made), yard.own_distance
    if len(drawn) < len(real):
        real = real[: len(drawn)]
        own = own_distance(real)
    levels = np.linspace(0, 1, LEVELS)
    radii = np.quantile(np.linalg.norm(real - real.mean(axis=0), axis=1), levels)
    from_centre = np.linalg.norm(drawn - real.mean(axis=0), axis=1)
    inside = (from_centre[:, None] <= radii[None, :]).mean(axis=0)
    distance, place = NearestNeighbors(n_neighbors=1).fit(drawn).kneighbors(real)
    closest = np.linalg.norm(drawn[place[:, 0]] - drawn.mean(axis=0), axis=1)
    covered = distance[:, 0] <= own
    within = (covered[:, None] & (closest[:, None] <= np.quantile(closest, levels)[None, :])).mean(axis=0)
    return float(1 - np.abs(levels - inside).sum() / levels.sum()), float(1 - np.abs(levels - within).sum() / levels.sum())


def own_distance(points: Floats) -> Floats:
    """Return from each point the distance to the nearest other."""
    return np.asarray(NearestNeighbors(n_neighbors=2).fit(points).kneighbors(points)[0][:, 1])


def near_shares(yard: Yardstick, made: pd.DataFrame) -> list[float]:
    """Return, in per cent, the rows nearer to a training row than 2 and 5 % of the test rows are."""
    distance = yard.distance(made)
    return [float((distance < np.quantile(yard.test_distance, share)).mean() * 100) for share in QUANTILES]


def nearest(source: tuple[Floats, Codes], target: tuple[Floats, Codes]) -> Floats:
    """Return from each source row the distance to the nearest target row: L1 of numbers, 2 for each code that differs."""
    import torch

    wide = [int(max(one.max(), other.max())) + 1 for one, other in zip(source[1].T, target[1].T, strict=True)]
    numbers = [torch.tensor(side[0], dtype=torch.float32) for side in (source, target)]
    levels = [torch.tensor(_levels(side[1], wide)) for side in (source, target)]
    found = []
    for start in range(0, len(numbers[0]), CHUNK):
        part = slice(start, start + CHUNK)
        apart = torch.cdist(numbers[0][part], numbers[1], p=1)
        if wide:
            apart += 2 * (len(wide) - levels[0][part] @ levels[1].T)
        found.append(apart.min(dim=1).values)
    return torch.cat(found).numpy().astype(float)


def _levels(codes: Codes, wide: list[int]) -> NDArray[np.float32]:
    """Return codes as zeros and ones, so that a product counts those that are equal."""
    out = np.zeros((len(codes), sum(wide)), dtype=np.float32)
    for at, start in enumerate(np.cumsum([0, *wide])[:-1]):
        out[np.arange(len(codes)), start + codes[:, at]] = 1
    return out
