"""A setting, stated once.

A plugin's fields are its settings. Each is declared with one of the functions below, and form, validation,
command line, search space and documentation all read that one line::

    epochs: int = integer(300, low=1, high=5_000, log=True, help="Passes over the table")
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple, cast

from synth_ui.core.errors import SettingError

_KEY = "tunable"


class TunableKind(StrEnum):
    """What sort of value a setting takes."""

    INTEGER = "integer"
    NUMBER = "number"
    CHOICE = "choice"
    FLAG = "flag"
    TEXT = "text"
    RANGE = "range"


class Span(NamedTuple):
    """A range of numbers, both ends included; a single number is a range from itself to itself."""

    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.low:g}" if self.low == self.high else f"{self.low:g} to {self.high:g}"

    @classmethod
    def read(cls, value: Any) -> Span:
        """Read 0.3, (0.1, 0.3), "0.3" or "0.1 to 0.3"; raise `ValueError` for anything else."""
        parts = value.replace("..", " to ").split(" to ") if isinstance(value, str) else value
        ends = [float(part) for part in parts] if isinstance(parts, list | tuple) else [float(parts)]
        if len(ends) not in (1, 2) or not ends[0] <= ends[-1]:
            raise ValueError(f"{value!r} is no range")
        return cls(ends[0], ends[-1])


@dataclass(frozen=True)
class Tunable:
    """A setting's default, limits and meaning.

    Attributes
    ----------
    name
        The field's name; filled in by `tunables`.
    options
        For a choice: value to label shown to the user, in order.
    log
        Whether the range is best walked by factors (learning rates, sizes).
    advanced
        Whether the form hides it behind "More settings".
    searched
        Whether a search for settings may change it; not so what says what rows must be like.
    """

    kind: TunableKind
    default: Any
    help: str
    low: float | None = None
    high: float | None = None
    log: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    title: str = ""
    advanced: bool = False
    name: str = ""
    searched: bool = True

    def allowed(self) -> str:
        """Say in words which values are allowed."""
        if self.kind is TunableKind.INTEGER:
            return f"a whole number from {self.low:,.0f} to {self.high:,.0f}"
        if self.kind is TunableKind.NUMBER:
            return f"a number from {self.low:g} to {self.high:g}"
        if self.kind is TunableKind.CHOICE:
            return "one of " + ", ".join(self.options)
        if self.kind is TunableKind.FLAG:
            return "true or false"
        if self.kind is TunableKind.RANGE:
            return f"a number from {self.low:g} to {self.high:g}, or a range within them such as {self._example()!s}"
        return "a text"

    def _example(self) -> Span:
        low, high = cast(float, self.low), cast(float, self.high)
        return Span(low, low + (high - low) / 2)

    def check(self, owner: str, value: Any) -> Any:
        """Return `value` as the setting's type, or raise `SettingError` that says what is allowed."""
        try:
            converted = self._convert(value)
        except (TypeError, ValueError, OverflowError):
            converted = None
        if converted is None or not self._within(converted):
            raise SettingError(f"{owner}: {self.name} is {value!r}; allowed is {self.allowed()}.")
        return converted

    def _convert(self, value: Any) -> Any:
        if self.kind is TunableKind.FLAG:
            if isinstance(value, str):
                return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(value.lower())
            return value if isinstance(value, bool) else None
        if isinstance(value, bool):
            return None
        if self.kind is TunableKind.INTEGER:
            return int(float(value)) if float(value).is_integer() else None
        if self.kind is TunableKind.NUMBER:
            return float(value)
        if self.kind is TunableKind.RANGE:
            return Span.read(value)
        return str(value)

    def _within(self, value: Any) -> bool:
        if self.kind is TunableKind.CHOICE:
            return value in self.options
        if self.kind in (TunableKind.INTEGER, TunableKind.NUMBER):
            return bool(cast(float, self.low) <= value <= cast(float, self.high))
        if self.kind is TunableKind.RANGE:
            return bool(cast(float, self.low) <= value.low <= value.high <= cast(float, self.high))
        return True


def _declare(tunable: Tunable) -> Any:
    return field(default=tunable.default, metadata={_KEY: tunable})


def integer(default: int, *, low: int, high: int, help: str, log: bool = False, title: str = "", advanced: bool = False) -> int:
    """Declare a whole-number setting with inclusive limits."""
    return cast(int, _declare(Tunable(TunableKind.INTEGER, default, help, low, high, log, title=title, advanced=advanced)))


def number(
    default: float, *, low: float, high: float, help: str, log: bool = False, title: str = "", advanced: bool = False
) -> float:
    """Declare a real-number setting with inclusive limits."""
    return cast(float, _declare(Tunable(TunableKind.NUMBER, default, help, low, high, log, title=title, advanced=advanced)))


def choice(default: str, *, options: Mapping[str, str], help: str, title: str = "", advanced: bool = False) -> str:
    """Declare a setting that takes one of `options` (value to label)."""
    return cast(str, _declare(Tunable(TunableKind.CHOICE, default, help, options=dict(options), title=title, advanced=advanced)))


def flag(default: bool, *, help: str, title: str = "", advanced: bool = False, searched: bool = True) -> bool:
    """Declare a yes-or-no setting."""
    return cast(bool, _declare(Tunable(TunableKind.FLAG, default, help, title=title, advanced=advanced, searched=searched)))


def text(default: str, *, help: str, title: str = "", advanced: bool = False) -> str:
    """Declare a free-text setting."""
    return cast(str, _declare(Tunable(TunableKind.TEXT, default, help, title=title, advanced=advanced)))


def span(default: float, *, low: float, high: float, help: str, title: str = "", advanced: bool = False) -> Span:
    """Declare a setting that is a number, or a range from which a number is drawn; the limits are inclusive."""
    kind = TunableKind.RANGE
    return cast(Span, _declare(Tunable(kind, Span(default, default), help, low, high, title=title, advanced=advanced)))


def tunables(plugin: Any) -> dict[str, Tunable]:
    """Return the settings of a plugin (class or instance), by name, in the order of declaration."""
    found = {}
    for entry in dataclasses.fields(plugin):
        tunable = entry.metadata.get(_KEY)
        if tunable is not None:
            title = tunable.title or entry.name.replace("_", " ").capitalize()
            found[entry.name] = dataclasses.replace(tunable, name=entry.name, title=title)
    return found
