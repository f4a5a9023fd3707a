"""Names as every device takes them: short, of letters any printer knows, never with what ends a line or a word."""

from __future__ import annotations

import unicodedata

_PLAIN = frozenset(" ._-()+,")
_USER = 31
_JOB_NAME = 60
_HOST = 31


def plain(text: str, limit: int) -> str:
    """ASCII letters, digits and a few signs; accents are left out, everything else becomes an underscore."""
    letters = (
        letter for letter in unicodedata.normalize("NFKD", text[: 4 * limit]) if not unicodedata.combining(letter)
    )
    taken = (letter if letter.isascii() and (letter.isalnum() or letter in _PLAIN) else "_" for letter in letters)
    return "".join(taken)[:limit].strip()


def user_name(account: str) -> str:
    """A user: without a domain, and not beginning with a digit (RFC 1179 §2)."""
    word = _word(account.rpartition("\\")[2].partition("@")[0], _USER - 1)
    return f"u{word}" if word[:1].isdigit() else word or "nobody"


def job_name(name: str) -> str:
    """A job."""
    return plain(name, _JOB_NAME) or "Document"


def host_name(name: str) -> str:
    """A computer, by the first label of its name."""
    return _word(name.partition(".")[0], _HOST) or "presswork"


def _word(text: str, limit: int) -> str:
    return "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in plain(text, limit))
