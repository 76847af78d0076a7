"""The leaderboard: one row per candidate, seeds pooled, controls marked, what cannot bear a verdict said."""

from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_ui.comparison.purposes import PURPOSES
from synth_ui.comparison.scale import blind, placed
from synth_ui.comparison.tracks import PANEL_COLUMNS, TRACK_COLUMNS, tracks
from synth_ui.core.score import CONTROLS, Status
from tests.examples import examples
from tests.race_scores import CANDIDATE_VALUES, CONTROL_VALUES, candidate_rows, outcome, score_rows, without


def test_seeds_of_a_generator_are_one_row_with_a_point_each():
    board = outcome(score_rows(), candidate_rows()).leaderboard()
    cart = board[board["candidate"] == "cart"].iloc[0]
    assert cart["seeds"] == 3
    assert cart["members"] == ("cart", "cart#2", "cart#3")
    assert len(cart["fidelity_points"]) == 3
    assert cart["fidelity"] == pytest.approx(np.mean([0.9835, 0.9830, 0.9838]))
    assert "cart#2" not in set(board["candidate"])


@pytest.mark.parametrize("purpose", PURPOSES)
def test_the_first_that_may_be_recommended_is_the_one_the_verdict_names_first(purpose: str):
    """The verdict said that one stood first, and the board, with the badge of a leader, began with another one tied with it."""
    copy = {"pairs": 0.985, "tstr": 1.0, "dcr_share": 0.99, "leakage_index": 6.0}
    made = outcome(score_rows({**CANDIDATE_VALUES, "file:copy": copy}), candidate_rows())
    said, board = made.verdict(purpose), made.leaderboard(purpose)
    open_to_it = [name for name in board.loc[~board["control"].astype(bool), "candidate"] if name not in said.barred]
    assert "file:copy" in said.barred
    if said.leader is not None:
        assert open_to_it[0] == said.leader
    assert sorted(board["candidate"]) == sorted({*made.groups}), "nobody is lost"
    ranks = board.loc[~board["candidate"].isin([said.leader]), "rank"].dropna()
    assert ranks.is_monotonic_increasing, "all others stay in the order of their scores"


def test_the_pooled_interval_counts_rows_and_seeds():
    values = {"cart": {"pairs": 0.95}, "cart#2": {"pairs": 0.97}}
    row = outcome(score_rows(values)).leaderboard().iloc[0]
    seeds = NormalDist().inv_cdf(0.975) * np.std([0.95, 0.97], ddof=1)
    assert row["fidelity_high"] - row["fidelity"] == pytest.approx(np.hypot(seeds, 0.002))
    assert row["fidelity_low"] < 0.95


def test_settings_part_groups_and_tell_their_titles_apart():
    listed = candidate_rows(["cart", "cart#2", "cart#3"])
    listed["settings"] = ['{"min_leaf": 5}', '{"min_leaf": 20}', '{"min_leaf": 5}']
    board = outcome(score_rows({n: {"pairs": 0.97} for n in listed["candidate"]}), listed).leaderboard()
    field = board[~board["control"]].set_index("candidate")
    assert field.loc["cart", "members"] == ("cart", "cart#3")
    assert field.loc["cart", "title"] == "CART, min leaf 5"
    assert field.loc["cart#2", "title"] == "CART, min leaf 20"


def test_controls_are_marked_unranked_and_last():
    board = outcome(score_rows(), candidate_rows()).leaderboard()
    controls = board[board["control"]]
    assert list(controls["candidate"]) == list(CONTROLS)
    assert controls["rank"].isna().all()
    assert board["control"].to_numpy()[-4:].all()
    assert board["rank"].dropna().is_monotonic_increasing


def test_positions_have_their_worse_end_low_even_where_lower_is_better():
    row = outcome(score_rows({"arf": {"dcr_share": 0.55}}, measures=("dcr_share",))).leaderboard().iloc[0]
    assert row["privacy_position_low"] < row["privacy_position"] < row["privacy_position_high"]


def test_the_quick_card_falls_back_to_the_distance_share():
    said = outcome(score_rows(measures=("pairs", "tstr", "dcr_share"))).headlines
    assert (said["privacy"].measure, said["privacy"].unusable) == ("dcr_share", "")
    assert outcome(score_rows()).headlines["privacy"].measure == "leakage_index"


def test_a_measure_that_misses_the_planted_leak_is_blind_and_another_speaks():
    controls = {name: dict(values) for name, values in CONTROL_VALUES.items()}
    controls["control:flipped"]["leakage_index"] = 0.0
    scores = score_rows(controls=controls)
    assert outcome(scores).headlines["privacy"].measure == "dcr_share"
    only = score_rows(controls=controls, measures=("pairs", "leakage_index"))
    assert "does not tell" in outcome(only).headlines["privacy"].unusable
    board = outcome(only).leaderboard()
    assert (board.loc[~board["control"], "privacy_status"] == "blind").all()


def test_a_bad_control_within_chance_of_the_good_one_is_blind():
    controls = {name: dict(values) for name, values in CONTROL_VALUES.items()}
    controls["control:independent"]["pairs"] = 0.9845
    assert outcome(score_rows(controls=controls)).headlines["fidelity"].unusable
    assert not outcome(score_rows()).headlines["fidelity"].unusable


def test_without_a_target_utility_gives_its_reason_and_the_others_still_rank():
    reason = "the table has no target"
    board = outcome(without(score_rows(), "tstr", Status.DOES_NOT_APPLY, reason), candidate_rows()).leaderboard()
    field = board[~board["control"]]
    assert (field["utility_status"] == Status.DOES_NOT_APPLY).all()
    assert (field["utility_reason"] == reason).all()
    assert field["rank"].notna().all()


def test_a_candidate_whose_score_is_missing_has_no_rank():
    board = outcome(without(score_rows(), "tstr", Status.FAILED, "out of memory", "arf")).leaderboard().set_index("candidate")
    assert np.isnan(board.loc["arf", "rank"])
    assert board.loc["arf", "utility_reason"] == "out of memory"
    missing = score_rows()
    missing = missing[~((missing["candidate"] == "arf") & (missing["measure"] == "tstr"))]
    assert outcome(missing).leaderboard().set_index("candidate").loc["arf", "utility_status"] == "not asked"


def test_a_failed_candidate_without_scores_still_has_its_row():
    listed = candidate_rows(["cart", "sdv_ctgan"])
    listed.loc[1, ["status", "reason"]] = ["failed", "out of memory"]
    board = outcome(score_rows({"cart": CANDIDATE_VALUES["cart"]}), listed).leaderboard().set_index("candidate")
    assert board.loc["sdv_ctgan", "status"] == "failed"
    assert board.loc["sdv_ctgan", "fidelity_status"] == "cannot be judged"


def test_nothing_gives_an_empty_board_with_its_columns():
    board = outcome(score_rows({}, controls={})).leaderboard()
    assert board.empty
    assert "privacy_position_high" in board


@settings(max_examples=examples(12), deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(random):
    scores = score_rows()
    shuffled = scores.iloc[random.sample(range(len(scores)), len(scores))]
    one, other = outcome(scores).leaderboard(), outcome(shuffled).leaderboard()
    assert list(one["candidate"]) == list(other["candidate"])
    assert one["expected"].to_numpy() == pytest.approx(other["expected"].to_numpy(), nan_ok=True)


def test_panels_say_what_the_ends_mean_and_where_real_rows_fall():
    heads = outcome(score_rows()).panels.set_index("panel")
    assert tuple(outcome(score_rows()).panels.columns) == PANEL_COLUMNS
    assert list(heads.index) == ["fidelity", "utility", "privacy"]
    assert heads.loc["fidelity", "band_low"] < 1 < heads.loc["fidelity", "band_high"]
    assert heads.loc["privacy", "band_low"] == heads.loc["privacy", "band_high"] == 1


def test_the_band_of_a_track_is_that_of_its_measure_in_units_of_its_scale():
    rows = score_rows().assign(band_low=0.957, band_high=0.971)
    pairs = rows["measure"] == "pairs"
    rows.loc[pairs, ["floor", "ceiling"]] = 0.929, 0.985
    panel = outcome(rows[pairs]).single("pairs", "Any title")[1].iloc[0]
    assert (panel["band_low"], panel["band_high"]) == pytest.approx((0.5, 0.75))
    fewer = rows[pairs].assign(floor=0.985, ceiling=0.929)
    turned = outcome(fewer).single("pairs", "Any title")[1].iloc[0]
    assert (turned["band_low"], turned["band_high"]) == pytest.approx((0.25, 0.5))
    unknown = outcome(rows[pairs].assign(band_low=np.nan, band_high=np.nan)).single("pairs", "Any title")[1].iloc[0]
    assert unknown["band_low"] < 1 < unknown["band_high"], "the good control's interval, where calibration found none"


def test_tracks_hold_a_row_per_candidate_and_family_and_mark_ties():
    made = outcome(score_rows(), candidate_rows())
    board = made.leaderboard()
    rows = tracks(made, board, ("cart", "autoregressive"))
    assert tuple(rows.columns) == TRACK_COLUMNS
    assert len(rows) == 3 * len(board)
    assert set(rows.loc[rows["tied"], "candidate"]) == {"cart", "autoregressive"}
    assert rows.loc[rows["candidate"] == "cart", "points"].map(len).eq(3).all()
    assert rows.loc[rows["candidate"] == "arf", "points"].map(len).eq(0).all()


def test_one_measures_track_shows_the_chosen_ones_and_the_controls():
    rows, panel = outcome(score_rows(), candidate_rows()).single(
        "dcr_share", "Is it closer to the rows it saw?", ("arf", "cart#2")
    )
    assert list(rows["candidate"])[:2] == ["arf", "cart#2"]
    assert set(rows["candidate"][2:]) == set(CONTROLS)
    assert rows["title"].iloc[1] == "CART, seed 1"
    assert panel["reason"].iloc[0] == ""
    assert isinstance(panel, pd.DataFrame)
    weak = without(score_rows(), "dcr_share", Status.UNDER_POWERED, "only 300 real rows")
    assert outcome(weak).single("dcr_share", "Closer?")[1]["reason"].iloc[0] == "only 300 real rows"


def test_a_scale_that_begins_with_a_number_of_its_own_is_not_blind_where_shuffled_columns_are_as_good():
    rows = pd.DataFrame({
        "candidate": ["control:independent", "control:train", "cart"], "measure": "validity", "family": "fidelity", "value": 1.0,
        "low": float("nan"), "high": float("nan"), "floor": 0.0, "ceiling": 1.0,
    })  # fmt: skip
    assert blind(placed(rows)["validity"], "fidelity") == ""
    assert "does not tell shuffled columns" in blind(placed(rows.assign(floor=1.0))["validity"], "fidelity")
