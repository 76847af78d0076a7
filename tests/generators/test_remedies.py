"""A remedy is a setting the generator has, at a value it allows and has not had."""

from __future__ import annotations

import pytest

from synth_ui.generators.base import generators
from synth_ui.generators.remedies import STEPS, remedy
from synth_ui.generators.trees.cart import Cart
from synth_ui.measures.fidelity.telling_apart.telltale import SYMPTOMS


def test_every_symptom_of_the_measure_is_known() -> None:
    assert set(STEPS) == set(SYMPTOMS)


@pytest.mark.parametrize("symptom", STEPS)
@pytest.mark.parametrize("key", generators())
def test_a_remedy_can_be_set(key: str, symptom: str) -> None:
    generator = generators()[key]
    found = remedy(generator, {}, symptom)
    if found is None:
        return
    assert found.generator == key
    plugin = generator.from_settings({found.setting: found.value})
    assert getattr(plugin, found.setting) == found.value
    assert found.value != generator.settings_spec()[found.setting].default
    assert found.why.endswith(".")


def test_every_kind_of_learner_has_a_remedy_for_lost_relationships() -> None:
    for key in ("cart", "arf", "bayes_net", "autoregressive", "sdv_ctgan"):
        assert remedy(generators()[key], {}, "relationship") is not None, key
    assert remedy(generators()["independent"], {}, "relationship") is None


def test_what_was_tried_is_gone_on_from_and_the_limit_ends_it() -> None:
    first = remedy(Cart, {}, "level")
    assert first is not None
    settings, seen = {first.setting: first.value}, [first.value]
    while (further := remedy(Cart, settings, "level")) is not None:
        assert further.value not in seen
        seen.append(further.value)
        settings[further.setting] = further.value
    assert min(seen) == Cart.settings_spec()["min_leaf"].low
