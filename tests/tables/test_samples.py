"""The tables that come with the package: there, described, and as inference would find them."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from synth_ui.core.cast import cast
from synth_ui.core.errors import ReadError
from synth_ui.tables import samples as samples_module
from synth_ui.tables.read import read
from synth_ui.tables.samples import FOLDER, load_sample, samples

KEYS = ["adult", "flights", "penguins"]


def test_the_samples_are_listed_with_source_and_licence() -> None:
    found = samples()
    assert [sample.key for sample in found] == KEYS
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    for sample in found:
        assert sample.title
        assert sample.source
        assert sample.licence in readme
        assert f"{sample.rows:,} × {sample.columns}" in readme


@pytest.mark.parametrize("key", KEYS)
def test_the_schema_that_is_shipped_is_the_one_inference_finds(key: str) -> None:
    shipped, found = load_sample(key), read(FOLDER / f"{key}.parquet")
    target = shipped.table.schema.target
    assert target is not None
    assert found.table.schema.with_target(target.name) == shipped.table.schema
    pd.testing.assert_frame_equal(found.table.frame, shipped.table.frame)
    assert [str(w) for w in found.warnings] == [str(w) for w in shipped.warnings]
    assert set(found.assumed) <= set(shipped.assumed)


@pytest.mark.parametrize("key", KEYS)
def test_a_sample_is_canonical_and_as_large_as_said(key: str) -> None:
    table = load_sample(key).table
    described = json.loads((FOLDER / f"{key}.json").read_text(encoding="utf-8"))
    assert (len(table), len(table.schema)) == (described["rows"], described["columns"])
    frame, notes = cast(table.frame, table.schema)
    assert notes == []
    pd.testing.assert_frame_equal(frame, table.frame)


def test_adult_is_the_adult_everybody_knows() -> None:
    frame = load_sample("adult").table.frame
    assert len(frame) == 48_842
    assert frame["income"].value_counts().tolist() == [37_155, 11_687]
    assert int(frame.isna().sum().sum()) == 2_799 + 2_809 + 857
    assert int(frame["age"].sum()) == 1_887_430
    assert frame.duplicated().sum() == 52


def test_some_rows_of_a_sample_are_seeded_and_in_order() -> None:
    one, two = load_sample("adult", rows=1_000, seed=3), load_sample("adult", rows=1_000, seed=3)
    assert one.table.fingerprint == two.table.fingerprint
    assert len(one.table) == 1_000
    assert load_sample("adult", rows=1_000, seed=4).table.fingerprint != one.table.fingerprint
    assert len(load_sample("penguins", rows=10_000).table) == 344


def test_an_unknown_sample_is_refused() -> None:
    with pytest.raises(ReadError, match="no sample 'iris'; there are adult, flights, penguins"):
        load_sample("iris")


def test_without_the_folder_there_are_no_samples(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr(samples_module, "FOLDER", tmp_path)
    assert samples() == []
    with pytest.raises(ReadError, match="the folder sample_data is not installed"):
        load_sample("adult")
