"""The machines of a hall."""

from __future__ import annotations

import math
from typing import Any

import mesa
import numpy as np
import pandas as pd

from synth_ui.generators.from_nothing.simulations._levels import TYPES, WARNING_DAYS
from synth_ui.generators.from_nothing.simulations._simulation import DAY, START, Parameters


class Machine(mesa.Agent):  # type: ignore[misc]
    """A machine with a clock of wear that a repair sets back."""

    def __init__(self, model: Any, number: int) -> None:
        super().__init__(model)
        self.name = f"M-{number:05d}"
        self.type = TYPES[int(model.rng.integers(len(TYPES)))]
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
            fails_within_7_days=np.where(left < WARNING_DAYS, "yes", "no"),
        )  # fmt: skip


class Hall(mesa.Model):  # type: ignore[misc]
    """All machines; each step is a day."""

    def __init__(self, parameters: Parameters, machines: int, seed: int) -> None:
        super().__init__(rng=seed)
        self.set = parameters
        self.day = 0
        self.failures: list[tuple[int, str, int, str]] = []
        self.noted: list[tuple[int, int, int]] = []
        for number in range(machines):
            Machine(self, number)

    def step(self) -> None:
        """Let every machine work for a day."""
        before = len(self.failures)
        self.agents.do("step")
        failed = sum(1 for line in self.failures[before:] if line[3] == "failure")
        self.noted.append((self.day, len(self.agents) - failed, failed))
        self.day += 1
