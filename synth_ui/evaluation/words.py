"""Scores in words: one plain sentence per score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from synth_ui.core.errors import PluginError
from synth_ui.core.score import Score, score_of, sentence_of
from synth_ui.evaluation.cards import known_measures, measure_facts


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


def skill_and_worth(kept: float, rows: float, all_rows: float, ladder: pd.DataFrame) -> str:
    """Say in one sentence what share of the skill is kept and how many real rows give as much, and why both can be true.

    Parameters
    ----------
    kept
        The value of `tstr`.
    rows, all_rows
        What `worth` says for models: so many real rows, of so many.
    ladder
        `purpose, rows, curve`: the detail "ladder" of `worth`.
    """
    from synth_ui.measures.utility._skill import kept_words
    from synth_ui.measures.utility.worth import rounded

    if kept <= 0 or rows < 1:
        return "A model trained on it predicts unseen real rows no better than guessing."
    said = f"A model trained on it keeps {kept_words(kept)} the skill of one trained on all {all_rows:,.0f} real rows"
    if rows >= all_rows * 0.9999:
        return f"{said}: it does at least as well as they."
    said += f", as much as {rounded(rows)} real rows give"
    rungs = ladder[(ladder["purpose"] == "models") & (ladder["rows"] <= 0.51 * all_rows)].sort_values("rows")
    if rungs.empty or rungs["curve"].iloc[-1] <= 0:
        return f"{said}."
    half = rungs.iloc[-1]
    return f"{said}: skill grows slowly with rows, {half['rows']:,.0f} real rows keep {kept_words(float(half['curve']))} it."
