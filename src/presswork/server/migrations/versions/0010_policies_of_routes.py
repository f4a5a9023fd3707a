"""Policies of routes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from presswork.server.platform.database import Strings

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "route_policies",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("routes", Strings(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_route_policies_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_route_policies")),
    )
