"""Quality against leakage: who is beaten on both at once, beyond what chance explains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.comparison.scale import BOUNDS, z_of
from synth_ui.comparison.thresholds import limit
from synth_ui.core.context import Context
from synth_ui.core.score import Status

if TYPE_CHECKING:
    from synth_ui.comparison.outcome import Outcome

PARETO_COLUMNS: tuple[str, ...] = (
    "candidate", "title", "control", "quality", "quality_low", "quality_high", "leakage", "leakage_low", "leakage_high",
    "quality_position", "quality_position_low", "quality_position_high", "leakage_measure", "quality_measure",
    "probability_dominated", "dominated", "dominated_by", "number",
)  # fmt: skip


def pareto(outcome: Outcome, quality: str = "fidelity", draws: int = 4000, context: Context | None = None) -> pd.DataFrame:
    """Set quality against leakage and say which candidates are dominated.

    In a draw a candidate is dominated if another has more quality and no more leakage; leakage within the interval of unseen real
    rows counts as equal, because no difference there can be told from none. It is dominated if it is so in as many draws as "is the
    best" asks for.

    Parameters
    ----------
    quality
        "fidelity" or "utility".

    Returns
    -------
    pandas.DataFrame
        `PARETO_COLUMNS`, candidates first, controls after them. `quality*` and `leakage*` are the headline values with their
        intervals, leakage being the privacy headline; `probability_dominated` is a share of draws (NaN for controls),
        `dominated_by` the name of the one with the most quality of those that do it, `number` decides a candidate's colour (-1 for controls). Only candidates with both scores are listed.
    """
    board = outcome.ranking()
    rows = board[(board[f"{quality}_position"].notna()) & board["privacy_position"].notna()]
    rows = rows[rows[f"{quality}_status"].eq(Status.OK) & rows["privacy_status"].eq(Status.OK)]
    frame = _renamed(rows, quality)
    field = frame[~frame["control"]].sort_values("candidate")
    rng = (context or Context()).rng("pareto")
    good = _normal(field, "quality_position", draws, rng, quality)
    still = frame["leakage_measure"].isin(BOUNDS)
    for end in ("_low", "_high"):
        frame[f"privacy_position{end}"] = frame[f"privacy_position{end}"].mask(still, frame["privacy_position"])
    kept = _normal(frame[~frame["control"]].sort_values("candidate"), "privacy_position", draws, rng, "privacy")
    honest = frame[frame["candidate"] == "control:unseen"]
    bound = float(honest["privacy_position_low"].iloc[0]) if len(honest) else 1.0
    beaten = _dominates(good, np.minimum(kept, bound))
    names = field["candidate"].to_list()
    chance = dict(zip(names, beaten.any(axis=0).mean(axis=1), strict=True)) if names else {}
    frame["probability_dominated"] = frame["candidate"].map(chance).astype(float)
    frame["dominated"] = frame["probability_dominated"] >= limit("best")
    by = {name: _culprit(beaten[:, n].mean(axis=1), field, names) for n, name in enumerate(names)}
    frame["dominated_by"] = [by[name] if lost else "" for name, lost in zip(frame["candidate"], frame["dominated"], strict=True)]
    frame["number"] = [outcome.numbers.get(name, -1) for name in frame["candidate"]]
    return frame[list(PARETO_COLUMNS)].reset_index(drop=True)


def _culprit(share: npt.NDArray[np.float64], field: pd.DataFrame, names: list[str]) -> str:
    """Name whoever dominates; of several that always do, the one with the most quality."""
    often = share >= min(limit("best"), float(share.max()))
    best = np.where(often, field["quality_position"].to_numpy(float), -np.inf)
    return names[int(best.argmax())]


def _renamed(rows: pd.DataFrame, quality: str) -> pd.DataFrame:
    frame = rows[["candidate", "title", "control"]].copy()
    for suffix in ("", "_low", "_high", "_position", "_position_low", "_position_high", "_measure"):
        frame[f"quality{suffix}"] = rows[quality + suffix]
        frame[f"leakage{suffix}"] = rows[f"privacy{suffix}"]
        frame[f"privacy{suffix}"] = rows[f"privacy{suffix}"]
    frame["control"] = frame["control"].astype(bool)
    return frame


def _normal(rows: pd.DataFrame, name: str, draws: int, rng: np.random.Generator, family: str) -> npt.NDArray[np.float64]:
    """Draw from the two-sided normal of a position and its interval, one row per candidate; without one it may lie anywhere."""
    centre, low, high = (rows[name + end].to_numpy(float)[:, None] for end in ("", "_low", "_high"))
    noise = rng.standard_normal((len(rows), draws))
    known = rows[f"{'leakage' if family == 'privacy' else 'quality'}_low"].notna().to_numpy()[:, None]
    spread = np.where(known, np.where(noise < 0, centre - low, high - centre) / z_of(family), 1.0)
    drawn: npt.NDArray[np.float64] = centre + noise * spread
    return drawn


def _dominates(good: npt.NDArray[np.float64], kept: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
    """Return [by, of, draw]: whether `by` has more quality and keeps no less than `of`."""
    return (good[:, None] > good[None]) & (kept[:, None] >= kept[None])
