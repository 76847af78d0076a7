"""The key of the noise."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from synth_ui.core.budget import Ledger, Payment, Unpaid
from synth_ui.core.errors import StoreError
from synth_ui.store.files.secret import KEY_BYTES, noise_key
from synth_ui.store.workspace import Workspace


def test_a_workspace_has_one_key_for_its_owner_only(tmp_path: Path) -> None:
    key = noise_key(tmp_path)
    assert len(key) == KEY_BYTES
    assert noise_key(tmp_path) == key
    assert stat.S_IMODE((tmp_path / "noise.key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["noise.key"]
    assert noise_key(tmp_path / "other") != key


def test_a_folder_that_is_a_file_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="SYNTH_UI_HOME"):
        noise_key(tmp_path / "file")


def test_a_ledger_is_read_back_as_it_was_kept(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path / "home")
    ledger = Ledger(
        1.0, 1e-5, 0.99, "an accountant", True, (Payment("counts", "Gaussian noise", 3, 4.5, "rows", 1.0, 0.99),),
        (Unpaid("bounds", "Read from the table.", breaks=True),),
    )  # fmt: skip
    workspace.keep_ledger("run", ledger)
    assert workspace.ledger("run") == ledger
    assert workspace.ledger("another") is None
