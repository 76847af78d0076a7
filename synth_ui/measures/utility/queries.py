"""Do counts come out right?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns.cells import shown
from synth_ui.columns.hashes import content_order
from synth_ui.columns.values import level_codes, level_names, numbers
from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.score import Measurement, Score
from synth_ui.core.table import Column
from synth_ui.core.tunable import integer
from synth_ui.measures._tables import GROUPS, Counts, groups, with_jackknife
from synth_ui.measures.base import Measure, PartSpec
from synth_ui.measures.case import Case, Side

Floats = npt.NDArray[np.float64]
Condition = tuple[int, int, int]
"""A column's place and the first and last of its cells that count."""

CUTS = 20
REACH = 4
"""How many twentieths a range reaches at most to either side."""

BLANK = -1
MOST_ROWS = 200_000
LISTED = 200


@dataclass(frozen=True, eq=False)
class Dial:
    """The cells of one column that a query can ask for: twentieths of the real values, or single levels; blanks apart.

    Attributes
    ----------
    edges, levels
        Limits between the cells of a number, ascending; names of the levels of a category, the commonest first.
    """

    column: Column
    edges: Floats
    levels: tuple[str, ...]

    def codes(self, series: pd.Series[Any]) -> npt.NDArray[np.int32]:
        """Return each row's cell, −1 where blank. Shape (n,)."""
        if not self.column.kind.numeric:
            return level_codes(series, self.levels).astype(np.int32)
        values = numbers(series, self.column.kind)
        return np.where(np.isnan(values), BLANK, np.searchsorted(self.edges, values, side="right")).astype(np.int32)

    def around(self, cell: int, rng: np.random.Generator) -> tuple[int, int]:
        """Return a condition that a cell meets: the level or the blank itself, or a range of a number around it."""
        if cell == BLANK or not self.column.kind.numeric:
            return cell, cell
        below, above = rng.integers(0, REACH + 1, 2)
        return max(cell - int(below), 0), min(cell + int(above), len(self.edges))

    def words(self, first: int, last: int) -> str:
        """Say a condition as a person would."""
        name = self.column.name
        if first == BLANK:
            return f"{name} is blank"
        if not self.column.kind.numeric:
            return f"{name} is {self.levels[first]}"
        low = shown(self.column, self.edges[first - 1]) if first else ""
        high = shown(self.column, self.edges[last]) if last < len(self.edges) else ""
        if low and high:
            return f"{name} from {low} to below {high}"
        return f"{name} from {low}" if low else f"{name} below {high}" if high else f"{name} is not blank"


@dataclass(frozen=True)
class Queries(Measure):
    """How far the counts of a thousand random filters are off: median of │share in candidate − share in holdout│, in [0, 1].

    0 means every filter finds the same share of rows; 1 means it finds all rows in one table and none in the other.

    Detail
    ------
    queries
        query, columns, real_share, synthetic_share, error; the 200 worst first.
    errors
        bin_low, bin_high, queries: how many queries have an error within those limits.
    """

    key = "queries"
    title = "Counts of random filters"
    summary = "How far off the shares of rows are that random filters over two or three columns find."
    family = "utility"
    reference = "Du and Li, Systematic assessment of tabular data synthesis algorithms (query error), 2024"
    asks = "Do counts come out right?"
    better = "lower"
    unit = "share of rows"
    floor = "control:independent"
    ceiling = "control:train"
    unseen = "exchanged"
    worst_means = "independent columns"
    best_means = "training rows"
    interval = "delete-a-group jackknife over 20 groups of real and of synthetic rows, differences near zero folded"
    computed = (
        "A thousand filters are drawn around real rows, the same for every candidate: two or three columns each, the row's level or "
        "blank, or a range of twentieths around its number. Each is counted in the candidate and in "
        "the unseen rows; the error is the difference of the shares of rows. Headline: the median; beside it the 95th percentile."
    )
    cards = {"standard": {}}
    place = 50
    misleads = (
        "Most filters find few rows, so errors are small in any case: compare them with those of independent columns. "
        "Chance alone leaves the error of the training rows."
    )
    parts = {
        "p95": PartSpec("Error exceeded by one query in twenty", "lower", "share of rows", 0.0, 1.0),
        "mean": PartSpec("Mean error", "lower", "share of rows", 0.0, 1.0),
    }

    count: int = integer(1_000, low=20, high=20_000, log=True, help="How many random filters are asked")

    def measure(self, case: Case, context: Context) -> Measurement:
        """Count each filter in the candidate and in the holdout."""
        real = case.whole  # filters are drawn around all real rows, so that every candidate and control is asked the same ones
        dials = real.shared.once("queries:dials", lambda: _dials(real))
        if len(dials) < 2:
            raise DoesNotApply("a filter takes two columns with values, and the table has fewer")
        asked = real.shared.once(f"queries:{self.count}:{context.seed}", lambda: _draw(real, dials, self.count, context))
        counts = {side: _counts(case, side, dials, asked, context) for side in ("holdout", "synthetic")}
        headline, p95, average = with_jackknife(counts["holdout"], counts["synthetic"], _summary, _differences)
        shares = {side: hits.sum(axis=0) / rows.sum() for side, (rows, hits) in counts.items()}
        frame = _frame(dials, asked, shares["holdout"], shares["synthetic"])
        drawn = max(len(case.synthetic), len(case.holdout)) > MOST_ROWS
        apart = math.sqrt(2) * ((headline.high or 0.0) - (headline.low or 0.0)) / 2
        power = f"counted on a draw of {MOST_ROWS:,} rows of each table, so that errors less than {apart:.4f} apart are not told from each other"
        note = power if drawn else ""
        detail = {"queries": frame.head(LISTED), "errors": _histogram(frame["error"].to_numpy())}
        return Measurement(headline, {"p95": p95, "mean": average}, detail, note)

    def says(self, score: Score) -> str:
        """Say how far off a typical count is, per thousand rows."""
        assert score.value is not None
        said = f"The number of rows a filter finds is typically off by {1_000 * score.value:.1f} in 1,000 rows of the table"
        if score.floor is None or score.ceiling is None:
            return f"{said}."
        return (
            f"{said}; independent columns are off by {1_000 * score.floor:.1f}, the training rows, by chance alone, "
            f"by {1_000 * score.ceiling:.1f}."
        )


def _dials(case: Case) -> list[Dial]:
    """Return the columns that can be asked for, fitted on the real rows; those without any value are left out."""
    dials = []
    for column in case.schema.modelled:
        series = [frame[column.name] for frame in (case.train, case.holdout)]
        edges, levels = np.empty(0), tuple[str, ...]()
        if column.kind.numeric:
            values = np.concatenate([numbers(one, column.kind) for one in series])
            values = values[~np.isnan(values)]
            if len(values):
                edges = np.unique(np.quantile(values, np.arange(1, CUTS) / CUTS, method="inverted_cdf"))
                edges = edges[edges > values.min()]
        else:
            known = level_names(column, *series)
            codes = np.concatenate([level_codes(one, known) for one in series])
            counts = np.bincount(codes[codes >= 0], minlength=len(known))
            levels = tuple(known[place] for place in np.argsort(-counts, kind="stable") if counts[place])
        if len(edges) or len(levels):
            dials.append(Dial(column, edges, levels))
    return dials


def _draw(case: Case, dials: Sequence[Dial], count: int, context: Context) -> list[tuple[Condition, ...]]:
    """Draw filters of two and three columns by turns, each around a real row, so that it finds something."""
    rng = context.rng("queries")
    cells = [np.concatenate([dial.codes(frame[dial.column.name]) for frame in (case.train, case.holdout)]) for dial in dials]
    queries = []
    for number in range(count):
        row = int(rng.integers(len(cells[0])))
        places = np.sort(rng.choice(len(dials), min(2 + number % 2, len(dials)), replace=False))
        queries.append(tuple((int(place), *dials[place].around(int(cells[place][row]), rng)) for place in places))
    return queries


def _counts(
    case: Case, side: Side, dials: Sequence[Dial], queries: Sequence[tuple[Condition, ...]], context: Context
) -> list[Counts]:
    """Return the rows of each group, shape (20, 1), and how many of them each query finds, shape (20, queries)."""

    def compute() -> list[Counts]:
        frame, group = case.frame(side), groups(case, side)
        if len(frame) > MOST_ROWS:
            drawn = content_order(case.draw_hashes(side), context.integer_seed("counted"), MOST_ROWS)
            frame, group = frame.iloc[drawn], group[drawn]
        codes = [dial.codes(frame[dial.column.name]) for dial in dials]
        hits = np.empty((GROUPS, len(queries)), dtype=np.int64)
        for number, query in enumerate(queries):
            found = np.ones(len(frame), dtype=bool)
            for place, first, last in query:
                found &= codes[place] == first if first == last else (codes[place] >= first) & (codes[place] <= last)
            hits[:, number] = np.bincount(group[found], minlength=GROUPS)
        return [np.bincount(group, minlength=GROUPS)[:, None], hits]

    if side == "synthetic":
        return compute()
    return case.shared.once(f"queries:counts:{side}:{len(queries)}:{context.seed}", compute)


def _summary(real: Sequence[Counts], synthetic: Sequence[Counts]) -> Floats:
    """Return median, 95th percentile and mean of the errors per replicate, shape (3, k)."""
    errors = np.abs(_differences(real, synthetic)[0][0])
    return np.stack([np.median(errors, axis=1), np.quantile(errors, 0.95, axis=1), errors.mean(axis=1)])


def _differences(real: Sequence[Counts], synthetic: Sequence[Counts]) -> list[Floats]:
    """Return how far off each query is, shape (1, k, queries)."""
    (real_rows, real_hits), (rows, hits) = real, synthetic
    return [(real_hits / np.maximum(real_rows, 1) - hits / np.maximum(rows, 1))[None]]


def _frame(dials: Sequence[Dial], queries: Sequence[tuple[Condition, ...]], real: Floats, synthetic: Floats) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "query": [" and ".join(dials[place].words(first, last) for place, first, last in query) for query in queries],
            "columns": [", ".join(dials[place].column.name for place, _, _ in query) for query in queries],
            "real_share": real,
            "synthetic_share": synthetic,
            "error": np.abs(real - synthetic),
        }
    )
    return frame.sort_values("error", ascending=False, kind="stable", ignore_index=True)


def _histogram(errors: Floats) -> pd.DataFrame:
    """Return how many errors fall between limits that double: below .001, .002, .004 … of the rows."""
    edges = np.concatenate([[0.0], 0.0005 * 2.0 ** np.arange(11), [1.0]])
    edges = edges[edges <= 1.0]
    counts, _ = np.histogram(errors, edges)
    return pd.DataFrame({"bin_low": edges[:-1], "bin_high": edges[1:], "queries": counts})
