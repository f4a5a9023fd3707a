from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import pytest

from presswork.agent.delivery.way import End, News, NotNow, NotTaken
from presswork.agent.host.queues import HostQueues
from presswork.agent.host.windows.system import windows_host_queues
from presswork.agent.redirector.outward import QueueReceiver, queue_in
from presswork.agent.relay.receiver import Begun
from presswork.agent.spool.job import JobTicket, Outcome
from presswork.agent.spool.rows import encode_job_ticket
from presswork.core.errors import (
    Distrusted,
    Fault,
    Forbidden,
    FormatNotSupported,
    Interrupted,
    Invalid,
    NotFound,
    NotPossible,
    Unavailable,
)
from presswork.protocols.control.agent import DesiredState
from presswork.protocols.control.held import HeldJob
from presswork.protocols.control.route import Duties
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import PrinterSpec
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.relay.messages import DocumentOffer, JobOffer
from presswork.protocols.sealed.header import FIXED_SIZE, Header
from presswork.protocols.ticket import Ticket, TicketKind, TicketRefused
from presswork.testing.intake import PlayedHostQueues
from presswork.testing.timing import eventually
from presswork.testing.windows import PlayedWindows

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HERE = UUID(int=7)
URI = f"redirector://{HERE}/ledger"
PRINTER = PrinterSpec(printer_id=UUID(int=9), name="Ledger", device_uri=URI)
TICKET = Ticket(
    ticket_id=UUID(int=1),
    kind=TicketKind.REDIRECTOR,
    tenant_id=UUID(int=2),
    job_id=UUID(int=3),
    sender_id=UUID(int=4),
    receiver_id=HERE,
    digest="0" * 64,
    fence=1,
    printer=PRINTER,
    user="ada.l",
    not_after=NOW,
)
DUTIES = Duties(redirector=True, host_queues=("ledger",))
ATTRIBUTES = (Attribute.of("copies", 2),)


def offer(documents: int = 1, attributes: tuple[Attribute, ...] = ATTRIBUTES) -> JobOffer:
    return JobOffer(
        job_id=TICKET.job_id,
        queue_id=UUID(int=5),
        account="ada",
        owner_proof="peer",
        name="Letter",
        attributes=base64.b64encode(encode_job_ticket(JobTicket(attributes))).decode(),
        created_at=NOW,
        documents=tuple(
            DocumentOffer(
                number=number,
                document_format="application/pdf",
                size=10,
                header=base64.b64encode(bytes(FIXED_SIZE)).decode(),
            )
            for number in range(1, documents + 1)
        ),
    )


@dataclass
class PlayedTransfer:
    """See ``Transfer``."""

    ticket: Ticket = TICKET
    job: JobOffer = field(default_factory=offer)
    held: HeldJob | None = None
    headers: Mapping[int, Header] = field(default_factory=dict)
    keys: Mapping[int, bytes] = field(default_factory=dict)
    pieces: tuple[bytes, ...] = (b"%PDF-", b"1.7 ..")
    fault: Fault | None = None
    """Comes after the pieces."""
    said: list[object] = field(default_factory=list)

    async def go(self, device_job_id: int | None = None, *, way: str = "", instead_of: str = "") -> None:
        self.said.append("go")

    async def read(self, number: int) -> AsyncIterator[bytes]:
        assert self.said == ["go"]
        for piece in self.pieces:
            yield piece
        if self.fault is not None:
            raise self.fault

    def sealed(self, number: int) -> AsyncIterator[bytes]:
        raise AssertionError

    def sent(self, octets: int) -> None:
        self.said.append(octets)

    async def tell(self, news: News) -> None:
        raise AssertionError

    async def taken(self, device_job_id: int | None = None, *, answered: bool = False) -> None:
        self.said.append(("taken", device_job_id, answered))

    async def pages(self) -> int | None:
        return None


def receiver(queues: HostQueues, duties: Duties = DUTIES) -> QueueReceiver:
    state = DesiredState(revision="1", computer_name="print-1", queues=(), printers=(), accounts=(), duties=duties)
    return QueueReceiver(queues, lambda: state)


async def test_the_job_is_the_mapped_users_and_its_number_there_is_kept_before_the_end_is_told() -> None:
    queues, transfer = PlayedHostQueues(), PlayedTransfer()
    end = await receiver(queues).receive(transfer)
    assert end == End.handed_over("ledger", "print-1", "ada.l", 1)
    assert transfer.said == ["go", 5, 11, ("taken", 1, True)]
    ((job, document),) = queues.taken
    assert (job.queue, job.user, job.title, job.document_format) == ("ledger", "ada.l", "Letter", "application/pdf")
    assert (job.attributes, document) == (ATTRIBUTES, b"%PDF-1.7 ..")


@pytest.mark.parametrize("fault", [NotFound("No queue."), NotPossible("Not now.")])
async def test_a_queue_that_is_not_there_or_takes_nothing_is_tried_again_later(fault: Fault) -> None:
    transfer = PlayedTransfer()
    with pytest.raises(NotNow) as refused:
        await receiver(PlayedHostQueues(fault=fault)).receive(transfer)
    assert refused.value.event is JobEvent.QUEUE_REFUSED
    assert transfer.said == []


async def test_no_printing_system_is_no_answer_before_go() -> None:
    transfer = PlayedTransfer()
    with pytest.raises(Unavailable):
        await receiver(PlayedHostQueues(fault=Unavailable("No cupsd."))).receive(transfer)
    assert transfer.said == []


async def test_a_user_whom_the_queue_refuses_is_told_so() -> None:
    transfer = PlayedTransfer()
    with pytest.raises(NotTaken) as refused:
        await receiver(PlayedHostQueues(fault=Forbidden("Not for you."))).receive(transfer)
    assert refused.value.event is JobEvent.USER_NOT_TAKEN
    assert refused.value.values == {"queue": "ledger", "computer": "print-1", "user": "ada.l"}
    assert transfer.said == []


async def test_a_document_that_the_queue_never_takes() -> None:
    with pytest.raises(NotTaken) as refused:
        await receiver(PlayedHostQueues(fault=FormatNotSupported("No PDF."))).receive(PlayedTransfer())
    assert refused.value.event is JobEvent.FORMAT_NOT_TAKEN


@pytest.mark.parametrize("duties", [Duties(host_queues=("ledger",)), Duties(redirector=True, host_queues=("other",))])
async def test_only_with_the_duty_and_for_queues_that_were_chosen(duties: Duties) -> None:
    transfer, queues = PlayedTransfer(), PlayedHostQueues()
    with pytest.raises(Forbidden):
        await receiver(queues, duties).receive(transfer)
    assert (transfer.said, queues.taken) == ([], [])


async def test_nothing_goes_there_as_nobody() -> None:
    transfer = PlayedTransfer(ticket=TICKET.model_copy(update={"user": ""}))
    with pytest.raises(Distrusted):
        await receiver(PlayedHostQueues()).receive(transfer)
    assert transfer.said == []


async def test_several_documents_wait_for_a_printer_that_takes_them() -> None:
    with pytest.raises(NotTaken) as refused:
        await receiver(PlayedHostQueues()).receive(PlayedTransfer(job=offer(documents=2)))
    assert refused.value.event is JobEvent.TICKET_NOT_TAKEN


async def test_what_changes_the_paper_is_never_left_out_by_a_queue_that_is_asked_nothing() -> None:
    transfer = PlayedTransfer()
    with pytest.raises(NotTaken) as refused:
        await receiver(PlayedHostQueues(carries_job_tickets=False)).receive(transfer)
    assert refused.value.event is JobEvent.TICKET_NOT_TAKEN
    assert refused.value.values == {"attributes": "several copies"}
    assert transfer.said == []


async def test_what_is_asked_of_a_job_must_be_readable() -> None:
    job = offer().model_copy(update={"attributes": "AAAA"})
    with pytest.raises(Invalid):
        await receiver(PlayedHostQueues()).receive(PlayedTransfer(job=job))


async def test_a_document_that_breaks_off_is_no_job_there() -> None:
    queues = PlayedHostQueues()
    end = await receiver(queues).receive(PlayedTransfer(fault=Interrupted("The holder is gone.")))
    assert (end.outcome, queues.taken) == (Outcome.NOT_PRINTED, [])


@pytest.mark.parametrize("fault", [NotPossible("Not now."), Forbidden("Not for you.")])
async def test_a_queue_that_refuses_at_the_end_has_nothing(fault: Fault) -> None:
    end = await receiver(PlayedHostQueues(fault_at_the_end=fault)).receive(PlayedTransfer())
    assert end.outcome is Outcome.NOT_PRINTED


async def test_no_answer_to_all_of_a_document_is_unknown() -> None:
    queues = PlayedHostQueues(fault_at_the_end=Interrupted("No answer."))
    assert await receiver(queues).receive(PlayedTransfer()) == End.unknown(JobEvent.BROKEN_OFF)


@pytest.mark.parametrize(
    ("fails", "fault", "end"),
    [
        ({}, None, End.handed_over("ledger", "print-1", "ada.l", 1)),
        ({}, Interrupted("The holder is gone."), Outcome.NOT_PRINTED),
        ({"WritePrinter": 112}, None, Outcome.NOT_PRINTED),
        ({"WritePrinter": 1722}, None, Outcome.NOT_PRINTED),
        ({"EndDocPrinter": 1722}, None, End.unknown(JobEvent.BROKEN_OFF)),
    ],
)
async def test_a_queue_of_windows_has_the_same_ends(
    fails: dict[str, int], fault: Fault | None, end: End | Outcome
) -> None:
    windows = PlayedWindows(users={"ada.l": ("ada.l", "CORP", 1)}, fails=fails)
    queues = windows_host_queues(21339, windows.load, windows.last_error)
    came = await receiver(queues).receive(PlayedTransfer(job=offer(attributes=()), fault=fault))
    assert (came if isinstance(end, End) else came.outcome) == end
    await eventually(lambda: not windows.handles)
    assert [(job.owner, job.octets) for job in windows.jobs if not job.dropped] == (
        [("ada.l", b"%PDF-1.7 ..")] if came.outcome is Outcome.HANDED_OVER else []
    )


async def test_after_a_restart_only_what_the_queue_confirmed_is_handed_over() -> None:
    played = receiver(PlayedHostQueues())
    assert await played.after_restart(Begun(TICKET, "ada", NOW)) == End.unknown(JobEvent.INTERRUPTED)
    confirmed = Begun(TICKET, "ada", NOW, device_job_id=17, answered=True)
    assert await played.after_restart(confirmed) == End.handed_over("ledger", "print-1", "ada.l", 17)
    with pytest.raises(NotPossible):
        await played.cancel(confirmed)


@pytest.mark.parametrize(
    "uri", ["ipp://192.0.2.1/ipp/print", f"redirector://{UUID(int=8)}/ledger", f"redirector://{HERE}:80/ledger"]
)
def test_a_ticket_for_something_else_is_refused(uri: str) -> None:
    printer = PRINTER.model_copy(update={"device_uri": uri})
    with pytest.raises(TicketRefused):
        queue_in(TICKET.model_copy(update={"printer": printer}))
    ways = printer.model_copy(update={"ways": (uri, URI)})
    assert queue_in(TICKET.model_copy(update={"printer": ways})) == "ledger"
