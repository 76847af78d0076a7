"""The user's own question, a group-by or a regression, put to any table: estimates with intervals, and how they compare."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns.cells import Cells, fit_cells
from synth_ui.columns.values import level_codes, level_names, numbers
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.formats.numbers import spread
from synth_ui.core.score import Number
from synth_ui.core.table import Column, Kind, Schema
from synth_ui.measures._intervals import wilson

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

Z = 1.959963984540054
FEWEST = 5
"""Groups and levels with fewer real rows are not shown, or join the others: they would give single persons away."""

MOST_GROUPS = 60
MOST_LEVELS = 8

AGGREGATES: Mapping[str, str] = {"count": "share of rows", "mean": "mean", "median": "median", "share": "share with a level"}


@dataclass(frozen=True)
class Question:
    """What is asked.

    Attributes
    ----------
    kind
        "group" or "regression".
    by, aggregate, value, level
        Of a group-by: the columns grouped by; one of `AGGREGATES`; the column aggregated, with the level that is counted.
    outcome, predictors
        Of a regression; `level` is the level of the outcome that counts as yes, where it has levels.
    """

    kind: str
    by: tuple[str, ...] = ()
    aggregate: str = "count"
    value: str = ""
    level: str = ""
    outcome: str = ""
    predictors: tuple[str, ...] = ()

    def settings(self) -> dict[str, str]:
        """Return the settings of the measure `answer` that ask this."""
        return {
            "kind": self.kind, "by": json.dumps(self.by), "aggregate": self.aggregate, "value": self.value, "level": self.level,
            "outcome": self.outcome, "predictors": json.dumps(self.predictors),
        }  # fmt: skip

    def words(self) -> str:
        """Say the question as a person would."""
        if self.kind == "regression":
            what = f"{self.outcome} is {self.level}" if self.level else self.outcome
            return f"How does {what} depend on {', '.join(self.predictors)}?"
        what = {"count": "share of rows", "share": f"share with {self.value} {self.level}"}.get(
            self.aggregate, f"{self.aggregate} of {self.value}"
        )
        return f"What is the {what}, by {', '.join(self.by)}?"


def names_of(text: str) -> tuple[str, ...]:
    """Read a list of columns: JSON, or names between commas."""
    if text.strip().startswith("["):
        return tuple(str(name) for name in json.loads(text))
    return tuple(name.strip() for name in text.split(",") if name.strip())


@dataclass(frozen=True, eq=False)
class Grouping:
    """A group-by made ready on the real rows: the groups that are asked for."""

    question: Question
    value: Column | None
    cells: tuple[Cells, ...]
    groups: Integers
    terms: tuple[str, ...]

    def estimates(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return term, estimate, low, high, rows; a group the frame lacks has no estimate."""
        place = _places(self.cells, frame)
        values = self._values(frame)
        rows = []
        for term, group in zip(self.terms, self.groups, strict=True):
            inside = place == group
            found = self._one(values[inside], int(inside.sum()), len(frame))
            rows.append(_row(term, found, int(inside.sum())))
        return pd.DataFrame(rows)

    def _values(self, frame: pd.DataFrame) -> Floats:
        if self.value is None:
            return np.zeros(len(frame))
        return (
            numbers(frame[self.value.name], self.value.kind)
            if self.question.aggregate != "share"
            else is_level(frame[self.value.name], self.value, self.question.level)
        )

    def _one(self, values: Floats, count: int, rows: int) -> Number | None:
        if self.question.aggregate == "count":
            return wilson(count, rows) if rows else None
        values = values[~np.isnan(values)]
        if len(values) < 2:
            return None
        if self.question.aggregate == "share":
            return wilson(float(values.sum()), len(values))
        if self.question.aggregate == "mean":
            return _mean(values)
        return _median(values)


def _mean(values: Floats) -> Number:
    from scipy.special import stdtrit

    half = float(stdtrit(len(values) - 1, 0.975) * values.std(ddof=1) / np.sqrt(len(values)))
    return Number(float(values.mean()), float(values.mean()) - half, float(values.mean()) + half)


def _median(values: Floats) -> Number:
    """Return the median with the interval between order statistics; source: Conover, Practical nonparametric statistics, 1999."""
    ranked, n = np.sort(values), len(values)
    low = max(int(np.floor(n / 2 - Z * np.sqrt(n) / 2)), 1)
    high = min(int(np.ceil(n / 2 + 1 + Z * np.sqrt(n) / 2)), n)
    return Number(float(np.median(values)), float(ranked[low - 1]), float(ranked[high - 1]))


def is_level(series: pd.Series[Any], column: Column, level: str) -> Floats:
    """Return 1 where a discrete column has a level, 0 where another, NaN where blank. Shape (n,)."""
    names = level_names(column, series)
    codes = level_codes(series, names)
    wanted = names.index(level) if level in names else len(names) + 1
    return np.where(codes < 0, np.nan, (codes == wanted).astype(np.float64))


def _places(cells: Sequence[Cells], frame: pd.DataFrame) -> Integers:
    """Return each row's group as one number."""
    codes = [cell.encode(frame[cell.column.name]).astype(np.int64) for cell in cells]
    return reduce(lambda total, pair: total * pair[0].size + pair[1], zip(cells, codes, strict=True), np.int64(0) * codes[0])


def _row(term: str, found: Number | None, rows: int) -> dict[str, Any]:
    value = (np.nan, np.nan, np.nan) if found is None else (found.value, found.low, found.high)
    return {"term": term, "estimate": value[0], "low": value[1], "high": value[2], "rows": rows}


@dataclass(frozen=True, eq=False)
class Fit:
    """A regression made ready on the real rows: which inputs, in which units, against which reference levels."""

    question: Question
    outcome: Column
    inputs: tuple[Column, ...]
    scales: dict[str, tuple[float, float]]
    levels: dict[str, tuple[str, ...]]
    kept: tuple[str, ...] = ()

    def design(self, frame: pd.DataFrame) -> tuple[Floats, list[str]]:
        """Return the inputs, standardised, with NaN where blank, and what each is called. Shape (n, inputs)."""
        blocks, names = [], []
        for column in self.inputs:
            series = frame[column.name]
            if column.kind.numeric:
                centre, spread = self.scales[column.name]
                blocks.append(((numbers(series, column.kind) - centre) / spread)[:, None])
                names.append(f"{column.name}, per unit")
                continue
            shown = self.levels[column.name]
            codes = level_codes(series, shown)
            dummies = np.eye(len(shown) + 1)[np.where(codes < 0, 0, codes)][:, 1:]
            blocks.append(np.where((codes < 0)[:, None], np.nan, dummies))
            names += [f"{column.name}: {level} against {shown[0]}" for level in (*shown[1:], "other levels")]
        return np.hstack(blocks), names

    def truth(self, frame: pd.DataFrame) -> Floats:
        """Return the outcome, or 1 where it has the level asked for. Shape (n,)."""
        if self.question.level:
            return is_level(frame[self.outcome.name], self.outcome, self.question.level)
        return numbers(frame[self.outcome.name], self.outcome.kind)

    def estimates(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return term, estimate, low, high, rows; a term the frame cannot tell has no estimate."""
        inputs, names = self.design(frame)
        truth = self.truth(frame)
        there = ~np.isnan(truth) & ~np.isnan(inputs).any(axis=1)
        wanted = [names.index(term) for term in self.kept]
        inputs, truth = inputs[there][:, wanted], truth[there]
        logistic = bool(self.question.level)
        told = [place for place in range(len(wanted)) if not logistic or varies(truth, inputs[:, place])]
        usable = [told[place] for place in independent_columns(inputs[:, told])]
        found = _regress(inputs[:, usable], truth, logistic=logistic) if len(usable) else {}
        rows = []
        for place, term in enumerate(self.kept):
            number = found.get(usable.index(place)) if place in usable else None
            scale = self._unit(term)
            scaled = None if number is None else Number(*(float(end) / scale for end in number))
            rows.append(_row(term, scaled, int((inputs[:, place] != 0).sum())))
        return pd.DataFrame(rows)

    def _unit(self, term: str) -> float:
        name = term.removesuffix(", per unit")
        return self.scales[name][1] if term.endswith(", per unit") and name in self.scales else 1.0


def varies(truth: Floats, marked: Floats) -> bool:
    """Return whether rows a column marks differ in a yes-or-no outcome: where they do not, no finite estimate fits them."""
    return len(np.unique(truth[marked != 0])) > 1


def independent_columns(inputs: Floats) -> list[int]:
    """Return the columns that no constant and no earlier column already says, in order."""
    if not len(inputs):
        return []
    basis, kept = [np.full(len(inputs), 1 / np.sqrt(len(inputs)))], []
    for place in range(inputs.shape[1]):
        rest = inputs[:, place].copy()
        size = float(np.linalg.norm(rest))
        for known in basis:
            rest -= (known @ rest) * known
        length = float(np.linalg.norm(rest))
        if size > 0 and length > 1e-6 * size:
            basis.append(rest / length)
            kept.append(place)
    return kept


def _regress(inputs: Floats, truth: Floats, *, logistic: bool) -> dict[int, tuple[float, float, float]]:
    """Fit by statsmodels, with errors that hold under unequal variance (HC1); estimate and limits per input."""
    from statsmodels.discrete.discrete_model import Logit
    from statsmodels.regression.linear_model import OLS
    from statsmodels.tools.sm_exceptions import PerfectSeparationError

    if len(truth) < inputs.shape[1] + 10 or len(np.unique(truth)) < 2:
        raise DoesNotApply("too few rows without blanks, or an outcome that does not vary, for this regression")
    design = np.column_stack([np.ones(len(truth)), inputs])
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # what did not converge is told by the result, below
            if logistic:
                result = Logit(truth, design).fit(disp=0, maxiter=60, cov_type="HC1", warn_convergence=False)
                settled = bool(result.mle_retvals["converged"])
            else:
                result, settled = OLS(truth, design).fit(cov_type="HC1"), True
    except (np.linalg.LinAlgError, PerfectSeparationError) as error:
        raise DoesNotApply("this regression has no unique solution: an input tells the outcome exactly") from error
    if not settled or not np.isfinite(result.bse).all():
        raise DoesNotApply("this regression does not settle: an input tells the outcome exactly, or nearly")
    limits = np.asarray(result.conf_int())
    return {
        place: (float(result.params[place + 1]), float(limits[place + 1, 0]), float(limits[place + 1, 1]))
        for place in range(inputs.shape[1])
    }


def prepare(question: Question, schema: Schema, real: pd.DataFrame) -> Grouping | Fit:
    """Make a question ready on real rows: groups, reference levels and units are theirs.

    Raises
    ------
    DoesNotApply
        If no question is asked, a column is not there or of the wrong kind, or nothing is left to compare.
    """
    if question.kind == "group":
        return _grouping(question, schema, real)
    if question.kind == "regression":
        return _fit(question, schema, real)
    raise DoesNotApply("no question has been asked; choose a group-by or a regression")


def _column(schema: Schema, name: str, role: str) -> Column:
    for column in schema.modelled:
        if column.name == name:
            return column
    if not name:
        raise DoesNotApply(f"the question names no {role}")
    raise DoesNotApply(f"the table has no column {name!r} to be the {role}")


def _grouping(question: Question, schema: Schema, real: pd.DataFrame) -> Grouping:
    columns = [_column(schema, name, "column to group by") for name in question.by]
    if not columns:
        raise DoesNotApply("the question names no column to group by")
    value = None
    if question.aggregate != "count":
        value = _column(schema, question.value, "column to aggregate")
        number = value.kind in (Kind.NUMBER, Kind.INTEGER)
        if question.aggregate == "share" and not (value.kind.discrete and question.level):
            raise DoesNotApply("a share with a level takes a column of levels and one of them")
        if question.aggregate in ("mean", "median") and not number:
            raise DoesNotApply(f"{value.name} has no {question.aggregate}; choose a column of numbers")
    cells = tuple(fit_cells(column, [real[column.name]], spikes=False) for column in columns)
    counts = np.unique(_places(cells, real), return_counts=True)
    order = np.argsort(-counts[1], kind="stable")
    kept = np.sort(counts[0][[place for place in order if counts[1][place] >= FEWEST][:MOST_GROUPS]])
    if len(kept) < 2:
        raise DoesNotApply(f"fewer than two groups have at least {FEWEST} real rows")
    sizes = [cell.size for cell in cells]
    terms = [
        ", ".join(f"{cell.column.name}: {cell.labels[int(k)]}" for cell, k in zip(cells, np.unravel_index(group, sizes), strict=True))
        for group in kept
    ]  # fmt: skip
    return Grouping(question, value, cells, kept, tuple(terms))


def _fit(question: Question, schema: Schema, real: pd.DataFrame) -> Fit:
    outcome = _column(schema, question.outcome, "outcome")
    inputs = tuple(_column(schema, name, "predictor") for name in question.predictors if name != outcome.name)
    if not inputs:
        raise DoesNotApply("the question names no predictor besides the outcome")
    if outcome.kind.discrete and not question.level:
        raise DoesNotApply(f"{outcome.name} has levels; say which one is the outcome")
    if question.level and not outcome.kind.discrete:
        raise DoesNotApply(f"{outcome.name} is a number and has no level {question.level!r}")
    scales, levels = {}, {}
    for column in inputs:
        if column.kind.numeric:
            values = numbers(real[column.name], column.kind)
            values = values[~np.isnan(values)]
            scale = spread(values)
            scales[column.name] = (float(values.mean()) if len(values) else 0.0, scale if scale > 0 else 1.0)
        else:
            names = level_names(column, real[column.name])
            codes = level_codes(real[column.name], names)
            counts = np.bincount(codes[codes >= 0], minlength=len(names))
            ranked = [place for place in np.argsort(-counts, kind="stable") if counts[place] >= FEWEST]
            levels[column.name] = tuple(names[place] for place in ranked[:MOST_LEVELS]) or ("other levels",)
    ready = Fit(question, outcome, inputs, scales, levels)
    design, names = ready.design(real)
    truth = ready.truth(real)
    there = ~np.isnan(truth) & ~np.isnan(design).any(axis=1)
    enough = [
        place
        for place in range(design.shape[1])
        if int((design[there, place] != 0).sum()) >= FEWEST and (not question.level or varies(truth[there], design[there, place]))
    ]
    kept = [enough[place] for place in independent_columns(design[there][:, enough])]
    if not kept:
        raise DoesNotApply("no predictor varies among the real rows without blanks")
    return Fit(question, outcome, inputs, scales, levels, tuple(names[place] for place in kept))


def compared(real: pd.DataFrame, made: pd.DataFrame) -> pd.DataFrame:
    """Put the estimates of two tables side by side.

    Returns
    -------
    pandas.DataFrame
        term, real, real_low, real_high, real_rows, synthetic, synthetic_low, synthetic_high, synthetic_rows, overlap (the mean share of
        either interval that lies in the other, in [0, 1]), sign_changed (of estimates whose real interval is clear of 0),
        rank_real, rank_synthetic (1 is the largest).
    """
    frame = pd.DataFrame({"term": real["term"]})
    for side, estimates in (("real", real), ("synthetic", made)):
        frame[side] = estimates["estimate"]
        for name in ("low", "high", "rows"):
            frame[f"{side}_{name}"] = estimates[name]
    frame["overlap"] = overlap(frame)
    sure = (frame["real_low"] > 0) | (frame["real_high"] < 0)
    frame["sign_changed"] = sure & (np.sign(frame["real"]) * np.sign(frame["synthetic"]) < 0)
    for side in ("real", "synthetic"):
        frame[f"rank_{side}"] = frame[side].rank(ascending=False, method="min")
    return frame


def overlap(frame: pd.DataFrame) -> pd.Series[Any]:
    """Return the overlap of two intervals as a share of each, averaged, in [0, 1]; 0 where one is missing.

    Source: Karr, Kohnen, Oganian, Reiter and Sanil, The American Statistician, 2006; below 0 counts as 0.
    """
    shared = np.minimum(frame["real_high"], frame["synthetic_high"]) - np.maximum(frame["real_low"], frame["synthetic_low"])
    shares = []
    for side in ("real", "synthetic"):
        length = frame[f"{side}_high"] - frame[f"{side}_low"]
        shares.append(np.where(length > 0, shared / length.where(length > 0, 1.0), (shared >= 0).astype(float)))
    return pd.Series(np.clip((shares[0] + shares[1]) / 2, 0.0, 1.0), index=frame.index).where(shared >= 0, 0.0)


def pooled(copies: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the estimates of several synthetic copies as one: their mean, with the variance within and between copies.

    Source: Rubin, Multiple imputation for nonresponse in surveys, 1987; a term one copy lacks is missing.
    """
    values = np.stack([copy["estimate"].to_numpy(dtype=float) for copy in copies])
    half = np.stack([(copy["high"] - copy["low"]).to_numpy(dtype=float) / 2 for copy in copies])
    between = values.var(axis=0, ddof=1) if len(copies) > 1 else np.zeros(values.shape[1])
    error = np.sqrt(np.mean((half / Z) ** 2, axis=0) + (1 + 1 / len(copies)) * between)
    centre = values.mean(axis=0)
    rows = np.mean([copy["rows"].to_numpy(dtype=float) for copy in copies], axis=0).round().astype(np.int64)
    return pd.DataFrame(
        {"term": copies[0]["term"], "estimate": centre, "low": centre - Z * error, "high": centre + Z * error, "rows": rows}
    )
