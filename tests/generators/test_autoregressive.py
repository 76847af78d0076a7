"""The autoregressive network: it learns, repeats itself for a seed, reports, stops, and leaves the process as it was."""

from __future__ import annotations

import pickle
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.context import Context, Progress
from synth_ui.core.errors import Cancelled
from synth_ui.core.table import Column, Kind, Role, Schema, Table, TableSize
from synth_ui.generators.neural._autoregression import LevelPlaces, chances
from synth_ui.generators.neural._level_groups import LevelGroups
from synth_ui.generators.neural.autoregressive import Autoregressive
from synth_ui.generators.sampling.batches import BATCH
from tests.generators.tables import category, numeric, table, whole

torch = pytest.importorskip("torch")

TINY = {"steps": 60, "hidden": 16, "state": 16, "embedding": 4, "bins": 16}


def made(rows: int = 1_500, seed: int = 0) -> Table:
    """Return a table whose columns follow from `kind`, one of pure noise, one with a spike, one with blanks."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 4, rows)
    size = kind * 10 + rng.normal(0, 1, rows)
    gain = np.where(rng.random(rows) < 0.8, 0, rng.integers(1, 500, rows))
    bought = (kind >= 2) ^ (rng.random(rows) < 0.05)
    noise = rng.normal(0, 1, rows)
    noise[rng.random(rows) < 0.2] = np.nan
    frame = pd.DataFrame(
        {
            "kind": pd.Categorical.from_codes(kind, ["a", "b", "c", "d"]),
            "size": size,
            "gain": gain,
            "noise": noise,
            "bought": bought,
        }
    )
    columns = (
        Column("kind", Kind.CATEGORY, levels=("a", "b", "c", "d")),
        Column("size", Kind.NUMBER, dtype="float64"),
        Column("gain", Kind.INTEGER, dtype="int64"),
        Column("noise", Kind.NUMBER, nullable=True, dtype="float64"),
        Column("bought", Kind.BOOLEAN, Role.TARGET, dtype="bool"),
    )
    return Table(frame, Schema(columns))


def drawn(table: Table, n: int = 2_000, seed: int = 0, **settings: Any) -> pd.DataFrame:
    return Autoregressive(**{**TINY, **settings}).fit(table, Context(seed=seed))(n, Context(seed=seed + 1))


def test_relationships_and_margins_are_learned() -> None:
    real, new = made().frame, drawn(made(), steps=150, dropout=0.0)
    assert new.groupby("kind", observed=True)["size"].mean().to_numpy() == pytest.approx([0, 10, 20, 30], abs=1.5)
    assert ((new["kind"].cat.codes >= 2) == new["bought"]).mean() > 0.88
    assert (new["gain"] == 0).mean() == pytest.approx((real["gain"] == 0).mean(), abs=0.04)
    assert new["noise"].isna().mean() == pytest.approx(0.2, abs=0.04)
    assert new["kind"].value_counts(normalize=True).sort_index().to_numpy() == pytest.approx([0.25] * 4, abs=0.05)


def test_of_fewer_rows_more_is_left_out_and_fewer_are_chosen_from() -> None:
    """Where single rows would be remembered and their tables met: all of it at 2,500 rows, none of it from 25,000 on."""
    network, rows = Autoregressive(), (100, 2_500, 5_000, 10_000, 25_000, 1_000_000)
    left_out = [round(network._plan([4, 4], n).dropout, 2) for n in rows]
    assert left_out == [0.7, 0.7, 0.44, 0.28, 0.2, 0.2]
    assert [network._drawn_for_each(n) for n in rows] == [1, 1, 2, 3, 4, 4]
    assert Autoregressive(dropout=0.0)._plan([4, 4], 100).dropout == 0, "unless nothing is to be left out"


def test_a_column_of_noise_stays_at_its_margin() -> None:
    model = Autoregressive(**{**TINY, "steps": 200}).fit(made(400), Context()).model
    noise, size = (np.abs(model.network.heads[model.order.index(j)].output).max() for j in (3, 1))
    assert noise < 0.1, "the first weights, all zero, or nearly those predict noise best"
    assert size > 0.15


def test_drawn_margins_are_those_asked_for_whatever_the_heads_say() -> None:
    network = Autoregressive(**TINY).fit(made(), Context()).model.network
    tilted = replace(network, heads=tuple(replace(head, bias=np.zeros_like(head.bias)) for head in network.heads))
    counts = [np.arange(1, len(head.bias) + 1) * 100 for head in network.heads]
    codes = tilted.calibrated(counts, Context()).draw(5_000, Context(seed=1))
    for column, count in enumerate(counts):
        shares = np.bincount(codes[:, column], minlength=len(count)) / len(codes)
        assert np.abs(shares - count / count.sum()).sum() < 0.15


def test_same_seed_same_rows_and_the_process_is_left_as_it_was() -> None:
    table, threads = made(300), torch.get_num_threads()
    torch.set_num_threads(threads + 1)
    first = drawn(table, 100)
    torch.rand(3), np.random.random(3)
    moved = torch.get_rng_state(), np.random.get_state()[1].copy()
    again, other = drawn(table, 100), drawn(table, 100, seed=9)
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)
    assert torch.equal(moved[0], torch.get_rng_state())
    assert (moved[1] == np.random.get_state()[1]).all()
    assert torch.get_num_threads() == threads + 1
    torch.set_num_threads(threads)


def test_two_draws_of_one_sampler_differ_by_the_seed_of_the_draw_only() -> None:
    sampler = Autoregressive(**TINY).fit(made(300), Context())
    pd.testing.assert_frame_equal(sampler(50, Context(seed=1)), sampler(50, Context(seed=1)))
    assert not sampler(50, Context(seed=1)).equals(sampler(50, Context(seed=2)))


def test_losses_are_reported_live_and_fall() -> None:
    reports: list[Progress] = []
    Autoregressive(**{**TINY, "steps": 100}).fit(made(), Context(on_progress=reports.append))
    learning = [report for report in reports if report.phase == "learning" and report.loss]
    fractions = [report.fraction for report in learning]
    assert fractions == sorted(fractions)
    assert 0 < fractions[0] < 0.1
    validation = [report.loss["validation"] for report in learning if "validation" in report.loss]
    assert len(validation) >= 8
    assert validation[-1] < validation[0] - 0.5
    assert all("training" in report.loss for report in learning)


def test_training_stops_between_steps_when_asked() -> None:
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > 20

    with pytest.raises(Cancelled, match="learning"):
        Autoregressive(**TINY).fit(made(300), Context(cancelled=cancelled))
    assert asked == 21


def test_training_ends_early_when_nothing_is_gained() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({name: rng.normal(size=300) for name in "xyz"})
    table = Table(frame, Schema(tuple(Column(name, Kind.NUMBER, dtype="float64") for name in "xyz")))
    reports: list[Progress] = []
    Autoregressive(**{**TINY, "steps": 2_000, "epochs": 1_000, "patience": 2}).fit(table, Context(on_progress=reports.append))
    steps = [report for report in reports if report.phase == "learning" and report.loss]
    assert len(steps) < 1_000


def test_a_pickled_sampler_draws_the_same_without_torch(tmp_path: Any) -> None:
    sampler = Autoregressive(**TINY).fit(made(300), Context())
    (tmp_path / "sampler.pkl").write_bytes(pickle.dumps(sampler))
    code = (
        "import pickle, sys\n"
        "from synth_ui.core.context import Context\n"
        "sampler = pickle.load(open(sys.argv[1], 'rb'))\n"
        "sampler(40, Context(seed=3)).to_pickle(sys.argv[2])\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "sampler.pkl"), str(tmp_path / "rows.pkl")], check=True)
    pd.testing.assert_frame_equal(pd.read_pickle(tmp_path / "rows.pkl"), sampler(40, Context(seed=3)))


def test_many_levels_are_grouped_for_the_network_and_drawn_again_from_the_group() -> None:
    rng = np.random.default_rng(1)
    codes = np.minimum(rng.zipf(1.3, 4_000) - 1, 1_499)
    levels = tuple(f"level {code:04}" for code in range(1_500))
    frame = pd.DataFrame({"many": pd.Categorical.from_codes(codes, levels), "y": codes > 20})
    schema = Schema((Column("many", Kind.CATEGORY, levels=levels), Column("y", Kind.BOOLEAN, Role.TARGET, dtype="bool")))
    sampler = Autoregressive(**{**TINY, "most_levels": 32}).fit(Table(frame, schema), Context())
    assert max(len(head.bias) for head in sampler.model.network.heads) <= 32
    new = sampler(4_000, Context(seed=1))["many"]
    assert set(new.unique()) <= set(frame["many"].unique())
    assert (new == levels[0]).mean() == pytest.approx((codes == 0).mean(), abs=0.03)
    assert new.nunique() > 100


def test_groups_keep_frequent_levels_apart_and_put_every_level_somewhere() -> None:
    codes = np.repeat(np.arange(40), [50] * 5 + [1] * 35)
    groups = LevelGroups.of(codes, 40, 16, codes.astype(float))
    assert groups.count <= 16
    assert len({int(groups.group_of[level]) for level in range(5)}) == 5
    back = groups.decode(groups.encode(codes), np.random.default_rng(0))
    assert (groups.encode(back) == groups.encode(codes)).all()
    assert (back[codes < 5] == codes[codes < 5]).all()


def test_a_low_temperature_ties_columns_closer_and_keeps_the_margin() -> None:
    table = made()
    cold, warm = drawn(table, temperature=0.3, steps=150), drawn(table, temperature=2.5, steps=150)

    def agreement(frame: pd.DataFrame) -> float:
        return float(((frame["kind"].cat.codes >= 2) == frame["bought"]).mean())

    assert agreement(cold) > agreement(warm) + 0.03
    assert cold["bought"].mean() == pytest.approx(warm["bought"].mean(), abs=0.05)


@pytest.mark.parametrize("rows", [1, 2, 3, 12])
def test_a_handful_of_rows_is_enough(rows: int) -> None:
    assert len(drawn(made(rows), 30)) == 30


def test_neighbouring_levels_share_and_a_blank_does_not() -> None:
    mixture = LevelPlaces(np.linspace(-0.5, 0.5, 20, dtype=np.float32), 1, np.full(20, 2_000)).sharing()
    assert mixture is not None
    np.testing.assert_allclose(np.linalg.norm(mixture, axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(mixture[-1], np.eye(20)[-1])
    np.testing.assert_array_equal(mixture[:-1, -1], 0)
    assert (np.diff(mixture[5, 5:-1]) < 0).all()
    assert LevelPlaces(np.empty(0, dtype=np.float32), 0, np.empty(0, dtype=np.int64)).sharing() is None


def test_levels_of_few_rows_share_more() -> None:
    places = np.linspace(-0.5, 0.5, 20, dtype=np.float32)
    few, many = (LevelPlaces(places, 0, np.full(20, rows)).sharing() for rows in (10, 2_000))
    assert few is not None
    assert many is not None
    assert (few.diagonal() < many.diagonal() - 0.1).all()
    assert few[5, 7] > 1.5 * many[5, 7]
    spike = LevelPlaces(places, 0, np.array([*[10] * 10, 5_000, *[10] * 9])).sharing()
    assert spike is not None
    assert spike[10, 10] > spike[9, 9] + 0.05


def test_sharing_learns_a_smooth_law_from_fewer_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unseen rows are more likely to a network whose neighbouring levels share what they learn."""

    def likelihood() -> float:
        sampler: Any = Autoregressive(bins=64, hidden=32, state=32, steps=150).fit(line(1_200, 1), Context(seed=1))
        return log_chance(sampler.model, line(2_000, 2).frame)

    shared = likelihood()
    monkeypatch.setattr(LevelPlaces, "sharing", lambda self: None)
    assert shared > likelihood() + 0.1


def line(rows: int, seed: int) -> Table:
    rng = np.random.default_rng(seed)
    x = rng.random(rows)
    columns = (Column("x", Kind.NUMBER, Role.FEATURE), Column("y", Kind.NUMBER, Role.FEATURE))
    return Table(pd.DataFrame({"x": x, "y": np.sin(6 * x) + rng.normal(0, 0.1, rows)}), Schema(columns), "line")


def log_chance(model: Any, frame: pd.DataFrame) -> float:
    """Return the mean log chance the network gives rows, in the order it draws their columns."""
    network, rows, total = model.network, np.arange(len(frame)), 0.0
    states = network._empty_states(len(frame))
    for column, at in enumerate(model.order):
        bins = model.bins[at]
        codes = model.groups[at].encode(bins.encode(bins.column.encode(frame[bins.column.name])))
        given = chances(network._scores(column, states) + network.shifts[column])
        total += float(np.log(given[rows, codes]).mean())
        network._take_in(column, codes, states)
    return total


def _bills(rows: int = 3_000) -> Table:
    """Bills of two months, a payment that is the first in a fifth of the rows, and one city that is another in most."""
    rng = np.random.default_rng(12)
    bill, other = np.round(rng.lognormal(6, 1, rows), 2), np.round(rng.lognormal(6, 1, rows), 2)
    paid = np.where(rng.random(rows) < 0.2, bill, np.round(rng.lognormal(5, 1, rows), 2))
    city = rng.integers(0, 40, rows)
    billed = np.where(rng.random(rows) < 0.8, city, rng.integers(0, 40, rows))
    return table(
        numeric("bill", bill, 2),
        numeric("other", other, 2),
        numeric("paid", paid, 2),
        category("city", [f"c{one}" for one in city]),
        category("billed", [f"c{one}" for one in billed]),
    )


def test_a_value_that_is_often_another_columns_is_so_in_as_many_drawn_rows() -> None:
    real = _bills()
    made = Autoregressive(epochs=10, steps=200).fit(real, Context(1))(3_000, Context(1))
    assert (made["paid"] == made["bill"]).mean() == pytest.approx(0.2, abs=0.03)
    assert (made["paid"] == made["other"]).mean() < 0.002
    same = (made["city"].astype(str) == made["billed"].astype(str)).mean()
    assert same == pytest.approx((real.frame["city"].astype(str) == real.frame["billed"].astype(str)).mean(), abs=0.05)
    assert not made["paid"].isna().any()


def test_what_repeats_no_column_has_no_such_level() -> None:
    rng = np.random.default_rng(3)
    real = table(numeric("a", rng.normal(size=900)), numeric("b", rng.normal(size=900)), whole("n", rng.integers(0, 9, 900)))
    model = Autoregressive(epochs=2, steps=20).fit(real, Context(1)).model
    assert not any(model.network.echoes.of)


def test_levels_that_repeat_a_column_are_seen_as_the_level_their_value_lies_in() -> None:
    real = _bills()
    model = Autoregressive(epochs=2, steps=20).fit(real, Context(1)).model
    drawn = model.network.draw(2_000, Context(5))
    seen = model.network.echoes.all_seen(drawn)
    values = model._values(drawn, Context(5))
    for place, echoes in enumerate(model.network.echoes.of):
        at = model.order[place]
        assert (seen[:, place] < model.groups[at].count).all()
        for echo in echoes:
            rows = drawn[:, place] == echo.level
            lies = model.groups[at].encode(model.bins[at].encode(values[at][rows]))
            assert np.abs(lies - seen[rows, place]).mean() < 3


def test_a_condition_is_met_through_a_level_that_repeats_a_column() -> None:
    made = Autoregressive(epochs=2, steps=40).fit(_bills(), Context(1))(150, Context(2), {"billed": "c7"})
    assert (made["billed"] == "c7").all()
    assert (made["city"] == "c7").mean() > 0.4


def test_what_many_rows_cost_grows_with_them_as_they_come_in_batches() -> None:
    """Of a million rows, too, four are drawn for each one kept: they come in batches, which are small enough to choose among."""
    size = TableSize(rows=1_000_000, columns=15, levels=101, widest=41)
    few, one, five = (Autoregressive().cost(size, rows).seconds for rows in (0, BATCH, 5 * BATCH))
    assert five - few == pytest.approx(5 * (one - few))
    assert five > 2 * Autoregressive(candidates=1).cost(size, 5 * BATCH).seconds
