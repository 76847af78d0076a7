"""How many examples a property is tried on."""

from __future__ import annotations

import os

SHARE = {"quick": 0.25, "default": 1.0, "thorough": 20.0}


def examples(usual: int) -> int:
    """Return how many examples the chosen profile of Hypothesis tries where `usual` are tried by default."""
    return max(round(usual * SHARE.get(os.environ.get("HYPOTHESIS_PROFILE", "default"), 1.0)), 5)
