"""Members are found by walking a package, and a broken declaration is refused loudly."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from synth_ui.core import plugin as plugin_module
from synth_ui.core.errors import PluginError
from synth_ui.core.plugin import Plugin, discover

MEMBER = """
from dataclasses import dataclass
from synth_ui.core.plugin import Plugin

@dataclass(frozen=True)
class {name}(Plugin):
    key = "{key}"
    title = "{title}"
    summary = "A member."
    family = "some"
    reference = "Author, 2020"
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[dict[str, str]], str]]:
    """Return a function that writes a package of the given modules and returns its name."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(modules: dict[str, str]) -> str:
        root = tmp_path / "family_for_test"
        for path, content in {"__init__.py": "", **modules}.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(textwrap.dedent(content))
        return "family_for_test"

    yield write
    for name in [name for name in sys.modules if name.startswith("family_for_test")]:
        del sys.modules[name]


def member(name: str, key: str, title: str = "A title") -> str:
    return MEMBER.format(name=name, key=key, title=title)


def test_members_are_found_in_sub_packages_in_alphabetical_order(package: Any) -> None:
    name = package({"b.py": member("B", "beta"), "deep/__init__.py": "", "deep/a.py": member("A", "alpha")})
    assert list(discover(Plugin, name, "no.such.group")) == ["alpha", "beta"]


def test_modules_with_an_underscore_and_imported_members_do_not_count(package: Any) -> None:
    name = package(
        {"a.py": member("A", "alpha"), "_hidden.py": member("H", "hidden"), "b.py": "from family_for_test.a import A\n"}
    )
    assert list(discover(Plugin, name, "no.such.group")) == ["alpha"]


def test_a_key_taken_twice_is_refused(package: Any) -> None:
    name = package({"a.py": member("A", "same"), "b.py": member("B", "same")})
    with pytest.raises(PluginError, match=r"Two plugins have the key 'same'.*a\.A.*b\.B"):
        discover(Plugin, name, "no.such.group")


def test_a_declaration_with_a_hole_is_refused(package: Any) -> None:
    name = package({"a.py": member("A", "alpha", title="")})
    with pytest.raises(PluginError, match="does not state title"):
        discover(Plugin, name, "no.such.group")


def test_a_broken_import_is_not_hidden(package: Any) -> None:
    name = package({"a.py": "import there_is_no_such_module\n"})
    with pytest.raises(ModuleNotFoundError, match="there_is_no_such_module"):
        discover(Plugin, name, "no.such.group")


def test_entry_points_are_found_and_checked(package: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    name = package({"a.py": member("A", "alpha")})
    outside = type("Outside", (Plugin,), {"key": "zeta", "title": "t", "summary": "s", "family": "f", "reference": "r"})
    entries = [SimpleNamespace(name="zeta", load=lambda: outside)]
    monkeypatch.setattr(plugin_module, "entry_points", lambda group: entries if group == "group" else [])
    assert list(discover(Plugin, name, "group")) == ["alpha", "zeta"]
    entries.append(SimpleNamespace(name="odd", load=lambda: dict))
    with pytest.raises(PluginError, match="entry point 'odd' of group is no Plugin"):
        discover(Plugin, name, "group")
