"""The direction of imports, who owns which library, and the size of functions, checked on the source itself."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "synth_ui"

MAY_IMPORT = {
    "core": set(),
    "columns": {"core"},
    "system": {"core"},
    "tables": {"core", "system"},
    "generators": {"core", "columns"},
    "measures": {"core", "columns"},
    "plots": {"core", "columns"},
    "comparison": {"core"},
    "store": {"core", "system"},
    "evaluation": {"core", "columns", "measures"},
    "jobs": {"core", "columns", "system", "tables", "generators", "measures", "evaluation", "store", "comparison"},
    "reports": {"core", "tables", "comparison", "plots", "evaluation", "measures"},
}
"""For each package, which others it may import; ui, api, cli, pages and app stand on top and may import all."""

OWNERS = {
    "streamlit": ("synth_ui/ui/", "pages/", "app.py"),
    "plotly": ("synth_ui/plots/",),
    "sqlalchemy": ("synth_ui/store/", "synth_ui/tables/databases/"),
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
PARAMETERS = 8
"""The most parameters of a function; more are named groups."""


def sources() -> list[Path]:
    return sorted([*PACKAGE.rglob("*.py"), *(ROOT / "pages").glob("*.py"), ROOT / "app.py"])


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    """Return a file's source as a tree; each is parsed once for all tests."""
    return ast.parse(path.read_text(encoding="utf-8"))


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
            ours = (PACKAGE / other).is_dir() or (PACKAGE / f"{other}.py").is_file()
            if other != layer and other not in MAY_IMPORT[layer] and ours:
                found.append(f"{path}: {layer} must not import {other}")
        if root in OWNERS and not path.startswith(OWNERS[root]):
            found.append(f"{path}: {root} belongs to {', '.join(OWNERS[root])}")
        if root in LAZY and top and not (root == "mesa" and path.startswith(AGENTS)):
            found.append(f"{path}: {root} is imported at the top, not inside the function that needs it")
    return found


@pytest.mark.parametrize("path", sources(), ids=relative)
def test_imports_point_downwards(path: Path) -> None:
    assert not wrong_imports(relative(path), tree_of(path))


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("synth_ui/core/table.py", "from synth_ui.generators.base import Generator"),
        ("synth_ui/measures/fidelity/margins.py", "def f():\n    import synth_ui.store.workspace"),
        ("synth_ui/evaluation/words.py", "import streamlit as st"),
        ("synth_ui/generators/trees/cart.py", "import torch"),
        ("synth_ui/jobs/runs/worker.py", "from synth_ui import ui"),
        ("synth_ui/reports/html.py", "def f():\n    from synth_ui.api import Comparison"),
    ],
)
def test_a_wrong_import_is_caught(path: str, source: str) -> None:
    assert wrong_imports(path, ast.parse(source))


# --- circles, private parts, runs --------------------------------------------------------------------------------


def module_of(path: str) -> str:
    """Return the dotted name of the module in a file."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@cache
def parsed() -> dict[str, ast.AST]:
    """Return the modules of the package by dotted name."""
    return {module_of(relative(path)): tree_of(path) for path in sorted(PACKAGE.rglob("*.py"))}


def used(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield what is imported at run time, in functions too: the module, and the name taken out of it or an empty text."""
    typing = {id(node) for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)}
    unseen = {id(node) for block in ast.walk(tree) if id(block) in typing for node in ast.walk(block)}
    for node in ast.walk(tree):
        if id(node) in unseen:
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)


def circles(trees: Mapping[str, ast.AST]) -> list[list[str]]:
    """Return the groups of modules that import each other, directly or over others."""
    edges: dict[str, set[str]] = {}
    for name, tree in trees.items():
        named = {f"{module}.{taken}" if f"{module}.{taken}" in trees else module for module, taken in used(tree)}
        edges[name] = (named & set(trees)) - {name}

    def reached(start: str) -> set[str]:
        found, todo = set[str](), [start]
        while todo:
            for other in edges[todo.pop()] - found:
                found.add(other)
                todo.append(other)
        return found

    reach = {name: reached(name) for name in edges}
    groups = {tuple(sorted({name} | {other for other in reach[name] if name in reach[other]})) for name in edges}
    return sorted(list(group) for group in groups if len(group) > 1)


def private_uses(name: str, tree: ast.AST) -> set[tuple[str, str]]:
    """Return what a module takes of others that is private to them, as (its package, the private name).

    A private module belongs to its folder, a private name to its module.
    """
    found, package = set(), name.split(".")[1]
    for module, taken in used(tree):
        parts = [*module.split("."), taken]
        private = next((place for place, part in enumerate(parts) if part.startswith("_") and not part.startswith("__")), None)
        if parts[0] == "synth_ui" and private is not None and not name.startswith(".".join(parts[:private])):
            found.add((package, parts[private]))
    return found


def test_no_module_imports_one_that_imports_it() -> None:
    assert circles(parsed()) == []


def test_a_circle_hidden_in_functions_is_seen() -> None:
    sources = {
        "p.a": "def f():\n    from p import b",
        "p.b": "import p.c",
        "p.c": "def g():\n    from p.a import f",
        "p.d": "import p.a",
    }
    typed = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from p.a import f"
    assert circles({name: ast.parse(source) for name, source in sources.items()}) == [["p.a", "p.b", "p.c"]]
    assert circles({name: ast.parse(source) for name, source in {**sources, "p.c": typed}.items()}) == []


def test_what_is_private_stays_where_it_is() -> None:
    found = {use for name, tree in parsed().items() if name != "synth_ui" for use in private_uses(name, tree)}
    assert not found


def test_a_private_import_is_seen() -> None:
    tree = ast.parse(
        "def f():\n    from synth_ui.measures._encode import Cells\n    from synth_ui.jobs.races.start import _NAMED, __doc__"
    )
    assert private_uses("synth_ui.jobs.runs.make", tree) == {("jobs", "_encode"), ("jobs", "_NAMED")}
    assert private_uses("synth_ui.measures.privacy.dcr", tree) == {("measures", "_NAMED")}


def run_texts(tree: ast.AST) -> list[int]:
    """Return the lines in which something called a run is read like a row of the database."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and node.value.id in ("run", "parent")
        and isinstance(node.slice, ast.Constant)
        and isinstance(node.slice.value, str)
    ]


def test_a_run_is_a_type_outside_the_store() -> None:
    found = {
        name: lines for name, tree in parsed().items() if not name.startswith("synth_ui.store") and (lines := run_texts(tree))
    }
    assert found == {}
    assert run_texts(ast.parse("run['state']"))


# --- folders and names -------------------------------------------------------------------------------------------

DOZEN = 12


def crowded(paths: Iterable[str]) -> dict[str, int]:
    """Return the folders with more than a dozen modules, and how many they hold."""
    counts = Counter(str(Path(path).parent) for path in paths if not path.endswith("__init__.py"))
    return {folder: count for folder, count in counts.items() if count > DOZEN}


def test_a_folder_holds_a_dozen_modules_at_most() -> None:
    assert crowded(relative(path) for path in PACKAGE.rglob("*.py")) == {}
    assert crowded([*(f"p/{number}.py" for number in range(13)), "p/__init__.py", "q/a.py"]) == {"p": 13}


def named_twice(trees: Mapping[str, ast.AST]) -> dict[str, list[str]]:
    """Return the public classes that two modules define under one name: one word, one meaning."""
    found: dict[str, list[str]] = {}
    for module, tree in trees.items():
        for node in ast.iter_child_nodes(tree):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found.setdefault(node.name, []).append(module)
    return {name: modules for name, modules in found.items() if len(modules) > 1}


def test_a_class_has_a_name_of_its_own() -> None:
    assert named_twice(parsed()) == {}
    assert named_twice({"p.a": ast.parse("class Rule: ..."), "p.b": ast.parse("class Rule: ...")}) == {"Rule": ["p.a", "p.b"]}


# --- functions and pages -----------------------------------------------------------------------------------------


LINUX_ONLY = {
    "synth_ui/system/linux.py",  # what the schedule and the warm parent ask of Linux
    "synth_ui/jobs/execution/warm_parent.py",  # it forks; started on Linux alone
    "synth_ui/tables/reading_child.py",  # a process of its own with bounds the system keeps; never imported by its parent
}
_CALLS = {"fork", "killpg", "setsid", "getpgrp", "nice", "mkfifo", "waitpid"}
_MODULES = {"fcntl", "resource", "pwd", "grp", "termios"}


def linux_only(tree: ast.AST) -> set[str]:
    """Return what a module takes that there is on Linux, or on Unix, alone."""
    found = {module for module, _ in used(tree) if module in _MODULES}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os" and node.attr in _CALLS:
            found.add(node.attr)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("/proc/"):
            found.add("/proc")
    return found


def test_what_only_linux_has_stands_apart() -> None:
    found = {relative(path) for path in sources() if linux_only(tree_of(path))}
    assert found <= LINUX_ONLY
    assert linux_only(ast.parse("import fcntl, os\ndef f():\n    os.killpg(1, 9); open('/proc/1/stat')")) == {
        "fcntl",
        "killpg",
        "/proc",
    }


def sqlite_words(tree: ast.AST) -> bool:
    """Whether a module knows that the database is SQLite."""
    taken = {f"{module}.{name}" for module, name in used(tree)}
    return any("sqlite" in name and not name.startswith("synth_ui.store.sqlite") for name in taken)


def test_one_file_knows_that_the_workspace_is_sqlite() -> None:
    found = {name for name, tree in parsed().items() if sqlite_words(tree)}
    assert found == {"synth_ui.store.sqlite", "synth_ui.tables.databases._sqlite"}  # the second reads files of other people
    assert sqlite_words(ast.parse("from sqlalchemy.dialects.sqlite import insert"))


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function, its docstring among them."""
    return (function.end_lineno or 0) - function.lineno + 1


def test_a_long_function_is_seen() -> None:
    body = "\n".join(["    x = 1"] * (SCREEN - 2))
    function = ast.parse(f'def f():\n    """Say\n    much."""\n{body}').body[0]
    assert isinstance(function, ast.FunctionDef)
    assert lines_of(function) == SCREEN + 1


def parameters_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """Name the parameters that are written out, without the object itself."""
    named = [one.arg for one in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]
    return [name for name in named if name not in ("self", "cls")]


def test_a_function_takes_few_parameters() -> None:
    found = {
        f"{name}.{node.name}": parameters_of(node)
        for name, tree in parsed().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and len(parameters_of(node)) > PARAMETERS
    }
    assert found == {}
    many = ast.parse("def f(self, a, b, /, c, *, d=1, **more): ...").body[0]
    assert isinstance(many, ast.FunctionDef)
    assert parameters_of(many) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("path", sources(), ids=relative)
def test_functions_fit_a_screen_and_no_exception_is_swallowed(path: Path) -> None:
    tree = tree_of(path)
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


@pytest.mark.parametrize("folder", ["columns", "generators", "jobs", "measures/privacy"])
def test_a_folder_can_be_read_like_a_table_of_contents(folder: str) -> None:
    for init in (PACKAGE / folder).rglob("__init__.py"):
        files = [file.name for file in init.parent.glob("*.py") if file != init]
        assert len(files) <= 12, f"{relative(init.parent)} holds {len(files)} files"
