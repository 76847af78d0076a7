"""Scores in words: one plain sentence per score, and why a privacy measure must not be believed on this table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from synth_ui.core.errors import PluginError
from synth_ui.core.score import CONTROLS, SCORE_COLUMNS, Score, Status
from synth_ui.evaluation.cards import known_measures
from synth_ui.measures.base import Measure

PLANTED: Mapping[str, str] = {
    "control:train": "a plain copy of the training rows",
    "control:flipped": "training rows with a tenth of their cells redrawn",
}
"""The leaks planted on every table, and how a sentence names them."""


def sentence(measure_key: str, score_row: Score | Mapping[str, Any] | pd.Series[Any]) -> str:
    """Say in one plain sentence what a headline score says, or why there is no number.

    Parameters
    ----------
    measure_key
        Of the measure, or of one of its parts.
    score_row
        A score, or a row of a scores frame.

    Raises
    ------
    PluginError
        If there is no such measure.
    """
    score = score_row if isinstance(score_row, Score) else as_score(score_row)
    if score.status is Status.DOES_NOT_APPLY:
        return f"Does not apply, because {score.reason}."
    if score.status is Status.FAILED:
        return f"Could not be computed: {score.reason}."
    if score.value is None:
        return "Not scored yet."
    said = _measure(measure_key)().says(score)
    return f"{said} Too weak for a verdict: {score.reason}." if score.status is Status.UNDER_POWERED else said


def as_score(row: Mapping[str, Any] | pd.Series[Any]) -> Score:
    """Turn a row of a scores frame back into a score; NaN becomes None."""
    values: dict[str, Any] = {}
    for name in SCORE_COLUMNS:
        value = row.get(name, None)
        values[name] = None if value is None or (isinstance(value, float) and pd.isna(value)) else value
    values["status"] = Status(values["status"] or Status.OK)
    values["reason"] = values["reason"] or ""
    values["seconds"] = values["seconds"] or 0.0
    return Score(**values)


def blind(scores: pd.DataFrame, measure_key: str) -> str | None:
    """Return why a privacy measure does not see the leaks planted on this table, or None if it sees them.

    A leak is seen when the interval of the planted candidate lies wholly on the bad side of the value of unseen real rows.
    A measure that misses one says nothing about the other candidates, and is shown greyed out with this sentence.

    Parameters
    ----------
    scores
        A scores frame with the control rows. As long as a control is missing from it nothing is said.
    """
    measure = _measure(measure_key)
    if measure.family != "privacy" or not measure.planted:
        return None
    rows = scores[scores["measure"] == measure_key]
    honest = _number(rows, "control:unseen")
    missed = []
    for control, called in PLANTED.items():
        leak = _number(rows, control)
        if leak is not None and honest is not None and not _is_worse(measure, leak, honest):
            missed.append(called)
    if not missed:
        return None
    return f"Not to be believed on this table: it does not tell {' or '.join(missed)} from {CONTROLS['control:unseen'].lower()}."


def _is_worse(measure: type[Measure], leak: Score, honest: Score) -> bool:
    assert leak.value is not None
    assert honest.value is not None
    if measure.better == "lower":
        return (leak.low if leak.low is not None else leak.value) > honest.value
    return (leak.high if leak.high is not None else leak.value) < honest.value


def _number(rows: pd.DataFrame, candidate: str) -> Score | None:
    of_candidate = rows[(rows["candidate"] == candidate) & rows["value"].notna()]
    return as_score(of_candidate.iloc[0]) if len(of_candidate) else None


def _measure(key: str) -> type[Measure]:
    known = known_measures()
    if key.split(".", 1)[0] not in known:
        raise PluginError(f"There is no measure {key!r}; there are {', '.join(known)}.")
    return known[key.split(".", 1)[0]]
