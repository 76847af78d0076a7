"""Unseen rows that are training rows are called out, and rows that repeat by themselves are not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.errors import TableError
from synth_ui.core.table import Role, Schema, Table
from synth_ui.evaluation.shared_rows import check_shared
from tests.awkward import table_of


def table(rows: int, seed: int, levels: int = 1_000_000, columns: int = 3) -> Table:
    drawn = np.random.default_rng(seed).integers(0, levels, (rows, columns))
    return table_of(pd.DataFrame(drawn, columns=[f"c{n}" for n in range(columns)]))


def mixed(train: Table, holdout: Table, taken: int) -> Table:
    frame = pd.concat([train.frame.iloc[:taken], holdout.frame.iloc[taken:]], ignore_index=True)
    return Table(frame, holdout.schema, holdout.name)


def test_the_training_rows_themselves_are_refused_in_any_order() -> None:
    train = table(300, 1)
    again = Table(train.frame.sample(frac=1, random_state=2).reset_index(drop=True), train.schema, "holdout")
    with pytest.raises(TableError, match="are the same rows: 300 of 300 unseen rows equal training rows"):
        check_shared(train, again)


def test_a_part_is_said() -> None:
    train, holdout = table(300, 1), table(200, 2)
    assert check_shared(train, holdout) == ""
    said = check_shared(train, mixed(train, holdout, 40))
    assert said.startswith("40 of 200 unseen rows equal training rows in every column; ")


def test_a_fiftieth_is_said_where_the_table_repeats_nothing() -> None:
    train, holdout = table(1_000, 1), table(1_000, 2)
    assert check_shared(train, mixed(train, holdout, 20)).startswith("20 of 1,000 unseen rows equal training rows")
    assert check_shared(train, mixed(train, holdout, 5)) == "", "of a handful nothing is said"


@pytest.mark.parametrize("levels", [2, 3, 5, 20])
def test_rows_that_repeat_by_themselves_are_not_held_against_them(levels: int) -> None:
    accused = 0
    for seed, rows in [(seed, rows) for seed in range(40) for rows in (30, 200, 1_000)]:
        both = table(rows * 2, seed, levels)
        halves = [
            Table(part.reset_index(drop=True), both.schema, "half") for part in (both.frame.iloc[:rows], both.frame.iloc[rows:])
        ]
        accused += check_shared(*halves) != ""
    assert accused <= 1, "of 120 honest cuts"


def test_of_what_is_not_modelled_nothing_is_said() -> None:
    """Rows of one customer at two dates differ in a column that took no part; "word for word" was false of them."""

    def with_id(made: Table) -> Table:
        frame = made.frame.assign(id=range(len(made)))
        whole = table_of(frame)
        return Table(whole.frame, Schema((*whole.schema.columns[:-1], replace(whole.schema["id"], role=Role.IGNORED))), "t")

    train, holdout = table(300, 1), table(200, 2)
    assert "in every column that is modelled;" in check_shared(with_id(train), with_id(mixed(train, holdout, 40)))
