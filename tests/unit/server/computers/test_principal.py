"""Agents as actors."""

from __future__ import annotations

from uuid import UUID

from presswork.server.computers import AgentPrincipal


def test_the_audit_names_the_computer() -> None:
    actor = AgentPrincipal(UUID(int=1), UUID(int=2), "ada-laptop", "ff", "192.0.2.1").actor
    assert (actor.kind, actor.id, actor.name, actor.address) == ("computer", UUID(int=2), "ada-laptop", "192.0.2.1")
