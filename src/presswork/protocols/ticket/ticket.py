"""The ticket: who may send which document to whom, and what is to become of it there.

    <payload>.<signature>      both base64url without padding

The payload is the JSON of ``Ticket``; the signature is Ed25519 (RFC 8032) over ``CONTEXT`` and the payload as it is
written, so that no other thing this key signs can pass for a ticket. The key is the installation's ticket key, whose
certificate of the installation's CA every agent has from its desired state.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import Field

from presswork.core.errors import Distrusted
from presswork.protocols.control.base import Line, Word
from presswork.protocols.control.moment import Moment
from presswork.protocols.control.words import PrinterSpec, Sha256

CONTEXT: Final = b"presswork ticket 1\n"
LONGEST: Final = 16 * 1024
"""Characters of a ticket; a longer one is none."""
LIFE: Final = timedelta(hours=1)
"""How long a new ticket is good: a job can be sent that long without the server."""
LEEWAY: Final = timedelta(minutes=1)
"""So much the clocks of receiver and server may differ, beside what the receiver knows of it."""


class TicketKind(StrEnum):
    """What the receiver is to do."""

    RELAY = "relay"
    """Send the document on to ``printer``."""
    REDIRECTOR = "redirector"
    """Hand it to a queue of its operating system, which ``printer`` names."""
    HOLD = "hold"
    """Keep the job from now on: it becomes its holder."""


class TicketRefused(Distrusted):
    """A ticket that allows nothing here."""

    code = "ticket-refused"


class Ticket(Word):
    """What the server allows. ``ticket_id`` names the transfer, too: the same ticket again is the same transfer."""

    ticket_id: UUID
    kind: TicketKind
    tenant_id: UUID
    job_id: UUID
    sender_id: UUID
    """The computer that holds the job …"""
    receiver_id: UUID
    """… and the one that is to get it."""
    digest: Sha256
    """``digest_of`` the job's sealed documents."""
    fence: int = Field(ge=1)
    """Of the job's holder: of ``HOLD`` the number the receiver holds the job under, else the sender's."""
    printer: PrinterSpec | None = None
    """Where to; None of ``HOLD``. The receiver connects to nobody else for it."""
    user: Line = ""
    """Of ``REDIRECTOR``: whose job it is to be there."""
    through_server: bool = False
    """Of ``RELAY``: the server pipes this transfer, where the two do not reach each other."""
    not_after: Moment
    """In the server's time."""


def digest_of(headers: Iterable[bytes]) -> str:
    """What a ticket says of a job's documents: SHA-256 over ``Header.digest`` of each, in their order, in hexadecimal."""
    return sha256(b"".join(headers)).hexdigest()


def sign_ticket(ticket: Ticket, key: Ed25519PrivateKey) -> str:
    """The ticket as it travels."""
    payload = _encoded(ticket.model_dump_json(exclude_defaults=True).encode())
    signature = _encoded(key.sign(CONTEXT + payload))
    return f"{payload.decode()}.{signature.decode()}"


def open_ticket(text: str, key: Ed25519PublicKey) -> Ticket:
    """What ``text`` allows; ``TicketRefused`` unless it is signed with ``key``. Nothing of it is judged yet."""
    payload, _, signature = text[:LONGEST].partition(".")  # a longer one has lost the end of its signature
    try:
        key.verify(_decoded(signature), CONTEXT + payload.encode("ascii"))
        return Ticket.model_validate_json(_decoded(payload))
    except (ValueError, InvalidSignature):
        raise TicketRefused("This is not a ticket of this installation's server.", reason="not-signed") from None


def ticket_id_of(text: str) -> UUID:
    """Which transfer the ticket names, believed: for who shows the ticket, never for who is shown it. ``TicketRefused``."""
    try:
        return Ticket.model_validate_json(_decoded(text[:LONGEST].partition(".")[0])).ticket_id
    except ValueError:
        raise TicketRefused("This is no ticket.", reason="not-signed") from None


def check_ticket(
    ticket: Ticket, *, tenant_id: UUID, sender_id: UUID, receiver_id: UUID, kinds: Iterable[TicketKind], now: datetime
) -> None:
    """``TicketRefused`` unless the ticket allows one of ``kinds`` here: to this receiver, from that sender, now.

    ``now`` is the server's time as far as the receiver knows it. ``reason`` in the details says what is wrong.
    """
    if ticket.tenant_id != tenant_id:
        raise TicketRefused("The ticket is of another organisation.", reason="foreign-tenant")
    if ticket.receiver_id != receiver_id:
        raise TicketRefused("The ticket is for another computer.", reason="another-receiver")
    if ticket.sender_id != sender_id:
        raise TicketRefused(
            "The ticket was made for another computer than the one that shows it.", reason="another-sender"
        )
    if ticket.kind not in kinds:
        raise TicketRefused("The ticket allows something else than what is asked here.", reason="another-kind")
    if now > ticket.not_after + LEEWAY:
        raise TicketRefused("The ticket is too old. A new one is needed.", reason="expired")


def _encoded(octets: bytes) -> bytes:
    return base64.urlsafe_b64encode(octets).rstrip(b"=")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise ValueError from None
