"""How long a race takes: said before it starts, and while it runs.

Every run that is queued or running is expected to take what its generator and its measures cost (`synth_ui.jobs.forecast.costs`), corrected
by what this machine took before, and by what this very table took as soon as anything of it was measured. The queue is then played
through: so many runs at once as there are slots, in the order of the queue, measures after what they are asked of.
"""

from __future__ import annotations

import heapq
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import pandas as pd

from synth_ui.core.context import Progress
from synth_ui.core.run import NewRun, Run, RunKind, RunState
from synth_ui.core.table import Schema
from synth_ui.jobs.budget.words import progress_words, sample_words
from synth_ui.jobs.execution.executor import executor, waits
from synth_ui.jobs.forecast import costs
from synth_ui.jobs.forecast.costs import Role, Shape, shape_of
from synth_ui.jobs.forecast.words import about
from synth_ui.jobs.races.further_measures import CardAlone, asked_first_with_less, askings, first_card, measured, noted
from synth_ui.jobs.races.progress import Pair, pairs
from synth_ui.jobs.races.request import Request
from synth_ui.jobs.races.start import Course, in_order, planned_runs
from synth_ui.store import budgets, journal
from synth_ui.store.workspace import Workspace, frame_of

START_SECONDS = 0.15
"""From the claim of a run to its first step, and from its last to the next claim."""

REMEMBERED = 60
"""How many of the last runs tell how fast this machine is."""

CERTAIN_SECONDS = 5.0
"""So many measured seconds weigh as much as the guess they correct."""

PROBE_SECONDS = 0.0072
"""What the probe takes on the machine the costs were fitted on."""

LEAST_LEFT = 0.2
"""What a run that works always still takes."""

TELLING = 0.1
"""From this share of its work on, a run's own progress tells how long it takes."""

UNSEEN = "control:unseen"
NOTHING = Shape(0, 0, 0, 0, 0, -1)


@dataclass(frozen=True)
class Forecast:
    """Seconds until every candidate and control has what the leaderboard needs, and until all evidence is there."""

    leaderboard: float
    everything: float

    @property
    def words(self) -> str:
        """In words: "leaderboard in about 40 s, all evidence in about 2 min"."""
        if self.everything <= self.leaderboard:
            return f"all of it in about {about(self.everything)}"
        return f"leaderboard in about {about(self.leaderboard)}, all evidence in about {about(self.everything)}"

    @property
    def left_words(self) -> str:
        """The same of a race under way: "about 2 min left in all"; empty where nothing is left."""
        if self.everything <= 0:
            return ""
        return self.words if 0 < self.leaderboard < self.everything else f"about {about(self.everything)} left in all"


# --- what a run costs ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pace:
    """What this machine and one table are known to take.

    Attributes
    ----------
    scoring
        Seconds a measure takes over those the model expects.
    making
        The same of generators: of all together under "", and by key.
    known
        Seconds by measure, settings and role, where this table was measured.
    """

    shape: Shape
    scoring: float
    making: Mapping[str, float]
    names: _Names
    known: Mapping[tuple[Pair, Role], float] = field(default_factory=dict)

    def seconds(self, pair: Pair, made: int, role: Role) -> float:
        """Return what a measure with these settings is expected to take."""
        found = self.known.get((pair, role))
        if found is None and role == "first":
            found = self.known.get((pair, "candidate"))  # somebody has paid for what is computed once per split
        if found is not None:
            return found
        shape = self.shape if made == self.shape.made else _with_rows(self.shape, made)
        return self.scoring * costs.seconds(self.names(pair), shape, role)

    def making_seconds(self, run: NewRun) -> float:
        """Return what learning and drawing are expected to take."""
        factor = self.making.get(run.generator, self.making.get("", 1.0))
        return run.cost_seconds * factor if run.kind.learns else 0.0


def _with_rows(shape: Shape, made: int) -> Shape:
    return Shape(shape.train, shape.holdout, made, shape.columns, shape.levels, shape.classes)


class _Names:
    """What a measure with some settings is called in the model of costs."""

    def __init__(self) -> None:
        self._quick = asked_first_with_less()

    def __call__(self, pair: Pair) -> str:
        return f"{pair[0]}@quick" if pair in self._quick else pair[0]


def pace(ws: Workspace, shape: Shape, split_id: str | None) -> Pace:
    """Return what is known of this machine, and of a split if it is named."""
    latest, names = ws.latest_done(REMEMBERED), _Names()
    shapes = {run.split_id: _shape_of_split(ws, run.split_id) for run in latest if run.split_id}
    known = _known(ws.measured_on(split_id), names) if split_id else {}
    here = _ratio(((seconds, costs.seconds(names(pair), shape, role)) for (pair, role), seconds in known.items()), None)
    everywhere = _ratio(_scored(latest, shapes, names), machine_factor())
    scoring = everywhere if here is None else _ratio([(here * CERTAIN_SECONDS, CERTAIN_SECONDS)], everywhere)
    return Pace(shape, scoring or 1.0, _making(latest), names, known)


def _ratio(pairs_of: Iterable[tuple[float, float]], guess: float | None) -> float | None:
    """Return measured over expected seconds, drawn towards a guess while little was measured; None without either."""
    measured, expected = 0.0, 0.0
    for took, cost in pairs_of:
        measured, expected = measured + took, expected + cost
    if guess is None:
        return measured / expected if expected > 0 else None
    return (measured + CERTAIN_SECONDS * guess) / (expected + CERTAIN_SECONDS)


def _known(rows: Sequence[Mapping[str, Any]], names: _Names) -> dict[tuple[Pair, Role], float]:
    """Average what measures took on one split; whoever was the first had to compute what is kept for the others."""
    found: dict[tuple[Pair, Role], list[float]] = defaultdict(list)
    for row in rows:
        role: Role = "unseen" if row["candidate"] == UNSEEN else "candidate"
        found[(row["measure"], row["settings"]), role].append(float(row["seconds"]))
    return {key: _typical(taken, names(key[0]), key[1]) for key, taken in found.items()}


def _typical(taken: Sequence[float], name: str, role: Role) -> float:
    """Return the mean without the longest, which paid for all; where there is only one, without what it is expected to have paid."""
    if role == "candidate" and len(taken) == 1:
        return taken[0] * costs.share_for_others(name)
    ordered = sorted(taken)
    kept = ordered[:-1] if len(ordered) > 2 else ordered[:1]
    return sum(kept) / len(kept)


def _scored(latest: Sequence[Run], shapes: Mapping[str, Shape], names: _Names) -> Iterable[tuple[float, float]]:
    for run in latest:
        if run.seconds_score is not None and run.split_id is not None:
            role: Role = "unseen" if run.candidate == UNSEEN else "candidate"
            shape = _with_rows(shapes[run.split_id], run.rows)
            yield run.seconds_score, sum(costs.seconds(names(pair), shape, role) for pair in asked_of(run))


def _making(latest: Sequence[Run]) -> dict[str, float]:
    """Return what generators took over what they said they would, all together and each, drawn towards all."""
    own: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for run in latest:
        if run.kind.learns and run.seconds_fit is not None and run.cost_seconds:
            own[run.generator].append((run.seconds_fit + (run.seconds_sample or 0.0), run.cost_seconds))
    every = _ratio([pair for taken in own.values() for pair in taken], machine_factor()) or 1.0
    return {"": every, **{key: _ratio(taken, every) or 1.0 for key, taken in own.items()}}


def asked_of(run: NewRun) -> list[Pair]:
    """Return the measures a run asks, with their settings."""
    if run.kind is RunKind.FURTHER:
        return pairs(run)
    return [(measure.key, noted(measure)) for measure in measured(run.card)] if run.card else []


@cache
def _shapes(home: str) -> dict[str, Shape]:
    return {}


def _shape_of_split(ws: Workspace, split_id: str) -> Shape:
    known = _shapes(str(ws.home))
    if split_id not in known:
        row = ws.split_row(split_id)
        schema: Schema = ws.table_row(row["table_id"])["schema"]
        known[split_id] = shape_of(schema, row["train_rows"], row["holdout_rows"], row["train_rows"])
    return known[split_id]


@cache
def machine_factor() -> float:
    """Return how much slower this machine is than the one the costs were fitted on, from a probe of some hundredths of a second."""
    import numpy as np

    values = np.random.default_rng(0).normal(size=60_000)

    def probe() -> float:
        start = time.thread_time()
        order = np.argsort(values)
        total = sum(int(place) & 7 for place in order[:40_000])
        np.outer(values[:400], values[:400]) @ values[:400] + total
        return time.thread_time() - start

    return min(4.0, max(0.25, min(probe() for _ in range(5)) / PROBE_SECONDS))


# --- the queue, played through ------------------------------------------------------------------------------------


@dataclass
class _Job:
    run: NewRun
    pace: Pace
    left: float | None = None
    """Seconds, of one that runs; None for one that is queued."""

    def seconds(self, answered: set[Pair]) -> float:
        """Return what it takes when it starts now, given what somebody has answered on its split."""
        if self.left is not None:
            return self.left
        return expected_seconds(self.run, self.pace, answered)


def expected_seconds(run: NewRun, own: Pace, answered: set[Pair]) -> float:
    """Return what a run takes from its claim to the next."""
    if run.kind in (RunKind.TUNE, RunKind.TRIAL, RunKind.MORE_ROWS, RunKind.DESIGN):
        return max(run.cost_seconds, 1.0)
    unseen = run.candidate == UNSEEN
    total = START_SECONDS + own.making_seconds(run)
    for pair in asked_of(run):
        role: Role = "unseen" if unseen else "candidate" if pair in answered else "first"
        total += own.seconds(pair, run.rows, role)
    return total


def play(jobs: Sequence[_Job], slots: int) -> dict[str, float]:
    """Return when each run ends, in seconds from now.

    Those that run come first, then the queue in its order; a measure starts once what it is asked of is done.
    """
    waiting, running = list(jobs), list[tuple[float, int, _Job]]()
    unended = {job.run.id for job in jobs}
    answered: dict[str | None, set[Pair]] = defaultdict(set)
    ends: dict[str, float] = {}
    now = 0.0
    while waiting or running:
        ready = (job for job in waiting if job.left is not None or job.run.parent_id not in unended)
        while (len(running) < slots or (waiting and waiting[0].left is not None)) and (job := next(ready, None)):
            waiting.remove(job)
            known = answered[job.run.split_id] | {pair for pair, role in job.pace.known if role == "candidate"}
            heapq.heappush(running, (now + job.seconds(known), len(ends) + len(running), job))
            ready = (job for job in waiting if job.left is not None or job.run.parent_id not in unended)
        if not running:  # what is left waits for something that is in nobody's queue
            return ends | {job.run.id: now for job in waiting}
        now, _, ended = heapq.heappop(running)
        ends[ended.run.id] = now
        unended.discard(ended.run.id)
        if ended.run.candidate != UNSEEN:
            answered[ended.run.split_id] |= set(asked_of(ended.run))
    return ends


def ends(ws: Workspace, more: Sequence[NewRun] = (), own: Pace | None = None) -> dict[str, float]:
    """Return in how many seconds each run that is queued or running is expected to end, by id.

    `more` are runs that would be queued now, of one split, and `own` is what is known of it.
    """
    now, under_way = time.time(), ws.under_way()
    paces = {more[0].split_id: own} if more and own else {}
    jobs = []
    for run in sorted([*under_way, *more], key=lambda run: (run.tier, run.created, run.place)):
        if run.split_id not in paces:
            paces[run.split_id] = pace(ws, _shape_of_split(ws, run.split_id) if run.split_id else NOTHING, run.split_id)
        job = _Job(run, paces[run.split_id])
        if isinstance(run, Run) and run.state is RunState.RUNNING:
            job.left = _left(ws, run, job.pace, now)
        jobs.append(job)
    return play(sorted(jobs, key=lambda job: job.left is None), executor().capacity().slots)


def _left(ws: Workspace, run: Run, own: Pace, now: float) -> float:
    """Return how long a run still takes: what it has not answered yet, or what was expected of all of it less what has passed.

    While a generator learns, its own progress tells more than any expectation.
    """
    started = run.started or now
    known = {pair for pair, role in own.known if role == "candidate"}
    scored = journal.answered(ws, run.scored_id, started)
    if scored:
        role: Role = "unseen" if run.candidate == UNSEEN else "candidate"
        costs_left = [own.seconds(pair, run.rows, role) for pair in asked_of(run) if pair not in scored]
        return max(sum(costs_left) - min(now - max(started, journal.last_answer(ws, run)), *costs_left[:1] or [0.0]), LEAST_LEFT)
    passed, told = now - started, run.eta_seconds
    left = expected_seconds(run, own, known) - passed
    if told is not None and run.kind is not RunKind.FURTHER and (run.fraction or 0.0) > TELLING:
        left = min(max(left, 0.5 * told), 1.5 * told + 1.0)
    return max(left, 0.1 * passed, LEAST_LEFT)


def remaining(ws: Workspace, race_id: str) -> Forecast:
    """Return how long a race still takes, by what has been measured so far; nothing where nothing of it is under way."""
    expected = ends(ws)
    own = [expected[run.id] for run in ws.members(race_id) if run.id in expected]
    later = [expected[run.id] for run in ws.asked_later(race_id) if run.id in expected]
    return Forecast(max(own, default=0.0), max([*own, *later], default=0.0))


@dataclass(frozen=True, eq=False)
class RaceProgress(Progress):
    """How a race stands: in words, as a share of its candidates, and run by run.

    Attributes
    ----------
    runs
        Its runs, and those that ask further measures of them (of kind `RunKind.FURTHER`): the columns of `Workspace.runs`, and
        `left`, in how many seconds each is expected to end, 0 where it has ended.
    short
        Within a budget that is short for the table, of how many rows the race is made, in words.
    """

    runs: pd.DataFrame = field(default_factory=pd.DataFrame)
    short: str = ""

    @classmethod
    def of(cls, ws: Workspace, race_id: str) -> RaceProgress:
        """Return how a race of the workspace stands."""
        runs, expected = frame_of([*ws.members(race_id), *ws.asked_later(race_id)], race_id), ends(ws)
        found = cls.of_runs(runs.assign(left=[expected.get(run_id, 0.0) for run_id in runs["id"]]))
        full = waits(ws) if (runs["state"] == RunState.QUEUED.value).any() else ""
        found = replace(found, phase=f"{full}; {found.phase}") if full else found
        budget = budgets.of_race(ws, race_id)
        if budget is None:
            return found
        phase = progress_words(ws, budget, found.phase) if budget.open else found.phase
        return replace(found, phase=phase, short=sample_words(budget))

    @classmethod
    def of_runs(cls, runs: pd.DataFrame) -> RaceProgress:
        """Say on one line how many runs are done, how long the others take, and what is being done."""
        ended, later = ~runs["state"].isin(["queued", "running"]), runs["kind"] == RunKind.FURTHER
        done, of = int((ended & ~later).sum()), int((~later).sum())
        said = [f"{done} of {of} done"]
        if later.any() and ended[~later].all():
            said = [f"further evidence {int((ended & later).sum())} of {int(later.sum())}"]
        left, busy = left_words(runs), _busy(runs[runs["state"] == "running"])
        return cls("; ".join([*said, *(part for part in (left, busy) if part)]), done / max(of, 1), runs=runs)


def _busy(running: pd.DataFrame) -> str:
    """Say what is being done, and how much of it is done where that is known."""
    shares = ["" if share is None or share != share else f" {share:.0%}" for share in running["fraction"]]
    return ", ".join(
        f"{name} {phase}{share}" for name, phase, share in zip(running["candidate"], running["phase"], shares, strict=True)
    )


def left_words(runs: pd.DataFrame) -> str:
    """Say how much of a race is left, from its runs as `RaceProgress` has them; empty where nothing is."""
    first = runs.loc[runs["kind"] != RunKind.FURTHER, "left"].max()
    return Forecast(float(first), float(runs["left"].max())).left_words


def forecast(
    ws: Workspace,
    schema: Schema,
    split: Mapping[str, Any],
    requests: Sequence[Request],
    *,
    card: str | Sequence[str] = "standard",
    make: int | None = None,
) -> Forecast:
    """Return how long a race would take that is started now.

    Parameters
    ----------
    split
        Its train_rows, holdout_rows, seed and id; no id where it was not made yet.

    Raises
    ------
    PluginError, SettingError
        If a generator, setting or card is not usable.
    """
    now, card_name = time.time(), card if isinstance(card, str) else ",".join(card)
    train_rows = split["train_rows"]
    course = Course(split["id"] or "planned", split["seed"], train_rows, first_card(card_name), make or train_rows, now)
    ordered = in_order(planned_runs(requests, schema, course), [])
    known = ws.known_runs([run.reuse_key for run in ordered if run.reuse_key][:1]) if split["id"] else {}
    own = [run for run in ordered if run.candidate not in known]
    later = [asking.run for asking in askings(CardAlone(card_name), ordered, now)]
    answered = {run.id: journal.answered(ws, known[run.candidate], 0.0) for run in ordered if run.candidate in known}
    later = [run for run in later if not set(pairs(run)) <= answered.get(run.parent, set())]
    shape = shape_of(schema, train_rows, split["holdout_rows"], train_rows)
    expected = ends(ws, [*own, *later], pace(ws, shape, split["id"]))
    first = max((expected[run.id] for run in own), default=0.0)
    return Forecast(first, max([first, *(expected[run.id] for run in later)]))
