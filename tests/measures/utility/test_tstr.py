"""Train on synthetic, test on real: against scikit-learn's own numbers and known candidates."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, f1_score, r2_score, roc_auc_score

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.table import Kind, Split, Table
from synth_ui.jobs.runs.split_values import StoredShared
from synth_ui.measures._task import MODELS, target_models, train
from synth_ui.measures.case import Shared
from synth_ui.measures.utility import _skill, tstr
from synth_ui.measures.utility._skill import kept_skill, skills, training_variance
from synth_ui.measures.utility.tstr import Tstr
from synth_ui.store.workspace import Workspace
from tests.measures.made import adult, case_of, flipped, independent, measured, split_of

MIXED = {"x": Kind.NUMBER, "group": Kind.CATEGORY, "y": Kind.NUMBER}


def _regression(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x, group = rng.normal(size=n), rng.choice(list("abc"), n)
    return pd.DataFrame({"x": x, "group": group, "y": 3 * x + 4 * (group == "a") + rng.normal(size=n)})


def _classes(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    kind = np.array(["low", "middle", "high"], dtype=object)[np.digitize(x + rng.normal(0, 0.7, n), [-0.7, 0.7])]
    return pd.DataFrame({"x": x, "noise": rng.normal(size=n), "kind": kind})


def test_training_rows_keep_all_skill() -> None:
    split = adult()
    headline = measured(Tstr(), split, split.train.frame.sample(frac=1, random_state=1)).headline
    assert headline.value == 1.0
    assert headline.low < 1.0 < headline.high, "other real rows would give another number"  # type: ignore[operator]
    assert headline.high - headline.low < 0.1  # type: ignore[operator]


def test_the_spread_of_another_training_is_that_of_fresh_training_rows() -> None:
    """The variance read off halves of train is, on average, that over models trained on disjoint real rows."""
    whole = adult(48_842)
    rows = np.random.default_rng(0).permutation(len(whole.train))
    found, claimed = [], []
    for part in range(6):
        split = type(whole)(whole.train.rows(rows[part * 2_000 : (part + 1) * 2_000]), whole.holdout.rows(np.arange(6_000)))
        case = case_of(split, split.train.frame)
        models = target_models(case, Context(seed=0))
        claimed.append(training_variance(case, Context(seed=0), models, MODELS[0], 50_000))
        found.append(skills(models.task, models.task.truth(models.test), models.real)[MODELS[0]].value)
    assert 0.5 < np.sqrt(np.mean(claimed)) / np.std(found, ddof=1) < 2


def test_of_very_many_tested_rows_some_tell_how_much_the_choice_of_training_rows_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    def variance(split: Split) -> tuple[float, list[int]]:
        asked: list[int] = []

        def spied(task, frame, hashes, test, *rest, **more):  # type: ignore[no-untyped-def]
            asked.append(len(test))
            return train(task, frame, hashes, test, *rest, **more)

        case = case_of(split, split.train.frame)
        models = target_models(case, Context(seed=0))
        monkeypatch.setattr(_skill, "train", spied)
        return training_variance(case, Context(seed=0), models, MODELS[0], 50_000), asked

    split = adult(4_000)
    whole, asked = variance(split)
    assert set(asked) == {len(split.holdout)}
    monkeypatch.setattr(_skill, "MOST_ASKED", 1_000)
    monkeypatch.setattr(_skill, "FEW_ASKED", 800)
    few, asked = variance(split)
    assert set(asked) == {800}
    assert 0.5 < np.sqrt(few / whole) < 2
    order = np.random.default_rng(0).permutation(len(split.holdout))
    turned = Split(split.train, Table(split.holdout.frame.iloc[order].reset_index(drop=True), split.schema, "turned"))
    assert variance(turned)[0] == pytest.approx(few)


def test_of_very_many_unseen_rows_it_is_said_how_many_are_tested(monkeypatch: pytest.MonkeyPatch) -> None:
    split = adult(2_000)
    assert "tested on" not in measured(Tstr(), split, split.train.frame).note
    for name, value in {"MOST_ASKED": 900, "FEW_ASKED": 800}.items():
        for module in (_skill, tstr):
            monkeypatch.setattr(module, name, value)
    said = measured(Tstr(), split, split.train.frame).note
    rows = len(split.holdout)
    assert said.endswith(
        f"tested on {rows:,} of {rows:,} unseen rows, of which 800 tell what other training rows would change; the interval holds both"
    )


def test_the_numbers_are_scikit_learns() -> None:
    split = adult()
    measurement = measured(Tstr(), split, flipped(split.train.frame, 0.3))
    predictions, parts = measurement.detail["predictions"], measurement.parts
    true, score = predictions["true"], predictions["score"]
    assert parts["auc"].value == pytest.approx(roc_auc_score(true, score))
    assert parts["average_precision"].value == pytest.approx(average_precision_score(true, score))
    assert parts["brier"].value == pytest.approx(brier_score_loss(true, score))
    assert parts["f1"].value == pytest.approx(f1_score(true, score > 0.5, average="macro"))
    assert parts["retained"].value == pytest.approx((parts["auc"].value - 0.5) / (parts["real_auc"].value - 0.5))


def test_more_redrawn_cells_keep_less_skill() -> None:
    split = adult()
    shared = Shared(split)
    kept = [measured(Tstr(), split, flipped(split.train.frame, share), shared).headline.value for share in (0, 0.3, 0.6, 0.8)]
    assert kept == sorted(kept, reverse=True)
    assert measured(Tstr(), split, independent(split.train.frame), shared).headline.value < 0.35


def test_the_published_figures_on_the_census_table() -> None:
    """Adult, 24,421 rows on each side: .9245 when trained on real rows, .917 with a tenth of the cells redrawn."""
    split = adult(48_842)
    parts = measured(Tstr(), split, flipped(split.train.frame, 0.1)).parts
    assert parts["real_auc"].value == pytest.approx(0.9245, abs=0.01)
    assert parts["auc"].value == pytest.approx(0.917, abs=0.01)


def test_the_interval_is_paired() -> None:
    """Two models judged on the same rows differ by less than their own errors suggest."""
    split = adult()
    measurement = measured(Tstr(), split, flipped(split.train.frame, 0.1))
    area, real = measurement.parts["auc"], measurement.parts["real_auc"]
    unpaired = np.hypot(area.value - area.low, real.value - real.low) / (real.value - 0.5)  # type: ignore[operator]
    models = target_models(case_of(split, flipped(split.train.frame, 0.1)), Context(seed=0))
    truth = models.task.truth(models.test)
    kept = kept_skill(*(skills(models.task, truth, trained)[MODELS[0]] for trained in (models.real, models.made)))
    assert kept.value == pytest.approx(measurement.headline.value, abs=0.02)
    assert 0 < 1.96 * kept.error < 0.8 * unpaired


def test_a_number_is_predicted_by_regression() -> None:
    split = split_of(_regression(900, 0), _regression(900, 1), MIXED, "y")
    made = _regression(900, 2)
    measurement = measured(Tstr(), split, made)
    predictions = measurement.detail["predictions"]
    assert measurement.parts["r2"].value == pytest.approx(r2_score(predictions["true"], predictions["score"]))
    rmse = np.sqrt(np.mean((predictions["true"] - predictions["score"]) ** 2)) / predictions["true"].std(ddof=0)
    assert measurement.parts["rmse"].value == pytest.approx(rmse)
    assert measurement.headline.value == pytest.approx(1.0, abs=0.05)
    assert "linear" in measurement.note, "the truth is linear, so that model is the better one"
    assert measurement.detail["scatter"].groupby("trained_on")["rows"].sum().tolist() == [900, 900]
    shuffled = made.assign(y=np.random.default_rng(3).permutation(made["y"]))
    assert measured(Tstr(), split, shuffled).headline.value < 0.1


def test_three_classes_are_scored_one_against_the_rest() -> None:
    kinds = {"x": Kind.NUMBER, "noise": Kind.NUMBER, "kind": Kind.CATEGORY}
    split = split_of(_classes(900, 0), _classes(900, 1), kinds, "kind")
    measurement = measured(Tstr(), split, _classes(900, 2))
    classes = measurement.detail["classes"]
    assert set(classes["class"]) == {"low", "middle", "high"}
    assert measurement.parts["auc"].value == pytest.approx(classes["auc_synthetic"].mean())
    assert classes["rows"].sum() == 900
    roc = measurement.detail["roc"]
    assert set(roc["trained_on"]) == {"real", "synthetic"}
    assert roc.groupby(["model", "trained_on", "class"])["true_positive_rate"].max().eq(1).all()


def test_a_candidate_with_one_class_only_guesses() -> None:
    split = adult(2_000)
    frame = split.train.frame
    target = split.schema.target
    assert target is not None
    made = frame[frame[target.name] == frame[target.name].iloc[0]]
    measurement = measured(Tstr(), split, made)
    assert measurement.parts["auc"].value == 0.5
    assert measurement.headline.value == pytest.approx(0.0)
    assert "trts_auc" not in measurement.parts


def test_without_a_target_it_does_not_apply() -> None:
    split = adult(1_000)
    schema = split.schema.with_target(None)
    bare = Split(Table(split.train.frame, schema), Table(split.holdout.frame, schema))
    with pytest.raises(DoesNotApply, match="no target"):
        measured(Tstr(), bare, split.train.frame)


def test_a_target_nothing_tells_about_has_no_skill_to_keep() -> None:
    rng = np.random.default_rng(0)
    frames = [pd.DataFrame({"x": rng.normal(size=300), "y": rng.choice(["a", "b"], 300)}) for _ in range(3)]
    split = split_of(frames[0], frames[1], {"x": Kind.NUMBER, "y": Kind.CATEGORY}, "y")
    with pytest.raises(DoesNotApply, match="better than guessing"):
        measured(Tstr(), split, frames[2])


def test_levels_of_the_target_the_real_table_lacks_are_left_out() -> None:
    split = adult(2_000)
    target = split.schema.target
    assert target is not None
    made = split.train.frame.astype({target.name: object})
    made.loc[:49, target.name] = "unheard of"
    assert 0.8 < measured(Tstr(), split, made).headline.value <= 1.1


def test_the_reference_model_is_trained_once_for_all_processes(tmp_path: Path) -> None:
    split = adult(2_000)
    made = flipped(split.train.frame, 0.2)
    first = measured(Tstr(), split, made, StoredShared(split, workspace=Workspace.open(tmp_path)))
    left = {file.name: file.stat().st_mtime_ns for file in (tmp_path / "cache").glob("*.pickle")}
    assert len(left) == 3, "the two models, and how much another training would change them"
    second = measured(Tstr(), split, made, StoredShared(split, workspace=Workspace.open(tmp_path)))
    assert first.headline == second.headline
    assert {file.name: file.stat().st_mtime_ns for file in (tmp_path / "cache").glob("*.pickle")} == left


def test_no_more_rows_are_learned_from_than_allowed() -> None:
    split = adult()
    measurement = measured(Tstr(rows=1_000), split, split.train.frame)
    assert "at most 1,000 rows" in measurement.note
    assert measurement.headline.value == 1.0
