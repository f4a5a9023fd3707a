"""Frames of a transfer: four octets of length (big-endian), one octet of kind, then that many octets.

Kinds: ``J`` a message in JSON; ``C`` a sealed chunk behind two octets of document number and four of its position in the document, both
big-endian; ``A`` (empty) a sign of life.
"""

from __future__ import annotations

from enum import IntEnum
from struct import Struct
from typing import Final, NamedTuple

from presswork.core.errors import Invalid, TooLarge
from presswork.protocols.sealed.layout import SEALED_CHUNK, TAG_SIZE

HEAD: Final = 5
"""Octets before a frame's content."""
PLACE: Final = 6
"""Octets before a sealed chunk."""
JSON_LIMIT: Final = 512 * 1024
CHUNK_LIMIT: Final = PLACE + SEALED_CHUNK


class FrameKind(IntEnum):
    """What a frame carries."""

    MESSAGE = ord("J")
    CHUNK = ord("C")
    ALIVE = ord("A")


_LIMITS: dict[int, int] = {FrameKind.MESSAGE: JSON_LIMIT, FrameKind.CHUNK: CHUNK_LIMIT, FrameKind.ALIVE: 0}
_CHUNK, _MESSAGE = int(FrameKind.CHUNK), int(FrameKind.MESSAGE)
_HEAD, _PLACE = Struct(">IB"), Struct(">HI")


class Chunk(NamedTuple):
    """A sealed chunk and its place."""

    number: int
    """Of the document, from 1."""
    position: int
    """Of the chunk in it, from 0."""
    sealed: memoryview


def frame(kind: FrameKind, content: bytes = b"") -> bytes:
    """A whole frame; ``TooLarge`` where its kind has less room."""
    if len(content) > _LIMITS[kind]:
        raise TooLarge("A message of a relay is larger than a frame may be.")
    return head(kind, len(content)) + content


def head(kind: FrameKind, length: int) -> bytes:
    """What stands before so many octets of that kind."""
    return _HEAD.pack(length, kind)


def chunk_head(number: int, position: int, length: int) -> bytes:
    """All that stands before a sealed chunk of so many octets."""
    return _HEAD.pack(PLACE + length, _CHUNK) + _PLACE.pack(number, position)


def parse_frame(octets: memoryview) -> tuple[bytes | Chunk | None, int] | None:
    """The first frame and its length: a message's JSON, a chunk, None for a sign of life. None where it is not whole.

    Raises ``Invalid`` or ``TooLarge`` as soon as that can be told; the octets are then of no more use. A chunk's sealed
    octets are a view, good as long as ``octets``.
    """
    if len(octets) < HEAD:
        return None
    length, kind = _HEAD.unpack_from(octets)
    limit = _LIMITS.get(kind)
    if limit is None:
        raise Invalid("A message of a relay has an unknown kind; are both computers of the same version?")
    if length > limit:
        raise TooLarge("A message of a relay is larger than a frame may be.")
    end = HEAD + length
    if kind == _CHUNK:
        if length < PLACE + TAG_SIZE:
            raise Invalid("A sealed chunk of a relay is too short to be one.")
        if len(octets) < end:
            return None
        number, position = _PLACE.unpack_from(octets, HEAD)
        return Chunk(number, position, octets[HEAD + PLACE : end]), end
    if len(octets) < end:
        return None
    return (bytes(octets[HEAD:end]) if kind == _MESSAGE else None), end
