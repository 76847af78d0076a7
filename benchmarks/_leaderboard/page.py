"""The page of the leaderboard and the table in the README: written from measured results and published figures, never by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from _leaderboard import cited
from _leaderboard.board import (
    IDEAL,
    MEASURES,
    NAMES,
    NOT_LEARNED,
    PUBLISHED_FLOOR,
    PUBLISHED_LEARNED,
    TABLES,
    Board,
    Figure,
    Line,
    Published,
    plain,
    shown,
    table_of,
)
from _leaderboard.candidates import FLOOR, TEST, TRAIN
from _leaderboard.checks import checks, said_of_checks
from _leaderboard.texts import DEFINITIONS, FAULTS, INTRODUCTION, REPEAT

OURS = "autoregressive"
"""The generator whose place is told, and shown in the README: the one the product proposes."""

CELLS = ("shape", "trend", "lr", "xgb", "nmi")
"""The measures of which the places are counted."""

PAGE = "leaderboard.md"
START, END = "<!-- leaderboard: written by benchmarks/leaderboard.py -->", "<!-- end of leaderboard -->"


# --- told from unseen rows --------------------------------------------------------------------------------------

Parts = tuple[Figure | None, Figure | None, Figure | None]
NOTHING: Parts = (None, None, None)


@dataclass(frozen=True)
class GapLine:
    """One row of the first table: what boosted trees tell by table, with its marginal and its dependency part."""

    name: str
    parts: dict[str, Parts]
    runs: str
    learned: bool = False


def gap_lines(board: Board) -> list[GapLine]:
    """Return the rows of the first table: floors, learned methods, other real rows."""
    mine = {key: _measured_gap(board, key) for key in (*board.candidates, TRAIN)}
    theirs = {method: _cited_gap(method) for method in dict.fromkeys(method for method, _ in cited.GAP)}
    floors = [theirs[cited.FLOOR], *(line for key, line in mine.items() if key != TRAIN and not line.learned)]
    learned = [line for line in (*theirs.values(), *mine.values()) if line.learned]
    lines = [*floors, *learned, theirs[cited.REAL], mine[TRAIN]]
    return [line for line in lines if any(parts[0] for parts in line.parts.values())]


def _measured_gap(board: Board, candidate: str) -> GapLine:
    name = f"*{cited.REAL} (training rows)*" if candidate == TRAIN else NAMES.get(candidate, f"`{candidate}`")
    parts = {
        table: (
            board.figure(table, candidate, "gap_full"),
            board.figure(table, candidate, "gap_marginal"),
            board.figure(table, candidate, "gap_dependency"),
        )
        for table in TABLES
    }
    return GapLine(name, parts, _runs(board, candidate), candidate not in NOT_LEARNED)


def _cited_gap(method: str) -> GapLine:
    known = method in (cited.FLOOR, cited.REAL)
    parts: dict[str, Parts] = {}
    for table in TABLES:
        full, marginal, dependency, _ = cited.GAP.get((method, table), (None, None, None, ""))
        parts[table] = (full and Figure(*full), marginal and Figure(*marginal), dependency and Figure(*dependency))
    return GapLine(f"*{method}, published*" if known else f"{method}, published", parts, f"5, {cited.GAP_SOURCE}", not known)


def gap_table(board: Board) -> list[str]:
    """Write the first table, the best learned method of each public table in bold."""
    lines, rows = gap_lines(board), []
    first = {}
    for table in TABLES:
        told = [full.mean for line in lines if line.learned and (full := line.parts[table][0]) is not None]
        first[table] = round(min(told, default=math.nan), 3)
    for line in lines:
        cells = []
        for table in TABLES:
            full, marginal, dependency = line.parts[table]
            text = shown(full, 3)
            if full is not None and line.learned and round(full.mean, 3) == first[table]:
                text = f"**{text}**"
            if marginal is not None and dependency is not None:
                text += f" ({plain(marginal.mean, 3)}, {plain(dependency.mean, 3)})"
            cells.append(text)
        rows.append([line.name, *cells, line.runs])
    return table_of(["", *TABLES, "runs"], rows)


def _runs(board: Board, candidate: str) -> str:
    """Return how many seeds there are of each table."""
    counts = {name: len(board.groups.get((name, candidate), [])) for name in TABLES}
    if len(set(counts.values())) == 1:
        return f"{counts[TABLES[0]]}, measured here"
    return ", ".join(f"{name} {count}" for name, count in counts.items() if count) + ", measured here"


# --- the published protocol -------------------------------------------------------------------------------------


def protocol_lines(board: Board, published: Published, table: str) -> list[Line]:
    """Return the rows of one public table: floors, published methods, ours, and real rows."""
    ours = [line for key in board.candidates if (line := board.line(table, key)) is not None]
    real = [line for key in (TEST, TRAIN) if (line := board.line(table, key)) is not None]
    theirs = [published.line(method, table, True) for method in PUBLISHED_LEARNED]
    floors = [published.line(PUBLISHED_FLOOR, table, False), *(line for line in ours if not line.learned)]
    return [*floors, *(line for line in theirs if line.figures), *(line for line in ours if line.learned), *real]


def distance(measure: str, table: str, value: float) -> float:
    """Return how far a figure is from the best there could be: less is better."""
    if measure in IDEAL:
        return abs(value - IDEAL[measure])
    return value if measure == "mle" and table == "beijing" else -value


def best(lines: Sequence[Line], measure: str, table: str) -> list[Line]:
    """Return the learned methods that are first in a measure, more than one where they share the last digit shown."""
    digits = MEASURES[measure][1]
    there = [
        (distance(measure, table, round(line.figures[measure].mean, digits)), line)
        for line in lines
        if line.learned and measure in line.figures
    ]
    return [line for far, line in there if far == min(one for one, _ in there)]


def protocol(board: Board, published: Published, table: str) -> list[str]:
    """Write the table of one public table, the best learned method of each measure in bold."""
    lines = protocol_lines(board, published, table)
    first = {measure: best(lines, measure, table) for measure in MEASURES}
    rows = []
    for line in lines:
        cells = []
        for measure, (_, digits, _) in MEASURES.items():
            text = shown(line.figures.get(measure), digits)
            cells.append(f"**{text}**" if text and line in first[measure] and measure not in IDEAL else text)
        rows.append([line.name, *cells, line.seconds, line.runs])
    headings = [
        name + (" (RMSE, less is better)" if key == "mle" and table == "beijing" else "")
        for key, (name, _, _) in MEASURES.items()
    ]
    return table_of(["", *headings, "seconds", "runs"], rows)


def places(board: Board, published: Published) -> list[str]:
    """Say in how many cells our generator is first among the learned methods, and where it is not."""
    counted, led, behind = 0, 0, []
    useful = [0, 0]
    for table in TABLES:
        lines = protocol_lines(board, published, table)
        for measure in (*CELLS, "mle"):
            mine = next((line for line in lines if line.key == OURS and measure in line.figures), None)
            if mine is None:
                continue
            first = best(lines, measure, table)
            ahead = mine in first
            if measure == "mle":
                useful = [useful[0] + 1, useful[1] + ahead]
            else:
                counted, led = counted + 1, led + ahead
            if not ahead:
                digits = MEASURES[measure][1]
                other = first[0]
                behind.append(
                    f"{MEASURES[measure][0]} on {table} ({plain(mine.figures[measure].mean, digits)}; "
                    f"{other.name} {plain(other.figures[measure].mean, digits)})"
                )
    if not counted:
        return []
    said = (
        f"By its mean, `{OURS}` is first among the learned methods, or shares the place, in {led} of {counted} cells (Shape, Trend, both C2ST, "
        f"wNMI), and in MLE on {useful[1]} of {useful[0]} tables."
    )
    return [said + (f" It is behind in {'; '.join(behind)}." if behind else "")]


# --- page and README --------------------------------------------------------------------------------------------


def circumstances(board: Board) -> str:
    """Say with what the results were had."""
    rows = [row for group in board.groups.values() for row in group]
    machines, versions, days = ({str(row[key]) for row in rows} for key in ("hardware", "xgboost", "when"))
    commits = {}
    for (_, candidate), group in board.groups.items():
        if candidate not in NAMES:
            commits.setdefault(candidate, set()).update(row["commit"] for row in group)
    code = "; ".join(f"`{candidate}` {', '.join(sorted(found))}" for candidate, found in commits.items())
    span = " to ".join(sorted({min(days), max(days)}))
    return (
        f"Measured {span} on {', '.join(sorted(machines))}, one thread, no GPU, on a machine that others used at the same time: wall seconds are upper "
        f"bounds, CPU seconds are what counts. XGBoost {', '.join(sorted(versions))}. Code, by the last commit that touched the package: {code}."
    )


def brief(board: Board, link: str) -> list[str]:
    """Write the small table of the README, with a link to the page."""

    def row(name: str, figures: Sequence[Figure | None]) -> list[str]:
        return [name, *(shown(figure, 3) for figure in figures)]

    learned = [method for method, _ in cited.GAP if method not in (cited.FLOOR, cited.REAL)]
    best_published = []
    for table in TABLES:
        there = [Figure(*cited.GAP[method, table][0]) for method in dict.fromkeys(learned) if (method, table) in cited.GAP]
        best_published.append(min(there, key=lambda figure: figure.mean, default=None))
    seeds = sorted({len(board.groups.get((name, OURS), [])) for name in TABLES})
    said = " to ".join(str(number) for number in dict.fromkeys((seeds[0], seeds[-1]))) + (" seed" if seeds[-1] == 1 else " seeds")
    return [
        START,
        f"How well boosted trees tell drawn rows from unseen ones on five public tables (AUC, ½ is guessing; {said} of `{OURS}`, five "
        "runs of the published, of the others as many as the page says): every measure of the published protocol, the floors and what is "
        f"wrong with them stand in [docs/leaderboard.md]({link}).",
        "",
        *table_of(
            ["", *TABLES],
            [
                row("columns drawn independently", [board.figure(name, FLOOR, "gap_full") for name in TABLES]),
                [cell or "not published" for cell in row("best published method", best_published)],
                row(f"`{OURS}`, default settings", [board.figure(name, OURS, "gap_full") for name in TABLES]),
                row("other real rows", [board.figure(name, TRAIN, "gap_full") for name in TABLES]),
            ],
        ),
        END,
    ]


def page(board: Board, published: Published) -> str:
    """Write the page."""
    lines = ["# Leaderboard on public tables", "", INTRODUCTION, "", circumstances(board), "", *brief(board, PAGE)]
    lines += ["", "## Told from unseen rows", "", DEFINITIONS["gap"], "", *gap_table(board)]
    lines += ["", "## The published protocol", "", DEFINITIONS["protocol"], "", *places(board, published)]
    for table in TABLES:
        if any(place[0] == table for place in board.groups):
            lines += ["", f"### {table}", "", *protocol(board, published, table)]
    lines += [
        "",
        "## What is wrong with the published protocol",
        "",
        FAULTS,
        "",
        *checks(board, published),
        "",
        "## To repeat it",
        "",
        REPEAT,
    ]
    return "\n".join(lines) + "\n"


def write(rows: list[dict[str, Any]], published: Published, page_path: Path, readme: Path) -> list[str]:
    """Write the page, and the table between the marks of the README; return what to say on the screen."""
    if not rows:
        raise SystemExit("The file of results holds none of this protocol yet.")
    board = Board(rows)
    page_path.write_text(page(board, published), encoding="utf-8")
    said = [f"{page_path.name} written.", *said_of_checks(board, published)]
    text = readme.read_text(encoding="utf-8") if readme.exists() else ""
    if START not in text or END not in text:
        return [*said, f"{readme.name} has no place for the table (the line {START})."]
    before, after = text.split(START, 1)[0], text.split(END, 1)[1]
    readme.write_text(before + "\n".join(brief(board, f"docs/{PAGE}")) + after, encoding="utf-8")
    return [*said, f"{readme.name} written."]
