"""Customers of a subscription: visits, purchases, complaints, and leaving."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.table import Column, Kind, Role
from synth_ui.core.tunable import Span, integer, span
from synth_ui.generators.from_nothing.simulations._levels import CHANNELS, EVENTS, PLANS
from synth_ui.generators.from_nothing.simulations._simulation import Parameters, SimulationRun, Simulator, counts

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
            Column("channel", Kind.CATEGORY, levels=CHANNELS, dtype="object"),
            Column("plan", Kind.CATEGORY, levels=PLANS, dtype="object"),
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
            Column("event", Kind.CATEGORY, levels=EVENTS, dtype="object"),
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

    def simulate(self, parameters: Parameters, rows: int, context: Context) -> SimulationRun:
        """Follow `rows` customers, at least 50."""
        from synth_ui.generators.from_nothing.simulations._customers_agents import Market

        model = Market(parameters, max(rows, _LEAST), self.weeks, context.integer_seed("model"))
        for week in range(self.weeks):
            context.step("simulating", week / self.weeks)
            model.step()
        names = [column.name for column in self.tables["customers"]]
        frame = pd.DataFrame([customer.row() for customer in model.customers], columns=names)
        events = pd.DataFrame(model.events, columns=["week", "customer", "event", "amount"])
        return SimulationRun({"customers": frame, "events": events}, counts(model.noted, ("active", "joined", "left")))
