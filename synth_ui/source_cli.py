"""What stands where a file stands on the command line: a file, an address, or a table of a database."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synth_ui.tables.databases.address import DatabaseAddress, DatabaseTable
    from synth_ui.tables.databases.write import NewTable

HELP = "a file; an address (https://, s3://, gs://); or a database, with --table or --query: postgresql://user@host/db, mysql://…, sqlite:///FILE, duckdb:///FILE, connection:NAME"

MOST_NAMED = 20


def add_source(parser: argparse.ArgumentParser) -> None:
    """Add FILE, and what names a table where it is a database."""
    parser.add_argument("file", metavar="FILE", help=HELP)
    asked = parser.add_mutually_exclusive_group()
    asked.add_argument("--table", metavar="[SCHEMA.]NAME", help="of a database: the table or view to read")
    asked.add_argument("--query", metavar="SQL", help="of a database: what one SELECT gives")


def source_of(options: argparse.Namespace) -> str | DatabaseTable:
    """Return what is to be read.

    Raises
    ------
    ReadError
        If a database is named without a table or a query, or a table of what is no database.
    """
    from synth_ui.core.errors import ReadError
    from synth_ui.tables.databases.address import DatabaseAddress, DatabaseTable, is_database, plain_address

    file, table, query = str(options.file), options.table, options.query
    if not is_database(file):
        if table is not None or query is not None:
            raise ReadError(f"--table and --query go with the address of a database; {plain_address(file)} is none.")
        return file
    if table is not None or query is not None:
        return DatabaseTable(file, table or "", query or "")
    address = DatabaseAddress.of(file)
    raise ReadError(
        f"{address.shown} is a database. Name one of its tables with --table, or ask it with --query; {_there(address)}."
    )


def add_out(parser: argparse.ArgumentParser) -> None:
    """Add where a made table goes."""
    parser.add_argument(
        "--out",
        "-o",
        metavar="PATH",
        help=".csv, .csv.gz, .parquet or .xlsx, or the address of a database; default: CSV to stdout; many rows go to .parquet in batches",
    )
    parser.add_argument("--out-table", metavar="[SCHEMA.]NAME", help="of a database: the new table; none is written over")


def new_table(options: argparse.Namespace) -> NewTable | None:
    """Return the table of a database that is to be made, checked before any work is done; None where there is none.

    Raises
    ------
    SettingError, ReadError
        If it has no name, may not be made, or is there already.
    """
    from synth_ui.core.errors import SettingError
    from synth_ui.tables.databases.address import DatabaseAddress, is_database

    if options.out is None or not is_database(options.out):
        if options.out_table:
            raise SettingError("--out-table goes with --out and the address of a database.")
        return None
    from synth_ui.tables.databases.write import NewTable, check_new

    address = DatabaseAddress.of(options.out)
    if not options.out_table:
        raise SettingError(f"{address.shown} is a database. Name the table to be made there with --out-table.")
    schema, dot, name = options.out_table.partition(".")
    new = NewTable(address, name, schema) if dot else NewTable(address, options.out_table)
    check_new(new)
    return new


def again(options: argparse.Namespace) -> list[str]:
    """Return the arguments that name the same source once more, without a password."""
    from synth_ui.tables.databases.address import plain_address

    named = [("--table", options.table), ("--query", options.query)]
    return [plain_address(str(options.file)), *(part for name, value in named if value is not None for part in (name, value))]


def _there(address: DatabaseAddress) -> str:
    """Say which tables there are."""
    from synth_ui.tables.databases.take import listed, schemas

    names = [
        table.name if place == 0 else f"{schema}.{table.name}"
        for place, schema in enumerate(schemas(address))
        for table in listed(address, schema)
    ]
    more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
    return f"there are {', '.join(names[:MOST_NAMED])}{more}" if names else "this user sees none"
