"""What may never be claimed: written from the raw scores and from what is known of each candidate, apart from the verdict's own code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from synth_ui.comparison.outcome import Outcome
from synth_ui.comparison.purposes import PURPOSES
from synth_ui.comparison.verdict.sentences import Verdict
from synth_ui.evaluation.calibrate import calibrate
from synth_ui.evaluation.cards import measure_facts
from tests.verdict.world import ATTACKS, TRAPS

FIDELITY = ("pairs", "margins", "dependence", "detectability")
CLEAN = "found no sign of a leak"


@dataclass(frozen=True)
class State:
    """What is there at one moment of a race.

    Attributes
    ----------
    rows
        Raw scores that have arrived.
    statuses
        The state of each candidate's and control's run.
    pending, ended
        Measures still to come; runs, or measures asked later, that ended badly.
    """

    rows: pd.DataFrame
    statuses: Mapping[str, str]
    pending: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ended: Mapping[str, str] = field(default_factory=dict)

    def outcome(self) -> Outcome:
        names = list(self.statuses)
        listed = pd.DataFrame({
            "candidate": names, "status": list(self.statuses.values()), "settings": "{}", "asked": "{}",
            "generator": ["file" if name.startswith("file:") else name.split("#")[0] for name in names],
            "seed": [float(name.partition("#")[2] or 1) - 1 for name in names],
        })  # fmt: skip
        return Outcome(calibrate(self.rows), listed, measure_facts(), pending=self.pending, ended=self.ended)

    def has(self, measure: str, *names: str) -> bool:
        """Whether a measure has a number for all of these."""
        own = self.rows[(self.rows["measure"] == measure) & self.rows["value"].notna()]
        return set(names) <= set(own["candidate"])

    def status_of(self, measure: str, name: str) -> str:
        own = self.rows[(self.rows["measure"] == measure) & (self.rows["candidate"] == name)]
        return str(own["status"].iloc[0]) if len(own) else ""

    @property
    def open(self) -> bool:
        return any(state in ("queued", "running") for state in self.statuses.values()) or any(self.pending.values())


def violations(state: State, said: Verdict, purpose: str) -> list[str]:
    """Return every rule that a verdict breaks in a state, as a sentence."""
    found = []
    texts = {
        "finding": said.finding,
        "sentence": said.sentence,
        **{f"reason {name}": text for name, text in said.reasons.items()},
    }
    first = said.best or said.leader
    for where, text in texts.items():
        plain = text.replace("Probability of being best", "").replace("the best attack", "")
        if state.open and re.search(r"\bbest\b", plain):
            found.append(f"{where} says best while something is still to come: {text}")
        if re.search(r"\b(private|safe|anonymous)\b", text, re.IGNORECASE):
            found.append(f"{where} promises: {text}")
        for number in re.findall(r"[−-]\s?\d[\d.,]*\s?%|\b[1-9]\d\d[\d.,]*\s?%", re.sub(r"100(\.0)?%", "", plain)):
            found.append(f"{where} has {number}, which is no share: {text}")
    if state.open and said.best is not None:
        found.append("a best one is named while something is still to come")
    if first is not None:
        found += _of_the_first(state, said, first, purpose)
    found += _clean(state, said, first)
    return found


def _of_the_first(state: State, said: Verdict, first: str, purpose: str) -> list[str]:
    trap, found = TRAPS.get(first), []
    clauses = said.sentence
    if "skill" in clauses and not state.has("tstr", first, "control:independent", "control:train"):
        found.append("a clause about usefulness without its scale")
    controls = ("control:independent", "control:train")
    if "in likeness" in clauses.lower() and not any(state.has(key, first, *controls) for key in FIDELITY):
        found.append("a clause about likeness without its scale")
    named = {first, *said.tied_with}
    if PURPOSES[purpose].outside:
        untried = [key for key in ATTACKS if state.status_of(key, first) not in ("ok", "under-powered", "does not apply")]
        unscaled = [
            key for key in ATTACKS
            if state.status_of(key, first) == "ok" and not state.has(key, "control:train", "control:unseen")
        ]  # fmt: skip
        if untried or unscaled:
            found.append(f"recommended outside before {untried or unscaled} was tried on {first}")
        if first.startswith("file:") and not state.has("seen", first):
            found.append(f"{first} is recommended outside though nobody looked whether it saw the holdout")
        leaky = [name for name in named if TRAPS[name].copies]
        if leaky:
            found.append(f"{leaky} copies training rows and is recommended outside")
    for name in named:
        if TRAPS[name].near_copy and state.has("dcr_share", name):
            found.append(f"{name} is nearly a copy of the training rows and is named first")
        if TRAPS[name].saw_holdout and "seen" in set(state.rows.loc[state.rows["candidate"] == name, "measure"]):
            found.append(f"{name} holds rows held back and is named first")
    assert trap is not None
    for name in named:
        if TRAPS[name].broken and state.has("rules", name, "control:unseen") and "break a rule" not in said.finding:
            found.append(f"{name} breaks rules and is named first without that: {said.finding}")
        if TRAPS[name].lost and state.has("margins.worst", name, "control:train") and "column" not in said.finding:
            found.append(f"{name} lost a column and is named first without that: {said.finding}")
    return found


def _clean(state: State, said: Verdict, first: str | None) -> list[str]:
    """A claim that attacks found nothing: not more attacks than there are results with a scale, and none that suspects."""
    beside = re.search(r"On ([^.]*), tied with it, the same attacks found no sign of a leak\.", said.sentence)
    if beside and any(TRAPS[name].near_copy for name in said.tied_with if name.replace("-", " ") in beside[1].lower()):
        return [f"a copy is said to leak nothing: {beside[0]}"]
    text = said.sentence.replace(beside[0], "") if beside else said.sentence
    if CLEAN not in text:
        return []
    match = re.search(r"(\d+) of (\d+) privacy attacks (?:was|were) tried and found no sign", text)
    if match is None or first is None:
        return ["“found no sign of a leak” is said of nobody in particular"]
    there = [
        key for key in ATTACKS if state.status_of(key, first) == "ok" and state.has(key, first, "control:train", "control:unseen")
    ]  # fmt: skip
    found = []
    if int(match[1]) > len(there):
        found.append(f"{match[1]} attacks are said to have found nothing, {len(there)} have a result with a scale")
    if TRAPS[first].near_copy and "dcr_share" in there:
        found.append(f"{first} is nearly a copy and attacks are said to have found nothing")
    return found


def inconsistent(said: Verdict) -> list[str]:
    """Return where words and probabilities of a verdict disagree."""
    shares, found = dict(said.probabilities), []
    if said.leader is None:
        return found
    if said.tied_with and len(shares) == 2 and max(shares.values()) / sum(shares.values()) > 0.85:
        found.append(f"a tie at {shares}")
    if not said.tied_with and len(shares) > 1 and sorted(shares.values())[-1] < 0.5:
        found.append(f"no tie at {shares}")
    if ("tied" in said.finding) != bool(said.tied_with and said.best):
        found.append("the heading and the list of ties differ")
    return found
