"""What a comparison is written to from the command line: report, card, slides, script, notebook."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synth_ui.core.errors import SettingError

if TYPE_CHECKING:
    from synth_ui.api import Comparison

CARD_ENDINGS = (".html", ".json", ".png")
_ENDINGS = {
    "report": (".html",),
    "slides": (".html",),
    "script": (".py",),
    "notebook": (".ipynb",),
    "decision_card": CARD_ENDINGS,
}


def add_outputs(parser: argparse.ArgumentParser, *, made_here: bool) -> None:
    """Add the options; a script and a notebook only where candidates are made here."""
    parser.add_argument(
        "--report", metavar="PATH.html", help="write the comparison as one HTML file, the decision card as its first page"
    )
    parser.add_argument(
        "--chapters", metavar="A,B", help="what stands in the report behind its first page: board, purposes, candidates, numbers, tried, "
        "measures, limits, or none; default: all",
    )  # fmt: skip
    parser.add_argument("--slides", metavar="PATH.html", help="write slides for a meeting as one HTML file")
    if made_here:
        parser.add_argument(
            "--script", metavar="PATH.py", help="write the script that makes the chosen, else the best candidate again"
        )
        parser.add_argument("--notebook", metavar="PATH.ipynb", help="the same as a notebook")
    else:
        parser.set_defaults(script=None, notebook=None)


def chapters_of(options: argparse.Namespace) -> list[str] | None:
    """Return the chapters named, None for all.

    Raises
    ------
    SettingError
        If there is no such chapter.
    """
    from synth_ui.reports.html import chapters_of as known

    if options.chapters is None:
        return None
    named = [key.strip() for key in options.chapters.split(",") if key.strip()]
    return list(known([] if named == ["none"] else named))


def check_outputs(options: argparse.Namespace, check_folder: Callable[[Path], None]) -> None:
    """Refuse what cannot be written before the work: a folder that is not there, a strange ending, an unknown chapter."""
    for name, endings in _ENDINGS.items():
        path = getattr(options, name)
        if path:
            if name not in ("report", "decision_card") and Path(path).suffix not in endings:
                raise SettingError(f"--{name} {path!r} does not end in {' or '.join(endings)}.")
            check_folder(Path(path))
    if options.chapters is not None:
        chapters_of(options)


_READ = ("file", "train", "holdout", "synthetic", "where_table", "constraints", "schema", "real")
_READ_BY_HISTORY = ("import", "changes")
"""Of `history`, what is followed by files that are read; the words of others are ids, texts and columns."""

_WRITTEN = {
    "out": "--out", "json": "--json", "report": "--report", "slides": "--slides", "script": "--script", "notebook": "--notebook",
    "decision_card": "--card",
}  # fmt: skip


_FILE_DATABASES = ("sqlite:///", "duckdb:///")


def check_overwriting(options: argparse.Namespace) -> None:
    """Refuse to write over a file that is read, or two things into one file; a new table in the database that is read is neither.

    Raises
    ------
    SettingError
        If an output is an input or another output; nothing has been read or written then.
    """
    named = [getattr(options, name, None) for name in _READ]
    words = getattr(options, "words", None) or [""]
    read = {_place(path) for given in [*named, words[1:] if words[0] in _READ_BY_HISTORY else None] for path in _paths(given)}
    taken = dict[Path, str]()
    for name, flag in _WRITTEN.items():
        given = getattr(options, name, None)
        # A database gets a new table and nothing in it is written over, so rows may go into the one they were read from.
        added_to = isinstance(given, str) and given.startswith(_FILE_DATABASES)
        for path in _paths(given):
            place = _place(path)
            if place in read and not added_to:
                raise SettingError(f"{flag} {path} is read by this command and would be written over. Name another file.")
            if place in taken:
                raise SettingError(f"{taken[place]} and {flag} both name {path}. Name two files.")
            taken[place] = flag


def _place(path: str) -> Path:
    """Return where a path leads; one that leads in a circle, or that no system takes, stays what it is: whoever opens it says so."""
    try:
        return Path(path).resolve()
    except (OSError, RuntimeError, ValueError):
        return Path(path).absolute()


def _paths(given: Any) -> list[str]:
    """Return what may be a path, the file of a database among them: not another address, and not stdin or stdout."""
    named = [str(one) for one in (given if isinstance(given, list) else [given]) if isinstance(one, str | Path)]
    files = [one.partition(":///")[2].partition("?")[0] if one.startswith(_FILE_DATABASES) else one for one in named]
    return [one for one in files if one not in ("", "-") and "://" not in one]


def write_outputs(
    result: Comparison, options: argparse.Namespace, purpose: Mapping[str, float] | str, write: Callable[[bytes, Path], None]
) -> None:
    """Write what was asked for; what can be refused last."""
    if options.report:
        write(result.html(purpose, chapters=chapters_of(options)).encode(), Path(options.report))
    if options.decision_card and Path(options.decision_card).suffix != ".json":
        card: Any = result.decision_card(purpose)
        write(card.png() if options.decision_card.endswith(".png") else card.html().encode(), Path(options.decision_card))
    if options.slides:
        write(result.slides(purpose).encode(), Path(options.slides))
    for path, notebook in ((options.script, False), (options.notebook, True)):
        if path:
            write(result.script(notebook=notebook).encode(), Path(path))
