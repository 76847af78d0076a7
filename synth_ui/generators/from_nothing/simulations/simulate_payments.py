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
from synth_ui.generators.from_nothing.simulations._levels import CATEGORIES, PATTERNS, REGIONS
from synth_ui.generators.from_nothing.simulations._simulation import START, Parameters, SimulationRun, Simulator, counts

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
            Column("category", Kind.CATEGORY, levels=CATEGORIES, dtype="object"),
            Column("amount", Kind.NUMBER, decimals=2, dtype="float64"),
            Column("hour", Kind.INTEGER, dtype="int64"),
            Column("online", Kind.BOOLEAN, dtype="bool"),
            Column("away_from_home", Kind.BOOLEAN, dtype="bool"),
            Column("customer_age", Kind.INTEGER, dtype="int64"),
            Column("minutes_since_last", Kind.NUMBER, nullable=True, decimals=0, dtype="float64"),
            Column("pattern", Kind.CATEGORY, Role.IGNORED, levels=PATTERNS, dtype="object"),
            Column("fraud", Kind.CATEGORY, Role.TARGET, levels=("no", "yes"), dtype="object"),
        ),
        "customers": (
            Column("customer", Kind.IDENTIFIER, dtype="object"),
            Column("age", Kind.INTEGER, dtype="int64"),
            Column("home", Kind.CATEGORY, levels=REGIONS, dtype="object"),
            Column("payments_per_day", Kind.NUMBER, decimals=3, dtype="float64"),
            Column("usual_size", Kind.NUMBER, decimals=3, dtype="float64"),
        ),
        "merchants": (
            Column("merchant", Kind.IDENTIFIER, dtype="object"),
            Column("category", Kind.CATEGORY, levels=CATEGORIES, dtype="object"),
            Column("region", Kind.CATEGORY, levels=REGIONS, dtype="object"),
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

    def simulate(self, parameters: Parameters, rows: int, context: Context) -> SimulationRun:
        """Let as many customers pay as it takes for `rows` payments."""
        from synth_ui.generators.from_nothing.simulations._payments_agents import City

        people = max(20, math.ceil(rows / _PER_CUSTOMER))
        model = City(parameters, people, rows / (people * self.days), self.merchants, context.integer_seed("model"))
        day = 0
        while day < self.days or len(model.payments) < rows:
            context.step("simulating", min(len(model.payments) / rows, 1.0))
            model.step()
            day += 1
        payments = _told(model.payments)
        customers = pd.DataFrame([one.row() for one in model.customers], columns=[c.name for c in self.tables["customers"]])
        merchants = pd.DataFrame(model.shops, columns=[c.name for c in self.tables["merchants"]])
        return SimulationRun(
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
