"""Is each column right?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns.cells import Cells
from synth_ui.columns.values import numbers
from synth_ui.core.context import Context
from synth_ui.core.formats.numbers import spread
from synth_ui.core.score import Measurement, Number, Score
from synth_ui.core.table import Column
from synth_ui.measures._tables import Counts, margin_counts, mean_similarity, similarity, with_jackknife
from synth_ui.measures.base import Measure, PartSpec
from synth_ui.measures.case import Case

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Margins(Measure):
    """How like the holdout's each column's distribution is: mean over columns of 1 − total variation distance, in [0, 1].

    1 means equal shares in every cell; 0 means no cell in common.

    Detail
    ------
    columns
        column, kind, score, ks, wasserstein_sd, real_blank, synthetic_blank; worst first. `ks` and `wasserstein_sd` are
        empty for categories.
    bins
        column, bin, order, lower, upper, real_share, synthetic_share, train_share; real is the holdout.
    """

    key = "margins"
    title = "Columns"
    summary = "How like the real one the distribution of each single column is."
    family = "fidelity"
    reference = "Platzer and Reutterer, Holdout-based empirical assessment, Frontiers in Big Data, 2021"
    asks = "Is each column right?"
    better = "higher"
    unit = "share"
    floor = "control:independent"
    ceiling = "control:train"
    floor_part = "uniform"
    worst_means = "every value equally likely"
    best_means = "training rows"
    interval = "delete-a-group jackknife over 20 groups of real and of synthetic rows, differences near zero folded"
    computed = (
        "Numbers and dates are cut into deciles of the real values, values that a tenth of the rows share are cells of their "
        "own; categories keep their ten commonest levels; a blank is a level. The score of a column is one minus half the sum "
        "of absolute differences of shares between candidate and unseen rows; the headline is the mean over columns. Its scale "
        "begins where every value of a column, between the smallest and the largest, is equally likely."
    )
    cards = {"quick": {}, "standard": {}}
    place = 10
    misleads = "It says nothing about relationships: a shuffle of every column scores as high as real rows. Small tables cannot reach 1, by chance alone."
    parts = {
        "uniform": PartSpec("Every value equally likely", "neither", "share", 0.0, 1.0),
        "worst": PartSpec("Worst column", "higher", "share", 0.0, 1.0),
        "ks": PartSpec("Largest gap between distribution functions, mean over numbers", "lower", "share", 0.0, 1.0),
        "wasserstein": PartSpec("Earth mover's distance, mean over numbers", "lower", "standard deviations", 0.0, None),
    }

    def measure(self, case: Case, context: Context) -> Measurement:
        """Compare each column of the candidate with the holdout's."""
        real, synthetic = margin_counts(case, "holdout"), margin_counts(case, "synthetic")
        [headline] = with_jackknife(list(real.values()), list(synthetic.values()), mean_similarity)
        columns = pd.DataFrame([_column_row(case, column, real, synthetic) for column in case.schema.modelled])
        columns = columns.sort_values("score", kind="stable", ignore_index=True)
        worst = columns["column"].iloc[0]
        parts = {"uniform": case.shared.once("margins:uniform", lambda: Number(_uniform(case, real)))}
        parts |= {"worst": with_jackknife([real[worst]], [synthetic[worst]], mean_similarity)[0]}
        for part, name in (("ks", "ks"), ("wasserstein", "wasserstein_sd")):
            if columns[name].notna().any():
                parts[part] = Number(float(columns[name].mean()))
        return Measurement(headline, parts, {"columns": columns, "bins": _bins(case)}, note=f"The worst column is {worst}")

    def says(self, score: Score) -> str:
        """Say how much of the rows would have to move."""
        assert score.value is not None
        return (
            f"On average {1 - score.value:.1%} of the rows would have to change cell for a column to match the unseen real rows."
        )


def _column_row(case: Case, column: Column, real: dict[str, Counts], synthetic: dict[str, Counts]) -> dict[str, Any]:
    counts, made = real[column.name].sum(axis=0, keepdims=True), synthetic[column.name].sum(axis=0, keepdims=True)
    ks = wasserstein = None
    if column.kind.numeric:
        ks, wasserstein = distances(
            numbers(case.holdout[column.name], column.kind), numbers(case.synthetic[column.name], column.kind)
        )
    return {
        "column": column.name,
        "kind": column.kind.value,
        "score": float(similarity(counts, made)[0]),
        "ks": np.nan if ks is None else ks,
        "wasserstein_sd": np.nan if wasserstein is None else wasserstein,
        "real_blank": float(counts[0, -1] / max(counts.sum(), 1)),
        "synthetic_blank": float(made[0, -1] / max(made.sum(), 1)),
    }


def distances(real: Floats, synthetic: Floats) -> tuple[float | None, float | None]:
    """Return the Kolmogorov–Smirnov distance and the Wasserstein-1 distance in real standard deviations, blanks aside.

    The first lies in [0, 1], 0 for equal distributions; None where a side has no value or the real one does not vary.
    """
    real, synthetic = np.sort(real[~np.isnan(real)]), np.sort(synthetic[~np.isnan(synthetic)])
    if not len(real) or not len(synthetic):
        return None, None
    points = np.sort(np.concatenate([real, synthetic]))
    gaps = np.abs(
        np.searchsorted(real, points, side="right") / len(real)
        - np.searchsorted(synthetic, points, side="right") / len(synthetic)
    )
    scale = spread(real)
    moved = float(np.sum(gaps[:-1] * np.diff(points)))
    return float(gaps.max()), moved / scale if scale > 0 else None


def _uniform(case: Case, real: dict[str, Counts]) -> float:
    """Return what a table scores in which every value of a column is equally likely: the known bad."""
    found = []
    for name, cells in case.shared.cells.items():
        totals = real[name].sum(axis=0)
        shares = uniform_shares(cells, case)
        found.append(1 - np.abs(totals / max(totals.sum(), 1) - shares).sum() / 2)
    return float(np.mean(found))


def uniform_shares(cells: Cells, case: Case) -> Floats:
    """Return the share of each cell where every real level, or every point between the real ends, is equally likely."""
    shares = np.zeros(cells.size)
    if cells.groups is not None:
        if cells.levels:
            np.add.at(shares, cells.groups[:-1], 1 / len(cells.levels))
        return shares
    series = pd.concat([case.train[cells.column.name], case.holdout[cells.column.name]], ignore_index=True)
    values = numbers(series, cells.column.kind)
    values = values[~np.isnan(values)]
    first_spike = len(cells.edges) + 1
    if not len(values):
        return shares
    if np.isin(values, cells.spikes).all():
        shares[first_spike : first_spike + len(cells.spikes)] = 1 / len(cells.spikes)
        return shares
    ends = np.concatenate([[values.min()], cells.edges, [values.max()]])
    shares[:first_spike] = np.diff(ends) / (ends[-1] - ends[0])
    return shares


def _bins(case: Case) -> pd.DataFrame:
    frames = []
    sides = {"real_share": "holdout", "synthetic_share": "synthetic", "train_share": "train"}
    counted = {name: margin_counts(case, side) for name, side in sides.items()}  # type: ignore[arg-type]
    for name, cells in case.shared.cells.items():
        frame = pd.DataFrame({"column": name, "bin": cells.labels, "lower": cells.low, "upper": cells.high})
        for side, counts in counted.items():
            totals = counts[name].sum(axis=0)
            frame[side] = totals / max(totals.sum(), 1)
        frame = frame[(frame[list(sides)] > 0).any(axis=1)]
        plain = ~frame["bin"].isin(["other levels", "unknown levels", "blank"])
        by = ["lower", "upper"] if cells.column.kind.numeric else ["real_share"]
        ranked = frame[plain].sort_values(by, ascending=cells.column.kind.numeric, kind="stable")
        frame = pd.concat([ranked, frame[~plain]])
        frame.insert(2, "order", np.arange(len(frame)))
        frames.append(frame)
    bins = pd.concat(frames, ignore_index=True)
    return bins.replace({"lower": {-np.inf: np.nan}, "upper": {np.inf: np.nan}})
