"""SDV's CopulaGAN: CTGAN on columns that were first given normal distributions."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from synth_ui.core.table import TableSize
from synth_ui.core.tunable import choice
from synth_ui.generators.base import Cost
from synth_ui.generators.sdv.sdv_ctgan import SdvCtgan


@dataclass(frozen=True)
class SdvCopulaGan(SdvCtgan):
    """Train SDV's `CopulaGANSynthesizer`.

    Raises
    ------
    SettingError
        If the batch size is odd or not a multiple of `pac`.
    """

    key = "sdv_copula_gan"
    title = "SDV CopulaGAN"
    summary = "CTGAN, trained on numbers that a fitted distribution has turned into normal ones."
    reference = "Patki, Wedge and Veeramachaneni, The Synthetic Data Vault, DSAA 2016 (CopulaGAN of sdv 2.0)"
    good_at = "Numbers with long tails, which CTGAN alone finds hard; repeats next to no training row."
    cannot = "As slow as CTGAN, and what no named distribution fits, such as spikes, is lost before training."
    presets = MappingProxyType(
        {
            "quick": MappingProxyType({"epochs": 20, "default_distribution": "norm"}),
            "balanced": MappingProxyType({}),
            "thorough": MappingProxyType({"epochs": 300}),
        }
    )

    default_distribution: str = choice(
        "beta",
        options={
            "beta": "Beta (SDV's own default)",
            "norm": "Normal (fastest)",
            "truncnorm": "Truncated normal",
            "gamma": "Gamma",
            "uniform": "Uniform",
        },
        help="The distribution fitted to every number.",
    )

    def synthesizer(self, metadata: Any) -> Any:
        """Return the unfitted synthesizer."""
        from sdv.single_table import CopulaGANSynthesizer

        return CopulaGANSynthesizer(
            metadata, default_distribution=self.default_distribution, **self.network_settings(), **self.contest_settings()
        )

    def cost(self, size: TableSize, rows: int) -> Cost:
        """Estimate: what CTGAN takes, and fitting a distribution to each number."""
        ctgan = super().cost(size, rows)
        per_cell = 1.5e-5 if self.default_distribution == "beta" else 4e-6
        return Cost(ctgan.seconds + per_cell * size.rows * size.columns / 2, ctgan.megabytes)
