"""Which candidates make a sweep over the privacy budget."""

from __future__ import annotations

import json

import pandas as pd

from synth_ui.comparison.privacy_budgets import SWEEP_COLUMNS, settings_at, sweep


def candidates(*entries: tuple[str, str, dict[str, object], int]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"candidate": name, "generator": generator, "settings": json.dumps(settings), "seed": seed, "status": "done"}
            for name, generator, settings, seed in entries
        ]
    )


def scores(**values: tuple[float, float]) -> pd.DataFrame:
    rows = [
        {
            "candidate": name.replace("_2", "#2"),
            "measure": measure,
            "value": value,
            "low": value,
            "high": value + 0.5,
            "status": "ok",
        }
        for name, pair in values.items()
        for measure, value in zip(("tstr", "leakage_index"), pair, strict=True)
    ]
    return pd.DataFrame(rows)


def test_candidates_that_differ_in_epsilon_alone_are_points_of_one_recipe() -> None:
    entries = candidates(
        ("a", "dp", {"epsilon": 1.0, "bins": 9}, 0),
        ("a#2", "dp", {"epsilon": 1.0, "bins": 9}, 1),
        ("b", "dp", {"epsilon": 0.1, "bins": 9}, 0),
        ("other", "dp", {"epsilon": 3.0, "bins": 50}, 0),
        ("cart", "cart", {"min_leaf": 20}, 0),
    )
    frame = sweep(scores(a=(0.8, 0.2), a_2=(0.9, 0.0), b=(0.5, 0.0), other=(0.95, 0.0), cart=(0.99, 1.0)), entries)
    assert list(frame.columns) == list(SWEEP_COLUMNS)
    assert frame["epsilon"].tolist() == [0.1, 1.0]
    assert frame["candidates"].tolist() == ["b", "a, a#2"]
    assert frame["retained"].round(6).tolist() == [0.5, 0.85]
    assert frame["leakage"].round(6).tolist() == [0.0, 0.1]


def test_a_score_that_cannot_bear_a_verdict_is_left_out() -> None:
    entries = candidates(("a", "dp", {"epsilon": 1.0}, 0), ("b", "dp", {"epsilon": 0.1}, 0))
    weak = scores(a=(0.8, 0.2), b=(0.5, 0.0)).assign(status=["ok", "under-powered"] * 2)
    frame = sweep(weak, entries)
    assert frame["leakage"].isna().all()
    assert frame["retained"].tolist() == [0.5, 0.8]


def test_a_single_budget_is_no_sweep() -> None:
    entries = candidates(("a", "dp", {"epsilon": 1.0}, 0), ("cart", "cart", {}, 0))
    assert sweep(scores(a=(0.8, 0.2), cart=(0.9, 0.1)), entries).empty
    assert sweep(scores(cart=(0.9, 0.1)), entries.iloc[1:]).empty


def test_a_sweep_changes_nothing_but_epsilon() -> None:
    assert settings_at({"epsilon": 2.0, "bins": 9}, (0.1, 1.0)) == [{"epsilon": 0.1, "bins": 9}, {"epsilon": 1.0, "bins": 9}]
