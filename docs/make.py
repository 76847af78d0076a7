"""Writes docs/measures.md and docs/generators.md from the plugins themselves: `make docs`.

A test compares the files with what this makes, so they cannot go stale.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from synth_ui.core.plugin import Plugin
from synth_ui.core.score import CONTROLS
from synth_ui.core.tunable import Tunable, TunableKind
from synth_ui.generators.base import FAMILIES as GENERATOR_FAMILIES
from synth_ui.generators.base import Generator, generators
from synth_ui.measures.base import FAMILIES as MEASURE_FAMILIES
from synth_ui.measures.base import Measure, measures

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


def measure_entry(plugin: type[Measure]) -> list[str]:
    """Return one measure's section."""
    lines = [
        f"### `{plugin.key}`: {plugin.title}",
        "",
        f"*{plugin.asks}*",
        "",
        f"- Computed: {plugin.computed}",
        f"- Better: {plugin.better}; unit: {plugin.unit or 'none'}",
        f"- Scale: from {CONTROLS[plugin.floor].lower()} ({plugin.worst_means}) to {CONTROLS[plugin.ceiling].lower()} ({plugin.best_means})",
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


PAGES = {"generators.md": generators_page, "measures.md": measures_page}


def main() -> None:
    """Write every page."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
        print(f"wrote docs/{name}")


if __name__ == "__main__":
    main()
