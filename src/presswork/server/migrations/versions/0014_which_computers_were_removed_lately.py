"""Which computers were removed lately."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.create_index("ix_computers_tenant_id_revoked_at", "computers", ["tenant_id", "revoked_at"])
