"""A document that came before it is known whose it is: encrypted while it waits, and gone with the connection.

LPR may send the document first and say whose it is afterwards (RFC 1179 §6). Small ones wait in memory, larger ones in a
file without a name, under a key that is nowhere but in memory.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Final, Self

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from presswork.agent.intake.room import RESERVE
from presswork.core.clock import Randomness
from presswork.core.errors import NoSpace, TooLarge

IN_MEMORY: Final = 256 * 1024
_PIECE = 256 * 1024
_KEY, _NONCE = 32, 16


class WaitingDocument:
    """Written once, then read once. Close it."""

    def __init__(
        self,
        directory: Path,
        limit: int,
        randomness: Randomness,
        *,
        reserve: int = RESERVE,
        gone: Callable[[], None] = lambda: None,
    ) -> None:
        """``directory``: where a large one waits; ``limit``: octets; ``reserve``: octets that stay free on the disk;
        ``gone`` is told once that it is closed.
        """
        self.limit = limit
        self._directory = directory
        self._reserve = reserve
        self._gone = gone
        # the spool seals it again when it is known whose it is; this only keeps it from lying on the disk in plain
        self._cipher = Cipher(AES(randomness(_KEY)), CTR(randomness(_NONCE)))
        self._writer = self._cipher.encryptor()
        self._file = SpooledTemporaryFile(IN_MEMORY, dir=str(directory))  # noqa: SIM115 - it lives as long as its connection
        self.size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Nothing is left of it."""
        if not self._file.closed:
            self._file.close()
            self._gone()

    async def write(self, octets: bytes) -> None:
        """Some more of it. Raises ``TooLarge``, ``NoSpace``, and ``OSError`` where the disk takes no more."""
        self.size += len(octets)
        if self.size > self.limit:
            raise TooLarge("The document is larger than this computer accepts.")
        sealed = self._writer.update(octets)
        if self.size <= IN_MEMORY:
            self._file.write(sealed)
        else:
            await asyncio.to_thread(self._write, sealed)

    def _write(self, sealed: bytes) -> None:
        """Strangers on the LAN may send many at once: the disk stays good for jobs and their marks."""
        if shutil.disk_usage(self._directory).free < self._reserve + len(sealed):
            raise NoSpace("The disk of this computer is full, so no document is accepted now.")
        self._file.write(sealed)

    async def read(self) -> AsyncIterator[bytes]:
        """All of it, from the beginning."""
        reader = self._cipher.decryptor()
        await asyncio.to_thread(self._file.seek, 0)
        while sealed := await asyncio.to_thread(self._file.read, _PIECE):
            yield reader.update(sealed)
