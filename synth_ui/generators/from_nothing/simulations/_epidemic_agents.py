"""The people of an outbreak."""

from __future__ import annotations

from typing import Any

import mesa
import numpy as np

from synth_ui.generators.from_nothing.simulations._simulation import Parameters


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


class Outbreak(mesa.Model):  # type: ignore[misc]
    """People in households; each step is a day."""

    def __init__(self, parameters: Parameters, people: int, seed: int) -> None:
        super().__init__(rng=seed)
        self.set = parameters
        ages = np.clip(np.rint(self.rng.triangular(0, 30, 95, people)), 0, 95).astype(int)
        sizes = self.rng.choice([1, 2, 3, 4, 5], people, p=[0.25, 0.3, 0.2, 0.15, 0.1])
        homes = np.repeat(np.arange(people), sizes)[:people]
        self.people = [Person(self, place, int(ages[place]), int(homes[place])) for place in range(people)]
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
