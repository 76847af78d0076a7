"""How a race stands: what is still to come of each candidate and control, and what ended before it had answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from synth_ui.core.run import REFUSED, NewRun, Race, Run, RunState
from synth_ui.core.score import Status
from synth_ui.evaluation.cards import known_measures
from synth_ui.jobs.races.further_measures import asked_by, everybody, measured, noted
from synth_ui.store import budgets
from synth_ui.store.run_rows import as_json
from synth_ui.store.workspace import Workspace

MOST_NAMED = 3
"""How many measures are named where many were not asked."""

Pair = tuple[str, str]
"""A measure and its settings as they are noted beside its scores."""


class MeasureAnswer(NamedTuple):
    """When a measure answered, whether it failed, and how long it took."""

    written: float
    failed: bool
    seconds: float


@dataclass(frozen=True, eq=False)
class Standing:
    """A race at one moment.

    Attributes
    ----------
    runs
        Its candidates and controls.
    later
        The runs that ask further measures of them, oldest first.
    answers
        Per run, what each measure answered with which settings.
    choosing
        Whether the race still spends a budget: more candidates may come.
    """

    race: Race
    runs: Sequence[Run]
    later: Sequence[Run]
    answers: Mapping[str, Mapping[Pair, MeasureAnswer]]
    choosing: bool = False

    @property
    def asked(self) -> tuple[str, ...]:
        """The measures all candidates and controls are asked, in the order asked."""
        return tuple(dict.fromkeys(measure.key for measure in everybody(self.race)))

    def pending(self, *, again: bool = False) -> dict[str, tuple[str, ...]]:
        """Return, per candidate and control, the measures still to come from what is queued or running; those with none are left out.

        With `again` also those that have answered and are asked once more with other settings.
        """
        found = {run.candidate: tuple(dict.fromkeys(self._to_come(run, again))) for run in self.runs}
        return {candidate: keys for candidate, keys in found.items() if keys}

    def _to_come(self, run: Run, again: bool) -> Iterator[str]:
        answers = self.answers.get(run.id, {})
        if not run.state.ended:
            known = {key for key, _ in answers}
            yield from (measure.key for measure in measured(run.card) if measure.key not in known)
        known = {key for (key, _), answer in answers.items() if not answer.failed}
        for one in sorted(self._later_of.get(run.id, ()), key=lambda one: (one.tier, one.created)):
            if not one.state.ended:
                yield from (key for key, settings in self._unanswered(one) if again or key not in known)

    def _unanswered(self, one: Run) -> list[Pair]:
        """Return what a run that asks further measures has no answer to yet."""
        answers = self.answers.get(one.parent, {})
        return [pair for pair in pairs(one) if pair not in answers or answers[pair].written < one.created]

    @cached_property
    def _later_of(self) -> dict[str, list[Run]]:
        found: dict[str, list[Run]] = {}
        for run in self.later:
            found.setdefault(run.parent, []).append(run)
        return found

    def progress(self, run: Run) -> tuple[int, int]:
        """Return how many of the measures a run is asked further have answered, and how many they are."""
        asked = [one for one in self._later_of.get(run.id, ()) if not one.state.ended_badly]
        open_pairs = {pair for one in asked if not one.state.ended for pair in self._unanswered(one)}
        every = {pair for one in asked for pair in pairs(one)}
        return len(every) - len(open_pairs), len(every)

    def asking(self, run: Run) -> str:
        """Return the phase of what asks further measures of a run at this moment, or an empty text."""
        running = [one for one in self._later_of.get(run.id, ()) if one.state is RunState.RUNNING]
        return (running[0].phase or "starting") if running else ""

    @cached_property
    def left_open(self) -> list[Run]:
        """The runs that asked further measures of something that is done, and ended before all were answered, and nobody else asks them."""
        done = {run.id for run in self.runs if run.state is RunState.DONE}
        found = []
        for parent_id in done & set(self._later_of):
            asked = self._later_of[parent_id]
            under_way = {pair for one in asked if not one.state.ended for pair in pairs(one)}
            ended = [one for one in asked if one.state.ended_badly]
            for one in reversed(ended):
                if set(self._still_open(one)) - under_way:
                    found.append(one)
                    under_way |= set(pairs(one))
        return found

    def _still_open(self, one: Run) -> list[Pair]:
        """Return what nobody answered of what a run was to ask: not it, and none before or after it."""
        return [pair for pair in self._unanswered(one) if pair not in self.answers.get(one.parent, {})]

    def ended_badly(self) -> dict[str, str]:
        """Return, per candidate and control, how it ended where it did not come to its end: "cancelled", "failed: why", "lost: why".

        Where only further measures of it ended so, they are named behind: "cancelled: membership and worth not asked".
        """
        found = {run.candidate: _said(run) for run in self.runs if run.state.ended_badly}
        later: dict[str, list[Run]] = {}
        for one in sorted(self.left_open, key=lambda one: (one.tier, one.created)):
            later.setdefault(one.candidate, []).append(one)
        for candidate, ended in later.items():
            keys = dict.fromkeys(_called(key) for one in ended for key, _ in self._still_open(one))
            bad = next((one for one in ended if one.state is not RunState.CANCELLED), ended[0])
            told = _time_was_up(bad) or ("" if bad.state is RunState.CANCELLED else bad.reason.rstrip("."))
            word, why = "stopped" if _time_was_up(bad) else bad.state, f" ({told})" if told else ""
            found.setdefault(candidate, f"{word}: {_listed(list(keys))} not asked{why}")
        return found

    @property
    def resumable(self) -> bool:
        """Whether something of the race ended badly that could be started again."""
        return bool(self.left_open) or any(run.state.ended_badly and not refused(run) for run in self.runs)

    @property
    def active(self) -> bool:
        """Whether anything of the race is queued or running, further measures among it, or may still be."""
        return self.choosing or any(not run.state.ended for run in (*self.runs, *self.later))


def standing(ws: Workspace, race_id: str) -> Standing:
    """Return how a race stands now; raise `StoreError` if there is none of that id."""
    answers: dict[str, dict[Pair, MeasureAnswer]] = {}
    for row in ws.answers(race_id):
        said = MeasureAnswer(float(row["written"]), row["status"] == Status.FAILED, float(row["seconds"]))
        answers.setdefault(row["run_id"], {})[row["measure"], row["settings"]] = said
    budget = budgets.of_race(ws, race_id)
    choosing = budget is not None and budget.open
    return Standing(ws.race(race_id), ws.members(race_id), ws.asked_later(race_id), answers, choosing)


def pairs(run: NewRun) -> list[Pair]:
    """Return the measures a run asks later, with their settings as they are noted beside their scores."""
    keys = run.card.split(",")
    if set(run.settings) == set(keys):  # as every run of today has them: no measure needs to be built
        return [(key, as_json(run.settings[key])) for key in keys]
    return [(measure.key, noted(measure)) for measure in asked_by(run)]


def refused(run: Run) -> bool:
    """Whether a run failed because its table is nothing for its generator: it would again."""
    return run.state is RunState.FAILED and run.reason.startswith(REFUSED)


def _time_was_up(run: Run) -> str:
    """Return why the race stopped a run by itself: "the minute was over"; empty where it did not."""
    begins = "Stopped: "
    return (
        run.reason.removeprefix(begins).rstrip(".") if run.state is RunState.CANCELLED and run.reason.startswith(begins) else ""
    )


def _said(run: Run) -> str:
    if told := _time_was_up(run):
        return f"stopped: {told}"
    return run.state.value if run.state is RunState.CANCELLED or not run.reason else f"{run.state}: {run.reason}"


def _called(key: str) -> str:
    known = known_measures().get(key)
    return known.title.lower() if known is not None else key


def _listed(keys: Sequence[str]) -> str:
    return f"{', '.join(keys[:MOST_NAMED])} and {len(keys) - MOST_NAMED} more" if len(keys) > MOST_NAMED + 1 else _joined(keys)


def _joined(keys: Sequence[str]) -> str:
    return keys[0] if len(keys) == 1 else f"{', '.join(keys[:-1])} and {keys[-1]}"
