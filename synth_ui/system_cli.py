"""`synth-ui ready`: whether the program can take work, for whoever starts and watches a server."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

NOT_READY = 1

WriteJson = Callable[[Any, str], None]


def add_parser(commands: Any, add_json: Callable[[argparse.ArgumentParser], None], write_json: WriteJson) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "ready",
        help="say whether the workspace, the disk and the memory allow work",
        description=f"Look at the workspace, its disk, the memory and the rights of its folder. Ends with {NOT_READY} where no work can be "
        "taken. A running dashboard answers the same at /ready.",
    )
    add_json(parser)
    parser.set_defaults(command=lambda options: run(options, write_json))


def run(options: argparse.Namespace, write_json: WriteJson) -> int:
    """Print what was looked at, a line each; 0 where work can be taken."""
    from dataclasses import asdict

    from synth_ui.jobs.health.ready import checks, ready

    found = checks()
    if options.json:
        write_json({"ready": ready(found), "checks": [asdict(one) for one in found]}, options.json)
    if options.json != "-":
        for one in found:
            print(f"{'fine' if one.fine else 'NOT FINE' if one.needed else 'warning'}: {one.said}")
        print("Ready." if ready(found) else "Not ready.")
    return 0 if ready(found) else NOT_READY
