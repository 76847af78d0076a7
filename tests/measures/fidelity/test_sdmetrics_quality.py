"""The published number is the package's own, to the last digit."""

from __future__ import annotations

import warnings
from importlib.metadata import version

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.errors import DoesNotApply
from synth_ui.core.table import Kind
from synth_ui.measures.fidelity.sdmetrics_quality import SdmetricsQuality
from tests.measures.made import adult, independent, measured, split_of


def _own_number(real: pd.DataFrame, made: pd.DataFrame, kinds: dict[str, str], thresholds: bool) -> dict[str, float]:
    from sdmetrics.reports import QualityReport

    report = QualityReport()
    if not thresholds:
        report.real_correlation_threshold = report.real_association_threshold = 0
    metadata = {"tables": {"t": {"columns": {name: {"sdtype": kind} for name, kind in kinds.items()}}}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report.generate({"t": real}, {"t": made}, metadata, verbose=False)
    return {**report.get_properties().set_index("Property")["Score"], "Quality": report.get_score()}


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
    words = {"x": "numerical", "y": "numerical", "city": "categorical", "member": "boolean", "day": "datetime"}
    split = split_of(real.iloc[::-1].reset_index(drop=True), real, kinds, day={"dtype": "datetime64[ns]"})
    measurement = measured(SdmetricsQuality(), split, made)
    default, without = _own_number(real, made, words, True), _own_number(real, made, words, False)
    assert measurement.headline.value == pytest.approx(default["Quality"], abs=1e-12)
    assert measurement.parts["shapes"].value == pytest.approx(default["Column Shapes"], abs=1e-12)
    assert measurement.parts["trends"].value == pytest.approx(default["Column Pair Trends"], abs=1e-12)
    assert measurement.parts["trends_all"].value == pytest.approx(without["Column Pair Trends"], abs=1e-12)
    assert measurement.parts["quality_all"].value == pytest.approx(without["Quality"], abs=1e-12)


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
