"""One connection of a transfer, at the receiver: what comes in goes to the transfer, what the transfer has to tell goes out."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from typing import Final

from presswork.agent.relay.deadlines import RelayDeadlines
from presswork.agent.relay.incoming import Incoming
from presswork.agent.relay.wire import says
from presswork.core.errors import Invalid
from presswork.net.relay_channel import Channel
from presswork.protocols.control.base import Word
from presswork.protocols.relay.framing import Chunk
from presswork.protocols.relay.messages import (
    FROM_HOLDER,
    Cancel,
    Commit,
    Declined,
    Ended,
    EndSeen,
    FromHolder,
    Go,
    Hello,
    Offer,
    Pages,
    Progress,
    Taken,
    Withdrawn,
    decode,
)
from presswork.protocols.relay.states import CHUNK, Seat, Stage, Turns

_MOST_UNKNOWN: Final = 100
"""Messages of tomorrow that are passed over on one connection."""


class LineIn:
    """Reads and writes one connection; each message in its turn."""

    def __init__(self, channel: Channel, deadlines: RelayDeadlines, version: str) -> None:
        self._channel = channel
        self._deadlines = deadlines
        self._version = version
        self._turns = Turns(Seat.RECEIVER)
        self._told: dict[str, object] = {}
        self._unknown = 0
        self.only_waits: Callable[[], None] = lambda: None
        """Told when the transfer wants nothing more of its holder."""

    def close(self) -> None:
        """At once."""
        self._channel.close()

    async def opening(self) -> Offer | Cancel | Commit:
        """What the holder wants. Greets it, too. Raises ``Invalid`` and what channels raise."""
        hello = await self._next()
        await self.say(Hello(version=self._version))
        if not isinstance(hello, Hello) or hello.protocol != 1:
            raise Invalid("The other computer speaks another version of relaying.")
        wanted = await self._next()
        if not isinstance(wanted, Offer | Cancel | Commit):
            raise Invalid("The other computer says neither what it offers nor what it cancels or commits.")
        return wanted

    async def say(self, message: Word) -> None:
        """In its turn."""
        self._turns.said(message.model_dump()["message"])
        await self._channel.say(message)

    async def _next(self) -> FromHolder | Chunk:
        while True:
            found = await self._channel.receive()
            if isinstance(found, Chunk):
                self._turns.heard(CHUNK)
                return found
            message = self._understood(found)
            if message is not None:
                return message

    def _understood(self, found: bytes) -> FromHolder | None:
        message = decode(found, FROM_HOLDER)
        if message is None:
            self._unknown += 1
            if self._unknown > _MOST_UNKNOWN:
                raise Invalid("The other computer says too much that is not understood.")
            return None
        self._turns.heard(message.message)
        return message

    async def listen(self, transfer: Incoming) -> bool:
        """Until the holder has seen the end (True). Raises faults where the connection is of no more use."""
        while True:
            found = self._channel.ready()
            if found is None:
                transfer.hand_on()
                await transfer.room(self)
                await self._channel.more()
                continue
            if isinstance(found, Chunk):
                self._turns.heard(CHUNK)
                await transfer.room(self)  # before it: each new connection would bring one more
                moving = self._turns.stage is Stage.MOVING
                if moving and not transfer.has_all:  # one that crosses the end is of no use
                    transfer.put(found)
                continue
            match self._understood(found):
                case Go(keys=keys):
                    transfer.heard_go({one.number: base64.b64decode(one.key) for one in keys})
                case Withdrawn():
                    transfer.heard_withdrawn()
                case Pages(pages=pages):
                    transfer.heard_pages(pages)
                case EndSeen():
                    return True
                case _:
                    pass

    async def tell(self, transfer: Incoming) -> bool:
        """Tell what is new, and that this end lives, until the transfer is declined (True)."""
        quiet_since = asyncio.get_running_loop().time()
        while not await self._tell_all(transfer):
            sends = self._channel.sends
            moving = self._turns.stage is Stage.MOVING
            try:
                async with asyncio.timeout(self._deadlines.progress if moving else self._deadlines.alive):
                    await transfer.changed()
            except TimeoutError:
                now = asyncio.get_running_loop().time()
                if self._channel.sends != sends:
                    quiet_since = now
                elif now - quiet_since >= self._deadlines.alive:
                    quiet_since = now
                    await self._channel.show_alive()
        return True

    async def _tell_all(self, transfer: Incoming) -> bool:
        """Whether that was the last."""
        stage = self._turns.stage
        if isinstance(transfer.outcome, Declined):
            await self.say(transfer.outcome)
            return True
        if stage is Stage.OFFERED and transfer.ask is not None and not transfer.has_begun and transfer.outcome is None:
            await self.say(transfer.ask)
        if stage in (Stage.OFFERED, Stage.GONE) and transfer.wanted:
            await self.say(transfer.at)
        if self._turns.stage is Stage.MOVING:
            await self._tell_moving(transfer)
        if isinstance(transfer.outcome, Ended) and not self._told.get("ended"):
            self._told["ended"] = True
            await self.say(transfer.outcome)
            self._wants_no_more()
        return False

    async def _tell_moving(self, transfer: Incoming) -> None:
        if self._told.get("octets", 0) != transfer.octets:
            self._told["octets"] = transfer.octets
            await self.say(Progress(octets=transfer.octets))
        if transfer.news is not None and self._told.get("news") is not transfer.news:
            self._told["news"] = transfer.news
            await self.say(says(transfer.news))
        if transfer.is_taken and not self._told.get("taken"):
            self._told["taken"] = True
            begun = transfer.begun
            await self.say(Taken(device_job_id=begun.device_job_id, answered=begun.answered))
            self._wants_no_more()

    def _wants_no_more(self) -> None:
        self.only_waits()
        self._channel.expect_little()
