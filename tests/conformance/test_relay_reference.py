"""A holder that another team could have written: from ``docs/reference/{relay,tickets,sealed}.md`` and nothing else of the house.

It hands a document to our relay, loses its connection in the middle, and goes on. What it knows of the protocol stands in this file.
"""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import struct
from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from socket import create_connection
from typing import Any
from uuid import UUID, uuid4

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from presswork.testing.authority import TENANT, pem
from presswork.testing.raw_server import raw_server
from presswork.testing.relaying import Organisation, relay
from presswork.testing.sink import Sink

PIECE = 65_536
WAIT = 20


class Sealed:
    """A document, sealed (sealed.md)."""

    def __init__(self, document: bytes) -> None:
        self.size = len(document)
        self.key, prefix = os.urandom(32), os.urandom(7)
        magic = bytes.fromhex("89505753 0D0A1A0A")
        self.header = magic + bytes((1, 1)) + struct.pack(">I", PIECE) + uuid4().bytes + prefix + bytes(3)
        self.digest = sha256(self.header).digest()
        pieces = [document[at : at + PIECE] for at in range(0, len(document), PIECE)] or [b""]
        self.chunks = [
            AESGCM(self.key).encrypt(prefix + struct.pack(">I?", number, number == len(pieces) - 1), piece, self.digest)
            for number, piece in enumerate(pieces)
        ]


def signed_ticket(key: Ed25519PrivateKey, **members: Any) -> str:
    """What the server gives (tickets.md)."""

    def encoded(octets: bytes) -> bytes:
        return urlsafe_b64encode(octets).rstrip(b"=")

    payload = encoded(json.dumps(members).encode())
    return (payload + b"." + encoded(key.sign(b"presswork ticket 1\n" + payload))).decode()


@dataclass
class Line:
    """A connection to a receiver: TLS, and frames in it (relay.md)."""

    tls: ssl.SSLSocket

    @classmethod
    def to(cls, directory: Path, port: int, tenant: UUID, computer: UUID) -> Line:
        """To that computer and no other."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.check_hostname = False
        context.load_verify_locations(directory / "ca.crt")
        context.load_cert_chain(directory / "agent.crt", directory / "agent.key")
        tls = context.wrap_socket(create_connection(("127.0.0.1", port), WAIT))
        subject = x509.load_der_x509_certificate(tls.getpeercert(binary_form=True) or b"").subject
        for oid, value in ((NameOID.ORGANIZATION_NAME, tenant), (NameOID.COMMON_NAME, computer)):
            assert [one.value for one in subject.get_attributes_for_oid(oid)] == [str(value)]
        return cls(tls)

    def say(self, message: str, **members: Any) -> None:
        content = json.dumps({"message": message, **members}).encode()
        self.tls.sendall(struct.pack(">IB", len(content), ord("J")) + content)

    def send(self, number: int, position: int, chunk: bytes) -> None:
        self.tls.sendall(struct.pack(">IBHI", 6 + len(chunk), ord("C"), number, position) + chunk)

    def hear(self) -> dict[str, Any]:
        """The next message that is more than a sign of life."""
        while True:
            length, kind = struct.unpack(">IB", self._exactly(5))
            content = self._exactly(length)
            if kind == ord("J"):
                return dict(json.loads(content))
            assert (kind, length) == (ord("A"), 0)

    def _exactly(self, count: int) -> bytes:
        octets = b""
        while len(octets) < count:
            more = self.tls.recv(count - len(octets))
            assert more, "the receiver hung up"
            octets += more
        return octets


@dataclass
class Holder:
    """The other team's program, for one job of one document."""

    directory: Path
    port: int
    tenant: UUID
    receiver: UUID
    ticket: str
    job_id: UUID
    document: Sealed
    marked: bool = False

    def _connect(self) -> Line:
        line = Line.to(self.directory, self.port, self.tenant, self.receiver)
        line.say("hello", protocol=1)
        described = {
            "number": 1,
            "document_format": "application/pdf",
            "size": self.document.size,
            "header": b64encode(self.document.header).decode(),
        }
        job = {
            "job_id": str(self.job_id),
            "queue_id": str(uuid4()),
            "account": "ada",
            "owner_proof": "peer",
            "name": "A letter",
            "pages": 1,
            "created_at": datetime.now(UTC).isoformat(),
            "documents": [described],
        }
        line.say("offer", ticket=self.ticket, job=job, gone=self.marked)
        hello = line.hear()
        assert (hello["message"], hello.get("protocol", 1)) == ("hello", 1)
        return line

    def go_and_break_off(self) -> dict[str, Any]:
        """Answer GO, send the first chunk, and be gone. What was asked."""
        line = self._connect()
        asked = line.hear()
        assert asked["message"] == "ask-go"
        self.marked = True
        line.say("go", keys=[{"number": 1, "key": b64encode(self.document.key).decode()}])
        assert self._at(line.hear()) == 0
        line.send(1, 0, self.document.chunks[0])
        line.tls.close()
        return asked

    def go_on(self) -> list[dict[str, Any]]:
        """All the rest, to the end. What was said."""
        line = self._connect()
        first = line.hear()
        for position in range(self._at(first), len(self.document.chunks)):
            line.send(1, position, self.document.chunks[position])
        said = [first]
        while said[-1]["message"] != "ended":
            said.append(line.hear())
        line.say("end-seen")
        line.tls.close()
        return said

    def ask_for_the_end(self) -> dict[str, Any]:
        """Once more, by the same ticket."""
        line = self._connect()
        ended = line.hear()
        line.tls.close()
        return ended

    def _at(self, message: dict[str, Any]) -> int:
        assert (message["message"], message["number"]) == ("at", 1)
        return int(message["chunk"])


async def test_a_holder_written_from_the_reference(tmp_path: Path) -> None:
    organisation, sink = Organisation(), Sink()
    document = os.urandom(3 * PIECE + 5)
    sealed, job_id, sender = Sealed(document), uuid4(), uuid4()
    enrolled = organisation.ca.identity(computer_id=sender)
    key = enrolled.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for name, octets in (
        ("ca.crt", organisation.ca.pem.encode()),
        ("agent.crt", pem(enrolled.certificate).encode()),
        ("agent.key", key),
    ):
        await asyncio.to_thread((tmp_path / name).write_bytes, octets)
    async with raw_server(sink) as printer, relay(tmp_path / "relay", organisation) as receiver:
        uri = f"socket://127.0.0.1:{printer}"
        ticket = signed_ticket(
            organisation.key,
            ticket_id=str(uuid4()),
            kind="relay",
            tenant_id=str(TENANT),
            job_id=str(job_id),
            sender_id=str(sender),
            receiver_id=str(receiver.computer_id),
            digest=sha256(sealed.digest).hexdigest(),
            fence=1,
            printer={"printer_id": str(uuid4()), "name": "Flur", "device_uri": uri},
            not_after=(datetime.now(UTC) + timedelta(hours=1)).isoformat(),
        )
        holder = Holder(tmp_path, receiver.port, TENANT, receiver.computer_id, ticket, job_id, sealed)
        asked = await asyncio.to_thread(holder.go_and_break_off)
        said = await asyncio.to_thread(holder.go_on)
        again = await asyncio.to_thread(holder.ask_for_the_end)
    assert (asked["way"], asked["device_job_id"]) == ("socket", None)
    assert sink.jobs == [document], "another document came out, or none, or it twice"
    assert {one["message"] for one in said} <= {"at", "progress", "says", "taken", "ended"}
    assert [one["octets"] for one in said if one["message"] == "progress"][-1:] in ([], [len(document)])
    assert (said[-1]["outcome"], said[-1]["event"]) == ("unknown", "unknown"), "RAW says no more"
    assert again == said[-1]
