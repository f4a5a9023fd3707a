"""Discovery as agents run it, with real datagrams: on loopback, and between namespaces by IPv4 and IPv6."""

from __future__ import annotations

import asyncio
import base64
import socket
import threading
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from ipaddress import ip_interface
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from presswork.agent.desired import Desired
from presswork.agent.discovery import Discovery
from presswork.agent.discovery.discovery import Around
from presswork.agent.discovery.entry import OwnEntry
from presswork.agent.discovery.key import KEY
from presswork.agent.host.host import LanAddress, Place
from presswork.agent.host.linux.place import LinuxPlace
from presswork.agent.link.hello import Introduction
from presswork.agent.link.identified import Identified
from presswork.core.clock import Clock, SystemClock, system_randomness
from presswork.protocols.control.agent import DesiredState, Hello
from presswork.protocols.control.words import NetworkHint
from presswork.protocols.discovery.entry import NO_ROLE, Entry, Role, open_entry, read_entry, sign_entry
from presswork.testing.agent import running_agent
from presswork.testing.authority import TENANT, Authority
from presswork.testing.discovery import TICKET_KEY
from presswork.testing.namespaces import POSSIBLE, Host, hosts
from presswork.testing.server import running_server
from presswork.testing.timing import eventually

OTHER_TENANT = UUID(int=77)
LIFE = 7 * 86400
LOOPBACK = "127.0.0.0/8"


class OnLoopback:
    """A computer whose LAN is the loopback."""

    def __init__(self, *addresses: str) -> None:
        self.told = asyncio.Event()
        self.move(*addresses)

    def move(self, *addresses: str) -> None:
        """It has these from now on."""
        index = socket.if_nametoindex("lo")
        self._addresses = tuple(LanAddress(index, "lo", ip_interface(one)) for one in addresses)
        self.told.set()

    async def hints(self) -> tuple[NetworkHint, ...]:
        return ()

    async def addresses(self) -> tuple[LanAddress, ...]:
        return self._addresses

    async def changed(self) -> None:
        await self.told.wait()
        self.told.clear()


class Nothing:
    """A memory that keeps nothing."""

    async def remember(self, key: str, value: str) -> None: ...

    async def recall(self, key: str) -> str | None:
        return None


class Agent:
    """The parts of an agent that discovery stands on, and discovery."""

    def __init__(
        self,
        directory: Path,
        port: int,
        place: Place,
        computer: int,
        tenant: UUID = TENANT,
        *,
        clock: Clock = SystemClock(),  # noqa: B008 - it has no state
    ) -> None:
        directory.mkdir(exist_ok=True)
        self.desired = Desired(Nothing())
        self.identified = Identified()
        self.introduction = Introduction(
            Hello(version="1", computer_name="c", platform="p", relay_port=20000 + computer)
        )
        self.computer_id, self.tenant_id = UUID(int=computer), tenant
        self.entry = OwnEntry(self.desired.memory)
        around = Around(
            self.desired, self.identified, self.introduction, place, frozenset(), clock.now, clock, system_randomness
        )
        self.discovery = Discovery(directory, port, around, self.entry)
        self.neighbours = self.discovery.neighbours
        self._server_time = int(clock.now().timestamp())

    async def enrol(self, authority: Authority, *approved: str, roles: Role = NO_ROLE) -> None:
        """As the link does it with what the server says."""
        self.identified.put(authority.identity(computer_id=self.computer_id, tenant_id=self.tenant_id))
        await self.desired.put(
            DesiredState.model_validate(
                {
                    "revision": "1",
                    "computer_name": "c",
                    "queues": (),
                    "printers": (),
                    "accounts": (),
                    "ticket_certificate": authority.ticket_certificate(TICKET_KEY),
                    "approved": approved,
                }
            )
        )
        await eventually(lambda: self.introduction.said.discovery_key != "")
        key = base64.b64decode(self.introduction.said.discovery_key)
        entry = Entry(self.tenant_id, self.computer_id, key, self._server_time + LIFE, roles)
        await self.entry.take(base64.b64encode(sign_entry(TICKET_KEY, entry)).decode())
        await eventually(lambda: self.entry.until is not None)


@asynccontextmanager
async def running(*agents: Agent) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as tasks:
        started = [tasks.create_task(one.discovery.run()) for one in agents]
        yield
        for task in started:
            task.cancel()


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def authority() -> Authority:
    return Authority()


async def test_agents_of_one_tenant_know_each_other_and_a_foreign_one_stays_unknown(
    tmp_path: Path, authority: Authority
) -> None:
    port = free_port()
    one = Agent(tmp_path / "1", port, OnLoopback("127.0.0.2/8"), 1)
    other = Agent(tmp_path / "2", port, OnLoopback("127.0.0.3/8"), 2)
    foreign = Agent(tmp_path / "3", port, OnLoopback("127.0.0.4/8"), 3, OTHER_TENANT)
    came: list[UUID] = []
    one.neighbours.came = came.append
    async with running(one, other, foreign):
        await one.enrol(authority, LOOPBACK)
        await foreign.enrol(authority, LOOPBACK)
        await other.enrol(authority, LOOPBACK, roles=Role.SITE_NODE)
        await eventually(lambda: len(one.neighbours.peers()) == len(other.neighbours.peers()) == 1)
        await eventually(lambda: one.neighbours.counts()[0][3] > 0)
        (found,) = one.neighbours.peers()
        assert (found.computer_id, found.addresses, found.relay_port) == (other.computer_id, ("127.0.0.3",), 20002)
        assert found.site_node
        assert foreign.neighbours.peers() == ()
        assert (tmp_path / "1" / KEY).exists()
        assert one.introduction.said.discovery_port == port
    assert one.neighbours.peers() == ()
    assert came == [other.computer_id], "only once it has proven it"


class Slept(SystemClock):
    """Of a computer that was asleep for so many seconds, in which nothing was counted."""

    seconds = 0.0

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self.seconds)


async def test_after_a_sleep_it_begins_anew(tmp_path: Path, authority: Authority) -> None:
    port, clock, place = free_port(), Slept(), OnLoopback("127.0.0.2/8")
    one = Agent(tmp_path / "1", port, place, 1, clock=clock)
    other = Agent(tmp_path / "2", port, OnLoopback("127.0.0.3/8"), 2)
    came: list[UUID] = []
    one.neighbours.came = came.append
    async with running(one, other):
        await one.enrol(authority, LOOPBACK)
        await other.enrol(authority, LOOPBACK)
        await eventually(lambda: came == [other.computer_id])
        place.told.set()
        await eventually(lambda: not place.told.is_set())
        assert came == [other.computer_id]
        clock.seconds = 3600
        place.told.set()
        await eventually(lambda: came == [other.computer_id] * 2)
        assert [peer.computer_id for peer in other.neighbours.peers()] == [one.computer_id]


async def test_agents_of_one_computer_share_the_port_and_know_each_other(tmp_path: Path, authority: Authority) -> None:
    port, place = free_port(), OnLoopback("127.0.0.2/8")
    agents = [Agent(tmp_path / str(number), port, place, number) for number in (1, 2)]
    async with running(*agents):
        for one in agents:
            await one.enrol(authority, LOOPBACK)
        await eventually(lambda: all(len(one.neighbours.peers()) == 1 for one in agents))


async def test_outside_approved_networks_and_before_the_enrolment_nothing_is_listened_to(
    tmp_path: Path, authority: Authority
) -> None:
    port, place = free_port(), OnLoopback("127.0.0.2/8")
    one = Agent(tmp_path / "1", port, place, 1)
    async with running(one):
        await one.enrol(authority, "192.0.2.0/24")
        assert one.neighbours.counts() == ()
        await one.enrol(authority, LOOPBACK)
        await eventually(lambda: len(one.neighbours.counts()) == 1)
        place.move()
        await eventually(lambda: one.neighbours.counts() == ())
        place.move("127.0.0.9/8")
        await eventually(lambda: len(one.neighbours.counts()) == 1)
        await one.desired.put(one.desired.state.model_copy(update={"ticket_certificate": ""}))
        await eventually(lambda: one.neighbours.counts() == ())


async def test_a_ticket_key_of_another_ca_is_believed_by_nobody(tmp_path: Path, authority: Authority) -> None:
    one = Agent(tmp_path / "1", free_port(), OnLoopback("127.0.0.2/8"), 1)
    async with running(one):
        await one.enrol(authority, LOOPBACK)
        await eventually(lambda: len(one.neighbours.counts()) == 1)
        other = Authority().ticket_certificate(Ed25519PrivateKey.generate())
        await one.desired.put(one.desired.state.model_copy(update={"ticket_certificate": other}))
        await eventually(lambda: one.neighbours.counts() == ())
        assert one.entry.until is None


@pytest.mark.skipif(not POSSIBLE, reason="needs root and ip of iproute2")
async def test_between_namespaces_they_know_each_other_by_ipv4_and_by_ipv6(
    tmp_path: Path, authority: Authority
) -> None:
    names, ended, found = ("one", "two", "foreign"), threading.Event(), dict[str, Agent]()

    async def agent(number: int, name: str) -> None:
        tenant = OTHER_TENANT if name == "foreign" else TENANT
        made = Agent(tmp_path / name, 21337, LinuxPlace(), number, tenant)
        async with running(made):
            await made.enrol(authority, "198.18.7.0/24", "2001:db8:7::/64")
            found[name] = made
            await asyncio.to_thread(ended.wait, 60)

    async with hosts("switch", *names) as computers:
        await computers["switch"].configure("link add bridge type bridge", "link set bridge up")
        with ThreadPoolExecutor(len(names)) as threads:
            running_there = []
            try:
                for number, name in enumerate(names, 1):
                    await _plugged_in(computers["switch"], computers[name], number)
                    running_there.append(threads.submit(_there, computers[name], agent(number, name)))
                await eventually(lambda: _addresses(found.get("one")) == [("198.18.7.2", "2001:db8:7::2")])
                await eventually(lambda: _addresses(found.get("two")) == [("198.18.7.1", "2001:db8:7::1")])
                await eventually(lambda: len(_dropped(found.get("foreign"))) == 2 and all(_dropped(found["foreign"])))
                assert _addresses(found["foreign"]) == []
            finally:
                ended.set()
                for one in running_there:
                    await asyncio.wrap_future(one)


async def _plugged_in(switch: Host, computer: Host, number: int) -> None:
    await switch.configure(
        f"link add port{number} type veth peer name eth0 netns {computer.namespace}",
        f"link set port{number} master bridge up",
    )
    await computer.configure(
        f"addr add 198.18.7.{number}/24 dev eth0",
        f"addr add 2001:db8:7::{number}/64 dev eth0 nodad",
        "link set eth0 up",
    )


def _there(computer: Host, work: Coroutine[Any, Any, None]) -> None:
    """In a thread of its own, with a loop of its own."""
    computer.enter()
    asyncio.run(work)


def _addresses(agent: Agent | None) -> list[tuple[str, ...]]:
    return [] if agent is None else [one.addresses for one in agent.neighbours.peers()]


def _dropped(agent: Agent | None) -> list[int]:
    return [] if agent is None else [dropped for _, _, _, dropped in agent.neighbours.counts()]


async def test_the_server_sends_the_entry_with_which_the_agent_is_believed(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, running_agent(tmp_path, server=server) as agent:
        neighbours = agent.neighbours
        await eventually(lambda: neighbours._bearer is not None and neighbours._bearer.entry != b"", 30)
        bearer = neighbours._bearer
        assert bearer is not None
        assert open_entry(bearer.entry, bearer.ticket_key).computer_id == bearer.computer_id
        assert read_entry(bearer.entry).public_key == bearer.key.public_key().public_bytes_raw()
