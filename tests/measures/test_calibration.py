"""A hundred perfect candidates: what their intervals cover, and how often fresh rows look like a leak.

250 rows each of train, holdout and candidate, all drawn from one law. `benchmarks/calibration.py` asks all measures the same at
full size. Draws are seeded, so each number here is the same on every machine up to rounding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.stats import norm

from synth_ui.core.context import Context
from synth_ui.core.score import PRIVACY_LEVEL, Number
from synth_ui.evaluation.cards import known_measures
from tests.measures.privacy.worlds import case_of, three

DRAWS, ROWS = 100, 250
HARD = {"detectability": 20, "margins": 25}
"""Where a draw takes long there are fewer."""

LEAST = {100: 0.90, 25: 0.80, 20: 0.75}
"""The share of draws an interval must cover; of few draws chance alone misses more."""

SETTINGS = {"detectability": {"folds": 2, "trees": 10, "against_train": False}}

WIDTH = {
    "margins": 1.25, "pairs": 1.1, "triples": 1.2, "detectability": 0.85, "copies": 2.9, "dcr_share": 1.2,
    "membership": 1.2, "exposed": 1.8, "disclosure": 1.3,
}  # fmt: skip
"""The mean standard error an interval claims over the spread the values have: 1 is exact, above 1 is too wide.

Copies are as wide as they are for being the worst of several comparisons; exposed counts one row in a hundred, of which a table of
250 has few, and an interval that holds for few is wide. The error of an area out of fold is that of the rows scored; models of
different folds learn from the same rows, which adds to the spread.
"""

PART = {"copies": "unique_values"}
"""Fresh rows of numbers hold no row again: the headline of copies is 0 in each draw, and has no spread to compare with."""

PRIVACY = ("copies", "dcr_share", "membership", "leakage_index", "exposed", "disclosure")


@dataclass(frozen=True)
class Drawn:
    """Headlines of all draws, as arrays."""

    values: np.ndarray
    low: np.ndarray
    high: np.ndarray


def half_as_wide(number: Number) -> Number:
    """What a forgotten factor of two makes of an interval."""
    assert number.low is not None
    assert number.high is not None
    return Number(number.value, (number.value + number.low) / 2, (number.value + number.high) / 2)


@pytest.fixture(scope="module")
def drawn() -> dict[str, list[Number]]:
    measures = {key: known_measures()[key].from_settings(SETTINGS.get(key, {})) for key in (*WIDTH, "leakage_index")}
    found: dict[str, list[Number]] = {key: [] for key in measures}
    for seed in range(DRAWS):
        case = case_of(*three(ROWS, ROWS, ROWS, seed=1_000 + seed))
        for key, measure in measures.items():
            if seed < HARD.get(key, DRAWS):
                measured = measure.measure(case, Context(seed=seed))
                found[key].append(measured.parts[PART[key]] if key in PART else measured.headline)
    return found


def arrays(numbers: list[Number]) -> Drawn:
    return Drawn(*(np.array([getattr(number, name) for number in numbers], dtype=float) for name in ("value", "low", "high")))


def truth(key: str, numbers: Drawn) -> float:
    """Return what theory says of fresh rows: ½ of a classifier or of nearer rows, no gap; for likeness the mean of the draws."""
    if key in PRIVACY:
        return known_measures()[key].chance
    return 0.5 if key == "detectability" else float(numbers.values.mean())


def errors(key: str) -> float:
    """Return how many standard errors the interval of a measure reaches to either side."""
    return float(norm.ppf((1 + (PRIVACY_LEVEL if key in PRIVACY else 0.95)) / 2))


def problems(key: str, numbers: Drawn) -> list[str]:
    """Say what is wrong with the intervals of perfect candidates; nothing where all is well."""
    expected = truth(key, numbers)
    found = []
    covered = np.mean((numbers.low <= expected) & (expected <= numbers.high))
    if covered < LEAST[len(numbers.values)]:
        found.append(f"covers {covered:.0%}")
    ratio = (numbers.high - numbers.low).mean() / (2 * errors(key)) / numbers.values.std(ddof=1)
    if not 0.75 < ratio / WIDTH[key] < 1.33:
        found.append(f"{ratio:.2f} times as wide as the spread")
    lot = 3.5 * numbers.values.std(ddof=1) / np.sqrt(len(numbers.values))
    if key not in ("membership", "copies") and abs(numbers.values.mean() - expected) > lot:
        found.append(f"centred at {numbers.values.mean():.3f}")
    return found


@pytest.mark.parametrize("key", WIDTH)
def test_intervals_of_perfect_candidates_are_right(drawn: dict[str, list[Number]], key: str) -> None:
    assert problems(key, arrays(drawn[key])) == []


@pytest.mark.parametrize("key", PRIVACY)
def test_fresh_rows_are_red_no_more_often_than_their_level_allows(drawn: dict[str, list[Number]], key: str) -> None:
    """One of a hundred at most, where 99.5 in 100 are to hold; the leakage index keeps a level of its own."""
    numbers = arrays(drawn[key])
    assert np.mean(numbers.low > known_measures()[key].chance + 1e-12) <= (0.08 if key == "leakage_index" else 0.01)


@pytest.mark.parametrize("key", WIDTH)
def test_an_interval_half_as_wide_would_be_noticed(drawn: dict[str, list[Number]], key: str) -> None:
    """The tests above can fail: for every measure they do if its error is halved."""
    assert problems(key, arrays([half_as_wide(number) for number in drawn[key]]))


@pytest.mark.parametrize("key", ["detectability", "dcr_share", "membership", "exposed", "disclosure"])
def test_a_shifted_null_would_be_noticed(drawn: dict[str, list[Number]], key: str) -> None:
    """Nor does a measure pass that reads honest rows as a leak of three quarters of its interval."""
    numbers = arrays(drawn[key])
    shift = 0.75 * errors(key) * numbers.values.std(ddof=1)
    assert problems(key, Drawn(numbers.values + shift, numbers.low + shift, numbers.high + shift))
