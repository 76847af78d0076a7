"""What the README shows works as it stands there."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from synth_ui.core.context import Context
from synth_ui.core.score import CONTROLS
from synth_ui.evaluation.evaluate import evaluate, evaluate_control
from synth_ui.generators.base import Generator
from synth_ui.generators.contract import checks, class_checks
from synth_ui.measures.base import Measure
from synth_ui.tables.samples import load_sample
from synth_ui.tables.split import make_split

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def example(word: str) -> str:
    """Return the one Python block that contains `word`."""
    found = [block for block in re.findall(r"```python\n(.*?)```", README, flags=re.S) if word in block]
    assert len(found) == 1
    return str(found[0])


@pytest.fixture
def module() -> Iterator[Any]:
    """Make modules of examples; forget them afterwards."""
    made: list[str] = []

    def make(word: str) -> ModuleType:
        name = f"readme_{word.lower()}"
        module = ModuleType(name)
        sys.modules[name] = module
        made.append(name)
        exec(compile(example(f"class {word}("), name, "exec"), module.__dict__)
        return module

    yield make
    for name in made:
        del sys.modules[name]


def test_the_example_generator_keeps_the_contract(module: Any) -> None:
    plugin: type[Generator] = module("Jitter").Jitter
    for check in class_checks(plugin):
        check()
    for check in checks(plugin(), load_sample("penguins").table):
        check()


def test_the_example_measure_is_scored_like_any_other(module: Any) -> None:
    plugin: type[Measure] = module("Variety").Variety
    split = make_split(load_sample("penguins").table)
    outcomes = [next(iter(evaluate_control(split, key, [plugin()], Context()))) for key in CONTROLS]
    outcomes += list(evaluate(split, "candidate", split.holdout.frame, [plugin()], Context()))
    assert all(outcome.scores[0].value is not None for outcome in outcomes)
    assert plugin().says(outcomes[-1].scores[0]).startswith("100.0%")


def test_what_it_links_to_is_there() -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / link).exists(), link


def test_the_commands_are_those_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in ("run", "test"):
        assert f"make {target}" in README
        assert re.search(rf"^{target}:", makefile, flags=re.M)
