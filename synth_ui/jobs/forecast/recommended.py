"""Which generators suit a table, by rules anybody can read: from its rows, the kinds of its columns, and what each would take.

The rules say what a generator was made for, and leave to the race whether it is good. What is often the winner is not left out for few rows: on
three tables of 172, 446 and 500 training rows (penguins, titanic, german_credit_labels; one race each) the network came first, alone or tied.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping

from synth_ui.core.table import Schema
from synth_ui.generators.base import Generator

PATIENT_SECONDS = 120.0
"""What takes longer on this table is not recommended."""

FEW_ROWS, NETWORK_ROWS = 1_000, 2_000
"""Below the first, training rows are few; from the second on, a network has plenty to learn from."""

MOST = 0.6
"""From this share of the columns on, most are of one kind."""

MANY_LEVELS = 200
VINE_COLUMNS = 20


def recommended(
    known: Mapping[str, type[Generator]], schema: Schema, rows: int, seconds: Mapping[str, float | None]
) -> dict[str, str]:
    """Return the generators that suit a table, by key, with the reason of each in a few words.

    Parameters
    ----------
    rows
        Training rows.
    seconds
        What each is expected to take, by key; what is missing, or None, is not recommended.
    """
    reasons = _reasons(schema, rows)
    return {key: why for key, why in reasons.items() if key in known and _in_time(seconds.get(key)) and installed(known[key])}


def _in_time(seconds: float | None) -> bool:
    return seconds is not None and seconds <= PATIENT_SECONDS


def installed(plugin: type[Generator]) -> bool:
    """Whether what a generator imports is installed."""
    return all(importlib.util.find_spec(name) is not None for name in plugin.requires)


def _reasons(schema: Schema, rows: int) -> dict[str, str]:
    """Return what speaks for each, where something does; the ways of learning differ, so that a race of them tells something."""
    columns = schema.modelled
    if not columns:
        return {}
    discrete = sum(column.kind.discrete for column in columns) / len(columns)
    numeric = sum(column.kind.numeric for column in columns) / len(columns)
    widest = max((len(column.levels) for column in columns if column.kind.discrete), default=0)
    found = {}
    if widest <= MANY_LEVELS:
        found["cart"] = "quick, for numbers and categories in any mix"
    plenty = f"{rows:,} training rows are enough for a network"
    found["autoregressive"] = plenty if rows >= NETWORK_ROWS else "learns few training rows, too; the race says how well"
    if discrete >= MOST:
        found["bayes_net"] = f"{discrete:.0%} of the columns are categories"
    elif discrete > 0:
        found["bayes_net"] = "quick, and learns which columns depend on which"
    if numeric >= MOST:
        found["gaussian_copula"] = f"{numeric:.0%} of the columns are numbers"
    if numeric >= MOST and len(columns) <= VINE_COLUMNS:
        found["vine_copula"] = f"mostly numbers, and only {len(columns)} columns"
    if rows < FEW_ROWS:
        found["arf"] = "few training rows, in leaves of alike ones"
    return found
