"""The answer in plain words: which candidate is best for this table, what it is tied with, what speaks against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from synth_ui.comparison.best import best as chances
from synth_ui.comparison.headlines import Headline, headlines
from synth_ui.comparison.leaderboard import leaderboard
from synth_ui.comparison.leaks import leaks, severe
from synth_ui.comparison.purposes import Purpose, purpose_of
from synth_ui.core.context import Context
from synth_ui.core.errors import TableError
from synth_ui.core.score import Status

FAMILY_WORDS: Mapping[str, str] = {"fidelity": "likeness to the real table", "utility": "usefulness", "privacy": "leakage"}


@dataclass(frozen=True)
class Verdict:
    """Which candidate is best for a purpose, and how sure that is.

    Attributes
    ----------
    best
        The candidate's name, or None where nothing can be recommended.
    tied_with
        Names of candidates that cannot be told from the best.
    sentence
        The answer in one to three plain sentences.
    against
        What speaks against the best candidate and what could not be judged, one sentence each.
    purpose
        The purpose's title.
    reasons
        Per candidate, why it is not the best; for the best itself, why it is.
    """

    best: str | None
    tied_with: tuple[str, ...]
    sentence: str
    against: tuple[str, ...] = ()
    purpose: str = ""
    reasons: Mapping[str, str] = field(default_factory=dict)

    @property
    def further(self) -> tuple[str, ...]:
        """What `against` holds beyond what `sentence` already says."""
        said = self.sentence.lower()
        return tuple(text for text in self.against if text.lower() not in said)

    def why_not(self, candidate: str) -> str:
        """Say why a candidate is not the best one.

        Raises
        ------
        TableError
            If the candidate took no part.
        """
        if candidate not in self.reasons:
            raise TableError(f"There is no candidate {candidate!r}; there are {', '.join(self.reasons) or 'none'}.")
        return self.reasons[candidate]


@dataclass(frozen=True)
class _Evidence:
    board: pd.DataFrame
    chance: pd.DataFrame
    leaks: pd.DataFrame
    said: Mapping[str, Headline]
    purpose: Purpose

    @cached_property
    def rows(self) -> dict[str, dict[str, Any]]:
        """The board's rows by candidate."""
        return {row["candidate"]: {str(key): value for key, value in row.items()} for row in self.board.to_dict("records")}

    def row(self, name: str) -> dict[str, Any]:
        return self.rows[name]

    def title(self, name: str) -> str:
        return str(self.row(name)["title"])

    def leak_sentences(self, name: str) -> list[str]:
        found = self.leaks[self.leaks["candidate"] == name].drop_duplicates("measure")
        return list(found["sentence"])

    def barred(self, name: str) -> str:
        """Why a candidate is not recommended at all, whatever its sum."""
        if severe(self.row(name)):
            return "it lies nearer to a copy of the training rows than to unseen real rows"
        found = self.leak_sentences(name)
        return f"it leaks measurably: {found[0]}" if self.purpose.outside and found else ""


def verdict(
    scores: pd.DataFrame,
    candidates: pd.DataFrame | None = None,
    weights: Mapping[str, float] | str | None = None,
    *,
    predictions: Mapping[str, pd.DataFrame] | None = None,
    context: Context | None = None,
) -> Verdict:
    """Say which candidate is best for this table, what it is tied with and what speaks against it.

    A candidate that lies nearer to a copy of the training rows than to unseen rows is never named best; one with a measurable leak
    is not recommended where the purpose is to share outside, and is spoken against elsewhere.

    Parameters
    ----------
    scores
        Calibrated scores (`SCORE_COLUMNS`), controls included.
    candidates
        One row per candidate, see `roster`.
    weights
        Weights per family, or the key of a purpose.
    predictions
        See `best`.
    """
    purpose = purpose_of(weights)
    board = leaderboard(scores, candidates, weights)
    chance = chances(scores, weights, predictions, candidates=candidates, context=context, board=board)
    evidence = _Evidence(board, chance, leaks(scores, candidates), headlines(scores), purpose)
    able = chance.loc[chance["reason"] == "", "candidate"].tolist()
    if not able:
        return _nothing(evidence)
    allowed = [name for name in able if not evidence.barred(name)]
    if not allowed:
        return _none_recommended(evidence, able)
    return _recommend(evidence, able, allowed)


def _nothing(evidence: _Evidence) -> Verdict:
    field_ = evidence.board[~evidence.board["control"].astype(bool)]
    reasons = dict(zip(evidence.chance["candidate"], evidence.chance["reason"], strict=True))
    if field_.empty:
        sentence = "There is no candidate yet, only controls: pick a generator or add a synthetic file."
        return Verdict(None, (), sentence, purpose=evidence.purpose.title)
    if not (field_["status"] == "done").any():
        sentence = "No candidate has finished yet."
    elif all(head.unusable for head in evidence.said.values()):
        sentence = "No verdict: no family of measures can bear one on this table."
    else:
        sentence = "No candidate can be compared yet: " + "; ".join(sorted(set(reasons.values()))) + "."
    against = tuple(_unjudged(evidence))
    return Verdict(None, (), sentence, against, evidence.purpose.title, {k: _sentence(v) for k, v in reasons.items()})


def _none_recommended(evidence: _Evidence, able: list[str]) -> Verdict:
    top = able[0]
    if len(able) == 1:
        opening = f"{evidence.title(top)}, the only candidate, cannot be recommended {evidence.purpose.phrase}"
    else:
        opening = f"None of the {len(able)} candidates can be recommended {evidence.purpose.phrase}"
    sentence = (
        f"{opening}: {evidence.barred(top)}."
        if len(able) == 1
        else f"{opening}; of {evidence.title(top)}: {evidence.barred(top)}."
    )
    against = tuple(f"{evidence.title(name)}: {evidence.barred(name)}." for name in able)
    reasons = {name: _sentence(evidence.barred(name)) for name in able} | _excluded(evidence)
    return Verdict(None, (), sentence, (*against, *_unjudged(evidence)), evidence.purpose.title, reasons)


def _recommend(evidence: _Evidence, able: list[str], allowed: list[str]) -> Verdict:
    top = allowed[0]
    ties = _ties(evidence, top, allowed)
    sentences = [_opening(evidence, top, ties, able), *_tied_sentence(evidence, top, ties, allowed)]
    sentences += _passed_over(evidence, top, able)
    against = _against(evidence, top)
    if against:
        sentences.append(f"Against it: {against[0][:1].lower()}{against[0][1:]}")
    unjudged = _unjudged(evidence)
    sentences += [text for text in unjudged if text.startswith(FAMILY_WORDS["privacy"].capitalize())]
    sentences += _clean_tie(evidence, top, ties)
    reasons = {name: _why_not(evidence, name, top, ties) for name in able} | _excluded(evidence)
    return Verdict(top, tuple(ties), " ".join(sentences), (*against, *unjudged), evidence.purpose.title, reasons)


def _ties(evidence: _Evidence, top: str, allowed: list[str]) -> list[str]:
    """Name those whose draws cannot be told from the best's; where the leader is barred, intervals that reach its expectation."""
    chance = evidence.chance.set_index("candidate")
    if chance.index[0] == top:
        return [name for name in allowed if name != top and bool(chance.at[name, "tied"])]
    centre, low = chance.at[top, "expected"], chance.at[top, "low"]
    return [name for name in allowed if name != top and (chance.at[name, "high"] >= centre or chance.at[name, "expected"] >= low)]


def _opening(evidence: _Evidence, top: str, ties: list[str], able: list[str]) -> str:
    title, phrase, facts = evidence.title(top), evidence.purpose.phrase, _facts(evidence, top)
    if ties:
        names = _listed([evidence.title(name) for name in [top, *ties]])
        head = f"{names} are tied for best of {len(able)} candidates {phrase}"
        return f"{head}. {title} stands first: {facts}." if facts else f"{head}."
    if len(able) == 1:
        head = f"{title} is the only candidate that can be judged, so there is nothing to compare it with"
    elif able[0] != top:
        head = f"{title} is the best of {len(able)} candidates that can be recommended {phrase}"
    else:
        head = f"{title} is the best of {len(able)} candidates {phrase}"
    return f"{head}: {facts}." if facts else f"{head}."


def _facts(evidence: _Evidence, name: str) -> str:
    """Say the headline scores in words."""
    row = evidence.row(name)
    said = []
    if row["utility_status"] == Status.OK and pd.notna(row["utility_position"]):
        said.append(f"a model trained on it keeps {_percent(row['utility_position'])} of the skill that real rows give")
    if row["fidelity_status"] == Status.OK and pd.notna(row["fidelity_position"]):
        said.append(_likeness(float(row["fidelity_position"])))
    if row["privacy_status"] == Status.OK and not evidence.leak_sentences(name):
        said.append("no privacy measure here finds a sign of a leak")
    return _listed(said) if said else ""


def _likeness(position: float) -> str:
    if position < 0:
        return "it is less like the real table than shuffled columns are"
    return f"in likeness it lies {_percent(position)} of the way from shuffled columns to real rows"


def _percent(position: float) -> str:
    return f"{max(0.0, position):.0%}"


def _tied_sentence(evidence: _Evidence, top: str, ties: list[str], allowed: list[str]) -> list[str]:
    if not ties:
        return []
    chance = evidence.chance.set_index("candidate")["probability_best"]
    total = float(chance[allowed].sum()) or 1.0
    parts = [f"{evidence.title(name)} {_percent(float(chance[name]) / total)}" for name in [top, *ties]]
    return [f"Probability of being best: {', '.join(parts)}."]


def _clean_tie(evidence: _Evidence, top: str, ties: list[str]) -> list[str]:
    """Where the best one leaks, name those tied with it that do not: they are the better choice for many."""
    clean = [name for name in ties if not evidence.leak_sentences(name) and evidence.row(name)["privacy_status"] == Status.OK]
    if not clean or not evidence.leak_sentences(top):
        return []
    verb = "shows" if len(clean) == 1 else "show"
    return [f"{_listed([evidence.title(name) for name in clean])}, tied with it, {verb} no sign of a leak."]


def _passed_over(evidence: _Evidence, top: str, able: list[str]) -> list[str]:
    ahead = able[: able.index(top)]
    return [f"{evidence.title(name)} scores higher but is not recommended: {evidence.barred(name)}." for name in ahead[:2]]


def _against(evidence: _Evidence, name: str) -> list[str]:
    """List what speaks against a candidate that is otherwise the best, gravest first."""
    row = evidence.row(name)
    found = [_sentence(f"{said}, so it should not be shared outside") for said in evidence.leak_sentences(name)[:2]]
    for family in ("fidelity", "utility"):
        position = row[f"{family}_position"]
        if row[f"{family}_status"] == Status.OK and pd.notna(position) and position < 0.5:
            where = (
                "it is worse than shuffled columns"
                if position < 0
                else f"it goes only {_percent(position)} of the way from shuffled columns to real rows"
            )
            found.append(f"In {FAMILY_WORDS[family]} {where}.")
    if row["seeds"] == 1 and not name.startswith("file:"):
        found.append("It was made once: how much another seed would change it is not known.")
    return found


def _unjudged(evidence: _Evidence) -> list[str]:
    """Say which families took no part in the verdict, and why."""
    return [
        f"{FAMILY_WORDS[family].capitalize()} took no part in the verdict: {head.unusable.rstrip('.')}."
        for family, head in evidence.said.items()
        if head.unusable and evidence.purpose.weights.get(family, 0) > 0
    ]


def _excluded(evidence: _Evidence) -> dict[str, str]:
    rows = evidence.chance[evidence.chance["reason"] != ""]
    return {
        name: _sentence(f"it could not be compared: {reason}")
        for name, reason in zip(rows["candidate"], rows["reason"], strict=True)
    }


def _why_not(evidence: _Evidence, name: str, top: str, ties: list[str]) -> str:
    if name == top:
        return f"{evidence.title(top)} is the best one: {_facts(evidence, top) or 'it has the highest weighted score'}."
    barred = evidence.barred(name)
    if barred:
        return _sentence(barred)
    opening = (
        f"{evidence.title(name)} cannot be told from {evidence.title(top)}" if name in ties else f"{evidence.title(top)} is ahead"
    )
    mine, others = evidence.row(name), evidence.row(top)
    gaps = [
        (float(others[f"{family}_position"] - mine[f"{family}_position"]) * weight, family)
        for family, weight in evidence.purpose.weights.items()
        if weight > 0 and mine[f"{family}_status"] == others[f"{family}_status"] == Status.OK
    ]
    worst = [family for gap, family in sorted(gaps, reverse=True) if gap > 0.02 * evidence.purpose.weights[family]][:2]
    shown = [_behind(family, float(mine[f"{family}_position"]), float(others[f"{family}_position"])) for family in worst]
    leak = evidence.leak_sentences(name)[:1]
    return "; ".join([opening + (f": {shown[0]}" if shown else ""), *shown[1:], *leak]) + "."


def _behind(family: str, mine: float, others: float) -> str:
    if mine < 0 and family != "privacy":
        return f"in {FAMILY_WORDS[family]} it is worse than shuffled columns"
    return f"in {FAMILY_WORDS[family]} it reaches {_percent(mine)} of the scale, against {_percent(others)}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
