"""The networks that make whole rows at once: what they recover, their losses, seeds, cancel, and how columns reach them."""

from __future__ import annotations

import pickle
import subprocess
import sys
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.context import Context, Progress
from synth_ui.core.errors import Cancelled
from synth_ui.core.table import Role, Table
from synth_ui.generators._preparation.prepare import prepare
from synth_ui.generators.base import Generator, Sampler
from synth_ui.generators.neural._mlp import Mlp, first_weights, run
from synth_ui.generators.neural._optimiser import AdamW
from synth_ui.generators.neural._row_encoding import Matched, Mixed, numbers_there
from synth_ui.generators.neural.diffusion import Diffusion
from synth_ui.generators.neural.gan import Gan
from synth_ui.generators.neural.vae import Vae
from tests.generators.tables import category, flag_column, numeric, table, whole

torch = pytest.importorskip("torch")

LEARNING: list[Generator] = [
    Diffusion(steps=400, width=48, blocks=1, batch=128, walk=16, rate=1e-2, average=0.03),
    Vae(steps=250, width=48, blocks=1, code=6, batch=128, parts=8, rate=6e-3),
    Gan(steps=250, width=48, blocks=1, noise=8, batch=128, rate=4e-3, average=0.05),
]
TINY: list[Generator] = [
    Diffusion(steps=12, width=8, blocks=1, batch=16, walk=3),
    Vae(steps=12, width=8, blocks=1, code=2, batch=16, parts=2),
    Gan(steps=12, width=8, blocks=1, noise=2, batch=16),
]

each_tiny = pytest.mark.parametrize("generator", TINY, ids=lambda generator: generator.key)
each_learning = pytest.mark.parametrize("generator", LEARNING, ids=lambda generator: generator.key)


@cache
def mixed(rows: int = 2_000) -> Table:
    """Make columns that follow from `kind` but for one of noise, with a spike and with blanks."""
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 4, rows)
    size = kind * 10 + rng.normal(0, 1, rows)
    gain = np.where(rng.random(rows) < 0.8, 0, rng.integers(1, 500, rows))
    noise = rng.lognormal(0, 1, rows)
    noise[rng.random(rows) < 0.2] = np.nan
    return table(
        category("kind", np.array(list("abcd"))[kind]),
        numeric("size", size),
        whole("gain", gain),
        numeric("noise", noise),
        flag_column("bought", (kind >= 2) ^ (rng.random(rows) < 0.05), Role.TARGET),
    )


@cache
def fitted(key: str) -> Sampler:
    generator = next(one for one in LEARNING if one.key == key)
    return generator.fit(mixed(), Context(1))


@pytest.mark.parametrize(("key", "off", "agreeing"), [("diffusion", 2.5, 0.85), ("vae", 2.5, 0.85), ("gan", 9, 0.65)])
def test_what_hangs_together_is_learned(key: str, off: float, agreeing: float) -> None:
    made = fitted(key)(2_000, Context(2))
    assert made.groupby("kind", observed=True)["size"].mean().to_numpy() == pytest.approx([0, 10, 20, 30], abs=off)
    assert ((made["kind"].cat.codes >= 2) == made["bought"]).mean() > agreeing


@each_learning
def test_columns_by_themselves_are_kept(generator: Generator) -> None:
    real, made = mixed().frame, fitted(generator.key)(2_000, Context(3))
    assert made["kind"].value_counts(normalize=True).sort_index().to_numpy() == pytest.approx([0.25] * 4, abs=0.06)
    assert (made["gain"] == 0).mean() == pytest.approx(0.8, abs=0.05), "the spike is a level"
    assert made["noise"].isna().mean() == pytest.approx(0.2, abs=0.05)
    places = [0.1, 0.5, 0.9]
    assert made["noise"].quantile(places).to_numpy() == pytest.approx(real["noise"].quantile(places).to_numpy(), rel=0.25)
    assert made["size"].quantile(places).to_numpy() == pytest.approx(real["size"].quantile(places).to_numpy(), abs=2.5)


@each_learning
def test_no_value_only_one_row_holds_is_made_again(generator: Generator) -> None:
    made = fitted(generator.key)(1_000, Context(4))
    assert not made["size"].isin(mixed().frame["size"]).any()


@each_tiny
def test_same_seed_same_rows_and_the_process_is_left_as_it_was(generator: Generator) -> None:
    small, threads = mixed(200), torch.get_num_threads()
    first = generator.fit(small, Context(1))(60, Context(2))
    torch.rand(3), np.random.random(3), torch.set_num_threads(threads + 1)
    moved = torch.get_rng_state(), np.random.get_state()[1].copy()
    sampler = generator.fit(small, Context(1))
    pd.testing.assert_frame_equal(first, sampler(60, Context(2)))
    assert not first.equals(sampler(60, Context(3)))
    assert not first.equals(generator.fit(small, Context(9))(60, Context(2)))
    assert torch.equal(moved[0], torch.get_rng_state())
    assert (moved[1] == np.random.get_state()[1]).all()
    assert torch.get_num_threads() == threads + 1
    torch.set_num_threads(threads)


@each_tiny
def test_each_step_is_reported_with_its_losses(generator: Generator) -> None:
    reports: list[Progress] = []
    generator.fit(mixed(200), Context(on_progress=reports.append))
    steps = [report for report in reports if report.phase == "learning" and report.loss]
    assert len(steps) == 12
    fractions = [report.fraction for report in steps]
    assert fractions == sorted(fractions)
    wanted = {"diffusion": {"levels", "numbers"}, "vae": {"rows", "code"}, "gan": {"generator", "critic"}}
    assert set(steps[0].loss or {}) == wanted[generator.key]


@each_tiny
def test_training_stops_between_steps_when_asked(generator: Generator) -> None:
    learned = 0

    def count(progress: Progress) -> None:
        nonlocal learned
        learned += progress.phase == "learning" and progress.loss is not None

    with pytest.raises(Cancelled, match="learning"):
        generator.fit(mixed(200), Context(on_progress=count, cancelled=lambda: learned >= 5))
    assert learned == 5


@each_tiny
@pytest.mark.parametrize("rows", [1, 2, 5])
def test_a_handful_of_rows_is_enough(generator: Generator, rows: int) -> None:
    few = Table(mixed(200).frame.iloc[:rows].reset_index(drop=True), mixed(200).schema)
    assert len(generator.fit(few, Context())(30, Context())) == 30


@each_tiny
def test_a_wide_table_of_many_levels_does_not_explode(generator: Generator) -> None:
    rng = np.random.default_rng(15)
    columns = [category(f"c{i}", rng.integers(0, 1_000, 1_200).astype(str)) for i in range(20)]
    columns += [numeric(f"n{i}", rng.normal(size=1_200)) for i in range(30)]
    sampler: Any = generator.fit(table(*columns), Context())
    assert sum(sampler.model.mixed.levels) <= 1_500
    assert sampler(50, Context()).shape == (50, 50)


def test_a_pickled_sampler_draws_the_same_without_torch(tmp_path: Any) -> None:
    samplers = [generator.fit(mixed(200), Context()) for generator in TINY]
    (tmp_path / "samplers.pkl").write_bytes(pickle.dumps(samplers))
    code = (
        "import pickle, sys\n"
        "from synth_ui.core.context import Context\n"
        "samplers = pickle.load(open(sys.argv[1], 'rb'))\n"
        "pickle.dump([sampler(40, Context(seed=3)) for sampler in samplers], open(sys.argv[2], 'wb'))\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "samplers.pkl"), str(tmp_path / "rows.pkl")], check=True)
    for sampler, frame in zip(samplers, pickle.loads((tmp_path / "rows.pkl").read_bytes()), strict=True):
        pd.testing.assert_frame_equal(frame, sampler(40, Context(seed=3)))


# --- columns there and back ---------------------------------------------------------------------------------------


def test_a_column_becomes_levels_and_normal_scores_and_comes_back() -> None:
    data = prepare(mixed(), Context())[1]
    seen = Mixed.of(data, 128, 1_500)
    codes, scores = seen.encode(data, Context())
    assert seen.levels == (4, 1, 2, 2, 2), "kind, only numbers, 0 or a number, a number or a blank, yes or no"
    assert seen.numbers == (1, 2, 3)
    there = numbers_there(seen, codes)
    assert (there == ~np.isnan(scores)).all()
    assert np.nanmean(scores, axis=0) == pytest.approx([0, 0, 0], abs=0.02)
    assert np.nanstd(scores, axis=0) == pytest.approx([1, 1, 1], abs=0.03)
    back = seen.decode(codes, np.nan_to_num(scores), np.random.default_rng(0))
    assert (back[0] == data.arrays[0]).all()
    assert ((back[2] == 0) == (data.arrays[2] == 0)).all()
    assert (np.isnan(back[3]) == np.isnan(data.arrays[3])).all()
    assert np.corrcoef(back[1], data.arrays[1])[0, 1] > 0.999


def test_spikes_are_found_at_the_edge_and_inside_and_a_smooth_column_has_none() -> None:
    rng = np.random.default_rng(1)
    smooth = rng.integers(0, 300, 3_000).astype(float)
    spiky = np.where(rng.random(3_000) < 0.3, 0.0, np.where(rng.random(3_000) < 0.2, 40.0, smooth))
    columns = prepare(table(numeric("smooth", smooth), numeric("spiky", spiky)), Context())[1].columns
    assert [list(column.margin.spikes) for column in columns] == [[], [0.0, 40.0]]


def test_drawn_numbers_are_brought_back_to_a_standard_normal() -> None:
    rng = np.random.default_rng(2)
    drawn = rng.exponential(2, (5_000, 1)).astype(np.float32)
    curves = Matched.to(drawn, np.ones((5_000, 1), dtype=bool))
    put = curves(rng.exponential(2, (5_000, 1)).astype(np.float32))
    assert np.quantile(put, [0.05, 0.5, 0.95]) == pytest.approx([-1.645, 0, 1.645], abs=0.1)


# --- networks -----------------------------------------------------------------------------------------------------


def test_drawing_in_numpy_gives_what_training_in_torch_saw() -> None:
    generator = torch.Generator().manual_seed(0)
    weights = first_weights(5, 16, 2, 3, generator)
    rows = torch.randn(7, 5, generator=generator)
    assert Mlp.of(weights)(rows.numpy()) == pytest.approx(run(weights, rows).detach().numpy(), abs=1e-5)


def test_our_adam_takes_torchs_steps() -> None:
    ours, theirs = (torch.tensor([1.0, -2.0, 3.0], requires_grad=True) for _ in range(2))
    mine = AdamW([ours], betas=(0.9, 0.99), decay=0.01)
    other = torch.optim.AdamW([theirs], lr=0.1, betas=(0.9, 0.99), weight_decay=0.01)
    for step in range(20):
        mine.step((ours**2 * (1 + step % 3)).sum(), 0.1)
        other.zero_grad()
        (theirs**2 * (1 + step % 3)).sum().backward()
        other.step()
    assert ours.detach().numpy() == pytest.approx(theirs.detach().numpy(), abs=1e-5)
