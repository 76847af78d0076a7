"""The thresholds of the verdict, each with its reason: `docs/verdict.md` lists them from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Threshold:
    """A number that a sentence of the verdict depends on.

    Attributes
    ----------
    value
        The number.
    decides
        What is said on which side of it.
    reason
        Why there and not elsewhere.
    """

    value: float
    decides: str
    reason: str


THRESHOLDS: Mapping[str, Threshold] = {
    "best": Threshold(
        0.95,
        "“is the best” is said where the leader is ahead of every other candidate in at least this share of draws.",
        "One wrong in twenty is what every interval of the product promises.",
    ),
    "tie": Threshold(
        0.80,
        "Candidates are “tied” with the leader where it is ahead of them in less than this share of draws; between this and the threshold "
        "above it is “probably the best”, with the share.",
        "Odds of less than four to one decide nothing; at 93% against 7% nobody would call it a tie.",
    ),
    "severe": Threshold(
        0.5,
        "A candidate whose privacy score lies below this position is never named best, whatever the purpose: where that measure found a sign, or the "
        "whole interval lies below, on a scale whose ends are more than chance apart.",
        "There it lies nearer to a copy of the training rows than to unseen real rows.",
    ),
    "close": Threshold(
        0.9,
        "“almost as close as real rows” is said from this position on, below it “most of the way” down to one half; “as close as real rows” is "
        "said where the whole interval lies above it.",
        "The last tenth of the scale is where the serious generators differ; a reader sees one dot there.",
    ),
    "low": Threshold(
        0.5,
        "A family whose whole interval lies below this position speaks against a candidate.",
        "It is nearer to the known bad rows than to the known good ones.",
    ),
    "rules": Threshold(
        0.001,
        "Broken rules are a plain fault where the interval of their share lies above that of unseen real rows, and the share exceeds theirs by "
        "at least this much.",
        "One row in a thousand: below it, a rule found on some thousand rows may be a rarity rather than a rule.",
    ),
    "invalid": Threshold(
        0.001,
        "Cells that no real table could hold are a plain fault where the interval of their share lies above that of unseen real rows, and the "
        "share exceeds theirs by at least this much.",
        "New real rows go a little beyond the bounds seen, too; the control says how often on this table.",
    ),
    "lost": Threshold(
        0.5,
        "A column is lost, a plain fault, where more than this share of its rows lies in cells that the real column gives to others.",
        "A blank, a constant or a foreign column lies above, any honest copy of a column far below.",
    ),
    "constant": Threshold(
        0.99,
        "A column is lost, too, where it holds one value in nearly every row while real rows hold it in less than this share.",
        "A column that is constant in the real table loses nothing.",
    ),
    "rest": Threshold(
        0.5,
        "Nor is it called lost where the rows that hold anything else have at least this share of what they are among real rows.",
        "A column that is one value in 98.9% of the real rows and in 99.1% of the synthetic ones has lost a fifth of the rest, not the column.",
    ),
    "by chance": Threshold(
        0.001,
        "Such a column is not called lost where as many real rows would hold that one value alone in at least this share of draws.",
        "Of 30 rows all are often alike in a column that holds another value once in thirty.",
    ),
    "column": Threshold(
        0.05,
        "The worst column speaks against a candidate where it is farther from the real one than the worst column of real rows, by this much.",
        "One row in twenty in the wrong cell is seen in a chart.",
    ),
    "detectable": Threshold(
        0.55,
        "A classifier that tells the rows apart speaks against a candidate where the interval of its AUC lies above this, and above that of "
        "the training rows.",
        "At 0.55 it is right 11 times of 20: below that nobody would act on it.",
    ),
    "memorised": Threshold(
        0.48,
        "A classifier that tells synthetic from training rows less often than this, as surely as an attack must be, speaks against a candidate.",
        "Below one half, it follows the training rows, or the counts of their columns, more closely than other real rows do. Counts alone can do "
        "it in a small table, so this names no copies; those are for the attacks on privacy to find. .02 is the spread of honest candidates.",
    ),
    "levels": Threshold(
        0.1,
        "Lost levels speak against a candidate where it has this much less of the rare levels than real rows have.",
        "One rare level in ten; smaller differences are what another sample of real rows gives.",
    ),
}  # fmt: skip
"""Every threshold, by name."""


def limit(name: str) -> float:
    """Return the value of a threshold."""
    return THRESHOLDS[name].value
