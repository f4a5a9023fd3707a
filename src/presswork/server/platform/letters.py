"""Short codes that people read from paper or a screen and type: letters that nobody takes for another one."""

from __future__ import annotations

from presswork.core.clock import Randomness

LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""No vowels, so that no words come out, and no digits (RFC 8628 §6.1)."""


def draw_letters(randomness: Randomness, count: int) -> str:
    """So many letters, each as likely as any other."""
    letters = ""
    while len(letters) < count:
        # 240 is the largest multiple of 20 in an octet: what is above would favour some letters.
        letters += "".join(LETTERS[octet % 20] for octet in randomness(count) if octet < 240)
    return letters[:count]


def only_letters(text: str, count: int) -> str:
    """What a person typed, as it was drawn: small letters become large, all else is left out; at most ``count``."""
    return "".join(letter for letter in text.upper() if letter in LETTERS)[:count]
