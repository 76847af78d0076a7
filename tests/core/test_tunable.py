"""A setting is stated once, and refuses what is not allowed."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from synth_ui.core.errors import SettingError
from synth_ui.core.plugin import Plugin
from synth_ui.core.tunable import Span, TunableKind, choice, flag, integer, number, span, text, tunables


@dataclass(frozen=True)
class Oven(Plugin):
    key = "oven"
    title = "Oven"
    summary = "Bakes."
    family = "kitchen"
    reference = "Baker, 1999"
    presets = {"hot": {"degrees": 240.0}}

    minutes: int = integer(30, low=1, high=600, log=True, help="How long")
    degrees: float = number(180.0, low=40, high=300, help="How hot", title="Heat")
    mode: str = choice("fan", options={"fan": "Fan", "grill": "Grill"}, help="How")
    lamp: bool = flag(True, help="Light", advanced=True)
    note: str = text("", help="Any remark")


def test_settings_come_in_order_with_name_and_title() -> None:
    spec = tunables(Oven)
    assert list(spec) == ["minutes", "degrees", "mode", "lamp", "note"]
    assert spec["minutes"].title == "Minutes"
    assert spec["degrees"].title == "Heat"
    assert spec["lamp"].advanced
    assert spec["mode"].kind is TunableKind.CHOICE


def test_defaults_are_in_force() -> None:
    assert Oven().settings() == {"minutes": 30, "degrees": 180.0, "mode": "fan", "lamp": True, "note": ""}


@pytest.mark.parametrize(
    ("setting", "value", "kept"),
    [
        ("minutes", "45", 45),
        ("minutes", 45.0, 45),
        ("degrees", "200", 200.0),
        ("degrees", 40, 40.0),
        ("lamp", "no", False),
        ("lamp", "TRUE", True),
        ("note", 3, "3"),
    ],
)
def test_values_are_converted(setting: str, value: object, kept: object) -> None:
    oven = Oven.from_settings({setting: value})
    assert oven.settings()[setting] == kept
    assert type(oven.settings()[setting]) is type(kept)


@pytest.mark.parametrize(
    ("setting", "value", "allowed"),
    [
        ("minutes", 0, "a whole number from 1 to 600"),
        ("minutes", 601, "a whole number from 1 to 600"),
        ("minutes", 1.5, "a whole number"),
        ("minutes", True, "a whole number"),
        ("minutes", "soon", "a whole number"),
        ("minutes", None, "a whole number"),
        ("minutes", float("inf"), "a whole number"),
        ("degrees", 300.1, "a number from 40 to 300"),
        ("degrees", float("nan"), "a number from 40 to 300"),
        ("mode", "steam", "one of fan, grill"),
        ("lamp", "maybe", "true or false"),
        ("lamp", 1, "true or false"),
    ],
)
def test_what_is_not_allowed_is_refused_with_what_is(setting: str, value: object, allowed: str) -> None:
    with pytest.raises(SettingError, match=allowed) as caught:
        Oven.from_settings({setting: value})
    assert str(caught.value).startswith(f"oven: {setting} is {value!r}")


def test_a_value_given_to_the_constructor_is_checked_too() -> None:
    with pytest.raises(SettingError, match="minutes is 0"):
        Oven(minutes=0)


def test_an_unknown_setting_is_refused_with_those_there_are() -> None:
    with pytest.raises(SettingError, match="no setting 'epochs'; it has minutes, degrees"):
        Oven.from_settings({"epochs": 3})


def test_presets_hold_and_settings_win_over_them() -> None:
    assert Oven.from_settings(preset="hot").degrees == 240.0
    assert Oven.from_settings({"degrees": 90}, preset="hot").degrees == 90.0
    assert Oven.from_settings(preset="balanced") == Oven()


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(SettingError, match="no preset 'cold'; it has balanced, hot"):
        Oven.from_settings(preset="cold")


@pytest.mark.parametrize(
    ("given", "said"),
    [(0.3, "0.3"), ("0.1 to 0.3", "0.1 to 0.3"), ("0.1..0.3", "0.1 to 0.3"), ([0.1, 0.3], "0.1 to 0.3"), ((0.2, 0.2), "0.2")],
)
def test_a_range_is_read_however_it_is_written(given: object, said: str) -> None:
    assert str(Span.read(given)) == said


def test_a_range_beyond_its_limits_says_what_is_allowed() -> None:
    @dataclass(frozen=True)
    class Ranged(Plugin):
        key = "ranged"
        rate: Span = span(0.1, low=0, high=1, help="How often.")

    assert Ranged(rate="0.2 to 0.4").rate == Span(0.2, 0.4)  # type: ignore[arg-type]
    with pytest.raises(SettingError, match=r"rate is '0.5 to 2'; allowed is a number from 0 to 1, or a range within them"):
        Ranged(rate="0.5 to 2")  # type: ignore[arg-type]
