"""What is known of a candidate at one moment, beyond the verdict: its uses, its figures, what was tried beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from synth_ui.comparison.families import FAMILIES
from synth_ui.comparison.purposes import PURPOSES, Purpose
from synth_ui.comparison.tracks import called
from synth_ui.comparison.verdict.evidence import State
from synth_ui.comparison.verdict.sentences import Certainty, Verdict, judged_by
from synth_ui.comparison.words import listed, place, sentence
from synth_ui.core.choice import CandidateTried, Figure, Moment, Use
from synth_ui.core.score import Status

if TYPE_CHECKING:
    from synth_ui.comparison.outcome import Outcome, Weights


def moment(outcome: Outcome, group: str | None, asked: Weights) -> Moment:
    """Return what is known now of a candidate, and of those tried beside it; None as the candidate for nobody."""
    said = outcome.verdict(asked)
    tried = _tried(outcome, asked, said)
    if group is None:
        return Moment(unjudged=said.unjudged, tried=tried)
    return Moment(
        *_made(outcome, group),
        *_uses(outcome, group),
        _figures(outcome, group, asked),
        outcome.attacks(group).sentence,
        said.unjudged,
        tried,
    )


def _made(outcome: Outcome, group: str) -> tuple[str, tuple[int, ...]]:
    """Return a candidate's settings in words, and its seeds."""
    entries = [outcome.entries[name] for name in outcome.groups[group]]
    settings = {key: value for key, value in entries[0]["settings"].items() if key != "path"}
    said = ", ".join(f"{key} {value}" for key, value in settings.items())
    return said, tuple(int(entry["seed"]) for entry in entries if entry["seed"] is not None)


def unjudged_most(outcome: Outcome, purpose: Purpose) -> str:
    """Say that what counts most for a purpose was not judged; empty where it was, and where all count alike."""
    most = _most(purpose)
    if purpose.key == "balanced" or most in outcome.chances(asked_by(purpose)).families:
        return ""
    return f"{FAMILIES[most].short}, which counts most for it, was not judged here"


def asked_by(purpose: Purpose) -> Weights:
    """Return what an outcome is asked for a purpose by: its name, or weights of somebody's own."""
    return purpose.key if purpose.key in PURPOSES else purpose.weights


def _most(purpose: Purpose) -> str:
    return max(purpose.weights, key=lambda family: purpose.weights[family])


def _uses(outcome: Outcome, group: str) -> tuple[tuple[Use, ...], tuple[Use, ...], tuple[Use, ...]]:
    """Say for which uses the verdict puts a candidate first, for which others are ahead, and for which it is not recommended.

    A use for which nobody was judged by what counts most is never one it is good for: without a target nothing is said of models.
    """
    first: list[Use] = []
    behind: list[Use] = []
    never: list[Use] = []
    for purpose in PURPOSES.values():
        if purpose.key == "balanced":
            continue
        said, most = outcome.verdict(purpose.key), _most(purpose)
        unjudged = unjudged_most(outcome, purpose)
        if unjudged and group not in said.barred:  # what bars it is known, whatever was not judged
            never.append(Use(purpose.key, purpose.phrase, unjudged))
        elif group in said.barred or group not in said.reasons:
            never.append(Use(purpose.key, purpose.phrase, sentence(said.reasons.get(group, "it could not be compared"))))
        elif group in (said.leader, *said.tied_with):
            first.append(
                Use(
                    purpose.key,
                    purpose.phrase,
                    _certain(outcome, said, group) + judged_by(purpose, outcome.chances(purpose.key)) + _doubt(outcome, most),
                )
            )
        else:
            ahead = f"{_title(outcome, said.leader)} is {said.certainty}" if said.leader is not None else said.finding
            behind.append(Use(purpose.key, purpose.phrase, ahead))
    return tuple(first), tuple(behind), tuple(never)


def _doubt(outcome: Outcome, most: str) -> str:
    """Say what a use that rests on usefulness most is worth where a column gives the target away."""
    if outcome.given_away is None or most != "utility":
        return ""
    return f", though usefulness {outcome.given_away.clause}"


def _certain(outcome: Outcome, said: Verdict, group: str) -> str:
    others = [_title(outcome, name) for name in (said.leader, *said.tied_with) if name != group]
    if said.certainty is Certainty.LEADING:
        return f"leads so far{f', with {listed(others)}' if others else ''}"
    return f"{said.certainty}{f', with {listed(others)}' if others else ''}"


def _figures(outcome: Outcome, group: str, asked: Weights) -> tuple[Figure, ...]:
    """Return the headline scores of a candidate, one per family; a family without evidence says why."""
    board = outcome.leaderboard(asked)
    rows = {row["panel"]: row for row in outcome.tracks(board[board["candidate"] == group], asked).to_dict("records")}
    found = []
    for panel in outcome.panels.to_dict("records"):
        row = rows.get(panel["panel"])
        if row is None:
            continue
        family, unusable = str(panel["panel"]), str(panel["reason"] or "")
        muted = "" if row["sign"] else unusable
        value, low, high, position = (_known(row[name]) for name in ("value", "value_low", "value_high", "position"))
        words, (worst, best) = _words(outcome, group, family, row), (str(panel["left"]), str(panel["right"]))
        title, measure = FAMILIES[family].title, called(str(row["measure"]))
        spread, band = _ends(row["low"], row["high"]), None if unusable else _ends(panel["band_low"], panel["band_high"])
        points, status = tuple(float(point) for point in row["points"]), str(row["status"])
        found.append(
            Figure(family, title, measure, value, low, high, position, worst, best, words, spread, band, points, status, muted)
        )
    return tuple(found)


def _words(outcome: Outcome, group: str, family: str, row: Mapping[str, Any]) -> str:
    """Say where a score lies, as the verdict says it; nothing of a family without evidence."""
    if family == "privacy" and outcome.leak_sentences(group):
        return outcome.leak_sentences(group)[0]
    known = outcome.evidence(group, family)
    if known.state is not State.JUDGED:
        return known.words
    if row["status"] != Status.OK or row["position"] != row["position"]:
        return str(row["reason"] or row["status"])
    where = place(outcome.scale(str(row["measure"])), *(float(row[name]) for name in ("position", "low", "high")))
    return where if outcome.given_away is None else outcome.given_away.beside(str(row["measure"]), where)


def _ends(low: Any, high: Any) -> tuple[float, float] | None:
    ends = sorted(end for end in (_known(low), _known(high)) if end is not None)
    return (ends[0], ends[1]) if len(ends) == 2 else None


def _known(value: Any) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _tried(outcome: Outcome, asked: Weights, now: Verdict) -> tuple[CandidateTried, ...]:
    """Say of every candidate what the verdict says, of the first one only that it is the first: the verdict above says why."""
    board = outcome.leaderboard(asked)
    rows: Sequence[Mapping[Any, Any]] = board[~board["control"].astype(bool)].to_dict("records")
    said = {**now.reasons, **({now.leader: sentence(str(now.certainty))} if now.leader is not None else {})}
    return tuple(
        CandidateTried(
            str(row["candidate"]), str(row["title"]), int(row["seeds"]), _known(row["seconds"]), said.get(row["candidate"], "")
        )
        for row in rows
    )


def _title(outcome: Outcome, group: str | None) -> str:
    return "" if group is None else str(outcome.entries[group]["title"])
