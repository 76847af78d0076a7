"""SDV's CopulaGAN: CTGAN on columns that were first given normal distributions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

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

    key: ClassVar[str] = "sdv_copula_gan"
    title: ClassVar[str] = "SDV CopulaGAN"
    summary: ClassVar[str] = "CTGAN, trained on numbers that a fitted distribution has turned into normal ones."
    reference: ClassVar[str] = "Patki, Wedge and Veeramachaneni, The Synthetic Data Vault, DSAA 2016 (CopulaGAN of sdv 2.0)"
    good_at: ClassVar[str] = "Numbers with long tails, which CTGAN alone finds hard; repeats next to no training row."
    cannot: ClassVar[str] = "As slow as CTGAN, and what no named distribution fits, such as spikes, is lost before training."
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
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
