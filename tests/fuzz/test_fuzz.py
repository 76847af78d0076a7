"""A few inputs of each target on every run, the same as `benchmarks/fuzz.py` gives by the hundred thousand; and that a fault would be seen."""

from __future__ import annotations

import warnings
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synth_ui.core.errors import SettingError
from tests.fuzz.files import FILES, TARGETS
from tests.fuzz.targets import ALL, Broken, Target, judged

FEW = {"commands": 12, "schemas": 15, "designed": 15, "rules": 25, "declarations": 20}
"""How many examples of what takes longer than a millisecond."""


@pytest.mark.parametrize("name", ALL)
def test_an_input_is_taken_or_refused_in_words(name: str) -> None:
    target = ALL[name]

    @settings(max_examples=FEW.get(name, 40), deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.randoms(use_true_random=False))
    def asked(dice: Random) -> None:
        judged(target, target.make(dice))

    asked()


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_read_or_refused_in_words(name: str) -> None:
    for seed in range(3 if name == "parcels" else 12):
        judged(FILES[name], FILES[name].make(Random(f"test {name}/{seed}")))


@pytest.mark.parametrize("name", TARGETS)
def test_the_same_seed_makes_the_same_input(name: str) -> None:
    assert repr(TARGETS[name].make(Random("7"))) == repr(TARGETS[name].make(Random("7")))


def _raise(error: BaseException) -> str:
    raise error


@pytest.mark.parametrize(
    "error",
    [
        KeyError("x"),
        RecursionError(),
        UnicodeEncodeError("utf-8", "x", 0, 1, "no"),
        SystemExit(3),
        SettingError("no"),
        SettingError("a long one " * 900),
    ],
)
def test_what_is_not_refused_in_words_is_broken(error: BaseException) -> None:
    with pytest.raises(Broken):
        judged(Target("x", "x", lambda dice: 1, lambda given: _raise(error)), 1)


def test_a_warning_and_an_input_that_takes_too_long_are_broken_and_words_are_not() -> None:
    with pytest.raises(Broken):
        judged(Target("x", "x", lambda dice: 1, lambda given: str(warnings.warn("careful", RuntimeWarning, stacklevel=1))), 1)
    with pytest.raises(Broken, match="took"):
        judged(Target("x", "x", lambda dice: 1, lambda given: str(sum(range(300_000))), seconds=0.0), 1)
    refused = Target("x", "x", lambda dice: 1, lambda given: _raise(SettingError("x is 3; allowed is 1 or 2.")))
    assert judged(refused, 1).startswith("refused")
