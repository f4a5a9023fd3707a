"""The WebSocket on which the server says "there is news". It carries no news itself, so that losing one loses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog
from pydantic import ValidationError
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import InvalidStatus, WebSocketException

from presswork.agent.link.websocket import WebSockets
from presswork.core.backoff import Backoff
from presswork.protocols.control.agent import Wake

PATH = "/websocket/agent"
_FRAME_LIMIT = 4096
_GOOD_LIFE = 30.0
"""Seconds after which a line that broke was a good one. Two copies of one computer throw each other out at once, for ever."""
_log = structlog.get_logger(__name__)


class WakeLine:
    """One WebSocket, opened again whenever it breaks."""

    def __init__(self, sockets: WebSockets, *, backoff: Backoff, woken: Callable[[], None]) -> None:
        self._sockets = sockets
        self._backoff = backoff
        self._woken = woken
        self.open = False
        """Whether wakes can come now."""
        self._opened = 0.0

    async def run(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                await self._listen()
                reason = "closed"
            except InvalidStatus as refused:
                self._sockets.time.learn_header(refused.response.headers.get("Date"))
                reason = f"status {refused.response.status_code}"
            except (OSError, WebSocketException, TimeoutError) as error:
                reason = str(error) or type(error).__name__
            broke, self.open = self.open, False
            if broke and loop.time() - self._opened > _GOOD_LIFE:
                self._backoff.succeeded()
            if broke:
                _log.info("The line to the server broke; asking regularly meanwhile.", reason=reason)
            await asyncio.sleep(self._backoff.failed())
            if broke:
                # The server knows now that it cannot wake us, and says how often to ask instead.
                self._woken()

    async def _listen(self) -> None:
        async with self._sockets.connect(PATH, message_limit=_FRAME_LIMIT) as connection:
            self.open = True
            self._opened = asyncio.get_running_loop().time()
            # Something may have happened while there was no line.
            self._woken()
            await self._hear(connection)

    async def _hear(self, connection: ClientConnection) -> None:
        async for message in connection:
            try:
                Wake.model_validate_json(message)
            except ValidationError:
                continue  # a kind of a newer server
            self._woken()
