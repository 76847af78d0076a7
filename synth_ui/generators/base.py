"""What a generator is: a recipe with typed settings, whose `fit` gives a sampler."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synth_ui.core.budget import Ledger
from synth_ui.core.context import Context
from synth_ui.core.plugin import Plugin, discover
from synth_ui.core.table import Table, TableSize

ENTRY_POINTS = "synth_ui.generators"

FAMILIES: tuple[str, ...] = (
    "baselines", "perturbation", "statistical", "trees", "neural", "SDV", "formal privacy", "from nothing", "language model",
    "made elsewhere",
)  # fmt: skip
"""The groups of the catalogue, in the order shown."""


@dataclass(frozen=True)
class Cost:
    """What fitting and sampling is expected to take: seconds and megabytes beyond the idle worker."""

    seconds: float
    megabytes: float


class Sampler(ABC):
    """A fitted generator: draws new rows.

    It can be pickled, and keeps no more of the real table than its method needs; `keeps` says what in one sentence. One that was
    fitted under formal privacy has a `ledger` of its budget.
    """

    keeps: str
    ledger: Ledger | None = None

    def renewed(self, frame: pd.DataFrame, context: Context, parts: NDArray[np.int64] | None = None) -> pd.DataFrame:
        """Make the columns that are not learned (keys, personal values) once more, so that rows of several draws share none.

        Parameters
        ----------
        parts
            The number of each row's draw, where rows of several are never one person's.
        """
        return frame

    @abstractmethod
    def __call__(self, n: int, context: Context, where: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """Draw `n` rows.

        Parameters
        ----------
        n
            How many rows; 0 gives an empty frame of the right columns and dtypes.
        context
            Seed, progress, cancel. The same seed draws the same rows.
        where
            Conditions every row must meet, by column: a value, a list of values, None for a blank, {"min": …, "max": …}.

        Returns
        -------
        pandas.DataFrame
            Canonical under the schema of the table the generator was fitted on (see `synth_ui.core.table`).

        Raises
        ------
        DoesNotApply
            If the conditions cannot be met.
        Cancelled
            If the user asked to stop.
        """


@dataclass(frozen=True)
class Generator(Plugin):
    """A recipe for synthetic tables.

    Class attributes, besides those of `Plugin`
    -------------------------------------------
    good_at, cannot
        One sentence each, for the catalogue.
    licence
        The licence of the code that does the work.
    formal_privacy
        Whether it gives a differential-privacy guarantee.
    needs_real_data
        False for generators that only need a schema.
    sends
        What it sends away from this machine, in words for its user; empty where nothing leaves it.
    models_tables
        False for generators that only make tables of their own (see `synth_ui.generators.from_nothing.source`): no race offers them.
    starter
        Whether it takes part in a race nobody picked generators for: one of each kind that needs seconds.
    native_conditions
        Whether conditions on levels are met by the method itself; others, and those of other generators, by rejection.
    matches_tables
        Whether its rows are chosen to match the real two-way tables already, so that polishing would add nothing.
    uses_target
        Whether it gives the target a place of its own when it learns: with another target it would make other rows.
    node_resources
        What a node of a cluster must offer to fit it or draw from it, as Dask's resources: `{"GPU": 1}`. Such a run starts on no other node. On
        one machine, without a cluster, nobody asks.
    """

    good_at: ClassVar[str]
    cannot: ClassVar[str]
    licence: ClassVar[str] = "MIT"
    formal_privacy: ClassVar[bool] = False
    needs_real_data: ClassVar[bool] = True
    sends: ClassVar[str] = ""
    models_tables: ClassVar[bool] = True
    native_conditions: ClassVar[bool] = False
    starter: ClassVar[bool] = False
    matches_tables: ClassVar[bool] = False
    uses_target: ClassVar[bool] = False
    node_resources: ClassVar[Mapping[str, float]] = MappingProxyType({})

    @abstractmethod
    def fit(self, table: Table, context: Context) -> Sampler:
        """Learn `table` and return a sampler.

        Raises
        ------
        DoesNotApply
            If the table is nothing for this generator, with the reason and the remedy.
        Cancelled
            If the user asked to stop.
        """

    @abstractmethod
    def cost(self, size: TableSize, rows: int) -> Cost:
        """Estimate fit and sampling of `rows` rows on one core, before anything is run."""


def generators() -> dict[str, type[Generator]]:
    """Return every generator found, by key."""
    return discover(Generator, "synth_ui.generators", ENTRY_POINTS)  # type: ignore[type-abstract]
