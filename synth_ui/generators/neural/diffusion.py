"""Diffusion: noise is turned into rows in small steps by a network that guesses the row behind a noisy one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth_ui.core.context import Context
from synth_ui.core.table import TableSize
from synth_ui.core.tunable import integer
from synth_ui.generators._preparation.prepare import Array, LawfulGenerator, Model, Prepared
from synth_ui.generators._threads import held_to
from synth_ui.generators.base import Cost
from synth_ui.generators.neural._autoregression import batches, chances, pick
from synth_ui.generators.neural._level_groups import Codes
from synth_ui.generators.neural._mlp import Floats32, Mlp, first_weights, moved_towards, run
from synth_ui.generators.neural._optimiser import AdamW, one_cycle
from synth_ui.generators.neural._row_encoding import Matched, Mixed, log_shares, numbers_there, spans, trial_rows
from synth_ui.generators.neural._whole_rows import (
    average_setting,
    blocks_setting,
    cost,
    encoded,
    inputs,
    most_levels_setting,
    rate_setting,
    say_batch,
)

_WAVES = 8
_CHUNK = 2_048


@dataclass(frozen=True)
class Diffusion(LawfulGenerator):
    """Learn to guess a row from a mixture of it and noise, then walk from pure noise to a row along the guesses.

    Flow matching over one-hot levels and normal scores: at time t in [0, 1] the network sees t · row + (1 - t) · noise and says
    the chance of each level and the mean of each number. Spikes and blanks of numbers are levels. Drawing takes `walk` steps.
    """

    key = "diffusion"
    title = "Diffusion"
    summary = "A network learns to see the row behind noise, and turns pure noise into rows step by step."
    family = "neural"
    requires = ("torch",)
    reference = "Lipman et al., Flow Matching for Generative Modeling, ICLR 2023; Kotelnikov et al., TabDDPM, ICML 2023"
    good_at = "Many numbers that hang together smoothly, drawn all at once in no order; repeats next to no row."
    cannot = "Drawing is slow, and columns that follow exactly from others are met only roughly."
    presets = MappingProxyType(
        {
            "quick": MappingProxyType({"steps": 500, "width": 192, "walk": 12}),
            "balanced": MappingProxyType({}),
            "thorough": MappingProxyType({"steps": 6_000, "width": 384, "walk": 40}),
        }
    )

    steps: int = integer(1_500, low=10, high=1_000_000, log=True, help="Gradient steps.")
    width: int = integer(256, low=8, high=2_048, log=True, help="Units in each layer of the network.")
    blocks: int = blocks_setting(3, advanced=False)
    batch: int = integer(256, low=16, high=16_384, log=True, help="Rows per gradient step.")
    rate: float = rate_setting(2e-3)
    walk: int = integer(20, low=2, high=1_000, log=True, help="Steps from noise to a row; more are slower and finer.")
    average: float = average_setting()
    most_levels: int = most_levels_setting()

    def learn(self, data: Prepared, context: Context) -> Model:
        """Encode, train, and see how far drawn columns lie from the real ones."""
        mixed, codes, scores = encoded(data, self.most_levels, context)
        say_batch(self.batch, len(codes), context)
        shares = log_shares(codes, mixed.levels)
        with held_to(context.threads):
            net = _train(codes, scores, shares, mixed, self, context)
        flow = Flow(net, mixed.levels, len(mixed.numbers), self.walk, shares)
        return DiffusionModel(mixed, flow.matched(trial_rows(len(codes)) // 2, mixed, context))

    def cost(self, size: TableSize, rows: int) -> Cost:
        """Estimate from the multiplications of each step. Measured on adult × 15, on one thread."""
        width = inputs(size, self.most_levels)
        weights = self.width * (2 * width + self.blocks * self.width)
        seconds = (
            3.0
            + self.steps * (2e-3 + self.batch * weights * 2.9e-10)
            + (rows + trial_rows(size.rows) / 2) * self.walk * weights * 9e-11
        )
        return cost(size, rows, seconds, self.batch * self.width)


# --- the walk -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Flow:
    """The trained network and how rows are drawn with it.

    Attributes
    ----------
    shares
        The log share of each level among the real rows.
    curves
        What brings drawn numbers back to their own distributions.
    """

    net: Mlp
    levels: tuple[int, ...]
    numbers: int
    walk: int
    shares: Floats32
    curves: Matched | None = None

    def draw(self, n: int, context: Context) -> tuple[Codes, Floats32]:
        """Draw levels and numbers of `n` rows."""
        rng, parts = context.rng("walk"), []
        for first in range(0, n, _CHUNK):
            parts.append(self._rows(min(_CHUNK, n - first), rng, context, first / n))
        codes, scores = (np.concatenate(part) for part in zip(*parts, strict=True))
        return codes, scores if self.curves is None else self.curves(scores)

    def _rows(self, n: int, rng: np.random.Generator, context: Context, done: float) -> tuple[Codes, Floats32]:
        width = sum(self.levels)
        now = rng.standard_normal((n, width + self.numbers), dtype=np.float32)
        guess = now
        for step in range(self.walk):
            context.step("sampling", 0.85 * done)
            guess = self._guess(now, step / self.walk)
            if step < self.walk - 1:
                for first, levels in spans(self.levels):
                    guess[:, first : first + levels] = chances(guess[:, first : first + levels])
                now += (guess - now) * np.float32(1 / (self.walk - step))
        codes = [pick(guess[:, first : first + levels], rng) for first, levels in spans(self.levels)]
        return np.column_stack(codes), guess[:, width:].copy()

    def _guess(self, now: Floats32, time: float) -> Floats32:
        """Return log chances and means: what each cell says of itself, and what the network adds from the others."""
        width = sum(self.levels)
        alone = np.empty_like(now)
        alone[:, :width] = self.shares + now[:, :width] * np.float32(time / (1 - time) ** 2)
        alone[:, width:] = now[:, width:] * np.float32(time / (time**2 + (1 - time) ** 2))
        seen = alone.copy()
        for first, levels in spans(self.levels):
            seen[:, first : first + levels] = chances(alone[:, first : first + levels])
        when = np.broadcast_to(waves(np.full(1, time)), (len(now), 2 * _WAVES))
        return alone + self.net(np.hstack([seen, when]))

    def matched(self, rows: int, mixed: Mixed, context: Context) -> Flow:
        """Return the flow whose drawn numbers have the real distributions, as far as a trial tells."""
        codes, scores = self.draw(rows, context.named("matching margins"))
        return replace(self, curves=Matched.to(scores, numbers_there(mixed, codes)))


def waves(time: NDArray[Any]) -> Floats32:
    """Return each time as sines and cosines of rising frequency, rows × 2 `_WAVES`."""
    angles = np.asarray(time, dtype=np.float32)[:, None] * np.pi * np.arange(1, _WAVES + 1, dtype=np.float32) / 2
    return np.hstack([np.sin(angles), np.cos(angles)]).astype(np.float32)


class DiffusionModel(Model):
    """The flow with what turns levels and numbers back into values."""

    keeps = "network weights, the share of each level, the distinct values of numeric columns with their counts"

    def __init__(self, mixed: Mixed, flow: Flow) -> None:
        self.mixed = mixed
        self.flow = flow

    def draw(self, n: int, context: Context) -> Sequence[Array]:
        """Walk from noise to levels and numbers, and turn them into values."""
        codes, scores = self.flow.draw(n, context)
        return self.mixed.decode(codes, scores, context.rng("values"))


# --- training -----------------------------------------------------------------------------------------------------


def _train(codes: Codes, scores: Floats32, shares: Floats32, mixed: Mixed, settings: Diffusion, context: Context) -> Mlp:
    """Train on random mixtures of rows and noise; return the running average of the weights."""
    import torch

    generator = torch.Generator().manual_seed(context.integer_seed("network"))
    width = sum(mixed.levels) + len(mixed.numbers)
    weights = first_weights(width + 2 * _WAVES, settings.width, settings.blocks, width, generator)
    average = [tensor.detach().clone() for tensor in weights]
    optimiser = AdamW(weights)
    lesson = _Lesson(mixed.levels, torch.from_numpy(shares), generator)
    all_codes, all_scores = torch.from_numpy(codes), torch.from_numpy(scores)
    for step, rows in enumerate(batches(len(codes), settings.batch, settings.steps, generator), start=1):
        nats, squares = lesson.losses(weights, all_codes[rows], all_scores[rows])
        optimiser.step(nats + squares, settings.rate * one_cycle(step / settings.steps))
        moved_towards(average, weights, max(settings.average, 1 / step))
        context.step("learning", step / settings.steps, levels=float(nats.detach()), numbers=float(squares.detach()))
    return Mlp.of(average)


class _Lesson:
    """Mixes rows with noise, and says how far the network's guesses lie from the rows."""

    def __init__(self, levels: Sequence[int], shares: Any, generator: Any) -> None:
        import torch

        self.levels = list(levels)
        self.shares = shares
        self.generator = generator
        self.starts = torch.tensor([first for first, _ in spans(levels)])

    def losses(self, weights: list[Any], codes: Any, scores: Any) -> tuple[Any, Any]:
        """Return nats per row for levels, squares per row for numbers; a row without a number is not asked for it."""
        import torch
        from torch.nn import functional

        time = (torch.rand(1, generator=self.generator) + torch.arange(len(codes)) / len(codes)) % 1.0
        time = time.clamp(max=0.999)[:, None]
        there = ~torch.isnan(scores)
        now = self._mixture(codes, scores, there, time)
        width = len(self.shares)
        logits = self.shares + now[:, :width] * (time / (1 - time) ** 2)
        means = now[:, width:] * (time / (time**2 + (1 - time) ** 2))
        seen = [functional.softmax(part, dim=1) for part in logits.split(self.levels, dim=1)]
        added = run(weights, torch.cat([*seen, means, torch.from_numpy(waves(time[:, 0].numpy()))], dim=1))
        parts = (logits + added[:, :width]).split(self.levels, dim=1)
        nats = [functional.cross_entropy(part, codes[:, at]) for at, part in enumerate(parts)]
        squares = ((means + added[:, width:] - torch.nan_to_num(scores)) ** 2 * there).sum() / len(codes)
        return torch.stack(nats).sum(), squares

    def _mixture(self, codes: Any, scores: Any, there: Any, time: Any) -> Any:
        """Return rows at their times; a row without a number has noise in its place."""
        import torch

        noise = torch.randn(len(codes), len(self.shares) + scores.shape[1], generator=self.generator)
        other = torch.randn(scores.shape, generator=self.generator)
        row = torch.zeros(len(codes), len(self.shares)).scatter_(1, codes + self.starts, 1.0)
        return torch.lerp(noise, torch.cat([row, torch.where(there, scores, other)], dim=1), time)
