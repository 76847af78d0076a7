"""Which files the dashboard reads by their path."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from synth_ui.core.errors import ReadError
from synth_ui.ui.data.paths import allowed


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("data", "more", "data-of-others"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("SYNTH_UI_PATHS", os.pathsep.join([str(tmp_path / "data"), str(tmp_path / "more")]))
    return tmp_path / "data"


def test_without_the_setting_any_path_is_read_as_it_was_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYNTH_UI_PATHS", raising=False)
    assert allowed("~/people.csv") == "~/people.csv"


def test_what_lies_in_a_named_folder_is_read(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert allowed(str(data / "people.csv")) == str(data / "people.csv")
    assert allowed(str(data.parent / "more" / "deep" / "b.csv")).endswith("b.csv")
    monkeypatch.chdir(data)
    assert allowed("people.csv") == str(data / "people.csv")


@pytest.mark.parametrize(
    "text", ["/etc/shadow", "{data}/../secret.csv", "{data}/link.csv", "{data}-of-others/a.csv", "~", "file:///etc/passwd"]
)
def test_what_leads_out_of_them_is_refused_whether_it_is_there_or_not(data: Path, text: str) -> None:
    (data.parent / "secret.csv").write_text("a\n1\n")
    (data / "link.csv").symlink_to(data.parent / "secret.csv")
    with pytest.raises(ReadError, match=r"only \(SYNTH_UI_PATHS\)\. Upload the file instead"):
        allowed(text.format(data=data))


def test_an_empty_setting_reads_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SYNTH_UI_PATHS", "")
    with pytest.raises(ReadError, match="No file is read by its path here"):
        allowed(str(tmp_path / "a.csv"))
