"""A generative adversarial network whose critic learns by noisy gradients (DP-SGD)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from synth_ui.core.context import Context
from synth_ui.core.table import TableSize
from synth_ui.core.tunable import integer, number
from synth_ui.generators.base import Cost
from synth_ui.generators.formal_privacy._accounting import GAUSSIAN, Part
from synth_ui.generators.formal_privacy._generator import FLOATS
from synth_ui.generators.formal_privacy._private_gan import (
    CellGroups,
    LearningGenerator,
    PrivateGan,
    random_of_networks,
    take_instead,
)
from synth_ui.generators.formal_privacy._schema_cells import Public

STEPS = "training steps of the critic"


@dataclass(frozen=True)
class DpGan(PrivateGan):
    """Train a critic on clipped, noisy gradients of sampled rows, and a generator on the critic alone.

    The generator starts at noisy shares of the columns, so that the critic's budget goes into relationships.
    """

    key = "dp_gan"
    title = "Private GAN"
    summary = "Two networks, one of which sees real rows through noisy gradients; " + take_instead(".75")
    taught_by = "noisy gradients"
    requires = ("torch", "opacus")
    reference = (
        "Abadi et al., Deep learning with differential privacy, CCS 2016; Xie et al., Differentially private generative adversarial "
        "network, 2018; Opacus, 2021"
    )
    good_at = "Showing what private training of a network costs: compare it with private marginals at the same ε."
    cannot = "It keeps few relationships, and how many differs much from run to run. " + FLOATS
    presets = {"quick": {"steps": 100}, "thorough": {"steps": 1_500}}

    steps: int = integer(400, low=1, high=100_000, log=True, help="Training steps; more steps share the same budget")
    batch: int = integer(500, low=1, high=100_000, log=True, help="Rows a step sees on average; each is drawn by chance")
    hidden: int = integer(64, low=4, high=1_024, log=True, help="Units of each network")
    clip: float = number(1.0, low=0.01, high=100.0, log=True, help="Length to which one row's gradient is cut", advanced=True)
    rate: float = number(0.002, low=1e-5, high=0.1, log=True, help="Learning rate of both networks", advanced=True)

    def teaching(self, public: Public, share: float) -> Part:
        """Return the steps the budget pays for."""
        return Part(STEPS, GAUSSIAN, self.steps, share, self._rate_of_rows(public.rows))

    def train(self, groups: CellGroups, deviation: float, context: Context) -> LearningGenerator:
        """Train the critic with noise, the generator on the critic."""
        rows = len(groups.codes)
        context.notes.used("batch", min(self.batch, rows), self.batch, f"only {rows:,} rows are learned from")
        return _train(groups, deviation, self._rate_of_rows(len(groups.codes)), self, context)

    def _rate_of_rows(self, rows: int) -> float:
        """Return the chance with which each row is part of a step."""
        return min(self.batch / rows, 1.0)

    def cost(self, size: TableSize, rows: int) -> Cost:
        """Estimate: imports and accounting, then steps over a batch of rows."""
        width = size.levels + 12 * size.columns
        step = 2e-3 + 2.5e-8 * min(self.batch, size.rows) * width * self.hidden / 8
        return Cost(
            6 + self.steps * step + 4e-8 * size.rows * size.columns + 1e-7 * rows * width, 400 + 2e-5 * size.rows * size.columns
        )


def _train(groups: CellGroups, deviation: float, rate: float, plan: DpGan, context: Context) -> LearningGenerator:
    """Alternate noisy steps of the critic, which sees real rows, and steps of the generator, which does not."""
    import torch
    from torch.nn import functional

    random = random_of_networks(context)
    maker = LearningGenerator(groups, plan.hidden, plan.rate, random)
    critic, optimiser = _critic(groups.width, deviation, rate * len(groups.codes), plan, random)
    sampled = context.noise("rows of each step")
    made_rows = min(plan.batch, len(groups.codes))
    for step in range(plan.steps):
        rows = groups.codes[sampled.random(len(groups.codes)) < rate]
        real = _one_hot(rows, groups.width).requires_grad_()  # Opacus' hooks want an input with a gradient
        optimiser.zero_grad(set_to_none=True)
        real_loss: Any = functional.softplus(-critic(real)).sum()
        real_loss.backward()
        optimiser.pre_step()
        critic.disable_hooks()
        made_loss = functional.softplus(critic(maker.rows(made_rows).detach().requires_grad_())).mean()
        for weight, slope in zip(critic.parameters(), torch.autograd.grad(made_loss, list(critic.parameters())), strict=True):
            weight.grad += slope
        optimiser.original_optimizer.step()
        maker.learn_from(functional.softplus(-critic(maker.rows(made_rows))).mean())
        critic.enable_hooks()
        context.step("learning", (step + 1) / plan.steps, critic=float(made_loss.detach()))
    return maker


def _critic(width: int, deviation: float, rows: float, plan: DpGan, random: Any) -> tuple[Any, Any]:
    """Return the critic, and Opacus' optimiser that clips each row's gradient and adds noise of `deviation` × clip."""
    import torch
    from opacus import GradSampleModule
    from opacus.optimizers import DPOptimizer

    layers = torch.nn.Sequential(torch.nn.Linear(width, plan.hidden), torch.nn.LeakyReLU(0.2), torch.nn.Linear(plan.hidden, 1))
    with torch.no_grad():
        for weight in layers.parameters():
            scale = weight.shape[-1] ** -0.5 if weight.dim() > 1 else 0.0
            weight.copy_(torch.randn(weight.shape, generator=random) * scale)
    critic = GradSampleModule(layers, loss_reduction="sum")
    optimiser = DPOptimizer(
        torch.optim.Adam(critic.parameters(), lr=plan.rate, betas=(0.5, 0.9)),
        noise_multiplier=deviation, max_grad_norm=plan.clip, expected_batch_size=max(rows, 1.0), loss_reduction="mean", generator=random,
    )  # fmt: skip
    return critic, optimiser


def _one_hot(codes: np.ndarray[Any, Any], width: int) -> Any:
    import torch

    rows = torch.zeros(len(codes), width)
    return rows.scatter_(1, torch.from_numpy(codes), 1.0)
