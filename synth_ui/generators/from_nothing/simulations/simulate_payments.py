"""Card payments of customers at merchants, with three kinds of fraud among them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.table import Column, Kind, Role
from synth_ui.core.tunable import Span, integer, span
from synth_ui.generators.from_nothing.simulations._simulation import START, Parameters, Run, Simulator, counts

_CATEGORIES = ("groceries", "fuel", "restaurant", "travel", "electronics", "online services", "gambling")
_USUAL = {"groceries": 45, "fuel": 60, "restaurant": 35, "travel": 320, "electronics": 240, "online services": 22, "gambling": 70}
_LIKED = (0.34, 0.14, 0.2, 0.05, 0.07, 0.18, 0.02)
_REGIONS = ("north", "east", "south", "west")
_PATTERNS = ("none", "stolen card", "account taken over", "merchant in collusion")
_PER_CUSTOMER = 20
"""Payments wanted per customer: their number follows from the rows asked for."""


@dataclass(frozen=True)
class SimulatePayments(Simulator):
    """Let customers pay by card, and thieves pay with their cards.

    Customers have a home, habits and a rate of paying. A stolen card is used for a burst of large payments within hours, far from home; an
    account that is taken over pays online at night; a merchant in collusion books round amounts. The main table has a row per payment.
    """

    key = "simulate_payments"
    title = "Card payments and fraud"
    summary = "Simulates customers, merchants and thieves, and writes down every payment with whether it is fraud."
    reference = "Altman, Synthesizing credit card transactions, ICAIF 2021; Lopez-Rojas et al., PaySim, EMSS 2016; Mesa"
    licence = "MIT; Mesa is Apache-2.0"
    good_at = "Rare, patterned fraud whose truth is known, in a table of events."
    cannot = "Thieves use three patterns and learn nothing; nobody runs out of money."
    time_unit = "day"
    seconds_per_row = 2e-5
    tables = {
        "payments": (
            Column("payment", Kind.IDENTIFIER, dtype="int64"),
            Column("time", Kind.DATETIME, dtype="datetime64[us]"),
            Column("customer", Kind.IDENTIFIER, Role.GROUP_KEY, dtype="object"),
            Column("merchant", Kind.IDENTIFIER, Role.IGNORED, dtype="object"),
            Column("category", Kind.CATEGORY, levels=_CATEGORIES, dtype="object"),
            Column("amount", Kind.NUMBER, decimals=2, dtype="float64"),
            Column("hour", Kind.INTEGER, dtype="int64"),
            Column("online", Kind.BOOLEAN, dtype="bool"),
            Column("away_from_home", Kind.BOOLEAN, dtype="bool"),
            Column("customer_age", Kind.INTEGER, dtype="int64"),
            Column("minutes_since_last", Kind.NUMBER, nullable=True, decimals=0, dtype="float64"),
            Column("pattern", Kind.CATEGORY, Role.IGNORED, levels=_PATTERNS, dtype="object"),
            Column("fraud", Kind.CATEGORY, Role.TARGET, levels=("no", "yes"), dtype="object"),
        ),
        "customers": (
            Column("customer", Kind.IDENTIFIER, dtype="object"),
            Column("age", Kind.INTEGER, dtype="int64"),
            Column("home", Kind.CATEGORY, levels=_REGIONS, dtype="object"),
            Column("payments_per_day", Kind.NUMBER, decimals=3, dtype="float64"),
            Column("usual_size", Kind.NUMBER, decimals=3, dtype="float64"),
        ),
        "merchants": (
            Column("merchant", Kind.IDENTIFIER, dtype="object"),
            Column("category", Kind.CATEGORY, levels=_CATEGORIES, dtype="object"),
            Column("region", Kind.CATEGORY, levels=_REGIONS, dtype="object"),
            Column("online", Kind.BOOLEAN, dtype="bool"),
            Column("in_collusion", Kind.BOOLEAN, dtype="bool"),
        ),
    }

    days: int = integer(60, low=1, high=3_650, help="How many days are simulated; more rows mean more customers.")
    fraud_share: Span = span(0.01, low=0, high=0.5, help="Share of payments that are fraud, on average.")
    stolen_cards: Span = span(
        0.5, low=0, high=1, help="Share of fraud by stolen cards; the rest is taken-over accounts and collusion."
    )
    away: Span = span(0.12, low=0, high=1, help="Share of honest payments in shops that are made away from home.")
    fraud_size: Span = span(3.0, low=0.1, high=50, help="How many times larger payments with stolen cards are.")
    merchants: int = integer(200, low=10, high=10_000, help="How many merchants there are.")

    def simulate(self, parameters: Parameters, rows: int, context: Context) -> Run:
        """Let as many customers pay as it takes for `rows` payments."""
        people = max(20, math.ceil(rows / _PER_CUSTOMER))
        model = _city()(parameters, people, rows / (people * self.days), self.merchants, context.integer_seed("model"))
        day = 0
        while day < self.days or len(model.payments) < rows:
            context.step("simulating", min(len(model.payments) / rows, 1.0))
            model.step()
            day += 1
        payments = _told(model.payments)
        customers = pd.DataFrame([one.row() for one in model.customers], columns=[c.name for c in self.tables["customers"]])
        merchants = pd.DataFrame(model.shops, columns=[c.name for c in self.tables["merchants"]])
        return Run(
            {"payments": payments, "customers": customers, "merchants": merchants}, counts(model.noted, ("honest", "fraud"))
        )


def _told(lines: list[tuple[Any, ...]]) -> pd.DataFrame:
    """Put payments in order of time, and say how long ago the customer's last one was."""
    names = ["minute", "customer", "merchant", "category", "amount", "online", "away_from_home", "customer_age", "pattern"]
    frame = pd.DataFrame(lines, columns=names).sort_values("minute", kind="stable", ignore_index=True)
    minute = frame["minute"].to_numpy()
    return frame.assign(
        payment=np.arange(1, len(frame) + 1),
        time=START + (minute * 60_000_000).astype("timedelta64[us]"),
        hour=(minute // 60 % 24).astype(int),
        minutes_since_last=frame.groupby("customer", sort=False)["minute"].diff(),
        fraud=np.where(frame["pattern"] == "none", "no", "yes"),
    )


def _customer() -> Any:
    import mesa

    class Customer(mesa.Agent):  # type: ignore[misc]
        """Someone with a card, a home and habits."""

        def __init__(self, model: Any, number: int, rate: float) -> None:
            super().__init__(model)
            rng = model.rng
            self.name, self.age = f"K-{number:06d}", int(min(max(rng.normal(46, 17), 18), 95))
            self.home = _REGIONS[int(rng.integers(4))]
            self.rate, self.size = float(rng.gamma(4.0, rate / 4.0)), float(rng.lognormal(0.0, 0.4))
            self.likes = rng.dirichlet(np.array(_LIKED) * 30)

        def step(self) -> None:
            """Pay for a day."""
            model, rng = self.model, self.model.rng
            for _ in range(rng.poisson(self.rate)):
                shop = model.shop_of(int(np.searchsorted(np.cumsum(self.likes)[:-1], rng.random())))
                away = bool(rng.random() < model.set["away"]) and not shop[3]
                minute = int(min(max(rng.normal(14.5 * 60, 230), 0), 1_439))
                self.pay(minute, shop, rng.lognormal(0, 0.6) * _USUAL[shop[1]] * self.size, away, "none")

        def pay(self, minute: int, shop: tuple[Any, ...], amount: float, away: bool, pattern: str) -> None:
            model = self.model
            amount = max(round(float(amount), 2), 0.5)
            model.payments.append(
                (model.day * 1_440 + minute, self.name, shop[0], shop[1], amount, shop[3], away, self.age, pattern)
            )

        def row(self) -> tuple[Any, ...]:
            return self.name, self.age, self.home, self.rate, self.size

    return Customer


def _thief() -> Any:
    import mesa

    class Thief(mesa.Agent):  # type: ignore[misc]
        """Someone who pays with the cards of others."""

        def step(self) -> None:
            """Take as many cards as it takes for the share of fraud."""
            model, rng = self.model, self.model.rng
            for _ in range(rng.poisson(model.expected_fraud() / 4.5)):  # a victim sees 4.5 payments on average
                victim = model.customers[rng.integers(len(model.customers))]
                kind = rng.random()
                stolen = model.set["stolen_cards"]
                pattern = _PATTERNS[1 if kind < stolen else 2 if kind < stolen + (1 - stolen) / 2 else 3]
                self.rob(victim, pattern, int(rng.integers(2, 8)))

        def rob(self, victim: Any, pattern: str, payments: int) -> None:
            model, rng = self.model, self.model.rng
            minute = int(rng.integers(0, 300) if pattern == "account taken over" else rng.integers(480, 1_320))
            for _ in range(payments):
                if pattern == "stolen card":
                    shop = model.shop_of(4 if rng.random() < 0.6 else 3)
                    amount = rng.lognormal(0, 0.5) * _USUAL[shop[1]] * model.set["fraud_size"]
                elif pattern == "account taken over":
                    shop = model.shop_of(5 if rng.random() < 0.7 else 6)
                    amount = rng.lognormal(0, 0.7) * _USUAL[shop[1]] * 2
                else:
                    shop = model.colluding[rng.integers(len(model.colluding))]
                    amount = float(rng.integers(2, 20)) * 50
                victim.pay(min(minute, 1_439), shop, amount, pattern == "stolen card" and not shop[3], pattern)
                minute += int(rng.exponential(25)) + 1

    return Thief


def _city() -> Any:
    import mesa

    customer, thief = _customer(), _thief()

    class City(mesa.Model):  # type: ignore[misc]
        """Customers, merchants and a thief; each step is a day."""

        def __init__(self, parameters: Parameters, people: int, rate: float, shops: int, seed: int) -> None:
            super().__init__(rng=seed)
            self.set = parameters
            self.day = 0
            self.payments: list[tuple[Any, ...]] = []
            self.noted: list[tuple[int, int, int]] = []
            self.shops = [self._shop(number) for number in range(shops)]
            self.colluding = [shop for shop in self.shops if shop[4]] or self.shops[:1]
            self._by_category = [[shop for shop in self.shops if shop[1] == name] for name in _CATEGORIES]
            self.customers = [customer(self, number, rate) for number in range(people)]
            self.thief = thief(self)
            self.mean = sum(one.rate for one in self.customers)

        def _shop(self, number: int) -> tuple[Any, ...]:
            place = number % len(_CATEGORIES) if number < len(_CATEGORIES) else int(self.rng.choice(len(_LIKED), p=_LIKED))
            online = _CATEGORIES[place] in ("online services", "gambling") or bool(self.rng.random() < 0.15)
            region = _REGIONS[int(self.rng.integers(4))]
            return f"S-{number:05d}", _CATEGORIES[place], region, online, bool(self.rng.random() < 0.02)

        def shop_of(self, category: int) -> tuple[Any, ...]:
            shops = self._by_category[category]
            return shops[int(self.rng.integers(len(shops)))]

        def expected_fraud(self) -> float:
            """Return the fraudulent payments of a day that make their share of all payments as set."""
            share = self.set["fraud_share"]
            return float(self.mean * share / (1 - share))

        def step(self) -> None:
            """Let everybody pay for a day."""
            before = len(self.payments)
            for one in self.customers:
                one.step()
            honest = len(self.payments) - before
            self.thief.step()
            self.noted.append((self.day, honest, len(self.payments) - before - honest))
            self.day += 1

    return City
