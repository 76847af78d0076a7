"""Points in short: the same points, coordinate for coordinate, and the same neighbours."""

import numpy as np
import pandas as pd
import pytest

from synth_ui.columns import _boxes, coordinates, neighbours
from synth_ui.columns.coordinates import fit_coordinates
from synth_ui.columns.neighbours import nearest
from synth_ui.core.table import Split
from synth_ui.measures import case as cases
from synth_ui.measures.case import Case, Shared
from synth_ui.measures.privacy.disclosure_risks import linkability
from synth_ui.measures.privacy.disclosure_risks.inference import Inference
from synth_ui.measures.privacy.disclosure_risks.linkability import Linkability
from synth_ui.measures.privacy.membership_inference.membership import Membership
from synth_ui.measures.privacy.near_copies.dcr_share import DcrShare
from synth_ui.tables.read import read
from tests.measures.made import adult, independent
from tests.measures.privacy.worlds import CONTEXT


def people(rows, seed=0):
    """Numbers with blanks, a date, truths, few levels with blanks, and more levels than have coordinates of their own."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({
        "age": rng.integers(18, 90, rows).astype(float),
        "wage": rng.lognormal(8, 1, rows),
        "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, rows), unit="D"),
        "member": rng.random(rows) < 0.3,
        "town": rng.choice(["Bern", "Basel", "Chur"], rows, p=[0.6, 0.3, 0.1]),
        "shop": [f"shop {number}" for number in np.minimum(rng.geometric(0.01, rows), 400)],
    })  # fmt: skip
    frame.loc[rng.random(rows) < 0.1, "wage"] = np.nan
    frame.loc[rng.random(rows) < 0.1, "town"] = None
    return read(frame).table


@pytest.fixture(scope="module")
def both():
    table = people(3_000)
    coordinates = fit_coordinates(table.schema, [table.frame])
    return coordinates.transform(table.frame), coordinates.pack(table.frame)


def test_they_are_the_same_points(both):
    dense, packed = both
    rows = np.random.default_rng(1).permutation(len(dense))[:500]
    assert packed.shape == dense.shape
    assert np.array_equal(packed[rows], dense[rows])
    assert np.array_equal(packed[10:20], dense[10:20])
    for place in (0, 1, 5, 9, dense.shape[1] - 1):
        assert np.array_equal(packed.coordinate(rows, place), dense[rows, place])
    assert packed.spread(rows) == pytest.approx(dense[rows].astype(float).var(axis=0), abs=1e-6)


def test_a_number_that_is_always_the_same_does_not_seem_to_vary(both):
    _, packed = both
    assert packed.spread(np.full(512, 7)).max() == 0


def test_some_coordinates_of_them_are_those_of_the_points(both):
    dense, packed = both
    chosen = np.array([11, 3, 0, 40, 41, 8, 300, 2])
    assert np.array_equal(packed.select(chosen)[:], dense[:, chosen])
    assert np.array_equal(packed.select(chosen).select(np.array([4, 1, 0]))[:], dense[:, chosen[[4, 1, 0]]])
    lots = np.random.default_rng(2).random(len(dense), dtype=np.float32)
    longer = packed.select(chosen).with_number(lots)
    assert np.array_equal(longer[:], np.column_stack([dense[:, chosen], lots]))


def test_points_that_differ_are_told_apart(both):
    dense, packed = both
    twice = np.append(np.arange(len(dense)), [4, 4, 9])
    found = neighbours._distinct(neighbours.Points(packed, twice))
    counted = dict(zip(found.first.tolist(), found.counts.tolist(), strict=True))
    own = neighbours._distinct(neighbours.Points(dense))
    assert len(found.first) == len(own.first)
    assert counted[4] == 3
    assert counted[9] == 2
    assert sum(counted.values()) == len(twice)


def many(monkeypatch, fewest=1, box=12):
    """Treat a few hundred rows as a million are."""
    for module in (_boxes, neighbours, cases, linkability):
        monkeypatch.setattr(module, "LARGE", 300)
    monkeypatch.setattr(_boxes, "FEWEST_OF_LARGE", fewest)
    monkeypatch.setattr(_boxes, "BOX", box)


@pytest.mark.parametrize("fewest", [1, 10_000], ids=["in boxes", "all compared"])
@pytest.mark.parametrize("some", [False, True], ids=["whole", "some rows and coordinates"])
def test_the_same_neighbours_are_found_as_among_the_points(both, monkeypatch, fewest, some):
    dense, packed = both
    rng = np.random.default_rng(3)
    rows = rng.permutation(len(dense))[:2_000] if some else np.arange(len(dense))
    columns = np.arange(dense.shape[1])[3:] if some else np.arange(dense.shape[1])
    asked = fit_like(dense, rng)[:, columns]
    copied = nearest(asked, dense[rows][:, columns], 3, CONTEXT, "searching")
    many(monkeypatch, fewest)
    cut = _boxes.Cut.of(packed)
    points = _boxes.Points(packed.select(columns), rows if some else None, None, cut.select(columns))
    found = nearest(asked, points, 3, CONTEXT, "searching")
    np.testing.assert_array_equal(found.distance, copied.distance)
    parts, boxes = cut.select(columns).among(points)
    assert sorted(np.concatenate(parts)) == list(range(len(rows)))
    for part, low, high in zip(parts, boxes.low, boxes.high, strict=True):
        assert (low <= points[part]).all()
        assert (points[part] <= high).all()


def fit_like(dense, rng):
    """Rows with one coordinate in ten from another row, as neighbours of a table's rows have."""
    taken = rng.integers(len(dense), size=(400, 2))
    return np.where(rng.random((400, dense.shape[1])) < 0.1, dense[taken[:, 1]], dense[taken[:, 0]])


def candidate(split: Split, copied: float) -> Case:
    """Rows of nobody, cells drawn column by column, with a share copied from the training rows."""
    rng = np.random.default_rng(5)
    frame = independent(split.train.frame)
    rows = rng.permutation(len(frame))[: round(copied * len(frame))]
    frame.iloc[rows] = split.train.frame.iloc[rows]
    return Case(split, frame, Shared(split))


@pytest.fixture(scope="module")
def halves() -> Split:
    return adult(4_000)


@pytest.mark.parametrize("copied", [0.0, 0.01, 0.2])
@pytest.mark.parametrize("measure", [DcrShare(), Membership(), Inference()], ids=lambda one: one.key)
def test_a_measure_gives_the_same_numbers_of_a_large_table(halves, monkeypatch, measure, copied):
    before = measure.measure(candidate(halves, copied), CONTEXT)
    many(monkeypatch, box=200)
    after = measure.measure(candidate(halves, copied), CONTEXT)
    assert after.headline == before.headline
    assert after.parts == before.parts
    assert after.note == before.note


def test_copies_in_a_large_table_are_found(halves, monkeypatch):
    """Each of one row in a hundred is at distance zero, and they show in the rate at few false alarms; half of the rows show in links."""
    many(monkeypatch, box=200)
    none, few = (Membership().measure(candidate(halves, copied), CONTEXT) for copied in (0.0, 0.01))
    assert few.parts["tpr_at_0.1%"].value > none.parts["tpr_at_0.1%"].value + 0.004
    case = candidate(halves, 0.01)
    found = nearest(case.points_of("train", np.arange(len(case.train))), case.near("synthetic"), 1, CONTEXT, "searching")
    assert (found.distance[:, 0] == 0).sum() >= 0.01 * len(case.train)
    honest, leaky = (Linkability().measure(candidate(halves, copied), CONTEXT) for copied in (0.0, 0.5))
    assert honest.headline.low == 0
    assert leaky.headline.low > 0.1


def test_links_in_a_large_table_are_as_many_as_in_a_small_one(halves, monkeypatch):
    before = Linkability().measure(candidate(halves, 0.5), CONTEXT)
    many(monkeypatch, box=200)
    after = Linkability().measure(candidate(halves, 0.5), CONTEXT)
    assert before.headline.low < after.headline.value < before.headline.high
    assert after.parts["attack"].value == pytest.approx(before.parts["attack"].value, abs=0.02)
    assert after.parts["control"].value == pytest.approx(before.parts["control"].value, abs=0.02)


@pytest.mark.parametrize(("base", "step"), [(0, 1), (-5_000, 3), (2**53, 2), (10**17, 16), (-(10**17), 16)])
def test_whole_numbers_have_the_same_places_however_many_there_are(base: int, step: int) -> None:
    """From 2^53 on floats leave whole numbers out, and all rows stood at the place of the first."""
    values = (base + step * np.random.default_rng(1).integers(0, 900, coordinates.MANY)).astype(np.float64)
    quantiles = np.unique(values)
    few = [coordinates._among(part, quantiles) for part in np.split(values, 10)]
    assert np.array_equal(coordinates._among(values, quantiles), np.concatenate(few))
