"""The known traps of evaluation: for each, a test that fails if we fall into it.

Some tests live with their measure; `ELSEWHERE` names them, and a test here sees that they are still there.
"""

from __future__ import annotations

import importlib

import numpy as np
import pandas as pd
import pytest

from synth_ui.columns.neighbours import nearest
from synth_ui.core.score import CONTROLS, Score, scores_frame
from synth_ui.core.table import Kind
from synth_ui.evaluation.calibrate import calibrate
from synth_ui.evaluation.cards import known_measures
from synth_ui.measures.case import Case, Shared
from synth_ui.measures.fidelity.coverage import Coverage
from synth_ui.measures.fidelity.dependence import Dependence
from synth_ui.measures.fidelity.margins import Margins
from synth_ui.measures.fidelity.pairs import Pairs
from synth_ui.measures.fidelity.telling_apart.detectability import Detectability
from synth_ui.measures.fidelity.triples import Triples
from synth_ui.measures.privacy.disclosure_risks.inference import Inference
from synth_ui.measures.privacy.disclosure_risks.linkability import Linkability
from synth_ui.measures.privacy.membership_inference._attacks import ATTACKS
from synth_ui.measures.privacy.membership_inference.exposed import Exposed
from synth_ui.measures.privacy.membership_inference.leakage_index import LeakageIndex
from synth_ui.measures.privacy.membership_inference.membership import Membership
from synth_ui.measures.privacy.near_copies.dcr_share import DcrShare
from synth_ui.measures.utility.queries import Queries
from synth_ui.measures.utility.tstr import Tstr
from tests.measures import made
from tests.measures.privacy.worlds import CONTEXT, LEVELS, case_of, levels, mixed, split_of, three

PRIVACY, FIDELITY = "tests.measures.privacy.", "tests.measures.fidelity."

ELSEWHERE = {
    "unequal references": (
        PRIVACY + "test_dcr_share.test_an_honest_candidate_stays_at_a_half_on_a_split_of_eighty_to_twenty",
        PRIVACY + "test_copies.test_chance_matches_stay_even_on_a_split_of_eighty_to_twenty",
        PRIVACY + "test_risks.test_an_honest_candidate_is_no_risk_on_a_split_of_eighty_to_twenty",
        PRIVACY + "test_doses.test_an_honest_candidate_is_unchanged_on_a_split_of_eighty_to_twenty",
    ),
    "subsampled references": (PRIVACY + "test_dcr_share.test_references_are_never_subsampled_however_few_rows_are_asked",),
    "ties": (
        PRIVACY + "test_dcr_share.test_ties_count_half_and_are_reported",
        PRIVACY + "test_membership.test_rates_by_hand",
        PRIVACY + "test_copies.test_matches_by_chance_are_no_copies",
    ),
    "hubs": (
        PRIVACY + "test_dcr_share.test_many_rows_near_one_real_row_are_one_event",
        PRIVACY + "test_dcr_share.test_hub_correction_keeps_fresh_rows_written_many_times_within_their_interval",
        PRIVACY + "test_copies.test_one_row_written_a_thousand_times_is_one_event",
    ),
    "logistic blindness": (
        FIDELITY + "test_detectability.test_boosting_sees_independent_columns_where_a_logistic_regression_is_blind",
    ),
    "NaN distances": (
        "tests.columns.test_neighbours.test_blanks_have_distances_and_a_blank_is_near_a_blank_only",
        "tests.columns.test_neighbours.test_points_without_a_place_are_refused_rather_than_compared",
        PRIVACY + "test_risks.test_a_guess_of_the_wrong_sign_or_a_blank_one_is_wrong",
    ),
    "copies hide in the mean": (
        PRIVACY + "test_doses.test_one_percent_of_copies_is_found_where_the_mean_does_not_see_it",
    ),
    "clipping at a half": (FIDELITY + "test_detectability.test_copies_push_the_area_against_train_below_a_half",),
    "duplicates across folds": (
        FIDELITY + "test_detectability.test_duplicates_inside_the_candidate_do_not_leak_across_folds",
    ),
    "formatting": (FIDELITY + "test_detectability.test_formatting_does_not_give_rows_away",),
}  # fmt: skip


@pytest.mark.parametrize("named", [test for tests in ELSEWHERE.values() for test in tests])
def test_what_stands_elsewhere_is_there(named: str) -> None:
    module, _, name = named.rpartition(".")
    assert callable(getattr(importlib.import_module(module), name))


# --- subsampled references: rows asked may be few, rows they are compared with never --------------------------------

CAPPED = (
    DcrShare(queries=100), Membership(rows=100), LeakageIndex(rows=100), Exposed(rows=100), Linkability(attacks=100),
    Inference(attacks=100),
)  # fmt: skip


@pytest.mark.parametrize("measure", CAPPED, ids=lambda measure: measure.key)
def test_few_questions_are_put_to_all_rows(measure) -> None:
    """Of a copy of train every row asked must find itself; were the copy cut to a hundred rows too, one in twenty would."""
    train, holdout, _ = three(2_000, 2_000, 1, seed=8)
    result = measure.measure(case_of(train, holdout, train), CONTEXT)
    told = {
        "dcr_share": result.headline, "membership": result.headline, "linkability": result.parts.get("attack"),
        "inference": result.parts.get("attack"), "exposed": result.parts.get("train"),
    }.get(measure.key)  # fmt: skip
    if measure.key == "leakage_index":
        assert result.headline.value > 2.5
    else:
        assert told.value > (0.75 if measure.key == "linkability" else 0.95)


# --- ties: a distance both sides share is no evidence ------------------------------------------------------------------


@pytest.mark.parametrize("measure", [DcrShare(), Membership(), LeakageIndex(), Exposed()], ids=lambda measure: measure.key)
def test_rows_that_are_everybodys_are_evidence_of_nothing(measure) -> None:
    """On four columns of three levels nine in ten distances tie at zero; train itself is then as honest as fresh rows."""
    rng = np.random.default_rng(3)
    train, holdout = (levels(1_500, rng) for _ in range(2))
    split = split_of(train, holdout, LEVELS)
    headline = measure.measure(Case(split, levels(1_500, rng), Shared(split)), CONTEXT).headline
    assert headline.low <= measure.chance <= headline.high
    assert abs(headline.value - measure.chance) < 0.04


# --- logistic blindness: attacks and headlines must see more than lines ------------------------------------------------


def test_membership_is_not_asked_of_a_classifier() -> None:
    """A classifier of synthetic against other rows reads .52 for a plain copy of train; distances read 1."""
    train, holdout, _ = three(1_500, 1_500, 1, seed=8)
    assert set(ATTACKS) == {"distance", "relative distance"}
    assert Membership().measure(case_of(train, holdout, train), CONTEXT).headline.low > 0.98


def test_the_headline_of_detectability_is_not_the_lines() -> None:
    """Two columns that only their product ties together: a line sees nothing when the tie is cut, the headline does."""
    rng = np.random.default_rng(1)
    side, amount = rng.choice([-1.0, 1.0], 2_400), rng.uniform(1, 2, 2_400)
    real = pd.DataFrame({"age": 50 + 10 * side, "income": 3_000 + 900 * side * amount})
    cut = pd.DataFrame({"age": real["age"], "income": real["income"].to_numpy()[rng.permutation(2_400)]})
    kinds = {"age": Kind.NUMBER, "income": Kind.NUMBER}
    split = made.split_of(real[:1_200], real[1_200:], kinds)
    found = made.measured(Detectability(folds=3, trees=40, against_train=False), split, cut[:1_200])
    assert found.headline.value > 0.7
    assert found.parts["logistic"].value < 0.56


# --- encoder per table: one fitted on each table hides what differs between them ------------------------------------


def stretched(frame: pd.DataFrame) -> pd.DataFrame:
    """Move and stretch every number, so that ranks, shares and z-scores within the table stay what they are."""
    return frame.assign(age=frame["age"] * 2 + 100, income=frame["income"] * 3 + 1_000)


MOVED = (
    (Margins(), 0.15), (Pairs(), 0.15), (Triples(), 0.15), (Dependence(), 0.15), (Coverage(), 0.15), (Queries(), -0.005),
    (Detectability(folds=2, trees=20, against_train=False), -0.4), (Tstr(), 0.03), (DcrShare(), 0.2), (Membership(), 0.2),
    (LeakageIndex(), 2.0), (Exposed(), 0.5),
)  # fmt: skip


@pytest.fixture(scope="module")
def stretched_world():
    train, holdout, _ = three(1_000, 1_000, 1, seed=12)
    split = split_of(train, holdout)
    shared = Shared(split)
    return Case(split, train, shared), Case(split, stretched(train), shared)


@pytest.mark.parametrize(("measure", "by"), MOVED, ids=[measure.key for measure, _ in MOVED])
def test_numbers_moved_and_stretched_are_not_the_same_numbers(stretched_world, measure, by) -> None:
    """Training rows whose numbers were stretched lose likeness to real rows, and nearness to train; encoded apart they would not."""
    before, after = (measure.measure(case, CONTEXT).headline.value for case in stretched_world)
    assert (before - after) * np.sign(by) > abs(by)


def test_a_level_has_its_place_by_name_whatever_levels_a_table_has() -> None:
    """A candidate whose levels come in another order, or lack some, is cast; encoded by itself its codes would shift."""
    train, holdout, _ = three(400, 400, 1)
    case = case_of(train, holdout, train.assign(city=train["city"].cat.reorder_categories(train["city"].cat.categories[::-1])))
    assert np.array_equal(case.points("synthetic"), case.points("train"))
    assert np.array_equal(case.codes("synthetic")["city"], case.codes("train")["city"])
    few = train.assign(city=pd.Categorical(train["city"].where(train["city"] != "city 00")).remove_unused_categories())
    fewer = case_of(train, holdout, few)
    there = (train["city"] != "city 00").to_numpy()
    assert np.array_equal(fewer.codes("synthetic")["city"][there], fewer.codes("train")["city"][there])


# --- NaN distances ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measure", "least"), [(DcrShare(), 0.98), (Membership(), 0.63), (Exposed(), 0.45)], ids=lambda one: getattr(one, "key", "")
)
def test_a_leak_among_blanks_is_found_as_any_other(measure, least) -> None:
    """Half of all incomes are blank, and those rows are copied: each copy is at distance 0 of its row, so half of train is told."""
    train, holdout, _ = three(1_200, 1_200, 1, seed=2)
    train, holdout = (frame.assign(income=frame["income"].where(np.arange(len(frame)) % 2 == 0)) for frame in (train, holdout))
    blanks = train[train["income"].isna()].reset_index(drop=True)
    assert measure.measure(case_of(train, holdout, blanks), CONTEXT).headline.value > least


# --- authenticity: the reference of an honest candidate is what unseen rows give, not the end of the range -----------------


def authenticity(case: Case) -> float:
    """The published definition: the share of synthetic rows that lie farther from their training row than its nearest other."""
    train, synthetic = case.points("train"), case.points("synthetic")
    found = nearest(synthetic, train, 1, CONTEXT, "searching")
    own = nearest(train, train, 2, CONTEXT, "searching").distance[:, 1]
    return float((own[found.index[:, 0]] < found.distance[:, 0]).mean())


def test_authenticity_of_honest_rows_is_far_from_one_and_noise_has_more() -> None:
    """Honest rows have .49 on the census table and about .4 here: read against its end, 1, they would look half copied."""
    train, holdout, honest = three(1_500, 1_500, 1_500)
    noise = pd.DataFrame({name: mixed(1_500, np.random.default_rng(place))[name] for place, name in enumerate(train)})
    noise["income"] = noise["income"] * 10
    values = {
        name: authenticity(case_of(train, holdout, frame))
        for name, frame in (("honest", honest), ("noise", noise), ("copy", train))
    }
    assert 0.35 < values["honest"] < 0.55
    assert values["noise"] > values["honest"] + 0.1
    assert values["copy"] == 0.0


@pytest.mark.parametrize("key", [key for key, measure in known_measures().items() if measure.family == "privacy"])
def test_the_good_end_of_a_privacy_scale_is_what_unseen_rows_give(key: str) -> None:
    """Whatever number unseen rows give, .49 of 1 or else, a candidate with that number stands at 1, and nowhere before it is known."""
    measure = known_measures()[key]
    assert measure.ceiling == "control:unseen"
    assert measure.floor == "control:train"
    unseen, copied = (0.49, 0.0) if measure.better == "higher" else (0.51, 1.0)
    rows = [Score("control:train", key, "privacy", copied), Score("cart", key, "privacy", unseen)]
    if measure.floor_part:
        rows.insert(0, Score("control:train", f"{key}.{measure.floor_part}", "privacy", copied))
    without = calibrate(scores_frame(rows))
    assert without["position"].isna().all()
    placed = calibrate(scores_frame([*rows, Score("control:unseen", key, "privacy", unseen)]))
    assert placed.loc[placed["measure"] == key, "position"].tolist() == pytest.approx([0.0, 1.0, 1.0])


def test_the_ends_of_every_scale_are_controls() -> None:
    for measure in known_measures().values():
        assert {measure.floor, measure.ceiling} <= set(CONTROLS), measure.key
