"""What attackers find out: the three risks with their arms, told secrets, exposed rows, the deep audit."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synth_ui.plots import theme
from synth_ui.plots.chart import Chart
from synth_ui.plots.dots import Series, lines

_FOUND = {
    "singling_out": "describes exactly one row",
    "linkability": "links two parts of a record",
    "inference": "guesses a secret right",
}


def _nothing(words: str, frame: pd.DataFrame) -> Chart:
    return Chart(theme.empty(160, f"{words}."), words, f"{words}.", frame)


def arms(frame: pd.DataFrame, measure: str) -> Chart:
    """Draw how often an attack succeeds on training rows, on unseen rows, and at random.

    Parameters
    ----------
    frame
        `attack, risk, low, high` and per arm `train_rate, train_low, train_high, control_…, random_…`: the detail "attacks".
    measure
        "singling_out", "linkability" or "inference".
    """
    if frame.empty:
        return _nothing("No attack was made", frame)
    own = frame.head(10)
    series = [
        Series(name, color, own[f"{arm}_rate"], own.get(f"{arm}_low"), own.get(f"{arm}_high"), symbol, shift)
        for name, arm, color, symbol, shift in (
            ("training rows", "train", theme.TRAIN, "circle", -0.2),
            ("unseen rows", "control", theme.REAL, "square", 0.0),
            ("at random, without the table", "random", theme.CONTROL, "diamond", 0.2),
        )
    ]
    drawn = lines([str(name) for name in own["attack"]], series, f"how often the attack {_FOUND[measure]} (%)")
    worst = own.iloc[0]
    rates = f"{theme.percent(worst['train_rate'])} of training rows, {theme.percent(worst['control_rate'])} of unseen rows"
    if worst["low"] > 0:
        title = f"The attack {_FOUND[measure]} more often for training rows: {rates}"
    else:
        title = f"The attack does not succeed more often for training rows than chance explains: {rates}"
    alt = f"{title}. At random {theme.percent(worst['random_rate'])}. Marks with 95% intervals, per attack."
    return Chart(drawn, title, alt, frame.reset_index(drop=True))


def secrets(frame: pd.DataFrame) -> Chart:
    """Draw how often each sensitive value is guessed right, for training rows and for unseen rows.

    Parameters
    ----------
    frame
        `secret, gap, low, high, train_rate, holdout_rate, met, …`: the detail "secrets" of `disclosure`.
    """
    if frame.empty:
        return _nothing("No secret was looked up", frame)
    own = frame.head(12)
    series = [
        Series("training rows", theme.TRAIN, own["train_rate"], shift=-0.1),
        Series("unseen rows", theme.REAL, own["holdout_rate"], symbol="square", shift=0.1),
    ]
    drawn = lines([str(name) for name in own["secret"]], series, "right guesses (%)")
    worst = own.iloc[0]
    rates = f"{worst['secret']}, {theme.percent(worst['train_rate'])} against {theme.percent(worst['holdout_rate'])}"
    if worst["low"] > 0:
        title = f"Sensitive values are told more often of training rows than of unseen rows: {rates}"
    else:
        title = f"Sensitive values are told no more often of training rows than of unseen rows: {rates}"
    return Chart(
        drawn, title, f"{title}. {theme.percent(worst['met'])} of training rows meet a synthetic row that agrees.", frame
    )


def evidence(frame: pd.DataFrame) -> Chart:
    """Draw how much nearer than other real rows the closest synthetic row lies, for training rows and for unseen rows.

    Parameters
    ----------
    frame
        `bin_low, bin_high, train_share, holdout_share`: the detail "evidence" of `exposed`.
    """
    if frame.empty:
        return _nothing("No row was attacked", frame)
    own = frame.sort_values("bin_low")
    drawn = theme.figure(300, top=34, legend=True)
    middle = ((own["bin_low"] + own["bin_high"]) / 2).to_numpy(float)
    drawn.add_bar(
        x=theme.floats(middle), width=theme.floats(own["bin_high"] - own["bin_low"]), y=theme.floats(100 * own["holdout_share"]),
        name="unseen rows", marker={"color": theme.REAL, "opacity": 0.45, "line": {"width": 0}}, hovertemplate="%{y:.2f}%<extra></extra>",
    )  # fmt: skip
    edges = np.column_stack([own["bin_low"], own["bin_high"]]).ravel()
    drawn.add_scatter(
        x=theme.floats(edges), y=theme.floats(np.repeat(100 * own["train_share"].to_numpy(float), 2)), mode="lines",
        name="training rows", line={"color": theme.TRAIN, "width": 2.2}, hoverinfo="skip",
    )  # fmt: skip
    drawn.update_xaxes(theme.axis("evidence (logarithm of how many times nearer a synthetic row is)", nticks=6))
    drawn.update_yaxes(theme.axis("attacked rows (%)", rangemode="tozero", nticks=5))
    beyond = np.cumsum(own["holdout_share"].to_numpy(float)[::-1])[::-1] <= 0.01
    told = float(own["train_share"].to_numpy(float)[beyond].sum())
    where = "where at most one in a hundred unseen rows lies"
    title = (
        f"{theme.percent(told)} of the training rows lie {where}"
        if told > 0.015
        else f"No more training rows than chance explains lie {where}"
    )
    return Chart(
        drawn, title, f"{title}. Two distributions of evidence, of training rows and of unseen rows.", own.reset_index(drop=True)
    )


def audit(frame: pd.DataFrame) -> Chart:
    """Draw how well each isolated row is told over the refits.

    Parameters
    ----------
    frame
        `row, auc, low, high, near_in, near_out`: the detail "records" of `shadow`.
    """
    if frame.empty:
        return _nothing("No row was tried", frame)
    counts, edges = np.histogram(frame["auc"], np.linspace(0, 1, 11))
    drawn = theme.figure(300)
    drawn.add_bar(
        x=theme.floats((edges[:-1] + edges[1:]) / 2), y=theme.floats(counts), width=theme.floats(np.full(10, 0.094)),
        marker={"color": theme.TRAIN, "line": {"width": 0}}, hovertemplate="%{y} rows<extra></extra>",
    )  # fmt: skip
    drawn.add_vline(x=0.5, line={"color": theme.CONTROL, "dash": "dot", "width": 1})
    drawn.update_xaxes(theme.axis("AUC per row (0.5 = guessing, 1 = told in every refit)", range=[0, 1], nticks=6))
    drawn.update_yaxes(theme.axis("isolated training rows", rangemode="tozero", nticks=5))
    told = int((frame["auc"] >= 1).sum())
    title = f"{told:,} of {len(frame):,} isolated rows are told in every refit; the mean AUC is {frame['auc'].mean():.2f}"
    return Chart(drawn, title, f"{title}. A histogram over the rows; guessing gives 0.5.", frame.reset_index(drop=True))
