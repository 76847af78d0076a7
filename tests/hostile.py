"""A table whose every name and value tries something, and the race on it: what the tests of pages, documents and exports look at."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path

from synth_ui.core.table import Role, Table
from synth_ui.evaluation.cards import card as measures_of
from synth_ui.jobs.races.files import add_file
from synth_ui.jobs.races.request import Request
from synth_ui.jobs.races.start import start_race
from synth_ui.store.workspace import Workspace
from synth_ui.tables.read import read
from synth_ui.tables.split import make_split
from tests import small_race

ELSEWHERE = "evil.example"
"""A host that a page which takes a name for markup would ask."""

CORPUS = (
    f"<img src=http://{ELSEWHERE}/a onerror=\"window.hacked='img'\">",
    f"<script>window.hacked='script'</script><a href='http://{ELSEWHERE}'>a</a>",
    f"![picture](http://{ELSEWHERE}/b.png) [link](javascript:window.hacked='link')",
    f"</style></script><svg onload=window.hacked='svg'><iframe src=//{ELSEWHERE}>",
    "$$\\frac{1}{0}$$ $x^2$ :red[red] :material/home: :smile: ~~x~~ `code`",
    "{{7*7}} ${7*7} {% raw %} %s %(x)s {0.__class__} __class__",
    '"); import os; os.system("touch hacked"); #',
    '=HYPERLINK("http://' + ELSEWHERE + '","a")',
    "'; DROP TABLE runs; --\" \\' \\\" `",
    "a\nb\r\n# heading\n- item\n</td></tr></table>",
    "\u202egnp.exe \u200b\u200bzero\ufeff width \u0000null",
    "../../../../tmp/x?y=1&z=<b>#h",
    "L" * 400,
)
"""Names that are markup, code, a formula, a path, or unreadable to people."""

LEVELS = (CORPUS[0], CORPUS[1], CORPUS[2], CORPUS[7])

TABLE_NAME = "<img src=x onerror=window.hacked='table'>$$x$$ :red[t].csv"
FILE_NAME = "<svg onload=window.hacked='file'>![f](x) {{7*7}}.csv"
RACE_NAME = "<iframe src=javascript:window.hacked='race'> $$x$$ [r](http://evil.example)"


def content(rows: int = 240, seed: int = 1) -> bytes:
    """Return a CSV whose header is the corpus; every third column holds hostile levels, the others numbers that hang together."""
    draw = random.Random(seed)
    written = io.StringIO()
    out = csv.writer(written)
    out.writerow([name.replace("\u0000", "") for name in CORPUS])
    for row in range(rows):
        base = draw.gauss(0, 1)
        cells = [
            LEVELS[int(abs(base * 2 + place)) % 4] if place % 3 == 0 else round(base + draw.gauss(0, 1), 3) if row % 17 else ""
            for place in range(len(CORPUS))
        ]
        out.writerow(cells)
    return written.getvalue().encode()


def run(folder: Path) -> str:
    """Race on the hostile table, with generated candidates and a file of a hostile name; return the race's id once it has ended."""
    workspace = Workspace.open(folder)
    reading = read(content(), name=TABLE_NAME, scratch=folder)
    names = reading.table.schema.names
    schema = reading.table.schema.updated(names[0], role=Role.TARGET).updated(names[3], role=Role.SENSITIVE)
    table = Table(reading.table.frame, schema, reading.table.name)
    table_id = workspace.add_table(table, source=reading.source, assumed=reading.assumed, warnings=reading.warnings)
    split = make_split(table)
    split_id = workspace.add_split(table_id, split)
    asked = [measure.key for measure in measures_of("standard")]
    race_id = start_race(workspace, split_id, [Request("bayes_net")], card=asked, name=RACE_NAME)
    add_file(workspace, race_id, split.train.frame.sample(frac=1, random_state=1, ignore_index=True), FILE_NAME)
    small_race.until_done(workspace, race_id)
    return race_id
