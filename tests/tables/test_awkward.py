"""The awkward tables are as awkward as they claim."""

from __future__ import annotations

import numpy as np
import pytest

from synth_ui.core.table import Kind, Role
from tests.awkward import AWKWARD


@pytest.mark.parametrize("name", AWKWARD)
def test_each_is_small_and_named(name: str) -> None:
    table = AWKWARD[name]()
    assert table.name == name
    assert len(table) <= 2_000


@pytest.mark.parametrize(
    ("name", "column", "kind", "role"),
    [
        ("constant", "always", Kind.NUMBER, Role.IGNORED),
        ("constant_kept", "same", Kind.CATEGORY, Role.FEATURE),
        ("all_blank", "nothing", Kind.CATEGORY, Role.IGNORED),
        ("thousand_levels", "product", Kind.CATEGORY, Role.FEATURE),
        ("old_dates", "signed", Kind.DATETIME, Role.FEATURE),
        ("time_zones", "moment", Kind.DATETIME, Role.FEATURE),
        ("booleans_as_text", "member", Kind.BOOLEAN, Role.FEATURE),
        ("big_integers", "account", Kind.IDENTIFIER, Role.FEATURE),
        ("big_integers", "grams", Kind.INTEGER, Role.FEATURE),
        ("identifier", "row_id", Kind.IDENTIFIER, Role.FEATURE),
        ("identifier", "code", Kind.IDENTIFIER, Role.FEATURE),
        ("personal", "email", Kind.TEXT, Role.PERSONAL),
        ("free_text", "note", Kind.TEXT, Role.FEATURE),
        ("mostly_zeros", "gain", Kind.NUMBER, Role.FEATURE),
        ("group_key", "patient_id", Kind.IDENTIFIER, Role.GROUP_KEY),
        ("persons", "patient_id", Kind.IDENTIFIER, Role.GROUP_KEY),
        ("persons", "mrn", Kind.IDENTIFIER, Role.PERSONAL),
        ("persons", "doctor", Kind.TEXT, Role.PERSONAL),
        ("ordinals", "size", Kind.ORDINAL, Role.TARGET),
    ],
)
def test_columns_are_what_they_are_meant_to_be(name: str, column: str, kind: Kind, role: Role) -> None:
    found = AWKWARD[name]().schema[column]
    assert (found.kind, found.role) == (kind, role)


def test_numbers_are_finite() -> None:
    for make in AWKWARD.values():
        numbers = make().frame.select_dtypes("float64")
        assert not np.isinf(numbers.to_numpy()).any()
