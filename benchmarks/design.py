"""Rows per CPU second of everything that makes tables from nothing, and the memory of a streamed file.

python benchmarks/design.py --rows 20000 --stream 10000000
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

from synth_ui.core.context import Context
from synth_ui.generators.base import generators
from synth_ui.generators.from_nothing.schema import DeclaredSchema

TWELVE = [
    {"name": "id", "kind": "identifier", "distribution": "sequence"},
    {"name": "code", "kind": "identifier", "pattern": "[A-Z]{2}-\\d{6}", "unique": True},
    {"name": "joined", "kind": "datetime", "low": "2020-01-01", "high": "2025-12-31"},
    {"name": "age", "kind": "integer", "distribution": "normal", "mean": 44, "spread": 15, "low": 18, "high": 95},
    {"name": "plan", "kind": "category", "levels": ["basic", "plus", "pro"], "weights": [6, 3, 1]},
    {"name": "spend", "distribution": "lognormal", "mean": 30, "spread": 0.8, "decimals": 2, "blank": 0.05},
    {"name": "visits", "kind": "integer", "distribution": "poisson", "mean": 4},
    {"name": "news", "kind": "boolean"},
    {"name": "score", "distribution": "uniform", "low": 0, "high": 1},
    {"name": "wait", "distribution": "exponential", "mean": 3},
    {"name": "city", "kind": "text", "provider": "city"},
    {"name": "size", "kind": "ordinal", "levels": ["small", "middle", "large"]},
]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--stream", type=int, default=0, metavar="N", help="rows of 12 columns to stream to a Parquet file")
    options = parser.parse_args()
    for key in ("schema", "designed", "simulate_payments", "simulate_epidemic", "simulate_equipment", "simulate_customers"):
        maker = generators()[key]()
        maker.world(50, Context())  # type: ignore[attr-defined]  # imports are not counted
        start = time.process_time()
        world = maker.world(options.rows, Context(1))  # type: ignore[attr-defined]
        seconds = time.process_time() - start
        every = sum(len(table) for table in world.tables.values())
        print(f"{key:20} {options.rows / seconds:12,.0f} rows/s of the main table, {every / seconds:12,.0f} of all its tables")
    if options.stream:
        _stream(options.stream)


def _stream(rows: int) -> None:
    maker = DeclaredSchema(declaration=json.dumps({"columns": TWELVE}))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        start = time.process_time()
        maker.write(rows, path, Context(1))
        seconds = time.process_time() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        size = path.stat().st_size / 2**20
    print(
        f"streamed {rows:,} rows x 12: {seconds:.1f} CPU s, {rows / seconds:,.0f} rows/s, peak memory {peak:.0f} MB, file {size:.0f} MB"
    )


if __name__ == "__main__":
    main()
