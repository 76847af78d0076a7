"""ROC and calibration curves and binned scatters as tidy frames, small enough to send to a browser."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.measures._task import PredictionTask

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

POINTS = 120
BINS = 10
SCATTER_BINS = 30

Predictions = Mapping[str, Mapping[str, Floats]]


def roc_frame(task: PredictionTask, truth: Integers, classes: list[int], predictions: Predictions) -> pd.DataFrame:
    """Return ROC curves: model, trained_on, class, false_positive_rate, true_positive_rate, at most 120 points each."""
    return pd.concat([
        pd.DataFrame(dict(zip(("false_positive_rate", "true_positive_rate"), _roc(truth == k, score), strict=True))).assign(
            model=model, trained_on=trained_on, **{"class": task.classes[k]}
        )
        for model, trained_on, k, score in _curves(classes, predictions)
    ], ignore_index=True)  # fmt: skip


def calibration_frame(task: PredictionTask, truth: Integers, classes: list[int], predictions: Predictions) -> pd.DataFrame:
    """Return calibration curves in ten bins of equal rows: model, trained_on, class, predicted, observed, rows."""
    frames = []
    for model, trained_on, k, score in _curves(classes, predictions):
        order = np.argsort(score, kind="stable")
        parts = [part for part in np.array_split(order, BINS) if len(part)]
        frames.append(
            pd.DataFrame({
                "model": model,
                "trained_on": trained_on,
                "class": task.classes[k],
                "predicted": [float(score[part].mean()) for part in parts],
                "observed": [float((truth[part] == k).mean()) for part in parts],
                "rows": [len(part) for part in parts],
            })
        )  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def binned_scatter(truth: Floats, predictions: Mapping[str, Floats]) -> pd.DataFrame:
    """Return true against predicted values, counted in a grid: trained_on, true_low … predicted_high, rows."""
    values = np.concatenate([truth, *predictions.values()])
    edges = np.linspace(values.min(), values.max(), SCATTER_BINS + 1)
    frames = []
    for trained_on, predicted in predictions.items():
        counts, _, _ = np.histogram2d(truth, predicted, bins=[edges, edges])
        row, column = np.nonzero(counts)
        frames.append(
            pd.DataFrame({
                "trained_on": trained_on,
                "true_low": edges[row],
                "true_high": edges[row + 1],
                "predicted_low": edges[column],
                "predicted_high": edges[column + 1],
                "rows": counts[row, column].astype(np.int64),
            })
        )  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def _curves(classes: list[int], predictions: Predictions) -> Iterator[tuple[str, str, int, Floats]]:
    for trained_on, by_model in predictions.items():
        for model, chances in by_model.items():
            for k in classes:
                yield model, trained_on, k, chances[:, k]


def _roc(positive: npt.NDArray[np.bool_], score: Floats) -> tuple[Floats, Floats]:
    order = np.argsort(-score, kind="stable")
    last_of_tie = np.append(np.flatnonzero(np.diff(score[order])), len(order) - 1)
    hits = np.append(0, np.cumsum(positive[order])[last_of_tie]) / max(int(positive.sum()), 1)
    alarms = np.append(0, np.cumsum(~positive[order])[last_of_tie]) / max(int((~positive).sum()), 1)
    if len(hits) <= POINTS:
        return alarms, hits
    # Points evenly along the curve, not along one axis: both the steep start and the flat end keep theirs.
    along = (hits + alarms) / 2
    kept = np.unique(np.append(np.searchsorted(along, np.linspace(0, 1, POINTS - 1)), [0, len(hits) - 1]))
    kept = kept[kept < len(hits)]
    return alarms[kept], hits[kept]
