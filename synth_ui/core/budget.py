"""What a differentially private fit paid for, and what it did not: the ledger kept with the sampler and shown beside the scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

LEDGER_COLUMNS = ("what", "mechanism", "times", "noise", "unit", "share", "epsilon")
"""The columns of `Ledger.rows`, in order."""


@dataclass(frozen=True)
class Payment:
    """One thing the budget paid for.

    Attributes
    ----------
    what
        In plain words: "counts of each column".
    mechanism
        How noise came in: "Gaussian noise", "exponential mechanism".
    times
        How often it was applied.
    noise
        The scale of the noise in `unit`; for the exponential mechanism its own ε per choice.
    share
        Its part of the budget, in [0, 1]: the shares of a ledger add up to 1.
    epsilon
        The ε this payment alone would have at the ledger's δ; these do not add up to the ledger's ε, as together they cost less.
    """

    what: str
    mechanism: str
    times: int
    noise: float
    unit: str
    share: float
    epsilon: float


@dataclass(frozen=True)
class Unpaid:
    """One thing that touched the table, or that the guarantee rests on, and that the budget did not pay for.

    Attributes
    ----------
    what
        In plain words: "bounds and levels of age, income".
    why
        Where it came from and what to do about it, as a sentence.
    breaks
        Whether it weakens the guarantee as the run was done; otherwise it is an assumption that was kept.
    """

    what: str
    why: str
    breaks: bool = False


@dataclass(frozen=True)
class Ledger:
    """The privacy budget of one fit.

    Attributes
    ----------
    epsilon, delta
        What was asked for. The fit is (ε, δ)-differentially private for tables that differ in one row, as far as `unpaid` says.
    spent
        The ε the accountant gives for all payments together; at most `epsilon`.
    accountant
        Whose arithmetic composed the payments.
    secret
        Whether the noise depends on a key that only this workspace has; a number drawn from a published seed can be subtracted.
    """

    epsilon: float
    delta: float
    spent: float
    accountant: str
    secret: bool
    paid: tuple[Payment, ...] = ()
    unpaid: tuple[Unpaid, ...] = field(default=())

    @property
    def holds(self) -> bool:
        """Whether nothing in the ledger weakens the guarantee."""
        return not any(entry.breaks for entry in self.unpaid)

    @property
    def sentence(self) -> str:
        """What was guaranteed, in one sentence without a verdict."""
        said = f"ε = {self.epsilon:g}, δ = {self.delta:g} for one row more or less"
        broken = [entry.what for entry in self.unpaid if entry.breaks]
        return f"{said}, not counting {', '.join(broken)}" if broken else said

    def rows(self) -> list[dict[str, Any]]:
        """Return the payments as plain rows with `LEDGER_COLUMNS`."""
        return [asdict(payment) for payment in self.paid]

    def with_unpaid(self, *entries: Unpaid) -> Self:
        """Return the ledger with more that the budget did not pay for."""
        return type(self)(self.epsilon, self.delta, self.spent, self.accountant, self.secret, self.paid, (*self.unpaid, *entries))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {**asdict(self), "paid": self.rows(), "unpaid": [asdict(entry) for entry in self.unpaid], "holds": self.holds}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Build a ledger from what `to_dict` returned."""
        kept = {name: plain[name] for name in ("epsilon", "delta", "spent", "accountant", "secret")}
        paid = tuple(Payment(**entry) for entry in plain["paid"])
        return cls(**kept, paid=paid, unpaid=tuple(Unpaid(**entry) for entry in plain["unpaid"]))
