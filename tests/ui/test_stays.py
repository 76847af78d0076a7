"""Where a table goes is said as the dashboard was set up."""

from __future__ import annotations

import pytest

from synth_ui.ui import access


@pytest.mark.parametrize("name", ["SYNTH_UI_DASK", "SYNTH_UI_DATABASE"])
def test_nothing_is_said_to_stay_where_other_machines_are_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for one in ("SYNTH_UI_DASK", "SYNTH_UI_DATABASE"):
        monkeypatch.delenv(one, raising=False)
    assert access.stays() == "Nothing of it leaves this machine."
    monkeypatch.setenv(name, "tcp://scheduler:8786")
    assert "It goes to the machines this dashboard was set up with" in access.stays()
