"""Who this agent says it is."""

from __future__ import annotations

import platform
import socket
import sys

from presswork import __version__
from presswork.protocols.control.agent import WATCHES_PRINTERS, Hello


def hello() -> Hello:
    """Reads files: call it in a thread."""
    return Hello(
        version=__version__,
        computer_name=_line(socket.gethostname()),
        platform=_line(_platform()),
        capabilities=frozenset({WATCHES_PRINTERS}),
    )


def _platform() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return sys.platform


def _line(text: str) -> str:
    return "".join(character for character in text if character.isprintable())[:255]
