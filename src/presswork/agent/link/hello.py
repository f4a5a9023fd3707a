"""Who this agent says it is, and what runs here for other computers."""

from __future__ import annotations

import asyncio
import platform
import socket
import sys
from typing import Any

from presswork import __version__
from presswork.protocols.control.agent import RELAYS, TUNNELS, WATCHES_PRINTERS, Hello


def hello() -> Hello:
    """Reads files: call it in a thread."""
    return Hello(
        version=__version__,
        computer_name=_line(socket.gethostname()),
        platform=_line(_platform()),
        capabilities=frozenset({WATCHES_PRINTERS, RELAYS, TUNNELS}),
    )


class Introduction:
    """What the agent says of itself now: its parts add to it what they do for others (``Hello``'s fields), as it begins
    and ends."""

    def __init__(self, said: Hello) -> None:
        self.said = said
        self._changed = asyncio.Event()

    def put(self, **fields: Any) -> None:
        """These fields of the hello are so from now on, such as ``relay_port=21335``; None and empty: no more."""
        said = Hello.model_validate(self.said.model_dump() | fields)
        if said != self.said:
            self.said = said
            self._changed.set()

    async def changed(self) -> None:
        """Until it is another one than at the last call. The caller sets the deadline."""
        await self._changed.wait()
        self._changed.clear()


def _platform() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return sys.platform


def _line(text: str) -> str:
    return "".join(character for character in text if character.isprintable())[:255]
