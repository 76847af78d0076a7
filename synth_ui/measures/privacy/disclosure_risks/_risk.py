"""Risk as the Article 29 opinion means it: how much better an attack does on training rows than on rows no generator saw."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns.halves import Rows
from synth_ui.columns.hashes import content_order
from synth_ui.core.score import PRIVACY_LEVEL, Measurement, Number, beyond_chance, with_ends
from synth_ui.measures._intervals import LEVEL, quantile_of_normal, wilson
from synth_ui.measures.base import PartSpec
from synth_ui.measures.case import Case, Side

REFERENCE = (
    "Giomi, Boenisch, Wehmeyer and Tasnádi, A unified framework for quantifying privacy risk in synthetic data, PoPETs 2023"
)
ATTACKS_HELP = "How many attacks are made at most on training rows, on unseen rows, and at random."
INTERVAL = "Wilson for each arm, propagated; at a level that holds for the attacks compared and for all privacy measures together (Bonferroni)"

RATES: dict[str, PartSpec] = {
    "attack": PartSpec("Attacks on training rows that succeed", "lower", "share", 0.0, 1.0),
    "control": PartSpec("The same attacks on unseen rows", "neither", "share", 0.0, 1.0),
    "random": PartSpec("Guesses without the synthetic table that succeed", "neither", "share", 0.0, 1.0),
}
"""The parts every such measure gives."""


class Arms(NamedTuple):
    """How many attacks succeeded, of how many: on training rows, on unseen rows, and without looking at the table."""

    name: str
    train: tuple[int, int]
    control: tuple[int, int]
    random: tuple[int, int]


def risk(arms: Arms, level: float = PRIVACY_LEVEL) -> Number:
    """Return what the attack gains on training rows, as a share of what was left to gain; in [0, 1], 0 is no gain.

    Rates are the centres of Wilson's intervals, the half-widths are propagated to first order, and the result is cut to
    [0, 1], as in the reference. The value is that of 95% whatever the level: a wider interval must not move it.
    """
    value, _ = _gain(arms, LEVEL)
    middle, error = _gain(arms, level)
    low, high = min(middle - error, value), max(middle + error, value)
    return Number(*(min(1.0, max(0.0, limit)) for limit in (value, low, high)))


def _gain(arms: Arms, level: float) -> tuple[float, float]:
    """Return the relative gain on training rows and the half-width of its interval."""
    hit, hit_error = _centre(*arms.train, level)
    control, control_error = _centre(*arms.control, level)
    error = math.hypot(hit_error / (1 - control), (hit - 1) * control_error / (1 - control) ** 2)
    return (hit - control) / (1 - control), error


def _centre(count: int, attacks: int, level: float) -> tuple[float, float]:
    z = quantile_of_normal(level)
    centre = (count + z * z / 2) / (attacks + z * z)
    return centre, z / (attacks + z * z) * math.sqrt(count * (attacks - count) / attacks + z * z / 4)


def measured(kinds: list[Arms], frame_name: str, note: str, under_powered: str) -> Measurement:
    """Return the riskiest of several attacks by its lower limit, with its three rates and a row per attack."""
    level = 1 - (1 - PRIVACY_LEVEL) / len(kinds)
    risks = {kind.name: risk(kind, level) for kind in kinds}
    worst = max(kinds, key=lambda kind: (risks[kind.name].low, risks[kind.name].value))
    arms = {"attack": worst.train, "control": worst.control, "random": worst.random}
    parts = {name: wilson(count, attacks, level) for name, (count, attacks) in arms.items()}
    frame = pd.DataFrame([_attack_row(kind, risks[kind.name], level) for kind in kinds])
    frame = frame.sort_values(["low", "risk"], ascending=False, kind="stable", ignore_index=True)
    remarks = [f"Riskiest: {worst.name}, {worst.train[1]:,} attacks." if len(kinds) > 1 else f"{worst.train[1]:,} attacks.", note]
    if _is_weak(worst):
        remarks.append("On training rows it does no better than guessing, so no risk found says little here.")
    return Measurement(risks[worst.name], parts, {frame_name: frame}, " ".join(filter(None, remarks)), under_powered)


def _attack_row(arms: Arms, found: Number, level: float) -> dict[str, Any]:
    """Return one attack's risk, and the rate of each arm with its limits."""
    row: dict[str, Any] = {"attack": arms.name, "risk": found.value, "low": found.low, "high": found.high}
    for name, counts in (("train", arms.train), ("control", arms.control), ("random", arms.random)):
        rate = wilson(*counts, level)
        row |= {f"{name}_rate": rate.value, f"{name}_low": rate.low, f"{name}_high": rate.high}
    return row


def _is_weak(arms: Arms) -> bool:
    lowest = wilson(*arms.train).low
    return lowest is not None and lowest <= arms.random[0] / arms.random[1]


def drawn(case: Case, side: Side, among: Rows, count: int, seed: int) -> Rows:
    """Draw up to `count` of the rows `among` of a side, by content."""
    hashes: npt.NDArray[np.uint64] = case.draw_hashes(side)[among]
    rows: Rows = among[content_order(hashes, seed, count)]
    return rows


def said(found: str, score: Any) -> str:
    """Say what a risk says, `found` naming what the attacker does."""
    if score.value is None or score.low is None or score.high is None:
        return str(score.reason)
    within = "risk {}, {} to {}".format(*with_ends(score, 0.0, 1))
    if beyond_chance(score, 0.0):
        return f"An attacker {found} more often for training rows than for unseen rows ({within})."
    return f"No sign found by this attack at this power that an attacker {found} more often for training rows ({within})."
