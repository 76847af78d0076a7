"""Polish as runs do it: the guard's rows are cut as a race cuts its table, and privacy measures read what leaks."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.rules.constraint import Constraint
from synth_ui.core.table import Split, Table
from synth_ui.generators.base import Generator, Sampler
from synth_ui.generators.sampling import polish
from synth_ui.generators.sampling.polish import CANDIDATES, GuardReading, Read, cost, refusal
from synth_ui.measures.case import Case, Shared
from synth_ui.measures.privacy.membership_inference.leakage_index import LeakageIndex
from synth_ui.measures.privacy.near_copies.dcr_share import DcrShare
from synth_ui.tables.split import make_split

__all__ = ["CANDIDATES", "cost", "fit", "refusal"]


class PrivacyGuard:
    """Reads the share of rows nearer to the rows learned from, and the leakage index; see `polish.Guard`."""

    def cut(self, table: Table, *, seed: int, share: float) -> Split:
        """Cut as a race does: stratified by the target, one person's rows together."""
        return make_split(table, seed=seed, share=share)

    def watch(self, split: Split) -> Read:
        """Return what reads rows against both parts; what all readings share is computed once."""
        shared = Shared(split)

        def read(frame: pd.DataFrame, context: Context) -> GuardReading:
            case = Case(split, frame, shared)
            share = DcrShare().measure(case, context).headline
            leaked = LeakageIndex().measure(case, context).headline.value
            return GuardReading(share.value, share.value if share.low is None else share.low, leaked)

        return read


def fit(generator: Generator, table: Table, context: Context, constraints: Sequence[Constraint] = ()) -> Sampler:
    """Learn a table and how far polishing may go; see `synth_ui.generators.sampling.polish.fit`."""
    return polish.fit(generator, table, context, constraints, PrivacyGuard())
