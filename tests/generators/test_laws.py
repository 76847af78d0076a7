"""Laws between columns: every drawn row keeps what all rows learned from keep, and no single row is given away for it."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from synth_ui.core.context import Context
from synth_ui.core.table import Role, Table
from synth_ui.generators._preparation.laws.functional import FineKey
from synth_ui.generators._preparation.laws.law import follows
from synth_ui.generators._preparation.prepare import prepare
from synth_ui.generators.base import generators
from synth_ui.generators.baselines.independent import Independent
from synth_ui.generators.statistical.gaussian_copula import GaussianCopula
from synth_ui.generators.trees.cart import Cart
from synth_ui.tables.inference.infer import infer_schema
from tests.examples import examples
from tests.generators.tables import category, numeric, table, whole

ROWS = 1_500
QUICK = {
    "cart": {"trees": 2},
    "arf": {"trees": 5},
    "bayes_net": {},
    "gaussian_copula": {},
    "vine_copula": {},
    "autoregressive": {"epochs": 2, "steps": 60},
    "diffusion": {"steps": 30},
    "vae": {"steps": 30},
    "gan": {"steps": 30},
    "noise": {},
    "interpolate": {},
    "mask": {},
}
"""Every generator that keeps laws, with settings that take a moment: a law is kept however little was learned."""


def orders(rows: int = ROWS, seed: int = 3) -> pd.DataFrame:
    """Make orders: few rows per postcode, cities of one state, a total, a date after another, the same weight twice."""
    rng = np.random.default_rng(seed)
    world = np.random.default_rng(1)
    city_of, state_of = world.integers(0, 60, 400), world.integers(0, 8, 60)
    post = rng.integers(0, 400, rows)
    channel = rng.integers(0, 5, rows)
    desk = np.where(rng.random(rows) < 0.02, rng.integers(0, 5, rows), channel)
    quantity, net = rng.integers(1, 9, rows), np.round(rng.lognormal(3, 1, rows), 2)
    ordered = pd.Timestamp("2022-01-01") + pd.to_timedelta(rng.integers(0, 700, rows), unit="D")
    kilograms = np.round(rng.lognormal(1, 0.6, rows), 2)
    return pd.DataFrame(
        {
            "postcode": np.char.add("P", (10_000 + 7 * post).astype(str)),
            "city": np.char.add("c", city_of[post].astype(str)),
            "state": np.char.add("s", state_of[city_of[post]].astype(str)),
            "channel": np.char.add("ch", channel.astype(str)),
            "desk": np.char.add("d", desk.astype(str)),
            "quantity": quantity,
            "net": net,
            "total": np.round(net * quantity, 2),
            "ordered": ordered,
            "delivered": ordered + pd.to_timedelta(rng.poisson(3, rows), unit="D"),
            "kilograms": kilograms,
            "pounds": np.round(kilograms * 2.2, 2),
            "member": np.where(channel == 0, "no", rng.choice(["no", "silver", "gold"], rows)),
        }
    )


@pytest.fixture(scope="module")
def real() -> Table:
    return infer_schema(orders())[0]


def broken(rows: pd.DataFrame, frame: pd.DataFrame) -> dict[str, int]:
    """Count the rows that break each law of `orders`."""
    pairs = {(a, b): set(zip(frame[a], frame[b], strict=True)) for a, b in (("postcode", "city"), ("city", "state"))}
    out = {f"{a} {b}": sum(pair not in known for pair in zip(rows[a], rows[b], strict=True)) for (a, b), known in pairs.items()}
    out["total"] = int((np.abs(rows["net"] * rows["quantity"] - rows["total"]) > 0.0051).sum())
    out["dates"] = int((rows["ordered"] > rows["delivered"]).sum())
    out["pounds"] = int((np.abs(rows["kilograms"] * 2.2 - rows["pounds"]) > 0.0051).sum())
    out["member"] = int(((rows["channel"] == "ch0") & (rows["member"] != "no")).sum())
    return out


@pytest.mark.parametrize("key", QUICK)
def test_drawn_rows_keep_every_law_the_real_rows_keep(real: Table, key: str) -> None:
    context = Context(2)
    rows = generators()[key].from_settings(QUICK[key]).fit(real, context)(ROWS, context)
    assert broken(rows, real.frame) == dict.fromkeys(broken(rows, real.frame), 0)
    off = (rows["channel"].astype(str).str[2:] != rows["desk"].astype(str).str[1:]).mean()
    assert 0.005 < off < 0.035  # as often as in the real rows, where it is a fiftieth
    said = "\n".join(context.notes.lines())
    for line in ("kept: city follows from postcode", "kept: total is quantity × net", "kept: pounds is 2.2 × kilograms", "kept: desk follows from channel in 9"):  # fmt: skip
        assert line in said


def test_the_setting_turns_them_off(real: Table) -> None:
    context = Context(2)
    rows = Cart(trees=2, keep_laws=False).fit(real, context)(ROWS, context)
    found = broken(rows, real.frame)
    assert min(found["total"], found["pounds"], found["postcode city"]) > ROWS / 10
    assert all(line.startswith("used: ") for line in context.notes.lines())


def test_the_same_seed_draws_the_same_rows_and_another_one_others(real: Table) -> None:
    first, again, other = (Cart(trees=2).fit(real, Context(seed))(300, Context(seed)) for seed in (5, 5, 6))
    pd.testing.assert_frame_equal(first, again)
    assert not first["postcode"].astype(str).equals(other["postcode"].astype(str))


def test_independent_columns_stay_independent(real: Table) -> None:
    context = Context(2)
    rows = Independent().fit(real, context)(ROWS, context)
    assert broken(rows, real.frame)["postcode city"] > 0.9 * ROWS
    assert broken(rows, real.frame)["dates"] > 0.3 * ROWS
    assert all(line.startswith("used: ") for line in context.notes.lines())


@pytest.mark.parametrize("key", ["cart", "gaussian_copula", "interpolate", "noise"])
def test_a_value_one_real_row_holds_is_not_drawn_with_what_goes_with_it(real: Table, key: str) -> None:
    """What belongs to a postcode of one order is that order's own; of the others nothing is lost."""
    rows = generators()[key].from_settings(QUICK[key]).fit(real, Context(1))(5 * ROWS, Context(1))
    held = real.frame["postcode"].value_counts()
    alone = set(held[held == 1].index)
    assert len(alone) > 20
    assert not alone & set(rows["postcode"])
    assert set(held[held >= 6].index) <= set(rows["postcode"])


def test_rows_off_a_law_are_not_drawn_as_they_were() -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 40, 4_000)
    other = codes // 4
    off = rng.choice(4_000, 60, replace=False)
    other[off] = rng.integers(0, 10, 60)
    made = table(category("key", [f"k{code}" for code in codes]), category("other", [f"o{code}" for code in other]))
    rows = GaussianCopula().fit(made, Context(1))(4_000, Context(1))
    keys, others = (rows[name].astype(str).str[1:].astype(int) for name in ("key", "other"))
    wrong = keys // 4 != others
    assert 0.5 * 60 / 4_000 < wrong.mean() < 1.7 * 60 / 4_000
    real_off = set(zip(codes[off], other[off], strict=True))
    drawn_off = set(zip(keys[wrong], others[wrong], strict=True))
    chance = len(real_off) / (40 * 10)
    assert len(drawn_off & real_off) <= len(drawn_off) * 3 * chance


@given(st.integers(0, 10_000), st.integers(2, 40), st.integers(2, 6), st.sampled_from([300, 900]))
@settings(max_examples=examples(15), deadline=None)
def test_whatever_the_hierarchy_only_real_combinations_are_drawn(seed: int, keys: int, groups: int, rows: int) -> None:
    rng = np.random.default_rng(seed)
    middle, top = rng.integers(0, groups * 2, keys * 10), rng.integers(0, groups, groups * 2)
    key = rng.integers(0, keys * 10, rows)
    made = table(
        category("key", [f"k{one}" for one in key]),
        category("middle", [f"m{one}" for one in middle[key]]),
        category("top", [f"t{one}" for one in top[middle[key]]]),
        numeric("x", rng.normal(size=rows) + top[middle[key]]),
    )
    drawn = GaussianCopula().fit(made, Context(seed))(400, Context(seed))
    for first, second in itertools.pairwise(("key", "middle", "top")):
        if any(
            f"{second} follows" in line or f"{second} and" in line for line in prepare(made, Context(seed), laws=True)[0].kept
        ):
            assert set(zip(drawn[first], drawn[second], strict=True)) <= set(
                zip(made.frame[first], made.frame[second], strict=True)
            )


_LAWS = {
    "sum": lambda a, b: np.round(a + b, 2),
    "difference": lambda a, b: np.round(a - b, 2),
    "product": lambda a, b: np.round(a * b, 2),
    "share": lambda a, b: np.round(100 * a / b, 3),
    "units": lambda a, b: np.round(1.8 * a + 32, 2),
    "tax": lambda a, b: np.round(0.19 * a + 0.07 * b, 2),
}


@given(st.integers(0, 10_000))
@example(3038)  # a sum one step below the lowest total seen
@settings(max_examples=examples(8), deadline=None)
def test_a_sum_of_three_is_one_in_every_row(seed: int) -> None:
    rng = np.random.default_rng(seed)
    parts = [np.round(rng.lognormal(2, 0.5 + at / 4, 900), 2) for at in range(3)]
    made = table(*(numeric(f"p{at}", part, 2) for at, part in enumerate(parts)), numeric("total", np.round(sum(parts), 2), 2))
    drawn = Cart(trees=2).fit(made, Context(seed))(500, Context(seed))
    assert (np.abs(drawn[["p0", "p1", "p2"]].sum(axis=1) - drawn["total"]) < 0.0051).all()


@pytest.mark.parametrize("law", _LAWS)
@given(st.integers(0, 10_000))
@settings(max_examples=examples(8), deadline=None)
def test_a_number_reckoned_from_others_is_reckoned_in_every_row(law: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = np.round(rng.lognormal(2, 0.8, 800), 2), np.round(rng.lognormal(3, 0.5, 800), 2)
    made = table(numeric("a", a, 2), numeric("b", b, 2), numeric("c", _LAWS[law](a, b), 3 if law == "share" else 2))
    context = Context(seed)
    drawn = Cart(trees=2).fit(made, context)(500, context)
    off = np.abs(_LAWS[law](drawn["a"], drawn["b"]) - drawn["c"])
    allowed = 0.011 if law in ("units", "tax") else 0.0051 + 0.0051 * drawn["b"].clip(lower=1)  # what is set aside may be a or b
    if law == "share":
        allowed = 0.0011 + 0.51 / drawn["b"] + 0.0051 * 100 * drawn["a"] / drawn["b"] ** 2
    assert (off > allowed).mean() <= 0.01
    assert any(line.startswith("kept: ") and " is " in line for line in context.notes.lines())


def test_what_chance_could_have_made_is_no_law() -> None:
    rng = np.random.default_rng(4)
    rows = 3_000
    made = table(
        category("a", rng.choice(list("xyz"), rows)),
        category("rare", np.where(rng.random(rows) < 0.01, "yes", "no")),
        whole("n", rng.integers(0, 9, rows)),
        numeric("u", np.round(rng.random(rows), 3), 3),
        numeric("v", np.where(rng.random(rows) < 0.95, 0.0, np.round(rng.lognormal(size=rows), 3)), 3),
        category("code", [f"c{one}" for one in rng.integers(0, 900, rows)]),
    )
    assert prepare(made, Context(0), laws=True)[0].kept == ()


def test_a_column_of_nearly_one_level_follows_from_nothing() -> None:
    rng = np.random.default_rng(0)
    source, rare = rng.integers(0, 30, 5_000), (rng.random(5_000) < 0.01).astype(np.int64)
    assert not follows(source, rare)
    assert follows(source, source // 3)


def test_the_target_is_learned_not_looked_up() -> None:
    rng = np.random.default_rng(2)
    group = rng.integers(0, 200, 1_500)
    label = np.where(rng.random(1_500) < 0.015, 1 - group % 2, group % 2)
    made = table(
        category("group", [f"g{one}" for one in group]),
        category("label", np.array(["no", "yes"])[label], Role.TARGET),
        numeric("x", rng.normal(size=1_500)),
    )
    layout, data = prepare(made, Context(0), laws=True)
    assert "label" in [column.name for column in data.columns]
    assert not any("label" in line for line in layout.kept)


def test_blanks_stay_where_a_law_leaves_them() -> None:
    rng = np.random.default_rng(5)
    a, b = np.round(rng.lognormal(size=900), 2), np.round(rng.lognormal(size=900), 2)
    a[rng.random(900) < 0.1] = np.nan
    made = table(numeric("a", a, 2), numeric("b", b, 2), numeric("c", np.round(a + b, 2), 2))
    drawn = Cart(trees=2).fit(made, Context(1))(600, Context(1))
    assert (drawn["c"].isna() == drawn["a"].isna()).all()
    assert drawn["a"].isna().mean() == pytest.approx(0.1, abs=0.05)


@pytest.mark.parametrize("key", ["cart", "gaussian_copula"])
def test_a_sum_is_kept_where_only_one_side_has_blanks(key: str) -> None:
    rng = np.random.default_rng(6)
    above, below = rng.integers(500, 3_000, 900).astype(float), rng.integers(0, 900, 900) * (rng.random(900) < 0.6)
    known = np.where(rng.random(900) < 0.05, np.nan, below)
    made = table(whole("above", above), numeric("below", known, 0), whole("all", above + below))
    fitted = generators()[key].from_settings().fit(made, Context(1))
    drawn = fitted(900, Context(2))
    whole_rows = drawn[drawn["below"].notna()].astype(float)
    assert drawn["below"].isna().mean() == pytest.approx(0.05, abs=0.04)
    assert drawn["all"].notna().all()
    assert (whole_rows["all"] == whole_rows["above"] + whole_rows["below"]).all()
    assert any("where none of them is blank" in line for line in fitted.layout.kept)


def test_conditions_are_met_by_rows_that_keep_the_laws(real: Table) -> None:
    sampler = Cart(trees=2).fit(real, Context(1))
    city = real.frame["city"].value_counts().index[0]
    rows = sampler(200, Context(1), {"city": city, "channel": "ch0"})
    assert (rows["city"] == city).all()
    assert sum(broken(rows, real.frame).values()) == 0


def test_columns_keep_their_distributions_where_cells_are_put_right() -> None:
    """Rows a model often gets wrong are not drawn anew, which would leave fewer of them."""
    rng = np.random.default_rng(6)
    none = rng.random(4_000) < 0.25
    parts = [np.where(none, "none", rng.choice(["yes", "no"], 4_000)) for _ in range(5)]
    made = table(
        *(category(f"s{at}", part) for at, part in enumerate(parts)),
        category("net", np.where(none, "no", "yes")),
    )
    rows = GaussianCopula().fit(made, Context(1))(4_000, Context(1))
    for name in made.frame:
        shares = [frame[name].value_counts(normalize=True) for frame in (rows, made.frame)]
        assert (shares[0] - shares[1]).abs().max() < 0.05, name
        assert (shares[0] - shares[1]).abs().get("none", 0.0) < 0.02, name
    for name in made.frame.columns[:-1]:
        assert ((rows[name] == "none") == (rows["net"] == "no")).all()


def test_another_postcode_is_one_of_the_same_city_where_there_is_one(real: Table) -> None:
    layout, data = prepare(real, Context(0), laws=True)
    law = next(one for one in layout.laws.made if isinstance(one, FineKey))
    names = [column.name for column in data.columns]
    arrays = {name: data.arrays[names.index(name)] for name in ("postcode", *(column.name for column in law.kept))}
    shuffled = {**arrays, "postcode": np.random.default_rng(0).permutation(arrays["postcode"])}
    made = law.apply(shuffled, np.random.default_rng(1))
    kept = law.kept[-1].name
    assert (made[kept] == arrays[kept]).mean() > 0.97


def test_rows_of_one_person_keep_the_laws_too() -> None:
    """A person's city is one city; their orders go to postcodes of it, whoever the rows put together came from."""
    rng = np.random.default_rng(8)
    city_of = rng.integers(0, 12, 120)
    home = rng.integers(0, 12, 400)
    person = np.repeat(np.arange(400), 4)
    post = np.array([rng.choice(np.flatnonzero(city_of == home[one])) for one in person])
    made = table(
        whole("person", person, Role.GROUP_KEY),
        category("postcode", [f"p{one}" for one in post]),
        category("city", [f"c{one}" for one in city_of[post]]),
        numeric("x", rng.normal(size=len(person))),
    )
    rows = GaussianCopula().fit(made, Context(1))(1_600, Context(1))
    assert set(zip(rows["postcode"], rows["city"], strict=True)) <= set(
        zip(made.frame["postcode"], made.frame["city"], strict=True)
    )
    assert (rows.groupby("person")["city"].nunique() == 1).all()
    assert rows.groupby("person").size().max() == 4
