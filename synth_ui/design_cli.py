"""`synth-ui design`: tables made from nothing, on the command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from synth_ui.core.errors import SettingError
from synth_ui.source_cli import add_out

DECLARED_IN = {"schema": "declaration", "llm": "declaration", "designed": "columns"}
"""The setting that takes the JSON of a schema file."""


def add_parser(commands: Any, positive: Callable[[str], int], command: Callable[[argparse.Namespace], int]) -> None:
    """Add the command to the parser of commands."""
    parser = commands.add_parser("design", help="make a table from nothing: declared, designed or simulated")
    parser.add_argument(
        "generator", nargs="?", default="schema", metavar="KEY", help="default: %(default)s; see synth-ui generators"
    )
    parser.add_argument("--schema", metavar="FILE.json", help="the columns, as JSON; --example shows one")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", dest="settings", help="a setting; repeat it")
    parser.add_argument("--rows", type=positive, default=1_000, metavar="N", help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    add_out(parser)
    parser.add_argument("--tables", metavar="FOLDER", help="write every table there as Parquet, with the counts over time")
    parser.add_argument("--example", action="store_true", help="print a schema to start from, and stop")
    parser.add_argument(
        "--from", metavar="FILE", dest="real", help="print the schema of a real table without its values, and stop"
    )
    parser.set_defaults(command=command)


def declared(options: argparse.Namespace, settings: dict[str, str]) -> dict[str, str]:
    """Return the settings with the schema file among them; raise `SettingError` where it cannot be read or has no place."""
    if not options.schema:
        return settings
    name = DECLARED_IN.get(options.generator)
    if name is None:
        raise SettingError(f"{options.generator} takes no --schema; {', '.join(DECLARED_IN)} do. Use --set for its settings.")
    try:
        return {**settings, name: Path(options.schema).read_text(encoding="utf-8")}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"--schema {options.schema!r} cannot be read ({error}); check the path.") from error


def printed(options: argparse.Namespace) -> str | None:
    """Return the schema that is to be printed instead of rows, or None."""
    if options.real:
        from synth_ui.api import read
        from synth_ui.generators.from_nothing.blueprint import Blueprint

        return Blueprint.of(read(options.real).table).to_json()
    if options.example:
        from synth_ui.generators.from_nothing import designed, schema

        return designed.EXAMPLE if options.generator == "designed" else schema.EXAMPLE
    return None


def streamed(options: argparse.Namespace) -> bool:
    """Whether the rows go to their file block by block."""
    return options.generator == "schema" and bool(options.out) and options.out.endswith(".parquet") and not options.tables


def write_tables(world: Any, folder: Path) -> list[str]:
    """Write every table and the counts over time of a world to a folder; return the names of the files."""
    from synth_ui.reports.download import to_parquet
    from synth_ui.store.files.disk import write_whole

    names = []
    for name, table in world.tables.items():
        plain = "".join(letter if letter.isalnum() else "-" for letter in name)
        content = to_parquet(table.frame, table.schema)
        write_whole(folder / f"{plain}.parquet", lambda path, content=content: path.write_bytes(content))  # type: ignore[misc]
        names.append(f"{plain}.parquet")
    if world.series is not None:
        write_whole(folder / "over-time.csv", lambda path: path.write_text(world.series.to_csv(index=False), encoding="utf-8"))
        names.append("over-time.csv")
    return names
