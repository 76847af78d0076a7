"""Every privacy measure answers to the dose: more copied rows or fewer redrawn cells give a worse score, fresh rows none.

On the census sample, 4,000 rows each of train, holdout and an honest candidate.
"""

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.context import Context
from synth_ui.core.table import Split, Table
from synth_ui.evaluation.controls import make_control, redraw_cells
from synth_ui.measures.case import Case, Shared
from synth_ui.measures.privacy.disclosure_risks.disclosure import Disclosure
from synth_ui.measures.privacy.membership_inference.exposed import Exposed
from synth_ui.measures.privacy.membership_inference.leakage_index import LeakageIndex
from synth_ui.measures.privacy.membership_inference.membership import Membership
from synth_ui.measures.privacy.near_copies.copies import Copies
from synth_ui.measures.privacy.near_copies.dcr_share import DcrShare
from synth_ui.tables.samples import load_sample

ROWS = 4_000
CONTEXT = Context(seed=1)
MEASURES = {measure.key: measure for measure in (Copies(), DcrShare(), Membership(), LeakageIndex(), Disclosure(), Exposed())}
FLIPS = ("flips 70%", "flips 50%", "flips 30%", "flips 10%", "copies of all")
COPIES = ("copies 0%", "copies 1%", "copies 5%", "copies 20%", "copies of all")


@pytest.fixture(scope="module")
def census():
    table = load_sample("adult", rows=3 * ROWS, seed=2).table
    order = np.random.default_rng(0).permutation(len(table))
    train, holdout, honest = (table.rows(order[start : start + ROWS]) for start in range(0, 3 * ROWS, ROWS))
    return Split(train, holdout), honest.frame


@pytest.fixture(scope="module")
def candidates(census):
    split, honest = census
    train = split.train.frame
    frames = {"copies of all": train}
    for share in (10, 30, 50, 70):
        frames[f"flips {share}%"] = redraw_cells(train, share / 100, CONTEXT)
    for share in (0, 1, 5, 20):
        count = ROWS * share // 100
        frames[f"copies {share}%"] = pd.concat([train.iloc[:count], honest.iloc[count:]], ignore_index=True)
    return frames


@pytest.fixture(scope="module")
def results(census, candidates):
    split, _ = census
    shared = Shared(split)
    found = {}
    for name, frame in candidates.items():
        case = Case(split, frame, shared)
        for key, measure in MEASURES.items():
            found[key, name] = measure.measure(case, CONTEXT)
    return found


def doses(results, key, names):
    return [results[key, name].headline.value for name in names]


@pytest.mark.parametrize("key", MEASURES)
def test_fewer_redrawn_cells_leak_more(results, key):
    values = doses(results, key, FLIPS)
    assert np.all(np.diff(values) >= 0)
    assert values[-2] > values[1]


@pytest.mark.parametrize("key", MEASURES)
def test_more_copied_rows_leak_more(results, key):
    values = doses(results, key, COPIES)
    assert np.all(np.diff(values) >= 0)
    assert values[3] > values[2] > values[0]


@pytest.mark.parametrize("key", MEASURES)
def test_an_honest_candidate_shows_nothing(results, key):
    headline = results[key, "copies 0%"].headline
    null = 0.5 if key in ("dcr_share", "membership") else 0.0
    assert headline.low <= null <= headline.high
    assert not results[key, "copies 0%"].under_powered


@pytest.mark.parametrize("key", MEASURES)
@pytest.mark.parametrize("name", ["flips 10%", "copies 20%"])
def test_the_planted_leaks_are_seen(results, key, name):
    headline = results[key, name].headline
    assert headline.low > (0.5 if key in ("dcr_share", "membership") else 0.0)


def test_one_percent_of_copies_is_found_where_the_mean_does_not_see_it(results):
    """The trap of averages: the share nearer to train stays within its interval, copies and the index do not."""
    share = results["dcr_share", "copies 1%"].headline
    assert share.low < 0.5 < share.high
    assert results["copies", "copies 1%"].headline.low > 0
    told = results["membership", "copies 1%"].parts["tpr_at_0.1%"].value
    assert told > 3 * results["membership", "copies 0%"].parts["tpr_at_0.1%"].value


def test_isolated_rows_are_told_more_often(results):
    flipped = results["membership", "flips 30%"]
    assert flipped.parts["isolated"].value > flipped.headline.value + 0.05


def test_unseen_rows_are_the_honest_end_of_every_scale(census):
    split, _ = census
    control = make_control("control:unseen", split, CONTEXT)
    case = Case(control.split, control.frame, Shared(control.split))
    for measure in MEASURES.values():
        headline = measure.measure(case, CONTEXT).headline
        null = 0.5 if measure.key in ("dcr_share", "membership") else 0.0
        assert headline.low <= null <= headline.high


def test_an_honest_candidate_is_unchanged_on_a_split_of_eighty_to_twenty(census):
    split, honest = census
    both = pd.concat([split.train.frame, split.holdout.frame], ignore_index=True)
    cut = Split(Table(both.iloc[:6_400], split.schema), Table(both.iloc[6_400:].reset_index(drop=True), split.schema))
    case = Case(cut, honest, Shared(cut))
    for measure in MEASURES.values():
        headline = measure.measure(case, CONTEXT).headline
        null = 0.5 if measure.key in ("dcr_share", "membership") else 0.0
        assert headline.low <= null <= headline.high
        assert abs(headline.value - null) < 0.05
