"""Pictures of attackers and groups: what is drawn, what the title states, and that nothing of a table is taken for markup."""

import numpy as np
import pandas as pd
import pytest

from synth_ui.plots.scores import fairness, risks
from tests.detail_frames import HOSTILE, texts, values


def attacks(low=0.1):
    return pd.DataFrame({
        "attack": ["several columns", "one column"], "risk": [0.3, 0.0], "low": [low, 0.0], "high": [0.5, 0.1],
        "train_rate": [0.5, 0.1], "train_low": [0.4, 0.05], "train_high": [0.6, 0.2], "control_rate": [0.2, 0.1],
        "control_low": [0.1, 0.05], "control_high": [0.3, 0.2], "random_rate": [0.01, 0.0], "random_low": [0.0, 0.0],
        "random_high": [0.05, 0.03],
    })  # fmt: skip


def secrets(low=0.1):
    return pd.DataFrame({"secret": ["ill"], "gap": [0.2], "low": [low], "high": [0.3], "train_rate": [0.6], "holdout_rate": [0.4],
                         "met": [0.8], "train_single": [0.1], "holdout_single": [0.1]})  # fmt: skip


def evidence(near=0.2):
    return pd.DataFrame({"bin_low": [-1.0, 0.0, 1.0], "bin_high": [0.0, 1.0, 2.0], "train_share": [0.5, 0.5 - near, near],
                         "holdout_share": [0.6, 0.395, 0.005]})  # fmt: skip


def records():
    return pd.DataFrame({"row": [1, 2, 3], "auc": [1.0, 0.5, 0.4], "low": [0.5, 0.2, 0.1], "high": [1.0, 0.8, 0.7],
                         "near_in": [0.0, 1.0, 1.0], "near_out": [1.0, 1.0, 1.0]})  # fmt: skip


def groups():
    return pd.DataFrame({
        "column": "sex", "group": ["f", "m"], "rows": [600, 400], "real_share": [0.6, 0.4], "synthetic_share": [0.3, 0.7],
        "ratio": [0.5, 1.75], "fidelity": [0.8, 0.95], "low": [0.7, 0.9], "high": [0.9, 0.99], "train_fidelity": [0.97, 0.98],
        "skill_real": [0.9, 0.8], "skill_synthetic": [0.7, 0.8],
    })  # fmt: skip


def rates():
    return pd.DataFrame({"column": "sex", "group": ["f", "f", "m", "m"], "class": ["yes", "no"] * 2, "real_rate": [0.2, 0.8, 0.5, 0.5],
                         "synthetic_rate": [0.5, 0.5, 0.5, 0.5], "gap": [0.3, -0.3, 0.0, 0.0], "low": 0.0, "high": 0.0})  # fmt: skip


def picked():
    return pd.DataFrame({"column": "sex", "outcome": "yes", "group": ["f", "m"] * 2, "rows": 100, "trained_on": ["real"] * 2 + ["synthetic"] * 2,
                         "picked": 0.2, "hit_rate": [0.8, 0.7, 0.9, 0.2], "false_alarm_rate": [0.1, 0.1, 0.1, 0.1]})  # fmt: skip


def gaps():
    return pd.DataFrame({"column": ["sex"], "outcome": ["yes"], "real_odds": [0.1], "synthetic_odds": [0.7]})


DRAWN = {
    "arms": (
        lambda: risks.arms(attacks(), "singling_out"),
        "describes exactly one row more often for training rows: 50% of training",
    ),
    "arms without a sign": (lambda: risks.arms(attacks(0.0), "linkability"), "does not succeed more often"),
    "secrets": (lambda: risks.secrets(secrets()), "told more often of training rows than of unseen rows: ill, 60% against 40%"),
    "secrets without a sign": (lambda: risks.secrets(secrets(-0.1)), "told no more often"),
    "evidence": (lambda: risks.evidence(evidence()), "20% of the training rows lie where at most one in a hundred"),
    "evidence without a sign": (lambda: risks.evidence(evidence(0.01)), "No more training rows than chance explains"),
    "audit": (lambda: risks.audit(records()), "1 of 3 isolated rows are told in every refit; the mean AUC is 0.63"),
    "shares alike": (
        lambda: fairness.shares(groups().assign(synthetic_share=[0.604, 0.396], ratio=[1.007, 0.99])),
        "Every group has its real share, to the percent shown",
    ),
    "shares of which not the first by ratio differ": (
        lambda: fairness.shares(groups().assign(real_share=[0.304, 0.005], synthetic_share=[0.306, 0.0052], ratio=[1.007, 1.04])),
        "sex f: 31% instead of 30%",
    ),
    "shares": (lambda: fairness.shares(groups()), "sex f: 30% instead of 60%"),
    "fidelity": (
        lambda: fairness.fidelity(groups()),
        "Least like its group is sex f: 0.800, training rows of the group reach 0.970",
    ),
    "rates": (lambda: fairness.rates(rates()), "sex f: yes 50% instead of 20%"),
    "skill": (lambda: fairness.skill(groups()), "Most skill is lost for sex f: 0.700 instead of 0.900"),
    "picked": (lambda: fairness.picked(picked(), gaps()), "by up to 70 points when trained on synthetic rows, by 10"),
}

EMPTY = {
    "arms": lambda: risks.arms(attacks().head(0), "inference"),
    "secrets": lambda: risks.secrets(secrets().head(0)),
    "evidence": lambda: risks.evidence(evidence().head(0)),
    "audit": lambda: risks.audit(records().head(0)),
    "shares": lambda: fairness.shares(groups().head(0)),
    "fidelity": lambda: fairness.fidelity(groups().head(0)),
    "rates": lambda: fairness.rates(pd.DataFrame()),
    "skill": lambda: fairness.skill(groups().assign(skill_real=np.nan)),
    "picked": lambda: fairness.picked(picked().head(0), gaps()),
}


@pytest.mark.parametrize("name", DRAWN)
def test_the_title_states_the_finding(name):
    make, finding = DRAWN[name]
    drawn = make()
    assert finding in drawn.title
    assert drawn.alt.startswith(drawn.title)
    assert len(drawn.alt) > 30
    assert drawn.figure.data
    assert len(drawn.data)


@pytest.mark.parametrize("name", EMPTY)
def test_without_numbers_it_says_so(name):
    drawn = EMPTY[name]()
    assert not drawn.figure.data
    assert drawn.title


def test_marks_stand_where_the_numbers_are():
    train, control, random = risks.arms(attacks(), "inference").figure.data
    assert values(train.x) == pytest.approx([50, 10])
    assert values(control.x) == pytest.approx([20, 10])
    assert values(random.x) == pytest.approx([1, 0])
    assert values(train.error_x.array) == pytest.approx([10, 10], abs=1e-4)
    real, synthetic = fairness.shares(groups()).figure.data
    assert values(real.x) == pytest.approx([60, 40])
    assert values(synthetic.x) == pytest.approx([30, 70])


def test_a_mean_is_no_share():
    frame = (
        rates()
        .iloc[[0, 2]]
        .assign(**{"class": "mean", "real_rate": [1200.0, 900.0], "synthetic_rate": [1500.0, 900.0], "gap": [300.0, 0.0]})
    )
    drawn = fairness.rates(frame)
    assert "mean target 1,500 instead of 1,200" in drawn.title
    assert values(drawn.figure.data[0].x)[0] == 1200


@pytest.mark.parametrize("make", [
    lambda: risks.secrets(secrets().assign(secret=HOSTILE)),
    lambda: fairness.shares(groups().assign(group=HOSTILE)),
    lambda: fairness.picked(picked().assign(group=[HOSTILE, "m"] * 2), gaps()),
    lambda: fairness.rates(rates().assign(**{"class": HOSTILE})),
])  # fmt: skip
def test_nothing_of_the_table_is_markup(make):
    shown = "".join(texts(make().figure))
    assert "<b onclick" not in shown
    assert "%{x}" not in shown
