"""An entry of the roster: the server's word that a beacon key belongs to a computer of a tenant.

No agent has the roster. Each carries its own entry in its beacons, and whoever hears one verifies it with the key of the
installation's ticket certificate, without asking anybody. 141 octets, numbers big-endian:

    magic and version    4   "PWR", 1
    tenant id           16
    computer id         16
    public key          32   Ed25519 (RFC 8032 §5.1.5)
    until                8   seconds since 1970 in the server's time (RFC 8877 §4.2.2 without fractions)
    flags                1   1 site node, 2 redirector; others are ignored
    signature           64   Ed25519 over ``CONTEXT`` and all before
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from struct import Struct
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from presswork.core.errors import Distrusted

CONTEXT: Final = b"presswork roster entry 1\n"
"""So that nothing else the ticket key signs can pass for an entry."""
MAGIC: Final = b"PWR\x01"
KEY_SIZE: Final = 32
SIGNATURE_SIZE: Final = 64
_FIELDS: Final = Struct("!4s16s16s32sQB")
ENTRY_SIZE: Final = _FIELDS.size + SIGNATURE_SIZE
"""Octets of a signed entry; always as many."""


class Role(IntFlag):
    """What a computer does for others beside carrying jobs."""

    SITE_NODE = 1
    REDIRECTOR = 2


NO_ROLE: Final = Role(0)
_KNOWN: Final = Role.SITE_NODE | Role.REDIRECTOR


class EntryRefused(Distrusted):
    """Octets that are no entry of this installation's roster."""

    code = "roster-entry-refused"


@dataclass(frozen=True, slots=True)
class Entry:
    """What the server says of a computer."""

    tenant_id: UUID
    computer_id: UUID
    public_key: bytes
    """Of the key that signs the computer's beacons: Ed25519, 32 octets."""
    until: int
    """The last second at which the entry is good, in the server's time, since 1970."""
    roles: Role = NO_ROLE


def sign_entry(key: Ed25519PrivateKey, entry: Entry) -> bytes:
    """The entry as it travels; ``key`` is the installation's ticket key. ``ValueError`` where a field does not fit."""
    if len(entry.public_key) != KEY_SIZE or not 0 <= entry.until < 2**64:
        raise ValueError("An entry has a public key of 32 octets and a time after 1970.")
    tenant, computer = entry.tenant_id.bytes, entry.computer_id.bytes
    signed = _FIELDS.pack(MAGIC, tenant, computer, entry.public_key, entry.until, entry.roles)
    return signed + key.sign(CONTEXT + signed)


def open_entry(octets: bytes, key: Ed25519PublicKey) -> Entry:
    """What the server says there; ``EntryRefused`` unless ``key`` signed it. Tenant and time are the caller's to judge."""
    entry = read_entry(octets)
    signed = octets[: _FIELDS.size]
    try:
        key.verify(octets[_FIELDS.size :], CONTEXT + signed)
    except InvalidSignature:
        raise EntryRefused(_NOT_OURS) from None
    return entry


def read_entry(octets: bytes) -> Entry:
    """What stands there, whoever wrote it: for what can be refused before a signature is verified. ``EntryRefused``."""
    if len(octets) != ENTRY_SIZE or not octets.startswith(MAGIC):
        raise EntryRefused(_NOT_OURS)
    _, tenant, computer, public_key, until, flags = _FIELDS.unpack_from(octets)
    return Entry(UUID(bytes=tenant), UUID(bytes=computer), public_key, until, Role(flags) & _KNOWN)


_NOT_OURS: Final = "This is not an entry of this installation's roster."
