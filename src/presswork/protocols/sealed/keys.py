"""The document's key, wrapped for its holder: AES-256 key wrap (RFC 3394)."""

from __future__ import annotations

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from presswork.protocols.sealed.faults import KeyNotOurs

KEY_SIZE = 32
"""Octets of a document key and of a key-encryption key."""
WRAPPED_SIZE = 40
"""Octets of a wrapped document key (RFC 3394 §2.2.1: eight more)."""


def wrap_key(key_encryption_key: bytes, document_key: bytes) -> bytes:
    """``document_key`` wrapped: forty octets that say nothing without ``key_encryption_key``."""
    return aes_key_wrap(key_encryption_key, document_key)


def unwrap_key(key_encryption_key: bytes, wrapped_key: bytes) -> bytes:
    """The document key. Raises ``KeyNotOurs``: RFC 3394 §2.2.3 checks the whole of it."""
    if len(wrapped_key) != WRAPPED_SIZE:
        raise KeyNotOurs("The key of this document is damaged, so the document cannot be opened. Print it again.")
    try:
        return aes_key_unwrap(key_encryption_key, wrapped_key)
    except InvalidUnwrap:
        raise KeyNotOurs(
            "The key of this document was wrapped for somebody else, so it cannot be opened. Print it again."
        ) from None
