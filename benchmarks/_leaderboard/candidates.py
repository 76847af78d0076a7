"""Who is measured: rows whose truth is known, our generators, and other packages where they are installed."""

from __future__ import annotations

import ast
import hashlib
import importlib.metadata
import importlib.util
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from _leaderboard.tables import PublicTable, as_published
from synth_ui.core.context import Context
from synth_ui.core.table import Table
from synth_ui.generators.catalogue import generator_of
from synth_ui.jobs.runs.make import make
from synth_ui.tables.read import read

ROOT = Path(__file__).resolve().parent.parent.parent

FLOOR, TEST, TRAIN = "floor", "test rows", "training rows"
CONTROLS = (FLOOR, TEST, TRAIN)

ARGN_KEY = "mostlyai-engine"
ARGN = """
import json, resource, sys, time
import pandas as pd
from mostlyai.engine import TabularARGN

if __name__ == "__main__":
    rows, start = pd.read_csv(sys.argv[1]), time.perf_counter()
    model = TabularARGN(random_state=int(sys.argv[3]), verbose=0)
    model.fit(rows)
    model.sample(n_samples=len(rows)).to_csv(sys.argv[2], index=False)
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(json.dumps({"wall": time.perf_counter() - start, "cpu": sum(one.ru_utime + one.ru_stime for one in used)}))
"""
"""What is run in the Python that has it; the seconds are of the whole of it and of the processes it starts."""

PEERS = {
    "gaussian_copula": "sdv_gaussian_copula", "ctgan": "sdv_ctgan", "tvae": "sdv_tvae", "copula_gan": "sdv_copula_gan",
    ARGN_KEY: ARGN_KEY,
}  # fmt: skip
"""Other packages by the name they are asked for: SDV's through our adapters, the last by itself."""

LEARNS = ("generators", "columns")
"""The parts of the package that decide what a generator draws; a change elsewhere does not make its rows measured anew."""


@dataclass(frozen=True, eq=False)
class Made:
    """Rows of a candidate, in the published form, with what it took to make them; None for rows that were there."""

    frame: pd.DataFrame
    wall: float | None = None
    cpu: float | None = None


def rows_of(key: str, table: PublicTable, seed: int, python: str = sys.executable) -> Made:
    """Make a candidate's rows, as many as there are training rows; the test rows are as many as they are.

    `python` is where packages are that cannot be installed beside ours.
    """
    if key == TRAIN:
        return Made(table.train)
    if key == TEST:
        return Made(table.test)
    if key == FLOOR:
        return Made(independent_columns(table, seed))
    if key == ARGN_KEY:
        return _of_mostlyai(table, seed, python)
    read_rows = _as_users_read(table)
    wall, cpu = time.perf_counter(), time.process_time()
    frame = make(generator_of(key), read_rows, len(read_rows), Context(seed=seed)).frame
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Made(as_published(frame, table.train), wall, cpu)


def _as_users_read(table: PublicTable) -> Table:
    """Write the training rows to a file and read it as a user would: kinds and roles are those the product takes them for."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{table.name}.csv"
        table.train.to_csv(path, index=False)
        return read(path).table


def _of_mostlyai(table: PublicTable, seed: int, python: str) -> Made:
    """Fit and draw with TabularARGN by its default settings, in a Python of its own: it asks for other versions than ours."""
    with tempfile.TemporaryDirectory() as folder:
        given, drawn = Path(folder) / "train.csv", Path(folder) / "drawn.csv"
        table.train.to_csv(given, index=False)
        done = subprocess.run(
            [python, "-c", ARGN, str(given), str(drawn), str(seed)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"{ARGN_KEY} failed on {table.name}: {(done.stderr.strip().splitlines() or ['without a word'])[-1]}")
        seconds = json.loads(done.stdout.strip().splitlines()[-1])
        words = {name: str for name in table.train.columns if table.train[name].dtype.kind == "O"}
        frame = pd.read_csv(drawn, dtype=words, keep_default_na=False)
    return Made(as_published(frame, table.train), seconds["wall"], seconds["cpu"])


def independent_columns(table: PublicTable, seed: int) -> pd.DataFrame:
    """Draw every column by itself as the published floor does: levels by their shares, numbers from their quantiles.

    Whole numbers are spread over their unit before quantiles are taken, and rounded afterwards.
    """
    out, size = {}, len(table.train)
    for name in table.train.columns:
        rng = np.random.default_rng([seed, *name.encode()])
        values = table.train[name].to_numpy()
        if name not in table.spec.numeric:
            out[name] = values[rng.integers(0, size, size)]
            continue
        whole = bool((values == np.round(values)).all())
        spread = values + rng.uniform(-0.5, 0.5, size) if whole else values
        shares = np.linspace(0, 1, max(min(size // 30, 1_000), 10))
        drawn = np.interp(rng.uniform(size=size), shares, np.quantile(spread, shares))
        out[name] = np.clip(np.round(drawn), values.min(), values.max()) if whole else drawn
    return pd.DataFrame(out)


# --- what makes a result out of date ----------------------------------------------------------------------------


def identity(key: str, python: str = sys.executable) -> dict[str, Any]:
    """Return what decides a candidate's rows besides table and seed: its settings, its code, the package it comes from."""
    if key in CONTROLS:
        return {"settings": {}, "code": "1"}
    if key == ARGN_KEY:
        return {"settings": {}, "code": _version(python)}
    generator = generator_of(key)
    code = fingerprint(type(generator).__module__)
    if key.startswith("sdv_"):
        code += f" sdv {importlib.metadata.version('sdv')}"
    return {"settings": {name: str(value) for name, value in sorted(asdict(generator).items())}, "code": code}


def fingerprint(module: str) -> str:
    """Return a hash of a module and all it imports of the parts that learn; comments, docstrings and layout do not count."""
    waiting, seen = [module], {}
    while waiting:
        name = waiting.pop()
        path = _source(name)
        if name in seen or path is None or name.split(".")[1:2] not in [[part] for part in LEARNS]:
            continue
        tree = _WithoutWords().visit(ast.parse(path.read_text(encoding="utf-8")))
        seen[name] = ast.dump(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                waiting += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            elif isinstance(node, ast.Import):
                waiting += [alias.name for alias in node.names]
    return hashlib.sha256("\n".join(f"{name} {seen[name]}" for name in sorted(seen)).encode()).hexdigest()[:12]


class _WithoutWords(ast.NodeTransformer):
    """Takes docstrings and other lone texts out of code."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        """Drop a text that stands alone."""
        return None if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str) else node


def _source(module: str) -> Path | None:
    """Return the file of a module of ours; None for all else."""
    if not module.startswith("synth_ui."):
        return None
    path = ROOT / Path(*module.split("."))
    return next((found for found in (path.with_suffix(".py"), path / "__init__.py") if found.exists()), None)


def missing(peer: str, python: str = sys.executable) -> str:
    """Return why a peer cannot be measured here; empty where it can."""
    there = bool(_version(python)) if peer == ARGN_KEY else importlib.util.find_spec("sdv") is not None
    where = f" for {python}" if peer == ARGN_KEY else ""
    return "" if there else f"{peer} is not installed{where}, and this script installs nothing."


@cache
def _version(python: str) -> str:
    """Return which TabularARGN a Python has; nothing where it has none."""
    asked = f"import importlib.metadata; print(importlib.metadata.version({ARGN_KEY!r}))"
    try:
        return subprocess.run([python, "-c", asked], capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""
