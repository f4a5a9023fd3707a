"""TLS between agents: 1.3 and nothing older, both show a certificate of the one CA, and no connection helps the next one."""

from __future__ import annotations

import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from presswork.net.tls import among_agents
from presswork.testing.authority import Authority, pem


@dataclass
class Computer:
    """One with a certificate of that CA."""

    directory: Path
    ca: Authority

    def __post_init__(self) -> None:
        identity = self.ca.identity()
        self.directory.mkdir()
        key = identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (self.directory / "key").write_bytes(key)
        (self.directory / "certificate").write_text(pem(identity.certificate))

    def context(self, *, server_side: bool) -> ssl.SSLContext:
        """The one under test."""
        files = self.directory / "certificate", self.directory / "key"
        return among_agents(*files, self.ca.pem, server_side=server_side)

    def other_context(self, *, server_side: bool, certificate: bool = True) -> ssl.SSLContext:
        """As another program would make one: it verifies nobody."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server_side else ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if certificate:
            context.load_cert_chain(self.directory / "certificate", self.directory / "key")
        return context


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    return Computer(tmp_path / "computer", Authority())


def meet(client: ssl.SSLContext, server: ssl.SSLContext, session: ssl.SSLSession | None = None) -> ssl.SSLObject:
    """A connection on which both have read a word of the other, seen from the client. Raises ``ssl.SSLError`` of either."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(down, up, server_side=False, session=session)
    theirs = server.wrap_bio(up, down, server_side=True)
    for _ in range(4):
        for end in (ours, theirs):
            with suppress(ssl.SSLWantReadError):
                end.do_handshake()
    ours.write(b"word")
    assert theirs.read() == b"word"
    theirs.write(b"answer")
    assert ours.read() == b"answer"
    return ours


def test_two_of_one_organisation_meet(computer: Computer, tmp_path: Path) -> None:
    other = Computer(tmp_path / "other", computer.ca)
    connection = meet(other.context(server_side=False), computer.context(server_side=True))
    assert connection.version() == "TLSv1.3"


def test_no_connection_helps_the_next_one(computer: Computer) -> None:
    ours, theirs = computer.context(server_side=False), computer.context(server_side=True)
    first = meet(ours, theirs)
    assert first.session is not None
    assert not first.session.has_ticket
    second = meet(ours, theirs, first.session)
    assert second.session_reused is False


def test_who_speaks_only_tls_1_2_is_refused(computer: Computer) -> None:
    for server_side in (False, True):
        old = computer.other_context(server_side=server_side)
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        ours = computer.context(server_side=not server_side)
        with pytest.raises(ssl.SSLError, match=r"(?i)protocol|version"):
            meet(*((ours, old) if server_side else (old, ours)))


def test_who_shows_no_certificate_is_refused(computer: Computer) -> None:
    nobody = computer.other_context(server_side=False, certificate=False)
    with pytest.raises(ssl.SSLError, match="PEER_DID_NOT_RETURN_A_CERTIFICATE"):
        meet(nobody, computer.context(server_side=True))


def test_who_shows_one_of_another_ca_is_refused(computer: Computer, tmp_path: Path) -> None:
    foreign = Computer(tmp_path / "foreign", Authority())
    with pytest.raises(ssl.SSLCertVerificationError):
        meet(foreign.other_context(server_side=False), computer.context(server_side=True))
    with pytest.raises(ssl.SSLCertVerificationError):
        meet(computer.context(server_side=False), foreign.other_context(server_side=True))


def test_time_is_not_judged_here(computer: Computer, tmp_path: Path) -> None:
    past = Authority(datetime.now(UTC) - timedelta(days=90))
    here, there = Computer(tmp_path / "here", past), Computer(tmp_path / "there", past)
    meet(here.context(server_side=False), there.context(server_side=True))
