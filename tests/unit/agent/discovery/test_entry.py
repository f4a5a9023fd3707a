from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from presswork.agent.discovery.entry import Fit, OwnEntry
from presswork.protocols.discovery.entry import Entry, Role, sign_entry
from presswork.testing.discovery import TICKET_KEY

UNTIL = datetime(2026, 12, 1, tzinfo=UTC)
FIT = Fit(UUID(int=1), UUID(int=2), bytes(32), TICKET_KEY.public_key())


def signed(key: Ed25519PrivateKey = TICKET_KEY, **other: Any) -> str:
    fields: Mapping[str, Any] = {
        "tenant_id": FIT.tenant_id,
        "computer_id": FIT.computer_id,
        "public_key": FIT.public_key,
        "until": int(UNTIL.timestamp()),
        "roles": Role.SITE_NODE,
        **other,
    }
    return base64.b64encode(sign_entry(key, Entry(**fields))).decode()


class Remembering:
    """A memory as the spool is one."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    async def remember(self, key: str, value: str) -> None:
        self.kept[key] = value

    async def recall(self, key: str) -> str | None:
        return self.kept.get(key)


async def test_what_the_server_sent_is_there_after_a_restart() -> None:
    memory = Remembering()
    own = OwnEntry(memory)
    await own.fit(FIT)
    assert own.until is None
    await own.take(signed())
    await own.changed()
    again = OwnEntry(memory)
    await again.fit(FIT)
    assert again.until == UNTIL
    assert again.octets == base64.b64decode(signed())
    assert again.entry is not None
    assert again.entry.roles is Role.SITE_NODE


@pytest.mark.parametrize(
    "wrong",
    [
        signed(Ed25519PrivateKey.generate()),
        signed(tenant_id=UUID(int=9)),
        signed(computer_id=UUID(int=9)),
        signed(public_key=bytes(31) + b"\1"),
        "no base64!",
        "",
        "é",
    ],
)
async def test_what_is_not_this_computers_is_of_no_use(wrong: str) -> None:
    own = OwnEntry(Remembering())
    await own.fit(FIT)
    await own.take(wrong)
    assert own.until is None
    await own.take(signed())
    await own.take(wrong)
    assert own.until == UNTIL


async def test_one_for_another_key_or_enrolment_counts_no_more() -> None:
    own = OwnEntry(Remembering())
    await own.fit(FIT)
    await own.take(signed())
    other = Fit(FIT.tenant_id, UUID(int=3), FIT.public_key, FIT.ticket_key)
    for fit in (other, None):
        await own.fit(fit)
        assert own.until is None
        assert own.octets == b""
    await own.fit(FIT)
    assert own.until == UNTIL


async def test_one_that_comes_before_it_is_known_what_fits_waits_for_that() -> None:
    memory = Remembering()
    own = OwnEntry(memory)
    await own.take(signed())
    assert own.until is None
    assert not memory.kept
    await own.fit(FIT)
    await own.changed()
    assert own.until == UNTIL
    assert memory.kept
