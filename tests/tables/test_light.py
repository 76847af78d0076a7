"""Reading must not weigh on the first page: nothing heavy is imported with the modules."""

from __future__ import annotations

import subprocess
import sys

HEAVY = (
    "sklearn",
    "scipy",
    "torch",
    "sdv",
    "sdmetrics",
    "duckdb",
    "faker",
    "streamlit",
    "plotly",
    "python_calamine",
    "charset_normalizer",
    "sqlalchemy",
)


def test_importing_the_tables_imports_nothing_heavy() -> None:
    code = (
        "import sys, synth_ui.tables.samples, synth_ui.tables.read, synth_ui.tables.review, synth_ui.tables.split, synth_ui.tables.profile\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_loading_a_sample_needs_neither_duckdb_nor_faker() -> None:
    code = f"import sys\nfrom synth_ui.tables.samples import load_sample\nload_sample('adult')\nprint([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
