"""The direction of imports, who owns which library, and the size of functions, checked on the source itself."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "synth_ui"

MAY_IMPORT = {
    "core": set(),
    "columns": {"core"},
    "tables": {"core"},
    "generators": {"core", "columns"},
    "measures": {"core", "columns"},
    "plots": {"core", "columns"},
    "comparison": {"core"},
    "store": {"core"},
    "evaluation": {"core", "columns", "measures"},
    "jobs": {"core", "columns", "tables", "generators", "measures", "evaluation", "store", "comparison"},
    "reports": {"core", "tables", "comparison", "plots", "evaluation", "measures"},
}
"""For each package, which others it may import; ui, api, cli, pages and app stand on top and may import all."""

OWNERS = {
    "streamlit": ("synth_ui/ui/", "pages/", "app.py"),
    "plotly": ("synth_ui/plots/",),
    "sqlalchemy": ("synth_ui/store/", "synth_ui/tables/readers/"),
}
"""Who may import a library at all."""

LAZY = (
    "torch",
    "sdv",
    "sdmetrics",
    "mesa",
    "ctgan",
    "rdt",
    "copulas",
    "opacus",
    "dp_accounting",
    "openai",
    "statsmodels",
    "fairlearn",
    "pyvinecopulib",
)
"""Imported only inside the function that needs them."""

AGENTS = "synth_ui/generators/from_nothing/simulations/_"
"""Where the classes of agents stand, in modules that are imported when a world is made: they derive from mesa's."""

SCREEN = 60


def sources() -> list[Path]:
    return sorted([*PACKAGE.rglob("*.py"), *(ROOT / "pages").glob("*.py"), ROOT / "app.py"])


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(tree: ast.AST) -> Iterator[tuple[str, bool]]:
    """Yield each imported module and whether the import stands at module level."""
    top = {id(node) for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)}
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            top -= {id(node) for node in ast.walk(function)}
    for block in ast.walk(tree):
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test):
            top -= {id(node) for node in ast.walk(block)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) in top) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, id(node) in top
            if node.module == "synth_ui":
                yield from ((f"synth_ui.{alias.name}", id(node) in top) for alias in node.names)


def wrong_imports(path: str, tree: ast.AST) -> list[str]:
    found = []
    layer = path.split("/")[1] if path.startswith("synth_ui/") and path.count("/") > 1 else None
    for module, top in imports(tree):
        root, _, rest = module.partition(".")
        if root == "synth_ui" and layer in MAY_IMPORT and rest:
            other = rest.split(".")[0]
            if other != layer and other not in MAY_IMPORT[layer] and (PACKAGE / other).is_dir():
                found.append(f"{path}: {layer} must not import {other}")
        if root in OWNERS and not path.startswith(OWNERS[root]):
            found.append(f"{path}: {root} belongs to {', '.join(OWNERS[root])}")
        if root in LAZY and top and not (root == "mesa" and path.startswith(AGENTS)):
            found.append(f"{path}: {root} is imported at the top, not inside the function that needs it")
    return found


@pytest.mark.parametrize("path", sources(), ids=relative)
def test_imports_point_downwards(path: Path) -> None:
    assert not wrong_imports(relative(path), ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("synth_ui/core/table.py", "from synth_ui.generators.base import Generator"),
        ("synth_ui/measures/fidelity/margins.py", "def f():\n    import synth_ui.store.workspace"),
        ("synth_ui/evaluation/words.py", "import streamlit as st"),
        ("synth_ui/generators/trees/cart.py", "import torch"),
        ("synth_ui/jobs/worker.py", "from synth_ui import ui"),
    ],
)
def test_a_wrong_import_is_caught(path: str, source: str) -> None:
    assert wrong_imports(path, ast.parse(source))


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function, its docstring among them."""
    return (function.end_lineno or 0) - function.lineno + 1


def test_a_long_function_is_seen() -> None:
    body = "\n".join(["    x = 1"] * (SCREEN - 2))
    function = ast.parse(f'def f():\n    """Say\n    much."""\n{body}').body[0]
    assert isinstance(function, ast.FunctionDef)
    assert lines_of(function) == SCREEN + 1


@pytest.mark.parametrize("path", sources(), ids=relative)
def test_functions_fit_a_screen_and_no_exception_is_swallowed(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert lines_of(node) <= SCREEN, f"{relative(path)}:{node.lineno} {node.name} is longer than a screen"
        if isinstance(node, ast.ExceptHandler):
            silent = len(node.body) == 1 and isinstance(node.body[0], ast.Pass)
            assert not silent, f"{relative(path)}:{node.lineno} swallows an exception"


@pytest.mark.parametrize("path", sorted((ROOT / "pages").glob("*.py")), ids=relative)
def test_pages_are_thin(path: Path) -> None:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    assert len(lines) <= 90


def loaded_after(code: str) -> set[str]:
    script = f"{code}\nimport sys; print(' '.join(sorted({{name.partition('.')[0] for name in sys.modules}})))"
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(out.stdout.split())


HEAVY = {"torch", "sdv", "sdmetrics", "streamlit", "plotly", "mesa"}


@pytest.mark.parametrize(
    "code",
    [
        "from synth_ui.generators.base import generators; assert 'cart' in generators()",
        "from synth_ui.measures.base import measures; assert 'tstr' in measures()",
        "import synth_ui.cli, synth_ui.api",
        "from synth_ui.tables.samples import samples, load_sample; load_sample(samples()[0].key)",
    ],
)
def test_listing_loads_nothing_heavy(code: str) -> None:
    assert not loaded_after(code) & HEAVY


def test_a_heavy_import_would_be_seen() -> None:
    assert "sqlite3" in loaded_after("import sqlite3")


@pytest.mark.parametrize("folder", ["columns", "generators"])
def test_a_folder_can_be_read_like_a_table_of_contents(folder: str) -> None:
    for init in (PACKAGE / folder).rglob("__init__.py"):
        files = [file.name for file in init.parent.glob("*.py") if file != init]
        assert len(files) <= 12, f"{relative(init.parent)} holds {len(files)} files"
