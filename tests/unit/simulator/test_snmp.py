"""The simulated printer's SNMP: what RFC 3416 §4.2 asks of it, and silence for what it cannot read."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast
from uuid import UUID

import pytest

from presswork.agent.delivery.counter import Reading
from presswork.agent.printers.counters import SnmpCounters
from presswork.agent.spool.job import Outcome
from presswork.protocols.control.device import SnmpSpec
from presswork.protocols.control.words import PrinterSpec
from presswork.protocols.snmp.ber import Oid
from presswork.protocols.snmp.message import Pdu, SnmpMessage, Tag, Varbind, decode, encode
from presswork.simulator.printer_mib import MibState, variables
from presswork.simulator.serve import simulate
from presswork.simulator.simulator import Listen
from presswork.simulator.snmp import Responder
from presswork.testing.delivering import QUICK, delivering, printer_spec
from presswork.testing.pdf import make_pdf
from presswork.testing.timing import eventually

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


async def test_the_simulated_printer_shows_its_state_and_counts_its_pages():
    async with simulate(listen=Listen(snmp_port=0, pjl=True)) as printer:
        spec = SnmpSpec(port=printer.listen.snmp_port or 0)
        counter = SnmpCounters(os.urandom)(
            PrinterSpec(printer_id=UUID(int=1), name="P", device_uri=printer.raw_uri, snmp=spec)
        )
        assert counter is not None
        before = await counter.read()
        languages = ("application/pdf", "application/postscript")
        assert before == Reading(0, "impressions", "idle", (), pjl=True, document_formats=languages)
        assert printer.mib() is printer.mib(), "variables are made anew only when something changed"
        await printer.switch(paper_out=True, jam=True)
        await eventually(lambda: printer.printer.state.printer_state_reasons != ("none",))
        stopped = await counter.read()
        assert stopped is not None
        assert (stopped.state, stopped.reasons) == ("stopped", ("media-empty-error", "media-jam-error"))
        await printer.switch(offline=True)
        assert await counter.read() is None
        await printer.switch(offline=False, paper_out=False, jam=False)
        reader, writer = await asyncio.open_connection("127.0.0.1", printer.listen.raw_port)
        writer.write(make_pdf(3))
        writer.write_eof()
        await reader.read()
        writer.close()
        await writer.wait_closed()
        await eventually(lambda: printer.output.impressions == 3)
        after = await counter.read()
        assert after is not None
        assert after.count == 3


@pytest.mark.parametrize("paper_out", [False, True])
async def test_the_counter_decides_what_became_of_a_raw_job(tmp_path: Path, paper_out: bool):
    """An empty tray is waited for, and the job comes out by itself when there is paper again."""
    counters = SnmpCounters(os.urandom)
    async with (
        simulate(listen=Listen(snmp_port=0)) as printer,
        delivering(tmp_path, pages=2, deadlines=replace(QUICK, raw_close=30), counters=counters) as agent,
    ):
        snmp = SnmpSpec(port=printer.listen.snmp_port or 0)
        spec = printer_spec(printer.raw_uri).model_copy(update={"snmp": snmp})
        printer.faults.slow = 0.3
        job_id = await agent.release(spec, make_pdf(2))
        if paper_out:
            await eventually(lambda: any(not e.job.job_state.terminated for e in printer.store.entries.values()))
            await printer.switch(paper_out=True)
            await eventually(lambda: "media-empty-error" in printer.printer.state.printer_state_reasons)
            await printer.switch(paper_out=False)
        job = await agent.ended(job_id)
        assert job.outcome is Outcome.PRINTED
        assert printer.output.impressions == 2
