"""The search for nearest rows: exact, zero for a copy, deaf to nothing but its own points."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from synth_ui.core.context import Context
from synth_ui.core.errors import Cancelled
from synth_ui.measures import _neighbours
from synth_ui.measures._neighbours import affordable, nearest
from tests.measures.privacy.worlds import CONTEXT, case_of, three


def points(rows, width, seed=0):
    return np.random.default_rng(seed).random((rows, width)).astype(np.float32)


@pytest.mark.parametrize("k", [1, 2, 5])
@pytest.mark.parametrize("width", [1, 7, 150])
def test_it_finds_what_measuring_every_pair_finds(k, width):
    queries, references = points(300, width), points(700, width, 1)
    found = nearest(queries, references, k, CONTEXT, "searching")
    every = cdist(queries.astype(float), references.astype(float))
    assert np.allclose(found.distance, np.sort(every, axis=1)[:, :k], atol=1e-12)
    assert np.allclose(np.take_along_axis(every, found.index, axis=1), found.distance, atol=1e-12)


def test_a_copy_is_at_distance_zero_however_wide_and_far_from_the_origin():
    references = points(500, 400) + 1
    found = nearest(references[::-1].copy(), references, 1, CONTEXT, "searching")
    assert np.all(found.distance == 0.0)


def test_blocks_tiles_and_threads_do_not_change_the_answer(monkeypatch):
    queries, references = points(700, 5), points(900, 5, 1)
    whole = nearest(queries, references, 2, CONTEXT, "searching")
    monkeypatch.setattr(_neighbours, "BLOCK", 50)
    monkeypatch.setattr(_neighbours, "TILE", 200)
    parts = nearest(queries, references, 2, Context(threads=3), "searching")
    assert np.array_equal(parts.distance, whole.distance)
    assert np.array_equal(parts.index, whole.index)


def test_rounding_hides_no_nearer_row():
    """In single precision these products differ by less than they round; the spare candidates alone would not do."""
    rng = np.random.default_rng(0)
    references = (1e-4 * rng.random((2_000, 3)) + 9 * (np.arange(2_000) % 2)[:, None]).astype(np.float32)
    queries = (9 + 1e-4 * rng.random((100, 3))).astype(np.float32)
    found = nearest(queries, references, 3, CONTEXT, "searching")
    every = cdist(queries.astype(float), references.astype(float))
    assert np.allclose(found.distance, np.sort(every, axis=1)[:, :3], rtol=1e-9, atol=0)


def test_identical_references_count_as_often_as_they_occur():
    references = np.repeat(points(40, 3), [3] * 20 + [1] * 20, axis=0)
    queries = points(200, 3, 1)
    found = nearest(queries, references, 5, CONTEXT, "searching")
    every = cdist(queries.astype(float), references.astype(float))
    assert np.allclose(found.distance, np.sort(every, axis=1)[:, :5], atol=1e-12)
    assert np.all(found.index < len(references))
    alike = nearest(references[:1].repeat(7, axis=0), references[:1].repeat(9, axis=0), 2, CONTEXT, "searching")
    assert np.all(alike.distance == 0)


def test_fewer_references_than_asked_for_are_all_returned():
    assert nearest(points(4, 3), points(1, 3), 2, CONTEXT, "searching").distance.shape == (4, 1)


def test_points_without_a_place_are_refused_rather_than_compared():
    queries = points(4, 3)
    queries[2, 1] = np.nan
    with pytest.raises(ValueError, match="NaN or infinite"):
        nearest(queries, points(9, 3), 1, CONTEXT, "searching")


def test_a_search_can_be_stopped():
    with pytest.raises(Cancelled):
        nearest(points(4, 3), points(9, 3), 1, Context(cancelled=lambda: True), "searching")


def test_blanks_have_distances_and_a_blank_is_near_a_blank_only():
    train, holdout, _ = three(300, 300, 1)
    case = case_of(train, holdout, train.copy())
    blank = train["income"].isna().to_numpy()
    found = nearest(case.points("synthetic"), case.points("train"), 1, CONTEXT, "searching")
    assert blank.sum() > 10
    assert np.all(found.distance == 0.0)
    filled = case_of(train, holdout, train.fillna({"income": train["income"].median()})).points("synthetic")
    apart = np.linalg.norm(filled - case.points("train"), axis=1)
    assert np.all(apart[blank] >= 1)
    assert np.all(apart[~blank] == 0)


def test_rows_asked_are_capped_only_against_very_many_references():
    assert affordable(10_000, 24_421) == 10_000
    assert affordable(10_000, 1_000_000) == 4_000
    assert affordable(300, 10_000_000) == 300
