"""Scores in words: one plain sentence per score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from synth_ui.core.errors import PluginError
from synth_ui.core.score import Score, score_of, sentence_of
from synth_ui.evaluation.cards import known_measures, measure_facts


def remark(key: str, note: str) -> str:
    """Say a measure's remark under the name that people read, not under its key."""
    return f"{known_measures()[key].title}: {note}"


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
    key = measure_key.split(".", 1)[0]
    if key not in known_measures():
        raise PluginError(f"There is no measure {measure_key!r}; there are {', '.join(known_measures())}.")
    return sentence_of(measure_facts()[key], score_row if isinstance(score_row, Score) else score_of(score_row))
