"""Files too large for memory: every row is counted, and a stated, seeded sample of them is the table."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.context import Context
from synth_ui.core.errors import ReadError
from synth_ui.core.table import Kind
from synth_ui.tables import read as reader
from synth_ui.tables.large import choose, scan
from synth_ui.tables.large.whole import WholeTable
from synth_ui.tables.profile import profile
from synth_ui.tables.read import Reading, read_here, read_like
from synth_ui.tables.readers.source import LIMITS, Source, Wish
from synth_ui.tables.review import with_columns

ROWS = 4_000


@pytest.fixture(autouse=True)
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "TEXT_BYTES", 1_000)
    monkeypatch.setattr(scan, "MOST_CELLS", 1_000)
    monkeypatch.setattr(scan, "SAMPLE_CELLS", 5_000)
    monkeypatch.setattr(scan, "ROWS_AT_ONCE", 700)
    return


def people(rows: int = ROWS) -> pd.DataFrame:
    """Numbers, a level no sample need have, blanks, dates, a truth."""
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "age": rng.integers(18, 90, rows),
            "income": np.where(rng.random(rows) < 0.1, np.nan, np.round(rng.lognormal(8, 1, rows), 2)),
            "city": np.where(np.arange(rows) == 17, "Ulm", rng.choice(["Bern", "Lyon"], rows, p=[0.8, 0.2])),
            "since": pd.to_datetime("2015-01-01") + pd.to_timedelta(rng.integers(0, 3_000, rows), unit="D"),
            "member": rng.choice(["yes", "no"], rows),
        }
    )


def written(folder: Path, frame: pd.DataFrame, ending: str) -> Source:
    path = folder / f"people.{ending}"
    if ending == "csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path, index=False, row_group_size=900)
    return Source.of_path(path, path.name)


def taken(source: Source, folder: Path, **wished: object) -> Reading:
    return read_here(source, source.name, replace(Wish(scratch=folder), **wished), Context())  # type: ignore[arg-type]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_all_rows_are_counted_and_a_seeded_sample_is_taken(tmp_path: Path, ending: str) -> None:
    source = written(tmp_path, people(), ending)
    reading = taken(source, tmp_path)
    assert len(reading.table) == 1_000
    assert reading.whole is not None
    assert (reading.whole.rows, reading.whole.taken, reading.whole.of_sample) == (ROWS, 1_000, ())
    assert reading.assumed[0].startswith("1,000 of 4,000 rows are taken, drawn evenly with seed 0; blanks, ranges")
    assert taken(source, tmp_path).table.fingerprint == reading.table.fingerprint
    assert taken(source, tmp_path, seed=1).table.fingerprint != reading.table.fingerprint


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_the_profile_of_all_rows_is_that_of_a_table_read_whole(
    tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = written(tmp_path, people(), ending)
    whole = taken(source, tmp_path).whole
    assert whole is not None
    monkeypatch.setattr(scan, "TEXT_BYTES", 10**9)
    monkeypatch.setattr(scan, "MOST_CELLS", 10**9)
    known = profile(read_here(source, source.name, Wish(scratch=tmp_path), Context()).table)
    found = whole.profile
    assert (found.rows, found.width, found.duplicates) == (ROWS, 5, known.duplicates)
    exact = ["column", "kind", "blanks", "low", "middle", "high", "common"]
    pd.testing.assert_frame_equal(found.columns[exact], known.columns[exact])
    assert found.columns["distinct"].to_numpy(float) == pytest.approx(known.columns["distinct"].to_numpy(float), rel=0.1)
    for name, frame in known.distributions.items():
        pd.testing.assert_frame_equal(found.distributions[name], frame, check_dtype=False)


def test_what_is_known_of_all_rows_outlives_writing(tmp_path: Path) -> None:
    whole = taken(written(tmp_path, people(), "parquet"), tmp_path).whole
    assert whole is not None
    again = WholeTable.from_dict(json.loads(json.dumps(whole.to_dict())))
    assert again.sentence == whole.sentence
    pd.testing.assert_frame_equal(again.profile.columns, whole.profile.columns, check_dtype=False)
    for name, frame in whole.profile.distributions.items():
        pd.testing.assert_frame_equal(again.profile.distributions[name], frame, check_dtype=False)


def test_a_level_the_sample_lacks_is_in_the_profile_of_all_rows(tmp_path: Path) -> None:
    reading = taken(written(tmp_path, people(), "csv"), tmp_path)
    assert reading.whole is not None
    assert "Ulm" not in reading.table.schema["city"].levels
    assert reading.whole.profile.distributions["city"].set_index("bin")["rows"]["Ulm"] == 1


def test_levels_keep_their_shares_where_that_is_asked_for(tmp_path: Path) -> None:
    frame = people()
    reading = taken(written(tmp_path, frame, "csv"), tmp_path, stratify="member", rows=500)
    assert reading.whole is not None
    assert "each level of member as often as it is" in reading.whole.how
    share = (reading.table.frame["member"].astype(str) == "True").mean()
    assert share == pytest.approx((frame["member"] == "yes").mean(), abs=0.0021)
    by_number = taken(written(tmp_path, frame.assign(income=frame["income"].fillna(0.0)), "csv"), tmp_path, stratify="income")
    assert by_number.table.frame["income"].median() == pytest.approx(frame["income"].fillna(0.0).median(), rel=0.02)


def test_rows_of_one_person_are_taken_together(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    person = np.repeat(np.arange(800), 5)
    frame = pd.DataFrame(
        {
            "patient_id": [f"P{one:05d}" for one in person],
            "dose": rng.integers(1, 90, 4_000),
            "weight": rng.normal(70, 9, 4_000).round(1),
        }
    )
    reading = taken(written(tmp_path, frame.iloc[rng.permutation(4_000)], "csv"), tmp_path, rows=1_000)
    assert reading.whole is not None
    assert "all rows of persons" in reading.whole.how
    sizes = reading.table.frame["patient_id"].value_counts()
    assert set(sizes[sizes > 0]) == {5}
    assert 990 <= len(reading.table) <= 1_000


def test_a_column_duckdb_reads_otherwise_is_described_by_the_sample_and_named(tmp_path: Path) -> None:
    frame = people().assign(price=lambda rows: rows["age"].map(lambda age: f"{age},50 €"))
    path = tmp_path / "people.csv"
    frame.to_csv(path, index=False, sep=";")
    reading = taken(Source.of_path(path, path.name), tmp_path)
    assert reading.whole is not None
    assert reading.table.schema["price"].kind is Kind.NUMBER
    assert reading.whole.of_sample == ("price",)
    assert "but for price, where they are those of the rows taken" in reading.assumed[0]


def test_a_large_text_that_is_not_clean_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    people().to_csv(path, index=False)
    with path.open("a") as file:
        file.write("1,2,3,4,5,6,7\n")
    with pytest.raises(ReadError, match=r"people\.csv cannot be scanned .* every row must have 5 cells"):
        taken(Source.of_path(path, path.name), tmp_path)
    path.write_bytes(b"name,city\n" + "Zoë,Zürich\n".encode("latin-1") * 2_000)
    with pytest.raises(ReadError, match="is not written in UTF-8"):
        taken(Source.of_path(path, path.name), tmp_path)
    assert not list((tmp_path / "reading").glob("*/"))


def test_a_text_that_finds_no_room_is_refused_beforehand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = written(tmp_path, people(), "csv")
    monkeypatch.setattr(scan.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 10})())
    with pytest.raises(ReadError, match="Free some space, or write the table as Parquet"):
        taken(source, tmp_path)


def test_a_large_file_may_take_its_time() -> None:
    source = Source("t.csv", Path("t.csv"), size=4_000_000_000)
    assert scan.patient(LIMITS, source).seconds == LIMITS.seconds + 1_000


def test_persons_are_drawn_whole_and_rows_without_one_by_themselves(tmp_path: Path) -> None:
    frame = pd.DataFrame({"key": ["a", "a", "b", None, None, "b", "b"] * 50})
    path = tmp_path / "keys.parquet"
    frame.to_parquet(path, index=False)
    found = scan.Scanned(path, len(frame), ("key",), ("key",))
    rows = choose.whole_persons(found, ["key"], 150, 0)
    kept = frame.iloc[rows]["key"].value_counts()
    assert set(kept) <= {100, 150}
    assert len(rows) <= 150


def test_a_large_synthetic_file_says_that_it_was_sampled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader.bounded, "possible", lambda: False)  # here, where everything is large
    source = written(tmp_path, people(), "parquet")
    real = taken(source, tmp_path).table
    frame, notes = read_like(tmp_path / "people.parquet", real, scratch=tmp_path)
    assert len(frame) == 1_000
    assert notes[0].startswith("1,000 of 4,000 rows are taken")


def test_other_formats_are_read_by_their_own_readers_however_large(tmp_path: Path) -> None:
    path = tmp_path / "people.json"
    people(200).assign(since="2020-01-01").to_json(path, orient="records")
    reading = taken(Source.of_path(path, path.name), tmp_path)
    assert (len(reading.table), reading.whole) == (200, None)
    renamed = tmp_path / "people.csv"
    people().to_parquet(renamed, index=False)
    assumed = taken(Source.of_path(renamed, renamed.name), tmp_path).assumed
    assert "people.csv is Parquet by its content, and was read as that" in assumed


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_what_is_uploaded_is_scanned_on_the_disk_as_a_file_there_is(tmp_path: Path, ending: str) -> None:
    lying = written(tmp_path, people(), ending)
    assert lying.path is not None
    handed = Source.of_bytes(lying.path.read_bytes(), lying.name)
    reading, known = taken(handed, tmp_path), taken(lying, tmp_path)
    assert reading.whole is not None
    assert known.whole is not None
    assert reading.table.fingerprint == known.table.fingerprint
    assert reading.whole.to_dict() == known.whole.to_dict()
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == [lying.name]


def test_an_upload_that_finds_no_room_on_the_disk_is_refused_beforehand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, people(), "parquet").path
    assert path is not None
    monkeypatch.setattr(scan.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 10})())
    with pytest.raises(ReadError, match=r"is laid onto the disk to be scanned.*Free some space"):
        taken(Source.of_bytes(path.read_bytes(), "people.parquet"), tmp_path)


def test_a_packed_file_of_many_cells_may_take_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "CELLS_PER_SECOND", 100)
    source = written(tmp_path, people(), "parquet")
    assert scan.patient(LIMITS, source).seconds == LIMITS.seconds + ROWS * 5 / 100
    assert scan.patient(LIMITS, Source.of_bytes(b"a,b\n1,2\n", "small.csv")) == LIMITS


def test_what_is_known_of_all_rows_is_carried_into_a_changed_version(tmp_path: Path) -> None:
    """City is no longer compared, age is a level: the others keep their counts, age is described by the rows taken and named."""
    reading = taken(written(tmp_path, people(), "parquet"), tmp_path)
    assert reading.whole is not None
    changed = with_columns(reading.table, {"city": "ignored"}, {"age": "ordinal"})
    carried = reading.whole.carried(reading.table.schema, changed)
    assert (carried.rows, carried.taken, carried.of_sample) == (ROWS, 1_000, ("age",))
    before, after = reading.whole.profile, carried.profile
    assert after.rows == ROWS
    assert after.duplicates == before.duplicates
    for name in ("income", "city", "since", "member"):
        pd.testing.assert_frame_equal(after.distributions[name], before.distributions[name])
    assert after.distributions["income"]["rows"].sum() > 3_000
    assert after.distributions["age"]["rows"].sum() == 1_000
    assert list(after.columns["role"])[2] == "ignored"
    assert list(after.columns["blanks"])[1] == list(before.columns["blanks"])[1]
    again = carried.carried(changed.schema, with_columns(changed, {"city": "feature"}, None))
    assert again.of_sample == ("age",)  # once of the sample, always so
    assert "but for age, where they are those of the rows taken" in again.sentence
    assert WholeTable.from_dict(json.loads(json.dumps(again.to_dict()))).to_dict() == again.to_dict()


def test_bins_of_moments_on_and_between_seconds_outlive_writing() -> None:
    moments = pd.DataFrame({"at": pd.to_datetime("2020-01-01") + pd.to_timedelta(np.arange(50) * 37, unit="s")})
    known = profile(read_here(moments, "moments", Wish(), Context()).table)
    ends = known.distributions["at"]["lower"].map(pd.Timestamp.isoformat)
    assert ends.str.len().nunique() > 1
    record = json.loads(json.dumps(WholeTable(9_000, 50, "drawn evenly", known).to_dict()))
    again = WholeTable.from_dict(record).profile.distributions["at"]
    assert list(again["lower"]) == list(known.distributions["at"]["lower"])


def test_a_text_larger_than_the_memory_given_is_scanned_part_by_part(tmp_path: Path) -> None:
    line = b"1," + b"x" * 997 + b"\n"
    (tmp_path / "long.csv").write_bytes(b"a,b\n" + line * 400_000)
    source = Source.of_path(tmp_path / "long.csv", "long.csv")
    beginning = scan.begin(source, Wish(scratch=tmp_path), Context())
    scan._write_parquet(source, beginning, tmp_path / "rows.parquet", 300 << 20)
    assert scan._rows_of(tmp_path / "rows.parquet") == 400_000
