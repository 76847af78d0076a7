"""The customers, merchants and the thief of a city."""

from __future__ import annotations

from typing import Any

import mesa
import numpy as np

from synth_ui.generators.from_nothing.simulations._levels import CATEGORIES, PATTERNS, REGIONS
from synth_ui.generators.from_nothing.simulations._simulation import Parameters

_USUAL = {"groceries": 45, "fuel": 60, "restaurant": 35, "travel": 320, "electronics": 240, "online services": 22, "gambling": 70}
_LIKED = (0.34, 0.14, 0.2, 0.05, 0.07, 0.18, 0.02)


class CardHolder(mesa.Agent):  # type: ignore[misc]
    """Someone with a card, a home and habits."""

    def __init__(self, model: Any, number: int, rate: float) -> None:
        super().__init__(model)
        rng = model.rng
        self.name, self.age = f"K-{number:06d}", int(min(max(rng.normal(46, 17), 18), 95))
        self.home = REGIONS[int(rng.integers(4))]
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
        model.payments.append((model.day * 1_440 + minute, self.name, shop[0], shop[1], amount, shop[3], away, self.age, pattern))

    def row(self) -> tuple[Any, ...]:
        return self.name, self.age, self.home, self.rate, self.size


class Thief(mesa.Agent):  # type: ignore[misc]
    """Someone who pays with the cards of others."""

    def step(self) -> None:
        """Take as many cards as it takes for the share of fraud."""
        model, rng = self.model, self.model.rng
        for _ in range(rng.poisson(model.expected_fraud() / 4.5)):  # a victim sees 4.5 payments on average
            victim = model.customers[rng.integers(len(model.customers))]
            kind = rng.random()
            stolen = model.set["stolen_cards"]
            pattern = PATTERNS[1 if kind < stolen else 2 if kind < stolen + (1 - stolen) / 2 else 3]
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
        self._by_category = [[shop for shop in self.shops if shop[1] == name] for name in CATEGORIES]
        self.customers = [CardHolder(self, number, rate) for number in range(people)]
        self.thief = Thief(self)
        self.mean = sum(one.rate for one in self.customers)

    def _shop(self, number: int) -> tuple[Any, ...]:
        place = number % len(CATEGORIES) if number < len(CATEGORIES) else int(self.rng.choice(len(_LIKED), p=_LIKED))
        online = CATEGORIES[place] in ("online services", "gambling") or bool(self.rng.random() < 0.15)
        region = REGIONS[int(self.rng.integers(4))]
        return f"S-{number:05d}", CATEGORIES[place], region, online, bool(self.rng.random() < 0.02)

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
