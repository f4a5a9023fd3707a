"""The printers of one host, to be run within its network namespace.

python printers.py '[["Hall", {"address": "192.0.2.7", "port": 631}], …]'

It says "ready", and then answers each line of its input, a list in JSON:

["switch", "Hall", {"paper_out": true}]   set faults
["jobs", "Hall"]                          every job it was ever given: [name, state]
["printed", "Hall"]                       what came out: [name, pages]
["again", "Hall"]                         switched off and on: with a new certificate, and all forgotten
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import AsyncExitStack
from typing import Any

from presswork.core.logging import configure_logging
from presswork.simulator.serve import simulate
from presswork.simulator.simulator import Listen, Simulator


class Host:
    """Its printers by name."""

    def __init__(self, wanted: dict[str, dict[str, Any]]) -> None:
        self._wanted = wanted
        self._running: dict[str, tuple[AsyncExitStack, Simulator]] = {}

    async def start(self, name: str) -> None:
        stack = AsyncExitStack()
        printer = await stack.enter_async_context(simulate(name, Listen(**self._wanted[name])))
        self._running[name] = stack, printer

    async def stop(self, name: str) -> None:
        stack, _ = self._running.pop(name)
        await stack.aclose()

    async def answer(self, what: str, name: str, values: dict[str, Any]) -> Any:
        printer = self._running[name][1]
        match what:
            case "switch":
                await printer.switch(**values)
            case "jobs":
                return [[one.job.job_name, one.job.job_state.name] for one in printer.store.entries.values()]
            case "printed":
                return [[one.job.job_name, len(one.pages)] for one in printer.output.jobs]
            case "again":
                await self.stop(name)
                await self.start(name)
        return None


async def main(wanted: list[tuple[str, dict[str, Any]]]) -> None:
    host = Host(dict(wanted))
    for name, _ in wanted:
        await host.start(name)
    print("ready", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        what, name, *rest = json.loads(line)
        print(json.dumps(await host.answer(what, name, *(rest or [{}]))), flush=True)
    for name, _ in wanted:
        await host.stop(name)


if __name__ == "__main__":
    configure_logging()
    asyncio.run(main(json.loads(sys.argv[1])))
