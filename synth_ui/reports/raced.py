"""What was raced, as far as a reader of a report, a card or slides must know it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from synth_ui.core.budget import Ledger
from synth_ui.core.table import Split, Table


@dataclass(frozen=True)
class Raced:
    """What was raced, as far as a reader of the report must know it.

    Attributes
    ----------
    name, rows
        Of the real table.
    columns
        Name, kind and role of each of its columns.
    train, holdout, seed
        Rows to learn from and unseen rows, and the seed of the cut.
    card, versions
        The measures asked; versions by library.
    ledgers
        The privacy budgets of the candidates that have one.
    notes
        What was changed or could not be read when the table was taken.
    fingerprint
        Of the table's content, as the workspace knows it.
    missing
        What is not in the report as its file is gone or damaged, a sentence each.
    """

    name: str
    rows: int
    columns: Sequence[Mapping[str, str]]
    train: int
    holdout: int
    seed: int
    card: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    ledgers: Mapping[str, Ledger] = field(default_factory=dict)
    notes: Sequence[str] = ()
    fingerprint: str = ""
    missing: Sequence[str] = ()

    @classmethod
    def of(
        cls,
        table: Table,
        split: Split,
        card: str,
        versions: Mapping[str, str],
        ledgers: Mapping[str, Ledger],
        notes: Sequence[str] = (),
    ) -> Raced:
        """Take what the report says from the table and its split."""
        columns = [{"name": column.name, "kind": column.kind.value, "role": column.role.value} for column in table.schema]
        halves = len(split.train), len(split.holdout)
        return cls(table.name, len(table), columns, *halves, split.seed, card, versions, ledgers, notes, table.fingerprint)
