"""What the two private adversarial networks share: rows as one-hot groups, and a small network that makes them.

The generator never sees a real row. It starts at the noisy shares of the columns, and learns only through a critic whose training is
private; a number's place inside its group comes from the noisy shares.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from synth_ui.core.budget import Ledger
from synth_ui.core.context import Context
from synth_ui.core.tunable import integer, number
from synth_ui.generators._preparation.margin import Floats
from synth_ui.generators._threads import held_to
from synth_ui.generators.formal_privacy._accounting import GAUSSIAN, Part, ledger, noises
from synth_ui.generators.formal_privacy._generator import CellModel, FormalGenerator
from synth_ui.generators.formal_privacy._noisy_columns import NoisyColumn, one_way, view
from synth_ui.generators.formal_privacy._noisy_counts import Codes
from synth_ui.generators.formal_privacy._schema_cells import Public

COLUMNS = "counts of each column"
SEEDS = 32
_TEMPERATURE = 0.66
_CHUNK = 20_000
_MATCHED_ROWS = 4_000
_MATCH_ROUNDS = 8

Weights = NDArray[np.float32]


def take_instead(kept: str) -> str:
    """Return the end of a network's summary: which generator to take, with what each kept in docs/formal-privacy.md."""
    return f"take private marginals instead, which at ε = 1 keep .90 of what rows of a census teach a model, this {kept}."


@dataclass(frozen=True, eq=False)
class CellGroups:
    """The table as groups of cells, all columns' groups side by side.

    Attributes
    ----------
    codes
        Rows × columns: the number of each group among all columns' groups.
    starts
        The first group of each column, then the number of all.
    """

    views: list[NoisyColumn]
    codes: Codes
    starts: Codes

    @classmethod
    def of(cls, public: Public, deviation: float, most: int, context: Context) -> CellGroups:
        """Count the columns with noise and group their cells."""
        fine, _ = one_way(public, deviation, context)
        views = [view(own, cells, most) for own, cells in zip(fine, public.cells, strict=True)]
        starts = np.cumsum([0, *(one.groups for one in views)])
        codes = np.column_stack([one.group[own] + start for one, own, start in zip(views, public.codes, starts, strict=False)])
        return cls(views, codes, starts)

    @property
    def width(self) -> int:
        """The groups of all columns together."""
        return int(self.starts[-1])

    def biases(self) -> Weights:
        """Return the logarithm of each group's noisy share: with them alone the generator draws independent columns."""
        return np.log(np.concatenate([one.coarse for one in self.views]) + 1e-6).astype(np.float32)


@dataclass(frozen=True)
class PrivateGan(FormalGenerator):
    """Pays for the columns by themselves first, then for what teaches the generator; a member says what that is."""

    taught_by: ClassVar[str]
    """What the generator learns from, for the sentence that says what the sampler keeps."""

    groups: int = integer(12, low=2, high=100, help="Groups a column is seen in", advanced=True)
    columns_share: float = number(
        0.3, low=0.05, high=0.9, help="Share of the budget for the columns by themselves", advanced=True
    )

    @property
    def cells(self) -> int:
        """Into how many cells a number is cut."""
        return 256

    def learn(self, public: Public, delta: float, context: Context) -> tuple[CellModel, Ledger]:
        """Count the columns, then train."""
        parts = [Part(COLUMNS, GAUSSIAN, len(public.cells), self.columns_share), self.teaching(public, 1 - self.columns_share)]
        noise = noises(parts, self.epsilon, delta)
        groups = CellGroups.of(public, noise[0], self.groups, context)
        with held_to(context.threads):
            maker = self.train(groups, noise[1], context)
        keeps = f"noisy shares of each column's cells, and weights learned from {self.taught_by}"
        return maker.model(groups, keeps), ledger(parts, noise, self.epsilon, delta, public, context)

    @abstractmethod
    def teaching(self, public: Public, share: float) -> Part:
        """Return what the given share of the budget pays for besides the columns."""

    @abstractmethod
    def train(self, groups: CellGroups, deviation: float, context: Context) -> LearningGenerator:
        """Train with noise of `deviation` on what `teaching` pays for."""


def random_of_networks(context: Context) -> Any:
    """Return torch's source of random numbers for networks that see noise: from the secret key, not from the seed."""
    import torch

    return torch.Generator().manual_seed(int(context.noise("networks").integers(2**62)))


class LearningGenerator:
    """The generator while it learns: seeds → hidden units → log chances of every group."""

    def __init__(self, groups: CellGroups, hidden: int, rate: float, random: Any) -> None:
        import torch

        self.starts, self.random = groups.starts, random
        self.weights = [
            torch.randn(SEEDS, hidden, generator=random) * SEEDS**-0.5,
            torch.zeros(hidden),
            torch.randn(hidden, groups.width, generator=random) * 0.05,
            torch.from_numpy(groups.biases()),
        ]
        for weight in self.weights:
            weight.requires_grad_()
        self.optimiser = torch.optim.Adam(self.weights, lr=rate, betas=(0.5, 0.9))

    def rows(self, n: int) -> Any:
        """Return `n` rows of one-hot groups, through which a gradient flows (Jang et al., Gumbel-softmax, ICLR 2017)."""
        import torch
        from torch.nn import functional

        parts = [part / _TEMPERATURE for part in self._chances(n)]
        soft = [functional.softmax(part, dim=1) for part in parts]
        hard = [functional.one_hot(part.argmax(dim=1), part.shape[1]).float() for part in parts]
        return torch.cat([sharp + part - part.detach() for sharp, part in zip(hard, soft, strict=True)], dim=1)

    def codes(self, n: int) -> Codes:
        """Return `n` rows as the numbers of their groups among all columns' groups; a piece at a time, for as many as a table has."""
        import torch

        made = np.empty((n, len(self.starts) - 1), dtype=np.int64)
        with torch.no_grad():
            for done in range(0, n, _CHUNK):
                piece = made[done : done + _CHUNK]
                for at, part in enumerate(self._chances(len(piece))):
                    piece[:, at] = part.argmax(dim=1).numpy() + self.starts[at]
        return made

    def _chances(self, n: int) -> list[Any]:
        """Return per column the log chances of its groups in `n` rows, with the noise that makes the largest a draw."""
        import torch
        from torch.nn import functional

        first, bias, second, output = self.weights
        seeds = torch.randn(n, SEEDS, generator=self.random)
        scores = functional.leaky_relu(seeds @ first + bias, 0.2) @ second + output
        noise = -torch.log(-torch.log(torch.rand(scores.shape, generator=self.random).clamp(1e-9, 1 - 1e-7)))
        return [(scores + noise)[:, low:high] for low, high in pairwise(self.starts)]

    def learn_from(self, loss: Any) -> None:
        """Take one step down a loss of made rows."""
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward(inputs=self.weights)
        self.optimiser.step()

    def model(self, groups: CellGroups, keeps: str) -> CellModel:
        """Return the generator as plain arrays."""
        weights = [weight.detach().numpy().copy() for weight in self.weights]
        made = _Made(groups.views, groups.starts, weights, keeps)
        made.match(groups.biases())
        return made


class _Made(CellModel):
    def __init__(self, views: Sequence[NoisyColumn], starts: Codes, weights: list[Weights], keeps: str) -> None:
        self.views = views
        self.starts = starts
        self.weights = weights
        self.keeps = keeps

    def draw(self, n: int, context: Context) -> Sequence[Codes]:
        """Draw groups from the network, then cells inside groups by their noisy shares."""
        rng = context.rng("draw")
        chunks = []
        for done in range(0, n, _CHUNK):
            context.step("sampling", 0.8 * done / n)
            chunks.append(self._groups(min(_CHUNK, n - done), rng))
        drawn = np.concatenate(chunks)
        return [one.refine(drawn[:, at], rng) for at, one in enumerate(self.views)]

    def match(self, wanted: Weights) -> None:
        """Shift the log chances until made rows have the noisy shares (given as logarithms); it sees no row and costs nothing."""
        scores = self._scores(_MATCHED_ROWS, np.random.default_rng(0))
        shift = np.zeros_like(wanted)
        for _ in range(_MATCH_ROUNDS):
            for low, high in self._spans():
                heights = np.exp(scores[:, low:high] + shift[low:high])
                have = (heights / heights.sum(axis=1, keepdims=True)).mean(axis=0)
                shift[low:high] += wanted[low:high] - np.log(have + 1e-6)
        self.weights[-1] = (self.weights[-1] + shift).astype(np.float32)

    def _spans(self) -> list[tuple[int, int]]:
        return [(int(low), int(high)) for low, high in pairwise(self.starts)]

    def _scores(self, n: int, rng: np.random.Generator) -> Floats:
        """Return rows × groups of log chances, the largest of each row at 0."""
        first, bias, second, output = self.weights
        units = rng.standard_normal((n, SEEDS), dtype=np.float32) @ first + bias
        scores: Floats = np.maximum(units, 0.2 * units) @ second + output
        for low, high in self._spans():
            scores[:, low:high] -= scores[:, low:high].max(axis=1, keepdims=True)
        return scores

    def _groups(self, n: int, rng: np.random.Generator) -> Codes:
        scores = self._scores(n, rng)
        scores = scores + rng.gumbel(size=scores.shape)
        return np.column_stack([scores[:, low:high].argmax(axis=1) for low, high in self._spans()]).astype(np.int64)
