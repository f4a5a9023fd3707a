"""Tokens that are shown once and kept as hashes; secrets that must be read again, sealed with a key from a file.

The key file lies outside the database: whoever copies only one of the two has nothing.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from presswork.core.clock import Randomness
from presswork.core.errors import Distrusted, Invalid

_KEY_BYTES = 32
_NONCE_BYTES = 12
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


def base64url(data: bytes) -> str:
    """Base64 for URLs without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """The octets of ``base64url``; ``Invalid`` for anything else."""
    # Asked first: the decoder takes + and / as well, and leaves out what it does not know.
    if _BASE64URL.fullmatch(text) and len(text) % 4 != 1:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    raise Invalid("A value is not base64url; send it again as it was given.")


def new_token(randomness: Randomness) -> str:
    """256 unpredictable bits as text."""
    return base64url(randomness(32))


def token_hash(token: str) -> str:
    """How a token is kept: SHA-256 is enough for 256 random bits."""
    return hashlib.sha256(token.encode("utf-8")).hexdigest()


class Vault:
    """Seals secrets of the installation (AES-256-GCM). ``purpose`` is bound in: a secret cannot stand in for another."""

    def __init__(self, key: bytes, randomness: Randomness) -> None:
        self._aead = AESGCM(key)
        self._randomness = randomness

    def seal(self, purpose: str, secret: bytes) -> bytes:
        """A sealed secret, to be stored."""
        nonce = self._randomness(_NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, secret, purpose.encode("utf-8"))

    def open(self, purpose: str, sealed: bytes) -> bytes:
        """The secret; ``Distrusted`` where the key is another one or the value was changed."""
        try:
            return self._aead.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], purpose.encode("utf-8"))
        except (InvalidTag, ValueError):
            raise Distrusted(
                "The key file does not belong to this database. Put back the key file that was made with it."
            ) from None


def read_key_file(file: Path) -> bytes | None:
    """The key, or None where there is no such file. ``Distrusted`` where others may read it or it is no key."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as opened:
        if os.fstat(descriptor).st_mode & 0o077:
            raise Distrusted(f"Others may read the key file {file}. Run: chmod 600 {file}")
        text = opened.read(1024).strip()
    key = from_base64url(text.decode("ascii", errors="replace"))
    if len(key) != _KEY_BYTES:
        raise Distrusted(f"The key file {file} does not hold a key. Put back the one that was made with the database.")
    return key


def create_key_file(file: Path, randomness: Randomness) -> bytes:
    """A new key in a new file of mode 0600."""
    key = randomness(_KEY_BYTES)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(base64url(key).encode("ascii") + b"\n")
        opened.flush()
        os.fsync(descriptor)
    return key
