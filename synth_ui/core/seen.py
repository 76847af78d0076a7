"""What it means that a candidate holds rows held back: the measure, how it is told, and the words for it."""

from __future__ import annotations

from synth_ui.core.score import Score, Status, beyond_chance

SEEN = "seen"
"""The key of the measure that asks it. It is no attack on the training rows: it tells whether there are rows left to judge by."""


def saw(score: Score) -> bool:
    """Tell whether a score of the measure says that its candidate has seen the rows held back."""
    return score.status is Status.OK and beyond_chance(score, 0.0)


def seen_sentence(score: Score) -> str:
    """Say in one sentence what a score of the measure says.

    Parameters
    ----------
    score
        With a value: the share of the rows held back that is found again, beyond what chance gives.
    """
    if score.value is None:
        return score.reason
    if not beyond_chance(score, 0.0):
        return "No sign that it has seen the rows held back: it holds no more of them than chance explains."
    return (
        f"It holds {score.value:.1%} of the rows held back, word for word or nearly so, beyond what chance explains: whatever made it has "
        f"seen them, so nothing here can judge it."
    )
