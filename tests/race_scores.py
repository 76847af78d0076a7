"""Made-up scores of a race, shaped as the real ones: what comparison, plots and reports are tested on."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from synth_ui.comparison.outcome import Outcome, no_detail
from synth_ui.core.score import Score, Status, scores_frame
from synth_ui.evaluation.cards import measure_facts

TITLES = {"autoregressive": "Autoregressive net", "arf": "Adversarial forest", "bayes_net": "Bayesian network"}
"""What the catalogue calls some of them; of the others a name is made of the key."""

FAMILY = {
    "pairs": "fidelity", "margins": "fidelity", "detectability": "fidelity", "tstr": "utility", "leakage_index": "privacy",
    "dcr_share": "privacy", "membership": "privacy", "copies": "privacy",
}  # fmt: skip

SCALE = {
    "pairs": ("control:independent", "control:train"), "margins": ("control:independent", "control:train"),
    "detectability": ("control:independent", "control:train"), "tstr": ("control:independent", "control:train"),
    "leakage_index": ("control:train", "control:unseen"), "dcr_share": ("control:train", "control:unseen"),
    "membership": ("control:train", "control:unseen"), "copies": ("control:train", "control:unseen"),
}  # fmt: skip

CONTROL_VALUES = {
    "control:independent": {"pairs": 0.929, "tstr": 0.0, "dcr_share": 0.503, "leakage_index": 0.0},
    "control:train": {"pairs": 0.985, "tstr": 1.0, "dcr_share": 0.998, "leakage_index": 6.1},
    "control:flipped": {"pairs": 0.981, "tstr": 0.98, "dcr_share": 0.84, "leakage_index": 5.0},
    "control:unseen": {"pairs": 0.984, "tstr": 0.99, "dcr_share": 0.50, "leakage_index": 0.0},
}

HALF = {"pairs": 0.002, "margins": 0.002, "detectability": 0.01, "tstr": 0.008, "leakage_index": 1.2, "dcr_share": 0.012,
        "membership": 0.009, "copies": 0.004}  # fmt: skip

CANDIDATE_VALUES = {
    "cart": {"pairs": 0.9835, "tstr": 0.975, "dcr_share": 0.603, "leakage_index": 1.7},
    "cart#2": {"pairs": 0.9830, "tstr": 0.971, "dcr_share": 0.598, "leakage_index": 1.5},
    "cart#3": {"pairs": 0.9838, "tstr": 0.978, "dcr_share": 0.606, "leakage_index": 1.8},
    "autoregressive": {"pairs": 0.979, "tstr": 0.966, "dcr_share": 0.505, "leakage_index": 0.0},
    "autoregressive#2": {"pairs": 0.9776, "tstr": 0.969, "dcr_share": 0.497, "leakage_index": 0.0},
    "autoregressive#3": {"pairs": 0.9797, "tstr": 0.961, "dcr_share": 0.502, "leakage_index": 0.0},
    "file:mostlyai": {"pairs": 0.951, "tstr": 0.970, "dcr_share": 0.510, "leakage_index": 0.0},
    "arf": {"pairs": 0.945, "tstr": 0.955, "dcr_share": 0.551, "leakage_index": 0.4},
    "bayes_net": {"pairs": 0.966, "tstr": 0.922, "dcr_share": 0.508, "leakage_index": 0.0},
    "sdv_tvae": {"pairs": 0.910, "tstr": 0.914, "dcr_share": 0.508, "leakage_index": 0.0},
    "sdv_ctgan": {"pairs": 0.870, "tstr": 0.901, "dcr_share": 0.512, "leakage_index": 0.0},
    "gaussian_copula": {"pairs": 0.922, "tstr": 0.640, "dcr_share": 0.499, "leakage_index": 0.0},
}

SECONDS = {
    "cart": 1.1,
    "autoregressive": 17.0,
    "arf": 14.0,
    "bayes_net": 0.4,
    "sdv_tvae": 92.0,
    "sdv_ctgan": 1540.0,
    "gaussian_copula": 0.6,
}


def score_rows(
    values: Mapping[str, Mapping[str, float]] | None = None,
    *,
    controls: Mapping[str, Mapping[str, float]] | None = None,
    half: Mapping[str, float] | None = None,
    measures: tuple[str, ...] = ("pairs", "tstr", "dcr_share", "leakage_index"),
) -> pd.DataFrame:
    """Return a calibrated scores frame for made-up values; intervals are symmetric, a leakage index is a proven lower bound."""
    controls = CONTROL_VALUES if controls is None else controls
    everything = {**controls, **(CANDIDATE_VALUES if values is None else values)}
    rows = []
    for candidate, given in everything.items():
        for measure in measures:
            if measure not in given:
                continue
            width = (half or {}).get(measure, HALF.get(measure, math.nan))
            value = given[measure]
            floor, ceiling = (controls.get(end, {}).get(measure) for end in SCALE[measure])
            position = None if floor is None or ceiling is None or floor == ceiling else (value - floor) / (ceiling - floor)
            low = value if measure == "leakage_index" else value - width
            rows.append(
                Score(
                    candidate, measure, FAMILY[measure], value, low, value + width, floor, ceiling, position, Status.OK, "", 0.3
                )
            )
    frame = scores_frame(rows)
    good = {(row.measure, row.candidate): (row.low, row.high) for row in rows}
    for place, end in enumerate(("band_low", "band_high")):
        frame[end] = [good.get((name, SCALE[name][1]), (float("nan"), float("nan")))[place] for name in frame["measure"]]
    return frame


def without(scores: pd.DataFrame, measure: str, status: Status, reason: str, candidate: str | None = None) -> pd.DataFrame:
    """Return the frame with a measure's rows (of one candidate, or of all) turned into an answer without a number."""
    changed = scores.copy()
    rows = (changed["measure"] == measure) & ((changed["candidate"] == candidate) if candidate else True)
    changed.loc[rows, ["status", "reason"]] = [str(status), reason]
    if status is not Status.UNDER_POWERED:
        changed.loc[rows, ["value", "low", "high", "position"]] = float("nan")
    return changed


def candidate_rows(names: list[str] | None = None) -> pd.DataFrame:
    """Return the candidates frame that belongs to the made-up scores."""
    rows = []
    for name in names if names is not None else [*CONTROL_VALUES, *CANDIDATE_VALUES]:
        base, _, seed = name.partition("#")
        rows.append({
            "candidate": name, "generator": "file" if base.startswith("file:") else base, "settings": "{}", "seed": int(seed or 1) - 1,
            "status": "done", "seconds_fit": SECONDS.get(base, float("nan")), "seconds_sample": 0.05, "reason": "",
            "run_id": name, "control": base.startswith("control:"), "generator_title": TITLES.get(base, ""),
        })  # fmt: skip
    return pd.DataFrame(rows)


def outcome(scores: pd.DataFrame, candidates: pd.DataFrame | None = None, detail=no_detail, **more) -> Outcome:  # type: ignore[no-untyped-def]
    """Return scores and candidates as the one value that everything reads."""
    return Outcome(scores, candidates, measure_facts(), detail=detail, **more)
