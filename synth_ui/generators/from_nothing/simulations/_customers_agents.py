"""The customers of a subscription and the market they are in."""

from __future__ import annotations

import math
from typing import Any

import mesa

from synth_ui.generators.from_nothing.simulations._levels import CHANNELS, PLANS
from synth_ui.generators.from_nothing.simulations._simulation import Parameters

_PRICE = {"basic": 9.0, "plus": 19.0, "pro": 49.0}


class Customer(mesa.Agent):  # type: ignore[misc]
    """Someone who may visit, buy, complain and leave."""

    def __init__(self, model: Any, number: int, joins: int) -> None:
        super().__init__(model)
        rng = model.rng
        self.name, self.joins = f"C-{number:06d}", joins
        self.channel = CHANNELS[int(rng.choice(4, p=[0.4, 0.3, 0.2, 0.1]))]
        self.plan = PLANS[int(rng.choice(3, p=[0.55, 0.33, 0.12]))]
        self.age = int(min(max(rng.normal(41, 13), 18), 90))
        self.rate = float(rng.gamma(2.0, model.set["visits"] / 2.0))
        self.satisfaction = float(rng.normal(0.3 if self.channel == "friend" else 0.0, 0.5))
        self.left: int | None = None
        self.visits: list[int] = []
        self.purchases, self.spent, self.complaints = 0, 0.0, 0
        self.slowest: float | None = None

    def step(self) -> None:
        """Live one week."""
        model = self.model
        self.spent += _PRICE[self.plan] / 4
        number = int(model.rng.poisson(self.rate))
        self.visits.append(number)
        for _ in range(number):
            self._visit()
        if model.rng.random() < model.set["complaints"]:
            self._complain()
        self.satisfaction *= 0.97
        if model.rng.random() < model.leaving(self.satisfaction):
            self.left = model.week
            model.note(self, "left", None)

    def _visit(self) -> None:
        model = self.model
        model.note(self, "visit", None)
        if model.rng.random() < model.set["purchase"]:
            amount = round(float(model.rng.lognormal(3.2, 0.7)), 2)
            self.purchases, self.spent = self.purchases + 1, self.spent + amount
            self.satisfaction += 0.08
            model.note(self, "purchase", amount)

    def _complain(self) -> None:
        model = self.model
        hours = float(model.rng.exponential(model.set["answer_hours"]))
        self.complaints, self.slowest = self.complaints + 1, max(self.slowest or 0.0, hours)
        self.satisfaction -= 0.3 + 0.5 * min(hours / 48, 2.0) - (0.2 if hours < 4 else 0.0)
        model.note(self, "complaint", None)

    def row(self) -> tuple[Any, ...]:
        weeks = len(self.visits)
        mean = sum(self.visits) / weeks if weeks else 0.0
        return (
            self.name, self.channel, self.plan, self.age, self.joins, weeks, mean, sum(self.visits[-4:]), self.purchases,
            self.spent, self.complaints, self.slowest, "no" if self.left is None else "yes",
        )  # fmt: skip


class Market(mesa.Model):  # type: ignore[misc]
    """All customers; each step is a week."""

    def __init__(self, parameters: Parameters, people: int, weeks: int, seed: int) -> None:
        super().__init__(rng=seed)
        self.set = parameters
        self.week = 0
        self.events: list[tuple[int, str, str, float | None]] = []
        self.noted: list[tuple[int, int, int, int]] = []
        joins = self.rng.integers(0, max(weeks // 2, 1), people)
        self.customers = [Customer(self, number, int(week)) for number, week in enumerate(joins)]

    def leaving(self, satisfaction: float) -> float:
        """Return the probability of leaving this week."""
        return min(1.0, float(self.set["weekly_leaving"] * math.exp(-self.set["satisfaction_effect"] * satisfaction)))

    def note(self, one: Any, event: str, amount: float | None) -> None:
        self.events.append((self.week, one.name, event, amount))

    def step(self) -> None:
        """Let every customer who is there live one week."""
        active = [one for one in self.customers if one.joins <= self.week and one.left is None]
        for one in active:
            one.step()
        left = sum(1 for one in active if one.left is not None)
        joined = sum(1 for one in active if one.joins == self.week)
        self.noted.append((self.week, len(active) - left, joined, left))
        self.week += 1
