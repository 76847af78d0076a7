"""An epidemic among people who meet: susceptible, infectious, recovered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.table import Column, Kind, Role
from synth_ui.core.tunable import Span, integer, span
from synth_ui.generators.from_nothing.simulations._simulation import Parameters, Run, Simulator, counts

_LEAST_PEOPLE = 200


@dataclass(frozen=True)
class SimulateEpidemic(Simulator):
    """Let an infection spread from person to person, day by day.

    Every infectious person meets a random number of people a day, some of them at home, and infects each susceptible one with a fixed
    probability; each day it recovers with the probability that makes its illness last as long as set, on average. With no meetings
    at home and no effect of age this is the SIR model, whose final size is known. The main table has a row per person; what follows from
    an infection (its day, its length) is left out of a race, as it would give the target away.
    """

    key = "simulate_epidemic"
    title = "Epidemic"
    summary = "Simulates people who infect one another, and writes down who fell ill, when and by whom."
    reference = "Kermack and McKendrick, A contribution to the mathematical theory of epidemics, 1927; Mesa"
    licence = "MIT; Mesa is Apache-2.0"
    good_at = "Outbreaks with known causes: who infected whom, households, age, vaccination."
    cannot = "It is a model of no real disease, and people neither move nor change what they do."
    time_unit = "day"
    seconds_per_row = 9e-5
    tables = {
        "people": (
            Column("person", Kind.IDENTIFIER, dtype="int64"),
            Column("age", Kind.INTEGER, dtype="int64"),
            Column("household_size", Kind.INTEGER, dtype="int64"),
            Column("vaccinated", Kind.BOOLEAN, dtype="bool"),
            Column("contacts_per_day", Kind.NUMBER, decimals=1, dtype="float64"),
            Column("day_infected", Kind.INTEGER, Role.IGNORED, nullable=True, dtype="float64"),
            Column("infected_at_home", Kind.CATEGORY, Role.IGNORED, nullable=True, levels=("no", "yes"), dtype="object"),
            Column("days_ill", Kind.INTEGER, Role.IGNORED, nullable=True, dtype="float64"),
            Column("infected_others", Kind.INTEGER, Role.IGNORED, dtype="int64"),
            Column("severe", Kind.BOOLEAN, Role.IGNORED, dtype="bool"),
            Column("infected", Kind.CATEGORY, Role.TARGET, levels=("no", "yes"), dtype="object"),
        ),
        "infections": (
            Column("day", Kind.INTEGER, dtype="int64"),
            Column("person", Kind.IDENTIFIER, Role.GROUP_KEY, dtype="int64"),
            Column("infected_by", Kind.IDENTIFIER, Role.GROUP_KEY, dtype="int64"),
            Column("at_home", Kind.BOOLEAN, dtype="bool"),
        ),
    }

    contacts: Span = span(8.0, low=0, high=100, help="People an infectious person meets a day, on average.")
    transmission: Span = span(0.05, low=0, high=1, help="Probability that a meeting with a susceptible person infects.")
    days_infectious: Span = span(6.0, low=1, high=60, help="How long one is infectious, on average.")
    first_infected: Span = span(0.01, low=0.0001, high=0.5, help="Share of people infectious on the first day.")
    vaccinated: Span = span(0.0, low=0, high=1, help="Share of people who are immune from the beginning.")
    at_home: Span = span(0.25, low=0, high=1, help="Share of meetings that are with people of the same household.")
    age_effect: Span = span(
        0.5, low=0, high=1, help="How much more the young meet and the old fall severely ill; 0 is not at all."
    )
    most_days: int = integer(365, low=1, high=3_650, help="The simulation ends when nobody is infectious, or after so many days.")

    def simulate(self, parameters: Parameters, rows: int, context: Context) -> Run:
        """Run one epidemic among `rows` people, at least 200."""
        model = _outbreak()(parameters, max(rows, _LEAST_PEOPLE), context.integer_seed("model"))
        while model.ill and model.steps < parameters["most_days"]:
            context.step("simulating", model.steps / parameters["most_days"])
            model.step()
        people = sorted(model.agents, key=lambda person: person.number)
        columns = [column.name for column in self.tables["people"]]
        frame = pd.DataFrame([person.row() for person in people], columns=columns)
        infections = pd.DataFrame(model.infections, columns=["day", "person", "infected_by", "at_home"])
        return Run({"people": frame, "infections": infections}, counts(model.noted, ("susceptible", "infectious", "recovered")))


def _person() -> Any:
    import mesa

    class Person(mesa.Agent):  # type: ignore[misc]
        """Someone who meets others."""

        def __init__(self, model: Any, number: int, age: int, household: int) -> None:
            super().__init__(model)
            self.number, self.age, self.household = number, age, household
            effect = model.set["age_effect"]
            self.meets = model.set["contacts"] * (1 + effect * (0.5 if age < 25 else 0.0 if age < 60 else -0.5))
            self.state = "susceptible"
            self.vaccinated = False
            self.day: int | None = None
            self.until: int | None = None
            self.home = False
            self.others = 0
            self.severe = False

        def fall_ill(self, home: bool) -> None:
            self.state, self.day, self.home = "infectious", self.model.steps, home
            risk = 0.02 + self.model.set["age_effect"] * 0.4 * max(self.age - 40, 0) / 50
            self.severe = bool(self.model.rng.random() < risk)
            self.model.ill.append(self)

        def step(self) -> None:
            """Meet people, infect some, perhaps recover."""
            model = self.model
            for _ in range(model.rng.poisson(self.meets * model.set["transmission"])):  # the meetings that would infect
                home = bool(model.rng.random() < model.set["at_home"])
                other = model.someone(self) if not home else model.housemate(self)
                if other is not None and other.state == "susceptible":
                    other.fall_ill(home)
                    self.others += 1
                    model.infections.append((model.steps, other.number, self.number, home))
            if model.rng.random() < 1 / model.set["days_infectious"]:
                self.state, self.until = "recovered", model.steps

        def row(self) -> tuple[Any, ...]:
            ill = self.day is not None
            days = None if not ill or self.until is None else self.until - (self.day or 0)
            at_home = None if not ill or not self.day else "yes" if self.home else "no"
            size = len(self.model.homes[self.household])
            fell = "yes" if ill else "no"
            return (
                self.number,
                self.age,
                size,
                self.vaccinated,
                self.meets,
                self.day,
                at_home,
                days,
                self.others,
                self.severe,
                fell,
            )

    return Person


def _outbreak() -> Any:
    import mesa

    person = _person()

    class Outbreak(mesa.Model):  # type: ignore[misc]
        """People in households; each step is a day."""

        def __init__(self, parameters: Parameters, people: int, seed: int) -> None:
            super().__init__(rng=seed)
            self.set = parameters
            ages = np.clip(np.rint(self.rng.triangular(0, 30, 95, people)), 0, 95).astype(int)
            sizes = self.rng.choice([1, 2, 3, 4, 5], people, p=[0.25, 0.3, 0.2, 0.15, 0.1])
            homes = np.repeat(np.arange(people), sizes)[:people]
            self.people = [person(self, place, int(ages[place]), int(homes[place])) for place in range(people)]
            self.homes: dict[int, list[Any]] = {}
            for one in self.people:
                self.homes.setdefault(one.household, []).append(one)
            self.ill: list[Any] = []
            self.infections: list[tuple[int, int, int, bool]] = []
            self._begin(people)
            self.immune, self.first = sum(one.vaccinated for one in self.people), len(self.ill)
            self.noted = [self.count()]

        def _begin(self, people: int) -> None:
            order = self.rng.permutation(people)
            immune, first = round(people * self.set["vaccinated"]), max(1, round(people * self.set["first_infected"]))
            for place in order[:immune]:
                self.people[place].state, self.people[place].vaccinated = "recovered", True
            for place in order[immune : immune + first]:
                self.people[place].fall_ill(False)

        def someone(self, one: Any) -> Any:
            other = self.people[self.rng.integers(len(self.people))]
            return None if other is one else other

        def housemate(self, one: Any) -> Any:
            mates = self.homes[one.household]
            other = mates[self.rng.integers(len(mates))]
            return None if other is one else other

        def count(self) -> tuple[int, ...]:
            well = len(self.people) - self.immune - self.first - len(self.infections)
            return self.steps, well, len(self.ill), len(self.people) - well - len(self.ill)

        def step(self) -> None:
            """Let every infectious person have its day."""
            for one in list(self.ill):
                one.step()
            self.ill = [one for one in self.ill if one.state == "infectious"]
            self.noted.append(self.count())

    return Outbreak
