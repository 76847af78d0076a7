"""What a fit may spend, turned into noise by a maintained library: dp-accounting of Google composes, this module only asks it.

A plan names the mechanisms and the share of the budget each gets, in units of zero-concentrated differential privacy (ρ), in which
Gaussian noise and the exponential mechanism add up. One number, the total ρ, is then searched for at which the accountant's ε for
all mechanisms together is the ε asked for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from synth_ui.core.budget import Ledger, Payment, Unpaid
from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.generators.formal_privacy._schema_cells import Public

GAUSSIAN, EXPONENTIAL = "Gaussian noise", "exponential mechanism"

ACCOUNTANT = "dp-accounting, Rényi differential privacy, one row added or removed"

_WHOLE_ORDERS = (*range(2, 21), 24, 32, 48, 64, 96, 128, 256, 512)

FLOATS = "Noise is drawn as floating-point numbers, whose last bits can give a little more away than the proof says."


@dataclass(frozen=True)
class Part:
    """One mechanism of a plan: applied `times` times to something that one row changes by at most 1, for `share` of the budget.

    Each time it sees every row with the chance `rate`.
    """

    what: str
    mechanism: str
    times: int
    share: float
    rate: float = 1.0


def delta_for(setting: float, rows: int) -> float:
    """Return δ; raise `DoesNotApply` where it is so large that whole rows could be given away."""
    if setting == 0:
        return float(10.0 ** -math.ceil(math.log10(10 * rows)))
    if setting >= 1 / rows:
        raise DoesNotApply(
            f"delta is {setting:g} for {rows:,} rows; at 1 / rows or above a method that publishes a whole row passes for private. "
            f"Set it below {1 / rows:.2g}, or to 0 for the automatic choice"
        )
    return setting


def noises(parts: Sequence[Part], epsilon: float, delta: float) -> tuple[float, ...]:
    """Return for each part the noise at which all together cost ε at δ.

    For Gaussian noise that is the standard deviation in rows; for the exponential mechanism its own ε per choice.
    """
    return _noises(tuple(parts), epsilon, delta)


@lru_cache(maxsize=256)
def _noises(parts: tuple[Part, ...], epsilon: float, delta: float) -> tuple[float, ...]:
    total = budget(parts, epsilon, delta)
    return tuple(_noise(part, total * part.share) for part in parts)


def _noise(part: Part, rho: float) -> float:
    # Turned round from what each costs in ρ: Gaussian noise σ on a sensitivity of 1 costs 1 / 2σ² (Bun and Steinke,
    # Concentrated Differential Privacy, TCC 2016), a choice at ε costs ε² / 8; `times` uses add up.
    if part.mechanism == EXPONENTIAL:
        return math.sqrt(8 * rho / part.times)
    return part.rate * math.sqrt(part.times / (2 * rho))  # sampled: about what many small steps cost; the accountant decides


@lru_cache(maxsize=256)
def budget(parts: tuple[Part, ...], epsilon: float, delta: float) -> float:
    """Return the total ρ at which the accountant's ε for the parts is `epsilon`."""
    import dp_accounting

    def event(rho: float) -> Any:
        return dp_accounting.ComposedDpEvent([event_of(part, _noise(part, rho * part.share)) for part in parts])

    # ρ only shares the budget out. The ε is asked of the accountant for all mechanisms together, so that no conversion of
    # ours between the two can err: a total ρ is searched for at which its answer is the ε asked for.
    bracket = dp_accounting.ExplicitBracketInterval(1e-12, 1e4)
    sampled = any(part.rate < 1 for part in parts)
    found = dp_accounting.calibrate_dp_mechanism(lambda: accountant(sampled), event, epsilon, delta, bracket, tol=1e-9)
    return float(found)


def accountant(sampled: bool) -> Any:
    """Return a fresh accountant for tables that differ by one row added or removed.

    For sampled steps only whole Rényi orders are asked, the others being slow series; every order gives a valid bound.
    """
    from dp_accounting import NeighboringRelation, rdp

    return rdp.RdpAccountant(_WHOLE_ORDERS if sampled else None, NeighboringRelation.ADD_OR_REMOVE_ONE)


def event_of(part: Part, noise: float) -> Any:
    """Return a part as the library's event; the exponential mechanism of ε is ε²/8-zCDP (Cesar and Rogers, ALT 2021)."""
    import dp_accounting

    single = dp_accounting.ZCDpEvent(noise**2 / 8) if part.mechanism == EXPONENTIAL else dp_accounting.GaussianDpEvent(noise)
    if part.rate < 1:
        single = dp_accounting.PoissonSampledDpEvent(part.rate, single)
    return dp_accounting.SelfComposedDpEvent(single, part.times)


def epsilon_of(parts: Sequence[Part], noise: Sequence[float], delta: float) -> float:
    """Return the ε of parts with their noise together, by the accountant."""
    counting = accountant(any(part.rate < 1 for part in parts))
    for part, size in zip(parts, noise, strict=True):
        counting.compose(event_of(part, size))
    return float(counting.get_epsilon(delta))


def ledger(
    parts: Sequence[Part], noise: Sequence[float], epsilon: float, delta: float, public: Public, context: Context
) -> Ledger:
    """Write down what was paid and what was not."""
    paid, spent = _paid(tuple(parts), tuple(noise), delta)
    return Ledger(epsilon, delta, spent, ACCOUNTANT, bool(context.secret), paid, (*public.unpaid, *_always(context)))


@lru_cache(maxsize=256)
def _paid(parts: tuple[Part, ...], noise: tuple[float, ...], delta: float) -> tuple[tuple[Payment, ...], float]:
    """Return each part's payment, and the accountant's ε for all of them together."""
    paid = tuple(
        Payment(part.what, part.mechanism, part.times, size, _unit(part), part.share, epsilon_of([part], [size], delta))
        for part, size in zip(parts, noise, strict=True)
    )
    return paid, epsilon_of(parts, noise, delta) if parts else 0.0


def _unit(part: Part) -> str:
    return "ε per choice" if part.mechanism == EXPONENTIAL else "standard deviation, in units of one row's part"


def _always(context: Context) -> tuple[Unpaid, ...]:
    noise = (
        Unpaid(
            "the key of the noise",
            "The noise follows from the seed and a key that stays in the workspace; do not share its folder.",
        )
        if context.secret
        else Unpaid(
            "the noise",
            f"It follows from the seed alone, which is {context.seed} and shown: whoever knows it can subtract the noise. "
            "Runs of a workspace mix in a secret key.",
            breaks=True,
        )
    )
    return (
        noise,
        Unpaid("floating-point noise", FLOATS),
        Unpaid(
            "tuning", "Settings, columns and roles chosen by looking at this table's scores cost privacy that nobody counted."
        ),
        Unpaid(
            "measuring",
            "Scores and charts are computed from the real rows without noise; the guarantee covers the synthetic rows only.",
        ),
    )
