"""What runs for other computers."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from presswork.agent.desired import Desired
from presswork.agent.link.hello import Introduction, hello
from presswork.agent.link.identified import Identified
from presswork.agent.link.identity import Identity
from presswork.agent.listeners import PortTaken, open_on_lan
from presswork.agent.on_lan import serve_on_lan, while_wanted
from presswork.agent.spool import Spool, open_spool
from presswork.core.clock import SystemClock, system_randomness
from presswork.protocols.control.agent import DesiredState
from presswork.protocols.control.route import Duties
from presswork.testing.authority import Authority
from presswork.testing.timing import eventually

NOTHING = DesiredState(revision="1", computer_name="", queues=(), printers=(), accounts=())


@pytest.fixture
def identified(tmp_path: Path) -> Identified:
    known = Identified()
    known.put(_identity())
    return known


def _identity() -> Identity:
    return Authority().identity()


async def _serve_for_ever(_: tuple[socket.socket, ...]) -> None:
    await asyncio.Event().wait()


async def test_the_port_opens_with_the_enrolment_and_stands_in_the_hello_meanwhile() -> None:
    known, said = Identified(), Introduction(hello())
    serving = asyncio.create_task(serve_on_lan("relay_port", 0, _serve_for_ever, known, said))
    await asyncio.sleep(0)
    assert "relay_port" not in said.said.model_dump(exclude_none=True), "nobody is let in before there is a CA"
    known.put(_identity())
    async with asyncio.timeout(10):
        await said.changed()
    port = said.said.relay_port
    assert port is not None
    (await asyncio.open_connection("127.0.0.1", port))[1].close()
    serving.cancel()
    await asyncio.wait([serving])
    assert said.said.relay_port is None


async def test_a_taken_port_is_a_fault_and_nothing_is_promised(identified: Identified) -> None:
    said = Introduction(hello())
    with open_on_lan(0) as taken:
        port = taken[0].getsockname()[1]
        with pytest.raises(PortTaken):
            await serve_on_lan("redirector_port", port, _serve_for_ever, identified, said)
    assert said.said.redirector_port is None


@pytest.fixture
async def spool(tmp_path: Path) -> AsyncIterator[Spool]:
    opened = await open_spool(tmp_path / "spool", SystemClock(), system_randomness)
    try:
        yield opened
    finally:
        await opened.close()


async def test_a_duty_begins_and_ends_with_the_desired_state(spool: Spool) -> None:
    desired = Desired(spool)
    events: list[str] = []

    async def run() -> None:
        events.append("begun")
        try:
            await asyncio.Event().wait()
        finally:
            events.append("ended")

    duty = asyncio.create_task(while_wanted(desired, lambda: desired.state.duties.redirector, run))
    for wanted, expected in ((True, 1), (True, 1), (False, 2), (True, 3)):
        await desired.put(NOTHING.model_copy(update={"duties": Duties(redirector=wanted)}))
        await eventually(partial(_are, events, expected))
    duty.cancel()
    await asyncio.wait([duty])
    assert events == ["begun", "ended"] * 2


def _are(events: list[str], expected: int) -> bool:
    return len(events) == expected


async def test_what_fails_in_a_duty_is_not_swallowed(spool: Spool) -> None:
    async def run() -> None:
        raise PortTaken("Port 21336 is taken.")

    with pytest.raises(ExceptionGroup) as group:
        await while_wanted(Desired(spool), lambda: True, run)
    assert group.group_contains(PortTaken)
