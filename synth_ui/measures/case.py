"""What a measure looks at: train, holdout and a candidate, with what all measures share computed once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pandas as pd

from synth_ui.core.table import Schema, Split

T = TypeVar("T")


@dataclass(eq=False)
class Shared:
    """What is computed once per split and serves every candidate: encodings, reference models, neighbours among real rows."""

    split: Split
    memory: dict[str, Any] = field(default_factory=dict)

    def once(self, key: str, compute: Callable[[], T]) -> T:
        """Return what `compute` gives, computed at the first call for `key`."""
        if key not in self.memory:
            self.memory[key] = compute()
        value: T = self.memory[key]
        return value


@dataclass(eq=False)
class Case:
    """One candidate against one split.

    Attributes
    ----------
    split
        Train and holdout, canonical.
    synthetic
        The candidate's rows, canonical under the split's schema (levels the real table lacks come last).
    shared
        Per split; hand the same one to every case of a split.
    """

    split: Split
    synthetic: pd.DataFrame
    shared: Shared
    memory: dict[str, Any] = field(default_factory=dict)

    @property
    def train(self) -> pd.DataFrame:
        """The rows generators saw."""
        return self.split.train.frame

    @property
    def holdout(self) -> pd.DataFrame:
        """The rows they did not."""
        return self.split.holdout.frame

    @property
    def schema(self) -> Schema:
        """The real table's schema."""
        return self.split.schema

    def once(self, key: str, compute: Callable[[], T]) -> T:
        """Return what `compute` gives for this candidate, computed at the first call for `key`."""
        if key not in self.memory:
            self.memory[key] = compute()
        value: T = self.memory[key]
        return value
