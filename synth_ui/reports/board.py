"""The leaderboard as a table of its own: every candidate with its numbers beside its scales, how likely it is the best, what it keeps to.

HTML with its own style, no script, nothing from outside; it takes the page's colours, so that it serves light and dark, and
stacks its columns where the window is narrow. Everything that comes from a table is escaped.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup

from synth_ui.comparison.choice.requirements import RequirementAnswer, RequirementCheck
from synth_ui.comparison.outcome import Outcome, Weights
from synth_ui.comparison.tracks import called
from synth_ui.comparison.verdict.sentences import Verdict
from synth_ui.plots import theme
from synth_ui.plots.scores.tracks import EDGE, is_muted, leak_signs, no_place
from synth_ui.reports import svg

_PAD = 0.03
MARKS: Mapping[RequirementAnswer, str] = {
    RequirementAnswer.PASSES: "✓",
    RequirementAnswer.FAILS: "✗",
    RequirementAnswer.OPEN: "?",
}
"""What stands before a requirement; the answer is said in words beside it."""

STYLE = f"""
.board-scales {{ container-type: inline-size; font-size: 14px; line-height: 1.25; }}
.board-scales table {{ border-collapse: collapse; width: 100%; table-layout: fixed; margin: 0; }}
.board-scales th, .board-scales td {{ border: 0; padding: 4px 8px; vertical-align: middle; text-align: left; font-weight: 400; }}
.board-scales thead th {{ vertical-align: bottom; font-weight: 600; padding-top: 0; }}
.board-scales .who {{ width: 22%; padding-left: 10px; overflow-wrap: anywhere; }}
.board-scales .odds {{ width: 8.5%; text-align: right; font-variant-numeric: tabular-nums; }}
.board-scales .asked {{ width: 13%; }}
.board-scales small {{ font-size: 12px; font-weight: 400; opacity: {theme.FAINT}; display: block; }}
.board-scales .ends {{ display: flex; justify-content: space-between; gap: 8px; font-weight: 400; font-size: 11px; opacity: {theme.FAINT}; margin-right: 92px; }}
.board-scales .ends span:last-child {{ text-align: right; }}
.board-scales .score {{ display: grid; grid-template-columns: 1fr 84px; gap: 8px; align-items: center; }}
.board-scales .number {{ text-align: right; font-variant-numeric: tabular-nums; }}
.board-scales .number small {{ font-size: 11px; white-space: nowrap; }}
.board-scales tr.first {{ background: {theme.TINT}; }} .board-scales tr.first .who b {{ font-weight: 650; }} .board-scales .who b {{ font-weight: 400; }}
.board-scales tr.control .who b {{ font-style: italic; }} .board-scales tr.rule th {{ border-top: 1px solid {theme.GRID}; padding-top: 6px; }}
.board-scales tr.picked .who b::after {{ content: " ★"; color: {theme.SYNTHETIC}; }}
.board-scales .track {{ position: relative; height: 26px; }} .board-scales .track i {{ position: absolute; display: block; }}
.board-scales .rail {{ top: 10px; height: 6px; background: {theme.TRACK}; border-radius: 3px; }} .board-scales .band {{ top: -5px; bottom: -5px; background: {theme.BAND}; }}
.board-scales .spread {{ top: 11.5px; height: 3px; background: var(--own, {theme.SYNTHETIC}); }}
.board-scales .dot {{ top: 7px; width: 12px; height: 12px; margin-left: -6px; border-radius: 50%; background: var(--own, {theme.SYNTHETIC}); }}
.board-scales .seed {{ top: 21px; width: 4px; height: 4px; margin-left: -2px; border-radius: 50%; background: var(--own, {theme.SYNTHETIC}); }}
.board-scales .beyond {{ background: none !important; width: auto; height: auto; top: 5px; margin-left: -6px; border-radius: 0; font-style: normal; font-size: 12px; line-height: 16px; color: var(--own, {theme.SYNTHETIC}); }}
.board-scales .control .spread, .board-scales .muted .spread, .board-scales .control .seed, .board-scales .muted .seed {{ background: {theme.CONTROL}; }}
.board-scales .control .dot {{ background: {theme.CONTROL}; border-radius: 1px; width: 9px; height: 9px; top: 8.5px; margin-left: -4.5px; transform: rotate(45deg); }}
.board-scales .control .beyond, .board-scales .muted .beyond {{ color: {theme.CONTROL}; transform: none; }}
.board-scales .muted .dot {{ background: none; border: 2px solid {theme.CONTROL}; }}
.board-scales .none {{ font-size: 11px; opacity: {theme.FAINT}; text-align: center; width: 100%; top: -4px; font-style: normal; }}
.board-scales .family {{ display: none; }} .board-scales ul {{ list-style: none; margin: 0; padding: 0; display: grid; grid-template-columns: auto auto; gap: 0 8px; }} .board-scales li {{ margin: 0; padding: 0; font-size: 12px; white-space: nowrap; }}
.board-scales .sr {{ position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }}
@container (max-width: 640px) {{
  .board-scales table, .board-scales tbody, .board-scales tr, .board-scales td, .board-scales tbody th {{ display: block; width: auto; }}
  .board-scales thead {{ display: none; }} .board-scales tbody tr {{ padding: 8px 0; border-top: 1px solid {theme.GRID}; }}
  .board-scales tbody td, .board-scales tbody th, .board-scales tbody .who, .board-scales tbody .odds, .board-scales tbody .asked {{ padding: 2px 8px; width: auto; }}
  .board-scales tbody .asked ul {{ display: flex; gap: 10px; }} .board-scales td.odds:empty {{ display: none; }} .board-scales td.odds {{ text-align: left; }} .board-scales .family {{ display: block; }}
  .board-scales .score {{ grid-template-columns: 88px 1fr 84px; }} .board-scales td.odds::before {{ content: "Probability of being best: "; }}
}}
"""
"""The look of the table; every rule is held to it by its class."""


@dataclass(frozen=True)
class Board:
    """What the table shows.

    Attributes
    ----------
    rows
        A leaderboard of the outcome, in the order shown.
    requirements
        Per candidate, what it keeps to; empty where nothing is required.
    chosen
        The candidate that was chosen, or None.
    """

    outcome: Outcome
    rows: pd.DataFrame
    weights: Weights = None
    requirements: Mapping[str, Sequence[RequirementCheck]] | None = None
    chosen: str | None = None

    def html(self) -> str:
        """Return the table with its style."""
        said, panels = self.outcome.verdict(self.weights), self.outcome.panels.to_dict("records")
        marked = {said.leader, *said.tied_with} - {None}
        tracks: dict[tuple[str, str], Mapping[Any, Any]] = {
            (str(row["candidate"]), str(row["panel"])): row
            for row in self.outcome.tracks(self.rows, self.weights).to_dict("records")
        }
        odds, entrants = said.probabilities, set(self.outcome.chances(self.weights).entrants)
        lines, ruled = [], False
        for row in self.rows.to_dict("records"):
            name, control = str(row["candidate"]), bool(row["control"])
            kinds = ["control"] * control + ["first"] * (name in marked) + ["picked"] * (name == self.chosen)
            if control and not ruled:
                lines.append(_rule(len(panels) + 2 + bool(self.requirements)))
            ruled = ruled or control
            cells = [_score(tracks.get((name, str(panel["panel"]))), panel) for panel in panels]
            cells.append(_odds(name, said, odds, entrants) if not control else Markup('<td class="odds"></td>'))
            if self.requirements:
                cells.append(_asked(self.requirements.get(name, ())))
            lines.append(
                Markup('<tr class="{}"{}>{}{}</tr>').format(
                    " ".join(kinds), _own(self.outcome.numbers.get(name)), _who(row, self.outcome), Markup("").join(cells)
                )
            )
        head = _head(panels, said, bool(self.requirements))
        table = Markup('<table aria-label="{}"><thead>{}</thead><tbody>{}</tbody></table>').format(
            said.finding, head, Markup("").join(lines)
        )
        return f'<div class="board-scales"><style>{STYLE}</style>{table}</div>'


def _head(panels: Sequence[Mapping[str, Any]], said: Verdict, required: bool) -> Markup:
    cells = [Markup('<th scope="col" class="who">Candidate</th>')]
    for panel in panels:
        under = "no verdict on this table" if panel["reason"] else panel["subtitle"]
        cells.append(
            Markup(
                '<th scope="col" title="{}">{}<small>{}</small><div class="ends"><span>{}</span><span>{}</span></div></th>'
            ).format(panel["reason"], panel["title"], under, panel["left"], panel["right"])
        )
    best = "Best so far" if said.certainty.so_far else "Best"
    cells.append(Markup('<th scope="col" class="odds">{}<small>probability</small></th>').format(best))
    cells += [Markup('<th scope="col" class="asked">Required</th>')] if required else []
    return Markup("<tr>{}</tr>").format(Markup("").join(cells))


def _own(number: int | None) -> Markup:
    """Give a row its candidate's colour, the same as in every chart."""
    return Markup("") if number is None else Markup(' style="--own:{}"').format(theme.colour(number))


def _rule(columns: int) -> Markup:
    return Markup('<tr class="rule"><th colspan="{}"><small>Controls, whose truth is known</small></th></tr>').format(columns)


def _who(row: Mapping[Any, Any], outcome: Outcome) -> Markup:
    parts = []
    if not row["control"]:
        parts += [theme.seconds(float(row["seconds"]))] if _known(row["seconds"]) else []
        parts += [f"{int(row['seeds'])} seeds"] if row["seeds"] > 1 else []
        signs = leak_signs(int(outcome.signs.get(str(row["candidate"]), 0)))
        parts += [signs] if signs else []
    small = Markup("<small>{}</small>").format(" · ".join(parts)) if parts else ""
    return Markup('<th scope="row" class="who"><b>{}</b>{}</th>').format(row["title"], small)


def _known(value: Any) -> bool:
    return value is not None and math.isfinite(value)


def _score(row: Mapping[Any, Any] | None, panel: Mapping[str, Any]) -> Markup:
    """Draw a score on its scale with its number and interval beside it; without one, the reason."""
    if row is None:
        return Markup("<td></td>")
    number, measure = Markup(""), str(row["measure"])
    if _known(row["value"]):
        ends = [_number(row[end], measure) for end in ("value_low", "value_high") if _known(row[end])]
        under = f"{ends[0]} to {ends[1]}" if len(ends) == 2 else ""
        under = under if measure == panel["measure"] else called(measure)  # another measure than that of the head: which one
        number = Markup("{}<small>{}</small>").format(_number(row["value"], measure), under)
    reason = str(row["reason"]) if isinstance(row["reason"], str) else ""
    words = f"{svg.words(row, panel)}. {reason}" if reason else svg.words(row, panel)
    return Markup(
        '<td title="{}"><div class="score"><span class="family">{}</span>{}<span class="number">{}</span></div></td>'
    ).format(words, panel["title"], _track(row, panel), number)


def _track(row: Mapping[Any, Any], panel: Mapping[str, Any]) -> Markup:
    """Draw a score on its scale: where other real rows fall, the interval, the seeds, the score; without one, why not."""
    muted = is_muted(row, panel)
    rail = Markup('<i class="rail" style="left:{}%;width:{}%"></i>').format(_at(0), _wide(0, 1))
    parts = [rail]
    if not muted and not panel["reason"] and _known(panel["band_low"]) and _known(panel["band_high"]):
        low, high = sorted((float(panel["band_low"]), float(panel["band_high"])))
        band = Markup('<i class="band" style="left:{}%;width:{}%"></i>').format(_at(low), max(_wide(low, high), 0.8))
        parts.insert(0, band)
    if not _known(row["position"]):
        parts.append(Markup('<i class="none">{}</i>').format(no_place(row)))
    else:
        parts += _marks(row)
    kind = "track muted" if muted else "track control" if row["control"] else "track"
    return Markup('<div class="{}" role="img" aria-label="{}">{}</div>').format(
        kind, svg.words(row, panel), Markup("").join(parts)
    )


def _marks(row: Mapping[Any, Any]) -> list[Markup]:
    position, parts = float(row["position"]), []
    if _known(row["low"]) and _known(row["high"]):
        parts.append(
            Markup('<i class="spread" style="left:{}%;width:{}%"></i>').format(_at(row["low"]), _wide(row["low"], row["high"]))
        )
    parts += [Markup('<i class="seed" style="left:{}%"></i>').format(_at(point)) for point in row["points"]]
    if -EDGE <= position <= 1 + EDGE:
        return [*parts, Markup('<i class="dot" style="left:{}%"></i>').format(_at(position))]
    return [*parts, Markup('<i class="dot beyond" style="left:{}%">{}</i>').format(_at(position), "◀" if position < 0 else "▶")]


def _at(position: float) -> float:
    """Return where a position lies on its track, in percent of the width; beyond both ends it is cut."""
    cut = min(max(float(position), -EDGE), 1 + EDGE)
    return round(100 * (cut + EDGE + _PAD) / (1 + 2 * (EDGE + _PAD)), 2)


def _wide(low: float, high: float) -> float:
    return round(_at(high) - _at(low), 2)


def _number(value: float, measure: str) -> str:
    """Write a headline as people compare it: a share of a skill in percent, anything else with three decimals."""
    if measure == "tstr":
        return f"{value:.1%}".replace("-", "−")
    shown = f"{value:.3f}"
    return ("0.000" if shown == "-0.000" else shown).replace("-", "−")


def _odds(name: str, said: Verdict, odds: Mapping[str, float], entrants: Collection[str]) -> Markup:
    """Say how probable it is that a candidate is the best one; nothing of one that could not be compared."""
    if name in odds:
        shown = f"{odds[name]:.0%}"
    elif name in said.barred:
        shown = "not recom­mended"
    else:
        shown = "<1%" if odds and not said.tied_with and name in entrants else "–"
    return Markup('<td class="odds"{}>{}</td>').format(
        Markup(' title="{}"').format(said.reasons[name]) if name in said.reasons else "", shown
    )


def _asked(checks: Sequence[RequirementCheck]) -> Markup:
    lines = [
        Markup('<li title="{}"><span aria-hidden="true">{}</span> {} <span class="sr">{}</span></li>').format(
            check.reason, MARKS[check.answer], _short(check), check.answer
        )
        for check in checks
    ]
    return Markup('<td class="asked"><ul>{}</ul></td>').format(Markup("").join(lines))


def _short(check: RequirementCheck) -> str:
    """Name a requirement in one or two words."""
    return {"skill": "skill", "leak": "no leak", "rules": "rules", "seconds": "time"}.get(
        check.requirement.key, check.requirement.key
    )
