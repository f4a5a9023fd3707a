"""The table of policies: which routes jobs may take."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from presswork.server.platform.database import Base, OfTenant


class RoutePolicy(Base, OfTenant):
    """The routes of a tenant's jobs; a tenant without a row has all of them in their usual order."""

    __tablename__ = "route_policies"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    routes: Mapped[tuple[str, ...]]
    """``RouteKind``s, in the order in which they are tried."""
    chosen_carriers: Mapped[bool] = mapped_column(default=False)
    """Whether only computers carry jobs of others that an administrator chose: site nodes, and carriers."""
