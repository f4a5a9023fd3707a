"""Sending a document to a printer that takes octets, and what it means when that breaks off."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.agent.delivery.way import End, Errand, unreadable
from presswork.core.errors import Fault
from presswork.net.outgoing import Outgoing, Patience
from presswork.protocols.control.timeline import JobEvent

_PIECE = 512 * 1024
NOTHING_SENT = "the connection to the printer broke before anything was sent"


async def send_document(errand: Errand, outgoing: Outgoing) -> End | None:
    """All octets of the document; None when the operating system has taken them."""
    began = outgoing.handed
    try:
        async for piece in _pieces(errand):
            await outgoing.send(piece)
            errand.sent(outgoing.handed - began)
    except OSError:  # a TimeoutError is an OSError
        return broken_off(outgoing.handed - began, NOTHING_SENT)
    except Fault as fault:
        return broken_off(outgoing.handed - began, unreadable(fault))
    return None


def broken_off(octets: int, why: str) -> End:
    """The end of a document of which so many octets are gone; ``why`` completes "Not printed: …"."""
    return End.unknown(JobEvent.BROKEN_OFF) if octets else End.not_printed(why)


def once_more(patience: Patience) -> Patience:
    """As ``patience``, and once after a yes: a printer that got its paper just now has not taken an octet yet."""
    before = False

    async def asked() -> bool:
        nonlocal before
        last, before = before, await patience()
        return before or last

    return asked


async def _pieces(errand: Errand) -> AsyncIterator[memoryview]:
    async for chunk in errand.read():
        view = memoryview(chunk)
        for start in range(0, len(chunk), _PIECE):
            yield view[start : start + _PIECE]
