"""What holds for all tests."""

from __future__ import annotations

import os
from pathlib import Path

# SDV makes a folder among the user's data when it is imported: the tests leave nothing outside this one.
os.environ["XDG_DATA_HOME"] = str(Path(__file__).resolve().parent.parent / ".workspace" / "libraries")
