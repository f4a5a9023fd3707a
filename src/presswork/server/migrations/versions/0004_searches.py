"""Searches for printers, what they find, and which printers were removed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from presswork.server.platform import database

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "removed_printers",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("device_uri", sa.String(length=1023), nullable=False),
        sa.Column("removed_at", database.DateTimeUTC(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_removed_printers_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_removed_printers")),
    )
    with op.batch_alter_table("removed_printers") as table:
        table.create_index(
            table.f("ix_removed_printers_tenant_id_device_uri"), ["tenant_id", "device_uri"], unique=False
        )

    op.create_table(
        "searches",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("computer_id", sa.Uuid(), nullable=False),
        sa.Column("ranges", database.Strings(), nullable=False),
        sa.Column("announced", sa.Boolean(), nullable=False),
        sa.Column("started_at", database.DateTimeUTC(timezone=True), nullable=False),
        sa.Column("heard_at", database.DateTimeUTC(timezone=True), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.Column("ended_at", database.DateTimeUTC(timezone=True), nullable=True),
        sa.Column("sentence", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["computer_id"], ["computers.id"], name=op.f("fk_searches_computer_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_searches_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_searches")),
    )
    with op.batch_alter_table("searches") as table:
        table.create_index(
            table.f("ix_searches_tenant_id_computer_id_ended_at"),
            ["tenant_id", "computer_id", "ended_at"],
            unique=False,
        )

    op.create_table(
        "found_devices",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("computer_id", sa.Uuid(), nullable=True),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("ways", database.Strings(), nullable=False),
        sa.Column("certificate_sha256", sa.String(length=64), nullable=True),
        sa.Column("uuid", sa.String(length=255), nullable=False),
        sa.Column("serial_number", sa.String(length=255), nullable=False),
        sa.Column("mac", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("location", sa.String(length=255), nullable=False),
        sa.Column("make_and_model", sa.String(length=255), nullable=False),
        sa.Column("first_seen_at", database.DateTimeUTC(timezone=True), nullable=False),
        sa.Column("seen_at", database.DateTimeUTC(timezone=True), nullable=False),
        sa.Column("standing", sa.String(length=16), nullable=False),
        sa.Column("printer_id", sa.Uuid(), nullable=True),
        sa.Column("moved_to", sa.String(length=1023), nullable=False),
        sa.ForeignKeyConstraint(
            ["computer_id"], ["computers.id"], name=op.f("fk_found_devices_computer_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["printer_id"], ["printers.id"], name=op.f("fk_found_devices_printer_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_found_devices_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_found_devices")),
    )
    with op.batch_alter_table("found_devices") as table:
        table.create_index(table.f("ix_found_devices_tenant_id_host"), ["tenant_id", "host"], unique=False)
        table.create_index(table.f("ix_found_devices_tenant_id_mac"), ["tenant_id", "mac"], unique=False)
        table.create_index(table.f("ix_found_devices_tenant_id_printer_id"), ["tenant_id", "printer_id"], unique=False)
        table.create_index(
            table.f("ix_found_devices_tenant_id_serial_number"), ["tenant_id", "serial_number"], unique=False
        )
        table.create_index(
            table.f("ix_found_devices_tenant_id_standing_id"), ["tenant_id", "standing", "id"], unique=False
        )
        table.create_index(table.f("ix_found_devices_tenant_id_uuid"), ["tenant_id", "uuid"], unique=False)

    with op.batch_alter_table("printers") as table:
        table.create_index(table.f("ix_printers_tenant_id_device_uri"), ["tenant_id", "device_uri"], unique=False)
