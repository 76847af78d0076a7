"""Judging a trial: a few measures of each family, on a cut of the training rows alone, between the controls of that cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from synth_ui.core.score import CONTROLS, Score, scores_frame
from synth_ui.evaluation.calibrate import calibrate
from synth_ui.evaluation.cards import card_settings, known_measures
from synth_ui.measures.base import Measure

JUDGED_BY: Mapping[str, tuple[str, ...]] = {
    "fidelity": ("pairs", "dependence", "detectability"),
    "utility": ("tstr",),
    "privacy": ("dcr_share",),
}
"""The measures of a trial, by family; each family counts alike."""

LEARNT_SHARE = 0.7
"""The share of the training rows a trial learns from; it is judged by the others."""


def trial_measures() -> tuple[Measure, ...]:
    """Return the measures of a trial as the quick card asks them."""
    settings = card_settings("quick")
    keys = [key for family in JUDGED_BY.values() for key in family]
    return tuple(known_measures()[key].from_settings(settings.get(key, {})) for key in keys)


def anchors() -> tuple[str, ...]:
    """Return the controls that are the ends of the scales of a trial's measures, in the order of all controls."""
    needed = {end for measure in trial_measures() for end in (measure.floor, measure.ceiling)}
    return tuple(key for key in CONTROLS if key in needed)


def families_of(controls: Sequence[Score], scores: Sequence[Score], candidate: str) -> dict[str, float | None]:
    """Return where a candidate lies on each family's scale between the controls of the same cut, cut to [0, 1]; None without a scale."""
    frame = calibrate(scores_frame([*controls, *scores]))
    own = frame[frame["candidate"] == candidate].set_index("measure")["position"].clip(0.0, 1.0)
    found: dict[str, float | None] = {}
    for family, keys in JUDGED_BY.items():
        values = own.reindex(list(keys)).dropna()
        found[family] = float(values.mean()) if len(values) else None
    return found


def overall(families: Mapping[str, float | None]) -> float | None:
    """Return the mean over the families that have a place; None where none has."""
    known = [value for value in families.values() if value is not None]
    return sum(known) / len(known) if known else None
