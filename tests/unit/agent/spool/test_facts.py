from __future__ import annotations

import asyncio

from presswork.agent.spool.facts import ROOM, Facts


class Disk:
    def __init__(self) -> None:
        self.value: str | None = None
        self.reads = 0
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def read(self) -> str | None:
        self.reads += 1
        value = self.value
        await self.go_on.wait()
        return value


async def test_a_fact_is_read_once_until_it_changes() -> None:
    facts, disk = Facts(), Disk()
    assert [await facts.get("a", disk.read) for _ in range(3)] == [None] * 3
    assert disk.reads == 1, "that there is none is a fact, too"
    facts.changing("a")
    disk.value = "new"
    facts.changing("a")
    assert [await facts.get("a", disk.read) for _ in range(3)] == ["new"] * 3
    assert disk.reads == 2


async def test_what_was_read_while_it_changed_is_not_kept() -> None:
    facts, disk = Facts(), Disk()
    disk.go_on.clear()
    reading = asyncio.create_task(facts.get("a", disk.read))
    await asyncio.sleep(0)
    facts.changing("a")
    disk.value = "new"
    facts.changing("a")
    disk.go_on.set()
    assert await reading is None
    assert await facts.get("a", disk.read) == "new"


async def test_no_more_are_kept_than_there_is_room_for() -> None:
    facts, disk = Facts(), Disk()
    for number in range(ROOM + 1):
        await facts.get(str(number), disk.read)
    assert len(facts._known) == 1
