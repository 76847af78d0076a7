"""Contingency tables of a case, counted once and in groups of rows, so that errors come from the same counts."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from synth_ui.columns.hashes import content_order
from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.score import Number
from synth_ui.measures._influence import around, jackknife_error
from synth_ui.measures.case import Case, Side

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
T = TypeVar("T")

GROUPS = 20
MOST_PAIRS = 1_000


def groups(case: Case, side: Side) -> npt.NDArray[np.int64]:
    """Return each row's group for the jackknife: 20 groups of equal size, independent of the order of rows. Shape (n,)."""

    def compute() -> npt.NDArray[np.int64]:
        order = content_order(case.draw_hashes(side), seed=case.split.seed)
        group = np.empty(len(order), dtype=np.int64)
        group[order] = np.arange(len(order)) % GROUPS
        return group

    return _kept(case, side, "groups", compute)


def margin_counts(case: Case, side: Side) -> dict[str, Counts]:
    """Return per modelled column how many rows of each group fall into each cell; arrays of shape (groups, cells)."""

    def compute() -> dict[str, Counts]:
        group, codes = groups(case, side), case.codes(side)
        return {name: _count(group, codes[name], cells.size) for name, cells in case.shared.cells.items()}

    return _kept(case, side, "margins", compute)


def pair_counts(case: Case, side: Side, pairs: Sequence[tuple[str, str]], *, spikes: bool = True) -> list[Counts]:
    """Return per pair how many rows of each group fall into each cell; arrays of shape (groups, first cells, second cells)."""

    def compute() -> list[Counts]:
        group, codes = groups(case, side), case.codes(side, spikes=spikes)
        cells = case.shared.cells if spikes else case.shared.deciles
        found = []
        for first, second in pairs:
            rows, columns = cells[first].size, cells[second].size
            joint = _count(group, codes[first] * np.int32(columns) + codes[second], rows * columns)
            found.append(joint.reshape(GROUPS, rows, columns))
        return found

    return _kept(case, side, "pairs" if spikes else "decile pairs", compute)


def pairs_of(case: Case, context: Context) -> list[tuple[str, str]]:
    """Return all pairs of modelled columns; a seeded draw of 1,000, the same for every candidate, where there are more.

    Raises
    ------
    DoesNotApply
        If there are fewer than two such columns.
    """
    names = list(case.shared.cells)
    if len(names) < 2:
        raise DoesNotApply("the table has fewer than two columns that are compared")

    def compute() -> list[tuple[str, str]]:
        every = list(itertools.combinations(names, 2))
        if len(every) <= MOST_PAIRS:
            return every
        drawn = context.rng("pairs").choice(len(every), MOST_PAIRS, replace=False)
        return [every[place] for place in np.sort(drawn)]

    return case.shared.once("pairs of columns", compute)


def mean_similarity(real: Sequence[Counts], synthetic: Sequence[Counts]) -> Floats:
    """Return the mean similarity over tables, shape (1, k)."""
    return np.asarray(np.mean([similarity(a, b) for a, b in zip(real, synthetic, strict=True)], axis=0, keepdims=True))


def similarity(real: Counts, synthetic: Counts) -> Floats:
    """Return 1 − ½ Σ│p − q│, one minus the total variation distance, over all axes but the first; in [0, 1], 1 is equal.

    Arrays of counts of shape (k or 1, …) each; shape (k,) comes back.
    """
    flat_real, flat_synthetic = real.reshape(len(real), -1), synthetic.reshape(len(synthetic), -1)
    p = flat_real / np.maximum(flat_real.sum(axis=1, keepdims=True), 1)
    q = flat_synthetic / np.maximum(flat_synthetic.sum(axis=1, keepdims=True), 1)
    return np.asarray(1 - np.abs(p - q).sum(axis=1) / 2)


def leave_one_out(counts: Counts) -> tuple[Counts, Counts]:
    """Return the total as shape (1, …) and the totals without each group as shape (groups, …)."""
    total = counts.sum(axis=0, keepdims=True)
    return total, total - counts


def cell_differences(real: Sequence[Counts], synthetic: Sequence[Counts]) -> Iterable[Floats]:
    """Yield per table the signed differences of shares that `similarity` adds up, shape (1, k, cells)."""
    for a, b in zip(real, synthetic, strict=True):
        p, q = (counts.reshape(len(counts), -1) for counts in (a, b))
        yield (p / np.maximum(p.sum(axis=1, keepdims=True), 1) - q / np.maximum(q.sum(axis=1, keepdims=True), 1))[None]


Differences = Callable[[Sequence[Counts], Sequence[Counts]], Iterable[Floats]]


def with_jackknife(
    real: Sequence[Counts],
    synthetic: Sequence[Counts],
    score: Callable[[Sequence[Counts], Sequence[Counts]], Floats],
    differences: Differences = cell_differences,
) -> list[Number]:
    """Return scores of counts in [0, 1] with the intervals that leaving out groups of rows gives, each side's apart.

    A sum of absolute differences varies less than the differences do where these are near zero, and the jackknife, which
    follows the slope, does not see it; its error is cut by what folding the differences takes away, see `folded_variance`.

    Parameters
    ----------
    real, synthetic
        Grouped counts, one array of shape (groups, …) per table.
    score
        Takes the tables of both sides, each with a first axis of k or 1 replicates; returns scores of shape (scores, k).
    differences
        Takes the same; yields the signed differences whose absolute values make the score, shape (scores or 1, k, parts).

    Returns
    -------
    list of Number
        One per score; without an interval where a side has fewer than forty rows.
    """
    real_totals, real_without = zip(*map(leave_one_out, real), strict=True)
    synthetic_totals, synthetic_without = zip(*map(leave_one_out, synthetic), strict=True)
    values = score(real_totals, synthetic_totals)[:, 0]
    if min(int(real_totals[0].sum()), int(synthetic_totals[0].sum())) < 2 * GROUPS:
        return [Number(float(value)) for value in values]
    by_real, by_synthetic = score(real_without, synthetic_totals), score(real_totals, synthetic_without)
    errors = np.array([np.hypot(jackknife_error(a), jackknife_error(b)) for a, b in zip(by_real, by_synthetic, strict=True)])
    errors = errors * _folding(
        differences(real_totals, synthetic_totals),
        differences(real_without, synthetic_totals),
        differences(real_totals, synthetic_without),
    )
    return [around(float(value), float(error), 0.0, 1.0) for value, error in zip(values, errors, strict=True)]


def _folding(found: Iterable[Floats], by_real: Iterable[Floats], by_synthetic: Iterable[Floats]) -> Floats:
    """Return the error of a sum of absolute differences as a share of that of the signed ones, shape (scores or 1,)."""
    folded, signed = np.zeros(1), np.zeros(1)
    for values, *replicates in zip(found, by_real, by_synthetic, strict=True):
        variance = np.sum([(GROUPS - 1) * one.var(axis=1) for one in replicates], axis=0)
        folded = folded + folded_variance(values[:, 0], variance).sum(axis=1)
        signed = signed + variance.sum(axis=1)
    return np.sqrt(np.divide(folded, signed, out=np.ones_like(signed), where=signed > 0))


def folded_variance(difference: Floats, variance: Floats) -> Floats:
    """Return the variance of │x│ for normal x with this variance, whose mean is taken to be the difference seen.

    For a true difference of 0 it would be 1 − 2/π of the signed one, for a large one all of it (Leone, Nelson and Nottingham,
    The folded normal distribution, Technometrics, 1961). What is seen is farther from 0 than the truth, so a little more is left.
    """
    from scipy.special import erf

    spread = np.sqrt(np.maximum(variance, 1e-300))
    true = np.abs(difference) / spread
    mean = np.sqrt(2 / np.pi) * np.exp(-(true**2) / 2) + true * erf(true / np.sqrt(2))
    return np.asarray(variance * np.maximum(true**2 + 1 - mean**2, 0.0))


def _count(group: npt.NDArray[np.int64], codes: npt.NDArray[np.int32], size: int) -> Counts:
    return np.bincount(group * size + codes, minlength=GROUPS * size).reshape(GROUPS, size)


def _kept(case: Case, side: Side, what: str, compute: Callable[[], T]) -> T:
    keeper = case if side == "synthetic" else case.shared
    return keeper.once(f"tables:{what}:{side}", compute)
