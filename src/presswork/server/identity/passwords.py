"""Passwords: what they must be, and argon2id (RFC 9106) on threads, so that the loop goes on.

Two at a time: each check takes 64 MiB and an eighth of a second, and that is also the ceiling of what guessing can cost.
"""

from __future__ import annotations

import asyncio
import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from presswork.core.errors import Invalid

MINIMUM = 12
MAXIMUM = 1024

_hasher = PasswordHasher()
_at_once = threading.BoundedSemaphore(2)
_NOBODY = _hasher.hash("nobody has this password")


def check_rules(password: str, *, email: str = "") -> None:
    """``Invalid`` where the password is too short, too long or the e-mail address itself. No other rule: length is what counts."""
    if len(password) < MINIMUM:
        raise Invalid(f"The password is too short. Choose at least {MINIMUM} characters.", field="password")
    if len(password) > MAXIMUM:
        raise Invalid(f"The password is too long. Choose at most {MAXIMUM} characters.", field="password")
    if len(set(password)) < 4 or password.strip().lower() == email:
        raise Invalid("The password is too easy to guess. Choose another one.", field="password")


async def hash_password(password: str) -> str:
    """The password as it is kept."""
    return await asyncio.to_thread(_hash, _canonical(password))


async def matches(password: str, kept: str | None) -> bool:
    """Whether it is the password; takes as long where there is none (``kept`` is None)."""
    return await asyncio.to_thread(_verify, kept, _canonical(password[: MAXIMUM + 1]))


def _hash(password: str) -> str:
    with _at_once:
        return _hasher.hash(password)


def _verify(kept: str | None, password: str) -> bool:
    try:
        with _at_once:
            return _hasher.verify(kept or _NOBODY, password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def _canonical(password: str) -> str:
    return unicodedata.normalize("NFKC", password)
