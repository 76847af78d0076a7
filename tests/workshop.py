"""What the tests of store, jobs, api and command line share: a small table, its split, plugins that misbehave on demand."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.table import Column, Kind, Role, Schema, Split, Table
from synth_ui.store.workspace import Workspace

PLUGINS = Path(__file__).parent / "fake_plugins"
CARD = ["fake_mean", "fake_share"]

SCHEMA = Schema(
    (
        Column("pay", Kind.NUMBER, low=0.0, high=10.0, dtype="float64"),
        Column("age", Kind.INTEGER, nullable=True, low=18, high=90, dtype="float64"),
        Column("job", Kind.CATEGORY, levels=("clerk", "cook", "never seen"), dtype="object"),
        Column("size", Kind.ORDINAL, levels=("small", "middle", "large"), dtype="object"),
        Column("since", Kind.DATETIME, nullable=True, dtype="datetime64[us, Europe/Berlin]"),
        Column("member", Kind.BOOLEAN, nullable=True, dtype="object"),
        Column("note", Kind.TEXT, nullable=True, dtype="object"),
        Column("rich", Kind.CATEGORY, Role.TARGET, levels=("no", "yes"), dtype="object"),
    )
)


def small_table(rows: int = 200, seed: int = 0) -> Table:
    """A canonical table with every dtype there is, blanks and a level no row has."""
    rng = np.random.default_rng(seed)
    pay = rng.uniform(0, 10, rows)
    age = pd.array(rng.integers(18, 90, rows), dtype="Int64")
    age[::7] = pd.NA
    since = pd.Series(pd.Timestamp("2020-01-01", tz="Europe/Berlin") + pd.to_timedelta(rng.integers(0, 9**8, rows), unit="s"))
    since = since.dt.as_unit("us").where(np.arange(rows) % 5 != 0)
    member = pd.array(rng.random(rows) < 0.5, dtype="boolean")
    member[::9] = pd.NA
    note = pd.Series([None if i % 3 == 0 else f"row {i}" for i in range(rows)], dtype=object)
    frame = pd.DataFrame(
        {
            "pay": pay,
            "age": age,
            "job": pd.Categorical(rng.choice(["clerk", "cook"], rows), categories=["clerk", "cook", "never seen"]),
            "size": pd.Categorical(
                rng.choice(["small", "middle", "large"], rows), categories=["small", "middle", "large"], ordered=True
            ),
            "since": since,
            "member": member,
            "note": note,
            "rich": pd.Categorical(np.where(pay + rng.normal(size=rows) > 6, "yes", "no"), categories=["no", "yes"]),
        }
    )
    return Table(frame, SCHEMA, "people")


def small_split(rows: int = 200, seed: int = 0) -> Split:
    """The table cut in the middle."""
    table = small_table(rows, seed)
    return Split(table.rows(range(rows // 2)), table.rows(range(rows // 2, rows)), seed, 0.5, "Cut in the middle.")


def kept_split(ws: Workspace, rows: int = 200, seed: int = 0) -> str:
    """The id of the small split, kept in a workspace."""
    return ws.add_split(ws.add_table(small_table(rows, seed)), small_split(rows, seed))


def until(ready: Callable[[], object], seconds: float = 60.0) -> float:
    """Wait until `ready()` is true and return how long that took; fail after `seconds`."""
    start = time.monotonic()
    while not ready():
        assert time.monotonic() - start < seconds, "waited too long"
        time.sleep(0.01)
    return time.monotonic() - start


def _forget() -> None:
    from synth_ui.evaluation import cards
    from synth_ui.generators import catalogue

    catalogue.known_generators.cache_clear()
    cards.known_measures.cache_clear()
    cards.card_settings.cache_clear()
    cards._named.cache_clear()


@pytest.fixture(scope="module")
def fake_plugins() -> Iterator[None]:
    """Make the fake plugins known to this process and to the workers it starts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(PLUGINS))
        patch.setenv("PYTHONPATH", str(PLUGINS))
        _forget()
        yield
    _forget()


@pytest.fixture(scope="module")
def warm_workspace(fake_plugins: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace whose warm parent is ready; one per test file, as its start takes a second or two."""
    from synth_ui.jobs.execution import warm

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYNTH_UI_WARM", "1")  # tests of pages in the same process may have said no
        ws = Workspace.open(tmp_path_factory.mktemp("warm"))
        assert warm.start(ws)
        until(lambda: warm.ready(ws), 60)
        yield ws
        warm.stop(ws)
        until(lambda: not warm.present(ws))
        warm.reap()


@pytest.fixture
def cold_workspace(fake_plugins: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace without a warm parent: workers are started from scratch."""
    monkeypatch.setenv("SYNTH_UI_WARM", "0")
    return Workspace.open(tmp_path / "home")
