"""The verdict in words: best, tied, spoken against, not judged; and who is never recommended."""

import re

import pandas as pd
import pytest

from synth_ui.comparison.choice.said import moment
from synth_ui.comparison.purposes import PURPOSES
from synth_ui.comparison.verdict.evidence import Attack
from synth_ui.comparison.verdict.given_away import GivenAway
from synth_ui.comparison.verdict.sentences import Certainty
from synth_ui.core.errors import TableError
from synth_ui.core.score import Score, Status, scores_frame
from synth_ui.evaluation.calibrate import calibrate
from synth_ui.evaluation.words import sentence
from synth_ui.reports.board import Board
from tests.race_scores import CANDIDATE_VALUES, CONTROL_VALUES, FAMILY, HALF, SCALE, candidate_rows, outcome, score_rows, without

COPY = {"pairs": 0.985, "tstr": 1.0, "dcr_share": 0.99, "leakage_index": 6.0}
FORBIDDEN = ("private", "safe", "anonymous", "!")


def test_of_those_tied_one_without_a_sign_of_a_leak_stands_first():
    """A table half of copies stood first before further real rows, and the card said to use it."""
    said = outcome(score_rows(), candidate_rows()).verdict("train")
    assert said.best == "autoregressive"
    assert said.tied_with == ("cart",)
    assert "Autoregressive net and CART are tied for best of 8 candidates" in said.sentence
    assert "Probability of being best: Autoregressive net" in said.sentence
    assert "should not be shared" not in said.sentence
    assert "Autoregressive net stands first, as no attack found a sign of a leak on it. A model trained on it" in said.sentence


def test_of_those_tied_that_all_leak_the_first_stays_first():
    values = {name: {**own, "leakage_index": max(own["leakage_index"], 1.5)} for name, own in CANDIDATE_VALUES.items()}
    said = outcome(score_rows(values), candidate_rows()).verdict("train")
    assert said.leader == outcome(score_rows(values), candidate_rows()).chances("train").ordered()[0]


def test_inside_the_company_a_leak_is_spoken_against():
    alone = {name: own for name, own in CANDIDATE_VALUES.items() if not name.startswith("autoregressive")}
    said = outcome(score_rows(alone)).verdict("train")
    assert said.best == "cart"
    assert "It should not be shared outside." in said.sentence
    assert said.against[0].sentence not in said.further
    assert set(said.further) < {one.sentence for one in said.against}
    assert any("ε = 1.8 is proved" in one.sentence for one in said.against)


def all_attacks(values):
    """Return scores in which every standard attack has answered as the distance share did."""
    attacks = ("copies", "membership", "singling_out", "linkability", "inference", "disclosure", "exposed")
    for key in attacks:
        FAMILY[key], SCALE[key] = "privacy", ("control:train", "control:unseen")
    spread = {name: {**given, **dict.fromkeys(attacks, given["dcr_share"] - 0.5)} for name, given in values.items()}
    controls = {name: {**given, **dict.fromkeys(attacks, given["dcr_share"] - 0.5)} for name, given in CONTROL_VALUES.items()}
    half = dict.fromkeys(attacks, 0.02)
    return score_rows(spread, controls=controls, half=half, measures=("pairs", "tstr", "dcr_share", "leakage_index", *attacks))


def test_a_measurable_leak_is_not_recommended_for_sharing():
    said = outcome(all_attacks(CANDIDATE_VALUES), candidate_rows()).verdict("share")
    assert said.best == "autoregressive"
    assert said.why_not("cart").startswith("It leaks measurably")
    assert "9 of 10 privacy attacks were tried and found no sign of a leak; not tried: deep audit." in said.sentence
    only = outcome(all_attacks({"cart": CANDIDATE_VALUES["cart"]})).verdict("share")
    assert only.best is None
    assert "cannot be recommended to share outside" in only.sentence


def test_nobody_is_recommended_for_sharing_before_every_standard_attack_was_tried():
    said = outcome(score_rows(), candidate_rows()).verdict("share")
    assert (said.best, said.certainty) == (None, Certainty.NONE)
    assert "7 of the 9 standard privacy attacks have no result on it yet: copies, membership" in said.sentence
    everything = all_attacks(CANDIDATE_VALUES)
    for key in ("membership", "disclosure"):
        gone = everything[~(everything["measure"].eq(key) & everything["candidate"].eq("autoregressive"))]
        assert outcome(gone, candidate_rows()).verdict("share").best != "autoregressive"
        failed = without(everything, key, Status.FAILED, "out of memory", "autoregressive")
        assert outcome(failed, candidate_rows()).verdict("share").best != "autoregressive"
    nothing = without(everything, "disclosure", Status.DOES_NOT_APPLY, "no column is sensitive")
    assert outcome(nothing, candidate_rows()).verdict("share").best == "autoregressive"


def near_copies(unseen: float, half: float):
    """Races whose distance share alone speaks for privacy: one near the copy of the training rows, one near unseen rows."""
    controls = {name: {**given, "dcr_share": {"control:train": 0.520, "control:flipped": 0.518}.get(name, unseen)} for name, given in CONTROL_VALUES.items()}  # fmt: skip
    values = {
        "close": {**CANDIDATE_VALUES["cart"], "dcr_share": 0.511},
        "far": {**CANDIDATE_VALUES["gaussian_copula"], "dcr_share": unseen},
    }
    return outcome(score_rows(values, controls=controls, half={"dcr_share": half}, measures=("pairs", "tstr", "dcr_share")))


def test_nobody_lies_nearer_to_a_copy_where_a_copy_and_unseen_rows_lie_within_chance_of_each_other():
    """On a table of two columns a copy is hardly nearer to train than anything else: then the scale has no nearer end."""
    for purpose in ("train", "explore", "balanced"):
        said = near_copies(unseen=0.500, half=0.015).verdict(purpose)
        assert "nearer to a copy" not in said.why_not("close"), purpose
        assert said.leader == "close", purpose


def test_a_copy_of_the_training_rows_is_never_best():
    for purpose in PURPOSES:
        said = outcome(score_rows({**CANDIDATE_VALUES, "file:copy": COPY})).verdict(purpose)
        assert said.best != "file:copy"
        assert "nearer to a copy of the training rows" in said.why_not("file:copy")
        assert "file:copy" not in said.tied_with
    said = outcome(score_rows({"file:copy": COPY, "cart": CANDIDATE_VALUES["gaussian_copula"]})).verdict("train")
    assert said.best == "cart"
    assert "copy (file) scores higher but is not recommended" in said.sentence


@pytest.mark.parametrize("purpose", [*PURPOSES, None])
def test_words_never_promise(purpose):
    said = outcome(score_rows(), candidate_rows()).verdict(purpose)
    everything = " ".join([said.finding, said.sentence, *(one.sentence for one in said.against), *said.reasons.values()]).lower()
    assert not [word for word in FORBIDDEN if word in everything]


def test_a_leak_of_one_tied_with_the_first_is_named_and_probabilities_are_those_of_all():
    """Tied for best it is offered as an equal, so that only the first was attacked in vain must not be all that is said."""
    clean, leak = {"dcr_share": 0.503, "leakage_index": 0.0}, {"dcr_share": 0.603, "leakage_index": 1.7}
    values = {
        name: {**own, **clean} if name.startswith("cart")
        else {**own, **leak, "tstr": own["tstr"] + 0.02, "pairs": own["pairs"] + 0.006} if name.startswith("autoregressive")
        else own
        for name, own in CANDIDATE_VALUES.items()
    }  # fmt: skip
    made = outcome(score_rows(values), candidate_rows())
    said = made.verdict("explore")
    assert (said.best, said.tied_with) == ("cart", ("autoregressive",))
    assert "On Autoregressive net, tied with it, 2 attacks found signs of a leak." in said.sentence
    shares = made.chances("explore").frame().set_index("candidate")["probability_best"]
    assert (
        f"Probability of being best: CART {shares['cart']:.0%}, Autoregressive net {shares['autoregressive']:.0%}."
        in said.sentence
    )


def test_one_tied_by_the_only_family_that_counts_is_not_called_behind_in_it():
    values = {"cart": {"pairs": 0.975}, "arf": {"pairs": 0.972}}
    scores = score_rows(values, measures=("pairs",), half={**HALF, "pairs": 0.008})
    said = outcome(scores).verdict()
    assert said.tied_with == ("arf",)
    assert said.why_not("arf").endswith("cannot be told from CART.")


def test_every_candidate_has_a_reason_and_a_stranger_is_refused():
    said = outcome(score_rows(), candidate_rows()).verdict()
    assert set(said.reasons) == {name for name in CANDIDATE_VALUES if "#" not in name}
    assert all(text.endswith(".") for text in said.reasons.values())
    assert "no better than shuffled columns" in said.why_not("sdv_ctgan")
    assert "behind" not in said.why_not("autoregressive")
    with pytest.raises(TableError, match="There is no candidate 'moon'"):
        said.why_not("moon")


def test_only_controls():
    said = outcome(score_rows({})).verdict()
    assert said.best is None
    assert "only controls" in said.sentence


def test_no_finished_candidate():
    listed = candidate_rows(["cart"])
    listed.loc[0, "status"] = "running"
    said = outcome(score_rows({}), listed).verdict()
    assert (said.best, said.sentence) == (None, "No candidate has finished yet.")
    assert said.why_not("cart").startswith("It could not be compared: ")
    assert "it is still being made and scored" in said.why_not("cart")


def test_one_candidate_has_nothing_to_be_compared_with():
    said = outcome(score_rows({"bayes_net": CANDIDATE_VALUES["bayes_net"]})).verdict()
    assert said.best == "bayes_net"
    assert said.tied_with == ()
    assert "only candidate" in said.sentence
    assert any("made once" in one.sentence for one in said.against)
    gone = without(score_rows({"bayes_net": CANDIDATE_VALUES["bayes_net"]}), "tstr", Status.DOES_NOT_APPLY, "there is no target")
    assert "is the only candidate that can be judged, by likeness and leakage alone, so" in outcome(gone).verdict().sentence


def test_without_a_target_the_verdict_says_that_usefulness_took_no_part():
    said = outcome(without(score_rows(), "tstr", Status.DOES_NOT_APPLY, "the table has no target")).verdict()
    assert said.best
    assert "Usefulness took no part in the verdict: cannot be judged: the table has no target." in said.unjudged
    assert "judged by likeness and leakage alone" in said.finding
    assert "skill" not in said.sentence


def test_too_few_rows_for_privacy_are_said_and_not_counted():
    scores = score_rows()
    for measure in ("leakage_index", "dcr_share"):
        scores = without(scores, measure, Status.UNDER_POWERED, "fewer than 1,000 real rows")
    said = outcome(scores, candidate_rows()).verdict()
    assert said.best == "cart"
    assert "Leakage took no part in the verdict: cannot be judged: fewer than 1,000 real rows." in said.unjudged
    assert "no sign of a leak" not in " ".join([said.sentence, *said.reasons.values()])
    assert outcome(scores, candidate_rows()).verdict("share").best is None


def test_one_attack_that_can_tell_is_not_enough_to_share_outside():
    values = {"bayes_net": CANDIDATE_VALUES["bayes_net"]}
    scores = all_attacks(values)
    assert outcome(scores, candidate_rows([*CONTROL_VALUES, "bayes_net"])).verdict("share").leader == "bayes_net"
    made = outcome(scores, candidate_rows([*CONTROL_VALUES, "bayes_net"]))
    for measure in made.attacks("bayes_net").tried:
        if measure != "leakage_index":
            scores = without(scores, measure, Status.UNDER_POWERED, "fewer than 1,000 real rows")
    made = outcome(scores, candidate_rows([*CONTROL_VALUES, "bayes_net"]))
    assert made.attacks("bayes_net").tried == ("leakage_index",)
    said = made.verdict("share")
    assert said.leader is None
    assert "standard privacy attacks are too weak to tell on this table" in " ".join([said.sentence, *said.reasons.values()])
    assert made.verdict("train").leader == "bayes_net"


def test_a_blind_measure_that_finds_nothing_is_said_to_be_blind():
    controls = {name: dict(values) for name, values in CONTROL_VALUES.items()}
    controls["control:train"] |= {"leakage_index": 0.0, "dcr_share": 0.5}
    quiet = {name: {**values, "dcr_share": 0.5, "leakage_index": 0.0} for name, values in CANDIDATE_VALUES.items()}
    scores = score_rows(quiet, controls=controls)
    assert outcome(scores).leaks.empty
    assert any("does not tell" in text for text in outcome(scores).verdict().unjudged)


def test_no_family_can_bear_a_verdict():
    scores = without(score_rows({"cart": {"pairs": 0.9}}, measures=("pairs",)), "pairs", Status.FAILED, "out of memory")
    said = outcome(scores).verdict()
    assert said.best is None
    assert "out of memory" in " ".join(said.unjudged)


def test_leaks_need_more_than_chance():
    found = outcome(score_rows(), candidate_rows()).leaks
    assert set(found["candidate"]) == {"cart", "arf"}
    assert "file:mostlyai" not in set(found["candidate"])
    assert found["position"].is_monotonic_increasing
    tight = outcome(score_rows({"a": {"dcr_share": 0.514}}, half={"dcr_share": 0.002}, measures=("dcr_share",))).leaks
    wide = outcome(score_rows({"a": {"dcr_share": 0.514}}, half={"dcr_share": 0.016}, measures=("dcr_share",))).leaks
    assert (len(tight), len(wide)) == (1, 0)


def test_a_leak_of_any_seed_counts_for_its_group():
    found = outcome(score_rows({"a": {"dcr_share": 0.50}, "a#2": {"dcr_share": 0.70}}, measures=("dcr_share",))).leaks
    assert list(found["candidate"]) == ["a"]
    assert list(found["member"]) == ["a#2"]


def _chance(scores, value=0.5):
    return scores.assign(chance=[value if measure in ("dcr_share", "membership") else 0.0 for measure in scores["measure"]])


@pytest.mark.parametrize(("measure", "value", "half"), [("dcr_share", 0.529, 0.031), ("membership", 0.525, 0.032)])
def test_a_score_and_the_verdict_say_the_same_of_what_one_test_of_many_may_give(measure, value, half):
    controls = {name: {**values, "membership": values["dcr_share"]} for name, values in CONTROL_VALUES.items()}
    scores = _chance(score_rows({"a": {measure: value}}, controls=controls, half={measure: half}, measures=(measure,)))
    row = scores[(scores["candidate"] == "a") & (scores["measure"] == measure)].iloc[0]
    assert (
        row["low"] < 0.5 < row["low"] + 0.3 * half
    )  # a 95% interval, 1.4 times narrower, would exclude the half: one test of many
    assert "no sign" in sentence(measure, row).lower()
    assert outcome(scores).leaks.empty
    assert outcome(scores).doubts == {}
    clear = _chance(score_rows({"a": {measure: value + half}}, controls=controls, half={measure: half}, measures=(measure,)))
    row = clear[(clear["candidate"] == "a") & (clear["measure"] == measure)].iloc[0]
    assert "no sign" not in sentence(measure, row).lower()
    assert list(outcome(clear).leaks["measure"]) == [measure]


def test_a_noisy_control_does_not_excuse_what_chance_does_not_explain():
    controls = {name: dict(values) for name, values in CONTROL_VALUES.items()}
    controls["control:unseen"]["dcr_share"] = 0.518
    half = {"dcr_share": 0.02}
    scores = _chance(score_rows({"a": {"dcr_share": 0.552}}, controls=controls, half=half, measures=("dcr_share",)))
    assert list(outcome(scores).leaks["candidate"]) == ["a"]
    assert outcome(scores).doubts == {}
    assert "finds a sign of a leak" not in outcome(scores).verdict().sentence


def test_what_unseen_rows_give_too_is_no_leak_and_is_said():
    controls = {name: dict(values) for name, values in CONTROL_VALUES.items()}
    controls["control:unseen"]["dcr_share"] = 0.56
    scores = _chance(score_rows({"a": {"dcr_share": 0.57}}, controls=controls, measures=("dcr_share",)))
    assert outcome(scores).leaks.empty
    assert outcome(scores).doubts == {("a", "dcr_share"): "Unseen real rows give 0.56 here, so this is not counted as a leak."}


def test_those_that_can_be_recommended_are_counted_by_themselves():
    four = {name: CANDIDATE_VALUES[name] for name in ("cart", "arf", "autoregressive", "bayes_net")}
    said = outcome(all_attacks(four)).verdict("share")
    assert "is the best of 4 candidates to share outside" in said.sentence
    ahead = {**four, "cart": {**four["cart"], "dcr_share": 0.53, "leakage_index": 0.1, "tstr": 1.0, "pairs": 0.985}}
    said = outcome(all_attacks(ahead)).verdict("share")
    assert "is the best to share outside, of the 2 of 4 candidates that are not ruled out" in said.sentence
    assert said.finding == "Autoregressive is the best that can be recommended"
    two = outcome(all_attacks({name: ahead[name] for name in ("cart", "autoregressive")})).verdict("share")
    assert two.finding == "Autoregressive is the only candidate that can be recommended"
    assert "Autoregressive is the only one of 2 candidates that can be recommended to share outside" in two.sentence


def test_a_plain_fault_named_in_the_answer_is_not_said_again():
    scores = rules(0.05)
    said = outcome(scores).verdict()
    assert "(5.0% of its rows break a rule that no unseen real row breaks)" in said.sentence
    assert any("break a rule" in one.sentence for one in said.against)
    assert not any("break a rule" in text for text in said.further)


def rules(broken):
    """Return scores of one candidate that breaks rules in a share of its rows, and of controls that keep them."""
    names = {"control:independent": 0.9, "control:train": 0.0, "control:unseen": 0.0, "cart": broken}
    rows = [Score(name, "rules", "fidelity", share, max(0, share - 0.004), share + 0.004) for name, share in names.items()]
    return pd.concat([score_rows({"cart": CANDIDATE_VALUES["cart"]}), calibrate(scores_frame(rows))], ignore_index=True)


def test_a_measure_that_is_blind_here_speaks_against_nobody():
    names = {"control:independent": (0.44, 0.33), "control:train": (0.65, 0.4), "cart": (0.0, 0.0)}
    rows = [Score(name, "missingness", "fidelity", value, value - half, value + half) for name, (value, half) in names.items()]
    scores = pd.concat([score_rows({"cart": CANDIDATE_VALUES["cart"]}), calibrate(scores_frame(rows))], ignore_index=True)
    made = outcome(scores)
    assert made.blind("missingness")
    assert not any(one.measure == "missingness" for one in made.objections("cart"))


def test_rows_that_follow_the_counts_of_train_are_not_called_copies():
    """What 500 rows of 20 shuffled columns give that have nothing to do with each other: no row is repeated, only the counts."""
    rows = [
        Score("cart", "detectability", "fidelity", 0.51, 0.46, 0.55),
        Score("cart", "detectability.against_train", "fidelity", 0.41, 0.37, 0.45),
    ]
    scores = pd.concat([score_rows({"cart": CANDIDATE_VALUES["cart"]}), calibrate(scores_frame(rows))], ignore_index=True)
    against = [one for one in outcome(scores).objections("cart") if one.measure == "detectability.against_train"]
    rows[1] = Score("cart", "detectability.against_train", "fidelity", 0.41, 0.36, 0.46)
    unsure = pd.concat([score_rows({"cart": CANDIDATE_VALUES["cart"]}), calibrate(scores_frame(rows))], ignore_index=True)
    assert not [one for one in outcome(unsure).objections("cart") if one.measure == "detectability.against_train"], "another seed"
    assert "or only their counts" in against[0].sentence
    assert not any(word in against[0].sentence for word in ("copies", "remembers", "memoris"))
    assert against[0].size < 0.1


def test_what_nobody_asked_is_not_said_to_be_still_to_come():
    scores = score_rows({"cart": CANDIDATE_VALUES["cart"]})
    assert outcome(scores, pending={"cart": ("detectability",)}).sentence("cart", "detectability") == "Not scored yet."
    assert outcome(scores).sentence("cart", "detectability") == "Not asked."


def test_likeness_is_said_with_what_it_was_judged_by():
    """A classifier may tell rows apart whose column pairs are as close as real rows are: the two sentences stand side by side."""
    said = outcome(score_rows({"cart": CANDIDATE_VALUES["cart"]})).verdict()
    assert "in likeness to the real table, by column pairs, it is" in said.sentence


def test_who_leads_before_anything_is_scored_in_full_is_not_said_of_none():
    scores = score_rows({"cart": CANDIDATE_VALUES["cart"]}, measures=("pairs", "tstr"))
    names = [*CONTROL_VALUES, "cart", "arf"]
    listed = candidate_rows(names).assign(status=["done"] * (len(names) - 1) + ["running"])
    coming = dict.fromkeys(names, ("dcr_share",))
    said = outcome(scores, listed, pending=coming).verdict()
    assert "is the only one with scores so far, none of 2 scored in full yet" in said.finding
    assert "0 of" not in said.finding + said.sentence


def test_while_one_alone_has_scores_it_leads_nobody_and_has_no_probability():
    scores = score_rows({"cart": CANDIDATE_VALUES["cart"]})
    names = [*CONTROL_VALUES, "cart", "arf", "bayes_net"]
    listed = candidate_rows(names).assign(status=["done"] * (len(names) - 2) + ["running", "queued"])
    made = outcome(scores, listed)
    said = made.verdict()
    assert said.finding == "CART is the only one with scores so far, 1 of 3 scored"
    assert "CART is the only one with scores so far, 1 of 3 scored, so there is nothing to compare it with yet: " in said.sentence
    assert said.why_not("cart").startswith("CART is the only one with scores so far: ")
    assert (said.certainty, said.best, said.leader, dict(said.probabilities)) == (Certainty.ALONE, None, "cart", {})
    assert "leads" not in " ".join([said.finding, said.sentence, *said.reasons.values()])
    odds = re.findall(r'<td class="odds"[^>]*>([^<]*)<', Board(made, made.leaderboard()).html())
    assert set(odds) <= {"–", ""}
    one = outcome(scores, candidate_rows(names[:-2]), pending={"cart": ("membership",)}).verdict()
    assert one.finding == "CART is the only candidate, further measures are still to come"
    assert dict(outcome(scores, candidate_rows(names[:-2])).verdict().probabilities) == {}, "nor when the race is over"


def test_an_attack_that_is_made_on_demand_is_not_still_running_while_a_race_runs():
    names = [*CONTROL_VALUES, "cart", "arf"]
    listed = candidate_rows(names).assign(status=["done"] * len(CONTROL_VALUES) + ["running", "queued"])
    said = outcome(score_rows({"cart": {"pairs": CANDIDATE_VALUES["cart"]["pairs"]}}), listed).attacks("cart")
    assert Attack.PENDING in said.ended.values()
    assert said.ended["shadow"] is Attack.NOT_ASKED


def test_without_an_interval_no_place_is_taken_for_certain():
    """A table of 60 rows gives scores without intervals; a small difference of such scores decides nothing."""
    values = {"cart": {"pairs": 0.95, "tstr": 0.6}, "arf": {"pairs": 0.94, "tstr": 0.5}}
    none = dict.fromkeys(("pairs", "tstr"), float("nan"))
    made = outcome(score_rows(values, half=none, measures=("pairs", "tstr")))
    said = made.verdict()
    assert said.certainty is Certainty.TIED, said.finding
    assert "likeness to the real table and usefulness is not known: there are too few rows for an interval" in " ".join(
        one.sentence for one in said.against
    )
    assert not made.pareto()["dominated"].any()
    sure = outcome(score_rows(values, measures=("pairs", "tstr"))).verdict()
    assert sure.certainty is Certainty.BEST
    assert "too few rows for an interval" not in " ".join(one.sentence for one in sure.against)


def constant(rows, real):
    """Return what `margins` keeps of a column that is one value in all synthetic rows and in a share of the real ones."""
    other = pd.DataFrame(
        {"column": "age", "bin": [f"{n}" for n in range(rows)], "real_share": 1 / rows, "synthetic_share": 1 / rows}
    )
    own = {"column": "loss", "bin": ["0", "more"], "real_share": [real, 1 - real], "synthetic_share": [1.0, 0.0]}
    return pd.concat([other, pd.DataFrame(own)], ignore_index=True)


@pytest.mark.parametrize(("rows", "lost"), [(30, False), (400, True), (3_000, True)])
def test_a_column_is_lost_only_where_the_table_is_large_enough_to_show_more_of_it(rows, lost):
    def detail(candidate, measure, name):
        return constant(rows, 0.96) if (candidate, measure, name) == ("cart", "margins", "bins") else None

    scores = score_rows({"cart": CANDIDATE_VALUES["cart"]})
    faults = [one for one in outcome(scores, detail=detail).objections("cart") if one.plain]
    assert bool(faults) is lost
    assert not lost or "its column loss holds one value, or a blank, in every row" in faults[0].clause


@pytest.mark.parametrize(("synthetic", "lost"), [(0.991, False), (0.9932, False), (0.996, True), (1.0, True)])
def test_a_column_that_is_nearly_constant_among_real_rows_is_not_lost_by_a_little_less(synthetic, lost):
    """Of 3,000 real rows 98.9% hold one value: a candidate with 99.1% of it has crossed a limit and lost nothing to speak of."""
    bins = constant(3_000, 0.989)
    bins.loc[bins["column"].eq("loss"), "synthetic_share"] = [synthetic, 1 - synthetic]
    made = outcome(
        score_rows({"cart": CANDIDATE_VALUES["cart"]}), detail=lambda c, m, n: bins if (c, n) == ("cart", "bins") else None
    )
    assert any("holds one value" in one.clause for one in made.objections("cart")) is lost


def test_a_table_that_is_constant_throughout_has_lost_its_columns():
    bins = constant(400, 0.96)
    bins["synthetic_share"] = bins["bin"].eq("0").astype(float)
    made = outcome(
        score_rows({"cart": CANDIDATE_VALUES["cart"]}), detail=lambda c, m, n: bins if (c, n) == ("cart", "bins") else None
    )
    assert any("holds one value" in one.clause for one in made.objections("cart"))


def test_one_place_is_not_said_twice():
    scores = score_rows({"cart": {"pairs": 0.929, "tstr": 0.9, "dcr_share": 0.5, "leakage_index": 0.0}})
    made = outcome(scores)
    said = made.verdict()
    everything = " ".join([said.sentence, *said.further])
    assert everything.count("not told apart from shuffled columns") == 1, everything
    assert any("not told apart from shuffled columns" in one.sentence for one in made.objections("cart"))


def test_a_place_below_the_bad_control_is_said_once_and_in_the_same_words():
    """The sentence said "no better than shuffled columns", the list beside it and the card "not told apart from" them."""
    made = outcome(score_rows({"cart": {**CANDIDATE_VALUES["cart"], "pairs": 0.05}}))
    said = made.verdict("train")
    everything = " ".join([said.sentence, *said.further])
    assert everything.lower().count("by column pairs, it is no better than shuffled columns") == 1, everything
    assert "not told apart from shuffled columns" not in everything
    figures = {figure.family: figure.words for figure in moment(made, "cart", "train").figures}
    assert figures["fidelity"] == "no better than shuffled columns"


def test_that_no_attack_found_a_sign_is_the_reason_only_where_it_was_tried():
    """The other one stood first for a plain fault, and it was said that no attack found a sign: the attack was never asked of it."""
    like = {**CANDIDATE_VALUES["cart"], "leakage_index": 0.0}
    values = {"cart": {**like, "tstr": 0.98}, "arf": like}
    controls = {"control:independent": 0.9, "control:train": 0.0, "control:unseen": 0.0, "cart": 0.05, "arf": 0.0}
    rules_of = calibrate(
        scores_frame(
            [Score(name, "rules", "fidelity", share, max(0, share - 0.004), share + 0.004) for name, share in controls.items()]
        )
    )
    given = without(score_rows(values), "dcr_share", Status.DOES_NOT_APPLY, "it was not tried", "arf")
    said = outcome(pd.concat([given, rules_of], ignore_index=True)).verdict("train")
    assert said.leader == "arf"
    assert "no attack found a sign of a leak on it" not in " ".join([said.sentence, *said.reasons.values()])


def test_where_leaks_bar_everybody_leakage_is_not_said_to_have_counted_for_nothing():
    """Beside "None can be recommended, it lies nearer to a copy" stood that leakage was not weighed."""
    scores = score_rows({"cart": COPY})
    for measure in ("leakage_index", "dcr_share"):
        scores = without(scores, measure, Status.UNDER_POWERED, "100 real rows are too few")
    said = outcome(scores).verdict("share")
    assert said.certainty is Certainty.NONE
    assert said.barred == ("cart",)
    assert not [
        text for text in (said.sentence, *said.further) if "eakage was not weighed" in text or "eakage took no part" in text
    ]


def test_why_leakage_took_no_part_is_said_once():
    """It stood there twice: as what speaks against the first, and as why leakage took no part."""
    like = {name: own for name, own in CANDIDATE_VALUES.items() if name.startswith("autoregressive")}
    scores = score_rows({name: {**own, "dcr_share": 0.5} for name, own in like.items()})
    for measure in ("leakage_index", "dcr_share"):
        scores = without(scores, measure, Status.UNDER_POWERED, "100 real rows are too few to say that nothing leaks")
    said = outcome(scores).verdict()
    everything = " ".join([said.sentence, *said.further])
    assert everything.count("100 real rows are too few") == 1, everything
    assert "Leakage took no part in the verdict: cannot be judged: 100 real rows are too few" in said.sentence


def test_the_reason_of_one_preferred_for_having_no_sign_of_a_leak_is_that():
    """It said that it had the highest weighted score, or a merit, which the other one had as well."""
    said = outcome(score_rows(), candidate_rows()).verdict("train")
    assert said.reasons[said.leader].startswith(
        "Autoregressive net is tied for best and stands first, as no attack found a sign of a leak on it. A model trained on it"
    )


def test_who_was_never_asked_about_a_fault_is_not_put_before_an_equal_one_that_has_it():
    twins = dict.fromkeys(("a", "b"), CANDIDATE_VALUES["cart"])
    controls = {"control:independent": 0.9, "control:train": 0.0, "control:unseen": 0.0}
    for shares, first in (({"a": 0.05}, "a"), ({"a": 0.05, "b": 0.0}, "b")):
        broken = (controls | shares).items()
        rules_of = calibrate(
            scores_frame(
                [Score(name, "rules", "fidelity", share, max(0, share - 0.004), share + 0.004) for name, share in broken]
            )
        )
        said = outcome(pd.concat([score_rows(twins), rules_of], ignore_index=True)).verdict()
        assert (said.leader, len(said.tied_with)) == (first, 1), said.finding


GIVEN = GivenAway("is_canceled", ("reservation_status",))
LITTLE = "says little here: reservation_status alone gives is_canceled away"


@pytest.mark.parametrize("purpose", PURPOSES)
def test_where_a_column_gives_the_target_away_every_clause_about_skill_says_so(purpose):
    made = outcome(all_attacks(CANDIDATE_VALUES), candidate_rows(), given_away=GIVEN)
    said = made.verdict(purpose)
    assert f" (which {LITTLE})" in said.sentence
    assert LITTLE in said.reasons[said.leader]
    assert said.sentence.count("skill") == said.sentence.count("says little here")
    assert made.sentence("cart", "tstr").endswith(f"This {LITTLE}.")
    assert LITTLE not in made.sentence("cart", "pairs")
    assert LITTLE not in made.sentence("control:train", "tstr")


def test_without_such_a_column_or_without_judged_usefulness_it_is_not_said():
    assert "says little" not in outcome(score_rows(), candidate_rows()).verdict("train").sentence
    gone = outcome(without(score_rows(), "tstr", Status.DOES_NOT_APPLY, "the table has no target"), given_away=GIVEN)
    assert "says little" not in " ".join(
        [gone.verdict("train").sentence, *gone.verdict("train").reasons.values(), *gone.doubts.values()]
    )


def test_of_many_columns_three_are_named():
    assert GivenAway("y", ("a", "b")).clause == "says little here: a and b each give y away"
    assert GivenAway("y", ("a", "b", "c", "d")).clause == "says little here: a, b, c and 1 more column each give y away"


def test_every_place_that_praises_usefulness_says_that_a_column_gives_the_target_away():
    """The scale of the card, the use that rests on usefulness, and what is said of who lies behind; nothing of likeness."""
    from synth_ui.comparison.choice.said import moment

    values = {"cart": CANDIDATE_VALUES["cart"], "arf": {**CANDIDATE_VALUES["cart"], "tstr": 0.7}}
    for given in (GIVEN, None):
        made = outcome(all_attacks(values), candidate_rows(), given_away=given)
        said = moment(made, "cart", "balanced")
        words = {figure.family: figure.words for figure in said.figures}
        uses = {use.purpose: use.said for use in (*said.use_for, *said.behind_for, *said.not_for)}
        tried = {one.candidate: one.said for one in said.tried}
        assert ("says little here" in words["utility"]) is (given is not None)
        assert ("says little here" in uses["train"]) is (given is not None), uses
        assert ("says little here" in tried["arf"]) is (given is not None), tried
        assert "says little here" not in words["fidelity"] + uses["explore"]


def test_what_took_no_part_is_said_once_with_every_reason():
    """One candidate failed and the other was never asked: two reasons, one sentence a family."""
    scores = score_rows({"cart": CANDIDATE_VALUES["cart"]})
    own = ~scores["candidate"].astype(str).str.startswith("control")
    scores.loc[own, ["status", "reason"]] = [Status.FAILED, "it ran out of time"]
    scores.loc[own, "value"] = float("nan")
    said = outcome(scores, candidate_rows()).verdict().unjudged
    assert len(said) == len({text.split(" took no part")[0] for text in said}) > 1
    assert all("ran out of time" in text and "of others: " in text for text in said)
