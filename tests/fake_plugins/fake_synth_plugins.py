"""A generator that behaves, or misbehaves, as its settings say, and measures that need milliseconds, or as long as they are told."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.score import Measurement, Number, Score
from synth_ui.core.table import Table, TableSize
from synth_ui.core.tunable import choice, integer, number, text
from synth_ui.generators.base import Cost, Generator, Sampler
from synth_ui.measures.base import Measure, PartSpec
from synth_ui.measures.case import Case

MODES = {mode: mode for mode in ("works", "raises", "refuses", "starves", "vanishes", "deaf")}


class _Bootstrap(Sampler):
    keeps = "the training rows"

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame

    def __call__(self, n: int, context: Context, where: Mapping[str, Any] | None = None) -> pd.DataFrame:
        drawn = context.rng("draw").integers(len(self.frame), size=n)
        return self.frame.iloc[drawn].reset_index(drop=True)


@dataclass(frozen=True)
class Fake(Generator):
    key = "fake"
    title = "Fake"
    summary = "Draws training rows with replacement."
    family = "baselines"
    reference = "These tests."
    good_at = "Tests."
    cannot = "Anything else."

    mode: str = choice("works", options=MODES, help="What it does")
    seconds: float = number(0.0, low=0.0, high=600.0, help="How long it learns")
    mark: str = text("", help="A file it appends a line to when it starts")

    def fit(self, table: Table, context: Context) -> Sampler:
        if self.mark:
            with Path(self.mark).open("a") as file:
                file.write(f"{os.getpid()}\n")
        if self.mode == "deaf":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        start = time.monotonic()
        while (spent := time.monotonic() - start) < self.seconds:
            if self.mode != "deaf" or spent < 0.5:
                context.step("learning slowly", spent / self.seconds, training=1.0 / (1.0 + spent))
            time.sleep(0.02)
        self._misbehave()
        return _Bootstrap(table.frame)

    def _misbehave(self) -> None:
        if self.mode == "raises":
            raise RuntimeError("the wheel came off")
        if self.mode == "refuses":
            raise DoesNotApply("this table has no wheels")
        if self.mode == "starves":
            raise MemoryError
        if self.mode == "vanishes":
            os.kill(os.getpid(), signal.SIGKILL)

    def cost(self, size: TableSize, rows: int) -> Cost:
        return Cost(0.01 + self.seconds, 1.0)


class _FakeMeasure(Measure):
    family = "fidelity"
    reference = "These tests."
    better = "higher"
    unit = "share"
    floor = "control:independent"
    ceiling = "control:train"
    worst_means = "wrong"
    best_means = "right"
    interval = "none"
    computed = "By counting."
    misleads = "Always."

    def says(self, score: Score) -> str:
        return f"The value is {score.value}."


@dataclass(frozen=True)
class FakeMean(_FakeMeasure):
    key = "fake_mean"
    title = "Fake mean"
    summary = "How far the mean of the first number is from the holdout's."
    asks = "Is the mean right?"
    parts = {"reference": PartSpec("Mean of the holdout")}

    def measure(self, case: Case, context: Context) -> Measurement:
        context.step("measuring")
        name = next(column.name for column in case.schema.modelled if column.kind.numeric)
        reference = case.shared.kept("fake_mean:reference", lambda: float(case.holdout[name].mean()))
        value = float(np.exp(-abs(float(case.synthetic[name].mean()) - reference)))
        detail = pd.DataFrame({"column": [name], "real": [reference], "synthetic": [float(case.synthetic[name].mean())]})
        return Measurement(
            Number(value, value - 0.01, value + 0.01), {"reference": Number(reference)}, {"means": detail}, "by mean"
        )


@dataclass(frozen=True)
class FakeShare(_FakeMeasure):
    key = "fake_share"
    title = "Fake share"
    summary = "Share of synthetic rows that stand in train."
    asks = "Is it copied?"
    unseen = "halves"

    def measure(self, case: Case, context: Context) -> Measurement:
        train = set(map(tuple, case.train.astype(str).to_numpy()))
        rows = [tuple(row) in train for row in case.synthetic.astype(str).to_numpy()]
        return Measurement(Number(float(np.mean(rows))))


@dataclass(frozen=True)
class FakeDeep(_FakeMeasure):
    key = "fake_deep"
    title = "Fake deep"
    summary = "How many rows it was told to look at."
    asks = "How deep does it look?"
    low = None
    high = None

    rows: int = integer(10, low=1, high=1000, help="Rows looked at")
    seconds: float = number(0.0, low=0.0, high=600.0, help="How long it looks")

    def measure(self, case: Case, context: Context) -> Measurement:
        start = time.monotonic()
        while (spent := time.monotonic() - start) < self.seconds:
            context.step("looking deep", spent / self.seconds)
            time.sleep(0.02)
        return Measurement(Number(float(self.rows)))
