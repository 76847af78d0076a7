"""The published measures that train models: two-sample tests against train and against test rows, and usefulness (MLE).

Definitions: sdmetrics' detection metrics as april-tools/tabpc at 3f92668 uses them, its `tabdiff_eval/mle/mle.py`, and
`proper_metrics.py` of enai4bio/tabular-dependency-gap at 8a4a565. XGBoost, because they name it: another library's boosted trees
are another measure.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score, root_mean_squared_error
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder, OneHotEncoder, RobustScaler

from _leaderboard.tables import PublicTable, Spec

Floats = NDArray[np.float64]

THREADS = 1
FOLDS_OF_TRAIN, FOLDS_OF_TEST = 3, 5
GRID = {"gamma": (0.0, 1.0), "max_depth": (5, 10, 20), "min_child_weight": (1, 10)}
ROUNDS = (10, 50, 100)
GAP_SEED = 42


# --- told from the training rows --------------------------------------------------------------------------------


def told_from_train(table: PublicTable, made: pd.DataFrame, seed: int) -> tuple[float, float]:
    """Return how little a logistic model and boosted trees tell rows from the training rows: 1 where they guess."""
    from xgboost import XGBClassifier

    features = _detection_features(table, made)
    truth = np.repeat([1.0, 0.0], [len(table.train), len(made)])
    folds = StratifiedKFold(FOLDS_OF_TRAIN, shuffle=True, random_state=seed)
    models = (LogisticRegression(solver="lbfgs"), XGBClassifier(eval_metric="logloss", random_state=0, n_jobs=THREADS))
    scores: list[list[float]] = [[], []]
    for learned, asked in folds.split(features, truth):
        for model, found in zip(models, scores, strict=True):
            line = make_pipeline(RobustScaler(), model)
            with warnings.catch_warnings():  # the published hundred steps are too few on some tables
                warnings.simplefilter("ignore", ConvergenceWarning)
                line.fit(features[learned], truth[learned])
            auc = roc_auc_score(truth[asked], line.predict_proba(features[asked])[:, 1])
            found.append(max(0.5, auc) * 2 - 1)
    return float(1 - np.mean(scores[0])), float(1 - np.mean(scores[1]))


def _detection_features(table: PublicTable, made: pd.DataFrame) -> Floats:
    """Return training and made rows as sdmetrics sees them: by type alone, so that categories written as numbers are numbers."""
    spec, both = table.spec, pd.concat([table.train, made], ignore_index=True)
    names = [*spec.numeric, *spec.categories(table.train)]
    words = [name for name in names if table.train[name].dtype.kind == "O"]
    plain = both[[name for name in names if name not in words]].to_numpy(float)
    if not words:
        return plain
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(table.train[words])
    return np.hstack([plain, encoder.transform(both[words])])


# --- told from the test rows ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Gap:
    """Areas under the curve: with all there is, with every column shuffled in both, and the difference."""

    full: float
    marginal: float

    @property
    def dependency(self) -> float:
        """What the relationships between columns give away."""
        return self.full - self.marginal


def gap_to_test(table: PublicTable, made: pd.DataFrame, seed: int) -> Gap:
    """Return how well boosted trees tell rows from the test rows, of which no generator saw any."""
    number = GAP_SEED + seed
    shuffled = _columns_shuffled(table.test, number + 1), _columns_shuffled(made, number + 2)
    return Gap(_told_apart(table.spec, table.test, made, number), _told_apart(table.spec, *shuffled, number))


def _told_apart(spec: Spec, real: pd.DataFrame, made: pd.DataFrame, seed: int) -> float:
    from xgboost import XGBClassifier

    rng = np.random.default_rng(seed)
    size = min(len(real), len(made))
    coded = [
        side[rng.choice(len(side), size, replace=False)] if len(side) > size else side for side in _ordinal(spec, real, made)
    ]
    features, truth = np.vstack(coded), np.repeat([1.0, 0.0], size)
    said = np.zeros(len(truth))
    for learned, asked in StratifiedKFold(FOLDS_OF_TEST, shuffle=True, random_state=seed).split(features, truth):
        model = XGBClassifier(
            n_estimators=300, max_depth=6, learning_rate=0.1, subsample=0.9, colsample_bytree=0.9, tree_method="hist",
            n_jobs=THREADS, random_state=seed, eval_metric="logloss",
        )  # fmt: skip
        said[asked] = model.fit(features[learned], truth[learned]).predict_proba(features[asked])[:, 1]
    auc = float(roc_auc_score(truth, said))
    return max(auc, 1 - auc)


def _ordinal(spec: Spec, real: pd.DataFrame, made: pd.DataFrame) -> tuple[Floats, Floats]:
    """Return both tables as numbers, the levels of categories numbered in the order of their texts."""
    out = np.empty((len(real) + len(made), len(real.columns)))
    for at, name in enumerate(real.columns):
        both = pd.concat([real[name], made[name]])
        out[:, at] = both.astype(float) if name in spec.numeric else pd.factorize(both.astype(str), sort=True)[0]
    return out[: len(real)], out[len(real) :]


def _columns_shuffled(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({name: frame[name].to_numpy()[rng.permutation(len(frame))] for name in frame.columns})


# --- usefulness -------------------------------------------------------------------------------------------------


def usefulness(table: PublicTable, made: pd.DataFrame, seed: int) -> float:
    """Return what boosted trees trained on made rows reach on the test rows: AUC, or RMSE of the logarithm of a number.

    The grid is chosen on a ninth of the made rows. The first 10 or 50 trees of 100 are what 10 or 50 would be: three for one.
    """
    features = PublishedFeatures(table.spec)
    given, asked = features(made), features(table.test)
    order = np.random.RandomState(seed).permutation(len(made))
    kept, rest = order[: len(made) // 9], order[len(made) // 9 :]
    if table.spec.regression:
        return _best_regression(table, made, (given, asked), (kept, rest))
    encoder = LabelEncoder().fit(made[table.spec.target])
    if len(encoder.classes_) < 2:
        return 0.5
    truth, answer = encoder.transform(made[table.spec.target]), encoder.transform(table.test[table.spec.target])
    best, score = -1.0, 0.5
    for model, rounds in _grown("binary:logistic", given[rest], truth[rest]):
        reached = roc_auc_score(truth[kept], _said(model, given[kept], rounds))
        if reached > best:
            best, score = reached, float(roc_auc_score(answer, _said(model, asked, rounds)))
    return score


def _best_regression(
    table: PublicTable, made: pd.DataFrame, features: tuple[Floats, Floats], parts: tuple[NDArray[Any], NDArray[Any]]
) -> float:
    """Return the RMSE of the model that is best on the kept rows, whose target the published code forgot to take the logarithm of."""
    given, asked = features
    kept, rest = parts
    plain = made[table.spec.target].to_numpy(np.float32)
    logged, answer = (_logarithm(side[table.spec.target]) for side in (made, table.test))
    best, score = np.inf, np.nan
    for model, rounds in _grown("reg:squarederror", given[rest], logged[rest]):
        reached = root_mean_squared_error(plain[kept], _said(model, given[kept], rounds))
        if reached < best:
            best, score = reached, float(root_mean_squared_error(answer, _said(model, asked, rounds)))
    return score


def _logarithm(values: pd.Series[Any]) -> NDArray[np.float32]:
    return np.log(np.clip(values.to_numpy(np.float32), 1, 20_000))


def _grown(objective: str, features: Floats, truth: NDArray[Any]) -> Iterator[tuple[Any, int]]:
    """Yield the fitted models of the grid with the number of trees that count, in the order of the published grid."""
    from xgboost import XGBClassifier, XGBRegressor

    kind = XGBClassifier if objective.startswith("binary") else XGBRegressor
    for values in itertools.product(*GRID.values()):
        settings = dict(zip(GRID, values, strict=True))
        model = kind(n_estimators=max(ROUNDS), objective=objective, tree_method="hist", n_jobs=THREADS, **settings)
        model.fit(features, truth)
        for rounds in ROUNDS:
            yield model, rounds


def _said(model: Any, features: Floats, rounds: int) -> NDArray[Any]:
    within = (0, rounds)
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(features, iteration_range=within)[:, 1])
    return np.asarray(model.predict(features, iteration_range=within))


class PublishedFeatures:
    """Features as the published code makes them, its fault included.

    It means to scale every number by its own span, but keeps the least and largest value of the first number for all that follow
    (a 0 is taken for none, and the next column's value is kept). Where those say so, every number goes through the logarithm of
    at least .01: on the table default that lets zero and negative bills become one value.
    """

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.low: float | None = None
        self.high: float | None = None
        self.encoders: dict[str, OneHotEncoder] = {}

    def __call__(self, frame: pd.DataFrame) -> Floats:
        """Return the features of rows; the first rows it is asked for decide levels and spans."""
        out = []
        for name in frame.columns:
            if name == self.spec.target:
                continue
            if name in self.spec.numbers:
                out.append(self._number(frame[name].to_numpy(np.float32))[:, None])
                continue
            words = frame[[name]].to_numpy()
            if name not in self.encoders:
                self.encoders[name] = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(words)
            out.append(self.encoders[name].transform(words))
        return np.hstack(out)

    def _number(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        self.low = self.low or float(values.min())
        self.high = self.high or float(values.max())
        if self.low >= 0 and self.high >= 1_000:
            return np.log(np.maximum(values, np.float32(0.01)))
        return (values - np.float32(self.low)) / np.float32(self.high - self.low) * np.float32(5)
