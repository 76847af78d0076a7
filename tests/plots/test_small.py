"""Small pictures of columns: sound SVG whatever the names, a line for each candidate in its own colour."""

from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.table import Column, Kind
from synth_ui.plots import theme
from synth_ui.plots.binning import bin_column
from synth_ui.plots.columns_and_pairs.small_multiples import key, small

RNG = np.random.default_rng(0)


def bins(real, made, kind, numbers=(0, 3)):
    frame = bin_column(pd.Series(real), {"a <b>": pd.Series(made), "c & d": pd.Series(real)}, Column("x", kind))
    return frame.assign(number=frame["candidate"].map(dict(zip(("a <b>", "c & d"), numbers, strict=True))))


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (Kind.NUMBER, RNG.normal(size=200)), (Kind.INTEGER, np.where(RNG.random(200) < 0.9, 0, RNG.integers(0, 50_000, 200))),
        (Kind.CATEGORY, RNG.choice([f"<level> & {n}" for n in range(12)], 200)), (Kind.NUMBER, np.full(20, np.nan)),
        (Kind.DATETIME, pd.date_range("2001-01-01", periods=200, freq="9D").as_unit("us")),
    ],
)  # fmt: skip
def test_it_is_sound_and_shows_each_candidate_in_its_colour(kind, values, dark):
    drawn = small(bins(values, values[::-1][:50], kind), "x", kind, dark=dark)
    root = ElementTree.fromstring(drawn.markup)
    assert root.get("fill") == theme.ink(dark)
    for number in (0, 3):
        assert theme.colour(number) in drawn.markup
    assert "nan" not in drawn.markup
    assert len(drawn.markup) < 12_000
    assert "a <b>" in drawn.alt


def test_levels_beyond_six_are_drawn_together():
    frame = bins(RNG.choice(list("abcdefghij"), 300), list("abc"), Kind.CATEGORY)
    root = ElementTree.fromstring(small(frame, "x", Kind.CATEGORY).markup)
    texts = [node.text for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "5 others" in texts or "6 others" in texts


def test_the_legend_names_every_candidate():
    markup, said = key({"one & two": 1, "three": 4})
    ElementTree.fromstring(markup)
    assert "one &amp; two" in markup
    assert theme.colour(4) in markup
    assert "three" in said
