"""A delivery is broken off at each step: killed, cancelled, or by an error that nobody foresaw.

The next start brings the job to one definite end: sent again only if its mark was not set; nothing comes out twice; what
is called printed did come out, once and whole, with its pages. Every third step is tried; all with PRESSWORK_STRIDE=1.
"""

from __future__ import annotations

from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from presswork.printer.job import JobState
from presswork.protocols.ipp.registry import Operation
from presswork.testing.delivering import QUICK
from presswork.testing.raw_server import raw_server, server_certificate
from presswork.testing.relaying import Organisation, relay
from presswork.testing.scripted_printer import ScriptedPrinter, scripted_printer
from presswork.testing.stepping import STRIDE, Driver, Mode, driver
from presswork.testing.timing import MS
from unit.agent.delivery.stepping import DOCUMENT, PAGES

DRIVER = Path(__file__).with_name("stepping.py")
MODES: tuple[Mode, ...] = ("killed", "cancelled", "failed")
MOST_STEPS = 2000


async def broken_off(
    program: Driver, directory: Path, device_uri: str, mode: Mode, step: int, **more: Any
) -> dict[str, Any]:
    """What a delivery that is broken off at this step comes to; ``more`` of the wish."""
    story = await program.attempt(directory, device_uri=device_uri, mode=mode, step=step, **more)
    assert not story["mistake"], story
    return story


def what_came_out(printer: ScriptedPrinter) -> list[bytes]:
    """The documents of the jobs the printer completed; it is forgotten what it was asked so far."""
    whole = {request.value("job-id"): request.document for request in printer.seen(Operation.SEND_DOCUMENT)}
    came_out = [whole[number] for number, job in printer.jobs.items() if job.state is JobState.COMPLETED]
    assert len(whole) <= 1, "sent twice"
    printer.requests.clear()
    printer.jobs.clear()
    return came_out


def ends_before_the_mark(mode: Mode) -> tuple[str, ...]:
    """A mistake of ours is said, and its owner decides; everything else is tried again."""
    return ("printed", "not-printed") if mode == "failed" else ("printed",)


@pytest.mark.timeout(int(600_000 * MS))
@pytest.mark.parametrize("tls", [False, True], ids=["ipp", "ipps"])
@pytest.mark.parametrize("mode", MODES)
async def test_to_a_printer_that_can_be_asked(tmp_path: Path, mode: Mode, tls: bool) -> None:
    seen = set()
    context = server_certificate(tmp_path)[0] if tls else None
    async with scripted_printer(tls=context) as printer, driver(DRIVER) as program:
        for step in range(1, MOST_STEPS, STRIDE):
            story = await broken_off(program, tmp_path / str(step), printer.uri(), mode, step)
            came_out = what_came_out(printer)
            seen.add((story["phase"], story["outcome"]))
            where = f"{mode} at step {step}: {story}"
            assert story["outcome"] in ("printed", "not-printed", "unknown"), where
            assert came_out == ([DOCUMENT] if story["outcome"] == "printed" else []) or story["outcome"] == "unknown", (
                where
            )
            assert story["marked"] or story["outcome"] in ends_before_the_mark(mode), where
            assert story["kept"] is (story["outcome"] != "printed"), where
            assert story["outcome"] != "printed" or story["pages"] == PAGES, where
            if story["survived"]:
                break
    assert story["survived"]
    assert ("ended", "printed") in seen
    assert STRIDE > 1 or {("released", "printed"), ("sending", "printed")} <= seen


@asynccontextmanager
async def another_computer(directory: Path, organisation: Organisation, sender: UUID) -> AsyncIterator[dict[str, Any]]:
    """One that reaches the printer; what the holder knows of it."""
    async with relay(directory, organisation, printing=QUICK) as peer:
        yield {
            "identity": str(directory.parent / "identity"),
            "certificate": organisation.ca.ticket_certificate(organisation.key),
            "key": organisation.key.private_bytes_raw().hex(),
            "sender": str(sender),
            "receiver": str(peer.computer_id),
            "port": peer.port,
        }


@pytest.mark.timeout(int(600_000 * MS))
@pytest.mark.parametrize("mode", MODES)
async def test_through_another_computer(tmp_path: Path, mode: Mode) -> None:
    """Every ninth step: it are three times as many. The other computer is not broken off; it has a test of its own."""
    seen, organisation, sender = set(), Organisation(), uuid4()
    await organisation.trust(tmp_path / "identity", sender)
    async with driver(DRIVER) as program:
        for step in range(1 + MODES.index(mode), MOST_STEPS, 3 * STRIDE if STRIDE > 1 else 1):
            async with (
                scripted_printer() as printer,
                another_computer(tmp_path / f"other-{step}", organisation, sender) as through,
            ):
                story = await broken_off(program, tmp_path / str(step), printer.uri(), mode, step, through=through)
                came_out = what_came_out(printer)
            seen.add((story["phase"], story["outcome"]))
            where = f"{mode} at step {step}: {story}"
            assert story["outcome"] in ("printed", "not-printed", "unknown"), where
            assert came_out == ([DOCUMENT] if story["outcome"] == "printed" else []) or story["outcome"] == "unknown", (
                where
            )
            assert story["marked"] or story["outcome"] in ends_before_the_mark(mode), where
            assert story["kept"] is (story["outcome"] != "printed"), where
            if story["survived"]:
                break
    assert story["survived"]
    assert ("ended", "printed") in seen
    assert STRIDE > 1 or {("released", "printed"), ("sending", "printed")} <= seen


@pytest.mark.timeout(int(600_000 * MS))
@pytest.mark.parametrize("mode", MODES)
async def test_to_a_printer_that_never_reports(tmp_path: Path, mode: Mode) -> None:
    arrived: list[bytes] = []

    async def take(reader: StreamReader, _: StreamWriter) -> None:
        if document := await reader.read():
            arrived.append(document)

    seen = set()
    async with raw_server(take) as port, driver(DRIVER) as program:
        for step in range(1, MOST_STEPS, STRIDE):
            story = await broken_off(program, tmp_path / str(step), f"socket://127.0.0.1:{port}", mode, step)
            seen.add((story["phase"], story["outcome"]))
            where = f"{mode} at step {step}: {story}"
            assert story["outcome"] in ("not-printed", "unknown"), where
            assert story["outcome"] == "unknown" or mode == "failed" or story["marked"], where
            assert len(arrived) <= 1, where
            if story["outcome"] == "not-printed":
                assert arrived == [], where
            if story["event"] == "unknown":
                assert arrived == [DOCUMENT], where
            assert story["kept"], where
            arrived.clear()
            if story["survived"]:
                break
    assert story["survived"]
    assert ("ended", "unknown") in seen
    assert STRIDE > 1 or {("released", "unknown"), ("sending", "unknown")} <= seen
