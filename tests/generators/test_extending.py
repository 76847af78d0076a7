"""The package of docs/extending.md: built, installed without a network, listed, kept to the contract, raced."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs" / "extending.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", DOCS.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the package as the page says and install it into a folder."""
    source, target = tmp_path_factory.mktemp("crossing"), tmp_path_factory.mktemp("site")
    (source / "pyproject.toml").write_text(blocks("toml")[0], encoding="utf-8")
    (source / "synth_ui_crossing.py").write_text(blocks("python")[0], encoding="utf-8")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "--disable-pip-version-check",
    ]
    said = subprocess.run([*pip, "--target", str(target), str(source)], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    return target


def run(site: Path, code: str, **environment: str) -> str:
    path = os.pathsep.join([str(site), str(DOCS.parents[1])])
    said = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": path, **environment},
    )
    assert said.returncode == 0, said.stderr
    return said.stdout


def test_the_generator_is_short() -> None:
    assert len([line for line in blocks("python")[0].splitlines() if line.strip()]) <= 35


def test_it_keeps_the_contract(site: Path) -> None:
    code = """
from synth_ui.generators.base import generators
from synth_ui.generators.contract import checks, class_checks
from tests.awkward import AWKWARD
mine = generators()["crossing"]
for check in [*class_checks(mine), *(c for name in ("plain", "blanks_in_target", "personal") for c in checks(mine(), AWKWARD[name]()))]:
    check()
print(mine.__module__)
"""
    assert run(site, code).strip() == "synth_ui_crossing"


def test_it_races_beside_the_others(site: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=200)
    pd.DataFrame({"x": x, "y": x + rng.normal(size=200), "rich": np.where(x > 0, "yes", "no")}).to_csv(
        tmp_path / "a.csv", index=False
    )
    code = f"""
import json, synth_ui
result = synth_ui.race({str(tmp_path / "a.csv")!r}, target="rich", generators=["crossing", "independent"], card=["pairs"], home={str(tmp_path / "home")!r})
scores = result.scores.set_index("candidate")
pairs = scores[scores["measure"] == "pairs"]["value"]
print(json.dumps([float(pairs["crossing"]), float(pairs["independent"]), len(result.frame("crossing"))]))
"""
    crossed, independent, rows = json.loads(run(site, code, SYNTH_UI_WARM="0"))
    assert rows == 100
    assert crossed > independent
