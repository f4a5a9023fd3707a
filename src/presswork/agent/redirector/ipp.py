"""IPP inward: the Printers of the inward queues, to systems of the LAN that name their users."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection
from typing import Any

from presswork.agent.intake.front import ICON
from presswork.agent.intake.printers import PATH, Printers
from presswork.agent.intake.store import QueueStore, ipp_job
from presswork.agent.redirector.inward import IPP, Inward
from presswork.agent.redirector.names import plain_name
from presswork.agent.redirector.owners import Owner
from presswork.agent.spool.job import Job, JobTicket, Phase
from presswork.core.errors import Forbidden, NotFound, NotPossible, Unsupported
from presswork.net.http_message import Handler, HttpRequest, HttpResponse, refusal
from presswork.printer.http import ipp_handler
from presswork.printer.job import Job as IppJob
from presswork.printer.job import Requester
from presswork.printer.printer import Printer
from presswork.printer.store import NewDocument, NewJob, in_two_steps
from presswork.protocols.control.route import InwardSpec, declared_account

CHANNEL = Requester(None, may_name_owner=True)
"""An administrator declared it trusted: its ``requesting-user-name`` is believed, and the job says so."""


class InwardStore(QueueStore):
    """See ``JobStore``. Jobs are those of declared names; a name sees its own, and can cancel them, and no more."""

    def __init__(self, *arguments: Any, inward: Inward, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._inward = inward

    async def print_job(
        self, new: NewJob, requester: Requester, about: NewDocument, document: AsyncIterator[bytes]
    ) -> IppJob:
        """See ``JobStore``."""
        if new.job_uuid is not None:
            return await in_two_steps(self, new, requester, about, document)  # it may be here already
        owner = await self._owner(new.owner)
        job = await self._arrivals.take(
            self._queue,
            owner.account,
            document,
            name=new.job_name,
            ticket=JobTicket(new.attributes),
            document_format=about.document_format,
            owner_proof="declared",
            user_id=owner.user_id,
        )
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
        return ipp_job(job)

    async def own_job(self, job_id: int, requester: Requester) -> Job:
        """The job of that number, where it came this way under that name, or under the queue's own."""
        job = await self.any_job(job_id)
        if job.owner_proof != "declared" or job.account not in self._accounts(requester):
            raise NotFound("There is no such job on this computer.")
        return job

    async def release_job(self, job_id: int, requester: Requester) -> IppJob:
        """See ``JobStore``: a name that anybody there may give is not enough to have paper come out."""
        raise NotPossible("Release this job on your organisation's Presswork page.")

    async def copy_job(self, job_id: int, requester: Requester, attributes: object) -> IppJob:
        """See ``QueueStore``; likewise."""
        raise NotPossible("Print it again from where it came.")

    async def _list(
        self, requester: Requester, phases: Collection[Phase], limit: int, first: int, *, newest_first: bool
    ) -> list[Job]:
        found: list[Job] = []
        for account in sorted(self._accounts(requester)):
            as_owner = Requester(account)
            found += await super()._list(as_owner, phases, limit - len(found), first, newest_first=newest_first)
            if len(found) >= limit:
                break
        return found

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


def lan_front(inward: Inward, printers: Printers, icon: bytes) -> Handler:
    """The handler of the inward IPP port: no web page's script, and only what comes from where it may."""

    async def identify(_: HttpRequest) -> Requester:
        return CHANNEL

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
