"""The header of a sealed document: forty fixed octets, then the recipients.

Every chunk is bound to the fixed octets (their SHA-256 is its additional data), not to the recipients: a holder hands a
document over by wrapping the key anew, without touching the chunks.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from typing import Self
from uuid import UUID

from presswork.protocols.sealed.faults import NotSealed

MAGIC = b"\x89PWS\r\n\x1a\n"
"""First octets. The high bit and both line ends show a transfer that was not binary, as in PNG (RFC 2083 §3.1)."""
VERSION = 1
CHUNK_SIZE = 64 * 1024
"""Octets of the document in each chunk but the last."""
NONCE_PREFIX_SIZE = 7
FIXED_SIZE = 40
"""Octets of the header before the recipients."""
MAX_RECIPIENTS = 16
MAX_RECIPIENT_NAME = 255
MAX_WRAPPED_KEY = 4096
MAX_HEADER = FIXED_SIZE + MAX_RECIPIENTS * (4 + MAX_RECIPIENT_NAME + MAX_WRAPPED_KEY)
"""No header is longer than this."""


class Suite(IntEnum):
    """How chunks are sealed."""

    AES_256_GCM_STREAM = 1


class Wrap(IntEnum):
    """How a recipient's copy of the document key is wrapped. 2 is set aside for HPKE (RFC 9180)."""

    AES_256_KEY_WRAP = 1


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who can open the document. ``algorithm`` may be one this version does not know: such a copy is for others."""

    algorithm: int
    name: bytes
    """Which key-encryption key, at most 255 octets; meaning is the holder's."""
    wrapped_key: bytes


@dataclass(frozen=True, slots=True)
class Header:
    """Everything a reader needs but the key. ``nonce_prefix`` is seven random octets, never used again with the same key."""

    document_id: UUID
    nonce_prefix: bytes
    recipients: tuple[Recipient, ...] = ()
    chunk_size: int = CHUNK_SIZE

    def __post_init__(self) -> None:
        if len(self.nonce_prefix) != NONCE_PREFIX_SIZE:
            raise NotSealed("The header of a sealed document needs a nonce prefix of seven octets.")
        if self.chunk_size != CHUNK_SIZE:
            raise NotSealed("This sealed document has chunks of another size than 64 KiB. Update Presswork to open it.")
        if len(self.recipients) > MAX_RECIPIENTS:
            raise NotSealed("A sealed document has at most sixteen recipients.")
        if any(len(r.name) > MAX_RECIPIENT_NAME or len(r.wrapped_key) > MAX_WRAPPED_KEY for r in self.recipients):
            raise NotSealed("A recipient of this sealed document is longer than the format allows.")

    @property
    def fixed(self) -> bytes:
        """The forty octets that the chunks are bound to."""
        return b"".join((
            MAGIC,
            bytes((VERSION, Suite.AES_256_GCM_STREAM)),
            self.chunk_size.to_bytes(4, "big"),
            self.document_id.bytes,
            self.nonce_prefix,
            bytes(3),
        ))  # fmt: skip

    @property
    def digest(self) -> bytes:
        """SHA-256 of ``fixed``: the additional data of every chunk, and the name of this sealing in tickets."""
        return sha256(self.fixed).digest()

    def encode(self) -> bytes:
        """Its octets, as they stand before the first chunk."""
        parts = [self.fixed, bytes((len(self.recipients),))]
        for recipient in self.recipients:
            parts += [bytes((recipient.algorithm, len(recipient.name))), recipient.name]
            parts += [len(recipient.wrapped_key).to_bytes(2, "big"), recipient.wrapped_key]
        return b"".join(parts)

    @classmethod
    def parse(cls, data: bytes) -> tuple[Self, int] | None:
        """The header at the start of ``data`` and its length; None when ``data`` ends before it does. Raises ``NotSealed``."""
        if not data.startswith(MAGIC[: len(data)]):
            raise NotSealed("This is not a sealed document.")
        if len(data) <= FIXED_SIZE:
            return None
        _check_fixed(data)
        try:
            recipients, size = _parse_recipients(data)
        except _RanOut:
            return None
        header = cls(
            chunk_size=int.from_bytes(data[10:14], "big"),
            document_id=UUID(bytes=bytes(data[14:30])),
            nonce_prefix=bytes(data[30:37]),
            recipients=recipients,
        )
        return header, size


def _check_fixed(data: bytes) -> None:
    if data[8] != VERSION:
        raise NotSealed("This document was sealed by another version of Presswork. Update Presswork to open it.")
    if data[9] != Suite.AES_256_GCM_STREAM:
        raise NotSealed(
            "This document was sealed with a cipher this version does not know. Update Presswork to open it."
        )
    if any(data[37:FIXED_SIZE]):
        raise NotSealed("The header of this sealed document has values where there must be none.")


def _parse_recipients(data: bytes) -> tuple[tuple[Recipient, ...], int]:
    if data[FIXED_SIZE] > MAX_RECIPIENTS:
        raise NotSealed("A sealed document has at most sixteen recipients.")
    take = _Taker(data, FIXED_SIZE + 1)
    recipients = tuple(
        Recipient(algorithm=take.number(1), name=take.octets(take.number(1)), wrapped_key=take.octets(take.number(2)))
        for _ in range(data[FIXED_SIZE])
    )
    return recipients, take.offset


class _RanOut(Exception):
    """The octets end before the header does."""


class _Taker:
    """Takes fields off the front."""

    def __init__(self, data: bytes, offset: int) -> None:
        self._data = data
        self.offset = offset

    def octets(self, count: int) -> bytes:
        if count > MAX_WRAPPED_KEY:
            raise NotSealed("A recipient of this sealed document is longer than the format allows.")
        end = self.offset + count
        if end > len(self._data):
            raise _RanOut
        taken = bytes(self._data[self.offset : end])
        self.offset = end
        return taken

    def number(self, size: int) -> int:
        return int.from_bytes(self.octets(size), "big")
