"""This computer as the others on its networks see it, and what it sends them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from presswork.protocols.discovery.entry import NO_ROLE, Role
from presswork.protocols.discovery.packets import Address, Beacon, write_beacon


@dataclass(slots=True)
class Bearer:
    """Of an entry of the roster: one for all networks of this computer, so that its counter grows through all."""

    tenant_id: UUID
    computer_id: UUID
    key: Ed25519PrivateKey
    """Signs beacons and answers."""
    ticket_key: Ed25519PublicKey
    """Signed the entries that count."""
    boot: bytes
    """Of this start; see ``packets.boot_of``."""
    entry: bytes = b""
    """Its own entry; empty: it sends no beacons, and only listens."""
    roles: Role = NO_ROLE
    """As the entry says."""
    relay_port: int = 0
    redirector_port: int = 0
    counter: int = 0
    """Of its last beacon."""

    def beacon(self, interval: int, *, solicit: bool) -> bytes:
        """The next one."""
        self.counter += 1
        beacon = Beacon(self.boot, self.counter, interval, self.relay_port, self.redirector_port, self.entry, solicit)
        return write_beacon(beacon, self.key)


@dataclass(frozen=True, slots=True)
class Sending:
    """A datagram to be sent."""

    octets: bytes
    to: tuple[Address, int] | None = None
    """None: to all of the LAN."""
