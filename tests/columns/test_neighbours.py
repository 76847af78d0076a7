"""The search for nearest rows: exact, zero for a copy, deaf to nothing but its own points."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from synth_ui.columns import _boxes, neighbours
from synth_ui.columns.neighbours import affordable, nearest
from synth_ui.core.context import Context
from synth_ui.core.errors import Cancelled
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
    monkeypatch.setattr(neighbours, "FEWEST_AT_ONCE", 50)
    monkeypatch.setattr(_boxes, "BLOCK", 40)
    monkeypatch.setattr(_boxes, "TILE", 200)
    parts = nearest(queries, references, 2, Context(threads=3), "searching")
    assert np.array_equal(parts.distance, whole.distance)
    assert np.array_equal(parts.index, whole.index)


def clustered(rows, seed, *, jitter=0.0):
    """Rows as a table has them: one-hot levels of unequal shares, numbers on a coarse grid, blanks, many equal distances."""
    rng = np.random.default_rng(seed)
    group = rng.choice(5, rows, p=[0.5, 0.2, 0.15, 0.1, 0.05])
    levels = [np.where(rng.random(rows) < 0.2, rng.choice(n, rows), group % n) for n in (2, 3, 5, 40)]
    hot = [np.sqrt(0.5) * (level[:, None] == np.arange(n)) for level, n in zip(levels, (2, 3, 5, 40), strict=True)]
    blank = rng.random(rows) < 0.1
    number = np.where(blank, 0.5, np.round(np.clip(group / 5 + rng.normal(0, 0.1, rows), 0, 1), 1))
    made = np.column_stack([*hot, number, blank, np.round(rng.random(rows), 2)])
    return (made + jitter * rng.random(made.shape)).astype(np.float32)


@pytest.fixture
def always_boxes(monkeypatch):
    """Cut even few references into small boxes, and go through them whatever a probe says."""
    monkeypatch.setattr(_boxes, "FEWEST_QUERIES", 1)
    monkeypatch.setattr(_boxes, "BOX", 12)
    monkeypatch.setattr(_boxes, "WORTH_IT", 1.0)


@pytest.mark.parametrize("k", [1, 2, 7, 20])
@pytest.mark.parametrize("jitter", [0.0, 1e-3])
def test_passing_over_boxes_finds_what_measuring_every_pair_finds(always_boxes, k, jitter):
    references = clustered(900, 0, jitter=jitter)
    queries = np.concatenate([clustered(300, 1, jitter=jitter), references[:100], points(50, 53, 2)])
    found = nearest(queries, references, k, CONTEXT, "searching")
    every = cdist(queries.astype(float), references.astype(float))
    assert np.allclose(found.distance, np.sort(every, axis=1)[:, :k], atol=1e-12)
    assert np.allclose(np.take_along_axis(every, found.index, axis=1), found.distance, atol=1e-12)
    assert np.all(found.distance[300:400, 0] == 0.0)


def test_a_bound_is_never_above_a_distance_to_the_box():
    references, queries = clustered(900, 0), np.concatenate([clustered(300, 1), 3 * points(100, 53, 2) - 1])
    parts = _boxes.cut(_boxes.Points(references), 20)
    bounds = _boxes.boxes_of(_boxes.Points(references), parts).bounds(queries)
    squared = cdist(queries.astype(float), references.astype(float)) ** 2
    assert sorted(np.concatenate(parts).tolist()) == list(range(900))
    for box, part in enumerate(parts):
        assert np.all(bounds[:, box] <= squared[:, part].min(axis=1))


def test_most_pairs_of_clustered_rows_are_passed_over_and_none_is_where_rows_do_not_cluster():
    def compared(queries, references):
        field = _boxes.prepared(_boxes.Points(references), queries, 1, 3)
        return field.ask(queries, 1, 3).compared / (len(queries) * len(references))

    assert compared(clustered(1_600, 1), clustered(8_000, 0)) < 0.2
    assert compared(points(1_600, 40), points(3_000, 40, 1)) == 1.0


def test_of_references_equally_near_the_first_is_named_however_they_were_searched(monkeypatch):
    references = np.array([[1, 0], [0, 1], [-1, 0], *[[9, i] for i in range(60)]], dtype=np.float32)
    queries = np.zeros((5, 2), dtype=np.float32) + np.arange(5, dtype=np.float32)[:, None] * 0
    whole = nearest(queries, references, 1, CONTEXT, "searching")
    monkeypatch.setattr(_boxes, "TILE", 1)
    single = nearest(queries, references, 1, CONTEXT, "searching")
    assert np.all(whole.index == 0)
    assert np.all(single.index == 0)


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


def test_what_rounding_leaves_open_is_searched_in_boxes_that_can_hold_it_only(always_boxes, monkeypatch):
    """Rows told apart by less than single precision rounds: every query is left open, and few boxes can hold its neighbours."""
    references = np.repeat(clustered(2_000, 0), 4, axis=0)
    references += np.random.default_rng(1).random(references.shape, dtype=np.float32) * np.float32(1e-6)
    queries, compared = clustered(1_600, 1), []
    compare = _boxes._Reached.compare

    def counted(self, rows, part, columns):
        if columns.dtype == np.float64:
            compared.append(len(rows) * len(part))
        compare(self, rows, part, columns)

    monkeypatch.setattr(_boxes._Reached, "compare", counted)
    found = nearest(queries, references, 5, CONTEXT, "searching")
    every = cdist(queries.astype(float), references.astype(float))
    assert np.allclose(found.distance, np.sort(every, axis=1)[:, :5], rtol=1e-9, atol=1e-12)
    assert 0 < sum(compared) < 0.2 * len(queries) * len(references)


def many(monkeypatch, fewest=1):
    """Treat a few hundred references as a million are."""
    for module in (_boxes, neighbours):
        monkeypatch.setattr(module, "LARGE", 300)
    monkeypatch.setattr(_boxes, "FEWEST_OF_LARGE", fewest)
    monkeypatch.setattr(_boxes, "AT_ONCE", 70)
    monkeypatch.setattr(_boxes, "BOX", 12)


@pytest.mark.parametrize("fewest", [1, 10_000], ids=["in boxes", "all compared"])
@pytest.mark.parametrize("known", [True, False], ids=["cut before", "cut here"])
def test_some_rows_and_coordinates_of_many_are_searched_as_their_copy_is(monkeypatch, fewest, known):
    matrix = np.repeat(clustered(900, 0, jitter=1e-3), 2, axis=0)  # each twice, so that differing ones are picked
    rows, columns = np.random.default_rng(3).permutation(1_800)[:1_000], np.array([50, 3, 4, 20, 51, 7])
    queries = clustered(300, 1, jitter=1e-3)[:, columns]
    copied = nearest(queries, matrix[rows][:, columns], 3, CONTEXT, "searching")
    many(monkeypatch, fewest)
    cut = _boxes.Cut.of(matrix) if known else None
    found = nearest(queries, _boxes.Points(matrix, rows, columns, cut), 3, CONTEXT, "searching")
    every = cdist(queries.astype(float), matrix[rows][:, columns].astype(float))
    assert found.distance == pytest.approx(np.sort(every, axis=1)[:, :3], abs=1e-9)
    assert found.distance == pytest.approx(np.take_along_axis(every, found.index, axis=1), abs=1e-9)
    np.testing.assert_array_equal(found.distance, copied.distance)


def test_boxes_of_some_rows_and_coordinates_hold_them(monkeypatch):
    many(monkeypatch)
    matrix, columns = clustered(900, 0), np.array([50, 3, 4, 20])
    rows = np.flatnonzero(matrix[:, 50] < np.median(matrix[:, 50]))
    points = _boxes.Points(matrix, rows, columns)
    parts, boxes = _boxes.Cut.of(matrix).among(points)
    assert sorted(np.concatenate(parts)) == list(range(len(rows)))
    for part, low, high in zip(parts, boxes.low, boxes.high, strict=True):
        assert (low <= points[part]).all()
        assert (points[part] <= high).all()


def test_a_coordinate_that_is_no_number_is_refused_among_many(monkeypatch):
    matrix = clustered(900, 0)
    matrix[870, 3] = np.nan
    many(monkeypatch)
    with pytest.raises(ValueError, match="NaN or infinite"):
        nearest(matrix[:5], matrix, 1, CONTEXT, "searching")
    nearest(matrix[:5, 4:9], _boxes.Points(matrix, columns=np.arange(4, 9)), 1, CONTEXT, "searching")
