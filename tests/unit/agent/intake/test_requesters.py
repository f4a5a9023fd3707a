from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

from presswork.agent.host.host import Peer, SocketAddress
from presswork.agent.host.linux.peers import LinuxPeers
from presswork.agent.intake.requesters import Requesters
from presswork.core.clock import SystemClock
from presswork.core.errors import Busy, Fault, NotSignedIn
from presswork.net.http_message import HttpRequest, HttpResponse
from presswork.net.http_server import serve_http
from presswork.printer.job import Requester
from presswork.testing.clock import StandingClock
from presswork.testing.intake import ME, PlayedSpooler


class Listening:
    """An HTTP server that only finds out who asks."""

    def __init__(self) -> None:
        self.found: list[Requester | Fault] = []
        self.port = 0

    async def ask(self, times: int = 1) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        for _ in range(times):
            writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await reader.readuntil(b"\r\n\r\n")
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def listening(peers: LinuxPeers, spooler: PlayedSpooler, clock: StandingClock) -> AsyncIterator[Listening]:
    here = Listening()

    async def handler(request: HttpRequest) -> HttpResponse:
        try:
            here.found.append(await requesters.identify(request))
        except Fault as fault:
            here.found.append(fault)
        return HttpResponse(204)

    async with asyncio.TaskGroup() as tasks:
        requesters = Requesters(peers, spooler, clock, tasks)
        async with serve_http(
            handler, ("127.0.0.1", 0), clock=SystemClock(), on_connection=requesters.accept
        ) as server:
            here.port = server.port
            yield here


async def test_the_kernel_says_who_asks(clock: StandingClock) -> None:
    async with listening(LinuxPeers(), PlayedSpooler(), clock) as here:
        await here.ask(times=2)
    assert here.found == [Requester(ME, operator=os.geteuid() == 0)] * 2


async def test_only_the_spoolers_account_may_name_an_owner(clock: StandingClock) -> None:
    spooler = PlayedSpooler()
    async with listening(LinuxPeers(), spooler, clock) as here:
        await here.ask()
        spooler.user = ME
        await here.ask()
        clock.advance(seconds=31)
        await here.ask()
    found = [one for one in here.found if isinstance(one, Requester)]
    assert [one.may_name_owner for one in found] == [False, False, True]
    assert not found[2].operator


class TakenOver(LinuxPeers):
    """After the accept, the connection is somebody else's."""

    def confirm(self, peer: Peer, sockname: SocketAddress, peername: SocketAddress) -> None:
        if self.accepted:
            raise NotSignedIn("Another program took over this connection. Connect again.")
        super().confirm(peer, sockname, peername)

    accepted = False

    async def peer_of(self, sockname: SocketAddress, peername: SocketAddress) -> Peer:
        peer = await super().peer_of(sockname, peername)
        self.accepted = True
        return peer


class Unknown(LinuxPeers):
    """The kernel does not say."""

    async def peer_of(self, sockname: SocketAddress, peername: SocketAddress) -> Peer:
        raise NotSignedIn("The program at the other end of this connection cannot be known. Connect again.")


@pytest.mark.parametrize("peers", [TakenOver, Unknown])
async def test_who_cannot_be_known_is_sent_away_to_come_again(clock: StandingClock, peers: type[LinuxPeers]) -> None:
    async with listening(peers(), PlayedSpooler(user=ME), clock) as here:
        await here.ask()
    (fault,) = here.found
    assert type(fault) is Busy
    assert "Connect again" in fault.sentence


class BrokenPeers(LinuxPeers):
    """Fails as no code foresaw, or as a computer without descriptors does."""

    def __init__(self, error: Exception) -> None:
        self.error: Exception | None = error

    async def peer_of(self, sockname: SocketAddress, peername: SocketAddress) -> Peer:
        if self.error is not None:
            raise self.error
        return await super().peer_of(sockname, peername)


@pytest.mark.parametrize("error", [RuntimeError("a mistake"), OSError(errno.EMFILE, "Too many open files")])
async def test_what_goes_wrong_with_one_connection_ends_no_other(clock: StandingClock, error: Exception) -> None:
    peers = BrokenPeers(error)
    async with listening(peers, PlayedSpooler(), clock) as here:
        with capture_logs() as said:
            await here.ask()
        peers.error = None
        await here.ask()
    assert isinstance(here.found[0], Busy)
    assert here.found[1] == Requester(name=ME, operator=os.getuid() == 0)
    assert len(said) == (not isinstance(error, OSError))
