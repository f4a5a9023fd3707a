from __future__ import annotations

from types import SimpleNamespace
from typing import cast

from presswork.agent.desired import Desired
from presswork.agent.intake.printers import Printers, description_of
from presswork.agent.queue_states import QueueStates
from presswork.printer.device import MESSAGE, Device
from presswork.printer.job import Requester
from presswork.printer.model import PrinterState, PrinterStateValue
from presswork.printer.printer import Printer
from presswork.printer.store import JobStore
from presswork.protocols.control.words import QueueSpec
from presswork.protocols.ipp.message import Attribute, Group
from presswork.protocols.ipp.registry import Operation, Status
from presswork.protocols.ipp.request import request
from presswork.protocols.ipp.values import Keyword, Tag
from presswork.testing.clock import StandingClock
from presswork.testing.intake import DIRECT, HOLD, STATE
from presswork.testing.spooling import pieces


class Forgetful:
    """Keeps nothing."""

    async def remember(self, key: str, value: str) -> None:
        return

    async def recall(self, key: str) -> str | None:
        return None


NO_DEVICE = cast("Device", SimpleNamespace(settable=(MESSAGE,)))


def printers(
    desired: Desired, clock: StandingClock, made: list[QueueSpec], states: QueueStates | None = None
) -> Printers:
    def parts(queue: QueueSpec) -> tuple[JobStore, Device]:
        made.append(queue)
        return cast("JobStore", None), NO_DEVICE  # no job is asked for here, and nobody rules

    return Printers(desired, states or QueueStates(Forgetful()), clock, 21339, parts)


async def subscribe(printer: Printer) -> None:
    wanted = Group.of(Tag.SUBSCRIPTION, [Attribute.of("notify-pull-method", Keyword("ippget"))])
    uri = printer.description.uris[0]
    message = request(Operation.CREATE_PRINTER_SUBSCRIPTIONS, 1, uri, "ada", (), groups=(wanted,))
    reply = await printer.handle(message, pieces(b""), Requester("ada"))
    assert reply.code == Status.SUCCESSFUL_OK


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


async def test_what_root_said_is_shown(desired: Desired, clock: StandingClock) -> None:
    states = QueueStates(Forgetful())
    found = printers(desired, clock, [], states)
    printer = found.find("/ipp/print/secure")
    assert printer is not None
    assert printer.state == PrinterState()
    await states.change(HOLD.queue_id, paused=True, disabled=True, message="No toner.")
    assert found.find("/ipp/print/secure") is printer
    assert (printer.state.printer_state, printer.state.printer_state_reasons) == (
        PrinterStateValue.STOPPED,
        ("paused",),
    )
    assert not printer.state.printer_is_accepting_jobs
    assert printer.description.message_from_operator == "No toner."
    other = found.find("/ipp/print/direct")
    assert other is not None
    assert other.state == PrinterState()
    after_restart = printers(desired, clock, [], states).find("/ipp/print/secure")
    assert after_restart is not None
    assert after_restart.state == printer.state


async def test_subscriptions_outlive_another_description_of_the_queue(desired: Desired, clock: StandingClock) -> None:
    found = printers(desired, clock, [])
    printer = found.find("/ipp/print/secure")
    assert printer is not None
    assert found.with_listeners() == {}
    await subscribe(printer)
    assert found.with_listeners() == {HOLD.queue_id: printer}
    renamed = HOLD.model_copy(update={"info": "Another"})
    await desired.put(STATE.model_copy(update={"revision": "2", "queues": (renamed, DIRECT)}))
    after = found.find("/ipp/print/secure")
    assert after is not printer
    assert found.with_listeners() == {HOLD.queue_id: after}


async def test_what_else_root_said_is_shown(desired: Desired, clock: StandingClock) -> None:
    states = QueueStates(Forgetful())
    found = printers(desired, clock, [], states)
    printer = found.find("/ipp/print/direct")
    assert printer is not None
    await states.change(DIRECT.queue_id, holds_new=True)
    assert found.find("/ipp/print/direct") is printer
    assert (printer.state.printer_state, printer.state.printer_state_reasons) == (3, ("hold-new-jobs",))
    await states.change(DIRECT.queue_id, paused=True)
    found.find("/ipp/print/direct")
    assert (printer.state.printer_state, printer.state.printer_state_reasons) == (5, ("paused", "hold-new-jobs"))
    await states.change(DIRECT.queue_id, shut_down=True)
    found.find("/ipp/print/direct")
    assert (printer.state.printer_state_reasons, printer.state.printer_is_accepting_jobs) == (("shutdown",), False)
    uri = printer.description.uris[0]
    reply = await printer.handle(request(Operation.GET_JOBS, 1, uri, "ada", ()), pieces(b""), Requester("ada"))
    assert reply.code == Status.SERVER_ERROR_SERVICE_UNAVAILABLE
