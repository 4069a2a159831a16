"""Alembic's entry: works on the connection it is handed, inside that connection's transaction."""

from alembic import context

from gateway.store.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
