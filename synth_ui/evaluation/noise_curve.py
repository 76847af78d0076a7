"""How the scores of learners fall as noise grows, on tables whose truth is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.table import Table

LEVELS = (0.0, 0.1, 0.2, 0.3, 0.4)
ROWS = 600
BEST = "the formula itself"


def noise_curve(make: Callable[[float], tuple[Table, Table]], context: Context, levels: Sequence[float] = LEVELS) -> pd.DataFrame:
    """Train learners on half of the rows of a table per level of noise, and score them on the other half.

    Parameters
    ----------
    make
        Gives for a level of noise the table with its target, and a table of the same rows with the column `formula`: the target, or
        the class, that the formula gives without noise.

    Returns
    -------
    pandas.DataFrame
        `noise, learner, score`: R² of numbers (1 is perfect, 0 no better than the mean), balanced accuracy of classes (1 is
        perfect, guessing gives 1 / number of classes). The learner "the formula itself" is the best anybody could do on average.
    """
    lines: list[tuple[float, str, float]] = []
    for place, level in enumerate(levels):
        table, truth = make(level)
        target = table.schema.target
        assert target is not None
        wanted = table.frame[target.name]
        features = _features(table)
        half = len(table) // 2
        for name, learner in _learners(target.kind.numeric, context).items():
            context.step("training", place / len(levels))
            learner.fit(features[:half], _plain(wanted[:half]))
            lines.append((level, name, _score(target.kind.numeric, wanted[half:], learner.predict(features[half:]))))
        lines.append((level, BEST, _score(target.kind.numeric, wanted[half:], truth.frame["formula"][half:])))
    return pd.DataFrame(lines, columns=["noise", "learner", "score"])


def _features(table: Table) -> Any:
    columns = [column.name for column in table.schema.modelled if column is not table.schema.target]
    frame = table.frame[columns].copy()
    for column in table.schema.modelled:
        if column.name in columns and column.kind.value == "datetime":
            frame[column.name] = frame[column.name].astype("int64")
    wide = pd.get_dummies(frame).astype(float)
    spread = wide.std().replace(0, 1)
    return ((wide - wide.mean()) / spread).fillna(0.0).to_numpy()


def _plain(wanted: pd.Series[Any]) -> Any:
    return wanted.astype(str).to_numpy() if isinstance(wanted.dtype, pd.CategoricalDtype) else wanted.to_numpy()


def _learners(numeric: bool, context: Context) -> dict[str, Any]:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    seed = context.integer_seed("learners")
    if numeric:
        forest: Any = RandomForestRegressor(25, min_samples_leaf=3, random_state=seed)
        return {"linear model": Ridge(), "one deep tree": DecisionTreeRegressor(random_state=seed), "forest": forest}
    forest = RandomForestClassifier(25, min_samples_leaf=3, random_state=seed)
    return {"linear model": LogisticRegression(), "one deep tree": DecisionTreeClassifier(random_state=seed), "forest": forest}


def _score(numeric: bool, wanted: pd.Series[Any], predicted: Any) -> float:
    if numeric:
        from sklearn.metrics import r2_score

        return float(r2_score(wanted, np.asarray(predicted, dtype=float)))
    from sklearn.metrics import balanced_accuracy_score

    truth = wanted.astype(str).to_numpy()
    said = pd.Series(np.asarray(predicted, dtype=object)).astype(str).to_numpy()
    known = np.isin(said, truth)  # a class the held-out half lacks counts as a miss of what it stands in for
    return float(balanced_accuracy_score(truth, np.where(known, said, truth[0])))
