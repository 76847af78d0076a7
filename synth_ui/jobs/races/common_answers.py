"""Which of several answers of a measure counts: candidates are compared on what all of them were asked.

A measure may have been asked with several settings: with fewer rows for the leaderboard and with all of them afterwards, or once more
with those a user chose. Answers with different settings are no fair comparison, and a score belongs on the scale of controls that were
asked the same.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from synth_ui.core.score import CONTROLS
from synth_ui.evaluation.calibrate import calibrate
from synth_ui.jobs.races.further_measures import noted
from synth_ui.measures.base import Measure

ENDS = ["floor", "ceiling", "position", "band_low", "band_high"]


def calibrated(raw: pd.DataFrame, everybody: Iterable[Measure]) -> pd.DataFrame:
    """Return one row per candidate, measure and part, on the scale of the controls that were asked the same.

    Parameters
    ----------
    raw
        Of `Workspace.raw_scores`.
    everybody
        What the race asks of all: settings that only some were asked are shown where they are and change nothing for the others.
    """
    keys = raw["measure"].str.split(".").str[0]
    several = keys.isin([key for key, own in raw.groupby(keys)["settings"] if own.nunique() > 1])
    if not several.any():
        return calibrate(raw)
    shared = {(measure.key, noted(measure)) for measure in everybody}
    counts = ~several
    for key, rows in raw[several].groupby(keys[several], sort=False):
        chosen = _chosen(rows, {settings for name, settings in shared if name == key})
        counts[rows.index] = rows["settings"] == rows["run_id"].map(chosen)
    kept = calibrate(raw[counts])
    for _, alike in raw[several].groupby([keys[several], raw.loc[several, "settings"]], sort=False):
        _on_their_own_scale(kept, alike)
    return kept.reset_index(drop=True)


def _chosen(rows: pd.DataFrame, shared: set[str]) -> dict[str, str]:
    """Choose the settings that count per run: the latest that all have answered; a control anchors nothing else.

    What only some candidates were asked counts for those, where it is the latest.
    """
    runs_with = rows.groupby("settings")["run_id"].nunique()
    written = rows.groupby("settings")["written"].max()
    common = max(runs_with.index, key=lambda settings: (runs_with[settings], written[settings]))
    chosen = {}
    for run_id, own in rows.sort_values("written", kind="stable").groupby("run_id"):
        latest = str(own["settings"].iloc[-1])
        apart = latest not in shared and own["candidate"].iloc[0] not in CONTROLS
        chosen[str(run_id)] = latest if apart or common not in set(own["settings"]) else common
    return chosen


def _on_their_own_scale(kept: pd.DataFrame, alike: pd.DataFrame) -> None:
    """Put the scores that count among those of one measure with one settings on the scale of the controls that were asked the same."""
    rows = alike.index.intersection(kept.index)
    if alike["candidate"].isin(list(CONTROLS)).any():
        kept.loc[rows, ENDS] = calibrate(alike).loc[rows, ENDS]
    elif alike["settings"].iloc[0]:
        kept.loc[rows, ENDS] = np.nan  # asked what no control was asked: there is no scale
