"""What the board shows: the runs of a race, their scores on the scale of the controls, the candidates."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import cache, lru_cache, partial

import pandas as pd

from synth_ui.comparison.outcome import Outcome
from synth_ui.comparison.tracks import called
from synth_ui.comparison.verdict.given_away import GivenAway
from synth_ui.core.errors import ArtefactLost, StoreError
from synth_ui.core.table import Table
from synth_ui.evaluation.calibrate import CALIBRATED
from synth_ui.evaluation.cards import measure_facts
from synth_ui.generators.base import generators
from synth_ui.jobs.races import common_answers
from synth_ui.jobs.races.further_measures import everybody, not_installed
from synth_ui.jobs.races.progress import refused, standing
from synth_ui.store.workspace import Workspace, frame_of
from synth_ui.tables.inference.giveaways import giveaways

logger = logging.getLogger(__name__)

CANDIDATE_COLUMNS = (
    "candidate", "generator", "settings", "asked", "seed", "status", "seconds_fit", "seconds_sample", "reason", "notes", "run_id", "control",
)  # fmt: skip


def board(ws: Workspace, race_id: str) -> pd.DataFrame:
    """Return the runs of a race as `Workspace.runs` does, with how far their scoring is.

    Added are `scored` of how many `measures`, `further_scored` of how many `further` ones that are asked once a run is done, `to_come`
    (measures of it that are queued or running in whichever run), `asking` (what of it is being scored now by a run that asks further), `left_open`
    (how it, or its further measures, ended badly), `resumable` (whether that can be started again), and `mark`, which differs once a
    measure has been asked again.
    """
    now = standing(ws, race_id)
    answers = [now.answers.get(run.id, {}) for run in now.runs]
    pending, ended = now.pending(again=True), now.ended_badly()
    progress = [now.progress(run) for run in now.runs]
    return (
        frame_of(now.runs, race_id)
        .assign(
            scored=[len({key for key, _ in each}) for each in answers],
            mark=[sum(answer.seconds for answer in each.values()) for each in answers],
            measures=len(now.asked),
            further_scored=[scored for scored, _ in progress],
            further=[asked for _, asked in progress],
            to_come=[len(pending.get(run.candidate, ())) for run in now.runs],
            asking=[now.asking(run) for run in now.runs],
            left_open=[ended.get(run.candidate, "") for run in now.runs],
            resumable=[run.candidate in ended and not refused(run) for run in now.runs],
        )
        .astype({"scored": "int64", "mark": "float64", "further_scored": "int64", "further": "int64", "to_come": "int64"})
    )


def pending(ws: Workspace, race_id: str, *, again: bool = False) -> dict[str, tuple[str, ...]]:
    """Return, per candidate and control, the measures still to come, planned ones included; those with none are left out.

    With `again` also those that have answered and are being asked once more with other settings: until all have answered, the earlier
    answers count (see `scores`).
    """
    return standing(ws, race_id).pending(again=again)


def ended_badly(ws: Workspace, race_id: str) -> dict[str, str]:
    """Return, per candidate and control that did not come to its end: "cancelled", "failed: why" or "lost: why".

    Where only measures asked later ended so, they are named behind: "cancelled: membership and worth not asked".
    """
    return standing(ws, race_id).ended_badly()


def asked(ws: Workspace, race_id: str) -> tuple[str, ...]:
    """Return the measures a race asks of all its candidates and controls, in the order asked."""
    return standing(ws, race_id).asked


def took(ws: Workspace, race_id: str) -> float | None:
    """Return how many seconds a race took: while anything that was started with it ran; None before anything ended.

    What was added later, and the time in which nothing of it ran, does not count.
    """
    created = ws.race(race_id).created
    runs = [run for run in (*ws.members(race_id), *ws.asked_later(race_id)) if run.created == created]
    spans = sorted((run.started, run.ended) for run in runs if run.started and run.ended)
    total, until = 0.0, 0.0
    for start, end in spans:
        total += max(0.0, end - max(start, until))
        until = max(until, end)
    return total if spans else None


def scores(ws: Workspace, race_id: str) -> pd.DataFrame:
    """Return the scores of a race, controls included, with floor, ceiling, position, chance and band (see `calibrate`).

    A measure that was asked with several settings counts with those all have answered; see `synth_ui.jobs.races.common_answers`.
    """
    return common_answers.calibrated(ws.raw_scores(race_id), everybody(ws.race(race_id)))[list(CALIBRATED)]


def candidates(ws: Workspace, race_id: str) -> pd.DataFrame:
    """Return one row per candidate, controls included.

    Columns: candidate, generator, settings (JSON), asked (JSON), seed, status (the run's state), seconds_fit, seconds_sample, reason, notes (a line each), run_id,
    control, generator_title (what the catalogue calls its generator; empty where there is none any more).
    """
    runs = ws.runs(race_id).rename(columns={"id": "run_id", "state": "status"})
    frame = runs[list(CANDIDATE_COLUMNS)].astype({"control": bool, "seconds_fit": "float64", "seconds_sample": "float64"})
    return frame.assign(generator_title=frame["generator"].map(_titles()).fillna("").astype(object))


Heard = Callable[[str, str], object]
"""Told what cannot be read, and why."""


def _unheard(what: str, why: str) -> None:
    """Drop what nobody listens to: the log has it."""


def detail_of(ws: Workspace, run_id: str, measure: str, name: str, lost: Heard = _unheard) -> pd.DataFrame | None:
    """Return a detail frame of a run; None where it has none, or its file is gone or damaged: that takes nothing else with it."""
    if (measure, name) not in ws.details(run_id):
        return None
    try:
        return ws.detail(run_id, measure, name)
    except StoreError as error:
        logger.warning("%s of the run %s is left out: %s", measure, run_id, error)
        lost(f"{called(measure)} ({name})", str(error))
        return None


def missing_of(ws: Workspace, run_ids: Mapping[str, str]) -> tuple[str, ...]:
    """Return what of some candidates cannot be read, as its file is gone or damaged, a sentence each; `run_ids` by candidate."""
    found = dict[str, None]()
    for candidate, run_id in run_ids.items():
        reads = [(called(measure), partial(ws.detail, run_id, measure, name)) for measure, name in ws.details(run_id)]
        for what, read in (*reads, ("the privacy budget", partial(ws.ledger, run_id))):
            try:
                read()
            except ArtefactLost:  # its words name a folder of this machine, and these may go to others
                found[f"{what} of {candidate}: a file is gone or damaged."] = None
    return tuple(found)


def damaged_of(ws: Workspace, run_ids: Mapping[str, str]) -> dict[str, str]:
    """Return what of some candidates is gone or cut off, and what is wrong with its file; `run_ids` by what a candidate is called.

    Files are looked at, not read: it takes a moment, and what is wrong in the midst of one shows when it is read.
    """
    found = {}
    for candidate, run_id in run_ids.items():
        for (measure, name), why in ws.lost_details(run_id).items():
            found[f"{called(measure)} ({name}) of {candidate}"] = why
        for what, look in (("the rows", ws.look_at_synthetic), ("the privacy budget", ws.ledger)):
            try:
                look(run_id)
            except ArtefactLost as error:
                found[f"{what} of {candidate}"] = str(error)
    return found


def outcome(ws: Workspace, race_id: str, lost: Heard = _unheard) -> Outcome:
    """Return what a race has come to so far, as one value; `lost` is told what of it could not be read, whenever that is found."""
    listed = candidates(ws, race_id)
    run_ids = dict(zip(listed["candidate"].astype(str), listed["run_id"].astype(str), strict=True))

    def detail(candidate: str, measure: str, name: str) -> pd.DataFrame | None:
        def tell(what: str, why: str) -> None:
            lost(f"{what} of {found.member_titles.get(candidate, candidate)}", why)

        return detail_of(ws, run_ids.get(candidate, ""), measure, name, tell)

    now = standing(ws, race_id)
    for key in not_installed(now.race):
        lost(f"the measure {key}", "nothing of that name is installed here, so it is not asked, and what it found is not shown.")
    found = Outcome(
        scores(ws, race_id), listed, measure_facts(), pending=now.pending(again=True), ended=now.ended_badly(), detail=detail,
        given_away=given_away(ws, ws.race(race_id).table_id, lost),
    )  # fmt: skip
    return found


def given_away(ws: Workspace, table_id: str, lost: Heard = _unheard) -> GivenAway | None:
    """Return the target of a stored table and the columns that alone tell it; None where there are none, or the table cannot be read."""
    try:
        return _given_away(ws, table_id)
    except StoreError as error:
        logger.warning("Whether a column gives the target of the table %s away is not known: %s", table_id, error)
        lost("whether a column gives the target away", str(error))
        return None


@lru_cache(maxsize=64)
def _given_away(ws: Workspace, table_id: str) -> GivenAway | None:
    """Look once for each table: what an id stands for never changes."""
    return given_away_of(ws.table(table_id)) if ws.table_row(table_id)["schema"].target is not None else None


def given_away_of(table: Table) -> GivenAway | None:
    """Return the target of a table and the columns that alone tell it; None where there are none."""
    columns, target = tuple(str(one.column) for one in giveaways(table)), table.schema.target
    return GivenAway(target.name, columns) if columns and target is not None else None


@cache
def _titles() -> dict[str, str]:
    return {key: generator.title for key, generator in generators().items()}
