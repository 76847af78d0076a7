"""The benchmark of the public tables: its splits, its measures against other people's code, what it resumes, what it writes."""

from __future__ import annotations

import itertools
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import normalized_mutual_info_score

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "benchmarks"))

import leaderboard  # noqa: E402
from _leaderboard import board, candidates, checks, measures, models, page  # noqa: E402
from _leaderboard.tables import PublicTable, Spec, as_published, cut, shuffled_split  # noqa: E402

SPEC = Spec("made", ("size", "weight"), "kind")
GUESSED = Spec("made", ("size",), "weight", regression=True)


def frame_of(rows: int, seed: int) -> pd.DataFrame:
    """Make a table whose columns depend on each other."""
    rng = np.random.default_rng(seed)
    size = rng.normal(size=rows)
    kind = np.where(size + rng.normal(scale=0.5, size=rows) > 0, "big", "small")
    return pd.DataFrame(
        {
            "size": size,
            "place": rng.choice(["north", "south", "west"], rows),
            "weight": 3 * size + rng.normal(size=rows) + 20,
            "kind": kind,
        }
    )


@pytest.fixture
def table() -> PublicTable:
    return PublicTable("made", SPEC, frame_of(300, 0), frame_of(90, 1))


@pytest.fixture
def made() -> pd.DataFrame:
    return frame_of(300, 2)


# --- splits -----------------------------------------------------------------------------------------------------


def test_a_split_is_the_published_one() -> None:
    places = np.arange(50)
    np.random.RandomState(1234).shuffle(places)
    train, test = shuffled_split(pd.DataFrame({"level": ["a", "b"] * 25}))
    assert train.tolist() == places[:45].tolist()
    assert test.tolist() == places[45:].tolist()


def test_a_split_is_shuffled_further_until_train_has_every_level() -> None:
    places = np.arange(50)
    np.random.RandomState(1234).shuffle(places)
    rare = np.full(50, "usual")
    rare[places[-1]] = "rare"  # among the test rows of the first split
    np.random.RandomState(1235).shuffle(places)
    train, _ = shuffled_split(pd.DataFrame({"level": rare}))
    assert train.tolist() == places[:45].tolist()
    assert "rare" in set(rare[train])


def test_official_rows_are_kept_and_blanks_are_a_level() -> None:
    frame = pd.DataFrame({"size": [1, 2, 3, 4], "place": ["x", "?", None, "y"], "weight": [1, 2, 3, 4], "kind": list("abab")})
    found = cut("made", Spec("made", ("size", "weight"), "kind", first=3), frame)
    assert found.train["place"].tolist() == ["x", "unknown", "unknown"]
    assert found.test["place"].tolist() == ["y"]
    assert found.train["size"].dtype == float


def test_a_header_that_is_a_row_and_rows_with_blanks_are_left_out() -> None:
    frame = frame_of(40, 0).assign(number=np.arange(40))
    frame.loc[5, "weight"] = np.nan
    spec = Spec("made", ("size",), "weight", regression=True, dropped=("number",), headless=True)
    found = cut("made", spec, frame)
    assert (len(found.train), len(found.test)) == (34, 4)
    assert "number" not in found.train
    assert not found.train["size"].isin(frame["size"].iloc[[0, 5]]).any()


def test_drawn_rows_get_the_published_types() -> None:
    like = pd.DataFrame({"flag": [True, False], "month": [1, 2], "size": [0.5, 1.0], "name": ["a", "b"]})
    drawn = pd.DataFrame({"name": ["b", "a"], "flag": ["True", "False"], "month": ["2", "1"], "size": [1, 2]})
    found = as_published(drawn.astype({"name": "category", "size": "Int64"}), like)
    assert found.dtypes.tolist() == like.dtypes.tolist()
    assert found["flag"].tolist() == [True, False]
    with pytest.raises(SystemExit, match="blanks in size"):
        as_published(drawn.assign(size=[1, None]), like)


# --- measures without models ------------------------------------------------------------------------------------


def test_shape_and_trend_are_those_of_sdmetrics(table: PublicTable, made: pd.DataFrame) -> None:
    from sdmetrics.column_pairs import ContingencySimilarity, CorrelationSimilarity
    from sdmetrics.single_column import KSComplement, TVComplement

    real, yard = table.train, measures.Yardstick(table)
    alone = [KSComplement.compute(real[name], made[name]) for name in SPEC.numbers]
    alone += [TVComplement.compute(real[name], made[name]) for name in ("place", "kind")]
    assert measures.shape(yard, made) == pytest.approx(np.mean(alone), abs=1e-9)

    def binned(frame: pd.DataFrame) -> pd.DataFrame:
        tenths = {name: np.digitize(frame[name], np.histogram_bin_edges(frame[name])) for name in SPEC.numbers}
        return frame.assign(**tenths)

    pairs = [CorrelationSimilarity.compute(real[["size", "weight"]], made[["size", "weight"]])]
    for first, second in itertools.combinations(real.columns, 2):
        if {first, second} != {"size", "weight"}:
            pairs.append(ContingencySimilarity.compute(binned(real)[[first, second]], binned(made)[[first, second]]))
    assert measures.trend(yard, made) == pytest.approx(np.mean(pairs), abs=1e-9)


def test_information_is_that_of_scikit_learn(table: PublicTable, made: pd.DataFrame) -> None:
    yard = measures.Yardstick(table)
    made.loc[:20, "size"] = 99.0  # beyond the training rows: a level of its own
    tenths = [np.histogram_bin_edges(table.train[name], bins=10) for name in SPEC.numbers]

    def coded(frame: pd.DataFrame) -> list[Any]:
        numbers = [
            pd.cut(frame[name], edges, include_lowest=True).cat.codes for name, edges in zip(SPEC.numbers, tenths, strict=True)
        ]
        return [*numbers, frame["place"], frame["kind"]]

    real, drawn = (
        np.array([normalized_mutual_info_score(*pair) for pair in itertools.combinations(coded(frame), 2)])
        for frame in (table.train, made)
    )
    expected = 1 - ((real + drawn) * np.abs(real - drawn)).sum() / (real + drawn).sum()
    assert measures.kept_information(yard, made) == pytest.approx(expected, abs=1e-9)


def test_precision_and_recall_by_hand() -> None:
    real = pd.DataFrame({"size": [0.0, 1.0, 2.0, 4.0], "kind": list("aaab"), "weight": 0.0})
    drawn = pd.DataFrame({"size": [0.0, 0.0, 4.0, 4.0], "kind": list("aabb"), "weight": 0.0})
    yard = measures.Yardstick(PublicTable("made", SPEC, real, real))
    precision, recall = measures.precision_and_recall(yard, drawn)
    assert yard.points.tolist() == [[0, 0, 1], [0.25, 0, 1], [0.5, 0, 1], [1, 0, 0]]
    # Points are size/4, weight and the level a; the last column (b) is left out. Distances from the real mean (.4375, 0, .75):
    points, made_points = np.array([[0, 1], [0.25, 1], [0.5, 1], [1, 0]]), np.array([[0, 1], [0, 1], [1, 0], [1, 0]])
    levels = np.linspace(0, 1, 30)
    radii = np.quantile(np.linalg.norm(points - points.mean(0), axis=1), levels)
    far = np.linalg.norm(made_points - points.mean(0), axis=1)
    assert precision == pytest.approx(1 - sum(abs(a - (far <= r).mean()) for a, r in zip(levels, radii, strict=True)) / 15)
    # Rows 1, 2 and 4 have a drawn row no farther than another real one (0, .25 and 0); row 3 has one at .5, a real one at .25. All
    # nearest drawn rows are equally far from the drawn mean, so no ball leaves one out.
    assert recall == pytest.approx(1 - sum(abs(a - 0.75) for a in levels) / 15)


def test_rows_as_many_as_there_are_are_compared(table: PublicTable) -> None:
    precision, recall = measures.precision_and_recall(measures.Yardstick(table), table.test)
    assert precision > 0.8
    assert 0.3 < recall < 0.7


def test_nearness_by_hand() -> None:
    real = pd.DataFrame({"size": [0.0, 2.0], "weight": [0.0, 10.0], "kind": ["a", "b"]})
    yard = measures.Yardstick(PublicTable("made", SPEC, real, real))
    asked = pd.DataFrame({"size": [0.0, 2.0, 5.0], "weight": [0.0, 10.0, 10.0], "kind": ["a", "a", "b"]})
    assert yard.distance(asked).tolist() == [0.0, 2.0, 3.0]  # z-scores: a unit of size is 1, of weight 5


def test_nearness_leaves_categories_out_where_a_table_has_a_clock() -> None:
    real = pd.DataFrame({"size": [0.0, 2.0], "weight": [0.0, 10.0], "kind": ["a", "b"]}).assign(year=1, month=1, day=1, hour=1)
    yard = measures.Yardstick(PublicTable("made", SPEC, real, real))
    assert yard.distance(real.assign(kind="c", month=[7, 8])).tolist() == [0.0, 0.0]


def test_copies_are_nearer_than_test_rows(table: PublicTable) -> None:
    yard = measures.Yardstick(table)
    assert measures.near_shares(yard, table.train) == [100.0, 100.0]
    assert measures.near_shares(yard, table.test) == pytest.approx([2.2, 5.6], abs=0.1)


# --- measures with models ---------------------------------------------------------------------------------------


def test_features_keep_the_first_span_as_the_published_code_does() -> None:
    features = models.PublishedFeatures(SPEC)
    rows = pd.DataFrame({"size": [10.0, 2_000.0], "kind": ["a", "b"], "weight": [-5.0, 0.0]})
    assert features(rows) == pytest.approx(np.log([[10, 0.01], [2_000, 0.01]]), abs=1e-4)  # the second number is damaged
    rows = pd.DataFrame({"size": [0.0, 4.0], "kind": ["a", "b"], "weight": [2.0, 3.0]})
    features = models.PublishedFeatures(SPEC)
    # A least value of 0 is taken for none: the first column is scaled by its own span, the second from 2 to 4.
    assert features(rows) == pytest.approx(np.array([[0, 0], [5, 2.5]]))
    assert features(rows.iloc[:1]) == pytest.approx(np.array([[-5, 0]]))  # and the first column of further rows by the second's


def test_a_logistic_model_tells_as_that_of_sdmetrics(table: PublicTable, made: pd.DataFrame) -> None:
    pytest.importorskip("xgboost", reason="it comes with the extra `benchmarks`")
    from sdmetrics.single_table import LogisticDetection

    shifted = made.assign(size=made["size"] + 0.5)
    np.random.seed(3)
    expected = LogisticDetection.compute(
        table.train[["size", "weight", "place", "kind"]], shifted[["size", "weight", "place", "kind"]]
    )
    logistic, boosted = models.told_from_train(table, shifted, 3)
    assert logistic == pytest.approx(expected, abs=1e-9)
    assert 0 <= boosted < 0.9
    assert models.told_from_train(table, table.train, 3)[1] > 0.95  # a copy is not told


def test_a_gap_has_a_marginal_and_a_dependency_part(table: PublicTable) -> None:
    pytest.importorskip("xgboost", reason="it comes with the extra `benchmarks`")
    floor = models.gap_to_test(table, candidates.independent_columns(table, 0), 0)
    assert floor.full > 0.8
    assert floor.marginal < 0.65
    assert floor.dependency == floor.full - floor.marginal
    shifted = models.gap_to_test(table, table.train.assign(weight=0.0), 0)
    assert shifted.marginal > 0.95


def test_the_beginning_of_many_trees_is_few_trees(table: PublicTable, made: pd.DataFrame) -> None:
    xgboost = pytest.importorskip("xgboost", reason="it comes with the extra `benchmarks`")
    features, truth = made[["size", "weight"]].to_numpy(), (made["kind"] == "big").to_numpy(int)
    model, rounds = next(models._grown("binary:logistic", features, truth))
    few = xgboost.XGBClassifier(n_estimators=rounds, max_depth=5, min_child_weight=1, gamma=0.0, tree_method="hist", n_jobs=1)
    few.fit(features, truth)
    assert models._said(model, features, rounds) == pytest.approx(few.predict_proba(features)[:, 1], abs=1e-7)


def test_usefulness_is_high_for_real_rows_and_nothing_for_independent_columns(table: PublicTable, made: pd.DataFrame) -> None:
    pytest.importorskip("xgboost", reason="it comes with the extra `benchmarks`")
    assert models.usefulness(table, made, 0) > 0.8
    assert models.usefulness(table, candidates.independent_columns(table, 0), 0) < 0.75
    number = PublicTable("made", GUESSED, table.train, table.test)
    assert models.usefulness(number, made, 0) < 0.15 < models.usefulness(number, candidates.independent_columns(number, 0), 0)
    assert models.usefulness(table, made.assign(kind="big"), 0) == 0.5


# --- candidates -------------------------------------------------------------------------------------------------


def test_independent_columns_keep_margins_and_no_relationship(table: PublicTable) -> None:
    drawn = candidates.independent_columns(table, 0)
    assert abs(drawn["size"].corr(drawn["weight"])) < 0.2 < table.train["size"].corr(table.train["weight"])
    assert measures.shape(measures.Yardstick(table), drawn) > 0.93
    assert candidates.independent_columns(table, 0).equals(drawn)
    assert not candidates.independent_columns(table, 1).equals(drawn)


def test_our_independent_generator_keeps_no_column_that_another_determines(table: PublicTable) -> None:
    names = table.train["place"].map({"north": "N", "south": "S", "west": "W"})
    doubled = PublicTable("made", SPEC, table.train.assign(initial=names), table.test)
    rows = candidates.rows_of("independent", doubled, 0)
    assert rows.cpu is not None
    assert normalized_mutual_info_score(rows.frame["place"], rows.frame["initial"]) < 0.05


def test_a_fingerprint_sees_code_and_not_comments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "synth_ui" / "generators"
    folder.mkdir(parents=True)
    (folder / "one.py").write_text("from synth_ui.generators import other\nfrom synth_ui.core import context\n")
    (folder / "other.py").write_text("x = 1\n")
    monkeypatch.setattr(candidates, "ROOT", tmp_path)
    before = candidates.fingerprint("synth_ui.generators.one")
    (folder / "other.py").write_text('"""What."""\n# why\nx   =   1\n')
    assert candidates.fingerprint("synth_ui.generators.one") == before
    (folder / "other.py").write_text("x = 2\n")
    assert candidates.fingerprint("synth_ui.generators.one") != before


def test_settings_and_package_versions_are_part_of_what_was_measured() -> None:
    assert candidates.identity("cart")["settings"]["min_leaf"]
    assert candidates.identity("cart")["code"] != candidates.identity("independent")["code"]
    assert "sdv" in candidates.identity("sdv_tvae")["code"]


def test_a_peer_in_a_python_of_its_own_gets_the_training_rows(
    table: PublicTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "mostlyai" / "engine"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(
        "class TabularARGN:\n"
        "    def __init__(self, random_state, verbose): self.seed = random_state\n"
        "    def fit(self, rows): self.rows = rows\n"
        "    def sample(self, n_samples): return self.rows.sample(n_samples, random_state=self.seed)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    made = candidates.rows_of("mostlyai-engine", table, 3)
    assert made.frame["size"].tolist() == pytest.approx(table.train["size"].sample(300, random_state=3).tolist())
    assert made.frame.dtypes.tolist() == table.train.dtypes.tolist()
    assert made.cpu is not None
    (package / "__init__.py").write_text("raise RuntimeError('no such thing')\n")
    with pytest.raises(SystemExit, match="failed on made: RuntimeError: no such thing"):
        candidates.rows_of("mostlyai-engine", table, 3)


def test_a_peer_that_is_not_there_is_said_before_anything_is_measured(tmp_path: Path) -> None:
    assert "not installed" in candidates.missing("mostlyai-engine", str(tmp_path / "python"))
    assert candidates.missing("tvae") == ""


# --- the file of results ----------------------------------------------------------------------------------------


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[Any, list[tuple[str, int]]]:
    """Return options of a run, and the list of what it measures, with everything costly made up."""
    import argparse

    calls: list[tuple[str, int]] = []

    def measure(yard: Any, key: str, seed: int, python: str) -> dict[str, Any]:
        calls.append((key, seed))
        return {"scores": {"shape": 0.9 + seed / 100}, "wall": 1.0, "cpu": 1.0, "scoring_cpu": 1.0}

    monkeypatch.setattr(leaderboard, "measure", measure)
    monkeypatch.setattr(leaderboard, "load", lambda folder, name: PublicTable(name, SPEC, frame_of(20, 0), frame_of(9, 1)))
    monkeypatch.setattr(
        leaderboard, "circumstances", lambda: {"commit": "abc", "hardware": "made", "xgboost": "3", "when": "2026-01-01"}
    )
    options = argparse.Namespace(
        data=tmp_path, out=tmp_path / "out.jsonl", seeds=2, chosen=["floor", "cart"], tables=["adult"], python="python"
    )
    return options, calls


def test_a_killed_run_goes_on_where_it_ended(measured: tuple[Any, list[tuple[str, int]]]) -> None:
    options, calls = measured
    leaderboard.run(options)
    assert calls == [("floor", 0), ("cart", 0), ("floor", 1), ("cart", 1)]
    calls.clear()
    leaderboard.run(options)
    assert calls == []
    text = options.out.read_text()
    options.out.write_text(text[:-20])  # killed while the last line was written
    leaderboard.run(options)
    assert calls == [("cart", 1)]
    assert options.out.read_text() == text


def test_what_changed_is_measured_again(measured: tuple[Any, list[tuple[str, int]]], monkeypatch: pytest.MonkeyPatch) -> None:
    options, calls = measured
    leaderboard.run(options)
    calls.clear()
    monkeypatch.setattr(candidates, "fingerprint", lambda module: "another")
    leaderboard.run(options)
    assert calls == [("cart", 0), ("cart", 1)]
    calls.clear()
    monkeypatch.setattr(leaderboard, "PROTOCOL", leaderboard.PROTOCOL + 1)
    leaderboard.run(options)
    assert len(calls) == 4


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text('{"a": 1}\nnothing\n{"a": 2}\n')
    with pytest.raises(SystemExit, match="Line 2"):
        leaderboard.results(path)


# --- the page ---------------------------------------------------------------------------------------------------


def result(candidate: str, seed: int, code: str = "1", **scores: float) -> dict[str, Any]:
    """Make up a result on magic."""
    return {
        "table": "magic", "candidate": candidate, "seed": seed, "protocol": 1, "settings": {}, "code": code, "scores": scores,
        "wall": 12.0, "cpu": 9.0, "commit": "abc", "hardware": "made", "xgboost": "3", "when": "2026-01-01",
    }  # fmt: skip


@pytest.fixture
def published(tmp_path: Path) -> board.Published:
    """Write made-up published figures, the same in every measure."""
    for file in [*(file for _, _, file in board.MEASURES.values()), "training_time"]:
        rows = "FullyFactorizedPreprocessed,magic,0.8000,0.0010\nTabSyn,magic,0.9100,0.0020\nTabDiff,magic,0.9000,\n"
        (tmp_path / f"{file}.csv").write_text("method,dataset,mean,std\n" + rows)
    return board.Published(tmp_path)


def test_the_page_shows_means_spreads_runs_and_the_best(published: board.Published) -> None:
    rows = [
        result("autoregressive", seed, shape=0.93 + seed / 50, trend=0.5, gap_full=0.52, gap_marginal=0.51, gap_dependency=0.01)
        for seed in (0, 1)
    ]
    rows = [result("autoregressive", 0, code="old", shape=0.1), *rows, result("training rows", 0, shape=1.0, gap_full=0.508)]
    text = page.page(board.Board(rows), published)
    assert "| `autoregressive` | **.9400 ± .0141** | .5000 ± .0000 |" in text  # the result of the old code does not count
    assert "| TabSyn, published | .9100 ± .0020 | **.9100 ± .0020** |" in text
    assert "| *training rows, copied* | 1.0000 |" in text  # known rows are never the best
    assert "9 CPU, 12 wall | 2 |" in text
    assert "**.520 ± .000** (.510, .010)" in text
    assert "in 1 of 2 cells" in text
    assert "Trend on magic (.5000; TabSyn, published .9100)" in text


def test_a_check_fails_where_the_floor_is_another(published: board.Published) -> None:
    rows = [result("floor", 0, shape=0.8049, trend=0.8051, nmi=0.802, dcr002=1.29)]
    found = checks.floor_checks(board.Board(rows), published, "floor")
    assert [(check.what, check.holds) for check in found] == [
        ("Shape", True),
        ("Trend", False),
        ("wNMI", True),
        ("nearer than 2 %", True),
    ]
    assert checks.count(found) == "3 of 4 within .005; not reproduced: Trend on magic (+.0051 ✗)."
    wide = checks.Check("MLE", "magic", 0.52, board.Figure(0.5, 0.01), 3)
    assert not wide.holds
    assert wide.by_chance


def test_real_rows_are_held_against_published_ones() -> None:
    measured = board.Board([result("training rows", 0, mle=0.9464, gap_full=0.5377)])
    assert [(check.what, check.holds) for check in checks.real_checks(measured)] == [
        ("MLE", True),
        ("AUC against test rows", False),
    ]


def test_page_and_readme_are_written_from_the_results(published: board.Published, tmp_path: Path) -> None:
    readme, target = tmp_path / "README.md", tmp_path / "page.md"
    readme.write_text(f"before\n\n{page.START}\nold\n{page.END}\n\nafter\n")
    rows = [result("autoregressive", 0, gap_full=0.523), result("floor", 0, gap_full=0.994)]
    page.write(rows, published, target, readme)
    text = readme.read_text()
    assert text.startswith("before\n\n<!--")
    assert text.endswith("-->\n\nafter\n")
    assert "old" not in text
    assert "| `autoregressive`, default settings |  |  |  | .523 |  |" in text
    assert _block(text) == _block(target.read_text())
    with pytest.raises(SystemExit, match="none of this protocol"):
        page.write([], published, target, readme)


def _block(text: str) -> str:
    return text.split(page.START)[1].split(page.END)[0].replace("](docs/leaderboard.md)", "](leaderboard.md)")


def test_the_readme_says_what_the_page_says() -> None:
    assert _block((ROOT / "README.md").read_text(encoding="utf-8")) == _block(
        (ROOT / "docs" / "leaderboard.md").read_text(encoding="utf-8")
    )


def test_results_are_plain_lines(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text(json.dumps(result("floor", 0, shape=0.8)) + "\n")
    assert leaderboard.results(path)[0]["scores"] == {"shape": 0.8}
    assert leaderboard.results(tmp_path / "none.jsonl") == []
