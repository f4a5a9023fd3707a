"""Server <-> agent. Enrolment and sync are HTTPS requests signed with the agent's key (DPoP, RFC 9449); the WebSocket only wakes.

    POST /api/agent/enrol        EnrolRequest -> Enrolled           no signature; the one-use code is the proof
    POST /api/agent/renew        RenewRequest -> Enrolled           signed; the certificate may be expired, not revoked
    POST /api/agent/sync         SyncRequest -> SyncReply           signed
    POST /api/agent/sign-in      AccountSignIn -> AccountSignInStarted   signed; the result arrives by sync
    POST /api/agent/printers     FindPrinters -> PrintersFound   signed
    POST /api/agent/route, hand-over, owner   see ``route.py``; signed
    GET  /websocket/tunnel/<ticket id>   see ``tunnel.py``; signed
    GET  /websocket/agent        Wake frames, server to agent       signed; authenticated at the handshake

``Authorization: DPoP <certificate, DER, base64url>`` and ``DPoP: <proof>``: the certificate is the access token, bound to
the agent's key by the CA's signature; the proof is a JWT over method, URL, time and a nonce (``htm htu iat jti ath``).
"""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from presswork.protocols.control.device import WatchSpec
from presswork.protocols.control.moment import Moment
from presswork.protocols.control.route import ALL_ROUTES, NO_DUTIES, Duties, PeerSpec, RouteKind
from presswork.protocols.control.search import SearchOrder, SearchReport
from presswork.protocols.control.tunnel import TunnelCall
from presswork.protocols.control.words import (
    Account,
    AccountBinding,
    IpNetwork,
    JobReport,
    Line,
    NetworkHint,
    Order,
    OrderAnswer,
    PrinterReport,
    PrinterSpec,
    QueueName,
    QueueSpec,
    Word,
)

Base64Octets = Annotated[str, StringConstraints(max_length=1024, pattern=r"^[A-Za-z0-9+/]*={0,2}$")]
PROTOCOL_MAJOR = 1
WATCHES_PRINTERS = "watch-printers"
"""The capability of agents that report what ``DesiredState.watched`` asks for."""
RELAYS = "relay"
"""The capability of agents that carry jobs for others and have theirs carried."""
TUNNELS = "tunnel"
"""The capability of agents that carry jobs for others through the server, too (``tunnel.py``)."""
REPORTS_AT_ONCE = 200
"""At most so many job reports in one sync."""
MOST_REMOVED = 256
"""At most so many removed computers are named, those removed last."""


class Hello(Word):
    """Who the agent is, in every sync and at the WebSocket."""

    protocol: int = PROTOCOL_MAJOR
    capabilities: frozenset[str] = frozenset()
    version: Line
    computer_name: Line
    platform: Line
    relay_port: int | None = Field(None, ge=1, le=65535)
    """Where other agents reach it (TCP); None: they do not."""
    redirector_port: int | None = Field(None, ge=1, le=65535)
    discovery_port: int | None = Field(None, ge=1, le=65535)
    discovery_key: Base64Octets = ""
    """Its Ed25519 public key (RFC 8032, 32 octets) for beacons; empty: it sends none."""
    host_queues: tuple[QueueName, ...] = Field((), max_length=200)
    """The queues of its operating system that are not Presswork's."""


class EnrolRequest(Word):
    """A computer asks to belong to the tenant that issued ``code``."""

    code: Line
    certificate_request: str = Field(max_length=8192)
    """PKCS #10, PEM; its subject is ignored."""
    hello: Hello


class RenewRequest(Word):
    """A new certificate for the same computer and key, or a new key."""

    certificate_request: str = Field(max_length=8192)


class Enrolled(Word):
    """The computer's identity and the CA that all parts of the installation trust."""

    computer_id: UUID
    tenant_id: UUID
    certificate: str
    """PEM; subject CN is the computer id, O the tenant id."""
    ca_certificate: str
    server_time: Moment


class AccountSignIn(Word):
    """A person at this account wants to be known: start a device sign-in (after RFC 8628)."""

    account: Account


class AccountSignInStarted(Word):
    """What to show the person: they open ``verification_uri`` anywhere, sign in, compare ``user_code`` and confirm."""

    user_code: Line
    verification_uri: Line
    verification_uri_complete: Line
    expires_at: Moment


class FindPrinters(Word):
    """Which printers may this account's person mean?"""

    account: Account
    text: Line = ""
    """Part of a name or place, or an id; empty: those near the computer, and those used lately."""


class PrintersFound(Word):
    """Printers, the likeliest first: used lately, near, then by name."""

    printers: tuple[PrinterSpec, ...] = Field((), max_length=50)
    more: bool = False
    """Whether there are others, which another ``text`` finds."""


class SyncRequest(Word):
    """What the agent has to tell, and which desired state it holds."""

    hello: Hello
    revision: Line = ""
    reports: tuple[JobReport, ...] = Field((), max_length=REPORTS_AT_ONCE)
    printers: tuple[PrinterReport, ...] = Field((), max_length=1000)
    answers: tuple[OrderAnswer, ...] = Field((), max_length=1000)
    networks: tuple[NetworkHint, ...] | None = Field(None, max_length=16)
    """Where the computer is, one for each active interface; None: the agent cannot say."""
    searches: tuple[SearchReport, ...] = Field((), max_length=16)
    entry_until: Moment | None = None
    """Until when its entry of the roster is good; None: it has none."""


class DesiredState(Word):
    """All that a computer is to have; the agent converges to it."""

    revision: Line
    computer_name: Line
    queues: tuple[QueueSpec, ...]
    printers: tuple[PrinterSpec, ...]
    """Those its queues print at, those it watches, and those its jobs were released to; by far not all there are."""
    accounts: tuple[AccountBinding, ...]
    watched: tuple[WatchSpec, ...] = ()
    """The printers whose state this computer reports; they stand in ``printers``, too."""
    hold_hours: int = Field(72, ge=1, le=366 * 24)
    """An unreleased job is destroyed after so many hours."""
    default_queue: QueueName | None = None
    """The computer's default destination where it is now, unless a person chose another."""
    ticket_certificate: str = Field("", max_length=8192)
    """Of the key that signs tickets and the roster (PEM, issued by the CA); empty: nothing of that kind is believed."""
    routes: tuple[RouteKind, ...] = Field(ALL_ROUTES, max_length=4)
    """The routes that jobs may take, in the order in which they are tried."""
    approved: tuple[IpNetwork, ...] = Field((), max_length=64)
    """The subnets of this computer that belong to known networks: only there it looks for other agents."""
    site_node: PeerSpec | None = None
    """Who takes over this computer's held jobs where it is now."""
    duties: Duties = NO_DUTIES


class SyncReply(Word):
    """What the server wants; a reply confirms everything in the request."""

    server_time: Moment
    desired: DesiredState | None = None
    """None: ``revision`` is still the newest."""
    orders: tuple[Order, ...] = ()
    """Open orders, repeated until answered."""
    searches: tuple[SearchOrder, ...] = ()
    """Searches to be carried out, repeated until their end was reported."""
    roster_entry: str = Field("", max_length=1024)
    """A new entry of the roster for this agent (``protocols.discovery``), base64; empty: the one it has is good."""
    removed: tuple[UUID, ...] = Field((), max_length=MOST_REMOVED)
    """Computers of the organisation that were removed while something they have is good still: none is believed any more."""
    tunnels: tuple[TunnelCall, ...] = Field((), max_length=64)
    """Where somebody waits for this computer now."""
    sync_after: int = Field(30, ge=1, le=3600)
    """Seconds until the next sync if no wake comes."""


class Wake(Word):
    """There is news: sync now."""

    kind: Literal["wake"] = "wake"
