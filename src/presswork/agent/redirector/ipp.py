"""IPP inward: the Printers of the inward queues, to systems of the LAN that name their users."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from presswork.agent.intake.arrivals import first_octets, joined
from presswork.agent.intake.front import ICON
from presswork.agent.intake.printers import PATH, Offer, Printers
from presswork.agent.intake.store import QueueStore, ipp_job
from presswork.agent.redirector.inward import IPP, NEVER_TAKEN, Inward, address_of
from presswork.agent.redirector.kinds import TAKEN, Prepared, paper_of
from presswork.agent.redirector.names import plain_name
from presswork.agent.redirector.owners import Owner
from presswork.agent.redirector.wrapped import MARKS, WrappedDocuments
from presswork.agent.spool.job import Change, Job, JobTicket, Phase
from presswork.core.errors import Forbidden, FormatNotSupported, NotFound, NotPossible, Unsupported
from presswork.net.http_message import Handler, HttpRequest, HttpResponse, refusal
from presswork.printer.http import ipp_handler
from presswork.printer.job import Job as IppJob
from presswork.printer.job import Requester
from presswork.printer.printer import Printer
from presswork.printer.store import NewDocument, NewJob, in_two_steps
from presswork.protocols.control.route import InwardSpec, declared_account
from presswork.protocols.ipp.registry import Operation
from presswork.protocols.pjl import JobWords

OFFER: Final = Offer(
    TAKEN,
    frozenset(
        {
            Operation.PRINT_JOB,
            Operation.VALIDATE_JOB,
            Operation.CREATE_JOB,
            Operation.SEND_DOCUMENT,
            Operation.CLOSE_JOB,
            Operation.CANCEL_JOB,
            Operation.GET_JOB_ATTRIBUTES,
            Operation.GET_JOBS,
            Operation.GET_PRINTER_ATTRIBUTES,
        }
    ),
    takes_unknown=True,
)
"""What a system needs to print. A name that anybody there may give is not enough to do anything to a job that is here."""
MOST_REMEMBERED: Final = 10_000


class Senders:
    """Which address a job came from: only there it is known. Not through a restart; nobody needs it so long."""

    def __init__(self) -> None:
        self._sources: OrderedDict[UUID, str] = OrderedDict()

    def sent(self, job_id: UUID, source: str) -> None:
        """It came from there."""
        self._sources[job_id] = source
        while len(self._sources) > MOST_REMEMBERED:
            self._sources.popitem(last=False)

    def is_from(self, job_id: UUID, source: str) -> bool:
        """Whether it did."""
        return self._sources.get(job_id) == source


class InwardStore(QueueStore):
    """See ``JobStore``. Jobs are those of declared names, and each is known where it came from, under its name.

    A document that is here is its owner's business, on their page; until then its sender can take it back.
    """

    def __init__(self, *arguments: Any, inward: Inward, senders: Senders, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._inward = inward
        self._senders = senders

    async def print_job(
        self, new: NewJob, requester: Requester, about: NewDocument, document: AsyncIterator[bytes]
    ) -> IppJob:
        """See ``JobStore``."""
        if new.job_uuid is not None:
            return await in_two_steps(self, new, requester, about, document)  # it may be here already
        owner = await self._owner(new.owner)
        async with self._prepared(document, JobTicket(new.attributes)) as (ticket, prepared):
            job = await self._arrivals.take(
                self._queue,
                owner.account,
                prepared.octets,
                name=new.job_name,
                ticket=ticket,
                document_format=prepared.document_format,
                owner_proof="declared",
                user_id=owner.user_id,
            )
        self._senders.sent(job.id, new.source)
        return ipp_job(job)

    async def create_job(self, new: NewJob) -> IppJob:
        """See ``JobStore``."""
        owner = await self._owner(new.owner)
        job = await self._arrivals.create(
            self._queue,
            owner.account,
            "declared",
            name=new.job_name,
            ticket=JobTicket(new.attributes),
            submitted_uuid=new.job_uuid,
            user_id=owner.user_id,
        )
        if job.phase is Phase.ENDED and not job.document_format:
            raise Unsupported("This job was refused or cancelled before, so it is not taken again. Print it anew.")
        self._senders.sent(job.id, new.source)
        return ipp_job(job)

    async def add_document(
        self, job_id: int, requester: Requester, new: NewDocument, document: AsyncIterator[bytes]
    ) -> IppJob:
        """See ``JobStore``. The sender may keep to itself why a document is never taken, so its owner is told as well."""
        job = await self.own_job(job_id, requester)
        async with AsyncExitStack() as stack:
            try:
                ticket, prepared = await stack.enter_async_context(self._prepared(document, job.ticket))
            except NEVER_TAKEN as fault:
                if not job.document_kept:
                    with suppress(NotPossible, NotFound):  # it is cancelled, or its time is over
                        await self._arrivals.end(job, fault)
                raise
            if ticket != job.ticket and job.phase is Phase.INCOMING:
                await self._spool.change(job.id, Change(ticket=ticket), only_if={Phase.INCOMING})
            about = replace(new, document_format=prepared.document_format)
            return await super().add_document(job_id, requester, about, prepared.octets)

    async def cancel_job(self, job_id: int, requester: Requester) -> IppJob:
        """See ``JobStore``: while its document arrives."""
        job = await self.own_job(job_id, requester)
        if job.phase is not Phase.INCOMING:
            raise NotPossible("The job is here already. Delete it on your organisation's Presswork page.")
        return ipp_job(await self.end(job))

    async def own_job(self, job_id: int, requester: Requester) -> Job:
        """The job of that number, where it came this way from there under that name, or under the queue's own."""
        job = await self.any_job(job_id)
        if not self._senders.is_from(job.id, requester.source) or job.account not in self._accounts(requester):
            raise NotFound("There is no such job on this computer.")
        return job

    async def _list(
        self, requester: Requester, phases: Collection[Phase], limit: int, first: int, *, newest_first: bool
    ) -> list[Job]:
        found: list[Job] = []
        for account in sorted(self._accounts(requester)):
            as_owner = Requester(account)
            of_name = await super()._list(as_owner, phases, limit, first, newest_first=newest_first)
            found += [job for job in of_name if self._senders.is_from(job.id, requester.source)]
        return found[:limit]

    @asynccontextmanager
    async def _prepared(
        self, document: AsyncIterator[bytes], ticket: JobTicket
    ) -> AsyncIterator[tuple[JobTicket, Prepared]]:
        """The document without the PJL around it, and the ticket with what that says and the ticket does not."""
        first = await first_octets(document, len(MARKS[0]))
        whole, language = joined(first, document), ""
        async with aclosing(whole):
            octets: AsyncIterator[bytes] = whole
            if first.startswith(MARKS):
                documents = WrappedDocuments(whole)
                words = await documents.until_document() or JobWords()
                said = {attribute.name for attribute in ticket.attributes}
                more = tuple(one for one in words.attributes if one.name not in said)
                ticket, language = JobTicket((*ticket.attributes, *more)), words.language
                octets = _only(documents)
            paper = paper_of(ticket, self._queue.defaults)
            async with self._inward.kinds.prepared(octets, paper, language=language) as prepared:
                yield ticket, prepared

    @property
    def _spec(self) -> InwardSpec:
        found = next((spec for spec in self._inward.specs if spec.queue_id == self._queue.queue_id), None)
        if found is None:
            raise Forbidden("This queue takes no jobs this way any more.")
        return found

    async def _owner(self, given: str) -> Owner:
        try:
            return await self._inward.owners.owner(self._spec, given, IPP)
        except Forbidden as fault:
            # Not "forbidden": cupsd would ask its person for a password that nobody has, and send the same again.
            raise Unsupported(fault.sentence) from fault

    def _accounts(self, requester: Requester) -> set[str]:
        names = filter(None, (plain_name(requester.name or ""), plain_name(self._spec.owner)))
        return {declared_account(name, IPP) for name in names}


async def _only(documents: WrappedDocuments) -> AsyncIterator[bytes]:
    """The one document of a request. Raises ``FormatNotSupported`` where another one follows."""
    async for piece in documents.document():
        yield piece
    if await documents.until_document() is not None:
        raise FormatNotSupported("Several documents came as one. Send each as a job of its own.")


def lan_front(inward: Inward, printers: Printers, icon: bytes) -> Handler:
    """The handler of the inward IPP port: no web page's script, and only what comes from where it may."""

    async def identify(request: HttpRequest) -> Requester:
        # an administrator declared the channel trusted: its requesting-user-name is believed, and the job says so
        source = str(address_of(request.connection.peername))
        return Requester(None, may_name_owner=True, source=source)

    async def handle(request: HttpRequest) -> HttpResponse:
        if "origin" in request.headers:
            return refusal(403, "No web page may print here.")
        find = _allowed(inward, printers, request.connection.peername)
        if request.method in ("GET", "HEAD"):
            if request.path == ICON:
                return HttpResponse(200, icon, "image/png")
            return refusal(404, "There is nothing at this address.")
        return await ipp_handler(find, identify)(request)

    return handle


def _allowed(inward: Inward, printers: Printers, source: Any) -> Callable[[str], Printer | None]:
    def find(path: str) -> Printer | None:
        found = inward.named(path.removeprefix(PATH), source)
        return printers.find(path) if found is not None and found[0].ipp else None

    return find
