"""Measured results and published figures in one form, and how a figure is written."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from _leaderboard.candidates import FLOOR, TEST, TRAIN

TABLES = ("adult", "default", "shoppers", "magic", "beijing")

MEASURES = {
    "shape": ("Shape", 4, "shape"), "trend": ("Trend", 4, "trend"), "lr": ("C2ST LR", 3, "lr_detection"),
    "xgb": ("C2ST XGB", 3, "xgb_detection"), "nmi": ("wNMI", 4, "nmi_l1_weighted_complement"), "alpha": ("α-precision", 3, "alpha_precision"),
    "beta": ("β-recall", 3, "beta_recall"), "dcr002": ("nearer than 2 %", 2, "dcr002"), "dcr005": ("nearer than 5 %", 2, "dcr005"),
    "mle": ("MLE", 4, "mle"),
}  # fmt: skip
"""The heading, the digits, and the file of published figures."""


IDEAL = {"dcr002": 2.0, "dcr005": 5.0}

PUBLISHED_FLOOR = "FullyFactorizedPreprocessed"
PUBLISHED_LEARNED = ("CTGAN", "TVAE", "GReaT", "STaSy", "CoDi", "ShallowMixture", "TabSyn", "TabDiff", "TabPC")
PUBLISHED_SOURCE = "april-tools/tabpc at 3f92668"

NAMES = {FLOOR: "*columns drawn independently*", TEST: "*real test rows*", TRAIN: "*training rows, copied*"}
NOT_LEARNED = (FLOOR, TEST, TRAIN, "independent")


@dataclass(frozen=True)
class Figure:
    """A mean and how far runs spread about it; None where there was one."""

    mean: float
    spread: float | None = None


@dataclass(frozen=True)
class Line:
    """One row of a table of the page."""

    name: str
    figures: dict[str, Figure]
    seconds: str = ""
    runs: str = ""
    learned: bool = False
    key: str = ""


class Published:
    """The published figures of a folder: one file per measure, with method, dataset, mean and std."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: dict[str, dict[tuple[str, str], Figure]] = {}

    def figure(self, measure: str, method: str, table: str) -> Figure | None:
        """Return a published figure; None where that was not published."""
        if measure not in self.files:
            path = self.folder / f"{measure}.csv"
            if not path.exists():
                raise SystemExit(f"There is no {path.name} in {self.folder}; it holds the published figures.")
            frame = pd.read_csv(path)
            self.files[measure] = {
                (str(row.method), str(row.dataset)): Figure(float(row.mean), None if math.isnan(row.std) else float(row.std))
                for row in frame.rename(columns={"std": "std"}).itertuples()
            }
        return self.files[measure].get((method, table))

    def line(self, method: str, table: str, learned: bool) -> Line:
        """Return a method's row in the table of a public table."""
        found = {key: self.figure(file, method, table) for key, (_, _, file) in MEASURES.items()}
        seconds = self.figure("training_time", method, table)
        return Line(
            method + ", published" if learned else "*columns drawn independently, published*",
            {key: figure for key, figure in found.items() if figure is not None},
            "" if seconds is None else f"{seconds.mean:,.0f} (GPU)",
            "5",
            learned,
        )


@dataclass(frozen=True, eq=False)
class Board:
    """Measured results by table and candidate: for each, those of the code and settings measured last."""

    rows: list[dict[str, Any]]
    groups: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        newest = {(row["table"], row["candidate"]): (row["code"], row["settings"]) for row in self.rows}
        for row in self.rows:
            place = (row["table"], row["candidate"])
            if (row["code"], row["settings"]) == newest[place]:
                self.groups.setdefault(place, []).append(row)

    @property
    def candidates(self) -> list[str]:
        """All that were measured, as they are shown: known rows, then generators in the order they came."""
        found = list(dict.fromkeys(candidate for _, candidate in self.groups))
        return [*(key for key in (FLOOR, "independent") if key in found), *(key for key in found if key not in NOT_LEARNED)]

    def figure(self, table: str, candidate: str, score: str) -> Figure | None:
        """Return the mean of a score over the seeds and their standard deviation."""
        values = [row["scores"][score] for row in self.groups.get((table, candidate), []) if score in row["scores"]]
        if not values:
            return None
        return Figure(statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else None)

    def line(self, table: str, candidate: str) -> Line | None:
        """Return a candidate's row in the table of a public table; None where it was not measured there."""
        rows = self.groups.get((table, candidate))
        if not rows:
            return None
        found = {key: self.figure(table, candidate, key) for key in MEASURES}
        return Line(
            NAMES.get(candidate, f"`{candidate}`"),
            {key: figure for key, figure in found.items() if figure is not None},
            _seconds(rows),
            str(len(rows)),
            candidate not in NOT_LEARNED,
            candidate,
        )


def _seconds(rows: Sequence[dict[str, Any]]) -> str:
    """Return seconds to fit and draw, means over seeds."""
    if rows[0]["cpu"] is None:
        return ""
    cpu, wall = (statistics.fmean(row[key] for row in rows) for key in ("cpu", "wall"))
    return f"{cpu:,.0f} CPU, {wall:,.0f} wall" if max(cpu, wall) >= 1 else "< 1"


# --- how figures are shown --------------------------------------------------------------------------------------


def plain(value: float, digits: int) -> str:
    """Write a number without the nought before its point, and with a true minus."""
    text = f"{abs(value):,.{digits}f}"
    text = text[1:] if text.startswith("0.") else text
    return f"−{text}" if value < 0 and text.strip(".0") else text


def shown(figure: Figure | None, digits: int) -> str:
    """Write a mean with its spread; nothing where there is none."""
    if figure is None:
        return ""
    return plain(figure.mean, digits) + ("" if figure.spread is None else f" ± {plain(figure.spread, digits)}")


def table_of(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Write a Markdown table."""
    lines = ["| " + " | ".join(headings) + " |", "|---" * len(headings) + "|"]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]
