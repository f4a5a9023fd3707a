"""LPR: control file and document to the queue of a line printer daemon (RFC 1179).

The daemon acknowledges that it has the document, and nothing more: without a page counter the honest end is *unknown*.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from presswork.agent.delivery.deadlines import Deadlines
from presswork.agent.delivery.job_ticket import beyond_always
from presswork.agent.delivery.names import host_name, job_name, user_name
from presswork.agent.delivery.sending import NOTHING_SENT, once_more, send_document
from presswork.agent.delivery.tally import Tally
from presswork.agent.delivery.way import Delivered, End, Errand, NotNow, NotTaken, Taken, Tell, Watched
from presswork.core.errors import Invalid, NotPossible, PrinterUnreachable
from presswork.net.lpd import LpdClient
from presswork.net.outgoing import Outgoing, connect
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import PrinterSpec
from presswork.protocols.lpd import ControlFile, is_queue_name

DEFAULT_PORT = 515


@dataclass(frozen=True, slots=True)
class Sender:
    """As what a job is sent."""

    host: str
    """This computer's name: jobs of two computers must not be called the same at the daemon."""
    account: str
    number: int
    """Counts the jobs of this computer, modulo 1000 (RFC 1179 §2)."""


class LpdWay:
    """``lpd://host[:port]/queue``."""

    def __init__(self, spec: PrinterSpec, sender: Sender, tally: Tally, deadlines: Deadlines) -> None:
        self._host, self._port, self._queue = _address(spec)
        self._name = spec.name
        self._sender = sender
        self._tally = tally
        self._deadlines = deadlines

    async def deliver(self, errand: Errand) -> Delivered:
        """See ``Way``. A daemon cannot be asked for copies or sides, so a job that needs them waits."""
        impossible = beyond_always(errand.job.ticket)
        if impossible:
            raise NotTaken(JobEvent.TICKET_NOT_TAKEN, attributes=", ".join(impossible))
        try:
            reader, writer = await connect(self._host, self._port, self._deadlines.connect)
        except OSError as error:
            raise self._unreachable() from error
        try:
            patience = once_more(lambda: self._tally.is_at_work(errand.tell))
            outgoing = Outgoing(writer, self._deadlines.raw_stall, patience)
            client = LpdClient(reader, outgoing, self._deadlines.reply)
            await self._ask(client)
            await self._tally.begin()
            self._tally.check_language(errand.job)
            await errand.mark(None)
            return await self._send(errand, client, outgoing)
        finally:
            writer.transport.abort()

    async def follow(self, taken: Taken, tell: Tell) -> End:
        """See ``Way``: nothing can be asked."""
        return End.unknown(JobEvent.ACKNOWLEDGED)

    async def cancel(self, device_job_id: int) -> None:
        """See ``Way``: a daemon does not say whether it removed a job (RFC 1179 §5.5)."""
        raise NotPossible("This printer cannot be told to stop. Cancel the job at the printer.")

    async def _ask(self, client: LpdClient) -> None:
        try:
            taken = await client.receive_job(self._queue)
        except OSError as error:
            raise self._unreachable() from error
        if not taken:
            raise NotNow(JobEvent.QUEUE_REFUSED)

    async def _send(self, errand: Errand, client: LpdClient, outgoing: Outgoing) -> Delivered:
        """The control file first: a printer that prints while it receives then knows whose document it is."""
        number = f"{self._sender.number % 1000:03}{host_name(self._sender.host)}"
        document = f"dfA{number}"
        control = ControlFile(
            host=host_name(self._sender.host),
            user=user_name(self._sender.account),
            job_name=job_name(errand.job.name),
            data_file=document,
        ).encode()
        try:
            if not await client.send_control_file(f"cfA{number}", control):
                return End.not_printed("the printer refused the job")
            if not await client.announce_document(document, errand.job.size):
                return End.not_printed("the printer refused the document, perhaps for want of room")
        except OSError:
            return End.not_printed(NOTHING_SENT)
        end = await send_document(errand, outgoing)
        return end or await self._end_document(errand, client)

    async def _end_document(self, errand: Errand, client: LpdClient) -> Delivered:
        try:
            acknowledged = await client.end_document(once_more(lambda: self._tally.is_at_work(errand.tell)))
        except OSError:
            return End.unknown(JobEvent.BROKEN_OFF)
        if not acknowledged:
            return End.unknown(JobEvent.REFUSED_AT_THE_END)
        if self._tally.tells:
            return Watched(lambda tell: self._counted(errand, tell), answered=True)
        return End.unknown(JobEvent.COUNTER_UNCLEAR if self._tally.unclear else JobEvent.ACKNOWLEDGED)

    async def _counted(self, errand: Errand, tell: Tell) -> End:
        return await self._tally.end(errand.job, await errand.pages(), tell)

    def _unreachable(self) -> PrinterUnreachable:
        return PrinterUnreachable(f"{self._name} does not answer; see that it is on and reachable.")


def _address(spec: PrinterSpec) -> tuple[str, int, str]:
    try:
        parts = urlsplit(spec.device_uri)
        host, port, queue = parts.hostname, parts.port, unquote(parts.path.removeprefix("/"))
    except ValueError:
        host, port, queue = None, None, ""
    if not host or port == 0 or not is_queue_name(queue):
        raise Invalid(f"The address of {spec.name} is none. Ask your administrator to correct it.", field="device_uri")
    return host, port or DEFAULT_PORT, queue
