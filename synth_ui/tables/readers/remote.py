"""A file at an address: https://, s3://, gs:// and what else fsspec knows, copied to a temporary file within bounds of size and time.

Schemes of this machine are not taken here: a path is a path.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from synth_ui.core.context import Context
from synth_ui.core.errors import ReadError, SynthError
from synth_ui.tables.databases.address import plain_address
from synth_ui.tables.readers.source import Limits
from synth_ui.tables.scratch import scratch

SCHEMES = ("https", "http", "s3", "gs", "gcs", "memory")
"""The addresses that are taken; the last is memory of this process, for tests and notebooks."""

EXTRA = "synth-ui[remote]"

CONNECT_SECONDS = 20.0
PART = 1 << 20


@contextmanager
def fetched(address: str, limits: Limits, home: Path | None, context: Context) -> Iterator[tuple[Path, str]]:
    """Give a temporary copy of the file at an address, and its name; it is gone afterwards.

    Raises
    ------
    ReadError
        If the address is not taken, what it needs is not installed, it does not answer, or it gives more than the limits allow.
    Cancelled
        If the context says so.
    """
    shown, name = plain_address(address), file_name(address)
    scheme = address.partition("://")[0].lower()
    if scheme not in SCHEMES:
        raise ReadError(
            f"{shown} is an address of a kind that is not read; read are https://, http://, s3:// and gs://, addresses of databases, and paths "
            "of this machine. Download it first."
        )
    context.step("asking for the file")
    with scratch(home) as folder:
        path = folder / "fetched"
        try:
            _copy(address, path, limits, context, shown)
        except SynthError:
            raise
        except ImportError as error:
            raise ReadError(
                f"{shown} needs {error.name or 'a package'}, which is not installed. Install it: pip install '{EXTRA}'."
            ) from None
        except Exception as error:  # noqa: BLE001 - clients of stores raise what they like, and name the address with its secrets
            raise ReadError(
                f"{shown} cannot be fetched ({_said(error, address)}). Check the address and what you may read there."
            ) from None
        yield path, name


def file_name(address: str) -> str:
    """Return the name of the file at an address, by which its format may be told."""
    return unquote(urlsplit(address).path).rstrip("/").rpartition("/")[2] or "table"


def _copy(address: str, path: Path, limits: Limits, context: Context, shown: str) -> None:
    import fsspec

    began, total = time.monotonic(), 0
    system, where = fsspec.core.url_to_fs(address, **_options(address, limits))
    with system.open(where, "rb", **_plainly(address)) as source, path.open("wb") as copy:
        size = getattr(source, "size", None)
        if size is not None and size > limits.size:
            raise ReadError(_too_large(shown, limits))
        while part := source.read(PART):
            total += len(part)
            if total > limits.size:
                raise ReadError(_too_large(shown, limits))
            if time.monotonic() - began > limits.seconds:
                raise ReadError(
                    f"{shown} is not fetched after {limits.seconds:,.0f} seconds; that is the limit. Download it first, or take a part."
                )
            copy.write(part)
            context.step("fetching the file", min(1.0, total / size) if size else None)


def _options(address: str, limits: Limits) -> dict[str, Any]:
    """Return the bounds of time a client keeps by itself."""
    if not address.lower().startswith("http"):
        return {}
    import aiohttp

    return {"client_kwargs": {"timeout": aiohttp.ClientTimeout(total=limits.seconds, sock_connect=CONNECT_SECONDS)}}


def _plainly(address: str) -> dict[str, Any]:
    """Have a file of the web streamed: servers need not give parts of it."""
    return {"block_size": 0} if address.lower().startswith("http") else {}


def _too_large(shown: str, limits: Limits) -> str:
    return f"{shown} holds more than {limits.size / 1024**3:.1g} GB of data; that is the limit. Take a part of it, or a sample."


def _said(error: Exception, address: str) -> str:
    text = " ".join(f"{type(error).__name__}: {error}".split()).replace(address, plain_address(address))
    user = urlsplit(address)
    for secret in filter(None, (user.password, user.query)):
        text = text.replace(secret, "***")
    return text[:300]
