"""Hostile answers to SNMP: they become facts that can be reported, or nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz import fuzz_snmp


@given(st.binary(max_size=400))
def test_any_octets(data: bytes) -> None:
    fuzz_snmp.check(data)


@pytest.mark.parametrize("name", fuzz_snmp.seeds())
@settings(max_examples=60)
@given(seed=st.integers(0, 2**32), more=st.lists(st.integers(0, 2**32), max_size=4))
def test_printers_with_other_variables(name: str, seed: int, more: list[int]) -> None:
    data = fuzz_snmp.seeds()[name]
    for one in (seed, *more):
        data = fuzz_snmp.mutate(data, 60_000, one, lambda octets, _size: octets[::-1])
    fuzz_snmp.check(data)
