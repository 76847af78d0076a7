"""What holds for all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# SDV makes a folder among the user's data when it is imported: the tests leave nothing outside this one.
os.environ["XDG_DATA_HOME"] = str(Path(__file__).resolve().parent.parent / ".workspace" / "libraries")

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order whole files, longest first; within a file the order stays."""

    def place(item: pytest.Item) -> int:
        return next((at for at, part in enumerate(LONGEST_FIRST) if part in item.nodeid), len(LONGEST_FIRST))

    items.sort(key=place)
