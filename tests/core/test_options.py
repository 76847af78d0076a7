"""How the command line is told what a column is."""

from __future__ import annotations

from synth_ui.core.table import Kind, Role, column_options


def test_kind_and_role_are_written_as_a_shell_takes_them() -> None:
    assert column_options("zip", kind=Kind.CATEGORY, role=Role.FEATURE) == "--kind zip=category --role zip=feature"
    assert column_options("patient no", role=Role.GROUP_KEY) == "--role 'patient no=group key'"
    assert column_options("zip") == ""
