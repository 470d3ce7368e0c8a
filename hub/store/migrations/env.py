"""Alembic's entry: runs the revisions on the connection that `hub.store.migrate` opened and locked."""

from alembic import context

from hub.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,  # the caller's transaction is the transaction
)
context.run_migrations()
