"""Is every cell one that the real table could hold?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns.cells import shown
from synth_ui.columns.hashes import value_hashes
from synth_ui.columns.values import level_codes, level_names, numbers
from synth_ui.core.context import Context
from synth_ui.core.formats.numbers import rounded
from synth_ui.core.score import Measurement, Number, Score
from synth_ui.core.table import Column, Kind
from synth_ui.measures._influence import of_mean
from synth_ui.measures._intervals import wilson
from synth_ui.measures.base import Measure, PartSpec
from synth_ui.measures.case import Case

Mask = npt.NDArray[np.bool_]

PROBLEMS: dict[str, str] = {
    "out of range": "beyond the smallest or largest real value",
    "unknown level": "a level the real table does not have",
    "blank": "blank where the real table has no blank",
    "too many decimals": "more decimals than any real value",
    "repeated key": "a key that stands there before, where all real ones differ",
}
"""What can be wrong with a cell, and what that means."""

EXAMPLES = 3


@dataclass(frozen=True)
class Validity(Measure):
    """How many of the candidate's cells the real table could hold: share of cells, in [0, 1].

    1 means every number lies between the smallest and the largest real one with no more decimals, every level is known, no cell is
    blank in a column without blanks, and no key is repeated; 0 means no cell does.

    Detail
    ------
    columns
        column, kind, cells, valid (share), and one share of cells per problem: out_of_range, unknown_level, blank,
        too_many_decimals, repeated_key; worst first.
    examples
        column, problem, means, cells, share, values: up to three synthetic values each, as text.
    """

    key = "validity"
    title = "Valid cells"
    summary = "How many cells hold what the real table could hold: types, ranges, levels, keys."
    family = "fidelity"
    reference = "SDMetrics, Data validity (boundary and category adherence, key uniqueness), 2023"
    asks = "Is every cell one that the real table could hold?"
    better = "higher"
    unit = "share"
    floor = "control:independent"
    ceiling = "control:train"
    unseen = "halves"
    floor_part = "nothing"
    worst_means = "no cell is valid"
    best_means = "every cell is valid, as in the training rows"
    interval = "Wilson, for as many independent cells as the spread over rows allows"
    computed = (
        "A cell is valid if its number or date lies within the real bounds and has no more decimals than the real ones, its level is "
        "a real one, and it is not blank where the real column never is. Where all real keys differ, a repeated key is not valid."
    )
    cards = {"standard": {}}
    place = 70
    misleads = (
        "Rows can be wrong although every cell is valid: see the rules. New real rows, too, go beyond the bounds seen now and then. "
        "What could not be read as the column's type has become a blank before."
    )
    parts = {
        "rows": PartSpec("Rows without an invalid cell", "higher", "share", 0.0, 1.0),
        "worst": PartSpec("Worst column", "higher", "share", 0.0, 1.0),
        "nothing": PartSpec("No cell valid", "neither", "share", 0.0, 1.0),
    }

    def measure(self, case: Case, context: Context) -> Measurement:
        """Check every cell of the candidate against what the real columns hold."""
        checks = case.shared.once("validity:checks", lambda: _checks(case))
        found = {name: check(case.synthetic[name]) for name, check in checks.items() if not _is_absent(case, name)}
        wrong = {name: _any(problems, len(case.synthetic)) for name, problems in found.items()}
        columns = pd.DataFrame([_column_row(case.schema[name], problems, wrong[name]) for name, problems in found.items()])
        columns = columns.sort_values("valid", kind="stable", ignore_index=True)
        per_row = np.mean(list(wrong.values()), axis=0)
        clean = per_row == 0
        parts = {
            "rows": wilson(float(clean.sum()), len(clean)),
            "worst": Number(float(columns["valid"].iloc[0])),
            "nothing": Number(0.0),
        }
        return Measurement(_share_valid(1 - per_row), parts, {"columns": columns, "examples": _examples(case, found)})

    def says(self, score: Score) -> str:
        """Say how many cells the real table could not hold."""
        assert score.value is not None
        if score.value == 1:
            return "Every cell holds a value that the real table could hold."
        return f"{_percent(1 - score.value)} of the cells hold what the real table never does."


def _percent(share: float) -> str:
    return f"{share:.1%}" if share >= 0.001 else "Less than 0.1%"


def _share_valid(valid: npt.NDArray[np.float64]) -> Number:
    """Return the mean with Wilson's interval for as many independent cells as the spread of the rows' means stands for."""
    mean = of_mean(valid)
    trials = mean.value * (1 - mean.value) / mean.error**2 if mean.error > 0 else len(valid)
    return wilson(mean.value * trials, trials)


def _is_absent(case: Case, name: str) -> bool:
    """Return whether the candidate has nothing in a column that is made anew: a file may lack the key."""
    return not case.schema[name].modelled and bool(case.synthetic[name].isna().all())


Check = Callable[["pd.Series[Any]"], dict[str, Mask]]


def _checks(case: Case) -> dict[str, Check]:
    """Return per column that is compared, and per key, what finds its invalid cells."""
    found: dict[str, Check] = {}
    for column in case.schema:
        real = [case.train[column.name], case.holdout[column.name]]
        if column.modelled:
            found[column.name] = _column_check(column, real)
        elif column.kind is Kind.IDENTIFIER and _is_key(column, real):
            found[column.name] = _key_check(column)
    return found


def _key_check(column: Column) -> Check:
    return lambda series: {"repeated key": _repeated(series, column)}


def _column_check(column: Column, real: list[pd.Series[Any]]) -> Check:
    may_be_blank = any(bool(series.isna().any()) for series in real)
    levels = level_names(column, *real) if column.kind.discrete else []
    values = np.concatenate([numbers(series, column.kind) for series in real]) if column.kind.numeric else np.empty(0)
    known = values[~np.isnan(values)]

    def check(series: pd.Series[Any]) -> dict[str, Mask]:
        problems = {} if may_be_blank else {"blank": series.isna().to_numpy(dtype=bool)}
        if column.kind.discrete:
            return problems | {"unknown level": level_codes(series, levels) >= len(levels)}
        own = numbers(series, column.kind)
        beyond = ~np.isnan(own) if not len(known) else (own < known.min()) | (own > known.max())
        problems["out of range"] = beyond
        if column.kind is Kind.NUMBER and column.decimals is not None:
            problems["too many decimals"] = _too_fine(own, column.decimals)
        return problems

    return check


def _too_fine(values: npt.NDArray[np.float64], decimals: int) -> Mask:
    """Mark numbers that rounding to `decimals` would change by more than what floats leave."""
    sizes, step = np.abs(values), 10.0**-decimals
    left = np.maximum(np.minimum(1e-9 * sizes, 1e-3 * step), np.maximum(1e-6 * step, 4 * np.spacing(sizes)))
    return np.asarray(np.abs(values - rounded(values, decimals)) > left)


def _is_key(column: Column, real: list[pd.Series[Any]]) -> bool:
    both = np.concatenate([value_hashes(series, column) for series in real])
    return bool(all(series.notna().all() for series in real) and len(np.unique(both)) == len(both))


def _repeated(series: pd.Series[Any], column: Column) -> Mask:
    """Mark keys that stand there before; blanks are none."""
    seen = pd.Series(value_hashes(series, column)).duplicated().to_numpy(dtype=bool)
    return np.asarray(seen & series.notna().to_numpy(dtype=bool))


def _any(problems: dict[str, Mask], rows: int) -> Mask:
    wrong = np.zeros(rows, dtype=bool)
    for mask in problems.values():
        wrong |= mask
    return wrong


def _column_row(column: Column, problems: dict[str, Mask], wrong: Mask) -> dict[str, Any]:
    shares = {name.replace(" ", "_"): float(problems[name].mean()) if name in problems else 0.0 for name in PROBLEMS}
    return {"column": column.name, "kind": column.kind.value, "cells": len(wrong), "valid": 1 - float(wrong.mean()), **shares}


def _examples(case: Case, found: dict[str, dict[str, Mask]]) -> pd.DataFrame:
    """Return each column's problems with up to three synthetic values, those of most cells first."""
    rows = []
    for name, problems in found.items():
        for problem, wrong in problems.items():
            if wrong.any():
                values = case.synthetic[name][wrong].drop_duplicates().head(EXAMPLES)
                rows.append(
                    {
                        "column": name, "problem": problem, "means": PROBLEMS[problem], "cells": int(wrong.sum()),
                        "share": float(wrong.mean()), "values": "; ".join(_text(case.schema[name], value) for value in values),
                    }
                )  # fmt: skip
    frame = pd.DataFrame(rows, columns=["column", "problem", "means", "cells", "share", "values"])
    return frame.sort_values("cells", ascending=False, kind="stable", ignore_index=True)


def _text(column: Column, value: Any) -> str:
    if pd.isna(value):
        return "blank"
    if column.kind is Kind.DATETIME:
        return str(value)
    return shown(column, float(value)) if column.kind.numeric else str(value)
