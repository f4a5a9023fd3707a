"""What the port shows."""

from __future__ import annotations

import shutil
import ssl
from pathlib import Path
from uuid import UUID

import pytest
from cryptography import x509

from presswork.core.clock import system_randomness
from presswork.core.errors import Invalid
from presswork.server.platform.authority import Authority
from presswork.server.platform.certificate import FileCertificate, OwnCertificate, server_context
from presswork.testing.clock import StandingClock


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def authority(clock: StandingClock) -> Authority:
    return Authority.create(UUID(int=1), clock=clock, randomness=system_randomness)


def _own(directory: Path, authority: Authority, clock: StandingClock, host: str = "print.example.org") -> str:
    return OwnCertificate(directory, authority, clock, host).refresh(server_context())


def test_it_is_made_once_and_kept(tmp_path: Path, authority: Authority, clock: StandingClock) -> None:
    first = _own(tmp_path, authority, clock)
    assert _own(tmp_path, authority, clock) == first
    assert len(first.split(":")) == 32
    assert (tmp_path / "server.key").stat().st_mode & 0o777 == 0o600


def test_it_is_for_the_public_host_and_this_machine(tmp_path: Path, authority: Authority, clock: StandingClock) -> None:
    _own(tmp_path, authority, clock)
    shown = x509.load_pem_x509_certificate((tmp_path / "server.crt").read_bytes())
    names = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {"print.example.org", "localhost"} <= set(names.get_values_for_type(x509.DNSName))
    assert {str(address) for address in names.get_values_for_type(x509.IPAddress)} == {"127.0.0.1", "::1"}


def test_it_is_renewed_a_third_of_its_life_early(tmp_path: Path, authority: Authority, clock: StandingClock) -> None:
    first = _own(tmp_path, authority, clock)
    clock.advance(days=59)
    assert _own(tmp_path, authority, clock) == first
    clock.advance(days=1)
    assert _own(tmp_path, authority, clock) != first


def test_another_host_or_another_ca_makes_a_new_one(tmp_path: Path, authority: Authority, clock: StandingClock) -> None:
    first = _own(tmp_path, authority, clock)
    second = _own(tmp_path, authority, clock, "other.example.org")
    another = Authority.create(UUID(int=2), clock=clock, randomness=system_randomness)
    third = _own(tmp_path, another, clock, "other.example.org")
    assert len({first, second, third}) == 3


@pytest.mark.parametrize("name", ["server.crt", "server.key"])
@pytest.mark.parametrize("damage", [b"", b"not a certificate"])
def test_a_damaged_file_is_replaced(
    tmp_path: Path, authority: Authority, clock: StandingClock, name: str, damage: bytes
) -> None:
    first = _own(tmp_path, authority, clock)
    (tmp_path / name).write_bytes(damage)
    assert _own(tmp_path, authority, clock) != first


def test_files_of_somebody_else_are_read_again_when_they_change(
    tmp_path: Path, authority: Authority, clock: StandingClock
) -> None:
    _own(tmp_path / "a", authority, clock)
    _own(tmp_path / "b", authority, clock)
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    shutil.copy(tmp_path / "a" / "server.crt", chain)
    shutil.copy(tmp_path / "a" / "server.key", key)
    context = server_context()
    certificate = FileCertificate(chain, key)
    certificate.refresh(context)
    certificate.refresh(context)
    shutil.copy(tmp_path / "b" / "server.crt", chain)
    with pytest.raises(Invalid, match="cannot be read"):
        certificate.refresh(context)
    shutil.copy(tmp_path / "b" / "server.key", key)
    certificate.refresh(context)


def test_files_have_to_be_named_and_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="have to be named"):
        FileCertificate(None, tmp_path / "key.pem")
    with pytest.raises(Invalid, match="cannot be read"):
        FileCertificate(tmp_path / "no.pem", tmp_path / "no.key").refresh(server_context())


def test_old_tls_is_not_spoken() -> None:
    context = server_context()
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.verify_mode is ssl.CERT_NONE, "the port never asks for client certificates"
