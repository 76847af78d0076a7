"""Whether the measures here are the published ones: floors and real rows of ours beside theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from _leaderboard import cited
from _leaderboard.board import IDEAL, MEASURES, PUBLISHED_FLOOR, TABLES, Board, Figure, Published, plain, table_of
from _leaderboard.candidates import FLOOR, TRAIN

PER_CENT = tuple(IDEAL)
TOLERANCE = 0.005


@dataclass(frozen=True)
class Check:
    """One figure of ours beside the published one."""

    what: str
    table: str
    ours: float
    published: Figure
    digits: int
    share: float = 1.0

    @property
    def off(self) -> float:
        """Ours less the published, percentages as shares."""
        return (self.ours - self.published.mean) * self.share

    @property
    def holds(self) -> bool:
        """Whether the two are within the tolerance, as written."""
        return round(abs(self.off), 4) <= TOLERANCE

    @property
    def by_chance(self) -> bool:
        """Whether the published runs themselves spread so far that three of their deviations cover the difference."""
        return self.published.spread is not None and abs(self.off) <= 3 * self.published.spread * self.share

    @property
    def said(self) -> str:
        """The cell of the table."""
        sign = "+" if self.off >= 0 else ""
        return sign + plain(self.off, 4) + ("" if self.holds else " ±" if self.by_chance else " ✗")


def floor_checks(board: Board, published: Published, candidate: str) -> list[Check]:
    """Compare a floor of ours with the published one, measure by measure and table by table."""
    found = []
    for table in TABLES:
        for key, (name, digits, file) in MEASURES.items():
            ours, theirs = board.figure(table, candidate, key), published.figure(file, PUBLISHED_FLOOR, table)
            if ours is not None and theirs is not None:
                found.append(Check(name, table, ours.mean, theirs, digits, 0.01 if key in PER_CENT else 1.0))
        ours = board.figure(table, candidate, "gap_full")
        if ours is not None and (cited.FLOOR, table) in cited.GAP:
            found.append(Check("AUC against test rows", table, ours.mean, Figure(*cited.GAP[cited.FLOOR, table][0]), 3))
    return found


def real_checks(board: Board) -> list[Check]:
    """Compare real rows of ours with the published ones: what models learn from them, and how they are told from other real rows."""
    found = []
    for table in TABLES:
        ours = board.figure(table, TRAIN, "mle")
        if ours is not None:
            found.append(Check("MLE", table, ours.mean, Figure(cited.USEFULNESS_OF_REAL[table]), 4))
        ours = board.figure(table, TRAIN, "gap_full")
        if ours is not None and (cited.REAL, table) in cited.GAP:
            found.append(Check("AUC against test rows", table, ours.mean, Figure(*cited.GAP[cited.REAL, table][0]), 3))
    return found


def count(checks: Sequence[Check]) -> str:
    """Say how many hold, how many are explained by the published spread, and which do not."""
    chance = [check for check in checks if not check.holds and check.by_chance]
    failed = [check for check in checks if not check.holds and not check.by_chance]
    said = f"{sum(check.holds for check in checks)} of {len(checks)} within {plain(TOLERANCE, 3)}"
    if chance:
        said += f", {len(chance)} more within three of the published standard deviations"
    if failed:
        said += "; not reproduced: " + ", ".join(f"{check.what} on {check.table} ({check.said})" for check in failed)
    return said + "."


def _check_table(checks: Sequence[Check]) -> list[str]:
    cells = {(check.what, check.table): check for check in checks}
    names = list(dict.fromkeys(check.what for check in checks))
    rows = []
    for name in names:
        row = [name]
        for table in TABLES:
            check = cells.get((name, table))
            row.append("" if check is None else f"{plain(check.ours, check.digits)} ({check.said})")
        rows.append(row)
    return table_of(["ours (less the published)", *TABLES], rows)


def checks(board: Board, published: Published) -> list[str]:
    """Write the section of the checks."""
    lines = [
        "## Checks",
        "",
        "That the measures here are the published ones is checked where the truth is known. A cell holds our figure and what it is more or "
        f"less than the published one, nearness as a share; without a mark it is within {plain(TOLERANCE, 3)}, ± says that it is within three "
        "published standard deviations, ✗ that it is not reproduced.",
    ]
    for candidate, what in ((FLOOR, "Columns drawn independently"), ("independent", "`independent`, our generator")):
        found = floor_checks(board, published, candidate)
        if found:
            lines += ["", f"**{what}, beside the published floor.** {count(found)}", "", *_check_table(found)]
    found = real_checks(board)
    if found:
        sources = f"MLE of {cited.USEFULNESS_SOURCE}; AUC of {cited.GAP_SOURCE}"
        lines += ["", f"**Real rows, beside published real rows** ({sources}). {count(found)}", "", *_check_table(found)]
    return lines


def said_of_checks(board: Board, published: Published) -> list[str]:
    """Return the checks in a few lines, for the screen."""
    found = [(name, floor_checks(board, published, key)) for name, key in (("floor", FLOOR), ("independent", "independent"))]
    return [f"{name}: {count(made)}" for name, made in [*found, ("real rows", real_checks(board))] if made]
