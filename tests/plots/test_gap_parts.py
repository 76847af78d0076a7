"""Where a difference lies: the finding in the title, bars between both ends."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synth_ui.plots import theme
from synth_ui.plots.columns_and_pairs.gap_parts import gap_parts
from tests.detail_frames import HOSTILE, texts, values

WORDS = ["single columns", "pairs of columns", "more than two columns together"]


def parts(first: float = 0.9, **changes: object) -> pd.DataFrame:
    share = np.array([first, 1 - first, 0.0])
    return pd.DataFrame({
        "part": ["single", "pairs", "more"], "words": WORDS, "value": 0.3 * share, "low": 0.3 * share - 0.02, "high": 0.3 * share + 0.02,
        "share": share, "share_low": share - 0.08, "share_high": share + 0.08, "mostly": share - 0.08 > 0.5,
        "names": ["age, gain", "city with river", ""], "real": 0.5, "full": 0.8,
    }).assign(**changes)  # fmt: skip


@pytest.mark.parametrize(
    ("frame", "title"),
    [
        (parts(), "Most of what gives it away lies in single columns: age, gain"),
        (parts(0.1), "Most of what gives it away lies in pairs of columns: city with river"),
        (parts(0.55), "Which part gives it away most is not certain; single columns carry about 55%"),
        (parts(share=np.nan, mostly=False), "Its rows are told from unseen rows no better than training rows are"),
    ],
)
def test_the_title_states_the_finding(frame: pd.DataFrame, title: str) -> None:
    chart = gap_parts(frame)
    assert chart.title.startswith(title)
    assert chart.alt.startswith(chart.title)
    assert "Area of training rows 0.50, of synthetic rows 0.80" in chart.alt


def test_bars_begin_at_the_training_rows_and_both_ends_are_marked() -> None:
    figure = gap_parts(parts()).figure
    [bars] = figure.data
    assert values(bars.base) == pytest.approx([0.5] * 3)
    assert values(bars.x) == pytest.approx([0.27, 0.03, 0.0])
    assert values(bars.error_x.array) == pytest.approx([0.02] * 3)
    assert bars.marker.color == theme.SYNTHETIC
    assert {"training<br>rows 0.50", "synthetic<br>rows 0.80"} <= set(texts(figure))
    low, high = figure.layout.xaxis.range
    assert low < 0.5 < 0.8 < high


def test_no_parts_and_hostile_names_are_borne() -> None:
    assert gap_parts(parts().head(0)).title
    for text in texts(gap_parts(parts(names=HOSTILE)).figure):
        assert "<b onclick" not in text
