"""Shares of both sides: the finding in the title, the marks where the shares are, missing and worst things on top."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from synth_ui.plots import theme
from synth_ui.plots.chart import Chart
from synth_ui.plots.columns_and_pairs import shares
from tests.detail_frames import HOSTILE, texts, values


def levels() -> pd.DataFrame:
    return pd.DataFrame({
        "column": "city", "level": ["Oslo", "Bern", "Lyon"], "real_share": [0.004, 0.008, 0.006], "train_share": 0.005,
        "synthetic_share": [0.0, 0.001, 0.006], "found": [False, True, True],
    })  # fmt: skip


def tails() -> pd.DataFrame:
    return pd.DataFrame({
        "column": ["pay", "age"], "side": ["high", "low"], "bound": [9.0, 18.0], "beyond": ["above 9", "below 18"],
        "real_share": [0.01, 0.01], "train_share": 0.01, "synthetic_share": [0.002, 0.011], "score": [0.2, 0.91],
    })  # fmt: skip


def blanks() -> pd.DataFrame:
    frame = pd.DataFrame(
        {"column": ["job", "pay"], "real_share": [0.06, 0.1], "train_share": 0.1, "synthetic_share": [0.0, 0.11]}
    )
    return frame.assign(difference=frame["synthetic_share"] - frame["real_share"])


def together() -> pd.DataFrame:
    return blanks().rename(columns={"column": "first"}).assign(second="age")


def signs() -> pd.DataFrame:
    frame = pd.DataFrame({"condition": ["gain 0", "sex Female"], "real_share": [0.92, 0.33], "synthetic_share": [0.31, 0.40]})
    return frame.assign(difference=frame["synthetic_share"] - frame["real_share"])


def odd(far: float = 0.5) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "bin_low": [0.0, 1.0],
            "bin_high": [1.0, 2.0],
            "to_train_share": [0.5, 0.5],
            "to_synthetic_share": [0.5 - far, 0.5 + far],
        }
    )


def rules() -> pd.DataFrame:
    return pd.DataFrame({"text": ["each city goes with one river", "a is at most b"], "breaches": [40, 0], "share": [0.08, 0.0]})


def cells() -> pd.DataFrame:
    return pd.DataFrame({"column": ["age", "pay"], "valid": [0.9, 1.0]})


def triples() -> pd.DataFrame:
    return pd.DataFrame({"first": ["a", "a"], "second": ["b", "b"], "third": ["c", "d"], "score": [0.4, 0.9]})


CHARTS: dict[str, tuple[Callable[[], Chart], str]] = {
    "levels": (lambda: shares.rare_levels(levels()), "1 of 3 rare levels are missing, city: Oslo among them"),
    "tails": (lambda: shares.tails(tails()), "pay above 9 is too light: 1% of real rows, 0.2% of synthetic ones"),
    "blanks": (lambda: shares.blanks(blanks()), "job differs most in blanks: 6% of real rows, 0% of synthetic ones"),
    "together": (lambda: shares.blanks_together(together()), "job and age are blank together in 6% of real rows"),
    "signs": (lambda: shares.telltale(signs()), "gain 0: 92% of real rows, 31% of synthetic ones"),
    "odd": (lambda: shares.odd_rows(odd()), "Odd rows lie 50% farther from synthetic rows than training rows"),
    "rules": (lambda: shares.rules(rules()), "1 of 2 rules are broken; most, by 8% of the rows: each city goes with one river"),
    "cells": (lambda: shares.invalid_cells(cells()), "age has most invalid cells: 10%"),
    "triples": (lambda: shares.triples(triples()), "a, b, c differ most: 60% of rows would have to change"),
}


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_states_its_finding_and_has_words_axes_and_data(name: str) -> None:
    draw, finding = CHARTS[name]
    chart = draw()
    assert finding in chart.title
    assert chart.alt.startswith(chart.title)
    assert chart.alt.endswith(".")
    assert len(chart.data)
    assert "(%)" in (chart.figure.layout.xaxis.title.text or "") + (chart.figure.layout.yaxis.title.text or "")
    assert len(chart.figure.to_json()) < 20_000


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (lambda: shares.rare_levels(levels().assign(found=True)), "All 3 rare levels are there"),
        (lambda: shares.tails(tails().assign(score=0.9)), "Every tail weighs about what it should"),
        (lambda: shares.blanks(blanks().assign(difference=0.0)), "as often as it should be"),
        (lambda: shares.odd_rows(odd(0.0)), "as near to synthetic rows as to training rows"),
        (lambda: shares.rules(rules().assign(breaches=0, share=0.0)), "All 2 rules are kept by every row"),
        (lambda: shares.rules(rules().head(1).assign(breaches=0, share=0.0)), "The one rule is kept by every row"),
        (lambda: shares.invalid_cells(cells().assign(valid=1.0)), "Every cell holds what the real table could hold"),
    ],
)
def test_good_news_is_said_as_such(draw: Callable[[], Chart], said: str) -> None:
    assert said in draw().title


def test_marks_stand_at_the_shares_in_the_colours_of_both_sides() -> None:
    figure = shares.rare_levels(levels()).figure
    marks = {trace.name: trace for trace in figure.data if trace.name}
    assert values(marks["real"].x) == pytest.approx([0.4, 0.8, 0.6])
    assert values(marks["synthetic"].x) == pytest.approx([0.0, 0.1, 0.6])
    assert (marks["real"].marker.color, marks["synthetic"].marker.color) == (theme.REAL, theme.SYNTHETIC)
    assert next(iter(figure.layout.yaxis.ticktext)) == "city: Oslo"


@pytest.mark.parametrize("draw", [shares.rare_levels, shares.tails, shares.blanks, shares.blanks_together, shares.telltale, shares.odd_rows,
                                  shares.rules, shares.triples])  # fmt: skip
def test_an_empty_frame_is_answered(draw: Callable[[pd.DataFrame], Chart]) -> None:
    chart = draw(pd.DataFrame({name: np.empty(0) for name in ("first", "second")}))
    assert chart.title
    assert len(chart.figure.layout.annotations) == 1


@pytest.mark.parametrize(
    "draw",
    [
        lambda: shares.rare_levels(levels().assign(level=HOSTILE)),
        lambda: shares.telltale(signs().assign(condition=HOSTILE)),
        lambda: shares.rules(rules().assign(text=HOSTILE)),
        lambda: shares.blanks(blanks().assign(column=HOSTILE)),
    ],
)
def test_hostile_names_are_shown_not_obeyed(draw: Callable[[], Chart]) -> None:
    for text in texts(draw().figure):
        assert "<b onclick" not in text
        assert "%{x}" not in text
