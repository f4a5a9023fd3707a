"""Identifiers: UUIDs of version 7 (RFC 9562 §5.7), so that keys sort by the time they were made."""

from __future__ import annotations

from uuid import UUID

from presswork.core.clock import Clock, Randomness


def uuid7(clock: Clock, randomness: Randomness) -> UUID:
    """A new identifier: 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = int(clock.now().timestamp() * 1000)
    raw = bytearray(milliseconds.to_bytes(6, "big") + randomness(10))
    raw[6] = 0x70 | raw[6] & 0x0F
    raw[8] = 0x80 | raw[8] & 0x3F
    return UUID(bytes=bytes(raw))
