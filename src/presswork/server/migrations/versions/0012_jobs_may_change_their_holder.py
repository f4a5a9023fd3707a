"""Jobs may change their holder."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    with op.batch_alter_table("jobs") as table:
        table.add_column(sa.Column("fence", sa.Integer(), nullable=False, server_default="1"))
        table.add_column(sa.Column("origin_id", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("granted_to", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("granted_fence", sa.Integer(), nullable=True))
        table.add_column(sa.Column("granted_ticket", sa.Uuid(), nullable=True))
