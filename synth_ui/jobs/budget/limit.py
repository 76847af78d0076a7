"""How long a race may take: a time after which it ends with what is there, or a budget within which it also chooses."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from synth_ui.core.errors import SettingError

LEAST_SECONDS = 1.0
UNTIL_STOPPED = "until stopped"
_UNITS = {
    "": 1,
    "s": 1,
    "sec": 1,
    "seconds": 1,
    "m": 60,
    "min": 60,
    "minute": 60,
    "minutes": 60,
    "h": 3600,
    "hour": 3600,
    "hours": 3600,
}
_WRITTEN = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*")


@dataclass(frozen=True)
class Limit:
    """What may be spent.

    Attributes
    ----------
    seconds
        Wall clock, from the call; `math.inf` lets a race go on until it is stopped, None to its own end.
    chooses
        Whether the race chooses within it what is worth being made.
    spent
        How much of it was spent before the race began, on reading.
    """

    seconds: float | None = None
    chooses: bool = False
    spent: float = 0.0

    @classmethod
    def of(cls, budget: float | str | None, seconds: float | None = None, seeds: int = 1) -> Limit:
        """Return the limit of a race from what its caller says.

        Raises
        ------
        SettingError
            If a budget is no time, is too short, or stands beside something it decides itself.
        """
        if budget is None:
            return cls(seconds)
        if seconds is not None:
            raise SettingError("budget and seconds are both limits of the same clock; give one of them.")
        if seeds != 1:
            raise SettingError(
                f"seeds is {seeds}; within a budget the race itself makes further seeds of the leader. Leave it out."
            )
        return cls(budget_seconds(budget), chooses=True)

    @property
    def finite(self) -> float | None:
        """The seconds, or None where it goes on until it is stopped, or to its own end."""
        return None if self.seconds is None or math.isinf(self.seconds) else self.seconds

    @property
    def left(self) -> float | None:
        """The seconds that are left when the race begins, a moment at least; None without a limit."""
        return None if self.finite is None else max(self.finite - self.spent, 0.01)


def budget_seconds(written: float | str) -> float:
    """Return a budget in seconds: of a number, of "90", "90 s", "3 min" or "1 h", infinity of "until stopped".

    Raises
    ------
    SettingError
        If it is none of these, or below a second.
    """
    seconds = float("nan")
    if not isinstance(written, str):
        seconds = float(written)
    elif written.strip().lower().replace("-", " ") == UNTIL_STOPPED:
        seconds = math.inf
    elif (found := _WRITTEN.fullmatch(written.lower())) and found[2] in _UNITS:
        seconds = float(found[1]) * _UNITS[found[2]]
    if not seconds >= LEAST_SECONDS:
        raise SettingError(
            f'budget is {written!r}; write a time of one second or more, such as 60, "3 min" or "1 h", or "until stopped".'
        )
    return seconds
