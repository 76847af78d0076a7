"""The one cut of the real table, made before anything is fitted: train and holdout.

Generators see train only. Fidelity and utility are measured against the holdout, and privacy with the holdout as control, so
the two halves must be alike: the cut is stratified by the target. Where a group key repeats, or else a personal value such as an
e-mail address, all rows of one person stay on one side, or a person's other rows would make the holdout known.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synth_ui.core.context import Context
from synth_ui.core.errors import TableError
from synth_ui.core.persons import person_codes, person_columns
from synth_ui.core.table import Split, Table

BINS = 10
"""Quantile bins by which a target that is a number or a date is stratified."""


def make_split(table: Table, *, seed: int = 0, share: float = 0.5) -> Split:
    """Cut a table into train and holdout.

    Parameters
    ----------
    share
        The share of the rows that go to train, between 0 and 1.

    Raises
    ------
    TableError
        If there are fewer than two rows, or fewer than two groups, or a share would leave one side empty.
    """
    if not 0 < share < 1:
        raise TableError(f"The share of training rows is {share}; allowed is a number between 0 and 1, such as 0.5.")
    if len(table) < 2:
        raise TableError(f"The table has {len(table)} row; a split needs at least 2. Load a larger table.")
    rng = Context(seed).rng("split")
    strata, by = _strata(table)
    keys = _groups(table)
    train = cut_rows(strata, share, rng) if keys is None else _cut_groups(strata, keys[0], share, rng)
    halves = table.rows(np.flatnonzero(train)), table.rows(np.flatnonzero(~train))
    return Split(*halves, seed=seed, share=share, sentence=_sentence(halves, seed, by, keys and keys[1]))


def sampled(split: Split, train: int, holdout: int, why: str = "") -> Split:
    """Return a sample of both halves of a split, each stratified by the target as the split is; the same rows every time.

    Parameters
    ----------
    train, holdout
        The most rows of each half; a half that has no more stays as it is.
    why
        Why it is sampled, for the sentence of the split: "the minute did not allow more".
    """
    halves = _sampled(split.train, train, split.seed, "train"), _sampled(split.holdout, holdout, split.seed, "holdout")
    if halves[0] is split.train and halves[1] is split.holdout:
        return split
    before = len(split.train), len(split.holdout)
    rows = f"learned from {len(halves[0]):,} of {before[0]:,} training rows and scored with {len(halves[1]):,} of {before[1]:,} unseen rows"
    said = f"{split.sentence} Raced on a sample: {rows}{f', because {why}' if why else ''}."
    return Split(*halves, seed=split.seed, share=split.share, sentence=said.strip())


def _sampled(table: Table, rows: int, seed: int, half: str) -> Table:
    if len(table) <= rows:
        return table
    chosen = cut_rows(_strata(table)[0], rows / len(table), Context(seed).rng(f"sample of {half}"))
    return table.rows(np.flatnonzero(chosen))


def _strata(table: Table) -> tuple[NDArray[np.int64], str]:
    """Return a stratum per row, and the words for it: the target's levels, or its quantiles; blanks are one more."""
    target = table.schema.target
    if target is None:
        return np.zeros(len(table), dtype=np.int64), ""
    series = table.frame[target.name]
    if not target.kind.numeric or series.nunique() <= BINS:
        codes = pd.factorize(series, sort=False)[0]
        return codes.astype(np.int64), f"stratified by {target.name}"
    return quantiles(series), f"stratified by {target.name} in {BINS} bins"


def quantiles(series: pd.Series[Any]) -> NDArray[np.int64]:
    """Return the tenth each number or date falls into, -1 where blank."""
    ranks = series.rank(method="average", na_option="keep", pct=True).to_numpy(dtype=float, na_value=np.nan)
    bins = np.ceil(np.nan_to_num(ranks, nan=0.0) * BINS).astype(np.int64)
    return np.where(np.isnan(ranks), -1, bins)


def _groups(table: Table) -> tuple[NDArray[np.int64], str] | None:
    """Return a person per row where persons repeat, and the words for what tells them apart; a row without is a group of its own."""
    names = person_columns(table.frame, table.schema)
    if not names:
        return None
    codes = person_codes(table.frame, names)
    blank = codes < 0
    codes[blank] = codes.max(initial=-1) + 1 + np.arange(int(blank.sum()))
    return (codes, " and ".join(names)) if len(np.unique(codes)) < len(codes) else None


def cut_rows(strata: NDArray[np.int64], share: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Walk the rows stratum by stratum, in chance order within each, and choose every 1/share-th, for train say.

    Each stratum is then cut to within one row of its share, and the whole exactly.
    """
    rows = len(strata)
    wanted = min(max(round(rows * share), 1), rows - 1)
    order = _shuffled_by(strata, rng)
    place = np.arange(rows)
    chosen = (place + 1) * wanted // rows > place * wanted // rows
    train = np.zeros(rows, dtype=bool)
    train[order[chosen]] = True
    return train


def _shuffled_by(strata: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Order rows by stratum, the strata and the rows of each in chance order."""
    _, codes = np.unique(strata, return_inverse=True)
    shuffled = rng.permutation(int(codes.max()) + 1)[codes]
    order: NDArray[np.int64] = np.lexsort((rng.random(len(strata)), shuffled))
    return order


def _cut_groups(
    strata: NDArray[np.int64], groups: NDArray[np.int64], share: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Send whole groups, stratified by the stratum most of their rows are in, to the side that lags behind its share."""
    sizes = np.bincount(groups)
    if len(sizes) < 2:
        raise TableError(
            "All rows have the same group key; a split needs at least two groups. Choose another group key or none "
            "(on the command line --role COLUMN=feature)."
        )
    of_group = _most_frequent(strata, groups)
    order = _shuffled_by(of_group, rng)
    to_train = np.zeros(len(sizes), dtype=bool)
    seen, taken = 0, 0
    for group in order:
        seen += int(sizes[group])
        if abs(taken + sizes[group] - share * seen) <= abs(taken - share * seen):
            to_train[group] = True
            taken += int(sizes[group])
    if to_train.all() or not to_train.any():
        to_train[order[-1]] = not to_train[order[-1]]
    chosen: NDArray[np.bool_] = to_train[groups]
    return chosen


def _most_frequent(strata: NDArray[np.int64], groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the stratum most rows of each group are in; of several, the one that comes first."""
    pairs = pd.DataFrame({"group": groups, "stratum": strata}).groupby(["group", "stratum"], sort=False).size().reset_index()
    largest = pairs.sort_values(["group", 0], ascending=[True, False], kind="stable").drop_duplicates("group")
    return np.asarray(largest["stratum"], dtype=np.int64)


def _sentence(halves: tuple[Table, Table], seed: int, by: str, key: str | None) -> str:
    train, holdout = halves
    how = ", ".join(part for part in (by, f"all rows of one {key} on the same side" if key else "") if part)
    rows = f"{len(train):,} training {'row' if len(train) == 1 else 'rows'}, {len(holdout):,} unseen"
    return f"{rows}, drawn with seed {seed}" + (f", {how}" if how else "") + "."
