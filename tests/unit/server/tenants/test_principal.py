"""Roles."""

from __future__ import annotations

import dataclasses
from uuid import UUID

import pytest

from presswork.core.errors import Forbidden
from presswork.server.tenants import Principal, Role

SOMEBODY = Principal(UUID(int=1), UUID(int=2), Role.USER, UUID(int=3), "Ada", "ada@example.org")


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("wanted", Role)
def test_a_role_holds_the_rights_of_those_before_it(role: Role, wanted: Role) -> None:
    ladder = [Role.USER, Role.ADMINISTRATOR, Role.OPERATOR]
    enough = ladder.index(role) >= ladder.index(wanted)
    assert role.includes(wanted) is enough
    who = dataclasses.replace(SOMEBODY, role=role)
    if enough:
        who.require(wanted)
    else:
        with pytest.raises(Forbidden, match=wanted.value):
            who.require(wanted)
