"""What the control messages are made of."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from presswork.protocols.control.base import Line as Line  # noqa: PLC0414 - part of these words
from presswork.protocols.control.base import Word as Word  # noqa: PLC0414
from presswork.protocols.control.device import SUPPLIES, TRAYS, SnmpSpec, Supply, Tray
from presswork.protocols.control.moment import Moment
from presswork.protocols.control.timeline import TimelineEntry

Account = Annotated[
    str, StringConstraints(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029/\\:]+$")
]
"""The name of an account of a computer (Unix user name)."""
QueueName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,126}$")]
"""A queue's name as cupsd and URIs take it."""
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Secret = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")]
"""32 random octets of a hand-over, in hexadecimal; empty for none."""


def _without_scope(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        raise ValueError("a scope means something on one computer only")
    return address


IpAddress = Annotated[IPv4Address | IPv6Address, AfterValidator(_without_scope)]
"""An address as it means the same on every computer."""
IpNetwork = IPv4Network | IPv6Network
MacAddress = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{2}(:[0-9a-f]{2}){5}$")]
DnsName = Annotated[
    str,
    StringConstraints(
        max_length=253, pattern=r"^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)*$"
    ),
]
"""A name of the DNS in small letters, without a point at its end."""
DeviceUri = Annotated[
    str, StringConstraints(max_length=1023, pattern=r"^(ipps?|socket|lpd|redirector)://[^\s\x00-\x1f\x7f-\x9f]+$")
]
"""Where and how a printer is reached. ``redirector://<computer id>/<queue>``: a queue of that computer's operating system."""

StateKeyword = Literal[
    "pending", "pending-held", "processing", "processing-stopped", "canceled", "aborted", "completed"
]
Outcome = Literal["printed", "not-printed", "unknown", "handed-over"]
"""The honest ends of a delivery. ``handed-over``: to a queue of an operating system, which Presswork sees no further into."""


OwnerProof = Literal["peer", "spooler", "declared"]
"""How a job's owner is known: by the kernel, by the spooler, or by a name over a channel an administrator declared trusted."""


class PrinterSpec(Word):
    """A printer as the server knows it and an agent delivers to it."""

    printer_id: UUID
    name: Line
    location: Line = ""
    device_uri: DeviceUri
    """The strongest of its addresses."""
    ways: tuple[DeviceUri, ...] = Field((), max_length=8)
    """All its addresses, strongest first; empty where ``device_uri`` is the only one."""
    certificate_sha256: Sha256 | None = None
    """The pinned certificate (DER) for ``ipps``; None until first use: then the agent reports what it saw."""
    snmp: SnmpSpec | None = None
    """How its page counter is asked, where that decides what became of a job (``socket``, ``lpd``); None: it is not."""


class QueueDefaults(Word):
    """What a job gets where its sender does not say it (RFC 8011 §5.2); None: the printing system's own default."""

    copies: int | None = Field(None, ge=1, le=999)
    sides: Literal["one-sided", "two-sided-long-edge", "two-sided-short-edge"] | None = None
    print_color_mode: Literal["auto", "color", "monochrome"] | None = None
    """``print-color-mode`` (PWG 5100.13 §6.2.3)."""
    media: Annotated[str, StringConstraints(max_length=63, pattern=r"^[a-z0-9][a-z0-9._-]*$")] | None = None
    """A self-describing size (PWG 5101.1)."""


NO_DEFAULTS = QueueDefaults()


class QueueSpec(Word):
    """A queue to be installed on the computer."""

    queue_id: UUID
    name: QueueName
    info: Line = ""
    location: Line = ""
    mode: Literal["hold", "direct"]
    printer_id: UUID | None = None
    """Where a direct queue prints, and what a hold queue offers at release; None: any printer (*anywhere*)."""
    ask: bool = False
    """A job waits, and its sender is asked at once whether it is to be printed at ``printer_id`` now."""
    defaults: QueueDefaults = NO_DEFAULTS
    accounts: tuple[Account, ...] | None = Field(None, max_length=1000)
    """The accounts that may print here; None: every account of this computer."""


class AccountBinding(Word):
    """This account of this computer is this person: made by a sign-in."""

    account: Account
    user_id: UUID
    person: Line


class NetworkHint(Word):
    """What an active interface of a computer tells of where that is: a claim of its agent, from which the server decides."""

    gateway: IpAddress | None = None
    """Its default gateway …"""
    gateway_mac: MacAddress | None = None
    """… and the hardware address of that, where the computer has spoken to it."""
    prefixes: tuple[IpNetwork, ...] = Field((), max_length=8)
    """The subnets it has an address in; those of its own (loopback, link-local) are left out."""
    dns_suffixes: tuple[DnsName, ...] = Field((), max_length=8)
    """The search domains of this computer."""
    addresses: tuple[IpAddress, ...] = Field((), max_length=8)
    """Its own ones there: where other agents reach it."""


class JobReport(Word):
    """A job as its holder sees it: the server's projection is made of these."""

    job_id: UUID
    version: int = Field(ge=1)
    """Grows with each change of the job; an older report than the one known is ignored."""
    queue_id: UUID
    account: Account
    owner_proof: OwnerProof
    user_id: UUID | None = None
    """The owner, where the agent knew the account's person when the job came; else unclaimed."""
    name: Line
    document_format: Line
    size: int = Field(ge=0)
    """Octets of the document."""
    pages: int | None = Field(None, ge=0, le=2**31 - 1)
    copies: int = Field(1, ge=1)
    sides: Line = "one-sided"
    state: StateKeyword
    state_reasons: tuple[Line, ...] = ()
    outcome: Outcome | None = None
    printer_id: UUID | None = None
    fence: int = Field(1, ge=1)
    """Grows with each hand-over: the report of a holder with a smaller one is of the past."""
    secret: Secret = Field("", repr=False)
    """Of a job that was handed over: what its holder said when it committed, so that the server knows that it did."""
    document_kept: bool
    """Whether the holder still has the document: what can be released (again)."""
    created_at: Moment
    ended_at: Moment | None = None
    timeline: tuple[TimelineEntry, ...] = ()
    """Entries the server has not confirmed yet; an entry seen twice is one entry (its sequence)."""


class PrinterReport(Word):
    """What an agent learned about a printer. What is left out is as it was told last."""

    printer_id: UUID
    seen_at: Moment
    reachable: bool
    state: Literal["idle", "processing", "stopped", "unknown"] = "unknown"
    state_reasons: tuple[Line, ...] = ()
    make_and_model: Line = ""
    document_formats: tuple[Line, ...] = ()
    certificate_sha256: Sha256 | None = None
    """The certificate it showed; differs from the pinned one when that changed."""
    uuid: Line = ""
    """Of the device (``printer-uuid``), without ``urn:uuid:``; empty, as all that follows, where it is not told."""
    serial_number: Line = ""
    mac: Line = ""
    firmware: Line = ""
    impressions: int | None = Field(None, ge=0, le=2**53)
    """Sides it has printed in its life."""
    trays: tuple[Tray, ...] | None = Field(None, max_length=TRAYS)
    supplies: tuple[Supply, ...] | None = Field(None, max_length=SUPPLIES)
    answers_to: tuple[Literal["ipp", "snmp"], ...] | None = None
    """By what it says how it is; empty where only a connection was made, None where nobody tried."""


class Order(Word):
    """A command to the holder of a job; the same ``order_id`` again is the same order."""

    order_id: UUID
    kind: Literal["release", "delete"]
    job_id: UUID
    printer_id: UUID | None = None
    printer: PrinterSpec | None = None
    """The printer of a release, as it is now: the agent need not know it before."""
    user_id: UUID
    issued_at: Moment
    again: bool = True
    """Of a release: whether the person knew of a delivery that was over. Where not, one that they did not know of stands in
    its way. Servers that do not say it did not ask."""
    fence: int | None = Field(None, ge=2)
    """Of a deletion: only what is held, or arrived, under this number or a smaller one. That hand-over was undone."""


class OrderAnswer(Word):
    """What became of an order; ``code`` and ``sentence`` of the fault when it was refused."""

    order_id: UUID
    done: bool
    code: Line = ""
    sentence: Line = ""
