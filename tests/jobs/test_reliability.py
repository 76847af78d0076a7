"""A few of the races of `benchmarks/reliability.py`: disturbed, and as if nothing had been."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from synth_ui.system.processes import on_linux

ROOT = Path(__file__).resolve().parents[2]
FAULTS = ("kill a worker", "delete the database", "overwrite the database", "jump the clock")


@pytest.mark.skipif(not on_linux(), reason="the races are forked")
def test_disturbed_races_come_to_the_same(tmp_path: Path) -> None:
    page = tmp_path / "reliability.md"
    command = [sys.executable, str(ROOT / "benchmarks" / "reliability.py"), str(len(FAULTS)), "600", "--seeds", "1"]
    done = subprocess.run(
        [*command, "--page", str(page), "--faults", *FAULTS],
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}, capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert page.read_text(encoding="utf-8").count("| 1 | 1 |") == len(FAULTS)


def test_the_page_and_the_script_agree_on_what_was_not_tried() -> None:
    script = (ROOT / "benchmarks" / "reliability.py").read_text(encoding="utf-8")
    written = re.search(r'NOT_TRIED = f"""\{AFTER\}\n(.*?)"""', script, re.DOTALL)
    assert written is not None
    page = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    assert page.partition("## What was not tried\n")[2].strip() == written[1].strip()
