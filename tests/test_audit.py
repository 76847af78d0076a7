"""What the checks of security let through: each exception with its reason, and no good news that nobody gave."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import json
import re
import subprocess
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent


def audit() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("audit", str(ROOT / ".ci" / "audit"))
    spec = importlib.util.spec_from_loader("audit", loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("libraries", "code", "said"),
    [
        ([{"name": "a", "version": "1", "vulns": []}], 0, "nothing known against 1 libraries"),
        ([{"name": "a", "version": "1", "vulns": [{"id": "CVE-1"}]}], 1, "a 1: CVE-1"),
        ([{"name": "a", "skip_reason": "not found"}, {"name": "b", "version": "1", "vulns": []}], 0, "skipped, the index knows 1 of 2"),
        (None, 0, "skipped, no index answers here (could not connect)"),
    ],
)  # fmt: skip
def test_an_audit_says_what_it_knows(
    libraries: Any, code: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stdout = "" if libraries is None else json.dumps({"dependencies": libraries})
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: SimpleNamespace(stdout=stdout, stderr="x\ncould not connect\n"))
    assert audit().main("bin") == code
    assert said in capsys.readouterr().out


def test_what_bandit_is_told_to_pass_over_has_a_number_and_a_reason() -> None:
    marks = [
        (path.relative_to(ROOT), line.strip())
        for path in (ROOT / "synth_ui").rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if "# nosec" in line
    ]
    assert marks
    assert [mark for mark in marks if not re.search(r"# nosec B\d{3} # \w.{4,}", mark[1])] == []
