"""Printers have several addresses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from presswork.server.platform.database import Strings

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    with op.batch_alter_table("printers") as table:
        table.add_column(sa.Column("more_ways", Strings(), nullable=False, server_default="[]"))
    with op.batch_alter_table("printers") as table:
        table.alter_column("more_ways", server_default=None)
