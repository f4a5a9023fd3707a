"""The WebSocket on which the server says "there is news". It carries no news itself, so that losing one loses nothing."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable

import structlog
from pydantic import ValidationError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException

from presswork import __version__
from presswork.agent.link.proof import Prover
from presswork.agent.link.requests import is_loopback
from presswork.agent.link.server_time import ServerTime
from presswork.core.backoff import Backoff
from presswork.protocols.control.agent import Wake

PATH = "/websocket/agent"
_FRAME_LIMIT = 4096
_OPEN_DEADLINE = 20.0
_GOOD_LIFE = 30.0
"""Seconds after which a line that broke was a good one. Two copies of one computer throw each other out at once, for ever."""
_PING_EVERY = 20.0
"""Seconds between pings, which also keep the way open through proxies and address translators."""
_log = structlog.get_logger(__name__)


class WakeLine:
    """One WebSocket, opened again whenever it breaks."""

    def __init__(
        self,
        origin: str,
        context: ssl.SSLContext,
        prover: Prover,
        time: ServerTime,
        *,
        backoff: Backoff,
        woken: Callable[[], None],
    ) -> None:
        self._origin = origin
        self._context = context if origin.startswith("https:") else None
        self._prover = prover
        self._time = time
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
                self._time.learn_header(refused.response.headers.get("Date"))
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
        headers = self._prover.headers("GET", self._origin + PATH, self._time.now())
        async with connect(
            self._origin.replace("http", "ws", 1) + PATH,
            additional_headers=headers,
            user_agent_header=f"presswork-agent/{__version__}",
            ssl=self._context,
            proxy=None if is_loopback(self._origin) else True,
            compression=None,
            open_timeout=_OPEN_DEADLINE,
            ping_interval=_PING_EVERY,
            ping_timeout=_PING_EVERY,
            close_timeout=2,
            max_size=_FRAME_LIMIT,
        ) as connection:
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
