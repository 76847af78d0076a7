"""A chart's title states its finding: it is shown whole, however long the names in it are."""

from __future__ import annotations

import pandas as pd
from streamlit.testing.v1 import AppTest

from synth_ui.plots.scores.tradeoff import _finding


def test_a_title_that_names_three_candidates_by_their_settings_is_shown_whole() -> None:
    names = [f"Autoregressive network, candidates {n}, dropout 0.{n}" for n in range(1, 6)]
    field = pd.DataFrame({"title": names, "dominated": [False] * 4 + [True], "leakage_measure": "dcr_share"})
    title = _finding(field)
    assert len(title) > 200

    def page(title: str) -> None:
        import pandas as pd

        from synth_ui.plots import theme
        from synth_ui.plots.chart import Chart
        from synth_ui.ui.components import chart

        chart(Chart(theme.empty(160, "nothing"), title, f"{title}.", pd.DataFrame({"a": [1]})), "one")

    at = AppTest.from_function(page, args=(title,), default_timeout=60).run()
    assert not at.exception
    assert at.markdown[0].value.replace("\\", "") == f"**{title}**"
