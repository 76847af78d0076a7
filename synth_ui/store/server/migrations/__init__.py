"""How the tables on a server came to be what they are: one revision of Alembic per version of the schema.

A new `SCHEMA_VERSION` takes a file in `versions`, such as `v0008.py` with `revision = "0008"`, `down_revision = "0007"` and an `upgrade()` of Alembic's
operations: `op.add_column("runs", sa.Column("owner", sa.Text(collation="C"), nullable=False, server_default=""))`. A test compares what the
revisions lead to with `synth_ui.store.schema`.
"""
