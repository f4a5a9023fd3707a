"""The installation has a key for tickets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step. The key itself is made at the start: only there is what seals it."""
    with op.batch_alter_table("installation") as table:
        table.add_column(sa.Column("ticket_certificate", sa.Text(), nullable=True))
        table.add_column(sa.Column("ticket_key_sealed", sa.LargeBinary(), nullable=True))
