"""The tables of the workspace's database."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, MetaData, Table, UniqueConstraint

Integer = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
String = sa.String().with_variant(sa.String(collation="C"), "postgresql")
Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Numbers as large, and texts in the same order, in every database."""

SCHEMA_VERSION = 7
"""Kept in the database file; a file with a higher one was written by a later release and is refused."""

metadata = MetaData()


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, default="")


def _kept_by_people() -> list[Column[Any]]:
    """What people add to a table or a race: a note, a star, and when they put it into the bin."""
    return [
        Column("note", Text, nullable=False, default="", server_default=""),
        Column("starred", Boolean, nullable=False, default=False, server_default="0"),
        Column("deleted", Float),
    ]


tables = Table(
    "tables",
    metadata,
    Column("id", String, primary_key=True),
    _text("name"),
    Column("rows", Integer, nullable=False),
    Column("columns", Integer, nullable=False),
    _text("source"),
    _text("schema"),
    _text("assumed"),
    _text("warnings"),
    *_kept_by_people(),
    Column("used", Float),  # when somebody last took it up; none for one that only an example is about
    Column("created", Float, nullable=False),
)

splits = Table(
    "splits",
    metadata,
    Column("id", String, primary_key=True),
    Column("table_id", String, ForeignKey("tables.id"), nullable=False),
    Column("seed", Integer, nullable=False),
    Column("share", Float, nullable=False),
    _text("sentence"),
    Column("train_rows", Integer, nullable=False),
    Column("holdout_rows", Integer, nullable=False),
    _text("train_name"),
    _text("holdout_name"),
    _text("train_fingerprint"),
    _text("holdout_fingerprint"),
    Column("created", Float, nullable=False),
)

races = Table(
    "races",
    metadata,
    Column("id", String, primary_key=True),
    _text("name"),
    Column("table_id", String, ForeignKey("tables.id"), nullable=False),
    Column("split_id", String, ForeignKey("splits.id"), nullable=False),
    _text("card"),
    Column("asked", Text, nullable=False, default="{}", server_default="{}"),  # of all, later: settings by measure
    Column("make", Integer, nullable=False),
    Column("deadline", Float),
    _text("versions"),
    *_kept_by_people(),
    Column("example", Boolean, nullable=False, default=False, server_default="0"),
    Column("summary", Text, nullable=False, default="", server_default=""),  # what it came to, in a line; see jobs.summary
    Column("created", Float, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", String, primary_key=True),
    _text("kind"),
    _text("candidate"),
    _text("generator"),
    Column("settings", Text, nullable=False, default="{}"),
    Column("asked", Text, nullable=False, default="{}", server_default="{}"),
    Column("seed", Integer, nullable=False, default=0),
    Column("rows", Integer, nullable=False),
    Column("control", Boolean, nullable=False, default=False),
    Column("split_id", String, ForeignKey("splits.id")),  # none for a table that is made from nothing
    _text("card"),
    Column("reuse_key", String),
    Column("parent_id", String),
    # where it stands
    _text("state"),
    _text("phase"),
    Column("fraction", Float),
    Column("eta_seconds", Float),
    _text("reason"),
    _text("notes"),
    # what the schedule knows
    Column("tier", Integer, nullable=False, default=0, server_default="0"),  # 0 goes before 1, whichever race it is of
    Column("place", Integer, nullable=False, default=0),
    Column("cost_seconds", Float, nullable=False, default=0.0),
    Column("megabytes", Float, nullable=False, default=0.0),
    Column("attempt", Integer, nullable=False, default=0),
    # the process that works on it, and the one that is about to start it
    Column("pid", Integer),
    Column("pid_token", String),
    Column("claim_pid", Integer),
    Column("claim_token", String),
    Column("heartbeat", Float),
    Column("stop_asked", Float),
    # what came of it
    Column("seconds_fit", Float),
    Column("seconds_sample", Float),
    Column("seconds_score", Float),
    Column("sampler_hash", String),
    Column("created", Float, nullable=False),
    Column("started", Float),
    Column("ended", Float),
    UniqueConstraint("reuse_key", "candidate"),
)
Index("runs_by_state", runs.c.state, runs.c.stop_asked)

members = Table(
    "members",
    metadata,
    Column("race_id", String, ForeignKey("races.id"), primary_key=True),
    Column("run_id", String, ForeignKey("runs.id"), primary_key=True),
)
Index("members_by_run", members.c.run_id)

scores = Table(
    "scores",
    metadata,
    Column("run_id", String, ForeignKey("runs.id"), primary_key=True),
    Column("measure", String, primary_key=True),
    Column("settings", Text, primary_key=True, default="", server_default=""),  # of the measure; empty where they were not noted
    Column("place", Integer, nullable=False),
    Column("written", Float, nullable=False, default=0.0, server_default="0"),
    _text("family"),
    Column("value", Float),
    Column("low", Float),
    Column("high", Float),
    _text("status"),
    _text("reason"),
    Column("seconds", Float, nullable=False, default=0.0),
)

losses = Table(
    "losses",
    metadata,
    Column("run_id", String, ForeignKey("runs.id"), nullable=False),
    Column("step", Integer, nullable=False),
    _text("name"),
    Column("value", Float, nullable=False),
)
Index("losses_by_run", losses.c.run_id)

details = Table(
    "details",
    metadata,
    Column("run_id", String, ForeignKey("runs.id"), primary_key=True),
    Column("measure", String, primary_key=True),
    Column("name", String, primary_key=True),
    _text("file"),
    Column("rows", Integer, nullable=False),
)

cache = Table(
    "cache",
    metadata,
    Column("key", String, primary_key=True),
    Column("split_id", String, nullable=False),
    _text("file"),
    _text("hash"),
    Column("bytes", Integer, nullable=False),
    Column("created", Float, nullable=False),
)

choices = Table(
    "choices",
    metadata,
    Column("id", String, primary_key=True),
    Column("race_id", String, ForeignKey("races.id"), nullable=False),
    Column("candidate", String, nullable=False),
    _text("record"),  # of `synth_ui.core.choice`, as JSON
    Column("created", Float, nullable=False),
    Column("undone", Float),
)
Index("choices_by_race", choices.c.race_id)

budgets = Table(
    "budgets",
    metadata,
    Column("race_id", String, ForeignKey("races.id"), primary_key=True),
    Column("seconds", Float),  # none where it goes on until it is stopped; when it is up, the race's deadline says
    Column("begun", Float, nullable=False),
    Column("revision", Integer, nullable=False, default=0),  # one more with every step: two callers never take the same
    Column("stage", Integer, nullable=False, default=0),
    _text("plan"),  # of `synth_ui.jobs.budget.plan`, as JSON; so are the next three
    _text("pinned"),
    _text("dropped"),
    _text("decided"),
    Column("stop", Float),  # when somebody asked to choose no further
    Column("over", Float),
)
"""How a race with a budget spends it."""

trials = Table(
    "trials",
    metadata,
    Column("run_id", String, ForeignKey("runs.id"), primary_key=True),
    Column("race_id", String, ForeignKey("races.id"), nullable=False),
    _text("arm"),
    Column("rung", Integer, nullable=False),
    _text("said"),  # its scores, as JSON
)
"""Runs on samples of the training rows, by which a race with a budget chooses: they stand in no leaderboard."""
Index("trials_by_race", trials.c.race_id)


marks = Table(
    "marks",
    metadata,
    Column("key", String, primary_key=True),
    Column("written", Float, nullable=False),
)
"""What is done once per workspace, such as putting the example into it."""
