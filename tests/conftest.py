"""What holds for all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# SDV makes a folder among the user's data when it is imported: the tests leave nothing outside this one.
os.environ["XDG_DATA_HOME"] = str(Path(__file__).resolve().parent.parent / ".workspace" / "libraries")

# Nor among the user's settings: what the tests sign they sign with a key of their own.
os.environ["SYNTH_UI_KEY_FILE"] = str(Path(__file__).resolve().parent.parent / ".workspace" / "tests" / "signing.key")

# Two workers share two cores: threads that wait for each other take a third more of them.
for _library in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_library, "1")

settings.register_profile("quick", max_examples=10, deadline=None)
settings.register_profile("default", deadline=None)
settings.register_profile("thorough", max_examples=1_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

LONGEST_FIRST = (
    "contracts/test_generators",
    "contracts/test_spoiled_tables",
    "verdict/",
    "contracts/test_measures",
    "pages/",
    "browser/",
    "jobs/",
    "measures/utility/",
    "measures/test_calibration",
    "generators/test_constrained",
    "measures/",
    "generators/",
)
"""Files that take longest: with a file as the unit of work, two workers end together only if these come first."""

SLOW_FILES = (
    "verdict/",
    "contracts/test_spoiled_tables",
    "measures/utility/test_tstr",
    "measures/utility/test_worth",
    "measures/fidelity/test_detectability",
    "measures/fidelity/test_sdmetrics_quality",
    "measures/test_left_out",
    "generators/test_extending",
    "generators/test_sdv",
    "generators/test_whole_row_networks",
    "jobs/test_cold",
    "jobs/test_dask",
    "jobs/test_design",
    "jobs/test_exposed_rows",
    "jobs/test_further_runs",
    "jobs/test_rules",
    "jobs/test_score_more",
    "jobs/test_tune",
    "jobs/test_warm_parent",
    "pages/test_broken_rules",
    "pages/test_ask",
    "pages/test_manage",
    "pages/test_candidate_file",
    "pages/test_design",
    "jobs/test_budget",
    "jobs/test_further",
    "jobs/test_reliability",
    "jobs/test_retarget",
    "jobs/test_runs",
    "evaluation/test_band",
    "generators/test_constrained",
    "measures/fidelity/test_gap_parts",
    "pages/test_budget",
    "pages/test_data",
    "pages/test_results",
    "pages/test_start",
    "test_api",
    "test_cli",
    "test_examples",
    "test_history_cli",
    "test_source_cli",
)
"""Files that a quick run leaves out as a whole; what else it leaves out is marked where it stands."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order whole files, longest first, and mark the slow ones; within a file the order stays."""
    for item in items:
        if any(f"tests/{part}" in item.nodeid for part in SLOW_FILES):
            item.add_marker(pytest.mark.slow)

    def place(item: pytest.Item) -> int:
        return next((at for at, part in enumerate(LONGEST_FIRST) if part in item.nodeid), len(LONGEST_FIRST))

    items.sort(key=place)
