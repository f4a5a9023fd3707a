"""A held job as one spool gives it to another, for tests: all but the network between them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from presswork.agent.delivery.way import News
from presswork.agent.desired import Desired
from presswork.agent.site import Keeping
from presswork.agent.spool import Spool
from presswork.agent.spool.arriving import Arriving
from presswork.agent.spool.job import Change, Job, Move, Phase
from presswork.agent.spool.moves import ArrivingDocument, described
from presswork.agent.spool.sealed import SealedDocument
from presswork.core.errors import ServerUnreachable, Unavailable
from presswork.printer.job import JobState
from presswork.protocols.control.agent import DesiredState
from presswork.protocols.control.held import HeldJob
from presswork.protocols.control.route import Duties, HandOverReply, HandOverRequest, PeerSpec
from presswork.protocols.control.timeline import JobEvent, TimelineEntry
from presswork.protocols.control.words import QueueSpec
from presswork.protocols.relay.messages import JobOffer
from presswork.protocols.sealed.header import Header
from presswork.protocols.sealed.keys import KEY_SIZE
from presswork.protocols.sealed.stream import Sealer
from presswork.protocols.ticket import Ticket, TicketKind, open_ticket, sign_ticket
from presswork.testing.spooling import LIMIT, QUEUE, incoming_job, pieces

TICKET_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
LAPTOP, BOX = UUID(int=0xA), UUID(int=0xB)
PERSON = UUID(int=0xADA)
SECRET = "5e" * 32
"""What a holder says when it commits."""
BOX_SPEC = PeerSpec(computer_id=BOX, name="Box-1", port=21335)
FOR_RELEASE = Change(
    phase=Phase.HELD, state=JobState.PENDING_HELD, state_reasons=("job-held-for-release",), event=JobEvent.HELD
)
Spoil = Callable[[bytes], bytes]


async def waiting_job(spool: Spool, *documents: bytes, account: str = "ada") -> Job:
    """A job of somebody who is signed in, with these documents, that waits for its release."""
    job = await incoming_job(spool, account, user_id=PERSON)
    for number, document in enumerate(documents or (b"%PDF-1.4 a letter",), start=1):
        then = (FOR_RELEASE,) if number == max(len(documents), 1) else ()
        name = f"Page {number}" if len(documents) > 1 else ""
        job = await spool.receive(job.id, "application/pdf", pieces(document), limit=LIMIT, then=then, name=name)
    return job


def move_to_box(fence: int = 2, ticket_id: UUID | None = None) -> Move:
    """A hand-over to Box-1."""
    return Move(ticket_id=ticket_id or uuid4(), peer=BOX_SPEC, fence=fence, ticket="signed")


async def arriving(spool: Spool, job: Job, move: Move) -> Arriving:
    """What the next holder is told of that job."""
    story = await spool.story(job.id)
    last = story.timeline[-1].sequence
    moving = TimelineEntry(
        sequence=last + 1, at=datetime(2030, 1, 1, tzinfo=UTC), event=JobEvent.MOVING, values={"computer": "Box-1"}
    )
    told = described(story, await spool.documents(job.id), job.queue_id, moving)
    return Arriving(move.ticket_id, LAPTOP, move.fence, told)


async def sealed_documents(
    spool: Spool, job: Job, spoil: Spoil = lambda sealed: sealed
) -> AsyncIterator[ArrivingDocument]:
    """The documents of that job sealed as its holder might have them; ``spoil`` changes their octets on the way."""
    for one in await spool.documents(job.id):
        if one.cancelled:
            continue
        plain = b"".join([piece async for piece in spool.read(job.id, one.number)])
        header, key = Header(uuid4(), bytes(7)), bytes([one.number]) * KEY_SIZE
        sealer = Sealer(header, key)
        octets = spoil(sealer.feed(plain) + sealer.finish())
        yield ArrivingDocument(header, key, pieces(octets, 50_000))


@dataclass
class DirectTransfer:
    """See ``Transfer``: a job that comes straight out of its holder's spool."""

    ticket: Ticket
    held: HeldJob | None
    documents: tuple[SealedDocument, ...]
    keys: dict[int, bytes] = field(default_factory=dict)

    @property
    def job(self) -> JobOffer:
        """See ``Transfer``: who keeps a job looks at ``held``."""
        raise AssertionError("who keeps a job looks at what is held")

    @property
    def headers(self) -> dict[int, Header]:
        """See ``Transfer``."""
        return {one.number: one.header for one in self.documents}

    async def go(self, device_job_id: int | None = None, *, way: str = "", instead_of: str = "") -> None:
        """See ``Transfer``."""
        self.keys = {one.number: one.key for one in self.documents}

    async def sealed(self, number: int) -> AsyncIterator[bytes]:
        """See ``Transfer``."""
        (document,) = [one for one in self.documents if one.number == number]
        async for chunks in document.chunks():
            yield b"".join(chunks)

    def read(self, number: int) -> AsyncIterator[bytes]:
        """See ``Transfer``: who keeps a job does not open it."""
        raise AssertionError("who keeps a job does not open it")

    def sent(self, octets: int) -> None:
        """See ``Transfer``."""

    async def tell(self, news: News) -> None:
        """See ``Transfer``."""

    async def taken(self, device_job_id: int | None = None, *, answered: bool = False) -> None:
        """See ``Transfer``."""

    async def pages(self) -> int | None:
        """See ``Transfer``."""
        return None


class DirectCarrier:
    """See ``Carrier``: both ends in one process, with nothing that could be lost between them unless ``there`` says so."""

    def __init__(self, spool: Spool, keeping: Keeping) -> None:
        self._spool = spool
        self._keeping = keeping
        self.there = True
        """Whether the other computer answers."""
        self.answers = True
        """Whether the answer to a commit arrives."""
        self.staged: Callable[[Job], Awaitable[object]] | None = None
        """Done once the job is there, before its holder hears so."""
        self.committed: Callable[[], None] = lambda: None
        """Done once it is that computer's."""

    async def stage(self, move: Move, job: Job, held: HeldJob) -> None:
        """See ``Carrier``."""
        self._check()
        documents = await self._spool.sealed(job.id)
        ticket = open_ticket(move.ticket, TICKET_KEY.public_key())
        end = await self._keeping.receive(DirectTransfer(ticket, held, documents))
        if end.event is not JobEvent.MOVING:
            raise Unavailable(end.message)
        if self.staged is not None:
            await self.staged(job)

    async def commit(self, move: Move) -> bool:
        """See ``Carrier``."""
        self._check()
        owned = await self._keeping.commit(open_ticket(move.ticket, TICKET_KEY.public_key()), move.secret)
        if owned:
            self.committed()
        if not self.answers:
            self._check(there=False)
        return owned

    def _check(self, *, there: bool = True) -> None:
        if not (self.there and there):
            raise Unavailable("The other computer does not answer.")


@dataclass
class GrantingServer:
    """Allows every hand-over to Box-1, as the server does where that is the site node."""

    there: bool = True
    granted: list[Ticket] = field(default_factory=list)
    asked: int = 0
    fence: int = 1
    known: set[int] = field(default_factory=set)
    """The numbers of hand-overs that were allowed."""
    heard: set[int] = field(default_factory=set)
    """The numbers of hand-overs that the receiver has reported."""
    undone: set[int] = field(default_factory=set)
    """The numbers of those that were taken back."""
    answers: bool = True
    """Whether what it decided about one that is to be undone arrives."""

    async def hand_over(self, request: HandOverRequest) -> HandOverReply:
        """A new ticket for each question, under a higher number."""
        self.asked += 1
        if not self.there:
            raise ServerUnreachable("The server does not answer.")
        if request.back is not None:
            return self._undo(request.back)
        self.fence += 1
        ticket = Ticket(
            ticket_id=uuid4(),
            kind=TicketKind.HOLD,
            tenant_id=UUID(int=1),
            job_id=request.job_id,
            sender_id=LAPTOP,
            receiver_id=BOX,
            digest=request.digest,
            fence=self.fence,
            not_after=datetime(2100, 1, 1, tzinfo=UTC),
        )
        self.granted.append(ticket)
        self.known.add(ticket.fence)
        return HandOverReply(peer=BOX_SPEC, ticket=sign_ticket(ticket, TICKET_KEY))

    def _undo(self, fence: int) -> HandOverReply:
        if fence in self.heard:
            return HandOverReply(moved=True)
        if fence not in self.known:
            return HandOverReply()
        self.undone.add(fence)
        self.fence = max(self.fence, fence + 1)
        if not self.answers:
            raise ServerUnreachable("The server's answer does not arrive.")
        return HandOverReply(fence=fence + 1)


async def read_ticket(text: str) -> Ticket:
    """A ticket of ``GrantingServer``."""
    return open_ticket(text, TICKET_KEY.public_key())


async def site_desired(spool: Spool, *, node: bool = False, ask: bool = False) -> Desired:
    """What the server wants of the laptop, or of the site node itself."""
    desired = Desired(spool)
    queue = QueueSpec(queue_id=QUEUE, name="Office", mode="hold", ask=ask)
    await desired.put(
        DesiredState(
            revision="1",
            computer_name="Box-1" if node else "Laptop",
            queues=() if node else (queue,),
            printers=(),
            accounts=(),
            site_node=None if node else BOX_SPEC,
            duties=Duties(site_node=node),
        )
    )
    return desired
