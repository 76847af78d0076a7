"""The report: one HTML file that needs nothing else, not even a connection, and holds no real row."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from synth_ui.comparison.families import DECIDING, FAMILIES
from synth_ui.comparison.names import is_control
from synth_ui.comparison.outcome import Outcome
from synth_ui.comparison.purposes import PURPOSES
from synth_ui.comparison.scale import is_part
from synth_ui.comparison.verdict.sentences import Verdict
from synth_ui.core.choice import Choice
from synth_ui.core.context import used_words
from synth_ui.core.errors import SettingError
from synth_ui.core.installation import VERSION
from synth_ui.core.rules.asked import Asked
from synth_ui.core.score import CONTROLS
from synth_ui.plots import theme
from synth_ui.plots.scores.tracks import leak_signs
from synth_ui.reports.card import Card, decision_card
from synth_ui.reports.pictures import of_candidate, trade_off_picture
from synth_ui.reports.raced import Raced
from synth_ui.reports.templates import template


@dataclass(frozen=True)
class Chapter:
    """A part of the report behind its first page: its heading, and in a few words what it holds."""

    title: str
    says: str


CHAPTERS: Mapping[str, Chapter] = {
    "board": Chapter("Every score on its scale", "all candidates and controls, likeness against leakage"),
    "purposes": Chapter("The verdict for every purpose", "what it rests on, and why not the others"),
    "candidates": Chapter("The best, looked at closely", "scores in words, columns, relationships, models, nearness"),
    "numbers": Chapter("All headline scores", "as a table, with intervals"),
    "tried": Chapter("What was tried", "settings, seeds, seconds, columns, privacy budgets"),
    "measures": Chapter("How it was measured", "each measure: what it asks, when it misleads, its source"),
    "limits": Chapter("What this report cannot say", "limits, and the versions it was made with"),
}
"""What can stand behind the first page, in its order."""

OPENED = "board"
"""The chapter that is not folded."""

MOST_SHOWN = 4
"""How many candidates are shown in detail at most: the best one and those tied with it."""

LIMITS: tuple[str, ...] = (
    "One split of one table: another split gives somewhat other numbers. The intervals count the chance of rows and, where there are "
    "several seeds, of the seed; they do not count the split.",
    "Privacy: what is said is that these measures found or did not find a sign, at the power this table gives. No attack that knows or refits "
    "the generator was tried. Only a formal guarantee is a guarantee.",
    "Passing on distances or attack results for single rows would help an attacker; this report holds none, only shares and scores.",
    "Unseen rows that are looked at many times while settings are tuned flatter what was tuned.",
)
"""What the report cannot say, at its end."""


def html_report(
    outcome: Outcome,
    raced: Raced,
    *,
    title: str | None = None,
    created: str | None = None,
    purpose: Mapping[str, float] | str | None = None,
    choice: Choice | None = None,
    race_id: str | None = None,
    chapters: Sequence[str] | None = None,
) -> str:
    """Write an outcome as one HTML file: a first page that stands alone, the decision card, then chapters, folded but for the first.

    Parameters
    ----------
    outcome
        Of a race or a scoring.
    raced
        The table it was about.
    title
        By default the table's name.
    created
        When, in words; by default now, in UTC.
    purpose
        Weights per family, or the key of a purpose, for the verdict on top; where a choice was recorded, its purpose counts.
    choice, race_id
        The choice that was recorded, if any, and the race it is of.
    chapters
        Keys of `CHAPTERS`; all by default, none for the first page alone.

    Raises
    ------
    SettingError
        If there is no such chapter.

    Returns
    -------
    str
        HTML without script and without a reference to anything outside it. Names from the table are escaped.
    """
    wanted = chapters_of(chapters)
    created = created or f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    card = decision_card(outcome, raced, purpose=purpose, choice=choice, race_id=race_id, created=created)
    asked = choice.asked if choice is not None else purpose
    board, said = outcome.leaderboard(asked), outcome.verdict(asked)
    titles = {name: str(entry["title"]) for name, entry in outcome.entries.items()}
    shown = _shown(card, said, board) if "candidates" in wanted else []
    text: str = template("report.html.j2").render(
        title=title or f"Which synthetic data for {raced.name or 'this table'}?", kicker=title or f"Report · {raced.name or 'table'}",
        **card.parts() | {"folded": True}, chapters=wanted, opened=OPENED if OPENED in wanted else next(iter(wanted), ""),
        facts=_facts(raced, board), purposes=_purposes(outcome, titles), evidence=_evidence(outcome, board),
        panels=outcome.panels.to_dict("records"), rows=_rows(outcome.tracks(board, asked)), trade_off=trade_off_picture(outcome.pareto()),
        shown=[{"title": titles.get(name, name), "parts": _parts(name, outcome, raced)} for name in shown],
        why={titles.get(name, name): reason for name, reason in said.reasons.items() if name != said.leader},
        ledgers=_ledgers(raced, titles), numbers=_numbers(outcome, titles), made=_made(outcome, titles), columns=raced.columns,
        measures=_measures(outcome), controls=CONTROLS, versions={"synth-ui": VERSION, **raced.versions},
        notes=raced.notes, missing=raced.missing, split=raced, measured=raced.card, limits=LIMITS,
    )  # fmt: skip
    return text


def _shown(card: Card, said: Verdict, board: pd.DataFrame) -> list[str]:
    """Return the candidates that are looked at closely: the one the first page is about, and those tied with the best."""
    ties = (said.leader, *said.tied_with) if said.leader else ()
    field_ = [str(name) for name in board.loc[~board["control"].astype(bool), "candidate"]]
    first = [card.candidate] if card.candidate in field_ else []
    return list(dict.fromkeys([*first, *ties[:MOST_SHOWN]])) or field_[:1]


def chapters_of(keys: Sequence[str] | None) -> dict[str, Chapter]:
    """Return the chapters of these keys in the order of the report; all of them by default.

    Raises
    ------
    SettingError
        If there is no such chapter.
    """
    unknown = [key for key in keys or () if key not in CHAPTERS]
    if unknown:
        raise SettingError(f"chapters: there is no {unknown[0]!r}; allowed are {', '.join(CHAPTERS)}.")
    return {key: chapter for key, chapter in CHAPTERS.items() if keys is None or key in keys}


def _facts(raced: Raced, board: pd.DataFrame) -> str:
    field_ = board[~board["control"].astype(bool)]
    return (
        f"{raced.rows:,} real rows, {len(raced.columns):,} columns · {raced.train:,} training rows, "
        f"{raced.holdout:,} unseen rows · {len(field_):,} candidates, {int(board['control'].sum()):,} controls · seed {raced.seed}"
    )


def _purposes(outcome: Outcome, titles: Mapping[str, str]) -> list[dict[str, Any]]:
    """Say under each purpose who is best; it is the first thing to differ."""
    rows = []
    for purpose in PURPOSES.values():
        said = outcome.verdict(purpose.key)
        ties = theme.listed([titles[name] for name in said.tied_with])
        weights = ", ".join(f"{FAMILIES[family].short} {theme.percent(weight)}" for family, weight in purpose.weights.items())
        first = titles[said.leader] if said.leader else "none recommended"
        rows.append(
            {
                "title": purpose.title,
                "weights": weights,
                "best": first,
                "certainty": str(said.certainty),
                "ties": ties,
                "sentence": said.sentence,
            }
        )
    return rows


def _evidence(outcome: Outcome, board: pd.DataFrame) -> list[dict[str, Any]]:
    """Say of each candidate what is judged, and how many attacks were tried."""
    rows = []
    for row in board[~board["control"].astype(bool)].to_dict("records"):
        name = str(row["candidate"])
        families = {FAMILIES[family].title: outcome.evidence(name, family).words for family in DECIDING}
        rows.append({"title": row["title"], "families": families, "attacks": outcome.attacks(name).sentence})
    return rows


def _rows(long: pd.DataFrame) -> list[dict[str, Any]]:
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


def _numbers(outcome: Outcome, titles: Mapping[str, str]) -> dict[str, Any]:
    """Return the table of all headline scores: measures across, candidates down."""
    measures = [key for key in outcome.rows if not is_part(key)]
    rows = []
    for name, entry in outcome.entries.items():
        cells = [outcome.rows[measure].get(name) for measure in measures]
        if any(cells):
            rows.append(
                {"title": outcome.member_titles.get(name, titles[name]), "control": bool(entry["control"]), "cells": cells}
            )
    return {"measures": measures, "rows": sorted(rows, key=lambda row: bool(row["control"]))}


def _parts(name: str, outcome: Outcome, raced: Raced) -> list[dict[str, Any]]:
    """Return a candidate's parts; beside what attacks proved stands what was promised."""
    parts = of_candidate(name, outcome, raced.holdout)
    if name in raced.ledgers:
        parts[0]["list"].append(f"Privacy budget, to be read beside the leakage index: nominal {raced.ledgers[name].sentence}.")
    return parts


def _ledgers(raced: Raced, titles: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the privacy budgets of the candidates that have one."""
    return [{"candidate": name, "title": titles.get(name, name), "ledger": ledger} for name, ledger in raced.ledgers.items()]


def _made(outcome: Outcome, titles: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return what was tried: every candidate that is no control, with settings, rules, remarks, seed, seconds, how it ended."""
    rows = []
    listed = [] if outcome.candidates is None else outcome.candidates.to_dict("records")
    for entry in listed:
        if not is_control(str(entry["candidate"])):
            settings = entry.get("settings") or {}
            settings = json.loads(settings) if isinstance(settings, str) else dict(settings)
            if "path" in settings:  # where a file lay is nobody's business
                settings["path"] = Path(str(settings["path"])).name
            asked = Asked.from_json(_text(entry.get("asked"))).sentences()
            notes = [*asked, *filter(None, _text(entry.get("notes")).split("\n"))]
            seed = entry.get("seed")
            known = None if seed is None or seed != seed else int(seed)
            rows.append(
                {
                    **entry,
                    "seed": known,
                    "title": titles.get(entry["candidate"], entry["candidate"]),
                    "settings": settings,
                    "used": used_words(notes),
                    "notes": notes,
                }
            )
    return rows


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _measures(outcome: Outcome) -> list[dict[str, str]]:
    """Say of each measure asked what it asks, how it is computed and when it misleads."""
    from synth_ui.evaluation.cards import known_measures

    known = known_measures()
    keys = [key for key in outcome.rows if key in known]
    names = ("key", "title", "asks", "computed", "misleads", "interval", "reference", "family")
    return [{name: str(getattr(known[key], name)) for name in names} for key in keys]
