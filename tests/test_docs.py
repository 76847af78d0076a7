"""The pages that list plugins are what the plugins say, and every plugin says enough."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from synth_ui.core.score import CONTROLS
from synth_ui.generators.base import FAMILIES as GENERATOR_FAMILIES
from synth_ui.generators.base import Generator, generators
from synth_ui.measures.base import FAMILIES as MEASURE_FAMILIES
from synth_ui.measures.base import Measure, measures

DOCS = Path(__file__).resolve().parent.parent / "docs"


def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_make", DOCS / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["generators.md", "measures.md", "verdict.md"])
def test_pages_are_up_to_date(name: str) -> None:
    made = maker().PAGES[name]()
    assert (DOCS / name).read_text(encoding="utf-8") == made, f"docs/{name} is stale: run make docs"


@pytest.mark.parametrize("plugin", generators().values(), ids=lambda p: p.key)
def test_generators_say_what_they_are(plugin: type[Generator]) -> None:
    assert plugin.family in GENERATOR_FAMILIES
    for said in (plugin.title, plugin.summary, plugin.good_at, plugin.cannot, plugin.licence, plugin.reference, plugin.__doc__):
        assert said
        assert said.strip()
    assert plugin.family == "made elsewhere" or any(char.isdigit() for char in plugin.reference), "a reference has a year"
    assert all(tunable.help for tunable in plugin.settings_spec().values())


@pytest.mark.parametrize("plugin", measures().values(), ids=lambda p: p.key)
def test_measures_say_what_they_are(plugin: type[Measure]) -> None:
    assert plugin.family in MEASURE_FAMILIES
    assert plugin.floor in CONTROLS
    assert plugin.ceiling in CONTROLS
    assert plugin.asks.endswith("?")
    for said in (
        plugin.title,
        plugin.summary,
        plugin.worst_means,
        plugin.best_means,
        plugin.interval,
        plugin.computed,
        plugin.misleads,
    ):
        assert said.strip()
    assert any(char.isdigit() for char in plugin.reference), "a reference has a year"


VERDICTS = ("is private", "is safe", "is anonymous", "are private", "are safe", "fully anonymous")


@pytest.mark.parametrize("plugin", [*generators().values(), *measures().values()], ids=lambda p: p.key)
def test_no_privacy_verdicts(plugin: type) -> None:
    text = " ".join(str(value) for value in vars(plugin).values() if isinstance(value, str)).lower()
    assert not [word for word in VERDICTS if word in text]
    assert "!" not in text


def test_the_reading_guide_leads_somewhere() -> None:
    text = (DOCS / "reading-guide.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)\)", text)
    assert len(links) > 15
    assert [link for link in links if not (DOCS / link).exists()] == []
    named = re.findall(r"`((?:synth_ui|tests)/[\w/.]+)`", text)
    assert [name for name in named if not (DOCS.parent / name).exists()] == []


def test_decisions_have_a_number_each() -> None:
    numbers = [path.name[:4] for path in sorted((DOCS / "decisions").glob("*.md"))]
    assert len(set(numbers)) == len(numbers)
