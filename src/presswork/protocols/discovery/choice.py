"""Which of those that are here does something that one is enough for: each of them comes to the same answer by itself.

Rendezvous hashing (Thaler and Ravishankar, 1998): each computer has a weight for each chore, the lowest does it. Where one
goes away only its chores move; where one comes, only those for which it weighs least.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from heapq import nsmallest
from ipaddress import IPv4Network, IPv6Network
from uuid import UUID

Network = IPv4Network | IPv6Network
_CHORE = b"presswork chore 1\n"
_RANK = b"presswork rank 1\n"


def chosen(network: Network, chore: str, computers: Iterable[UUID]) -> UUID | None:
    """The one that does ``chore`` on ``network``; None where there is nobody."""
    return next(iter(first_of(1, network, chore, computers)), None)


def first_of(count: int, network: Network, chore: str, computers: Iterable[UUID]) -> list[UUID]:
    """The ``count`` with the lowest weights, the lowest first: for what one alone might miss."""
    begin = _CHORE + str(network).encode() + b"\n" + chore.encode() + b"\n"
    return nsmallest(count, computers, key=lambda one: sha256(begin + one.bytes).digest())


def rank_of(computer_id: UUID) -> bytes:
    """The same everywhere: where not all can be known, everybody knows those with the lowest."""
    return sha256(_RANK + computer_id.bytes).digest()[:8]
