"""Colours that everybody can tell apart, in light and dark; numbers as people read them; text made harmless."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_ui.plots import theme

VISION = {
    "all cones": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
"""Machado, Oliveira and Fernandes, 2009, at full severity; on linear RGB."""


def linear(colour):
    parts = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    low, high = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(rgb):
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    scaled = matrix @ np.clip(rgb, 0, 1) / np.array([0.9505, 1, 1.089])
    f = np.where(scaled > 0.008856, np.cbrt(scaled), 7.787 * scaled + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("colour", [theme.REAL, theme.TRAIN, theme.CONTROL, theme.WEAK, theme.STRONG, *theme.CANDIDATES])
def test_marks_stand_out_on_light_and_dark(colour):
    assert contrast(colour, "#FFFFFF") >= 3
    assert contrast(colour, "#0A0D13") >= 3


@pytest.mark.parametrize("vision", VISION)
def test_real_and_the_candidates_are_told_apart_by_all(vision):
    seen = {c: lab(np.array(VISION[vision]) @ linear(c)) for c in (theme.REAL, *theme.CANDIDATES)}
    gaps = {pair: np.linalg.norm(seen[pair[0]] - seen[pair[1]]) for pair in itertools.combinations(seen, 2)}
    first = {theme.REAL, *theme.CANDIDATES[:4]}
    assert min(gaps.values()) > 9
    assert min(gap for pair, gap in gaps.items() if set(pair) <= first) > 12


@pytest.mark.parametrize("vision", VISION)
def test_training_rows_and_the_ends_of_heat_maps_are_told_apart_by_all(vision):
    seen = {
        c: lab(np.array(VISION[vision]) @ linear(c)) for c in (theme.TRAIN, theme.REAL, theme.CONTROL, theme.WEAK, theme.STRONG)
    }
    for one, other in ((theme.TRAIN, theme.REAL), (theme.TRAIN, theme.CONTROL), (theme.WEAK, theme.STRONG)):
        assert np.linalg.norm(seen[one] - seen[other]) > 12


def test_a_colour_means_one_thing():
    meanings = [theme.TRAIN, theme.WEAK, theme.STRONG]
    gaps = [np.linalg.norm(lab(linear(one)) - lab(linear(c))) for one in meanings for c in (theme.REAL, *theme.CANDIDATES)]
    assert min(gaps) > 20


def test_in_grey_print_dashes_and_symbols_tell_candidates_apart():
    light = [lab(np.full(3, linear(c) @ [0.2126, 0.7152, 0.0722]))[0] for c in theme.CANDIDATES]
    for one, other in itertools.combinations(range(6), 2):
        assert abs(light[one] - light[other]) > 15 or theme.dash(one) != theme.dash(other)
        assert theme.SYMBOLS[one] != theme.SYMBOLS[other]


def test_there_are_ten_candidates_and_the_first_is_synthetic():
    assert len(set(theme.CANDIDATES)) == len(theme.DASHES) == len(theme.SYMBOLS) == 10
    assert theme.CANDIDATES[0] == theme.SYNTHETIC
    assert theme.colour(10) == theme.colour(0)


@pytest.mark.parametrize(
    ("value", "said"),
    [(1234567, "1,234,567"), (0.5, "0.500"), (12.345, "12.3"), (0, "0"), (-3.25, "−3.25"), (None, "–"), (math.nan, "–"), (0.00123, "0.00123")],
)  # fmt: skip
def test_numbers(value, said):
    assert theme.number(value) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.5, "50%"), (0.123, "12%"), (0.0123, "1.2%"), (0.0001, "0.01%"), (-0.2, "−20%"), (0, "0%"), (math.inf, "–")],
)
def test_shares(value, said):
    assert theme.percent(value) == said


def test_seconds():
    assert [theme.seconds(value) for value in (0.43, 17.4, 1540.0, math.nan)] == ["0.4 s", "17 s", "26 min", "–"]


@given(st.text(max_size=200), st.integers(5, 60))
def test_text_never_holds_markup_and_never_runs_over(value, limit):
    shown = theme.text(value, limit)
    assert "<" not in shown
    assert "%{" not in shown
    plain = shown.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">").replace("% {", "%{")
    assert len(plain) <= limit


def test_long_names_are_broken_between_words():
    assert theme.wrapped("A tenth of the cells redrawn", 14) == "A tenth of the<br>cells redrawn"


def test_readable_sets_the_pages_own_text_colour():
    for dark, back in ((True, "#0A0D13"), (False, "#FFFFFF")):
        assert contrast(theme.readable(theme.figure(100), dark).layout.font.color, back) > 12


@pytest.mark.parametrize(
    ("value", "said"),
    [(1.234e-11, "1.23e-11"), (-9.106e-11, "−9.11e-11"), (1e300, "1e300"), (0.000123, "0.000123"), (1.5e15, "1.5e15")],
)
def test_very_small_and_very_large_numbers_are_said_by_their_powers_of_ten(value, said):
    assert theme.number(value) == said


def test_numbers_side_by_side_are_told_apart():
    assert theme.numbers([5_902_345.1, 5_902_345.37, 5_902_345.6]) == ["5,902,345.1", "5,902,345.4", "5,902,345.6"]
    assert theme.numbers([0.0, 1e-12, 2e-12]) == ["0", "1e-12", "2e-12"]
    assert theme.numbers([1.0, 1.0]) == ["1", "1"]
    assert theme.numbers([0.1, 0.25]) == ["0.100", "0.250"]


@pytest.mark.parametrize("values", [1e300 * np.arange(1, 5), 1e-300 * np.arange(1, 5), 1.6e9 + np.arange(4) / 8])
def test_what_float32_would_not_tell_apart_is_sent_as_float64(values):
    np.testing.assert_array_equal(theme.floats(values), values)
    assert theme.floats([1.0, 2.0]).dtype == np.float32
    assert theme.floats([]).dtype == np.float32
