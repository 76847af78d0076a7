"""Whose run is started next where several users share a server: one run of each in turn, whoever has how many waiting.

Every workspace has a queue of its own, and the machine one number of slots. Nothing is kept about whose turn it is: how many runs of each are at
work, and when one was last begun, stand in their databases. A user whose first run waits comes before one with runs at work, and of two
with as many at work the one that was served longer ago. What does not fit into the memory keeps its turn, or it would never have one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager

from synth_ui.core.errors import StoreError
from synth_ui.core.installation import server_home
from synth_ui.core.run import Attempt, Handle
from synth_ui.jobs.execution import room
from synth_ui.jobs.execution.machine import Capacity
from synth_ui.store import journal
from synth_ui.store.journal import NO_LOAD, QueueLoad
from synth_ui.store.people import neighbours
from synth_ui.store.people.quotas import Quotas
from synth_ui.store.workspace import Workspace
from synth_ui.system import locks

logger = logging.getLogger(__name__)

LOCK = "turns.lock"
"""In the folder of the server: held by whoever counts all runs at work and claims one more."""


@contextmanager
def held(ws: Workspace) -> Iterator[list[Workspace]]:
    """Yield the workspaces among which slots are shared, while nobody else gives any away; a workspace that is alone needs no lock."""
    if not neighbours.shared(ws):
        yield [ws]
        return
    try:
        lock = locks.hold(server_home(ws.home) / LOCK)
    except OSError as error:
        raise StoreError(
            f"The folder of the server cannot be written ({error.strerror or error}), so no run is started."
        ) from error
    try:
        yield neighbours.at_work(ws)
    finally:
        lock.release()


def claim(
    among: Sequence[Workspace], claimer: Handle, capacity: Capacity, barred: Callable[[Workspace], Collection[str]]
) -> tuple[Workspace, Attempt] | None:
    """Take the run whose turn it is, and say whose it is; None if no slot is free or nothing can start.

    `barred` gives the generators of which no run can start now: what waits for them keeps nobody's turn.
    """
    waits = {ws: _barred(ws, barred) for ws in among}
    loads = {ws: _load(ws, waits[ws]) for ws in among}
    most = Quotas.of().running if len(among) > 1 or neighbours.shared(among[0]) else None
    for ws in sorted(among, key=lambda one: (loads[one].running, loads[one].served, str(one.home))):
        load = loads[ws]
        if not load.waiting or (most is not None and load.running >= most):
            continue
        if room.waits_for_room(ws.home) or room.waits_for_folder(ws.home):
            continue
        ws.database.keep_reserve()  # a disk that was full has taken it
        elsewhere = sum((loads[other] for other in among if other is not ws), NO_LOAD)
        attempt = journal.claim_next(ws, claimer, capacity.slots, capacity.fits, elsewhere, waits[ws])
        return None if attempt is None else (ws, attempt)
    return None


def _barred(ws: Workspace, barred: Callable[[Workspace], Collection[str]]) -> Collection[str]:
    """Return what waits for a node in a workspace; one whose database cannot be read holds up nobody: `_load` says so."""
    try:
        return barred(ws)
    except StoreError:
        return ()


def _load(ws: Workspace, barred: Collection[str] = ()) -> QueueLoad:
    """Return what a workspace has at work and waiting; one whose database cannot be read holds up nobody."""
    try:
        return journal.load_of(ws, barred)
    except StoreError as error:
        logger.warning("A workspace of this server cannot be looked after: %s", error)
        return NO_LOAD


def taken_by_others(ws: Workspace, slots: int) -> bool:
    """Whether every slot works for other workspaces of the server; whose, and for what, is not told."""
    return neighbours.shared(ws) and sum(_load(other).running for other in neighbours.at_work(ws)[1:]) >= slots
