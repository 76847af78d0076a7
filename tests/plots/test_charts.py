"""Every chart: the finding in its title, units on its axes, little sent, hostile names harmless, empty frames answered."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.table import Column, Kind
from synth_ui.plots import binning, theme
from synth_ui.plots.chart import align
from synth_ui.plots.columns_and_pairs import columns as column_plots
from synth_ui.plots.columns_and_pairs import pairs
from synth_ui.plots.learning import loss
from synth_ui.plots.scores import privacy, tradeoff, utility, worth
from tests.detail_frames import (
    HOSTILE,
    answers,
    associations,
    attack,
    bins,
    calibration,
    classes,
    columns,
    distances,
    filters,
    importances,
    kinds,
    ladder_marks,
    ladder_rungs,
    recipes,
    roc,
    scatter,
    targets,
    texts,
    values,
)
from tests.race_scores import candidate_rows, outcome, score_rows


def losses(falling=True):
    step = np.arange(1, 401)
    value = 3 * np.exp(-step / (4000 if falling else 40)) + 1
    return pd.DataFrame({"step": step, "name": "training", "value": value})


def pair_bins():
    real = pd.DataFrame({"a": [1.0, 2, 3, 4] * 10, "b": pd.Categorical(["x", "y"] * 20)})
    made = real.assign(b=pd.Categorical(["x"] * 40, categories=["x", "y"]))
    return binning.bin_pair(real, made, Column("a", Kind.NUMBER), Column("b", Kind.CATEGORY))


def thresholds():
    return pd.DataFrame({"attack": ["distance"], "rows": ["all"], "side": ["above"], "false_positive_rate": [0.001], "true_positive_rate": [0.01], "epsilon_low": [1.4], "epsilon": [2.0], "chosen": [True]})  # fmt: skip


CHARTS = {
    "roc of several": (lambda: utility.roc_together({"one": roc(), "two": roc()}, {"one": 1, "two": 4}), "Trained on real rows a model reaches AUC"),
    "distribution": (lambda: column_plots.distribution(bins(), "age", "integer", unit="years"), "10% of rows would have to change"),
    "levels": (lambda: column_plots.distribution(bins("job", "category"), "job", "category"), "most at b (real 40%, synthetic 30%)"),
    "columns": (lambda: column_plots.column_scores(columns()), "age is the column that differs most"),
    "associations": (lambda: pairs.associations(associations()), "1 of 3 relationships are too weak, 1 too strong, 1 invented"),
    "real associations": (lambda: pairs.associations(associations(), "real"), "a and b go together most"),
    "pair": (lambda: pairs.pair_grid(pair_bins()), "50% of rows would have to change"),
    "roc": (lambda: utility.roc(roc()), "AUC 0.66"),
    "classes": (lambda: utility.per_class(classes()), "y loses most: AUC 0.700 instead of 0.900"),
    "calibration": (lambda: utility.calibration(calibration()), "off by 15% on average, 2% with real rows"),
    "scatter": (lambda: utility.predicted_against_true(scatter()), "off by about 0.38 on average"),
    "distances": (lambda: privacy.distances(distances()), "20% more synthetic rows have a training row"),
    "ratios": (lambda: privacy.distances(distances(), "ratio"), "single out a training row"),
    "membership": (lambda: privacy.membership_roc(attack()), "tells 9.4% of the training rows, 9 times as many as guessing"),
    "copies": (lambda: privacy.copies(kinds()), "unique values, pay, 30% against 2%"),
    "thresholds": (lambda: privacy.thresholds(thresholds()), "ε = 1.4"),
    "trade-off": (lambda: tradeoff.trade_off(outcome(score_rows(), candidate_rows()).pareto()), "Autoregressive net and CART hold out; the other 6 are beaten"),
    "worth": (lambda: worth.ladder(ladder_rungs(), ladder_marks()), "For training a model, one is worth 610 of 4,000 real rows"),
    "worth for tables": (lambda: worth.ladder(ladder_rungs(), ladder_marks(), "pairs"), "two is worth at least all 4,000 real rows"),
    "targets": (lambda: worth.all_targets(targets()), "job keeps least: 20% of its skill, all columns 55% on average"),
    "recipes": (lambda: worth.recipes(recipes()), "The skill grows by 3% with as many synthetic rows"),
    "importances": (lambda: worth.importances(importances()), "pay matters most when trained on synthetic rows, age when on real ones"),
    "filters": (lambda: worth.query_errors(filters()), "20% of the filters are off by more than 16 rows in 1,000"),
    "answers": (lambda: worth.answers(answers(), ["a", "b"]), "2 of 3 estimates agree within their intervals, 1 change sign"),
    "loss": (lambda: loss.loss_curve(losses()), "The training loss is still falling"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_states_its_finding_has_words_and_data_and_sends_little(name):
    draw, finding = CHARTS[name]
    chart = draw()
    assert finding in chart.title
    assert chart.alt.startswith(chart.title)
    assert chart.alt.endswith(".")
    assert len(chart.data)
    assert len(chart.figure.to_json()) < 20_000
    assert chart.figure.layout.width is None
    assert chart.figure.layout.height >= 100
    titled = [axis.title.text for axis in [*chart.figure.select_xaxes(), *chart.figure.select_yaxes()] if axis.title.text]
    assert titled or name == "associations" or name == "real associations"


@pytest.mark.parametrize("name", CHARTS)
def test_numbers_are_sent_packed(name):
    for trace in CHARTS[name][0]().figure.data:
        for axis in ("x", "y", "z"):
            sent = getattr(trace, axis, None)
            assert sent is None or isinstance(sent, np.ndarray | dict) or hasattr(sent, "dtype"), f"{trace.type}.{axis} is a list"


EMPTY = {
    "distribution": lambda: column_plots.distribution(bins().head(0), "age", "integer"),
    "columns": lambda: column_plots.column_scores(columns().head(0)),
    "associations": lambda: pairs.associations(associations().head(0)),
    "pair": lambda: pairs.pair_grid(pair_bins().head(0)),
    "roc": lambda: utility.roc(roc().head(0)),
    "classes": lambda: utility.per_class(classes().head(0)),
    "calibration": lambda: utility.calibration(calibration().head(0)),
    "scatter": lambda: utility.predicted_against_true(scatter().head(0)),
    "distances": lambda: privacy.distances(distances().head(0)),
    "membership": lambda: privacy.membership_roc(attack().head(0)),
    "copies": lambda: privacy.copies(kinds().head(0)),
    "thresholds": lambda: privacy.thresholds(thresholds().head(0)),
    "trade-off": lambda: tradeoff.trade_off(outcome(score_rows({}, controls={})).pareto()),
    "worth": lambda: worth.ladder(ladder_rungs().head(0), ladder_marks()),
    "targets": lambda: worth.all_targets(targets().head(0)),
    "recipes": lambda: worth.recipes(recipes().head(0)),
    "importances": lambda: worth.importances(importances().head(0)),
    "filters": lambda: worth.query_errors(filters().head(0)),
    "answers": lambda: worth.answers(answers().head(0)),
    "loss": lambda: loss.loss_curve(losses().head(0)),
}


@pytest.mark.parametrize("name", EMPTY)
def test_an_empty_frame_says_why_nothing_is_drawn(name):
    chart = EMPTY[name]()
    assert chart.title
    assert len(chart.figure.layout.annotations) == 1


def test_hostile_names_are_shown_not_obeyed():
    hostile = {
        "column": lambda: column_plots.column_scores(columns().assign(column=HOSTILE)),
        "distribution": lambda: column_plots.distribution(
            bins(HOSTILE).assign(bin=HOSTILE, candidate=HOSTILE), HOSTILE, "integer"
        ),
        "levels": lambda: column_plots.distribution(bins(HOSTILE, "category").assign(bin=HOSTILE), HOSTILE, "category"),
        "pairs": lambda: pairs.associations(associations().replace({"a": HOSTILE})),
        "grid": lambda: pairs.pair_grid(pair_bins().assign(first=HOSTILE, first_bin=HOSTILE)),
        "roc": lambda: utility.roc(pd.concat([roc(), roc().assign(**{"class": HOSTILE})])),
        "classes": lambda: utility.per_class(classes().assign(**{"class": HOSTILE})),
        "copies": lambda: privacy.copies(kinds().assign(column=HOSTILE)),
        "worth": lambda: worth.ladder(ladder_rungs(), ladder_marks().assign(candidate=HOSTILE)),
        "targets": lambda: worth.all_targets(targets().assign(column=HOSTILE)),
        "importances": lambda: worth.importances(importances().assign(column=HOSTILE)),
        "answers": lambda: worth.answers(answers().assign(term=HOSTILE), [HOSTILE, HOSTILE], HOSTILE),
        "trade-off": lambda: tradeoff.trade_off(outcome(score_rows(), candidate_rows()).pareto().assign(title=HOSTILE)),
    }
    for name, draw in hostile.items():
        shown = " ".join(texts(draw().figure))
        assert "<b onclick" not in shown, name
        assert "%{x}" not in shown, name


def test_real_is_filled_green_and_synthetic_an_outline_over_it():
    figure = column_plots.distribution(bins(), "age", "integer").figure
    assert figure.data[0].marker.color == theme.REAL
    assert values(figure.data[0].y) == pytest.approx([20, 40, 30, 10])
    outline = figure.data[1]
    assert outline.line.color == theme.SYNTHETIC
    heights = values(outline.y)
    assert heights[~np.isnan(heights)].reshape(-1, 2)[:, 0] == pytest.approx([20, 30, 30, 20])
    assert np.isnan(heights).sum() == 1, "the blanks are set apart"


def test_several_candidates_have_their_own_colours_and_dashes():
    both = pd.concat([bins().assign(candidate="one"), bins().assign(candidate="two")])
    lines = [
        trace
        for trace in column_plots.distribution(both, "age", "integer").figure.data
        if trace.type == "scatter" and trace.mode == "lines"
    ]
    assert [(line.name, line.line.color, line.line.dash) for line in lines] == [
        ("one", theme.CANDIDATES[0], "solid"), ("two", theme.CANDIDATES[1], "dash")
    ]  # fmt: skip


def test_a_cell_that_would_flatten_the_others_is_cut_and_says_so():
    spiky = bins("gain").assign(real_share=[0.92, 0.02, 0.03, 0.03], synthetic_share=[0.93, 0.03, 0.03, 0.01])
    figure = column_plots.distribution(spiky, "gain", "integer").figure
    assert figure.layout.yaxis.range[1] < 10
    assert any("cut off: real 92%" in text for text in texts(figure))
    assert column_plots.distribution(bins(), "age", "integer").figure.layout.yaxis.range is None


def test_invented_relationships_are_marked_with_a_cross_on_both_sides():
    figure = pairs.associations(associations()).figure
    crosses = next(trace for trace in figure.data if trace.name == "invented")
    assert set(zip(crosses.x, crosses.y, strict=True)) == {("a", "c"), ("c", "a")}
    assert not any(trace.name == "invented" for trace in pairs.associations(associations(), "real").figure.data)
    names, matrix = list(figure.data[0].x), values(figure.data[0].z)
    first, second = names.index("a"), names.index("b")
    assert matrix[first, second] == matrix[second, first] == pytest.approx(-0.4)
    assert np.isnan(np.diag(matrix)).all()


def test_matrices_of_several_candidates_share_their_order_and_their_colours():
    strong = associations().assign(synthetic=associations()["real"])
    shared = pairs.look([associations(), strong])
    drawn = [pairs.associations(frame, which, shared).figure.data[0] for frame in (associations(), strong) for which in ("real", "synthetic", "difference")]  # fmt: skip
    assert len({tuple(trace.x) for trace in drawn}) == len({tuple(trace.y) for trace in drawn}) == 1
    assert drawn[2].zmax == drawn[5].zmax == -drawn[2].zmin == shared.top
    assert drawn[0].zmax == drawn[1].zmax == drawn[3].zmax == 1
    assert drawn[0].colorscale == drawn[1].colorscale == drawn[4].colorscale


def test_columns_that_go_together_stand_beside_each_other():
    groups = {"a1": 0, "b1": 1, "a2": 0, "b2": 1, "a3": 0, "b3": 1}
    rows = [
        {"first": one, "second": other, "real": 0.8 if groups[one] == groups[other] else 0.05, "synthetic": 0.1}
        for place, one in enumerate(groups)
        for other in list(groups)[place + 1 :]
    ]
    order = [name[0] for name in pairs.look([pd.DataFrame(rows)]).names]
    assert order in (list("aaabbb"), list("bbbaaa"))


def test_names_that_are_cut_stay_different():
    frame = associations().assign(
        first="a very long name indeed", second=["a very long name of another", "b", "c"][: len(associations())]
    )
    labels = list(pairs.associations(frame).figure.data[0].x)
    assert len(set(labels)) == len(labels)


def test_charts_of_candidates_get_the_same_ends_and_each_its_own_colour():
    charts = [
        chart.in_colour(number)
        for number, chart in enumerate((privacy.distances(distances()), privacy.distances(distances(near=0.3))))
    ]
    align(charts)
    ends = {(tuple(chart.figure.layout.xaxis.range), tuple(chart.figure.layout.yaxis.range)) for chart in charts}
    assert len(ends) == 1
    assert next(iter(ends))[0][0] == 0
    lying = [
        utility.per_class(pd.DataFrame({"class": list("ab"), "rows": 5, "auc_real": 0.9, "auc_synthetic": [auc, 0.8]}))
        for auc in (0.2, 0.7)
    ]
    align([chart.in_colour(number + 2) for number, chart in enumerate(lying)])
    assert lying[0].figure.layout.xaxis.range == lying[1].figure.layout.xaxis.range
    assert [chart.figure.data[-1].marker.color for chart in lying] == [theme.colour(2), theme.colour(3)]
    assert lying[0].figure.data[1].marker.color == theme.REAL


def test_of_many_columns_those_that_differ_most_are_drawn():
    names = [f"c{number:02d}" for number in range(80)]
    frame = pd.DataFrame(
        {"first": names[:-1], "second": names[1:], "real": 0.5, "synthetic": np.where(np.arange(79) > 70, 0.0, 0.5)}
    )
    kept = pairs.associations(frame).figure.data[0].x
    assert len(kept) == pairs.MOST_COLUMNS
    assert set(names[72:]) <= set(kept)


def test_no_difference_is_said_to_be_none():
    same = bins().assign(synthetic_share=bins()["real_share"])
    assert column_plots.distribution(same, "age", "integer").title == "age: no difference to speak of"
    assert privacy.distances(distances(near=0.1)).title == "Training and unseen rows give the same distances"
    assert "better than guessing" in privacy.membership_roc(attack(1.0)).title
    assert privacy.copies(kinds(low=-0.1)).title == "No more of the training rows is found again than of unseen rows"
    assert pairs.associations(associations().assign(synthetic=associations()["real"])).title.startswith("No relationship is off")


def test_membership_is_on_logarithmic_axes_and_guessing_is_the_diagonal():
    figure = privacy.membership_roc(attack()).figure
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"
    assert values(figure.data[0].x) == pytest.approx(values(figure.data[0].y))


def test_the_trade_off_draws_crosses_and_the_front():
    frame = outcome(score_rows(), candidate_rows()).pareto()
    figure = tradeoff.trade_off(frame).figure
    marks = [trace for trace in figure.data if trace.mode == "markers"]
    made = frame[~frame["control"]]
    assert [trace.marker.symbol for trace in marks[1:]] == ["circle-open" if lost else "circle" for lost in made["dominated"]]
    assert [trace.marker.color for trace in marks[1:]] == [theme.colour(number) for number in made["number"]]
    assert set(marks[0].marker.symbol) == {"diamond", "triangle-right"}, "a copy leaks more than the axis shows"
    names = [note for note in figure.layout.annotations if note.ax is not None]
    assert any(note.text == "The training rows, 6.10" for note in names)
    low, high = figure.layout.yaxis.range
    tall = tradeoff.HEIGHT - tradeoff.TOP - tradeoff.BOTTOM
    for side in ("left", "right"):
        tops = sorted(tall * (high - note.y) / (high - low) + note.ay for note in names if note.xanchor == side)
        assert all(below - above > tradeoff.LINE - 1e-6 for above, below in pairwise(tops)), "names lie over each other"
    front = [trace for trace in marks[1:] if trace.marker.symbol == "circle"]
    assert sorted(values(trace.x)[0] for trace in front) == pytest.approx(
        sorted(frame.loc[~frame["dominated"] & ~frame["control"], "leakage"]), rel=1e-6
    )
    assert all(trace.error_x.array is not None for trace in front)
    assert {"CART", "Unseen real rows"} <= {annotation.text for annotation in figure.layout.annotations}


def test_losses_are_thinned_and_named():
    assert loss.loss_curve(losses(falling=False)).title == "The training loss has levelled off"
    long = pd.DataFrame({"step": np.arange(5000), "name": "training", "value": np.linspace(2, 1, 5000)})
    assert len(loss.loss_curve(long).figure.data[0].x) == loss.MOST_POINTS
    worse = pd.DataFrame({"step": np.arange(100), "name": "validation", "value": np.abs(np.arange(100) - 40) + 1.0})
    assert "has not improved since" in loss.loss_curve(worse).title
