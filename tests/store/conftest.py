"""Fixtures shared with the tests of jobs, api and command line, and where the database of a workspace is."""

from __future__ import annotations

import pytest

from tests.server import server_folder, server_url
from tests.workshop import cold_workspace, fake_plugins, warm_workspace

__all__ = ["cold_workspace", "fake_plugins", "server_folder", "server_url", "warm_workspace"]


@pytest.fixture(params=["file", "server"])
def kept_in(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where the database is of every workspace a test opens: in a file of its folder, or on a server."""
    if request.param == "server":
        monkeypatch.setenv("SYNTH_UI_DATABASE", request.getfixturevalue("server_url"))
    return str(request.param)
