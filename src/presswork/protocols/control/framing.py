"""Frames of the client channel: four octets of length (big-endian), one octet of kind, then that many octets.

Kinds: ``J`` a JSON message, ``D`` a piece of the document, ``E`` (empty) its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from presswork.core.errors import Invalid, TooLarge

FRAME_LIMIT = 1024 * 1024
"""Largest frame, in octets."""
_HEAD = 5


class FrameKind(IntEnum):
    """What a frame carries."""

    JSON = ord("J")
    DOCUMENT = ord("D")
    END = ord("E")


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame."""

    kind: FrameKind
    data: bytes = b""

    def encode(self) -> bytes:
        """Its octets; ``TooLarge`` above ``FRAME_LIMIT``."""
        if len(self.data) > FRAME_LIMIT:
            raise TooLarge("A message to the agent is larger than a frame may be.")
        return len(self.data).to_bytes(4, "big") + bytes((self.kind,)) + self.data


class FrameParser:
    """Octets in, frames out, in whatever pieces they come."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def pending(self) -> bool:
        """Whether a frame has begun and not ended."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Frames completed by ``data``. Raises ``TooLarge`` or ``Invalid``; the connection is then of no more use."""
        self._buffer += data
        while len(self._buffer) >= _HEAD:
            length = int.from_bytes(self._buffer[:4], "big")
            if length > FRAME_LIMIT:
                raise TooLarge("A message is larger than a frame may be; is this a Presswork client?")
            if len(self._buffer) < _HEAD + length:
                return
            yield Frame(_kind(self._buffer[4]), bytes(self._buffer[_HEAD : _HEAD + length]))
            del self._buffer[: _HEAD + length]


def _kind(octet: int) -> FrameKind:
    try:
        return FrameKind(octet)
    except ValueError:
        raise Invalid("A message has an unknown kind; are client and agent of the same version?") from None
