"""Scores on their scales: what is drawn where, and what is said."""

import numpy as np
import pytest

from synth_ui.comparison.tracks import tracks
from synth_ui.core.score import Status
from synth_ui.plots import theme
from synth_ui.plots.scores.tracks import EDGE, scale_tracks, score_track
from tests.detail_frames import HOSTILE, texts, values
from tests.race_scores import CANDIDATE_VALUES, CONTROL_VALUES, candidate_rows, outcome, score_rows, without


def draw(scores, tied=(), listed=None):
    made = outcome(scores, listed)
    return scale_tracks(tracks(made, made.leaderboard(), tied), made.panels)


def dots(figure, panel, name):
    axis = "x" if panel == 0 else f"x{panel + 1}"
    found = [trace for trace in figure.data if trace.name == name and (trace.xaxis or "x") == axis]
    return found[0] if found else None


def test_each_candidate_has_a_dot_at_its_position_on_its_row():
    chart = draw(score_rows(), listed=candidate_rows())
    board = outcome(score_rows(), candidate_rows()).leaderboard()
    field = board[~board["control"]]
    for number, family in enumerate(("fidelity", "utility", "privacy")):
        trace = dots(chart.figure, number, "candidates")
        places = field[f"{family}_position"].to_numpy(float)
        leaks = field["candidate"].isin(["cart", "arf"]).to_numpy() if family == "privacy" else np.zeros(len(field), dtype=bool)
        assert values(trace.x)[~leaks] == pytest.approx(np.clip(places, -EDGE, 1 + EDGE)[~leaks], abs=1e-6)
        assert (values(trace.x)[leaks] <= places[leaks] + 1e-6).all()  # there the worst sign of a leak is shown
        assert list(values(trace.y)) == list(range(len(field)))


def test_a_candidate_has_its_own_colour_in_every_panel_and_keeps_it_when_the_order_changes():
    made = outcome(score_rows(), candidate_rows())
    board = made.leaderboard()
    for order in (board, board.iloc[::-1]):
        chart = scale_tracks(tracks(made, order), made.panels)
        titles = {number: str(text.split("<br>")[0]) for number, text in enumerate(dots(chart.figure, 0, "candidates").text)}
        for panel in range(3):
            trace = dots(chart.figure, panel, "candidates")
            for place, text in enumerate(trace.text):
                assert text.startswith(titles[place])
                name = next(row["candidate"] for row in order.to_dict("records") if f"<b>{row['title']}</b>" == titles[place])
                assert trace.marker.color[place] == theme.colour(made.numbers[name])


def test_a_row_says_how_many_measures_find_a_leak_and_shows_the_worst_of_them():
    chart = draw(score_rows(), listed=candidate_rows())
    said = [a.text for a in chart.figure.layout.annotations if "of a leak" in str(a.text)]
    assert len(said) == 2  # CART by two measures, the forest by two
    assert all("2 signs of a leak" in text for text in said)
    shown = chart.data[(chart.data["family"] == "privacy") & (chart.data["signs_of_a_leak"] > 0)]
    assert shown["position"].max() < 0.95, "a sign of a leak stands beside a dot that says there is none"
    assert not chart.data.loc[(chart.data["candidate"] == "autoregressive"), "signs_of_a_leak"].any()


def test_labels_stand_on_the_rows_of_their_tracks():
    chart = draw(score_rows(), listed=candidate_rows())
    labels = {
        a.y: a.text for a in chart.figure.layout.annotations if a.yref == "y" and a.xref == "paper" and "Controls" not in a.text
    }
    board = outcome(score_rows(), candidate_rows()).leaderboard()
    assert len(labels) == len(board)
    first = dots(chart.figure, 0, "candidates")
    assert board["title"].iloc[0].split()[0] in labels[float(values(first.y)[0])]


def test_what_lies_beyond_the_scale_is_a_triangle_at_its_edge():
    trace = dots(draw(score_rows()).figure, 0, "candidates")
    shapes = dict(zip(outcome(score_rows()).leaderboard().query("~control")["candidate"], trace.marker.symbol, strict=True))
    assert shapes["sdv_ctgan"] == "triangle-left"
    assert shapes["cart"] == "circle"
    above = draw(score_rows({"a": {"pairs": 0.999}}))
    assert dots(above.figure, 0, "candidates").marker.symbol[0] == "triangle-right"


def test_controls_are_rows_of_their_own_kind_under_a_heading():
    chart = draw(score_rows())
    trace = dots(chart.figure, 0, "controls")
    assert len(trace.x) == len(CONTROL_VALUES)
    assert set(trace.marker.symbol) == {"diamond"}
    assert any("Controls" in text for text in texts(chart.figure))


def test_the_band_of_real_rows_is_drawn_where_they_fall():
    bands = [shape for shape in draw(score_rows()).figure.layout.shapes if shape.fillcolor == theme.BAND]
    heads = outcome(score_rows()).panels
    assert len(bands) == 3
    assert (bands[0].x0, bands[0].x1) == pytest.approx(tuple(heads.loc[0, ["band_low", "band_high"]]))


def test_seeds_are_small_points_under_the_dot():
    trace = next(trace for trace in draw(score_rows(), listed=candidate_rows()).figure.data if trace.name == "seeds")
    assert len(trace.x) == 6


def test_ties_are_bold_and_in_the_title():
    chart = draw(score_rows(), ("cart", "autoregressive"), candidate_rows())
    assert "are tied for best" in chart.title
    assert sum("<b>CART" in text for text in texts(chart.figure)) >= 1
    assert draw(score_rows(), ("cart",)).title == "CART is best on this table"
    assert draw(score_rows()).title == "No candidate can be recommended yet"
    assert draw(score_rows({})).title == "Only the controls are scored so far"


def test_a_blind_or_under_powered_family_is_hollow_and_grey_and_has_no_band():
    controls = {name: {"pairs": value["pairs"], "leakage_index": 0.0} for name, value in CONTROL_VALUES.items()}
    blind = draw(score_rows(controls=controls, measures=("pairs", "leakage_index")))
    assert "no verdict here" in texts(blind.figure)
    quiet = {name: {**own, "leakage_index": 0.0} for name, own in CANDIDATE_VALUES.items()}
    scores = score_rows(quiet, measures=("pairs", "leakage_index"))
    weak = draw(without(scores, "leakage_index", Status.UNDER_POWERED, "only 300 rows"))
    assert dots(weak.figure, 1, "candidates") is None
    hollow = dots(weak.figure, 1, "no verdict")
    assert set(hollow.marker.symbol) == {"circle-open"}
    assert set(hollow.marker.color) == {theme.CONTROL}
    assert sum(shape.fillcolor == theme.BAND for shape in weak.figure.layout.shapes) == 1


def test_a_missing_score_says_why_on_its_track():
    chart = draw(without(score_rows(), "tstr", Status.FAILED, "out of memory", "arf"))
    assert "failed" in texts(chart.figure)
    waiting = score_rows({"arf": {"pairs": 0.95}})
    assert "not asked" in texts(draw(waiting).figure)
    early = score_rows({"arf": {"pairs": 0.95}}, controls={})
    assert "no scale" in texts(draw(early).figure)
    coming = outcome(early, pending={"control:train": ("pairs",), "control:independent": ("pairs",)})
    assert "no scale yet" in texts(scale_tracks(tracks(coming, coming.leaderboard()), coming.panels).figure)


def test_it_suits_any_width_and_sends_little():
    figure = draw(score_rows(), listed=candidate_rows()).figure
    assert figure.layout.width is None
    assert figure.layout.autosize
    assert figure.layout.paper_bgcolor == "rgba(0,0,0,0)"
    assert len(figure.to_json()) < 40_000
    assert figure.layout.height > 50 * 12


def test_words_say_every_score_and_data_can_be_downloaded():
    chart = draw(score_rows(), listed=candidate_rows())
    assert "CART: looks real 97% of its scale" in chart.alt
    assert "The training rows (control)" in chart.alt
    assert {"candidate", "family", "value", "position", "position_low"} <= set(chart.data.columns)


def test_hostile_names_are_shown_not_obeyed():
    figure = draw(score_rows({f"file:{HOSTILE}": CANDIDATE_VALUES["arf"]})).figure
    shown = " ".join(texts(figure))
    assert "<b onclick" not in shown
    assert "%{x}" not in shown


def test_one_measure_alone_has_room_for_full_words():
    chart = score_track(
        *outcome(score_rows(), candidate_rows()).single("dcr_share", "Is it closer to the rows it saw?", ("arf", "cart"))
    )
    assert "copied<br>training rows" in texts(chart.figure)  # two lines: both ends have room on a phone
    assert "Adversarial forest" in chart.title
    assert "90%" in chart.title


def test_nothing_yet():
    chart = draw(score_rows({}, controls={}))
    assert chart.title == "No candidate is scored yet"
    assert texts(chart.figure)
