"""Which addresses a search asks: pure decisions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from presswork.protocols.control.search import Block


def addresses(asked: Sequence[Block]) -> Iterator[str]:
    """Each address that a device can have: not the first and the last of a block, which stand for all of it."""
    for block in asked:
        yield from map(str, block.hosts())


def count(asked: Sequence[Block]) -> int:
    """How many ``addresses`` gives, without going through them."""
    return sum(_hosts(block) for block in asked)


def _hosts(block: Block) -> int:
    if block.max_prefixlen - block.prefixlen <= 1:
        return block.num_addresses
    return block.num_addresses - (2 if block.version == 4 else 1)
