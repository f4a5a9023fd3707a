"""One connection of a transfer, at the holder: offered, answered, and the sealed chunks from where they are wanted."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from typing import Final

from presswork import __version__
from presswork.agent.relay.deadlines import RelayDeadlines
from presswork.agent.relay.trust import Trust
from presswork.agent.relay.wire import RelayBusy
from presswork.agent.spool.sealed import SealedDocument
from presswork.core.errors import Distrusted, Fault, Invalid, Unavailable
from presswork.net.relay import Octets
from presswork.net.relay_channel import Channel, ChannelBroken
from presswork.net.relay_tls import SecureStream
from presswork.protocols.control.base import Word
from presswork.protocols.control.route import PeerSpec
from presswork.protocols.relay.framing import Chunk
from presswork.protocols.relay.messages import FROM_RECEIVER, At, FromReceiver, Go, Hello, KeyOf, Withdrawn, decode
from presswork.protocols.relay.states import CHUNK, Seat, Stage, Turns

_MOST_UNKNOWN: Final = 100


class LineOut:
    """Made by ``connected``. One task listens; others may speak."""

    def __init__(self, channel: Channel, deadlines: RelayDeadlines) -> None:
        self._channel = channel
        self._deadlines = deadlines
        self._turns = Turns(Seat.HOLDER)
        self._unknown = 0
        self.greeted = False
        """Whether the other end has said its first word: before that, nobody knows that it speaks to this computer."""

    async def say(self, message: Word) -> None:
        """In its turn. Raises ``ChannelBroken``."""
        self._turns.said(message.model_dump(include={"message"})["message"])
        await self._channel.say(message)

    @property
    def is_moving(self) -> bool:
        """Whether the receiver wants chunks, or wanted them."""
        return self._turns.stage is Stage.MOVING

    @property
    def may_count(self) -> bool:
        """Whether the number of pages may be told."""
        return self._turns.stage in (Stage.ASKED, Stage.GONE, Stage.MOVING, Stage.ENDED)

    async def hear(self) -> FromReceiver:
        """The next message. Raises ``ChannelBroken``, and ``Invalid`` where the connection is of no more use."""
        while True:
            found = await self._channel.receive()
            if isinstance(found, Chunk):
                raise Invalid("The other computer sent a chunk to the one that holds the document.")
            message = decode(found, FROM_RECEIVER)
            if message is None:
                self._unknown += 1
                if self._unknown > _MOST_UNKNOWN:
                    raise Invalid("The other computer says too much that is not understood.")
                continue
            self._turns.heard(message.message)
            if not isinstance(message, Hello):
                return message
            if message.protocol != 1:
                raise Unavailable("The other computer speaks another version of relaying.")
            self.greeted = True

    async def go(self, documents: Sequence[SealedDocument]) -> None:
        """The mark is written; here are the keys."""
        keys = tuple(KeyOf(number=one.number, key=base64.b64encode(one.key).decode()) for one in documents)
        await self.say(Go(keys=keys))

    async def send(self, at: At, documents: Sequence[SealedDocument]) -> None:
        """All chunks from there on, as fast as they are taken. What breaks the connection is its listener's concern."""
        try:
            for one in documents:
                if one.number >= at.number:
                    await self._send(one, at.chunk if one.number == at.number else 0)
        except ChannelBroken:
            return
        except Fault:
            with suppress(Fault):
                if self.is_moving:
                    await self.say(Withdrawn())

    async def _send(self, document: SealedDocument, first: int) -> None:
        position = first
        async with aclosing(document.chunks(first)) as pieces:
            async for chunks in pieces:
                self._turns.said(CHUNK)
                await self._channel.send_chunks(document.number, position, chunks)
                position += len(chunks)

    async def show_alive(self) -> None:
        """As long as the connection lasts."""
        while True:
            sends = self._channel.sends
            await asyncio.sleep(self._deadlines.alive)
            if self._channel.sends == sends:
                with suppress(ChannelBroken):
                    await self._channel.show_alive()

    def close(self) -> None:
        """At once."""
        self._channel.close()


async def connected(
    to: PeerSpec, dial: Callable[[], Awaitable[Octets]], trust: Trust, deadlines: RelayDeadlines
) -> LineOut:
    """A connection to that computer and no other, greeted. Raises ``Unavailable`` or ``Distrusted``."""
    credentials = await trust.credentials()
    if credentials is None:
        raise Unavailable("This computer is not enrolled, so no other one knows it.")
    try:
        octets = await dial()
    except OSError as error:
        raise Unavailable(f"{to.name} does not answer.") from error
    try:
        stream = SecureStream(octets, credentials.as_client, server_side=False)
        async with asyncio.timeout(deadlines.handshake):
            await stream.handshake()
        trust.check(credentials, stream.peer_certificate, to.computer_id)
        line = LineOut(Channel(stream, deadlines.silence, deadlines.say), deadlines)
        await line.say(Hello(version=__version__))
    except ssl.SSLCertVerificationError as error:
        octets.close()
        raise Distrusted(
            f"Where {to.name} should be, somebody of another installation answers.", reason="foreign"
        ) from error
    except TimeoutError as error:
        octets.close()
        raise RelayBusy(f"{to.name} does not answer in time.") from error
    except OSError as error:
        octets.close()
        raise Unavailable(f"{to.name} closed the connection.") from error
    except BaseException:
        octets.close()
        raise
    return line
