"""Starting a race: the requests become runs, cheapest first, with the controls that give every score its scale."""

from __future__ import annotations

import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import synth_ui
from synth_ui.core.asked import Asked
from synth_ui.core.constraint import Constraint
from synth_ui.core.context import Context
from synth_ui.core.errors import SettingError
from synth_ui.core.possible import refuse_impossible
from synth_ui.core.run import RunState
from synth_ui.core.score import CONTROLS
from synth_ui.core.table import Schema, TableSize
from synth_ui.evaluation.cards import card as measures_of
from synth_ui.generators.base import Cost
from synth_ui.jobs import polish, schedule
from synth_ui.jobs.further import askings, first_card
from synth_ui.jobs.recipe import generator_of
from synth_ui.jobs.shared import scoring_version
from synth_ui.store import ledger
from synth_ui.store.frames import write_frame
from synth_ui.store.workspace import Workspace, as_json, new_id

IDLE_MEGABYTES = 150.0
"""What a worker takes before it has read a row."""

CELL_MEGABYTES = 1.2e-4
"""What scoring takes per cell of the split and the candidate."""

_NAMED = ("numpy", "pandas", "scipy", "scikit-learn", "torch", "sdv", "sdmetrics")


@dataclass(frozen=True)
class Request:
    """What a user asks for: a generator with settings, or a file made elsewhere.

    Attributes
    ----------
    generator
        Its key; "file" for a file.
    seed, seeds
        The first seed, and how many candidates to make with seeds counted up from it.
    path
        For "file": where it is.
    constraints
        Rules every row of the candidate keeps.
    polish
        Whether rows are chosen among more that are drawn; see `synth_ui.jobs.polish`.
    """

    generator: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    seeds: int = 1
    path: str | None = None
    constraints: tuple[Constraint, ...] = ()
    polish: bool = False


def with_polished(requests: Sequence[Request], rows: int) -> list[Request]:
    """Return the requests, and one for a polished candidate of each generator that is polished on so many training rows."""
    from synth_ui.jobs.recipe import known_generators

    known = known_generators()
    plain = [one for one in requests if not one.polish and one.generator in known]
    return [*requests, *(replace(one, polish=True) for one in plain if not polish.refusal(known[one.generator], rows))]


@dataclass(frozen=True)
class _Planned:
    candidate: str
    generator: str
    settings: Mapping[str, Any]
    asked: str
    seed: int
    cost: Cost


def start_race(
    ws: Workspace,
    split_id: str,
    requests: Sequence[Request],
    *,
    card: str | Sequence[str] = "standard",
    make: int | None = None,
    name: str | None = None,
    seconds: float | None = None,
    race_id: str | None = None,
) -> str:
    """Queue a race, start what the slots allow, and return its id.

    The cheapest candidate comes first, so that something is on the board within seconds; then the controls, without which
    no score has a scale; then the other candidates, cheapest first. Once all of them are scored for the leaderboard, all are asked the
    rest of the card, batch by batch; see `synth_ui.jobs.further`.

    Parameters
    ----------
    card
        "standard": the quick card for a leaderboard, then every measure. "quick": only the former. Or keys of measures.
    make
        Rows of each candidate; by default as many as train has.
    seconds
        End the race after so long with what is finished then; None lets it run to its end.
    race_id
        From `new_id`, for a caller that must be able to cancel it even if it is interrupted in here.

    Raises
    ------
    PluginError, SettingError, ReadError, TableError
        If a generator, setting, card or file is not usable; nothing has been queued then.
    """
    row = ws.split_row(split_id)
    rows = row["train_rows"] if make is None else make
    if rows < 1:
        raise SettingError(f"make is {rows}; a candidate has at least one row.")
    card_name = card if isinstance(card, str) else ",".join(card)
    measures_of(card_name)
    schema = ws.table_row(row["table_id"])["schema"]
    _check_rules(requests, schema)
    now = time.time()
    common = {"split_id": split_id, "card": first_card(card_name), "created": now, "rows": rows}
    planned = planned_rows(requests, schema, row, common)
    files = [_read_file(ws, row, _path_of(request)) for request in requests if request.generator == "file"]
    ordered = in_order(planned, [_file_row(ws, common, *file) for file in _named_apart(files)])
    called = name or ws.table_row(row["table_id"])["name"]
    race = {**_race_row(common, row["table_id"], called, seconds, race_id), "card": card_name, "asked": "{}"}
    ledger.add_race(ws, race, ordered, askings(race, ordered, now))
    schedule.sweep(ws)
    return str(race["id"])


def planned_rows(
    requests: Sequence[Request], schema: Schema, split_row: Mapping[str, Any], common: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the rows of the controls and of the candidates that are made here, cheapest first; nothing is written or queued."""
    size = _train_size(schema, split_row["train_rows"])
    made = [_generate_row(candidate, common, size) for candidate in plan(requests, size, common["rows"])]
    return [*_control_rows(common, common["split_id"], split_row), *made]


def in_order(planned: Sequence[Mapping[str, Any]], files: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Number the runs of a race: something for the board at once, then the controls, then the rest."""
    controls = [run for run in planned if run["control"]]
    made = [run for run in planned if not run["control"]]
    first, rest = (files, made) if files else (made[:1], made[1:])
    return [{**run, "place": place} for place, run in enumerate([*first, *controls, *rest])]


def _race_row(common: Mapping[str, Any], table_id: str, name: str, seconds: float | None, race_id: str | None) -> dict[str, Any]:
    now = common["created"]
    return {
        "id": race_id or new_id(),
        "name": name,
        "table_id": table_id,
        "split_id": common["split_id"],
        "make": common["rows"],
        "deadline": now + seconds if seconds else None,
        "versions": as_json(versions()),
        "created": now,
    }


def plan(requests: Sequence[Request], size: TableSize, rows: int) -> list[_Planned]:
    """Name the candidates and put them in order, cheapest first.

    A candidate is named by its generator's key; a second set of settings or rules of the same generator adds "-2", a second seed
    "#2": `cart`, `cart#2`, `cart-2`, `cart-2#2`. What is asked for twice is made once.
    """
    variants: dict[str, list[str]] = {}
    seeds: dict[tuple[str, str], list[int]] = {}
    planned = []
    for request in requests:
        if request.generator == "file":
            continue
        if request.seeds < 1:
            raise SettingError(f"seeds is {request.seeds}; at least one is made.")
        generator = generator_of(request.generator, request.settings)
        settings = generator.settings()
        known = variants.setdefault(request.generator, [])
        asked = Asked(request.constraints, polish=request.polish).to_json()
        text = as_json(settings) + asked
        if text not in known:
            known.append(text)
        variant = request.generator + (f"-{known.index(text) + 1}" if known.index(text) else "")
        for seed in range(request.seed, request.seed + request.seeds):
            made = seeds.setdefault((request.generator, text), [])
            if seed in made:
                continue
            made.append(seed)
            name = variant + (f"#{len(made)}" if len(made) > 1 else "")
            cost = polish.cost(generator, size, rows) if request.polish else generator.cost(size, rows)
            planned.append(_Planned(name, request.generator, settings, asked, seed, cost))
    return sorted(planned, key=lambda candidate: candidate.cost.seconds)


def _check_rules(requests: Sequence[Request], schema: Schema) -> None:
    """Refuse rules that do not fit the table before anything is queued."""
    for constraint in {constraint for request in requests for constraint in request.constraints}:
        constraint.check(schema)
    for constraints in {request.constraints for request in requests if request.generator != "file"}:
        refuse_impossible(constraints, (), schema)


def _train_size(schema: Schema, rows: int) -> TableSize:
    """Return the size of train from the schema alone: a page must not read the table to start a race."""
    levels = [len(column.levels) or 2 for column in schema.modelled if column.kind.discrete]
    return TableSize(rows, len(schema.modelled), sum(levels), max(levels, default=0))


def _generate_row(candidate: _Planned, common: Mapping[str, Any], size: TableSize) -> dict[str, Any]:
    return {
        **common,
        "id": new_id(),
        "kind": "generate",
        "candidate": candidate.candidate,
        "generator": candidate.generator,
        "settings": as_json(candidate.settings),
        "asked": candidate.asked,
        "seed": candidate.seed,
        "control": False,
        "state": RunState.QUEUED.value,
        "cost_seconds": candidate.cost.seconds,
        "megabytes": IDLE_MEGABYTES + max(candidate.cost.megabytes, _scoring_megabytes(size, common["rows"])),
    }


def _scoring_megabytes(size: TableSize, rows: int) -> float:
    return CELL_MEGABYTES * size.columns * (2 * size.rows + rows)


def _control_rows(common: Mapping[str, Any], split_id: str, split_row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Make a row per control; one scored before on this split with this first card and this code is shown, not run again."""
    return [
        {
            **common,
            "id": new_id(),
            "kind": "control",
            "candidate": key,
            "generator": "",
            "settings": "{}",
            "seed": split_row["seed"],
            "rows": split_row["train_rows"],
            "control": True,
            "state": RunState.QUEUED.value,
            "megabytes": 2 * IDLE_MEGABYTES,
            "reuse_key": f"{split_id}:{common['card']}:{scoring_version()}",
        }
        for key in CONTROLS
    ]


# --- files made elsewhere ----------------------------------------------------------------------------------------


def _path_of(request: Request) -> str:
    path = request.path or request.settings.get("path")
    if not path:
        raise SettingError("file: path is missing; name the synthetic file.")
    return str(path)


def _read_file(
    ws: Workspace, split_row: Mapping[str, Any], source: Any, name: str | None = None, context: Context | None = None
) -> tuple[str, Any, tuple[str, ...]]:
    """Read a file and bring it to the real columns right away: what does not fit is refused while the user looks."""
    from synth_ui.tables.read import read_like

    called = file_name(name or (source if isinstance(source, str | Path) else "table"))
    frame, notes = read_like(source, ws.table(split_row["table_id"]), name=name, scratch=ws.home, context=context)
    return called, frame, notes


def file_name(path: str | Path) -> str:
    """Return what a file is called as a candidate: `file:` and its name without endings."""
    name = Path(path).name
    return "file:" + Path(name[:-3] if name.lower().endswith(".gz") else name).stem


def _named_apart(files: Sequence[tuple[str, Any, tuple[str, ...]]]) -> list[tuple[str, Any, tuple[str, ...]]]:
    """Give files of the same name numbers: `file:a`, `file:a-2`."""
    taken: set[str] = set()
    return [(free_name(name, taken), frame, notes) for name, frame, notes in files]


def free_name(name: str, taken: set[str]) -> str:
    """Return `name`, with a number where it is taken, and take it."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    taken.add(free)
    return free


def _file_row(ws: Workspace, common: Mapping[str, Any], name: str, frame: Any, notes: Sequence[str]) -> dict[str, Any]:
    run_id = new_id()
    write_frame(ws.synthetic_path(run_id), frame)
    return {
        **common,
        "id": run_id,
        "kind": "file",
        "candidate": name,
        "generator": "file",
        "settings": "{}",
        "seed": 0,
        "rows": len(frame),
        "control": False,
        "state": RunState.QUEUED.value,
        "megabytes": 2 * IDLE_MEGABYTES,
        "notes": "\n".join(notes),
    }


def add_file(ws: Workspace, race_id: str, source: Any, name: str | None = None, context: Context | None = None) -> str:
    """Enter a synthetic file made elsewhere into a race and return the id of its run; it is asked what the others were asked.

    Parameters
    ----------
    source
        A path, the bytes of a file, a table as it was read, or a frame; `name` says what it is called, of bytes with its ending.
    context
        Takes progress of the reading, and says when to stop.

    Raises
    ------
    ReadError, TableError
        If it cannot be read, or lacks a column of the real table; nothing has been queued then.
    """
    race = ws.race(race_id)
    split_row = ws.split_row(race["split_id"])
    called, frame, notes = _read_file(ws, split_row, source, name, context)
    taken = set(ws.runs(race_id)["candidate"])
    common = {"split_id": race["split_id"], "card": first_card(race["card"]), "created": time.time(), "rows": race["make"]}
    row = {**_file_row(ws, common, free_name(called, taken), frame, notes), "place": len(taken)}
    ledger.add_run(ws, row, race_id, askings(race, [row], row["created"]))
    schedule.sweep(ws)
    return str(row["id"])


def with_seeds(requests: Sequence[Request], seed: int, seeds: int) -> list[Request]:
    """Return the requests with the same seeds for all."""
    return [replace(request, seed=seed, seeds=seeds) for request in requests]


def versions() -> dict[str, str]:
    """Return the versions of what computes a race, for the report."""
    found = {"synth-ui": synth_ui.__version__, "python": platform.python_version()}
    for name in _NAMED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
