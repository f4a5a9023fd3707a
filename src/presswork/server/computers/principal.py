"""Who acts when it is not a person: the agent of a computer."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from presswork.server.audit import Actor


@dataclass(frozen=True, slots=True)
class AgentPrincipal:
    """An agent that proved its key. Its rights end at its own computer."""

    tenant_id: UUID
    computer_id: UUID
    computer_name: str
    serial: str
    address: str = ""

    @property
    def actor(self) -> Actor:
        """As the audit names it."""
        return Actor(self.tenant_id, "computer", self.computer_id, self.computer_name, self.address)
