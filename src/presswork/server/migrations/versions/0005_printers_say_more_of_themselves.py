"""Printers say more of themselves, and one computer watches each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from presswork.server.platform import database

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "snmp_settings",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.String(length=8), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("community_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("user", sa.String(length=255), nullable=False),
        sa.Column("auth", sa.String(length=8), nullable=False),
        sa.Column("auth_password_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("priv", sa.String(length=8), nullable=False),
        sa.Column("priv_password_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("context", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_snmp_settings_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_snmp_settings")),
    )
    op.create_table(
        "printer_sightings",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("printer_id", sa.Uuid(), nullable=False),
        sa.Column("computer_id", sa.Uuid(), nullable=False),
        sa.Column("reached", sa.Boolean(), nullable=False),
        sa.Column("at", database.DateTimeUTC(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["computer_id"], ["computers.id"], name=op.f("fk_printer_sightings_computer_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["printer_id"], ["printers.id"], name=op.f("fk_printer_sightings_printer_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_printer_sightings_tenant_id")),
        sa.PrimaryKeyConstraint("printer_id", "computer_id", name=op.f("pk_printer_sightings")),
    )
    with op.batch_alter_table("printer_sightings") as table:
        table.create_index(
            table.f("ix_printer_sightings_tenant_id_computer_id"), ["tenant_id", "computer_id"], unique=False
        )

    with op.batch_alter_table("printers") as table:
        table.add_column(sa.Column("rank", sa.Integer(), nullable=False, server_default="2"))
        table.add_column(sa.Column("device_uuid", sa.String(length=36), nullable=False, server_default=""))
        table.add_column(sa.Column("serial_number", sa.String(length=255), nullable=False, server_default=""))
        table.add_column(sa.Column("mac", sa.String(length=17), nullable=False, server_default=""))
        table.add_column(sa.Column("firmware", sa.String(length=255), nullable=False, server_default=""))
        table.add_column(sa.Column("impressions", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("details", sa.JSON(), nullable=True))
        table.add_column(sa.Column("seen_by", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("watcher_id", sa.Uuid(), nullable=True))
        table.create_index(table.f("ix_printers_tenant_id_rank_name"), ["tenant_id", "rank", "name"], unique=False)
        table.create_index(table.f("ix_printers_tenant_id_watcher_id"), ["tenant_id", "watcher_id"], unique=False)
        table.create_foreign_key(table.f("fk_printers_seen_by"), "computers", ["seen_by"], ["id"], ondelete="SET NULL")
        table.create_foreign_key(
            table.f("fk_printers_watcher_id"), "computers", ["watcher_id"], ["id"], ondelete="SET NULL"
        )
    with op.batch_alter_table("printers") as table:  # only rows that were there before needed them
        for column in ("rank", "device_uuid", "serial_number", "mac", "firmware"):
            table.alter_column(column, server_default=None)
