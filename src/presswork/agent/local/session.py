"""One connection: a request, its replies, its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, suppress

import structlog
from pydantic import ValidationError

from presswork.agent.local.operations import perform
from presswork.agent.local.services import Services
from presswork.core.errors import Fault, Invalid
from presswork.net.control import Channel, PeerGone
from presswork.protocols.control.client import REQUEST, Refused, Reply, Request, Submit
from presswork.protocols.control.framing import Frame, FrameKind

REQUEST_DEADLINE = 10.0
"""Seconds until the request must be there."""
_LONGEST = 2 * 3600.0
"""Seconds that the longest operation, a watch, can take; a peer that hangs up ends it sooner."""
_LINGER = 5.0
_log = structlog.get_logger(__name__)


async def serve_session(services: Services, account: str, confirm: Callable[[], None], channel: Channel) -> None:
    """Serve the one request of a connection. What goes wrong is told to the client, and nobody else suffers.

    ``confirm`` raises ``NotSignedIn`` when the peer is not any more the one that ``account`` was asked of.
    """
    try:
        request = await _request(channel)
        # Its process may have gone, and its port be another's by now: look once more before acting for it.
        confirm()
        if isinstance(request, Submit):
            await _answer(services, account, request, channel)
            await _linger(channel)
        else:
            await _answer_until_hung_up(services, account, request, channel)
    except PeerGone:
        return
    except Fault as fault:
        await _refuse(channel, fault)


async def _answer(services: Services, account: str, request: Request, channel: Channel) -> None:
    def document() -> AsyncIterator[bytes]:
        return channel.receive_document()

    try:
        async with aclosing(perform(services, account, request, document)) as replies:
            async for reply in replies:
                await channel.send(_frame(reply))
    except PeerGone:
        return
    except Fault as fault:
        await _refuse(channel, fault)
    except Exception:
        _log.exception("A local request failed by a mistake of ours.", op=request.op)
        await _refuse(channel, Fault("The Presswork service made a mistake; its log says which. Try again."))


async def _answer_until_hung_up(services: Services, account: str, request: Request, channel: Channel) -> None:
    """Nothing more is to come from the client; when its end does, there is nobody left to answer."""
    async with asyncio.TaskGroup() as group:
        hung_up = group.create_task(_hung_up(channel))
        answering = group.create_task(_answer(services, account, request, channel))
        await asyncio.wait((hung_up, answering), return_when=asyncio.FIRST_COMPLETED)
        hung_up.cancel()
        answering.cancel()


async def _linger(channel: Channel) -> None:
    """Read what is still on its way: closing before would reset the connection, and the answer would be lost with it."""
    with suppress(Fault, TimeoutError):
        async with asyncio.timeout(_LINGER):
            while await channel.receive() is not None:
                pass


async def _hung_up(channel: Channel) -> None:
    with suppress(Fault):
        await channel.receive(_LONGEST)


async def _refuse(channel: Channel, fault: Fault) -> None:
    with suppress(PeerGone):
        await channel.send(_frame(Refused(code=fault.code, sentence=fault.sentence)))


async def _request(channel: Channel) -> Request:
    try:
        async with asyncio.timeout(REQUEST_DEADLINE):
            frame = await channel.receive()
    except TimeoutError:
        raise Invalid("No request came in time.") from None
    if frame is None:
        raise PeerGone("The client hung up without a request.")
    if frame.kind is not FrameKind.JSON:
        raise Invalid("A connection begins with a request.")
    try:
        return REQUEST.validate_json(frame.data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"][1:])
        raise Invalid(f"The request cannot be understood ({place or 'op'}: {first['msg']}).", field=place) from None


def _frame(reply: Reply) -> Frame:
    return Frame(FrameKind.JSON, reply.model_dump_json().encode())
