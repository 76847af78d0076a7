"""The result of a race as one value: scores and candidates, and all that page, report, command line and Python say of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pandas as pd

from synth_ui.comparison import headlines, leaderboard, names, scale, tracks
from synth_ui.comparison.choice import pareto, probability_of_best
from synth_ui.comparison.families import DECIDING
from synth_ui.comparison.headlines import Headline
from synth_ui.comparison.purposes import purpose_of
from synth_ui.comparison.scale import Placed, Row, Scale
from synth_ui.comparison.seen import saw_holdout
from synth_ui.comparison.verdict import evidence, leaks, objections, sentences
from synth_ui.comparison.verdict.evidence import ACTIVE, Attacks, Evidence, State
from synth_ui.comparison.verdict.given_away import OF_THE_TARGET, GivenAway
from synth_ui.core.context import Context
from synth_ui.core.score import SEEN, MeasureFacts, Status, score_of, sentence_of

Weights = Mapping[str, float] | str | None
"""Weights per family, the key of a purpose, or None for the balanced one."""

Detail = Callable[[str, str, str], "pd.DataFrame | None"]
"""Finds a detail frame by candidate, measure and name; None where there is none."""

T = TypeVar("T")


def no_detail(candidate: str, measure: str, name: str) -> pd.DataFrame | None:
    """Find no detail frame: for scores that come without."""
    return None


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a race, or a scoring of files, came to; nothing is computed twice.

    Attributes
    ----------
    scores
        Calibrated scores (`SCORE_COLUMNS`, and `chance` where known), controls included.
    candidates
        One row per candidate, controls included, see `synth_ui.comparison.names.roster`; None where only the scores are known.
    facts
        What there is to know of every measure, by key.
    pending
        Per candidate or control, the measures still to come from runs that are queued or under way.
    ended
        Per candidate or control whose run, or whose later measures, ended badly: how.
    detail
        Finds a detail frame of a measure.
    seed
        Of the draws behind the probabilities.
    given_away
        The target and the columns that alone tell it, see `synth_ui.tables.inference.giveaways`; None where there are none.
    caution
        What is wrong with training and unseen rows, so that every score is to be taken with care: every verdict opens with it.
    """

    scores: pd.DataFrame
    candidates: pd.DataFrame | None
    facts: Mapping[str, MeasureFacts]
    pending: Mapping[str, Sequence[str]] = field(default_factory=dict)
    ended: Mapping[str, str] = field(default_factory=dict)
    detail: Detail = no_detail
    seed: int = 0
    given_away: GivenAway | None = None
    caution: str = ""
    _memory: dict[Any, Any] = field(default_factory=dict, repr=False)

    def _once(self, key: Any, compute: Callable[[], T]) -> T:
        """Return what `compute` gives, computed at the first call for `key`. No lock: pages may look at two outcomes at once."""
        if key not in self._memory:
            self._memory[key] = compute()
        found: T = self._memory[key]
        return found

    # --- who took part -----------------------------------------------------------------------------------------

    @property
    def roster(self) -> pd.DataFrame:
        """Every candidate and control with what it is called, see `synth_ui.comparison.names.roster`."""
        return self._once("roster", lambda: names.roster(self.scores["candidate"].astype(str), self.candidates))

    @property
    def entries(self) -> Mapping[str, Row]:
        """The roster as plain values, by candidate."""
        rows = lambda: {str(row["candidate"]): {str(key): row[key] for key in row} for row in self.roster.to_dict("records")}  # noqa: E731
        return self._once("entries", rows)

    @property
    def group_of(self) -> Mapping[str, str]:
        """The first seed of each candidate's recipe."""
        return self._once("group of", lambda: {name: str(entry["group"]) for name, entry in self.entries.items()})

    @property
    def groups(self) -> Mapping[str, tuple[str, ...]]:
        """The seeds of each recipe, by its first seed; files and controls stand alone."""

        def found() -> dict[str, tuple[str, ...]]:
            groups: dict[str, list[str]] = {}
            for name, group in self.group_of.items():
                groups.setdefault(group, []).append(name)
            return {group: tuple(members) for group, members in groups.items()}

        return self._once("groups", found)

    @property
    def member_titles(self) -> Mapping[str, str]:
        """What a person calls each candidate; seeds of one recipe are numbered."""

        def title(name: str, entry: Row) -> str:
            seeds = len(self.groups[entry["group"]])
            return (
                f"{entry['title']}, seed {entry['seed']:.0f}" if seeds > 1 and entry["seed"] is not None else str(entry["title"])
            )

        return self._once("titles", lambda: {name: title(name, entry) for name, entry in self.entries.items()})

    @property
    def numbers(self) -> Mapping[str, int]:
        """The number of each candidate, in the order in which they entered the race: it decides its colour, wherever it is drawn."""

        def found() -> dict[str, int]:
            return {name: number for number, name in enumerate(n for n, entry in self.entries.items() if not entry["control"])}

        return self._once("numbers", found)

    def status(self, name: str) -> str:
        """Return the state of a candidate's run; empty where there is none of that name."""
        return str(self.entries[name]["status"]) if name in self.entries else ""

    def scored(self, group: str) -> bool:
        """Whether a candidate is done with everything that candidates are compared by."""
        members = self.groups[group]
        done = not any(self.status(name) in ACTIVE for name in members) and any(self.status(name) == "done" for name in members)
        return done and not any(self.evidence(group, family).state is State.PENDING for family in DECIDING)

    @property
    def under_way(self) -> bool:
        """Whether anything is still to come that could change the answer."""
        active = any(entry["status"] in ACTIVE for entry in self.entries.values())
        return active or any(keys for keys in self.pending.values())

    # --- scores ------------------------------------------------------------------------------------------------

    @property
    def rows(self) -> Placed:
        """Every score on its scale, by measure and candidate."""
        return self._once("rows", lambda: scale.placed(self.scores))

    @property
    def headlines(self) -> Mapping[str, Headline]:
        """Per family the measure by which candidates are compared, and whether it can bear a verdict here."""

        def chosen() -> dict[str, Headline]:
            field_ = [members for group, members in self.groups.items() if not self.entries[group]["control"]]
            scored = {name for rows in self.rows.values() for name in rows}
            done = [[name for name in members if self.status(name) == "done" and name in scored] for members in field_]
            ended = [members for members in done if members]
            return headlines.headlines(self.rows, ended or [members for members in field_ if scored & set(members)])

        return self._once("headlines", chosen)

    def scale(self, measure: str) -> Scale:
        """Return what lies at the two ends of a measure's scale."""
        facts = self.facts.get(measure.split(".")[0])
        return self._once(("scale", measure), lambda: scale.scale_of(self.rows.get(measure, {}), facts))

    def deciding_rows(self, group: str, family: str) -> list[Row]:
        """Return a candidate's scores of the measure that speaks for a family, a row per seed."""
        rows = self.rows.get(self.headlines[family].measure, {})
        return [rows[name] for name in self.groups[group] if name in rows]

    @property
    def saw_holdout(self) -> Mapping[str, str]:
        """The files that hold rows held back beyond what chance explains, with a sentence each: nothing here can judge them."""

        return self._once("saw", lambda: saw_holdout(self.scores))

    def unseen_holdout(self, name: str) -> bool:
        """Whether it was looked for, with enough rows to tell, that a candidate holds rows held back, and it holds none."""
        row = self.rows.get(SEEN, {}).get(name)
        return row is not None and row["status"] == Status.OK and scale.has_value(row) and name not in self.saw_holdout

    def blind(self, measure: str) -> str:
        """Say why a measure cannot tell known bad rows from known good ones on this table, or return an empty text."""
        facts = self.facts.get(measure.split(".")[0])
        rows = self.rows.get(measure, {})
        asked = facts is not None and (facts.family != "privacy" or facts.attack)
        return self._once(("blind", measure), lambda: scale.blind(rows, facts.family) if asked and facts is not None else "")

    @property
    def predictions(self) -> Mapping[str, pd.DataFrame]:
        """Each candidate's predictions on the holdout, for the paired comparison; only those that have any."""

        def found() -> dict[str, pd.DataFrame]:
            listed = [name for name, entry in self.entries.items() if not entry["control"]]
            frames = {name: self.detail(name, "tstr", "predictions") for name in listed}
            return {name: frame for name, frame in frames.items() if frame is not None}

        return self._once("predictions", found)

    # --- evidence ----------------------------------------------------------------------------------------------

    def evidence(self, group: str, family: str) -> Evidence:
        """Say how far a family of a candidate is known."""
        return self._once(("evidence", group, family), lambda: evidence.evidence(self, group, family))

    def attacks(self, group: str) -> Attacks:
        """Return which attacks on privacy were tried on a candidate, of those the product knows for this table."""
        return self._once(("attacks", group), lambda: evidence.attacks(self, group))

    @property
    def leaks(self) -> pd.DataFrame:
        """The leaks found, worst first, see `synth_ui.comparison.verdict.leaks`."""
        return self._once("leaks", lambda: leaks.leaks(self))

    @property
    def found(self) -> frozenset[tuple[str, str]]:
        """Candidate and measure of every leak found."""
        return self._once("found", lambda: frozenset(zip(self.leaks["candidate"], self.leaks["measure"], strict=True)))

    @property
    def signs(self) -> Mapping[str, int]:
        """Per candidate with a leak, how many attacks find one in any of its seeds."""
        counts = lambda: {str(name): int(n) for name, n in self.leaks.groupby("candidate")["measure"].nunique().items()}  # noqa: E731
        return self._once("signs", counts)

    def leak_sentences(self, group: str) -> list[str]:
        """Say each leak found of a candidate, worst first, one sentence per measure."""
        own = self.leaks[self.leaks["candidate"] == group].drop_duplicates("measure")
        return list(own["sentence"])

    @property
    def doubts(self) -> Mapping[tuple[str, str], str]:
        """Why what a score's own sentence says does not count, by candidate and measure."""
        return self._once("doubts", lambda: self._given_away() | leaks.unlike(self) | self._void())

    def _void(self) -> dict[tuple[str, str], str]:
        """Say behind every score of a file that holds rows held back that it judges nothing, whichever way it came out."""
        measures = [key for key in self.rows if key != SEEN and not scale.is_part(key)]
        asked = [(name, key) for name in self.saw_holdout for key in measures if scale.has_number(self.rows[key].get(name))]
        return dict.fromkeys(asked, f"This judges nothing: {evidence.NOTHING_LEFT}.")

    def _given_away(self) -> dict[tuple[str, str], str]:
        """Say behind what models learn of the target that a column alone tells it, where one does."""
        if self.given_away is None:
            return {}
        asked = [(name, key) for key in OF_THE_TARGET for name, row in self.rows.get(key, {}).items() if scale.has_number(row)]
        return dict.fromkeys((one for one in asked if not names.is_control(one[0])), f"This {self.given_away.clause}.")

    def sentence(self, candidate: str, measure: str) -> str:
        """Say in one sentence what a measure says of a candidate: the words of card, chart and report."""
        row = self.rows.get(measure, {}).get(candidate)
        if row is None or measure not in self.facts:
            return self.unscored(candidate, measure)
        said = sentence_of(self.facts[measure], score_of(row))
        return f"{said} {self.doubts[candidate, measure]}" if (candidate, measure) in self.doubts else said

    def unscored(self, candidate: str, measure: str) -> str:
        """Say of a score that is not there whether it is still to come."""
        coming = measure in self.pending.get(candidate, ()) or self.status(candidate) in ACTIVE
        return "Not scored yet." if coming else "Not asked."

    def objections(self, group: str) -> tuple[objections.Objection, ...]:
        """Return what speaks against a candidate, the largest first."""
        return self._once(("objections", group), lambda: objections.objections(self, group))

    # --- answers -----------------------------------------------------------------------------------------------

    def _board(self) -> pd.DataFrame:
        return self._once("board", lambda: leaderboard.rows_of(self))

    def leaderboard(self, weights: Weights = None) -> pd.DataFrame:
        """Return one row per candidate, best first, controls last, see `synth_ui.comparison.leaderboard.ranked`.

        Of those tied for best the one that the verdict names first stands first.
        """
        purpose = purpose_of(weights)
        said = self.verdict(weights)
        key = (purpose.key, tuple(sorted(purpose.weights.items())))
        board = lambda: leaderboard.as_said(self.ranking(weights), said.leader, said.tied_with)  # noqa: E731
        return self._once(("leaderboard", key), board)

    def ranking(self, weights: Weights = None) -> pd.DataFrame:
        """Return the rows of the leaderboard by their weighted score alone, without a verdict."""
        purpose = purpose_of(weights)
        key = tuple(sorted(purpose.weights.items()))
        return self._once(("ranking", key), lambda: leaderboard.ranked(self._board(), purpose.weights))

    def entry(self, group: str) -> Row:
        """Return a candidate's row of the leaderboard as plain values, without its rank."""
        rows = lambda: {str(row["candidate"]): {str(k): row[k] for k in row} for row in self._board().to_dict("records")}  # noqa: E731
        return self._once("board rows", rows)[group]

    def chances(self, weights: Weights = None) -> probability_of_best.Chances:
        """Return how probable it is that each candidate is the best one, see `synth_ui.comparison.choice.probability_of_best`."""
        purpose = purpose_of(weights)
        key = tuple(sorted(purpose.weights.items()))
        board = self.ranking(weights)
        return self._once(("chances", key), lambda: probability_of_best.chances(self, board, purpose.weights, Context(self.seed)))

    def verdict(self, weights: Weights = None) -> sentences.Verdict:
        """Say which candidate is best for a purpose, what it is tied with and what speaks against it."""
        purpose = purpose_of(weights)
        key = (purpose.key, tuple(sorted(purpose.weights.items())))
        return self._once(("verdict", key), lambda: sentences.decide(self, purpose, self.chances(weights)))

    def pareto(self, quality: str = "fidelity") -> pd.DataFrame:
        """Set quality against leakage, see `synth_ui.comparison.choice.pareto`."""
        return self._once(("pareto", quality), lambda: pareto.pareto(self, quality))

    @property
    def panels(self) -> pd.DataFrame:
        """The heads of the scale tracks, one row per family that was measured."""
        return self._once("panels", lambda: tracks.panels(self))

    def tracks(self, board: pd.DataFrame | None = None, weights: Weights = None) -> pd.DataFrame:
        """Return every headline score in long form, for the scale tracks; by default in the order of the leaderboard."""
        said = self.verdict(weights)
        marked = (said.leader, *said.tied_with) if said.leader is not None else ()
        return tracks.tracks(self, self.leaderboard(weights) if board is None else board, marked)

    def single(self, measure: str, title: str, only: Sequence[str] = ()) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the frames of one measure's track, see `synth_ui.comparison.tracks.single`."""
        return tracks.single(self, measure, title, only)

    def to_dict(self) -> dict[str, Any]:
        """Return what is known of each candidate, and the verdict for every purpose, in plain values."""
        from synth_ui.comparison.purposes import PURPOSES

        field_ = [group for group in self.groups if not self.entries[group]["control"]]
        known = {
            group: {
                **{family: self.evidence(group, family).words for family in DECIDING},
                "attacks": {key: str(end) for key, end in self.attacks(group).ended.items()},
                "against": [one.sentence for one in self.objections(group)],
            }
            for group in field_
        }
        return {"evidence": known, "verdicts": {key: self.verdict(key).to_dict() for key in PURPOSES}}
