"""The parts of a difference in words: how much each carries, and which columns by name."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from synth_ui.core.score import Number

PARTS: Mapping[str, str] = {"single": "single columns", "pairs": "pairs of columns", "more": "more than two columns together"}
"""The three parts of the difference, by key, in words."""

MOST_NAMES = {"single": 3, "pairs": 2, "more": 1}


def parts_frame(
    numbers: Mapping[str, Number], tables: Mapping[str, pd.DataFrame], *, discrete: Mapping[str, bool]
) -> pd.DataFrame:
    """Return one row per part: part, words, value, low, high, share, share_low, share_high, mostly, names, symptom, text, real, full.

    Parameters
    ----------
    numbers
        The parts of the measure by name; shares are missing where there is no difference to share.
    tables
        The details "columns", "pairs" and "triples".
    discrete
        Per column whether it holds levels.
    """
    rows = []
    for part, words in PARTS.items():
        one, share = numbers[part], numbers.get(f"{part}_share")
        names = _names(part, tables)
        value, low, high = (np.nan,) * 3 if share is None else (share.value, share.low, share.high)
        rows.append(
            {
                "part": part, "words": words, "value": one.value, "low": one.low, "high": one.high,
                "share": value, "share_low": low, "share_high": high, "mostly": low is not None and low > 0.5,
                "names": names, "symptom": _symptom(part, tables, discrete), "text": _text(words, share, names),
                "real": numbers["real"].value, "full": numbers["full"].value,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _names(part: str, tables: Mapping[str, pd.DataFrame]) -> str:
    """Name what carries a part beyond chance, the most telling first; empty where nothing does by itself."""
    frame = tables[{"single": "columns", "pairs": "pairs", "more": "triples"}[part]]
    told = frame[frame["low"] > 0.5].head(MOST_NAMES[part])
    if part == "single":
        return ", ".join(told["column"].astype(str))
    if part == "pairs":
        return ", ".join(f"{first} with {second}" for first, second in zip(told["first"], told["second"], strict=True))
    return ", ".join(f"{a} with {b} and {c}" for a, b, c in zip(told["first"], told["second"], told["third"], strict=True))


def _symptom(part: str, tables: Mapping[str, pd.DataFrame], discrete: Mapping[str, bool]) -> str:
    """Return what is behind a part, by which the setting that mends it is found: a symptom of `telltale`."""
    if part != "single":
        return "relationship"
    return "level" if discrete[str(tables["columns"]["column"].iloc[0])] else "shape"


def _text(words: str, share: Number | None, names: str) -> str:
    """Say how much of the difference a part carries; empty where the interval holds nothing."""
    if share is None or share.low is None or share.low <= 0:
        return ""
    assert share.high is not None
    carried = (
        f"{words[:1].upper()}{words[1:]} carry {share.value:.0%} of what tells it apart ({share.low:.0%} to {share.high:.0%})"
    )
    return f"{carried}: {names}." if names else f"{carried}; none stands out by itself."
