"""No password of an address that was mistyped is printed, and nothing a terminal would obey."""

from __future__ import annotations

import pytest

from synth_ui.core.errors import printable, without_password


@pytest.mark.parametrize(
    "address",
    ["postgresql:/me:hunter2@127.0.0.1/db", "postgres//me:hunter2@h/db", "mysql://me:hunter2@h", "mysql:///me:hun@ter2@h/db", "https://me:hun/ter2@h/x.csv"],
)  # fmt: skip
def test_what_looks_like_a_password_is_left_out(address: str) -> None:
    said = without_password(f"There is no file {address}. Check the path.")
    assert "hun" not in said
    assert "ter2" not in said
    assert said.startswith("There is no file ")
    assert said.endswith(". Check the path.")


@pytest.mark.parametrize(
    "text", ["/data/a:b/c.csv", "at 12:30:15, me@example.com", "C:/x/y.csv", "sqlite:////data/x.db", "a: b @ c"]
)
def test_other_text_stays(text: str) -> None:
    assert without_password(text) == text


def test_a_name_stays_on_its_line_and_drives_no_terminal() -> None:
    assert printable("ok\nforged\x1b]0;title\x07") == "ok forged ]0;title "
    assert printable("Zürich – 東京 12") == "Zürich – 東京 12"
