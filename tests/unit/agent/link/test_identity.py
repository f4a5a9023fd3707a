"""Key, certificate and CA on the disk: private, durable, belonging together."""

from __future__ import annotations

import base64
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from presswork.agent.link.identity import (
    certificate_for,
    certificate_request,
    load_identity,
    new_key,
    save_identity,
)
from presswork.core.errors import Distrusted, Invalid
from presswork.testing.authority import COMPUTER, Authority, pem

BEGIN = datetime(2030, 1, 1, tzinfo=UTC)


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    saved = Authority().identity()
    save_identity(tmp_path, saved)
    loaded = load_identity(tmp_path)
    assert loaded is not None
    assert (loaded.server_url, loaded.certificate, loaded.ca_pem) == (saved.server_url, saved.certificate, saved.ca_pem)
    assert loaded.key.private_numbers() == saved.key.private_numbers()
    assert loaded.computer_id == COMPUTER
    assert loaded.token == saved.token


def test_every_file_is_private_whatever_the_umask_is(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        save_identity(tmp_path, Authority().identity())
    finally:
        os.umask(before)
    assert {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == dict.fromkeys(
        ("agent.key", "agent.crt", "ca.crt", "server.json"), 0o600
    )


def test_nobody_enrolled_is_nobody(tmp_path: Path) -> None:
    assert load_identity(tmp_path) is None


def test_a_new_identity_replaces_the_old_one_whole(tmp_path: Path) -> None:
    save_identity(tmp_path, Authority().identity())
    second = Authority().identity()
    save_identity(tmp_path, second)
    loaded = load_identity(tmp_path)
    assert loaded is not None
    assert loaded.certificate == second.certificate


@pytest.mark.parametrize("written", ["agent.key", "agent.crt", "ca.crt"])
def test_a_half_written_identity_is_not_used(tmp_path: Path, written: str) -> None:
    """As after a power cut between two files: the address is written last, and old files do not fit new ones."""
    for folder in ("old", "new"):
        (tmp_path / folder).mkdir()
        save_identity(tmp_path / folder, Authority().identity())
    (tmp_path / "old" / written).write_bytes((tmp_path / "new" / written).read_bytes())
    with pytest.raises(Invalid, match="presswork agent enrol"):
        load_identity(tmp_path / "old")
    (tmp_path / "old" / "server.json").unlink()
    assert load_identity(tmp_path / "old") is None


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("agent.key", "not a key"),
        ("agent.crt", "not a certificate"),
        ("ca.crt", ""),
        ("server.json", "[]"),
        ("server.json", "{"),
        ("server.json", json.dumps({"url": 5})),
    ],
)
def test_damaged_files_are_said_so(tmp_path: Path, name: str, content: str) -> None:
    save_identity(tmp_path, Authority().identity())
    (tmp_path / name).write_text(content)
    with pytest.raises(Invalid, match="presswork agent enrol"):
        load_identity(tmp_path)


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    save_identity(tmp_path, Authority().identity())
    (tmp_path / "agent.key").chmod(0o640)
    with pytest.raises(Invalid, match="chmod 600"):
        load_identity(tmp_path)


def test_a_key_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    save_identity(tmp_path, Authority().identity())
    (tmp_path / "agent.key").rename(tmp_path / "elsewhere")
    (tmp_path / "agent.key").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"):
        load_identity(tmp_path)


def test_the_request_proves_the_key_and_claims_no_name() -> None:
    key = new_key()
    request = x509.load_pem_x509_csr(certificate_request(key).encode())
    assert request.is_signature_valid
    assert request.public_key() == key.public_key()
    assert list(request.subject) == []
    assert isinstance(key.curve, ec.SECP256R1)


def test_a_certificate_of_another_ca_is_distrusted() -> None:
    key = new_key()
    with pytest.raises(Distrusted):
        certificate_for(key, pem(Authority().certify(key)), Authority().pem)


def test_a_certificate_for_another_key_is_distrusted() -> None:
    authority = Authority()
    with pytest.raises(Distrusted, match="another key"):
        certificate_for(new_key(), pem(authority.certify(new_key())), authority.pem)


def test_a_certificate_that_names_no_computer_is_distrusted() -> None:
    authority, key = Authority(), new_key()
    with pytest.raises(Distrusted):
        certificate_for(key, pem(authority.certify(key, "print.example.org")), authority.pem)


def test_a_certificate_of_a_version_nobody_knows_is_distrusted() -> None:
    authority, key = Authority(), new_key()
    der = authority.certify(key).public_bytes(Encoding.DER).replace(b"\x02\x01\x02", b"\x02\x01\x05", 1)
    changed = f"-----BEGIN CERTIFICATE-----\n{base64.encodebytes(der).decode()}-----END CERTIFICATE-----\n"
    with pytest.raises(Distrusted):
        certificate_for(key, changed, authority.pem)


@pytest.mark.parametrize(("day", "due"), [(0, False), (19, False), (21, True), (29, True), (31, True), (400, True)])
def test_renewal_is_due_in_the_last_third_and_after_the_end(day: int, due: bool) -> None:
    assert Authority(BEGIN).identity().renewal_due(BEGIN + timedelta(days=day)) is due
