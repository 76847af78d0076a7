"""Room for the labels of axes is reckoned before a chart is drawn: enough for its letters, and no more than was asked where there are none."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import pytest

from synth_ui.plots import margins, theme
from synth_ui.plots.scores import privacy


def drawn(*, labels: list[str], title: str = "", **axis: object) -> go.Figure:
    """Return a chart whose upward axis has these labels."""
    figure = theme.figure(200)
    figure.add_scatter(x=[0, 1], y=[0, 1])
    figure.update_yaxes(theme.axis(title, tickvals=[*range(len(labels))], ticktext=labels, **axis))
    return figure.update_xaxes(theme.axis("rows (%)"))


def test_longer_labels_and_titles_get_more_room() -> None:
    short, long, titled = (
        margins.settle(drawn(labels=labels, title=title)).layout.margin.l
        for labels, title in ((["a"], ""), (["a", "marital-status"], ""), (["a", "marital-status"], "column"))
    )
    assert short == margins.LEAST < long < titled
    assert titled - long == margins.TITLE


@pytest.mark.parametrize("text", ["marital-status", "WWWW", "100,000 to 149,999", "日本語の列", "Ärztin", "a &amp; b"])
def test_no_letter_is_taken_for_narrower_than_it_is(text: str) -> None:
    """Measured by the letters of a font of the sans-serif kind; what Plotly escapes counts as what is seen."""
    from PIL import ImageFont

    shown = text.replace("&amp;", "&")
    if not shown.isascii():
        assert margins.width(text, 10) >= 4 * len(shown)
        return
    font = ImageFont.load_default(size=100)
    assert margins.width(text, 100) >= 0.9 * font.getlength(shown)


def test_of_several_lines_the_longest_counts() -> None:
    assert margins.width("a<br>marital-status", 12) == margins.width("marital-status", 12)


def test_slanted_labels_reach_down() -> None:
    figure = theme.figure(200)
    figure.update_xaxes(theme.axis(tickvals=[0], ticktext=["100,000 to 149,999"], tickangle=-60))
    flat = theme.figure(200).update_xaxes(theme.axis(tickvals=[0], ticktext=["100,000 to 149,999"]))
    assert margins.settle(figure).layout.margin.b > margins.settle(flat).layout.margin.b + 60


def test_a_legend_of_several_lines_gets_its_height_on_top() -> None:
    """What it takes is added to the height, so that the chart itself keeps its own."""
    few, many = theme.figure(200, legend=True), theme.figure(200, legend=True)
    few.add_scatter(x=[0], y=[0], name="real rows")
    for number in range(4):
        many.add_scatter(x=[0], y=[0], name=f"a candidate of a rather long name {number}")
    for figure in (few, many):
        margins.settle(figure)
    assert many.layout.margin.t - few.layout.margin.t == 3 * margins.LINE == many.layout.height - few.layout.height


def test_charts_of_several_panels_and_axes_without_labels_stay_as_they_are() -> None:
    from plotly.subplots import make_subplots

    panels = make_subplots(1, 2).update_layout(margin={"l": 3, "b": 3})
    bare = (
        theme.figure(200, left=3, bottom=3)
        .update_xaxes(visible=False, automargin=True)
        .update_yaxes(visible=False, automargin=True)
    )
    for figure in (panels, bare):
        margins.settle(figure)
        assert (figure.layout.margin.l, figure.layout.margin.b) == (3, 3)


def test_what_was_found_again_has_room_for_labels_of_two_lines() -> None:
    names = [f"a_long_name_of_number_{number}" for number in range(7)]
    shares = {"train_share": 0.3, "holdout_share": 0.1, "gap": 0.2, "low": 0.1, "high": 0.3}
    frame = pd.DataFrame({"kind": "unique values", "column": names}).assign(**shares)
    drawn = margins.settle(privacy.copies(frame).figure)
    layout = drawn.layout
    per_row = (layout.height - layout.margin.t - layout.margin.b) / len(names)
    assert per_row >= 2 * 1.3 * (layout.yaxis.tickfont.size or 12)
