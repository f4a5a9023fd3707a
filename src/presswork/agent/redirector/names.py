"""Names as legacy systems give them, made into what can be asked for and kept."""

from __future__ import annotations

from typing import Final

from presswork.protocols.ipp.text import cleaned

LONGEST: Final = 200
_ANONYMOUS: Final = frozenset({"", "anonymous", "guest", "nobody", "unknown"})
"""What senders say that know nobody."""


def plain_name(given: str) -> str:
    """The name, or nothing where none was given. ``DOMAIN\\name`` becomes ``name@DOMAIN``, as directories write it today.

    What is left of characters that no account's name has is nobody's name, for nobody is mapped to it.
    """
    name = cleaned(given, LONGEST).strip()
    domain, backslash, account = (part.strip() for part in name.partition("\\"))
    if backslash and domain and account:
        name = f"{account}@{domain}"
    name = "".join("_" if letter in "/\\:" else letter for letter in name)[:LONGEST]
    return "" if name.lower() in _ANONYMOUS else name
