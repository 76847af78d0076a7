"""Which setting of a generator mends what gave its rows away.

Found by the names of settings: a generator that calls its bins `bins` and its passes `epochs`, as all here do, is covered from the
day its file appears.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from synth_ui.core.errors import SettingError
from synth_ui.core.tunable import Tunable, TunableKind
from synth_ui.generators.base import Generator

NEARER = "It brings the rows nearer to the real ones, single rows included: look at privacy afterwards."
LONGER = "It takes about twice as long."
FINER = "Numbers are told apart more finely."


@dataclass(frozen=True)
class Remedy:
    """A setting to change, and what speaks for and against it.

    Attributes
    ----------
    generator
        The generator's key.
    setting, value
        What to set, and to what; the other settings stay as they are.
    why
        In one sentence, what it does.
    """

    generator: str
    setting: str
    value: Any
    why: str


def _twice(value: Any) -> Any:
    return 2 * value


def _half(value: Any) -> Any:
    return value // 2 if isinstance(value, int) else value / 2


def _more(value: Any) -> Any:
    return value + 1


def _none(value: Any) -> Any:
    return 0.0


def _off(value: Any) -> Any:
    return False


def _even(value: Any) -> Any:
    return 1.0


Step = tuple[str, Callable[[Any], Any], str]

_BLEND: Step = ("blend", _off, "Values many rows share are repeated as they are, instead of being drawn between two of them.")
_BINS: Step = ("bins", _twice, FINER)
_LEAF: Step = ("min_leaf", _half, NEARER)
_SMOOTHING: Step = ("smoothing", _half, NEARER)
_EPOCHS: Step = ("epochs", _twice, LONGER)
_STEPS: Step = ("steps", _twice, LONGER)
_TEMPERATURE: Step = ("temperature", _even, "At 1 values are drawn as often as they were learned.")

STEPS: Mapping[str, tuple[Step, ...]] = {
    "spike": (_BLEND, _BINS, _LEAF, _EPOCHS, _STEPS),
    "tail": (_TEMPERATURE, _BINS, _LEAF, _EPOCHS, _STEPS),
    "shape": (_TEMPERATURE, _BINS, _LEAF, _EPOCHS, _STEPS),
    "level": (_TEMPERATURE, _LEAF, _SMOOTHING, _EPOCHS, _STEPS),
    "blank": (_LEAF, ("parents", _more, "Each column may depend on one more."), _EPOCHS, _STEPS),
    "relationship": (
        ("shrink", _none, "Correlations are kept as strong as they are."),
        ("parents", _more, "Each column may depend on one more."),
        _LEAF,
        ("rounds", _more, "A further forest looks for what the last one missed."),
        _EPOCHS,
        _STEPS,
    ),
    "unknown level": (),
}
"""Per symptom of the measure `telltale` what to try, in this order: the setting, its new value, and why."""


def remedy(generator: type[Generator], settings: Mapping[str, Any], symptom: str) -> Remedy | None:
    """Return the first setting that can mend a symptom and is not at its limit yet, or None.

    Parameters
    ----------
    settings
        Those the candidate was made with; what is missing stands at its default.
    symptom
        A key of `STEPS`; an unknown one has no remedy.
    """
    spec = generator.settings_spec()
    for name, change, why in STEPS.get(symptom, ()):
        if name in spec:
            now = settings.get(name, spec[name].default)
            value = _within(spec[name], change(now))
            if value != now and _is_allowed(generator, {**settings, name: value}):
                return Remedy(generator.key, name, value, why)
    return None


def _within(tunable: Tunable, value: Any) -> Any:
    """Cut a number to the setting's limits."""
    if tunable.kind not in (TunableKind.INTEGER, TunableKind.NUMBER) or tunable.low is None or tunable.high is None:
        return value
    cut = min(max(value, tunable.low), tunable.high)
    return int(cut) if tunable.kind is TunableKind.INTEGER else float(cut)


def _is_allowed(generator: type[Generator], settings: Mapping[str, Any]) -> bool:
    try:
        generator.from_settings(settings)
    except SettingError:
        return False
    return True
