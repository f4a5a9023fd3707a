"""Asks the agent of this computer: one request a connection, one or more replies."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from contextlib import aclosing
from typing import TypeVar

from pydantic import ValidationError

from presswork.client.trust import read_certificate
from presswork.core.errors import Fault, Invalid
from presswork.core.settings import AgentSettings
from presswork.net.control import Channel, PeerGone, connect
from presswork.net.tls import pinned_context
from presswork.protocols.control.client import REPLY, JobView, Refused, Reply, Request, Submit
from presswork.protocols.control.framing import Frame, FrameKind

PATIENCE = 60.0
"""Seconds to wait for a reply that should come at once."""
_UPLOAD_DEADLINE = 24 * 3600.0
_SILENT = "The Presswork service hung up or fell silent. presswork jobs shows what arrived; try again in a moment."
Kind = TypeVar("Kind")
Done = TypeVar("Done")


class AgentRefused(Fault):
    """The agent said no; its own code is in the details."""

    code = "agent-refused"


class Agent:
    """The agent of this computer."""

    def __init__(self, settings: AgentSettings) -> None:
        self._directory = settings.directory
        self._port = settings.ports.client_control

    async def ask(self, request: Request, kind: type[Kind]) -> Kind:
        """The one reply to ``request``. ``AgentRefused``, ``Unavailable`` when nobody is there, ``Distrusted``."""
        async with aclosing(self.follow(request)) as replies:
            return expected(await anext(replies), kind)

    async def follow(self, request: Request, *, patience: float = PATIENCE) -> AsyncGenerator[Reply]:
        """The replies up to the last; each may take ``patience`` seconds. Faults as in ``ask``."""
        async with connect(self._port, await self._trust()) as channel:
            await channel.send(_frame(request))
            last = False
            while not last:
                reply = await _reply(channel, patience)
                last = reply.last
                yield reply

    async def submit(self, request: Submit, document: AsyncIterator[bytes]) -> JobView:
        """Hand over a document. A refusal ends it at once, wherever the document is by then."""
        async with connect(self._port, await self._trust()) as channel:
            await channel.send(_frame(request))
            async with asyncio.TaskGroup() as group:
                sending = group.create_task(_outcome(channel.send_document(document)))
                replying = group.create_task(_outcome(_reply(channel, _UPLOAD_DEADLINE)))
                await asyncio.wait((sending, replying), return_when=asyncio.FIRST_COMPLETED)
                unreadable = _fault_of_document(sending)
                if unreadable is None:
                    await asyncio.wait((replying,), timeout=PATIENCE)
                replied = replying.result() if replying.done() else PeerGone(_SILENT)
                sending.cancel()
                replying.cancel()
        if unreadable is not None:
            raise unreadable
        if isinstance(replied, Fault):
            raise replied
        return expected(replied, JobView)

    async def _trust(self) -> ssl.SSLContext:
        return pinned_context(await asyncio.to_thread(read_certificate, self._directory))


def _fault_of_document(sending: asyncio.Task[Fault | None]) -> Fault | None:
    """Why the document could not be read. That the service hung up is no such reason: its reply says why it did."""
    sent = sending.result() if sending.done() else None
    return None if isinstance(sent, PeerGone) else sent


async def _outcome(doing: Coroutine[None, None, Done]) -> Done | Fault:
    try:
        return await doing
    except Fault as fault:
        return fault


async def _reply(channel: Channel, patience: float) -> Reply:
    frame = await channel.receive(patience)
    if frame is None:
        raise PeerGone(_SILENT)
    try:
        reply = REPLY.validate_json(frame.data)
    except ValidationError:
        raise _stranger() from None
    if isinstance(reply, Refused):
        raise AgentRefused(reply.sentence, agent_code=reply.code)
    return reply


def expected(reply: Reply, kind: type[Kind]) -> Kind:
    """``reply``, which has to be of this ``kind``."""
    if not isinstance(reply, kind):
        raise _stranger()
    return reply


def _stranger() -> Invalid:
    return Invalid("The Presswork service answers in a way this program does not know. Update both.")


def _frame(request: Request) -> Frame:
    return Frame(FrameKind.JSON, request.model_dump_json().encode())
