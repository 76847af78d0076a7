"""The two models measures train: gradient boosting and a linear one, and how rows become their input.

Everything is fitted on the training side only: a level the training side lacks is unknown to the model, as it would be to
whoever trains on the candidate.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns.values import level_codes, level_names, numbers
from synth_ui.core.formats.numbers import spread
from synth_ui.core.table import Column, Kind

Floats = npt.NDArray[np.float64]

TREES = 100
MOST_LEVELS = 254
MOST_ONE_HOT = 40
FEWEST_VALUES = 6
"""A column with fewer values among the rows a model learns from is left out: they may all be in the fold that is judged."""


@dataclass(frozen=True, eq=False)
class Features:
    """How the columns of a frame become the input of a model, fitted on the frame it is trained on.

    Attributes
    ----------
    levels
        Per discrete column its levels in the training frame, commonest first.
    centres, scales
        Per numeric column the mean and the standard deviation of the training frame.
    left_out
        The columns with too few values to learn from, or none where the model is asked; they keep their place in the input and
        are the same in all rows.
    """

    columns: tuple[Column, ...]
    levels: dict[str, tuple[str, ...]]
    centres: dict[str, float]
    scales: dict[str, float]
    left_out: tuple[str, ...] = ()

    @property
    def categorical(self) -> list[bool]:
        """Which columns of `trees` hold level codes."""
        return [column.kind.discrete for column in self.columns]

    def trees(self, frame: pd.DataFrame) -> Floats:
        """Return the input of gradient boosting: numbers and level codes, NaN where blank or unknown. Shape (n, columns)."""
        matrix = np.empty((len(frame), len(self.columns)))
        for place, column in enumerate(self.columns):
            if column.name in self.left_out:
                matrix[:, place] = 0.0
            elif column.kind.numeric:
                matrix[:, place] = numbers(frame[column.name], column.kind)
            else:
                codes = level_codes(frame[column.name], self.levels[column.name])
                known = (codes >= 0) & (codes < min(len(self.levels[column.name]), MOST_LEVELS))
                matrix[:, place] = np.where(known, codes, np.nan)
        return matrix

    def linear(self, frame: pd.DataFrame) -> Floats:
        """Return the input of the linear model: standardised numbers, blank flags, one-hot levels. Shape (n, inputs)."""
        blocks = []
        for column in self.columns:
            if column.name in self.left_out:
                blocks.append(np.zeros((len(frame), 1)))
            elif column.kind.numeric:
                values = numbers(frame[column.name], column.kind)
                blank = np.isnan(values)
                scaled = (values - self.centres[column.name]) / self.scales[column.name]
                blocks.append(np.column_stack([np.where(blank, 0.0, np.clip(scaled, -10, 10)), blank]))
            else:
                known = self.levels[column.name]
                codes = level_codes(frame[column.name], known)
                width = min(len(known), MOST_ONE_HOT)
                one_hot = np.zeros((len(frame), width + 1))
                one_hot[np.arange(len(frame)), np.where((codes < 0) | (codes >= width), width, codes)] = 1.0
                blocks.append(one_hot)
        return np.hstack(blocks) if blocks else np.empty((len(frame), 0))


def fit_features(columns: Sequence[Column], frame: pd.DataFrame, asked: pd.DataFrame | None = None) -> Features:
    """Fit the input of a model on the frame it will be trained on; `asked` are the rows it will be asked about, if they differ."""
    levels, centres, scales = {}, {}, {}
    for column in columns:
        series = frame[column.name]
        if column.kind.numeric:
            values = numbers(series, column.kind)
            values = values[~np.isnan(values)]
            scale = spread(values)
            centres[column.name] = float(values.mean()) if len(values) else 0.0
            scales[column.name] = scale if scale > 0 else 1.0
        else:
            names = level_names(column, series)
            codes = level_codes(series, names)
            counts = np.bincount(codes[codes >= 0], minlength=len(names))
            ranked = range(2) if column.kind is Kind.BOOLEAN else [k for k in np.argsort(-counts, kind="stable") if counts[k] > 0]
            levels[column.name] = tuple(names[place] for place in ranked)
    return Features(tuple(columns), levels, centres, scales, tuple(too_empty(columns, frame, asked)))


def too_empty(columns: Sequence[Column], frame: pd.DataFrame, asked: pd.DataFrame | None = None) -> list[str]:
    """Return the columns with fewer than six values in the frame a model learns from, or none in the frame it is asked about."""
    return [
        column.name
        for column in columns
        if frame[column.name].count() < FEWEST_VALUES or (asked is not None and len(asked) and not asked[column.name].count())
    ]


def left_out_note(where: Mapping[str, Sequence[str]]) -> str:
    """Say which columns models leave out, by what the models learn from; empty where they leave out none."""
    said = []
    for place, names in where.items():
        if names:
            some = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
            said.append(
                f"models of {place} leave out {some}: fewer than {FEWEST_VALUES} values to learn from, or none in the rows they judge"
            )
    return "; ".join(said)


def without_gaps(inputs: Floats) -> Floats:
    """Return the input of gradient boosting with columns that hold no value at all the same in all rows: it cannot bin them."""
    empty = np.isnan(inputs).all(axis=0)
    return np.where(empty, 0.0, inputs) if empty.any() else inputs


def boosted_classifier(features: Features, *, trees: int = TREES) -> Any:
    """Return an unfitted gradient boosting classifier with native categories; the same rows give the same model."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        max_iter=trees,
        learning_rate=_pace(trees),
        early_stopping=False,
        categorical_features=features.categorical,
        random_state=0,
    )


def boosted_regressor(features: Features, *, trees: int = TREES) -> Any:
    """Return an unfitted gradient boosting regressor with native categories; the same rows give the same model."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    return HistGradientBoostingRegressor(
        max_iter=trees,
        learning_rate=_pace(trees),
        early_stopping=False,
        categorical_features=features.categorical,
        random_state=0,
    )


def _pace(trees: int) -> float:
    """Return the learning rate for a number of trees: fewer trees learn in larger steps; .1 for a hundred."""
    return float(np.clip(10 / trees, 0.05, 0.25))


def logistic() -> Any:
    """Return an unfitted logistic regression with a light ridge penalty, solved by Newton's method."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=1.0, solver="newton-cholesky", max_iter=200)


def ridge() -> Any:
    """Return an unfitted linear regression with a light ridge penalty."""
    from sklearn.linear_model import Ridge

    return Ridge(alpha=1.0)


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Let numerical libraries use at most `count` threads inside the block."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=max(count, 1)):
        yield
