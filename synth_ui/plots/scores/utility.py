"""How well models trained on synthetic rows do on real ones, beside models trained on real rows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from synth_ui.plots import theme
from synth_ui.plots.chart import Chart

_COLOURS: Mapping[str, str] = {"real": theme.REAL, "synthetic": theme.SYNTHETIC}
MOST_CLASSES = 4


def roc(frame: pd.DataFrame, model: str | None = None) -> Chart:
    """Draw ROC curves of models trained on real and on synthetic rows, both tested on unseen real rows.

    Parameters
    ----------
    frame
        `model, trained_on` ("real" or "synthetic"), `class, false_positive_rate, true_positive_rate`.
    model
        Which model; by default the first. Of more than four classes those with the largest gap are drawn.
    """
    own = _of_model(frame, model)
    if own.empty:
        return _nothing(frame, "There is no ROC curve: the target is a number or has one class.")
    areas = _areas(own)
    classes = _worst_classes(areas)
    drawn = theme.figure(380, top=34, legend=True)
    _diagonal(drawn)
    for number, name in enumerate(classes):
        for trained_on, color in _COLOURS.items():
            part = own[(own["class"] == name) & (own["trained_on"] == trained_on)].sort_values(
                ["false_positive_rate", "true_positive_rate"]
            )
            label = trained_on + (f", {theme.text(name, 16)}" if len(classes) > 1 else "")
            drawn.add_scatter(
                x=theme.floats(100 * part["false_positive_rate"]), y=theme.floats(100 * part["true_positive_rate"]), mode="lines", name=label,
                line={"color": color, "width": 2.4, "dash": theme.dash(number)}, hovertemplate="%{y:.0f}% found at %{x:.1f}% false alarms<extra></extra>",
            )  # fmt: skip
    _rates(drawn)
    mean = areas.mean()
    title = f"Trained on synthetic rows the model reaches AUC {mean['synthetic']:.3f}, on real rows {mean['real']:.3f}"
    said = [f"{name}: real {row['real']:.3f}, synthetic {row['synthetic']:.3f}" for name, row in areas.loc[classes].iterrows()]
    return Chart(
        drawn, title, f"{title}. ROC curves on unseen real rows. AUC by class, {'; '.join(said)}.", own.reset_index(drop=True)
    )


def roc_together(frames: Mapping[str, pd.DataFrame], numbers: Mapping[str, int] | None = None) -> Chart:
    """Draw the ROC curve of the model of real rows and of the models of several candidates in one picture.

    Parameters
    ----------
    frames
        As for `roc`, by what each candidate is called. Of several classes the one that loses most is drawn.
    numbers
        The number of each candidate, see `theme.colour`; by default its place.
    """
    known = {name: _of_model(frame, None) for name, frame in frames.items() if len(frame)}
    if not known:
        return _nothing(pd.DataFrame(), "There is no ROC curve: the target is a number or has one class.")
    areas = {name: _areas(own) for name, own in known.items()}
    losses = pd.concat([(area["real"] - area["synthetic"]) for area in areas.values()], axis=1).max(axis=1)
    shown = losses.idxmax()
    drawn = theme.figure(380, legend=True)
    _diagonal(drawn)
    first = next(iter(known.values()))
    _curve(drawn, first[(first["class"] == shown) & (first["trained_on"] == "real")], "real rows", theme.REAL, "solid", 3.2)
    for place, (name, own) in enumerate(known.items()):
        color = theme.colour(numbers[name] if numbers else place)
        part = own[(own["class"] == shown) & (own["trained_on"] == "synthetic")]
        _curve(drawn, part, theme.text(name, 28), color, theme.dash(place), 2.2)
    _rates(drawn)
    several = f" for {shown}" if len(losses) > 1 else ""
    real = next(iter(areas.values())).loc[shown, "real"]
    said = theme.listed([f"{areas[name].loc[shown, 'synthetic']:.3f} on {name}" for name in known])
    title = f"Trained on real rows a model reaches AUC {real:.3f}{several}; trained on synthetic rows {said}"
    together = pd.concat([own.assign(candidate=name) for name, own in known.items()], ignore_index=True)
    return Chart(drawn, title, f"{title}. ROC curves, all on unseen real rows.", together)


def _curve(drawn: go.Figure, part: pd.DataFrame, name: str, color: str, style: str, width: float) -> None:
    part = part.sort_values(["false_positive_rate", "true_positive_rate"])
    drawn.add_scatter(
        x=theme.floats(100 * part["false_positive_rate"]), y=theme.floats(100 * part["true_positive_rate"]), mode="lines", name=name,
        line={"color": color, "width": width, "dash": style}, hovertemplate="%{y:.0f}% found at %{x:.1f}% false alarms<extra></extra>",
    )  # fmt: skip


def _of_model(frame: pd.DataFrame, model: str | None) -> pd.DataFrame:
    return frame if frame.empty else frame[frame["model"] == (model or frame["model"].iloc[0])]


def _nothing(frame: pd.DataFrame, words: str) -> Chart:
    return Chart(theme.empty(160, words), words.split(":")[0].rstrip("."), words, frame)


def _areas(own: pd.DataFrame) -> pd.DataFrame:
    """Return the area under each curve, one row per class."""
    rows: dict[Any, dict[str, float]] = {}
    for (name, trained_on), part in own.groupby(["class", "trained_on"], sort=False, observed=True):
        part = part.sort_values(["false_positive_rate", "true_positive_rate"])
        rows.setdefault(name, {})[str(trained_on)] = float(np.trapezoid(part["true_positive_rate"], part["false_positive_rate"]))
    return pd.DataFrame.from_dict(rows, orient="index").reindex(columns=list(_COLOURS))


def _worst_classes(areas: pd.DataFrame) -> list[Any]:
    gaps = (areas["real"] - areas["synthetic"]).sort_values(ascending=False, kind="stable")
    return list(gaps.index[:MOST_CLASSES])


def _diagonal(drawn: go.Figure) -> None:
    drawn.add_scatter(
        x=theme.floats([0, 100]),
        y=theme.floats([0, 100]),
        mode="lines",
        name="guessing",
        hoverinfo="skip",
        line={"color": theme.CONTROL, "width": 1, "dash": "dot"},
    )


def _rates(drawn: go.Figure) -> None:
    drawn.update_xaxes(theme.axis("false alarms (% of the others)", range=[-1, 101], nticks=6))
    drawn.update_yaxes(theme.axis("found (% of the class)", range=[-1, 101], nticks=6))


def per_class(frame: pd.DataFrame, most: int = 20) -> Chart:
    """Draw for each class how well it is told, trained on real and on synthetic rows, widest gap first.

    Parameters
    ----------
    frame
        `class, rows, auc_real, auc_synthetic`.
    """
    if frame.empty:
        return _nothing(frame, "There are no classes: the target is a number.")
    own = (
        frame.assign(gap=frame["auc_real"] - frame["auc_synthetic"]).sort_values("gap", ascending=False, kind="stable").head(most)
    )
    drawn = theme.figure(84 + 30 * max(len(own), 2), top=34, legend=True)
    rows = np.arange(len(own))
    _links(drawn, own["auc_real"], own["auc_synthetic"], rows)
    for name, value in (("real", "auc_real"), ("synthetic", "auc_synthetic")):
        drawn.add_scatter(
            x=theme.floats(own[value]), y=theme.floats(rows), mode="markers", name=name, marker={"size": 11, "color": _COLOURS[value.removeprefix("auc_")]},
            text=[theme.text(label) for label in own["class"]], hovertemplate="%{text}: AUC %{x:.3f}<extra></extra>", cliponaxis=False,
        )  # fmt: skip
    labels = [f"{theme.text(row['class'], 18)} ({row['rows']:,.0f})" for row in own.to_dict("records")]
    drawn.update_yaxes(theme.axis(tickvals=rows, ticktext=labels, range=[len(own) - 0.5, -0.5], showgrid=False))
    drawn.update_xaxes(theme.axis("AUC on unseen real rows", nticks=6))
    worst = own.iloc[0]
    title = f"{worst['class']} loses most: AUC {worst['auc_synthetic']:.3f} instead of {worst['auc_real']:.3f}"
    title = title if worst["gap"] > 0.001 else "No class loses: each is told as well as with real rows"
    said = [
        f"{row['class']} real {row['auc_real']:.3f}, synthetic {row['auc_synthetic']:.3f}"
        for row in own.head(6).to_dict("records")
    ]
    return Chart(drawn, title, f"{title}. AUC per class, widest gap first: {'; '.join(said)}.", own.reset_index(drop=True))


def _links(drawn: go.Figure, one: pd.Series[Any], other: pd.Series[Any], rows: npt.NDArray[Any]) -> None:
    gap = np.full(len(rows), np.nan)
    drawn.add_scatter(
        x=theme.floats(np.column_stack([one, other, gap]).ravel()), y=theme.floats(np.column_stack([rows, rows, gap]).ravel()), mode="lines",
        line={"color": theme.TRACK, "width": 5}, hoverinfo="skip", showlegend=False,
    )  # fmt: skip


def calibration(frame: pd.DataFrame, model: str | None = None) -> Chart:
    """Draw how often what a model predicts comes true.

    Parameters
    ----------
    frame
        `model, trained_on, class, predicted, observed, rows`; of several classes the one with the most observed cases is drawn.
    """
    own = _of_model(frame, model)
    if own.empty:
        return _nothing(frame, "There is no calibration curve: the target is a number or has one class.")
    weight = (own["observed"] * own["rows"]).groupby(own["class"], sort=False).sum()
    own = own[own["class"] == weight.idxmax()]
    drawn = theme.figure(360, top=34, legend=True)
    _diagonal(drawn)
    drawn.data[0].name = "exact"
    off = {}
    for trained_on, color in _COLOURS.items():
        part = own[own["trained_on"] == trained_on].sort_values("predicted")
        off[trained_on] = (
            float(np.average((part["predicted"] - part["observed"]).abs(), weights=part["rows"])) if len(part) else np.nan
        )
        drawn.add_scatter(
            x=theme.floats(100 * part["predicted"]), y=theme.floats(100 * part["observed"]), mode="lines+markers", name=trained_on,
            line={"color": color, "width": 2.2}, marker={"size": 7}, hovertemplate="predicted %{x:.0f}%, came true %{y:.0f}%<extra></extra>",
        )  # fmt: skip
    drawn.update_xaxes(theme.axis("predicted chance (%)", range=[-2, 102], nticks=6))
    drawn.update_yaxes(theme.axis("came true (%)", range=[-2, 102], nticks=6))
    title = (
        f"Predicted chances of {own['class'].iloc[0]} are off by {theme.percent(off['synthetic'])} on average, "
        f"{theme.percent(off['real'])} with real rows"
    )
    return Chart(
        drawn,
        title,
        f"{title}. Calibration curves on unseen real rows, predicted across, observed upwards.",
        own.reset_index(drop=True),
    )


def _about(value: float) -> str:
    """Say a number in two significant digits: read off a grid whose cells are not the same for every candidate, more would be made up."""
    exact = value == 0 or not math.isfinite(value)
    return f"{value if exact else round(value, 1 - math.floor(math.log10(abs(value)))):,.12g}"


def predicted_against_true(frame: pd.DataFrame) -> Chart:
    """Draw predictions of a number against its true values, as shares of rows in a grid: trained on real, on synthetic.

    Parameters
    ----------
    frame
        `trained_on, true_low, true_high, predicted_low, predicted_high, rows`.
    """
    if frame.empty:
        return _nothing(frame, "There is no scatter: the target is not a number.")
    drawn = theme.figure(340, top=34)
    ends = [float(frame[["true_low", "predicted_low"]].min().min()), float(frame[["true_high", "predicted_high"]].max().max())]
    spread = {}
    for number, (trained_on, color) in enumerate(_COLOURS.items()):
        part = frame[frame["trained_on"] == trained_on]
        middle = {side: (part[f"{side}_low"] + part[f"{side}_high"]) / 2 for side in ("true", "predicted")}
        share = part["rows"] / max(part["rows"].sum(), 1)
        spread[trained_on] = float(((middle["predicted"] - middle["true"]).abs() * share).sum())
        drawn.add_scatter(
            x=theme.floats(middle["true"]), y=theme.floats(middle["predicted"]), mode="markers", xaxis=f"x{number + 1}", yaxis="y",
            marker={"color": color, "symbol": "square", "size": 8, "opacity": theme.floats(np.clip(0.12 + 8 * share, 0, 1))},
            text=[f"{rows:,} rows" for rows in part["rows"]], hovertemplate="true %{x:,.4g}, predicted %{y:,.4g}: %{text}<extra></extra>",
        )  # fmt: skip
        drawn.add_shape(
            type="line",
            x0=ends[0],
            x1=ends[1],
            y0=ends[0],
            y1=ends[1],
            xref=f"x{number + 1}",
            yref="y",
            line={"color": theme.CONTROL, "dash": "dot", "width": 1},
        )
        start = number * 0.52
        drawn.update_layout({f"xaxis{number + 1}": theme.axis("true value", domain=[start, start + 0.48], range=ends, nticks=5)})
        drawn.add_annotation(
            text=f"trained on {trained_on} rows",
            x=start,
            y=1,
            xref="paper",
            yref="paper",
            xanchor="left",
            yanchor="bottom",
            yshift=6,
            showarrow=False,
        )
    drawn.update_yaxes(theme.axis("predicted value", range=ends, nticks=5))
    made, real = (_about(spread[trained_on]) for trained_on in ("synthetic", "real"))
    title = f"Trained on synthetic rows the model is off by about {made} on average, on real rows by about {real}"
    return Chart(drawn, title, f"{title}. Predicted against true values on unseen real rows.", frame.reset_index(drop=True))
