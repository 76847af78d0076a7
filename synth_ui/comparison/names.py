"""What a candidate is called, and which candidates are seeds of the same recipe."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from synth_ui.core.score import CONTROLS

_CAPITALS = {
    "sdv": "SDV", "ctgan": "CTGAN", "tvae": "TVAE", "vae": "VAE", "gan": "GAN", "cart": "CART", "dp": "DP", "llm": "LLM", "pate": "PATE",
}  # fmt: skip

ROSTER_COLUMNS: tuple[str, ...] = (
    "candidate", "group", "title", "control", "generator", "settings", "seed", "status", "reason", "seconds",
)  # fmt: skip
"""The columns of what `roster` returns."""


def is_control(candidate: str) -> bool:
    """Whether a candidate's truth is known."""
    return candidate.startswith("control:")


def title_of(candidate: str) -> str:
    """Say what a person calls a candidate: "sdv_ctgan#2" is "SDV CTGAN, seed 2", "file:vendor" is "vendor (file)"."""
    if candidate in CONTROLS:
        return CONTROLS[candidate]
    if candidate.startswith("file:"):
        return f"{candidate.removeprefix('file:')} (file)"
    base, _, seed = candidate.partition("#")
    words = [_CAPITALS.get(word, word) for word in base.removeprefix("control:").split("_")]
    title = " ".join(words)
    title = title[:1].upper() + title[1:]
    return f"{title}, seed {seed}" if seed else title


def roster(names: Iterable[str], candidates: pd.DataFrame | None = None) -> pd.DataFrame:
    """List every candidate with the group it belongs to: seeds of one generator under the same settings are one group.

    Parameters
    ----------
    names
        Candidates seen in a scores frame; those `candidates` does not list are added.
    candidates
        One row per candidate with `candidate`; read where present: `generator`, `settings` and `asked` (mappings or JSON texts), `seed`,
        `status`, `reason`, `seconds_fit`, `seconds_sample`, `generator_title` (its generator's; else one is made of the key).

    Returns
    -------
    pandas.DataFrame
        `ROSTER_COLUMNS`; `group` is the name of the group's first member, `title` the group's, `seconds` fit plus sample.
    """
    rows = [] if candidates is None else [_row(entry) for entry in candidates.to_dict("records")]
    known = {row["candidate"] for row in rows}
    rows += [_row({"candidate": name}) for name in dict.fromkeys(names) if name not in known]
    first: dict[tuple[str, str], str] = {}
    for row in sorted(rows, key=lambda row: _order(row["candidate"])):
        first.setdefault(_recipe(row), row["candidate"])
    for row in rows:
        row["group"] = first[_recipe(row)]
    titles = _titles({row["group"]: row for row in rows if row["candidate"] == row["group"]})
    for row in rows:
        row["title"] = titles[row["group"]]
    return pd.DataFrame(rows, columns=list(ROSTER_COLUMNS))


def _row(entry: Mapping[str, Any]) -> dict[str, Any]:
    name = str(entry["candidate"])
    seconds = [_number(entry.get(part)) for part in ("seconds_fit", "seconds_sample")]
    known = [second for second in seconds if second is not None]
    return {
        "candidate": name,
        "control": is_control(name),
        "generator": _text(entry.get("generator")) or name.partition("#")[0],
        "settings": _settings(entry.get("settings")),
        "asked": _settings(entry.get("asked")),
        "seed": _number(entry.get("seed")),
        "status": _text(entry.get("status")) or "done",
        "reason": _text(entry.get("reason")),
        "called": _text(entry.get("generator_title")),
        "seconds": sum(known) if known else float("nan"),
    }


def _settings(value: Any) -> dict[str, Any]:
    if isinstance(value, str) and value.strip():
        value = json.loads(value)
    return dict(value) if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return "" if value is None or value != value else str(value)


def _number(value: Any) -> float | None:
    return None if value is None or value != value else float(value)


def _recipe(row: Mapping[str, Any]) -> tuple[str, str]:
    if row["control"] or row["candidate"].startswith("file:"):
        return row["candidate"], ""
    return row["generator"], json.dumps([row["settings"], row["asked"]], sort_keys=True, default=str)


def _order(candidate: str) -> tuple[str, int, str]:
    base, _, seed = candidate.partition("#")
    return base, int(seed) if seed.isdigit() else 0, candidate


def _asked_words(head: Mapping[str, Any], rivals: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say what is asked of the rows beyond the settings, where that tells candidates of one generator apart; further rows always."""
    said = []
    if len({_rules_of(rival) for rival in rivals}) > 1:
        said.append(_rules_of(head))
    if head["asked"].get("drawn"):
        balanced = head["asked"].get("balance")
        under = (
            f"more rows, balanced by {balanced}"
            if balanced
            else "more rows under conditions"
            if head["asked"].get("where")
            else "more rows"
        )
        said.append(under)
    if len({bool(rival["asked"].get("polish")) for rival in rivals}) > 1:
        said.append("polished" if head["asked"].get("polish") else "not polished")
    return said


def _rules_of(row: Mapping[str, Any]) -> str:
    rules = len(row["asked"].get("constraints", []))
    said = f"{rules} {'rule' if rules == 1 else 'rules'}" if rules else "no rules"
    return f"filtered by {said}" if row["asked"].get("filtered") else f"made with {said}"


def _titles(heads: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Title each group; groups of one generator are told apart by the settings in which they differ, what is alike yet by its name."""
    titles = _by_settings(heads)
    counts = Counter(titles.values())
    return {name: title if counts[title] == 1 else f"{title} ({name})" for name, title in titles.items()}


def _by_settings(heads: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    titles: dict[str, str] = {}
    for name, head in heads.items():
        rivals = [other for other in heads.values() if other["generator"] == head["generator"] and not other["control"]]
        elsewhere = name.startswith(("file:", "control:"))
        base = title_of(name) if elsewhere else head["called"] or title_of(head["generator"])
        titles[name] = base
        if len(rivals) > 1 and not elsewhere:
            differing = [key for key in head["settings"] if len({str(other["settings"].get(key)) for other in rivals}) > 1]
            words = [f"{key.replace('_', ' ')} {head['settings'][key]}" for key in differing[:2]] + _asked_words(head, rivals)
            titles[name] = ", ".join([base, *words]) if words or name == head["generator"] else f"{base} ({name})"
    return titles
