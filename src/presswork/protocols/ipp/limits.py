"""How much of a message is read before it is refused: how deep, how many, how long."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one message; the document behind it is not counted. Going over one of them is ``MessageTooLarge``.

    The defaults are for requests, which anybody may send. ``REPLY_LIMITS`` has room for a long Get-Jobs reply.
    """

    octets: int = 1 << 20
    """Octets from the version to the end-of-attributes tag."""
    groups: int = 1_000
    attributes: int = 10_000
    """Attributes of all groups and collections together."""
    values: int = 20_000
    """Values of all attributes together; a collection is one and so is each value in it."""
    depth: int = 16
    """Collections within collections."""
    name_length: int = 255
    """Octets of an attribute's name (RFC 8011 §5.1.4: a keyword)."""
    value_length: int = 32_767
    """Octets of one value (RFC 8010 §3.1.2: a positive SIGNED-SHORT)."""


REPLY_LIMITS = Limits(octets=1 << 24, groups=20_000, attributes=200_000, values=400_000)
"""For replies of a peer we asked ourselves."""
