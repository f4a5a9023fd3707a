from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from presswork.protocols.discovery.entry import (
    CONTEXT,
    ENTRY_SIZE,
    KEY_SIZE,
    SIGNATURE_SIZE,
    Entry,
    EntryRefused,
    Role,
    open_entry,
    sign_entry,
)

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ENTRY = Entry(UUID(int=1), UUID(int=2), bytes(range(32)), 1_800_000_000, Role.SITE_NODE)
SIGNED = sign_entry(KEY, ENTRY)


@given(
    st.uuids(),
    st.uuids(),
    st.binary(min_size=KEY_SIZE, max_size=KEY_SIZE),
    st.integers(0, 2**64 - 1),
    st.sampled_from([Role(0), Role.SITE_NODE, Role.REDIRECTOR, Role.SITE_NODE | Role.REDIRECTOR]),
)
def test_what_is_signed_is_read(tenant: UUID, computer: UUID, public_key: bytes, until: int, roles: Role) -> None:
    entry = Entry(tenant, computer, public_key, until, roles)
    octets = sign_entry(KEY, entry)
    assert open_entry(octets, KEY.public_key()) == entry
    assert len(octets) == ENTRY_SIZE <= 200


def test_its_octets_are_those_of_the_reference() -> None:
    expected = "50575201" + "00" * 15 + "01" + "00" * 15 + "02" + bytes(range(32)).hex() + "000000006b49d20001"
    assert SIGNED[:-SIGNATURE_SIZE].hex() == expected


@given(st.integers(0, ENTRY_SIZE - 1), st.integers(1, 255))
def test_no_octet_may_differ(at: int, change: int) -> None:
    octets = bytearray(SIGNED)
    octets[at] ^= change
    with pytest.raises(EntryRefused):
        open_entry(bytes(octets), KEY.public_key())


@given(st.binary(max_size=ENTRY_SIZE + 8))
def test_any_octets_are_refused(octets: bytes) -> None:
    with pytest.raises(EntryRefused):
        open_entry(octets, KEY.public_key())


def test_shorter_or_longer_it_is_none() -> None:
    for octets in (SIGNED[:-1], SIGNED + b"\0", b""):
        with pytest.raises(EntryRefused):
            open_entry(octets, KEY.public_key())


def test_another_key_signs_nothing() -> None:
    with pytest.raises(EntryRefused):
        open_entry(sign_entry(Ed25519PrivateKey.generate(), ENTRY), KEY.public_key())


def test_what_the_key_signs_for_another_purpose_is_no_entry() -> None:
    fields = SIGNED[:-SIGNATURE_SIZE]
    with pytest.raises(EntryRefused):
        open_entry(fields + KEY.sign(fields), KEY.public_key())
    with pytest.raises(EntryRefused):
        open_entry(fields + KEY.sign(b"presswork ticket 1\n" + fields), KEY.public_key())


def test_roles_of_later_versions_are_ignored() -> None:
    fields = SIGNED[: -SIGNATURE_SIZE - 1] + b"\xfd"
    assert open_entry(fields + KEY.sign(CONTEXT + fields), KEY.public_key()) == ENTRY


@pytest.mark.parametrize("wrong", [{"public_key": bytes(31)}, {"until": -1}, {"until": 2**64}])
def test_what_does_not_fit_is_not_signed(wrong: dict[str, int | bytes]) -> None:
    with pytest.raises(ValueError, match="32 octets"):
        sign_entry(KEY, replace(ENTRY, **wrong))  # type: ignore[arg-type]
