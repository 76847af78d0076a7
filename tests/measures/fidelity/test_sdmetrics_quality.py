"""The published number is the package's own, to the last digit."""

from __future__ import annotations

import subprocess
import sys
import warnings
from importlib.metadata import version

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.cast import cast
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.table import Kind, Schema, Split
from synth_ui.measures.fidelity.sdmetrics_quality import SdmetricsQuality
from tests.awkward import AWKWARD
from tests.contracts.test_measures import halves
from tests.measures.made import adult, independent, measured, split_of

SDTYPES = {Kind.DATETIME: "datetime", Kind.BOOLEAN: "boolean", Kind.NUMBER: "numerical", Kind.INTEGER: "numerical"}


def _own_number(real: pd.DataFrame, made: pd.DataFrame, kinds: dict[str, str], thresholds: bool) -> dict[str, float]:
    from sdmetrics.reports.single_table import QualityReport

    report = QualityReport()
    report.num_rows_subsample = None
    if not thresholds:
        report.real_correlation_threshold = report.real_association_threshold = 0
    report.generate(real, made, {"columns": {name: {"sdtype": kind} for name, kind in kinds.items()}}, verbose=False)
    return {**report.get_properties().set_index("Property")["Score"], "Quality": report.get_score()}


def _plain(frame: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """Write the modelled columns in the plain dtypes the package works with: floats, integers, objects and naive dates."""
    out: dict[str, object] = {}
    for column in schema.modelled:
        series = frame[column.name]
        if column.kind is Kind.DATETIME:
            naive = series.dt.tz_convert("UTC").dt.tz_localize(None) if series.dt.tz is not None else series
            out[column.name] = naive.astype("datetime64[us]")
        elif column.kind.numeric:
            out[column.name] = series.astype("float64") if series.isna().any() else series
        else:
            out[column.name] = series.astype(object).where(series.notna(), None)
    return pd.DataFrame(out)


def _assert_the_packages_own(split: Split, frame: pd.DataFrame) -> None:
    """Compare every number with the package's report, or that neither gives one."""
    made, real = (_plain(one, split.schema) for one in (cast(frame, split.schema)[0], split.holdout.frame))
    words = {column.name: SDTYPES.get(column.kind, "categorical") for column in split.schema.modelled}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        default, without = (_own_number(real, made, words, thresholds) for thresholds in (True, False))
    if np.isnan(default["Quality"]):
        with pytest.raises(DoesNotApply, match="no number"):
            measured(SdmetricsQuality(), split, frame)
        return
    measurement = measured(SdmetricsQuality(), split, frame)
    found = {"quality": measurement.headline.value} | {name: part.value for name, part in measurement.parts.items()}
    own = {
        "quality": default["Quality"], "shapes": default["Column Shapes"], "trends": default["Column Pair Trends"],
        "trends_all": without["Column Pair Trends"], "quality_all": without["Quality"],
    }  # fmt: skip
    assert found == pytest.approx({name: value for name, value in own.items() if not np.isnan(value)}, abs=1e-12)


def _frames() -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(0)
    n = 400
    x = rng.normal(size=n)
    real = pd.DataFrame(
        {
            "x": x,
            "y": x + rng.normal(0, 0.5, n),
            "city": rng.choice(["Bern", "Lyon", "Turin"], n),
            "member": rng.random(n) < 0.3,
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), unit="D"),
        }
    )
    return real, pd.DataFrame({name: real[name].to_numpy()[rng.permutation(n)] for name in real}).assign(x=rng.normal(0.3, 1, n))


def test_both_numbers_are_the_packages_own() -> None:
    real, made = _frames()
    kinds = {"x": Kind.NUMBER, "y": Kind.NUMBER, "city": Kind.CATEGORY, "member": Kind.BOOLEAN, "day": Kind.DATETIME}
    _assert_the_packages_own(split_of(real.iloc[::-1].reset_index(drop=True), real, kinds, day={"dtype": "datetime64[ns]"}), made)


def test_both_numbers_are_the_packages_own_on_a_census() -> None:
    split = adult(2_000)
    _assert_the_packages_own(split, independent(split.train.frame))


@pytest.mark.parametrize("name", [name for name in AWKWARD if name != "wide"])
def test_both_numbers_are_the_packages_own_on_an_awkward_table(name: str) -> None:
    """The candidate has blanks anywhere, levels no real row has, and numbers beyond the real ends."""
    split, rng = halves(AWKWARD[name]()), np.random.default_rng(5)
    frame = split.train.frame.astype(object)
    frame = frame.mask(rng.random(frame.shape) < 0.1)
    for column in split.schema.modelled:
        if column.kind in (Kind.CATEGORY, Kind.ORDINAL):
            frame.loc[rng.random(len(frame)) < 0.1, column.name] = "brand new"
        elif column.kind in (Kind.NUMBER, Kind.INTEGER):
            frame[column.name] = pd.to_numeric(frame[column.name]) * 1.1
    _assert_the_packages_own(split, frame)


@pytest.mark.parametrize("name", ["plain", "old_dates", "blanks_in_target", "booleans_as_text", "ordinals"])
def test_both_numbers_are_the_packages_own_for_one_row_over_and_over(name: str) -> None:
    """Correlations are undefined then, and a date that never varies cannot be cut."""
    split = halves(AWKWARD[name]())
    _assert_the_packages_own(split, split.train.rows(np.zeros(len(split.train), dtype=np.int64)).frame)


def test_the_package_itself_is_not_loaded() -> None:
    """Importing it takes longer than the whole measure."""
    code = (
        "import sys; from tests.measures.made import adult, measured\n"
        "from synth_ui.measures.fidelity.sdmetrics_quality import SdmetricsQuality\n"
        "split = adult(400); measured(SdmetricsQuality(), split, split.train.frame)\n"
        "assert 'sdmetrics' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_the_version_is_kept_with_the_number() -> None:
    split = adult(1_000)
    measurement = measured(SdmetricsQuality(), split, split.train.frame)
    assert measurement.detail["versions"]["version"].tolist() == [version("sdmetrics")]
    assert version("sdmetrics") in measurement.note
    assert set(measurement.detail["numbers"]["thresholds"]) == {"default", "none"}


def test_it_can_be_run_again_with_the_same_answer() -> None:
    split = adult(1_000)
    frame = independent(split.train.frame)
    first, second = (measured(SdmetricsQuality(), split, frame).headline.value for _ in range(2))
    assert first == second


def test_every_row_of_a_long_table_is_used() -> None:
    """The package draws 50,000 rows without a seed where there are more; two runs would then differ."""
    rng = np.random.default_rng(0)
    frames = [pd.DataFrame({"a": rng.choice(list("abc"), 60_000), "b": rng.choice(list("xyz"), 60_000)}) for _ in range(2)]
    split = split_of(frames[0].head(10), frames[0], {"a": Kind.CATEGORY, "b": Kind.CATEGORY})
    first, second = (measured(SdmetricsQuality(), split, frames[1]).parts["trends_all"].value for _ in range(2))
    assert first == second
    shares = [pd.crosstab(frame["a"], frame["b"], normalize=True).to_numpy() for frame in frames]
    assert first == pytest.approx(1 - np.abs(shares[0] - shares[1]).sum() / 2, abs=1e-12)


def test_a_very_wide_table_is_refused_with_the_reason() -> None:
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(30, 60)), columns=[f"x{i}" for i in range(60)])
    split = split_of(frame, frame, dict.fromkeys(frame.columns, Kind.NUMBER))
    with pytest.raises(DoesNotApply, match="60 columns"):
        measured(SdmetricsQuality(), split, frame)
