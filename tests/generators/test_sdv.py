"""The adapters on SDV 2.0: columns there and back, seeds, progress, cancel, refusals, and the hooks they hang on."""

from __future__ import annotations

import importlib
import pickle
import random
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.context import Context, Progress
from synth_ui.core.errors import Cancelled, DoesNotApply, SettingError
from synth_ui.core.table import Column, Kind, Role, Schema, Table, TableSize
from synth_ui.generators._preparation.prepare import Levels, ModelColumn, prepare
from synth_ui.generators.sdv._adapter import SdvGenerator, _from_sdv, _with_lookups, refuse_if_too_wide, to_sdv
from synth_ui.generators.sdv.sdv_copula_gan import SdvCopulaGan
from synth_ui.generators.sdv.sdv_ctgan import SdvCtgan
from synth_ui.generators.sdv.sdv_gaussian_copula import SdvGaussianCopula
from synth_ui.generators.sdv.sdv_tvae import SdvTvae

ALL: list[SdvGenerator] = [
    SdvGaussianCopula(default_distribution="norm"),
    SdvCtgan(epochs=2, batch_size=20, width=16, embedding=8),
    SdvCopulaGan(epochs=2, batch_size=20, width=16, embedding=8, default_distribution="norm"),
    SdvTvae(epochs=2, batch_size=20, width=16, embedding=8),
]
NETWORKS = ALL[1:]


def made(rows: int = 120) -> Table:
    """Return a table with every kind, blanks in most columns, one column that follows from another, a key and a name."""
    rng = np.random.default_rng(0)
    grade = rng.integers(0, 3, rows)
    blank = rng.random(rows) < 0.2
    age = pd.Series(rng.integers(18, 90, rows)).astype("Int64").mask(blank)
    frame = pd.DataFrame(
        {
            "id": np.arange(rows) + 1_000,
            "name": [f"Person {number}" for number in range(rows)],
            "age": age,
            "height": np.where(rng.random(rows) < 0.1, np.nan, rng.normal(170, 9, rows).round(1)),
            "born": pd.Series(pd.to_datetime("1950-01-01") + pd.to_timedelta(rng.integers(0, 18_000, rows), "D")).dt.as_unit(
                "us"
            ),
            "grade": pd.Categorical.from_codes(grade, ["low", "middle", "high"], ordered=True),
            "points": grade * 5,
            "town": pd.Categorical.from_codes(np.where(blank, -1, rng.integers(0, 2, rows)), ["Ulm", "Åbo"]),
            "paid": pd.array(rng.random(rows) < 0.5, dtype="boolean"),
            "happy": rng.random(rows) < 0.7,
        }
    )
    frame.loc[frame.index[:9], "paid"] = pd.NA
    columns = (
        Column("id", Kind.IDENTIFIER, dtype="int64"),
        Column("name", Kind.TEXT, Role.PERSONAL, provider="name"),
        Column("age", Kind.INTEGER, nullable=True, dtype="int64"),
        Column("height", Kind.NUMBER, nullable=True, decimals=1, dtype="float64"),
        Column("born", Kind.DATETIME, format="%Y-%m-%d"),
        Column("grade", Kind.ORDINAL, levels=("low", "middle", "high")),
        Column("points", Kind.INTEGER, dtype="int64"),
        Column("town", Kind.CATEGORY, nullable=True, levels=("Ulm", "Åbo")),
        Column("paid", Kind.BOOLEAN, nullable=True, dtype="bool"),
        Column("happy", Kind.BOOLEAN, Role.TARGET, dtype="bool"),
    )
    return Table(frame, Schema(columns))


@pytest.mark.parametrize("generator", ALL, ids=lambda generator: generator.key)
def test_rows_come_back_in_the_tables_form_from_a_pickled_sampler(generator: SdvGenerator) -> None:
    table = made()
    sampler = pickle.loads(pickle.dumps(generator.fit(table, Context(seed=1))))
    new = sampler(80, Context(seed=2))
    nullable = {column.name for column in table.schema if column.nullable}
    assert new.drop(columns=[*nullable, "name"]).dtypes.equals(table.frame.drop(columns=[*nullable, "name"]).dtypes)
    assert [str(new[name].dtype).lower() for name in sorted(nullable)] == [
        str(table.frame[name].dtype).lower() if new[name].isna().any() else str(new[name].dtype).lower()
        for name in sorted(nullable)
    ]
    assert not new.drop(columns=[*nullable, "name"]).isna().any().any()
    assert new["age"].dropna().between(18, 89).all()
    assert (new["height"].dropna() * 10 % 1).round(6).isin([0, 1]).all()
    assert (new["born"] == new["born"].dt.normalize()).all()
    assert set(new["points"]) <= set(range(11))
    assert not set(new["id"]) & set(table.frame["id"])
    assert not set(new["name"]) & set(table.frame["name"])
    assert not sampler.layout.lookups, "what follows from another column is SDV's to learn, not ours to look up"


@pytest.mark.parametrize("generator", ALL, ids=lambda generator: generator.key)
def test_same_seed_same_rows_and_the_process_is_left_as_it_was(generator: SdvGenerator) -> None:
    import torch

    table, threads = made(), torch.get_num_threads()
    first = generator.fit(table, Context(seed=1))(60, Context(seed=2))
    random.random(), np.random.random(), torch.rand(1), torch.set_num_threads(threads + 1)
    before = random.getstate(), np.random.get_state()[1].copy(), torch.get_rng_state()
    sampler = generator.fit(table, Context(seed=1))
    other, again = sampler(60, Context(seed=5)), sampler(60, Context(seed=2))
    pd.testing.assert_frame_equal(first, again)
    assert not first["height"].equals(other["height"])
    assert before[0] == random.getstate()
    assert (before[1] == np.random.get_state()[1]).all()
    assert torch.equal(before[2], torch.get_rng_state())
    assert torch.get_num_threads() == threads + 1
    torch.set_num_threads(threads)


def test_two_seeds_blank_different_rows() -> None:
    sampler = ALL[0].fit(made(), Context())
    first, second = (sampler(100, Context(seed=seed))["height"].isna() for seed in (1, 2))
    assert first.any()
    assert not first.equals(second), "SDV's transformers keep random states of their own, which must be seeded too"


def test_the_seed_of_the_fit_counts_for_networks() -> None:
    first, second = (NETWORKS[1].fit(made(), Context(seed=seed))(40, Context(seed=9)) for seed in (1, 2))
    assert not first["height"].equals(second["height"])


@pytest.mark.parametrize("generator", NETWORKS, ids=lambda generator: generator.key)
def test_each_epoch_is_reported_with_its_losses(generator: SdvGenerator) -> None:
    reports: list[Progress] = []
    generator.fit(made(), Context(on_progress=reports.append))
    phases = list(dict.fromkeys(report.phase for report in reports))
    assert phases == ["preparing columns", "loading SDV", "encoding columns", "learning"]
    losses = [report.loss for report in reports if report.phase == "learning" and report.loss]
    assert len(losses) == 2
    assert set(losses[0]) == ({"generator", "discriminator"} if generator.key != "sdv_tvae" else {"loss"})


@pytest.mark.parametrize("generator", NETWORKS, ids=lambda generator: generator.key)
def test_a_cancel_ends_training_at_the_next_epoch_and_takes_the_hook_back(generator: SdvGenerator) -> None:
    module: Any = importlib.import_module(generator.training_loop)
    bar, phases = module.tqdm, []

    def cancelled() -> bool:
        return phases.count("learning") >= 2

    long = type(generator)(**{**generator.settings(), "epochs": 9_999})
    with pytest.raises(Cancelled, match="learning"):
        long.fit(made(), Context(on_progress=lambda progress: phases.append(progress.phase), cancelled=cancelled))
    assert module.tqdm is bar


def test_ctgan_still_walks_its_epochs_through_the_name_that_is_replaced() -> None:
    import inspect

    for generator in NETWORKS:
        module = importlib.import_module(generator.training_loop)
        assert "tqdm(range(" in inspect.getsource(module), "progress and cancel hang on this line of ctgan"


def test_batch_size_must_be_even_and_a_multiple_of_pac() -> None:
    with pytest.raises(SettingError, match="such as 500"):
        SdvCtgan(batch_size=501)
    with pytest.raises(SettingError, match="such as 98"):
        SdvCtgan(batch_size=100, pac=7)
    assert SdvCtgan(batch_size=98, pac=7).batch_size == 98


@pytest.mark.parametrize("kind", [SdvCtgan, SdvCopulaGan, SdvTvae], ids=lambda kind: kind.key)
@pytest.mark.parametrize(
    ("levels", "settings", "said"),
    [
        (200, {"most_columns": 60}, "200 of them from 'many'; it takes on at most 60.*the setting most_columns"),
        (501, {}, "501 for 'many'; of one column it takes on at most 500.*the setting most_levels"),
    ],
)
def test_too_many_levels_are_refused_before_anything_is_loaded(
    kind: type[SdvGenerator], levels: int, settings: dict[str, int], said: str
) -> None:
    names = tuple(f"level {number:04d}" for number in range(levels))
    frame = pd.DataFrame({"many": pd.Categorical(names * 2), "x": np.arange(2.0 * levels)})
    schema = Schema((Column("many", Kind.CATEGORY, levels=names), Column("x", Kind.NUMBER, dtype="float64")))
    phases: list[str] = []
    with pytest.raises(DoesNotApply, match=said):
        kind.from_settings(settings).fit(
            Table(frame, schema), Context(on_progress=lambda progress: phases.append(progress.phase))
        )
    assert phases == ["preparing columns"]


def test_as_many_levels_as_the_settings_allow_are_taken_on() -> None:
    columns = [ModelColumn("many", 500, False, False, None, Levels("category", np.arange(500), False, ()))]
    refuse_if_too_wide("CTGAN", columns, SdvCtgan().limits())
    refuse_if_too_wide("Gaussian copula", columns * 9, SdvGaussianCopula().limits())
    with pytest.raises(DoesNotApply, match="2,000 here"):
        refuse_if_too_wide("CTGAN", columns * 4, SdvCtgan().limits())


def test_ctgan_costs_more_per_level_where_there_are_many_and_less_where_it_judges_fewer_rows_at_once() -> None:
    sizes = [TableSize(5_000, 5, levels, levels) for levels in (10, 200, 400)]
    few, some, many = (SdvCtgan().cost(size, 5_000).seconds for size in sizes)
    assert many - some > 2 * (some - few) > 0
    assert SdvCtgan(pac=1).cost(sizes[-1], 5_000).seconds < many / 2


def test_columns_go_to_sdv_and_come_back_unchanged() -> None:
    table = made()
    layout, data = prepare(table, Context())
    assert layout.lookups, "points follow from the grade, or the other way round"
    layout, arrays = _with_lookups(layout, data, table)
    assert not layout.lookups
    assert [column.name for column in layout.columns] == [column.name for column in table.schema.modelled]
    frame = to_sdv(layout.columns, arrays)
    assert set(frame.dtypes.map(str)) == {"float64", "object", "bool"}
    for name, column, array in zip(frame.columns, layout.columns, arrays, strict=True):
        np.testing.assert_allclose(_from_sdv(frame[name], column, Context()), array, err_msg=column.name)


def test_sdv_says_and_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    ALL[1].fit(made(), Context())(10, Context())
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""
