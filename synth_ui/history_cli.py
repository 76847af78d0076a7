"""`synth-ui history`: the tables and races of the workspace, with what they came to."""

from __future__ import annotations

import argparse
import shlex
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synth_ui.core.errors import printable

if TYPE_CHECKING:
    from synth_ui.store.workspace import Workspace


def add_parser(commands: Any, json_option: Any, write_json: Any) -> None:
    """Add the command to the parser; `json_option` adds --json to a parser, `write_json` writes what it asks for."""
    parser = commands.add_parser(
        "history", help="list the races of the workspace with what they came to; name, note, delete them"
    )
    parser.add_argument(
        "words", nargs="*", metavar="TEXT",
        help="only races whose name, note, table or result holds TEXT; or one of: export RACE_ID FILE.zip, export all FILE.zip, import FILE.zip, compare RACE_ID RACE_ID, changes OLD NEW (files or ids of tables), retarget RACE_ID COLUMN",
    )  # fmt: skip
    parser.add_argument("--starred", action="store_true", help="only starred ones")
    parser.add_argument("--race", metavar="ID", help="the race that --name, --note, --star, --delete or --undo is about")
    parser.add_argument("--name", help="call it so")
    parser.add_argument("--note", help="keep a note with it")
    parser.add_argument("--star", action=argparse.BooleanOptionalAction, help="star it")
    change = parser.add_mutually_exclusive_group()
    change.add_argument("--delete", action="store_true", help="put it into the bin; it comes back for a week with --undo")
    change.add_argument("--undo", action="store_true", help="bring it back from the bin")
    parser.add_argument("--empty-bin", action="store_true", help="delete all that is in the bin for good, tables and races")
    json_option(parser)
    parser.set_defaults(command=lambda options: _history(options, write_json))


def _history(options: argparse.Namespace, write_json: Any) -> int:
    from synth_ui.core.errors import SettingError
    from synth_ui.store.workspace import Workspace

    ws = Workspace.open()
    verb = options.words[0] if len(options.words) > 1 else ""
    if verb in VERBS:
        return VERBS[verb](ws, options, write_json)
    if len(options.words) > 1:
        raise SettingError(
            f"{' '.join(options.words)!r}: put a text of several words in quotes, or say one of {', '.join(VERBS)}."
        )
    options.search = "".join(options.words)
    asked = options.name is not None or options.note is not None or options.star is not None or options.delete or options.undo
    if asked and not options.race:
        raise SettingError("Say which race with --race ID; synth-ui history lists them.")
    if options.delete and options.empty_bin:
        raise SettingError(
            "--delete and --empty-bin together would delete for good what can be brought back for a week. Say them apart."
        )
    if asked:
        _change(ws, options)
    if options.empty_bin:
        _empty_bin(ws)
        if not asked and not options.json and not options.words:
            return 0
    rows = _rows(ws, options)
    if options.json:
        write_json(rows, options.json)
        return 0
    for row in rows:
        star = "* " if row["starred"] else ""
        said = (
            f"{row['race']}  {row['started']}  {star}{row['name']}: {row['result']}{'  # ' + row['note'] if row['note'] else ''}"
        )
        print(printable(said))
    if not rows:
        print("No race holds that." if options.search or options.starred else "No race yet.", file=sys.stderr)
    return 0


def _export(ws: Workspace, options: argparse.Namespace, write_json: Any) -> int:
    from synth_ui.core.errors import SettingError
    from synth_ui.store.parcel import NO_SAMPLERS, pack, pack_all

    _, what, file = _three(options.words, "export RACE_ID FILE.zip, or export all FILE.zip")
    path = Path(file)
    if path.suffix.lower() != ".zip":
        say = shlex.join(["synth-ui", "history", "export", what, str(path.parent / f"{path.stem or 'export'}.zip")])
        raise SettingError(f"{file!r} does not end in .zip, which an export is; nothing was written. Say: {say}")
    left = pack_all(ws, path) if what == "all" else pack(ws, what, path)
    for sentence in left:
        print(f"left out: {sentence}", file=sys.stderr)
    print(f"wrote {path}, {path.stat().st_size / 1e6:,.1f} MB. It holds real rows. {NO_SAMPLERS}", file=sys.stderr)
    return 0


def _import(ws: Workspace, options: argparse.Namespace, write_json: Any) -> int:
    from synth_ui.core.errors import SettingError
    from synth_ui.store.parcel import unpack

    if len(options.words) != 2:
        raise SettingError("Say: synth-ui history import FILE.zip")
    found = unpack(ws, Path(options.words[1]))
    if options.json:
        write_json({"races": found.races, "tables": found.tables, "new": found.new, "lacks": found.lacks}, options.json)
        return 0
    for race_id in found.races:
        print(f"{race_id}  {'imported' if race_id in found.new else 'was there already'}")
    if found.lacks:
        print(found.said_lacking(), file=sys.stderr)
    return 0


def _three(words: list[str], usage: str) -> tuple[str, str, str]:
    from synth_ui.core.errors import SettingError

    if len(words) != 3:
        raise SettingError(f"Say: synth-ui history {usage}")
    return words[0], words[1], words[2]


def _compare(ws: Workspace, options: argparse.Namespace, write_json: Any) -> int:
    from synth_ui.comparison.families import DECIDING, FAMILIES
    from synth_ui.jobs.races.together import together

    outcome = together(ws, options.words[1:])
    if options.json:
        write_json(outcome.to_dict(), options.json)
        return 0
    print(outcome.verdict().finding)
    board = outcome.leaderboard()
    for row in board[~board["control"].astype(bool)].to_dict("records"):
        places = ", ".join(f"{FAMILIES[family].title} {_share(row[f'{family}_position'])}" for family in DECIDING)
        print(f"{row['title']}: {places}")
    return 0


def _share(position: Any) -> str:
    return "no scale" if position is None or position != position else f"{position:.0%}"


def _changes(ws: Workspace, options: argparse.Namespace, write_json: Any) -> int:
    from synth_ui.api import changed
    from synth_ui.jobs.versions import versions

    _, before, now = _three(options.words, "changes OLD NEW, each a file or the id of a table")
    ids = set(ws.tables()["id"].astype(str))
    verdicts: dict[str, str] = {}
    if {before, now} <= ids:
        both = versions(ws, before, now)
        found, verdicts = both.changes, {"before": both.verdict_before, "now": both.verdict_now}
    else:
        found = changed(*(ws.table(name) if name in ids else name for name in (before, now)))
    if options.json:
        write_json({**found.to_dict(), **{f"verdict_{when}": said for when, said in verdicts.items()}}, options.json)
        return 0
    print(found.sentence)
    for row in found.columns[found.columns["change"] != ""].to_dict("records"):
        moved = f", {row['shift']:.1%} of the rows (chance leaves {row['chance']:.1%})" if row["shift"] == row["shift"] else ""
        print(f"{row['column']}: {row['change']}{moved}{'; ' + row['said'] if row['said'] else ''}")
    for when, said in verdicts.items():
        print(f"Race {'of the older version' if when == 'before' else 'of the newer version'}: {said or 'none'}")
    return 0


def _retarget(ws: Workspace, options: argparse.Namespace, write_json: Any) -> int:
    from synth_ui.api import retarget

    _, race_id, column = _three(options.words, "retarget RACE_ID COLUMN")
    made = retarget(race_id, column)
    if options.json:
        write_json(made.to_dict(), options.json)
    else:
        print(f"{made.race_id}  {made.verdict.finding}")
    return 0


VERBS = {"export": _export, "import": _import, "compare": _compare, "changes": _changes, "retarget": _retarget}
"""What the command does beside listing, by its first word."""


def _change(ws: Workspace, options: argparse.Namespace) -> None:
    from synth_ui.jobs.races.control import put_away
    from synth_ui.store import history

    if options.undo:
        history.bring_back(ws, "race", options.race)
    history.describe(ws, "race", options.race, name=options.name, note=options.note, starred=options.star)
    if options.delete:
        put_away(ws, "race", options.race)


def _empty_bin(ws: Workspace) -> None:
    from synth_ui.store import history

    number = history.empty_bin(ws, days=0)
    print(f"{number:,} {'thing' if number == 1 else 'things'} deleted for good.", file=sys.stderr)


def _rows(ws: Workspace, options: argparse.Namespace) -> list[dict[str, Any]]:
    from synth_ui.jobs.summary import summary
    from synth_ui.store import history

    found = []
    for race in history.races_with_counts(ws):
        said = summary(ws, race["id"], race["summary"]) if not race["active"] else None
        ready = f"{race['done']} of {race['candidates']} candidates ready"
        row = {
            "race": race["id"], "name": race["name"], "table": race["table"], "rows": race["rows"],
            "started": datetime.fromtimestamp(race["created"]).isoformat(" ", "minutes"), "running": bool(race["active"]),
            "candidates": race["candidates"], "leader": said.leader if said else "", "result": said.finding if said else ready,
            "note": race["note"], "starred": bool(race["starred"]), "example": bool(race["example"]),
        }  # fmt: skip
        text = f"{row['name']} {row['note']} {row['table']} {row['result']}".lower()
        if options.search.lower() in text and (row["starred"] or not options.starred):
            found.append(row)
    return found
