"""Computers say where they are reached, and have duties."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from presswork.server.platform.database import DateTimeUTC, Strings

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_LISTS = ("host_queues", "addresses", "prefixes", "approved")
_DUTIES = ("site_node", "redirector")


def upgrade() -> None:
    """Take the step."""
    with op.batch_alter_table("computers") as table:
        for name in ("relay_port", "redirector_port", "discovery_port"):
            table.add_column(sa.Column(name, sa.Integer(), nullable=True))
        table.add_column(sa.Column("discovery_key", sa.String(44), nullable=False, server_default=""))
        for name in _LISTS:
            table.add_column(sa.Column(name, Strings(), nullable=False, server_default="[]"))
        for name in _DUTIES:
            table.add_column(sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("entry_until", DateTimeUTC(), nullable=True))
        table.add_column(sa.Column("entry_of", sa.String(64), nullable=False, server_default=""))
    with op.batch_alter_table("computers") as table:
        for name in ("discovery_key", *_LISTS, *_DUTIES, "entry_of"):
            table.alter_column(name, server_default=None)
