"""The leaderboard of a finished race as one light table: a row per candidate, a scale per question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from synth_ui.jobs.summary import Summary

EDGE = 0.06
"""How far beyond both ends of a scale a dot is still drawn, in units of the scale."""

STYLE = """<style>
.synth-board {width: 100%; border-collapse: collapse; font-size: 0.9375rem; line-height: 1.3;}
.synth-board caption {text-align: left; padding-bottom: 0.5rem; font-weight: 400;}
.synth-board th, .synth-board td {text-align: left; font-weight: 400; padding: 0.25rem 0.75rem 0.25rem 0; border: none; vertical-align: middle;}
.synth-board thead th {font-weight: 600; vertical-align: bottom;}
.synth-board thead small {font-weight: 400; display: flex; justify-content: space-between; gap: 0.5rem; font-size: 0.75rem;}
.synth-board tbody tr {border-top: 1px solid color-mix(in srgb, currentColor 15%, transparent);}
.synth-board tbody tr:first-child th {font-weight: 650;}
.synth-track {position: relative; display: block; height: 22px; min-width: 3.5rem;}
.synth-track i {position: absolute; display: block;}
.synth-track .band {top: 0; height: 22px; background: #15803D40;}
.synth-track .rail {top: 10px; height: 1px; left: 8.9%; width: 82.2%; background: color-mix(in srgb, currentColor 50%, transparent);}
.synth-track .spread {top: 9px; height: 3px; background: #3C7BE0;}
.synth-track .dot {top: 5px; width: 12px; height: 12px; margin-left: -6px; border-radius: 50%; background: #3C7BE0;}
.synth-board td small {font-size: 0.75rem;}
.synth-steps {display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 0.25rem 1.5rem; margin: 0 !important; padding: 0 !important; max-width: 880px; list-style: none !important; font-size: 0.9375rem;}
.synth-steps li {margin: 0; padding: 0;}
@media (max-width: 640px) {.synth-board thead small span:first-child {display: none;} .synth-board th, .synth-board td {padding-right: 0.4rem;}}
</style>"""


def html(summary: Summary, caption: str) -> str:
    """Return a race's candidates on their scales; everything that comes from a table is escaped."""
    heads = "".join(
        f'<th scope="col">{escape(panel["title"])}<small><span>{escape(panel["left"])}</span><span>{escape(panel["right"])}</span></small></th>'
        for panel in summary.panels
    )
    body = "".join(_row(row, summary.panels) for row in summary.rows)
    reasons = "".join(f" {panel['title']}: {panel['reason']}." for panel in summary.panels if panel["reason"])
    caption = f"{caption}{reasons}"
    return (
        f'<table class="synth-board"><caption>{escape(caption)}</caption><thead><tr><th scope="col">Candidate</th>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _row(row: Mapping[str, Any], panels: Sequence[Mapping[str, Any]]) -> str:
    cells = "".join(f"<td>{_cell(row['scores'].get(panel['panel'], {}), panel)}</td>" for panel in panels)
    return f'<tr><th scope="row">{escape(str(row["title"]))}</th>{cells}</tr>'


def _across(position: float) -> float:
    """Return where a position lies, in percent of the width; a little room is left beyond both ends."""
    return 100 * (min(max(position, -EDGE), 1 + EDGE) + EDGE + 0.04) / (1 + 2 * EDGE + 0.08)


def _cell(score: Mapping[str, Any], panel: Mapping[str, Any]) -> str:
    signs = int(score.get("signs") or 0) if panel["panel"] == "privacy" else 0
    found = f"{signs} {'sign' if signs == 1 else 'signs'} of a leak" if signs else ""
    if (panel["reason"] and not score.get("sign")) or score.get("position") is None:
        why = "cannot be judged" if panel["reason"] else str(score.get("reason") or "no scale yet")
        return f"<small>{escape(found or why)}</small>"
    parts = [
        "" if panel["reason"] else _bar("band", panel["band_low"], panel["band_high"]),
        '<i class="rail"></i>',
        _bar("spread", score["low"], score["high"]),
    ]
    parts.append(f'<i class="dot" style="left:{_across(score["position"]):.1f}%"></i>')
    said = f"{100 * score['position']:.0f}% of the way from {panel['left']} to {panel['right']}"
    said += f", {found}" if found else ""
    said = escape(said, quote=True)
    return f'<span class="synth-track" role="img" aria-label="{said}" title="{said}">{"".join(parts)}</span>'


def _bar(kind: str, low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return ""
    left, right = _across(low), _across(high)
    return f'<i class="{kind}" style="left:{left:.1f}%;width:{max(right - left, 1.5):.1f}%"></i>'
