"""A file at an address is fetched within bounds, and its secrets are said nowhere."""

from __future__ import annotations

import builtins
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from synth_ui.core.context import Context
from synth_ui.core.errors import Cancelled, ReadError
from synth_ui.tables.read import read
from synth_ui.tables.readers.source import Limits

CSV = b"age,pay\n" + b"".join(b"%d,%d.5\n" % (20 + i % 40, i) for i in range(300))


class Serves(BaseHTTPRequestHandler):
    """Gives the table, a redirect to it, nothing, or an answer without end."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/moved.csv":
            self.send_response(302)
            self.send_header("Location", "/people.csv")
            self.end_headers()
        elif path == "/people.csv":
            self.send_response(200)
            self.send_header("Content-Length", str(len(CSV)))
            self.end_headers()
            self.wfile.write(CSV)
        elif path == "/endless.csv":
            self.send_response(200)
            self.end_headers()
            for _ in range(200):
                self.wfile.write(CSV * 20)
        else:
            self.send_error(404)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Serves)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(5)


def test_a_table_of_the_web_is_read_without_its_secrets_being_kept(site: str, tmp_path: Path) -> None:
    for name in ("people", "moved"):
        reading = read(f"{site}/{name}.csv?signature=s3cret", scratch=tmp_path)
        assert len(reading.table) == 300
        assert reading.table.name == name
        assert reading.source == f"{site}/{name}.csv"
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.stat().st_size > 100]


def test_what_is_not_there_or_too_large_is_refused(site: str) -> None:
    with pytest.raises(ReadError, match="cannot be fetched") as refused:
        read(f"{site}/none.csv?signature=s3cret")
    assert "s3cret" not in str(refused.value)
    for name in ("people", "endless"):
        with pytest.raises(ReadError, match="that is the limit"):
            read(f"{site}/{name}.csv", limits=Limits(size=1_000))
    with pytest.raises(ReadError, match=r"that is the limit|cannot be fetched"):
        read(f"{site}/endless.csv", limits=Limits(seconds=0.0001))
    with pytest.raises(ReadError, match="not read; read are https"):
        read("file:///etc/hostname")


def test_a_fetching_is_cancelled(site: str) -> None:
    seen: list[str] = []
    with pytest.raises(Cancelled):
        read(
            f"{site}/endless.csv",
            context=Context(on_progress=lambda p: seen.append(p.phase), cancelled=lambda: "fetching the file" in seen),
        )


def test_an_object_store_is_read_by_its_address() -> None:
    import fsspec

    with fsspec.open("memory://bucket/some people.csv", "wb") as file:
        file.write(CSV)
    reading = read("memory://bucket/some people.csv", rows=50)
    assert (len(reading.table), reading.table.name) == (50, "some people")


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = builtins.__import__

    def without(name: str, *more: Any, **options: Any) -> Any:
        if name.partition(".")[0] in ("s3fs", "aiohttp"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return whole(name, *more, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    for address in ("https://host.invalid/x.csv", "s3://bucket/x.csv"):
        with pytest.raises(ReadError, match=r"synth-ui\[remote\]"):
            read(address)
