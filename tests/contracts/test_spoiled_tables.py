"""What every measure owes its readers where a column has no values, or next to none: a number, or a reason why there is none.

On every awkward table, in each of its parts (train, holdout, candidate), columns are left with no, one or five values, the target
with none or without its rarest class, and the candidate gets levels no real row has.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, partial

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.cast import cast
from synth_ui.core.context import Context
from synth_ui.core.score import Score, Status
from synth_ui.core.table import Schema, Split, Table
from synth_ui.evaluation.cards import known_measures
from synth_ui.evaluation.evaluate import evaluate
from synth_ui.evaluation.words import sentence
from synth_ui.measures.base import Measure
from synth_ui.measures.case import Refit, Shared
from tests.awkward import AWKWARD
from tests.contracts.test_measures import halves, resampled

QUICK = ("plain", "blanks_in_target", "no_categories")
"""The tables on which every measure is asked in a quick run; the others are marked slow."""

THOROUGH = bool(os.environ.get("SYNTH_UI_THOROUGH"))
"""Whether every measure meets every fault of every table, which takes a quarter of an hour; else those beyond the quick ones in turn."""

EVERY = 12
"""On the other tables a measure meets every twelfth fault, others on the next table: over all tables it meets each on at least two."""

MOST_COLUMNS = 8
"""A wider table is cut to so many columns: what one more column of noise adds is time."""


@dataclass(frozen=True, eq=False)
class Spoiled:
    """A split and a candidate, one of the three parts spoiled."""

    fault: str
    split: Split
    synthetic: pd.DataFrame
    shared: Shared


def emptied(frame: pd.DataFrame, names: list[str], left: int) -> pd.DataFrame:
    """Leave the first `left` values of some columns; the others go blank."""
    out = frame.copy()
    for name in names:
        series = out[name].astype(object)
        series.iloc[np.flatnonzero(series.notna())[left:]] = None
        out[name] = series
    return out


def without_rarest(frame: pd.DataFrame, target: str) -> pd.DataFrame:
    """Drop the rows of the rarest class."""
    counts = frame[target].value_counts()
    rarest = counts[counts > 0].index[-1]
    return frame[(frame[target] != rarest).fillna(True).to_numpy(dtype=bool)].reset_index(drop=True)


Parts = dict[str, pd.DataFrame]


def faults(split: Split) -> Iterator[tuple[str, Parts]]:
    """Yield a name for each fault, and the parts it spoils."""
    schema, target = split.schema, split.schema.target
    others = [column.name for column in schema.modelled if column is not target]
    frames = {"synthetic": resampled(split), "train": split.train.frame, "holdout": split.holdout.frame}
    for left in (0, 1, 5):
        for start in (0, 1):
            if names := others[start::2]:
                empty = {part: emptied(frame, names, left) for part, frame in frames.items()}
                for part in frames:
                    yield f"{left} values in {', '.join(names)} of {part}", {part: empty[part]}
                yield f"{left} values in {', '.join(names)} everywhere", empty
    for part, frame in frames.items():
        yield f"no value at all in {part}", {part: emptied(frame, schema.names, 0)}
        if target is not None:
            yield f"no value of the target in {part}", {part: emptied(frame, [target.name], 0)}
            yield f"one value of the target in {part}", {part: emptied(frame, [target.name], 1)}
            if target.kind.discrete and frame[target.name].nunique() > 1:
                yield f"no row of the rarest class in {part}", {part: without_rarest(frame, target.name)}
    levels = [column.name for column in schema.modelled if column.kind.discrete]
    if levels:
        yield "new levels alone in synthetic", {"synthetic": frames["synthetic"].assign(**dict.fromkeys(levels, "Atlantis"))}


@cache
def spoiled(table: str) -> list[Spoiled]:
    whole = AWKWARD[table]()
    if len(whole.schema) > MOST_COLUMNS:
        schema = Schema(whole.schema.columns[:MOST_COLUMNS])
        whole = Table(whole.frame[schema.names], schema)
    split = halves(whole)
    out = []
    for fault, parts in faults(split):
        real = {part: Table(cast(frame, split.schema)[0], split.schema) for part, frame in parts.items() if part != "synthetic"}
        spoiled_split = replace(split, **real)
        out.append(Spoiled(fault, spoiled_split, parts.get("synthetic", resampled(split)), Shared(spoiled_split)))
    return out


def asked(key: str, schema: Schema) -> Measure:
    """Make a measure; those that answer a question of the user's are asked one."""
    discrete = [column.name for column in schema.modelled if column.kind.discrete]
    numeric = [column.name for column in schema.modelled if column.kind.numeric]
    settings: dict[str, object] = {}
    if key == "answer" and discrete:
        settings = {"kind": "group", "by": f'["{discrete[0]}"]'} if '"' not in discrete[0] else {}
        if settings and numeric:
            settings |= {"aggregate": "mean", "value": numeric[0]}
    if key in ("groups", "fair_models") and discrete and "," not in discrete[0]:
        settings = {"columns": discrete[0]}
    return known_measures()[key].from_settings(settings)


@pytest.fixture
def few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let forests be small: how well they learn is not what is tested."""
    from sklearn import ensemble

    def small(model: type, **settings: object) -> object:
        return model(**{**settings, "max_iter": 2})

    for name in ("HistGradientBoostingClassifier", "HistGradientBoostingRegressor"):
        monkeypatch.setattr(ensemble, name, partial(small, getattr(ensemble, name)))


def refit(table: Table, context: Context) -> pd.DataFrame:
    """Draw the rows given again, for the deep audit."""
    return table.rows(context.rng("refit").integers(0, len(table), len(table))).frame


@pytest.mark.timeout(900)
@pytest.mark.usefixtures("few_trees")
@pytest.mark.parametrize("table", [pytest.param(name, marks=[] if name in QUICK else [pytest.mark.slow]) for name in AWKWARD])
@pytest.mark.parametrize("key", known_measures())
def test_a_spoiled_table_gets_a_number_or_a_reason(key: str, table: str) -> None:
    for case in _in_turn(spoiled(table), key, table):
        measure = asked(key, case.split.schema)
        outcome = next(evaluate(case.split, "spoiled", case.synthetic, [measure], Context(), case.shared, Refit(refit, 0.0)))
        for score in outcome.scores:
            try:
                _is_number_or_reason(score, measure)
            except AssertionError as error:
                error.add_note(f"where {case.fault}")
                raise


def _in_turn(cases: list[Spoiled], key: str, table: str) -> list[Spoiled]:
    if THOROUGH or table in QUICK:
        return cases
    first = (list(known_measures()).index(key) + list(AWKWARD).index(table)) % EVERY
    return cases[first::EVERY]


def _is_number_or_reason(score: Score, measure: Measure) -> None:
    assert score.status is not Status.FAILED, score.reason
    if score.status is Status.DOES_NOT_APPLY:
        assert score.reason
        assert "Error" not in score.reason
        return
    assert score.value is not None
    for number in (score.value, score.low, score.high):
        assert number is None or math.isfinite(number), score
    if score.measure == measure.key:
        assert measure.low is None or score.value >= measure.low - 1e-12, score
        assert measure.high is None or score.value <= measure.high + 1e-12, score
        assert "nan" not in sentence(measure.key, score).lower().split()
