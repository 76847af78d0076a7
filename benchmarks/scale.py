"""Time and memory at 10⁴ … 10⁷ rows and 10 … 200 columns: reading a table, the standard card, and rows written to a file.

python benchmarks/scale.py --out scale.jsonl [--only read,card,write] [--rows 10000,100000] [--columns 10,50] [--most 600]
python benchmarks/scale.py --out scale.jsonl --only make [--generators cart,arf] [--rows 10000,100000,1000000]
python benchmarks/scale.py --out scale.jsonl --write docs/scale

Each cell is measured in a process of its own, one at a time: CPU seconds, and the most memory held beyond what the imports hold. A cell
that was measured is not measured again. One that takes more than --most CPU seconds is given up, and so are those larger in rows of the
same row of the figure; both are named in docs/scale.md. `card` scores one candidate, the first of its split, with as many rows as either
half; a table of so many rows has halves of half as many. `make` has each generator learn and draw as many rows of the sample table adult
(15 columns), drawn anew with three cells in ten redrawn from their column, as a worker does.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROWS, COLUMNS = (10_000, 100_000, 1_000_000, 10_000_000), (10, 50, 200)
WHAT = {"read": "Reading Parquet", "card": "Standard card of one candidate", "write": "Drawing rows into Parquet"}
MARKER = "measured "
APART = ("SDV", "language model", "made elsewhere", "from nothing")
"""Families whose generators are of other packages, ask another server, or learn no table."""

KINDS = (
    "CAST(floor(random() * 100) AS INTEGER)",
    "round(random() * 1000, 2)",
    "['red', 'green', 'blue', 'grey'][1 + CAST(floor(random() * 4) AS INTEGER)]",
    "CAST(floor(-ln(random() + 1e-12) * 50) AS INTEGER)",
    "DATE '2015-01-01' + CAST(floor(random() * 3000) AS INTEGER)",
)
"""What the columns hold, by turns."""


def make_table(path: Path, rows: int, columns: int) -> None:
    """Write a table of numbers, levels and dates, without holding it."""
    import duckdb

    parts = ", ".join(f"{KINDS[place % len(KINDS)]} AS c{place}" for place in range(columns))
    with duckdb.connect(config={"threads": "1", "memory_limit": "1GB"}) as connection:
        connection.execute("SELECT setseed(0.5)")
        connection.execute(f"COPY (SELECT {parts} FROM range({rows})) TO '{path}' (FORMAT parquet)")


def read(rows: int, columns: int, folder: Path) -> dict[str, Any]:
    """Read the table as the product does, in this process."""
    from synth_ui.core.context import Context
    from synth_ui.tables.read import read_here
    from synth_ui.tables.readers.source import Source, Wish

    source = Source.of_path(folder / "table.parquet", "table.parquet")
    with _Cost() as cost:
        reading = read_here(source, source.name, Wish(scratch=folder), Context())
    return {**cost.said, "taken": len(reading.table)}


def card(rows: int, columns: int, folder: Path) -> dict[str, Any]:
    """Score a candidate that is like the table and no copy of it."""
    from synth_ui.core.context import Context
    from synth_ui.evaluation.cards import card as measures_of
    from synth_ui.evaluation.controls import redraw_cells
    from synth_ui.evaluation.evaluate import evaluate
    from synth_ui.tables.read import read as read_table
    from synth_ui.tables.split import make_split

    table = read_table(folder / "table.parquet").table
    split = make_split(type(table)(table.frame, table.schema.with_target("c2"), "table"))
    made = redraw_cells(split.train.frame, 0.5, Context(seed=1))
    with _Cost() as cost:
        said = list(evaluate(split, "candidate", made, measures_of("standard"), Context(threads=1)))
    return {**cost.said, "taken": len(table), "measures": len(said)}


def make(rows: int, key: str, folder: Path) -> dict[str, Any]:
    """Have a generator learn so many rows of adult, and draw as many, as a worker does."""
    from card import enlarged

    from synth_ui.core.context import Context
    from synth_ui.core.table import Table
    from synth_ui.generators.catalogue import generator_of
    from synth_ui.jobs.runs.make import make as make_rows
    from synth_ui.tables.samples import load_sample

    sample, generator = load_sample("adult").table, generator_of(key)
    began = _held()
    table = Table(enlarged(sample.frame, rows, 0), sample.schema, sample.name)
    cost = generator.cost(table.size, rows)
    said = {"taken": rows, "expected_s": round(cost.seconds, 1), "expected_mb": round(cost.megabytes)}
    with _Cost() as spent:
        made = make_rows(generator, table, rows, Context(seed=1, threads=1))
    return {**said, **spent.said, "with_table_mb": spent.said["peak_mb"] - round(began), "made": len(made.frame)}


def write(rows: int, columns: int, folder: Path) -> dict[str, Any]:
    """Learn at most 100,000 rows by their columns alone and write as many rows as asked for."""
    from synth_ui.api import generate_to
    from synth_ui.tables.read import read as read_table

    table = read_table(folder / "table.parquet", rows=min(rows, 100_000)).table
    with _Cost() as cost:
        generate_to(folder / "made.parquet", table, "independent", rows=rows, seed=1)
    return {**cost.said, "taken": rows, "file_mb": (folder / "made.parquet").stat().st_size / 2**20}


class _Cost:
    """CPU seconds, and the most memory held beyond what was held before, of a block."""

    def __enter__(self) -> _Cost:
        gc.collect()
        if Path("/proc/self/clear_refs").exists():
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # what was held for a moment before is forgotten
        self.cpu, self.wall = time.process_time(), time.perf_counter()
        self.before = _held()
        return self

    def __exit__(self, *failed: object) -> None:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        cpu, wall = time.process_time() - self.cpu, time.perf_counter() - self.wall
        self.said = {
            "cpu": round(cpu, 1),
            "wall": round(wall, 1),
            "mb": round(max(most - self.before, 0)),
            "peak_mb": round(most),
        }


def _held() -> float:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 2**20


CELLS: dict[str, Callable[..., dict[str, Any]]] = {"read": read, "card": card, "write": write, "make": make}


def one(what: str, rows: int, columns: int | str, folder: str) -> None:
    """Measure a cell in this process and print it; the table may have been read or sampled before, which is not counted."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        print(MARKER + json.dumps(CELLS[what](rows, columns, Path(folder))))


def run(options: argparse.Namespace) -> None:
    """Measure what is not measured yet, smallest first."""
    for columns in options.columns:
        for rows in options.rows:
            with tempfile.TemporaryDirectory(prefix="scale-") as folder:
                for what in options.only:
                    known = results(options.out)
                    given_up = [one for one in known if one["what"] == what and one["columns"] == columns and "cpu" not in one]
                    if any(_same(one, what, rows, columns) for one in known) or any(one["rows"] <= rows for one in given_up):
                        continue
                    if not (Path(folder) / "table.parquet").exists():
                        make_table(Path(folder) / "table.parquet", rows, columns)
                    said = _measured(what, rows, columns, folder, options.most)
                    line = {"what": what, "rows": rows, "columns": columns, **said}
                    with options.out.open("a") as file:
                        file.write(json.dumps(line) + "\n")
                    print(line, flush=True)


def run_generators(options: argparse.Namespace) -> None:
    """Have each generator that learns in this process make its rows, one at a time, where that is not known yet."""
    from synth_ui.generators.base import generators

    native = [key for key, one in generators().items() if one.models_tables and one.needs_real_data and one.family not in APART]
    for rows in options.rows:
        for key in options.generators or native:
            if any(_same(one, "make", rows, key) for one in results(options.out)):
                continue
            with tempfile.TemporaryDirectory(prefix="scale-") as folder:
                line = {"what": "make", "rows": rows, "columns": key, **_measured("make", rows, key, folder, options.most)}
            with options.out.open("a") as file:
                file.write(json.dumps(line) + "\n")
            print(line, flush=True)


def _measured(what: str, rows: int, columns: int | str, folder: str, most: float) -> dict[str, Any]:
    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (int(most), int(most) + 5))

    command = [sys.executable, "-W", "ignore", __file__, "--cell", what, str(rows), str(columns), folder]
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=bound, check=False)
    line = next((text for text in done.stdout.splitlines() if text.startswith(MARKER)), None)
    if line is None:
        why = f"more than {most:.0f} CPU seconds" if done.returncode < 0 else done.stderr.strip().splitlines()[-1][:200]
        return {"why": why}
    found: dict[str, Any] = json.loads(line.removeprefix(MARKER))
    return found


def results(path: Path) -> list[dict[str, Any]]:
    """Read what has been measured so far."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _same(one: dict[str, Any], what: str, rows: int, columns: int | str) -> bool:
    return (one["what"], one["rows"], one["columns"]) == (what, rows, columns)


# --- the page and the figure --------------------------------------------------------------------------------------


def markdown(found: list[dict[str, Any]]) -> str:
    """Return a table per task: CPU seconds and megabytes per cell, or that it was not run."""
    parts = []
    for what, title in WHAT.items():
        head = "| rows | " + " | ".join(f"{columns} columns" for columns in COLUMNS) + " |\n|---" * 1
        lines = [f"### {title}\n", head + "|---" * len(COLUMNS) + "|"]
        for rows in ROWS:
            cells = [next((one for one in found if _same(one, what, rows, columns)), None) for columns in COLUMNS]
            lines.append(f"| {rows:,} | " + " | ".join(map(_cell, cells)) + " |")
        parts.append("\n".join(lines))
    return "\n\n".join([*parts, making(found)])


def making(found: list[dict[str, Any]]) -> str:
    """Return a table of the generators: what learning and drawing took, and what was expected beforehand."""
    lines = [
        "### Learning and drawing as many rows of adult × 15 columns\n",
        "| generator | rows | CPU seconds | expected | most memory with the table, MB | expected |\n|---|---|---|---|---|---|",
    ]
    for one in sorted((one for one in found if one["what"] == "make"), key=lambda one: (one["rows"], str(one["columns"]))):
        head = f"| `{one['columns']}` | {one['rows']:,} |"
        if "cpu" not in one:
            lines.append(f"{head} {one['why']} | | | |")
        else:
            took = f"{one['cpu']:,.1f} | {one['expected_s']:,.1f} | {one['with_table_mb']:,} | {one['expected_mb']:,}"
            lines.append(f"{head} {took} |")
    return "\n".join(lines)


def _cell(one: dict[str, Any] | None) -> str:
    if one is None:
        return "not run"
    if "cpu" not in one:
        return f"given up: {one['why']}"
    sampled = f", {one['taken']:,} rows taken" if one["taken"] < one["rows"] else ""
    return f"{one['cpu']:,.1f} s, {one['mb']:,.0f} MB{sampled}"


WIDTH, HEIGHT, LEFT, TOP = 880, 380, 60, 40
TONES = {"read": "#3b6ea8", "card": "#b4552d", "write": "#3f8f5f"}
DASHES = ("", "6 4", "2 3")


def picture(found: list[dict[str, Any]], path: Path) -> None:
    """Draw CPU seconds and megabytes against rows, a line per task and number of columns; both axes logarithmic."""
    marks = [*_panel(found, LEFT, "cpu", "CPU seconds", (0.1, 1_000)), *_panel(found, LEFT + 430, "mb", "MB held", (10, 10_000))]
    for place, (what, tone) in enumerate(TONES.items()):
        marks.append(f'<text x="{LEFT + place * 230}" y="{HEIGHT - 8}" font-size="12" fill="{tone}">{WHAT[what]}</text>')
    dashes = "10 columns solid, 50 dashed, 200 dotted"
    marks.append(f'<text x="{WIDTH - 10}" y="{HEIGHT - 8}" font-size="11" text-anchor="end">{dashes}</text>')
    drawn = "\n".join(marks)
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" font-family="sans-serif">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>\n{drawn}\n</svg>\n'
    )


def _panel(found: list[dict[str, Any]], x0: int, name: str, unit: str, ends: tuple[float, float]) -> list[str]:
    """Return the marks of one panel."""
    low, high = ends
    wide, tall = 340, HEIGHT - TOP - 60

    def at(rows: float, value: float) -> tuple[float, float]:
        share = math.log10(max(value, low) / low) / math.log10(high / low)
        return x0 + wide * (math.log10(rows) - 4) / 3, TOP + tall * (1 - min(share, 1))

    marks = [f'<text x="{x0}" y="20" font-size="14">{unit}</text>']
    for power in range(round(math.log10(low)), round(math.log10(high)) + 1):
        _, y = at(ROWS[0], 10.0**power)
        marks.append(f'<line x1="{x0}" x2="{x0 + wide}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ccc"/>')
        marks.append(f'<text x="{x0 - 6}" y="{y + 4:.1f}" font-size="11" text-anchor="end">{10.0**power:g}</text>')
    for rows in ROWS:
        marks.append(
            f'<text x="{at(rows, low)[0]:.1f}" y="{TOP + tall + 18}" font-size="11" text-anchor="middle">{rows:,}</text>'
        )
    for what, tone in TONES.items():
        for columns, dash in zip(COLUMNS, DASHES, strict=True):
            own = [one for one in found if one["what"] == what and one["columns"] == columns and "cpu" in one]
            points = [at(one["rows"], one[name]) for one in sorted(own, key=lambda one: int(one["rows"]))]
            line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            style = f'fill="none" stroke="{tone}" stroke-width="2" stroke-dasharray="{dash}"'
            marks.append(f'<polyline points="{line}" {style}/>')
            marks += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{tone}"/>' for x, y in points]
    return marks


BEGIN, END = "<!-- measured -->", "<!-- end -->"


def publish(found: list[dict[str, Any]], stem: Path) -> None:
    """Draw the figure, and put the tables between the marks of the page."""
    picture(found, stem.with_suffix(".svg"))
    page = stem.with_suffix(".md")
    text = page.read_text(encoding="utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    page.write_text(f"{before}{BEGIN}\n\n{markdown(found)}\n\n{END}{after}", encoding="utf-8")


def main() -> None:
    """Do what the command line says."""
    options = argparse.ArgumentParser(description=__doc__)
    numbers = lambda text: [int(part) for part in text.split(",")]  # noqa: E731
    options.add_argument("--out", type=Path, default=Path("scale.jsonl"))
    options.add_argument("--only", type=lambda text: text.split(","), default=list(WHAT))
    options.add_argument("--rows", type=numbers, default=list(ROWS))
    options.add_argument("--columns", type=numbers, default=list(COLUMNS))
    options.add_argument("--generators", type=lambda text: text.split(","), help="of `make`; every native one by default")
    options.add_argument("--most", type=float, default=600)
    options.add_argument("--write", type=Path, help="make FILE.svg and fill FILE.md instead of measuring")
    options.add_argument("--cell", nargs=4, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.cell:
        what, rows, columns, folder = chosen.cell
        one(what, int(rows), columns if what == "make" else int(columns), folder)
    elif chosen.write:
        publish(results(chosen.out), chosen.write)
    elif chosen.only == ["make"]:
        run_generators(chosen)
    else:
        run(chosen)


if __name__ == "__main__":
    main()
