"""In words: what gives it away?"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns.cells import Cells, shown
from synth_ui.columns.hashes import content_order
from synth_ui.columns.values import level_codes, level_names, numbers
from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.score import Measurement, Number, Score
from synth_ui.core.table import Column, Kind
from synth_ui.core.tunable import integer
from synth_ui.measures._intervals import LEVEL, delong, newcombe
from synth_ui.measures._models import threads
from synth_ui.measures._tables import pairs_of
from synth_ui.measures.base import Measure, PartSpec
from synth_ui.measures.case import Case, Side
from synth_ui.measures.fidelity.telling_apart.detectability import harmonised

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

FEWEST_ROWS = 80
FEWEST_IN_LEAF = 20
MOST_LEVELS = 40
MOST_TOGETHER = 30
KEEPS = 0.9
"""A condition is dropped from a sentence where the difference keeps at least this much of itself without it."""

SAME = 0.8
"""Two sentences whose rows agree to this correlation, or are each other's opposite, say the same."""

MOST_SENTENCES = 12

SYMPTOMS: dict[str, str] = {
    "unknown level": "levels the real table does not have",
    "blank": "blanks",
    "spike": "a value that many real rows share",
    "tail": "the far end of a number",
    "level": "how frequent a level is",
    "shape": "how a number is distributed",
    "relationship": "columns that do not go together as in the real rows",
}
"""What can be behind a sentence, by which the setting that mends it is found."""


@dataclass(frozen=True)
class Telltale(Measure):
    """How well eight simple questions tell candidate rows from unseen real rows: area under the ROC curve on rows not used to find them, in [0, 1].

    The questions are the leaves of a tree three deep. ½ is guessing, 1 is certainty. Values a little below ½ are chance.

    Detail
    ------
    sentences
        text, condition, columns (JSON), symptom, real_share, synthetic_share, difference, low, high; largest difference first. Only
        what the held-out rows confirm.
    """

    key = "telltale"
    title = "Tell-tale signs"
    summary = "What gives the candidate away, in sentences."
    family = "fidelity"
    reference = (
        "Breiman, Friedman, Olshen and Stone, Classification and Regression Trees, 1984; Newcombe, Statistics in Medicine, 1998"
    )
    asks = "In words, what gives it away?"
    better = "lower"
    unit = "AUC"
    floor = "control:independent"
    ceiling = "control:train"
    worst_means = "independent columns"
    best_means = "training rows"
    interval = "DeLong; Newcombe for the shares of a sentence, corrected for the number of sentences"
    computed = (
        "As many candidate rows as unseen rows. On one half of both a tree three questions deep learns to tell them apart, by levels, blanks, "
        "numbers, and the thirty pairs of values whose shares differ most; each of its leaves becomes a sentence, shortened as long as it "
        "tells as much. Shares, intervals and the area are those of the other half."
    )
    cards = {"standard": {}}
    place = 45
    misleads = (
        "A small tree sees what is plain, not what is subtle: no sentence does not mean no difference, see detectability. A sentence says "
        "where rows differ, not that one of them is wrong."
    )
    parts = {
        "sentences": PartSpec("Sentences the held-out rows confirm", "lower", "sentences", 0.0, None),
        "largest": PartSpec("Largest difference of shares in a sentence", "lower", "share", 0.0, 1.0),
    }

    rows: int = integer(
        8_000, low=200, high=200_000, log=True, help="Rows drawn from each side, half to learn from, half to test on"
    )

    def measure(self, case: Case, context: Context) -> Measurement:
        """Grow a small tree, turn its leaves into sentences, and test them on rows it has not seen."""
        size = min(len(case.synthetic), len(case.holdout), self.rows)
        if size < FEWEST_ROWS:
            raise DoesNotApply(f"there are fewer than {FEWEST_ROWS} rows on one side")
        seed, half = context.integer_seed("rows"), size // 2
        drawn = {side: content_order(case.draw_hashes(side), seed, size) for side in _SIDES}
        questions = _Questions(case, _together(case, {side: rows[:half] for side, rows in drawn.items()}, context))
        made, real = (harmonised(case.frame(side).iloc[drawn[side]], case.schema) for side in _SIDES)
        learn, test = ((made.iloc[rows], real.iloc[rows]) for rows in (slice(0, half), slice(half, size)))
        context.step("looking for tell-tale signs", 0.3)
        with threads(context.threads):
            leaves, headline = _tree(questions, learn, test)
        context.step("looking for tell-tale signs", 0.8)
        sentences = _sentences(case, questions, leaves, learn, test)
        parts = {"sentences": Number(float(len(sentences)))}
        if len(sentences):
            parts["largest"] = Number(float(sentences["difference"].abs().iloc[0]))
        note = f"{size:,} rows of each side" if size < max(len(case.synthetic), len(case.holdout)) else ""
        return Measurement(headline, parts, {"sentences": sentences}, note)

    def says(self, score: Score) -> str:
        """Say how far eight questions come."""
        assert score.value is not None
        if score.value <= 0.52:
            return "Eight simple questions do no better than guessing which rows are synthetic."
        return f"Eight simple questions pick the synthetic one of two rows {score.value:.0%} of the time; 50% is guessing."


_SIDES: tuple[Side, Side] = ("synthetic", "holdout")


# --- conditions -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ColumnCondition:
    """What a sentence says of one column: a level (or its absence), a stretch of numbers, or blank or not.

    Attributes
    ----------
    level
        The level, "blank" for a blank, None for numbers.
    holds
        Whether the level is there, or is not.
    low, high
        For numbers: above `low`, up to `high`.
    """

    column: str
    level: str | None = None
    holds: bool = True
    low: float = -math.inf
    high: float = math.inf


BLANK = "\x00blank"
UNKNOWN = "\x00unknown"
_LARGEST = float(np.finfo(np.float32).max)


class _Questions:
    """The inputs of the tree: whether a level, a blank or a pair of values is there, and the numbers themselves."""

    def __init__(self, case: Case, together: Sequence[tuple[ColumnCondition, ...]]) -> None:
        self.together = tuple(together)
        self.columns = {column.name: column for column in case.schema.modelled}
        self.levels = {name: _common_levels(case, column) for name, column in self.columns.items() if column.kind.discrete}
        self.inputs = list(self._inputs())
        self.middle = {
            name: _middle(numbers(case.holdout[name], column.kind))
            for name, column in self.columns.items()
            if column.kind.numeric
        }

    def _inputs(self) -> Iterator[tuple[str, str | None]]:
        for name, column in self.columns.items():
            if column.kind.numeric:
                yield name, None
            else:
                yield from ((name, level) for level in [*self.levels[name][:MOST_LEVELS], UNKNOWN])
            yield name, BLANK

    def matrix(self, frame: pd.DataFrame) -> npt.NDArray[np.float32]:
        """Return the inputs of rows, shape (n, inputs + pairs); a blank number stands in the middle and is asked for by itself."""
        out = np.zeros((len(frame), len(self.inputs) + len(self.together)), dtype=np.float32)
        for place, (name, level) in enumerate(self.inputs):
            if level is None:
                values = numbers(frame[name], self.columns[name].kind)
                out[:, place] = np.clip(np.where(np.isnan(values), self.middle[name], values), -_LARGEST, _LARGEST)
            else:
                out[:, place] = self.has(frame, name, level)
        for place, conditions in enumerate(self.together, len(self.inputs)):
            out[:, place] = self.met(frame, conditions)
        return out

    def has(self, frame: pd.DataFrame, name: str, level: str) -> Mask:
        """Return which rows have a level, an unknown one, or a blank."""
        if level == BLANK:
            return np.asarray(frame[name].isna().to_numpy(dtype=bool))
        codes = level_codes(frame[name], self.levels[name])
        return np.asarray(codes == (len(self.levels[name]) if level == UNKNOWN else self.levels[name].index(level)))

    def met(self, frame: pd.DataFrame, conditions: Sequence[ColumnCondition]) -> Mask:
        """Return which rows meet all conditions."""
        rows = np.ones(len(frame), dtype=bool)
        for condition in conditions:
            if condition.level is not None:
                rows &= self.has(frame, condition.column, condition.level) == condition.holds
            else:
                values = numbers(frame[condition.column], self.columns[condition.column].kind)
                rows &= (values > condition.low) & (values <= condition.high)
        return rows


def _common_levels(case: Case, column: Column) -> list[str]:
    """Return the real levels, commonest in the holdout first."""
    names = level_names(column, case.train[column.name], case.holdout[column.name])
    codes = level_codes(case.holdout[column.name], names)
    counts = np.bincount(codes[codes >= 0], minlength=len(names))
    return [names[place] for place in np.argsort(-counts, kind="stable")]


def _middle(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else 0.0


def _together(
    case: Case, rows: dict[Side, npt.NDArray[np.intp]], context: Context
) -> list[tuple[ColumnCondition, ColumnCondition]]:
    """Return the pairs of values whose shares differ most between the drawn rows of the two sides."""
    if len(case.shared.cells) < 2:
        return []
    codes = {side: {name: code[rows[side]] for name, code in case.codes(side).items()} for side in _SIDES}
    found: list[tuple[float, ColumnCondition, ColumnCondition]] = []
    for first, second in pairs_of(case, context):
        cells = case.shared.cells[first], case.shared.cells[second]
        width = cells[1].size
        made, real = (
            np.bincount(codes[side][first] * width + codes[side][second], minlength=cells[0].size * width) / len(rows[side])
            for side in _SIDES
        )
        gap = np.abs(made - real)
        for place in np.argsort(-gap, kind="stable")[:3]:
            pair = [_of_cell(one, int(code)) for one, code in zip(cells, divmod(int(place), width), strict=True)]
            if pair[0] is not None and pair[1] is not None:
                found.append((float(gap[place]), pair[0], pair[1]))
    found.sort(key=lambda entry: -entry[0])
    return [(first, second) for _, first, second in found[:MOST_TOGETHER]]


def _of_cell(cells: Cells, code: int) -> ColumnCondition | None:
    """Return what a cell of a table holds as a condition; None for levels that stand together in one cell."""
    name = cells.column.name
    if code == cells.size - 1:
        return ColumnCondition(name, BLANK)
    if cells.groups is not None:
        return ColumnCondition(name, cells.labels[code]) if code < cells.size - 3 else None
    low, high = float(cells.low[code]), float(cells.high[code])
    closed = low == high or math.isinf(high)  # a spike, or the last bin, which ends nowhere
    return ColumnCondition(name, low=np.nextafter(low, -math.inf), high=high if closed else np.nextafter(high, -math.inf))


# --- the tree and its leaves ----------------------------------------------------------------------------------------

Sides = tuple[pd.DataFrame, pd.DataFrame]
"""Synthetic rows and real rows."""


def _tree(questions: _Questions, learn: Sides, test: Sides) -> tuple[list[tuple[ColumnCondition, ...]], Number]:
    """Return the conditions of each leaf, and the area under the ROC curve on the test rows."""
    from sklearn.tree import DecisionTreeClassifier

    inputs, truth = _stacked(questions, learn)
    fewest = max(FEWEST_IN_LEAF, len(inputs) // 200)
    model = DecisionTreeClassifier(max_depth=3, min_samples_leaf=fewest, random_state=0).fit(inputs, truth)
    tested, made = _stacked(questions, test)
    return list(_leaves(model.tree_, questions)), delong(made, model.predict_proba(tested)[:, -1])


def _stacked(questions: _Questions, sides: Sides) -> tuple[npt.NDArray[np.float32], Mask]:
    return np.vstack([questions.matrix(side) for side in sides]), np.arange(len(sides[0]) + len(sides[1])) < len(sides[0])


def _leaves(
    tree: Any, questions: _Questions, node: int = 0, path: tuple[ColumnCondition, ...] = ()
) -> Iterator[tuple[ColumnCondition, ...]]:
    """Yield the conditions on the way to each leaf, those on one column put together."""
    if tree.children_left[node] < 0:
        if path:
            yield path
        return
    for child, above in ((tree.children_left[node], False), (tree.children_right[node], True)):
        further = path
        for step in _steps(questions, int(tree.feature[node]), float(tree.threshold[node]), above):
            further = _with(further, step)
        yield from _leaves(tree, questions, int(child), further)


def _steps(questions: _Questions, place: int, cut: float, above: bool) -> tuple[ColumnCondition, ...]:
    """Return what a branch says; that two values do not stand together is left unsaid, so that sentences stay short."""
    if place >= len(questions.inputs):
        return questions.together[place - len(questions.inputs)] if above else ()
    name, level = questions.inputs[place]
    if level is None:
        return (ColumnCondition(name, low=cut) if above else ColumnCondition(name, high=cut),)
    return (ColumnCondition(name, level, above),)


def _with(path: tuple[ColumnCondition, ...], step: ColumnCondition) -> tuple[ColumnCondition, ...]:
    """Add a condition: stretches of one number are cut to their common part, and a level there is makes others needless."""
    kept = []
    for known in path:
        same = known.column == step.column
        if same and step.level is None and known.level is None:
            step = ColumnCondition(step.column, low=max(known.low, step.low), high=min(known.high, step.high))
        elif not (same and known.level is not None and step.level is not None and step.holds and not known.holds):
            kept.append(known)
    return (*kept, step)


# --- sentences ------------------------------------------------------------------------------------------------------


def _sentences(
    case: Case, questions: _Questions, leaves: Sequence[tuple[ColumnCondition, ...]], learn: Sides, test: Sides
) -> pd.DataFrame:
    """Return what the test rows confirm, largest difference first, each thing said once."""
    short = list(dict.fromkeys(_positive(_shortened(questions, leaf, learn)) for leaf in leaves))
    rows, masks = [], []
    for conditions in short:
        met = [questions.met(side, conditions) for side in test]
        counts = [int(mask.sum()) for mask in met]
        gap = newcombe(counts[0], len(test[0]), counts[1], len(test[1]), 1 - (1 - LEVEL) / max(len(short), 1))
        if gap.low is not None and gap.high is not None and (gap.low > 0 or gap.high < 0):
            shares = counts[1] / len(test[1]), counts[0] / len(test[0])
            symptom = _symptom(case, _telling(questions, conditions, test))
            rows.append(_row(questions, conditions, shares, gap, symptom))
            masks.append(np.concatenate(met))
    columns = ["text", "condition", "columns", "symptom", "real_share", "synthetic_share", "difference", "low", "high"]
    order = sorted(range(len(rows)), key=lambda place: -abs(rows[place]["difference"]))
    kept: list[int] = []
    for place in order:
        if all(abs(np.corrcoef(masks[place], masks[other])[0, 1]) < SAME for other in kept):
            kept.append(place)
    return pd.DataFrame([rows[place] for place in kept[:MOST_SENTENCES]], columns=columns)


def _shortened(questions: _Questions, conditions: tuple[ColumnCondition, ...], learn: Sides) -> tuple[ColumnCondition, ...]:
    """Drop conditions one by one as long as the difference between the sides keeps nine tenths of itself."""
    wanted = _gap(questions, conditions, learn)
    while len(conditions) > 1:
        shorter = [conditions[:place] + conditions[place + 1 :] for place in range(len(conditions))]
        gaps = [_gap(questions, one, learn) * math.copysign(1.0, wanted) for one in shorter]
        best = int(np.argmax(gaps))
        if gaps[best] < KEEPS * abs(wanted):
            break
        conditions = shorter[best]
    return conditions


def _positive(conditions: tuple[ColumnCondition, ...]) -> tuple[ColumnCondition, ...]:
    """Say what is there instead of what is not, where that is all a sentence says."""
    return tuple(replace(one, holds=True) for one in conditions) if len(conditions) == 1 else conditions


def _gap(questions: _Questions, conditions: tuple[ColumnCondition, ...], sides: Sides) -> float:
    made, real = (float(questions.met(side, conditions).mean()) for side in sides)
    return made - real


def _row(
    questions: _Questions, conditions: tuple[ColumnCondition, ...], shares: tuple[float, float], gap: Number, symptom: str
) -> dict[str, Any]:
    said = " and ".join(_say(questions.columns[condition.column], condition) for condition in conditions)
    real, made = (_percent(share) for share in shares)
    return {
        "text": f"{made} of the synthetic rows have {said}; of the real rows {real}.",
        "condition": said,
        "columns": json.dumps(list(dict.fromkeys(condition.column for condition in conditions))),
        "symptom": symptom,
        "real_share": shares[0],
        "synthetic_share": shares[1],
        "difference": gap.value,
        "low": gap.low,
        "high": gap.high,
    }


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.0995 or share == 0 else f"{share:.1%}"


def _say(column: Column, condition: ColumnCondition) -> str:
    """Say a condition as it follows "rows have"."""
    name = condition.column
    if condition.level is not None:
        what = {BLANK: f"{name} blank", UNKNOWN: f"a {name} that no real row has"}.get(
            condition.level, f"{name} {condition.level}"
        )
        if condition.level == UNKNOWN:
            return what if condition.holds else f"a {name} that real rows have"
        return what if condition.holds else f"{name} other than {'blank' if condition.level == BLANK else condition.level}"
    whole = column.kind is Kind.INTEGER
    low = (
        shown(column, math.floor(condition.low) + 1 if whole and math.isfinite(condition.low) else condition.low)
        if math.isfinite(condition.low)
        else ""
    )
    high = shown(column, math.floor(condition.high) if whole else condition.high) if math.isfinite(condition.high) else ""
    if low and high:
        return f"{name} {low}" if low == high else f"{name} from {low} to {high}"
    return f"{name} {'of at least' if whole else 'above'} {low}" if low else f"{name} up to {high}"


def _telling(questions: _Questions, conditions: tuple[ColumnCondition, ...], sides: Sides) -> tuple[ColumnCondition, ...]:
    """Return the one condition that by itself makes half the difference or more, if there is one, else all."""
    whole = abs(_gap(questions, conditions, sides))
    alone = [abs(_gap(questions, (condition,), sides)) for condition in conditions]
    place = int(np.argmax(alone))
    return (conditions[place],) if alone[place] >= whole / 2 else conditions


def _symptom(case: Case, conditions: tuple[ColumnCondition, ...]) -> str:
    """Return what is behind a sentence, as a key of `SYMPTOMS`."""
    levels = {condition.level for condition in conditions}
    if UNKNOWN in levels:
        return "unknown level"
    if len({condition.column for condition in conditions}) > 1:
        return "relationship"
    if BLANK in levels:
        return "blank"
    if levels != {None}:
        return "level"
    cells = case.shared.cells[conditions[0].column]
    if len(cells.spikes) and len(cells.edges):
        return "spike"
    low, high = conditions[0].low, conditions[0].high
    ends = (float(np.nanmin(cells.high, initial=math.inf)), float(np.nanmax(cells.low, initial=-math.inf)))
    return "tail" if high <= ends[0] or low >= ends[1] else "shape"
