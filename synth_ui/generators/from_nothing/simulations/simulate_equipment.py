"""Machines that wear, are watched by sensors, fail and are repaired."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.table import Column, Kind, Role
from synth_ui.core.tunable import Span, integer, span
from synth_ui.generators.from_nothing.simulations._simulation import DAY, START, Parameters, Run, Simulator, counts

_WARNING_DAYS = 7
_TYPES = ("pump", "compressor", "conveyor")


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
            Column("type", Kind.CATEGORY, levels=_TYPES, dtype="object"),
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

    def simulate(self, parameters: Parameters, rows: int, context: Context) -> Run:
        """Watch as many machines as it takes for `rows` readings."""
        machines = max(1, math.ceil(rows / self.days))
        model = _hall()(parameters, machines, context.integer_seed("model"))
        ahead = self.days + _WARNING_DAYS
        for day in range(ahead):
            context.step("simulating", day / ahead)
            model.step()
        readings = pd.concat([machine.readings(self.days) for machine in model.agents], ignore_index=True)
        readings = readings.sort_values(["time", "machine"], kind="stable", ignore_index=True)
        failures = pd.DataFrame(model.failures, columns=["day", "machine", "days_since_repair", "kind"])
        failures = failures[failures["day"] < self.days].assign(time=lambda frame: START + frame["day"].to_numpy() * DAY)
        noted = [line for line in model.noted if line[0] < self.days]
        return Run({"readings": readings, "failures": failures}, counts(noted, ("running", "failed")))


def _machine() -> Any:
    import mesa

    class Machine(mesa.Agent):  # type: ignore[misc]
        """A machine with a clock of wear that a repair sets back."""

        def __init__(self, model: Any, number: int) -> None:
            super().__init__(model)
            self.name = f"M-{number:05d}"
            self.type = _TYPES[int(model.rng.integers(len(_TYPES)))]
            self.age = int(model.rng.integers(0, 15))
            self.usual_load = float(model.rng.beta(4, 3))
            self.clock, self.since = 0.0, 0
            self.lines: list[tuple[int, float, float, float, float, int]] = []
            self.failed: list[int] = []

        def step(self) -> None:
            """Work for a day: read the sensors, wear, perhaps fail."""
            model, rng = self.model, self.model.rng
            load = min(max(self.usual_load + 0.12 * rng.standard_normal(), 0.0), 1.0)
            life = model.set["life"]
            wear = min(self.clock / life, 2.0)
            noise = model.set["sensor_noise"] * rng.standard_normal(3)
            heat = 45 + 20 * load + 18 * (wear**2 + noise[0])
            shake = 0.6 + 0.5 * load + 1.2 * (wear**3 + 0.5 * noise[1])
            press = 6.0 + 0.8 * load - 0.9 * (wear + noise[2])
            self.lines.append((model.day, load, heat, max(shake, 0.01), max(press, 0.0), self.since))
            later = self.clock + 1 + model.set["load_effect"] * (load - 0.5)
            later = max(later, self.clock)
            shape = model.set["wear_shape"]
            hazard = (later / life) ** shape - (self.clock / life) ** shape
            self.clock, self.since = later, self.since + 1
            due = model.set["maintenance_days"] and self.since >= model.set["maintenance_days"]
            if rng.random() < -math.expm1(-hazard):
                self.renew("failure")
            elif due:
                self.renew("maintenance")

        def renew(self, kind: str) -> None:
            model = self.model
            if kind == "failure":
                self.failed.append(model.day)
            model.failures.append((model.day, self.name, self.since, kind))
            self.clock, self.since = 0.0, 0

        def readings(self, days: int) -> pd.DataFrame:
            """Return the readings of the first `days` days."""
            names = ["day", "load", "temperature", "vibration", "pressure", "days_since_repair"]
            frame = pd.DataFrame(self.lines[:days], columns=names)
            day, failed = frame["day"].to_numpy(), np.array([*self.failed, 10**9])
            left = failed[np.searchsorted(failed, day)] - day
            return frame.assign(
                time=START + day * DAY, machine=self.name, type=self.type, machine_age_years=self.age,
                fails_within_7_days=np.where(left < _WARNING_DAYS, "yes", "no"),
            )  # fmt: skip

    return Machine


def _hall() -> Any:
    import mesa

    machine = _machine()

    class Hall(mesa.Model):  # type: ignore[misc]
        """All machines; each step is a day."""

        def __init__(self, parameters: Parameters, machines: int, seed: int) -> None:
            super().__init__(rng=seed)
            self.set = parameters
            self.day = 0
            self.failures: list[tuple[int, str, int, str]] = []
            self.noted: list[tuple[int, int, int]] = []
            for number in range(machines):
                machine(self, number)

        def step(self) -> None:
            """Let every machine work for a day."""
            before = len(self.failures)
            self.agents.do("step")
            failed = sum(1 for line in self.failures[before:] if line[3] == "failure")
            self.noted.append((self.day, len(self.agents) - failed, failed))
            self.day += 1

    return Hall
