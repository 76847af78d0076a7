"""Relationships: kept, lost and invented; associations against SciPy and scikit-learn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import contingency, spearmanr
from sklearn.metrics import mutual_info_score

from synth_ui.columns.values import midranks
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.table import Kind
from synth_ui.measures import _associations
from synth_ui.measures._associations import correlation_ratio, cramers_v, spearman
from synth_ui.measures.case import Shared
from synth_ui.measures.fidelity import dependence
from synth_ui.measures.fidelity.dependence import Dependence, mutual_information
from tests.measures.made import adult, flipped, independent, measured, split_of


def test_mutual_information_is_scikit_learns_less_the_bias() -> None:
    rng = np.random.default_rng(0)
    a = rng.integers(0, 4, 500)
    b = (a + rng.integers(0, 3, 500)) % 5
    counts = np.bincount(a * 5 + b, minlength=20).reshape(1, 4, 5)
    bias = ((counts > 0).sum() - 4 - 5 + 1) / (2 * 500)
    assert mutual_information(counts)[0] == pytest.approx(mutual_info_score(a, b) - bias)


def test_independent_columns_have_none_on_average() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.integers(0, 10, 400), rng.integers(0, 10, 400)
    assert mutual_info_score(a, b) > 0.08
    assert mutual_information(np.bincount(a * 10 + b, minlength=100).reshape(1, 10, 10))[0] < 0.04


def test_spearman_is_scipys_with_ties() -> None:
    rng = np.random.default_rng(2)
    a = rng.integers(0, 9, 300).astype(float)
    b = a + rng.normal(0, 3, 300)
    centred = [midranks(x) - midranks(x).mean() for x in (a, b)]
    assert spearman(*centred) == pytest.approx(spearmanr(a, b).statistic)
    assert spearman(np.zeros(3), np.array([-1.0, 0.0, 1.0])) == 0.0


def test_cramers_v_is_the_plain_one_for_many_rows() -> None:
    rng = np.random.default_rng(3)
    a = rng.integers(0, 3, 50_000)
    b = np.where(rng.random(50_000) < 0.4, a, rng.integers(0, 3, 50_000))
    table = np.bincount(a * 3 + b, minlength=9).reshape(3, 3)
    assert cramers_v(a, b) == pytest.approx(contingency.association(table, "cramer"), abs=0.001)
    assert cramers_v(a[:2], np.array([1, 1])) == 0.0


def test_a_perfect_relationship_is_one() -> None:
    a = np.repeat(np.arange(4), 25)
    assert cramers_v(a, 3 - a) == pytest.approx(1.0)
    assert correlation_ratio(a, a.astype(float)) == pytest.approx(1.0)


def test_levels_without_meaning_explain_nothing() -> None:
    rng = np.random.default_rng(4)
    assert correlation_ratio(rng.integers(0, 30, 400), midranks(rng.normal(size=400))) < 0.2


def test_lost_relationships_are_not_kept_and_new_ones_are_invented() -> None:
    rng = np.random.default_rng(5)
    x, noise = rng.integers(0, 4, 3_000), rng.integers(0, 4, 3_000)
    real = pd.DataFrame({"x": x, "y": x, "z": noise}).astype(str)
    lost = real.assign(y=rng.permutation(real["y"]))
    invented = real.assign(z=real["x"])
    split = split_of(real, real, dict.fromkeys("xyz", Kind.CATEGORY))
    of_lost, of_invented = measured(Dependence(), split, lost), measured(Dependence(), split, invented)
    assert of_lost.parts["kept"].value < 0.01
    assert of_invented.parts["kept"].value == pytest.approx(1.0, abs=0.01)
    assert of_invented.parts["invented"].value == pytest.approx(2 / 3, abs=0.02)
    assert of_invented.detail["associations"].iloc[0][["first", "second"]].tolist() in (["x", "z"], ["y", "z"])


def test_more_redrawn_cells_keep_less() -> None:
    split = adult()
    shared = Shared(split)
    kept = [
        measured(Dependence(), split, flipped(split.train.frame, share), shared).headline.value for share in (0, 0.1, 0.3, 0.7)
    ]
    assert kept == sorted(kept, reverse=True)
    assert kept[0] > 0.95
    assert measured(Dependence(), split, independent(split.train.frame), shared).headline.value < 0.05


def test_a_table_without_relationships_has_none_to_keep() -> None:
    rng = np.random.default_rng(6)
    frame = pd.DataFrame(rng.choice(list("abc"), size=(300, 3)), columns=list("xyz"))
    with pytest.raises(DoesNotApply, match="related beyond chance"):
        measured(Dependence(), split_of(frame, frame, dict.fromkeys("xyz", Kind.CATEGORY)), frame)


def test_of_very_many_rows_the_strength_of_pairs_is_that_of_a_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    split = adult(3_000)
    made = flipped(split.train.frame, 0.2)
    whole = measured(Dependence(), split, made)
    monkeypatch.setattr(_associations, "MOST_ROWS", 800)
    monkeypatch.setattr(dependence, "MOST_ROWS", 800)
    drawn = measured(Dependence(), split, made)
    assert whole.note == ""
    assert drawn.note == "the strength of each pair alone is that of a draw of 800 rows of each table"
    assert (drawn.headline, drawn.parts) == (whole.headline, whole.parts)
    first, second = (one.detail["associations"].set_index(["first", "second"])["real"] for one in (whole, drawn))
    assert (first != second).any()
    assert first.to_dict() == pytest.approx(second.to_dict(), abs=0.2)
