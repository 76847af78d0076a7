"""An epidemic among people who meet: susceptible, infectious, recovered."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.table import Column, Kind, Role
from synth_ui.core.tunable import Span, integer, span
from synth_ui.generators.from_nothing.simulations._simulation import Parameters, SimulationRun, Simulator, counts

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

    def simulate(self, parameters: Parameters, rows: int, context: Context) -> SimulationRun:
        """Run one epidemic among `rows` people, at least 200."""
        from synth_ui.generators.from_nothing.simulations._epidemic_agents import Outbreak

        model = Outbreak(parameters, max(rows, _LEAST_PEOPLE), context.integer_seed("model"))
        while model.ill and model.steps < parameters["most_days"]:
            context.step("simulating", model.steps / parameters["most_days"])
            model.step()
        people = sorted(model.agents, key=lambda person: person.number)
        columns = [column.name for column in self.tables["people"]]
        frame = pd.DataFrame([person.row() for person in people], columns=columns)
        infections = pd.DataFrame(model.infections, columns=["day", "person", "infected_by", "at_home"])
        return SimulationRun(
            {"people": frame, "infections": infections}, counts(model.noted, ("susceptible", "infectious", "recovered"))
        )
