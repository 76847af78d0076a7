"""The report: one HTML file that needs nothing else, not even a connection, and holds no real row."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from synth_ui.comparison.leaderboard import leaderboard
from synth_ui.comparison.leaks import signs
from synth_ui.comparison.names import is_control, roster
from synth_ui.comparison.pareto import pareto
from synth_ui.comparison.purposes import PURPOSES
from synth_ui.comparison.tracks import panels, tracks
from synth_ui.comparison.verdict import Verdict, verdict
from synth_ui.core.asked import Asked
from synth_ui.core.budget import Ledger
from synth_ui.core.score import CONTROLS, SCORE_COLUMNS
from synth_ui.plots import theme
from synth_ui.plots.tracks import leak_signs
from synth_ui.reports.pictures import Details, of_candidate, trade_off_picture

MOST_SHOWN = 4
"""How many candidates are shown in detail at most: the best one and those tied with it."""

LIMITS: tuple[str, ...] = (
    "One split of one table: another split gives somewhat other numbers. The intervals count the chance of rows and, where there are "
    "several seeds, of the seed; they do not count the split.",
    "Privacy: what is said is that these measures found or did not find a sign, at the power this table gives. No attack that knows or refits "
    "the generator was tried. Only a formal guarantee is a guarantee.",
    "Passing on distances or attack results for single rows would help an attacker; this report holds none, only shares and scores.",
    "A holdout that is looked at many times while settings are tuned flatters what was tuned.",
)
"""What the report cannot say, at its end."""


class Comparable(Protocol):
    """An outcome of a race: what `synth_ui.race` and `synth_ui.score` return."""

    def to_dict(self) -> dict[str, Any]:
        """Return version, table, split, candidates, scores and verdict, in plain values."""

    def detail(self, candidate: str, measure: str, name: str) -> pd.DataFrame | None:
        """Return a detail frame of a measure, or None."""


def html_report(
    result: Mapping[str, Any] | Comparable,
    *,
    title: str | None = None,
    created: str | None = None,
    purpose: Mapping[str, float] | str | None = None,
) -> str:
    """Write the comparison as one HTML file: verdict, leaderboard on its scales, main charts, settings, seeds, versions, limits.

    Parameters
    ----------
    result
        What `synth_ui.race` or `synth_ui.score` returned, or its plain values (`version, table, split, candidates, scores`), which may
        also hold `details` (frames by candidate, measure, name), `versions` (by library), `title`, `created` and `card`.
    title
        By default the table's name.
    created
        When, in words; by default now, in UTC.
    purpose
        Weights per family, or the key of a purpose, for the verdict on top.

    Returns
    -------
    str
        HTML without script and without a reference to anything outside it. Names from the table are escaped.
    """
    plain, details = _plain(result)
    scores, candidates = _frames(plain)
    board = leaderboard(scores, candidates, purpose)
    said = verdict(scores, candidates, purpose, predictions=_predictions(details, candidates))
    ties = (said.best, *said.tied_with) if said.best else ()
    listed = roster(scores["candidate"].astype(str), candidates).set_index("candidate")["title"].to_dict()
    shown = list(ties[:MOST_SHOWN]) or list(board.loc[~board["control"].astype(bool), "candidate"].head(1))
    text: str = _template().render(
        title=title or plain.get("title") or f"Which synthetic data for {plain['table'].get('name') or 'this table'}?",
        created=created or plain.get("created") or f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        finding=_finding(said, board), verdict=said, facts=_facts(plain, board), purposes=_purposes(scores, candidates, board, details),
        panels=panels(scores).to_dict("records"), rows=_rows(board, ties, signs(scores, candidates)), trade_off=trade_off_picture(pareto(scores, candidates)),
        shown=[{"title": listed.get(name, name), "parts": _parts(name, scores, details, plain)} for name in shown],
        why={listed.get(name, name): reason for name, reason in said.reasons.items() if name != said.best},
        ledgers=_ledgers(plain["candidates"], listed), numbers=_numbers(scores, listed), made=_made(plain["candidates"], listed), columns=plain["table"]["columns"],
        measures=_measures(scores), controls=CONTROLS, versions={"synth-ui": plain["version"], **(plain.get("versions") or {})},
        notes=plain.get("notes") or [], split=plain["split"], card=plain.get("card") or "", limits=LIMITS,
    )  # fmt: skip
    return text


@cache
def _template() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from synth_ui.reports import svg

    loader = PackageLoader("synth_ui.reports")
    environment = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    environment.filters.update(number=theme.number, percent=theme.percent, seconds=theme.seconds)
    environment.globals.update(track=svg.track)
    return environment.get_template("report.html.j2")


def _plain(result: Mapping[str, Any] | Comparable) -> tuple[dict[str, Any], Details]:
    """Return the plain values of a result and a function that finds its detail frames."""
    if isinstance(result, Mapping):
        frames = result.get("details") or {}
        return dict(result), lambda candidate, measure, name: frames.get((candidate, measure, name))
    plain = result.to_dict()
    plain["versions"] = dict(getattr(result, "versions", None) or {})
    plain["card"] = getattr(result, "card", "")
    plain["table"] = {"name": getattr(getattr(result, "table", None), "name", ""), **plain["table"]}
    return plain, result.detail


def _frames(plain: Mapping[str, Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    scores = pd.DataFrame(plain["scores"], columns=list(SCORE_COLUMNS))
    for name in ("value", "low", "high", "floor", "ceiling", "position", "seconds"):
        scores[name] = scores[name].astype("float64")
    scores["reason"] = scores["reason"].fillna("").astype(str)
    candidates = pd.DataFrame(
        plain["candidates"],
        columns=[
            "candidate",
            "generator",
            "settings",
            "asked",
            "seed",
            "status",
            "seconds_fit",
            "seconds_sample",
            "reason",
            "generator_title",
        ],
    )
    return scores, candidates


def _predictions(details: Details, candidates: pd.DataFrame) -> dict[str, pd.DataFrame] | None:
    names = [name for name in candidates["candidate"] if not is_control(name)]
    found = {name: details(name, "tstr", "predictions") for name in names}
    return {name: frame for name, frame in found.items() if frame is not None} or None


def _finding(said: Verdict, board: pd.DataFrame) -> str:
    if said.best is None:
        return "No candidate can be recommended"
    titles = dict(zip(board["candidate"], board["title"], strict=True))
    names = [str(titles[name]) for name in (said.best, *said.tied_with)]
    return f"{theme.listed(names)} are tied for best" if len(names) > 1 else f"{names[0]} is best on this table"


def _facts(plain: Mapping[str, Any], board: pd.DataFrame) -> str:
    split = plain["split"]
    field = board[~board["control"].astype(bool)]
    return (
        f"{plain['table']['rows']:,} real rows, {len(plain['table']['columns']):,} columns · {split['train']:,} rows to learn from, "
        f"{split['holdout']:,} held back · {len(field):,} candidates, {int(board['control'].sum()):,} controls · seed {split['seed']}"
    )


def _purposes(scores: pd.DataFrame, candidates: pd.DataFrame, board: pd.DataFrame, details: Details) -> list[dict[str, Any]]:
    """Say under each purpose who is best; it is the first thing to differ."""
    titles = dict(zip(board["candidate"], board["title"], strict=True))
    predictions = _predictions(details, candidates)
    rows = []
    for purpose in PURPOSES.values():
        said = verdict(scores, candidates, purpose.key, predictions=predictions)
        ties = theme.listed([str(titles[name]) for name in said.tied_with])
        weights = ", ".join(f"{family} {theme.percent(weight)}" for family, weight in purpose.weights.items())
        best = str(titles[said.best]) if said.best else "none recommended"
        rows.append({"title": purpose.title, "weights": weights, "best": best, "ties": ties, "sentence": said.sentence})
    return rows


def _rows(board: pd.DataFrame, ties: tuple[str, ...], found: Mapping[str, int]) -> list[dict[str, Any]]:
    long = tracks(board, ties, found)
    rows = []
    for name, own in long.groupby("candidate", sort=False):
        first = own.iloc[0]
        meta = (
            []
            if first["control"] or not math.isfinite(first["seconds"]) or str(name).startswith("file:")
            else [theme.seconds(first["seconds"])]
        )
        meta += [f"{first['seeds']} seeds"] if first["seeds"] > 1 else []
        meta += [leak_signs(int(first["signs"]))] if first["signs"] else []
        scores = {row["panel"]: row for row in own.to_dict("records")}
        rows.append(
            {
                "title": first["title"],
                "control": bool(first["control"]),
                "tied": bool(first["tied"]),
                "meta": " · ".join(meta),
                "scores": scores,
            }
        )
    return rows


def _numbers(scores: pd.DataFrame, listed: Mapping[str, str]) -> dict[str, Any]:
    """Return the table of all headline scores: measures across, candidates down."""
    heads = scores[~scores["measure"].str.contains(".", regex=False)]
    measures = list(dict.fromkeys(heads["measure"]))
    rows = []
    for name, own in heads.groupby("candidate", sort=False):
        cells = {row["measure"]: row for row in own.to_dict("records")}
        shown = str(listed.get(name, name)) + (f", seed {name.partition('#')[2]}" if "#" in name else "")
        rows.append({"title": shown, "control": is_control(name), "cells": [cells.get(measure) for measure in measures]})
    return {"measures": measures, "rows": sorted(rows, key=lambda row: row["control"])}


def _parts(name: str, scores: pd.DataFrame, details: Details, plain: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a candidate's parts; beside what attacks proved stands what was promised."""
    parts = of_candidate(name, scores, details, int(plain["split"].get("holdout") or 0))
    for entry in _ledgers(plain["candidates"], {}):
        if entry["candidate"] == name:
            parts[0]["list"].append(f"Privacy budget, to be read beside the leakage index: nominal {entry['ledger'].sentence}.")
    return parts


def _ledgers(candidates: list[Mapping[str, Any]], listed: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the privacy budgets of the candidates that have one."""
    found = [(str(entry["candidate"]), entry["ledger"]) for entry in candidates if entry.get("ledger")]
    return [{"candidate": name, "title": listed.get(name, name), "ledger": Ledger.from_dict(ledger)} for name, ledger in found]


def _made(candidates: list[Mapping[str, Any]], listed: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return what was tried: every candidate that is no control, with settings, rules, remarks, seed, seconds, how it ended."""
    rows = []
    for entry in candidates:
        if not is_control(str(entry["candidate"])):
            settings = entry.get("settings") or {}
            settings = json.loads(settings) if isinstance(settings, str) else dict(settings)
            if "path" in settings:  # where a file lay is nobody's business
                settings["path"] = Path(str(settings["path"])).name
            asked = Asked.from_json(entry.get("asked") or "").sentences()
            notes = [*asked, *filter(None, (entry.get("notes") or "").split("\n"))]
            title = listed.get(entry["candidate"], entry["candidate"])
            rows.append({**entry, "title": title, "settings": settings, "notes": notes})
    return rows


def _measures(scores: pd.DataFrame) -> list[dict[str, str]]:
    """Say of each measure asked what it asks, how it is computed and when it misleads."""
    from synth_ui.evaluation.cards import known_measures

    known = known_measures()
    keys = [key for key in dict.fromkeys(scores["measure"]) if key in known]
    names = ("key", "title", "asks", "computed", "misleads", "interval", "reference", "family")
    return [{name: str(getattr(known[key], name)) for name in names} for key in keys]
