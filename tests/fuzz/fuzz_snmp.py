"""SNMP answers of a hostile device. ``make fuzz F=snmp`` runs it.

Whatever a datagram holds, it is a message or malformed; and whatever variables a device answers, they become facts that can be
reported: bounded, without control characters, after a bounded number of questions.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from presswork.agent.printers.facts import DeviceFacts
from presswork.agent.printers.poller import report_of
from presswork.agent.printers.snmp_facts import read_snmp
from presswork.net.snmp_reading import Answer, SnmpClient
from presswork.protocols.snmp import mib
from presswork.protocols.snmp.ber import MalformedDatagram, Oid, write_oid
from presswork.protocols.snmp.message import Pdu, SnmpMessage, Varbind, Version, decode, encode
from presswork.simulator.printer_mib import MibState, MibSupply, MibTray, variables

LONGEST = 8_192
MOST_QUESTIONS = 400
WHEN = datetime(2026, 11, 23, tzinfo=UTC)
COLUMNS = [value for name, value in sorted(vars(mib).items()) if name.isupper() and isinstance(value, tuple)]
WORDS = [
    *(write_oid((*column, 1)) for column in COLUMNS),
    *(
        b"\x02\x01\xfd",
        b"\x02\x01\x05",
        b"\x02\x04\x7f\xff\xff\xff",
        b"\x04\x00",
        b"\x04\x05\x1b[2J\n",
        b"\x41\x04\xff\xff\xff\xff",
    ),
    *(b"\x80\x00", b"\x82\x00", b"\x04\x84\xff\xff\xff\xff", b"\x30\x80"),
]


class Device:
    """Answers with these variables, in the order in which they came, whatever that is."""

    bulk = True

    def __init__(self, varbinds: Sequence[Varbind], status: int) -> None:
        self._varbinds = varbinds
        self._status = status
        self.questions = 0

    async def ask(self, pdu: Pdu, oids: Sequence[Oid], repetitions: int = 0) -> Answer:
        """The next ones behind each name; an error where the message said so, every third time."""
        self.questions += 1
        assert self.questions <= MOST_QUESTIONS
        if self._status and self.questions % 3 == 0:
            return Answer(self._status, self.questions % 7, [])
        if pdu == Pdu.GET:
            return Answer(0, 0, [one for one in self._varbinds if one.oid in oids])
        found: list[Varbind] = []
        for _ in range(max(1, repetitions)):
            found += [next((one for one in self._varbinds if one.oid > oid), Varbind((2, 1), 0x82)) for oid in oids]
            oids = [one.oid for one in found[-len(oids) :]]
        return Answer(0, 0, found)


def check(data: bytes) -> None:
    """What must hold of any octets."""
    try:
        message = decode(data)
    except MalformedDatagram:
        return
    assert len(message.varbinds) <= 512
    known = tuple(one if one.value is not None or one.tag >= 0x80 else Varbind(one.oid) for one in message.varbinds)
    again = decode(encode(replace(message, varbinds=known)))
    assert again.request_id == message.request_id
    facts = _now(read_snmp(SnmpClient(Device(message.varbinds, message.status))))
    if facts is not None:
        report = report_of(UUID(int=1), facts, WHEN)
        assert type(report).model_validate_json(report.model_dump_json()) == report
        assert len(report.model_dump_json()) < 200_000


def _now(reading: Coroutine[Any, Any, DeviceFacts | None]) -> DeviceFacts | None:
    """Nothing in it waits."""
    try:
        reading.send(None)
    except StopIteration as end:
        facts: DeviceFacts | None = end.value
        return facts
    raise AssertionError("it waits")


def mutate(data: bytes, size: int, seed: int, plain: Callable[[bytes, int], bytes]) -> bytes:
    """Mostly a variable more or another value, so that it stays a message; else any octets."""
    dice = random.Random(seed)
    if dice.random() < 0.3:
        return plain(data, size)
    try:
        message = decode(data)
    except MalformedDatagram:
        at = dice.randrange(len(data) + 1)
        return (data[:at] + dice.choice(WORDS) + data[at:])[:size]
    varbinds = list(message.varbinds)
    for _ in range(dice.randrange(1, 5)):
        row = tuple(dice.choice((0, 1, 2, 3, 2**31, 2**32 - 1)) for _ in range(dice.randrange(4)))
        varbinds.insert(dice.randrange(len(varbinds) + 1), Varbind((*dice.choice(COLUMNS), *row), *_value(dice)))
    if dice.random() < 0.8:
        varbinds.sort(key=lambda one: one.oid)
    return encode(replace(message, varbinds=tuple(varbinds), status=dice.choice((0, 0, 0, 1, 2, 5))))[:size]


def _value(dice: random.Random) -> tuple[int, int | bytes | Oid | None]:
    numbers = (0, 1, -1, -2, -3, 3, 5, 100, 2**31 - 1, -(2**31), 2**63)
    texts = (b"", b"x" * 400, b"\x1b[2J\r\n", b"\xff\xfe\x00", "B\u00fcro\u202e\u2028".encode(), b"MFG:a;MDL:b;SN:c;")
    return dice.choice(
        (
            (2, dice.choice(numbers)),
            (0x41, abs(dice.choice(numbers))),
            (4, dice.choice(texts)),
            (6, (1, 3)),
            (5, None),
            (0x82, None),
        )
    )


def seeds() -> dict[str, bytes]:
    """Where to begin: all variables of printers in one message."""
    states = {
        "idle": MibState("Kitchen", "X1", "SN42", bytes(range(6)), impressions=7),
        "stopped": MibState("K", "X", "S", bytes(6), paper_out=True, jam=True),
        "unknown": MibState("", "", "", b"", supplies=(MibSupply("", -2),), trays=(MibTray("", -1, -2),)),
    }
    return {
        name: encode(
            SnmpMessage(
                Version.V2C,
                b"public",
                Pdu.RESPONSE,
                1,
                tuple(Varbind(oid, *held) for oid, held in variables(state).items()),
            )
        )
        for name, state in states.items()
    }
