"""What holds for all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# SDV makes a folder among the user's data when it is imported: the tests leave nothing outside this one.
os.environ["XDG_DATA_HOME"] = str(Path(__file__).resolve().parent.parent / ".workspace" / "libraries")


LONGEST_FIRST = (
    "verdict/",
    "contracts/test_generators",
    "contracts/test_measures",
    "pages/",
    "browser/",
    "generators/test_constrained",
    "jobs/",
    "measures/utility/",
    "measures/privacy/",
    "generators/",
)
"""Files that take longest: with a file as the unit of work, two workers end together only if these come first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order whole files, longest first; within a file the order stays."""

    def place(item: pytest.Item) -> int:
        return next((at for at, part in enumerate(LONGEST_FIRST) if part in item.nodeid), len(LONGEST_FIRST))

    items.sort(key=place)
