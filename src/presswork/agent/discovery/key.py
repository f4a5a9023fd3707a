"""The key that signs this computer's beacons: Ed25519, made here, never leaves; ``discovery.key``, 0600."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from presswork.agent.directory import write_durably

KEY = "discovery.key"
_SIZE = 32


def beacon_key(directory: Path) -> Ed25519PrivateKey:
    """The key, or a new one where there is none that nobody else could have read. Reads and writes files.

    With a new key the server makes a new entry; the old one is of no use to anybody without the old key.
    """
    try:
        return Ed25519PrivateKey.from_private_bytes(_read(directory / KEY))
    except (FileNotFoundError, ValueError):
        key = Ed25519PrivateKey.generate()
        write_durably(directory / KEY, key.private_bytes_raw())
        return key


def _read(path: Path) -> bytes:
    """``ValueError`` where others may read it, or it is not as long as a key."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:
        if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
            raise ValueError
        return file.read(_SIZE + 1)
