"""What candidates are called."""

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
