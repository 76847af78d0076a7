"""Formal privacy: noise against its formula, accounting against the library's own number, tables that differ in one row."""

from __future__ import annotations

import itertools
import math
import pickle
from dataclasses import replace

import dp_accounting
import numpy as np
import pandas as pd
import pytest
from dp_accounting import rdp

from synth_ui.core.budget import Ledger
from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.table import Role, Schema, Table
from synth_ui.generators.base import Sampler, generators
from synth_ui.generators.formal_privacy import _accounting, _noisy_counts, _private_gan
from synth_ui.generators.formal_privacy._accounting import EXPONENTIAL, GAUSSIAN, Part, delta_for, noises
from synth_ui.generators.formal_privacy._generator import FormalGenerator
from synth_ui.generators.formal_privacy._noisy_columns import NoisyColumn
from synth_ui.generators.formal_privacy._private_gan import CellGroups, LearningGenerator
from synth_ui.generators.formal_privacy._schema_cells import of_schema
from synth_ui.generators.formal_privacy.dp_gan import DpGan
from synth_ui.generators.formal_privacy.dp_marginals import DpMarginals
from synth_ui.generators.formal_privacy.pate_gan import PateGan
from synth_ui.generators.formal_privacy.privbayes import PrivBayes
from tests.generators.tables import category, flag_column, numeric, table, whole

SECRET = Context(1, secret=b"a key of this workspace, 32 byte")


def mixed(n: int = 2_000, declared: bool = True) -> Table:
    """A number with a spike and blanks, a category, a whole number, and a yes-or-no that depends on it."""
    rng = np.random.default_rng(3)
    gain = np.where(rng.random(n) < 0.7, 0.0, np.round(rng.gamma(2, 900, n), 2)).clip(0, 9_000)
    gain[rng.random(n) < 0.1] = np.nan
    age = rng.integers(18, 80, n)
    made = table(
        numeric("gain", gain, 2),
        category("city", rng.choice(np.array(["a", "b", "c"], dtype=object), n, p=[0.6, 0.3, 0.1])),
        whole("age", age),
        flag_column("old", age + rng.normal(0, 9, n) > 50, Role.TARGET),
    )
    return as_declared(made, gain=(0.0, 10_000.0), age=(0, 120)) if declared else made


def as_declared(made: Table, **bounds: tuple[float, float]) -> Table:
    columns = []
    for column in made.schema:
        low, high = bounds.get(column.name, (column.low, column.high))
        columns.append(replace(column, low=low, high=high, declared=True))
    return Table(made.frame, Schema(tuple(columns)), made.name)


def ledger_of(sampler: Sampler) -> Ledger:
    assert sampler.ledger is not None
    return sampler.ledger


# --- noise and accounting -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("epsilon", [0.1, 1.0, 10.0])
def test_one_gaussian_is_little_above_the_smallest_noise_known_to_suffice(epsilon: float) -> None:
    (deviation,) = noises([Part("counts", GAUSSIAN, 1, 1.0)], epsilon, 1e-5)
    least = dp_accounting.get_sigma_gaussian(epsilon, 1e-5)  # Balle and Wang 2018, the exact answer
    assert least <= deviation <= 1.12 * least


def test_noise_follows_the_formulas_of_its_share() -> None:
    parts = (Part("a", GAUSSIAN, 9, 0.25), Part("b", EXPONENTIAL, 4, 0.15), Part("c", GAUSSIAN, 2, 0.6))
    total = _accounting.budget(parts, 1.0, 1e-6)
    first, choice, last = noises(parts, 1.0, 1e-6)
    assert first == pytest.approx(math.sqrt(9 / (2 * 0.25 * total)))
    assert choice == pytest.approx(math.sqrt(8 * 0.15 * total / 4))
    assert last == pytest.approx(math.sqrt(2 / (2 * 0.6 * total)))


@pytest.mark.parametrize("epsilon", [0.1, 1.0, 10.0])
def test_the_ledger_is_the_librarys_own_number(epsilon: float) -> None:
    said = ledger_of(DpMarginals(epsilon=epsilon).fit(mixed(), SECRET))
    counting = rdp.RdpAccountant()
    for payment in said.paid:
        single = (
            dp_accounting.ZCDpEvent(payment.noise**2 / 8)
            if payment.mechanism == EXPONENTIAL
            else dp_accounting.GaussianDpEvent(payment.noise)
        )
        counting.compose(single, payment.times)
    assert said.spent == pytest.approx(counting.get_epsilon(said.delta), rel=1e-6)
    assert epsilon * 0.99 <= said.spent <= epsilon * (1 + 1e-6)


def test_the_ledger_adds_up() -> None:
    said = ledger_of(DpMarginals().fit(mixed(), SECRET))
    assert sum(payment.share for payment in said.paid) == pytest.approx(1)
    assert all(payment.epsilon < said.spent < sum(other.epsilon for other in said.paid) for payment in said.paid)
    assert [payment.times for payment in said.paid] == [4, 3, 2, 2]  # columns, with the target, choices, counts along the tree
    assert Ledger.from_dict(said.to_dict()) == said


def test_a_larger_budget_means_less_noise() -> None:
    ledgers = [ledger_of(DpMarginals(epsilon=epsilon).fit(mixed(200), SECRET)) for epsilon in (0.1, 0.5, 1, 5, 20)]
    for small, large in itertools.pairwise(ledgers):
        for before, after in zip(small.paid, large.paid, strict=True):
            assert after.noise > before.noise if after.mechanism == EXPONENTIAL else after.noise < before.noise
        assert large.spent > small.spent


def test_noise_is_as_large_as_it_is_said_to_be() -> None:
    added = _noisy_counts.noised(np.zeros((100, 200)), 7.0, np.random.default_rng(0))
    assert added.std() == pytest.approx(7.0, rel=0.02)
    assert added.mean() == pytest.approx(0.0, abs=0.2)


def test_the_exponential_mechanism_chooses_by_its_odds() -> None:
    rng, scores = np.random.default_rng(0), np.array([0.0, 1.0, 3.0])
    picked = np.bincount([_noisy_counts.chosen(scores, 0.8, rng) for _ in range(20_000)], minlength=3) / 20_000
    odds = np.exp(0.8 * scores / 2)
    assert picked == pytest.approx(odds / odds.sum(), abs=0.012)


# --- tables that differ in one row --------------------------------------------------------------------------------


def _tiny(ones: int, zeros: int) -> Table:
    made = table(flag_column("x", np.array([True] * ones + [False] * zeros)))
    return as_declared(made)


def _within(first: np.ndarray, second: np.ndarray, epsilon: float, delta: float) -> None:
    """Compare how often two sets of outputs fall on either side of every threshold, up to three standard errors."""
    for sign in (1, -1):
        for threshold in np.quantile(sign * np.concatenate([first, second]), np.arange(0.05, 1, 0.05)):
            one, other = (float((sign * values > threshold).mean()) for values in (first, second))
            for here, there in ((one, other), (other, one)):
                error = math.sqrt((here + math.exp(2 * epsilon) * there) / len(first))
                assert here <= math.exp(epsilon) * there + delta + 3 * error, f"{here:.3f} against {there:.3f}"


def _shares(ones: int, zeros: int, epsilon: float, fits: int) -> np.ndarray:
    generator, real = DpMarginals(epsilon=epsilon, delta=0.01), _tiny(ones, zeros)
    samplers = [generator.fit(real, Context(seed, secret=b"k")) for seed in range(fits)]
    return np.array([sampler.model.inner.views[0].fine[1] for sampler in samplers])  # type: ignore[attr-defined]


def test_outputs_on_neighbouring_tables_are_alike_within_epsilon() -> None:
    _within(_shares(3, 2, 1.0, 500), _shares(2, 2, 1.0, 500), 1.0, 0.01)


def test_the_same_test_sees_a_larger_epsilon() -> None:
    with pytest.raises(AssertionError, match="against"):
        _within(_shares(3, 2, 8.0, 300), _shares(2, 2, 8.0, 300), 1.0, 0.01)


def test_a_rows_cells_do_not_depend_on_other_rows() -> None:
    whole_table = mixed(300)
    part = whole_table.rows(np.arange(50, 120))
    both = [of_schema(each, 40, Context()) for each in (whole_table, part)]
    for every, some in zip(both[0].codes, both[1].codes, strict=True):
        assert np.array_equal(every[50:120], some)


def test_scores_of_the_tree_change_by_at_most_one_row() -> None:
    from synth_ui.generators.formal_privacy._noisy_columns import one_way
    from synth_ui.generators.formal_privacy.dp_marginals import COLUMNS, PAIRS, TREE, WITH_TARGET, _Work

    noise = {COLUMNS: 5.0, WITH_TARGET: 5.0, TREE: 1.0, PAIRS: 5.0}
    real = mixed(120)
    public = of_schema(real, 20, Context())
    fine, total = one_way(public, 5.0, Context(3))
    works = []
    for rows in (np.arange(120), np.arange(119)):
        some = replace(public, codes=tuple(codes[rows] for codes in public.codes), rows=len(rows))
        work = _Work(some, fine, total, public.target, noise, Context(3))
        work.anchored()
        works.append(work)
    works[1].by_anchor = works[0].by_anchor
    for pair in ((0, 1), (0, 2), (1, 2)):
        assert abs(works[0]._score(pair, 0) - works[1]._score(pair, 0)) <= 1 + 1e-9


# --- nothing is read off the rows ---------------------------------------------------------------------------------


def _awkward_columns(seed: int) -> Table:
    """The same schema whatever the seed: declared bounds, levels, blanks and a date format, other rows."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "key": rng.integers(0, 10**6, 40),
            "mail": [f"p{value}@x.org" for value in rng.integers(0, 10**6, 40)],
            "when": pd.Series(pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 300, 40), unit="D")).dt.as_unit("us"),
            "amount": np.where(rng.random(40) < rng.random(), 0.0, rng.random(40).round(2)),
        }
    )
    from synth_ui.core.table import Column, Kind

    columns = (
        Column("key", Kind.IDENTIFIER, dtype="int64"),
        Column("mail", Kind.TEXT, Role.PERSONAL, provider="email"),
        Column("when", Kind.DATETIME, low=1.5e15, high=1.7e15, format="%Y-%m-%d", declared=True),
        Column("amount", Kind.NUMBER, low=0.0, high=2.0, decimals=2, nullable=bool(1), declared=True),
    )
    return Table(frame, Schema(columns), "awkward")


def test_the_layout_is_the_same_for_all_tables_of_a_schema() -> None:
    layouts = [pickle.dumps(of_schema(_awkward_columns(seed), 50, Context(seed)).layout) for seed in (1, 2)]
    assert layouts[0] == layouts[1]


def test_values_beyond_the_declared_bounds_count_as_the_bounds() -> None:
    real = as_declared(table(whole("age", np.array([5, 30, 500]))), age=(18, 90))
    public = of_schema(real, 500, Context())
    assert public.codes[0].tolist() == [0, 12, 72]
    made = DpMarginals(epsilon=100).fit(real, SECRET)(200, Context(2))
    assert made["age"].between(18, 90).all()


def test_what_very_many_rows_hold_exactly_is_made_exactly() -> None:
    rng = np.random.default_rng(2)
    spend = np.where(rng.random(4_000) < 0.6, 0.0, rng.gamma(2, 300, 4_000)).clip(0, 1_000)
    change = np.where(rng.random(4_000) < 0.5, 0.0, rng.normal(0, 200, 4_000)).clip(-700, 900)
    owed = np.where(rng.random(4_000) < 0.5, 0, rng.integers(-70_000, 90_000, 4_000))
    real = as_declared(
        table(numeric("spend", spend), numeric("change", change), whole("owed", owed)),
        spend=(0.0, 1_000.0), change=(-700.0, 900.0), owed=(-70_000, 90_000),
    )  # fmt: skip
    cells = dict(zip(("spend", "change", "owed"), of_schema(real, 64, Context()).cells, strict=True))
    for name, spot in (("spend", 0), ("spend", 1_000), ("change", 0), ("owed", 0)):
        made = cells[name].column.restore(cells[name].decode(cells[name].encode(real.frame[name]), rng))
        assert (made == spot).sum() == (real.frame[name] == spot).sum()


def test_no_value_of_a_grid_slips_into_its_neighbours_cell() -> None:
    real = as_declared(table(numeric("share", np.arange(11) / 10, 1)), share=(0.0, 1.0))
    public = of_schema(real, 40, Context())
    assert public.codes[0].tolist() == list(range(11))


# --- what the ledger says -----------------------------------------------------------------------------------------


def test_undeclared_bounds_are_named_and_declared_ones_are_not() -> None:
    read = ledger_of(DpMarginals().fit(mixed(declared=False), SECRET))
    assert not read.holds
    assert "gain, city, age, old" in next(entry.why for entry in read.unpaid if entry.what == "bounds and level lists")
    assert "not counting bounds and level lists" in read.sentence
    stated = ledger_of(DpMarginals().fit(mixed(), SECRET))
    assert stated.holds
    assert stated.sentence == "ε = 1, δ = 1e-05 for one row more or less"


def test_dates_without_declared_bounds_are_named() -> None:
    real = _awkward_columns(1)
    undeclared = Table(real.frame, real.schema.updated("when", low=None, high=None), "awkward")
    said = ledger_of(DpMarginals().fit(undeclared, SECRET))
    assert "when" in next(entry.why for entry in said.unpaid if entry.what == "bounds and level lists")


def test_a_seed_without_a_secret_is_named() -> None:
    said = ledger_of(DpMarginals().fit(mixed(), Context(5)))
    assert any(entry.what == "the noise" and entry.breaks and "5" in entry.why for entry in said.unpaid)


def test_the_secret_decides_the_noise_and_is_not_kept() -> None:
    real, key = mixed(300), b"0123456789abcdef0123456789abcdef"
    first, again, other = (
        DpMarginals().fit(real, Context(1, secret=secret)) for secret in (key, key, b"another key of another workspac.")
    )
    rows = [sampler(50, Context(2)) for sampler in (first, again, other)]
    pd.testing.assert_frame_equal(rows[0], rows[1])
    assert not rows[0].equals(rows[2])
    assert key not in pickle.dumps(first)
    assert key.decode() not in repr(Context(1, secret=key))


def test_repeated_keys_are_named() -> None:
    real = mixed(60)
    frame = real.frame.assign(person=np.repeat(np.arange(20), 3))
    from synth_ui.core.table import Column, Kind

    keyed = Table(frame, Schema((*real.schema, Column("person", Kind.IDENTIFIER, Role.GROUP_KEY, dtype="int64"))), "keyed")
    said = ledger_of(DpMarginals().fit(keyed, SECRET))
    assert any("person has k times the ε" in entry.why for entry in said.unpaid if entry.breaks)


@pytest.mark.parametrize(("rows", "delta"), [(1, 0.1), (240, 1e-4), (10_000, 1e-5), (24_421, 1e-6)])
def test_delta_is_a_tenth_of_one_over_the_rows_or_less(rows: int, delta: float) -> None:
    assert delta_for(0, rows) == pytest.approx(delta)


def test_a_delta_that_gives_whole_rows_away_is_refused() -> None:
    with pytest.raises(DoesNotApply, match="below 0\\.0005"):
        DpMarginals(delta=0.001).fit(mixed(), SECRET)


# --- what it learns -----------------------------------------------------------------------------------------------


def test_columns_and_their_relationship_survive_a_usual_budget() -> None:
    real = mixed(6_000)
    made = DpMarginals().fit(real, SECRET)(6_000, Context(2))
    assert made["gain"].isna().mean() == pytest.approx(real.frame["gain"].isna().mean(), abs=0.03)
    assert (made["gain"] == 0).mean() == pytest.approx((real.frame["gain"] == 0).mean(), abs=0.05)
    assert np.quantile(made["age"], [0.1, 0.5, 0.9]) == pytest.approx(np.quantile(real.frame["age"], [0.1, 0.5, 0.9]), abs=5)
    gaps = [frame.loc[frame["old"], "age"].mean() - frame.loc[~frame["old"], "age"].mean() for frame in (made, real.frame)]
    assert gaps[0] == pytest.approx(gaps[1], abs=6)


def test_raked_tables_have_the_margins_asked_for() -> None:
    rng = np.random.default_rng(1)
    joint = rng.random((3, 4, 5))
    wanted = [((0, 1), rng.dirichlet(np.ones(12)).reshape(3, 4)), ((0, 2), np.empty(0))]
    rows = wanted[0][1].sum(axis=1)
    wanted[1] = ((0, 2), rows[:, None] * rng.dirichlet(np.ones(5), 3))
    out = _noisy_counts.raked(joint, wanted)
    assert out.sum(axis=2) == pytest.approx(wanted[0][1], abs=1e-6)
    assert out.sum(axis=1) == pytest.approx(wanted[1][1], abs=1e-6)


def test_shares_are_the_nearest_ones_that_add_up() -> None:
    out = _noisy_counts.shares(np.array([0.7, 0.5, -0.2]))
    assert out.tolist() == pytest.approx([0.6, 0.4, 0.0])


# --- the other formally private generators ------------------------------------------------------------------------

OTHERS = [
    PrivBayes(),
    PateGan(rounds=3, votes=8, hidden=8),
    DpGan(steps=5, batch=60, hidden=8),
]


@pytest.mark.parametrize("generator", OTHERS, ids=lambda g: g.key)
def test_every_ledger_is_the_librarys_own_number(generator: FormalGenerator) -> None:
    said = ledger_of(generator.fit(mixed(600), SECRET))
    counting = rdp.RdpAccountant(range(2, 64))
    for payment in said.paid:
        single = (
            dp_accounting.ZCDpEvent(payment.noise**2 / 8)
            if payment.mechanism == EXPONENTIAL
            else dp_accounting.GaussianDpEvent(payment.noise)
        )
        if payment.what == "training steps of the critic":
            single = dp_accounting.PoissonSampledDpEvent(60 / 600, single)
        counting.compose(single, payment.times)
    assert said.spent <= 1.0 + 1e-6
    assert said.spent == pytest.approx(counting.get_epsilon(said.delta), rel=0.05)
    assert sum(payment.share for payment in said.paid) == pytest.approx(1)
    assert said.holds


def test_the_training_noise_agrees_with_the_accountant_of_opacus() -> None:
    from opacus.accountants import RDPAccountant

    steps = Part("steps", GAUSSIAN, 200, 1.0, 0.02)
    (deviation,) = noises([steps], 2.0, 1e-5)
    counting = RDPAccountant()
    counting.history = [(deviation, 0.02, 200)]
    assert counting.get_epsilon(1e-5) == pytest.approx(2.0, rel=0.03)


def test_one_row_changes_the_dependence_of_a_family_by_at_most_one() -> None:
    from synth_ui.generators.formal_privacy import privbayes

    rng = np.random.default_rng(0)
    for rows in (2, 5, 60):
        codes = [rng.integers(size, size=rows + 1) for size in (2, 3, 4)]
        views = [NoisyColumn(np.full(size, 1 / size), np.arange(size)) for size in (2, 3, 4)]
        for family in ((0, (1,)), (2, (0, 1))):
            less = privbayes._dependence([code[:-1] for code in codes], views, family)
            assert abs(privbayes._dependence(codes, views, family) - less) <= 1


def test_one_row_changes_a_vote_by_at_most_one() -> None:
    from synth_ui.generators.formal_privacy.pate_gan import Teachers

    rng = np.random.default_rng(0)
    codes = np.column_stack([rng.integers(0, 3, 81), 3 + rng.integers(0, 4, 81)])
    made = np.column_stack([rng.integers(0, 3, 60), 3 + rng.integers(0, 4, 60)])
    counts = []
    for rows in (81, 80):
        teachers = Teachers(codes[:rows], np.random.default_rng(1).integers(9, size=81)[:rows], 9, 7, np.random.default_rng(2))
        for _ in range(3):
            teachers.learn(made)
        counts.append(teachers.votes(made))
    assert np.abs(counts[0] - counts[1]).max() <= 1


def _maker(rows: int = 400) -> LearningGenerator:
    import torch

    groups = CellGroups.of(of_schema(mixed(rows), 40, SECRET), 5.0, 6, SECRET)
    return LearningGenerator(groups, 8, 0.01, torch.Generator().manual_seed(4))


def test_drawn_codes_are_the_rows_without_their_gradient(monkeypatch: pytest.MonkeyPatch) -> None:
    with_gradient, without = _maker(), _maker()
    rows = with_gradient.rows(300).detach().numpy()
    assert np.array_equal(np.flatnonzero(rows[7]), without.codes(300)[7])
    monkeypatch.setattr(_private_gan, "_CHUNK", 70)
    assert _maker().codes(300).shape == (300, 4)
    assert (_maker().codes(300) < with_gradient.starts[1:]).all()


def test_as_many_rows_as_the_table_has_never_pass_through_the_network_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    chances = LearningGenerator._chances
    monkeypatch.setattr(LearningGenerator, "_chances", lambda self, n: asked.append(n) or chances(self, n))
    monkeypatch.setattr(_private_gan, "_CHUNK", 250)
    PateGan(rounds=2, votes=8, hidden=8).fit(mixed(3_000), SECRET)
    assert max(asked) <= 250


def test_privbayes_keeps_a_relationship_with_a_generous_budget() -> None:
    real = mixed(4_000)
    made = PrivBayes(epsilon=20).fit(real, SECRET)(4_000, Context(2))
    gaps = [frame.loc[frame["old"], "age"].mean() - frame.loc[~frame["old"], "age"].mean() for frame in (made, real.frame)]
    assert gaps[0] == pytest.approx(gaps[1], abs=6)


@pytest.mark.parametrize("generator", OTHERS[1:], ids=lambda g: g.key)
def test_networks_keep_the_columns_by_themselves(generator: FormalGenerator) -> None:
    real = mixed(2_000)
    made = generator.fit(real, SECRET)(3_000, Context(2))
    shares = [frame["city"].value_counts(normalize=True).sort_index() for frame in (made, real.frame)]
    assert shares[0].to_numpy() == pytest.approx(shares[1].to_numpy(), abs=0.06)


def test_every_formally_private_generator_names_the_limits_of_its_noise() -> None:
    for generator in generators().values():
        if generator.formal_privacy:
            assert generator.family == "formal privacy"
            assert "floating-point" in generator.cannot


@pytest.mark.parametrize("generator", [PateGan, DpGan], ids=lambda g: g.key)
def test_the_line_read_before_choosing_says_which_generator_to_take_instead(generator: type[FormalGenerator]) -> None:
    assert f"take {DpMarginals.title.lower()} instead" in generator.summary
    assert len(generator.summary) < 200, "the catalogue would cut it"
