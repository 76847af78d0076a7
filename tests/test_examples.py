"""The examples in the docstrings of the public functions run as they stand, and every public function has one."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

import synth_ui
from synth_ui import api

PUBLIC = sorted({*synth_ui.__all__, "stream"} - {"__version__"})


def ran(text: str) -> tuple[doctest.TestResults, str]:
    """Run the examples of a docstring; return how many failed and were tried, and what was said of them."""
    said: list[str] = []
    examples = doctest.DocTestParser().get_doctest(text, {}, "example", None, None)
    return doctest.DocTestRunner().run(examples, out=said.append), "".join(said)


@pytest.mark.parametrize("name", PUBLIC)
def test_the_example_of_a_public_function_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_UI_HOME", str(tmp_path))
    results, said = ran(getattr(api, name).__doc__)
    assert results.attempted, f"{name} has no example"
    assert not results.failed, said


def test_an_example_that_is_wrong_is_seen() -> None:
    results, said = ran("Add.\n\n>>> 1 + 1\n3\n")
    assert results.failed == 1
    assert "Expected:\n    3" in said
