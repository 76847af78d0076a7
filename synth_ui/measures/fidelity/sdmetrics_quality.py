"""The published number: sdmetrics' quality report."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.score import Measurement, Number, Score
from synth_ui.core.tunable import integer
from synth_ui.measures.base import Measure, PartSpec
from synth_ui.measures.case import Case
from synth_ui.measures.fidelity._sdmetrics import AS_IN, related, shapes, side_of, trends

DEFAULT, NONE = "default", "none"


@dataclass(frozen=True)
class SdmetricsQuality(Measure):
    """sdmetrics' quality score of the candidate against the holdout, to the last digits as its report gives it, in [0, 1].

    1 means equal shapes and trends; 0 none in common. Every row is used, as by the report with its subsampling switched off.

    Detail
    ------
    numbers
        property, thresholds ("default" or "none"), value. "Column Shapes", "Column Pair Trends", "Quality".
    versions
        package, version.
    """

    key = "sdmetrics_quality"
    title = "sdmetrics quality"
    summary = "The quality score of the sdmetrics package, to compare with publications."
    family = "fidelity"
    reference = "DataCebo, sdmetrics: Quality report, Column Shapes and Column Pair Trends, 2021–"
    asks = "What does the published quality score say?"
    better = "higher"
    unit = "share"
    floor = "control:independent"
    ceiling = "control:train"
    worst_means = "independent columns"
    best_means = "training rows"
    interval = "none: the package gives none"
    computed = (
        "The package's quality report on candidate and unseen rows: the mean of Column Shapes (one minus the Kolmogorov–Smirnov or "
        "total variation distance) and Column Pair Trends (similarity of correlations and of contingency tables), once "
        "with its default thresholds and once with none. Computed here, and tested to be the package's own to the last digits; the "
        "version whose definitions these are is kept with the number."
    )
    cards = {"standard": {}}
    place = 90
    misleads = (
        "With the default thresholds pairs that are weakly related in the real table are left out, so invented relationships "
        "stay unseen. Numbers from other versions or thresholds, or against training rows, are not comparable."
    )
    parts = {
        "shapes": PartSpec("Column Shapes", "higher", "share", 0.0, 1.0),
        "trends": PartSpec("Column Pair Trends, default thresholds", "higher", "share", 0.0, 1.0),
        "trends_all": PartSpec("Column Pair Trends, no thresholds", "higher", "share", 0.0, 1.0),
        "quality_all": PartSpec("Quality, no thresholds", "higher", "share", 0.0, 1.0),
    }

    columns: int = integer(50, low=2, high=1_000, log=True, help="Most columns; the report's time grows with their square")

    def measure(self, case: Case, context: Context) -> Measurement:
        """Compute the report's numbers with and without thresholds."""
        columns = tuple(case.schema.modelled)
        if len(columns) > self.columns:
            raise DoesNotApply(
                f"the report compares every pair of {len(columns)} columns with each other, and is set to run on at most {self.columns}"
            )
        real = case.shared.once("sdmetrics:side", lambda: side_of(case.holdout, columns))
        relations = case.shared.kept("sdmetrics:related", lambda: related(real, columns))
        made = side_of(case.synthetic, columns, real)
        context.step("comparing as the quality report does", 0.5)
        shape = shapes(real, made, columns)
        trend, trend_of_all = trends(real, made, columns, relations)
        quality, quality_of_all = (_mean(shape, one) for one in (trend, trend_of_all))
        if math.isnan(quality):
            raise DoesNotApply("sdmetrics gives no number for this table")
        parts = {"shapes": shape, "trends": trend, "trends_all": trend_of_all, "quality_all": quality_of_all}
        found = {
            DEFAULT: {"Column Shapes": shape, "Column Pair Trends": trend, "Quality": quality},
            NONE: {"Column Shapes": shape, "Column Pair Trends": trend_of_all, "Quality": quality_of_all},
        }
        rows = [
            {"property": name, "thresholds": thresholds, "value": value}
            for thresholds, values in found.items()
            for name, value in values.items()
            if not math.isnan(value)
        ]
        detail = {
            "numbers": pd.DataFrame(rows),
            "versions": pd.DataFrame({"package": ["sdmetrics"], "version": [AS_IN]}),
        }
        left_out = "; no pair of columns meets the default thresholds" if math.isnan(trend) else ""
        kept = {name: Number(value) for name, value in parts.items() if not math.isnan(value)}
        return Measurement(Number(quality), kept, detail, f"as sdmetrics {AS_IN}, all rows{left_out}")

    def says(self, score: Score) -> str:
        """Repeat the number, and where it stands."""
        assert score.value is not None
        if score.position is None:
            return f"sdmetrics gives it a quality of {score.value:.1%}."
        return f"sdmetrics gives it a quality of {score.value:.1%}; independent columns get {score.floor:.1%} on this table."


def _mean(shape: float, trend: float) -> float:
    """Return the mean of what there is; NaN where there is neither."""
    there = [value for value in (shape, trend) if not math.isnan(value)]
    return sum(there) / len(there) if there else math.nan
