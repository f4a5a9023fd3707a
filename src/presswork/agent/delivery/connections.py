"""Connections to printers that stay open after the document, while the printer says how it gets on."""

from __future__ import annotations

import asyncio


class Connections:
    """Those that are open; whoever watches one drops it, and what is left at the end of the delivery is closed then."""

    def __init__(self) -> None:
        self._open: set[asyncio.StreamWriter] = set()

    def keep(self, writer: asyncio.StreamWriter) -> None:
        """It is to stay open."""
        self._open.add(writer)

    def drop(self, writer: asyncio.StreamWriter) -> None:
        """It is of no more use."""
        self._open.discard(writer)
        writer.transport.abort()

    def drop_all(self) -> None:
        """The delivery ends."""
        for writer in tuple(self._open):
            self.drop(writer)
