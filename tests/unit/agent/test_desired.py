"""The desired state: look-ups, waking, surviving a restart."""

from __future__ import annotations

import asyncio
from uuid import UUID

from presswork.agent.desired import LEARNED_LIMIT, Desired
from presswork.protocols.control.agent import DesiredState
from presswork.protocols.control.words import AccountBinding, PrinterSpec, QueueSpec

PRINTER = PrinterSpec(printer_id=UUID(int=1), name="Lobby", device_uri="ipp://192.0.2.1/ipp/print")
QUEUE = QueueSpec(queue_id=UUID(int=2), name="office", mode="hold")
ALICE = AccountBinding(account="alice", user_id=UUID(int=3), person="Alice Example")
STATE = DesiredState(
    revision="7", computer_name="desk", queues=(QUEUE,), printers=(PRINTER,), accounts=(ALICE,), hold_hours=5
)


class Notebook:
    """Keeps what it is told in a dictionary."""

    def __init__(self) -> None:
        self.facts: dict[str, str] = {}

    async def remember(self, key: str, value: str) -> None:
        self.facts[key] = value

    async def recall(self, key: str) -> str | None:
        return self.facts.get(key)


async def test_starts_with_nothing() -> None:
    desired = Desired(Notebook())
    await desired.load()
    assert desired.state.revision == ""
    assert desired.queue("office") is None
    assert desired.person("alice") is None


async def test_looks_up_what_was_put() -> None:
    desired = Desired(Notebook())
    await desired.put(STATE)
    assert desired.queue("office") == QUEUE
    assert desired.queue_by_id(QUEUE.queue_id) == QUEUE
    assert desired.printer(PRINTER.printer_id) == PRINTER
    assert desired.person("alice") == ALICE
    assert desired.queue("Office") is None
    assert desired.printer(QUEUE.queue_id) is None


async def test_what_is_gone_is_not_found_any_more() -> None:
    desired = Desired(Notebook())
    await desired.put(STATE)
    await desired.put(STATE.model_copy(update={"revision": "8", "queues": (), "accounts": ()}))
    assert desired.queue("office") is None
    assert desired.person("alice") is None
    assert desired.printer(PRINTER.printer_id) == PRINTER


async def test_survives_a_restart() -> None:
    notebook = Notebook()
    await Desired(notebook).put(STATE)
    after = Desired(notebook)
    await after.load()
    assert after.state == STATE
    assert after.queue("office") == QUEUE


async def test_an_unreadable_memory_is_forgotten() -> None:
    notebook = Notebook()
    desired = Desired(notebook)
    await desired.put(STATE)
    notebook.facts = dict.fromkeys(notebook.facts, '{"revision": 5')
    after = Desired(notebook)
    await after.load()
    assert after.state.revision == ""


async def test_a_change_wakes_everybody_who_waits() -> None:
    desired = Desired(Notebook())
    seen = desired.generation
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        waiting = [group.create_task(desired.changed(seen)) for _ in range(3)]
        await asyncio.sleep(0)
        assert not any(task.done() for task in waiting)
        await desired.put(STATE)
    assert {task.result() for task in waiting} == {seen + 1}


async def test_a_change_before_the_wait_is_not_missed() -> None:
    desired = Desired(Notebook())
    seen = desired.generation
    await desired.put(STATE)
    async with asyncio.timeout(5):
        assert await desired.changed(seen) == seen + 1


async def test_a_printer_that_something_was_released_to_stays_known_through_restarts() -> None:
    notebook = Notebook()
    desired = Desired(notebook)
    printers = [
        PrinterSpec(printer_id=UUID(int=number), name=str(number), device_uri="ipp://192.0.2.1")
        for number in range(1, LEARNED_LIMIT + 3)
    ]
    for printer in printers:
        await desired.learn(printer)
    await desired.learn(printers[-1])
    again = Desired(notebook)
    await again.load()
    assert again.printer(printers[-1].printer_id) == printers[-1]
    assert again.printer(printers[0].printer_id) is None, "only the newest are kept"
    assert len(again.printers) == LEARNED_LIMIT
    moved = printers[-1].model_copy(update={"device_uri": "ipp://192.0.2.2"})
    await again.put(again.state.model_copy(update={"printers": (moved,), "revision": "2"}))
    assert again.printer(moved.printer_id) == moved, "what the server says now counts"
    assert len(again.printers) == LEARNED_LIMIT
