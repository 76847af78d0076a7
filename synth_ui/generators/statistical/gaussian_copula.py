"""Gaussian copula: every column a monotone image of one joint normal distribution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from synth_ui.core.context import Context
from synth_ui.core.table import TableSize
from synth_ui.core.tunable import integer, number
from synth_ui.generators._preparation.level_order import level_orders
from synth_ui.generators._preparation.margin import Floats
from synth_ui.generators._preparation.prepare import Array, LawfulGenerator, Model, ModelColumn, Prepared
from synth_ui.generators.base import Cost

_TERMS = 12
_BATCH = 100_000


@dataclass(frozen=True)
class GaussianCopula(LawfulGenerator):
    """Learn each column's distribution and one correlation matrix behind them all.

    Each column is cut into the steps its distinct values make of a standard normal variable (levels of categories in the order
    of their leading association with the other columns; blanks of numbers are a variable of their own). The latent correlation
    of a pair is the one whose stepped images have the covariance seen: Hermite series, so ties and levels do not weaken it.
    """

    key = "gaussian_copula"
    title = "Gaussian copula"
    summary = "Keeps each column's distribution and joins the columns by one matrix of correlations."
    family = "statistical"
    starter = True
    native_conditions = True
    reference = "Patki, Wedge and Veeramachaneni, The Synthetic Data Vault, DSAA 2016; Hoff, Annals of Applied Statistics 2007"
    good_at = "Columns and their monotone relationships, in well under a second, also at a million rows."
    cannot = "It misses relationships that rise and fall, and those that need three columns to be seen."
    presets = {"quick": {"max_rows": 20_000}, "thorough": {"max_rows": 2_000_000}}

    shrink: float = number(
        0.0, low=0.0, high=1.0, help="How far all correlations are pulled to zero; 1 gives independent columns"
    )
    max_rows: int = integer(
        200_000, low=100, high=10_000_000, log=True, help="Correlations are learned from at most so many rows", advanced=True
    )

    @property
    def keeps_relationships(self) -> bool:
        """False where all correlations are pulled to zero: a column that another one determines is drawn by itself, too."""
        return self.keep_laws and self.shrink < 1

    def learn(self, data: Prepared, context: Context) -> Model:
        """Estimate the latent correlation of every pair of columns."""
        part = data.sample(self.max_rows, context.rng("rows"))
        orders = level_orders(part, context)
        latents = _latents(part, orders)
        context.step("learning", 0.5)
        correlation = (1 - self.shrink) * _latent_correlation(latents, part.rows)
        np.fill_diagonal(correlation, 1.0)
        return _Copula(data, orders, _root(correlation))

    def cost(self, size: TableSize, rows: int) -> Cost:
        """Estimate: sorting each column, one matrix product over the latent columns, and a draw per cell."""
        learned = min(size.rows, self.max_rows)
        seconds = 0.1 + (0.01 + 1.3e-7 * size.rows + 1e-7 * learned + 1e-9 * learned * size.columns + 4e-7 * rows) * size.columns
        return Cost(seconds, 30 + 1.5e-5 * (size.rows + rows) * size.columns + 1.6e-5 * learned * size.columns)


@dataclass(frozen=True, eq=False)
class _Latent:
    """One latent column: the mean normal score of each row (0 where there is none), presence, and its Hermite coefficients."""

    scores: Floats
    there: Array | None
    coefficients: Floats


def _latents(data: Prepared, orders: Sequence[Array | None]) -> list[_Latent]:
    """Return the latent columns: values and levels first, then one per numeric column with blanks."""
    values, blanks = [], []
    for column, array, order in zip(data.columns, data.arrays, orders, strict=True):
        if column.margin is None:
            assert order is not None
            values.append(_latent(np.argsort(order)[array], None))
            continue
        missing = np.isnan(array)
        if not missing.any():
            values.append(_latent(np.unique(array, return_inverse=True)[1], None))
            continue
        codes = np.zeros(len(array), dtype=np.int64)
        codes[~missing] = np.unique(array[~missing], return_inverse=True)[1]
        values.append(_latent(codes, ~missing))
        blanks.append(_latent((~missing).astype(np.int64), None))
    return values + blanks


def _latent(codes: Array, there: Array | None) -> _Latent:
    """Return the latent column of ordered codes: a step's score is the mean of a standard normal variable over it."""
    from scipy.special import ndtri

    counts = np.bincount(codes if there is None else codes[there])
    cumulated = np.concatenate([[0], np.cumsum(counts)]) / counts.sum()
    edges = ndtri(np.clip(cumulated, 0.0, 1.0))
    density = np.exp(-(edges**2) / 2) / np.sqrt(2 * np.pi)
    shares = np.maximum(np.diff(cumulated), 1e-300)
    means = -np.diff(density) / shares
    finite = np.where(np.isfinite(edges), edges, 0.0)
    previous, current = np.zeros_like(finite), np.ones_like(finite)
    # Coded levels are a step function of a normal number z. Its coefficient of the normalised Hermite polynomial He_k / √k!
    # is the sum over the steps of their mean times the integral of He_k φ over the step, which is −He_(k−1) φ between its
    # ends; He_k = z He_(k−1) − (k−1) He_(k−2).
    coefficients, scale = np.empty(_TERMS), 1.0
    for term in range(1, _TERMS + 1):
        scale *= np.sqrt(term)
        coefficients[term - 1] = means @ -np.diff(current * density) / scale
        previous, current = current, finite * current - (term - 1) * previous
    scores = means[codes]
    return _Latent(scores if there is None else np.where(there, scores, 0.0), there, coefficients)


def _latent_correlation(latents: Sequence[_Latent], rows: int) -> Floats:
    """Solve, for every pair, sum over k of a_k b_k r**k = covariance of the scores for r."""
    scores = np.column_stack([latent.scores for latent in latents])
    together: Any = float(rows)
    # Correlating the scores themselves comes out too weak wherever values are tied or levels few. Under a latent correlation
    # r the covariance of two step functions is the sum over k of a_k b_k r**k (Mehler's formula), so r is solved for.
    covariance = scores.T @ scores
    if any(latent.there is not None for latent in latents):
        masks = [
            np.ones(rows, dtype=np.float32) if latent.there is None else latent.there.astype(np.float32) for latent in latents
        ]
        together = np.maximum(np.column_stack(masks).T @ np.column_stack(masks), 1.0).astype(float)
    covariance = covariance / together
    coefficients = np.stack([latent.coefficients for latent in latents])
    # The sum rises with r, since both functions rise (Price's theorem): halving the interval finds r, for all pairs at once.
    # The inner loop is Horner's scheme.
    low, high = np.full(covariance.shape, -0.9999), np.full(covariance.shape, 0.9999)
    for _ in range(24):
        middle = (low + high) / 2
        reached = np.zeros(covariance.shape)
        for term in range(_TERMS - 1, -1, -1):
            reached = (reached + np.outer(coefficients[:, term], coefficients[:, term])) * middle
        low, high = np.where(reached < covariance, middle, low), np.where(reached < covariance, high, middle)
    correlation = (low + high) / 2
    out: Floats = (correlation + correlation.T) / 2
    np.fill_diagonal(out, 1.0)
    return out


def _root(correlation: Floats) -> Floats:
    """Return a matrix whose product with its transpose is the nearest positive correlation matrix, by cutting eigenvalues."""
    values, vectors = np.linalg.eigh(correlation)
    # Pairs solved one by one, over rows that differ by blanks, need not be correlations of anything together.
    root = vectors * np.sqrt(np.maximum(values, 1e-6))
    cleaned: Floats = root / np.linalg.norm(root, axis=1, keepdims=True)
    return cleaned


class _Copula(Model):
    keeps = "the distinct values of each column with their counts, and one correlation per pair of columns"

    def __init__(self, data: Prepared, orders: Sequence[Array | None], root: Floats) -> None:
        self.columns: tuple[ModelColumn, ...] = data.columns
        self.orders = orders
        self.root = root
        self.edges = [
            None if order is None else np.cumsum(np.bincount(array, minlength=column.levels)[order]) / data.rows
            for column, array, order in zip(data.columns, data.arrays, orders, strict=True)
        ]
        self.blanks = [
            (at, float(np.isnan(array).mean()))
            for at, (column, array) in enumerate(zip(data.columns, data.arrays, strict=True))
            if column.numeric and np.isnan(array).any()
        ]

    def draw(self, n: int, context: Context) -> Sequence[Array]:
        parts = []
        for start in range(0, n, _BATCH):
            context.step("sampling", 0.8 * start / n)
            size, rng = min(_BATCH, n - start), context.rng(f"draw {start}")
            parts.append(self._decode(self._latent(size, rng), rng))
        return [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]

    def draw_given(self, tries: int, given: Mapping[int, Array], context: Context) -> Sequence[Array]:
        """Meet the rarest condition: its latent column is drawn within the levels' steps, and moves the others along."""
        from scipy.special import ndtri

        at, low, width = min((self._steps(at, codes) for at, codes in given.items()), key=lambda steps: float(steps[2].sum()))
        rng = context.rng("draw given")
        latent = self._latent(tries, rng)
        step = rng.choice(len(width), tries, p=width / width.sum())
        wanted = ndtri(np.clip(low[step] + rng.random(tries) * width[step], 1e-12, 1 - 1e-12))
        # the others given one: what its change explains of them is added (Matheron's rule), as all are jointly normal
        latent += (wanted - latent[:, at])[:, None] * (self.root @ self.root[at])
        return self._decode(latent, rng)

    def _steps(self, at: int, codes: Array) -> tuple[int, Floats, Floats]:
        """Return where the steps of some levels of a column begin on the scale of shares, and how wide they are."""
        order, edges = self.orders[at], self.edges[at]
        assert order is not None
        assert edges is not None
        places = np.flatnonzero(np.isin(order, codes))
        floors = np.concatenate([[0.0], edges])
        return at, floors[places], edges[places] - floors[places]

    def _latent(self, n: int, rng: np.random.Generator) -> Floats:
        latent: Floats = rng.standard_normal((n, self.root.shape[1])) @ self.root.T
        return latent

    def _decode(self, latent: Floats, rng: np.random.Generator) -> list[Array]:
        from scipy.special import ndtr

        shares = ndtr(latent)
        drawn: list[Array] = []
        for at, column in enumerate(self.columns):
            if column.margin is None:
                order, edges = self.orders[at], self.edges[at]
                assert order is not None
                assert edges is not None
                drawn.append(order[np.minimum(np.searchsorted(edges, shares[:, at], side="right"), len(order) - 1)])
            else:
                drawn.append(column.margin.soften(column.margin.quantile(shares[:, at]), rng))
        for extra, (at, share) in enumerate(self.blanks):
            drawn[at][shares[:, len(self.columns) + extra] < share] = np.nan
        return drawn
