"""How the command line is told what a column is, for messages that ask for it."""

from __future__ import annotations

import shlex

from synth_ui.core.table import Kind, Role


def column_options(name: str, *, kind: Kind | str | None = None, role: Role | None = None) -> str:
    """Write a column's kind and role as options: "--kind zip=category --role zip=feature"; quoted where a shell needs it."""
    given = [("kind", kind), ("role", role)]
    return " ".join(f"--{field} {shlex.quote(f'{name}={value}')}" for field, value in given if value is not None)
