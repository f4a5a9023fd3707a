"""A computer of the test with two sites: cupsd and agent, to be run within a network namespace.

python computer_on_lan.py DIRECTORY URL CODE

It enrols, says "ready", and then runs each line of its input (a list in JSON) as one of CUPS' commands.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from presswork.testing.agent import AgentProcess, environment_of, settings_for
from presswork.testing.cups import private_cupsd
from presswork.testing.local import run_presswork


async def main(directory: Path, url: str, code: str) -> None:
    async with private_cupsd() as cupsd:
        settings = settings_for(directory, cups_socket=cupsd.socket, files_conf=cupsd.files_conf)
        ran = await run_presswork(environment_of(settings), ("agent", "enrol", url, code))
        if ran.status != 0:
            sys.exit(ran.err)
        agent = AgentProcess(settings, log=directory / "agent.log")
        try:
            await agent.start()
            print("ready", flush=True)
            while line := await asyncio.to_thread(sys.stdin.readline):
                print(json.dumps(await cupsd.run(*json.loads(line))), flush=True)
        finally:
            await agent.kill()


asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
