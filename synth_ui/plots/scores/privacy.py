"""Whether a candidate lies nearer to the rows it saw, and who can be told to have been among them."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from synth_ui.plots import theme
from synth_ui.plots.chart import Chart
from synth_ui.plots.columns_and_pairs.columns import bars

_WORDS = {
    "distance": ("distance to the nearest real row", "to training rows", "to unseen rows"),
    "ratio": ("nearest ÷ second nearest distance", "among training rows", "among unseen rows"),
}


def distances(frame: pd.DataFrame, what: Literal["distance", "ratio"] = "distance") -> Chart:
    """Draw how far synthetic rows lie from their nearest training row and from their nearest unseen row.

    Parameters
    ----------
    frame
        `bin_low, bin_high, to_train_share, to_holdout_share`: the details "distances" and "ratios" of `dcr_share`.
    what
        "distance", or "ratio" for the nearest over the second nearest.
    """
    if frame.empty:
        return Chart(
            theme.empty(160, "No distance was measured."), "No distance was measured", "No distance was measured.", frame
        )
    own = frame.sort_values("bin_low")
    axis, train, holdout = _WORDS[what]
    drawn = theme.figure(300, top=34, legend=True)
    middle = ((own["bin_low"] + own["bin_high"]) / 2).to_numpy(float)
    drawn.add_bar(
        x=theme.floats(middle), width=theme.floats(own["bin_high"] - own["bin_low"]), y=theme.floats(100 * own["to_holdout_share"]), name=holdout,
        marker={"color": theme.REAL, "opacity": 0.45, "line": {"width": 0}}, hovertemplate="%{y:.2f}%<extra></extra>",
    )  # fmt: skip
    edges = np.column_stack([own["bin_low"], own["bin_high"]]).ravel()
    drawn.add_scatter(
        x=theme.floats(edges), y=theme.floats(np.repeat(100 * own["to_train_share"].to_numpy(float), 2)), mode="lines", name=train,
        line={"color": theme.TRAIN, "width": 2.2}, hoverinfo="skip",
    )  # fmt: skip
    drawn.update_xaxes(theme.axis(axis, rangemode="tozero", nticks=6))
    drawn.update_yaxes(theme.axis("synthetic rows (%)", rangemode="tozero", nticks=5))
    title, numbers = _distance_finding(own, what)
    return Chart(
        drawn, title, f"{title}. Two distributions over {axis}: {train} and {holdout}. {numbers}", own.reset_index(drop=True)
    )


def _distance_finding(own: pd.DataFrame, what: str) -> tuple[str, str]:
    ahead = (own["to_train_share"] - own["to_holdout_share"]).cumsum()
    most = float(ahead.max())
    near = own["to_train_share"].iloc[0], own["to_holdout_share"].iloc[0]
    word = "distances" if what == "distance" else "ratios"
    numbers = (
        f"In the lowest cell: {theme.percent(float(near[0]))} by training rows, {theme.percent(float(near[1]))} by unseen rows."
    )
    if most < 0.02:
        return f"Training and unseen rows give the same {word}", numbers
    at = own["bin_high"].to_numpy(float)[int(ahead.to_numpy().argmax())]
    if what == "ratio":
        return (
            f"{theme.percent(most)} more synthetic rows single out a training row than an unseen row (ratio up to {at:.2f})",
            numbers,
        )
    return (
        f"{theme.percent(most)} more synthetic rows have a training row than an unseen row within a distance of {at:.2f}",
        numbers,
    )


def membership_roc(frame: pd.DataFrame) -> Chart:
    """Draw the attacks' ROC curves on logarithmic axes, where a few exposed rows show.

    Parameters
    ----------
    frame
        `attack, false_positive_rate, true_positive_rate`.
    """
    if frame.empty:
        return Chart(theme.empty(160, "No attack was run."), "No attack was run", "No attack was run.", frame)
    positive = frame[(frame["false_positive_rate"] > 0) & (frame["true_positive_rate"] > 0)]
    low = float(positive[["false_positive_rate", "true_positive_rate"]].min().min()) if len(positive) else 1e-3
    decade = float(np.clip(np.floor(np.log10(low)), -4, -2))
    drawn = theme.figure(380, top=34, legend=True)
    line = np.logspace(decade, 0, 20)
    drawn.add_scatter(
        x=theme.floats(line),
        y=theme.floats(line),
        mode="lines",
        name="guessing",
        hoverinfo="skip",
        line={"color": theme.CONTROL, "width": 1, "dash": "dot"},
    )
    for number, (attack, own) in enumerate(positive.groupby("attack", sort=False)):
        own = own.sort_values(["false_positive_rate", "true_positive_rate"])
        drawn.add_scatter(
            x=theme.floats(own["false_positive_rate"]), y=theme.floats(own["true_positive_rate"]), mode="lines", name=theme.text(attack, 24),
            line={"color": theme.colour(number), "dash": theme.dash(number), "width": 2.2, "shape": "hv"},
            hovertemplate="%{y:.2%} of training rows told at %{x:.2%} false alarms<extra></extra>",
        )  # fmt: skip
    ticks = {
        "type": "log",
        "range": [decade, 0.03],
        "tickvals": [10.0**power for power in range(int(decade), 1)],
        "ticktext": [theme.percent(10.0**power) for power in range(int(decade), 1)],
    }
    drawn.update_xaxes(theme.axis("false alarms among unseen rows", **ticks))
    drawn.update_yaxes(theme.axis("training rows told", **ticks))
    title = _attack_finding(frame)
    return Chart(
        drawn, title, f"{title}. ROC curves on logarithmic axes; the diagonal is guessing.", frame.reset_index(drop=True)
    )


def at_false_alarms(curve: pd.DataFrame, rate: float) -> float:
    """Return the highest true-positive rate of a curve at or below a false-positive rate; 0 if it has no such point."""
    within = curve[curve["false_positive_rate"] <= rate]
    return float(within["true_positive_rate"].max()) if len(within) else 0.0


def _attack_finding(frame: pd.DataFrame) -> str:
    best = max((at_false_alarms(own, 0.01), str(attack)) for attack, own in frame.groupby("attack", sort=False))
    told, times = best[0], best[0] / 0.01
    if times < 1.5:
        return "At 1% false alarms no attack tells training rows much better than guessing"
    return (
        f"At 1% false alarms the best attack tells {theme.percent(told)} of the training rows, {times:.0f} times as many as guessing"
        if times >= 2
        else (f"At 1% false alarms the best attack tells {theme.percent(told)} of the training rows; guessing would tell 1%")
    )


def copies(frame: pd.DataFrame, most: int = 15) -> Chart:
    """Draw how much of the training rows is found again, beside the same for unseen rows.

    Parameters
    ----------
    frame
        `kind, column, train_share, holdout_share, gap, low, high`: the detail "kinds" of `copies`.
    """
    if frame.empty:
        return Chart(theme.empty(160, "Nothing was looked for."), "Nothing was looked for", "Nothing was looked for.", frame)
    own = frame.sort_values("low", ascending=False, kind="stable").head(most)
    labels = [f"{kind}, {column}" if column else str(kind) for kind, column in zip(own["kind"], own["column"], strict=True)]
    shown = [theme.wrapped(label, 18) for label in labels]
    each = 34 if any("<br>" in label for label in shown) else 30  # two lines of a label need more than one
    drawn = theme.figure(104 + each * max(len(own), 2), top=34, legend=True)
    rows = np.arange(len(own))
    gap = np.full(len(own), np.nan)
    drawn.add_scatter(
        x=theme.floats(100 * np.column_stack([own["holdout_share"], own["train_share"], gap]).ravel()), y=theme.floats(np.column_stack([rows, rows, gap]).ravel()),
        mode="lines", line={"color": theme.TRACK, "width": 5}, hoverinfo="skip", showlegend=False,
    )  # fmt: skip
    for name, value, color in (("of unseen rows", "holdout_share", theme.REAL), ("of training rows", "train_share", theme.TRAIN)):
        drawn.add_scatter(
            x=theme.floats(100 * own[value]), y=theme.floats(rows), mode="markers", name=name, marker={"size": 11, "color": color}, cliponaxis=False,
            text=[theme.text(label, 60) for label in labels], hovertemplate="%{text}: %{x:.2f}%<extra></extra>",
        )  # fmt: skip
    drawn.update_yaxes(theme.axis(tickvals=rows, ticktext=shown, range=[len(own) - 0.5, -0.5], showgrid=False))
    drawn.update_xaxes(theme.axis("found again in the synthetic table (%)", rangemode="tozero", nticks=6))
    worst = own.iloc[0]
    if worst["low"] > 0:
        title = f"More of the training rows is found again than of unseen rows: {labels[0]}, {theme.percent(worst['train_share'])} against {theme.percent(worst['holdout_share'])}"
    else:
        title = "No more of the training rows is found again than of unseen rows"
    said = [
        f"{label}: train {theme.percent(row['train_share'])}, unseen {theme.percent(row['holdout_share'])}"
        for label, row in zip(labels[:5], own.to_dict("records"), strict=False)
    ]
    return Chart(drawn, title, f"{title}. {'; '.join(said)}.", own.reset_index(drop=True))


def thresholds(frame: pd.DataFrame, most: int = 12) -> Chart:
    """Draw the rules that prove the most leakage, strongest first.

    Parameters
    ----------
    frame
        `attack, rows, side, false_positive_rate, true_positive_rate, epsilon_low`: the detail "thresholds" of `leakage_index`.
    """
    if frame.empty:
        return Chart(theme.empty(160, "No rule was tried."), "No rule was tried", "No rule was tried.", frame)
    own = frame.sort_values("epsilon_low", ascending=False, kind="stable").head(most)
    names = (
        own["attack"].astype(str)
        + ", "
        + own["rows"].astype(str)
        + ", "
        + own["false_positive_rate"].map(lambda rate: theme.percent(float(rate)))
    )
    top = float(own["epsilon_low"].iloc[0])
    title = (
        f"The strongest rule proves ε = {top:.1f} before correction for having chosen it"
        if top > 0
        else "No rule proves any leakage"
    )
    drawn = bars(names, own["epsilon_low"].clip(lower=0), "ε proved by the rule alone (0 = none)", ".2f")
    return Chart(drawn, title, f"{title}. Rules tried: {len(frame):,}.", frame.reset_index(drop=True))
