"""Small pictures of columns, many to a screen: plain SVG, a few kilobytes each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synth_ui.core.table import Kind
from synth_ui.plots import theme
from synth_ui.plots.columns_and_pairs.columns import axis_ticks, candidates_of, moved, places, steps, tallest

WIDTH, HEIGHT = 260, 142
_HEAD, _BOTTOM, _EDGE, _NAMES = 20, 18, 4, 92
_FONT = "Helvetica, Arial, sans-serif"
_LEVELS = 6
_SVG_DASHES = {"solid": "", "dash": "6 4", "dot": "2 3", "dashdot": "7 3 2 3", "longdash": "10 4", "longdashdot": "10 3 2 3"}


@dataclass(frozen=True)
class Small:
    """A column in small.

    Attributes
    ----------
    markup
        SVG, for pages of the colour it was drawn for.
    alt
        The same for someone who does not see it: how far each candidate is off.
    """

    column: str
    markup: str
    alt: str


def small(bins: pd.DataFrame, column: str, kind: str, *, dark: bool = False) -> Small:
    """Draw a column's real shares as an area, or as bars per level, with a line or a mark for each candidate.

    Parameters
    ----------
    bins
        As for `synth_ui.plots.columns_and_pairs.columns.distribution`, of this column alone. Of more than six levels the five commonest are drawn, the
        others together.
    """
    off = moved(bins)
    upright = kind in (Kind.NUMBER, Kind.INTEGER, Kind.DATETIME)
    inside = _off(bins, off) + (_upright(bins, kind) if upright else _lying(bins))
    said = "; ".join(f"{name} {theme.percent(share)}" for name, share in off.items())
    return Small(column, _svg(inside, WIDTH, HEIGHT, dark), f"{column}. Rows that would have to change: {said}.")


def _svg(inside: str, width: float, height: float, dark: bool) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" '
        f'fill="{theme.ink(dark)}" font-family="{_FONT}" font-size="11">{inside}</svg>'
    )


def _off(bins: pd.DataFrame, off: dict[str, float]) -> str:
    """Return the line at the top: for each candidate a dot in its colour and how far it is off."""
    x, parts = float(_EDGE), []
    for name, _, color, _ in candidates_of(bins):
        shown = theme.percent(off[name]) + (" of rows would have to change" if len(off) == 1 else "")
        parts += [f'<circle cx="{x + 5:.0f}" cy="8" r="4.5" fill="{color}"/>', f'<text x="{x + 13:.0f}" y="12">{shown}</text>']
        x += 24 + 6.2 * len(shown)
    return "".join(parts)


def _upright(bins: pd.DataFrame, kind: str) -> str:
    first = bins.drop_duplicates("order").sort_values("order")
    place = places(first)
    cut = tallest(bins)
    top = 1.06 * float(bins[["real_share", "synthetic_share"]].max().max() if cut is None else cut) or 1.0
    base = HEIGHT - _BOTTOM
    width = (WIDTH - 2 * _EDGE) / (float(place[-1]) + 1)

    def across(value: Any) -> Any:
        return _EDGE + (np.asarray(value, dtype=float) + 0.5) * width

    def path(heights: np.ndarray[Any, Any], *, closed: bool) -> str:
        x, y = steps(place, np.minimum(heights, top))
        return _path(across(x), base - y / top * (base - _HEAD - _EDGE), base if closed else None)

    parts = [f'<path d="{path(first["real_share"].to_numpy(float), closed=True)}" fill="{theme.REAL}" fill-opacity="0.45"/>']
    for _, part, color, style in candidates_of(bins):
        line = path(part["synthetic_share"].to_numpy(float), closed=False)
        parts.append(
            f'<path d="{line}" fill="none" stroke="{color}" stroke-width="1.8" stroke-dasharray="{_SVG_DASHES[style]}"/>'
        )
    parts.append(f'<path d="M{_EDGE} {base}H{WIDTH - _EDGE}" stroke="{theme.CONTROL}" stroke-width="0.7"/>')
    parts += _marks(*axis_ticks(first, place, kind, 3), across)
    if cut is not None:
        parts.append(_text(WIDTH - _EDGE, _HEAD + 11, "tallest bar cut off", "end"))
    return "".join(parts)


def _path(x: np.ndarray[Any, Any], y: np.ndarray[Any, Any], base: float | None) -> str:
    """Return the outline of steps, broken at gaps and closed down to the base where one is given."""
    runs, begun = [], True
    last = ""
    for across, upward in zip(x, y, strict=True):
        if not np.isfinite(across):
            runs.append(last)
            begun = True
            continue
        here = f"{across:.1f} {upward:.1f}"
        if begun:
            runs.append(f"M{across:.1f} {base:.1f}L{here}" if base is not None else f"M{here}")
        else:
            runs.append(f"L{here}")
        last = f"L{across:.1f} {base:.1f}Z" if base is not None else ""
        begun = False
    return "".join([*runs, last])


def _marks(values: list[float], labels: list[str], across: Any) -> list[str]:
    """Return the labels below an axis; those that would touch the one before are left out."""
    parts, end = [], -1.0
    for value, label in sorted(zip(values, labels, strict=True)):
        shown = theme.text(label, 14)
        half = 3.1 * len(shown)
        middle = float(np.clip(across(value), half + 1, WIDTH - half - 1))
        if middle - half > end:
            parts.append(f'<text x="{middle:.1f}" y="{HEIGHT - 5}" text-anchor="middle" opacity="{theme.FAINT}">{shown}</text>')
            end = middle + half + 5
    return parts


def _text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" opacity="{theme.FAINT}">{words}</text>'


def _lying(bins: pd.DataFrame) -> str:
    own = _few_levels(bins)
    first = own.drop_duplicates("order").sort_values("order")
    step = min((HEIGHT - _HEAD - 4) / len(first), 24.0)
    top = float(own[["real_share", "synthetic_share"]].max().max()) or 1.0
    room = WIDTH - _NAMES - 2 * _EDGE
    parts = []
    for row, (label, share) in enumerate(zip(first["bin"], first["real_share"], strict=True)):
        y = _HEAD + 2 + row * step
        parts.append(_text(_NAMES - 6, y + step / 2 + 4, theme.text(label, 14), "end"))
        parts.append(
            f'<rect x="{_NAMES}" y="{y + 0.14 * step:.1f}" width="{max(share / top * room, 0.5):.1f}" height="{0.72 * step:.1f}" '
            f'fill="{theme.REAL}" fill-opacity="0.45"/>'
        )
    for _, part, color, _ in candidates_of(own):
        for row, share in enumerate(part["synthetic_share"]):
            x, y = _NAMES + share / top * room, _HEAD + 2 + row * step
            parts.append(f'<path d="M{x:.1f} {y + 0.06 * step:.1f}v{0.88 * step:.1f}" stroke="{color}" stroke-width="3"/>')
    return "".join(parts)


def _few_levels(bins: pd.DataFrame) -> pd.DataFrame:
    """Keep the commonest levels and put the others together, in the order they had."""
    first = bins.drop_duplicates("order")
    if len(first) <= _LEVELS:
        return bins
    kept = set(first.nlargest(_LEVELS - 1, "real_share", keep="first")["order"])
    rest = bins[~bins["order"].isin(kept)]
    shares = rest.groupby("candidate", sort=False)[["real_share", "synthetic_share"]].sum()
    heads = rest.drop_duplicates("candidate").set_index("candidate")
    heads = heads.assign(bin=f"{len(first) - len(kept)} others", order=int(bins["order"].max()) + 1, **shares).reset_index()
    return pd.concat([bins[bins["order"].isin(kept)], heads], ignore_index=True)


def key(titles: dict[str, int], *, dark: bool = False) -> tuple[str, str]:
    """Return the legend of the small pictures as SVG, and in words: the real rows, then each candidate (title and number)."""
    parts = [f'<rect y="4" width="22" height="10" fill="{theme.REAL}" fill-opacity="0.45"/><text x="28" y="14">real rows</text>']
    x = 104.0
    for place, (title, number) in enumerate(titles.items()):
        dashes, color, shown = _SVG_DASHES[theme.dash(place)], theme.colour(number), theme.text(title)
        line = f'<path d="M{x:.0f} 9h24" stroke="{color}" stroke-width="3" stroke-dasharray="{dashes}"/>'
        parts.append(f'{line}<text x="{x + 30:.0f}" y="14">{shown}</text>')
        x += 54 + 7.2 * len(title[:40])
    markup = _svg(f'<g font-size="14">{"".join(parts)}</g>', x, 20, dark)
    return markup, f"Legend: green areas are real rows, lines and marks are {theme.listed(list(titles))}."
