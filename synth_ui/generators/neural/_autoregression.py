"""A small autoregressive network over levels: each column's levels given those of the columns before it.

Every level has an embedding. The contributions of the columns seen so far are summed into one state (as in NADE, Larochelle and
Murray, AISTATS 2011), from which each column's own small head reads its levels, so the cost grows with the number of columns and
not with its square. Levels on a line share what they learn with their neighbours (`LevelPlaces`). All columns are learned in one pass. For each column the weights of the step at which it was best on the
validation rows are kept: a column with nothing to learn stays at its margin, one that follows from others trains to the end.

Training uses torch, imported when called; the trained network is plain numpy and draws without it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth_ui.core.context import Context
from synth_ui.generators._threads import held_to
from synth_ui.generators.neural._echoes import Echoes
from synth_ui.generators.neural._optimiser import AdamW, one_cycle
from synth_ui.generators.sampling.stratified import stratified

Codes = NDArray[np.int64]
Floats32 = NDArray[np.float32]
Weights = dict[str, Any]

_CHUNK = 32_768
_AXIS_ROWS = 4_096
_CHECKS = 16
_CALIBRATION_ROWS = 10_000
_CALIBRATION_ROUNDS = 3
_REACHES = (0.02, 0.08)
_REACHES_HOLD_FOR = 25_000
_OWN_ROWS = 50
_MOST_SHARING = 1_024


@dataclass(frozen=True)
class LearningPlan:
    """What is trained and how.

    Attributes
    ----------
    levels
        The number of levels of each column, in the order they are drawn.
    embedding, state, hidden
        Widths: of a level's embedding, of the summed state, of each column's head.
    steps, batch
        Gradient steps at most, and rows per step.
    rate, dropout
        The highest learning rate of the one-cycle schedule, and the share of head units dropped.
    patience
        How many checks in a row (of sixteen in all) may bring no gain before training ends.
    """

    levels: tuple[int, ...]
    embedding: int
    state: int
    hidden: int
    steps: int
    batch: int
    rate: float
    dropout: float
    patience: int


@dataclass(frozen=True, eq=False)
class LevelPlaces:
    """Where a column's levels lie.

    Attributes
    ----------
    places
        On a line of about [-½, ½], by the ranks of the rows that hold them; empty where the levels have no order.
    nowhere
        How many of the last levels lie nowhere: a blank, "the same as that column".
    counts
        How many rows hold each level.
    """

    places: Floats32
    nowhere: int
    counts: Codes

    def sharing(self) -> Floats32 | None:
        """Return how the levels share weights, levels × levels: a level's weights are a mixture of its own and its neighbours'.

        Trained through the mixture, what one level is shown moves those within a few hundredths of the rows along with it, so that
        a smooth law is learned from fewer rows; the more rows hold a level, the more it has of its own. The fewer rows there are,
        the further neighbours reach, as in kernel smoothing. Rows of the matrix have length one.
        """
        if not 2 < len(self.places) <= _MOST_SHARING:
            return None
        apart = self.places[:, None] - self.places[None, :]
        mixture = np.diag(self.counts / (self.counts + _OWN_ROWS))
        further = max((_REACHES_HOLD_FOR / max(self.counts.sum(), 1)) ** 0.2, 1.0)
        for reach in _REACHES:
            near = np.exp(-((apart / (reach * further)) ** 2) / 2)
            lost = np.arange(len(near) - self.nowhere, len(near))
            near[lost, :], near[:, lost] = 0.0, 0.0
            near[lost, lost] = 1.0
            mixture += near / np.linalg.norm(near, axis=1, keepdims=True)
        return np.asarray(mixture / np.linalg.norm(mixture, axis=1, keepdims=True), dtype=np.float32)

    def inputs(self, levels: int) -> Floats32:
        """Return the places as an input of about unit spread, one per level; zeros where there are none."""
        return self.places * np.float32(3.4) if len(self.places) else np.zeros(levels, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Stage:
    """The network's input side as it stood at one check.

    Attributes
    ----------
    tables
        For each column, what each of its levels adds to the state: arrays of levels × state.
    """

    tables: tuple[Floats32, ...]


@dataclass(frozen=True, eq=False)
class Head:
    """How one column's levels are read off the state; `stage` says off which stage's."""

    stage: int
    layers: tuple[tuple[Floats32, Floats32], ...]
    output: Floats32
    bias: Floats32

    def logits(self, state: Floats32) -> Floats32:
        """Return the unnormalised log chances of each level, rows × levels."""
        (weight, bias), *blocks = self.layers
        units = silu(state @ weight + bias)
        for weight, bias in blocks:
            units = units + silu(units @ weight + bias)
        out: Floats32 = units @ self.output.T + self.bias
        return out


@dataclass(frozen=True, eq=False)
class Network:
    """A trained network, ready to draw; nothing but arrays of float32.

    Attributes
    ----------
    shifts
        What is added to each column's log chances so that drawn rows have the margins learned from.
    echoes
        The levels that are the value of another column.
    """

    stages: tuple[Stage, ...]
    heads: tuple[Head, ...]
    temperature: float
    shifts: tuple[Floats32, ...] = ()
    echoes: Echoes = field(default_factory=lambda: Echoes(()))

    def draw(self, n: int, context: Context, wanted: Mapping[int, Codes] | None = None) -> Codes:
        """Draw the codes of `n` rows, rows × columns in the network's order; with `wanted` only rows that have such codes are kept.

        Parameters
        ----------
        wanted
            The codes allowed, by column in the network's order.
        """
        rng, parts = context.rng("levels"), []
        for first in range(0, n, _CHUNK):
            context.step("sampling", 0.9 * first / n)
            parts.append(self._rows(min(_CHUNK, n - first), rng, wanted or {}))
        return np.concatenate(parts)

    def _rows(self, n: int, rng: np.random.Generator, wanted: Mapping[int, Codes]) -> Codes:
        states = self._empty_states(n)
        out, seen = (np.empty((n, len(self.heads)), dtype=np.int64) for _ in range(2))
        for column, shift in enumerate(self.shifts):
            scores = self._scores(column, states)
            scores += shift
            out[:, column] = pick(scores, rng)
            seen[:, column] = self.echoes.seen(column, out[:, column], list(seen.T))
            if column in wanted:
                kept = np.isin(seen[:, column], wanted[column])
                out, seen, states = out[kept], seen[kept], [state[kept] for state in states]
                if not len(out):
                    break
            self._take_in(column, seen[:, column], states)
        return out

    def _empty_states(self, n: int) -> list[Floats32]:
        width = self.stages[0].tables[0].shape[1]
        return [np.zeros((n, width), dtype=np.float32) for _ in self.stages]

    def _scores(self, column: int, states: Sequence[Floats32]) -> Floats32:
        head = self.heads[column]
        # The state is a sum over the earlier columns: over the root of their number its spread stays the same from the first
        # column to the hundredth. Training does likewise, see `_earlier`.
        scale = np.float32(1 / math.sqrt(max(column, 1)))
        return head.logits(states[head.stage] * scale) / np.float32(self.temperature)

    def _take_in(self, column: int, codes: Codes, states: Sequence[Floats32]) -> None:
        """Add what the drawn levels contribute to the state of every stage a later head reads."""
        needed = {head.stage for head in self.heads[column + 1 :]}
        for stage in needed:
            states[stage] += self.stages[stage].tables[column][codes]

    def calibrated(self, counts: Sequence[Codes], context: Context) -> Network:
        """Return the network with shifts such that drawn rows have the margins of `counts`, column after column."""
        n = int(min(counts[0].sum(), _CALIBRATION_ROWS))
        rng, states, shifts = context.rng("calibrate"), self._empty_states(n), []
        seen: list[Codes] = []
        for column, count in enumerate(counts):
            context.step("matching margins", column / len(counts))
            scores = self._scores(column, states)
            shift = shift_to(scores, count / count.sum(), 0.5 / n)
            shifts.append(shift)
            seen.append(self.echoes.seen(column, pick(scores + shift, rng), seen))
            self._take_in(column, seen[-1], states)
        return replace(self, shifts=tuple(shifts))


def silu(x: Floats32) -> Floats32:
    """Return x / (1 + exp(-x))."""
    out: Floats32 = np.negative(x)
    # exp overflows to inf far below zero, where x / inf = -0 is the right answer
    with np.errstate(over="ignore"):
        np.exp(out, out=out)
    out += 1
    return np.divide(x, out, out=out)


def chances(scores: Floats32) -> Floats32:
    """Turn log chances into chances."""
    out: Floats32 = np.exp(scores - scores.max(axis=1, keepdims=True))
    out /= out.sum(axis=1, keepdims=True)
    return out


def pick(scores: Floats32, rng: np.random.Generator) -> Codes:
    """Draw one level per row by its chance; rows with like chances are spread evenly over them."""
    shares = chances(scores)
    heights = np.cumsum(shares, axis=1)
    # Inverse transform: a row's level is the one whose stretch of the summed chances a number in [0, 1) falls into. The
    # numbers are stratified along rows of like chances, so that drawn shares err by about a row and not by the root of the
    # rows.
    places = stratified(_likeness(shares), rng)[:, None] * heights[:, -1:]
    picked: Codes = np.minimum((heights <= places).sum(axis=1), scores.shape[1] - 1)
    return picked


def _likeness(shares: Floats32) -> Floats32:
    """Return where each row lies on the axis along which the rows' chances differ most: of their roots, as Hellinger has it."""
    roots = np.sqrt(shares)
    centred = roots[:_AXIS_ROWS] - roots[:_AXIS_ROWS].mean(axis=0)
    axis = np.linalg.eigh(centred.T @ centred)[1][:, -1]
    out: Floats32 = roots @ axis
    return out


def shift_to(scores: Floats32, wanted: NDArray[np.float64], least: float) -> Floats32:
    """Find what to add to the log chances of each level so that their mean chances are the wanted ones."""
    shift = np.zeros(scores.shape[1], dtype=np.float32)
    for _ in range(_CALIBRATION_ROUNDS):
        have = chances(scores + shift).mean(axis=0)
        # Iterative scaling (Deming and Stephan 1940) of one margin. Several rounds, as the chances are normalised again after
        # each: a level that gains takes from the others. `least` keeps a level that nobody drew from an infinite shift.
        shift += np.log((wanted + least) / (have + least)).astype(np.float32)
    return shift


# --- training -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Lesson:
    """What is learned from.

    Attributes
    ----------
    seen, wanted
        Rows × columns of codes in the order they are drawn: as later columns see them, and as they are drawn.
    lines
        Where each column's levels lie.
    echoes
        The levels in which the two differ.
    """

    seen: Codes
    wanted: Codes
    lines: Sequence[LevelPlaces]
    echoes: Echoes


def train(lesson: Lesson, plan: LearningPlan, temperature: float, context: Context) -> Network:
    """Train on rows × columns of codes and return the network, calibrated to their margins."""
    import torch

    lines, codes = lesson.lines, np.concatenate([lesson.seen, lesson.wanted], axis=1)
    counts = [np.bincount(lesson.wanted[:, j], minlength=levels) for j, levels in enumerate(plan.levels)]
    generator = torch.Generator().manual_seed(context.integer_seed("network"))
    sharing = [line.sharing() for line in lines]
    with held_to(context.threads):
        weights = _first_weights(plan, lines, counts, generator)
        kept = _run(torch.from_numpy(codes), weights, _torch(sharing), plan, generator, context)
    return replace(_to_numpy(kept, sharing, plan, temperature), echoes=lesson.echoes).calibrated(counts, context)


def _torch(sharing: Sequence[Floats32 | None]) -> list[Any]:
    import torch

    return [None if mixture is None else torch.from_numpy(mixture) for mixture in sharing]


def _first_weights(plan: LearningPlan, lines: Sequence[LevelPlaces], counts: Sequence[Codes], generator: Any) -> Weights:
    """Return weights with which every column is drawn from its margin: outputs are zero but for their biases."""
    import torch

    columns, state, hidden = len(plan.levels), plan.state, plan.hidden
    inputs, total = plan.embedding + 1, sum(plan.levels)

    def normal(*shape: int, scale: float) -> Any:
        return torch.randn(*shape, generator=generator) * scale

    shares = np.concatenate([np.log((count + 0.5) / (count.sum() + 0.5 * len(count))) for count in counts])
    weights = {
        "embedding": normal(total, plan.embedding, scale=plan.embedding**-0.5),
        "project": normal(columns, inputs, state, scale=inputs**-0.5),
        "first": normal(columns, state, hidden, scale=(2 / state) ** 0.5),
        "first_bias": torch.zeros(columns, 1, hidden),
        "second": normal(columns, hidden, hidden, scale=(2 / hidden) ** 0.5),
        "second_bias": torch.zeros(columns, 1, hidden),
        "output": torch.zeros(total, hidden),
        "output_bias": torch.from_numpy(shares.astype(np.float32)),
    }
    for tensor in weights.values():
        tensor.requires_grad_()
    places = [line.inputs(levels) for line, levels in zip(lines, plan.levels, strict=True)]
    weights["places"] = torch.from_numpy(np.concatenate(places)[:, None])
    return weights


def _run(
    codes: Any, weights: Weights, sharing: Sequence[Any], plan: LearningPlan, generator: Any, context: Context
) -> list[tuple[int, Weights]]:
    """Step through the schedule; return for each column the number of its best check and the weights it had there."""
    import torch

    order = torch.from_numpy(context.rng("validation rows").permutation(len(codes)))
    held_out = max(len(codes) // 10, 1) if len(codes) >= 10 else 0
    check, learn = (codes[order[:held_out]], codes[order[held_out:]]) if held_out else (codes, codes)
    check = check[:5_000]
    parameters = [tensor for tensor in weights.values() if tensor.requires_grad]
    optimiser = AdamW(parameters)
    # Columns begin to repeat single rows at different times: each keeps the weights of the check at which its own loss on
    # unseen rows was lowest, and not those of one moment for all.
    watch = _Watch(len(plan.levels), plan.patience)
    watch.see(weights, _check_losses(weights, check, sharing, plan))
    every, drops = max(plan.steps // _CHECKS, 1), context.rng("dropout")
    for step, rows in enumerate(batches(len(learn), plan.batch, plan.steps, generator), start=1):
        loss = _column_losses(weights, learn[rows], sharing, plan, drops).sum()
        optimiser.step(loss, plan.rate * one_cycle(step / plan.steps))
        said = {"training": float(loss.detach())}
        if step % every == 0 or step == plan.steps:
            losses = _check_losses(weights, check, sharing, plan)
            said["validation"] = float(losses.sum())
            watch.see(weights, losses)
        context.step("learning", step / plan.steps, **said)
        if watch.done:
            break
    return watch.kept()


def batches(rows: int, batch: int, steps: int, generator: Any) -> Iterator[Any]:
    """Yield the rows of each step: shuffled passes, cut into batches."""
    import torch

    size, given = min(batch, rows), 0
    while given < steps:
        order = torch.randperm(rows, generator=generator)
        for first in range(0, rows - size + 1, size):
            yield order[first : first + size]
            given += 1
            if given == steps:
                return


def _column_losses(
    weights: Weights, codes: Any, sharing: Sequence[Any], plan: LearningPlan, drops: np.random.Generator | None = None
) -> Any:
    """Return each column's mean cross-entropy in nats; units are dropped where a generator is given.

    `codes` are those seen, then those wanted.
    """
    import torch
    from torch.nn import functional

    def drop(units: Any) -> Any:
        return units if drops is None or not plan.dropout else units * _dropout(units.shape, plan.dropout, drops)

    columns = len(plan.levels)
    starts = torch.tensor(np.cumsum([0, *plan.levels[:-1]]))
    embedding, outputs = (
        [
            own if mixture is None else mixture @ own
            for mixture, own in zip(sharing, weights[name].split(plan.levels), strict=True)
        ]
        for name in ("embedding", "output")
    )
    table = torch.cat([torch.cat(embedding), weights["places"]], dim=1)
    seen, wanted = codes[:, :columns], codes[:, columns:]
    inputs = functional.embedding(seen + starts, table).transpose(0, 1)
    # What a column adds to the state does not depend on the others, so the states of all columns are running sums, computed
    # at once by one triangular product (as in NADE, Larochelle and Murray, AISTATS 2011). Each column reads its own state
    # with layers of its own.
    added = torch.bmm(inputs, weights["project"])
    state = torch.mm(_earlier(columns), added.flatten(1)).view_as(added)
    units = drop(functional.silu(torch.baddbmm(weights["first_bias"], state, weights["first"])))
    units = drop(units + functional.silu(torch.baddbmm(weights["second_bias"], units, weights["second"])))
    # unbind and split are one node each for the gradient; indexing would be one full-sized gradient per column
    heads = zip(units.unbind(0), outputs, weights["output_bias"].split(plan.levels), strict=True)
    scores = [functional.linear(unit, output, bias) for unit, output, bias in heads]
    return torch.stack([functional.cross_entropy(score, wanted[:, j]) for j, score in enumerate(scores)])


def _earlier(columns: int) -> Any:
    """Return the matrix that sums what earlier columns add, held to one scale whatever their number."""
    import torch

    scale = torch.arange(columns).clamp(min=1).float().rsqrt()
    return torch.tril(torch.ones(columns, columns), -1) * scale[:, None]


def _dropout(shape: Sequence[int], share: float, rng: np.random.Generator) -> Any:
    """Return what to multiply units by: 0 for a share of them, for the others what keeps the mean. Bytes are drawn, as it is faster."""
    import torch

    places = np.frombuffer(rng.bytes(math.prod(shape)), dtype=np.uint8)
    keep = (places >= round(256 * share)).astype(np.float32) / np.float32(1 - round(256 * share) / 256)
    return torch.from_numpy(keep).view(*shape)


def _check_losses(weights: Weights, codes: Any, sharing: Sequence[Any], plan: LearningPlan) -> NDArray[np.float64]:
    import torch

    with torch.no_grad():
        return np.asarray(_column_losses(weights, codes, sharing, plan).numpy(), dtype=np.float64)


class _Watch:
    """Keeps, for each column, the weights of the check at which it was best, and tells when no column gains any more."""

    def __init__(self, columns: int, patience: int) -> None:
        self.best = np.full(columns, np.inf)
        self.at = np.zeros(columns, dtype=int)
        self.patience = patience
        self.seen = 0
        self.snapshots: dict[int, Weights] = {}

    def see(self, weights: Weights, losses: NDArray[np.float64]) -> None:
        """Take in one check."""
        better = losses < self.best - 1e-4
        if better.any():
            self.best[better], self.at[better] = losses[better], self.seen
            self.snapshots[self.seen] = {name: tensor.detach().clone() for name, tensor in weights.items()}
        self.snapshots = {number: kept for number, kept in self.snapshots.items() if number in self.at}
        self.seen += 1

    @property
    def done(self) -> bool:
        """Whether no column has gained for as many checks as patience allows."""
        return bool(self.seen - 1 - self.at.max() >= self.patience)

    def kept(self) -> list[tuple[int, Weights]]:
        """Return each column's best check and its weights."""
        return [(int(number), self.snapshots[int(number)]) for number in self.at]


def _to_numpy(
    kept: Sequence[tuple[int, Weights]], sharing: Sequence[Floats32 | None], plan: LearningPlan, temperature: float
) -> Network:
    """Turn each column's weights into a head, and each check that is read into a stage of lookup tables."""
    numbers = sorted({number for number, _ in kept})
    by_number = {number: {name: tensor.numpy() for name, tensor in weights.items()} for number, weights in kept}
    stages = [_stage(by_number[number], sharing, plan.levels) for number in numbers]
    starts = np.cumsum([0, *plan.levels])
    heads = []
    for j, (number, _) in enumerate(kept):
        arrays = by_number[number]
        layers = tuple((arrays[name][j].copy(), arrays[f"{name}_bias"][j, 0].copy()) for name in ("first", "second"))
        rows = slice(starts[j], starts[j + 1])
        output = _mixed(arrays["output"][rows], sharing[j])
        heads.append(Head(numbers.index(number), layers, output, arrays["output_bias"][rows].copy()))
    return Network(tuple(stages), tuple(heads), temperature)


def _stage(arrays: dict[str, Floats32], sharing: Sequence[Floats32 | None], levels: Sequence[int]) -> Stage:
    ends = np.cumsum(levels)[:-1]
    own = zip(np.split(arrays["embedding"], ends), np.split(arrays["places"], ends), sharing, arrays["project"], strict=True)
    return Stage(
        tuple(np.concatenate([_mixed(part, mixture), places], axis=1) @ project for part, places, mixture, project in own)
    )


def _mixed(own: Floats32, mixture: Floats32 | None) -> Floats32:
    return own.copy() if mixture is None else mixture @ own
