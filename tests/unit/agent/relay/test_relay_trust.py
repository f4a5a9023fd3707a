"""Whom an agent believes: its own identity as it is on the disk now, and others' certificates by the server's time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from presswork.agent.link.identity import Identity, save_certificate, save_identity
from presswork.agent.relay.trust import Credentials, Trust
from presswork.core.errors import Distrusted
from presswork.protocols.ticket import TicketRefused
from presswork.testing.authority import COMPUTER, LIFE, TENANT, Authority


class Clockwork:
    """Moves when told."""

    def __init__(self) -> None:
        self.time = datetime.now(UTC)

    def now(self) -> datetime:
        return self.time


def trust_of(directory: Path, clock: Clockwork, ticket_certificate: str = "") -> Trust:
    return Trust(directory, lambda: ticket_certificate, clock.now)


async def enrolled(directory: Path, identity: Identity, clock: Clockwork) -> tuple[Trust, Credentials]:
    await asyncio.to_thread(save_identity, directory, identity)
    trust = trust_of(directory, clock)
    credentials = await trust.credentials()
    assert credentials is not None
    return trust, credentials


def der(identity: Identity) -> bytes:
    return identity.certificate.public_bytes(Encoding.DER)


async def test_who_is_not_enrolled_has_no_credentials(tmp_path: Path) -> None:
    assert await trust_of(tmp_path, Clockwork()).credentials() is None


async def test_a_renewed_certificate_counts_from_the_next_time_on(tmp_path: Path) -> None:
    ca = Authority()
    identity = ca.identity()
    trust, first = await enrolled(tmp_path, identity, Clockwork())
    assert await trust.credentials() is first
    await asyncio.to_thread(save_certificate, tmp_path, ca.certify(identity.key))
    second = await trust.credentials()
    assert second is not None
    assert second.identity.certificate != first.identity.certificate


async def test_a_damaged_identity_is_none(tmp_path: Path) -> None:
    trust, _ = await enrolled(tmp_path, Authority().identity(), Clockwork())
    await asyncio.to_thread((tmp_path / "agent.crt").write_text, "nothing")
    assert await trust.credentials() is None


async def test_a_computer_of_ours_is_known_by_its_certificate(tmp_path: Path) -> None:
    ca, other = Authority(), uuid4()
    trust, credentials = await enrolled(tmp_path, ca.identity(), Clockwork())
    peer = trust.peer(credentials, der(ca.identity(computer_id=other)))
    assert (peer.tenant_id, peer.computer_id) == (TENANT, other)
    assert credentials.identity.computer_id == COMPUTER


async def test_others_are_not_believed(tmp_path: Path) -> None:
    ca, clock = Authority(), Clockwork()
    trust, credentials = await enrolled(tmp_path, ca.identity(), clock)
    for shown, reason in (
        (None, "foreign"),
        (b"nonsense", "foreign"),
        (der(Authority().identity()), "foreign"),
        (der(ca.identity(tenant_id=uuid4())), "foreign-tenant"),
        (ca.certify(ca.key, "no uuid").public_bytes(Encoding.DER), "foreign"),
    ):
        with pytest.raises(Distrusted) as refused:
            trust.peer(credentials, shown)
        assert refused.value.details == {"reason": reason}


async def test_who_was_removed_is_not_believed_whatever_it_shows(tmp_path: Path) -> None:
    ca, other, removed = Authority(), uuid4(), set[UUID]()
    clock = Clockwork()
    await asyncio.to_thread(save_identity, tmp_path, ca.identity())
    trust = Trust(tmp_path, str, clock.now, removed=removed)
    credentials, shown = await trust.credentials(), der(ca.identity(computer_id=other))
    assert credentials is not None
    trust.check(credentials, shown, other)
    removed.add(other)
    for look in (lambda: trust.peer(credentials, shown), lambda: trust.check(credentials, shown, other)):
        with pytest.raises(Distrusted) as refused:
            look()
        assert refused.value.details == {"reason": "removed"}


@pytest.mark.parametrize("moved", [LIFE, -timedelta(days=2)])
async def test_time_is_the_servers(tmp_path: Path, moved: timedelta) -> None:
    ca, clock = Authority(), Clockwork()
    trust, credentials = await enrolled(tmp_path, ca.identity(), clock)
    clock.time += moved
    with pytest.raises(Distrusted) as refused:
        trust.peer(credentials, der(ca.identity()))
    assert refused.value.details == {"reason": "certificate-expired"}


async def test_the_key_of_tickets_has_to_be_of_the_ca(tmp_path: Path) -> None:
    ca, clock, key = Authority(), Clockwork(), Ed25519PrivateKey.generate()
    _, credentials = await enrolled(tmp_path, ca.identity(), clock)
    known = trust_of(tmp_path, clock, ca.ticket_certificate(key)).ticket_key(credentials)
    assert known.public_bytes_raw() == key.public_key().public_bytes_raw()
    for certificate in ("", "nonsense", Authority().ticket_certificate(key)):
        with pytest.raises(TicketRefused):
            trust_of(tmp_path, clock, certificate).ticket_key(credentials)
