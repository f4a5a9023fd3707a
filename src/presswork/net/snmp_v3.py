"""SNMP v3: the security model is pysnmp's (RFC 3414, RFC 3826, RFC 7860). Imported only where a version 3 user is set.

Making an engine reads files, so that is done in a thread. To make a device's keys of a password takes some 30 ms, once for
each device and engine; so the clients of one user share an engine, as long as there is one of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from pysnmp.error import PySnmpError
from pysnmp.hlapi.v3arch.asyncio import (
    USM_AUTH_HMAC96_MD5,
    USM_AUTH_HMAC96_SHA,
    USM_AUTH_HMAC128_SHA224,
    USM_AUTH_HMAC192_SHA256,
    USM_AUTH_HMAC256_SHA384,
    USM_AUTH_HMAC384_SHA512,
    USM_PRIV_CBC56_DES,
    USM_PRIV_CFB128_AES,
    USM_PRIV_CFB192_AES,
    USM_PRIV_CFB256_AES,
    ContextData,
    ObjectIdentity,
    ObjectType,
    SnmpEngine,
    Udp6TransportTarget,
    UdpTransportTarget,
    UsmUserData,
    bulk_cmd,
    get_cmd,
    next_cmd,
)
from pysnmp.proto.errind import RequestTimedOut

from presswork.core.backoff import spread
from presswork.core.clock import Randomness
from presswork.core.errors import NotSignedIn, PrinterUnreachable
from presswork.net.snmp_reading import Answer, Patience
from presswork.protocols.snmp.ber import Oid
from presswork.protocols.snmp.credentials import User
from presswork.protocols.snmp.message import MOST_VARBINDS, Pdu, Tag, Value, Varbind

_AUTH = {
    "md5": USM_AUTH_HMAC96_MD5,
    "sha": USM_AUTH_HMAC96_SHA,
    "sha224": USM_AUTH_HMAC128_SHA224,
    "sha256": USM_AUTH_HMAC192_SHA256,
    "sha384": USM_AUTH_HMAC256_SHA384,
    "sha512": USM_AUTH_HMAC384_SHA512,
}
_PRIV = {
    "des": USM_PRIV_CBC56_DES,
    "aes": USM_PRIV_CFB128_AES,
    "aes192": USM_PRIV_CFB192_AES,
    "aes256": USM_PRIV_CFB256_AES,
}
_MODULES = ("PYSNMP-USM-MIB", "__PYSNMP-USM-MIB", "PYSNMP-SOURCE-MIB", "SNMPv2-TM", "__SNMPv2-MIB")
_TAGS = {
    "EndOfMibView": Tag.END_OF_MIB_VIEW,
    "NoSuchInstance": Tag.NO_SUCH_INSTANCE,
    "NoSuchObject": Tag.NO_SUCH_OBJECT,
    "Null": Tag.NULL,
}


@dataclass(slots=True)
class _Shared:
    making: asyncio.Future[Any]
    users: int = 0


_engines: dict[tuple[asyncio.AbstractEventLoop, User], _Shared] = {}


@asynccontextmanager
async def shared_engine(user: User) -> AsyncIterator[Any]:
    """The engine of this user; it ends with its last holder."""
    key = asyncio.get_running_loop(), user
    shared = _engines.get(key)
    if shared is None:
        shared = _engines[key] = _Shared(asyncio.get_running_loop().run_in_executor(None, _make_engine))
    shared.users += 1
    try:
        yield await asyncio.shield(shared.making)
    finally:
        shared.users -= 1
        if not shared.users:
            del _engines[key]
            engine = await shared.making
            engine.close_dispatcher()


def _make_engine() -> Any:
    """An engine that has read all it needs: the rest would be read on the loop, at the first request."""
    engine = SnmpEngine()
    engine.get_mib_builder().load_modules(*_MODULES)
    return engine


class UserTransport:
    """Version 3. See ``Transport``."""

    bulk = True

    def __init__(self, engine: Any, target: Any, name: str, user: User) -> None:
        self._engine = engine
        self._target = target
        self._name = name
        self._context = ContextData(contextName=user.context.encode())
        self._user = UsmUserData(
            user.name,
            authKey=user.auth_password if user.auth else None,
            privKey=user.priv_password if user.priv else None,
            authProtocol=_AUTH.get(user.auth),
            privProtocol=_PRIV.get(user.priv),
        )

    async def ask(self, pdu: Pdu, oids: Sequence[Oid], repetitions: int = 0) -> Answer:
        """See ``Transport``. Raises ``NotSignedIn`` where the device does not know the user or its passwords."""
        objects = [ObjectType(ObjectIdentity(oid)) for oid in oids]
        common = self._engine, self._user, self._target, self._context
        try:
            if pdu == Pdu.GET_BULK:
                said = await bulk_cmd(*common, 0, repetitions, *objects, lookupMib=False)
            else:
                ask = get_cmd if pdu == Pdu.GET else next_cmd
                said = await ask(*common, *objects, lookupMib=False)
        except PySnmpError as error:
            raise PrinterUnreachable(f"{self._name} answers SNMP with something that cannot be read.") from error
        indication, status, index, varbinds = said
        if isinstance(indication, RequestTimedOut):
            raise PrinterUnreachable(
                f"{self._name} does not answer to SNMP; see that the community or user is the printer's own."
            )
        if indication:
            raise NotSignedIn(f"{self._name} does not take this SNMP user; compare names, passwords and methods.")
        return Answer(int(status), int(index), [_varbind(name, value) for name, value in varbinds[:MOST_VARBINDS]])


@asynccontextmanager
async def v3_transport(
    host: str, port: int, user: User, *, name: str, patience: Patience, randomness: Randomness
) -> AsyncIterator[UserTransport]:
    """Raises ``PrinterUnreachable`` where the address leads nowhere."""
    kind = Udp6TransportTarget if ":" in host else UdpTransportTarget
    try:
        target = await kind.create(
            (host, port), timeout=spread(patience.first, randomness), retries=patience.attempts - 1
        )
    except (PySnmpError, OSError, ValueError) as error:  # a host name that is none is a ValueError
        raise PrinterUnreachable(f"{name} cannot be reached; check the printer's address.") from error
    async with shared_engine(user) as engine:
        yield UserTransport(engine, target, name, user)


def _varbind(name: Any, value: Any) -> Varbind:
    oid = tuple(name)
    tag = _TAGS.get(type(value).__name__)
    if tag is not None:
        return Varbind(oid, tag)
    plain: Value
    if hasattr(value, "asOctets"):
        tag, plain = Tag.OCTET_STRING, value.asOctets()
    elif hasattr(value, "asTuple"):
        tag, plain = Tag.OBJECT_IDENTIFIER, value.asTuple()
    else:
        tag, plain = Tag.INTEGER, int(value)
    return Varbind(oid, tag, plain)
