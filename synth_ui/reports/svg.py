"""Pictures for the report: inline SVG and positioned text, no script, crisp at any width and in print.

Colours are CSS classes, so that light, dark and print each choose their own. Everything that comes from a table is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup, escape

from synth_ui.plots import theme
from synth_ui.plots.scores.tracks import is_muted, no_place

EDGE = 0.08
"""How far beyond both ends of a scale a dot is still drawn, in units of the scale."""


def _across(position: float) -> float:
    """Return where a position lies on the track, in percent of its width."""
    clipped = min(max(position, -EDGE), 1 + EDGE)
    return 100 * (clipped + EDGE + 0.03) / (1 + 2 * EDGE + 0.06)


def track(row: Mapping[str, Any], panel: Mapping[str, Any]) -> Markup:
    """Draw one score on its scale; without a score, the reason in words.

    `row` is a row of `synth_ui.comparison.tracks.tracks`, `panel` one of `panels`.
    """
    muted = is_muted(row, panel)
    parts = [f'<line class="rail" x1="{_across(0):.2f}%" x2="{_across(1):.2f}%" y1="14" y2="14"/>']
    if not muted and not panel["reason"] and np.isfinite([panel["band_low"], panel["band_high"]]).all():
        low, high = _across(panel["band_low"]), _across(panel["band_high"])
        parts.insert(
            0, f'<rect class="band" x="{min(low, high - 0.8):.2f}%" width="{max(high - low, 0.8):.2f}%" y="0" height="28"/>'
        )
    if not np.isfinite(row["position"]):
        said = no_place(row)
        parts.append(f'<text class="said" x="50%" y="10" text-anchor="middle">{escape(said)}</text>')
        return _svg(parts, 28, f"{panel['title']}: {said}")
    kind = "muted" if muted else "control" if row["control"] else "made"
    if np.isfinite([row["low"], row["high"]]).all():
        parts.append(
            f'<line class="spread {kind}" x1="{_across(row["low"]):.2f}%" x2="{_across(row["high"]):.2f}%" y1="14" y2="14"/>'
        )
    parts += [f'<circle class="seed {kind}" cx="{_across(point):.2f}%" cy="24" r="2"/>' for point in row["points"]]
    parts.append(_dot(float(row["position"]), kind))
    return _svg(parts, 28, words(row, panel))


def words(row: Mapping[str, Any], panel: Mapping[str, Any]) -> str:
    """Say a score on its scale in words: the text of its picture."""
    if not np.isfinite(row["position"]):
        return f"{panel['title']}: {no_place(row)}"
    where = f"{theme.percent(row['position'])} of the way from {panel['left']} to {panel['right']}"
    return f"{panel['title']}: {where}, value {theme.number(row['value'])}"


def _dot(position: float, kind: str) -> str:
    at = _across(position)
    if -EDGE <= position <= 1 + EDGE:
        return f'<circle class="dot {kind}" cx="{at:.2f}%" cy="14" r="{5 if kind == "control" else 6}"/>'
    glyph = "◀" if position < 0 else "▶"
    return f'<text class="beyond {kind}" x="{at:.2f}%" y="19" text-anchor="middle">{glyph}</text>'


def _svg(parts: Iterable[str], height: int, label: str) -> Markup:
    inside = "".join(parts)
    return Markup(f'<svg class="track" height="{height}" role="img" aria-label="{escape(label)}">{inside}</svg>')  # nosec B704 # numbers, and texts escaped


def bars(names: Sequence[str], values: Sequence[float], shown: Sequence[str]) -> Markup:
    """Draw lying bars with their numbers, as a list a screen reader reads as text."""
    top = max([*values, 1e-12])
    rows = "".join(
        f'<li><span class="name">{escape(name)}</span><span class="bar"><i style="width:{100 * max(value, 0) / top:.1f}%"></i></span>'
        f'<span class="number">{escape(words)}</span></li>'
        for name, value, words in zip(names, values, shown, strict=True)
    )
    return Markup(f'<ul class="bars">{rows}</ul>')  # nosec B704 # numbers, and texts escaped


class Plot:
    """A plot area in the making: shapes in the unit square, labels as text around it."""

    def __init__(self, x: tuple[float, float], y: tuple[float, float], height: int, label: str) -> None:
        self._x, self._y, self._height, self._label = x, y, height, label
        self._shapes: list[str] = []
        self._texts: list[str] = []

    def _at(self, value: float, axis: tuple[float, float]) -> float:
        return 100 * (value - axis[0]) / ((axis[1] - axis[0]) or 1.0)

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return a point in percent of the area, from its lower left."""
        return self._at(x, self._x), self._at(y, self._y)

    def line(self, x: Iterable[float], y: Iterable[float], kind: str) -> None:
        """Draw a line through points; NaN breaks it."""
        parts, pen = [], "M"
        for across, upward in zip(x, y, strict=True):
            if not np.isfinite([across, upward]).all():
                pen = "M"
                continue
            left, up = self.place(float(across), float(upward))
            parts.append(f"{pen}{left:.2f} {100 - up:.2f}")
            pen = "L"
        self._shapes.append(f'<path class="{kind}" d="{"".join(parts)}"/>')

    def box(self, x0: float, x1: float, y0: float, y1: float, kind: str) -> None:
        """Draw a filled rectangle."""
        (left, low), (right, high) = self.place(x0, y0), self.place(x1, y1)
        shape = f'x="{left:.2f}" width="{max(right - left, 0.05):.2f}" y="{100 - high:.2f}" height="{max(high - low, 0):.2f}"'
        self._shapes.append(f'<rect class="{kind}" {shape}/>')

    def point(self, x: float, y: float, kind: str, words: str, *, left: bool = False, lift: float = 0.0) -> None:
        """Draw a round mark with its name beside it, `lift` pixels higher."""
        across, up = self.place(x, y)
        at = f"left:{across:.2f}%;bottom:{up:.2f}%"
        side = "before" if left else "after"
        self._texts.append(f'<i class="mark {kind}" style="{at}"></i>')
        self._texts.append(f'<span class="beside {side} {kind}" style="{at};margin-bottom:{lift:.0f}px">{escape(words)}</span>')

    def ticks(self, x: Mapping[float, str], y: Mapping[float, str]) -> None:
        """Write the labels of both axes and draw the horizontal grid."""
        for value, words in x.items():
            self._texts.append(f'<span class="xt" style="left:{self._at(value, self._x):.2f}%">{escape(words)}</span>')
        for value, words in y.items():
            up = self._at(value, self._y)
            self._texts.append(f'<span class="yt" style="bottom:{up:.2f}%">{escape(words)}</span>')
            self._shapes.insert(0, f'<path class="grid" d="M0 {100 - up:.2f}L100 {100 - up:.2f}"/>')

    def marks(self, x: Mapping[float, str], y: Mapping[float, str]) -> None:
        """Write the labels of both axes, without a grid."""
        self._texts += [
            f'<span class="xt" style="left:{self._at(at, self._x):.2f}%">{escape(words)}</span>' for at, words in x.items()
        ]
        self._texts += [
            f'<span class="yt" style="bottom:{self._at(at, self._y):.2f}%">{escape(words)}</span>' for at, words in y.items()
        ]

    def finish(self, x_title: str, y_title: str, legend: Sequence[tuple[str, str]] = ()) -> Markup:
        """Return the markup, with axis titles and the legend (class and words of each entry)."""
        entries = "".join(f'<span><i class="key {kind}"></i>{escape(words)}</span>' for kind, words in legend)
        above = f'<div class="above"><span class="ytitle">{escape(y_title)}</span><span class="legend">{entries}</span></div>'
        svg = f'<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">{"".join(self._shapes)}</svg>'
        area = f'<div class="area" style="height:{self._height}px">{svg}{"".join(self._texts)}</div>'
        return Markup(  # nosec B704 # numbers, and texts escaped
            f'<div class="plot" role="img" aria-label="{escape(self._label)}">{above}{area}<div class="xtitle">{escape(x_title)}</div></div>'
        )


def even(low: float, high: float, most: int = 5, *, percent: bool = False) -> dict[float, str]:
    """Return up to `most` round values of a range with their labels."""
    span = high - low
    if span <= 0:
        return {low: theme.number(low)}
    step = 10 ** np.floor(np.log10(span / most))
    step = float(step * next(factor for factor in (1, 2, 5, 10) if span / (step * factor) <= most))
    values = [float(step * number) for number in range(int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9)) + 1)]
    decimals = max(0, -int(np.floor(np.log10(step * 1.0001))))
    return {value: theme.percent(value) if percent else f"{value:,.{decimals}f}".replace("-", "−") for value in values}


def distribution(bins: pd.DataFrame, label: str) -> Markup:
    """Draw a column's real shares filled and the synthetic ones as an outline, cell by cell in their order.

    `bins` is `bin, real_share, synthetic_share`, in order.
    """
    cells = len(bins)
    real, made = bins["real_share"].to_numpy(float), bins["synthetic_share"].to_numpy(float)
    top = 1.08 * max(float(real.max()), float(made.max()), 1e-9)
    plot = Plot((0, cells), (0, top), 130, label)
    for number, share in enumerate(real):
        plot.box(number + 0.04, number + 0.96, 0, share, "real-fill")
    plot.line(np.repeat(np.arange(cells + 1), 2)[1:-1], np.repeat(made, 2), "made-line")
    shown = np.unique(np.linspace(0, cells - 1, min(cells, 3)).round().astype(int))
    plot.ticks({number + 0.5: short(bins["bin"].iloc[number]) for number in shown}, even(0, top, 3, percent=True))
    return plot.finish("", "share of rows", (("real-fill", "real"), ("made-line", "synthetic")))


def levels(bins: pd.DataFrame, most: int = 10) -> Markup:
    """Draw the shares of levels as lying bars, real filled, synthetic as a mark; `bins` is `bin, real_share, synthetic_share`."""
    top = max(float(bins[["real_share", "synthetic_share"]].max().max()), 1e-9)
    rows = "".join(
        f'<li><span class="name">{escape(row["bin"])}</span><span class="bar"><i class="real" style="width:{100 * row["real_share"] / top:.1f}%"></i>'
        f'<b style="left:{100 * row["synthetic_share"] / top:.1f}%"></b></span>'
        f'<span class="number">{theme.percent(row["real_share"])}, {theme.percent(row["synthetic_share"])}</span></li>'
        for row in bins.head(most).to_dict("records")
    )
    key = '<p class="key-line"><i class="key real-fill"></i>real <i class="key made-mark"></i>synthetic</p>'
    return Markup(f'{key}<ul class="bars levels">{rows}</ul>')  # nosec B704 # numbers, and texts escaped


def short(value: object) -> str:
    """Return a label of at most 14 characters."""
    words = str(value)
    return words if len(words) <= 14 else words[:13] + "…"


def roc(curves: pd.DataFrame, label: str) -> Markup:
    """Draw ROC curves of models trained on real and on synthetic rows: `trained_on, false_positive_rate, true_positive_rate`."""
    plot = Plot((0, 1), (0, 1), 240, label)
    plot.line([0, 1], [0, 1], "guess-line")
    for trained_on, kind in (("real", "real-line"), ("synthetic", "made-line")):
        own = curves[curves["trained_on"] == trained_on].sort_values(["false_positive_rate", "true_positive_rate"])
        plot.line(own["false_positive_rate"], own["true_positive_rate"], kind)
    marks = {value: theme.percent(value) for value in (0.0, 0.25, 0.5, 0.75, 1.0)}
    plot.ticks(marks, marks)
    return plot.finish(
        "false alarms among the others",
        "found of the class",
        (("real-line", "trained on real rows"), ("made-line", "trained on synthetic rows")),
    )


def nearness(cells: pd.DataFrame, label: str) -> Markup:
    """Draw distances to the nearest training and unseen row: `bin_low, bin_high, to_train_share, to_holdout_share`."""
    own = cells.sort_values("bin_low")
    top = 1.08 * float(own[["to_train_share", "to_holdout_share"]].max().max())
    low, high = float(own["bin_low"].min()), float(own["bin_high"].max())
    plot = Plot((low, high), (0, top), 180, label)
    for row in own.to_dict("records"):
        plot.box(row["bin_low"], row["bin_high"], 0, row["to_holdout_share"], "real-fill")
    plot.line(own[["bin_low", "bin_high"]].to_numpy().ravel(), np.repeat(own["to_train_share"].to_numpy(float), 2), "train-line")
    plot.ticks(even(low, high), even(0, top, 3, percent=True))
    return plot.finish(
        "distance to the nearest real row", "synthetic rows", (("real-fill", "unseen rows"), ("train-line", "training rows"))
    )


def trade_off(frame: pd.DataFrame, label: str, x_title: str, y_title: str) -> Markup:
    """Draw quality upwards against leakage across, with crosses: the frame of `synth_ui.comparison.choice.pareto`."""
    x, y = _room(frame, "leakage"), _room(frame, "quality")
    plot = Plot(x, y, 320, label)
    taken: list[tuple[float, bool]] = []
    for row in frame.sort_values("quality", ascending=False).to_dict("records"):
        kind = "control" if row["control"] else "lost" if row["dominated"] else "made"
        ends = [row[f"leakage{end}"] if np.isfinite(row[f"leakage{end}"]) else row["leakage"] for end in ("_low", "_high")]
        plot.line(np.clip(ends, *x), [row["quality"]] * 2, f"cross {kind}")
        ends = [row[f"quality{end}"] if np.isfinite(row[f"quality{end}"]) else row["quality"] for end in ("_low", "_high")]
        plot.line([row["leakage"]] * 2, np.clip(ends, *y), f"cross {kind}")
        across, up = plot.place(row["leakage"], row["quality"])
        left, height = across > 60, 3.2 * up
        while any(abs(height - other) < 15 and side == left for other, side in taken):
            height -= 3
        taken.append((height, left))
        plot.point(row["leakage"], row["quality"], kind, str(row["title"]), left=left, lift=height - 3.2 * up + 8)
    plot.ticks(even(*x), even(*y))
    return plot.finish(x_title, y_title)


def _room(frame: pd.DataFrame, name: str) -> tuple[float, float]:
    low, high = float(frame[name].min()), float(frame[name].max())
    margin = 0.1 * max(high - low, 1e-3)
    return low - margin, high + margin
