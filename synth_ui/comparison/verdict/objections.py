"""What speaks against a candidate, each by its size: leaks, broken rules, impossible cells, lost columns, what tells it apart."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from synth_ui.comparison.families import DECIDING, FAMILIES
from synth_ui.comparison.names import is_control
from synth_ui.comparison.scale import Row, has_interval, has_number, has_scale, has_value, is_part, z_of
from synth_ui.comparison.thresholds import limit
from synth_ui.comparison.tracks import by_what
from synth_ui.comparison.verdict.evidence import Attack
from synth_ui.comparison.verdict.leaks import unscaled
from synth_ui.comparison.words import listed, place
from synth_ui.core.score import SEEN, Status, score_of

if TYPE_CHECKING:
    from synth_ui.comparison.outcome import Outcome

SEEN_ROWS, LEAK, SUSPICION, UNTRIED, WEAK, ONE_SEED = 4.0, 2.0, 1.5, 0.04, 0.05, 0.01
"""Sizes of what has none of its own: rows held back come before everything, a leak before the rest, a single seed after everything."""

ENOUGH = 700
"""Among so many rows nothing that is constant by the threshold of that name is so by chance."""


@dataclass(frozen=True)
class Objection:
    """One thing that speaks against a candidate.

    Attributes
    ----------
    sentence
        What was found, one sentence.
    size
        How much it weighs, for the order: the share of rows or of the scale it is about; a leak weighs more than any share.
    measure
        The measure that found it, for a link to its chart; empty where there is none.
    clause
        For a plain fault the same as part of a sentence, "43.2% of its rows break …"; empty for anything else.
    """

    sentence: str
    size: float
    measure: str = ""
    clause: str = ""

    @property
    def plain(self) -> bool:
        """Whether it is a plain fault: rules broken, cells no real table could hold, a whole column lost."""
        return bool(self.clause)


def objections(outcome: Outcome, group: str) -> tuple[Objection, ...]:
    """List what speaks against a candidate, the largest first; of several seeds the worst counts."""
    found: dict[str, Objection] = {}
    for finder in (
        _seen,
        _leaks,
        _suspicions,
        _rules,
        _invalid,
        _columns,
        _told_apart,
        _memorised,
        _levels,
        _low,
        _worse,
        _weak,
        _unsure,
        _untried,
        _once,
    ):
        for one in finder(outcome, group):
            key = one.measure or one.sentence
            if key not in found or found[key].size < one.size:
                found[key] = one
    return tuple(sorted(found.values(), key=lambda one: (-round(one.size, 9), one.sentence)))


def _own(outcome: Outcome, group: str, measure: str) -> list[Row]:
    """Return a candidate's scores of a measure that have a number, a row per seed."""
    rows = outcome.rows.get(measure, {})
    return [rows[name] for name in outcome.groups[group] if has_number(rows.get(name))]


def _honest(outcome: Outcome, measure: str, control: str) -> Row | None:
    row = outcome.rows.get(measure, {}).get(control)
    return row if has_number(row) else None


def _low_end(row: Row) -> float:
    return float(row["value"] if row["low"] != row["low"] else row["low"])


def _high_end(row: Row) -> float:
    return float(row["value"] if row["high"] != row["high"] else row["high"])


def _percent(share: float) -> str:
    return f"{share:.1%}" if share >= 0.001 else "less than 0.1%" if share > 0 else "none"


def _said(outcome: Outcome, row: Row) -> str:
    """Say a score as its card does."""
    return outcome.facts[row["measure"]].says(score_of(row)).rstrip(".")


def _seen(outcome: Outcome, group: str) -> Iterator[Objection]:
    if group in outcome.saw_holdout:
        yield Objection(outcome.saw_holdout[group], SEEN_ROWS, SEEN)


def _leaks(outcome: Outcome, group: str) -> Iterator[Objection]:
    for row in outcome.leaks[outcome.leaks["candidate"] == group].to_dict("records"):
        place = float(row["position"])
        yield Objection(str(row["sentence"]), LEAK if math.isnan(place) else LEAK + 1 - place, row["measure"])


def _suspicions(outcome: Outcome, group: str) -> Iterator[Objection]:
    for row in unscaled(outcome, group):
        if row["measure"] in outcome.facts:
            yield Objection(f"{_said(outcome, row)}; what unseen real rows give is not known yet.", SUSPICION, row["measure"])


def _rules(outcome: Outcome, group: str) -> Iterator[Objection]:
    yield from _beyond_unseen(
        outcome, group, "rules", limit("rules"), lambda row: float(row["value"]), lambda share: f"{share} of its rows break a rule that",
        lambda honest: f"{honest} of unseen real rows break" if honest != "none" else "no unseen real row breaks",
    )  # fmt: skip


def _invalid(outcome: Outcome, group: str) -> Iterator[Objection]:
    yield from _beyond_unseen(
        outcome, group, "validity", limit("invalid"), lambda row: 1 - float(row["value"]),
        lambda share: f"{share} of its cells hold what the real table never does;",
        lambda honest: f"of unseen real rows {honest} do" if honest != "none" else "of unseen real rows none do",
    )  # fmt: skip


def _beyond_unseen(
    outcome: Outcome,
    group: str,
    measure: str,
    least: float,
    share: Callable[[Row], float],
    begin: Callable[[str], str],
    end: Callable[[str], str],
) -> Iterator[Objection]:
    """Speak of a share of rows or cells that lies above that of unseen real rows by more than chance explains."""
    honest = _honest(outcome, measure, "control:unseen")
    if honest is None:
        return
    lower_is_better = share(honest) == honest["value"]
    for row in _own(outcome, group, measure):
        apart = _low_end(row) > _high_end(honest) if lower_is_better else _high_end(row) < _low_end(honest)
        excess = share(row) - share(honest)
        if apart and excess >= least:
            said = f"{begin(_percent(share(row)))} {end(_percent(share(honest)))}"
            yield Objection(f"{said[:1].upper()}{said[1:]}.", excess, measure, said)


def _columns(outcome: Outcome, group: str) -> Iterator[Objection]:
    lost = False
    for name in outcome.groups[group]:
        frame, bins = outcome.detail(name, "margins", "columns"), outcome.detail(name, "margins", "bins")
        said = _constant(bins) if bins is not None else ""
        if said:
            lost = True
            yield Objection(f"{said[:1].upper()}{said[1:]}.", 1.0, "margins", said)
        worst = None if frame is None or frame.empty else frame.iloc[0]
        yield from () if lost else _worst_column(outcome, name, "" if worst is None else f" {worst['column']}")


def _constant(bins: pd.DataFrame) -> str:
    """Say which column holds one value in nearly every synthetic row and not in the real ones, or return an empty text.

    A column whose rest has become smaller, but not by half, has not lost it. Where the real column holds that value so often that as many real rows would hold nothing else once in a thousand draws, or more
    often, the column is not lost: the table is too small to show the rest of it.
    """
    if bins.empty:
        return ""
    fullest = bins.loc[bins.groupby("column", sort=False)["synthetic_share"].idxmax().dropna()]
    gone = fullest[(fullest["synthetic_share"] >= limit("constant")) & (fullest["real_share"] < limit("constant"))]
    gone = gone[1 - gone["synthetic_share"] < limit("rest") * (1 - gone["real_share"])]
    gone = gone[gone["real_share"] ** _rows_of(bins) < limit("by chance")]
    if gone.empty:
        return ""
    worst = gone.loc[(gone["synthetic_share"] - gone["real_share"]).idxmax()]
    share = float(worst["synthetic_share"])
    where = "every row" if share >= 1 else f"{min(share, 0.999):.1%} of its rows"
    return f"its column {worst['column']} holds one value, or a blank, in {where}"


def _rows_of(bins: pd.DataFrame) -> int:
    """Return of how many rows the shares are, or `ENOUGH` where they are of more; those of a constant table tell nothing of it."""
    shares = bins["synthetic_share"].to_numpy(float)
    if np.isin(shares[np.isfinite(shares)], (0.0, 1.0)).all():
        shares = bins["real_share"].to_numpy(float)
    counts = shares[np.isfinite(shares)] * np.arange(1, ENOUGH)[:, None]
    fits = (np.abs(counts - np.round(counts)) < 1e-6).all(axis=1)
    return int(fits.argmax()) + 1 if fits.any() else ENOUGH


def _worst_column(outcome: Outcome, name: str, called: str) -> Iterator[Objection]:
    rows = outcome.rows.get("margins.worst", {})
    row, honest = rows.get(name), rows.get("control:train")
    if not has_value(row) or not has_value(honest):
        return
    assert row is not None
    assert honest is not None
    wrong, usual = 1 - float(row["value"]), 1 - float(honest["value"])
    if not has_interval(row) or _high_end(row) >= _low_end(honest) or wrong - usual < limit("column"):
        return
    if wrong > limit("lost"):
        said = f"its column{called} is lost: {wrong:.0%} of the rows would have to change cell"
        yield Objection(f"{said[:1].upper()}{said[1:]}.", wrong, "margins", said)
    else:
        yield Objection(
            f"In its worst column{called.replace(' ', ', ', 1)}, {wrong:.1%} of the rows would have to change cell; with real rows {usual:.1%}.",
            wrong - usual, "margins",
        )  # fmt: skip


def _told_apart(outcome: Outcome, group: str) -> Iterator[Objection]:
    honest = _honest(outcome, "detectability", "control:train")
    for name, row in outcome.rows.get("detectability", {}).items():
        if name not in outcome.groups[group] or not has_number(row) or honest is None:
            continue
        if _low_end(row) > max(limit("detectable"), _high_end(honest)):
            said, gap, more = _said(outcome, row).partition("; ")
            yield Objection(f"{said}{_mostly(outcome, name)}{gap}{more}.", 2 * (float(row["value"]) - 0.5), "detectability")


def _mostly(outcome: Outcome, name: str) -> str:
    """Say which part of a difference carries most of it, where that was asked and its interval lies above a half, else nothing."""
    parts = outcome.detail(name, "gap_parts", "parts")
    if parts is None or not has_value(outcome.rows.get("gap_parts", {}).get(name)):
        return ""
    most = parts[parts["share_low"] > 0.5]
    if most.empty:
        return ""
    one = most.iloc[0]
    return f", mostly by {one['words']}" + (f" ({one['names']})" if one["names"] else "")


def _memorised(outcome: Outcome, group: str) -> Iterator[Objection]:
    for row in _own(outcome, group, "detectability.against_train"):
        # It accuses, as an attack does, so it is asked to be as sure as attacks are: at 95% the next seed of the same rows often says nothing.
        sure = row["value"] + (_high_end(row) - row["value"]) * z_of("privacy") / z_of("fidelity")
        if sure < limit("memorised"):
            yield Objection(
                "It follows the training rows, or only their counts, closely: a classifier tells it from the training rows less often than "
                f"guessing would (AUC {row['value']:.2f}).", WEAK, "detectability.against_train",
            )  # fmt: skip


def _levels(outcome: Outcome, group: str) -> Iterator[Objection]:
    honest = _honest(outcome, "coverage.levels", "control:train")
    for row in _own(outcome, group, "coverage.levels"):
        if honest is None or _high_end(row) >= _low_end(honest) or honest["value"] - row["value"] < limit("levels"):
            continue
        yield Objection(
            f"It has {row['value']:.0%} of the rare levels of unseen real rows; the training rows have {honest['value']:.0%}.",
            float(honest["value"] - row["value"]), "coverage",
        )  # fmt: skip


def _low(outcome: Outcome, group: str) -> Iterator[Objection]:
    for family in DECIDING:
        row = outcome.entry(group)
        high, position = row[f"{family}_position_high"], row[f"{family}_position"]
        if family == "privacy" or row[f"{family}_status"] != Status.OK or not high < limit("low"):
            continue
        measure = str(row[f"{family}_measure"])
        where = place(outcome.scale(measure), position, row[f"{family}_position_low"], high)
        yield Objection(
            f"In {FAMILIES[family].words}{by_what(family, measure)} it is {where}.", min(1.0, 1 - float(position)), measure
        )


def _worse(outcome: Outcome, group: str) -> Iterator[Objection]:
    """Speak of every other measure in which it lies below known bad rows, beyond what both intervals explain."""
    for measure, rows in outcome.rows.items():
        facts = outcome.facts.get(measure)
        if is_part(measure) or facts is None or facts.family == "privacy" or outcome.blind(measure):
            continue
        for name in outcome.groups[group]:
            row = rows.get(name)
            if (
                row is not None
                and row["status"] == Status.OK
                and has_scale(row)
                and has_interval(row)
                and row["position_high"] < outcome.scale(measure).floor[0]
            ):
                yield Objection(f"{_said(outcome, row)}: no better than {outcome.scale(measure).bad}.", 0.5, measure)


def _weak(outcome: Outcome, group: str) -> Iterator[Objection]:
    rows = [row for key in outcome.attacks(group).those(Attack.WEAK) for row in _own(outcome, group, key)]
    reasons = [str(row["reason"]).rstrip(".") for row in rows if row["status"] == Status.UNDER_POWERED]
    if reasons:
        which = "other privacy measures" if outcome.leak_sentences(group) else "privacy measures"
        yield Objection(f"Its {which} are too weak for a verdict: {reasons[0]}.", WEAK)


def _unsure(outcome: Outcome, group: str) -> Iterator[Objection]:
    rows = [row for family in DECIDING for row in outcome.deciding_rows(group, family) if has_number(row) and has_scale(row)]
    unsure = list(dict.fromkeys(FAMILIES[row["family"]].words for row in rows if not has_interval(row)))
    if unsure:
        yield Objection(
            f"How far chance may have moved its {listed(unsure)} is not known: there are too few rows for an interval.", WEAK
        )


def _untried(outcome: Outcome, group: str) -> Iterator[Objection]:
    known = outcome.attacks(group)
    if known.tried and known.untried:
        standard = len(known.standard & set(known.ended))
        have = "has" if len(known.untried) == 1 else "have"
        yield Objection(
            f"{len(known.untried)} of the {standard} standard privacy attacks {have} no result yet: {known.names(known.untried)}.",
            UNTRIED,
        )


def _once(outcome: Outcome, group: str) -> Iterator[Objection]:
    if len(outcome.groups[group]) == 1 and not group.startswith("file:") and not is_control(group):
        yield Objection("It was made once: how much another seed would change it is not known.", ONE_SEED)
