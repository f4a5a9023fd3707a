"""WebSockets to the server, signed as requests are."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from websockets.asyncio.client import connect

from presswork import __version__
from presswork.agent.link.proof import Prover
from presswork.agent.link.requests import is_loopback
from presswork.agent.link.server_time import ServerTime

_OPEN_DEADLINE = 20.0
_PING_EVERY = 20.0
"""Seconds between pings, which also keep the way open through proxies and address translators."""
_CLOSE_DEADLINE = 2


@dataclass(frozen=True, slots=True)
class WebSockets:
    """To one server, as one identity."""

    origin: str
    context: ssl.SSLContext
    prover: Prover
    time: ServerTime

    def connect(self, path: str, *, message_limit: int, patience: float = _PING_EVERY) -> connect:
        """One at ``path``, to be entered. Messages have ``message_limit`` octets at most; a ping is answered within ``patience``
        seconds, or it is over."""
        return connect(
            self.origin.replace("http", "ws", 1) + path,
            additional_headers=self.prover.headers("GET", self.origin + path, self.time.now()),
            user_agent_header=f"presswork-agent/{__version__}",
            ssl=self.context if self.origin.startswith("https:") else None,
            proxy=None if is_loopback(self.origin) else True,
            compression=None,
            open_timeout=_OPEN_DEADLINE,
            ping_interval=_PING_EVERY,
            ping_timeout=patience,
            close_timeout=_CLOSE_DEADLINE,
            max_size=message_limit,
        )
