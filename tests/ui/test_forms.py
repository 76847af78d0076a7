"""A form from typed settings: each kind gets its widget, presets and reset put settings in force, a forged value is refused."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def script() -> None:
    from dataclasses import dataclass

    import streamlit as st

    from synth_ui.core.plugin import Plugin
    from synth_ui.core.tunable import choice, flag, integer, number, text
    from synth_ui.ui import forms
    from synth_ui.ui.state import state

    @dataclass(frozen=True)
    class Toy(Plugin):
        key = "toy"
        title = "Toy"
        presets = {"quick": {"epochs": 10}, "thorough": {"epochs": 900, "rate": 0.01}}

        epochs: int = integer(300, low=1, high=5000, log=True, help="Passes over the table.")
        rate: float = number(0.1, low=0.001, high=1.0, help="Step size.")
        way: str = choice("near", options={"near": "Nearest", "far": "Farthest"}, help="Which way.")
        noisy: bool = flag(False, help="Whether to add noise.")
        label: str = text("x", help="A name.", advanced=True)

    forms.form(Toy)
    st.text(f"chosen {sorted(forms.chosen(Toy).items())}")
    st.text(f"differences {forms.differences(Toy)}")
    st.text(f"notice {state.notice}")


def app() -> AppTest:
    return AppTest.from_function(script, default_timeout=30).run()


def chosen(at: AppTest) -> str:
    return str(at.text[0].value)


def test_every_kind_has_its_widget_with_limits_and_help() -> None:
    at = app()
    assert not at.exception
    epochs = at.number_input(key="set-toy-epochs")
    assert (epochs.value, epochs.min, epochs.max) == (300, 1, 5000)
    assert "Passes over the table." in epochs.help
    assert at.selectbox(key="set-toy-way").options == ["Nearest", "Farthest"]
    assert at.toggle(key="set-toy-noisy").value is False
    assert chosen(at) == "chosen []"


def test_advanced_settings_come_on_request() -> None:
    at = app()
    assert "set-toy-label" not in at.session_state
    at.toggle(key="more-toy").set_value(True).run()
    assert at.text_input(key="set-toy-label").value == "x"


def test_a_changed_value_is_kept_and_said() -> None:
    at = app()
    at.number_input(key="set-toy-epochs").set_value(20).run()
    assert chosen(at) == "chosen [('epochs', 20)]"
    assert at.text[1].value == "differences epochs 20"
    at.number_input(key="set-toy-epochs").set_value(300).run()
    assert chosen(at) == "chosen []"


def test_a_preset_puts_its_settings_in_force_and_reset_takes_them_back() -> None:
    at = app()
    at.radio(key="preset-toy").set_value("thorough").run()
    assert chosen(at) == "chosen [('epochs', 900), ('rate', 0.01)]"
    assert at.number_input(key="set-toy-epochs").value == 900
    at.number_input(key="set-toy-epochs").set_value(10).run()
    at.number_input(key="set-toy-rate").set_value(0.1).run()
    assert at.radio(key="preset-toy").value == "quick"
    at.button(key="reset-toy").click().run()
    assert chosen(at) == "chosen []"
    assert at.radio(key="preset-toy").value == "balanced"


def test_a_value_the_browser_must_not_send_never_comes_into_force() -> None:
    at = app()
    at.number_input(key="set-toy-epochs").set_value(99_999).run()
    assert not at.exception
    assert "99999" not in chosen(at)
    assert 1 <= at.number_input(key="set-toy-epochs").value <= 5000
