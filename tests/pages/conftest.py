"""The app in a fresh workspace, and a workspace in which a small race was run by the real jobs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from synth_ui.store.workspace import Workspace
from synth_ui.tables.samples import load_sample
from tests import small_race

ROOT = Path(__file__).resolve().parents[2]
Open = Callable[..., AppTest]


@pytest.fixture(scope="package", autouse=True)
def cold() -> object:
    """Start workers from scratch: a warm parent would outlive the tests by seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYNTH_UI_WARM", "0")
        yield


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh workspace, empty."""
    monkeypatch.setenv("SYNTH_UI_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="session")
def raced(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A workspace with one race that is over: its folder and the race's id."""
    folder = tmp_path_factory.mktemp("raced")
    return folder, small_race.raced(folder)


def start(page: str | None = None, **address: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for name, value in address.items():
        at.query_params[name] = value
    at.run()
    if page is not None:
        at.switch_page(f"pages/{page}.py").run()
    return at


@pytest.fixture
def app(home: Path) -> Open:
    """Open a page of the app in a workspace in which somebody took up a sample, and no more."""
    reading = load_sample("adult")
    source = f"{reading.source}. Licence: CC BY 4.0"
    Workspace.open(home).add_table(reading.table, source=source, assumed=reading.assumed, warnings=reading.warnings)
    return start


@pytest.fixture
def fresh(home: Path) -> Open:
    """Open a page of the app in a workspace nobody has used."""
    return start


@pytest.fixture
def results(raced: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> Open:
    """Open a page of the app in the workspace with the race."""
    monkeypatch.setenv("SYNTH_UI_HOME", str(raced[0]))
    return start


def words(at: AppTest) -> str:
    """Everything the page says, unescaped, for tests of what stands there."""
    kinds = (at.title, at.header, at.subheader, at.markdown, at.caption, at.error, at.warning, at.text)
    said = "\n".join(str(element.value) for kind in kinds for element in kind)
    return said.replace("\\", "").replace("\u2060", "").replace("`", "")


def board_of(at: AppTest) -> str:
    """The table of all candidates on the page of the comparison, as it was sent."""
    return str(at.get("html")[0].proto.body)
