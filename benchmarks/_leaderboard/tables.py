"""The five public tables of the TabSyn and TabDiff protocol, cut as published.

The splits are those of `process_dataset.py` of amazon-science/tabsyn, MinkaiXu/TabDiff and april-tools/tabpc. All three are the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

SPLIT_SEED = 1234
TRAIN_SHARE = 0.9
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Spec:
    """One public table as the protocol sees it.

    Attributes
    ----------
    file
        The name of its file, without the ending.
    numbers
        The columns that are numbers; all others but the target are categories.
    target
        What a model predicts: a number where `regression` says so, else a category.
    dropped
        Columns that are left out.
    first
        So many first rows are the official training rows; None where the rows are shuffled and cut.
    headless
        The published code takes the first row of the file for its header.
    """

    file: str
    numbers: tuple[str, ...]
    target: str
    regression: bool = False
    dropped: tuple[str, ...] = ()
    first: int | None = None
    headless: bool = False

    @property
    def numeric(self) -> tuple[str, ...]:
        """The numbers, and the target after them where it is one: the order of the published code."""
        return (*self.numbers, self.target) if self.regression else self.numbers

    def categories(self, frame: pd.DataFrame) -> list[str]:
        """Return the columns that are categories, the target last where it is one: the order of the published code."""
        plain = [name for name in frame.columns if name not in (*self.numbers, self.target)]
        return plain if self.regression else [*plain, self.target]


_BILLS = tuple(f"{what}_AMT{month}" for what in ("BILL", "PAY") for month in range(1, 7))
_VISITS = ("Administrative", "Informational", "ProductRelated")

SPECS = {
    "adult": Spec(
        "adult",
        ("age", "fnlwgt", "education-num", "capital-gain", "capital-loss", "hours-per-week"),
        "income",
        first=32_561,
    ),
    "default": Spec(
        "credit_default", ("LIMIT_BAL", "AGE", *_BILLS), "default.payment.next.month", dropped=("ID",)
    ),
    "shoppers": Spec(
        "online_shoppers",
        (*(name for visit in _VISITS for name in (visit, f"{visit}_Duration")), "BounceRates", "ExitRates", "PageValues", "SpecialDay"),
        "Revenue",
    ),
    "magic": Spec(
        "magic",
        ("fLength", "fWidth", "fSize", "fConc", "fConc1", "fAsym", "fM3Long", "fM3Trans", "fAlpha", "fDist"),
        "class",
        headless=True,
    ),
    "beijing": Spec(
        "beijing_pm25", ("DEWP", "TEMP", "PRES", "Iws", "Is", "Ir"), "pm2.5", regression=True, dropped=("No",)
    ),
}  # fmt: skip
"""The tables by the name they have in the published figures."""


@dataclass(frozen=True, eq=False)
class PublicTable:
    """A public table, cut: frames with the columns in the order of the file, numbers as floats."""

    name: str
    spec: Spec
    train: pd.DataFrame
    test: pd.DataFrame


def load(folder: Path, name: str) -> PublicTable:
    """Read a table of the folder and cut it as published."""
    spec = SPECS[name]
    path = folder / f"{spec.file}.csv"
    if not path.exists():
        raise SystemExit(f"There is no {path.name} in {folder}. The table {name} needs it.")
    return cut(name, spec, pd.read_csv(path, skipinitialspace=True))


def cut(name: str, spec: Spec, frame: pd.DataFrame) -> PublicTable:
    """Make the published training and test rows of a whole table."""
    frame = frame.drop(columns=list(spec.dropped))
    if spec.headless:
        frame = frame.iloc[1:]
    words = frame.select_dtypes(include=["object"]).columns
    if spec.first is not None:
        frame[words] = frame[words].fillna(UNKNOWN).replace({"?": UNKNOWN, "": UNKNOWN})
    frame = frame.dropna().reset_index(drop=True)
    frame[list(spec.numeric)] = frame[list(spec.numeric)].astype(float)
    if spec.first is not None:
        train, test = frame.iloc[: spec.first], frame.iloc[spec.first :]
    else:
        inputs = [column for column in spec.categories(frame) if column != spec.target]
        places = shuffled_split(frame[inputs])
        train, test = (frame.iloc[part] for part in places)
    return PublicTable(name, spec, train.reset_index(drop=True), test.reset_index(drop=True))


def shuffled_split(categories: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the places of training and test rows: shuffled, and again with the next seed until train has every level.

    The places are shuffled further, not afresh, when the seed is raised: so does the published code.
    """
    rows = len(categories)
    places, kept = np.arange(rows), int(rows * TRAIN_SHARE)
    levels = categories.nunique()
    for seed in range(SPLIT_SEED, SPLIT_SEED + 1_000):
        np.random.RandomState(seed).shuffle(places)
        if (categories.iloc[places[:kept]].nunique() == levels).all():
            return places[:kept].copy(), places[kept:].copy()
    raise SystemExit("No split has every level of every category among its training rows: some level is too rare.")


def as_published(made: pd.DataFrame, like: pd.DataFrame) -> pd.DataFrame:
    """Bring made rows into the form of the published ones: the same columns, in the same order, of the same types."""
    out = {}
    for name in like.columns:
        series, kind = made[name], like[name].dtype.kind
        if kind in "fi":
            numbers = pd.to_numeric(series.astype(object)).astype(float)
            out[name] = numbers if kind == "f" else numbers.astype(int)
        elif kind == "b":
            out[name] = series.astype(str).str.lower() == "true"
        else:
            out[name] = series.astype(str)
    frame = pd.DataFrame(out).reset_index(drop=True)
    blank = [str(name) for name in frame.columns if frame[name].isna().any()]
    if blank:
        raise SystemExit(f"Rows with blanks in {', '.join(blank)} were made; the published tables have none.")
    return frame
