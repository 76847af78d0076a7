"""What the board shows: the runs of a race, their scores on the scale of the controls, the candidates."""

from __future__ import annotations

from functools import cache

import pandas as pd

from synth_ui.evaluation.calibrate import CALIBRATED, calibrate
from synth_ui.evaluation.cards import card as measures_of
from synth_ui.generators.base import generators
from synth_ui.store.workspace import Workspace

CANDIDATE_COLUMNS = (
    "candidate", "generator", "settings", "asked", "seed", "status", "seconds_fit", "seconds_sample", "reason", "notes", "run_id", "control",
)  # fmt: skip


def board(ws: Workspace, race_id: str) -> pd.DataFrame:
    """Return the runs of a race as `Workspace.runs` does, with how many measures are `scored` of how many `measures`.

    `mark` differs once a measure has been asked again.
    """
    runs = ws.runs(race_id)
    scores = ws.raw_scores(race_id)
    asked = scores["measure"].str.split(".").str[0].groupby(scores["run_id"]).nunique()
    runs["scored"] = runs["id"].map(asked).fillna(0).astype("int64")
    runs["mark"] = runs["id"].map(scores.groupby("run_id")["seconds"].sum()).fillna(0.0).astype("float64")
    runs["measures"] = len(measures_of(ws.race(race_id)["card"]))
    return runs


def scores(ws: Workspace, race_id: str) -> pd.DataFrame:
    """Return the scores of a race, controls included, with floor, ceiling, position, chance and band (see `calibrate`)."""
    return calibrate(ws.raw_scores(race_id))[list(CALIBRATED)]


def candidates(ws: Workspace, race_id: str) -> pd.DataFrame:
    """Return one row per candidate, controls included.

    Columns: candidate, generator, settings (JSON), asked (JSON), seed, status (the run's state), seconds_fit, seconds_sample, reason, notes (a line each), run_id,
    control, generator_title (what the catalogue calls its generator; empty where there is none any more).
    """
    runs = ws.runs(race_id).rename(columns={"id": "run_id", "state": "status"})
    frame = runs[list(CANDIDATE_COLUMNS)].astype({"control": bool, "seconds_fit": "float64", "seconds_sample": "float64"})
    return frame.assign(generator_title=frame["generator"].map(_titles()).fillna("").astype(object))


@cache
def _titles() -> dict[str, str]:
    return {key: generator.title for key, generator in generators().items()}
