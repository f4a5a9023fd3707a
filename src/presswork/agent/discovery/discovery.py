"""Runs discovery: on which networks, as whom, and when what is sent.

It begins with the enrolment. Without an entry of the roster this computer is silent and only listens; without the key of
the installation's tickets it does nothing at all, since nobody could be believed.
"""

from __future__ import annotations

import asyncio
import base64
import math
from collections.abc import Callable, Container
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from presswork.agent.desired import Desired
from presswork.agent.discovery.entry import Fit, OwnEntry
from presswork.agent.discovery.face import Neighbours
from presswork.agent.discovery.key import beacon_key
from presswork.agent.discovery.spots import spots_of
from presswork.agent.discovery.start import next_start
from presswork.agent.host.host import LanAddress, Place
from presswork.agent.link.hello import Introduction
from presswork.agent.link.identified import Identified
from presswork.core.clock import Clock, Randomness
from presswork.core.errors import Distrusted, Unavailable
from presswork.net.discovery import Lans, Spot
from presswork.protocols.discovery.bearer import Bearer, Sending
from presswork.protocols.discovery.entry import NO_ROLE
from presswork.protocols.discovery.packets import CHANCE_SIZE, boot_of
from presswork.protocols.discovery.segment import Segment
from presswork.protocols.ticket import ticket_key_of

LOOK_AGAIN = 60.0
"""Seconds after which everything is looked at anew, though nobody said that it changed."""
_GATHERING = 0.2
"""Seconds in which changes of the network that follow each other are one."""
_SLEPT = 60.0
"""Seconds by which the time of day ran ahead of the time that is counted, so that the computer must have slept."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Around:
    """What discovery asks of the rest of the agent."""

    desired: Desired
    identified: Identified
    introduction: Introduction
    place: Place
    removed: Container[UUID]
    """Computers that do not belong to the organisation any more."""
    server_now: Callable[[], datetime]
    """The server's time, as far as it is known."""
    clock: Clock
    randomness: Randomness


class Discovery:
    """``run`` it; ask ``neighbours``; ``entry`` is exchanged with the server by the sync."""

    def __init__(self, directory: Path, port: int, around: Around, entry: OwnEntry) -> None:
        """``port``: UDP, the same on all computers of the LAN."""
        self.neighbours = Neighbours(around.removed)
        self.entry = entry
        self._directory = directory
        self._port = port
        self._around = around
        self._boot = b""
        self._bearer: Bearer | None = None
        self._segments: dict[Spot, Segment] = {}
        self._lans: Lans | None = None
        self._woken = asyncio.Event()
        self._stale = True
        self._until = math.inf
        self._ahead = math.inf
        self._trouble = ""

    async def run(self) -> None:
        """Until cancelled."""
        around = self._around
        key = await asyncio.to_thread(beacon_key, self._directory)
        start = await asyncio.to_thread(next_start, self._directory, around.clock.now())
        self._boot = boot_of(start, around.randomness(CHANCE_SIZE))
        public_key = base64.b64encode(key.public_key().public_bytes_raw()).decode("ascii")
        around.introduction.put(discovery_key=public_key, discovery_port=self._port or None)
        self._lans = Lans(self._port, self._received)
        try:
            async with asyncio.TaskGroup() as tasks:
                for watch in (self._watch_identity, self._watch_desired, self._watch_place, self._watch_entry):
                    tasks.create_task(watch())
                while True:
                    await self._once(key, self._lans)
        finally:
            self._lans.close()
            self.neighbours.put(None, ())

    async def _once(self, key: Ed25519PrivateKey, lans: Lans) -> None:
        self._woken.clear()
        now = self._around.clock.monotonic()
        if self._has_slept(now):
            self._segments.clear()
            self._stale = True
        if self._stale or now >= self._until:
            self._stale = False
            self._until = now + LOOK_AGAIN
            await self._look(key, lans)
            now = self._around.clock.monotonic()
        server_time = self._server_time()
        for spot, segment in self._segments.items():
            self._send(spot, segment.tick(now, server_time))
        due = min((segment.due for segment in self._segments.values()), default=math.inf)
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, min(due, self._until) - now)):
                await self._woken.wait()

    def _has_slept(self, now: float) -> bool:
        """Others forgot it then, and it may be elsewhere: it begins anew, as one that does not know who is here."""
        before, self._ahead = self._ahead, self._around.clock.now().timestamp() - now
        return self._ahead - before > _SLEPT

    async def _look(self, key: Ed25519PrivateKey, lans: Lans) -> None:
        """As whom, and where: what is known of others is kept where neither changed."""
        before = self._bearer
        self._bearer = await self._as_whom(key)
        if self._bearer is not before:
            self._segments.clear()
        addresses: tuple[LanAddress, ...] = ()
        if self._bearer is not None:
            with suppress(Unavailable):  # the link says so
                addresses = await self._around.place.addresses()
        lans.keep(spots_of(addresses, self._around.desired.state.approved))
        now = self._around.clock.monotonic()
        self._segments = {spot: self._segments.get(spot) or self._segment(spot, now) for spot in lans.spots}
        self.neighbours.put(self._bearer, self._segments.values())

    def _segment(self, spot: Spot, now: float) -> Segment:
        assert self._bearer is not None  # noqa: S101 - without it there is no spot
        return Segment(self._bearer, spot.network, spot.address, now=now, randomness=self._around.randomness)

    async def _as_whom(self, key: Ed25519PrivateKey) -> Bearer | None:
        identity = self._around.identified.identity
        certificate = self._around.desired.state.ticket_certificate
        if identity is None or not certificate:
            await self.entry.fit(None)
            return None
        try:
            ticket_key = ticket_key_of(certificate, identity.ca_pem, now=self._around.server_now())
        except Distrusted as fault:
            self._complain(fault.sentence)
            await self.entry.fit(None)
            return None
        self._complain("")
        fit = Fit(identity.tenant_id, identity.computer_id, key.public_key().public_bytes_raw(), ticket_key)
        await self.entry.fit(fit)
        bearer = self._bearer
        if bearer is None or (bearer.tenant_id, bearer.computer_id, bearer.ticket_key) != (
            fit.tenant_id,
            fit.computer_id,
            fit.ticket_key,
        ):
            bearer = Bearer(fit.tenant_id, fit.computer_id, key, ticket_key, self._boot)
            bearer.counter = 0 if self._bearer is None else self._bearer.counter
        bearer.entry = self.entry.octets
        bearer.roles = NO_ROLE if self.entry.entry is None else self.entry.entry.roles
        bearer.relay_port = self._around.introduction.said.relay_port or 0
        bearer.redirector_port = self._around.introduction.said.redirector_port or 0
        return bearer

    def _received(self, spot: Spot, octets: bytes, source: tuple[str, int]) -> None:
        segment = self._segments.get(spot)
        if segment is None:
            return
        due = segment.due
        now = self._around.clock.monotonic()
        self._send(spot, segment.receive(octets, source, now=now, server_time=self._server_time()))
        if segment.proven is not None:
            self.neighbours.came(segment.proven)
        if segment.due < due:
            self._woken.set()

    def _send(self, spot: Spot, sendings: list[Sending]) -> None:
        for sending in sendings:
            if self._lans is not None:
                self._lans.send(spot, sending)

    def _server_time(self) -> int:
        return int(self._around.server_now().timestamp())

    def _look_soon(self) -> None:
        self._stale = True
        self._woken.set()

    async def _watch_identity(self) -> None:
        identity = None
        while True:
            identity = await self._around.identified.other_than(identity)
            self._look_soon()

    async def _watch_desired(self) -> None:
        seen = self._around.desired.generation
        while True:
            seen = await self._around.desired.changed(seen)
            self._look_soon()

    async def _watch_place(self) -> None:
        while True:
            try:
                await self._around.place.changed()
            except Unavailable:  # the link says so
                await asyncio.sleep(LOOK_AGAIN)
            await asyncio.sleep(_GATHERING)
            self._look_soon()

    async def _watch_entry(self) -> None:
        while True:
            await self.entry.changed()
            self._look_soon()

    def _complain(self, sentence: str) -> None:
        """Say it once, until something else is the case."""
        if sentence and sentence != self._trouble:
            _log.warning(sentence)
        self._trouble = sentence
