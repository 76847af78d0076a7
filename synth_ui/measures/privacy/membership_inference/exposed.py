"""Which real rows does the synthetic table expose most?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.score import PRIVACY_LEVEL, Measurement, Number, Score, beyond_chance, with_ends
from synth_ui.core.tunable import flag, integer
from synth_ui.measures._intervals import newcombe
from synth_ui.measures.base import Measure, PartSpec
from synth_ui.measures.case import Case
from synth_ui.measures.privacy._draws import check_case, too_few
from synth_ui.measures.privacy.membership_inference._attacks import (
    ROWS_DEFAULT,
    ROWS_HELP,
    Attacked,
    attack,
    attack_everyone,
    sizes_note,
)

ATTACK = "relative distance"
"""The attack whose evidence is listed: nearness to a synthetic row relative to the nearest row of the reference."""

RARE = 0.01
"""A row stands out where at most this share of unseen rows has as much evidence."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Exposed(Measure):
    """How many training rows stand out as unseen rows hardly ever do, and which they are.

    The evidence for a row is how many times nearer its closest synthetic row is than its closest row of a reference of real
    rows. A threshold is set where one in a hundred unseen rows reaches it; the headline is the share of training rows that
    reach it minus that share: 0 where no row is exposed beyond chance, near .99 for a copy of the training rows.

    Detail frames
    -------------
    rows
        row (number in train, from 0), evidence (natural logarithm of how many times nearer), excess (evidence beyond the threshold),
        unseen_share (of unseen rows with as much evidence), right (share of right answers of somebody who says "was in train" from
        this evidence on; ½ is guessing), isolated; the most exposed first, at most `listed` of them, and none below the threshold.
    evidence
        bin_low, bin_high, train_share, holdout_share: the evidence of all attacked rows, as a distribution.
    """

    key = "exposed"
    title = "Exposed rows"
    summary = "How many training rows stand out in the synthetic table as unseen rows hardly ever do, and which."
    family = "privacy"
    reference = (
        "Meeus, Guépin, Cretu and de Montjoye, Achilles' heels: vulnerable record identification in synthetic data publishing, "
        "ESORICS 2023; control arm after Giomi et al., PoPETs 2023"
    )
    asks = "Which real rows are most exposed?"
    better = "lower"
    unit = "share of training rows, beyond chance"
    low = -1.0
    high = 1.0
    floor = "control:train"
    ceiling = "control:unseen"
    worst_means = "training rows stand out as in a copy"
    best_means = "no more stand out than of unseen rows"
    interval = "Newcombe, at a level that holds for all privacy measures together (Bonferroni)"
    computed = (
        "For attacked training rows and unseen rows, the distance to the nearest synthetic row relative to that to the nearest of "
        "other real rows. Rows count that are nearer than all but one in a hundred unseen rows; the share of unseen rows that do is taken off."
    )
    cards = {"standard": {}}
    place = 90
    misleads = (
        "It lists the rows this attack tells; another attack may tell others. Some listed rows stand out by chance: the column of right "
        "answers says how many. Only the rows attacked are listed."
    )
    parts = {
        "train": PartSpec("Training rows that stand out", "lower", "share", 0.0, 1.0),
        "control": PartSpec("Unseen rows that stand out", "neither", "share", 0.0, 1.0),
        "isolated": PartSpec(
            "The same for the 5% most isolated rows", "lower", "share of training rows, beyond chance", -1.0, 1.0
        ),
    }

    rows: int = integer(ROWS_DEFAULT, low=100, high=1_000_000, log=True, title="Rows attacked", help=ROWS_HELP)
    everyone: bool = flag(
        False,
        title="All training rows",
        help="Attack every training row, not only as many as there are unseen rows to compare with.",
    )
    listed: int = integer(200, low=10, high=5_000, log=True, help="How many exposed rows are listed at most.")

    def measure(self, case: Case, context: Context) -> Measurement:
        """Return the share of training rows that stand out beyond chance, in [-1, 1]: 0 where none does."""
        check_case(case)
        attacked = (attack_everyone if self.everyone else attack)(case, self.rows, context)
        evidence = attacked.scores[ATTACK]
        everyone = np.ones(len(evidence), dtype=bool)
        gap, train, holdout, threshold = _standing_out(evidence, attacked.member, everyone)
        parts = {"train": Number(train), "control": Number(holdout)}
        if min((attacked.isolated & attacked.member).sum(), (attacked.isolated & ~attacked.member).sum()) >= 1 / RARE:
            parts["isolated"] = _standing_out(evidence, attacked.member, attacked.isolated)[0]
        detail = {"rows": _rows(attacked, evidence, threshold, self.listed), "evidence": _distribution(attacked.member, evidence)}
        return Measurement(gap, parts, detail, _note(case, attacked), too_few(case))

    def says(self, score: Score) -> str:
        """Say how many training rows stand out."""
        if score.value is None or score.low is None or score.high is None:
            return score.reason
        within = "{} of the attacked rows, {} to {}".format(*with_ends(score, self.chance, 2, sign="+"))
        if beyond_chance(score, self.chance):
            return f"More training rows stand out than chance explains ({within}); the most exposed are listed."
        return f"No sign found by this attack at this power: no more training rows stand out than unseen rows ({within})."


def _standing_out(
    evidence: Floats, member: npt.NDArray[np.bool_], rows: npt.NDArray[np.bool_]
) -> tuple[Number, float, float, float]:
    """Return, among some rows, the share of members beyond the threshold minus that of others, both shares and the threshold."""
    members, others = evidence[rows & member], np.sort(evidence[rows & ~member])
    threshold = float(others[len(others) - max(1, round(RARE * len(others)))])
    counts = int((members >= threshold).sum()), int((others >= threshold).sum())
    return (
        newcombe(counts[0], len(members), counts[1], len(others), PRIVACY_LEVEL),
        counts[0] / len(members),
        counts[1] / len(others),
        threshold,
    )


def _rows(attacked: Attacked, evidence: Floats, threshold: float, most: int) -> pd.DataFrame:
    """List the members with the most evidence: row numbers and numbers about them, nothing of what stands in the rows."""
    members, others = np.sort(evidence[attacked.member]), np.sort(evidence[~attacked.member])
    own = pd.DataFrame(
        {
            "row": attacked.rows[attacked.member],
            "evidence": evidence[attacked.member],
            "excess": evidence[attacked.member] - threshold,
            "isolated": attacked.isolated[attacked.member],
        }
    )
    own = own[own["excess"] >= 0].sort_values(["evidence", "row"], ascending=[False, True], kind="stable").head(most)
    told = 1 - np.searchsorted(members, own["evidence"]) / len(members)
    alarms = 1 - np.searchsorted(others, own["evidence"]) / len(others)
    own["unseen_share"] = alarms
    own["right"] = told / (told + alarms)
    return own[["row", "evidence", "excess", "unseen_share", "right", "isolated"]].reset_index(drop=True)


def _distribution(member: npt.NDArray[np.bool_], evidence: Floats, bins: int = 60) -> pd.DataFrame:
    """Return the evidence of training rows and of unseen rows in common bins, the lowest and the highest holding what lies beyond."""
    low, high = np.quantile(evidence, [0.005, 1.0])
    edges = np.linspace(low, high if high > low else low + 1, bins + 1)
    inside = np.clip(evidence, edges[0], edges[-1])
    shares = [np.histogram(inside[which], edges)[0] / max(which.sum(), 1) for which in (member, ~member)]
    return pd.DataFrame({"bin_low": edges[:-1], "bin_high": edges[1:], "train_share": shares[0], "holdout_share": shares[1]})


def _note(case: Case, attacked: Attacked) -> str:
    left_out = len(case.train) - int(attacked.member.sum())
    rest = f"{left_out:,} training rows were not attacked and cannot be listed." if left_out else ""
    return " ".join(filter(None, [sizes_note(attacked), rest]))
