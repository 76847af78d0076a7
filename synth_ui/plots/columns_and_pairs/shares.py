"""Shares of real and of synthetic rows side by side: rare levels, tails, blanks, odd rows, rules, tell-tale signs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from synth_ui.plots import theme
from synth_ui.plots.chart import Chart
from synth_ui.plots.columns_and_pairs.columns import bars

MOST = 15


def rare_levels(frame: pd.DataFrame) -> Chart:
    """Draw how frequent rare levels are among unseen real rows and among synthetic ones, missing ones first.

    Parameters
    ----------
    frame
        `column, level, real_share, synthetic_share, found`: the detail "levels" of `coverage`.
    """
    if frame.empty:
        return _nothing("No level is rare: all hold at least 1% of the real rows", frame)
    missing = int((~frame["found"].astype(bool)).sum())
    own = frame.assign(lost=(frame["real_share"] - frame["synthetic_share"]) / frame["real_share"])
    own = own.sort_values(["found", "lost"], ascending=[True, False], kind="stable")
    labels = [f"{column}: {level}" for column, level in zip(own["column"], own["level"], strict=True)]
    if missing:
        title = f"{missing:,} of {len(own):,} rare levels are missing, {labels[0]} among them"
    else:
        title = f"All {len(own):,} rare levels are there; {labels[0]} is the most short of its share"
    return _two_sided(own, labels, title, "rows (%)")


def tails(frame: pd.DataFrame) -> Chart:
    """Draw how many rows lie beyond the 1st and the 99th percentile of the real values, worst tail first.

    Parameters
    ----------
    frame
        `column, beyond, real_share, synthetic_share, score`: the detail "tails" of `coverage`.
    """
    if frame.empty:
        return _nothing("No number has a tail to compare", frame)
    own = frame.sort_values("score", kind="stable")
    labels = [f"{column} {beyond}" for column, beyond in zip(own["column"], own["beyond"], strict=True)]
    worst = own.iloc[0]
    if worst["score"] > 0.8:
        title = "Every tail weighs about what it should"
    else:
        word = "too light" if worst["synthetic_share"] < worst["real_share"] else "too heavy"
        title = f"{labels[0]} is {word}: {_both(worst)}"
    return _two_sided(own, labels, title, "rows beyond (%)")


def blanks(frame: pd.DataFrame) -> Chart:
    """Draw the share of blanks per column, largest difference first.

    Parameters
    ----------
    frame
        `column, real_share, synthetic_share, difference`: the detail "columns" of `missingness`.
    """
    if frame.empty:
        return _nothing("No column has a blank", frame)
    own = frame.loc[frame["difference"].abs().sort_values(ascending=False, kind="stable").index]
    worst = own.iloc[0]
    title = (
        "Every column is blank as often as it should be"
        if abs(worst["difference"]) < 0.005
        else f"{worst['column']} differs most in blanks: {_both(worst)}"
    )
    return _two_sided(own, list(own["column"].astype(str)), title, "blank rows (%)")


def blanks_together(frame: pd.DataFrame) -> Chart:
    """Draw how often two columns are blank in the same row, largest difference first.

    Parameters
    ----------
    frame
        `first, second, real_share, synthetic_share, difference`: the detail "together" of `missingness`.
    """
    if frame.empty:
        return _nothing("No two columns are blank in the same row", frame)
    own = frame.loc[frame["difference"].abs().sort_values(ascending=False, kind="stable").index]
    labels = [f"{first} and {second}" for first, second in zip(own["first"], own["second"], strict=True)]
    worst = own.iloc[0]
    title = (
        "Columns are blank together as often as they should be"
        if abs(worst["difference"]) < 0.005
        else f"{labels[0]} are blank together in {_both(worst)}"
    )
    return _two_sided(own, labels, title, "rows blank in both (%)")


def telltale(frame: pd.DataFrame) -> Chart:
    """Draw the shares of both sides that meet each tell-tale condition, largest difference first.

    Parameters
    ----------
    frame
        `condition, real_share, synthetic_share, difference`: the detail "sentences" of `telltale`.
    """
    if frame.empty:
        return _nothing("No simple sign tells its rows from unseen real rows", frame)
    own = frame.loc[frame["difference"].abs().sort_values(ascending=False, kind="stable").index]
    labels = list(own["condition"].astype(str))
    return _two_sided(own, labels, f"{labels[0]}: {_both(own.iloc[0])}", "rows (%)")


def odd_rows(frame: pd.DataFrame) -> Chart:
    """Draw how far the oddest unseen rows lie from the nearest training row and from the nearest synthetic row.

    Parameters
    ----------
    frame
        `bin_low, bin_high, to_train_share, to_synthetic_share`: the detail "odd" of `coverage`.
    """
    if frame.empty:
        return _nothing("There are too few rows to call any of them odd", frame)
    own = frame.sort_values("bin_low")
    middle = ((own["bin_low"] + own["bin_high"]) / 2).to_numpy(float)
    drawn = theme.figure(300, top=34, legend=True)
    drawn.add_bar(
        x=theme.floats(middle), width=theme.floats(own["bin_high"] - own["bin_low"]), y=theme.floats(100 * own["to_train_share"]),
        name="to the nearest training row", marker={"color": theme.REAL, "opacity": 0.45, "line": {"width": 0}},
        hovertemplate="%{y:.1f}%<extra></extra>",
    )  # fmt: skip
    edges = np.column_stack([own["bin_low"], own["bin_high"]]).ravel()
    drawn.add_scatter(
        x=theme.floats(edges), y=theme.floats(np.repeat(100 * own["to_synthetic_share"].to_numpy(float), 2)), mode="lines",
        name="to the nearest synthetic row", line={"color": theme.SYNTHETIC, "width": 2.2}, hoverinfo="skip",
    )  # fmt: skip
    drawn.update_xaxes(theme.axis("distance (0 = the same row)", rangemode="tozero", nticks=6))
    drawn.update_yaxes(theme.axis("odd unseen rows (%)", rangemode="tozero", nticks=5))
    means = [float((middle * own[name]).sum()) for name in ("to_train_share", "to_synthetic_share")]
    much = means[1] / means[0] - 1 if means[0] > 0 else 0.0
    if abs(much) < 0.03:
        title = "Odd rows lie as near to synthetic rows as to training rows"
    else:
        title = f"Odd rows lie {theme.percent(abs(much))} {'farther from' if much > 0 else 'nearer to'} synthetic rows than training rows"
    return Chart(
        drawn, title, f"{title}. Mean distance to the nearest training row {means[0]:.2f}, to the nearest synthetic row {means[1]:.2f}.",
        own.reset_index(drop=True),
    )  # fmt: skip


def rules(frame: pd.DataFrame) -> Chart:
    """Draw which share of the rows breaks each rule, most broken first.

    Parameters
    ----------
    frame
        `text, breaches, share`: the detail "rules" of `rules`.
    """
    if frame.empty:
        return _nothing("No rule was found", frame)
    broken = frame[frame["breaches"] > 0]
    if broken.empty:
        kept = "The one rule is" if len(frame) == 1 else f"All {len(frame):,} rules are"
        return _nothing(f"{kept} kept by every row", frame)
    worst = broken.iloc[0]
    title = f"{len(broken):,} of {len(frame):,} rules are broken; most, by {theme.percent(worst['share'])} of the rows: {worst['text']}"
    labels = broken["text"].astype(str).str.removesuffix(" never stand in one row")
    drawn = bars(labels.head(MOST), 100 * broken["share"].head(MOST), "rows that break it (%)", ".2f")
    said = [f"{row['text']}: {theme.percent(row['share'])}" for row in broken.head(3).to_dict("records")]
    return Chart(drawn, title, f"{title}. Worst first: {'; '.join(said)}.", frame.reset_index(drop=True))


def invalid_cells(frame: pd.DataFrame) -> Chart:
    """Draw which share of each column's cells holds what the real column never does, worst first.

    Parameters
    ----------
    frame
        `column, valid` and one share per problem: the detail "columns" of `validity`.
    """
    wrong = frame[frame["valid"] < 1].sort_values("valid", kind="stable")
    if wrong.empty:
        return _nothing("Every cell holds what the real table could hold", frame)
    worst = wrong.iloc[0]
    title = f"{worst['column']} has most invalid cells: {theme.percent(1 - worst['valid'])}"
    drawn = bars(wrong["column"].head(MOST), 100 * (1 - wrong["valid"].head(MOST)), "invalid cells (%)", ".2f")
    said = [f"{row['column']} {theme.percent(1 - row['valid'])}" for row in wrong.head(5).to_dict("records")]
    return Chart(drawn, title, f"{title}. Share of invalid cells, worst first: {', '.join(said)}.", frame.reset_index(drop=True))


def triples(frame: pd.DataFrame) -> Chart:
    """Draw how many rows would have to change in the worst three-way tables.

    Parameters
    ----------
    frame
        `first, second, third, score`: the detail "triples" of `triples`.
    """
    if frame.empty:
        return _nothing("No three columns were compared", frame)
    worst = frame.sort_values("score", kind="stable").head(MOST)
    names = worst["first"].astype(str) + ", " + worst["second"].astype(str) + ", " + worst["third"].astype(str)
    title = f"{names.iloc[0]} differ most: {theme.percent(1 - worst['score'].iloc[0])} of rows would have to change"
    drawn = bars(names, 100 * (1 - worst["score"]), "rows that would have to change (%)", ".1f")
    said = [f"{name} {theme.percent(1 - score)}" for name, score in zip(names.head(3), worst["score"], strict=False)]
    return Chart(drawn, title, f"{title}. Worst of {len(frame):,} triples: {'; '.join(said)}.", frame.reset_index(drop=True))


def _nothing(title: str, frame: pd.DataFrame) -> Chart:
    return Chart(theme.empty(120, f"{title}."), title, f"{title}.", frame.reset_index(drop=True))


def _both(row: pd.Series[Any]) -> str:
    return f"{theme.percent(float(row['real_share']))} of real rows, {theme.percent(float(row['synthetic_share']))} of synthetic ones"


def _two_sided(frame: pd.DataFrame, labels: Sequence[str], title: str, axis: str) -> Chart:
    """Return a chart with a real and a synthetic mark per row, joined by a line, first row on top."""
    own, names = frame.head(MOST), list(labels[:MOST])
    said = [f"{label}: {_both(row)}" for label, (_, row) in zip(names[:3], own.head(3).iterrows(), strict=False)]
    return Chart(_dumbbells(own, names, axis), title, f"{title}. {'; '.join(said)}.", frame.reset_index(drop=True))


def _dumbbells(own: pd.DataFrame, names: list[str], axis: str) -> go.Figure:
    longest = max(map(len, names))
    drawn = theme.figure(84 + (26 if longest <= 24 else 38) * max(len(own), 2), top=34, legend=True)
    rows, gap = np.arange(len(own)), np.full(len(own), np.nan)
    across = 100 * np.column_stack([own["real_share"], own["synthetic_share"], gap]).ravel()
    drawn.add_scatter(
        x=theme.floats(across), y=theme.floats(np.column_stack([rows, rows, gap]).ravel()), mode="lines",
        line={"color": theme.TRACK, "width": 5}, hoverinfo="skip", showlegend=False,
    )  # fmt: skip
    marks = (("real", "real_share", theme.REAL, "circle"), ("synthetic", "synthetic_share", theme.SYNTHETIC, "diamond"))
    for name, value, color, symbol in marks:
        drawn.add_scatter(
            x=theme.floats(100 * own[value]), y=theme.floats(rows), mode="markers", name=name, cliponaxis=False,
            marker={"size": 11, "color": color, "symbol": symbol}, text=[theme.text(label, 60) for label in names],
            hovertemplate=f"%{{text}}: {name} %{{x:.2f}}%<extra></extra>",
        )  # fmt: skip
    ticks = [theme.text(name, 24) if len(name) <= 24 else theme.wrapped(name, 26) for name in names]
    drawn.update_yaxes(theme.axis(tickvals=theme.floats(rows), ticktext=ticks, range=[len(own) - 0.5, -0.5], showgrid=False))
    drawn.update_xaxes(theme.axis(axis, rangemode="tozero", nticks=6))
    return drawn
