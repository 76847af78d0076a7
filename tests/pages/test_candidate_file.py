"""The way beside the upload: the training rows, to be given to another tool."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from synth_ui.jobs.races.request import Request
from synth_ui.store.workspace import Workspace
from synth_ui.ui.race import candidate_file
from tests import small_race
from tests.pages.conftest import Open, words


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A workspace with a race of one generator that was asked one measure."""
    folder = tmp_path_factory.mktemp("small")
    return folder, small_race.run(folder, [Request("independent")], card="margins")


def section(race_id: str | None) -> AppTest:
    """Draw the section alone."""

    def script(race_id: str | None) -> None:
        from synth_ui.ui.race import candidate_file
        from synth_ui.ui.state import state

        state.race_id = race_id
        candidate_file.section()

    return AppTest.from_function(script, args=(race_id,), default_timeout=60).run()


def test_without_a_race_there_is_nothing_to_download(app: Open) -> None:
    at = section(None)
    assert "Start a race first" in words(at)
    assert not at.get("download_button")


def test_the_training_rows_of_the_race_are_offered_beside_the_upload(
    small: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNTH_UI_HOME", str(small[0]))
    at = section(small[1])
    assert not at.exception
    assert "Give these rows, not the whole table, to the other tool" in words(at)
    assert [button.proto.label for button in at.get("download_button")] == ["Download the training rows"]


def test_what_is_downloaded_is_train_and_nothing_of_the_holdout(small: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The button's data, written as a click has it written."""
    folder, race_id = small
    monkeypatch.setenv("SYNTH_UI_HOME", str(folder))
    kept: dict[str, object] = {}
    monkeypatch.setattr(candidate_file.st, "download_button", lambda label, **more: kept.update(more))
    monkeypatch.setattr(candidate_file.st, "markdown", lambda text: None)
    candidate_file._training_rows(race_id)
    ws = Workspace.open(folder)
    split = ws.split(ws.race(race_id).split_id)
    rows = pd.read_csv(io.BytesIO(kept["data"]()))  # type: ignore[operator]
    assert kept["file_name"] == "penguins-train.csv"
    assert list(rows.columns) == split.schema.names
    pd.testing.assert_series_equal(rows["body_mass_g"], split.train.frame["body_mass_g"], check_dtype=False)
