"""Computers are chosen to carry."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_NEW = (("computers", "carrier"), ("route_policies", "chosen_carriers"))


def upgrade() -> None:
    """Take the step."""
    for table, column in _NEW:
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column(column, sa.Boolean(), nullable=False, server_default=sa.false()))
        with op.batch_alter_table(table) as batch:
            batch.alter_column(column, server_default=None)
