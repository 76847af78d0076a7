"""`synth-ui split`: the training rows as a file to give to another tool, and the rows held back as one to keep."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synth_ui.keywords import FormerOption
from synth_ui.source_cli import add_source, again, source_of

if TYPE_CHECKING:
    from synth_ui.core.table import Split

TRAIN, HOLDOUT = "train.csv", "holdout.csv"


def add_parser(commands: Any, positive: Callable[[str], int], share: Callable[[str], float]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "split",
        help="cut a table into training rows, to give to another tool, and rows held back, to judge it by",
        description="Cut a table as a race with the same options does, and write both halves as CSV. A tool that is given the "
        "training rows alone cannot have seen the rows held back, so its rows can be judged.",
    )
    add_source(parser)
    parser.add_argument(
        "--out",
        required=True,
        dest="folder",
        metavar="FOLDER",
        help="where train.csv and holdout.csv go; made if it is not there",
    )
    parser.add_argument("--target", metavar="COLUMN", help="of the race: the halves are alike in it")
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    parser.add_argument("--train-share", type=share, default=0.5, help="train's share of the real rows; default: %(default)s")
    parser.add_argument("--sample", type=positive, metavar="N", help="cut a seeded sample of N real rows")
    parser.add_argument("--rows", type=positive, dest="sample", action=FormerOption, help=argparse.SUPPRESS)
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Write both halves and say what to do with them.

    Raises
    ------
    SettingError
        If one of the files is there already, or the folder cannot be made.
    ReadError, TableError
        If the table cannot be read, there is no such target, or a half would be empty.
    """
    from synth_ui.api import split

    folder = Path(options.folder)
    _check(folder)
    source = source_of(options)
    cut = split(source, target=options.target, seed=options.seed, train_share=options.train_share, sample=options.sample)
    _write(cut, folder)
    print(f"{cut.sentence}\n")
    print(f"{len(cut.train):,} training rows: {folder / TRAIN}\n{len(cut.holdout):,} rows held back: {folder / HOLDOUT}\n")
    print(_next(options, folder))
    return 0


def _check(folder: Path) -> None:
    """Refuse before any work what would be overwritten or cannot be written."""
    from synth_ui.core.errors import SettingError

    there = [name for name in (TRAIN, HOLDOUT) if (folder / name).exists()]
    if there:
        raise SettingError(f"{folder} already holds {' and '.join(there)}; nothing is overwritten. Choose another folder.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError(f"The folder {folder} cannot be made: {error.strerror}. Choose another one.") from error


def _write(cut: Split, folder: Path) -> None:
    from synth_ui.reports.download import to_csv
    from synth_ui.store.files.disk import write_whole

    for name, half in ((TRAIN, cut.train), (HOLDOUT, cut.holdout)):
        content = to_csv(half.frame, half.schema)
        write_whole(folder / name, partial(Path.write_bytes, data=content))


def _next(options: argparse.Namespace, folder: Path) -> str:
    """Say what to do with the files, as commands that can be copied."""
    asked = ["--target", options.target] if options.target else []
    cut = ["--seed", str(options.seed)] if options.seed else []
    cut += ["--train-share", f"{options.train_share:g}"] if options.train_share != 0.5 else []
    cut += ["--sample", str(options.sample)] if options.sample else []
    halves = ["--train", str(folder / TRAIN), "--holdout", str(folder / HOLDOUT)]
    score = shlex.join(["synth-ui", "score", *halves, "--synthetic", "SYNTHETIC.csv", *asked])
    race = shlex.join(
        ["synth-ui", "race", *again(options), *(asked or ["--target", "COLUMN"]), *cut, "--synthetic", "SYNTHETIC.csv"]
    )
    same = (
        "It is cut as this race cuts it"
        if asked
        else "With a target a race cuts differently; name it with --target to get its halves"
    )
    return (
        f"Give {TRAIN}, and nothing else of this table, to the tool that makes the synthetic rows. Then judge what it made:\n  {score}\n"
        f"{same}:\n  {race}"
    )
