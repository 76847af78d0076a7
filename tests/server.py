"""The PostgreSQL server on which tests keep the databases of workspaces."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import postgres


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """A PostgreSQL server; in CI it must be there, elsewhere its tests say what is missing."""
    with postgres.server_here() as folder:
        yield folder


@pytest.fixture
def server_url(server_folder: Path) -> str:
    """The address of the server, with the password in it."""
    return postgres.url(server_folder)
