"""What is recommended for a table: what often wins is not left out for few rows, and no reason says more than is known."""

from __future__ import annotations

import pytest

from synth_ui.core.table import Column, Kind, Role, Schema
from synth_ui.generators.catalogue import known_generators
from synth_ui.jobs.forecast.recommended import PATIENT_SECONDS, recommended

SCHEMA = Schema((
    Column("age", Kind.INTEGER, low=0, high=99), Column("income", Kind.NUMBER, low=0.0, high=9e5),
    Column("city", Kind.CATEGORY, levels=("a", "b")), Column("married", Kind.BOOLEAN, role=Role.TARGET),
))  # fmt: skip


def suits(rows: int, seconds: float = 10.0) -> dict[str, str]:
    return recommended(known_generators(), SCHEMA, rows, dict.fromkeys(known_generators(), seconds))


@pytest.mark.parametrize("rows", [172, 446, 500, 1_500, 5_000])
def test_the_network_is_recommended_for_few_rows_too(rows: int) -> None:
    found = suits(rows)
    assert {"cart", "autoregressive", "bayes_net"} <= set(found)
    assert ("arf" in found) == (rows < 1_000)
    assert ("enough for a network" in found["autoregressive"]) == (rows >= 2_000)


def test_what_takes_too_long_is_not_recommended() -> None:
    assert suits(446, PATIENT_SECONDS + 1) == {}
