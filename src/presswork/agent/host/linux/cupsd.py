"""Requests to cupsd over its domain socket, where the kernel proves to it who we are (PeerCred)."""

from __future__ import annotations

import asyncio
from pathlib import Path

from presswork.agent.host.linux.accounts import own_account
from presswork.core.errors import Conflict, Fault, Forbidden, NotFound, NotSignedIn, Unavailable
from presswork.net.http_client_exchange import Deadlines
from presswork.net.ipp_client import IppClient
from presswork.protocols.ipp.message import Attribute, Group, Message
from presswork.protocols.ipp.registry import Status
from presswork.protocols.ipp.text import cleaned_value
from presswork.protocols.ipp.values import Tag

CUPS_GET_DEFAULT = 0x4001
CUPS_GET_PRINTERS = 0x4002
CUPS_ADD_MODIFY_PRINTER = 0x4003
CUPS_DELETE_PRINTER = 0x4004
CUPS_ACCEPT_JOBS = 0x4008
CUPS_SET_DEFAULT = 0x400A

_DEADLINES = Deadlines(connect=5, stall=10, reply=20)
_SERVER = "ipp://localhost/"
_LAST_SUCCESS = 0x00FF
_FAULTS: dict[int, type[Fault]] = {
    Status.CLIENT_ERROR_FORBIDDEN: Forbidden,
    Status.CLIENT_ERROR_NOT_AUTHENTICATED: Forbidden,
    Status.CLIENT_ERROR_NOT_AUTHORIZED: Forbidden,
    Status.CLIENT_ERROR_NOT_FOUND: NotFound,
}


def queue_uri(queue: str) -> str:
    """The ``printer-uri`` of a queue at cupsd."""
    return f"{_SERVER}printers/{queue}"


class CupsdUnavailable(Unavailable):
    """There is no cupsd at the domain socket, or it does not answer."""

    code = "cupsd-unavailable"


class Cupsd:
    """The cupsd behind a domain socket. One request at a time."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self._client: IppClient | None = None
        self._lock = asyncio.Lock()

    async def call(
        self,
        operation: int,
        *attributes: Attribute,
        queue: str | None = None,
        printer_attributes: tuple[Attribute, ...] = (),
    ) -> Message:
        """The reply to a request about ``queue``, or about all of cupsd.

        Raises ``CupsdUnavailable`` where cupsd does not answer, ``Forbidden`` where it does not let the agent do this,
        ``NotFound``, and ``Conflict`` for whatever else it refuses.
        """
        groups = (Group(Tag.PRINTER, printer_attributes),) if printer_attributes else ()
        uri = _SERVER if queue is None else queue_uri(queue)
        async with self._lock:
            if self._client is None:
                self._client = await self._make_client()
            try:
                reply = await self._client.call(operation, *attributes, groups=groups, uri=uri)
            except (NotSignedIn, Forbidden) as fault:
                raise Forbidden(await self._not_allowed()) from fault
            except Unavailable as fault:
                raise CupsdUnavailable(
                    f"cupsd does not answer at {self.socket}. Install it (package cups-daemon) or start it."
                ) from fault
        if reply.code > _LAST_SUCCESS:
            raise _fault(reply)
        return reply

    async def close(self) -> None:
        """Let go of the connection."""
        if self._client is not None:
            await self._client.__aexit__(None, None, None)

    async def _make_client(self) -> IppClient:
        account = await own_account()
        return IppClient(_SERVER, user=account, unix_socket=self.socket, peercred_account=account, deadlines=_DEADLINES)

    async def _not_allowed(self) -> str:
        account = await own_account()
        return f"cupsd does not let the account {account} administer queues. Add it to the group lpadmin, then restart the agent."


def _fault(reply: Message) -> Fault:
    message = reply.group(Tag.OPERATION).get("status-message")
    said = cleaned_value(message.value, 200) if message is not None else f"IPP status 0x{reply.code:04x}"
    return _FAULTS.get(reply.code, Conflict)(f"cupsd refuses: {said}")
