"""Text of a table stays text: nothing a column name holds becomes a link, a picture, an icon or a formula."""

from __future__ import annotations

import pytest

from synth_ui.ui.md import count, duration, listed, md, size

HOSTILE = (
    "![x](http://host/p.png)",
    "[a](http://host)",
    "<img src=x onerror=alert(1)>",
    ":material/delete: :red[x]",
    "$\\frac{1}{2}$",
    "**bold** _it_ `code`",
    "www.example.com",
    "a@example.com",
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


def test_an_automatic_link_is_broken_by_a_word_joiner() -> None:
    assert "www\u2060" in md("www.example.com")
    assert "http\\:\u2060" in md("http://host")


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
