"""The tables as they were when a workspace's database could first be on a server: version 7 of the schema."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = None

WHOLE, REAL, YES_NO = sa.BigInteger(), sa.Float(), sa.Boolean()
NAME, TEXT = sa.String(collation="C"), sa.Text(collation="C")


def upgrade() -> None:
    """Bring the tables to this version."""
    _what_was_brought()
    _races()
    _runs()
    _members()
    _what_came_of_them()
    _what_people_decide()


def _what_was_brought() -> None:
    op.create_table(
        "tables",
        sa.Column("id", NAME, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("rows", WHOLE, nullable=False),
        sa.Column("columns", WHOLE, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("schema", TEXT, nullable=False),
        sa.Column("assumed", TEXT, nullable=False),
        sa.Column("warnings", TEXT, nullable=False),
        sa.Column("note", TEXT, server_default="", nullable=False),
        sa.Column("starred", YES_NO, server_default="0", nullable=False),
        sa.Column("deleted", REAL, nullable=True),
        sa.Column("used", REAL, nullable=True),
        sa.Column("created", REAL, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "splits",
        sa.Column("id", NAME, nullable=False),
        sa.Column("table_id", NAME, nullable=False),
        sa.Column("seed", WHOLE, nullable=False),
        sa.Column("share", REAL, nullable=False),
        sa.Column("sentence", TEXT, nullable=False),
        sa.Column("train_rows", WHOLE, nullable=False),
        sa.Column("holdout_rows", WHOLE, nullable=False),
        sa.Column("train_name", TEXT, nullable=False),
        sa.Column("holdout_name", TEXT, nullable=False),
        sa.Column("train_fingerprint", TEXT, nullable=False),
        sa.Column("holdout_fingerprint", TEXT, nullable=False),
        sa.Column("created", REAL, nullable=False),
        sa.ForeignKeyConstraint(["table_id"], ["tables.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "cache",
        sa.Column("key", NAME, nullable=False),
        sa.Column("split_id", NAME, nullable=False),
        sa.Column("file", TEXT, nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.Column("bytes", WHOLE, nullable=False),
        sa.Column("created", REAL, nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "marks",
        sa.Column("key", NAME, nullable=False),
        sa.Column("written", REAL, nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )


def _races() -> None:
    op.create_table(
        "races",
        sa.Column("id", NAME, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("table_id", NAME, nullable=False),
        sa.Column("split_id", NAME, nullable=False),
        sa.Column("card", TEXT, nullable=False),
        sa.Column("asked", TEXT, server_default="{}", nullable=False),
        sa.Column("make", WHOLE, nullable=False),
        sa.Column("deadline", REAL, nullable=True),
        sa.Column("versions", TEXT, nullable=False),
        sa.Column("note", TEXT, server_default="", nullable=False),
        sa.Column("starred", YES_NO, server_default="0", nullable=False),
        sa.Column("deleted", REAL, nullable=True),
        sa.Column("example", YES_NO, server_default="0", nullable=False),
        sa.Column("summary", TEXT, server_default="", nullable=False),
        sa.Column("created", REAL, nullable=False),
        sa.ForeignKeyConstraint(["split_id"], ["splits.id"]),
        sa.ForeignKeyConstraint(["table_id"], ["tables.id"]),
        sa.PrimaryKeyConstraint("id"),
    )


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", NAME, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("candidate", TEXT, nullable=False),
        sa.Column("generator", TEXT, nullable=False),
        sa.Column("settings", TEXT, nullable=False),
        sa.Column("asked", TEXT, server_default="{}", nullable=False),
        sa.Column("seed", WHOLE, nullable=False),
        sa.Column("rows", WHOLE, nullable=False),
        sa.Column("control", YES_NO, nullable=False),
        sa.Column("split_id", NAME, nullable=True),
        sa.Column("card", TEXT, nullable=False),
        sa.Column("reuse_key", NAME, nullable=True),
        sa.Column("parent_id", NAME, nullable=True),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("phase", TEXT, nullable=False),
        sa.Column("fraction", REAL, nullable=True),
        sa.Column("eta_seconds", REAL, nullable=True),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("notes", TEXT, nullable=False),
        sa.Column("tier", WHOLE, server_default="0", nullable=False),
        sa.Column("place", WHOLE, nullable=False),
        sa.Column("cost_seconds", REAL, nullable=False),
        sa.Column("megabytes", REAL, nullable=False),
        sa.Column("attempt", WHOLE, nullable=False),
        sa.Column("pid", WHOLE, nullable=True),
        sa.Column("pid_token", NAME, nullable=True),
        sa.Column("claim_pid", WHOLE, nullable=True),
        sa.Column("claim_token", NAME, nullable=True),
        sa.Column("heartbeat", REAL, nullable=True),
        sa.Column("stop_asked", REAL, nullable=True),
        sa.Column("seconds_fit", REAL, nullable=True),
        sa.Column("seconds_sample", REAL, nullable=True),
        sa.Column("seconds_score", REAL, nullable=True),
        sa.Column("sampler_hash", NAME, nullable=True),
        sa.Column("created", REAL, nullable=False),
        sa.Column("started", REAL, nullable=True),
        sa.Column("ended", REAL, nullable=True),
        sa.ForeignKeyConstraint(["split_id"], ["splits.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("reuse_key", "candidate"),
    )
    op.create_index("runs_by_state", "runs", ["state", "stop_asked"])


def _members() -> None:
    op.create_table(
        "members",
        sa.Column("race_id", NAME, nullable=False),
        sa.Column("run_id", NAME, nullable=False),
        sa.ForeignKeyConstraint(["race_id"], ["races.id"]),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"]),
        sa.PrimaryKeyConstraint("race_id", "run_id"),
    )
    op.create_index("members_by_run", "members", ["run_id"])


def _what_came_of_them() -> None:
    op.create_table(
        "scores",
        sa.Column("run_id", NAME, nullable=False),
        sa.Column("measure", NAME, nullable=False),
        sa.Column("settings", TEXT, server_default="", nullable=False),
        sa.Column("place", WHOLE, nullable=False),
        sa.Column("written", REAL, server_default="0", nullable=False),
        sa.Column("family", TEXT, nullable=False),
        sa.Column("value", REAL, nullable=True),
        sa.Column("low", REAL, nullable=True),
        sa.Column("high", REAL, nullable=True),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("seconds", REAL, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"]),
        sa.PrimaryKeyConstraint("run_id", "measure", "settings"),
    )
    op.create_table(
        "losses",
        sa.Column("run_id", NAME, nullable=False),
        sa.Column("step", WHOLE, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("value", REAL, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"]),
    )
    op.create_index("losses_by_run", "losses", ["run_id"])
    op.create_table(
        "details",
        sa.Column("run_id", NAME, nullable=False),
        sa.Column("measure", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("file", TEXT, nullable=False),
        sa.Column("rows", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"]),
        sa.PrimaryKeyConstraint("run_id", "measure", "name"),
    )


def _what_people_decide() -> None:
    op.create_table(
        "choices",
        sa.Column("id", NAME, nullable=False),
        sa.Column("race_id", NAME, nullable=False),
        sa.Column("candidate", NAME, nullable=False),
        sa.Column("record", TEXT, nullable=False),
        sa.Column("created", REAL, nullable=False),
        sa.Column("undone", REAL, nullable=True),
        sa.ForeignKeyConstraint(["race_id"], ["races.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("choices_by_race", "choices", ["race_id"])
    op.create_table(
        "budgets",
        sa.Column("race_id", NAME, nullable=False),
        sa.Column("seconds", REAL, nullable=True),
        sa.Column("begun", REAL, nullable=False),
        sa.Column("revision", WHOLE, nullable=False),
        sa.Column("stage", WHOLE, nullable=False),
        sa.Column("plan", TEXT, nullable=False),
        sa.Column("pinned", TEXT, nullable=False),
        sa.Column("dropped", TEXT, nullable=False),
        sa.Column("decided", TEXT, nullable=False),
        sa.Column("stop", REAL, nullable=True),
        sa.Column("over", REAL, nullable=True),
        sa.ForeignKeyConstraint(["race_id"], ["races.id"]),
        sa.PrimaryKeyConstraint("race_id"),
    )
    op.create_table(
        "trials",
        sa.Column("run_id", NAME, nullable=False),
        sa.Column("race_id", NAME, nullable=False),
        sa.Column("arm", TEXT, nullable=False),
        sa.Column("rung", WHOLE, nullable=False),
        sa.Column("said", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["race_id"], ["races.id"]),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"]),
        sa.PrimaryKeyConstraint("run_id"),
    )
    op.create_index("trials_by_race", "trials", ["race_id"])
