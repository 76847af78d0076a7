"""Run by Alembic: the revisions are applied through the connection, and in the transaction, of whoever prepares the database."""

from alembic import context

from synth_ui.store.schema import metadata

if hasattr(context, "config"):  # not where the modules of the package are only imported
    context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()
