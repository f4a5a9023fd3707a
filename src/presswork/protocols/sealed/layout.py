"""Which octets of a sealed document hold which chunk: arithmetic alone, so that a reader can begin anywhere."""

from __future__ import annotations

from dataclasses import dataclass

from presswork.protocols.sealed.faults import Damaged
from presswork.protocols.sealed.header import CHUNK_SIZE

TAG_SIZE = 16
"""Octets that sealing adds to each chunk."""
SEALED_CHUNK = CHUNK_SIZE + TAG_SIZE
MAX_CHUNKS = 2**32
"""The counter of a chunk has four octets: 256 TiB a document."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Made from two sizes; raises ``Damaged`` where no document has them."""

    header_size: int
    sealed_size: int
    """Octets of the whole: header and chunks."""

    def __post_init__(self) -> None:
        rest = (self.sealed_size - self.header_size) % SEALED_CHUNK
        if (
            self.sealed_size < self.header_size + TAG_SIZE
            or 0 < rest < TAG_SIZE
            or (rest == TAG_SIZE and self.chunks > 1)
        ):
            raise Damaged("This sealed document is cut short. Print it again.")

    @property
    def chunks(self) -> int:
        """How many there are; at least one."""
        return -(-(self.sealed_size - self.header_size) // SEALED_CHUNK)

    @property
    def document_size(self) -> int:
        """Octets of the document inside."""
        return self.sealed_size - self.header_size - self.chunks * TAG_SIZE

    def is_last(self, index: int) -> bool:
        """Whether chunk ``index`` (from 0) carries the last flag."""
        return index == self.chunks - 1

    def span(self, index: int) -> tuple[int, int]:
        """Offset and length of sealed chunk ``index``. ``IndexError`` for one there is not."""
        if not 0 <= index < self.chunks:
            raise IndexError(index)
        start = self.header_size + index * SEALED_CHUNK
        return start, min(SEALED_CHUNK, self.sealed_size - start)

    @staticmethod
    def index_of(position: int) -> int:
        """The chunk that holds octet ``position`` of the document."""
        return position // CHUNK_SIZE
