"""Is the synthetic table closer to the rows it was made from than to rows it never saw?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns.hashes import content_order
from synth_ui.columns.neighbours import SAME, Nearest, affordable, bins_of, nearest
from synth_ui.core.context import Context
from synth_ui.core.score import PRIVACY_LEVEL, Measurement, Number, Score, beyond_chance, with_ends
from synth_ui.core.tunable import integer
from synth_ui.measures._intervals import least_told, wilson
from synth_ui.measures.base import Measure, PartSpec
from synth_ui.measures.case import Case
from synth_ui.measures.privacy._draws import check_case, cut_note, equal_references, too_few

MANY_TIES = 0.5


@dataclass(frozen=True, eq=False)
class _Closeness:
    """The synthetic rows asked, with their nearest training and holdout rows and the hashes of those real rows."""

    train: Nearest
    holdout: Nearest
    train_hash: npt.NDArray[np.uint64]
    holdout_hash: npt.NDArray[np.uint64]
    references: int

    @property
    def tied(self) -> npt.NDArray[np.bool_]:
        return np.abs(self.train.distance[:, 0] - self.holdout.distance[:, 0]) <= SAME

    @property
    def to_train(self) -> npt.NDArray[np.bool_]:
        return (self.train.distance[:, 0] < self.holdout.distance[:, 0]) & ~self.tied


@dataclass(frozen=True)
class DcrShare(Measure):
    """The share of synthetic rows nearer to train than to the holdout, ties counted half.

    Both references have the same number of rows, so honest rows give ½. References are never subsampled; the rows asked may
    be. Many synthetic rows can share one nearest real row; they are one event, so the interval is Wilson's with the
    effective number of rows, (Σw)² / Σw² over the real rows that are nearest to a share w of the rows asked.

    Detail frames
    -------------
    distances
        bin_low, bin_high, to_train_share, to_holdout_share: distances to the nearest row of either.
    ratios
        bin_low, bin_high, to_train_share, to_holdout_share: distance to the nearest over distance to the second nearest.
    summary
        name, value: rows asked, effective rows, reference rows, tie rate, median and 5th percentile of both distances.
    """

    key = "dcr_share"
    title = "Closer to training rows"
    summary = "How often a synthetic row's closest real row is one its generator saw."
    family = "privacy"
    reference = (
        "Platzer and Reutterer, Holdout-based empirical assessment of mixed-type synthetic data, Frontiers in Big Data, 2021."
    )
    asks = "Is it closer to the rows it saw?"
    better = "lower"
    unit = "share"
    floor = "control:train"
    ceiling = "control:unseen"
    chance = 0.5
    worst_means = "as close to train as a copy"
    best_means = "as close to unseen rows as to training rows"
    interval = "Wilson with the effective number of rows (hub-corrected), at a level that holds for all privacy measures together (Bonferroni)"
    computed = (
        "For each synthetic row asked, the exact distance to its nearest training row and to its nearest unseen row, cut to equal "
        "sizes. The share that is nearer to training rows, ties counted half; ½ where nothing was memorised."
    )
    cards = {"quick": {"queries": 3_000}, "standard": {}}
    place = 20
    misleads = (
        "It is a mean: one copied row in a hundred moves it by half a point and stays within its interval. Where more than "
        "half of the rows tie, read the copies instead."
    )
    parts = {"ties": PartSpec("Rows equally near to both", "neither", "share", 0.0, 1.0)}

    queries: int = integer(
        10_000, low=100, high=1_000_000, log=True, title="Rows asked",
        help="How many synthetic rows are asked at most; the real rows they are compared with are never left out.",
    )  # fmt: skip

    def measure(self, case: Case, context: Context) -> Measurement:
        """Return the share nearer to train, in [0, 1]: ½ where nothing was memorised, near 1 for a copy."""
        check_case(case)
        asked = affordable(min(self.queries, len(case.synthetic)), min(len(case.train), len(case.holdout)))
        closeness = _closeness(case, asked, context)
        share, effective = _share(closeness)
        ties = float(closeness.tied.mean())
        return Measurement(
            share,
            {"ties": Number(ties)},
            {
                "distances": _distances(closeness),
                "ratios": _ratios(closeness),
                "summary": _summary(closeness, ties, effective),
            },
            _note(case, asked, ties, share),
            too_few(case),
        )

    def says(self, score: Score) -> str:
        """Say whether the rows are closer to train than chance allows."""
        if score.value is None or score.low is None or score.high is None:
            return score.reason
        value, low, high = with_ends(score, self.chance, 1)
        within = f"{value} of its rows are nearer to training rows than to unseen rows ({low} to {high})"
        if beyond_chance(score, self.chance):
            return f"{within}: more than the half that chance gives, so it remembers rows it saw."
        return f"{within}: no sign of memorising found at this power, half is what chance gives."


def _closeness(case: Case, asked: int, context: Context) -> _Closeness:
    # Of more references one is nearer by chance alone: with 80 % of the rows in train, honest rows would be nearer to train
    # four times in five.
    train, holdout = equal_references(case, context)
    rows = content_order(case.draw_hashes("synthetic"), context.integer_seed("rows asked"), asked)

    def search() -> _Closeness:
        points = case.points_of("synthetic", rows)
        to_train = nearest(points, case.near("train", train), 2, context, "measuring distances to training rows")
        to_holdout = nearest(points, case.near("holdout", holdout), 2, context, "measuring distances to unseen rows")
        hashes = case.hashes("train")[train][to_train.index[:, 0]], case.hashes("holdout")[holdout][to_holdout.index[:, 0]]
        return _Closeness(to_train, to_holdout, *hashes, len(train))

    return case.once(f"privacy:closeness:{asked}:{context.seed}", search)


def _share(closeness: _Closeness) -> tuple[Number, float]:
    """Return the share with its interval, and how many independent rows it rests on.

    Conditional on a row being no tie, which side is nearer is even for honest rows, once per real row that is nearest; so the
    interval is that of the decided rows, and ties shrink it towards ½.
    """
    decided = ~closeness.tied
    ties = float(closeness.tied.mean())
    if not decided.any():
        return Number(0.5, 0.5, 0.5), 0.0
    hub = np.where(closeness.to_train, closeness.train_hash, closeness.holdout_hash)[decided]
    # A thousand copies of one training row are one event, not a thousand. The effective number of events is Kish's, (Σw)² /
    # Σw² (Survey Sampling, 1965); counting rows instead gave intervals that honest candidates of few distinct rows fell out
    # of.
    weight = np.unique(hub, return_counts=True)[1].astype(float)
    effective = float(weight.sum() ** 2 / (weight**2).sum())
    nearer = wilson(float(closeness.to_train[decided].mean()) * effective, effective, PRIVACY_LEVEL)
    assert nearer.low is not None
    assert nearer.high is not None
    low, value, high = (0.5 * ties + (1 - ties) * side for side in (nearer.low, nearer.value, nearer.high))
    return Number(value, low, high), effective


def _distances(closeness: _Closeness) -> pd.DataFrame:
    to_train, to_holdout = closeness.train.distance[:, 0], closeness.holdout.distance[:, 0]
    return _histograms(to_train, to_holdout, bins_of([to_train, to_holdout]))


def _ratios(closeness: _Closeness) -> pd.DataFrame:
    """Return the histogram of nearest over second nearest; 1 where both are 0."""
    if min(closeness.train.distance.shape[1], closeness.holdout.distance.shape[1]) < 2:
        return pd.DataFrame(columns=["bin_low", "bin_high", "to_train_share", "to_holdout_share"], dtype="float64")
    train, holdout = (_ratio(side.distance) for side in (closeness.train, closeness.holdout))
    return _histograms(train, holdout, np.linspace(0, 1, 41))


def _ratio(distance: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    nearest_one, second = distance[:, 0], distance[:, 1]
    return np.where(second > 0, nearest_one / np.where(second > 0, second, 1.0), 1.0)


def _histograms(train: npt.NDArray[Any], holdout: npt.NDArray[Any], edges: npt.NDArray[Any]) -> pd.DataFrame:
    """Return shares per bin; the last bin holds what lies beyond it."""
    shares = [np.histogram(np.minimum(values, edges[-1]), edges)[0] / len(values) for values in (train, holdout)]
    return pd.DataFrame(
        {"bin_low": edges[:-1], "bin_high": edges[1:], "to_train_share": shares[0], "to_holdout_share": shares[1]}
    )


def _summary(closeness: _Closeness, ties: float, effective: float) -> pd.DataFrame:
    to_train, to_holdout = closeness.train.distance[:, 0], closeness.holdout.distance[:, 0]
    values = {
        "rows asked": float(len(to_train)),
        "effective rows": effective,
        "reference rows": float(closeness.references),
        "tie rate": ties,
        "median distance to training rows": float(np.median(to_train)),
        "median distance to unseen rows": float(np.median(to_holdout)),
        "5th percentile of distances to training rows": float(np.quantile(to_train, 0.05)),
        "5th percentile of distances to unseen rows": float(np.quantile(to_holdout, 0.05)),
    }
    return pd.DataFrame({"name": list(values), "value": list(values.values())})


def _note(case: Case, asked: int, ties: float, share: Number) -> str:
    rows, references = len(case.synthetic), min(len(case.train), len(case.holdout))
    remarks = [f"{asked:,} of {rows:,} synthetic rows were compared with {references:,} training rows and as many unseen ones."]
    if asked < rows:
        remarks.append(
            f"With that many, a share below {least_told(share, 0.5):.1%} cannot be told from the half that chance gives."
        )
    if ties > MANY_TIES:
        remarks.append(f"{ties:.0%} of them are equally near to both: read the copies first.")
    return " ".join(filter(None, [*remarks, cut_note(case)]))
