"""A PostgreSQL server of the tests' own: in a folder that goes with it, reached through a socket in that folder."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

PROGRAMS = ("initdb", "postgres")
USER, PASSWORD = "analyst", "s3cret/p@ss word"
MISSING = "no PostgreSQL server found; install Debian's package postgresql, or put initdb and postgres on the PATH"


def programs() -> dict[str, str] | None:
    """Return where the server's programs are: on the PATH, or where Debian keeps them; None where one is missing."""
    places = [str(folder) for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    path = os.pathsep.join([*places, os.environ.get("PATH", "")])
    found = {name: shutil.which(name, path=path) for name in PROGRAMS}
    return {name: str(where) for name, where in found.items()} if all(found.values()) else None


def url(folder: Path, user: str = USER, password: str = PASSWORD) -> str:
    """Return the address of the server whose socket is in a folder, with the password in it."""
    return f"postgresql://{user}:{quote(password, safe='')}@/postgres?host={folder}"


@contextmanager
def server_here() -> Iterator[Path]:
    """Start a server; in CI it must be there, elsewhere the tests that want one are left out and say what is missing."""
    if programs() is None:
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    with server() as folder:
        yield folder


@contextmanager
def server() -> Iterator[Path]:
    """Start a server and give the folder of its socket; a user without rights runs it, for it refuses to be run by root."""
    import psycopg

    found = programs()
    assert found is not None, MISSING
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short: a socket's path has a limit, and the user must reach it
    user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
    if user:
        shutil.chown(folder, "postgres", "postgres")
    folder.chmod(0o755)
    secret = folder / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)
    data = folder / "data"
    quiet: dict[str, object] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder, **user}
    made = [
        found["initdb"],
        "-D",
        data,
        "-U",
        USER,
        "-A",
        "scram-sha-256",
        f"--pwfile={secret}",
        "-E",
        "UTF8",
        "--no-sync",
        "--locale=C",
    ]
    subprocess.run(made, check=True, **quiet)  # type: ignore[call-overload]
    options = ["-c", "listen_addresses=", "-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "autovacuum=off"]
    process = subprocess.Popen([found["postgres"], "-D", data, "-k", folder, *options], **quiet)  # type: ignore[call-overload]
    try:
        for _ in range(200):
            try:
                psycopg.connect(host=str(folder), user=USER, password=PASSWORD, dbname="postgres", connect_timeout=2).close()
                break
            except psycopg.OperationalError:
                if process.poll() is not None:
                    raise
                time.sleep(0.1)
        yield folder
    finally:
        process.send_signal(signal.SIGINT)  # it ends at once, and lets its clients go
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)
