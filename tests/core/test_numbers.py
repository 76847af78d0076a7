"""Decimals and digits of numbers of any size; rounding to them; figures for people."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_ui.core.formats import numbers
from synth_ui.core.formats.numbers import MOST_DIGITS, enough_digits, figure, precision, rounded, spread, told_apart
from tests.examples import examples

RNG = np.random.default_rng(11)


def written(values: np.ndarray, digits: int) -> np.ndarray:
    """Write numbers with so many significant digits."""
    return np.array([float(f"{value:.{digits - 1}e}") for value in values])


@pytest.mark.parametrize(
    ("values", "decimals", "digits"),
    [
        (np.round(RNG.lognormal(3, 2, 300), 2), 2, None),
        (np.round(RNG.normal(5e9, 1e9, 300), 2), 2, None),
        (np.round(RNG.normal(5_902_345, 100, 300), 3), 3, None),
        (1.6e9 + 7.125 * np.arange(60), 3, None),
        (np.round(RNG.uniform(1e12, 9e12, 100), 2), 2, None),
        ([1.1e-12, 2.2e-12, 6.6e-11, 7e-11], 13, None),
        (written(1e-300 * RNG.uniform(1, 9, 60), 4), 303, None),
        (written(1e300 * RNG.uniform(1, 9, 60), 4), 0, 4),
        (written(10 ** RNG.uniform(-300, 300, 300), 3), None, 3),
        (written(10 ** RNG.uniform(-12, 5, 300), 2), None, 2),
        (written(10 ** RNG.uniform(-3, 3, 100), 3), 5, 3),
        (60.0 * RNG.integers(1, 5_000, 200), 0, None),
        (RNG.normal(size=200), None, None),
        (1e-12 * RNG.normal(size=200), None, None),
        ([0.1 + 0.2, 1.5, 0.3 - 0.1 - 0.2, 2.2], 1, None),
        (np.array([70.74, 83.72, 67.42]) * [7, 2, 3], 2, None),
        (1e15 + 0.125 * np.arange(60), None, None),
        (1 + 1e-10 * np.arange(1, 60), 10, None),
        (100 + 1e-8 * np.arange(1, 60), 8, None),
        (7e-5 + 1e-16 * np.arange(1, 60), 16, None),
        ([0.1 + 0.2, 0.3], 1, None),
        ([0.0, np.nan], 0, None),
        ([], 0, None),
    ],
)
def test_decimals_and_digits_are_read_relative_to_the_size_of_the_numbers(values, decimals, digits) -> None:
    assert precision(values) == (decimals, digits)


sizes = st.floats(1, 9.999999).flatmap(lambda mantissa: st.integers(-280, 280).map(lambda power: mantissa * 10.0**power))


@settings(max_examples=examples(100), deadline=None)
@given(sizes, st.integers(1, 12))
def test_rounding_to_digits_gives_the_float_nearest_to_the_decimal_number(value: float, digits: int) -> None:
    assert rounded([value], None, digits)[0] == float(f"{value:.{digits - 1}e}")


@settings(max_examples=examples(100), deadline=None)
@given(st.floats(-1e6, 1e6), st.integers(0, 6))
def test_rounding_to_decimals_is_that_of_decimal_numbers(value: float, decimals: int) -> None:
    exact = Decimal(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)
    assert abs(Decimal(repr(float(rounded([value], decimals)[0]))) - exact) <= Decimal(1).scaleb(-decimals) * Decimal(
        "0.001"
    ) or (
        abs(Decimal(value) - exact) > Decimal("0.499") * Decimal(1).scaleb(-decimals)  # halves may go either way
    )


@settings(max_examples=examples(100), deadline=None)
@given(sizes, st.integers(1, 8), st.integers(3, 40))
def test_what_was_written_with_so_many_digits_stays_as_it_is(size: float, digits: int, count: int) -> None:
    values = written(size * np.random.default_rng(count).uniform(0.1, 1, count), digits)
    assert (rounded(values, *precision(values)) == values).all()


def test_nothing_is_lost_of_what_no_rounding_can_change() -> None:
    values = np.array([np.nan, np.inf, 0.0, -0.0, 1e300, 5e-324])
    np.testing.assert_array_equal(rounded(values, 340), values)
    assert not np.signbit(rounded([-0.001], 2)[0])


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1.2e-11, "1.2e-11"), (5_902_345.678, "5,902,345.678"), (1_600_000_007.125, "1,600,000,007.125"), (0.0, "0"), (1e300, "1e300"),
        (-0.00012, "-0.00012"), (0.1 + 0.2, "0.3"), (1e15, "1e15"), (-3.0, "-3"), (float("nan"), "nan"),
    ],
)  # fmt: skip
def test_figures_are_readable_at_any_size(value: float, shown: str) -> None:
    assert figure(value) == shown


@settings(max_examples=examples(100), deadline=None)
@given(sizes)
def test_a_figure_is_the_number(value: float) -> None:
    assert float(figure(value).replace(",", "")) == pytest.approx(value, rel=1e-13)


def test_digits_that_tell_numbers_of_a_narrow_range_apart() -> None:
    digits = enough_digits(5_902_345.1, 5_902_345.9)
    assert figure(5_902_345.123, digits) != figure(5_902_345.124, digits)
    assert enough_digits(0, 100) == 6
    assert enough_digits(None, 3) == 6
    assert enough_digits(1, np.nextafter(1, 2)) == MOST_DIGITS


@pytest.mark.parametrize("size", [1e-300, 1e-12, 1.0, 1e12, 1e300])
def test_spread_and_float32_work_at_any_size(size: float) -> None:
    values = size * np.array([1.0, 2.0, 3.0, 4.0])
    assert spread(values) == pytest.approx(size * np.std([1, 2, 3, 4]))
    shift, unit = told_apart(values)
    assert len(np.unique(((values - shift) / unit).astype(np.float32))) == 4


def test_seconds_since_1970_with_fractions_are_told_apart_in_float32() -> None:
    values = 1.6e9 + np.arange(100) * 0.125
    shift, unit = told_apart(values)
    assert len(np.unique(((values - shift) / unit).astype(np.float32))) == 100


@given(
    st.lists(st.integers(1, 10**9), min_size=1, max_size=40), st.integers(0, 8), st.sampled_from([1, 5, 10, 100])
)  # fmt: skip
def test_the_short_way_to_decimals_says_what_the_long_way_says(steps: list[int], decimals: int, factor: int) -> None:
    sizes = np.unique(np.array(steps, dtype=float) * factor / 10.0**decimals)
    quickly = numbers._plain_decimals(sizes)
    if quickly is None:
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numbers, "_plain_decimals", lambda sizes: None)
        assert numbers.precision(sizes) == (quickly, None)
