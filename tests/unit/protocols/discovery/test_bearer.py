from __future__ import annotations

from presswork.protocols.discovery.packets import beacon_is_signed, read_beacon
from presswork.testing.discovery import bearer_of


def test_each_beacon_has_the_next_counter_and_is_signed_with_the_key_of_its_entry() -> None:
    bearer = bearer_of(1)
    first, second = bearer.beacon(30, solicit=True), bearer.beacon(31, solicit=False)
    assert (read_beacon(first).counter, read_beacon(second).counter) == (1, 2)
    assert (read_beacon(first).solicit, read_beacon(second).solicit) == (True, False)
    assert read_beacon(second).entry == bearer.entry
    assert beacon_is_signed(second, bearer.key.public_key().public_bytes_raw())
