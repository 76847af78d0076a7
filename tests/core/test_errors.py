"""The tree drawn at the top of the module is the tree there is."""

from __future__ import annotations

import re

from synth_ui.core import errors


def test_the_drawn_tree_is_complete() -> None:
    drawn = set(re.findall(r"^ *(?:├── |└── )?([A-Z]\w+) ", errors.__doc__ or "", re.MULTILINE))
    there = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)}
    assert there <= drawn


def test_all_errors_have_one_root_and_a_docstring() -> None:
    for value in vars(errors).values():
        if isinstance(value, type) and issubclass(value, Exception):
            assert issubclass(value, errors.SynthError)
            assert value.__doc__
