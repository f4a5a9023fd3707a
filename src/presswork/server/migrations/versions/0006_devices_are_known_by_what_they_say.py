"""Devices are known by what they say of themselves, those of removed printers too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    with op.batch_alter_table("removed_printers") as table:
        table.add_column(sa.Column("device_uuid", sa.String(length=36), nullable=False, server_default=""))
        table.add_column(sa.Column("serial_number", sa.String(length=255), nullable=False, server_default=""))
    with op.batch_alter_table("removed_printers") as table:
        table.alter_column("device_uuid", server_default=None)
        table.alter_column("serial_number", server_default=None)
    for name in ("printers", "removed_printers"):
        for column in ("device_uuid", "serial_number"):
            op.create_index(op.f(f"ix_{name}_tenant_id_{column}"), name, ["tenant_id", column])
