"""The report: one file that asks nothing of the network, holds no real row, and shows hostile names as text."""

import json
import re
from collections import Counter
from html.parser import HTMLParser

import pandas as pd
import pytest

from synth_ui.comparison.choice.choose import choose
from synth_ui.comparison.purposes import PURPOSES
from synth_ui.core.budget import Ledger
from synth_ui.core.errors import SettingError
from synth_ui.core.score import Status
from synth_ui.reports import svg
from synth_ui.reports.card import decision_card
from synth_ui.reports.html import CHAPTERS, html_report
from synth_ui.reports.pictures import without_rare
from synth_ui.reports.raced import Raced
from tests import detail_frames
from tests.race_scores import CANDIDATE_VALUES, CONTROL_VALUES, candidate_rows, outcome, score_rows, without

HOSTILE = "<script>alert(1)</script>\" onload='x' ![a](http://host/p.png) {{ 7*7 }} & `x`"
MANY = ("pairs", "margins", "detectability", "tstr", "leakage_index", "dcr_share", "membership", "copies")
VOID = {"meta", "line", "circle", "rect", "path", "br", "link", "img"}


def details(candidate, column="age"):
    frames = {
        ("margins", "columns"): detail_frames.columns().assign(column=[column, "b", "c"]),
        ("margins", "bins"): pd.concat([detail_frames.bins(column), detail_frames.bins("b"), detail_frames.bins("c", "category")]),
        ("dependence", "associations"): detail_frames.associations().replace({"a": column}),
        ("tstr", "roc"): detail_frames.roc(), ("dcr_share", "distances"): detail_frames.distances(),
        ("copies", "kinds"): detail_frames.kinds().assign(column=[column, ""]),
    }  # fmt: skip
    return {(candidate, *key): frame for key, frame in frames.items()}


def result(scores=None, **more):
    scores = score_rows() if scores is None else scores
    listed = candidate_rows(list(dict.fromkeys(scores["candidate"])))
    return {
        "table": {"name": "people", "rows": 48842, "columns": [{"name": "age", "kind": "integer", "role": "feature"}]},
        "split": {"train": 24421, "holdout": 24421, "seed": 7},
        "candidates": listed,
        "scores": scores,
        **more,
    }


def given_outcome(given):
    frames = given.get("details") or {}
    return outcome(given["scores"], given["candidates"], lambda *key: frames.get(key))


def report(given, *, created=None, purpose=None):
    table, split, ledgers = given["table"], given["split"], given.get("ledgers", {})
    raced = Raced(table["name"], table["rows"], table["columns"], **split, versions=given.get("versions", {}), ledgers=ledgers)
    return html_report(given_outcome(given), raced, title=given.get("title"), created=created, purpose=purpose)


class Reader(HTMLParser):
    """Collects what a browser would see, and fails on tags left open."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.words, self.ids = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] != "style":
            self.words.append(data)


def read(html):
    reader = Reader()
    reader.feed(html)
    assert reader.open == []
    return reader, " ".join(" ".join(reader.words).split())


def test_it_says_the_verdict_the_scores_and_how_it_came_about():
    html = report(result(details=details("cart"), versions={"numpy": "2.4"}), created="2026-01-02", purpose="train")
    _, words = read(html)
    said = outcome(score_rows(), candidate_rows()).verdict("train")
    for text in (
        said.sentence,
        *said.further,
        "Autoregressive net and CART are tied for best",
        "48,842 real rows",
        "24,421 unseen rows",
        "2026-01-02",
    ):
        assert text in words
    for text in (
        "Looks real",
        "Is useful",
        "Leaks little",
        "A tenth of the cells redrawn",
        "Share outside",
        "numpy 2.4",
        "seed 7",
        "cart#2",
    ):
        assert text in words
    assert "Why not the others" in words
    assert said.why_not("sdv_ctgan") in words


def test_it_needs_nothing_from_outside_and_no_script():
    html = report(result(details=details("cart")), purpose="train")
    reader, _ = read(html)
    assert not {"script", "link", "iframe", "img", "object"} & {tag for tag, _ in reader.tags}
    for tag, attributes in reader.tags:
        assert not {"src", "href", "srcset", "xlink:href"} & set(attributes), tag
        assert not [name for name in attributes if name.startswith("on")], tag
    assert "url(" not in html
    assert "@import" not in html
    assert len(html) < 500_000


def test_light_dark_print_and_phones_are_provided_for():
    html = report(result())
    for rule in ("prefers-color-scheme: dark", "@media print", "max-width: 640px", 'name="viewport"', 'lang="en"'):
        assert rule in html


def test_hostile_names_are_text():
    scores = score_rows({f"file:{HOSTILE}": CANDIDATE_VALUES["bayes_net"]})
    given = result(scores, details=details(f"file:{HOSTILE}", HOSTILE), title=HOSTILE)
    given["table"]["columns"][0]["name"] = HOSTILE
    last = given["candidates"].index[-1]
    given["candidates"].at[last, "settings"] = json.dumps({HOSTILE: HOSTILE})
    given["candidates"].at[last, "reason"] = HOSTILE
    reader, words = read(report(given, purpose="train"))
    assert "script" not in {tag for tag, _ in reader.tags}
    assert not any(name.startswith("on") for _, attributes in reader.tags for name in attributes)
    assert "<script>alert(1)</script>" in words
    assert "{{ 7*7 }}" in words


def test_each_track_says_its_score_in_words():
    reader, _ = read(report(result()))
    labels = [attributes["aria-label"] for tag, attributes in reader.tags if tag == "svg" and "aria-label" in attributes]
    assert len(labels) == 3 * (len(CONTROL_VALUES) + 8 + 1)  # of all, and of the one the first page is about
    assert any(label.startswith("Looks real: 97% of the way from shuffled columns to real rows, value 0.983") for label in labels)


def test_the_details_of_the_best_and_the_tied_are_shown():
    frames = details("cart") | details("autoregressive")
    reader, words = read(report(result(details=frames), purpose="train"))
    assert "CART, looked at closely" in words
    assert "Autoregressive net, looked at closely" in words
    assert "b is the column that differs most" in words
    assert "Trained on synthetic rows the model reaches AUC" in words
    assert len(reader.ids) == len(set(reader.ids))


def test_levels_of_few_rows_are_not_named():
    bins = detail_frames.bins("job", "category").assign(real_share=[0.9, 0.0004, 0.05, 0.05])
    shown = without_rare(bins, 10_000)
    assert "b" not in set(shown["bin"])
    assert "levels of fewer than 10 rows" in set(shown["bin"])
    assert shown["real_share"].sum() == pytest.approx(bins["real_share"].sum())
    assert shown["synthetic_share"].sum() == pytest.approx(bins["synthetic_share"].sum())
    assert "b" in set(without_rare(bins, 100_000)["bin"])


def test_a_level_of_one_person_does_not_reach_the_report():
    frames = details("cart")
    frames["cart", "margins", "columns"] = frames["cart", "margins", "columns"].assign(kind=["integer", "integer", "category"])
    rare = detail_frames.bins("c", "category").assign(
        bin=["a", "The one archbishop", "other levels", "blank"], real_share=[0.9, 1 / 24421, 0.05, 0.05]
    )
    frames["cart", "margins", "bins"] = pd.concat([detail_frames.bins("age"), detail_frames.bins("b"), rare])
    html = report(result(details=frames), purpose="train")
    assert "levels of fewer than 10 rows" in html
    assert "The one" not in html


def test_where_a_file_lay_is_not_told():
    given = result()
    given["candidates"].at[given["candidates"].index[-1], "settings"] = '{"path": "/secret/folder/made.csv"}'
    html = report(given)
    assert "/secret" not in html
    assert "made.csv" in html


def test_predictions_do_not_reach_the_report():
    frame = pd.DataFrame({"row": range(3), "true": ["real-value-1", "real-value-2", "real-value-1"], "score": [0.1, 0.9, 0.5]})
    frames = {(name, "tstr", "predictions"): frame for name in ("cart", "arf")}
    assert "real-value" not in report(result(details=frames))


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        (score_rows({}), "No candidate can be recommended"),
        (without(score_rows(), "tstr", Status.DOES_NOT_APPLY, "the table has no target"), "the table has no target"),
        (without(score_rows(), "tstr", Status.FAILED, "out of memory", "arf"), "out of memory"),
        (score_rows({"cart": CANDIDATE_VALUES["cart"]}, controls={}), "No candidate can be recommended"),
    ],
    ids=["controls only", "no target", "one failed", "no controls"],
)  # fmt: skip
def test_what_is_missing_is_said(scores, said):
    _, words = read(report(result(scores)))
    assert said in words


def test_everything_is_computed_once(monkeypatch):
    """A report of many candidates computes one leaderboard and one verdict per purpose."""
    from synth_ui.comparison import leaderboard, outcome
    from synth_ui.comparison.verdict import leaks, sentences

    counts = Counter()
    for module, name in ((leaderboard, "rows_of"), (leaderboard, "ranked"), (leaks, "leaks"), (sentences, "decide")):
        plain = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *given, plain=plain, name=name: counts.update([name]) or plain(*given))
    report(result(details=details("cart")), purpose="train")
    assert counts == {"rows_of": 1, "leaks": 1, "ranked": len(PURPOSES), "decide": len(PURPOSES)}
    assert outcome.leaderboard is leaderboard


def test_nothing_promises_what_it_cannot():
    _, words = read(report(result(details=details("cart")), purpose="share"))
    assert not re.search(r"\b(is|are) (private|safe|anonymous)\b", words, re.IGNORECASE)
    assert "Only a formal guarantee is a guarantee" in words


def test_round_ticks_stay_within_their_range():
    assert list(svg.even(0, 1, 5).values()) == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]
    assert list(svg.even(-0.7, 6.8).values()) == ["0", "2", "4", "6"]
    assert svg.even(3, 3) == {3: "3"}


def test_a_privacy_budget_is_told_with_what_it_did_not_pay_for():
    ledger = {
        "epsilon": 1.0, "delta": 1e-5, "spent": 0.98, "accountant": "an accountant", "secret": True, "holds": False,
        "paid": [{"what": "counts of each column", "mechanism": "Gaussian noise", "times": 9, "noise": 31.4, "unit": "rows", "share": 1.0, "epsilon": 0.98}],
        "unpaid": [{"what": "bounds and level lists", "why": f"Read from the table: {HOSTILE}", "breaks": True}],
    }  # fmt: skip
    best = given_outcome(result()).verdict().best
    html = report(result(ledgers={best: Ledger.from_dict(ledger)}))
    assert "Privacy budgets" in html
    assert "not counting bounds and level lists" in html
    assert "nominal ε = 1" in html
    assert "31.4" in html
    assert HOSTILE not in html
    assert "Privacy budgets" not in report(result())


def test_the_first_page_is_the_decision_card() -> None:
    made = given_outcome(result())
    raced = Raced("people", 48842, [], 24421, 24421, 7)
    chosen = choose(made, "arf", id="c", race_id="r", created=0.0, weights="train", note="We know.")
    for choice in (None, chosen):
        card = decision_card(made, raced, purpose="share", choice=choice, created="today")
        text = html_report(made, raced, purpose="share", choice=choice, created="today", chapters=[])
        front = card.html().split('<div class="front">')[1].split("</main>")[0]
        assert text.split('<div class="front">')[1].startswith(
            front.split("</header>")[0].replace("Decision card · people", "Report · people")
        )
        assert front.split("</header>")[1].strip() in text
    assert "Recorded on 1970-01-01 00:00 UTC. Note: We know." in read(text)[1]
    for_train, for_share = (html_report(made, raced, purpose=key, choice=chosen, created="today") for key in ("train", "share"))
    assert for_train == for_share, "the purpose of the choice counts, in the chapters too"
    assert "Adversarial forest, looked at closely" in read(html_report(made, raced, choice=chosen))[1]


def test_the_report_leaves_nothing_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """The card of a choice cuts what speaks against it and points to the report; there all of it stands."""
    monkeypatch.setattr("synth_ui.reports.card.MOST_AGAINST", 1)
    made, raced = given_outcome(result()), Raced("people", 48842, [], 24421, 24421, 7)
    field = [name for name, entry in made.entries.items() if not entry["control"] and made.groups.get(name)]
    worst = max(field, key=lambda name: len(made.objections(name)))
    against = [one.sentence for one in made.objections(worst)]
    assert len(against) > 1
    chosen = choose(made, worst, id="c", race_id="r", created=0.0)
    assert "more, in the report" in read(decision_card(made, raced, choice=chosen).html())[1]
    shown = read(html_report(made, raced, choice=chosen, chapters=[]))[1]
    assert "more, in the report" not in shown
    assert all(sentence in shown for sentence in against)


def test_chapters_are_chosen_and_folded_but_for_the_first() -> None:
    made, raced = given_outcome(result()), Raced("people", 48842, [], 24421, 24421, 7)
    for asked in (None, [], ["numbers", "limits"], ["limits", "board"]):
        reader, _ = read(html_report(made, raced, chapters=asked))
        shown = [attributes for tag, attributes in reader.tags if tag == "details"]
        assert [one["id"] for one in shown] == [key for key in CHAPTERS if asked is None or key in asked]
        assert ["open" in one for one in shown] == [place == 0 for place in range(len(shown))]
    with pytest.raises(SettingError, match="there is no 'moon'; allowed are board, purposes"):
        html_report(made, raced, chapters=["board", "moon"])


def test_no_table_is_wider_than_a_page() -> None:
    reader, _ = read(report(result()))
    assert "numbers" in reader.ids
    every = {name: dict.fromkeys(MANY, 0.9) for name in ("cart", *CONTROL_VALUES)}
    text = report(
        result(score_rows({"cart": every["cart"]}, controls={name: every[name] for name in CONTROL_VALUES}, measures=MANY))
    )
    heads = re.findall(r"<thead><tr>(.*?)</tr></thead>", text.split('id="numbers"')[1].split("</details>")[0])
    assert [head.count("<th") for head in heads] == [7, 3]
