"""Has whatever made the synthetic table seen the rows that were held back?"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from synth_ui.columns.hashes import content_order
from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.score import SEEN, Measurement, Number, Score, beyond_chance, seen_sentence
from synth_ui.core.tunable import integer
from synth_ui.measures._intervals import LEVEL, clopper_pearson
from synth_ui.measures.base import Measure, PartSpec
from synth_ui.measures.case import Case
from synth_ui.measures.privacy._draws import check_case
from synth_ui.measures.privacy.near_copies._found_again import (
    ComparedCells,
    Floats,
    Mask,
    Places,
    TrainRows,
    all_but_one,
    alone_among,
    among,
    blocks_of,
    by_chance,
    by_chance_but_one,
    chosen,
    coarse,
    combinations,
    determined_by,
    forget,
    keys_of,
    real_coarse,
    rows_of,
    whole_columns,
    word_for_word,
)

ROWS, CELLS, COMBINATIONS = "word for word", "all but one cell", "unique combinations"
_PART = {ROWS: "rows", CELLS: "cells", COMBINATIONS: "combinations"}

AS_OFTEN = 1.5
"""Honest rows may meet unseen rows so many times as often as training rows do: a generator may prefer what is common."""

MARGIN = 0.005
"""And in this share of them beyond that, so that no handful of rows decides."""

RARE = 0.01
"""A combination is made of as many columns as leave at most this share of the rows held back in train."""

OWN = 0.25
"""A row takes part where it is the only one with its values in at least this share of the combinations."""

FEWEST = 10
"""With fewer rows that differ from all others even a full copy could not be told."""

WEAK = 0.1
"""Where a file that holds less than this share of them would go unnoticed anyway, no sign found is no finding."""

MOST_BUT_ONE = 1_000
"""So many rows are asked at most how likely chance holds all but one of their cells."""

MOST_JUDGED = 5_000
"""So many are asked at most how likely chance holds them by the other ways."""

MOST_ASKED = 20_000
"""So many rows held back, and of train, are looked for at most; of the candidate, where they are looked for, no row is left out."""


class _Found(NamedTuple):
    """One kind of finding: the shares of the rows held back, of train, and of the rows held back by chance.

    The rows held back are so many, and chance was judged by so many of them.
    """

    kind: str
    rows: int
    holdout: float
    train: float
    chance: float
    judged: int


@dataclass(frozen=True)
class SeenRows(Measure):
    """How many of the rows held back are found again in the candidate, beyond what rows that never saw them hold by chance.

    Only rows of the holdout that differ from all its others are looked for, in three ways: word for word; with all but one cell
    alike; and by combinations of columns in which no other row of the holdout has the same values, numbers and dates coarsened to
    fifty bins whose limits follow the candidate's rounding. Sixteen combinations are drawn, each of as few columns as leave
    train hardly any of these rows; a row counts by the share of its combinations found. What chance gives is judged from train,
    which is as real as the holdout and as blind to it: the share of these rows that train holds, coarsened, or would hold if one
    of its columns, with those it determines, were drawn anew, whichever is more; scaled up where the candidate is larger than
    train. The headline is the excess of the way with the highest lower limit: 0 or less for honest rows, near 1 for a table
    that holds every row held back.

    Detail frames
    -------------
    kinds
        kind ("word for word", "all but one cell", "unique combinations"), rows (of the holdout looked for), holdout_share,
        train_share (of rows of train looked for alike), chance_share, excess, low, high, told; strongest evidence first.
    """

    key = SEEN
    title = "Rows held back"
    summary = "Whether the tool that made the table has seen rows it was not given, so that nothing is left to judge by."
    family = "privacy"
    reference = (
        "Identical match share against a holdout: Platzer and Reutterer, Holdout-based empirical assessment of mixed-type "
        "synthetic data, Frontiers in Big Data, 2021; exact limits: Clopper and Pearson, Biometrika, 1934."
    )
    asks = "Has it seen the rows held back?"
    better = "lower"
    unit = "share of the rows held back, beyond chance"
    low = -1.0
    high = 1.0
    floor = "control:train"
    ceiling = "control:unseen"
    floor_part = "reach"
    attack = False
    worst_means = "all rows held back"
    best_means = "no more of them than unseen rows hold"
    interval = (
        "Clopper–Pearson for what is found and for chance, Bonferroni over the three ways; the lower limit grants honest rows "
        "one and a half times what chance gives and half a percent of the rows beyond that"
    )
    computed = (
        "Rows of the holdout that differ from all its others, looked for in the candidate word for word, with all but one cell "
        "alike, and by combinations of columns with numbers and dates coarsened, minus what train holds of them in the same way. "
        "The headline is the excess of the way with the highest lower limit."
    )
    cards = {"quick": {}, "standard": {}}
    place = 5
    misleads = (
        "It finds rows that are there, not what a model has learned: a generator that saw every row and repeats none goes unseen, and "
        "so does one whose columns are all written in another unit or with other words. Where real rows are much alike, holding one "
        "proves nothing, and less is found; the smallest share that would show is given."
    )
    parts = {
        "rows_holdout": PartSpec("Rows held back found word for word", "lower", "share", 0.0, 1.0),
        "rows_train": PartSpec("Training rows found word for word", "neither", "share", 0.0, 1.0),
        "rows_chance": PartSpec("The same of rows held back, by chance", "neither", "share", 0.0, 1.0),
        "cells_holdout": PartSpec("Rows held back found but for one cell", "lower", "share", 0.0, 1.0),
        "cells_train": PartSpec("Training rows found but for one cell", "neither", "share", 0.0, 1.0),
        "cells_chance": PartSpec("The same of rows held back, by chance", "neither", "share", 0.0, 1.0),
        "combinations_holdout": PartSpec("Rows held back found by unique combinations", "lower", "share", 0.0, 1.0),
        "combinations_train": PartSpec("Training rows found by unique combinations", "neither", "share", 0.0, 1.0),
        "combinations_chance": PartSpec("The same of rows held back, by chance", "neither", "share", 0.0, 1.0),
        "least": PartSpec("Smallest share of the rows held back that would show", "lower", "share", 0.0, 1.0),
        "reach": PartSpec("What a table that holds all rows held back would give", "neither", "share", 0.0, 1.0),
    }

    orders: int = integer(
        16, low=4, high=200, title="Combinations", help="How many combinations of columns rows are looked for by."
    )  # fmt: skip

    def measure(self, case: Case, context: Context) -> Measurement:
        """Return the share of the rows held back that is found beyond chance, in [-1, 1]: 0 or less for honest rows.

        Raises
        ------
        DoesNotApply
            If nearly all rows held back are like others, or the candidate has nothing of any column.
        """
        check_case(case)
        exact, binned = word_for_word(case), coarse(case)
        if not exact.names or not binned.names:
            raise DoesNotApply("the candidate has no column with more than one value that the real table has too")
        asked, of_train = _drawn(case, context, MOST_ASKED), _drawn(case, context, MOST_ASKED, "train")
        found = [
            *_whole_rows(case, exact, binned, asked, of_train),
            *_by_combinations(case, binned, self.orders, (asked, of_train), context),
        ]
        if not found:
            raise DoesNotApply(
                f"fewer than {FEWEST} of the rows held back differ from all others, so that finding one again proves nothing"
            )
        larger = len(case.synthetic) / len(case.train)
        kinds = _kinds(found, larger)
        best = kinds.iloc[0]
        least = min(_least(one, larger) for one in found)
        parts = {
            f"{_PART[one.kind]}_{side}": Number(getattr(one, side)) for one in found for side in ("holdout", "train", "chance")
        }
        parts |= {"least": Number(least), "reach": Number(1 - min(one.chance for one in found))}
        headline = Number(float(best["excess"]), float(best["low"]), float(best["high"]))
        weak = "" if kinds["told"].any() or least <= WEAK else _too_weak(found, least)
        forget(case)
        return Measurement(headline, parts, {"kinds": kinds}, _note(case, exact, len(asked)), weak)

    def says(self, score: Score) -> str:
        """Say whether it has seen the rows held back, and what follows."""
        return seen_sentence(score)


def _drawn(case: Case, context: Context, most: int, side: Literal["train", "holdout"] = "holdout") -> Places:
    """Return which rows held back, or of train, are asked: all, or a seeded draw of so many; a smaller draw is part of a larger one."""
    seed = context.integer_seed("rows held back")
    order = case.shared.once(f"seen:order:{side}:{seed}", lambda: content_order(case.draw_hashes(side), seed, MOST_ASKED))
    return np.sort(order[:most])


def _whole_rows(case: Case, exact: ComparedCells, binned: ComparedCells, asked: Places, of_train: Places) -> Iterator[_Found]:
    """Look for whole rows. Chance is judged by coarse cells too: that train lacks a row to the last digit says little."""
    rows = alone_among(keys_of(exact.holdout), asked)
    if len(rows) < FEWEST:
        return
    holdout = rows_of(exact.holdout, rows)
    train = rows_of(exact.train, alone_among(keys_of(exact.train), of_train))
    keys = keys_of(exact.synthetic)
    shares = _share(among(keys_of(holdout), keys)), _share(among(keys_of(train), keys))
    judged = _spread(rows, MOST_JUDGED)
    chance = _kept(case, exact, binned, "rows", lambda: _chance(case, exact, binned, judged))
    yield _Found(ROWS, len(rows), *shares, chance, len(judged))
    if len(exact.names) > 1:
        shares = _share(all_but_one(holdout, exact.synthetic)), _share(all_but_one(train, exact.synthetic))
        few = _spread(rows, MOST_BUT_ONE)
        chance = _kept(case, exact, binned, "cells", lambda: _chance_but_one(case, binned, few))
        yield _Found(CELLS, len(rows), *shares, chance, len(few))


def _spread(rows: Places, most: int) -> Places:
    """Return at most so many of the rows, evenly spread."""
    spread: Places = rows[np.linspace(0, len(rows) - 1, min(len(rows), most)).astype(int)]
    return spread


def _kept(case: Case, exact: ComparedCells, binned: ComparedCells, what: str, compute: Callable[[], float]) -> float:
    """Return what chance gives, reckoned once for all candidates whose rounding moves no bin."""
    return compute() if binned.moved else case.shared.kept(f"seen:{what}:{exact.lost}:{binned.lost}", compute)


def _chance(case: Case, exact: ComparedCells, binned: ComparedCells, rows: Places) -> float:
    shares = []
    for cells in (exact, binned):
        every = np.arange(len(cells.names))
        blocks = blocks_of(_determined(case, cells), every)
        # What train lacks of a row to the last digit a generator may still make by chance; in coarse cells it is met more
        # often. The larger of the two is granted to the honest.
        shares.append(_share(by_chance(rows_of(cells.holdout, rows), TrainRows(cells.train), every, blocks)))
    return max(shares)


def _chance_but_one(case: Case, binned: ComparedCells, rows: Places) -> float:
    if len(binned.names) < 2:
        return 1.0
    return _share(by_chance_but_one(rows_of(binned.holdout, rows), TrainRows(binned.train), _determined(case, binned)))


def _determined(case: Case, cells: ComparedCells) -> Mask:
    """Tell which columns determine which, over all modelled columns as they stand, and pick those that are compared."""
    names = [column.name for column in case.schema.modelled]
    every = case.shared.kept("seen:determined", lambda: determined_by(whole_columns(case)))
    places = [names.index(name) for name in cells.names]
    return every[places][:, places]


def _share(found: Mask | Floats) -> float:
    return float(found.mean()) if len(found) else 0.0


def _by_combinations(
    case: Case, cells: ComparedCells, orders: int, asked: tuple[Places, Places], context: Context
) -> Iterator[_Found]:
    """Look for rows, of the holdout and of train, by combinations in which they are the only ones; a row counts by the share found."""
    plan = _plan(case, cells, orders, context)
    found, chance, of_train = (_Tally(len(side)) for side in (case.holdout, case.holdout, case.train))
    judged = _drawn(case, context, MOST_JUDGED)
    chances = _chances(case, cells, plan, f"{orders}:{context.seed}", judged)
    for done, places in enumerate(plan):
        context.step("looking for rows held back", done / len(plan))
        train, holdout, synthetic = (chosen(side, places) for side in (cells.train, cells.holdout, cells.synthetic))
        own, others, keys = keys_of(holdout), keys_of(train), keys_of(synthetic)
        rows, known = alone_among(own, asked[0]), alone_among(others, asked[1])
        found.add(rows, among(own[rows], keys))
        of_train.add(known, among(others[known], keys))
        chance.add(alone_among(own, judged), chances[done])
    if min(found.rows(len(plan)), chance.rows(len(plan))) >= FEWEST:
        shares = found.share(len(plan)), of_train.share(len(plan)), chance.share(len(plan))
        yield _Found(COMBINATIONS, found.rows(len(plan)), *shares, chance.rows(len(plan)))


def _plan(case: Case, cells: ComparedCells, orders: int, context: Context) -> list[Places]:
    """Choose the combinations, the same ones for every candidate that has something of every column."""

    def compute() -> list[Places]:
        rng = context.rng("combinations of columns")
        drawn = (rng.permutation(len(cells.names)) for _ in range(orders))
        real = real_coarse(case, cells.names) if cells.moved else (cells.train, cells.holdout)
        return combinations(*real, drawn, RARE)

    return case.shared.kept(f"seen:plan:{orders}:{context.seed}:{cells.lost}", compute)


def _chances(case: Case, cells: ComparedCells, plan: list[Places], key: str, judged: Places) -> list[Floats]:
    """Return what chance gives for each combination; one look for all candidates whose rounding moves no bin."""

    def compute() -> list[Floats]:
        found, train = [], TrainRows(cells.train)
        for places in plan:
            holdout = chosen(cells.holdout, places)
            few = alone_among(keys_of(holdout), judged)
            blocks = blocks_of(_determined(case, cells), places)
            found.append(by_chance(rows_of(holdout, few), train, places, blocks) if len(few) else np.empty(0))
        return found

    return compute() if cells.moved else case.shared.kept(f"seen:chances:{key}:{cells.lost}", compute)


class _Tally:
    """Per row, in how many combinations it is the only one, and in how many of these it is found."""

    def __init__(self, rows: int) -> None:
        self._single, self._found = np.zeros(rows), np.zeros(rows)

    def add(self, rows: Places, found: Mask | Floats) -> None:
        self._single[rows] += 1
        self._found[rows] += found

    def _own(self, combinations: int) -> Mask:
        return self._single >= max(1.0, OWN * combinations)

    def rows(self, combinations: int) -> int:
        """Return how many rows are the only ones in enough combinations."""
        return int(self._own(combinations).sum())

    def share(self, combinations: int) -> float:
        """Return the mean over these rows of the share of their combinations that is found."""
        own = self._own(combinations)
        return _share(self._found[own] / self._single[own])


def _kinds(found: list[_Found], larger: float) -> pd.DataFrame:
    """Give each way its excess over chance and whether it tells; strongest evidence first."""
    lines = []
    for one in found:
        excess = _excess(one.holdout, one, larger)
        numbers = one.holdout, one.train, _scaled(one.chance, larger), excess.value, excess.low, excess.high
        lines.append((one.kind, one.rows, *numbers, _told(excess)))
    names = ["kind", "rows", "holdout_share", "train_share", "chance_share", "excess", "low", "high", "told"]
    return pd.DataFrame(lines, columns=names).sort_values("low", ascending=False, kind="stable", ignore_index=True)


def _excess(share: float, found: _Found, larger: float) -> Number:
    """Return a share found minus what chance gives, with exact limits for both that hold for the three ways together.

    A row that is found in some of its combinations counts in part: a sum of shares varies less than as many whole rows do.
    """
    level = 1 - (1 - LEVEL) / len(_PART)
    low, high = (float(limit) for limit in clopper_pearson(share * found.rows, found.rows, level))
    limits = tuple(float(limit) for limit in clopper_pearson(found.chance * found.judged, found.judged, level))
    limits = (found.chance, *limits)
    chance, fewest, _ = (_scaled(each, larger) for each in limits)
    granted, _, most = (_scaled(each, larger, AS_OFTEN) for each in limits)
    # The difference of two shares has the limits of Newcombe (1998, method 10): distances to each share's own limit, added as
    # squares. Added as they are, they would be too wide to find a small leak.
    below = share - granted - math.hypot(share - low, most - granted) - MARGIN
    above = share - chance + math.hypot(high - share, chance - fewest)
    return Number(share - chance, max(-1.0, min(below, share - chance)), min(1.0, above))


def _scaled(chance: float, larger: float, often: float = 1.0) -> float:
    """Return what chance gives to a candidate that is so many times as large as train, and meets rows so many times as often.

    Never less than to one of train's size.
    """
    # A table L times as large is L independent tries: all of them miss the row with the chance (1 − p) to the power L.
    return float(1 - (1 - chance) ** (often * max(1.0, larger)))


def _told(excess: Number) -> bool:
    return beyond_chance(Score("", "", "", value=excess.value, low=excess.low), 0.0)


def _least(found: _Found, larger: float) -> float:
    """Return the smallest share of the rows that would be told, 1 where not even all of them would."""
    low, high = 1, found.rows
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _told(_excess(middle / found.rows, found, larger)) else (middle + 1, high)
    return low / found.rows


def _too_weak(found: list[_Found], least: float) -> str:
    """Say why no sign found is no finding here."""
    rows = max(one.rows for one in found)
    if least >= 1:
        return f"the real rows are too few or too much alike: even a copy of all {rows:,} rows held back might not show"
    return f"the real rows are too few or too much alike: a file that holds less than {least:.0%} of the rows held back might not show"


def _note(case: Case, cells: ComparedCells, asked: int) -> str:
    remarks = []
    if cells.lost:
        remarks.append(f"Not compared, because the candidate has nothing of it: {', '.join(cells.lost)}.")
    if asked < len(case.holdout):
        remarks.append(
            f"{asked:,} of {len(case.holdout):,} rows held back were looked for, and as many training rows, among all synthetic rows."
        )
    return " ".join(remarks)
