"""Variational autoencoder: rows squeezed through a narrow random code, drawn from a mixture fitted to the codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth_ui.core.context import Context
from synth_ui.core.table import TableSize
from synth_ui.core.tunable import integer, number
from synth_ui.generators._preparation.prepare import LawfulGenerator, Model, Prepared
from synth_ui.generators._threads import held_to
from synth_ui.generators.base import Cost
from synth_ui.generators.neural._autoregression import batches
from synth_ui.generators.neural._level_groups import Codes
from synth_ui.generators.neural._mlp import Mlp, first_weights, run
from synth_ui.generators.neural._optimiser import AdamW, one_cycle
from synth_ui.generators.neural._row_encoding import Floats32, Mixed, Outputs, log_shares, spans, trial_rows
from synth_ui.generators.neural._whole_rows import (
    CHUNK,
    WholeRowModel,
    blocks_setting,
    cost,
    encoded,
    inputs,
    most_levels_setting,
    rate_setting,
    say_batch,
)

_MIXED_ON = 10_000
_ROWS_PER_PART = 200
_WIDEST = 6.0
_EM_STEPS = 20


@dataclass(frozen=True)
class Vae(LawfulGenerator):
    """Train an encoder and a decoder of rows together, then fit normal mixtures to where the encoder puts the rows.

    The decoder gives the chance of each level, and mean and width of each number, so that drawn cells vary as real ones do. Codes
    are drawn from the mixture rather than from the one normal distribution training pulls them to, which they never quite meet.
    """

    key = "vae"
    title = "Variational autoencoder"
    summary = "A network squeezes rows into a few random numbers and learns to make rows from such numbers."
    family = "neural"
    requires = ("torch",)
    reference = (
        "Kingma and Welling, Auto-Encoding Variational Bayes, ICLR 2014; Ghosh et al., From Variational to Deterministic "
        "Autoencoders, ICLR 2020 (the mixture)"
    )
    good_at = "A network at work within seconds; draws fast, and rows stay well away from single training rows."
    cannot = "Fine structure is smoothed: rare combinations, and columns that follow exactly from others."
    presets = MappingProxyType(
        {
            "quick": MappingProxyType({"steps": 500, "width": 128, "parts": 20}),
            "balanced": MappingProxyType({}),
            "thorough": MappingProxyType({"steps": 6_000, "width": 256, "parts": 100}),
        }
    )

    steps: int = integer(1_500, low=10, high=1_000_000, log=True, help="Gradient steps.")
    width: int = integer(192, low=8, high=2_048, log=True, help="Units in each layer of both networks.")
    blocks: int = blocks_setting(2)
    code: int = integer(24, low=2, high=512, log=True, help="Random numbers a row is squeezed into.")
    smooth: float = number(
        0.5,
        low=0.01,
        high=10.0,
        log=True,
        help="How much a smooth code counts against being true to each row: 1 is the textbook.",
    )
    parts: int = integer(50, low=1, high=500, log=True, help="Normal distributions the mixture of codes is made of, at most.")
    batch: int = integer(256, low=16, high=16_384, log=True, help="Rows per gradient step.", advanced=True)
    rate: float = rate_setting(2e-3)
    most_levels: int = most_levels_setting()

    def learn(self, data: Prepared, context: Context) -> Model:
        """Encode, train, fit the mixture, and see how far drawn columns lie from the real ones."""
        mixed, codes, scores = encoded(data, self.most_levels, context)
        say_batch(self.batch, len(codes), context)
        with held_to(context.threads):
            encoder, decoder = _train(codes, scores, mixed, self, context)
        mixture = Mixture.of(_placed(encoder, codes, scores, mixed, self.code, context), self.parts, context)
        raw = decoder(mixture.draw(trial_rows(len(codes)), context.rng("trial")))
        return VaeModel(mixed, mixture, decoder, Outputs.matched(raw, mixed, codes, context))

    def cost(self, size: TableSize, rows: int) -> Cost:
        """Estimate from the multiplications of each step and of the mixture. Measured on adult × 15, on one thread."""
        width = inputs(size, self.most_levels)
        weights = 2 * self.width * (width + self.blocks * self.width + self.code)
        learned = min(size.rows, _MIXED_ON)
        mixture = learned * min(self.parts, learned / _ROWS_PER_PART) * self.code**2 * 2e-8
        seconds = 2.0 + self.steps * (2e-3 + self.batch * weights * 3.0e-10) + mixture + rows * (weights * 2e-11 + 1e-8 * width)
        return cost(size, rows, seconds, self.batch * self.width)


@dataclass(frozen=True, eq=False)
class Mixture:
    """A mixture of normal distributions: the share, mean and root of the covariance of each part."""

    shares: NDArray[np.float64]
    means: NDArray[np.float64]
    roots: NDArray[np.float64]

    @classmethod
    def of(cls, points: Floats32, parts: int, context: Context) -> Mixture:
        """Fit at most `parts` parts to points."""
        from sklearn.mixture import GaussianMixture

        chosen: NDArray[np.float64] = points[np.sort(context.rng("mixture").permutation(len(points))[:_MIXED_ON])].astype(
            np.float64
        )
        asked, parts = parts, max(min(parts, len(chosen) // _ROWS_PER_PART), 1)
        context.notes.used("parts", parts, asked, f"each part of the mixture takes {_ROWS_PER_PART} rows, of {len(chosen):,}")
        if len(chosen) < 2:
            return cls(np.ones(1), chosen, np.zeros((1, chosen.shape[1], chosen.shape[1])))
        context.step("fitting the mixture of codes", 0.0)
        found = GaussianMixture(
            parts,
            reg_covar=1e-3,
            max_iter=1,
            warm_start=True,
            tol=0,
            init_params="k-means++",
            random_state=context.integer_seed("em"),
        )
        _improve(found, chosen, context)
        return cls(found.weights_ / found.weights_.sum(), found.means_, np.linalg.cholesky(found.covariances_))

    def draw(self, n: int, rng: np.random.Generator) -> Floats32:
        """Draw points."""
        which = rng.choice(len(self.shares), n, p=self.shares)
        out = rng.standard_normal((n, self.means.shape[1]))
        for part in range(len(self.shares)):
            rows = which == part
            out[rows] = out[rows] @ self.roots[part].T + self.means[part]
        return out.astype(np.float32)


def _improve(found: Any, points: NDArray[np.float64], context: Context) -> None:
    """Take steps of expectation and maximisation until the fit gains next to nothing, asking between them whether to stop."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning

    before = -np.inf
    for step in range(_EM_STEPS):
        context.step("fitting the mixture of codes", step / _EM_STEPS)
        with warnings.catch_warnings():
            # one step at a time never converges, which is what is warned of
            warnings.simplefilter("ignore", ConvergenceWarning)
            found.fit(points)
        if found.lower_bound_ - before < 1e-2:
            break
        before = found.lower_bound_


class VaeModel(WholeRowModel):
    """The decoder, the mixture its codes are drawn from, and what turns levels and numbers back into values."""

    keeps = (
        "network weights, the mixture of codes, the share of each level, the distinct values of numeric columns with their counts"
    )

    def __init__(self, mixed: Mixed, mixture: Mixture, decoder: Mlp, outputs: Outputs) -> None:
        super().__init__(mixed, outputs)
        self.mixture = mixture
        self.decoder = decoder

    def raw(self, n: int, rng: np.random.Generator) -> Floats32:
        """Draw codes, and return what the decoder makes of them."""
        return self.decoder(self.mixture.draw(n, rng))


# --- training -----------------------------------------------------------------------------------------------------


def _train(codes: Codes, scores: Floats32, mixed: Mixed, settings: Vae, context: Context) -> tuple[Mlp, Mlp]:
    """Train both networks on the evidence lower bound; return encoder and decoder."""
    import torch

    generator = torch.Generator().manual_seed(context.integer_seed("networks"))
    width, numbers = sum(mixed.levels), len(mixed.numbers)
    encoder = first_weights(width + numbers, settings.width, settings.blocks, 2 * settings.code, generator)
    decoder = first_weights(settings.code, settings.width, settings.blocks, width + 2 * numbers, generator)
    with torch.no_grad():
        decoder[-1][:width] = torch.from_numpy(log_shares(codes, mixed.levels))
    optimiser = AdamW([*encoder, *decoder])
    all_codes, all_scores = torch.from_numpy(codes), torch.from_numpy(scores)
    for step, rows in enumerate(batches(len(codes), settings.batch, settings.steps, generator), start=1):
        place = run(encoder, seen(all_codes[rows], all_scores[rows], mixed.levels))
        mean, log_spread = place[:, : settings.code], place[:, settings.code :].clamp(-_WIDEST, _WIDEST)
        drawn = mean + torch.exp(log_spread) * torch.randn(mean.shape, generator=generator)
        away = (mean**2 + torch.exp(2 * log_spread) - 1 - 2 * log_spread).sum() / 2 / len(rows)
        truth = _unlikely(run(decoder, drawn), all_codes[rows], all_scores[rows], mixed.levels)
        optimiser.step(truth + settings.smooth * away, settings.rate * one_cycle(step / settings.steps))
        context.step("learning", step / settings.steps, rows=float(truth.detach()), code=float(away.detach()))
    return Mlp.of(encoder), Mlp.of(decoder)


def seen(codes: Any, scores: Any, levels: Sequence[int]) -> Any:
    """Return rows as a network sees them: ones and zeros for levels, numbers with 0 where there is none."""
    import torch

    starts = torch.tensor([first for first, _ in spans(levels)])
    row = torch.zeros(len(codes), sum(levels)).scatter_(1, codes + starts, 1.0)
    return torch.cat([row, torch.nan_to_num(scores)], dim=1)


def _unlikely(raw: Any, codes: Any, scores: Any, levels: Sequence[int]) -> Any:
    """Return minus the log likelihood of rows under what the decoder gives, in nats per row."""
    import torch
    from torch.nn import functional

    width, numbers = sum(levels), scores.shape[1]
    parts = raw[:, :width].split(list(levels), dim=1)
    nats = torch.stack([functional.cross_entropy(part, codes[:, at]) for at, part in enumerate(parts)]).sum()
    log_spread = raw[:, width + numbers :].clamp(-_WIDEST, _WIDEST)
    off = (raw[:, width : width + numbers] - torch.nan_to_num(scores)) * torch.exp(-log_spread)
    return nats + ((off**2 / 2 + log_spread) * ~torch.isnan(scores)).sum() / len(codes)


def _placed(encoder: Mlp, codes: Codes, scores: Floats32, mixed: Mixed, size: int, context: Context) -> Floats32:
    """Return a code drawn for each row."""
    import torch

    rng, out = context.rng("codes"), np.empty((len(codes), size), dtype=np.float32)
    for first in range(0, len(codes), CHUNK):
        context.step("encoding rows", first / len(codes))
        rows = slice(first, first + CHUNK)
        given = seen(torch.from_numpy(codes[rows]), torch.from_numpy(scores[rows]), mixed.levels).numpy()
        place = encoder(given)
        noise = rng.standard_normal((len(given), size), dtype=np.float32)
        out[rows] = place[:, :size] + np.exp(np.clip(place[:, size:], -_WIDEST, _WIDEST)) * noise
    return out
