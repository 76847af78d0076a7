"""The published number: sdmetrics' quality report."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.score import Measurement, Number, Score
from synth_ui.core.table import Kind, Schema
from synth_ui.core.tunable import integer
from synth_ui.measures.base import Measure, PartSpec
from synth_ui.measures.case import Case

DEFAULT, NONE = "default", "none"


@dataclass(frozen=True)
class SdmetricsQuality(Measure):
    """sdmetrics' quality score of the candidate against the holdout, exactly as its report gives it, in [0, 1].

    1 means equal shapes and trends; 0 none in common. Every row is used: the report's subsampling is switched off.

    Detail
    ------
    numbers
        property, thresholds ("default" or "none"), value. "Column Shapes", "Column Pair Trends", "Quality".
    versions
        package, version.
    """

    key: ClassVar[str] = "sdmetrics_quality"
    title: ClassVar[str] = "sdmetrics quality"
    summary: ClassVar[str] = "The quality score of the sdmetrics package, to compare with publications."
    family: ClassVar[str] = "fidelity"
    requires: ClassVar[tuple[str, ...]] = ("sdmetrics",)
    reference: ClassVar[str] = "DataCebo, sdmetrics: Quality report, Column Shapes and Column Pair Trends, 2021–"
    asks: ClassVar[str] = "What does the published quality score say?"
    better: ClassVar[Any] = "higher"
    unit: ClassVar[str] = "share"
    floor: ClassVar[str] = "control:independent"
    ceiling: ClassVar[str] = "control:train"
    worst_means: ClassVar[str] = "independent columns"
    best_means: ClassVar[str] = "training rows"
    interval: ClassVar[str] = "none: the package gives none"
    computed: ClassVar[str] = (
        "The package's own report on candidate and holdout: the mean of Column Shapes (one minus the Kolmogorov–Smirnov or "
        "total variation distance) and Column Pair Trends (similarity of correlations and of contingency tables), once "
        "with its default thresholds and once with none. The version is kept with the number."
    )
    cards: ClassVar[Any] = {"standard": {}}
    place: ClassVar[int] = 90
    misleads: ClassVar[str] = (
        "With the default thresholds pairs that are weakly related in the real table are left out, so invented relationships "
        "stay unseen. Numbers from other versions or thresholds, or against training rows, are not comparable."
    )
    parts: ClassVar[Any] = {
        "shapes": PartSpec("Column Shapes", "higher", "share", 0.0, 1.0),
        "trends": PartSpec("Column Pair Trends, default thresholds", "higher", "share", 0.0, 1.0),
        "trends_all": PartSpec("Column Pair Trends, no thresholds", "higher", "share", 0.0, 1.0),
        "quality_all": PartSpec("Quality, no thresholds", "higher", "share", 0.0, 1.0),
    }

    columns: int = integer(50, low=2, high=1_000, log=True, help="Most columns; the report's time grows with their square")

    def measure(self, case: Case, context: Context) -> Measurement:
        """Run the report twice, with and without thresholds."""
        from importlib.metadata import version

        if len(case.schema.modelled) > self.columns:
            raise DoesNotApply(
                f"the report takes minutes on {len(case.schema.modelled)} columns and is set to run on at most {self.columns}"
            )
        real = case.shared.once("sdmetrics frame", lambda: report_frame(case.holdout, case.schema))
        synthetic = report_frame(case.synthetic, case.schema)
        metadata = report_metadata(case.schema)
        context.step("running the quality report", 0.0)
        default = _report(real, synthetic, metadata, thresholds=True)
        context.step("running the quality report", 0.5)
        without = _report(real, synthetic, metadata, thresholds=False)
        if math.isnan(default["Quality"]):
            raise DoesNotApply("sdmetrics gives no number for this table")
        parts = {
            "shapes": default["Column Shapes"],
            "trends": default["Column Pair Trends"],
            "trends_all": without["Column Pair Trends"],
            "quality_all": without["Quality"],
        }
        rows = [
            {"property": name, "thresholds": thresholds, "value": value}
            for thresholds, found in ((DEFAULT, default), (NONE, without))
            for name, value in found.items()
            if not math.isnan(value)
        ]
        installed = version("sdmetrics")
        detail = {
            "numbers": pd.DataFrame(rows),
            "versions": pd.DataFrame({"package": ["sdmetrics"], "version": [installed]}),
        }
        left_out = "; no pair of columns meets the default thresholds" if math.isnan(default["Column Pair Trends"]) else ""
        kept = {name: Number(value) for name, value in parts.items() if not math.isnan(value)}
        return Measurement(Number(default["Quality"]), kept, detail, f"sdmetrics {installed}, all rows{left_out}")

    def says(self, score: Score) -> str:
        """Repeat the number, and where it stands."""
        assert score.value is not None
        if score.position is None:
            return f"sdmetrics gives it a quality of {score.value:.1%}."
        return f"sdmetrics gives it a quality of {score.value:.1%}; independent columns get {score.floor:.1%} on this table."


def report_frame(frame: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """Return the modelled columns in the plain dtypes sdmetrics works with: floats, integers, objects and naive dates."""
    out: dict[str, Any] = {}
    for column in schema.modelled:
        series = frame[column.name]
        if column.kind is Kind.DATETIME:
            naive = series.dt.tz_convert("UTC").dt.tz_localize(None) if series.dt.tz is not None else series
            out[column.name] = naive.astype("datetime64[us]")
        elif column.kind.numeric:
            out[column.name] = series.astype("float64") if series.isna().any() else series
        else:
            plain = series.astype(object)
            out[column.name] = plain.where(series.notna(), None)
    return pd.DataFrame(out)


def report_metadata(schema: Schema) -> dict[str, Any]:
    """Return sdmetrics' description of the modelled columns."""
    return {"columns": {column.name: {"sdtype": _sdtype(column.kind)} for column in schema.modelled}}


def _sdtype(kind: Kind) -> str:
    if kind is Kind.DATETIME:
        return "datetime"
    return "numerical" if kind.numeric else "boolean" if kind is Kind.BOOLEAN else "categorical"


def _report(real: pd.DataFrame, synthetic: pd.DataFrame, metadata: dict[str, Any], *, thresholds: bool) -> dict[str, float]:
    with warnings.catch_warnings():
        # Constant columns and the like: the report leaves them out and says so by NaN. The single-table report is announced
        # to go, but only it hands the setting "use every row" on to the comparison of pairs.
        warnings.simplefilter("ignore")
        from sdmetrics.reports.single_table import QualityReport

        report = QualityReport()
        report.num_rows_subsample = None
        if not thresholds:
            report.real_correlation_threshold = 0
            report.real_association_threshold = 0
        report.generate(real, synthetic, metadata, verbose=False)
        found = dict(report.get_properties().set_index("Property")["Score"].astype(float))
        return {name: float(found[name]) for name in ("Column Shapes", "Column Pair Trends")} | {
            "Quality": float(report.get_score())
        }
