"""A candidate again, with its most exposed training rows dropped or coarsened, or without the synthetic rows next to them."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from synth_ui.core.errors import SettingError, StoreError
from synth_ui.core.run import TREATMENT, RunState
from synth_ui.jobs import schedule
from synth_ui.jobs.further import asking, askings, everybody, first_card, measured, noted
from synth_ui.jobs.race import free_name
from synth_ui.store import ledger
from synth_ui.store.disk import write_whole
from synth_ui.store.ledger import Asking
from synth_ui.store.workspace import Workspace, as_json, new_id

ACTIONS: Mapping[str, str] = {"drop": "dropped", "coarsen": "coarsened", "filter": "kept at a distance"}
"""What can be done about exposed rows, and how the new candidate says so."""


def recheck(ws: Workspace, race_id: str, candidate: str, action: str, rows: Sequence[int], card: str | None = None) -> str:
    """Queue a candidate anew with something done about exposed rows, and return the id of the run; it is scored like any other.

    It is asked what the others were asked, and what else the candidate has answered: both are shown side by side.

    Parameters
    ----------
    action
        "drop": the generator is refitted without the rows. "coarsen": it is refitted with their numbers set to the middle of their
        tenth and their rare levels to the commonest. "filter": nothing is refitted, synthetic rows nearer to one of the rows than any
        other real row is are taken out and, where the fitted generator is kept, replaced by further ones.
    rows
        Their numbers in train.
    card
        What the new candidate is asked in its own run, where it is not what the others were: a card, or keys of measures.

    Raises
    ------
    SettingError
        If the action is unknown, or there is no such row.
    StoreError
        If the candidate is not done, or is a file and would have to be refitted.
    """
    runs = ws.runs(race_id).set_index("candidate")
    if candidate not in runs.index or runs.loc[candidate, "state"] != RunState.DONE:
        raise StoreError(f"{candidate} is not done; only a finished candidate is checked again.")
    parent = ws.run(str(runs.loc[candidate, "id"]))
    known = ws.split_row(parent["split_id"])["train_rows"]
    chosen = sorted({int(row) for row in rows})
    if action not in ACTIONS:
        raise SettingError(f"There is no action {action!r}; there are {', '.join(ACTIONS)}.")
    if not chosen or chosen[0] < 0 or chosen[-1] >= known:
        raise SettingError(f"The rows are numbers of training rows, from 0 to {known - 1:,}; at least one is needed.")
    if parent["kind"] not in ("generate", "treated") and action != "filter":
        raise StoreError(f"{candidate} came as a file: there is no generator to refit. Filter its rows instead.")
    race = ws.race(race_id)
    row = {**_row(parent, action, chosen, set(runs.index)), "card": card or first_card(race["card"]), "place": len(runs)}
    path = ws.run_folder(row["id"]) / "treatment.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, lambda temporary: temporary.write_text(json.dumps({"action": action, "rows": chosen})))
    further = [*askings(race, [row], row["created"]), *_as_its_parent(ws, race_id, parent["id"], row)]
    ledger.add_run(ws, row, race_id, further)
    schedule.sweep(ws)
    return str(row["id"])


def _as_its_parent(ws: Workspace, race_id: str, parent_id: str, row: Mapping[str, Any]) -> list[Asking]:
    """Ask a new candidate what the one it was made from has answered beyond what all are asked."""
    asked = {(measure.key, noted(measure)) for measure in everybody(ws.race(race_id))}
    answered = [answer for answer in ws.answers(race_id) if answer["run_id"] == parent_id]
    more = {answer["measure"]: json.loads(answer["settings"] or "{}") for answer in answered}
    measures = [measure for measure in measured(",".join(more), more) if (measure.key, noted(measure)) not in asked]
    return [asking(row, measures, row["created"], row["place"])] if measures else []


def _row(parent: Mapping[str, Any], action: str, rows: Sequence[int], taken: set[str]) -> dict[str, Any]:
    kept = {name: parent[name] for name in ("generator", "asked", "seed", "rows", "split_id", "cost_seconds", "megabytes")}
    said = f"{len(rows):,} {ACTIONS[action]}"
    return {
        **kept,
        "id": new_id(),
        "kind": "treated",
        "candidate": free_name(f"{parent['candidate'].replace('#', '-')}-{action}", taken),
        "settings": as_json({**ledger.settings_of(parent), TREATMENT: said}),
        "control": False,
        "state": RunState.QUEUED.value,
        "parent_id": parent["id"],
        "created": time.time(),
    }
