"""Generative adversarial network: one network makes rows, another tells them from real ones, until it hardly can."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from synth_ui.core.context import Context
from synth_ui.core.table import TableSize
from synth_ui.core.tunable import integer
from synth_ui.generators._preparation.prepare import LawfulGenerator, Model, Prepared
from synth_ui.generators._threads import held_to
from synth_ui.generators.base import Cost
from synth_ui.generators.neural._level_groups import Codes
from synth_ui.generators.neural._mlp import Mlp, first_weights, moved_towards, run
from synth_ui.generators.neural._optimiser import AdamW, one_cycle
from synth_ui.generators.neural._row_encoding import Floats32, Mixed, Outputs, log_shares, numbers_there, spans, trial_rows
from synth_ui.generators.neural._whole_rows import (
    WholeRowModel,
    average_setting,
    blocks_setting,
    cost,
    encoded,
    inputs,
    most_levels_setting,
    rate_setting,
)

_SHARPNESS = 3.0
_PENALTY = 10.0
_CERTAIN = -6.0


@dataclass(frozen=True)
class Gan(LawfulGenerator):
    """Train a generator against a critic (Wasserstein distance with gradient penalty).

    Each row is made for a level of one of the columns, rare levels more often than they are, and the critic compares it with real
    rows of that level; it judges several rows together, so that rows all alike are noticed. Rows are drawn with a running average
    of the generator's weights, and each column's shares are put right afterwards.
    """

    key = "gan"
    title = "Adversarial network"
    summary = "One network makes rows, a second tells them from real ones, and both learn from each other."
    family = "neural"
    requires = ("torch",)
    reference = (
        "Gulrajani et al., Improved Training of Wasserstein GANs, NeurIPS 2017; Xu et al., CTGAN, NeurIPS 2019 (conditions); "
        "Lin et al., PacGAN, NeurIPS 2018"
    )
    good_at = "What CTGAN is known for, in less time; repeats next to no training row."
    cannot = "Training is a contest without a finish: two seeds differ, and trees are ahead on most tables."
    presets = MappingProxyType(
        {
            "quick": MappingProxyType({"steps": 400, "width": 128}),
            "balanced": MappingProxyType({}),
            "thorough": MappingProxyType({"steps": 6_000, "width": 256}),
        }
    )

    steps: int = integer(1_200, low=10, high=1_000_000, log=True, help="Steps of the generator.")
    critic_steps: int = integer(2, low=1, high=20, help="Steps of the critic per step of the generator.")
    width: int = integer(192, low=8, high=2_048, log=True, help="Units in each layer of both networks.")
    blocks: int = blocks_setting(2)
    noise: int = integer(64, low=2, high=1_024, log=True, help="Random numbers each row is made from.", advanced=True)
    together: int = integer(4, low=1, high=32, help="Rows the critic judges together.", advanced=True)
    batch: int = integer(256, low=16, high=16_384, log=True, help="Rows per step.", advanced=True)
    rate: float = rate_setting(1e-3)
    average: float = average_setting()
    most_levels: int = most_levels_setting()

    def learn(self, data: Prepared, context: Context) -> Model:
        """Encode, train, and see how far drawn columns lie from the real ones."""
        mixed, codes, scores = encoded(data, self.most_levels, context)
        with held_to(context.threads):
            net = _Contest(codes, scores, mixed, self, context).trained()
        maker = TrainedGenerator(net, mixed.levels, log_shares(codes, mixed.levels), self.noise)
        raw = maker.raw(trial_rows(len(codes)), context.rng("trial"))
        return GanModel(mixed, maker, Outputs.matched(raw, mixed, codes, context))

    def cost(self, size: TableSize, rows: int) -> Cost:
        """Estimate from the multiplications of each step. Measured on adult × 15, on one thread."""
        width = inputs(size, self.most_levels)
        maker = self.width * (2 * width + self.noise + self.blocks * self.width)
        critic = self.width * (2 * width + self.blocks * self.width / self.together)
        per_step = 3e-3 + self.batch * ((1 + self.critic_steps) * maker + 3 * self.critic_steps * critic) * 2.4e-10
        seconds = 2.0 + self.steps * per_step + rows * (maker * 2e-11 + 1e-8 * width)
        return cost(size, rows, seconds, self.batch * self.width)


@dataclass(frozen=True, eq=False)
class TrainedGenerator:
    """The trained generator; `shares` holds the log share of each level, by which the levels rows are made for are drawn."""

    net: Mlp
    levels: tuple[int, ...]
    shares: Floats32
    noise: int

    def raw(self, n: int, rng: np.random.Generator) -> Floats32:
        """Return log chances, means, and spreads next to nothing, of rows to be drawn."""
        asked = np.zeros((n, sum(self.levels)), dtype=np.float32)
        column = rng.integers(0, len(self.levels), n)
        for at, (first, count) in enumerate(spans(self.levels)):
            rows = np.flatnonzero(column == at)
            chance = np.exp(self.shares[first : first + count].astype(float))
            asked[rows, first + rng.choice(count, len(rows), p=chance / chance.sum())] = 1.0
        given = np.hstack([rng.standard_normal((n, self.noise), dtype=np.float32), asked])
        made = self.net(given)
        numbers = made.shape[1] - asked.shape[1]
        return np.hstack([made, np.full((n, numbers), _CERTAIN, dtype=np.float32)])


class GanModel(WholeRowModel):
    """The generator, and what turns levels and numbers back into values."""

    keeps = "network weights, the share of each level, the distinct values of numeric columns with their counts"

    def __init__(self, mixed: Mixed, maker: TrainedGenerator, outputs: Outputs) -> None:
        super().__init__(mixed, outputs)
        self.maker = maker

    def raw(self, n: int, rng: np.random.Generator) -> Floats32:
        """Make rows."""
        return self.maker.raw(n, rng)


# --- training -----------------------------------------------------------------------------------------------------


class _Contest:
    """Both networks, and the steps in which they learn from each other."""

    def __init__(self, codes: Codes, scores: Floats32, mixed: Mixed, settings: Gan, context: Context) -> None:
        import torch

        self.settings = settings
        self.context = context
        self.mixed = mixed
        self.width = sum(mixed.levels)
        self.generator = torch.Generator().manual_seed(context.integer_seed("networks"))
        self.draws = _Draws(codes, mixed, context.rng("conditions"))
        self.starts = torch.tensor([first for first, _ in spans(mixed.levels)])
        self.counted = torch.tensor([first + len(mixed.columns[at].spikes) for at, (first, _) in enumerate(spans(mixed.levels)) if mixed.columns[at].rest is not None], dtype=torch.long)  # fmt: skip
        self.codes = torch.from_numpy(codes)
        self.scores = torch.nan_to_num(torch.from_numpy(scores)) * torch.from_numpy(numbers_there(mixed, codes))
        cells, unit = self.width + scores.shape[1], settings.width
        self.maker = first_weights(settings.noise + self.width, unit, settings.blocks, cells, self.generator)
        self.critic = first_weights(settings.together * (cells + self.width), unit, settings.blocks, 1, self.generator)
        with torch.no_grad():
            self.maker[-1][: self.width] = torch.from_numpy(log_shares(codes, mixed.levels))

    def trained(self) -> Mlp:
        """Play all steps; return the running average of the generator."""
        settings, betas = self.settings, (0.5, 0.9)
        average = [tensor.detach().clone() for tensor in self.maker]
        making, judging = AdamW(self.maker, betas, 0.0), AdamW(self.critic, betas, 0.0)
        for step in range(1, settings.steps + 1):
            rate = settings.rate * one_cycle(step / settings.steps)
            for _ in range(settings.critic_steps):
                critic_loss = self._critic_loss()
                judging.step(critic_loss, rate)
            loss = self._maker_loss()
            making.step(loss, rate)
            moved_towards(average, self.maker, max(settings.average, 1 / step))
            said = {"generator": float(loss.detach()), "critic": float(critic_loss.detach())}
            self.context.step("learning", step / settings.steps, **said)
        return Mlp.of(average)

    def _critic_loss(self) -> Any:
        """Return how much lower real rows are judged than made ones, and how far the slope between them is from 1."""
        import torch

        columns, levels, rows = self.draws.next(self._rows())
        asked = self._asked(columns, levels)
        real = self._real(torch.from_numpy(rows))
        with torch.no_grad():
            made = self._made(asked)[0]
        pairs = [self._together(torch.cat([cells, asked], dim=1)) for cells in (real, made)]
        share = torch.rand(len(pairs[0]), 1, generator=self.generator)
        between = torch.lerp(pairs[0], pairs[1], share).requires_grad_()
        slope = torch.autograd.grad(run(self.critic, between).sum(), between, create_graph=True)[0]
        penalty = ((slope.norm(dim=1) - 1) ** 2).mean()
        return run(self.critic, pairs[1]).mean() - run(self.critic, pairs[0]).mean() + _PENALTY * penalty

    def _maker_loss(self) -> Any:
        """Return how low made rows are judged, and how unlikely they hold the level they were made for."""
        import torch
        from torch.nn import functional

        columns, levels, _ = self.draws.next(self._rows())
        asked = self._asked(columns, levels)
        made, logits = self._made(asked)
        judged = run(self.critic, self._together(torch.cat([made, asked], dim=1))).mean()
        at, level = torch.from_numpy(columns), torch.from_numpy(levels)
        missed = [
            functional.cross_entropy(part[at == column], level[at == column], reduction="sum")
            for column, part in enumerate(logits.split(list(self.mixed.levels), dim=1))
        ]
        return torch.stack(missed).sum() / len(made) - judged

    def _rows(self) -> int:
        return max(self.settings.batch // self.settings.together, 1) * self.settings.together

    def _together(self, cells: Any) -> Any:
        return cells.reshape(len(cells) // self.settings.together, -1)

    def _asked(self, columns: Codes, levels: Codes) -> Any:
        import torch

        asked = torch.zeros(len(columns), self.width)
        asked[torch.arange(len(columns)), self.starts[torch.from_numpy(columns)] + torch.from_numpy(levels)] = 1.0
        return asked

    def _real(self, rows: Any) -> Any:
        import torch

        shown = torch.zeros(len(rows), self.width).scatter_(1, self.codes[rows] + self.starts, 1.0)
        return torch.cat([shown, self.scores[rows]], dim=1)

    def _made(self, asked: Any) -> tuple[Any, Any]:
        """Return made cells as the critic sees them (levels nearly one or zero, numbers where there is one), and log chances."""
        import torch

        noise = torch.randn(len(asked), self.settings.noise, generator=self.generator)
        raw = run(self.maker, torch.cat([noise, asked], dim=1))
        logits = raw[:, : self.width]
        places = torch.rand(logits.shape, generator=self.generator).clamp(1e-9, 1 - 1e-6)
        luck = -torch.log(-torch.log(places))
        parts = ((logits + luck) * _SHARPNESS).split(list(self.mixed.levels), dim=1)
        shown = torch.cat([part.softmax(dim=1) for part in parts], dim=1)
        return torch.cat([shown, raw[:, self.width :] * shown[:, self.counted]], dim=1), logits


class _Draws:
    """Levels rows are made for, rare ones more often than they are, each with a real row that has it."""

    def __init__(self, codes: Codes, mixed: Mixed, rng: np.random.Generator) -> None:
        self.rng = rng
        self.telling = [at for at, count in enumerate(mixed.levels) if count > 1] or [0]
        self.orders = [np.argsort(codes[:, at], kind="stable") for at in self.telling]
        self.counts = [np.bincount(codes[:, at], minlength=mixed.levels[at]) for at in self.telling]

    def next(self, n: int) -> tuple[Codes, Codes, Codes]:
        """Draw columns, levels and rows."""
        which = self.rng.integers(0, len(self.telling), n)
        levels, rows = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
        for place, (order, counts) in enumerate(zip(self.orders, self.counts, strict=True)):
            mine = np.flatnonzero(which == place)
            chance = np.log1p(counts)
            level = self.rng.choice(len(counts), len(mine), p=chance / chance.sum())
            levels[mine] = level
            rows[mine] = order[np.cumsum(counts)[level] - 1 - (self.rng.random(len(mine)) * counts[level]).astype(np.int64)]
        return np.array(self.telling)[which], levels, rows
