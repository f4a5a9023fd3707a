"""Link: runs the loops to the server, and knows whether it is there."""

from __future__ import annotations

import asyncio
import math
from datetime import datetime
from pathlib import Path

import structlog

from presswork.agent.desired import Desired
from presswork.agent.host.host import Place
from presswork.agent.link.enrolment import renew
from presswork.agent.link.hello import Introduction
from presswork.agent.link.identified import Identified
from presswork.agent.link.identity import Identity, Stamp, identity_stamp, load_identity
from presswork.agent.link.orders import Cancel, Orders, Wanted
from presswork.agent.link.pace import Pace
from presswork.agent.link.place import Whereabouts
from presswork.agent.link.printers import PrinterNews
from presswork.agent.link.proof import Prover
from presswork.agent.link.removed import Removed
from presswork.agent.link.requests import Requests, ServerRefused
from presswork.agent.link.routes import RouteCalls
from presswork.agent.link.server_time import ServerTime
from presswork.agent.link.sync import RosterEntry, Sync
from presswork.agent.link.tunnel import Tunnels
from presswork.agent.link.wake import WakeLine
from presswork.agent.link.websocket import WebSockets
from presswork.agent.search.searches import Searches
from presswork.agent.spool import Spool
from presswork.core.backoff import Backoff
from presswork.core.clock import Clock, Randomness
from presswork.core.errors import Distrusted, Fault, ServerUnreachable
from presswork.net.tls import trusting_context
from presswork.protocols.control.agent import (
    AccountSignIn,
    AccountSignInStarted,
    FindPrinters,
    PrintersFound,
)
from presswork.protocols.control.route import JobWish, WishTaken
from presswork.protocols.control.words import NetworkHint

_ENROLMENT_POLL = 2.0
_RENEWAL_RETRY = 600.0
_log = structlog.get_logger(__name__)


class Link:
    """The agent's connection to its server, there or not."""

    def __init__(
        self,
        directory: Path,
        spool: Spool,
        desired: Desired,
        *,
        printers: PrinterNews,
        cancel: Cancel,
        wanted: Wanted,
        place: Place,
        introduction: Introduction,
        entry: RosterEntry,
        clock: Clock,
        randomness: Randomness,
    ) -> None:
        """``printers`` is where delivery tells what it learned; ``cancel`` has it stop a job; ``wanted`` is told of jobs
        that move.
        """
        self._directory = directory
        self._spool = spool
        self._clock = clock
        self._randomness = randomness
        self._time = ServerTime(clock)
        self._pace = Pace(clock, randomness)
        self._printers = printers
        self._introduction = introduction
        self._orders = Orders(spool, desired, cancel=cancel, wanted=wanted, answered=self._pace.own_news)
        self._whereabouts = Whereabouts(place, randomness, moved=self._pace.own_news)
        self._searches = Searches(randomness, self._pace.own_news)
        self._sockets: WebSockets | None = None
        self.tunnels = Tunnels(lambda: self._sockets)
        self.removed = Removed(spool)
        self._sync = Sync(
            spool,
            desired,
            self._orders,
            printers,
            introduction=introduction,
            networks=lambda: self._whereabouts.hints,
            searches=self._searches,
            called=self.tunnels.called,
            entry=entry,
            removed=self.removed,
        )
        self._requests: Requests | None = None
        self.routes = RouteCalls(lambda: self._requests, spool.report)
        self.identified = Identified()
        self._trouble = ""
        self._next_renewal = -math.inf
        self._told_expired = False
        self.enrolled = False
        self.reachable = False
        """Whether the server answered, and took what it was told, the last time."""

    async def run(self) -> None:
        """Until cancelled. Nothing the server or the network does ends it."""
        await self._orders.load()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch_spool())
            group.create_task(self._watch_printers())
            group.create_task(self._watch_introduction())
            group.create_task(self._orders.run())
            group.create_task(self._whereabouts.run())
            group.create_task(self._searches.run())
            group.create_task(self.tunnels.run())
            while True:
                await self._serve(*await self._identity())

    def sync_soon(self) -> None:
        """Ask the server now rather than later."""
        self._pace.server_news()

    async def start_sign_in(self, account: str) -> AccountSignInStarted:
        """Begin a sign-in for an account of this computer; who it is arrives with the desired state. ``ServerUnreachable``."""
        if self._requests is None:
            raise ServerUnreachable(
                "This computer is not enrolled with a server yet, so nobody can sign in. Ask your administrator."
            )
        return await self._requests.post("/api/agent/sign-in", AccountSignIn(account=account), AccountSignInStarted)

    async def find_printers(self, account: str, text: str) -> PrintersFound:
        """The printers this account's person may mean, of however many there are. ``ServerUnreachable``."""
        if self._requests is None:
            raise ServerUnreachable("This computer is not connected with its server, so nobody knows all printers.")
        return await self._requests.post("/api/agent/printers", FindPrinters(account=account, text=text), PrintersFound)

    async def wish(self, wish: JobWish) -> WishTaken:
        """What a person wants of a job that another computer holds. ``ServerUnreachable``, ``ServerRefused``."""
        return await self.routes.wish(wish)

    @property
    def networks(self) -> tuple[NetworkHint, ...] | None:
        """Where this computer is, as the system last said; None until it said something."""
        return self._whereabouts.hints

    def server_now(self) -> datetime:
        """The server's time of day, as far as it is known."""
        return self._time.now()

    async def _watch_spool(self) -> None:
        async with self._spool.subscribe() as changes:
            while True:
                await changes.get()
                self._pace.own_news()

    async def _watch_printers(self) -> None:
        while True:
            await self._printers.wait()
            self._pace.own_news()

    async def _watch_introduction(self) -> None:
        while True:
            await self._introduction.changed()
            self._pace.own_news()

    async def _identity(self) -> tuple[Identity, Stamp | None]:
        """Wait until there is one: `presswork agent enrol` writes it while the agent runs."""
        while True:
            stamp = await asyncio.to_thread(identity_stamp, self._directory)
            try:
                identity = await asyncio.to_thread(load_identity, self._directory)
            except (Fault, OSError) as error:
                self._complain("identity", f"The identity of this computer cannot be used. {error}")
            else:
                if identity is not None:
                    self.enrolled = True
                    self.identified.put(identity)
                    return identity, stamp
                self._complain("not-enrolled", "This computer is not enrolled. Run: presswork agent enrol URL CODE")
            self.enrolled = False
            await asyncio.sleep(_ENROLMENT_POLL)

    async def _serve(self, identity: Identity, stamp: Stamp | None) -> None:
        """Speak to the server as ``identity``; returns when there is a newer one in the directory."""
        context = await asyncio.to_thread(trusting_context, identity.ca_pem)
        prover = Prover(identity, self._randomness)
        origin = identity.server_url
        backoff = Backoff(self._randomness)
        sockets = WebSockets(origin, context, prover, self._time)
        line = WakeLine(sockets, backoff=backoff, woken=self._pace.server_news)
        try:
            async with Requests(origin, context, self._time, prover) as requests, asyncio.TaskGroup() as group:
                self._requests, self._sockets = requests, sockets
                listening = group.create_task(line.run())
                rounds = group.create_task(self._rounds(identity, requests))
                replaced = group.create_task(self._until_replaced(stamp))
                await asyncio.wait((rounds, replaced), return_when=asyncio.FIRST_COMPLETED)
                for task in (listening, rounds, replaced):
                    task.cancel()
        finally:
            self._requests = self._sockets = None

    async def _rounds(self, identity: Identity, requests: Requests) -> None:
        backoff = Backoff(self._randomness)
        while True:
            self._pace.begin()
            try:
                if await self._renewed(identity, requests):
                    return
                synced = await self._sync.once(requests)
            except (ServerUnreachable, Distrusted, ServerRefused) as fault:
                self._away(fault)
                # The server judges by its own clock, whatever ours says.
                self._told_expired = fault.details.get("reason") == "certificate-expired"
                await self._pace.after_failure(backoff.failed())
                continue
            self._there()
            backoff.succeeded()
            if not synced.more:
                await self._pace.after_success(synced.after)

    async def _renewed(self, identity: Identity, requests: Requests) -> bool:
        """Renew when it is time. A renewal that is refused is tried again later and keeps nothing else waiting."""
        due = self._told_expired or identity.renewal_due(self._time.now())
        if not due or self._clock.monotonic() < self._next_renewal:
            return False
        try:
            await renew(self._directory, identity, requests)
            self._next_renewal = self._clock.monotonic() + _RENEWAL_RETRY
        except (Distrusted, ServerRefused, OSError) as error:
            _log.warning(
                "The certificate of this computer could not be renewed; trying again later.", reason=str(error)
            )
            self._next_renewal = self._clock.monotonic() + _RENEWAL_RETRY
            return False
        self._told_expired = False
        return True

    async def _until_replaced(self, stamp: Stamp | None) -> None:
        """Until this computer was enrolled anew."""
        while True:
            await asyncio.sleep(_ENROLMENT_POLL)
            if await asyncio.to_thread(identity_stamp, self._directory) != stamp:
                return

    def _there(self) -> None:
        self.reachable = True
        if self._trouble:
            self._trouble = ""
            _log.info("The server answers.")

    def _away(self, fault: Fault) -> None:
        self.reachable = False
        self._complain(fault.code, f"{fault.sentence} Printing goes on; what happens meanwhile is reported later.")

    def _complain(self, kind: str, sentence: str) -> None:
        """Say it once, until something else is the case."""
        if self._trouble != kind:
            self._trouble = kind
            _log.warning(sentence)
