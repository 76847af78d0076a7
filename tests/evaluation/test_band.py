"""The green band holds other real rows, and the control of unseen rows among them, and leaves out what is worse.

Small tables of known laws, so that other real samples can be drawn without end. `benchmarks/band.py` asks real tables the same.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.context import Context
from synth_ui.core.score import Score, Status, scores_frame
from synth_ui.core.table import Column, Kind, Role, Schema, Split
from synth_ui.evaluation.calibrate import calibrate
from synth_ui.evaluation.cards import known_measures
from synth_ui.evaluation.evaluate import evaluate, evaluate_control
from synth_ui.measures.base import Measure
from synth_ui.measures.case import Shared
from tests.measures.made import independent
from tests.measures.privacy.worlds import split_of

UNSEEN, TRAIN, INDEPENDENT = "control:unseen", "control:train", "control:independent"
ROWS, SPLITS = 300, 6

SETTINGS = {"detectability": {"folds": 2, "trees": 15, "against_train": False}, "queries": {"count": 200}}
QUICK = ("margins", "pairs", "triples", "dependence", "missingness", "coverage", "queries", "validity")
SLOW = ("detectability", "tstr", "worth", "all_targets", "rules")
"""Asked of the first split of each table only, as are worse candidates."""

LAWS = {"numbers": (5, 3, 0.0), "levels": (2, 5, 0.25)}
"""Two tables: how many numbers and how many levels they have, and what share of rows is blank in company."""


def schema_of(law: str) -> Schema:
    """Return the columns of a table."""
    numbers, levels, _ = LAWS[law]
    columns = [Column(f"n{place}", Kind.NUMBER, nullable=True) for place in range(numbers)]
    columns += [Column(f"l{place}", Kind.CATEGORY, nullable=True, levels=("a", "b", "c", "d")) for place in range(levels)]
    return Schema((*columns, Column("target", Kind.BOOLEAN, role=Role.TARGET)))


def rows_of(law: str, rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw rows; two hidden numbers tie all columns together, and some columns are blank in company."""
    hidden, away = rng.standard_normal((rows, 2)), rng.random(rows) < LAWS[law][2]
    columns: dict[str, pd.Series[Any]] = {}
    for place, column in enumerate(schema_of(law)):
        value = hidden[:, place % 2] + 0.6 * rng.standard_normal(rows)
        if column.kind is Kind.NUMBER:
            columns[column.name] = pd.Series(np.round(np.exp(value), 2))
        elif column.kind is Kind.CATEGORY:
            codes = np.searchsorted([-1.0, 0.4, 1.9], value)
            columns[column.name] = pd.Series(pd.Categorical.from_codes(codes, categories=list(column.levels)))
        else:
            columns[column.name] = pd.Series(hidden.sum(axis=1) + 0.6 * rng.standard_normal(rows) > 0)
        if place in (0, 3):
            columns[column.name] = columns[column.name].mask(away & (rng.random(rows) < 0.8))
    return pd.DataFrame(columns)


def drawn(law: str, seed: int, train: int = ROWS, holdout: int = ROWS) -> tuple[Split, pd.DataFrame]:
    """Draw a split and another real sample."""
    rng = np.random.default_rng((41, seed))
    halves = rows_of(law, train, rng), rows_of(law, holdout, rng)
    return split_of(*halves, schema_of(law)), rows_of(law, train, rng)


def half_independent(train: pd.DataFrame) -> pd.DataFrame:
    """Replace half of the rows by rows of independent columns."""
    kept = np.arange(len(train)) % 2 == 0
    return pd.DataFrame({name: train[name].where(kept, column) for name, column in independent(train).items()})


def asked(keys: tuple[str, ...]) -> list[Measure]:
    return [known_measures()[key].from_settings(SETTINGS.get(key, {})) for key in keys]


def placed(split: Split, controls: tuple[str, ...], frames: dict[str, pd.DataFrame], keys: tuple[str, ...]) -> pd.DataFrame:
    """Return the headlines of the controls and of further rows, with whether they lie within the band."""
    shared = Shared(split)
    outcomes = [outcome for key in controls for outcome in evaluate_control(split, key, asked(keys), Context(), shared)]
    for name, frame in frames.items():
        outcomes += evaluate(split, name, frame, asked(keys), Context(), shared)
    rows = calibrate(scores_frame([score for outcome in outcomes for score in outcome.scores]))
    assert not rows["status"].eq(Status.FAILED).any()
    rows = rows[rows["measure"].isin(keys) & rows["value"].notna() & rows["band_low"].notna()]
    return rows.assign(inside=rows["value"].between(rows["band_low"] - 1e-9, rows["band_high"] + 1e-9))


@cache
def cases() -> pd.DataFrame:
    """Ask every measure on several splits of every table."""
    found = []
    for law in LAWS:
        for seed in range(SPLITS):
            split, other = drawn(law, seed)
            first = seed == 0
            worse = {"worse": half_independent(split.train.frame)} if first else {}
            controls, keys = (TRAIN, UNSEEN, *((INDEPENDENT,) if first else ())), (*QUICK, *(SLOW if first else ()))
            found.append(placed(split, controls, {"other": other, **worse}, keys).assign(law=law, seed=seed))
    return pd.concat(found, ignore_index=True)


def share(candidate: str, measures: tuple[str, ...] = (*QUICK, *SLOW)) -> float:
    rows = cases()
    return float(rows.loc[(rows["candidate"] == candidate) & rows["measure"].isin(measures), "inside"].mean())


def test_unseen_rows_lie_within_the_band() -> None:
    rows = cases()
    assert len(rows[rows["candidate"] == UNSEEN]) >= 80
    assert share(UNSEEN) >= 0.95, rows[(rows["candidate"] == UNSEEN) & ~rows["inside"]]


def test_another_real_sample_lies_within_the_band() -> None:
    assert share("other") >= 0.93


SEEING = ("pairs", "triples", "dependence", "all_targets", "detectability", "tstr", "worth")


def test_what_is_worse_lies_outside_it() -> None:
    assert share(INDEPENDENT, SEEING) <= 0.05
    assert share("worse", ("dependence", "triples", "all_targets", "detectability")) <= 0.35


LIKENESS = ("margins", "pairs", "triples", "dependence")


def test_at_half_of_the_rows_unseen_ones_would_lie_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the first test is for: fewer rows are less alike by chance alone."""
    monkeypatch.setattr(Measure, "unseen_rows", classmethod(lambda cls: "halves"))
    rows = pd.concat([placed(drawn(law, seed)[0], (TRAIN, UNSEEN), {}, ("pairs", "triples")) for law in LAWS for seed in (0, 1)])
    assert rows.loc[rows["candidate"] == UNSEEN, "inside"].mean() <= 0.25


@pytest.mark.parametrize(("train", "holdout"), [(400, 100), (100, 400)])
def test_unseen_rows_lie_within_the_band_however_the_table_is_cut(train: int, holdout: int) -> None:
    asked_too = {0: ("queries", "validity", "tstr", "worth")}
    found = [
        placed(drawn("numbers", seed, train, holdout)[0], (TRAIN, UNSEEN), {}, (*LIKENESS, *asked_too.get(seed, ())))
        for seed in range(4)
    ]
    rows = pd.concat(found, ignore_index=True)
    assert len(rows[rows["candidate"] == UNSEEN]) == 20
    assert rows.loc[rows["candidate"] == UNSEEN, "inside"].mean() >= 0.9, rows[~rows["inside"]]


def test_unseen_rows_lie_outside_the_band_where_train_and_holdout_are_not_of_one_law() -> None:
    split, _ = drawn("numbers", 2)
    moved = {f"n{place}": split.holdout.frame[f"n{place}"].to_numpy()[:: (-1) ** place] * 4 for place in range(5)}
    later = split.holdout.frame.assign(**moved)
    rows = placed(split_of(split.train.frame, later, split.schema), (TRAIN, UNSEEN), {}, LIKENESS)
    assert not rows.loc[rows["candidate"] == UNSEEN, "inside"].any()


# --- the rule -------------------------------------------------------------------------------------------------------


def band(*scores: Score) -> tuple[float, float]:
    row = calibrate(scores_frame(list(scores))).iloc[0]
    return float(row["band_low"]), float(row["band_high"])


def score(candidate: str, measure: str, value: float, low: float | None, high: float | None) -> Score:
    return Score(candidate, measure, known_measures()[measure.split(".")[0]].family, value, low, high)


def test_the_band_is_the_good_controls_interval_and_room_for_another_sample() -> None:
    good = score(TRAIN, "pairs", 0.9, 0.88, 0.93)
    assert band(good, score(UNSEEN, "pairs", 0.7, 0.6, 0.8)) == pytest.approx((0.9 - 0.02 * 2**0.5, 0.9 + 0.03 * 2**0.5))
    assert band(score(TRAIN, "pairs", 0.99, 0.95, 1.0))[1] == 1.0
    assert band(score(TRAIN, "pairs.worst", 0.9, 0.88, 0.92)) == pytest.approx((0.9 - 0.02 * 2**0.5, 0.9 + 0.02 * 2**0.5))


def test_where_the_training_rows_are_perfect_by_construction_unseen_rows_tell_the_band() -> None:
    perfect, unseen = score(TRAIN, "importance", 1.0, 1.0, 1.0), score(UNSEEN, "importance", 0.8, 0.6, 0.95)
    assert band(perfect, unseen) == (0.6, 1.0)
    assert np.isnan(band(perfect)).all()
    rules = score(UNSEEN, "rules", 0.01, 0.005, 0.02)
    assert band(rules, score(TRAIN, "rules", 0.0, 0.0, 0.003)) == (0.0, 0.02)


def test_privacy_has_the_interval_of_unseen_rows() -> None:
    assert band(score(UNSEEN, "dcr_share", 0.5, 0.46, 0.54), score(TRAIN, "dcr_share", 1.0, 1.0, 1.0)) == (0.46, 0.54)


def test_there_is_no_band_without_a_control_or_an_interval() -> None:
    assert np.isnan(band(score("cart", "pairs", 0.9, 0.8, 1.0))).all()
    assert np.isnan(band(score(TRAIN, "sdmetrics_quality", 0.9, None, None))).all()


@pytest.mark.parametrize("key", known_measures())
def test_privacy_is_asked_of_rows_that_owe_nothing_to_train(key: str) -> None:
    measure = known_measures()[key]
    assert measure.unseen_rows() in ("exchanged", "filled", "halves")
    if measure.family == "privacy":
        assert measure.unseen_rows() == "halves"
