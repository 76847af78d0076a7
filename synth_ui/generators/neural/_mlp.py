"""A residual network of plain layers: trained in torch, drawn from in numpy.

Weights are a flat list: in, its bias, then a matrix and bias per block, then out and its bias. Every block adds to what it gets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth_ui.generators.neural._autoregression import silu

Floats32 = NDArray[np.float32]


def first_weights(inputs: int, width: int, blocks: int, outputs: int, generator: Any) -> list[Any]:
    """Return random weights that keep the scale of what goes in; those of the last layer are small."""
    import torch

    def layer(into: int, out: int, scale: float) -> list[Any]:
        return [torch.randn(into, out, generator=generator) * scale * into**-0.5, torch.zeros(out)]

    weights = layer(inputs, width, 1.4)
    for _ in range(blocks):
        weights += layer(width, width, 1.4 / max(blocks, 1) ** 0.5)
    weights += layer(width, outputs, 0.1)
    for tensor in weights:
        tensor.requires_grad_()
    return weights


def run(weights: Sequence[Any], given: Any) -> Any:
    """Return what the network makes of rows, for training in torch."""
    import torch
    from torch.nn import functional

    units = functional.silu(torch.addmm(weights[1], given, weights[0]))
    for at in range(2, len(weights) - 2, 2):
        units = units + functional.silu(torch.addmm(weights[at + 1], units, weights[at]))
    return torch.addmm(weights[-1], units, weights[-2])


@dataclass(frozen=True, eq=False)
class Mlp:
    """A trained network, nothing but arrays of float32."""

    weights: tuple[Floats32, ...]

    @classmethod
    def of(cls, weights: Sequence[Any]) -> Mlp:
        """Take the weights out of torch."""
        return cls(tuple(tensor.detach().numpy().copy() for tensor in weights))

    def __call__(self, given: Floats32) -> Floats32:
        """Return what the network makes of rows."""
        units = silu(given @ self.weights[0] + self.weights[1])
        for at in range(2, len(self.weights) - 2, 2):
            units += silu(units @ self.weights[at] + self.weights[at + 1])
        out: Floats32 = units @ self.weights[-2] + self.weights[-1]
        return out


def moved_towards(average: Sequence[Any], weights: Sequence[Any], share: float) -> None:
    """Move a running average of the weights a share of the way towards them, in place."""
    import torch

    with torch.no_grad():
        for mean, now in zip(average, weights, strict=True):
            mean.lerp_(now, share)
