"""What candidates are called."""

import pandas as pd
import pytest

from synth_ui.comparison.names import is_control, roster, title_of


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("cart", "CART"), ("sdv_ctgan#2", "SDV CTGAN, seed 2"), ("gaussian_copula", "Gaussian copula"), ("file:vendor a", "vendor a (file)"),
        ("control:train", "The training rows"), ("dp_marginals", "DP marginals"),
    ],
)  # fmt: skip
def test_titles(name, title):
    assert title_of(name) == title


def test_files_and_controls_stand_alone():
    listed = roster(["file:a", "file:a#2", "control:train", "arf", "arf#2"]).set_index("candidate")
    assert listed["group"].nunique() == 4
    assert listed.loc["arf#2", "group"] == "arf"
    assert is_control("control:train")
    assert not is_control("file:control")


def test_no_two_candidates_are_called_the_same():
    """Two that differed in a third setting alone had one title, and a choice among titles took the last one."""
    settings = [{"a": 1, "b": 1, "c": 1}, {"a": 1, "b": 1, "c": 2}, {"a": 2, "b": 2, "c": 1}]
    candidates = pd.DataFrame(
        [
            {"candidate": name, "generator": "cart", "settings": own}
            for name, own in zip(("cart", "cart-x", "cart-y"), settings, strict=True)
        ]
    )
    titles = list(roster([], candidates)["title"])
    assert len(set(titles)) == 3, titles
