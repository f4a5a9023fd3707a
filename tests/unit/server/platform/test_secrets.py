"""Sealing, tokens and the key file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswork.core.clock import system_randomness
from presswork.core.errors import Distrusted, Invalid
from presswork.server.platform.secrets import (
    Vault,
    base64url,
    create_key_file,
    from_base64url,
    new_token,
    read_key_file,
    token_hash,
)


def _vault() -> Vault:
    return Vault(system_randomness(32), system_randomness)


def test_what_is_sealed_can_be_opened_with_the_same_key_for_the_same_purpose() -> None:
    vault = _vault()
    sealed = vault.seal("ca-key", b"secret")
    assert b"secret" not in sealed
    assert vault.open("ca-key", sealed) == b"secret"
    with pytest.raises(Distrusted):
        vault.open("something-else", sealed)
    with pytest.raises(Distrusted):
        _vault().open("ca-key", sealed)


def test_a_changed_octet_is_noticed() -> None:
    vault = _vault()
    sealed = vault.seal("ca-key", b"secret")
    for place in range(len(sealed)):
        broken = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(Distrusted):
            vault.open("ca-key", broken)
    for end in range(len(sealed)):
        with pytest.raises(Distrusted):
            vault.open("ca-key", sealed[:end])


def test_a_token_has_256_bits_and_its_hash_says_nothing_of_it() -> None:
    token = new_token(system_randomness)
    assert len(from_base64url(token)) == 32
    assert token not in token_hash(token)
    assert token_hash(token) != token_hash(new_token(system_randomness))


@given(st.binary())
def test_base64url_there_and_back(data: bytes) -> None:
    assert from_base64url(base64url(data)) == data


@pytest.mark.parametrize("text", ["a", "ab+/", "abc=d", "ä", "a b c", "\x00"])
def test_what_is_not_base64url_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        from_base64url(text)


def test_a_key_file_is_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "server.key"
    assert read_key_file(file) is None
    key = create_key_file(file, system_randomness)
    assert file.stat().st_mode & 0o777 == 0o600
    assert read_key_file(file) == key
    with pytest.raises(FileExistsError):
        create_key_file(file, system_randomness)
    file.chmod(0o644)
    with pytest.raises(Distrusted, match="chmod 600"):
        read_key_file(file)


def test_what_is_no_key_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "server.key"
    file.write_text("c2hvcnQ\n")
    file.chmod(0o600)
    with pytest.raises(Distrusted, match="does not hold a key"):
        read_key_file(file)


def test_a_link_in_place_of_the_key_file_is_not_followed(tmp_path: Path) -> None:
    create_key_file(tmp_path / "real.key", system_randomness)
    (tmp_path / "server.key").symlink_to(tmp_path / "real.key")
    with pytest.raises(OSError, match="symbolic"):
        read_key_file(tmp_path / "server.key")
