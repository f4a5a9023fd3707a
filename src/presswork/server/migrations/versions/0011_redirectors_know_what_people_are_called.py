"""Redirectors know what people are called there and let legacy systems print."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from presswork.server.platform import database

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "declared_owners",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("computer_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["computer_id"], ["computers.id"], name=op.f("fk_declared_owners_computer_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_declared_owners_tenant_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_declared_owners_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("computer_id", "name", "user_id", name=op.f("pk_declared_owners")),
    )
    op.create_table(
        "redirector_names",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("computer_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("folded", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["computer_id"], ["computers.id"], name=op.f("fk_redirector_names_computer_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_redirector_names_tenant_id")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_redirector_names_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("computer_id", "user_id", name=op.f("pk_redirector_names")),
        sa.UniqueConstraint("computer_id", "folded", name=op.f("uq_redirector_names_computer_id_folded")),
    )
    op.create_index(
        op.f("ix_redirector_names_tenant_id_user_id"), "redirector_names", ["tenant_id", "user_id"], unique=False
    )

    op.create_table(
        "redirector_namings",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("computer_id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.String(length=16), nullable=False),
        sa.Column("domain", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["computer_id"], ["computers.id"], name=op.f("fk_redirector_namings_computer_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_redirector_namings_tenant_id")),
        sa.PrimaryKeyConstraint("computer_id", name=op.f("pk_redirector_namings")),
    )
    op.create_table(
        "inward_queues",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("computer_id", sa.Uuid(), nullable=False),
        sa.Column("queue_id", sa.Uuid(), nullable=False),
        sa.Column("ipp", sa.Boolean(), nullable=False),
        sa.Column("lpd", sa.Boolean(), nullable=False),
        sa.Column("socket_port", sa.Integer(), nullable=True),
        sa.Column("allowed", database.Strings(), nullable=False),
        sa.Column("owner", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["computer_id"], ["computers.id"], name=op.f("fk_inward_queues_computer_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["queue_id"], ["queues.id"], name=op.f("fk_inward_queues_queue_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_inward_queues_tenant_id")),
        sa.PrimaryKeyConstraint("computer_id", "queue_id", name=op.f("pk_inward_queues")),
        sa.UniqueConstraint("computer_id", "socket_port", name=op.f("uq_inward_queues_computer_id_socket_port")),
    )
    op.create_index(
        op.f("ix_inward_queues_tenant_id_queue_id"), "inward_queues", ["tenant_id", "queue_id"], unique=False
    )
