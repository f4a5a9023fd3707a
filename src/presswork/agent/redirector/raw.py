"""RAW inward: a connection to a queue's port is a job; where it speaks PJL, each of its documents is one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import structlog

from presswork.agent.redirector.inward import RAW, Inward, Said
from presswork.agent.redirector.wrapped import WrappedDocuments
from presswork.core.errors import Fault
from presswork.protocols.control.route import InwardSpec

IDLE_SECONDS = 60.0
_PIECE = 64 * 1024
_log = structlog.get_logger(__name__)


async def receive(reader: asyncio.StreamReader, inward: Inward, spec: InwardSpec) -> bool:
    """One connection, to its end; whether all that came is durably here. RAW has no other answer than how it ends."""
    try:
        await inward.take_all(spec, RAW, WrappedDocuments(_pieces(reader)), Said())
    except (Fault, OSError) as error:  # TimeoutError is an OSError
        _log.info("a raw job is not taken", why=str(error))
        return False
    return True


async def _pieces(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while True:
        async with asyncio.timeout(IDLE_SECONDS):
            data = await reader.read(_PIECE)
        if not data:
            return
        yield data
