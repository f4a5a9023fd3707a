"""Passwords: what they must be, and argon2id (RFC 9106) on threads, so that the loop goes on.

Two at a time: each check takes 64 MiB and an eighth of a second, and that is also the ceiling of what guessing can cost.
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable
from typing import TypeVar
from weakref import WeakKeyDictionary

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from presswork.core.errors import Busy, Invalid

MINIMUM = 12
MAXIMUM = 1024

AT_ONCE = 2
WAITING = 64
"""At most so many wait for their turn, four seconds of work; the next is told to come again."""

_hasher = PasswordHasher()
_NOBODY = _hasher.hash("nobody has this password")
Result = TypeVar("Result")


class _Turns:
    """Who waits does so without a thread: those are few, and others need them."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(AT_ONCE)
        self._there = 0

    async def take(self, work: Callable[[], Result]) -> Result:
        if self._there >= AT_ONCE + WAITING:
            raise Busy("Very many people sign in at this moment. Try again in a few seconds.", retry_after="5")
        self._there += 1
        try:
            async with self._free:
                return await asyncio.to_thread(work)
        finally:
            self._there -= 1


_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, _Turns] = WeakKeyDictionary()


def check_rules(password: str, *, email: str = "") -> None:
    """``Invalid`` where the password is too short, too long or the e-mail address itself. No other rule: length is what counts."""
    if len(password) < MINIMUM:
        raise Invalid(f"The password is too short. Choose at least {MINIMUM} characters.", field="password")
    if len(password) > MAXIMUM:
        raise Invalid(f"The password is too long. Choose at most {MAXIMUM} characters.", field="password")
    if len(set(password)) < 4 or password.strip().lower() == email:
        raise Invalid("The password is too easy to guess. Choose another one.", field="password")


async def hash_password(password: str) -> str:
    """The password as it is kept. ``Busy`` when too many wait."""
    canonical = _canonical(password)
    return await _in_turn(lambda: _hasher.hash(canonical))


async def matches(password: str, kept: str | None) -> bool:
    """Whether it is the password; takes as long where there is none (``kept`` is None). ``Busy`` when too many wait."""
    canonical = _canonical(password[: MAXIMUM + 1])
    return await _in_turn(lambda: _verify(kept, canonical))


async def _in_turn(work: Callable[[], Result]) -> Result:
    return await _turns.setdefault(asyncio.get_running_loop(), _Turns()).take(work)


def _verify(kept: str | None, password: str) -> bool:
    try:
        return _hasher.verify(kept or _NOBODY, password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def _canonical(password: str) -> str:
    return unicodedata.normalize("NFKC", password)
