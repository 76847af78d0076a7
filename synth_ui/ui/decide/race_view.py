"""What a race has shown so far, kept per race and state: a new score makes a new view, nothing else does."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from synth_ui.core.errors import ArtefactLost, StoreError
from synth_ui.core.run import Race, RunKind, RunState
from synth_ui.core.score import Status
from synth_ui.ui import access
from synth_ui.ui.people import place
from synth_ui.ui.state import state

if TYPE_CHECKING:
    from synth_ui.comparison.outcome import Outcome, Weights
    from synth_ui.comparison.verdict.evidence import Attacks
    from synth_ui.comparison.verdict.sentences import Verdict
    from synth_ui.core.budget import Ledger
    from synth_ui.core.table import Schema, Split
    from synth_ui.plots.chart import Chart

MOST_KEPT = 500
"""How many figures and tables a view keeps; the oldest goes."""

LOOKED_SECONDS = 60
"""For how long it is taken for known which files of a race are whole."""


@dataclass(eq=False)
class View:
    """A race at one moment; computed once, shared by all visitors, read-only.

    Attributes
    ----------
    runs
        One row per run, controls included.
    outcome
        What it has come to so far: scores, candidates, leaderboard, evidence, verdicts.
    lost
        What of it could not be read so far, and what is wrong with the file.
    """

    race_id: str
    stamp: str
    race: Race
    runs: pd.DataFrame
    outcome: Outcome
    lost: dict[str, str] = field(default_factory=dict)
    memory: dict[tuple[Any, ...], Any] = field(default_factory=dict)

    @property
    def scores(self) -> pd.DataFrame:
        """Calibrated scores."""
        return self.outcome.scores

    @property
    def candidates(self) -> pd.DataFrame:
        """One row per candidate, as the comparison reads it."""
        assert self.outcome.candidates is not None
        return self.outcome.candidates

    @property
    def active(self) -> bool:
        """Whether anything is still to come."""
        return bool(self.runs["state"].isin([RunState.QUEUED.value, RunState.RUNNING.value]).any() or self.runs["to_come"].any())

    @cached_property
    def names(self) -> list[str]:
        """The candidates that have rows, controls not among them, by their scores for all purposes alike: the verdict would read more files."""
        board = self.outcome.ranking("balanced")
        order = [name for members in board.loc[~board["control"].astype(bool), "members"] for name in members]
        have = set(self.run_ids)
        return [name for name in order if name in have]

    @cached_property
    def leader(self) -> str | None:
        """The candidate that the verdict puts first for all purposes alike, so far; None while there is none, or nobody beside it."""
        from synth_ui.comparison.verdict.sentences import Certainty

        said = self.verdict("balanced")
        return None if said.certainty in (Certainty.ALONE, Certainty.ONLY) else said.leader

    @cached_property
    def run_ids(self) -> dict[str, str]:
        """The run of each candidate that is done."""
        done = self.runs[self.runs["state"] == RunState.DONE.value]
        return dict(zip(done["candidate"].astype(str), done["id"].astype(str), strict=True))

    def title(self, candidate: str) -> str:
        """Return what a person calls a candidate, not escaped; seeds of one recipe are numbered."""
        return self.outcome.member_titles.get(candidate, candidate)

    def number(self, candidate: str) -> int:
        """Return the number that decides a candidate's colour, the same on every page."""
        return self.outcome.numbers.get(candidate, 0)

    def group_title(self, candidate: str) -> str:
        """Return what a person calls a candidate's recipe, all its seeds together; not escaped."""
        return str(self.outcome.entries[candidate]["title"]) if candidate in self.outcome.entries else candidate

    @cached_property
    def split_row(self) -> dict[str, Any]:
        """What is known of the split without reading it."""
        return access.workspace().split_row(self.race.split_id)

    @property
    def schema(self) -> Schema:
        """The real table's schema, without reading the table."""
        schema: Schema = access.table_row(self.race.table_id)["schema"]
        return schema

    @property
    def split(self) -> Split:
        """The split all candidates were judged on."""
        return access.split(self.race.split_id)

    def leaderboard(self, purpose: Weights) -> pd.DataFrame:
        """Return the leaderboard under a purpose, or own weights."""
        return self.outcome.leaderboard(purpose)

    def verdict(self, purpose: Weights) -> Verdict:
        """Return the verdict under a purpose, or own weights."""
        return self.outcome.verdict(purpose)

    def prepare(self) -> None:
        """Work out the verdicts of the other purposes while the visitor reads the first one."""

        def work() -> None:
            from synth_ui.comparison.purposes import PURPOSES

            for purpose in PURPOSES:
                self.verdict(purpose)

        if not self.active and ("prepared",) not in self.memory:
            self.memory["prepared",] = True
            threading.Thread(target=work, name="verdicts", daemon=True).start()

    def detail(self, candidate: str, measure: str, name: str) -> pd.DataFrame | None:
        """Return a detail frame of a candidate, or None where the measure gave none."""
        run_id = self.run_ids.get(candidate)
        if run_id is None:
            return None
        found = _detail(place.here(), run_id, measure, name, self._marks[run_id])
        if isinstance(found, str):
            _miss(self._missed_as(candidate, measure), found)
            return None
        return found

    def is_missed(self, candidate: str, measure: str) -> bool:
        """Whether a file with the detail of a measure was asked for on this page and could not be read."""
        return self._missed_as(candidate, measure) in state.missed

    def _missed_as(self, candidate: str, measure: str) -> str:
        from synth_ui.comparison.tracks import called

        return f"{called(measure)} of {self.title(candidate)}"

    def with_rows(self, candidates: Sequence[str]) -> list[str]:
        """Return those of some candidates whose rows can be read."""
        return [name for name in candidates if self._readable(name)]

    def _readable(self, candidate: str) -> bool:
        try:
            access.synthetic(self.run_ids[candidate])
        except ArtefactLost as error:
            _miss(f"the rows of {self.title(candidate)}", str(error))
            return False
        return True

    def damaged(self) -> dict[str, str]:
        """Return what of the candidates, controls among them, is gone or cut off, and what is wrong with each file."""
        titled = {self.title(name): run_id for name, run_id in self.run_ids.items()}
        return {**self.lost, **_damaged(place.here(), tuple(titled.items()), self.stamp)}

    @cached_property
    def _marks(self) -> dict[str, float]:
        """What differs per run once a measure was asked again."""
        return dict(zip(self.runs["id"].astype(str), self.runs["mark"].astype(float), strict=True))

    def refit_seconds(self, candidate: str) -> float | None:
        """Return how long making a candidate took, or None where it cannot be made again."""
        rows = self.runs[(self.runs["candidate"] == candidate) & (self.runs["kind"] == RunKind.GENERATE)]
        seconds = float(rows["seconds_fit"].iloc[0] + rows["seconds_sample"].iloc[0]) if len(rows) else float("nan")
        return seconds if seconds == seconds else None

    def ledger(self, candidate: str) -> Ledger | None:
        """Return what a candidate's privacy budget paid for, or None where it has none."""
        run_id = self.run_ids.get(candidate)
        found: Ledger | str | None = self.once(("ledger", candidate), lambda: None if run_id is None else _ledger(run_id))
        if isinstance(found, str):
            _miss(f"the privacy budget of {self.title(candidate)}", found)
            return None
        return found

    def score(self, candidate: str, measure: str) -> dict[str, Any] | None:
        """Return one row of the scores, or None where it has not arrived."""
        return self.outcome.rows.get(measure, {}).get(candidate)

    def picture(self, key: tuple[Any, ...], draw: Callable[[], Chart]) -> Chart:
        """Return the chart `draw` gives, drawn once per key for light and once for dark pages: its text takes the page's colour."""
        mode = "dark" if st.context.theme.type == "dark" else "light"
        drawn: Chart = self.once((mode, *key), draw)
        return drawn

    def once(self, key: tuple[Any, ...], compute: Callable[[], Any]) -> Any:
        """Return what `compute` gives, computed at the first call for `key`: building a figure takes longer than sending it."""
        if key not in self.memory:
            if len(self.memory) >= MOST_KEPT:
                self.memory.pop(next(iter(self.memory)), None)
            self.memory[key] = compute()
        return self.memory[key]


def _miss(what: str, why: str) -> None:
    """Note what cannot be shown on the page that is being drawn; see `synth_ui.ui.components.in_place`."""
    state.missed = {**state.missed, what: why}


def _ledger(run_id: str) -> Ledger | str | None:
    """Return a ledger; None where there is none, and what is wrong with it where it is damaged."""
    try:
        return access.workspace().ledger(run_id)
    except ArtefactLost as error:
        return str(error)


@st.cache_data(show_spinner=False, max_entries=12, ttl=LOOKED_SECONDS)
def _damaged(home: place.Place, run_ids: tuple[tuple[str, str], ...], stamp: str) -> dict[str, str]:
    from synth_ui.jobs.races.results import damaged_of

    return damaged_of(access.workspace(), dict(run_ids))


@st.cache_resource(show_spinner=False, max_entries=400)
def _detail(home: place.Place, run_id: str, measure: str, name: str, mark: float) -> pd.DataFrame | str | None:
    """Return a detail frame; None where there is none, and what is wrong with it where it is gone or damaged."""
    try:
        return access.workspace().detail(run_id, measure, name)
    except ArtefactLost as error:
        return str(error)
    except StoreError:
        return None


def runs(race_id: str, *, advance: bool = False) -> pd.DataFrame:
    """Return the runs of a race as they stand now; with `advance`, after lost ones are found and free slots are filled."""
    from synth_ui.jobs.execution.schedule import advance as look_after
    from synth_ui.jobs.races.results import board

    workspace = access.workspace()
    if advance:
        look_after(workspace)
    return board(workspace, race_id)


def stamp(now: pd.DataFrame) -> str:
    """What must differ for a view to be computed anew: states, ends, number of scores, what is still to come, what ended badly."""

    text = now[["id", "state", "scored", "mark", "to_come", "left_open"]].to_csv(index=False) if len(now) else ""
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


@st.cache_resource(show_spinner=False, max_entries=12)
def _view(home: place.Place, race_id: str, stamp: str, _runs: pd.DataFrame) -> View:
    from synth_ui.jobs.races.results import outcome

    workspace = access.workspace()
    lost: dict[str, str] = {}
    return View(race_id, stamp, workspace.race(race_id), _runs, outcome(workspace, race_id, lost.__setitem__), lost)


def view() -> View | None:
    """Return the current race as it stands, or None where there is none."""
    return view_of(state.race_id, runs(state.race_id)) if state.race_id is not None else None


def view_of(race_id: str, now: pd.DataFrame) -> View:
    """Return the view of a race whose runs stand as in `now`."""
    return _view(place.here(), race_id, stamp(now), now)


def headline_words(current: View) -> dict[str, str]:
    """Return, per candidate with scores, where its headline scores lie on their scales, in a few escaped words."""
    outcome = current.outcome
    if not (current.scores["status"] == Status.OK.value).any():
        return {}
    from synth_ui.comparison.families import FAMILIES
    from synth_ui.comparison.scale import has_scale
    from synth_ui.comparison.tracks import by_what
    from synth_ui.comparison.words import place

    said: dict[str, list[str]] = {}
    for family, head in outcome.headlines.items():
        for name, row in outcome.rows.get(head.measure, {}).items():
            title = FAMILIES[family].title
            by = by_what(family, head.measure).rstrip(",")
            if name in outcome.saw_holdout:
                continue
            if head.unusable and not current.active:
                said.setdefault(name, []).append(f"{title}: no verdict on this table")
            elif family == "privacy":
                continue
            elif has_scale(row):
                where = place(outcome.scale(head.measure), row["position"], row["position_low"], row["position_high"])
                said.setdefault(name, []).append(f"{title}{by}: **{where}**")
    for name in outcome.saw_holdout:
        said[name] = ["**holds rows held back: nothing here can judge it**"]
    for group in outcome.groups:
        if group not in outcome.saw_holdout and not outcome.entries[group]["control"] and outcome.attacks(group).tried:
            said.setdefault(group, []).append(attack_words(outcome.attacks(group)))
    return {name: " &nbsp;·&nbsp; ".join(parts) for name, parts in said.items()}


def attack_words(attacks: Attacks) -> str:
    """Say what the attacks on privacy found, in a few words: one statement, never a share beside a sign."""
    from synth_ui.comparison.verdict.evidence import Attack

    found = attacks.those(Attack.FOUND)
    if found:
        return f"**{len(found)} of {len(attacks.ran)} attacks {'finds' if len(found) == 1 else 'find'} a sign of a leak**"
    return f"{len(attacks.tried)} of {attacks.known} attacks tried, no sign of a leak"
