"""How much does the best attack prove to have leaked, in the units of ε?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.score import Measurement, Number, Score
from synth_ui.core.tunable import integer
from synth_ui.measures._intervals import clopper_pearson
from synth_ui.measures.base import Measure
from synth_ui.measures.case import Case
from synth_ui.measures.privacy._draws import check_case, too_few
from synth_ui.measures.privacy.membership_inference._attacks import ATTACKS, ROWS_DEFAULT, ROWS_HELP, Attacked, attack, sizes_note

ALARM_RATES = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
"""The false-positive rates at which thresholds are tried; and the same shares of missed rows for the mirrored test."""

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


class GuessRule(NamedTuple):
    """A way to guess: `attack` above (or below) `threshold`, among all rows or the isolated ones only."""

    attack: str
    rows: str
    side: str
    threshold: float

    def holds(self, attacked: Attacked) -> Mask:
        """Return for which rows the rule fires."""
        score = attacked.scores[self.attack]
        fires = score >= self.threshold if self.side == "above" else score <= self.threshold
        return fires & attacked.isolated if self.rows == "isolated" else fires


class RuleTally(NamedTuple):
    """How often a rule fired among those it should (of how many), and among those it should not."""

    right: float
    of_right: float
    wrong: float
    of_wrong: float

    def plus(self, other: RuleTally) -> RuleTally:
        """Add the counts of another part of the rows."""
        return RuleTally(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


@dataclass(frozen=True)
class LeakageIndex(Measure):
    """A lower bound on ε from the best attack: the natural logarithm of how much more often it is right than wrong.

    Were the generator ε-differentially private, no test could fire e^ε times as often for rows of train as for others. The
    index is ln(lower limit of the hit rate / upper limit of the false-alarm rate), both by Clopper-Pearson so that it
    exceeds a true ε with probability 5% at most. Attack, rows, side and threshold are chosen on one half of the attacked
    rows and evaluated on the other, both ways round, and the counts added. It is 0 where nothing is proved, and with n rows a
    side never above about ln(n / 3.7). `high` is the mirrored bound: what could have leaked through this test unseen.

    Detail frames
    -------------
    thresholds
        attack, rows, side, false_positive_rate, true_positive_rate, epsilon_low, epsilon, chosen: every rule tried, over
        all attacked rows (for `side` "below": shares of missed rows), strongest first.
    """

    key = "leakage_index"
    title = "Leakage index"
    summary = "What the best membership attack proves to have leaked, in the units of ε."
    family = "privacy"
    reference = (
        "Jagielski, Ullman and Oprea, Auditing differentially private machine learning, NeurIPS 2020; Nasr et al., "
        "Tight auditing of differentially private machine learning, USENIX Security 2023."
    )
    asks = "How much has leaked, in the units of ε?"
    better = "lower"
    unit = "ε"
    high = None
    floor = "control:train"
    ceiling = "control:unseen"
    worst_means = "the most these attacked rows can prove"
    best_means = "nothing proved"
    interval = "Clopper-Pearson; the value is the lower limit itself"
    computed = (
        "The logarithm of the attack's hit rate over its false-alarm rate, at the lower limit of the one and the upper limit "
        "of the other; the threshold is chosen on one half of the rows and tested on the other."
    )
    cards = {"standard": {}}
    place = 40
    misleads = (
        "A lower bound: 0 means not proved by these attacks, and is no formal guarantee. One fixed split stands for the "
        "random games an audit would play, so compare candidates by it rather than with a nominal ε."
    )

    rows: int = integer(ROWS_DEFAULT, low=100, high=1_000_000, log=True, title="Rows attacked", help=ROWS_HELP)

    def measure(self, case: Case, context: Context) -> Measurement:
        """Return the lower bound on ε, from 0 (nothing proved) up."""
        check_case(case)
        attacked = attack(case, self.rows, context)
        tally, rules = choose_and_test(attacked, context.rng("halves of the attacked rows"))
        low, _, high = epsilon(tally)
        detail = {"thresholds": _thresholds(attacked, rules)}
        return Measurement(Number(low, low, high), {}, detail, _note(attacked, rules), too_few(case))

    def says(self, score: Score) -> str:
        """Say what is proved, and what could have gone unseen."""
        if score.value is None or score.high is None:
            return score.reason
        if score.value > 0:
            return (
                f"A leak of at least ε = {score.value:.1f} is proved: for some rows the best attack is {math.exp(score.value):,.1f} "
                f"times as often right as wrong."
            )
        return (
            f"No sign found by these {len(ATTACKS)} attacks at this power; a leak of up to ε = {score.high:.1f} at the threshold "
            f"tested could have gone unseen."
        )


def epsilon(tally: RuleTally) -> tuple[float, float, float]:
    """Return the lower bound on ε, the plain estimate and the upper bound; each at least 0 and at most ln of the rows."""
    right_low, right_high = (float(limit) for limit in clopper_pearson(tally.right, tally.of_right))
    wrong_low, wrong_high = (float(limit) for limit in clopper_pearson(tally.wrong, tally.of_wrong))
    least = 1 / tally.of_wrong
    low = math.log(right_low / wrong_high) if right_low > 0 else 0.0
    right, wrong = tally.right / tally.of_right, tally.wrong / tally.of_wrong
    middle = math.log(right / max(wrong, least)) if right > 0 else 0.0
    high = math.log(right_high / max(wrong_low, least))
    low = max(0.0, low)
    return low, max(low, middle), max(low, high)


def choose_and_test(attacked: Attacked, rng: np.random.Generator) -> tuple[RuleTally, list[GuessRule]]:
    """Choose the best rule on each half of the attacked rows, test it on the other, and add up what the tests counted."""
    first, second = _cut_in_two(attacked.member, rng)
    rules = [_best_rule(attacked, first), _best_rule(attacked, second)]
    return _tally(rules[0], attacked, second).plus(_tally(rules[1], attacked, first)), rules


def _cut_in_two(member: Mask, rng: np.random.Generator) -> tuple[Mask, Mask]:
    """Cut the attacked rows in two, members and others each in halves."""
    first = np.zeros(len(member), dtype=bool)
    for rows in (np.flatnonzero(member), np.flatnonzero(~member)):
        first[rng.permutation(rows)[: (len(rows) + 1) // 2]] = True
    return first, ~first


def _rules(attacked: Attacked, part: Mask) -> list[GuessRule]:
    """List the rules worth trying: thresholds at given shares of the others above them, or of the members below."""
    rules = []
    for rows, among in (("all", part), ("isolated", part & attacked.isolated)):
        for name in ATTACKS:
            for side, sort in (("above", ~attacked.member), ("below", attacked.member)):
                score = attacked.scores[name][among & sort]
                if len(score):
                    rules += [GuessRule(name, rows, side, threshold) for threshold in _limits(score, side)]
    return rules


def _limits(score: Floats, side: str) -> list[float]:
    """Return the scores beyond which given shares of `score` lie, at least one of them each."""
    ordered = np.sort(score) if side == "below" else -np.sort(-score)
    places = {min(len(ordered), max(1, round(rate * len(ordered)))) - 1 for rate in ALARM_RATES}
    return [float(ordered[place]) for place in sorted(places)]


def _tally(rule: GuessRule, attacked: Attacked, part: Mask) -> RuleTally:
    fires = rule.holds(attacked) & part
    member, other = attacked.member & part, ~attacked.member & part
    sorts = (member, other) if rule.side == "above" else (other, member)
    return RuleTally(*(float(count) for sort in sorts for count in ((fires & sort).sum(), sort.sum())))


def _best_rule(attacked: Attacked, part: Mask) -> GuessRule:
    return max(_rules(attacked, part), key=lambda rule: _strength(_tally(rule, attacked, part)))


def _strength(tally: RuleTally) -> tuple[float, float]:
    """Rank rules by their bound; by their plain estimate where nothing is proved."""
    low, middle, _ = epsilon(tally)
    return low, middle


def _thresholds(attacked: Attacked, chosen: list[GuessRule]) -> pd.DataFrame:
    everyone = np.ones(len(attacked.member), dtype=bool)
    records = []
    for rule in dict.fromkeys([*chosen, *_rules(attacked, everyone)]):
        tally = _tally(rule, attacked, everyone)
        low, middle, _ = epsilon(tally)
        rates = (tally.wrong / tally.of_wrong, tally.right / tally.of_right)
        records.append((rule.attack, rule.rows, rule.side, *rates, low, middle, rule in chosen))
    names = ["attack", "rows", "side", "false_positive_rate", "true_positive_rate", "epsilon_low", "epsilon", "chosen"]
    return pd.DataFrame(records, columns=names).sort_values("epsilon_low", ascending=False, kind="stable", ignore_index=True)


def _note(attacked: Attacked, rules: list[GuessRule]) -> str:
    used = " and ".join(dict.fromkeys(f"{rule.attack} to the nearest synthetic row, on {rule.rows} rows" for rule in rules))
    return f"{sizes_note(attacked)} Chosen: {used}."
