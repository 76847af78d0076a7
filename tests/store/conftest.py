"""Fixtures shared with the tests of jobs, api and command line, and where the database of a workspace is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.databases import postgres
from tests.workshop import cold_workspace, fake_plugins, warm_workspace

__all__ = ["cold_workspace", "fake_plugins", "warm_workspace"]


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """A PostgreSQL server; in CI it must be there, elsewhere its tests say what is missing."""
    if postgres.programs() is None:
        if os.environ.get("CI"):
            pytest.fail(postgres.MISSING)
        pytest.skip(postgres.MISSING)
    with postgres.server() as folder:
        yield folder


@pytest.fixture
def server_url(server_folder: Path) -> str:
    """The address of the server, with the password in it."""
    return f"postgresql://{postgres.USER}:{quote(postgres.PASSWORD, safe='')}@/postgres?host={server_folder}"


@pytest.fixture(params=["file", "server"])
def kept_in(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where the database is of every workspace a test opens: in a file of its folder, or on a server."""
    if request.param == "server":
        monkeypatch.setenv("SYNTH_UI_DATABASE", request.getfixturevalue("server_url"))
    return str(request.param)
