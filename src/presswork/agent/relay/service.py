"""Relay: takes transfers in, on its listeners and through tunnels."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from typing import Final
from uuid import UUID

import structlog

from presswork import __version__
from presswork.agent.delivery.way import End, NotNow, NotTaken, Overtaken
from presswork.agent.relay.admission import Admission, Admitted
from presswork.agent.relay.deadlines import RelayDeadlines
from presswork.agent.relay.incoming import Incoming
from presswork.agent.relay.line_in import LineIn
from presswork.agent.relay.receiver import Keeper, Receiver
from presswork.agent.relay.records import Record, Records
from presswork.agent.relay.trust import Credentials, Peer, Trust
from presswork.agent.relay.wire import declined, ended, headers_of
from presswork.agent.spool import Spool
from presswork.core.clock import Clock
from presswork.core.errors import Fault, Unsupported
from presswork.net.relay import Octets, TcpOctets
from presswork.net.relay_channel import Channel
from presswork.net.relay_tls import SecureStream
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.relay.messages import Cancel, Canceled, Commit, Committed, Declined, Ended, Offer
from presswork.protocols.ticket import Ticket, TicketKind, TicketRefused, check_ticket, open_ticket

_AFTER_EXHAUSTION: Final = 0.5
_NOTHING_SENT: Final = "the connection between the two computers broke before anything was sent"
_log = structlog.get_logger(__name__)


class Relay:
    """All transfers that come in. One an agent, with however many listeners."""

    def __init__(
        self,
        spool: Spool,
        trust: Trust,
        receivers: Mapping[TicketKind, Receiver],
        *,
        clock: Clock,
        deadlines: RelayDeadlines = RelayDeadlines(),  # noqa: B008 - immutable
        met: Callable[[UUID], None] = lambda computer_id: None,
    ) -> None:
        """``receivers``: what this computer does for others now; it is looked at for each transfer. ``met`` is told of each
        computer that connects."""
        self._met = met
        self._records = Records(spool)
        self._trust = trust
        self._receivers = receivers
        self._clock = clock
        self._deadlines = deadlines
        self._admission = Admission()
        self._transfers: dict[UUID, Incoming] = {}
        self._followed: dict[UUID, list[Incoming]] = {}
        """Of transfers from before a restart: those who ask for their ends."""
        self._tasks: asyncio.TaskGroup | None = None
        self._ready = asyncio.Event()

    async def run(self) -> None:
        """Carry transfers out until cancelled; first what had GO before a restart is brought to its end."""
        await self._records.load()
        try:
            async with asyncio.TaskGroup() as self._tasks:
                for record in self._records.unfinished():
                    self._tasks.create_task(self._finish(record))
                self._ready.set()
                await asyncio.Event().wait()
        finally:
            self._ready.clear()
            self._tasks = None
            self._transfers.clear()

    async def listen(self, listener: socket.socket, kinds: Collection[TicketKind]) -> None:
        """Accept until cancelled, for these kinds of tickets. While this computer is not enrolled nobody is let in."""
        listener.setblocking(False)
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as connections:
            while True:
                try:
                    connection, address = await loop.sock_accept(listener)
                except OSError:  # no descriptors left
                    await asyncio.sleep(_AFTER_EXHAUSTION)
                    continue
                try:
                    octets = TcpOctets(connection)
                except OSError:  # it is gone already
                    connection.close()
                    continue
                if self._admission.has_room(address[0]):
                    connections.create_task(self.serve(octets, kinds, address[0]))
                else:
                    octets.close()

    async def serve(self, octets: Octets, kinds: Collection[TicketKind], address: str = "") -> None:
        """One stream that came another way, such as a tunnel through the server; until it is over. Raises nothing."""
        try:
            await self._serve(octets, kinds, address)
        except (Fault, OSError) as error:  # what is wrong with one connection is nobody else's concern
            _log.debug("a connection of another computer was given up", reason=str(error))
        except Exception:
            _log.exception("a connection of another computer failed by a mistake of ours")
        finally:
            octets.close()

    async def _serve(self, octets: Octets, kinds: Collection[TicketKind], address: str) -> None:
        with self._admission.stranger(address):
            credentials = await self._trust.credentials()
            if credentials is None:
                return
            async with asyncio.timeout(self._deadlines.handshake):
                stream = SecureStream(octets, credentials.as_server, server_side=True)
                await stream.handshake()
                peer = self._trust.peer(credentials, stream.peer_certificate)
                channel = Channel(stream, self._deadlines.silence, self._deadlines.say)
                line = LineIn(channel, self._deadlines, __version__)
                wanted = await line.opening()
                await self._ready.wait()
        self._met(peer.computer_id)
        try:
            only_asks = isinstance(wanted, Commit) or (isinstance(wanted, Offer) and wanted.gone)
            begins_nothing = only_asks or isinstance(wanted, Cancel)
            with self._admission.computer(peer.computer_id, only_asks=begins_nothing) as admitted:
                ticket = self._ticket(wanted.ticket, credentials, peer, kinds, however_old=only_asks)
                if isinstance(wanted, Cancel):
                    await line.say(await self._cancel(ticket))
                elif isinstance(wanted, Commit):
                    await line.say(await self._commit(ticket, wanted.secret))
                else:
                    await self._transfer(ticket, wanted, line, admitted)
                    return
        except Fault as fault:
            await line.say(declined(fault))
        await channel.linger()

    def _ticket(
        self,
        text: str,
        credentials: Credentials,
        peer: Peer,
        kinds: Collection[TicketKind],
        *,
        however_old: bool = False,
    ) -> Ticket:
        """What is allowed. A ticket that is known here, or of a transfer that had GO, may be old: nothing begins by it."""
        ticket = open_ticket(text, self._trust.ticket_key(credentials))
        now = self._trust.server_now()
        known = however_old or ticket.ticket_id in self._transfers or self._records.of(ticket.ticket_id) is not None
        check_ticket(
            ticket,
            tenant_id=credentials.tenant_id,
            sender_id=peer.computer_id,
            receiver_id=credentials.identity.computer_id,
            kinds=kinds,
            now=min(now, ticket.not_after) if known else now,
        )
        return ticket

    async def _transfer(self, ticket: Ticket, offer: Offer, line: LineIn, admitted: Admitted) -> None:
        transfer = await self._begun_or_new(ticket, offer)
        if transfer.has_all:
            admitted.only_waits()
        elif ticket.ticket_id in self._transfers:
            admitted.carries()
        line.only_waits = admitted.only_waits
        transfer.attach(line)
        seen = False
        try:
            async with asyncio.TaskGroup() as group:
                telling = group.create_task(_quietly(line.tell(transfer)))
                listening = group.create_task(_quietly(line.listen(transfer)))
                await asyncio.wait((telling, listening), return_when=asyncio.FIRST_COMPLETED)
                if telling.done() and telling.result():  # declined: the other end closes
                    await asyncio.wait((listening,), timeout=self._deadlines.handshake)
                seen = listening.done() and listening.result()
                telling.cancel()
                listening.cancel()
        finally:
            transfer.detach(line)
            if transfer in (followed := self._followed.get(ticket.ticket_id, [])):
                followed.remove(transfer)
        if seen:
            await self._records.seen(ticket.ticket_id)

    async def _begun_or_new(self, ticket: Ticket, offer: Offer) -> Incoming:
        """The transfer of that ticket. It is never carried out a second time where anything may have been sent."""
        if offer.job.job_id != ticket.job_id:
            raise TicketRefused("The ticket is for another job.", reason="another-job")
        headers = headers_of(offer.job, ticket.digest)
        running = self._transfers.get(ticket.ticket_id)
        if running is not None:
            return running
        transfer = Incoming(ticket, offer, headers, self._records, clock=self._clock, deadlines=self._deadlines)
        record = self._records.of(ticket.ticket_id)
        if record is not None and record.end is None:
            self._followed.setdefault(ticket.ticket_id, []).append(transfer)
        elif record is not None and (record.sent or offer.gone):
            transfer.outcome = record.end
        elif offer.gone:  # it had GO here, and nobody remembers it
            transfer.outcome = ended(End.unknown(JobEvent.INTERRUPTED))
        else:
            receiver = self._receivers.get(ticket.kind)
            if receiver is None or self._tasks is None:
                raise Unsupported("This computer does not do that for others.")
            if ticket.kind is not TicketKind.HOLD and ticket.printer is None:
                raise TicketRefused("The ticket names no printer.", reason="no-printer")
            if self._trust.server_now() > ticket.not_after and record is not None:
                raise TicketRefused("The ticket is too old. A new one is needed.", reason="expired")
            await self._records.make_room(self._trust.server_now())
            running = self._transfers.get(ticket.ticket_id)  # it may have come meanwhile, by another connection
            if running is not None:
                return running
            self._transfers[ticket.ticket_id] = transfer
            self._tasks.create_task(self._carry(transfer, receiver))
        return transfer

    async def _carry(self, transfer: Incoming, receiver: Receiver) -> None:
        """Have it received, and remember the end before it is told."""
        try:
            outcome = await self._outcome(transfer, receiver)
            if isinstance(outcome, Ended):
                await self._records.end(transfer.begun, outcome, sent=transfer.has_begun)
            transfer.outcome = outcome
        except Fault as fault:  # the disk: without a record, a restart finds it unknown
            _log.error("the end of a transfer cannot be written down", code=fault.code)
            transfer.outcome = ended(End.unknown(JobEvent.INTERRUPTED)) if transfer.has_begun else declined(fault)
        finally:
            del self._transfers[transfer.ticket.ticket_id]
            transfer.touch()

    async def _outcome(self, transfer: Incoming, receiver: Receiver) -> Declined | Ended:
        try:
            end = await receiver.receive(transfer)
        except (Fault, NotNow, NotTaken, Overtaken) as error:
            if transfer.has_begun:
                return ended(End.unknown(JobEvent.BROKEN_OFF))
            if transfer.ask is not None and not isinstance(error, Overtaken):
                return ended(End.not_printed(_NOTHING_SENT))  # the holder may have written its mark
            return declined(error)
        except Exception as error:
            await asyncio.to_thread(_log.error, "a transfer failed by a mistake of ours", exc_info=error)
            return ended(End.unknown(JobEvent.BROKEN_OFF)) if transfer.has_begun else declined(error)
        else:
            return ended(end)

    async def _finish(self, record: Record) -> None:
        """What had GO when the agent stopped: never sent again."""
        receiver = self._receivers.get(record.ticket.kind)
        end = End.unknown(JobEvent.INTERRUPTED)
        if receiver is not None:
            try:
                end = await receiver.after_restart(record.begun)
            except Exception as error:
                await asyncio.to_thread(_log.error, "a transfer cannot be followed after a restart", exc_info=error)
        with suppress(Fault):
            await self._records.end(record.begun, ended(end), sent=True)
        for transfer in self._followed.pop(record.ticket.ticket_id, ()):
            transfer.outcome = ended(end)
            transfer.touch()

    async def _commit(self, ticket: Ticket, secret: str) -> Committed:
        receiver = self._receivers.get(ticket.kind)
        if not isinstance(receiver, Keeper):
            raise Unsupported("This computer keeps no jobs of others.")
        return Committed(done=await receiver.commit(ticket, secret))

    async def _cancel(self, ticket: Ticket) -> Canceled:
        transfer = self._transfers.get(ticket.ticket_id)
        record = self._records.of(ticket.ticket_id)
        begun = transfer.begun if transfer is not None else record.begun if record is not None else None
        receiver = self._receivers.get(ticket.kind)
        if begun is None or receiver is None or (record is not None and record.end is not None):
            return Canceled(done=False, sentence="That computer does not have the job any more.")
        try:
            await receiver.cancel(begun)
        except Fault as fault:
            return Canceled(done=False, sentence=declined(fault).sentence)
        return Canceled(done=True)


async def _quietly(work: Awaitable[bool]) -> bool:
    """What it answers; False where the connection is of no more use."""
    try:
        return await work
    except (Fault, OSError) as error:
        _log.debug("a connection of another computer is over", reason=str(error))
        return False
