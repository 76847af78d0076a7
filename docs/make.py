"""Writes docs/measures.md and docs/generators.md from the plugins, docs/verdict.md from the verdict's own thresholds, docs/glossary.md from the terms: `make docs`.

A test compares the files with what this makes, so they cannot go stale.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from synth_ui.comparison.choice.requirements import KINDS as REQUIREMENTS
from synth_ui.comparison.families import DECIDING, FAMILIES
from synth_ui.comparison.purposes import PURPOSES
from synth_ui.comparison.thresholds import THRESHOLDS
from synth_ui.comparison.verdict.evidence import State
from synth_ui.core.plugin import Plugin
from synth_ui.core.score import CONTROLS, PRIVACY_LEVEL, PRIVACY_TESTS
from synth_ui.core.tunable import Tunable, TunableKind
from synth_ui.generators._preparation import laws
from synth_ui.generators.base import FAMILIES as GENERATOR_FAMILIES
from synth_ui.generators.base import Generator, generators
from synth_ui.measures.base import FAMILIES as MEASURE_FAMILIES
from synth_ui.measures.base import Measure, measures
from synth_ui.reports.glossary import GLOSSARY

DOCS = Path(__file__).resolve().parent

UNSEEN = {
    "exchanged": "three in four training rows change places with rows of the holdout; the rows now in train are scored against those now held out",
    "filled": "half of the holdout, filled up with training rows to as many as train has, tested on the other half",
    "halves": "half of the holdout, against its other half and as many training rows",
}
"""How the control is made, see decision 7."""

BANDS = {
    "widened": "the interval of the training rows, √2 times as wide; none where there is no interval",
    "as it is": "the interval of unseen real rows",
    "of unseen rows": "from the training rows to the far end of the interval of unseen real rows",
}
"""Where other real rows fall, see decision 7."""


def cell(text: Any) -> str:
    """Escape what would break a Markdown table."""
    return str(text).replace("|", "\\|").replace("\n", " ")


def settings_table(plugin: type[Plugin]) -> list[str]:
    """Return the settings of a plugin as a Markdown table."""
    settings = plugin.settings_spec()
    if not settings:
        return ["No settings.", ""]
    lines = ["| setting | default | allowed | meaning |", "|---|---|---|---|"]
    for name, tunable in settings.items():
        lines.append(f"| `{name}` | {default(tunable)} | {cell(tunable.allowed())} | {cell(tunable.help)} |")
    return [*lines, ""]


def default(tunable: Tunable) -> str:
    """Write a default as it is given on the command line."""
    if tunable.kind is TunableKind.FLAG:
        return str(tunable.default).lower()
    return cell(tunable.default) if tunable.default != "" else "(empty)"


def docstring(plugin: type[Plugin]) -> list[str]:
    """Return the class's docstring, its sections as bold lines."""
    lines = inspect.cleandoc(plugin.__doc__ or "").splitlines()
    out: list[str] = []
    for line in lines:
        if out and line and set(line) == {"-"}:
            out[-1] = f"**{out[-1]}**"
            out.append("")
        else:
            out.append(line)
    return [*out, ""]


def generator_entry(plugin: type[Generator]) -> list[str]:
    """Return one generator's section."""
    privacy = "gives a formal (differential) privacy guarantee" if plugin.formal_privacy else "gives no formal privacy guarantee"
    return [
        f"### `{plugin.key}`: {plugin.title}",
        "",
        plugin.summary,
        "",
        f"- Good at: {plugin.good_at}",
        f"- Cannot: {plugin.cannot}",
        f"- Licence of what does the work: {plugin.licence}; {privacy}.",
        *(["- Conditions on levels are met by the method itself, others by drawing anew."] if plugin.native_conditions else []),
        f"- Source: {plugin.reference}",
        "",
        *docstring(plugin),
        *settings_table(plugin),
    ]


def worst(plugin: type[Measure]) -> str:
    """Say where a measure's scale begins: at a control, or at a number of its own."""
    return plugin.worst_means if plugin.floor_part else f"{CONTROLS[plugin.floor].lower()} ({plugin.worst_means})"


def measure_entry(plugin: type[Measure]) -> list[str]:
    """Return one measure's section."""
    lines = [
        f"### `{plugin.key}`: {plugin.title}",
        "",
        f"*{plugin.asks}*",
        "",
        f"- Computed: {plugin.computed}",
        f"- Better: {plugin.better}; unit: {plugin.unit or 'none'}",
        f"- Scale: from {worst(plugin)} to {CONTROLS[plugin.ceiling].lower()} ({plugin.best_means})",
        f"- Interval: {plugin.interval}",
        f"- Unseen real rows: {UNSEEN[plugin.unseen_rows()]}",
        f"- Green band: {BANDS[plugin.band_of()]}",
        f"- Misleads: {plugin.misleads}",
        f"- Source: {plugin.reference}",
        "",
    ]
    if plugin.parts:
        lines += ["| part | title | better | unit |", "|---|---|---|---|"]
        lines += [
            f"| `{plugin.key}.{name}` | {cell(part.title)} | {part.better} | {cell(part.unit) or 'none'} |"
            for name, part in plugin.parts.items()
        ]
        lines.append("")
    return [*lines, *docstring(plugin), *settings_table(plugin)]


def generators_page() -> str:
    """Return the text of docs/generators.md."""
    lines = ["# Generators", "", "Made from the generators' own declarations by `make docs`; do not edit.", ""]
    lines += ["## Laws between columns", "", *inspect.getdoc(laws).splitlines()[2:], ""]  # type: ignore[union-attr]
    for family in GENERATOR_FAMILIES:
        members = [plugin for plugin in generators().values() if plugin.family == family]
        if members:
            lines += [f"## {family[0].upper()}{family[1:]}", ""]
        for plugin in members:
            lines += generator_entry(plugin)
    return "\n".join(lines).rstrip() + "\n"


def measures_page() -> str:
    """Return the text of docs/measures.md."""
    lines = ["# Measures", "", "Made from the measures' own declarations by `make docs`; do not edit.", ""]
    for family in MEASURE_FAMILIES:
        members = [plugin for plugin in measures().values() if plugin.family == family]
        if members:
            lines += [f"## {family[0].upper()}{family[1:]}", ""]
        for plugin in members:
            lines += measure_entry(plugin)
    return "\n".join(lines).rstrip() + "\n"


VERDICT = """# The verdict, and when a sentence may not be made

Made by `make docs` from the verdict's own tables; do not edit. The code is `synth_ui/comparison/`; `tests/verdict/` holds candidates whose right
verdict is known against every state that a race, a cancel, a failure or a later question can leave behind.

## Evidence before words

Each family of a candidate is in one of these states, and the verdict is a function of them:

{states}

- Where a column alone tells the target, so that a model learns little else, every clause about skill says so and names the column. Without a
  target, or where no such column takes part, nothing of the kind is said.
- A clause about a family is said only where that family is judged: its measure has a number and a scale, and tells known bad rows from known good
  ones on this table.
- Nobody is called best while a candidate that could still win is queued or running, or a measure is still to come: “leads so far, 3 of 6 scored”.
- Candidates are compared on what all of them have: the first of a family's yardsticks that every finished candidate can be compared by.
  Deeper measures of some are shown where they are and change nothing for the others.

| family | in a sentence | yardsticks, the first that all have | known bad | known good |
|---|---|---|---|---|
{families}

- Privacy: the verdict says how many attacks were tried of those the product knows for this table, what they found, and by name what was not tried, is
  still to come, failed, has no scale or is too weak here. An attack that does not apply to the table is not counted.
- Too weak here is an attack that misses a leak planted on this table (a copy of the training rows, or these with a tenth of the cells redrawn), or
  that has fewer real rows than it needs. That counts on one side alone. Such an attack clears nobody: where it finds nothing it has not been heard. A
  sign that it does find, its interval excluding chance and unseen real rows giving none, is a sign like any other: it is named, it bars from sharing
  outside, and it is drawn. Which leak is missed matters only for the place: where it is the copy, there is no scale to draw the sign on, and nothing is
  said of how near to a copy the candidate lies.
- To share outside, nobody is recommended on whom a standard attack has no result yet, none could bear a verdict, more are too weak on this table
  than could tell something, or one found a leak.
- A candidate that an attack suspects while the control that would tell whether rightly is missing is not named best for any purpose.
- A file made elsewhere is recommended outside only where it was looked for, with enough rows to tell, that it has seen none of the rows held back.
- A file that holds rows held back, more than any table that never saw them can hold by chance, is judged in nothing: what it is compared with is in it.

## One interval

The interval that decides is the one that is printed. Intervals are 95%; those of privacy measures are computed at {level:.1%}, so that all {tests} attacks
together hold at 95% (Bonferroni): an honest candidate is suspected by any of them in at most one race of twenty. A leakage index is a proven lower limit
and stands for itself.

## How the best one is found

Positions on the scales are cut to [−1, 1], weighted and added:

| purpose | {heads} |
|---|{rules}|
{purposes}

4,000 draws move every score within its interval (and between seeds); the words follow from how often the leader is ahead, see *best* and *tie* below.
The same draws give the probabilities printed beside the words. Of candidates that tie, one without a plain fault and without a sign of a leak stands first; a plain fault is named in
the same sentence as the name. Plain faults are: rules broken by more rows than chance explains, cells no real table could hold, a whole column lost.

What speaks against the leader is listed by size, the largest first: a leak before anything else, then the share of rows or of the scale it is about.

## Words for a place on a scale

| said | where |
|---|---|
| no better than the bad end | the whole interval lies below that of the bad control |
| not told apart from the bad end | the interval meets that of the bad control, and the position lies below one half |
| somewhere between | the interval meets that of the bad control, and the position lies above one half: too few rows |
| nearer to the bad end | the position lies below one half |
| most of the way | the position lies below *close* |
| almost as close as real rows | the position lies from *close* on, below the band of real rows, and the whole interval above one half; else most of the way |
| not told apart from real rows | the position lies in the band of real rows, or beyond, and the interval reaches below *close*, or there is none |
| as close as real rows are to each other, as good as real rows | the position lies in the band of real rows, or beyond, and the whole interval above *close* |

## Requirements

A visitor may require more than a place in the order. A requirement passes, fails, or stays open, with the reason; whoever fails is marked and
not taken out of the order. Of several seeds leaks, rules and time go by the worst.

| key | requirement, at its default | passes if | fails if | stays open if |
|---|---|---|---|---|
{required}

## Thresholds

| name | value | decides | why there |
|---|---|---|---|
{thresholds}
"""

_STATES = {
    State.JUDGED: "it may be spoken of",
    State.PENDING: "what would judge it is queued or running, which is said",
    State.NOT_ASKED: "nobody asked the measure; a button asks it of all candidates and controls",
    State.CANNOT: "why is said: a control that was cancelled, too few rows, a measure that is blind here, a run that failed",
}


def verdict_page() -> str:
    """Return the text of docs/verdict.md."""
    families = [
        f"| {FAMILIES[key].title} | {FAMILIES[key].words} | {', '.join(f'`{name}`' for name in FAMILIES[key].yardsticks)} | "
        f"{CONTROLS[FAMILIES[key].bad].lower()} | {CONTROLS[FAMILIES[key].good].lower()} |"
        for key in DECIDING
    ]
    purposes = [
        f"| {purpose.title} | {' | '.join(f'{purpose.weights[key]:.0%}' for key in DECIDING)} |" for purpose in PURPOSES.values()
    ]
    required = [
        f"| `{name}` | {kind.title(kind.default or 0.0)} | {cell(kind.passes)} | {cell(kind.fails)} | {cell(kind.stays_open)} |"
        for name, kind in REQUIREMENTS.items()
    ]
    thresholds = [f"| {name} | {one.value:g} | {cell(one.decides)} | {cell(one.reason)} |" for name, one in THRESHOLDS.items()]
    return VERDICT.format(
        states="\n".join(f"- *{state}*: {said}." for state, said in _STATES.items()), families="\n".join(families),
        heads=" | ".join(FAMILIES[key].short for key in DECIDING), rules="|".join("---" for _ in DECIDING), purposes="\n".join(purposes),
        level=PRIVACY_LEVEL, tests=PRIVACY_TESTS, thresholds="\n".join(thresholds), required="\n".join(required),
    )  # fmt: skip


def glossary_page() -> str:
    """Return the text of docs/glossary.md."""
    lines = ["# Glossary", "", "Made from the product's own list of terms by `make docs`; do not edit.", ""]
    lines += ["| term | meaning | papers say |", "|---|---|---|"]
    lines += [
        f"| {cell(term.word)} | {cell(term.means)} | {cell(term.papers)} |"
        for term in sorted(GLOSSARY, key=lambda term: term.word)
    ]
    return "\n".join(lines) + "\n"


PAGES = {"glossary.md": glossary_page, "generators.md": generators_page, "measures.md": measures_page, "verdict.md": verdict_page}


def main() -> None:
    """Write every page."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
        print(f"wrote docs/{name}")


if __name__ == "__main__":
    main()
