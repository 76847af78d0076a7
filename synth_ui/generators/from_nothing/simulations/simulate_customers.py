"""Customers of a subscription: visits, purchases, complaints, and leaving."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.table import Column, Kind, Role
from synth_ui.core.tunable import Span, integer, span
from synth_ui.generators.from_nothing.simulations._simulation import Parameters, Run, Simulator, counts

_CHANNELS, _PLANS = ("search", "advert", "friend", "partner"), ("basic", "plus", "pro")
_EVENTS = ("visit", "purchase", "complaint", "left")
_PRICE = {"basic": 9.0, "plus": 19.0, "pro": 49.0}
_LEAST = 50


@dataclass(frozen=True)
class SimulateCustomers(Simulator):
    """Let customers visit, buy, complain and leave, week by week.

    Each week a customer leaves with a probability that falls as satisfaction rises; complaints lower satisfaction, purchases and a
    quick answer raise it. With no effect of satisfaction the weeks until leaving are geometric. The main table has a row per customer.
    """

    key = "simulate_customers"
    title = "Customer journeys"
    summary = "Simulates the weeks of subscribers from their first visit to the day they leave."
    reference = "Fader and Hardie, How to project customer retention, 2007; Mesa"
    licence = "MIT; Mesa is Apache-2.0"
    good_at = "Churn with known causes, and journeys as a table of events."
    cannot = "Customers do not talk to one another, and prices and offers never change."
    time_unit = "week"
    seconds_per_row = 2.5e-4
    tables = {
        "customers": (
            Column("customer", Kind.IDENTIFIER, dtype="object"),
            Column("channel", Kind.CATEGORY, levels=_CHANNELS, dtype="object"),
            Column("plan", Kind.CATEGORY, levels=_PLANS, dtype="object"),
            Column("age", Kind.INTEGER, dtype="int64"),
            Column("joined_in_week", Kind.INTEGER, Role.IGNORED, dtype="int64"),
            Column("weeks_active", Kind.INTEGER, dtype="int64"),
            Column("visits_per_week", Kind.NUMBER, decimals=2, dtype="float64"),
            Column("visits_last_4_weeks", Kind.INTEGER, dtype="int64"),
            Column("purchases", Kind.INTEGER, dtype="int64"),
            Column("spent", Kind.NUMBER, decimals=2, dtype="float64"),
            Column("complaints", Kind.INTEGER, dtype="int64"),
            Column("slowest_answer_hours", Kind.NUMBER, nullable=True, decimals=1, dtype="float64"),
            Column("left", Kind.CATEGORY, Role.TARGET, levels=("no", "yes"), dtype="object"),
        ),
        "events": (
            Column("week", Kind.INTEGER, dtype="int64"),
            Column("customer", Kind.IDENTIFIER, Role.GROUP_KEY, dtype="object"),
            Column("event", Kind.CATEGORY, levels=_EVENTS, dtype="object"),
            Column("amount", Kind.NUMBER, nullable=True, decimals=2, dtype="float64"),
        ),
    }

    weeks: int = integer(52, low=4, high=520, help="How many weeks are simulated; customers join during the first half.")
    weekly_leaving: Span = span(
        0.02, low=0, high=1, help="Probability that a customer of middling satisfaction leaves in a week."
    )
    satisfaction_effect: Span = span(1.5, low=0, high=5, help="How strongly satisfaction keeps customers; 0 is not at all.")
    visits: Span = span(1.2, low=0, high=50, help="Visits a week of an average customer.")
    purchase: Span = span(0.15, low=0, high=1, help="Probability that a visit ends in a purchase.")
    complaints: Span = span(0.04, low=0, high=1, help="Probability of a complaint in a week.")
    answer_hours: Span = span(24.0, low=1, high=500, help="How long an answer to a complaint takes, on average.")

    def simulate(self, parameters: Parameters, rows: int, context: Context) -> Run:
        """Follow `rows` customers, at least 50."""
        model = _market()(parameters, max(rows, _LEAST), self.weeks, context.integer_seed("model"))
        for week in range(self.weeks):
            context.step("simulating", week / self.weeks)
            model.step()
        names = [column.name for column in self.tables["customers"]]
        frame = pd.DataFrame([customer.row() for customer in model.customers], columns=names)
        events = pd.DataFrame(model.events, columns=["week", "customer", "event", "amount"])
        return Run({"customers": frame, "events": events}, counts(model.noted, ("active", "joined", "left")))


def _customer() -> Any:
    import mesa

    class Customer(mesa.Agent):  # type: ignore[misc]
        """Someone who may visit, buy, complain and leave."""

        def __init__(self, model: Any, number: int, joins: int) -> None:
            super().__init__(model)
            rng = model.rng
            self.name, self.joins = f"C-{number:06d}", joins
            self.channel = _CHANNELS[int(rng.choice(4, p=[0.4, 0.3, 0.2, 0.1]))]
            self.plan = _PLANS[int(rng.choice(3, p=[0.55, 0.33, 0.12]))]
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

    return Customer


def _market() -> Any:
    import math

    import mesa

    customer = _customer()

    class Market(mesa.Model):  # type: ignore[misc]
        """All customers; each step is a week."""

        def __init__(self, parameters: Parameters, people: int, weeks: int, seed: int) -> None:
            super().__init__(rng=seed)
            self.set = parameters
            self.week = 0
            self.events: list[tuple[int, str, str, float | None]] = []
            self.noted: list[tuple[int, int, int, int]] = []
            joins = self.rng.integers(0, max(weeks // 2, 1), people)
            self.customers = [customer(self, number, int(week)) for number, week in enumerate(joins)]

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

    return Market
