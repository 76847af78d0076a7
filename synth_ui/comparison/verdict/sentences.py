"""The answer in plain words: which candidate is best for this table, what it is tied with, what speaks against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from synth_ui.comparison.choice.probability_of_best import Chances
from synth_ui.comparison.families import DECIDING, FAMILIES
from synth_ui.comparison.purposes import Purpose
from synth_ui.comparison.scale import has_number
from synth_ui.comparison.thresholds import limit
from synth_ui.comparison.tracks import by_what
from synth_ui.comparison.verdict.clean import doubt
from synth_ui.comparison.verdict.evidence import State
from synth_ui.comparison.verdict.leaks import severe, unscaled
from synth_ui.comparison.verdict.merits import Fact, facts, inside, joined, stated
from synth_ui.comparison.verdict.objections import UNTRIED, Objection
from synth_ui.comparison.words import among_real_rows, listed, place, sentence
from synth_ui.core.errors import TableError
from synth_ui.core.score import SEEN, Status

if TYPE_CHECKING:
    from synth_ui.comparison.outcome import Outcome


MORE_TIME = "Resume the race, which keeps what there is, or start it again with more time or on a sample of fewer rows."
"""What helps where the time was too short for any score."""


class Certainty(StrEnum):
    """How sure the answer is."""

    BEST = "best"
    PROBABLE = "probably best"
    TIED = "tied for best"
    LEADING = "leading so far"
    ALONE = "the only one with scores so far"
    ONLY = "the only one"
    NONE = "none recommended"

    @property
    def so_far(self) -> bool:
        """Whether it is said of a race in which something is still to come."""
        return self in (Certainty.LEADING, Certainty.ALONE)


@dataclass(frozen=True)
class Verdict:
    """Which candidate is best for a purpose, and how sure that is.

    Attributes
    ----------
    purpose
        The purpose's title.
    certainty
        How sure it is.
    best
        The candidate's name; None where nothing can be recommended, and while one that could still win is being made or scored.
    leader
        Who stands first; the same as `best`, or who leads so far.
    tied_with
        Names of candidates that cannot be told from the leader.
    finding
        The answer as a heading, without a full stop.
    sentence
        The answer in a few plain sentences.
    paragraphs
        The same, cut: who and why, then one by one what speaks against it, what attacks found and what was not judged.
    against
        What speaks against the leader, the largest first.
    unjudged
        What took no part in the verdict, and why, one sentence each.
    reasons
        Per candidate, why it is not the best; for the best itself, why it is.
    probabilities
        Of being best, for the leader and those tied with it or close behind.
    barred
        Names of those that are not recommended for this purpose whatever their sum; `reasons` says why.
    """

    purpose: str
    certainty: Certainty
    best: str | None
    leader: str | None
    tied_with: tuple[str, ...]
    finding: str
    sentence: str
    against: tuple[Objection, ...] = ()
    unjudged: tuple[str, ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)
    probabilities: Mapping[str, float] = field(default_factory=dict)
    barred: tuple[str, ...] = ()
    paragraphs: tuple[str, ...] = ()

    @property
    def further(self) -> tuple[str, ...]:
        """What speaks against it and what was not judged, beyond what `sentence` already says."""
        said = self.sentence.lower()
        # The sentence names what was not tried.
        against = [one.sentence for one in self.against if one.size != UNTRIED and not _told(one.sentence, self.unjudged)]
        return tuple(text for text in (*against, *self.unjudged) if text.lower().rstrip(".") not in said)

    def why_not(self, candidate: str) -> str:
        """Say why a candidate is not the best one.

        Raises
        ------
        TableError
            If the candidate took no part.
        """
        if candidate not in self.reasons:
            raise TableError(f"There is no candidate {candidate!r}; there are {', '.join(self.reasons) or 'none'}.")
        return self.reasons[candidate]

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict in plain values."""
        return {
            "purpose": self.purpose, "certainty": str(self.certainty), "best": self.best, "leader": self.leader,
            "tied_with": list(self.tied_with), "finding": self.finding, "sentence": self.sentence,
            "against": [{"sentence": one.sentence, "measure": one.measure, "plain_fault": one.plain} for one in self.against],
            "unjudged": list(self.unjudged), "reasons": dict(self.reasons), "probabilities": dict(self.probabilities),
        }  # fmt: skip


def _told(objection: str, unjudged: Sequence[str]) -> bool:
    """Whether the reason in an objection is told as why a family took no part, in the same words."""
    reason = objection.rstrip(".").rpartition(": ")[2]
    return reason != objection.rstrip(".") and any(reason in text for text in unjudged)


def decide(outcome: Outcome, purpose: Purpose, chances: Chances) -> Verdict:
    """Say which candidate is best for this table, what it is tied with and what speaks against it.

    A candidate that lies nearer to a copy of the training rows than to unseen rows, or that is suspected while no control tells whether
    rightly, is never named best. To share outside, none is that leaks measurably or on which a standard attack has not been tried.
    """
    return _Decision(outcome, purpose, chances).verdict()


def judged_by(purpose: Purpose, chances: Chances) -> str:
    """Say by what candidates were judged where that is not every family the purpose weighs; empty, or to continue a sentence."""
    weighed = [family for family in DECIDING if purpose.weights.get(family, 0) > 0]
    counted = [family for family in weighed if family in chances.families]
    return "" if len(counted) == len(weighed) else f", judged by {listed([FAMILIES[family].short for family in counted])} alone"


@dataclass(frozen=True, eq=False)
class _Decision:
    outcome: Outcome
    purpose: Purpose
    chances: Chances

    def verdict(self) -> Verdict:
        if not self.able:
            return self._nothing()
        return self._recommend() if self.allowed else self._none_recommended()

    # --- who ---------------------------------------------------------------------------------------------------

    @cached_property
    def able(self) -> list[str]:
        """Those that can be compared, the highest expectation first."""
        return self.chances.ordered()

    @cached_property
    def allowed(self) -> list[str]:
        return [name for name in self.able if not self.barred(name)]

    @cached_property
    def field(self) -> list[str]:
        return [name for name in self.outcome.groups if not self.outcome.entry(name)["control"]]

    def barred(self, name: str) -> str:
        """Why a candidate is not recommended at all, whatever its sum; without a full stop."""
        if severe(self.outcome, name):
            return "it lies nearer to a copy of the training rows than to unseen real rows"
        suspicion = unscaled(self.outcome, name)
        if suspicion:
            titles = listed(
                [self.outcome.facts[row["measure"]].title.lower() for row in suspicion if row["measure"] in self.outcome.facts]
            )
            return f"a privacy measure suspects it ({titles}), and the controls that would tell whether rightly are not scored"
        return self._not_outside(name) if self.purpose.outside else ""

    def _all_barred(self) -> tuple[str, ...]:
        return tuple(name for name in self.able if self.barred(name))

    def _not_outside(self, name: str) -> str:
        found = doubt(self.outcome, name)
        return "" if found is None else f"it leaks measurably: {inside(found.reason)}" if found.found else found.reason

    @cached_property
    def leader(self) -> str:
        """The first of those allowed; of equals, one without a plain fault and without a sign of a leak, where these were looked for."""
        first = self.allowed[0]
        ties = self.chances.ties(first, self.allowed)
        for spoken in (lambda name: self._fault_measures(name) | self._leak_measures(name), self._fault_measures):
            asked = spoken(first)
            clean = [name for name in ties if not spoken(name) and all(self._has(name, measure) for measure in asked)]
            if asked and clean:
                return clean[0]
        return first

    def _fault_measures(self, name: str) -> set[str]:
        return {one.measure for one in self._faults(name)}

    def _leak_measures(self, name: str) -> set[str]:
        return set(self.outcome.leaks.loc[self.outcome.leaks["candidate"] == name, "measure"])

    def _has(self, name: str, measure: str) -> bool:
        """Whether a measure has answered for a candidate: one that was never asked is not without a fault."""
        rows = self.outcome.rows.get(measure, {})
        return any(has_number(rows.get(member)) for member in self.outcome.groups[name])

    @cached_property
    def ties(self) -> list[str]:
        first = self.allowed[0]
        tied = [first, *self.chances.ties(first, self.allowed)]
        return (
            [name for name in tied if name != self.leader]
            if self.leader in tied
            else self.chances.ties(self.leader, self.allowed)
        )

    @cached_property
    def certainty(self) -> Certainty:
        if self.outcome.under_way:
            return Certainty.LEADING if len(self.able) > 1 else Certainty.ALONE
        if self.ties:
            return Certainty.TIED
        if len(self.able) == 1:
            return Certainty.ONLY
        rivals = [name for name in self.allowed if name != self.leader]
        sure = all(self.chances.ahead(self.leader, name) >= limit("best") for name in rivals)
        return Certainty.BEST if sure else Certainty.PROBABLE

    # --- words -------------------------------------------------------------------------------------------------

    def title(self, name: str) -> str:
        return str(self.outcome.entry(name)["title"])

    def _faults(self, name: str) -> list[Objection]:
        return [one for one in self.outcome.objections(name) if one.plain]

    def _called(self, name: str) -> str:
        """Name a candidate, its plain faults in the same breath."""
        faults = [one.clause for one in self._faults(name)]
        return f"{self.title(name)} ({'; '.join(faults)})" if faults else self.title(name)

    def _recommend(self) -> Verdict:
        leader = self.leader
        against, unjudged = self.outcome.objections(leader), self._unjudged(leader)
        answer, said = " ".join([*self._left_out(), self._opening(), *self._odds(), *self._passed_over()]), list[str]()
        scores = joined(self._facts(leader))
        large = [one for one in against if not one.plain and one.size != UNTRIED and inside(one.sentence) not in scores]
        large = [one for one in large if not _told(one.sentence, unjudged)]
        if large:
            said.append(f"Against it: {inside(large[0].sentence)}.")
        if self.outcome.leak_sentences(leader):
            said.append("It should not be shared outside.")
        said += [self.outcome.attacks(leader).sentence, *unjudged, *self._cleaner()]
        return Verdict(
            self.purpose.title, self.certainty, None if self.certainty.so_far else leader, leader, tuple(self.ties),
            self._finding(), " ".join([answer, *said]), against, tuple(unjudged),
            {name: self._why(name) for name in self.able} | self._excluded(), self._probabilities(), self._all_barred(), (answer, *said),
        )  # fmt: skip

    def _finding(self) -> str:
        names = listed([self._called(name) for name in (self.leader, *self.ties)])
        verb = "are" if self.ties else "is"
        if self.certainty is Certainty.LEADING:
            return f"{names} {'lead' if self.ties else 'leads'} so far, {self._progress()}"
        if self.certainty is Certainty.ALONE:
            return f"{names} {self._alone()}, {self._progress()}"
        if self.certainty is Certainty.TIED:
            return f"{names} are tied for best{self._judged_by()}"
        if self.certainty is Certainty.ONLY:
            return f"{names} is the only candidate that can be judged"
        if len(self.allowed) == 1:
            return f"{names} is the only candidate that can be recommended{self._judged_by()}"
        sure = "" if self.certainty is Certainty.BEST else "probably "
        if self.able[0] != self.leader:
            return f"{names} {verb} {sure}the best that can be recommended{self._judged_by()}"
        return f"{names} {verb} {sure}best on this table{self._judged_by()}"

    def _alone(self) -> str:
        """Say of the only one that can be compared that it leads nobody yet."""
        return "is the only candidate" if len(self.field) == 1 else "is the only one with scores so far"

    def _progress(self) -> str:
        done = [name for name in self.field if self.outcome.scored(name)]
        if not done:  # one can lead by what is there of it
            return f"none of {len(self.field)} scored in full yet" if len(self.field) > 1 else "not scored in full yet"
        if len(done) < len(self.field):
            return f"{len(done)} of {len(self.field)} scored"
        return "further measures are still to come"

    def _judged_by(self) -> str:
        return judged_by(self.purpose, self.chances)

    def _opening(self) -> str:
        phrase, scores = self.purpose.phrase, self._facts(self.leader)
        names, count = listed([self._called(name) for name in (self.leader, *self.ties)]), len(self.able)
        by = self._judged_by()
        if self.certainty is Certainty.LEADING:
            head = f"{names} {'lead' if self.ties else 'leads'} so far {phrase}, {self._progress()}{by}"
        elif self.certainty is Certainty.ALONE:
            head = f"{names} {self._alone()}, {self._progress()}{by}, so there is nothing to compare it with yet"
        elif self.certainty is Certainty.TIED:
            which = f"{count} candidates"
            if self.able[0] not in (self.leader, *self.ties):
                which = f"the {len(self.allowed)} of {count} candidates that are not ruled out"
            head = f"{names} are tied for best of {which} {phrase}{by}"
            if self.able[0] not in (self.leader, *self.ties):
                head = f"{names} are tied for best {phrase}, of {which}{by}"
        elif self.certainty is Certainty.ONLY:
            alone = f",{by.removeprefix(', judged')}" if by else ""
            head = f"{names} is the only candidate that can be judged{alone}, so there is nothing to compare it with"
        else:
            sure = "" if self.certainty is Certainty.BEST else "probably "
            head = f"{names} is {sure}the best of {count} candidates {phrase}{by}"
            if len(self.allowed) == 1 and count > 1:
                head = f"{names} is the only one of {count} candidates that can be recommended {phrase}{by}"
            elif self.able[0] != self.leader:
                head = f"{names} is {sure}the best {phrase}, of the {len(self.allowed)} of {count} candidates that are not ruled out{by}"
        if preferred := self._preferred():  # that is the reason, so that no merit is given as one
            head = f"{head}. {self.title(self.leader)} stands first{preferred}"
            scores = tuple(replace(one, ahead=False) for one in scores)
        elif self.ties and scores:
            head = f"{head}. {self.title(self.leader)} stands first"
        return stated(head, scores, compared=len(self.allowed) > 1)

    def _preferred(self) -> str:
        """Say why the leader stands before one that scored higher, where that is a sign of a leak; a plain fault stands beside its name."""
        first = self.allowed[0]
        found = self._leak_measures(first)
        before = found and not self._leak_measures(self.leader) and all(self._has(self.leader, measure) for measure in found)
        return ", as no attack found a sign of a leak on it" if first != self.leader and before else ""

    def _facts(self, name: str) -> tuple[Fact, ...]:
        """Say the headline scores of one that stands first, beside those it was compared with."""
        return facts(self.outcome, name, [other for other in self.able if other != name and not self.barred(other)])

    def _probabilities(self) -> dict[str, float]:
        if len(self.able) < 2:
            return {}  # who has nobody beside it is the best of one for certain, which tells nothing
        shares = self.chances.probabilities(self.allowed)
        shown = (
            [self.leader, *self.ties]
            if self.ties
            else [name for name in self.allowed if shares[name] >= 0.01 or name == self.leader]
        )
        return {name: shares[name] for name in shown}

    def _odds(self) -> list[str]:
        if self.certainty in (Certainty.BEST, Certainty.ONLY) or len(self.allowed) < 2:
            return []
        shares = self._probabilities()
        falling = sorted(shares.items(), key=lambda one: (one[0] != self.leader, -one[1]))
        parts = [f"{self.title(name)} {share:.0%}" for name, share in falling]
        return (
            [f"Probability of being best{' so far' if self.outcome.under_way else ''}: {', '.join(parts)}."]
            if len(parts) > 1
            else []
        )

    def _signs(self, names: Sequence[str]) -> str:
        """Say that signs of a leak were found on some, and of one by how many attacks."""
        if len(names) > 1:
            return "signs of a leak were found"
        found = self.outcome.signs[names[0]]
        return "a sign of a leak was found" if found == 1 else f"{found} attacks found signs of a leak"

    def _cleaner(self) -> list[str]:
        """Where the leader leaks, name those tied with it on which as many attacks found nothing, for many the better choice; else those that leak."""
        if not self.outcome.leak_sentences(self.leader):
            leaking = [name for name in self.ties if self.outcome.leak_sentences(name)]
            return (
                [f"On {listed([self.title(name) for name in leaking])}, tied with it, {self._signs(leaking)}."] if leaking else []
            )
        tried = set(self.outcome.attacks(self.leader).tried)
        clean = [
            name for name in self.ties if not self.outcome.leak_sentences(name) and tried <= set(self.outcome.attacks(name).tried)
        ]
        return (
            [f"On {listed([self.title(name) for name in clean])}, tied with it, the same attacks found no sign of a leak."]
            if clean
            else []
        )

    def _passed_over(self) -> list[str]:
        ahead = [name for name in self.able[: self.able.index(self.leader)] if name not in self.ties]
        return [
            f"{self.title(name)} scores higher but is not recommended: {self.barred(name)}."
            for name in ahead[:2]
            if self.barred(name)
        ]

    def _left_out(self) -> list[str]:
        """Say, first of all, what is wrong with the halves, and what holds rows it should never have seen; of several, each with its share."""
        saw, caution = self.outcome.saw_holdout, [sentence(self.outcome.caution)] if self.outcome.caution else []
        if len(saw) < 2:
            return [*caution, *(f"{self.title(name)} cannot be judged: {inside(why)}." for name, why in saw.items())]
        shares = [f"{self.title(name)} {self.outcome.rows[SEEN][name]['value']:.1%}" for name in sorted(saw)]
        return [
            *caution,
            f"{len(saw)} files cannot be judged, because they hold rows held back, word for word or nearly so, beyond what chance "
            f"explains, so that whatever made them has seen these: {listed(shares)} of the rows held back.",
        ]

    def _unjudged(self, *names: str) -> list[str]:
        """Say which families the purpose weighs took no part for these candidates, and why: once each, with every reason."""
        said = []
        for family in DECIDING:
            known = [self.outcome.evidence(name, family) for name in names]
            reasons = list(dict.fromkeys(one.words for one in known if one.state is not State.JUDGED))
            if reasons and self.purpose.weights.get(family, 0) > 0:
                if family == "privacy" and self._all_barred() and not self.allowed:
                    continue  # it decided: the reason of each says how
                # What attacks found bars others all the same: then leakage did take part, only not among those left.
                left = family == "privacy" and self._all_barred()
                where = "was not weighed among those left" if left else "took no part in the verdict"
                said.append(sentence(f"{FAMILIES[family].words} {where}: {'; of others: '.join(reasons)}"))
        return said

    def _excluded(self) -> dict[str, str]:
        return {name: sentence(f"it could not be compared: {inside(why)}") for name, why in sorted(self.chances.reasons.items())}

    def _why(self, name: str) -> str:
        if name == self.leader:
            lead = "leads so far" if self.certainty is Certainty.LEADING else f"is {self.certainty}"
            head, scores = f"{self._called(name)} {lead}", self._facts(name)
            if preferred := self._preferred():
                head, scores = f"{head} and stands first{preferred}", tuple(replace(one, ahead=False) for one in scores)
            if not scores and name == self.able[0]:
                head = f"{head}: it has the highest weighted score"
            return stated(head, scores, compared=len(self.allowed) > 1)
        if self.barred(name):
            return sentence(self.barred(name))
        if name in self.ties:
            opening = f"{self._called(name)} cannot be told from {self.title(self.leader)}"
        else:
            opening = f"{self.title(self.leader)} is ahead in {self.chances.ahead(self.leader, name):.0%} of the draws"
        return sentence(
            "; ".join([opening, *self._gaps(name), *(inside(text) for text in self.outcome.leak_sentences(name)[:1])])
        )

    def _gaps(self, name: str) -> list[str]:
        """Say in which families a candidate lies behind the leader, the largest gap first; of one tied with it not of the only family there is."""
        if name in self.ties and len(self.chances.families) < 2:
            return []
        mine, other = self.outcome.entry(name), self.outcome.entry(self.leader)
        gaps = [
            (float(other[f"{family}_position"] - mine[f"{family}_position"]) * weight, family)
            for family, weight in self.chances.families.items()
            if weight > 0 and mine[f"{family}_status"] == other[f"{family}_status"] == Status.OK
        ]
        worst = [family for gap, family in sorted(gaps, reverse=True) if gap > 0.02 * self.chances.families[family]][:2]
        said = []
        for family in worst:
            position, low, high = (float(mine[f"{family}_position{end}"]) for end in ("", "_low", "_high"))
            measure = str(mine[f"{family}_measure"])
            scale = self.outcome.scale(measure)
            where = "behind" if family == "privacy" or among_real_rows(scale, position) else place(scale, position, low, high)
            given, gap = self.outcome.given_away, f"in {FAMILIES[family].words}{by_what(family, measure)} it is {where}"
            said.append(gap if given is None else given.beside(measure, gap))
        return said

    # --- nobody ------------------------------------------------------------------------------------------------

    def _nothing(self) -> Verdict:
        reasons = self._excluded()
        if not self.field:
            said = "There is no candidate yet, only controls: pick a generator or add a synthetic file."
        elif not any(self.outcome.scored(name) or self.outcome.entry(name)["status"] == "done" for name in self.field):
            said = "No candidate has finished yet." if self.outcome.under_way else self._none_ended()
        else:
            others = {name: why for name, why in self.chances.reasons.items() if name not in self.outcome.saw_holdout}
            yet = " yet" if self.outcome.under_way else ""
            why = f": {'; '.join(sorted({inside(reason) for reason in others.values()}))}" if others else ""
            said = " ".join([*self._left_out(), f"No candidate can be compared{yet}{why}."])
        unjudged = self._unjudged(*self.field)
        return self._nobody(said, reasons, tuple(unjudged))

    def _none_ended(self) -> str:
        """Say that no candidate came to an end; where the time was up, what can be done about it."""
        ended = [self.outcome.ended.get(member, "") for name in self.field for member in self.outcome.groups[name]]
        if ended and all(how.startswith("stopped: ") and how.endswith((" up", " over")) for how in ended):
            return f"The time was up before a candidate was scored. {MORE_TIME}"
        return "No candidate came to an end."

    def _none_recommended(self) -> Verdict:
        top, phrase = self.able[0], self.purpose.phrase
        if len(self.able) == 1:
            opening = (
                f"{self.title(top)}, the only candidate that can be compared, cannot be recommended {phrase}: {self.barred(top)}."
            )
        else:
            opening = (
                f"None of the {len(self.able)} candidates can be recommended {phrase}; of {self.title(top)}: {self.barred(top)}."
            )
        reasons = {name: sentence(self.barred(name)) for name in self.able} | self._excluded()
        answer = " ".join([*self._left_out(), opening])
        attacks = [] if self.outcome.attacks(top).untried else [self.outcome.attacks(top).sentence]
        return self._nobody(answer, reasons, tuple(self._unjudged(top)), self.outcome.objections(top), attacks)

    def _nobody(
        self, answer: str, reasons: Mapping[str, str], unjudged: Sequence[str] = (), against: Sequence[Objection] = (),
        attacks: Sequence[str] = (),
    ) -> Verdict:  # fmt: skip
        finding = f"No candidate can be recommended{' yet' if self.outcome.under_way else ''}"
        return Verdict(
            self.purpose.title, Certainty.NONE, None, None, (), finding, " ".join([answer, *attacks]), tuple(against), tuple(unjudged),
            reasons, barred=self._all_barred(), paragraphs=(answer, *attacks),
        )  # fmt: skip
