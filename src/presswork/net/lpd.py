"""A client of line printer daemons (RFC 1179 §5.2, §6): one connection, one job."""

from __future__ import annotations

import asyncio

from presswork.net.outgoing import Outgoing, Patience, no_patience
from presswork.protocols.lpd import ACCEPTED, Code, Command, Subcode, Subcommand, is_accepted


class LpdClient:
    """Speaks over a connection that is open. All raise ``OSError`` when it breaks or a deadline passes.

    The RFC has a client send from one of the ports 721 to 731. That told a trusted host from a person when only root got
    such a port; it would need root here, and allow eleven jobs in the minutes a closed connection blocks its port. So any
    port is used, as most printers and daemons take it.
    """

    def __init__(self, reader: asyncio.StreamReader, outgoing: Outgoing, reply: float) -> None:
        self._reader = reader
        self._outgoing = outgoing
        self._reply = reply
        """Seconds an answer may take."""

    async def receive_job(self, queue: str) -> bool:
        """Ask whether the queue takes a job now (§5.2)."""
        return await self._asked(Command(Code.RECEIVE_JOB, queue).encode())

    async def send_control_file(self, name: str, data: bytes) -> bool:
        """Announce the control file and send it (§6.2). False where either is refused."""
        if not await self._asked(Subcommand(Subcode.CONTROL_FILE, len(data), name).encode()):
            return False
        return await self._asked(data + ACCEPTED)

    async def announce_document(self, name: str, size: int) -> bool:
        """Announce the data file (§6.3); its octets are to follow through the same ``Outgoing``, then ``end_document``."""
        return await self._asked(Subcommand(Subcode.DATA_FILE, size, name).encode())

    async def end_document(self, patience: Patience = no_patience) -> bool:
        """All octets are sent: has the daemon got them? Some answer only when the paper is out; ``patience`` waits on."""
        return await self._asked(ACCEPTED, patience)

    async def _asked(self, octets: bytes, patience: Patience = no_patience) -> bool:
        await self._outgoing.send(octets)
        while True:
            try:
                async with asyncio.timeout(self._reply):
                    answer = await self._reader.read(1)
                break
            except TimeoutError:
                if not await patience():
                    raise
        if not answer:
            raise ConnectionResetError("The daemon closed the connection instead of answering.")
        return is_accepted(answer)
