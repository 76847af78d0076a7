"""Which part gives a candidate away is said with what tells it apart, and only where it was asked and its interval bears it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.score import Score, scores_frame
from synth_ui.evaluation.calibrate import calibrate
from tests.race_scores import CANDIDATE_VALUES, outcome, score_rows

TOLD = "a classifier picks the synthetic one 80% of the time"


def parts(**shares: tuple[float, float, float]) -> pd.DataFrame:
    words = {"single": "single columns", "pairs": "pairs of columns", "more": "more than two columns together"}
    names = {"single": "age, gain", "pairs": "city with river", "more": ""}
    rows = []
    for part, said in words.items():
        value, low, high = shares.get(part, (0.0, 0.0, 0.1))
        rows.append({"part": part, "words": said, "names": names[part], "share": value, "share_low": low, "share_high": high})
    return pd.DataFrame(rows)


def against(frame: pd.DataFrame | None, *, asked: bool = True, auc: float = 0.8) -> str:
    """Return what is said of a candidate told apart with this area."""
    rows = [
        Score("cart", "detectability", "fidelity", auc, auc - 0.02, auc + 0.02),
        Score("control:train", "detectability", "fidelity", 0.5, 0.48, 0.52),
        Score("control:independent", "detectability", "fidelity", 0.99, 0.98, 1.0),
    ]
    if asked:
        rows.append(Score("cart", "gap_parts", "fidelity", auc - 0.5, auc - 0.53, auc - 0.47))
    scores = pd.concat([score_rows({"cart": CANDIDATE_VALUES["cart"]}), calibrate(scores_frame(rows))], ignore_index=True)
    made = outcome(scores, detail=lambda c, m, n: frame if (c, m, n) == ("cart", "gap_parts", "parts") else None)
    return " ".join(one.sentence for one in made.objections("cart") if one.measure == "detectability")


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ({"single": (0.9, 0.8, 1.0)}, f"{TOLD}, mostly by single columns (age, gain); 50% is guessing."),
        ({"pairs": (0.7, 0.51, 0.9), "single": (0.3, 0.1, 0.4)}, f"{TOLD}, mostly by pairs of columns (city with river); 50%"),
        ({"more": (0.8, 0.7, 0.9)}, f"{TOLD}, mostly by more than two columns together; 50%"),
    ],
)
def test_what_carries_most_is_said_by_name(shares: dict[str, tuple[float, float, float]], said: str) -> None:
    assert said in against(parts(**shares))


@pytest.mark.parametrize(
    "frame",
    [
        None,
        parts(single=(0.6, 0.45, 0.75), pairs=(0.4, 0.25, 0.55)),
        parts(single=(0.5, 0.5, 0.5), pairs=(0.5, 0.5, 0.5)),
        parts().assign(share=np.nan, share_low=np.nan, share_high=np.nan),
    ],
    ids=["not asked", "its interval holds a half", "exactly a half", "no difference to share"],
)
def test_nothing_is_said_of_parts_that_the_interval_does_not_bear(frame: pd.DataFrame | None) -> None:
    said = against(frame)
    assert TOLD in said
    assert "mostly" not in said


def test_parts_left_by_an_answer_that_has_no_number_now_are_not_told() -> None:
    assert "mostly" not in against(parts(single=(0.9, 0.8, 1.0)), asked=False)


def test_a_candidate_that_is_not_told_apart_is_not_spoken_against() -> None:
    assert against(parts(single=(0.9, 0.8, 1.0)), auc=0.52) == ""
