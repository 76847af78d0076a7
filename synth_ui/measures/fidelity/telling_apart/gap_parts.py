"""Where does the difference lie?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns.hashes import content_order
from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.score import Measurement, Number, Score
from synth_ui.core.tunable import integer
from synth_ui.measures._influence import Influence, around
from synth_ui.measures._models import Features, left_out_note, threads
from synth_ui.measures.base import Measure, PartSpec
from synth_ui.measures.case import Case, Side
from synth_ui.measures.fidelity.telling_apart._joint import coarse, telling_tables
from synth_ui.measures.fidelity.telling_apart._margins import with_margins
from synth_ui.measures.fidelity.telling_apart._telling import Pairing, boosted, content, of_column, of_table, pairing
from synth_ui.measures.fidelity.telling_apart._words import PARTS, parts_frame
from synth_ui.measures.fidelity.telling_apart.detectability import features_of, harmonised, wider

Floats = npt.NDArray[np.float64]

FEWEST_ROWS = 100
SUSPECT = 2.0
"""A column takes part in the exchange of margins where it tells by itself more than chance does by so many standard errors."""

SIDES: tuple[Side, ...] = ("synthetic", "train", "holdout")


@dataclass(frozen=True)
class GapParts(Measure):
    """How much better boosted trees tell candidate rows from unseen real rows than they tell training rows from them: a difference of
    out-of-fold areas under the ROC curve, and how much of it single columns, pairs of columns, and only more than two columns carry.

    Let A(M, D) be the area between unseen rows and rows whose columns are distributed as those of M and go together as those of D,
    where M and D are the synthetic rows s or the training rows r. A(s, s) is the candidate as it is, A(r, r) the training rows: the
    floor. For A(r, s) each synthetic column takes the values of the training rows, rank for rank; for A(s, r) each training column
    takes the synthetic ones. Columns that by themselves tell nothing are left as they are.

    - total = A(s, s) − A(r, r)
    - single columns = ½ (A(s, s) − A(r, s)) + ½ (A(s, r) − A(r, r))
    - all dependence = ½ (A(s, s) − A(s, r)) + ½ (A(r, s) − A(r, r)) = total − single columns
    - more than pairs = λ (A(r, s) − B(r, s)), where B is the area of trees that may each ask about two columns only, and λ, at most
      1, is all dependence as a share of A(r, s) − A(r, r), or 1 where that is within chance
    - pairs = all dependence − more than pairs

    The three add up to the total exactly. Negative parts are chance, or a candidate nearer than other real rows. 0 is as hard to tell
    as training rows; the total is about ½ at most.

    Detail
    ------
    parts
        part ("single", "pairs", "more"), words, value, low, high, share, share_low, share_high, mostly (whether the interval of its share
        lies above ½), names (what carries it beyond chance), symptom (of `telltale`), text (a sentence, or empty), real, full. Shares are
        blank where the total is within chance.
    columns
        column, auc, low, high, tells; the area of each column by itself, largest first; intervals corrected for the number of columns.
    pairs
        first, second, auc, low, high; the area of the 5 × 5 table of each pair by itself once margins agree; only those beyond chance,
        largest first, ten at most; intervals corrected for the number of pairs.
    triples
        first, second, third, auc, low, high; the same of 5 × 5 × 5 tables that tell more than each of their pairs, five at most.
    """

    key = "gap_parts"
    title = "Where the difference lies"
    summary = "Whether single columns, pairs of columns or only more than two together give the candidate away, and which."
    family = "fidelity"
    reference = (
        "Classifier two-sample test: Lopez-Paz and Oquab, ICLR, 2017. Sum of functions of two columns: Lou, Caruana, Gehrke and Hooker, "
        "KDD, 2013. Halves of both orders: Shapley, A value for n-person games, 1953. The exchange of margins is ours"
    )
    asks = "Where does the difference lie?"
    better = "lower"
    unit = "AUC"
    low = -1.0
    floor = "control:independent"
    ceiling = "control:train"
    worst_means = "independent columns"
    best_means = "training rows"
    interval = "DeLong, all areas on the same rows taken together, wider for what models of different folds share"
    computed = (
        "As many candidate, training and unseen rows. Boosted trees tell the candidate, the training rows, the candidate with the training "
        "rows' margins and the training rows with the candidate's margins from the unseen rows, and do so again with trees of two "
        "columns each. Tables of two and three columns, and the number of digits of a column, that differ beyond chance on the "
        "rows learned from are given to the trees as columns: thresholds cannot ask for them. So it can see more than detectability does."
    )
    cards = {}
    place = 43
    misleads = (
        "A part is what can be mended by itself, not a cause: a level drawn too often takes its rows' other columns with it, and "
        "so counts partly as pairs. Where the total is within chance its parts mean nothing. More than three columns together are seen "
        "only as far as trees find them, and of more than thirty columns tables are looked for in the first thirty only."
    )
    parts = {
        "single": PartSpec("In single columns", "lower", "AUC", -1.0, 1.0),
        "pairs": PartSpec("In pairs of columns", "lower", "AUC", -1.0, 1.0),
        "more": PartSpec("In more than two columns together", "lower", "AUC", -1.0, 1.0),
        "single_share": PartSpec("Share of the difference in single columns", "neither", "share", 0.0, 1.0),
        "pairs_share": PartSpec("Share of the difference in pairs of columns", "neither", "share", 0.0, 1.0),
        "more_share": PartSpec("Share of the difference in more than two columns together", "neither", "share", 0.0, 1.0),
        "real": PartSpec("Training rows told from unseen rows", "neither", "AUC", 0.0, 1.0),
        "full": PartSpec("Synthetic rows told from unseen rows", "lower", "AUC", 0.0, 1.0),
    }

    rows: int = integer(5_000, low=100, high=50_000, log=True, help="Rows drawn of each: synthetic, training and unseen rows")
    folds: int = integer(3, low=2, high=10, help="Folds; each row is scored by a model that has not seen it")
    trees: int = integer(60, low=10, high=500, help="Trees of each gradient boosting", advanced=True)

    def measure(self, case: Case, context: Context) -> Measurement:
        """Tell the tables apart with margins exchanged, and take the areas apart."""
        with threads(context.threads):
            corners = self._draw(case, context)
            columns, suspects = corners.columns()
            mended = corners.mended(suspects)
            parts = _parts(corners.areas(suspects, mended), self.folds)
            frames = {"columns": columns, **_tables(mended, corners.as_it_is, corners.names)}
            discrete = dict(zip(corners.names, corners.features.categorical, strict=True))
            frames["parts"] = parts_frame(parts, frames, discrete=discrete)
        size = len(corners.synthetic)
        longest = max(len(case.synthetic), len(case.holdout))
        notes = [f"{size:,} rows of each" if size < longest else "", left_out_note({"all rows": corners.features.left_out})]
        return Measurement(parts.pop("total"), parts, frames, "; ".join(filter(None, notes)))

    def says(self, score: Score) -> str:
        """Say how far the candidate lies beyond other real rows."""
        assert score.value is not None
        if score.value <= 0.02 or (score.low is not None and score.low <= 0):
            return "A classifier tells its rows from unseen real rows hardly better than it tells training rows from them."
        return (
            f"A classifier tells its rows from unseen real rows with an area {score.value:.2f} above that of training rows; 0.50 above would "
            f"be certainty."
        )

    def _draw(self, case: Case, context: Context) -> _Corners:
        size = min(self.rows, *(len(case.frame(side)) for side in SIDES))
        if size < FEWEST_ROWS:
            raise DoesNotApply(f"there are fewer than {FEWEST_ROWS} synthetic, training or unseen rows")
        if len(case.schema.modelled) < 2:
            raise DoesNotApply("the table has fewer than two columns that are compared")
        frames = []
        for side in SIDES:
            drawn = content_order(case.draw_hashes(side), context.integer_seed(f"rows of {side}"), size)
            frames.append(harmonised(case.frame(side).iloc[drawn], case.schema))
        features = features_of(frames, case.schema)
        made, train, unseen = (features.trees(frame) for frame in frames)
        return _Corners(features, made, train, unseen, self.folds, self.trees, context)


@dataclass(frozen=True, eq=False)
class _Corners:
    """The rows of the three sides as numbers and level codes, each of shape (n, columns)."""

    features: Features
    synthetic: Floats
    train: Floats
    unseen: Floats
    folds: int
    trees: int
    context: Context

    @property
    def names(self) -> list[str]:
        """The columns compared."""
        return [column.name for column in self.features.columns]

    def against(self, rows: Floats) -> Pairing:
        """Put rows beside the unseen ones."""
        return pairing(self.features, rows, self.unseen, self.folds, self.context.integer_seed("folds"))

    @cached_property
    def as_it_is(self) -> Pairing:
        """The candidate beside the unseen rows."""
        return self.against(self.synthetic)

    def columns(self) -> tuple[pd.DataFrame, list[int]]:
        """Return what each column tells by itself, and the places of those that may tell something."""
        alone = [of_column(self.as_it_is, place) for place in range(len(self.names))]
        suspects = [place for place, one in enumerate(alone) if one.value - SUSPECT * one.error > 0.5]
        frame = _named({"column": self.names}, alone, len(alone))
        frame["tells"] = frame["low"] > 0.5
        return frame.sort_values("auc", ascending=False, kind="stable", ignore_index=True), suspects

    def mended(self, suspects: Sequence[int]) -> Pairing:
        """Put the synthetic rows with the margins of the training rows beside the unseen ones."""
        if not suspects:
            return self.as_it_is
        return self.against(
            with_margins(self.synthetic, self.train, suspects, self.features.categorical, content(self.synthetic))
        )

    def areas(self, suspects: Sequence[int], mended: Pairing) -> dict[str, Influence]:
        """Return A(s, s), A(r, s), A(s, r), A(r, r) and B(r, s), each with the influence of the synthetic, training and unseen rows."""
        ss, rr = self._area(self.as_it_is), self._area(self.against(self.train), of_train=True)
        bound = self._area(mended, pairs_only=True)
        if not suspects:
            return {"ss": ss, "rs": ss, "sr": rr, "rr": rr, "bound": bound}
        spoiled = with_margins(self.train, self.synthetic, suspects, self.features.categorical, content(self.train))
        return {
            "ss": ss,
            "rs": self._area(mended),
            "sr": self._area(self.against(spoiled), of_train=True),
            "rr": rr,
            "bound": bound,
        }

    def _area(self, rows: Pairing, *, of_train: bool = False, pairs_only: bool = False) -> Influence:
        area, size = boosted(rows, self.trees, self.context, pairs_only=pairs_only), len(self.unseen)
        ours, none = area.rows[:size], np.zeros(size)
        return Influence(area.value, np.concatenate([*((none, ours) if of_train else (ours, none)), area.rows[size:]]))


def _parts(areas: Mapping[str, Influence], folds: int) -> dict[str, Number]:
    """Return the total, its parts, their shares where there is a difference to share, and both ends."""
    by = wider(folds)  # as for detectability
    ss, rs, sr, rr, bound = (areas[name] for name in ("ss", "rs", "sr", "rr", "bound"))
    total, single = _sum((1, ss), (-1, rr)), _sum((0.5, ss), (-0.5, rs), (0.5, sr), (-0.5, rr))
    dependence, apart = _sum((1, total), (-1, single)), _sum((1, rs), (-1, rr))
    beyond = apart.value > 1.96 * by * apart.error
    beyond_pairs = _sum((1, rs), (-1, bound))
    more = beyond_pairs
    if beyond:
        scale = min(max(dependence.value / apart.value, 0.0), 1.0)
        of_scale = (dependence.rows - scale * apart.rows) / apart.value  # what each row contributes to that of the scale
        more = Influence(scale * beyond_pairs.value, scale * beyond_pairs.rows + beyond_pairs.value * of_scale)
    found = {"total": total, "single": single, "pairs": _sum((1, dependence), (-1, more)), "more": more}
    numbers = {name: around(one.value, one.error * by, -1.0, 1.0) for name, one in found.items()}
    if total.value > 1.96 * by * total.error:
        for name in PARTS:
            share = found[name].value / total.value
            error = float(np.sqrt(np.sum(((found[name].rows - share * total.rows) / total.value) ** 2)))
            low, value, high = (min(max(one, 0.0), 1.0) for one in (share - 1.96 * by * error, share, share + 1.96 * by * error))
            numbers[f"{name}_share"] = Number(value, low, high)
    return {**numbers, "real": around(rr.value, rr.error * by, 0.0, 1.0), "full": around(ss.value, ss.error * by, 0.0, 1.0)}


def _sum(*terms: tuple[float, Influence]) -> Influence:
    """Return a weighted sum of estimates on the same rows."""
    rows = np.sum([weight * one.rows for weight, one in terms], axis=0)
    return Influence(float(sum(weight * one.value for weight, one in terms)), rows)


def _tables(mended: Pairing, as_it_is: Pairing, names: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Return the pairs and the triples of columns whose tables differ beyond chance once margins agree, and before: else the exchange of one of two
    columns that say the same would be told for a fault of the candidate."""
    codes, before = (coarse(one.inputs, one.features.categorical) for one in (mended, as_it_is))
    frames, best = {}, dict[tuple[int, ...], float]()
    for order, name in ((2, "pairs"), (3, "triples")):
        found = [one for one in telling_tables(codes, mended.made, order) if _tells(of_table(as_it_is, before, one))]
        alone = [of_table(mended, codes, places) for places in found]
        if order == 3:
            kept = [place for place, places in enumerate(found) if _beyond_pairs(mended, codes, places, alone[place])]
            found, alone = [found[place] for place in kept], [alone[place] for place in kept]
        heads = {head: [names[places[k]] for places in found] for k, head in enumerate(("first", "second", "third")[:order])}
        frame = _named(heads, alone, math.comb(len(names), order))
        frames[name] = frame.sort_values("auc", ascending=False, kind="stable", ignore_index=True)
        best.update(zip(found, (one.value for one in alone), strict=True))
    return frames


def _tells(one: Influence) -> bool:
    return one.value > 0.5 + 1.96 * one.error


def _beyond_pairs(mended: Pairing, codes: npt.NDArray[np.int64], places: Sequence[int], whole: Influence) -> bool:
    """Whether three columns together tell more than any two of them, by more than chance explains among all triples."""
    z = _corrected(math.comb(codes.shape[1], 3))
    for left_out in range(3):
        less = _sum((1, whole), (-1, of_table(mended, codes, [one for k, one in enumerate(places) if k != left_out])))
        if less.value <= z * less.error:
            return False
    return True


def _named(heads: Mapping[str, Sequence[str]], alone: Sequence[Influence], compared: int) -> pd.DataFrame:
    """Return areas with intervals that hold for all compared at once (Bonferroni)."""
    z = _corrected(compared)
    numbers = [around(one.value, one.error, 0.0, 1.0, z) for one in alone]
    columns: dict[str, Any] = {name: list(values) for name, values in heads.items()}
    for name in ("value", "low", "high"):
        columns["auc" if name == "value" else name] = [float(getattr(one, name)) for one in numbers]
    return pd.DataFrame(columns)


def _corrected(compared: int) -> float:
    """Return the half-width, in standard errors, of intervals that hold for all compared at once."""
    return NormalDist().inv_cdf(1 - 0.025 / max(compared, 1))
