"""Hand-overs are proved, and can be undone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    with op.batch_alter_table("jobs") as table:
        table.add_column(sa.Column("granted_commitment", sa.String(64), nullable=True))
    with op.batch_alter_table("orders") as table:
        table.add_column(sa.Column("fence", sa.Integer(), nullable=True))
