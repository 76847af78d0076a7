"""What every measure owes its readers, on every awkward table."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from synth_ui.comparison.scale import BOUNDS
from synth_ui.core.context import Context
from synth_ui.core.score import Score, Status, beyond_chance
from synth_ui.core.table import Schema, Split, Table
from synth_ui.evaluation.cards import CARD_NAMES, card_settings, known_measures
from synth_ui.evaluation.evaluate import Measured, evaluate
from synth_ui.evaluation.words import sentence
from synth_ui.measures.base import FAMILIES
from tests.awkward import AWKWARD

QUICK = ("plain", "blanks_in_target", "one_row", "persons", "hostile_names")
"""The tables every measure meets in a quick run; the others are marked slow."""

TABLES = [pytest.param(name, marks=[] if name in QUICK else [pytest.mark.slow]) for name in AWKWARD]

FORBIDDEN = ("private", "safe", "anonymous", "low risk")


def halves(table: Table) -> Split:
    """Cut a table in two by alternate rows; a table of one row stands on both sides."""
    if len(table) < 2:
        return Split(table, table)
    return Split(table.rows(np.arange(0, len(table), 2)), table.rows(np.arange(1, len(table), 2)))


def resampled(split: Split, seed: int = 1) -> pd.DataFrame:
    """Draw as many training rows with replacement."""
    rng = np.random.default_rng(seed)
    return split.train.rows(rng.integers(0, len(split.train), len(split.train))).frame


@cache
def scored(table: str) -> dict[str, Measured]:
    """Score resampled training rows of an awkward table with every measure."""
    split = halves(AWKWARD[table]())
    every = [measure() for measure in known_measures().values()]
    return {outcome.measure: outcome for outcome in evaluate(split, "resampled", resampled(split), every, Context())}


@pytest.mark.parametrize("key", known_measures())
def test_a_measure_says_what_it_is(key: str) -> None:
    measure = known_measures()[key]
    assert measure.family in FAMILIES
    assert measure.asks.endswith("?")
    for name in ("unit", "worst_means", "best_means", "interval", "computed", "misleads"):
        assert getattr(measure, name), name
    for anchor in (measure.floor, measure.ceiling):
        assert anchor.startswith("control:")
    assert measure.floor != measure.ceiling


@pytest.mark.parametrize("card", CARD_NAMES)
def test_a_card_names_measures_that_exist(card: str) -> None:
    assert set(card_settings(card)) <= set(known_measures())


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("key", known_measures())
def test_an_awkward_table_gets_a_number_or_a_reason(key: str, table: str) -> None:
    outcome, measure = scored(table)[key], known_measures()[key]
    assert outcome.scores[0].measure == key
    if outcome.scores[0].status is Status.DOES_NOT_APPLY:
        assert len(outcome.scores) == 1
        assert outcome.scores[0].value is None
        assert outcome.scores[0].reason
        assert not outcome.scores[0].reason.endswith(".")
        return
    for score in outcome.scores:
        part = measure.parts.get(score.measure.removeprefix(f"{key}."))
        assert score.measure == key or part is not None, f"{score.measure} is not declared"
        low, high = (measure.low, measure.high) if score.measure == key else (part.low, part.high)
        _is_sound(score, low, high)


def _is_sound(score: Score, low: float | None, high: float | None) -> None:
    assert score.status in (Status.OK, Status.UNDER_POWERED), f"{score.measure}: {score.status} {score.reason}"
    assert bool(score.reason) == (score.status is Status.UNDER_POWERED)
    for number in (score.value, score.low, score.high):
        assert number is None or math.isfinite(number), score
    assert score.value is not None
    assert low is None or score.value >= low - 1e-12, score
    assert high is None or score.value <= high + 1e-12, score
    assert score.low is None or score.low <= score.value + 1e-12, score
    assert score.high is None or score.value <= score.high + 1e-12, score


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("key", known_measures())
def test_a_score_is_said_in_plain_words(key: str, table: str) -> None:
    said = sentence(key, scored(table)[key].scores[0])
    assert said.endswith(".")
    assert "nan" not in said.lower().split()
    assert not any(word in said.lower() for word in FORBIDDEN), said


PRIVACY = [key for key, measure in known_measures().items() if measure.family == "privacy" and key not in BOUNDS]


@pytest.mark.parametrize("key", PRIVACY)
def test_a_privacy_measure_suspects_where_the_interval_it_prints_excludes_chance(key: str) -> None:
    measure = known_measures()[key]()
    hint = Score("a", key, "privacy", value=measure.chance + 0.05, low=measure.chance - 0.01, high=measure.chance + 0.11)
    clear = replace(hint, low=measure.chance + 0.01)
    assert not beyond_chance(hint, measure.chance)
    assert beyond_chance(clear, measure.chance)
    assert "no sign" in measure.says(hint).lower()
    assert "no sign" not in measure.says(clear).lower()


@cache
def plain_split() -> Split:
    """A table with nothing awkward but blanks."""
    return halves(AWKWARD["blanks_in_target"]())


@cache
def plain_values(key: str) -> dict[str, tuple[float | None, ...]]:
    """What a measure says of the plain table's resampled rows: asked once, compared with four other ways of asking."""
    return _values(plain_split(), resampled(plain_split()), key)


def _values(split: Split, synthetic: pd.DataFrame, key: str) -> dict[str, tuple[float | None, ...]]:
    outcome = next(evaluate(split, "candidate", synthetic, [known_measures()[key]()], Context()))
    return {score.measure: (score.value, score.low, score.high) for score in outcome.scores}


@pytest.mark.parametrize("key", known_measures())
def test_the_order_of_rows_does_not_matter(key: str) -> None:
    split = plain_split()
    synthetic = resampled(split)
    shuffled = synthetic.iloc[np.random.default_rng(5).permutation(len(synthetic))].reset_index(drop=True)
    _agree(plain_values(key), _values(split, shuffled, key))


@pytest.mark.parametrize("key", known_measures())
def test_the_order_of_the_candidates_columns_does_not_matter(key: str) -> None:
    split = plain_split()
    synthetic = resampled(split)
    _agree(plain_values(key), _values(split, synthetic[synthetic.columns[::-1]], key))


@pytest.mark.parametrize("key", known_measures())
def test_the_names_of_columns_do_not_matter(key: str) -> None:
    split = plain_split()
    synthetic = resampled(split)
    renamed = {name: f"column {place} of {name}" for place, name in enumerate(split.schema.names)}
    other = Split(_renamed(split.train, renamed), _renamed(split.holdout, renamed))
    _agree(plain_values(key), _values(other, synthetic.rename(columns=renamed), key))


def _renamed(table: Table, names: dict[str, str]) -> Table:
    schema = Schema(tuple(replace(column, name=names[column.name]) for column in table.schema))
    return Table(table.frame.rename(columns=names), schema)


def _agree(first: dict[str, tuple[float | None, ...]], second: dict[str, tuple[float | None, ...]]) -> None:
    assert first.keys() == second.keys()
    for name, numbers in first.items():
        for a, b in zip(numbers, second[name], strict=True):
            assert a == b or (a is not None and b is not None and math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)), name


@pytest.mark.parametrize("key", known_measures())
@pytest.mark.parametrize("fault", ["no rows", "one row", "all blank", "unknown levels", "far away"])
def test_a_broken_candidate_gets_a_number_or_a_reason(key: str, fault: str) -> None:
    split = plain_split()
    outcome = next(evaluate(split, fault, _broken(resampled(split), fault), [known_measures()[key]()], Context()))
    score = outcome.scores[0]
    assert score.status is not Status.FAILED, score.reason
    assert score.status is not Status.DOES_NOT_APPLY or score.reason
    if fault == "no rows":
        assert score.status is Status.DOES_NOT_APPLY


def _broken(frame: pd.DataFrame, fault: str) -> pd.DataFrame:
    if fault in ("no rows", "one row"):
        return frame.head(1 if fault == "one row" else 0)
    if fault == "all blank":
        return frame.astype(object).mask(np.ones(frame.shape, dtype=bool), None)
    if fault == "unknown levels":
        return frame.assign(city="Atlantis")
    return frame.assign(income=frame["income"] * 1e6 + 1e12)


@pytest.mark.parametrize("key", known_measures())
def test_the_same_seed_gives_the_same_numbers(key: str) -> None:
    split = plain_split()
    assert plain_values(key) == _values(split, resampled(split), key)
