"""Tunnels through the server, to and from computers that cannot be reached otherwise (``protocols/control/tunnel.py``)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from uuid import UUID

import structlog
from pydantic import ValidationError
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from presswork.agent.link.tunnel_stream import TunnelStream
from presswork.agent.link.websocket import WebSockets
from presswork.core.errors import Fault
from presswork.net.relay import Octets
from presswork.protocols.control.route import PeerSpec
from presswork.protocols.control.tunnel import PATH, PIECE, TunnelCall, TunnelOpen, TunnelReady
from presswork.protocols.ticket import ticket_id_of

AT_ONCE = 64
"""Calls that are answered at the same time; others wait until the server repeats them."""
DEADLINE = 30.0
"""Seconds until a tunnel is open. The server waits ten for the other computer."""
_PATIENCE = 60.0
"""Seconds until a ping is answered: before it on a slow line a whole window may have to pass."""
_MESSAGE_LIMIT = 2 * PIECE
_UNAUTHORIZED = 401
_MISDATED = "The server judges by another time than this computer knew."
_log = structlog.get_logger(__name__)
Serve = Callable[[Octets], Awaitable[None]]


class Tunnels:
    """Those of this agent. They last while ``run`` does."""

    def __init__(self, sockets: Callable[[], WebSockets | None], *, deadline: float = DEADLINE) -> None:
        """``sockets``: the way to the server, while there is one."""
        self._sockets = sockets
        self._deadline = deadline
        self._tasks: asyncio.TaskGroup | None = None
        self._answering: set[UUID] = set()
        self.serve: Serve | None = None
        """What takes the streams of others, and returns when they are over; None: calls are not answered."""

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            try:
                await asyncio.Event().wait()
            finally:
                self._tasks = None

    async def dial(self, peer: PeerSpec, ticket: str) -> Octets:
        """A stream to that computer, to which this ticket allows a transfer. Raises ``OSError``, after ``deadline`` too."""
        try:
            ticket_id = ticket_id_of(ticket)
        except Fault as fault:
            raise OSError(fault.sentence) from None
        return await self._open(ticket_id, ticket)

    def called(self, calls: Iterable[TunnelCall]) -> None:
        """Somebody waits in these for this computer. A call that is repeated while it is answered is one call."""
        for call in calls:
            if self.serve is None or self._tasks is None or len(self._answering) >= AT_ONCE:
                return
            if call.ticket_id not in self._answering:
                self._answering.add(call.ticket_id)
                self._tasks.create_task(self._answer(call.ticket_id, self.serve))

    async def _answer(self, ticket_id: UUID, serve: Serve) -> None:
        try:
            stream = await self._open(ticket_id, "")
        except OSError as error:
            _log.info("A tunnel that this computer was called to could not be opened.", reason=str(error))
            return
        finally:
            self._answering.discard(ticket_id)
        try:
            await serve(stream)
        finally:
            stream.close()

    async def _open(self, ticket_id: UUID, ticket: str) -> TunnelStream:
        sockets, tasks = self._sockets(), self._tasks
        if sockets is None or tasks is None:
            raise OSError("There is no connection with the server.")
        opened: asyncio.Future[TunnelStream] = asyncio.get_running_loop().create_future()
        held = tasks.create_task(_hold(sockets, ticket_id, ticket, opened))
        try:
            async with asyncio.timeout(self._deadline):
                return await opened
        except BaseException:
            held.cancel()
            raise


async def _hold(sockets: WebSockets, ticket_id: UUID, ticket: str, opened: asyncio.Future[TunnelStream]) -> None:
    """Open a tunnel, give its stream to ``opened``, and keep it until it is over. What fails before is told there."""
    problem = _MISDATED
    try:
        for _ in range(2):
            if problem == _MISDATED:  # the second time the right time is known
                problem = await _try_to_hold(sockets, ticket_id, ticket, opened)
    finally:
        if not opened.done():
            opened.set_exception(OSError(problem))


async def _try_to_hold(sockets: WebSockets, ticket_id: UUID, ticket: str, opened: asyncio.Future[TunnelStream]) -> str:
    try:
        async with sockets.connect(
            f"{PATH}{ticket_id}", message_limit=_MESSAGE_LIMIT, patience=_PATIENCE
        ) as connection:
            await connection.send(TunnelOpen(ticket=ticket).model_dump_json())
            TunnelReady.model_validate_json(await connection.recv())
            if not opened.done():
                stream = TunnelStream(connection)
                opened.set_result(stream)
                await stream.read()
    except InvalidStatus as refused:
        status = refused.response.status_code
        news = sockets.time.learn_header(refused.response.headers.get("Date"))
        return _MISDATED if news and status == _UNAUTHORIZED else f"The server answered with status {status}."
    except ConnectionClosed as closed:
        return closed.rcvd.reason if closed.rcvd is not None else "The tunnel through the server broke off."
    except ValidationError:
        return "The server does not open tunnels as this agent knows it."
    except (OSError, WebSocketException) as error:
        return str(error) or type(error).__name__
    return ""
