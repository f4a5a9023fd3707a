"""Places, groups, and who sees a queue."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from presswork.server.platform import database

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


_INDEXES = (
    ("sites", ("tenant_id", "parent_id")),
    ("computer_hints", ("tenant_id", "filed", "kind", "value")),
    ("computer_printers", ("tenant_id", "printer_id")),
    ("group_groups", ("tenant_id", "member_id")),
    ("group_members", ("tenant_id", "user_id")),
    ("networks", ("tenant_id", "site_id")),
    ("computer_networks", ("tenant_id", "network_id")),
    ("network_marks", ("tenant_id", "network_id")),
    ("network_defaults", ("tenant_id", "queue_id")),
    ("queue_groups", ("tenant_id", "group_id")),
    ("queue_networks", ("tenant_id", "network_id")),
    ("queue_wishes", ("tenant_id", "user_id")),
)


def upgrade() -> None:
    """Take the step."""
    _places_and_groups()
    _of_computers()
    _of_queues()
    for name, columns in _INDEXES:
        op.create_index(op.f(f"ix_{name}_{'_'.join(columns)}"), name, list(columns))
    with op.batch_alter_table("computers") as table:
        table.add_column(sa.Column("place_revision", sa.String(length=64), server_default="", nullable=False))

    with op.batch_alter_table("printers") as table:
        table.add_column(sa.Column("network_id", sa.Uuid(), nullable=True))
        table.create_index(
            table.f("ix_printers_tenant_id_network_id_name"), ["tenant_id", "network_id", "name"], unique=False
        )
        table.create_foreign_key(
            table.f("fk_printers_network_id"), "networks", ["network_id"], ["id"], ondelete="SET NULL"
        )

    with op.batch_alter_table("queues") as table:
        table.add_column(sa.Column("automatic", sa.Boolean(), server_default=sa.true(), nullable=False))
        table.add_column(sa.Column("for_groups", sa.Boolean(), server_default=sa.false(), nullable=False))
        table.add_column(sa.Column("for_networks", sa.Boolean(), server_default=sa.false(), nullable=False))
        table.add_column(sa.Column("copies_default", sa.Integer(), nullable=True))
        table.add_column(sa.Column("sides_default", sa.String(length=32), nullable=True))
        table.add_column(sa.Column("color_default", sa.String(length=16), nullable=True))
        table.add_column(sa.Column("media_default", sa.String(length=63), nullable=True))
        table.create_index(
            table.f("ix_queues_tenant_id_automatic_for_networks_for_groups"),
            ["tenant_id", "automatic", "for_networks", "for_groups"],
            unique=False,
        )


def _places_and_groups() -> None:
    op.create_table(
        "sites",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["sites.id"], name=op.f("fk_sites_parent_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_sites_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
    )
    op.create_table(
        "networks",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", database.DateTimeUTC(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_networks_site_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_networks_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_networks")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_networks_tenant_id_name")),
    )
    op.create_table(
        "network_marks",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("value", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id"], ["networks.id"], name=op.f("fk_network_marks_network_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_network_marks_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network_marks")),
        sa.UniqueConstraint("tenant_id", "kind", "value", name=op.f("uq_network_marks_tenant_id_kind_value")),
    )
    op.create_table(
        "user_groups",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("created_at", database.DateTimeUTC(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_user_groups_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_groups")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_user_groups_tenant_id_name")),
    )
    op.create_table(
        "group_members",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["user_groups.id"], name=op.f("fk_group_members_group_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_group_members_tenant_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_group_members_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("group_id", "user_id", name=op.f("pk_group_members")),
    )
    op.create_table(
        "group_groups",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["user_groups.id"], name=op.f("fk_group_groups_group_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["user_groups.id"], name=op.f("fk_group_groups_member_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_group_groups_tenant_id")),
        sa.PrimaryKeyConstraint("group_id", "member_id", name=op.f("pk_group_groups")),
    )


def _of_computers() -> None:
    op.create_table(
        "computer_networks",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("computer_id", sa.Uuid(), nullable=False),
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["computer_id"], ["computers.id"], name=op.f("fk_computer_networks_computer_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["network_id"], ["networks.id"], name=op.f("fk_computer_networks_network_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_computer_networks_tenant_id")),
        sa.PrimaryKeyConstraint("computer_id", "network_id", name=op.f("pk_computer_networks")),
    )
    op.create_table(
        "computer_hints",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("computer_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("value", sa.String(length=255), nullable=False),
        sa.Column("prefixes", database.Strings(), nullable=False),
        sa.Column("dns_suffixes", database.Strings(), nullable=False),
        sa.Column("filed", sa.Boolean(), nullable=False),
        sa.Column("seen_at", database.DateTimeUTC(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["computer_id"], ["computers.id"], name=op.f("fk_computer_hints_computer_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_computer_hints_tenant_id")),
        sa.PrimaryKeyConstraint("computer_id", "position", name=op.f("pk_computer_hints")),
    )
    op.create_table(
        "computer_printers",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("computer_id", sa.Uuid(), nullable=False),
        sa.Column("printer_id", sa.Uuid(), nullable=False),
        sa.Column("until", database.DateTimeUTC(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["computer_id"], ["computers.id"], name=op.f("fk_computer_printers_computer_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_computer_printers_tenant_id")),
        sa.PrimaryKeyConstraint("computer_id", "printer_id", name=op.f("pk_computer_printers")),
    )


def _of_queues() -> None:
    op.create_table(
        "queue_groups",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("queue_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["user_groups.id"], name=op.f("fk_queue_groups_group_id")),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name=op.f("fk_queue_groups_queue_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_queue_groups_tenant_id")),
        sa.PrimaryKeyConstraint("queue_id", "group_id", name=op.f("pk_queue_groups")),
    )
    op.create_table(
        "queue_networks",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("queue_id", sa.Uuid(), nullable=False),
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["network_id"], ["networks.id"], name=op.f("fk_queue_networks_network_id")),
        sa.ForeignKeyConstraint(
            ["queue_id"], ["queues.id"], name=op.f("fk_queue_networks_queue_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_queue_networks_tenant_id")),
        sa.PrimaryKeyConstraint("queue_id", "network_id", name=op.f("pk_queue_networks")),
    )
    op.create_table(
        "queue_wishes",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("queue_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name=op.f("fk_queue_wishes_queue_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_queue_wishes_tenant_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_queue_wishes_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("queue_id", "user_id", name=op.f("pk_queue_wishes")),
    )
    op.create_table(
        "network_defaults",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("queue_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id"], ["networks.id"], name=op.f("fk_network_defaults_network_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["queue_id"], ["queues.id"], name=op.f("fk_network_defaults_queue_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_network_defaults_tenant_id")),
        sa.PrimaryKeyConstraint("network_id", name=op.f("pk_network_defaults")),
    )
