"""What a generator makes of its settings on a small or a wide table is said: no other value is used behind the user's back."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

from synth_ui.core.context import Context, Notes, used_settings
from synth_ui.core.table import Table
from synth_ui.generators.base import generators
from tests.generators.tables import category, numeric, table


def few(rows: int = 300, numbers: int = 2) -> Table:
    """Return a table of few rows."""
    rng = np.random.default_rng(0)
    kind, other = (rng.choice(["a", "b"], rows) for _ in range(2))
    return table(
        category("kind", kind),
        category("other", other),
        category("third", rng.choice(["x", "y", "z"], rows)),
        *(numeric(f"n{at}", rng.normal(size=rows)) for at in range(numbers)),
    )


def said(key: str, real: Table, settings: Mapping[str, Any]) -> tuple[dict[str, str], str]:
    """Return which settings a fit says it used otherwise, and all it says."""
    context = Context(notes=Notes())
    generators()[key].from_settings(settings).fit(real, context)
    return used_settings(context.notes.lines()), "\n".join(context.notes.lines())


CASES = [
    ("autoregressive", {"epochs": 1}, {"dropout": "0.7", "candidates": "1", "steps": "19"}),
    ("autoregressive", {"epochs": 500, "steps": 20}, {"dropout": "0.7", "candidates": "1", "epochs": "1.1"}),
    ("cart", {"trees": 1, "min_leaf": 60}, {"min_leaf": "6 for 2 of 5 columns"}),
    ("cart", {"trees": 1, "min_leaf": 1_000}, {"min_leaf": "150 for 4 of 5 columns"}),
    ("arf", {"trees": 1}, {"min_leaf": "30"}),
    ("vae", {"steps": 10, "batch": 1_000}, {"batch": "300", "parts": "1"}),
    ("diffusion", {"steps": 10, "batch": 1_000, "walk": 2}, {"batch": "300"}),
]


@pytest.mark.parametrize(("key", "settings", "used"), CASES)
def test_what_few_rows_make_of_a_setting_is_said(key: str, settings: dict[str, Any], used: dict[str, str]) -> None:
    for needed in generators()[key].requires:
        pytest.importorskip(needed)
    found, lines = said(key, few(), settings)
    assert found == used, lines
    for name in used:
        asked = getattr(generators()[key].from_settings(settings), name)
        assert f"instead of {asked:,}" in lines, "beside what was asked for"


def test_a_setting_used_as_asked_is_not_spoken_of() -> None:
    found, _ = said("arf", few(), {"trees": 1, "min_leaf": 3})
    assert found == {}


@pytest.mark.parametrize("key", ["pate_gan", "dp_gan", "vine_copula"])
def test_so_do_those_of_an_extra(key: str) -> None:
    missing = [name for name in generators()[key].requires if find_spec(name) is None]
    if missing:
        pytest.skip(f"{missing} not installed")
    settings, used = {
        "pate_gan": ({"rounds": 1, "rows_per_teacher": 1_000}, {"rows_per_teacher": "150"}),
        "dp_gan": ({"steps": 2, "batch": 1_000}, {"batch": "300"}),
        "vine_copula": ({"trees": 9}, {"trees": "4"}),
    }[key]
    assert said(key, few(), settings)[0] == used


def test_many_columns_share_bins_and_levels() -> None:
    pytest.importorskip("torch")
    wide = few(60, 97)
    assert said("autoregressive", wide, {"epochs": 1})[0]["bins"] == "50"
    assert said("vae", wide, {"steps": 10})[0]["most_levels"] == "15"


def test_only_what_changed_a_setting_is_given_as_its_reason() -> None:
    _, lines = said("cart", few(), {"trees": 1, "min_leaf": 60})
    assert "few combinations" in lines
    assert "half of" not in lines
    assert "half of 300" in said("cart", few(), {"trees": 1, "min_leaf": 1_000})[1]
