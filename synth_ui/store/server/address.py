"""Where the database of a workspace is, from `SYNTH_UI_DATABASE`, with a password that is used and never said."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from synth_ui.core.errors import StoreError

NAMED = "SYNTH_UI_DATABASE"
"""The address of the server's database, such as `postgresql://user@host:5432/name`; none where the database is a file of the workspace."""

PASSWORD = "SYNTH_UI_DATABASE_PASSWORD"  # nosec B105 # the name of a variable
"""The password, where the address holds none; PostgreSQL's own ways (PGPASSWORD, ~/.pgpass) work beside it."""

_OPEN = ("host", "port", "sslmode", "sslrootcert", "target_session_attrs", "connect_timeout")
"""The parts of an address' query that are no secret."""


@dataclass(frozen=True)
class ServerAddress:
    """The address of a PostgreSQL database; what is printed of it has no password.

    Attributes
    ----------
    url
        With the password.

    Examples
    --------
    >>> print(ServerAddress.of("postgresql://anna:secret@db.example:5432/synth"))
    postgresql://anna@db.example:5432/synth
    """

    url: URL = field(repr=False)

    @classmethod
    def of(cls, text: str) -> ServerAddress:
        """Take an address as it is written; raise `StoreError`, without a word of it, where it is none."""
        scheme, found, rest = text.strip().partition("://")
        try:
            url = make_url(f"postgresql+psycopg://{rest}") if found and scheme in ("postgresql", "postgres") else None
        except (ArgumentError, ValueError):
            url = None
        if url is None or not url.database or "@" in f"{url.host}{url.database}":
            raise StoreError(
                f"{NAMED} is no address of a PostgreSQL database. Write postgresql://user@host:5432/database; a sign such as @ : / ? # in a "
                f"password is written %40 %3A %2F %3F %23, or give the password apart in {PASSWORD}. Without {NAMED} the database is a file of "
                "the workspace."
            )
        given = os.environ.get(PASSWORD)
        return cls(url.set(password=given) if given and not url.password else url)

    @classmethod
    def from_environment(cls) -> ServerAddress | None:
        """Return the address in `SYNTH_UI_DATABASE`; None where none is named."""
        text = os.environ.get(NAMED, "").strip()
        return cls.of(text) if text else None

    def without_secrets(self, text: object) -> str:
        """Return a text, such as an error of the driver, without the password and whatever else in the address may be one."""
        said, hidden = str(text), [str(self.url.password or "")]
        for name, value in self.url.query.items():
            if name not in _OPEN:
                hidden += [value] if isinstance(value, str) else list(value)
        for secret in sorted(filter(None, hidden), key=len, reverse=True):
            for written in {secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1]}:
                said = said.replace(written, "***")
        return said

    def __str__(self) -> str:
        open_ = {name: value for name, value in self.url.query.items() if name in _OPEN}
        plain = URL.create("postgresql", self.url.username, None, self.url.host, self.url.port, self.url.database, query=open_)
        return plain.render_as_string(hide_password=False)
