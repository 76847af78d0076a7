"""Where a database is, with a password that is used and never said.

An address is one of SQLAlchemy's: `postgresql://user:password@host/database`, `mysql://…`, `sqlite:///file.db`, `duckdb:///file.duckdb`;
or `connection:NAME`, which secrets.toml knows. Everything that is written down, shown or sent on takes `shown`, which has no password.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from synth_ui.core.errors import ReadError
from synth_ui.tables.databases.named import section

if TYPE_CHECKING:
    import sqlalchemy as sa

DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
    "sqlite": "sqlite",
    "duckdb": "duckdb",
}
"""How each kind of database is reached, whatever driver an address names."""

IN_FILES = ("sqlite", "duckdb")
"""Those that are a file of this machine."""

NAMED = "connection:"

PASSWORDS = {"postgresql": ("SYNTH_UI_DB_PASSWORD",), "mysql": ("SYNTH_UI_DB_PASSWORD", "MYSQL_PWD"), "mariadb": ("SYNTH_UI_DB_PASSWORD", "MYSQL_PWD")}  # fmt: skip
"""Where a password is taken from that the address does not hold; PostgreSQL's own ways (PGPASSWORD, ~/.pgpass) work beside it."""

_OPEN = frozenset({
    "host", "hostaddr", "port", "unix_socket", "service", "sslrootcert", "ssl_ca", "sslmode", "channel_binding", "gssencmode", "target_session_attrs", "application_name", "client_encoding", "connect_timeout", "read_timeout",
    "write_timeout", "timeout", "charset", "collation", "use_unicode", "mode", "cache", "immutable", "nolock", "uri", "read_only", "access_mode", "threads",
})  # fmt: skip
"""Parts of an address' query that are shown; any other may hold a secret, whatever it is called."""

_SHORTEST_SECRET = 4
"""A shorter value would be found in many a word where it means nothing."""


@dataclass(frozen=True)
class DatabaseAddress:
    """A database and how to get in.

    Attributes
    ----------
    url
        With the password; never printed.
    name
        Of the connection in secrets.toml, where it is one.
    read_only
        Whether nothing may be written there through this address.
    """

    url: sa.URL = field(repr=False)
    name: str = ""
    read_only: bool = False

    @classmethod
    def of(cls, text: str | DatabaseAddress, password: str | None = None) -> DatabaseAddress:
        """Take an address as it is written; raise `ReadError`, without a word of it, where it is none.

        A password it does not hold is `password`, or comes from the environment.
        """
        if isinstance(text, DatabaseAddress):
            return text
        text = text.strip()
        if text.startswith(NAMED):
            return _named(text.removeprefix(NAMED))
        return cls(_with_password(_parsed(text), password))

    @property
    def kind(self) -> str:
        """The kind of database: "postgresql", "mysql", "mariadb", "sqlite", "duckdb"."""
        return self.url.get_backend_name()

    @property
    def file(self) -> Path:
        """The file of a database that is one."""
        return Path(self.url.database or "").expanduser()

    @property
    def shown(self) -> str:
        """The address as it may be read by anybody: without the password, by its name where it has one."""
        from sqlalchemy import URL

        if self.name:
            return f"{NAMED}{self.name}"
        open_ = {name: value for name, value in self.url.query.items() if name.lower() in _OPEN}
        plain = URL.create(self.kind, self.url.username, None, self.url.host, self.url.port, self.url.database, query=open_)
        return plain.render_as_string(hide_password=False)

    def without_secrets(self, text: object) -> str:
        """Return a text, such as an error of a driver, without the password and other secrets of the address."""
        said = str(text)
        hidden = [value for name, value in self.url.query.items() if name.lower() not in _OPEN]
        parts = [part for value in hidden for part in ([value] if isinstance(value, str) else value)]
        secrets = [str(self.url.password or ""), *(part for part in parts if len(part) >= _SHORTEST_SECRET)]
        for secret in sorted(filter(None, secrets), key=len, reverse=True):
            for written in {secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1]}:
                said = said.replace(written, "***")
        return said

    def __str__(self) -> str:
        return self.shown


@dataclass(frozen=True)
class DatabaseTable:
    """A table or view of a database, or what a query gives: stands where a file stands.

    Attributes
    ----------
    at
        The database: an address as a text, or as it was taken.
    table
        With its schema in front where it is not the default one: "sales.orders".
    query
        One SELECT, instead of a table.
    schema
        Of the table; then a dot in the name of the table is part of it.

    Raises
    ------
    ReadError
        If the address is none, or not just one of table and query is given.

    Examples
    --------
    >>> import sqlite3
    >>> from contextlib import closing
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import synth_ui
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "shop.db"
    ...     with closing(sqlite3.connect(file)) as connection, connection:
    ...         _ = connection.execute("CREATE TABLE orders (city TEXT, total REAL)")
    ...         _ = connection.execute("INSERT INTO orders VALUES ('Ulm', 12.5), ('Jena', 8)")
    ...     len(synth_ui.read(synth_ui.DatabaseTable(f"sqlite:///{file}", "orders")).table)
    2
    """

    at: str | DatabaseAddress = field(repr=False)
    table: str = ""
    query: str = ""
    schema: str = ""

    def __post_init__(self) -> None:
        """Check that there is one thing to read."""
        address = DatabaseAddress.of(self.at)
        object.__setattr__(self, "at", address)
        if bool(self.table.strip()) == bool(self.query.strip()):
            raise ReadError(
                f"Name one of a table and a query of {address.shown}: --table NAME or --query 'SELECT …' on the command line, "
                "DatabaseTable(address, table=…) in Python."
            )

    @property
    def address(self) -> DatabaseAddress:
        """The database."""
        assert isinstance(self.at, DatabaseAddress)
        return self.at

    @property
    def label(self) -> str:
        """What the table is called from now on: its own name, or "query"."""
        return self.table.rsplit(".", 1)[-1] if self.table and not self.schema else self.table or "query"

    @property
    def origin(self) -> str:
        """Where it came from, as it is recorded and shown: without a password."""
        what = f"query {' '.join(self.query.split())}" if self.query else f"table {self._full}"
        return f"{self.address.shown}, {what}"

    @property
    def arguments(self) -> dict[str, Any]:
        """What another process needs to read it again, without a password: `at`, and `table`, `schema` or `query`."""
        parts = {"at": self.address.shown, "table": self.table, "schema": self.schema, "query": self.query}
        return {name: value for name, value in parts.items() if value}

    @property
    def _full(self) -> str:
        return f"{self.schema}.{self.table}" if self.schema else self.table

    @classmethod
    def recorded(cls, origin: str) -> dict[str, Any]:
        """Return the `arguments` that were recorded as `origin`; none where it is no database's."""
        for word in ("table", "query"):
            at, found, what = origin.partition(f", {word} ")
            if found and is_database(at):
                return {"at": at, word: what}
        return {}

    def __str__(self) -> str:
        return self.origin


def is_database(text: object) -> bool:
    """Whether a text is meant as the address of a database."""
    written = str(text).strip()
    scheme = written.partition("://")[0].partition("+")[0].lower()
    return written.startswith(NAMED) or ("://" in written and scheme in DRIVERS)


def plain_address(text: str) -> str:
    """Return an address without the password in it, however broken it is; a text that is no address stays."""
    scheme, found, rest = text.partition("://")
    if not found:
        return text
    if is_database(text):
        try:
            return DatabaseAddress(_parsed(text)).shown
        except ReadError:
            return f"{scheme}://…"
    path, _, _ = rest.partition("?")  # a signed address carries its signature there
    authority, slash, where = path.partition("/")
    return f"{scheme}://{authority.rpartition('@')[2]}{slash}{where}"


def _parsed(text: str) -> sa.URL:
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    scheme = text.partition("://")[0].partition("+")[0].lower()
    if scheme not in DRIVERS or "://" not in text:
        raise ReadError(
            "This is no address of a database that can be read. Write postgresql://user@host/database, mysql://user@host/database, "
            "sqlite:///file.db, duckdb:///file.duckdb, or connection:NAME for one of secrets.toml."
        )
    try:
        text.encode()  # half a letter can be part of no address
        url: sa.URL | None = make_url(f"{DRIVERS[scheme]}://{text.partition('://')[2]}")
    except (ArgumentError, ValueError):
        url = None
    beyond = url is None or (scheme not in IN_FILES and "@" in f"{url.host}{url.database}")
    if url is None or beyond:  # what it says may be part of a password
        raise ReadError(
            f"The address of the {scheme} database cannot be taken apart. Write {scheme}://user:password@host:port/database; a sign such as "
            "@ : / ? # in the password is written %40 %3A %2F %3F %23, or give the password apart."
        )
    if scheme in IN_FILES and not url.database:
        raise ReadError(
            f"The address of the {scheme} database names no file. Write {scheme}:///folder/file, or {scheme}:////from/the/root."
        )
    return url


_PARTS = ("username", "password", "host", "port", "database", "query")
"""In which a connection with a name may be written, as Streamlit's own are."""


def _named(name: str) -> DatabaseAddress:
    from sqlalchemy import URL

    known = section(name)
    read_only, url = bool(known.get("read_only", False)), known.get("url")
    try:
        if isinstance(url, str):
            return DatabaseAddress(
                _with_password(_parsed(url), str(known["password"]) if "password" in known else None), name, read_only
            )
        given = {part: known[part] for part in _PARTS if part in known}
        return DatabaseAddress(URL.create(DRIVERS[str(known["dialect"]).lower()], **given), name, read_only)
    except (ReadError, KeyError, TypeError, ValueError):  # what it says may hold the password
        raise ReadError(
            f'The connection {name!r} of secrets.toml is no address of a database. Write url = "postgresql://user:password@host/database"; '
            f"known are {', '.join(DRIVERS)}."
        ) from None


def _with_password(url: sa.URL, password: str | None) -> sa.URL:
    if url.password or url.get_backend_name() in IN_FILES:
        return url
    names = PASSWORDS[url.get_backend_name()]
    found = password or next(filter(None, (os.environ.get(name) for name in names)), None)
    return url.set(password=found) if found else url
