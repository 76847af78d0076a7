"""A Python script, or a notebook, that makes a candidate again."""

from __future__ import annotations

import json
import pprint
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from synth_ui.core.errors import TableError
from synth_ui.core.installation import VERSION
from synth_ui.core.rules.asked import Asked
from synth_ui.core.rules.constraint import Constraint
from synth_ui.core.run import TREATMENT
from synth_ui.core.table import Column, Kind, Schema, Split, Table
from synth_ui.tables.review import kind_of

_TEMPLATE = '''"""Makes one candidate of a race again: the same table, split, generator, settings and seed give the same rows.

Needs synth-ui {version}; the versions of the libraries below it matter to the last digit.
"""

from pathlib import Path

from synth_ui import generate
{rule_imports}from synth_ui.reports.download import to_csv
{declare_imports}{imports}
from synth_ui.tables.review import revise
from synth_ui.tables.split import {cut_imports}

{table}
COLUMNS = {columns}
{declared}SETTINGS = {settings}
{rules}OUT = {out}


def main() -> None:
    table = {taken}
{check}    split = {cut}
    made = generate(split.train, {generator}, settings=SETTINGS, rows={rows}, seed={seed}{keeping})
    frame = made.frame
{filtering}    Path(OUT).write_bytes(to_csv(frame, made.table.schema))
    print(f"{{len(frame):,}} rows written to {{OUT}}")


if __name__ == "__main__":
    main()
'''

_CELLS: tuple[str, ...] = (
    """from pathlib import Path

from synth_ui import generate
{rule_imports}from synth_ui.reports.download import to_csv
{declare_imports}{imports}
from synth_ui.tables.review import revise
from synth_ui.tables.split import {cut_imports}
""",
    """{table}
COLUMNS = {columns}
{declared}table = {taken}
{check}table.frame.head()
""",
    """split = {cut}
print(split.sentence)
""",
    """SETTINGS = {settings}
{rules}made = generate(split.train, {generator}, settings=SETTINGS, rows={rows}, seed={seed}{keeping})
frame = made.frame
{filtering}frame.head()
""",
    """OUT = {out}
Path(OUT).write_bytes(to_csv(frame, made.table.schema))
print(f"{{len(frame):,}} rows written to {{OUT}}")
""",
)
"""The code of a notebook, cell by cell."""

_HEADS: tuple[str, ...] = (
    "# One candidate of a race, made again\n\nThe same table, split, generator, settings and seed give the same rows. Needs synth-ui "
    "{version}; the versions of the libraries below it matter to the last digit.",
    "## The real table, read and reviewed as it was",
    "## The split: generators see the training rows alone",
    "## The synthetic rows",
    "## Written to a file",
)
"""What stands over each of the cells."""

_CHECK = """    if table.fingerprint != {fingerprint}:
        print("Note: this is not the table the race ran on, or it was read otherwise; the rows will differ.")
"""


_OF_A_DATABASE = ("table", "schema", "query")
"""What of how a table was read names it in a database."""


_FILTERING = """    for rule in bind_all(read_constraints(FILTERS), split.schema, split.train.frame):
        frame = frame[rule.holds(frame)].reset_index(drop=True)
"""


def script(
    candidates: pd.DataFrame,
    candidate: str,
    *,
    table: Table,
    split: Split,
    rows: Callable[[str], int],
    source: str | None = None,
    reading: Mapping[str, Any] | None = None,
    notebook: bool = False,
) -> str:
    """Write the script that makes a candidate of a race again, or the notebook (Jupyter's format 4).

    Parameters
    ----------
    candidates
        One row per candidate of the race: `candidate, generator, settings, asked, seed`.
    candidate
        The name of a generated candidate.
    table, split
        The real table as it was raced.
    rows
        How many rows a candidate has.
    source
        The file of the real table; by default the sample of that name, or a file the reader has to fill in.
    reading
        How the file was read, where not by default: `sheet`, `rows` and `seed` of a sample, `names` of columns; `table`, `schema` or `query`
        where the file is a database.

    Raises
    ------
    TableError
        If the candidate is a file or a control, or there is none of that name.
    """
    own = candidates[candidates["candidate"] == candidate]
    if own.empty or candidate.startswith(("file:", "control:")):
        raise TableError(f"There is no script for {candidate!r}: only a candidate that a generator made here can be made again.")
    row = own.iloc[0]
    filters, base = _filters(candidates, candidate)
    settings = row["settings"]
    settings = json.loads(settings) if isinstance(settings, str) else dict(settings or {})
    if TREATMENT in settings:
        raise TableError(
            f"There is no script for {candidate!r}: something was done about exposed training rows ({settings[TREATMENT]})."
        )
    drawn_from = _asked(candidates, candidate).drawn
    if drawn_from:
        raise TableError(
            f"There is no script for {candidate!r}: its rows were drawn from the fitted {drawn_from}. The script of {drawn_from} fits it; "
            "its sampler draws more."
        )
    real = RealTable(
        source or f"{table.name}.csv", None if source else _sample(table), table.schema, None, table.fingerprint, reading or {}
    )
    asked = _asked(candidates, base)
    made = ScriptedRows(str(row["generator"]), settings, int(row["seed"]), rows(base), asked.constraints, filters, asked.polish)
    written = write_notebook if notebook else write
    halves = len(split.train), len(split.holdout)
    cut = split if sum(halves) == len(table) else {"seed": split.seed, "share": split.share, "sample": halves}
    return written(real, cut, made, out=f"{candidate.replace('#', '-')}.csv")


def _asked(candidates: pd.DataFrame, name: str) -> Asked:
    rows = candidates[candidates["candidate"] == name]
    return Asked.from_json(str(rows["asked"].iloc[0])) if len(rows) and "asked" in rows else Asked()


def _filters(candidates: pd.DataFrame, name: str) -> tuple[tuple[Constraint, ...], str]:
    """Return the rules by which a candidate's rows were chosen, and the candidate that a generator made."""
    filters: tuple[Constraint, ...] = ()
    asked = _asked(candidates, name)
    while asked.filtered:
        filters, name = (*asked.constraints, *filters), asked.filtered
        asked = _asked(candidates, name)
    return filters, name


@dataclass(frozen=True)
class RealTable:
    """The real table as a script reads it.

    Attributes
    ----------
    file
        Where it lies.
    sample
        Key of a sample table and rows taken of it (None for all), instead of the file.
    schema
        Kinds and roles as they were reviewed; the script sets them.
    target
        The column to predict, where no `schema` says it.
    fingerprint
        Of the table the race ran on; the script says if another one is read.
    reading
        How the file is read, where not by default: what `synth_ui.tables.read.read` takes beside it.
    """

    file: str
    sample: tuple[str, int | None] | None = None
    schema: Schema | None = None
    target: str | None = None
    fingerprint: str = ""
    reading: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ScriptedRows:
    """The rows a script makes.

    Attributes
    ----------
    rows
        How many.
    rules, filters
        Rules the rows are made to keep, and rules by which made rows are chosen.
    polish
        Whether rows are chosen among more that are drawn.
    """

    generator: str
    settings: Mapping[str, Any]
    seed: int
    rows: int
    rules: Sequence[Constraint] = ()
    filters: Sequence[Constraint] = ()
    polish: bool = False


def write(table: RealTable, split: Split | Mapping[str, Any], made: ScriptedRows, *, out: str = "") -> str:
    """Write a script from its parts; every text in it is quoted, so a column name cannot become code.

    Parameters
    ----------
    split
        The split, or its `seed` and `share`, and `sample` where the race was made on so many training and unseen rows of it.
    out
        The file the script writes; by default named for the generator.
    """
    return _TEMPLATE.format(**_parts(table, split, made, out))


def write_notebook(table: RealTable, split: Split | Mapping[str, Any], made: ScriptedRows, *, out: str = "") -> str:
    """Write the same as a notebook, without outputs; the parameters are those of `write`."""
    parts = _parts(table, split, made, out)
    parts |= {name: textwrap.dedent(parts[name]) for name in ("check", "filtering")}
    cells: list[dict[str, Any]] = []
    for head, code in zip(_HEADS, _CELLS, strict=True):
        cells.append({"cell_type": "markdown", "metadata": {}, "source": head.format(**parts)})
        cells.append(
            {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": code.format(**parts).strip()}
        )
    kernel = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    numbered = [{"id": f"cell-{place}", **cell} for place, cell in enumerate(cells, 1)]
    book = {"cells": numbered, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(book, ensure_ascii=False, indent=1) + "\n"


def _parts(table: RealTable, split: Split | Mapping[str, Any], made: ScriptedRows, out: str) -> dict[str, Any]:
    cut = {"seed": split.seed, "share": split.share} if isinstance(split, Split) else split
    return {
        "version": VERSION,
        "columns": _shown(_columns(table.schema, table.target)),
        **_reading(table),
        "settings": _shown(dict(made.settings)),
        "out": repr(out or f"{made.generator}.csv"),
        "check": _CHECK.format(fingerprint=repr(table.fingerprint)) if table.fingerprint else "",
        **_cut(cut),
        "generator": repr(made.generator),
        "rows": int(made.rows),
        "seed": int(made.seed),
        "rule_imports": _rule_imports(made.rules, made.filters),
        "rules": _rule_lines(made.rules, made.filters),
        "keeping": (", constraints=read_constraints(RULES)" if made.rules else "") + (", polish=True" if made.polish else ""),
        "filtering": _FILTERING if made.filters else "",
    }


def _cut(cut: Mapping[str, Any]) -> dict[str, str]:
    """Return how the script cuts the table, and takes the sample a race within a budget was made on."""
    made = f"make_split(table, seed={int(cut['seed'])}, share={float(cut['share'])})"
    if not cut.get("sample"):
        return {"cut": made, "cut_imports": "make_split"}
    train, holdout = map(int, cut["sample"])
    return {"cut": f"sampled({made}, {train}, {holdout})", "cut_imports": "make_split, sampled"}


def _reading(table: RealTable) -> dict[str, str]:
    """Return the lines by which the script reads the table: a sample of ours, or a file; reviewed and declared as it was."""
    if table.sample is None:
        asked = {name: value for name, value in table.reading.items() if name in _OF_A_DATABASE}
        how = _arguments({name: value for name, value in table.reading.items() if name not in asked})
        imports = "from synth_ui.tables.databases.address import DatabaseTable\n" if asked else ""
        note = "; the password is taken from SYNTH_UI_DB_PASSWORD" if asked and not table.file.startswith("connection:") else ""
        taken = f"DatabaseTable(FILE{_arguments(asked)})" if asked else "FILE"
        return {
            "imports": f"{imports}from synth_ui.tables.read import read",
            "table": f"FILE = {table.file!r}  # where the real table lies{note}",
            **_declaring(table.schema, f"read({taken}{how}).table"),
        }
    key, rows = table.sample
    return {
        "imports": "from synth_ui.tables.samples import load_sample",
        "table": f"SAMPLE = {key!r}",
        **_declaring(table.schema, f"load_sample(SAMPLE{f', rows={rows}' if rows is not None else ''}).table"),
    }


def _arguments(given: Mapping[str, Any]) -> str:
    return "".join(f", {name}={value!r}" for name, value in given.items())


def _declaring(schema: Schema | None, read: str) -> dict[str, str]:
    """Return the lines by which the script takes the table, with bounds and levels as they were declared."""
    declared = [_declaration(column) for column in schema or () if column.declared]
    return {
        "declare_imports": "from synth_ui.tables.declare import declare\n" if declared else "",
        "declared": f"DECLARED = {_shown(declared)}\n" if declared else "",
        "taken": f"declare(revise({read}, COLUMNS), DECLARED)" if declared else f"revise({read}, COLUMNS)",
    }


def _declaration(column: Column) -> dict[str, Any]:
    said: dict[str, Any] = {"name": column.name, "nullable": column.nullable}
    if column.levels:
        said["levels"] = list(column.levels)
    if column.low is not None and column.high is not None:
        ends = (column.low, column.high)
        dates = column.kind is Kind.DATETIME
        said["low"], said["high"] = (str(np.datetime64(int(end), "us")) if dates else end for end in ends)
    return said


def _rule_lines(rules: Sequence[Constraint], filters: Sequence[Constraint]) -> str:
    named = (("RULES", rules), ("FILTERS", filters))
    return "".join(f"{name} = {_shown([rule.to_json() for rule in some])}\n" for name, some in named if some)


def _rule_imports(rules: Sequence[Constraint], filters: Sequence[Constraint]) -> str:
    names = [*(["bind_all"] if filters else []), *(["read_constraints"] if rules or filters else [])]
    return f"from synth_ui.core.rules.constraint import {', '.join(names)}\n" if names else ""


def _columns(schema: Schema | None, target: str | None) -> Sequence[Mapping[str, str]]:
    if schema is not None:
        return [{"name": column.name, "kind": kind_of(schema, column), "role": column.role.value} for column in schema]
    return [] if target is None else [{"name": target, "role": "target"}]


def _shown(value: Any) -> str:
    return pprint.pformat(value, width=120, sort_dicts=False)


def _sample(table: Table) -> tuple[str, int | None] | None:
    """Return the sample the table is of, by name and columns, and the rows taken of it; None if it is none."""
    from synth_ui.tables.samples import samples

    for sample in samples():
        if sample.key == table.name and sample.columns == len(table.schema) and sample.rows >= len(table):
            return sample.key, len(table) if len(table) < sample.rows else None
    return None
