"""What is said of a rule that the real rows keep."""

from __future__ import annotations

from synth_ui.ui.why.rules import _by_chance


def test_of_a_rule_of_one_column_it_is_not_said_what_unrelated_columns_would_do() -> None:
    """ "Kunden-Nr. is written A-99999 … had its columns nothing to do with each other": shuffled columns keep it, too."""
    assert _by_chance({"columns": '["Kunden-Nr."]', "expected": 150.0}) == "; 150 training rows are written so"
    assert "nothing to do with each other, about 150" in _by_chance({"columns": '["a", "b"]', "expected": 150.0})
