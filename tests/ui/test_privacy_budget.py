"""The privacy budget in the pages: payments, gaps, the sweep."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def script() -> None:
    import json
    from types import SimpleNamespace

    import pandas as pd

    from synth_ui.core.budget import Ledger, Payment, Unpaid
    from synth_ui.ui.why.privacy import privacy_budget

    paid = (Payment("counts of each column", "Gaussian noise", 9, 31.4, "rows", 1.0, 0.98),)
    gaps = (Unpaid("tuning", "Nobody counted it."), Unpaid("bounds and level lists", "Read from the table: *age*.", breaks=True))
    budget = Ledger(1.0, 1e-5, 0.98, "an accountant", True, paid, gaps)
    candidates = pd.DataFrame(
        {
            "candidate": ["dp", "dp-2"], "generator": "dp_marginals", "seed": 0, "status": "done",
            "settings": [json.dumps({"epsilon": 1.0}), json.dumps({"epsilon": 10.0})],
        }
    )  # fmt: skip
    scores = pd.DataFrame(
        [("dp", "tstr", 0.8), ("dp-2", "tstr", 0.9), ("dp", "leakage_index", 0.0), ("dp-2", "leakage_index", 0.0)],
        columns=["candidate", "measure", "value"],
    ).assign(low=0.0, high=1.0, status="ok")
    view = SimpleNamespace(
        ledger={"dp": budget}.get, title=str.upper, names=["dp", "dp-2"], once=lambda _, compute: compute(),
        picture=lambda _, draw: draw(), scores=scores, candidates=candidates, race={"name": "people"},
    )  # fmt: skip
    privacy_budget.show(view, ["dp"])  # type: ignore[arg-type]


def test_the_ledger_says_what_was_paid_and_first_what_weakens_the_promise() -> None:
    at = AppTest.from_function(script, default_timeout=120).run()
    assert not at.exception
    said = [part.value for part in at.markdown]
    assert any("not counting bounds and level lists" in text.replace("\\", "") for text in said)
    gaps = [text for text in said if text.startswith((":material/warning:", ":material/info:"))]
    assert [text.startswith(":material/warning:") for text in gaps] == [True, False]
    assert "*age*" not in gaps[0]
    assert at.dataframe[0].value["what"].tolist() == ["counts of each column"]
    assert any("skill retained goes from 0.800 to 0.900" in text.replace("\\", "") for text in said)
    assert [button.label.startswith("Race") for button in at.button] == [True]
