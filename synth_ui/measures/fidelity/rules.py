"""Does it break rules the real table keeps?"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.score import Measurement, Number, Score
from synth_ui.measures._intervals import wilson
from synth_ui.measures._rules import KINDS, Rule, rulebook
from synth_ui.measures.base import Measure, PartSpec
from synth_ui.measures.case import Case

Mask = npt.NDArray[np.bool_]

PARTS: dict[str, str] = {
    "values that never meet": "pairs", "dependency": "dependencies", "ordering": "orderings", "sum": "sums", "pattern": "patterns",
}  # fmt: skip
MOST_LISTED = 500
MOST_SHOWN = 20
EXAMPLES = 3


@dataclass(frozen=True)
class Rules(Measure):
    """How many rows break a rule that all rows of train and holdout keep: share of the candidate's rows, in [0, 1].

    0 means no row breaks any of the rules found; 1 that every row breaks at least one.

    Detail
    ------
    rules
        rule (its number, the same for all candidates of the split), kind, columns (JSON), text, expected (breaches if its columns were
        independent, among as many rows as train has), breaches, share, constraint (JSON, or empty); most broken first, up to 500.
    examples
        rule, row (its number in the candidate), column, value (text), of_rule: three synthetic rows for each of the 20 worst rules.
    kinds
        kind, rules, broken, share of rows that break one.
    """

    key = "rules"
    title = "Rules kept"
    summary = "How many rows break a rule that every real row keeps."
    family = "fidelity"
    reference = (
        "Huhtala, Kärkkäinen, Porkka and Toivonen, TANE: functional dependencies, The Computer Journal, 1999; Task, Bhagat and "
        "Howarth, SDNist, NIST, 2023, for inconsistencies of synthetic rows"
    )
    asks = "Does it break rules the real table keeps?"
    better = "lower"
    unit = "share"
    floor = "control:independent"
    ceiling = "control:unseen"
    unseen = "halves"
    band = "of unseen rows"
    worst_means = "independent columns"
    best_means = "real rows the rules were not found on"
    interval = "Wilson"
    computed = (
        "Sought among the training rows: pairs of values that never meet though chance alone would bring them together eight times, columns that decide "
        "another, numbers never above another, sums, and codes all written in one way. Kept are those no unseen row breaks. The score "
        "is the share of the candidate's rows that break at least one."
    )
    cards = {"standard": {}}
    place = 60
    misleads = (
        "A rule says that something was never seen, not that it cannot be: a breach may be rare rather than wrong, and fresh real rows "
        "break some too, which is the upper end of the scale. Rules over three columns, other than sums, are not sought."
    )
    parts = {
        "broken": PartSpec("Rules broken at least once", "lower", "share", 0.0, 1.0),
        "pairs": PartSpec("Rows with values that never meet", "lower", "share", 0.0, 1.0),
        "dependencies": PartSpec("Rows that break a dependency", "lower", "share", 0.0, 1.0),
        "orderings": PartSpec("Rows that break an ordering", "lower", "share", 0.0, 1.0),
        "sums": PartSpec("Rows that break a sum", "lower", "share", 0.0, 1.0),
        "patterns": PartSpec("Rows that break a way of writing", "lower", "share", 0.0, 1.0),
    }

    def measure(self, case: Case, context: Context) -> Measurement:
        """Count the candidate's rows that break a rule of the real rows."""
        book = rulebook(case, context)
        if not book.rules:
            raise DoesNotApply(
                "no rule was found that chance would have broken, among the training rows, and that the unseen rows keep"
            )
        rows = book.rows(case.synthetic)
        broken = [rule.broken(rows) for rule in book.rules]
        size = len(case.synthetic)
        by_kind = {kind: np.zeros(size, dtype=bool) for rule in book.rules for kind in [KINDS[type(rule)]]}
        for rule, mask in zip(book.rules, broken, strict=True):
            by_kind[KINDS[type(rule)]] |= mask
        any_broken = np.logical_or.reduce(list(by_kind.values()))
        listed = _listed(book.rules, broken)
        parts = {"broken": Number(float(np.mean([mask.any() for mask in broken])))}
        parts |= {PARTS[kind]: wilson(float(mask.sum()), size) for kind, mask in by_kind.items()}
        detail = {
            "rules": listed.head(MOST_LISTED),
            "examples": _examples(case, book.rules, broken, listed),
            "kinds": _kinds(listed, by_kind),
        }
        return Measurement(wilson(float(any_broken.sum()), size), parts, detail, _note(book.rules))

    def says(self, score: Score) -> str:
        """Say how many rows break a rule."""
        assert score.value is not None
        if score.value == 0:
            return "No row breaks any of the rules that all training rows and unseen rows keep."
        share = f"{score.value:.1%}" if score.value >= 0.001 else "Less than 0.1%"
        return f"{share} of its rows break at least one rule that all training rows and unseen rows keep."


def _note(rules: tuple[Rule, ...]) -> str:
    counts = Counter(KINDS[type(rule)] for rule in rules)
    said = ", ".join(f"{counts[kind]:,} of the kind “{kind}”" for kind in KINDS.values() if counts[kind])
    return f"Rules found: {said}"


def _listed(rules: tuple[Rule, ...], broken: list[Mask]) -> pd.DataFrame:
    """Return one row per rule, most broken first, then those chance would have broken most often."""
    frame = pd.DataFrame(
        {
            "rule": np.arange(len(rules)),
            "kind": [KINDS[type(rule)] for rule in rules],
            "columns": [json.dumps(rule.columns) for rule in rules],
            "text": [rule.text for rule in rules],
            "expected": [rule.expected for rule in rules],
            "breaches": [int(mask.sum()) for mask in broken],
            "share": [float(mask.mean()) for mask in broken],
            "constraint": [rule.constraint for rule in rules],
        }
    )
    return frame.sort_values(["breaches", "expected"], ascending=False, kind="stable", ignore_index=True)


def _kinds(listed: pd.DataFrame, by_kind: dict[str, Mask]) -> pd.DataFrame:
    found = listed.assign(broken=listed["breaches"] > 0).groupby("kind", sort=False)["broken"].agg(["size", "sum"])
    rows = [{"kind": kind, "rules": int(found.loc[kind, "size"]), "broken": int(found.loc[kind, "sum"]), "share": float(mask.mean())}
            for kind, mask in by_kind.items()]  # fmt: skip
    return pd.DataFrame(rows).sort_values("share", ascending=False, kind="stable", ignore_index=True)


def _examples(case: Case, rules: tuple[Rule, ...], broken: list[Mask], listed: pd.DataFrame) -> pd.DataFrame:
    """Return synthetic rows that break the worst rules, cell by cell, the rule's own columns first."""
    cells = []
    for number in listed.loc[listed["breaches"] > 0, "rule"].head(MOST_SHOWN):
        own = rules[number].columns
        names = [*own, *(name for name in case.schema.names if name not in own and case.schema[name].modelled)]
        for row in np.flatnonzero(broken[number])[:EXAMPLES]:
            for name in names:
                value = _text(case.synthetic[name].iloc[row])
                cells.append({"rule": int(number), "row": int(row), "column": name, "value": value, "of_rule": name in own})
    return pd.DataFrame(cells, columns=["rule", "row", "column", "value", "of_rule"])


def _text(value: Any) -> str:
    return "" if pd.isna(value) else f"{value:g}" if isinstance(value, float) else str(value)
