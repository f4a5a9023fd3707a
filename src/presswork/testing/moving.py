"""A held job as one spool gives it to another, for tests: all but the network between them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

from presswork.agent.spool import Spool
from presswork.agent.spool.arriving import Arriving
from presswork.agent.spool.job import Change, Job, Move, Phase
from presswork.agent.spool.moves import ArrivingDocument, described
from presswork.printer.job import JobState
from presswork.protocols.control.route import PeerSpec
from presswork.protocols.control.timeline import JobEvent, TimelineEntry
from presswork.protocols.sealed.header import Header
from presswork.protocols.sealed.keys import KEY_SIZE
from presswork.protocols.sealed.stream import Sealer
from presswork.testing.spooling import LIMIT, incoming_job, pieces

LAPTOP, BOX = UUID(int=0xA), UUID(int=0xB)
PERSON = UUID(int=0xADA)
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
