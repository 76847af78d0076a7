"""A form from typed settings: each field of a plugin becomes the widget of its kind, with its limits and its help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from synth_ui.core.errors import SettingError
from synth_ui.core.plugin import Plugin
from synth_ui.core.tunable import Span, Tunable, TunableKind
from synth_ui.ui.md import md
from synth_ui.ui.state import state, widget


def chosen(plugin: type[Plugin]) -> dict[str, Any]:
    """Return the settings the visitor chose for `plugin`, where they differ from the defaults."""
    return dict(state.settings.get(plugin.key, {}))


def in_force(plugin: type[Plugin]) -> dict[str, Any]:
    """Return every setting of `plugin` as it would be used."""
    defaults = {name: tunable.default for name, tunable in plugin.settings_spec().items()}
    return {**defaults, **chosen(plugin)}


def differences(plugin: type[Plugin]) -> str:
    """Say in escaped words which settings differ from the defaults: "min leaf 5, trees 10"; empty when none does."""
    spec = plugin.settings_spec()
    return ", ".join(f"{md(spec[name].title.lower())} {md(value)}" for name, value in chosen(plugin).items() if name in spec)


def presets(plugin: type[Plugin]) -> list[str]:
    """Return the names of the plugin's presets, from quick to thorough, "balanced" among them."""
    order = {"quick": 0, "balanced": 1, "thorough": 2}
    return sorted({"balanced", *plugin.presets}, key=lambda name: (order.get(name, 3), name))


def preset_in_force(plugin: type[Plugin]) -> str | None:
    """Return the preset whose settings are in force, or None when the visitor went his own way."""
    now = in_force(plugin)
    return next((name for name in presets(plugin) if now == {**_defaults(plugin), **plugin.preset(name)}), None)


def use(plugin: type[Plugin], settings: Mapping[str, Any]) -> None:
    """Put `settings` in force, the rest at its default; called before the widgets are drawn again.

    Raises
    ------
    SettingError
        If a name is unknown or a value is not allowed.
    """
    plugin.from_settings(settings)
    defaults = _defaults(plugin)
    kept = {name: value for name, value in settings.items() if value != defaults.get(name)}
    state.settings = {**state.settings, plugin.key: kept}
    for name, default in defaults.items():
        st.session_state[widget("set", plugin.key, name)] = _typed(settings.get(name, default))
    st.session_state[widget("preset", plugin.key)] = preset_in_force(plugin)


def form(plugin: type[Plugin]) -> None:
    """Draw the form of `plugin`: its presets, a reset, then one widget per setting, the advanced ones on request."""
    spec = plugin.settings_spec()
    if not spec:
        st.caption("Nothing to set.")
        return
    _presets(plugin)
    _widgets(plugin, [tunable for tunable in spec.values() if not tunable.advanced])
    advanced = [tunable for tunable in spec.values() if tunable.advanced]
    if advanced and st.toggle("More settings", key=widget("more", plugin.key), persist_state="session"):
        _widgets(plugin, advanced)
    st.button(
        "Back to the defaults",
        key=widget("reset", plugin.key),
        on_click=use,
        args=(plugin, {}),
        type="tertiary",
        icon=":material/restart_alt:",
    )


def _widgets(plugin: type[Plugin], tunables: Sequence[Tunable]) -> None:
    """Draw the widgets side by side, as many as there is room for."""
    with st.grid(3, min_column_width=240) as grid:
        for tunable in tunables:
            with grid.container():
                _widget(plugin, tunable)


def _defaults(plugin: type[Plugin]) -> dict[str, Any]:
    return {name: tunable.default for name, tunable in plugin.settings_spec().items()}


def _presets(plugin: type[Plugin]) -> None:
    names = presets(plugin)
    key = widget("preset", plugin.key)
    if len(names) < 2:
        return
    if key not in st.session_state:
        st.session_state[key] = preset_in_force(plugin)
    st.radio("Preset", names, key=key, format_func=str.capitalize, on_change=_use_preset, args=(plugin,), horizontal=True)


def _use_preset(plugin: type[Plugin]) -> None:
    name = st.session_state[widget("preset", plugin.key)]
    if name is not None:
        use(plugin, plugin.preset(name))


def _remember(plugin: type[Plugin], name: str) -> None:
    """Take over one changed widget; a value the browser should not have sent is answered with the rule."""
    tunable = plugin.settings_spec()[name]
    try:
        value = tunable.check(plugin.key, st.session_state[widget("set", plugin.key, name)])
    except SettingError as error:
        state.notice = str(error)
        return
    kept = {other: known for other, known in chosen(plugin).items() if other != name}
    state.settings = {**state.settings, plugin.key: kept if value == tunable.default else {**kept, name: value}}
    st.session_state[widget("preset", plugin.key)] = preset_in_force(plugin)


def _widget(plugin: type[Plugin], tunable: Tunable) -> None:
    key = widget("set", plugin.key, tunable.name)
    if key not in st.session_state:
        st.session_state[key] = _typed(in_force(plugin)[tunable.name])
    common: dict[str, Any] = {"key": key, "on_change": _remember, "args": (plugin, tunable.name)}
    help = f"{tunable.help} Default: {_shown(tunable)}."
    if tunable.kind is TunableKind.INTEGER:
        low, high = int(tunable.low or 0), int(tunable.high or 0)
        st.number_input(tunable.title, low, high, step=_step(tunable), help=f"{help} From {low:,} to {high:,}.", **common)
    elif tunable.kind is TunableKind.NUMBER:
        least, most = float(tunable.low or 0), float(tunable.high or 0)
        help = f"{help} From {least:g} to {most:g}."
        st.number_input(tunable.title, least, most, step=_small_step(tunable), format="%g", help=help, **common)
    elif tunable.kind is TunableKind.CHOICE:
        options = list(tunable.options)
        st.selectbox(tunable.title, options, format_func=lambda value: tunable.options.get(value, value), help=help, **common)
    elif tunable.kind is TunableKind.FLAG:
        st.toggle(tunable.title, help=help, **common)
    else:
        help = f"{help} Allowed: {tunable.allowed()}." if tunable.kind is TunableKind.RANGE else help
        st.text_input(tunable.title, help=help, **common)


def _typed(value: Any) -> Any:
    """Return a setting as its widget holds it: a range as the text one types."""
    return str(value) if isinstance(value, Span) else value


def _shown(tunable: Tunable) -> str:
    if tunable.kind is TunableKind.CHOICE:
        return tunable.options[tunable.default]
    if tunable.kind is TunableKind.FLAG:
        return "on" if tunable.default else "off"
    if tunable.kind is TunableKind.INTEGER:
        return f"{tunable.default:,}"
    return str(tunable.default) or "empty"


def _step(tunable: Tunable) -> int:
    """One below a hundred, then a tenth of the default's magnitude: nobody clicks from 300 to 301 epochs."""
    digits = len(str(abs(int(tunable.default))))
    return 1 if digits < 3 else int(10 ** (digits - 2))


def _small_step(tunable: Tunable) -> float:
    """A tenth of the default's magnitude."""
    size = abs(float(tunable.default)) or float(tunable.high or 1.0)
    return float(f"{size / 10:.0e}")
