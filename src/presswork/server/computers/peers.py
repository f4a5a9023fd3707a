"""Computers as others reach them: where their agents listen, and who takes over the held jobs of whom."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from uuid import UUID

from sqlalchemy import Select, select, update

from presswork.protocols.control.agent import Hello
from presswork.protocols.control.route import PeerSpec
from presswork.protocols.control.words import NetworkHint
from presswork.server.computers.models import Computer, ComputerNetwork
from presswork.server.networks import MarkOfNetwork, approved_prefixes
from presswork.server.platform.database import Session
from presswork.server.platform.events import News

ADDRESSES = 16
PREFIXES = 64
_KEY_OCTETS = 32


def note_listening(computer: Computer, hello: Hello) -> bool:
    """Take over where its agent listens and what queues it has; whether others reach it differently now."""
    before = computer.relay_port
    computer.relay_port = hello.relay_port
    computer.redirector_port = hello.redirector_port
    computer.discovery_port = hello.discovery_port
    computer.discovery_key = _key(hello.discovery_key)
    computer.host_queues = hello.host_queues
    return before != computer.relay_port


def note_reach(computer: Computer, hints: Sequence[NetworkHint], marks: Iterable[MarkOfNetwork]) -> bool:
    """Take over its addresses, and which of its subnets belong to known networks; whether that is other than before."""
    before = computer.addresses, computer.prefixes, computer.approved
    addresses = (str(address) for hint in hints for address in hint.addresses if _means_a_host(address))
    computer.addresses = tuple(dict.fromkeys(addresses))[:ADDRESSES]
    computer.prefixes = tuple(dict.fromkeys(str(prefix) for hint in hints for prefix in hint.prefixes))[:PREFIXES]
    computer.approved = tuple(map(str, approved_prefixes(hints, marks)))[:PREFIXES]
    return before != (computer.addresses, computer.prefixes, computer.approved)


def peer(computer: Computer, port: int, *, asking: Computer) -> PeerSpec:
    """How ``asking`` reaches the computer at ``port``: its addresses, those in a subnet of ``asking`` first."""
    subnets = [ip_network(prefix) for prefix in asking.prefixes]
    addresses = [ip_address(address) for address in computer.addresses]
    near_first = sorted(addresses, key=lambda address: not any(address in subnet for subnet in subnets))
    return PeerSpec(computer_id=computer.id, name=computer.name, addresses=tuple(near_first), port=port)


def weight(*ids: UUID) -> bytes:
    """Rendezvous hashing: an order of computers that is stable for one subject and another one for the next."""
    return hashlib.sha256(b"".join(one.bytes for one in ids)).digest()


async def site_nodes_of(session: Session, computer: Computer) -> Sequence[Computer]:
    """Who may take over the held jobs of this computer where it is now, the likeliest first: those that are there first.

    Nobody takes over those of a site node: it is there always.
    """
    if computer.site_node or computer.revoked_at is not None:
        return ()
    rows = await session.scalars(
        select(Computer).where(
            Computer.tenant_id == computer.tenant_id,
            Computer.site_node.is_(True),
            Computer.revoked_at.is_(None),
            Computer.relay_port.is_not(None),
            Computer.id != computer.id,
            Computer.id.in_(_on_networks_of(computer)),
        )
    )
    now = session.now()
    return sorted(rows, key=lambda node: (not node.online(now), weight(computer.id, node.id)))


async def neighbours_changed(session: Session, computer: Computer) -> None:
    """The other computers of its networks are to have something else: another site node, or the same elsewhere."""
    changed = await session.scalars(
        update(Computer)
        .where(
            Computer.tenant_id == computer.tenant_id,
            Computer.id != computer.id,
            Computer.revoked_at.is_(None),
            Computer.id.in_(_on_networks_of(computer)),
        )
        .values(desired_revision=session.randomness(8).hex())
        .returning(Computer.id)
    )
    for computer_id in changed.all():
        session.announce(News(computer.tenant_id, computer_id))


def _on_networks_of(computer: Computer) -> Select[UUID]:
    its = select(ComputerNetwork.network_id).where(
        ComputerNetwork.tenant_id == computer.tenant_id, ComputerNetwork.computer_id == computer.id
    )
    return select(ComputerNetwork.computer_id).where(
        ComputerNetwork.tenant_id == computer.tenant_id, ComputerNetwork.network_id.in_(its)
    )


def _key(text: str) -> str:
    """What is no Ed25519 key counts as none."""
    try:
        octets = base64.b64decode(text, validate=True)
    except binascii.Error:
        return ""
    return base64.b64encode(octets).decode("ascii") if len(octets) == _KEY_OCTETS else ""


def _means_a_host(address: IPv4Address | IPv6Address) -> bool:
    """An address that others could reach it at: a claim, from which follows only whom they try."""
    return not (
        address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or address.is_reserved
    )
