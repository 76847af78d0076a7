"""The slides: the card's words, one script that their policy names, a guess that gives nothing away and holds no real row."""

from __future__ import annotations

import base64
import hashlib
import html
import re

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.score import Status
from synth_ui.core.table import Split, Table
from synth_ui.plots import theme
from synth_ui.reports import quiz
from synth_ui.reports.card import decision_card
from synth_ui.reports.quiz import ROUNDS
from synth_ui.reports.raced import Raced
from synth_ui.reports.slides import Quiz, shown_candidate, slides
from synth_ui.tables.read import read
from synth_ui.tables.split import make_split
from tests.comparison.test_verdict import all_attacks
from tests.race_scores import CANDIDATE_VALUES, CONTROL_VALUES, candidate_rows, outcome, score_rows, without
from tests.reports.test_card import RACED, WHOLE

NOT_THERE = (Status.DOES_NOT_APPLY, "there is no target")
EVIL = "<img src=x onerror=alert(1)>"


def people(n: int = 900, name: str = "age") -> tuple[Table, Split, pd.DataFrame]:
    rng = np.random.default_rng(4)
    age = rng.normal(40, 12, n).round(3)
    frame = pd.DataFrame({
        name: age, "income": (1_000_000 + 37_700.7 * age + rng.normal(0, 90_000, n)).round(4), "job": rng.choice(["clerk", "nurse", "smith"], n),
        "old": np.where(age > 45, "yes", "no"),
    })  # fmt: skip
    frame.loc[3, "job"] = frame.loc[7, "job"] = "archbishop"
    table = read(frame, name="people.csv").table
    split = make_split(table, seed=1)
    made = split.train.frame.sample(frac=1, replace=True, random_state=2).reset_index(drop=True)
    return table, split, made


def written(rounds: list[quiz.Round] | None = None, made: object = WHOLE, **more: object) -> str:
    return slides(made, RACED, Quiz(rounds or []), created="today", **more)  # type: ignore[arg-type]


def words(text: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<(style|script)[^>]*>.*?</\1>|<[^>]+>", " ", text, flags=re.S)))


@pytest.mark.parametrize("purpose", ["balanced", "share"])
def test_they_say_what_the_card_says(purpose: str) -> None:
    card, said = decision_card(WHOLE, RACED, purpose=purpose, created="today"), words(written(purpose=purpose))
    for text in (
        card.headline,
        card.finding,
        card.sentence,
        card.attacks,
        card.limit,
        *card.against[:6],
        *(f.words for f in card.figures),
    ):
        assert text in said
    for use in (*card.use_for, *card.behind_for, *card.not_for):
        assert use.said in said
    for text in (
        "Which synthetic table",
        "4,000 real rows",
        "The contest: 8 candidates, 4 controls",
        "Attacks tried, and what was not tested",
        "abc123",
    ):
        assert text.replace(" real rows", "") in said


def test_their_only_script_is_the_one_their_policy_names_and_nothing_comes_from_outside() -> None:
    text = written()
    scripts = re.findall(r"<script>(.*?)</script>", text, flags=re.S)
    assert len(scripts) == text.count("<script") == 1
    assert f"script-src 'sha256-{base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()}'" in text
    assert "default-src 'none'" in text
    assert not re.search(r"<link|<iframe|@import|url\(|src=|href=|https?://| on[a-z]+=", text)


def test_the_guess_shows_ten_pairs_half_of_them_with_the_real_side_left() -> None:
    _, split, made = people()
    wide = pd.DataFrame({f"c{n}": np.random.default_rng(n).choice(list("abc"), 300) for n in range(6)})
    table = read(wide, name="wide.csv").table
    rounds = quiz.charts(make_split(table, seed=1), table.frame)
    assert len(rounds) == ROUNDS
    assert sum(one.left_is_real for one in rounds) == ROUNDS // 2
    assert [one.left_is_real for one in rounds] != sorted(one.left_is_real for one in rounds)
    assert max(sum(f"c{n}" in one.title for one in rounds) for n in range(6)) <= 4
    assert len(quiz.charts(split, made)) == 6
    assert quiz.charts(split, made, seed=3) == quiz.charts(split, made, seed=3)
    text = written(rounds)
    assert text.count('class="round"') == ROUNDS
    assert text.count('class="side real"') == ROUNDS
    assert Quiz(rounds).solution().count(" A") == ROUNDS // 2


def test_the_strongest_pairs_are_shown_first() -> None:
    _, split, made = people()
    known = pd.DataFrame({"first": ["age", "job"], "second": ["income", "old"], "real": [0.1, -0.8]})
    assert [one.title for one in quiz.charts(split, made, known)] == ["job and old", "age and income"]


def test_no_file_holds_a_real_row_or_names_a_rare_value() -> None:
    """Every number and every rare level of the real rows is looked for, alone and beside its neighbours."""
    _, split, made = people()
    made.loc[:99, "job"] = "archbishop"  # a candidate that makes much of one person
    rounds = quiz.charts(split, made)
    text = words(written(rounds)) + " " + written(rounds)
    for half in (split.train, split.holdout):
        for value in half.frame["income"]:
            assert str(value) not in text
            assert theme.number(value) not in text
    assert not any("<table" in side for one in rounds for side in (one.left, one.right))
    assert "archbishop" not in text
    real = quiz.rows(split, made)
    assert any(theme.number(value) in written(real) for value in split.holdout.frame["income"]), (
        "what is looked for is found where rows are"
    )


def test_cells_of_few_rows_are_empty_on_both_sides() -> None:
    n = 400
    frame = pd.DataFrame({"a": ["x"] * n, "b": ["x"] * n})
    frame.loc[:7, "a"] = "y"
    frame.loc[:191, "b"] = "z"
    frame.loc[200:211, "a"] = "y"
    table = read(frame, name="t.csv").table
    split = Split(table, table, 0, 0.5)
    [one] = quiz.charts(split, table.frame)
    cells = str(one.left).count("<rect")
    assert cells == str(one.right).count("<rect") == 3, "of y there are 8 with z, too few, and 12 with x"


def test_what_a_classifier_scores_stands_beside_the_score_or_that_nobody_asked() -> None:
    name = shown_candidate(WHOLE)
    scored = score_rows(
        {"cart": {**CANDIDATE_VALUES["cart"], "detectability": 0.61}}, measures=("pairs", "tstr", "dcr_share", "detectability")
    )
    _, split, made = people()
    rounds = quiz.charts(split, made)
    with_it = outcome(scored, candidate_rows(list(dict.fromkeys(scored["candidate"]))))
    assert with_it.sentence("cart", "detectability") in words(written(rounds, with_it))
    assert name is not None
    assert "How well a classifier does this was not measured." in words(written(rounds))


def test_without_a_winner_or_without_rounds_they_still_stand() -> None:
    nobody = outcome(without(all_attacks(CANDIDATE_VALUES), "tstr", *NOT_THERE), candidate_rows())
    assert "Can you tell" not in words(written([], nobody))
    empty = words(written([], outcome(score_rows({}), candidate_rows([]))))
    assert "No candidate can be recommended" in empty
    assert "For none of the purposes" in empty


def test_names_of_the_table_are_text() -> None:
    _, split, made = people(name=EVIL)
    raced = Raced(EVIL, 10, [{"name": EVIL, "kind": "number", "role": "sensitive"}], 5, 5, 0, "", {}, {}, (EVIL,))
    text = slides(WHOLE, raced, Quiz(quiz.charts(split, made)), created="today")
    assert "<img" not in text
    assert EVIL in words(text.replace("&lt;", "\x00").replace("&gt;", "\x01")).replace("\x00", "<").replace("\x01", ">")


def test_they_are_about_whom_the_verdict_puts_first_not_about_one_it_bars() -> None:
    """The guess showed rows of a copy in a deck that said to use another."""
    copied = {**CONTROL_VALUES["control:train"], "leakage_index": 6.0, "dcr_share": 0.9}
    other = {**CANDIDATE_VALUES["autoregressive"], "pairs": 0.94, "tstr": 0.6}
    made = outcome(score_rows({"copy": copied, "autoregressive": other}))
    board, said = made.leaderboard("explore"), made.verdict("explore")
    assert board[~board["control"].astype(bool)]["candidate"].iloc[0] == "copy"
    assert said.barred == ("copy",)
    assert shown_candidate(made, "explore") == said.leader == "autoregressive"
