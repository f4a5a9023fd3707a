"""Both ends of a tunnel: what the server lets through and to whom, and what an agent makes of what comes. ``make fuzz F=tunnel``.

An input is a recipe: the first octet chooses the end under test, then three octets a step. What has to come of it is worked out
without the code under test. Time is that of a loop in which nobody waits: it jumps to the next deadline.
"""

from __future__ import annotations

import asyncio
import json
import random
import selectors
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.websockets import WebSocket
from structlog.testing import capture_logs
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosedError

from presswork.agent.link.tunnel_stream import TunnelStream
from presswork.protocols.control.tunnel import NOT_ALLOWED, PIECE, WINDOW, TunnelOpen, TunnelReady, TunnelTaken
from presswork.protocols.ticket import Ticket, TicketKind, sign_ticket
from presswork.server.computers import AgentPrincipal
from presswork.server.fronts.control import tunnel
from presswork.server.platform.context import ServerContext
from presswork.server.platform.events import Events, News
from presswork.testing.clock import StandingClock

LONGEST = 200
STEP = 3
WORDS = [bytes((1,)), bytes((0, 8, 0, 9, 0)), b"\1\1\2\1\2\2\1\3"]
_CLOCK = StandingClock()
_KEY, _OTHER_KEY = (Ed25519PrivateKey.from_private_bytes(bytes((one,)) * 32) for one in (1, 2))
_TENANT, _SENDER, _RECEIVER = UUID(int=1), UUID(int=2), UUID(int=3)
_AGENTS = (
    AgentPrincipal(_TENANT, _SENDER, "sender", "0"),
    AgentPrincipal(_TENANT, _RECEIVER, "receiver", "0"),
    AgentPrincipal(_TENANT, UUID(int=4), "other", "0"),
    AgentPrincipal(UUID(int=9), _RECEIVER, "foreign", "0"),
)
_TICKET = Ticket(
    ticket_id=UUID(int=5),
    kind=TicketKind.RELAY,
    tenant_id=_TENANT,
    job_id=UUID(int=6),
    sender_id=_SENDER,
    receiver_id=_RECEIVER,
    digest="0" * 64,
    fence=1,
    through_server=True,
    not_after=_CLOCK.now(),
)
_READY = TunnelReady().model_dump_json()


def _opening(key: Ed25519PrivateKey = _KEY, **other: object) -> str:
    return TunnelOpen(ticket=sign_ticket(_TICKET.model_copy(update=other), key)).model_dump_json()


_GOOD = (_opening(), _opening(not_after=_CLOCK.now() - timedelta(hours=23)))
_EMPTY = TunnelOpen().model_dump_json()
_OPENINGS = (
    *_GOOD,
    _EMPTY,
    _opening(_OTHER_KEY),
    _opening(ticket_id=UUID(int=7)),
    _opening(kind=TicketKind.REDIRECTOR),
    _opening(kind=TicketKind.HOLD),
    _opening(through_server=False),
    _opening(tenant_id=UUID(int=9)),
    _opening(sender_id=UUID(int=8)),
    _opening(not_after=_CLOCK.now() - timedelta(days=2)),
    "not json",
    '{"message":"taken","octets":0}',
    json.dumps({"ticket": "x" * 20_000}),
)


def notice(feature: str) -> None:
    """Told of what a step comes to; ``run.py`` makes it coverage."""


class _Jumping(selectors.SelectSelector):
    """Waits for nothing: the time is then later."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "everybody waits, and nothing has a deadline"
        self.now += max(timeout, 0)
        return []


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


def check(data: bytes) -> None:
    """What must hold of any recipe."""
    if data:
        steps = [(data[at], data[at + 1], data[at + 2]) for at in range(1, len(data) - STEP + 1, STEP)]
        whole: Callable[[], Coroutine[Any, Any, None]] = _Server(steps).run if data[0] % 2 == 0 else _Agent(steps).run
        with capture_logs(), asyncio.Runner(loop_factory=_Loop) as runner:
            runner.run(whole())


async def _settle() -> None:
    """Until nothing happens any more by itself, for a moment."""
    await asyncio.sleep(0.001)


@dataclass(eq=False)
class _End:
    """A WebSocket at the server, as ASGI has it."""

    number: int
    agent: AgentPrincipal
    opening: str | None
    inbox: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    takes: asyncio.Event = field(default_factory=asyncio.Event)
    heard: list[bytes | str] = field(default_factory=list)
    said: list[bytes | str] = field(default_factory=list)
    read: int = 0
    closed: int | None = None
    gone: bool = False
    task: asyncio.Task[None] | None = None
    stuck: float | None = None
    """Since when it has not taken what the server has for it."""

    def __post_init__(self) -> None:
        self.takes.set()
        self.inbox.put_nowait({"type": "websocket.connect"})
        if self.opening is not None:
            self.inbox.put_nowait({"type": "websocket.receive", "text": self.opening})

    async def receive(self) -> dict[str, Any]:
        message = await self.inbox.get()
        self.read += message["type"] == "websocket.receive"
        return message

    async def send(self, message: dict[str, Any]) -> None:
        self.stuck = asyncio.get_running_loop().time() if message["type"] == "websocket.send" else None
        try:
            await self.takes.wait()
        finally:
            self.stuck = None
        if self.gone:
            raise OSError
        if message["type"] == "websocket.close":
            self.closed = message["code"]
        elif message["type"] == "websocket.send":
            octets, text = message.get("bytes"), message.get("text")
            self.heard.append(octets if octets is not None else str(text))

    def say(self, octets: bytes = b"", text: str | None = None) -> None:
        self.said.append(octets if text is None else text)
        self.inbox.put_nowait({"type": "websocket.receive", **({"bytes": octets} if text is None else {"text": text})})

    def go(self) -> None:
        self.gone = True
        self.takes.set()
        self.inbox.put_nowait({"type": "websocket.disconnect", "code": 1005})

    @property
    def lives(self) -> bool:
        return self.task is not None and not self.task.done()

    @property
    def may_send(self) -> bool:
        return self.agent is _AGENTS[0] and self.opening in _GOOD

    @property
    def may_receive(self) -> bool:
        return self.agent is _AGENTS[1] and self.opening == _EMPTY


class _Server:
    """Ends come, speak, stop taking, and go; nobody hears anything but the end it is to meet."""

    def __init__(self, steps: list[tuple[int, int, int]]) -> None:
        self._steps = steps
        self._ends: list[_End] = []
        self._events = Events()
        installation = SimpleNamespace(signer=SimpleNamespace(key=_KEY))
        needed = SimpleNamespace(installation=installation, clock=_CLOCK, events=self._events)
        self._tunnels = tunnel.Tunnels(cast("ServerContext", needed))

    async def run(self) -> None:
        with ExitStack() as awake:
            waiter = awake.enter_context(self._events.waiter(_TENANT, _RECEIVER))
            for what, who, how in self._steps:
                if what % 8 == 7 and how % 64 == 0:
                    awake.close()  # the receiver has no WebSocket any more by which it is called
                elif what % 8 == 7 and how % 64 == 1:
                    await self._remove(_AGENTS[who % 2])
                self._step(what % 8, who, how)
                await asyncio.sleep(how if what % 8 == 6 else 0.001)
                self._judge()
            waiter.wake()
        await asyncio.sleep(tunnel.CALL + tunnel.IDLE + 2 * tunnel.CLOSE)
        self._judge()
        assert not any(one.lives for one in self._ends), "an end has no end"
        assert not self._tunnels._meetings
        assert not self._tunnels._ends
        assert not self._tunnels._ends_of_computers

    async def _remove(self, agent: AgentPrincipal) -> None:
        """An administrator did: its tunnels are over."""
        self._events.publish(News(agent.tenant_id, agent.computer_id, over=True))
        await _settle()
        left = [one for one in self._ends if one.lives and one.takes.is_set() and (one.may_send or one.may_receive)]
        assert not left, "a tunnel of a computer that was removed goes on"

    def _step(self, what: int, who: int, how: int) -> None:
        if what in (0, 1) or not self._ends:
            opening = _OPENINGS[how % len(_OPENINGS)] if what == 0 else (_GOOD[0], _EMPTY)[who % 2]
            self._come(_AGENTS[who % (4 if what == 0 else 2)], opening if how != 255 else None)
            return
        end = self._ends[-1 - who % len(self._ends)]
        if end.gone:
            return
        mark = bytes((end.number, len(end.said)))
        match what:
            case 2:
                end.say(mark + bytes(how * 512))
            case 3:
                end.say(text=mark.hex().ljust(4 + how * 5, "."))
            case 4:
                (end.takes.clear if end.takes.is_set() else end.takes.set)()
            case 5:
                end.go()

    def _come(self, agent: AgentPrincipal, opening: str | None) -> None:
        end = _End(len(self._ends), agent, opening)
        scope = {"type": "websocket", "path": "/", "headers": []}
        websocket = WebSocket(scope, end.receive, cast("Any", end.send))
        end.task = asyncio.get_running_loop().create_task(self._tunnels.hold(websocket, agent, _TICKET.ticket_id))
        self._ends.append(end)

    def _judge(self) -> None:
        for end in self._ends:
            if end.task is not None and end.task.done():
                assert end.task.exception() is None
            if end.heard:
                self._judge_heard(end)
            if end.stuck is not None:
                assert asyncio.get_running_loop().time() - end.stuck <= tunnel.STALL
            if not end.may_send and not end.may_receive and end.opening is not None:
                assert not end.heard, "one that has no business here heard something"
                assert end.closed in (None, NOT_ALLOWED)
        for one in _AGENTS[2:]:
            assert self._tunnels.calls(one) == ()
        assert not self._tunnels.calls(_AGENTS[1]) or any(
            one.lives and one.may_send and not one.heard for one in self._ends
        )
        taking = [one for one in self._ends if one.lives and one.takes.is_set() and not one.gone]
        assert sum(one.may_send for one in taking) <= 1, "an earlier tunnel of the same ticket goes on"
        assert all(one.heard for one in taking if one.may_receive), "one waits where nobody is"

    def _judge_heard(self, end: _End) -> None:
        assert end.heard[0] == _READY
        assert end.heard.count(_READY) == 1
        assert all(len(one) <= 1024 for one in end.heard if isinstance(one, str))
        numbers = {bytes.fromhex(one[:4])[0] if isinstance(one, str) else one[0] for one in end.heard[1:]}
        assert len(numbers) <= 1, "two spoke to one"
        for number in numbers:
            other = self._ends[number]
            assert (end.may_send and other.may_receive) or (end.may_receive and other.may_send)
            assert end.heard[1:] == other.said[: len(end.heard) - 1], "something is missing, or in another order"
            assert other.read - 1 - (len(end.heard) - 1) <= 1, "the server keeps what nobody takes"
        notice(f"heard {min(len(end.heard), 6)} {end.may_send} {end.closed} {end.gone}")


class _Line:
    """A WebSocket at the agent."""

    def __init__(self) -> None:
        self.inbox: asyncio.Queue[bytes | str | Exception | None] = asyncio.Queue()
        self.takes = asyncio.Event()
        self.takes.set()
        self.heard: list[bytes | str] = []

    async def __aiter__(self) -> AsyncIterator[bytes | str]:
        while (message := await self.inbox.get()) is not None:
            if isinstance(message, Exception):
                raise message
            yield message

    async def send(self, message: bytes | str) -> None:
        self.heard.append(message)  # handed to it: on its way, or waiting to be
        await self.takes.wait()


class _Agent:
    """The other end keeps to the window, or does not."""

    def __init__(self, steps: list[tuple[int, int, int]]) -> None:
        self._steps = steps
        self._line = _Line()
        self._stream = TunnelStream(cast("ClientConnection", self._line))
        self._came, self._got, self._given = bytearray(), bytearray(), bytearray()
        self._allowed = 0
        """What the other end said that it took."""
        self._over = self._wrong = self._failed = False
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        reading = loop.create_task(self._stream.read())
        await _settle()
        for step in self._steps:
            await self._step(*step)
            await _settle()
            self._judge(reading)
        self._stream.close()
        self._line.takes.set()
        await _settle()
        assert reading.done()
        assert all(one.done() for one in self._tasks.values()), "somebody waits after the end"

    async def _step(self, what: int, how: int, more: int) -> None:
        match what % 8:
            case 0 | 1 if not self._over:
                self._comes(bytes((len(self._came) // 512 % 251,)) * (how * 512 + (more & 3 == 3)))
            case 2 if not self._over:
                self._says((self._sent, self._sent + more, self._allowed - more, more * 4096)[how % 4])
            case 3 if not self._over:
                self._line.inbox.put_nowait(('{"message":"?"}', "", '{"octets":-1}', "[" * more)[how % 4])
            case 4:
                self._start("send", self._send(bytes((how,)) * (more * 4096)))
            case 5:
                self._start("receive", self._receive(1 + more % 8))
            case 6 if how % 16 == 0 and not self._over:
                self._over = True
                self._line.inbox.put_nowait((None, ConnectionClosedError(None, None))[more % 2])
            case 7 if how % 16 == 0:
                (self._line.takes.clear if self._line.takes.is_set() else self._line.takes.set)()
            case _:
                pass

    def _start(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        if name in self._tasks and not self._tasks[name].done():
            work.close()
        else:
            self._tasks[name] = asyncio.get_running_loop().create_task(work)

    def _comes(self, octets: bytes) -> None:
        self._line.inbox.put_nowait(octets)
        if not octets or len(self._came) + len(octets) - self._told > WINDOW:
            self._over = self._wrong = True
        else:
            self._came += octets

    def _says(self, octets: int) -> None:
        self._line.inbox.put_nowait(TunnelTaken.model_construct(octets=octets).model_dump_json())
        if 0 <= octets <= 2**53:  # else it is no such message, and left alone
            self._over = self._wrong = not self._allowed <= octets <= self._sent
            self._allowed = self._allowed if self._over else octets

    async def _send(self, octets: bytes) -> None:
        self._given += octets
        try:
            await self._stream.send(octets)
        except OSError:
            self._failed = True

    async def _receive(self, times: int) -> None:
        try:
            for _ in range(times):
                self._got += await self._stream.receive()
        except OSError:
            return

    @property
    def _sent(self) -> int:
        return sum(len(one) for one in self._line.heard if isinstance(one, bytes))

    @property
    def _told(self) -> int:
        return max((json.loads(one)["octets"] for one in self._line.heard if isinstance(one, str)), default=0)

    def _judge(self, reading: asyncio.Task[None]) -> None:
        pieces = [one for one in self._line.heard if isinstance(one, bytes)]
        assert all(0 < len(one) <= PIECE for one in pieces)
        assert self._given.startswith(b"".join(pieces)), "something else was sent"
        assert self._sent <= self._allowed + WINDOW, "more than the window was sent"
        assert self._came.startswith(self._got), "something else was received"
        assert not self._line.takes.is_set() or self._told <= len(self._got)
        assert self._over or not self._line.takes.is_set() or len(self._got) - self._told < WINDOW // 4
        assert reading.done() == self._over, "an end that breaks the rules is left, and no other"
        if self._wrong and (sending := self._tasks.get("send")) is not None and self._line.takes.is_set():
            assert sending.done()
        notice(f"{self._over} {self._wrong} {self._failed} {bool(self._got)} {bool(self._sent)} {bool(self._told)}")
        notice(f"~{len(self._got) >> 15} {self._sent >> 15} {self._told >> 17}")


def seeds() -> dict[str, bytes]:
    """Good ones, from which to begin."""
    meet = bytes((0, 1, 0, 0, 1, 1, 0))
    named = {f"opening {n} {who}": bytes((0, 0, who, n)) for n in range(len(_OPENINGS)) for who in range(4)}
    return named | {
        "a tunnel": meet + bytes((2, 0, 9, 2, 1, 9, 3, 0, 9, 3, 1, 204, 5, 0, 0)),
        "an end takes nothing": meet + bytes((4, 0, 0, 2, 1, 9, 2, 1, 9, 6, 0, 59, 6, 0, 2)),
        "nothing passes": meet + bytes((6, 0, 119, 6, 0, 2)),
        "a text that is too long": meet + bytes((2, 0, 9, 3, 0, 205)),
        "the sender comes again": meet + meet[1:] + bytes((2, 0, 9, 2, 1, 9)),
        "nobody comes": bytes((0, 1, 0, 0, 6, 0, 11)),
        "the receiver cannot be called": bytes((0, 7, 0, 0, 1, 0, 0)),
        "the sender is removed": meet + bytes((2, 0, 9, 7, 0, 1)),
        "the receiver is removed": meet + bytes((2, 0, 9, 7, 1, 1)),
        "the receiver is removed before it comes": bytes((0, 1, 0, 0, 7, 1, 1)),
        "somebody speaks before": bytes((0, 1, 0, 0, 2, 0, 9)),
        "nobody opens": bytes((0, 0, 0, 255, 6, 0, 11)),
        "octets come": bytes((1, 0, 128, 0, 0, 128, 0, 5, 0, 0, 5, 0, 0)),
        "a window comes": bytes((1, *(0, 255, 0) * 4, *(5, 0, 3), *(0, 255, 0))),
        "more than a window": bytes((1, *(0, 255, 0) * 5)),
        "a window goes": bytes((1, 4, 7, 200, 2, 0, 0, 4, 8, 200, 2, 0, 0)),
        "too much was taken": bytes((1, 4, 7, 20, 2, 1, 1)),
        "less was taken than before": bytes((1, 4, 7, 20, 2, 0, 0, 2, 2, 1)),
        "texts of tomorrow": bytes((1, 3, 0, 0, 3, 1, 0, 3, 2, 0, 3, 3, 9)),
        "an empty message": bytes((1, 0, 0, 0)),
        "the line is gone": bytes((1, 0, 9, 0, 4, 1, 200, 6, 0, 1, 5, 0, 3)),
        "the line stands still": bytes((1, 7, 0, 0, 4, 1, 1, 7, 0, 0)),
    }


def mutate(data: bytes, size: int, seed: int, plain: Callable[[bytes, int], bytes]) -> bytes:
    """Mostly a step more, one less, or two exchanged; else any octets."""
    dice = random.Random(seed)
    if len(data) < 1 + STEP or dice.random() < 0.3:
        return plain(data, size)
    at = 1 + STEP * dice.randrange((len(data) - 1) // STEP)
    step = bytes((dice.randrange(8), dice.choice((0, 1, 2, 255)), dice.choice((0, 1, 2, 9, 59, 130, 200, 255))))
    match dice.randrange(3):
        case 0:
            data = data[:at] + step + data[at:]
        case 1:
            data = data[:at] + data[at + STEP :]
        case _:
            data = data[:at] + step + data[at + STEP :]
    return data[:size]
