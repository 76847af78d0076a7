"""A family member: a frozen dataclass whose fields are its settings, found by walking a package.

Adding one is adding one file. Nothing else is edited: `discover` imports every public module below the family's package
and every entry point of the family's group, and refuses loudly a key that is taken or a declaration with a hole.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Any, ClassVar, Self, TypeVar

from synth_ui.core.errors import PluginError, SettingError
from synth_ui.core.tunable import Tunable, tunables


@dataclass(frozen=True)
class Plugin:
    """What generators and measures have in common.

    In a plugin what is annotated is a setting, and a plain class attribute says who it is.

    Class attributes
    ----------------
    key
        The stable name used in files, on the command line and in the database.
    title
        What a person calls it.
    summary
        One sentence.
    family
        Which group of the catalogue it stands in.
    requires
        Modules imported only inside the function that needs them ("torch", "sdv").
    reference
        The source: authors, title or venue, year.
    presets
        Named settings; "balanced" is always there and holds the defaults.
    """

    key: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    family: ClassVar[str]
    requires: ClassVar[tuple[str, ...]] = ()
    reference: ClassVar[str]
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = MappingProxyType({})

    def __post_init__(self) -> None:
        for name, tunable in tunables(self).items():
            object.__setattr__(self, name, tunable.check(self.key, getattr(self, name)))

    @classmethod
    def settings_spec(cls) -> dict[str, Tunable]:
        """Return the settings this plugin has, by name."""
        return tunables(cls)

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any] | None = None, preset: str | None = None) -> Self:
        """Build the plugin from a preset and settings given by name, as a form or the command line gives them.

        Raises
        ------
        SettingError
            If a name is unknown or a value is not allowed.
        """
        known = tunables(cls)
        chosen = dict(cls.preset(preset)) if preset else {}
        chosen.update(settings or {})
        for name in chosen:
            if name not in known:
                raise SettingError(f"{cls.key} has no setting {name!r}; it has {', '.join(known) or 'none'}.")
        return cls(**chosen)

    @classmethod
    def preset(cls, name: str) -> Mapping[str, Any]:
        """Return the settings of a preset; raise `SettingError` if there is none of that name."""
        if name == "balanced":
            return cls.presets.get("balanced", {})
        if name not in cls.presets:
            raise SettingError(f"{cls.key} has no preset {name!r}; it has {', '.join(['balanced', *cls.presets])}.")
        return cls.presets[name]

    def settings(self) -> dict[str, Any]:
        """Return the settings in force, by name."""
        return {name: getattr(self, name) for name in tunables(self)}


P = TypeVar("P", bound=Plugin)

_IDENTITY = ("key", "title", "summary", "family", "reference")


def discover(base: type[P], package: str, group: str) -> dict[str, type[P]]:
    """Return every member of a family, by key, in alphabetical order.

    Parameters
    ----------
    base
        The family's base class.
    package
        The package whose modules (not starting with an underscore) are imported.
    group
        The entry-point group through which other packages add members.

    Raises
    ------
    PluginError
        If two members have the same key or one lacks a title, summary, family or reference.
    """
    found: dict[str, type[P]] = {}
    for member in [*_walk(base, package), *_entry_points(base, group)]:
        missing = [name for name in _IDENTITY if not getattr(member, name, None)]
        if missing:
            raise PluginError(f"{member.__module__}.{member.__name__} does not state {', '.join(missing)}.")
        other = found.setdefault(member.key, member)
        if other is not member:
            raise PluginError(
                f"Two plugins have the key {member.key!r}: {other.__module__}.{other.__name__} and "
                f"{member.__module__}.{member.__name__}. Rename one."
            )
    return dict(sorted(found.items()))


def _walk(base: type[P], package: str) -> list[type[P]]:
    root = importlib.import_module(package)
    members: list[type[P]] = []
    for module_info in pkgutil.walk_packages(root.__path__, prefix=package + "."):
        if any(part.startswith("_") for part in module_info.name.split(".")):
            continue
        module = importlib.import_module(module_info.name)
        members.extend(
            member
            for member in vars(module).values()
            if isinstance(member, type)
            and issubclass(member, base)
            and member.__module__ == module.__name__
            and not inspect.isabstract(member)
            and "key" in vars(member)
        )
    return members


def _entry_points(base: type[P], group: str) -> list[type[P]]:
    members = []
    for entry in entry_points(group=group):
        member = entry.load()
        if not (isinstance(member, type) and issubclass(member, base)):
            raise PluginError(f"The entry point {entry.name!r} of {group} is no {base.__name__}.")
        members.append(member)
    return members
