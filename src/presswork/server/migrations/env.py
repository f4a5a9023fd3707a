"""Run by Alembic when a step is written (`scripts/make_migration.py`); the server itself takes the steps without it."""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes["metadata"],
    render_as_batch=True,  # SQLite alters a table by making it anew
    user_module_prefix="database.",
)
with context.begin_transaction():
    context.run_migrations()
