"""Frames of a transfer: four octets of length (big-endian), one octet of kind, then that many octets.

Kinds: ``J`` a message in JSON; ``C`` a sealed chunk behind two octets of document number and four of chunk index, both
big-endian; ``A`` (empty) a sign of life.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from presswork.core.errors import Invalid, TooLarge
from presswork.protocols.sealed.layout import SEALED_CHUNK, TAG_SIZE

HEAD: Final = 5
"""Octets before a frame's content."""
PLACE: Final = 6
"""Octets before a sealed chunk."""
JSON_LIMIT: Final = 256 * 1024
CHUNK_LIMIT: Final = PLACE + SEALED_CHUNK


class FrameKind(IntEnum):
    """What a frame carries."""

    MESSAGE = ord("J")
    CHUNK = ord("C")
    ALIVE = ord("A")


_LIMITS = {FrameKind.MESSAGE: JSON_LIMIT, FrameKind.CHUNK: CHUNK_LIMIT, FrameKind.ALIVE: 0}


@dataclass(frozen=True, slots=True)
class Chunk:
    """A sealed chunk and its place."""

    number: int
    """Of the document, from 1."""
    index: int
    """Of the chunk, from 0."""
    sealed: memoryview


def frame(kind: FrameKind, content: bytes = b"") -> bytes:
    """A whole frame; ``TooLarge`` where its kind has less room."""
    if len(content) > _LIMITS[kind]:
        raise TooLarge("A message of a relay is larger than a frame may be.")
    return head(kind, len(content)) + content


def head(kind: FrameKind, length: int) -> bytes:
    """What stands before so many octets of that kind."""
    return length.to_bytes(4, "big") + bytes((kind,))


def chunk_head(number: int, index: int, length: int) -> bytes:
    """All that stands before a sealed chunk of so many octets."""
    return head(FrameKind.CHUNK, PLACE + length) + number.to_bytes(2, "big") + index.to_bytes(4, "big")


def parse_head(octets: bytes | bytearray | memoryview) -> tuple[FrameKind, int]:
    """Kind and length from ``HEAD`` octets. Raises ``Invalid`` or ``TooLarge``; the connection is then of no more use."""
    try:
        kind = FrameKind(octets[4])
    except ValueError:
        raise Invalid("A message of a relay has an unknown kind; are both computers of the same version?") from None
    length = int.from_bytes(octets[:4], "big")
    if length > _LIMITS[kind]:
        raise TooLarge("A message of a relay is larger than a frame may be.")
    if kind is FrameKind.CHUNK and length < PLACE + TAG_SIZE:
        raise Invalid("A sealed chunk of a relay is too short to be one.")
    return kind, length


def parse_chunk(content: memoryview) -> Chunk:
    """What a chunk's frame holds; the sealed octets are a view, good as long as ``content``."""
    return Chunk(int.from_bytes(content[:2], "big"), int.from_bytes(content[2:PLACE], "big"), content[PLACE:])
