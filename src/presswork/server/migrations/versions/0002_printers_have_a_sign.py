"""Printers have a sign."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from presswork.core.clock import system_randomness
from presswork.server.platform.letters import draw_letters

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_PRINTERS = sa.table("printers", sa.column("id", sa.Uuid()), sa.column("sign", sa.String()))


def upgrade() -> None:
    """Take the step. Printers that are there draw theirs; no two in the whole installation get the same one."""
    with op.batch_alter_table("printers") as table:
        table.add_column(sa.Column("sign", sa.String(length=8), nullable=True))
    connection = op.get_bind()
    taken: set[str] = set()
    for (printer_id,) in connection.execute(sa.select(_PRINTERS.c.id)).all():
        while (sign := draw_letters(system_randomness, 5)) in taken:
            pass
        taken.add(sign)
        connection.execute(_PRINTERS.update().where(_PRINTERS.c.id == printer_id).values(sign=sign))
    with op.batch_alter_table("printers") as table:
        table.alter_column("sign", existing_type=sa.String(length=8), nullable=False)
        table.create_unique_constraint(op.f("uq_printers_tenant_id_sign"), ["tenant_id", "sign"])
