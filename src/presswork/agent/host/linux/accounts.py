"""User ids and account names, asked of the system's user database: it may be a directory elsewhere, so in a thread."""

from __future__ import annotations

import asyncio
import os
import pwd

from pydantic import TypeAdapter, ValidationError

from presswork.core.errors import NotSignedIn, Unavailable
from presswork.protocols.control.words import Account

_ACCOUNT: TypeAdapter[str] = TypeAdapter(Account)
DEADLINE = 5.0
"""Seconds the user database may take."""


async def account_name(uid: int) -> str:
    """The account of that user id. Raises ``NotSignedIn`` where there is none, ``Unavailable`` where nobody can say."""
    try:
        async with asyncio.timeout(DEADLINE):
            entry = await asyncio.to_thread(pwd.getpwuid, uid)
    except KeyError:
        raise NotSignedIn(f"User id {uid} has no account on this computer. Sign in to one and try again.") from None
    except TimeoutError:
        raise Unavailable("The computer's user database does not answer. Try again in a moment.") from None
    try:
        return _ACCOUNT.validate_python(entry.pw_name)
    except ValidationError:
        raise NotSignedIn(f"The account of user id {uid} has a name that cannot be used.") from None


async def own_account() -> str:
    """The account this process runs as."""
    return await account_name(os.geteuid())
