"""Who else may read a workspace."""

from __future__ import annotations

import stat
from pathlib import Path

from synth_ui.store.files.rights import open_to_others
from synth_ui.store.workspace import Workspace


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_an_empty_folder_that_becomes_a_workspace_is_closed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    home.chmod(0o755)
    Workspace.open(home)
    assert mode(home) == 0o700
    assert open_to_others(home) == ""
    Workspace.open(tmp_path / "another" / "new")
    assert mode(tmp_path / "another" / "new") == 0o700


def test_a_folder_with_something_in_it_is_not_changed_and_is_said_to_be_open(tmp_path: Path) -> None:
    home = tmp_path / "shared"
    home.mkdir()
    (home / "notes.txt").write_text("read by colleagues")
    home.chmod(0o755)
    Workspace.open(home)
    assert mode(home) == 0o755
    said = open_to_others(home)
    assert "its group and every user of this machine (mode 0755)" in said
    assert f"chmod 700 '{home}'" in said
    home.chmod(0o750)
    assert "open to its group (mode 0750)" in open_to_others(home)
