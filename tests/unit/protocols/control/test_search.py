"""Which blocks of addresses a search may ask."""

from __future__ import annotations

import pytest

from presswork.core.errors import Invalid
from presswork.protocols.control.search import RANGES, SearchOrder, blocks_of


@pytest.mark.parametrize(
    ("ranges", "found"),
    [
        ([], []),
        ([" 192.0.2.9/24 "], ["192.0.2.0/24"]),
        (["192.0.2.1"], ["192.0.2.1/32"]),
        (["192.0.2.0/25", "192.0.2.0/24", "192.0.2.0/24"], ["192.0.2.0/24"]),
        (["192.0.2.0/24", "192.0.2.128/25"], ["192.0.2.0/24"]),
        (["192.0.2.4/32", "192.0.2.5/32"], ["192.0.2.4/32", "192.0.2.5/32"]),
        (["2001:db8::/120", "0.0.0.0/20"], ["2001:db8::/120", "0.0.0.0/20"]),
        (["127.0.0.0/24"], ["127.0.0.0/24"]),
        (["10.0.0.0/17"] * RANGES, ["10.0.0.0/17"]),
    ],
)
def test_none_is_within_another_one_and_each_can_be_ordered(ranges: list[str], found: list[str]) -> None:
    blocks = tuple(map(str, blocks_of(ranges)))
    assert list(blocks) == found
    assert SearchOrder(search_id="00000000-0000-0000-0000-000000000001", ranges=blocks).ranges == blocks


@pytest.mark.parametrize(
    "ranges",
    [
        ["nonsense"],
        ["192.0.2.0/33"],
        ["fe80::1%eth0/120"],
        ["fe80::%1/120"],
        ["224.0.0.0/24"],
        ["0.0.0.0/32"],
        ["127.0.0.0/8"],
        ["10.0.0.0/8"],
        ["10.0.0.0/16", "10.1.0.0/32"],
        ["2001:db8::/64"],
        ["192.0.2.0/24"] * (RANGES + 1),
    ],
)
def test_what_no_search_asks_is_refused(ranges: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        blocks_of(ranges)
    assert refused.value.details["field"] == "ranges"
