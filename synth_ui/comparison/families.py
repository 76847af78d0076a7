"""The families of measures, as a comparison speaks of them: one table for titles, words, headline measures and controls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Family:
    """A family of measures.

    Attributes
    ----------
    key
        "fidelity", "utility", "privacy" or "fairness".
    title
        What the good end of its scale means, as the head of a column: "Looks real".
    words
        What it is called inside a sentence: "likeness to the real table".
    short
        The same in one word, for a list: "likeness".
    yardsticks
        The measures that may speak for the family, the best one first; empty where the family decides nothing.
    bad, good
        The controls whose truth is known to be bad, respectively good.
    """

    key: str
    title: str
    words: str
    short: str
    yardsticks: tuple[str, ...]
    bad: str
    good: str


FAMILIES: Mapping[str, Family] = {
    family.key: family
    for family in (
        Family("fidelity", "Looks real", "likeness to the real table", "likeness",
               ("pairs", "margins", "dependence", "detectability"), "control:independent", "control:train"),
        Family("utility", "Is useful", "usefulness", "usefulness", ("tstr",), "control:independent", "control:train"),
        Family("privacy", "Leaks little", "leakage", "leakage",
               ("leakage_index", "dcr_share", "membership", "copies"), "control:train", "control:unseen"),
        Family("fairness", "Treats groups as they are", "how groups are treated", "fairness",
               (), "control:independent", "control:train"),
    )
}  # fmt: skip
"""Every family, in the order shown."""

DECIDING: tuple[str, ...] = tuple(key for key, family in FAMILIES.items() if family.yardsticks)
"""The families a verdict weighs."""

CONTROL_WORDS: Mapping[str, str] = {
    "control:independent": "shuffled columns",
    "control:train": "the training rows",
    "control:flipped": "training rows with a tenth of the cells redrawn",
    "control:unseen": "unseen real rows",
}
"""What a control is called inside a sentence."""
