"""`synth-ui choose`: record which candidate of a race is chosen, show the record, or take it back."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from synth_ui.core.errors import SettingError

if TYPE_CHECKING:
    from synth_ui.core.choice import Choice

WriteJson = Callable[[Any, str], None]


def add_parser(commands: Any, add_json: Callable[[argparse.ArgumentParser], None], write_json: WriteJson) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "choose",
        help="record which candidate of a race is chosen, with the reasons",
        description="Record which candidate of a race is chosen, with what the verdict says at this moment. Without CANDIDATE the choice "
        "that stands is shown.",
    )
    parser.add_argument("race", metavar="RACE_ID", help="as in the address of the dashboard, or in the JSON of a race")
    parser.add_argument("candidate", metavar="CANDIDATE", nargs="?", help="such as cart, or file:vendor")
    add_purpose(parser)
    parser.add_argument(
        "--require", action="append", default=[], metavar="WHAT",
        help="what it must keep to: skill=0.95, leak, rules or seconds=60; whether it does is recorded; repeat it",
    )  # fmt: skip
    parser.add_argument("--note", default="", help="your own words")
    parser.add_argument("--undo", action="store_true", help="take back the choice that stands; the one before it stands again")
    add_json(parser)
    parser.set_defaults(command=lambda options: run(options, write_json))


def add_purpose(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what the rows are for."""
    from synth_ui.comparison.purposes import PURPOSES

    said = "; ".join(f"{purpose.key}: {purpose.title.lower()}" for purpose in PURPOSES.values())
    parser.add_argument(
        "--purpose", choices=list(PURPOSES), default="balanced", help=f"what the rows are for ({said}); default: %(default)s"
    )
    parser.add_argument(
        "--weights",
        metavar="A,B,C",
        help="own weights of likeness, usefulness and little leakage in place of a purpose, such as 2,3,1",
    )


def purpose_of(options: argparse.Namespace) -> Mapping[str, float] | str:
    """Return the purpose, or the own weights, of a command line.

    Raises
    ------
    SettingError
        If the weights are not three numbers from 0 up, or all 0.
    """
    from synth_ui.comparison import purposes

    if not options.weights:
        return str(options.purpose)
    try:
        likeness, usefulness, leakage = map(float, options.weights.split(","))
    except ValueError as error:
        raise SettingError(f"--weights {options.weights!r} is not three numbers; write for example --weights 2,3,1.") from error
    weights = {"fidelity": likeness, "utility": usefulness, "privacy": leakage}
    purposes.purpose_of(weights)  # refused here, before any work
    return weights


def run(options: argparse.Namespace, write_json: WriteJson) -> int:
    """Record, show or take back a choice, and say so.

    Raises
    ------
    StoreError, SettingError, TableError
        If the race, a requirement, the weights or the candidate cannot be.
    """
    from synth_ui.api import choose, unchoose
    from synth_ui.store.workspace import Workspace

    if options.undo and options.candidate:
        raise SettingError("--undo takes no CANDIDATE: it takes back the choice that stands.")
    if options.undo:
        undone = unchoose(options.race)
        if options.json != "-":
            print(f"Taken back: {undone.title}." if undone else "No choice stands; nothing was taken back.")
    elif options.candidate:
        purpose = purpose_of(options)
        choose(options.race, options.candidate, purpose=purpose, requirements=options.require, note=options.note)
    ws = Workspace.open()
    ws.race(options.race)
    made = ws.choice(options.race)
    if options.json:
        write_json(None if made is None else made.to_dict(), options.json)
    if options.json != "-":
        print(words(made) if made is not None else "No candidate of this race is chosen.")
    return 0


def words(made: Choice) -> str:
    """Say a choice in lines."""
    lines = [f"Chosen: {made.title} ({made.candidate}), for: {made.purpose_title.lower()}", f"{made.finding}.", made.sentence]
    lines += [f"- {one.title}: {one.answer}. {one.reason}" for one in made.requirements]
    lines += [f"Note: {made.note}"] if made.note else []
    if made.rejected:
        lines.append("\nNot chosen")
        lines += [f"- {' '.join([f'{one.title}.', *one.failed, one.said]).strip()}" for one in made.rejected]
    return "\n".join(lines)
