"""Alembic's environment: it runs on the connection that `store.records.migrate` hands over."""

from alembic import context

from store.records.evidence_tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
