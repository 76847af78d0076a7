"""Text of a table stays text: nothing a column name holds becomes a link, a picture, an icon or a formula."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_ui.ui.md import count, duration, listed, md, size, told_apart, told_apart_by_id

HOSTILE = (
    "![x](http://host/p.png)",
    "[a](http://host)",
    "<img src=x onerror=alert(1)>",
    ":material/delete: :red[x]",
    "$\\frac{1}{2}$",
    "**bold** _it_ `code`",
    "[www.example.com]",
    "<a@example.com>",
    ":+1: 12:30:15",
    "a -> b <- c",
    "# heading",
    "1. list",
    "~~gone~~",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_every_mark_of_markdown_is_escaped(name: str) -> None:
    escaped = md(name)
    for place, character in enumerate(escaped):
        if character in "`*_{}[]()#+-.!$:~<>|^=&":
            assert escaped[place - 1] == "\\", f"{character!r} stands bare in {escaped!r}"
    assert escaped.replace("\\", "").replace("\u2060", "") == name.replace("\\", "")


ADDRESSES = (
    "http://host", "https://host.example.org:8501/compare?race=a1&tab=b", "postgresql://me@db.example.org:5432/sales", "www.example.com",
    "a@example.com", "HTTPS://HOST",
)  # fmt: skip
COPIED = (
    "synth-ui generate people.csv --rows 100000 -o FILE.parquet", "/data/tables/a:b/people--2.csv", "C:\\tables\\people.csv", "s3://bucket/people.csv",
    "chmod 700 '/data/synth-ui'", "sqlite:////tmp/x.db", "--role", "12:30",
)  # fmt: skip


@pytest.mark.parametrize("text", [*ADDRESSES, *COPIED, *(f"Read from {one}, or not." for one in ADDRESSES)])
def test_what_somebody_may_copy_holds_nothing_invisible(text: str) -> None:
    """Addresses, paths and commands: pasted elsewhere, a word joiner would be part of them."""
    assert "\u2060" not in md(text, 200)
    assert re.sub(r"[\\`]", "", md(text, 200)) == text.replace("\\", "")


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_code_so_that_it_is_no_link(address: str) -> None:
    assert md(address) == f"`{address}`"
    assert md(f"at {address}.") == f"at `{address}`\\."


@pytest.mark.parametrize(
    "text",
    ["[http://host]", "(www.example.com)", "x:a@example.com]", ":material/delete:", "a -> b", "a <- b", "a -- b", ":red[x]"],
)
def test_what_else_would_become_something_is_broken_by_a_word_joiner(text: str) -> None:
    assert "\u2060" in md(text)


def test_long_and_unprintable_text_is_tamed() -> None:
    assert len(md("x" * 500)) == 80
    assert md("x" * 500).endswith("…")
    assert md("a\nb\x00c") == "a b c"


def test_names_are_listed_and_the_rest_counted() -> None:
    assert listed([]) == "none"
    assert listed(["a"]) == "a"
    assert listed(["a", "b"]) == "a and b"
    assert listed(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (0, "0 s"),
        (0.02, "0.1 s"),
        (3.21, "3.2 s"),
        (38.4, "38 s"),
        (125, "2 min 5 s"),
        (4200, "1 h 10 min"),
    ],
)
def test_durations_are_said_as_a_person_says_them(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words


def test_sizes_and_counts() -> None:
    assert (size(0.2), size(40), size(2048)) == ("1 MB", "40 MB", "2.0 GB")
    assert (count(1, "row"), count(2000, "row"), count(2, "entry", "entries")) == ("1 row", "2,000 rows", "2 entries")


@given(st.lists(st.sampled_from(["a", "b", "a, no. 2", ""]), max_size=8))
def test_labels_are_told_apart_and_kept_where_they_are(labels: list[str]) -> None:
    found = told_apart(dict(enumerate(labels)))
    assert list(found) == list(range(len(labels)))
    assert len(set(found.values())) == len(labels)
    for place, label in enumerate(labels):
        assert found[place] == label or labels.count(label) > 1
        assert found[place].startswith(label)


@given(st.dictionaries(st.text("abc", min_size=5, max_size=6), st.sampled_from(["a", "b", "a (aaaa)"]), max_size=8), st.data())
def test_a_label_never_comes_to_mean_another_thing(labels: dict[str, str], data: st.DataObject) -> None:
    """Of two races started in one second the newer one took the label of the older, and the older one's tab was led to it."""
    found = told_apart_by_id(labels)
    assert list(found) == list(labels)
    assert len(set(found.values())) == len(labels)
    came = data.draw(st.text("abc", min_size=5, max_size=6).filter(lambda key: key not in labels))
    later = told_apart_by_id({came: data.draw(st.sampled_from(["a", "b"])), **labels})
    meant = {label: key for key, label in found.items()}
    assert all(meant.get(label, key) == key for key, label in later.items())
