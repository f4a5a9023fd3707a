from __future__ import annotations

from typing import cast

from presswork.agent.desired import Desired
from presswork.agent.intake.printers import Printers, description_of
from presswork.printer.store import JobStore
from presswork.protocols.control.words import QueueSpec
from presswork.testing.clock import StandingClock
from presswork.testing.intake import DIRECT, HOLD, STATE


def printers(desired: Desired, clock: StandingClock, made: list[QueueSpec]) -> Printers:
    def store(queue: QueueSpec) -> JobStore:
        made.append(queue)
        return cast("JobStore", None)  # no job is asked for here

    return Printers(desired, clock, 21339, store)


async def test_a_printer_is_made_when_somebody_asks_and_once(desired: Desired, clock: StandingClock) -> None:
    made: list[QueueSpec] = []
    found = printers(desired, clock, made)
    assert made == []
    printer = found.find("/ipp/print/secure")
    assert printer is not None
    assert found.find("/ipp/print/secure") is printer
    assert made == [HOLD]
    assert printer.description == description_of(HOLD, 21339)


async def test_what_is_no_queue_is_no_printer(desired: Desired, clock: StandingClock) -> None:
    found = printers(desired, clock, [])
    for path in ("/", "/ipp/print", "/ipp/print/", "/ipp/print/other", "/ipp/print/secure/1", "/secure", "secure", ""):
        assert found.find(path) is None


async def test_a_queue_that_changed_has_a_new_printer_and_one_that_is_gone_none(
    desired: Desired, clock: StandingClock
) -> None:
    found = printers(desired, clock, [])
    before, other = found.find("/ipp/print/secure"), found.find("/ipp/print/direct")
    renamed = HOLD.model_copy(update={"info": "Another"})
    await desired.put(STATE.model_copy(update={"revision": "2", "queues": (renamed, DIRECT)}))
    after = found.find("/ipp/print/secure")
    assert after is not before
    assert after is not None
    assert after.description.info == "Another"
    assert found.find("/ipp/print/direct") is other
    await desired.put(STATE.model_copy(update={"revision": "3", "queues": (renamed,)}))
    assert found.find("/ipp/print/direct") is None


def test_what_a_queue_says_of_itself() -> None:
    description = description_of(HOLD, 5)
    assert (description.name, description.uuid, description.info) == ("secure", HOLD.queue_id, "Secure print")
    assert description.uris == ("ipp://127.0.0.1:5/ipp/print/secure",)
    assert description.more_info == "http://127.0.0.1:5/"
    assert description_of(DIRECT, 5).info == "direct"
