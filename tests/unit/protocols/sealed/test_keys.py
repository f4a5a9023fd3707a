from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswork.protocols.sealed.faults import KeyNotOurs
from presswork.protocols.sealed.keys import KEY_SIZE, WRAPPED_SIZE, unwrap_key, wrap_key

KEYS = st.binary(min_size=KEY_SIZE, max_size=KEY_SIZE)


def test_the_vector_of_rfc_3394_section_4_6() -> None:
    key_encryption_key = bytes.fromhex("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F")
    key = bytes.fromhex("00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F")
    wrapped = wrap_key(key_encryption_key, key)
    assert wrapped.hex() == "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21"
    assert unwrap_key(key_encryption_key, wrapped) == key


@given(KEYS, KEYS, st.integers(0, WRAPPED_SIZE * 8 - 1))
def test_a_wrapped_key_with_one_bit_changed_is_not_ours(key_encryption_key: bytes, key: bytes, bit: int) -> None:
    wrapped = bytearray(wrap_key(key_encryption_key, key))
    wrapped[bit // 8] ^= 1 << bit % 8
    with pytest.raises(KeyNotOurs):
        unwrap_key(key_encryption_key, bytes(wrapped))


@pytest.mark.parametrize("size", [0, 8, 16, 39, 41, 48])
def test_a_wrapped_key_of_another_length_is_not_ours(size: int) -> None:
    with pytest.raises(KeyNotOurs):
        unwrap_key(bytes(KEY_SIZE), bytes(size))
