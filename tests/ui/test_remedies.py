"""From what is wrong to the setting that mends it: the first for each symptom, each setting once, none for what was made elsewhere."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pandas as pd

from synth_ui.generators.statistical.bayes_net import BayesNet
from synth_ui.ui.race import remedies


def sentences(*symptoms: str) -> pd.DataFrame:
    return pd.DataFrame({"symptom": symptoms})


def test_each_setting_is_offered_once_the_plainest_sign_first() -> None:
    found = remedies.remedies(BayesNet, {"bins": 30}, sentences("spike", "relationship", "spike", "unknown level"))
    assert [(one.setting, one.value) for one in found] == [("bins", 60), ("parents", 5)]


def test_the_settings_of_the_candidate_are_gone_on_from() -> None:
    [found] = remedies.remedies(BayesNet, {"bins": 400}, sentences("spike"))
    assert found.value == 500
    assert remedies.remedies(BayesNet, {"bins": 500}, sentences("spike")) == []


def test_a_candidate_made_elsewhere_has_no_generator() -> None:
    candidates = pd.DataFrame(
        {"candidate": ["bayes_net", "file:a"], "generator": ["bayes_net", "file"], "settings": [json.dumps({"bins": 44}), "{}"]}
    )
    view = SimpleNamespace(candidates=candidates)
    assert remedies.made_by(view, "bayes_net") == (BayesNet, {"bins": 44})  # type: ignore[arg-type]
    assert remedies.made_by(view, "file:a") == (None, {})  # type: ignore[arg-type]
    assert remedies.made_by(view, "nobody") == (None, {})  # type: ignore[arg-type]


def test_values_read_as_on_the_form() -> None:
    assert [remedies._shown(value) for value in (True, False, 1_200, 0.5, "few")] == ["on", "off", "1,200", "0.5", "few"]
