"""IPP, with TLS or without: look at the printer, create the job, mark, send the document (RFC 8011 §4.2, §4.3)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

from presswork.agent.delivery.capabilities import Capabilities
from presswork.agent.delivery.deadlines import Deadlines
from presswork.agent.delivery.ipp_follow import Follower
from presswork.agent.delivery.ipp_replies import (
    BUSY,
    LAST_SUCCESS,
    job_id_of,
    job_name,
    refused,
    safe_name,
    status_words,
    unsupported,
)
from presswork.agent.delivery.job_ticket import fit, left_out
from presswork.agent.delivery.pins import Pins
from presswork.agent.delivery.sending import once_more
from presswork.agent.delivery.way import (
    SEVERAL_DOCUMENTS,
    End,
    Errand,
    NotNow,
    NotTaken,
    Overtaken,
    Part,
    Taken,
    Tell,
    unreadable,
)
from presswork.core.clock import Clock
from presswork.core.errors import (
    Distrusted,
    Fault,
    Forbidden,
    Interrupted,
    NotPossible,
    NotSignedIn,
    PrinterUnreachable,
    Unavailable,
)
from presswork.net.ipp_client import IppClient
from presswork.net.outgoing import no_patience
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import PrinterReport, PrinterSpec
from presswork.protocols.ipp.message import VERSION_1_1, VERSION_2_0, Attribute, Group, Message
from presswork.protocols.ipp.registry import Operation, Status
from presswork.protocols.ipp.values import Keyword, MimeMediaType, Tag

_DESCRIBES = (
    "printer-state",
    "printer-state-reasons",
    "printer-is-accepting-jobs",
    "printer-make-and-model",
    "operations-supported",
    "document-format-supported",
    "copies-supported",
    "finishings-supported",
    "media-supported",
    "media-col-supported",
    "multiple-document-handling-supported",
    "multiple-document-jobs-supported",
    "number-up-supported",
    "orientation-requested-supported",
    "output-bin-supported",
    "page-ranges-supported",
    "print-color-mode-supported",
    "print-content-optimize-supported",
    "print-quality-supported",
    "print-rendering-intent-supported",
    "print-scaling-supported",
    "printer-resolution-supported",
    "sides-supported",
)

_CONNECTIONS = 3
"""To learn the version, then the certificate, then to deliver."""


class IppWay:
    """``ipp://`` and ``ipps://``; the latter with the certificate that is pinned, or the first one seen."""

    def __init__(
        self,
        spec: PrinterSpec,
        account: str,
        *,
        pins: Pins,
        learned: Callable[[PrinterReport], None],
        clock: Clock,
        deadlines: Deadlines,
    ) -> None:
        self._spec = spec
        self._user = safe_name(account)
        self._pins = pins
        self._learned = learned
        self._clock = clock
        self._deadlines = deadlines
        self._version = VERSION_2_0

    async def deliver(self, errand: Errand) -> Taken | End:
        """See ``Way``."""
        try:
            for _ in range(_CONNECTIONS):
                async with self._connected() as client:
                    printer = await self._look(client)
                    if printer is not None:
                        return await self._deliver(client, errand, printer)
        except NotSignedIn:
            return End.not_printed("the printer wants a user name and password")
        except Forbidden:
            return End.not_printed("the printer does not let this computer print")
        raise PrinterUnreachable(f"{self._spec.name} does not answer as a printer does; check its address.")

    async def _deliver(self, client: IppClient, errand: Errand, printer: Capabilities) -> Taken | End:
        job = errand.job
        creates = printer.supports(Operation.CREATE_JOB) and printer.supports(Operation.SEND_DOCUMENT)
        several = creates and printer.values("multiple-document-jobs-supported")[:1] == (True,)
        if errand.documents and not several:
            raise NotTaken(JobEvent.TICKET_NOT_TAKEN, attributes=SEVERAL_DOCUMENTS)
        for document_format in (one.document_format for one in _all_of(errand)):
            if not printer.takes(document_format):
                raise NotTaken(JobEvent.FORMAT_NOT_TAKEN, format=document_format)
        fitted = fit(job.ticket, printer)
        if fitted.impossible:
            raise NotTaken(JobEvent.TICKET_NOT_TAKEN, attributes=", ".join(fitted.impossible))
        if not printer.accepting:
            raise NotNow
        if creates:
            return await self._create_and_send(client, errand, printer, fitted.attributes)
        return await self._print(client, errand, printer, fitted.attributes)

    async def follow(self, taken: Taken, tell: Tell) -> End:
        """See ``Way``."""
        return await self._follower().follow(taken, tell)

    async def ask(self, operation: Operation, device_job_id: int) -> None:
        """Suspend-Current-Job or Resume-Job (RFC 3998 §4.3). Raises ``NotPossible`` where the device does not do it."""
        async with self._connected() as client:
            reply = await client.call(operation, Attribute.of("job-id", device_job_id))
        if reply.code > LAST_SUCCESS:
            raise NotPossible(f"{self._spec.name} does not do this with the job: {status_words(reply)}.")

    async def cancel(self, device_job_id: int) -> None:
        """See ``Way``: Cancel-Job (RFC 8011 §4.3.3)."""
        async with self._connected() as client:
            reply = await client.call(Operation.CANCEL_JOB, Attribute.of("job-id", device_job_id))
        if reply.code > LAST_SUCCESS:
            raise NotPossible(f"{self._spec.name} does not cancel the job: {status_words(reply)}.")

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[IppClient]:
        """A client that sends to the pinned certificate only; the first one seen is pinned before it is used for more."""
        pin = await self._pins.pin_of(self._spec)
        client = IppClient(
            self._spec.device_uri, pin=pin, user=self._user, deadlines=self._deadlines.http, version=self._version
        )
        async with client:
            try:
                yield client
            except Distrusted as fault:
                self._report(certificate_sha256=fault.details.get("seen"))
                raise

    async def _look(self, client: IppClient) -> Capabilities | None:
        """Get-Printer-Attributes (RFC 8011 §4.2.5), reported; None to connect anew: older version, certificate now pinned."""
        requested = Attribute.of("requested-attributes", *map(Keyword, _DESCRIBES))
        reply = await client.call(Operation.GET_PRINTER_ATTRIBUTES, requested)
        if reply.code == Status.SERVER_ERROR_VERSION_NOT_SUPPORTED and self._version != VERSION_1_1:
            self._version = VERSION_1_1
            return None
        if reply.code in BUSY:
            raise NotNow
        if reply.code > LAST_SUCCESS:
            raise PrinterUnreachable(f"{self._spec.name} does not describe itself: {status_words(reply)}.")
        printer = Capabilities.of(reply)
        self._report(printer, client.certificate_sha256)
        if client.certificate_sha256 is not None and await self._pins.pin_of(self._spec) is None:
            await self._pins.seen_first(self._spec, client.certificate_sha256)
            return None
        return printer

    def _report(self, printer: Capabilities | None = None, certificate_sha256: str | None = None) -> None:
        printer = printer or Capabilities({})
        self._learned(
            PrinterReport(
                printer_id=self._spec.printer_id,
                seen_at=self._clock.now(),
                reachable=True,
                state=printer.state,
                state_reasons=printer.state_reasons,
                make_and_model="".join(printer.lines("printer-make-and-model")[:1]),
                document_formats=printer.lines("document-format-supported"),
                certificate_sha256=certificate_sha256,
            )
        )

    async def _create_and_send(
        self, client: IppClient, errand: Errand, printer: Capabilities, attributes: tuple[Attribute, ...]
    ) -> Taken | End:
        """The job without its document first: a refusal, or a ticket that is changed, comes before the mark."""
        reply = await client.call(Operation.CREATE_JOB, job_name(errand.job), groups=_job_group(attributes))
        device_job_id = job_id_of(reply)
        if reply.code > LAST_SUCCESS or device_job_id is None:
            return refused(reply, errand.job)
        ignored = left_out(unsupported(reply), errand.job.ticket)
        if ignored:
            await self._give_up(device_job_id)
            raise NotTaken(JobEvent.TICKET_NOT_TAKEN, attributes=", ".join(ignored))
        try:
            await errand.mark(device_job_id)
        except (Overtaken, Fault):
            await self._give_up(device_job_id)
            raise
        return await self._send(client, errand, device_job_id, followed=printer.supports(Operation.GET_JOB_ATTRIBUTES))

    async def _send(self, client: IppClient, errand: Errand, device_job_id: int, *, followed: bool) -> Taken | End:
        """Every document, one after the other. Of a job that breaks off in between, a part may be on paper."""
        progress = _Octets(errand)
        job, marked = errand.job, self._clock.monotonic()
        documents = _all_of(errand)
        try:
            for one in documents:
                last = one is documents[-1]
                reply = await client.call(
                    Operation.SEND_DOCUMENT,
                    Attribute.of("job-id", device_job_id),
                    Attribute.of("document-format", MimeMediaType(one.document_format)),
                    Attribute.of("last-document", last),
                    document=one.read(),
                    document_length=one.size,
                    on_progress=progress,
                    patience=once_more(partial(self._stands, errand, device_job_id)) if followed else no_patience,
                )
                progress.next()
                if reply.code > LAST_SUCCESS and len(documents) > 1:
                    return await self._broken_off(device_job_id, marked, followed=followed)
        except Interrupted:
            if followed and progress.octets >= job.size:  # only the answer is missing
                return Taken(device_job_id, answered=False)
            return await self._broken_off(device_job_id, marked, followed=followed)
        except Fault as fault:
            await self._give_up(device_job_id)
            if progress.octets:
                return End.unknown(JobEvent.BROKEN_OFF)
            return End.not_printed(_why_nothing_was_sent(fault))
        return _taken(reply, device_job_id, followed=followed)

    async def _stands(self, errand: Errand, device_job_id: int) -> bool:
        """Whether a printer that takes no more of the document says what it waits for; that is told."""
        return await self._follower().stands(device_job_id, errand.tell)

    async def _broken_off(self, device_job_id: int, marked: float, *, followed: bool) -> End:
        if not followed:
            await self._give_up(device_job_id)
            return End.unknown(JobEvent.BROKEN_OFF)
        return await self._follower().settle(device_job_id, marked)

    async def _print(
        self, client: IppClient, errand: Errand, printer: Capabilities, attributes: tuple[Attribute, ...]
    ) -> Taken | End:
        """Print-Job, for printers that cannot create a job first; they must do the ticket as it is, or refuse."""
        progress = _Octets(errand)
        job = errand.job
        await errand.mark(None)
        try:
            reply = await client.call(
                Operation.PRINT_JOB,
                job_name(job),
                Attribute.of("ipp-attribute-fidelity", True),
                Attribute.of("document-format", MimeMediaType(job.document_format)),
                groups=_job_group(attributes),
                document=errand.read(),
                document_length=job.size,
                on_progress=progress,
            )
        except Interrupted:
            return End.unknown(JobEvent.BROKEN_OFF)
        except Fault as fault:
            if progress.octets:
                return End.unknown(JobEvent.BROKEN_OFF)
            return End.not_printed(_why_nothing_was_sent(fault))
        return _taken(reply, job_id_of(reply), followed=printer.supports(Operation.GET_JOB_ATTRIBUTES))

    def _follower(self) -> Follower:
        return Follower(self._connected, self._deadlines, self._clock)

    async def _give_up(self, device_job_id: int) -> None:
        with suppress(Fault):
            await self.cancel(device_job_id)


class _Octets:
    """Counts what the client hands to the network."""

    def __init__(self, errand: Errand) -> None:
        self._errand = errand
        self._before = 0
        self.octets = 0

    def __call__(self, octets: int) -> None:
        self.octets = self._before + octets
        self._errand.sent(self.octets)

    def next(self) -> None:
        """The next document begins."""
        self._before = self.octets


def _all_of(errand: Errand) -> tuple[Part, ...]:
    """The documents of a job; most have one."""
    return errand.documents or (Part(errand.job.document_format, errand.job.size, errand.read),)


def _taken(reply: Message, device_job_id: int | None, *, followed: bool) -> Taken | End:
    """What an answer to a whole document means."""
    if reply.code > LAST_SUCCESS:
        return End.not_printed(f"the printer refused the document ({status_words(reply)})")
    return Taken(device_job_id) if followed and device_job_id is not None else End.unknown(JobEvent.UNKNOWN)


def _why_nothing_was_sent(fault: Fault) -> str:
    match fault:
        case Distrusted():
            return "the printer showed another certificate than before, so nothing was sent"
        case Unavailable() | NotSignedIn() | Forbidden():
            return "the printer did not take the document"
        case _:
            return unreadable(fault)


def _job_group(attributes: tuple[Attribute, ...]) -> tuple[Group, ...]:
    return (Group(Tag.JOB, attributes),) if attributes else ()
