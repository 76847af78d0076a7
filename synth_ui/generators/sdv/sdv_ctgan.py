"""SDV's CTGAN: a conditional generative adversarial network for tables."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from synth_ui.core.errors import SettingError
from synth_ui.core.table import TableSize
from synth_ui.core.tunable import flag, integer, number
from synth_ui.generators.base import Cost
from synth_ui.generators.sdv._adapter import SdvGenerator, SizeLimits, most_levels_setting, network_cost, network_inputs


@dataclass(frozen=True)
class SdvCtgan(SdvGenerator):
    """Train SDV's `CTGANSynthesizer`.

    Raises
    ------
    SettingError
        If the batch size is odd or not a multiple of `pac`.
    """

    key = "sdv_ctgan"
    title = "SDV CTGAN"
    summary = "Two networks play against each other until one makes rows the other cannot tell from real ones."
    reference = (
        "Xu, Skoularidou, Cuesta-Infante and Veeramachaneni, Modeling Tabular Data using Conditional GAN, NeurIPS 2019; sdv 2.0"
    )
    good_at = "The best-known network for tables, with care for rare categories; repeats next to no training row."
    cannot = "It needs hundreds of passes, minutes on a processor, and stays easy to tell from real rows."
    presets = MappingProxyType(
        {
            "quick": MappingProxyType({"epochs": 20}),
            "balanced": MappingProxyType({}),
            "thorough": MappingProxyType({"epochs": 300}),
        }
    )
    training_loop = "ctgan.synthesizers.ctgan"

    epochs: int = integer(100, low=1, high=10_000, log=True, help="Passes over the table. SDV's own default is 300.")
    batch_size: int = integer(500, low=2, high=50_000, log=True, help="Rows per step: even, and a multiple of pac.")
    pac: int = integer(10, low=1, high=100, help="Rows the discriminator judges together, which keeps rows from all being alike.")
    generator_rate: float = number(2e-4, low=1e-6, high=0.1, log=True, help="The generator's learning rate.")
    discriminator_rate: float = number(2e-4, low=1e-6, high=0.1, log=True, help="The discriminator's learning rate.")
    width: int = integer(256, low=8, high=2_048, log=True, help="Units in each of the two hidden layers of both networks.")
    embedding: int = integer(128, low=2, high=1_024, log=True, help="Random numbers each row is made from.", advanced=True)
    discriminator_steps: int = integer(
        1, low=1, high=20, help="Steps of the discriminator per step of the generator.", advanced=True
    )
    log_frequency: bool = flag(True, help="Show the network rare levels more often than they are.", advanced=True)
    most_levels: int = most_levels_setting()
    most_columns: int = integer(
        1_500,
        low=50,
        high=100_000,
        log=True,
        help="Levels and numbers as network inputs, at most; beyond it the table is refused.",
        advanced=True,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.batch_size % 2 or self.batch_size % self.pac:
            raise SettingError(
                f"{self.key}: batch_size is {self.batch_size} and pac is {self.pac}; allowed is an even batch_size that pac "
                f"divides, such as {_next_allowed(self.batch_size, self.pac)}."
            )

    def limits(self) -> SizeLimits | None:
        """Return how many levels are taken on at most."""
        return SizeLimits(self.most_levels, self.most_columns)

    def synthesizer(self, metadata: Any) -> Any:
        """Return the unfitted synthesizer."""
        from sdv.single_table import CTGANSynthesizer

        return CTGANSynthesizer(metadata, **self.network_settings(), **self.contest_settings())

    def network_settings(self) -> dict[str, Any]:
        """Return what SDV's GANs are told about their networks."""
        both = (self.width, self.width)
        return {"generator_dim": both, "discriminator_dim": both, "embedding_dim": self.embedding, "pac": self.pac}

    def contest_settings(self) -> dict[str, Any]:
        """Return what SDV's GANs are told about their training."""
        return {
            "epochs": self.epochs,
            "batch_size": self.batch_size,
            "generator_lr": self.generator_rate,
            "discriminator_lr": self.discriminator_rate,
            "discriminator_steps": self.discriminator_steps,
            "log_frequency": self.log_frequency,
        }

    def cost(self, size: TableSize, rows: int) -> Cost:
        """Estimate; most of a step goes into choosing the levels it is conditioned on, with many levels into the weights.

        The discriminator sees `pac` rows and their conditions at once. A million of its weights go by the rows; each further one
        adds to every step, measured at 490 and 1,000 levels of one column, 3,000 and 5,000 rows × 5.
        """
        steps = (1 + self.discriminator_steps) / 2
        inner = self.width * (self.width + 2 * self.embedding)
        plain = network_cost(size, rows, self.epochs, 5 * self.width, inner, 9e-5 * steps)
        beyond = max(2 * self.pac * network_inputs(size) * self.width - 1_000_000, 0)
        wide = self.epochs * max(size.rows / self.batch_size, 1) * self.discriminator_steps * beyond * 2e-7
        return Cost(plain.seconds + wide, plain.megabytes)


def _next_allowed(batch_size: int, pac: int) -> int:
    step = pac if pac % 2 == 0 else 2 * pac
    return max(round(batch_size / step), 1) * step
