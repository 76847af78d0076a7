"""SDV's TVAE: a variational autoencoder for tables."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from synth_ui.core.table import TableSize
from synth_ui.core.tunable import integer, number
from synth_ui.generators.base import Cost
from synth_ui.generators.sdv._adapter import SdvGenerator, SizeLimits, most_levels_setting, network_cost


@dataclass(frozen=True)
class SdvTvae(SdvGenerator):
    """Train SDV's `TVAESynthesizer`."""

    key = "sdv_tvae"
    title = "SDV TVAE"
    summary = "A network squeezes rows through a narrow random code and learns to make rows from such codes."
    reference = (
        "Xu, Skoularidou, Cuesta-Infante and Veeramachaneni, Modeling Tabular Data using Conditional GAN, NeurIPS 2019; sdv 2.0"
    )
    good_at = "Trains several times faster than CTGAN and often keeps more of what predicts the target."
    cannot = "Rare levels and tails fade, as it draws towards the middle of the data."
    presets = MappingProxyType(
        {
            "quick": MappingProxyType({"epochs": 40}),
            "balanced": MappingProxyType({}),
            "thorough": MappingProxyType({"epochs": 600}),
        }
    )
    training_loop = "ctgan.synthesizers.tvae"

    epochs: int = integer(150, low=1, high=10_000, log=True, help="Passes over the table. SDV's own default is 300.")
    batch_size: int = integer(500, low=2, high=50_000, log=True, help="Rows per step.")
    width: int = integer(128, low=8, high=2_048, log=True, help="Units in each of the two hidden layers of encoder and decoder.")
    embedding: int = integer(128, low=2, high=1_024, log=True, help="Width of the random code.")
    loss_factor: float = number(
        2.0, low=0.1, high=20.0, log=True, help="How much being true to each row counts against a smooth code."
    )
    l2_scale: float = number(1e-5, low=0.0, high=0.1, help="Weight decay.", advanced=True)
    most_levels: int = most_levels_setting()
    most_columns: int = integer(
        3_000,
        low=50,
        high=100_000,
        log=True,
        help="Levels and numbers as network inputs, at most; beyond it the table is refused.",
        advanced=True,
    )

    def limits(self) -> SizeLimits | None:
        """Return how many levels are taken on at most."""
        return SizeLimits(self.most_levels, self.most_columns)

    def synthesizer(self, metadata: Any) -> Any:
        """Return the unfitted synthesizer."""
        from sdv.single_table import TVAESynthesizer

        return TVAESynthesizer(
            metadata,
            epochs=self.epochs,
            batch_size=self.batch_size,
            compress_dims=(self.width, self.width),
            decompress_dims=(self.width, self.width),
            embedding_dim=self.embedding,
            loss_factor=self.loss_factor,
            l2scale=self.l2_scale,
        )

    def cost(self, size: TableSize, rows: int) -> Cost:
        """Estimate from the weights of encoder and decoder."""
        return network_cost(size, rows, self.epochs, 2 * self.width, 5 * self.width * max(self.width, self.embedding), 2e-6)
