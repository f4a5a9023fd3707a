"""Who acts: a person with a role, in a tenant. Comes from a verified session, never from what a request says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from presswork.core.errors import Forbidden


class Role(StrEnum):
    """Roles, each holding the rights of those before it."""

    USER = "user"
    ADMINISTRATOR = "administrator"
    OPERATOR = "operator"

    def includes(self, other: Role) -> bool:
        """Whether this role may do what ``other`` may."""
        order = tuple(Role)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class Principal:
    """A signed-in person. ``address`` is where the request came from, for the audit."""

    tenant_id: UUID
    user_id: UUID
    role: Role
    session_id: UUID
    display_name: str
    email: str
    address: str = ""

    def require(self, role: Role) -> None:
        """``Forbidden`` unless the person's role includes ``role``."""
        if not self.role.includes(role):
            raise Forbidden(f"Only an {role.value} may do this. Ask one of them.")
