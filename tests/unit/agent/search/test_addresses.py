"""Which addresses a search asks."""

from __future__ import annotations

import pytest

from presswork.agent.search.addresses import addresses, count
from presswork.protocols.control.search import blocks_of


@pytest.mark.parametrize(
    ("ranges", "first", "last", "number"),
    [
        (["192.0.2.0/24"], "192.0.2.1", "192.0.2.254", 254),
        (["192.0.2.9/24"], "192.0.2.1", "192.0.2.254", 254),
        (["192.0.2.4/31"], "192.0.2.4", "192.0.2.5", 2),
        (["192.0.2.4/32"], "192.0.2.4", "192.0.2.4", 1),
        (["192.0.2.0/25", "192.0.2.0/24", "192.0.2.0/24"], "192.0.2.1", "192.0.2.254", 254),
        (["2001:db8::/120"], "2001:db8::1", "2001:db8::ff", 255),
        ([], None, None, 0),
    ],
)
def test_every_address_a_device_can_have(ranges: list[str], first: str | None, last: str | None, number: int) -> None:
    asked = blocks_of(ranges)
    found = list(addresses(asked))
    assert count(asked) == len(found) == number
    if found:
        assert (found[0], found[-1]) == (first, last)
