"""Columns of durations written as text: 22h 9m, 1 days 04:00:00, PT5M, 59:59:00; read as seconds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth_ui.core.formats.durations import parse_durations, surely_duration, template_of
from synth_ui.tables.inference.values import Values
from synth_ui.tables.personal.name_words import tokens

_SURE = 0.05
_LASTING = frozenset(
    [
        "duration",
        "durations",
        "elapsed",
        "runtime",
        "time",
        "length",
        "lasted",
        "los",
        "wait",
        "waiting",
        "delay",
        "latency",
        "age",
        "uptime",
        "downtime",
        "lag",
        "eta",
        "took",
        "stay",
        "period",
        "interval",
        "timeout",
        "dauer",
        "laufzeit",
        "wartezeit",
        "zeit",
        "durée",
        "duree",
        "temps",
        "duración",
        "duracion",
        "tiempo",
        "durata",
        "tempo",
        "duração",
        "duracao",
        "duur",
    ]
)
"""Words in the names of columns whose numbers with s, d or m behind them are durations."""


@dataclass(frozen=True, eq=False)
class DurationReading:
    """Seconds per text, NaN where it is no duration, and the format they are written back under."""

    seconds: NDArray[np.float64]
    format: str


def read_durations(values: Values, name: str = "") -> DurationReading | None:
    """Read the texts as durations; None if fewer than 95% of the rows hold one, or all could as well be times of day or metres."""
    sample = values.sample(40)
    if not sample or sum(any(letter.isdigit() for letter in text[:4]) for text in sample) < len(sample) / 2:
        return None
    if np.isnan(parse_durations(sample)).mean() > 0.2:
        return None
    if not _LASTING & set(tokens(name)) and values.share(surely_duration, 2_000) < _SURE:
        return None
    seconds = parse_durations(list(values.texts))
    read = ~np.isnan(seconds)
    if values.counts[read].sum() < 0.95 * values.rows:
        return None
    return DurationReading(seconds, template_of([str(text) for text in values.texts[read]]))
