"""The agent-based models against what is known of them: the final size of an epidemic, Weibull lives, geometric stays, shares of fraud."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, optimize, stats

from synth_ui.core.cast import cast
from synth_ui.core.context import Context, Progress
from synth_ui.core.errors import Cancelled, SettingError
from synth_ui.generators.base import generators
from synth_ui.generators.from_nothing.simulations.simulate_customers import SimulateCustomers
from synth_ui.generators.from_nothing.simulations.simulate_epidemic import SimulateEpidemic
from synth_ui.generators.from_nothing.simulations.simulate_equipment import SimulateEquipment
from synth_ui.generators.from_nothing.simulations.simulate_payments import SimulatePayments

KEYS = ("simulate_customers", "simulate_epidemic", "simulate_equipment", "simulate_payments")


def made(key: str, rows: int = 300, seed: int = 1, **settings: Any) -> Any:
    return generators()[key].from_settings(settings).world(rows, Context(seed))  # type: ignore[attr-defined]


@pytest.mark.parametrize("key", KEYS)
def test_tables_are_canonical_exact_and_repeatable(key: str) -> None:
    world = made(key)
    assert len(world.main) == 300
    assert world.main.schema.target is not None
    for table in world.tables.values():
        frame, notes = cast(table.frame, table.schema)
        assert not notes
        pd.testing.assert_frame_equal(frame, table.frame)
    again, other = made(key), made(key, seed=2)
    for name, table in world.tables.items():
        assert table.fingerprint == again.tables[name].fingerprint
    assert world.main.fingerprint != other.main.fingerprint
    assert list(world.series.columns) == ["world", "time", "name", "value"]
    assert np.isfinite(world.series["value"]).all()


@pytest.mark.parametrize("key", KEYS)
def test_a_range_is_drawn_anew_for_each_world(key: str) -> None:
    name = next(name for name, tunable in generators()[key].settings_spec().items() if tunable.kind == "range")
    tunable = generators()[key].settings_spec()[name]
    middle = tunable.default.low
    world = made(key, rows=301, worlds=3, **{name: (middle * 0.8, middle)})
    drawn = world.tables["worlds"].frame[name]
    assert drawn.nunique() == 3
    assert drawn.between(middle * 0.8, middle).all()
    assert len(world.main) == 301
    assert world.main.frame["world"].value_counts().to_dict() == {1: 101, 2: 100, 3: 100}
    assert set(world.series["world"]) == {1, 2, 3}
    assert name in world.notes[0]


@pytest.mark.parametrize("key", KEYS)
def test_a_simulation_can_be_stopped_and_says_how_far_it_is(key: str) -> None:
    reports: list[Progress] = []
    generators()[key]().world(100, Context(1, on_progress=reports.append))  # type: ignore[attr-defined]
    assert all(0 <= (report.fraction or 0) <= 1 for report in reports)
    with pytest.raises(Cancelled):
        generators()[key]().world(100, Context(1, cancelled=lambda: True))  # type: ignore[attr-defined]
    with pytest.raises(SettingError, match="rows is 0"):
        generators()[key]().world(0, Context())  # type: ignore[attr-defined]


def test_the_epidemic_ends_as_the_differential_equation_says() -> None:
    people, first, beta, gamma = 6_000, 0.02, 8 * 0.05, 1 / 6
    world = SimulateEpidemic(at_home=0, age_effect=0, first_infected=first).world(people, Context(4))  # type: ignore[arg-type]
    solved = integrate.solve_ivp(
        lambda _, y: [-beta * y[0] * y[1], beta * y[0] * y[1] - gamma * y[1]], (0, 400), [1 - first, first], rtol=1e-8
    )
    share = (world.main.frame["infected"] == "yes").mean()
    assert abs(share - (1 - solved.y[0, -1])) < 0.025
    final = optimize.brentq(lambda z: 1 - (1 - first) * np.exp(-beta / gamma * z) - z, 0.1, 1)
    assert abs(share - final) < 0.025
    wide = world.series.pivot(index="time", columns="name", values="value")
    assert (wide.sum(axis=1) == people).all()
    assert (wide["susceptible"].diff().dropna() <= 0).all()


def test_an_epidemic_below_its_threshold_dies_out_and_the_immune_stay_well() -> None:
    world = SimulateEpidemic(contacts=2, vaccinated=0.3).world(2_000, Context(1))  # type: ignore[arg-type]
    frame = world.main.frame
    assert (frame["infected"] == "yes").mean() < 0.1
    assert not (frame["infected"] == "yes")[frame["vaccinated"]].any()
    assert abs(frame["vaccinated"].mean() - 0.3) < 0.01


def test_who_infected_whom_adds_up() -> None:
    world = made("simulate_epidemic", rows=1_000)
    people, infections = world.main.frame.set_index("person"), world.tables["infections"].frame
    assert infections["infected_by"].value_counts().reindex(people.index, fill_value=0).eq(people["infected_others"]).all()
    days = people["day_infected"].reindex(infections["person"]).to_numpy(dtype=float)
    assert (days == infections["day"]).all()


def test_lives_of_machines_follow_the_weibull_distribution() -> None:
    settings: dict[str, Any] = {"days": 365, "life": 20, "wear_shape": 2.5, "load_effect": 0}
    failures = SimulateEquipment(**settings).world(365 * 40, Context(3)).tables["failures"].frame
    first = (
        failures.groupby("machine", observed=True)["days_since_repair"].nth(range(8)).to_numpy()
    )  # later ones are cut off at the end
    edges = np.arange(0, 41, 4)
    found = np.histogram(first, [*edges, 10**6])[0]
    law = stats.weibull_min(2.5, scale=20)
    expected = np.diff([*law.cdf(edges - 1), 1.0])  # life d ends within day d: (d-1, d]
    expected[0] = law.cdf(edges[1] - 1)
    keep = expected * found.sum() >= 5
    chi = ((found - expected * found.sum()) ** 2 / (expected * found.sum()))[keep].sum()
    assert stats.chi2.sf(chi, keep.sum() - 1) > 1e-3


def test_readings_before_a_failure_are_marked_and_show_the_wear() -> None:
    world = SimulateEquipment(days=200, life=40).world(200 * 30, Context(2))  # type: ignore[arg-type]
    frame, failures = world.main.frame, world.tables["failures"].frame
    at = failures.iloc[0]
    own = frame[frame["machine"] == at["machine"]].set_index("time")["fails_within_7_days"]
    assert own[at["time"]] == "yes"
    assert own.get(at["time"] - pd.Timedelta(6, "D"), "yes") == "yes"
    vibration = frame.groupby(frame["fails_within_7_days"].astype(str))["vibration"].mean()
    assert vibration["yes"] > vibration["no"]


def test_maintenance_prevents_failures() -> None:
    count = [
        (
            SimulateEquipment(days=200, life=40, maintenance_days=days).world(4_000, Context(2)).tables["failures"].frame["kind"]
            == "failure"
        ).sum()  # type: ignore[arg-type]
        for days in (0, 10)
    ]
    assert count[1] < count[0] / 2


def test_stays_of_customers_are_geometric_when_satisfaction_has_no_effect() -> None:
    settings = {"weeks": 60, "weekly_leaving": 0.1, "satisfaction_effect": 0, "visits": 0.1, "complaints": 0.3}
    frame = SimulateCustomers(**settings).world(1_500, Context(5)).main.frame  # type: ignore[arg-type]
    early = frame[frame["joined_in_week"] < 20]
    for weeks in (5, 15):
        stayed, law = ((early["weeks_active"] > weeks) | (early["left"] == "no")).mean(), 0.9**weeks
        assert abs(stayed - law) < 3.5 * np.sqrt(law * (1 - law) / len(early))


def test_complaints_drive_customers_away() -> None:
    frame = SimulateCustomers(complaints=0.1).world(800, Context(5)).main.frame  # type: ignore[arg-type]
    rate = frame["complaints"] / frame["weeks_active"]
    left = (frame["left"] == "yes").astype(float)
    assert stats.spearmanr(rate, left).statistic > 0.1


def test_fraud_has_its_share_and_its_patterns() -> None:
    frame = SimulatePayments(fraud_share=0.05).world(6_000, Context(6)).main.frame  # type: ignore[arg-type]
    share = (frame["fraud"] == "yes").mean()
    assert abs(share - 0.05) < 0.015
    amounts = frame.groupby(frame["pattern"].astype(str))["amount"].median()
    assert amounts["stolen card"] > 3 * amounts["none"]
    assert (frame["hour"][frame["pattern"] == "account taken over"] < 8).mean() > 0.95
    assert (frame["amount"][frame["pattern"] == "merchant in collusion"] % 50 == 0).all()
    assert frame["time"].is_monotonic_increasing


def test_no_fraud_is_no_fraud() -> None:
    assert set(made("simulate_payments", fraud_share=0).main.frame["fraud"]) == {"no"}
