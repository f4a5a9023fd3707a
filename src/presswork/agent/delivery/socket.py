"""RAW: the document to a TCP port; with PJL around it where the printer speaks that, and then it says what becomes of it.

A printer that says nothing leaves the page counter, and without one the honest end is *unknown*.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

from presswork.agent.delivery.back_channel import BackChannel
from presswork.agent.delivery.connections import Connections
from presswork.agent.delivery.deadlines import Deadlines
from presswork.agent.delivery.job_ticket import beyond, beyond_always
from presswork.agent.delivery.names import job_name
from presswork.agent.delivery.pjl_known import SIDES, Pjl, PjlKnown
from presswork.agent.delivery.sending import broken_off, once_more, send_document
from presswork.agent.delivery.tally import Tally
from presswork.agent.delivery.way import Delivered, End, Errand, NotTaken, Taken, Tell, Watched
from presswork.agent.spool.job import Job
from presswork.core.errors import Invalid, NotPossible, PrinterUnreachable
from presswork.net.outgoing import Outgoing, connect
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import PrinterSpec
from presswork.protocols.pjl import ECHO, JobName, Wrapping, question

DEFAULT_PORT = 9100
_UNCOLLATED = "separate-documents-uncollated-copies"


class SocketWay:
    """``socket://host[:port]``."""

    def __init__(
        self, spec: PrinterSpec, known: PjlKnown, tally: Tally, connections: Connections, deadlines: Deadlines
    ) -> None:
        self._host, self._port = _address(spec)
        self._name = spec.name
        self._known = known
        self._tally = tally
        self._connections = connections
        self._deadlines = deadlines

    async def deliver(self, errand: Errand) -> Delivered:
        """See ``Way``. Without PJL a printer cannot be asked for copies or sides, so a job that needs them waits."""
        ticket = errand.job.ticket
        pjl = await self._pjl(needed=bool(beyond_always(ticket)))
        impossible = beyond_always(ticket) if pjl is None else beyond(ticket, pjl.can)
        if impossible:
            raise NotTaken(JobEvent.TICKET_NOT_TAKEN, attributes=", ".join(impossible))
        wrapping = None if pjl is None else _wrapping(errand.job, pjl)
        reader, writer = await self._connect()
        self._connections.keep(writer)
        kept = False
        try:
            await self._tally.begin()
            self._tally.check_language(errand.job)
            await errand.mark(None)
            channel = BackChannel(reader, "" if wrapping is None else wrapping.name.text)
            end = await self._send(errand, channel, writer, wrapping)
            kept = end is None and wrapping is not None
        finally:
            if not kept:
                self._connections.drop(writer)
        if end is not None:
            return end
        if wrapping is not None:
            return Watched(
                lambda tell: self._watch(errand, channel, writer, tell), drop=lambda: self._connections.drop(writer)
            )
        if self._tally.tells:
            return Watched(lambda tell: self._counted(errand, tell), answered=channel.closed)
        return End.unknown(self._unknown)

    async def follow(self, taken: Taken, tell: Tell) -> End:
        """See ``Way``: nothing can be asked."""
        return End.unknown(JobEvent.UNKNOWN)

    async def cancel(self, device_job_id: int) -> None:
        """See ``Way``: nothing can be asked."""
        raise NotPossible("This printer cannot be told to stop. Cancel the job at the printer.")

    async def _pjl(self, *, needed: bool) -> Pjl | None:
        """What PJL the printer speaks; None for none. It is asked where ``needed``, or where it says that it does."""
        pjl = await self._known.recall()
        if pjl is None:
            await self._tally.begin()
            said = None if self._tally.before is None else self._tally.before.pjl
            if said or (needed and said is None):
                pjl = await self._known.learn((await self._asked()).infos)
        return pjl if pjl is not None and pjl.speaks else None

    async def _asked(self) -> BackChannel:
        """Its answers; none where it says nothing."""
        reader, writer = await self._connect()
        channel = BackChannel(reader)
        try:
            with suppress(OSError):  # a TimeoutError is one
                await Outgoing(writer, self._deadlines.pjl).send(question())
                async with asyncio.timeout(self._deadlines.pjl), asyncio.TaskGroup() as tasks:
                    listening = tasks.create_task(channel.run())
                    while not channel.closed and not any(info.about == ECHO for info in channel.infos):
                        channel.changed.clear()
                        await channel.changed.wait()
                    listening.cancel()
        finally:
            writer.transport.abort()
        return channel

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        try:
            return await connect(self._host, self._port, self._deadlines.connect)
        except OSError as error:
            raise PrinterUnreachable(f"{self._name} does not answer; see that it is on and reachable.") from error

    async def _send(
        self, errand: Errand, channel: BackChannel, writer: asyncio.StreamWriter, wrapping: Wrapping | None
    ) -> End | None:
        async def patience() -> bool:
            if channel.obstacle:
                await errand.tell(channel.news)
            return bool(channel.obstacle) or channel.at_work or await self._tally.is_at_work(errand.tell)

        outgoing = Outgoing(writer, self._deadlines.raw_stall, once_more(patience))
        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(channel.run())
            end = await self._send_all(errand, outgoing, wrapping)
            if end is None and wrapping is None:
                with suppress(OSError):
                    writer.write_eof()
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._deadlines.raw_close):
                        await asyncio.wait({listening})
            listening.cancel()
        return end

    async def _send_all(self, errand: Errand, outgoing: Outgoing, wrapping: Wrapping | None) -> End | None:
        """None when the operating system has taken all of it."""
        try:
            if wrapping is not None:
                await outgoing.send(wrapping.before)
            end = await send_document(errand, outgoing)
            if end is None and wrapping is not None:
                await outgoing.send(wrapping.behind)
        except OSError:  # before or behind the document; of an empty one nothing is to be seen
            return broken_off(outgoing.handed, "the connection to the printer broke before anything was sent")
        return end

    async def _watch(self, errand: Errand, channel: BackChannel, writer: asyncio.StreamWriter, tell: Tell) -> End:
        """Listen to the printer; where it falls silent, or never speaks, look at its counter."""
        try:
            async with asyncio.timeout(self._deadlines.follow), asyncio.TaskGroup() as tasks:
                listening = tasks.create_task(channel.run())
                end = await self._heard(errand, channel, tell)
                listening.cancel()
        except TimeoutError:
            return End.unknown(JobEvent.OUT_OF_SIGHT)
        finally:
            self._connections.drop(writer)
        if end is not None:
            return end
        if self._tally.tells:
            return await self._counted(errand, tell)
        return End.unknown(JobEvent.OUT_OF_SIGHT if channel.heard else self._unknown)

    async def _heard(self, errand: Errand, channel: BackChannel, tell: Tell) -> End | None:
        told = ""
        while True:
            channel.changed.clear()
            if channel.obstacle != told:
                told = channel.obstacle
                await tell(channel.news)
            if channel.end(None) is not None:
                return channel.end(await errand.pages())
            if channel.closed:
                return None
            try:
                async with asyncio.timeout(
                    self._deadlines.out_of_reach if channel.heard else self._deadlines.raw_close
                ):
                    await channel.changed.wait()
            except TimeoutError:
                return None

    async def _counted(self, errand: Errand, tell: Tell) -> End:
        return await self._tally.end(errand.job, await errand.pages(), tell)

    @property
    def _unknown(self) -> JobEvent:
        return JobEvent.COUNTER_UNCLEAR if self._tally.unclear else JobEvent.UNKNOWN


def _wrapping(job: Job, pjl: Pjl) -> Wrapping:
    """Copies and sides, by the printer and nobody else. The job's own number makes its name one of a kind."""
    values = {each.name: each.values for each in job.ticket.attributes}
    whole = [str(value) for value in values.get("multiple-document-handling", ())] != [_UNCOLLATED]
    sides = SIDES.get(job.ticket.sides) if "sides" in values and pjl.two_sided else None
    copies = job.ticket.copies if job.ticket.copies > 1 else None
    sets = pjl.sets >= job.ticket.copies and (whole or pjl.copies < job.ticket.copies)
    return Wrapping(JobName(f"{job_name(job.name)} {job.id.hex[-8:]}"), copies, collated=sets, sides=sides)


def _address(spec: PrinterSpec) -> tuple[str, int]:
    try:
        parts = urlsplit(spec.device_uri)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or port == 0:
        raise Invalid(f"The address of {spec.name} is none. Ask your administrator to correct it.", field="device_uri")
    return host, port or DEFAULT_PORT
