"""The three datagrams. Each begins with the magic, a version and its kind, and each kind has one size.

    beacon      to everybody: who is here, on which ports; carries the roster's entry, signed with the key in it
    challenge   to one who was heard: are you there, at this address, now? As long as its answer
    answer      to the one who asked: signed over what was asked

No datagram has a name in it: computer and tenant are ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from ipaddress import IPv4Address, IPv6Address
from struct import Struct
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from presswork.protocols.discovery.entry import ENTRY_SIZE, SIGNATURE_SIZE

MAGIC: Final = b"PWD\x01"
BOOT_SIZE: Final = 8
CHANCE_SIZE: Final = 4
"""Octets at the end of a boot that tell apart two starts of the same number."""
MOST_STARTS: Final = 2 ** (8 * (BOOT_SIZE - CHANCE_SIZE)) - 1
NONCE_SIZE: Final = 16
SOLICIT: Final = 1
"""Of a beacon's flags: its sender, or one that its sender has just proven, does not know yet who is here. Others are ignored."""
_BEACON: Final = Struct("!4sBB8sQHHH")
_CHALLENGE: Final = Struct("!4sB16s8s16s16s")
_ANSWER: Final = Struct("!4sB16s8sQ")
BEACON_SIZE: Final = _BEACON.size + ENTRY_SIZE + SIGNATURE_SIZE
ANSWER_SIZE: Final = _ANSWER.size + SIGNATURE_SIZE
CHALLENGE_SIZE: Final = ANSWER_SIZE
"""So that nobody gets more octets sent to an address than they sent themselves."""
LONGEST: Final = BEACON_SIZE
_BEACON_CONTEXT: Final = b"presswork beacon 1\n"
_ANSWER_CONTEXT: Final = b"presswork beacon answer 1\n"

Address = IPv4Address | IPv6Address


class Kind(IntEnum):
    """The octet behind magic and version."""

    BEACON = 1
    CHALLENGE = 2
    ANSWER = 3


_SIZES: Final = {Kind.BEACON: BEACON_SIZE, Kind.CHALLENGE: CHALLENGE_SIZE, Kind.ANSWER: ANSWER_SIZE}


@dataclass(frozen=True, slots=True)
class Beacon:
    """Somebody is here. Nothing of it is certain before ``beacon_is_signed``, and little before an answer."""

    boot: bytes
    """Of this start of the agent: eight octets that are more than those of the start before, as ``boot_of`` makes them."""
    counter: int
    """Grows with each beacon of a boot."""
    interval: int
    """Seconds, about, until the next one."""
    relay_port: int
    """TCP; 0: it carries nothing for others."""
    redirector_port: int
    entry: bytes
    solicit: bool = False


@dataclass(frozen=True, slots=True)
class Challenge:
    """Whether that computer is really at that address now, since that boot."""

    computer_id: UUID
    boot: bytes
    nonce: bytes
    """Sixteen random octets, used once."""
    address: Address
    """Of the one that is asked, as the asker sees it: nobody answers for an address that is not theirs."""


@dataclass(frozen=True, slots=True)
class Answer:
    """It is. ``counter`` is that of its last beacon: older ones are of the past."""

    nonce: bytes
    boot: bytes
    counter: int


def boot_of(start: int, chance: bytes) -> bytes:
    """Of that start of an agent: the number, at most ``MOST_STARTS``, and ``CHANCE_SIZE`` random octets."""
    return start.to_bytes(BOOT_SIZE - CHANCE_SIZE, "big") + chance


def kind_of(octets: bytes) -> Kind | None:
    """Which of the three it may be; None: none. Costs next to nothing: for what arrives."""
    if octets[:4] != MAGIC or len(octets) < 5:
        return None
    try:
        kind = Kind(octets[4])
    except ValueError:
        return None
    return kind if len(octets) == _SIZES[kind] else None


def write_beacon(beacon: Beacon, key: Ed25519PrivateKey) -> bytes:
    """The datagram, signed with the key that the entry names."""
    fields = _BEACON.pack(
        MAGIC,
        Kind.BEACON,
        SOLICIT if beacon.solicit else 0,
        beacon.boot,
        beacon.counter,
        beacon.interval,
        beacon.relay_port,
        beacon.redirector_port,
    )
    signed = fields + beacon.entry
    return signed + key.sign(_BEACON_CONTEXT + signed)


def read_beacon(octets: bytes) -> Beacon:
    """What stands there; ``octets`` are of that kind (``kind_of``). No signature is looked at."""
    _, _, flags, boot, counter, interval, relay, redirector = _BEACON.unpack_from(octets)
    entry = octets[_BEACON.size : _BEACON.size + ENTRY_SIZE]
    return Beacon(boot, counter, interval, relay, redirector, entry, bool(flags & SOLICIT))


def beacon_is_signed(octets: bytes, public_key: bytes) -> bool:
    """Whether the owner of the key signed this beacon."""
    signed = octets[:-SIGNATURE_SIZE]
    return _is_signed(public_key, octets[-SIGNATURE_SIZE:], _BEACON_CONTEXT + signed)


def write_challenge(challenge: Challenge) -> bytes:
    """The datagram, padded with zeros."""
    fields = _CHALLENGE.pack(
        MAGIC,
        Kind.CHALLENGE,
        challenge.computer_id.bytes,
        challenge.boot,
        challenge.nonce,
        _sixteen(challenge.address),
    )
    return fields.ljust(CHALLENGE_SIZE, b"\0")


def read_challenge(octets: bytes) -> Challenge:
    """What stands there; ``octets`` are of that kind. What stands in the padding is ignored."""
    _, _, computer, boot, nonce, address = _CHALLENGE.unpack_from(octets)
    found = IPv6Address(address)
    return Challenge(UUID(bytes=computer), boot, nonce, found.ipv4_mapped or found)


def write_answer(challenge: Challenge, counter: int, key: Ed25519PrivateKey) -> bytes:
    """The answer to that challenge; ``counter`` is that of the last beacon."""
    fields = _ANSWER.pack(MAGIC, Kind.ANSWER, challenge.nonce, challenge.boot, counter)
    return fields + key.sign(_bound(fields, challenge))


def read_answer(octets: bytes) -> Answer:
    """What stands there; ``octets`` are of that kind. No signature is looked at."""
    _, _, nonce, boot, counter = _ANSWER.unpack_from(octets)
    return Answer(nonce, boot, counter)


def answer_is_signed(octets: bytes, challenge: Challenge, public_key: bytes) -> bool:
    """Whether the owner of the key answered exactly that challenge."""
    return _is_signed(public_key, octets[_ANSWER.size :], _bound(octets[: _ANSWER.size], challenge))


def _bound(fields: bytes, challenge: Challenge) -> bytes:
    """What is signed names who answers and where, though the datagram does not repeat it."""
    return _ANSWER_CONTEXT + challenge.computer_id.bytes + _sixteen(challenge.address) + fields


def _sixteen(address: Address) -> bytes:
    """An IPv4 address as RFC 4291 §2.5.5.2 maps it."""
    return address.packed if isinstance(address, IPv6Address) else bytes(10) + b"\xff\xff" + address.packed


def _is_signed(public_key: bytes, signature: bytes, signed: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, signed)
    except (InvalidSignature, ValueError):
        return False
    return True
