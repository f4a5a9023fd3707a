"""Sealing and opening in pieces: the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015) over AES-256-GCM.

The nonce of chunk ``n`` is prefix ‖ n in four octets ‖ 1 for the last chunk, 0 for the others. A chunk in another
place, of another document, or a last chunk that is not the last one, does not open.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from presswork.protocols.sealed.faults import Damaged, NotSealed
from presswork.protocols.sealed.header import CHUNK_SIZE, MAX_HEADER, Header
from presswork.protocols.sealed.layout import MAX_CHUNKS, SEALED_CHUNK, TAG_SIZE

_DAMAGED = "This document was changed or damaged since it was sealed, so it is not used. Print it again."
_CUT = "The end of this sealed document is missing. Print it again."


def _nonce(header: Header, index: int, *, last: bool) -> bytes:
    return header.nonce_prefix + index.to_bytes(4, "big") + bytes((last,))


def open_chunk(header: Header, key: bytes, index: int, sealed: bytes, *, last: bool) -> bytes:
    """The octets of one chunk, wherever it came from; ``Damaged`` unless it is chunk ``index`` of this document."""
    return _open(AESGCM(key), header, index, sealed, last=last)


def _open(cipher: AESGCM, header: Header, index: int, sealed: bytes | memoryview, *, last: bool) -> bytes:
    # STREAM: only an empty document has an empty chunk; so each document has one sealing with a given key and prefix.
    if len(sealed) < TAG_SIZE or (len(sealed) == TAG_SIZE and index > 0):
        raise Damaged(_CUT)
    if index >= MAX_CHUNKS:
        raise Damaged(_DAMAGED)
    try:
        return cipher.decrypt(_nonce(header, index, last=last), sealed, header.digest)
    except InvalidTag:
        raise Damaged(_DAMAGED) from None


class Sealer:
    """A document in, a sealed document out. ``key`` is for this document alone; so a prefix can never repeat under it."""

    def __init__(self, header: Header, key: bytes) -> None:
        self._header = header
        self._digest = header.digest
        self._cipher = AESGCM(key)
        self._pending = bytearray()
        self._index = 0
        self._start = header.encode()

    def feed(self, data: bytes | bytearray) -> bytes:
        """More of the document; returns what is ready to be written, often nothing."""
        if self._pending:
            self._pending += data
            data, self._pending = self._pending, bytearray()
        # The last chunk is never empty, so a full one waits until more comes or finish() is called.
        ready = (len(data) - 1) // CHUNK_SIZE if data else 0
        with memoryview(data) as view:
            self._pending += view[ready * CHUNK_SIZE :]
            sealed = [self._seal(view[n * CHUNK_SIZE : (n + 1) * CHUNK_SIZE], last=False) for n in range(ready)]
        return self._take_start() + b"".join(sealed) if sealed else b""

    def finish(self) -> bytes:
        """The rest, with the last chunk. The sealer is of no use afterwards."""
        return self._take_start() + self._seal(self._pending, last=True)

    def _take_start(self) -> bytes:
        start, self._start = self._start, b""
        return start

    def _seal(self, chunk: memoryview | bytearray, *, last: bool) -> bytes:
        if self._index >= MAX_CHUNKS:
            raise Damaged("A document is larger than a sealed document can be.")
        nonce = _nonce(self._header, self._index, last=last)
        self._index += 1
        return self._cipher.encrypt(nonce, chunk, self._digest)


class Opener:
    """A sealed document in, the document out. What is returned is authentic; that it is whole only ``finish`` says."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._pending = bytearray()
        self._index = 0
        self.header: Header | None = None
        """Set once it was read."""

    def feed(self, data: bytes) -> bytes:
        """More of the sealed document; returns the octets that are certain. Raises ``NotSealed`` or ``Damaged``."""
        self._pending += data
        if self.header is None and not self._read_header():
            return b""
        header = self.header
        ready = (len(self._pending) - 1) // SEALED_CHUNK if self._pending else 0
        if header is None or not ready:
            return b""
        with memoryview(self._pending) as view:
            opened = [self._open_at(header, n, view) for n in range(ready)]
        self._index += ready
        del self._pending[: ready * SEALED_CHUNK]
        return b"".join(opened)

    def finish(self) -> bytes:
        """The octets of the last chunk. Raises ``NotSealed`` or ``Damaged``, also when the end was cut off."""
        if self.header is None:
            raise NotSealed("This is not a sealed document: it ends before its header does.")
        return _open(self._cipher, self.header, self._index, bytes(self._pending), last=True)

    def _open_at(self, header: Header, n: int, view: memoryview) -> bytes:
        sealed = view[n * SEALED_CHUNK : (n + 1) * SEALED_CHUNK]
        return _open(self._cipher, header, self._index + n, sealed, last=False)

    def _read_header(self) -> bool:
        parsed = Header.parse(bytes(self._pending[:MAX_HEADER]))
        if parsed is None:
            return False
        self.header, size = parsed
        del self._pending[:size]
        return True
