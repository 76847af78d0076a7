"""Candidates that differ in the privacy budget alone: what each ε cost in usefulness, and what attacks found at it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from synth_ui.comparison.names import roster
from synth_ui.core.score import Status

SWEEP_COLUMNS: tuple[str, ...] = (
    "generator", "recipe", "epsilon", "candidates", "leakage", "leakage_high", "retained", "retained_low", "retained_high",
)  # fmt: skip
"""The columns of what `sweep` returns."""

EPSILONS: tuple[float, ...] = (0.1, 0.3, 1.0, 3.0, 10.0)
"""The budgets a sweep races."""

_MEASURES = {"leakage_index": "leakage", "tstr": "retained"}


def sweep(scores: pd.DataFrame, candidates: pd.DataFrame) -> pd.DataFrame:
    """Return one row per recipe and ε, where candidates of one generator differ in nothing but ε (and the seed).

    Parameters
    ----------
    scores
        Calibrated scores.
    candidates
        One row per candidate, see `synth_ui.comparison.names.roster`.

    Returns
    -------
    pandas.DataFrame
        `SWEEP_COLUMNS`, by recipe and ε; scores are means over seeds, missing where a measure was not asked or cannot bear a
        verdict. Empty where no
        recipe has two values of ε.
    """
    usable = scores[scores["status"] == Status.OK.value]
    rows = []
    for entry in roster([], candidates).to_dict("records"):
        settings = dict(entry["settings"])
        if "epsilon" in settings and entry["status"] == "done":
            epsilon = float(settings.pop("epsilon"))
            recipe = json.dumps([entry["generator"], settings], sort_keys=True, default=str)
            rows.append({"generator": entry["generator"], "recipe": recipe, "epsilon": epsilon, "candidate": entry["candidate"]})
    found = [_point(group, usable) for _, group in pd.DataFrame(rows).groupby(["recipe", "epsilon"])] if rows else []
    frame = pd.DataFrame(found, columns=list(SWEEP_COLUMNS))
    several = frame.groupby("recipe")["epsilon"].transform("nunique") > 1 if len(frame) else []
    return frame[several].reset_index(drop=True) if len(frame) else frame


def _point(group: pd.DataFrame, scores: pd.DataFrame) -> dict[str, Any]:
    names = list(group["candidate"])
    point: dict[str, Any] = {**group.iloc[0][["generator", "recipe", "epsilon"]].to_dict(), "candidates": ", ".join(names)}
    for measure, column in _MEASURES.items():
        own = scores[scores["candidate"].isin(names) & (scores["measure"] == measure)]
        for suffix, source in (("", "value"), ("_low", "low"), ("_high", "high")):
            point[column + suffix] = float(own[source].mean()) if len(own) else float("nan")
    return {name: point[name] for name in SWEEP_COLUMNS}


def settings_at(settings: Mapping[str, Any], epsilons: Sequence[float] = EPSILONS) -> list[dict[str, Any]]:
    """Return the settings of a sweep: as given, but for ε."""
    return [{**settings, "epsilon": epsilon} for epsilon in epsilons]
