"""What ippeveprinter announces through avahi is heard, and is a printer."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from presswork.agent.search.answers import Asking
from presswork.agent.search.search import Search
from presswork.core.clock import system_randomness
from presswork.protocols.control.search import FoundDevice, SearchOrder
from presswork.testing.peers import ippeveprinter
from presswork.testing.timing import MS, eventually

pytestmark = [pytest.mark.interop, pytest.mark.timeout(120)]
ORDER = "00000000-0000-7000-8000-000000000001"


async def test_an_announced_printer_is_found(tmp_path: Path) -> None:
    found: list[FoundDevice] = []
    order = SearchOrder.model_validate({"search_id": ORDER, "announced": True})
    async with ippeveprinter(tmp_path) as printer, asyncio.TaskGroup() as tasks:
        search = Search(order, Asking(None, system_randomness), found.append, interfaces=["127.0.0.1"], listen=60)
        running = tasks.create_task(search.run())
        await eventually(lambda: any(str(printer.port) in uri for one in found for uri in one.ways), 60_000 * MS)
        running.cancel()
    device = next(one for one in found if any(str(printer.port) in uri for uri in one.ways))
    assert device.uuid
    assert device.ways[0].startswith(("ipps://", "ipp://"))
