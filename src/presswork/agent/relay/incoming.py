"""Incoming: a transfer as this computer has it, over however many connections."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from presswork.agent.delivery.way import News, Overtaken
from presswork.agent.relay.deadlines import RelayDeadlines
from presswork.agent.relay.receiver import Begun
from presswork.agent.relay.records import Records, with_device_job
from presswork.agent.relay.wire import HolderGone, layout_of
from presswork.core.clock import Clock
from presswork.core.errors import Fault, Invalid
from presswork.protocols.control.held import HeldJob
from presswork.protocols.relay.framing import Chunk
from presswork.protocols.relay.messages import AskGo, At, Declined, DocumentOffer, Ended, JobOffer, Offer
from presswork.protocols.sealed.faults import Damaged
from presswork.protocols.sealed.header import CHUNK_SIZE, Header
from presswork.protocols.sealed.layout import SEALED_CHUNK, TAG_SIZE
from presswork.protocols.ticket import Ticket

TOGETHER: Final = 8
"""Chunks that are handed on as one piece."""
_AHEAD: Final = 1
"""Pieces that wait for whoever prints, beside the one it works on: all that is kept of a document."""


class Connected(Protocol):
    """A connection of the transfer."""

    def close(self) -> None:
        """At once."""
        ...


class Incoming:
    """See ``receiver.Transfer``, which this is to a ``Receiver``. What connections do with it stands below ``attach``."""

    def __init__(
        self,
        ticket: Ticket,
        offer: Offer,
        headers: Mapping[int, Header],
        records: Records,
        *,
        clock: Clock,
        deadlines: RelayDeadlines,
    ) -> None:
        self.ticket = ticket
        self.job: JobOffer = offer.job
        self.held: HeldJob | None = offer.held
        self.headers = headers
        self.keys: dict[int, bytes] = {}
        self.begun = Begun(ticket, offer.job.account, clock.now())
        self.has_begun = False
        """Whether it had GO, so that something may have gone to the printer."""
        self.ask: AskGo | None = None
        self.wanted = False
        """Whether chunks are wanted by now."""
        self.octets = 0
        self.news: News | None = None
        self.is_taken = False
        self.outcome: Declined | Ended | None = None
        self._records = records
        self._deadlines = deadlines
        self._clock = clock
        self._went: bool | None = None
        self._sealed = False
        self._documents = {one.number: one for one in offer.job.documents}
        self._place = Place(offer.job.documents)
        self._pieces: deque[tuple[int, bytearray, int]] = deque()
        self._unused: list[bytearray] = []
        self._gathered = bytearray()
        self._gathered_of = 0
        self._filled = 0
        self._ciphers: dict[int, AESGCM] = {}
        self._digests = {number: header.digest for number, header in headers.items()}
        self._prefixes = {number: header.nonce_prefix for number, header in headers.items()}
        self._fault: Fault | None = None
        self._pages: int | None = offer.job.pages
        self._pages_told = offer.job.pages is not None
        self._line: Connected | None = None
        self._alone_since = asyncio.get_running_loop().time()
        self._news_for_lines = asyncio.Event()
        self._news_for_receiver = asyncio.Event()
        self._room = asyncio.Event()

    # what a receiver does with it

    async def go(self, device_job_id: int | None = None, *, way: str = "", instead_of: str = "") -> None:
        """See ``Transfer``."""
        self.ask = AskGo(device_job_id=device_job_id, way=way, instead_of=instead_of)
        self.touch()
        await self._until(lambda: self._went is not None, self._deadlines.go)
        if not self._went:
            raise Overtaken
        self.begun = with_device_job(
            Begun(self.ticket, self.job.account, self._clock.now()), device_job_id, answered=False
        )
        await self._records.begin(self.begun)
        self.has_begun = True
        self._ciphers = {number: AESGCM(key) for number, key in self.keys.items()}

    async def read(self, number: int) -> AsyncIterator[bytes | memoryview]:
        """See ``Transfer``."""
        async for piece in self._read(number, sealed=False):
            yield piece

    async def sealed(self, number: int) -> AsyncIterator[bytes | memoryview]:
        """See ``Transfer``."""
        async for piece in self._read(number, sealed=True):
            yield piece

    async def _read(self, number: int, *, sealed: bool) -> AsyncIterator[bytes | memoryview]:
        left = layout_of(self._documents[number])
        expected = left.sealed_size if sealed else left.document_size
        if not self.has_begun or (self.wanted and self._sealed is not sealed):
            raise Invalid("A transfer is read after GO, and in one form.")
        self._sealed = sealed
        if not self.wanted:
            self.wanted = True
            self.touch()
        while expected > 0:
            await self._until(lambda: bool(self._pieces))
            of, buffer, size = self._pieces.popleft()
            self._room.set()
            if of != number:
                raise HolderGone("The documents of the job came in another order than they are printed in.")
            expected -= size
            yield memoryview(buffer)[:size]  # to copy it would cost as much as to open it
            self._unused.append(buffer)

    def sent(self, octets: int) -> None:
        """See ``Transfer``."""
        self.octets = octets  # connections look at it now and then

    async def tell(self, news: News) -> None:
        """See ``Transfer``."""
        self.news = news
        self.touch()

    async def taken(self, device_job_id: int | None = None, *, answered: bool = False) -> None:
        """See ``Transfer``."""
        self.begun = with_device_job(self.begun, device_job_id, answered=answered)
        await self._records.taken(self.begun)
        self.is_taken = True
        self._gathered, self._filled = bytearray(), 0  # the device may take hours
        self._pieces.clear()
        self._unused.clear()
        self.touch()

    async def pages(self) -> int | None:
        """See ``Transfer``."""
        try:
            await self._until(lambda: self._pages_told, self._deadlines.pages)
        except HolderGone:
            return None
        return self._pages

    async def _until(self, ready: Callable[[], bool], seconds: float | None = None) -> None:
        """Wait; without a connection only for the grace, and with one for as many seconds as are said."""
        begun = asyncio.get_running_loop().time()
        while not ready():
            if self._fault is not None:
                raise self._fault
            self._news_for_receiver.clear()
            if self._line is None:
                deadline: float | None = self._alone_since + self._deadlines.grace
            else:
                deadline = None if seconds is None else begun + seconds
            try:
                async with asyncio.timeout_at(deadline):
                    await self._news_for_receiver.wait()
            except TimeoutError:
                raise HolderGone("The computer that holds the job did not come back in time.") from None

    def touch(self) -> None:
        """Something is to be told, or has come."""
        self._news_for_lines.set()
        self._news_for_receiver.set()
        self._room.set()

    # what connections do with it

    def attach(self, line: Connected) -> None:
        """This connection is the one that counts from now on; the one before is closed."""
        if self._line is not None:
            self._line.close()
        self._line = line
        self.hand_on()  # what the one before brought
        self._room.set()
        self.touch()

    def detach(self, line: Connected) -> None:
        """This connection is gone."""
        if self._line is line:
            self._line = None
            self._alone_since = asyncio.get_running_loop().time()
            self.touch()

    async def room(self, line: Connected) -> None:
        """Until more may come, or nothing more is wanted. Raises ``HolderGone`` when another connection counts by now."""
        while len(self._pieces) > _AHEAD and not self.has_all:
            self._room.clear()
            await self._room.wait()
        if self._line is not line:
            raise HolderGone("Another connection has taken this one's place.")

    @property
    def at(self) -> At:
        """The chunk that is wanted next."""
        return self._place.at

    async def changed(self) -> None:
        """Until there may be something to tell."""
        await self._news_for_lines.wait()
        self._news_for_lines.clear()

    @property
    def has_all(self) -> bool:
        """Whether nothing more of the document is wanted of the holder."""
        return self.is_taken or self.outcome is not None

    def heard_go(self, keys: dict[int, bytes]) -> None:
        """The holder's mark is written."""
        if set(keys) != set(self._documents):
            raise Invalid("The keys that came are not those of the job's documents.")
        self.keys = keys
        self._went = True
        self.touch()

    def heard_withdrawn(self) -> None:
        """No GO; or nothing more comes."""
        if self.has_begun:
            self._fault = HolderGone("The computer that holds the job cannot read the document any more.")
        else:
            self._went = False
        self.touch()

    def heard_pages(self, pages: int | None) -> None:
        """They are counted."""
        self._pages, self._pages_told = pages, True
        self.touch()

    def put(self, chunk: Chunk) -> None:
        """The next chunk. Raises ``Invalid`` for one that is not it, and ``Damaged``: that is the end of the transfer."""
        place = self._place
        cipher = self._ciphers.get(chunk.number)
        if cipher is None or not place.is_at(chunk.number, chunk.position):
            raise Invalid("A chunk came that is not the next one.")
        last, size = place.is_last, len(chunk.sealed) - TAG_SIZE
        nonce = self._prefixes[chunk.number] + chunk.position.to_bytes(4, "big") + (b"\1" if last else b"\0")
        if not self._filled:
            self._gathered = self._unused.pop() if self._unused else bytearray(TOGETHER * SEALED_CHUNK)
            self._gathered_of = chunk.number
        with memoryview(self._gathered) as room, room[self._filled : self._filled + max(size, 0)] as opened:
            try:
                cipher.decrypt_into(nonce, chunk.sealed, self._digests[chunk.number], opened)
                authentic = size + TAG_SIZE == place.length
            except InvalidTag:
                authentic = False
            if self._sealed and authentic:
                size += TAG_SIZE
                room[self._filled : self._filled + size] = chunk.sealed
        if not authentic:
            self._fault = Damaged("The document was changed or damaged on its way, so it is not used.")
            self.touch()
            raise self._fault
        self._filled += size
        place.next()
        if last or self._filled >= TOGETHER * CHUNK_SIZE:
            self.hand_on()

    def hand_on(self) -> None:
        """What is gathered goes to whoever prints."""
        if self._filled:
            self._pieces.append((self._gathered_of, self._gathered, self._filled))
            self._filled = 0
            self._news_for_receiver.set()


class Place:
    """Which chunk is the next one, of all documents in their order."""

    def __init__(self, documents: tuple[DocumentOffer, ...]) -> None:
        self._rest = deque((one.number, layout_of(one)) for one in documents)
        self._begin()

    def _begin(self) -> None:
        self._number, layout = self._rest.popleft()
        self._position, self._last = 0, layout.chunks - 1
        self._last_length = layout.span(self._last)[1]

    @property
    def at(self) -> At:
        """As it is told; one past the last of all when nothing is missing."""
        return At(number=self._number, chunk=self._position)

    @property
    def is_last(self) -> bool:
        """Whether it is the last one of its document."""
        return self._position == self._last

    @property
    def length(self) -> int:
        """Octets of it, sealed."""
        return self._last_length if self._position == self._last else SEALED_CHUNK

    def is_at(self, number: int, position: int) -> bool:
        """Whether that is the one."""
        return position == self._position and number == self._number and position <= self._last

    def next(self) -> None:
        """It is here."""
        self._position += 1
        if self._position > self._last and self._rest:
            self._begin()
