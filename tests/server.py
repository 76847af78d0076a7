"""The PostgreSQL server on which tests keep the databases of workspaces."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.databases import postgres


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
