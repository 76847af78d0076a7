"""The optimiser of our networks.

torch's own loads its compiler at the first step, several seconds of processor time in every worker; these are its twenty lines.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any


class AdamW:
    """Adam with decoupled weight decay (Loshchilov and Hutter, ICLR 2019), for weights of torch that have gradients.

    A weight without a gradient stays as it is.
    """

    def __init__(self, weights: Sequence[Any], betas: tuple[float, float] = (0.9, 0.99), decay: float = 0.01) -> None:
        import torch

        self.weights = list(weights)
        self.betas = betas
        self.decay = decay
        self.means = [torch.zeros_like(weight) for weight in self.weights]
        self.squares = [torch.zeros_like(weight) for weight in self.weights]
        self.steps = 0

    def step(self, loss: Any, rate: float) -> None:
        """Move the weights down the gradient of `loss`."""
        import torch

        self.steps += 1
        gradients: Sequence[Any] = torch.autograd.grad(loss, self.weights, allow_unused=True)
        fresh, steady = (1 - beta**self.steps for beta in self.betas)
        with torch.no_grad():
            for weight, gradient, mean, square in zip(self.weights, gradients, self.means, self.squares, strict=True):
                if gradient is None:
                    continue
                mean.lerp_(gradient, 1 - self.betas[0])
                square.mul_(self.betas[1]).addcmul_(gradient, gradient, value=1 - self.betas[1])
                weight.mul_(1 - rate * self.decay)
                weight.addcdiv_(mean, (square / steady).sqrt_().add_(1e-8), value=-rate / fresh)


def one_cycle(share: float) -> float:
    """Return the learning rate's share of its highest: up over the first seventh, then down along a cosine."""
    rise = 0.15
    if share < rise:
        return 0.1 + 0.9 * share / rise
    return 0.01 + 0.99 * (1 + math.cos(math.pi * (share - rise) / (1 - rise))) / 2
