"""The keywords that functions of `synth_ui.api` share, in named groups with their defaults, and the names older scripts write.

A function writes out the keywords that are its own and takes the shared ones as a group: `**columns: Unpack[TableOptions]`. Callers
see one flat list of keywords; type checkers know each of them, and so does `help`.
"""

from __future__ import annotations

import argparse
import inspect
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from synth_ui.core.rules.constraint import Constraint


class ColumnOptions(TypedDict, total=False):
    """What columns are, where it was found wrongly."""

    roles: Mapping[str, str] | None
    kinds: Mapping[str, str] | None


class TableOptions(ColumnOptions, total=False):
    """The same, and the column to predict."""

    target: str | None


class RowOptions(TableOptions, total=False):
    """The same; what is declared of the columns, known without the rows; and what made rows keep."""

    declared: Sequence[Mapping[str, Any]]
    constraints: Sequence[Constraint | str]
    polish: bool


class GenerateOptions(RowOptions, total=False):
    """The same, and the conditions that the rows of one generator meet."""

    where: Mapping[str, Any] | None
    conditions: pd.DataFrame | None
    balance: str | None


class RaceOptions(RowOptions, total=False):
    """The same, and of a race: the time within which it chooses, candidates per generator, real rows and their cut, rows to make of each;
    its workspace."""

    budget: float | str | None
    seeds: int
    sample: int | None
    train_share: float
    make: int | None
    home: str | Path | None


DEFAULTS: Mapping[str, Any] = {
    "roles": None,
    "kinds": None,
    "target": None,
    "declared": (),
    "constraints": (),
    "polish": False,
    "where": None,
    "conditions": None,
    "balance": None,
    "budget": None,
    "seeds": 1,
    "sample": None,
    "train_share": 0.5,
    "make": None,
    "home": None,
}
"""What a keyword of a group is where it is not given."""


@dataclass(frozen=True)
class Former:
    """A keyword by which an older script says what another one says now.

    Attributes
    ----------
    now
        The keyword to write instead.
    adapted
        Makes the old value, which is not None, one of the new keyword.
    hint
        What else has changed, a sentence; or empty.
    """

    now: str
    adapted: Callable[[Any], Any] = lambda value: value
    hint: str = ""


F = TypeVar("F", bound=Callable[..., Any])


def keywords(group: type | None = None, **former: Former) -> Callable[[F], F]:
    """Decorate a function that takes a group of keywords: fill in defaults, refuse unknown ones, warn of former ones.

    The function's last parameter takes the group, `**options: Unpack[group]`; without a group it has none.

    Raises
    ------
    TypeError
        When called with a keyword that the function does not have, or with a former one beside the present one.
    """
    names = _names(group)

    def decorate(function: F) -> F:
        own = {
            parameter.name
            for parameter in inspect.signature(function).parameters.values()
            if parameter.kind is not inspect.Parameter.VAR_KEYWORD
        }

        @wraps(function)
        def called(*arguments: Any, **given: Any) -> Any:
            for name in sorted(former.keys() & given.keys()):
                _translate(function.__name__, name, former[name], given)
            unknown = given.keys() - own - set(names)
            if unknown:
                raise TypeError(f"{function.__name__}() got an unexpected keyword argument {min(unknown)!r}")
            return function(*arguments, **{**{name: DEFAULTS[name] for name in names}, **given})

        called.__signature__ = _signature(function, names)  # type: ignore[attr-defined]
        return called  # type: ignore[return-value]

    return decorate


def _names(group: type | None) -> dict[str, str]:
    """Return the keywords of a group with their types as they are written."""
    return {name: _written(kind) for name, kind in (group.__annotations__ if group else {}).items()}


def _written(annotation: Any) -> str:
    return str(getattr(annotation, "__forward_arg__", annotation))


def _translate(function: str, name: str, former: Former, given: dict[str, Any]) -> None:
    """Put the value of a former keyword where it belongs now, with a warning that points at the caller."""
    said = f"{name}= of {function}() is now {former.now}=, and will no longer be taken by the next release. {former.hint}"
    warnings.warn(said.strip(), DeprecationWarning, stacklevel=3)
    value = given.pop(name)
    value = None if value is None else former.adapted(value)
    there = given.get(former.now)
    if there is None or value is None:
        given[former.now] = value if there is None else there
    elif callable(there) and callable(value):  # two former callbacks that are one now
        given[former.now] = lambda *said: (there(*said), value(*said))
    else:
        raise TypeError(f"{function}() got {former.now}= and its former name {name}=; write {former.now}= alone")


def _signature(function: Callable[..., Any], names: Mapping[str, str]) -> inspect.Signature:
    """Return the signature with each keyword of the group in place of the group."""
    own = inspect.signature(function)
    plain = [parameter for parameter in own.parameters.values() if parameter.kind is not inspect.Parameter.VAR_KEYWORD]
    shared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=DEFAULTS[name], annotation=kind)
        for name, kind in names.items()
    ]
    return own.replace(parameters=[*plain, *shared])


class FormerOption(argparse.Action):
    """An option of the command line under its former name: taken, with a line on stderr that says what to write."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: str | None = None
    ) -> None:
        """Take the value for the option of today."""
        print(f"synth-ui: {option} is now --{self.dest.replace('_', '-')} here; write that.", file=sys.stderr, flush=True)
        setattr(namespace, self.dest, values)
