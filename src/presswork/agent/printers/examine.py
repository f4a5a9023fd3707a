"""Asks one device in every way at once: IPP, SNMP, and a connection to the ports that say nothing of themselves.

facts = await examine("192.0.2.7", Community(), randomness=randomness)
facts.ways[0].uri     # the strongest way that answered
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from presswork.agent.delivery.capabilities import Capabilities
from presswork.agent.printers.facts import DeviceFacts, DeviceWay, by_strength, merged
from presswork.agent.printers.ipp_facts import ATTRIBUTES, facts_of
from presswork.agent.printers.snmp_facts import read_snmp
from presswork.core.clock import Randomness
from presswork.core.errors import Distrusted, Fault
from presswork.net.http_client_exchange import Deadlines, HttpUnavailable
from presswork.net.ipp_client import IppClient
from presswork.net.snmp import PORT, snmp_client
from presswork.net.snmp_reading import PATIENCE, Patience
from presswork.protocols.ipp.message import VERSION_1_1, VERSION_2_0, Attribute, Message
from presswork.protocols.ipp.registry import Operation, Status
from presswork.protocols.ipp.values import Keyword
from presswork.protocols.snmp.credentials import Credentials

_LAST_SUCCESS = 0x00FF
_PATHS = ("/ipp/print", "/ipp/printer", "/ipp")
"""PWG 5100.14 §4.2.1 first; the others are of older devices."""


@dataclass(frozen=True, slots=True)
class Patiences:
    """How long a device has for each kind of answer."""

    http: Deadlines = Deadlines(connect=5, reply=10, stall=10)  # noqa: RUF009 - immutable
    snmp: Patience = PATIENCE
    connect: float = 3
    """Seconds until a bare TCP connection stands."""
    all: float = 30
    """Seconds until the device is given up, whatever it still says."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where devices listen; the defaults are those of the standards."""

    ipp: int = 631
    raw: int = 9100
    lpd: int = 515
    snmp: int = PORT


@dataclass(slots=True)
class Remembered:
    """What a device said by SNMP when all of it was read last; whoever wants all of it again forgets it."""

    by_snmp: DeviceFacts | None = None


PATIENCES = Patiences()
PORTS = Ports()


async def examine(
    host: str,
    credentials: Credentials | None,
    *,
    randomness: Randomness,
    ports: Ports = PORTS,
    patiences: Patiences = PATIENCES,
) -> DeviceFacts | None:
    """The printer at that name or address; None where none answers to IPP or SNMP. Raises nothing for what devices do.

    ``ways`` are those that answered: ``ipps`` or else ``ipp``, ``socket`` and ``lpd``. Without ``credentials`` SNMP is left
    out. Sends nothing that could print.
    """
    authority = _authority(host)
    with suppress(TimeoutError):
        async with asyncio.timeout(patiences.all), asyncio.TaskGroup() as group:
            ipp = group.create_task(_by_ipp(host, ports.ipp, patiences))
            snmp = group.create_task(by_snmp(host, credentials, randomness, port=ports.snmp, patience=patiences.snmp))
            raw = group.create_task(connects(host, ports.raw, patiences.connect))
            lpd = group.create_task(connects(host, ports.lpd, patiences.connect))
        facts = merged(ipp.result(), snmp.result())
        if facts is None:
            return None
        plain = [DeviceWay(f"socket://{authority}:{ports.raw}")] if raw.result() else []
        plain += [DeviceWay(f"lpd://{authority}:{ports.lpd}/")] if lpd.result() else []
        return replace(facts, ways=by_strength(*facts.ways, *plain))
    return None


async def examine_uri(
    uri: str,
    credentials: Credentials | None,
    *,
    randomness: Randomness,
    pin: str | None = None,
    snmp_port: int = PORT,
    patiences: Patiences = PATIENCES,
    remembered: Remembered | None = None,
) -> DeviceFacts | None:
    """The printer at an address for printing: an IPP one is asked there and with its ``pin``, every one by SNMP.

    A printer with neither has facts without a word of its own where a connection stands; None where nothing answers.
    With another certificate than the pinned one it is not asked by IPP, and ``certificate_sha256`` says which it showed.
    """
    parts = urlsplit(uri)
    host = parts.hostname or ""
    with suppress(TimeoutError):
        async with asyncio.timeout(patiences.all), asyncio.TaskGroup() as group:
            snmp = group.create_task(
                by_snmp(host, credentials, randomness, port=snmp_port, patience=patiences.snmp, remembered=remembered)
            )
            if parts.scheme in {"ipp", "ipps"}:
                first = group.create_task(by_ipp(uri, pin, patiences.http))
            else:
                port = parts.port or (PORTS.lpd if parts.scheme == "lpd" else PORTS.raw)
                first = group.create_task(_by_connection(host, port, patiences.connect))
        return merged(first.result(), snmp.result())
    return None


async def by_ipp(uri: str, pin: str | None, deadlines: Deadlines) -> DeviceFacts | None:
    """What it says of itself at that URI; None where it does not answer as a printer does."""
    try:
        return await _ask(uri, pin, deadlines)
    except Distrusted as fault:
        return DeviceFacts(certificate_sha256=fault.details.get("seen"))
    except Fault:
        return None


async def _ask(uri: str, pin: str | None, deadlines: Deadlines) -> DeviceFacts | None:
    """One connection, with the version it knows. Raises what ``IppClient.call`` raises."""
    for version in (VERSION_2_0, VERSION_1_1):
        client = IppClient(uri, pin=pin, deadlines=deadlines, version=version)
        async with client:
            requested = Attribute.of("requested-attributes", *map(Keyword, ATTRIBUTES))
            reply = await client.call(Operation.GET_PRINTER_ATTRIBUTES, requested)
        if reply.code != Status.SERVER_ERROR_VERSION_NOT_SUPPORTED:
            return _facts(uri, reply, client.certificate_sha256)
    return None


async def by_snmp(
    host: str,
    credentials: Credentials | None,
    randomness: Randomness,
    *,
    port: int = PORT,
    patience: Patience = PATIENCE,
    remembered: Remembered | None = None,
) -> DeviceFacts | None:
    """What it says of itself by SNMP; None where it does not answer, or is no printer."""
    if credentials is None:
        return None
    with suppress(Fault):
        async with snmp_client(host, credentials, randomness, port=port, patience=patience) as device:
            facts = await read_snmp(device, None if remembered is None else remembered.by_snmp)
            if remembered is not None:
                remembered.by_snmp = facts
            return facts
    return None


async def connects(host: str, port: int, seconds: float) -> bool:
    """Whether somebody listens there. Nothing is sent."""
    try:
        async with asyncio.timeout(seconds):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, ValueError):  # a TimeoutError is an OSError; a host name that is none is a ValueError
        return False
    writer.transport.abort()
    return True


async def _by_connection(host: str, port: int, seconds: float) -> DeviceFacts | None:
    return DeviceFacts() if await connects(host, port, seconds) else None


async def _by_ipp(host: str, port: int, patiences: Patiences) -> DeviceFacts | None:
    """With TLS if it can, at the first path where a printer is."""
    if not await connects(host, port, patiences.connect):
        return None
    for scheme in ("ipps", "ipp"):
        for path in _PATHS:
            try:
                facts = await _ask(f"{scheme}://{_authority(host)}:{port}{path}", None, patiences.http)
            except Fault as fault:
                if isinstance(fault.__cause__, HttpUnavailable):
                    break  # no other path speaks another language
            else:
                if facts is not None:
                    return facts
    return None


def _authority(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _facts(uri: str, reply: Message, certificate: str | None) -> DeviceFacts | None:
    if reply.code > _LAST_SUCCESS:
        return None
    printer = Capabilities.of(reply)
    if not printer.attributes:
        return None
    return replace(facts_of(printer), ways=(DeviceWay(uri, certificate),), certificate_sha256=certificate)
