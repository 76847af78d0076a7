"""A date that stands in several columns is one date in every synthetic row, and so are its parts; copies stay copies."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.context import Context
from synth_ui.core.table import Table
from synth_ui.generators._preparation.prepare import prepare
from synth_ui.generators.formal_privacy.privbayes import PrivBayes
from synth_ui.generators.statistical.gaussian_copula import GaussianCopula
from synth_ui.generators.trees.cart import Cart
from synth_ui.reports.download import to_csv
from synth_ui.tables.inference.infer import infer_schema

ROWS = 60
FORMS = {
    "iso": "%Y-%m-%d %H:%M:%S", "day": "%Y-%m-%d", "dmy": "%d/%m/%Y", "mdy": "%m/%d/%Y", "dby": "%d-%b-%Y", "zulu": "%Y-%m-%dT%H:%M:%SZ",
    "offset": "%Y-%m-%dT%H:%M:%S+02:00", "number": "%Y%m%d", "month": "%Y%m", "year": "%Y", "name": "%A",
}  # fmt: skip


def frame() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    moments = pd.Series(pd.Timestamp("2019-01-01") + pd.to_timedelta(rng.integers(0, 900 * 86_400, ROWS), unit="s"))
    out = pd.DataFrame({name: moments.dt.strftime(form) for name, form in FORMS.items()})
    out["later"] = (moments + pd.Timedelta(days=30)).dt.strftime("%Y-%m-%d %H:%M:%S")
    x = rng.normal(size=ROWS).round(3)
    return out.assign(x=x, again=x, other=rng.normal(size=ROWS).round(3)).astype({"number": int, "month": int, "year": int})


@pytest.fixture(scope="module")
def table() -> Table:
    return infer_schema(frame())[0]


@pytest.mark.parametrize("generator", [Cart(trees=2), GaussianCopula()], ids=lambda generator: generator.key)
def test_one_date_in_all_its_forms(table: Table, generator) -> None:
    made = generator.fit(table, Context(3))(200, Context(3))
    rows = pd.read_csv(io.BytesIO(to_csv(made, table.schema)), dtype=str)
    moments = pd.to_datetime(rows["iso"])
    for name, form in FORMS.items():
        assert (rows[name] == moments.dt.strftime(form)).all(), name
    assert (rows["again"] == rows["x"]).all()
    assert not (rows["other"] == rows["x"]).any()
    there = pd.to_datetime(rows["later"]) < table.frame["later"].max()
    assert (pd.to_datetime(rows["later"]) - moments == pd.Timedelta(days=30))[there].mean() > 0.95


def test_only_what_follows_is_set_aside(table: Table) -> None:
    layout, data = prepare(table, Context(0))
    assert [column.name for column in data.columns] == ["iso", "x", "other"]
    assert len(layout.lookups) == len(table.schema) - 3
    assert not prepare(table, Context(0), lookups=False)[0].lookups


def test_blanks_in_other_rows_are_no_copy() -> None:
    given = frame()[["iso", "day", "x", "again"]]
    given.loc[3, "day"] = None
    given.loc[4, "again"] = None
    layout, _ = prepare(infer_schema(given)[0], Context(0))
    assert not layout.lookups


def test_blanks_in_the_same_rows_go_together() -> None:
    given = frame()[["iso", "day", "name", "other"]]
    given.loc[:9, ["iso", "day", "name"]] = None
    table = infer_schema(given)[0]
    made = Cart(trees=2).fit(table, Context(1))(200, Context(1))
    assert made["iso"].isna().mean() == pytest.approx(1 / 6, abs=0.1)
    assert (made["iso"].isna() == made["day"].isna()).all()
    assert (made["iso"].isna() == made["name"].isna()).all()


def test_few_rows_prove_nothing() -> None:
    layout, _ = prepare(infer_schema(frame().head(6))[0], Context(0))
    assert not layout.lookups


@pytest.mark.parametrize(("form", "unit"), [("%Y%m", "M"), ("%Y-%m", "M"), ("%b-%Y", "M")])
@pytest.mark.parametrize("generator", [Cart(trees=2), GaussianCopula(), PrivBayes()], ids=lambda generator: generator.key)
def test_months_stay_months(generator, form: str, unit: str) -> None:
    rng = np.random.default_rng(2)
    moments = pd.Series(pd.Timestamp("2015-01-01") + pd.to_timedelta(rng.integers(0, 3_000, 200), unit="D"))
    table = infer_schema(pd.DataFrame({"when": moments.dt.strftime(form), "x": rng.normal(size=200).round(3)}))[0]
    made = generator.fit(table, Context(3))(200, Context(3))["when"]
    assert (made.dt.day == 1).all()
    assert made.between(table.frame["when"].min(), table.frame["when"].max()).all()
    assert made.nunique() > 20
