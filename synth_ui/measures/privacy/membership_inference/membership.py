"""Can somebody tell which real rows were in train?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.score import PRIVACY_LEVEL, Measurement, Number, Score, beyond_chance, with_ends
from synth_ui.core.tunable import integer
from synth_ui.measures._intervals import clopper_pearson, delong, least_told
from synth_ui.measures.base import Measure, PartSpec
from synth_ui.measures.case import Case
from synth_ui.measures.privacy._draws import check_case, too_few
from synth_ui.measures.privacy.membership_inference._attacks import ATTACKS, ROWS_DEFAULT, ROWS_HELP, Attacked, attack, sizes_note

RATES = {"tpr_at_1%": 0.01, "tpr_at_0.1%": 0.001}
FEWEST_ISOLATED = 20
CURVE_POINTS = 200

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Membership(Measure):
    """How well the better of two attacks tells rows of train from rows no generator saw.

    The attacks see the synthetic table and a reference, half of the holdout: one ranks rows by nearness to their closest
    synthetic row, the other by that nearness relative to their closest row of the reference. The headline is the larger area
    under the ROC curve, with an interval widened for having chosen it. A few copied rows hardly move an area but show at the
    far left of the curve: hence the true-positive rates at 1% and .1% false positives.

    Detail frames
    -------------
    attacks
        attack, rows ("all", "isolated"), auc, low, high, tpr_1, tpr_01 (true-positive rate at 1% and .1%).
    roc
        attack, false_positive_rate, true_positive_rate; for logarithmic axes, over all rows.
    """

    key = "membership"
    title = "Membership"
    summary = "How well an attacker tells who was in the training rows."
    family = "privacy"
    reference = (
        "Chen, Yu, Zhang and Fritz, GAN-Leaks, CCS 2020; van Breugel et al., Membership inference attacks against synthetic "
        "data through overfitting detection (DOMIAS), AISTATS 2023; Carlini et al., Membership inference attacks from first "
        "principles, S&P 2022, for low false-positive rates."
    )
    asks = "Can one tell who was in the training rows?"
    better = "lower"
    unit = "AUC"
    floor = "control:train"
    ceiling = "control:unseen"
    chance = 0.5
    worst_means = "every training row is told"
    best_means = "no better than guessing"
    interval = "DeLong, Bonferroni over the attacks and all privacy measures; Clopper-Pearson for the rates"
    computed = (
        "Nearness to the closest synthetic row, and the same relative to the closest row of a reference of real rows, as a "
        "score for having been among the training rows; area under the ROC curve and true-positive rates at 1% and .1% false positives."
    )
    cards = {"standard": {}}
    place = 30
    misleads = (
        "Attacks that refit the generator find more; no sign found means not found by these. Below about 3,000 attacked "
        "unseen rows the rate at .1% rests on fewer than three of them."
    )
    parts = {
        "tpr_at_1%": PartSpec("Training rows told at 1% false alarms", "lower", "share", 0.0, 1.0),
        "tpr_at_0.1%": PartSpec("Training rows told at .1% false alarms", "lower", "share", 0.0, 1.0),
        "isolated": PartSpec("The same for the 5% most isolated rows", "lower", "AUC", 0.0, 1.0),
        "isolated_tpr_at_1%": PartSpec("Isolated training rows told at 1% false alarms", "lower", "share", 0.0, 1.0),
    }

    rows: int = integer(ROWS_DEFAULT, low=100, high=1_000_000, log=True, title="Rows attacked", help=ROWS_HELP)

    def measure(self, case: Case, context: Context) -> Measurement:
        """Return the larger area under the ROC curve, in [0, 1]: ½ is guessing, 1 tells every row."""
        check_case(case)
        attacked = attack(case, self.rows, context)
        everyone = np.ones(len(attacked.member), dtype=bool)
        results = {"all": _results(attacked, everyone)}
        if _both_sorts(attacked.member[attacked.isolated]) >= FEWEST_ISOLATED:
            results["isolated"] = _results(attacked, attacked.isolated)
        parts = {name: _best(results["all"], name) for name in RATES}
        if "isolated" in results:
            parts["isolated"] = _best(results["isolated"], "auc")
            parts["isolated_tpr_at_1%"] = _best(results["isolated"], "tpr_at_1%")
        detail = {"attacks": _attacks_frame(results), "roc": _roc_frame(attacked)}
        best = _best(results["all"], "auc")
        note = f"{sizes_note(attacked)} With that many, an AUC below {least_told(best, 0.5):.3f} cannot be told from guessing."
        return Measurement(best, parts, detail, note, too_few(case))

    def says(self, score: Score) -> str:
        """Say whether members can be told from others."""
        if score.value is None or score.low is None or score.high is None:
            return score.reason
        area = "AUC {}, {} to {}".format(*with_ends(score, self.chance, 3, "f"))
        if beyond_chance(score, self.chance):
            return f"Training rows can be told from unseen rows better than by guessing ({area})."
        return f"No sign found by these {len(ATTACKS)} attacks at this power: training rows look like unseen rows ({area})."


def _both_sorts(member: npt.NDArray[np.bool_]) -> int:
    return int(min(member.sum(), (~member).sum()))


def _results(attacked: Attacked, rows: npt.NDArray[np.bool_]) -> dict[str, dict[str, Number]]:
    """Return area and rates per attack, over some rows, at a level that holds for all attacks together."""
    # The best of several attacks is picked afterwards, and the largest of several guesses lies above ½: Bonferroni widens
    # each interval so that the best one's still holds.
    level = 1 - (1 - PRIVACY_LEVEL) / len(ATTACKS)
    member = attacked.member[rows]
    results = {}
    for name in ATTACKS:
        score = attacked.scores[name][rows]
        rates = {rate: told_at(member, score, false_alarms, level) for rate, false_alarms in RATES.items()}
        results[name] = {"auc": delong(member, score, level), **rates}
    return results


def _best(results: dict[str, dict[str, Number]], what: str) -> Number:
    return max((numbers[what] for numbers in results.values()), key=lambda number: number.value)


def roc_curve(member: npt.NDArray[np.bool_], score: Floats) -> tuple[Floats, Floats]:
    """Return false- and true-positive rates from (0, 0) to (1, 1), one point per distinct score, falling."""
    order = np.argsort(-score, kind="stable")
    last = np.append(np.diff(score[order]) != 0, True)
    told = np.cumsum(member[order])[last]
    alarms = np.cumsum(~member[order])[last]
    return np.append(0.0, alarms / max(alarms[-1], 1)), np.append(0.0, told / max(told[-1], 1))


def told_at(member: npt.NDArray[np.bool_], score: Floats, false_alarms: float, level: float = PRIVACY_LEVEL) -> Number:
    """Return the true-positive rate at a false-positive rate, between points of the curve in proportion."""
    alarms, told = roc_curve(member, score)
    # The rate at few false alarms is what an attacker who wants to be sure gets (Carlini et al., Membership Inference Attacks
    # From First Principles, 2022); an area near ½ can hide a few rows told with certainty.
    rate = float(np.interp(false_alarms, *_steps(alarms, told)))
    members = int(member.sum())
    low, high = clopper_pearson(rate * members, members, level)
    return Number(rate, min(float(low), rate), max(float(high), rate))


def _steps(alarms: Floats, told: Floats) -> tuple[Floats, Floats]:
    """Keep, of points with the same false-positive rate, the highest."""
    keep = np.append(np.diff(alarms) > 0, True)
    return alarms[keep], told[keep]


def _attacks_frame(results: dict[str, dict[str, dict[str, Number]]]) -> pd.DataFrame:
    rows = []
    for which, of_attack in results.items():
        for name, numbers in of_attack.items():
            auc = numbers["auc"]
            rates = [numbers[rate].value for rate in RATES]
            rows.append((name, which, auc.value, auc.low, auc.high, *rates))
    return pd.DataFrame(rows, columns=["attack", "rows", "auc", "low", "high", "tpr_1", "tpr_01"])


def _roc_frame(attacked: Attacked) -> pd.DataFrame:
    """Return the curves at false-positive rates spread evenly on a logarithmic axis: no row's own score is in it."""
    unseen = int((~attacked.member).sum())
    rates = np.unique(np.concatenate([[0.0], np.geomspace(1 / unseen, 1.0, CURVE_POINTS)]))
    frames = []
    for name in ATTACKS:
        told = np.interp(rates, *_steps(*roc_curve(attacked.member, attacked.scores[name])))
        frames.append(pd.DataFrame({"attack": name, "false_positive_rate": rates, "true_positive_rate": told}))
    return pd.concat(frames, ignore_index=True)
