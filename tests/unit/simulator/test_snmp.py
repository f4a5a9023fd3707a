"""The simulated printer's SNMP: what RFC 3416 §4.2 asks of it, and silence for what it cannot read."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import cast

import pytest

from presswork.protocols.snmp.ber import Oid
from presswork.protocols.snmp.message import Pdu, SnmpMessage, Tag, Varbind, decode, encode
from presswork.simulator.printer_mib import MibState, variables
from presswork.simulator.snmp import Responder

KNOWN: dict[Oid, tuple[Tag, int | bytes | Oid | None]] = {(1, 3, n): (Tag.INTEGER, n) for n in (1, 2, 3, 10, 11)}


class Sent:
    """What it sends, instead of a socket."""

    def __init__(self) -> None:
        self.datagrams: list[bytes] = []

    def sendto(self, data: bytes, address: object) -> None:
        self.datagrams.append(data)


def ask(data: bytes) -> SnmpMessage | None:
    sent = Sent()
    responder = Responder(lambda: KNOWN)
    responder.connection_made(cast(asyncio.BaseTransport, sent))
    responder.datagram_received(data, ("127.0.0.1", 1))
    return decode(sent.datagrams[0]) if sent.datagrams else None


def question(pdu: Pdu, oids: Sequence[Oid], *, version: int = 1, status: int = 0, index: int = 0) -> SnmpMessage:
    return SnmpMessage(version, b"public", pdu, 7, tuple(map(Varbind, oids)), status, index)


def answered(message: SnmpMessage) -> list[tuple[Oid, int]]:
    answer = ask(encode(message))
    assert answer is not None
    assert (answer.pdu, answer.request_id, answer.status) == (Pdu.RESPONSE, 7, 0)
    return [(one.oid, one.tag) for one in answer.varbinds]


def test_get_and_next():
    assert answered(question(Pdu.GET, [(1, 3, 2), (1, 3, 4)])) == [((1, 3, 2), 2), ((1, 3, 4), Tag.NO_SUCH_INSTANCE)]
    assert answered(question(Pdu.GET_NEXT, [(1, 3, 3), (1, 3, 11)])) == [
        ((1, 3, 10), 2),
        ((1, 3, 11), Tag.END_OF_MIB_VIEW),
    ]


def test_bulk_has_repeaters_and_others():
    found = answered(question(Pdu.GET_BULK, [(1, 3, 1), (1, 3, 2)], status=1, index=2))
    assert [oid for oid, _ in found] == [(1, 3, 2), (1, 3, 3), (1, 3, 10)]


def test_a_greedy_bulk_gets_a_bounded_answer():
    assert len(answered(question(Pdu.GET_BULK, [(1, 3)], index=2**31 - 1))) <= 128


def test_version_1_says_which_is_missing():
    answer = ask(encode(question(Pdu.GET, [(1, 3, 1), (1, 3, 4)], version=0)))
    assert answer is not None
    assert (answer.status, answer.index) == (2, 2)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        os.urandom(100),
        encode(question(Pdu.RESPONSE, [(1, 3)])),
        encode(SnmpMessage(1, b"private", Pdu.GET, 1, ())),
    ],
    ids=["nothing", "noise", "an answer", "another community"],
)
def test_silence(data: bytes):
    assert ask(data) is None


def test_variables_are_in_the_order_of_a_walk():
    known = list(variables(MibState("K", "X", "S", bytes(6), jam=True, paper_out=True)))
    assert known == sorted(known)
