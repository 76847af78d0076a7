"""Machines that wear, are watched by sensors, fail and are repaired."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.table import Column, Kind, Role
from synth_ui.core.tunable import Span, integer, span
from synth_ui.generators.from_nothing.simulations._levels import TYPES, WARNING_DAYS
from synth_ui.generators.from_nothing.simulations._simulation import DAY, START, Parameters, SimulationRun, Simulator, counts


@dataclass(frozen=True)
class SimulateEquipment(Simulator):
    """Let machines work, wear and fail, and read their sensors once a day.

    The time from a repair to the next failure follows a Weibull distribution of running days; a heavy load lets the clock run faster.
    Sensors show the wear through noise. The main table has a row per machine and day, with whether it fails within a week.
    """

    key = "simulate_equipment"
    title = "Equipment failure"
    summary = "Simulates machines with sensors that wear, fail and are repaired or maintained."
    reference = "Weibull, A statistical distribution function of wide applicability, 1951; Mesa"
    licence = "MIT; Mesa is Apache-2.0"
    good_at = "Predictive maintenance with a known truth: wear, its traces in the sensors, and rare failures."
    cannot = "It knows one way to fail, and machines do not influence one another."
    time_unit = "day"
    seconds_per_row = 3e-5
    tables = {
        "readings": (
            Column("time", Kind.DATETIME, dtype="datetime64[us]"),
            Column("machine", Kind.IDENTIFIER, Role.GROUP_KEY, dtype="object"),
            Column("type", Kind.CATEGORY, levels=TYPES, dtype="object"),
            Column("machine_age_years", Kind.INTEGER, dtype="int64"),
            Column("load", Kind.NUMBER, decimals=3, dtype="float64"),
            Column("temperature", Kind.NUMBER, decimals=1, dtype="float64"),
            Column("vibration", Kind.NUMBER, decimals=3, dtype="float64"),
            Column("pressure", Kind.NUMBER, decimals=2, dtype="float64"),
            Column("days_since_repair", Kind.INTEGER, dtype="int64"),
            Column("fails_within_7_days", Kind.CATEGORY, Role.TARGET, levels=("no", "yes"), dtype="object"),
        ),
        "failures": (
            Column("time", Kind.DATETIME, dtype="datetime64[us]"),
            Column("machine", Kind.IDENTIFIER, Role.GROUP_KEY, dtype="object"),
            Column("days_since_repair", Kind.INTEGER, dtype="int64"),
            Column("kind", Kind.CATEGORY, levels=("failure", "maintenance"), dtype="object"),
        ),
    }

    days: int = integer(365, low=14, high=3_650, help="How many days every machine is watched; more rows mean more machines.")
    life: Span = span(120.0, low=2, high=5_000, help="Running days after which 63% of machines have failed (Weibull scale).")
    wear_shape: Span = span(
        2.5, low=0.5, high=10, help="1: failures are pure chance; above 1: worn machines fail more (Weibull shape)."
    )
    load_effect: Span = span(1.0, low=0, high=4, help="How much faster the clock of wear runs under full load; 0 is not at all.")
    sensor_noise: Span = span(0.3, low=0, high=5, help="Noise of the sensors, as a multiple of what full wear adds to them.")
    maintenance_days: int = integer(0, low=0, high=3_650, help="Machines are made as new after so many days; 0 is never.")

    def simulate(self, parameters: Parameters, rows: int, context: Context) -> SimulationRun:
        """Watch as many machines as it takes for `rows` readings."""
        from synth_ui.generators.from_nothing.simulations._equipment_agents import Hall

        machines = max(1, math.ceil(rows / self.days))
        model = Hall(parameters, machines, context.integer_seed("model"))
        ahead = self.days + WARNING_DAYS
        for day in range(ahead):
            context.step("simulating", day / ahead)
            model.step()
        readings = pd.concat([machine.readings(self.days) for machine in model.agents], ignore_index=True)
        readings = readings.sort_values(["time", "machine"], kind="stable", ignore_index=True)
        failures = pd.DataFrame(model.failures, columns=["day", "machine", "days_since_repair", "kind"])
        failures = failures[failures["day"] < self.days].assign(time=lambda frame: START + frame["day"].to_numpy() * DAY)
        noted = [line for line in model.noted if line[0] < self.days]
        return SimulationRun({"readings": readings, "failures": failures}, counts(noted, ("running", "failed")))
