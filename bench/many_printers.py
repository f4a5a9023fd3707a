"""A server that knows 10,000 printers in 30 networks and 100,000 people: from its start until it answers, the page of all printers,
and the page on which one person chooses a printer. cupsd with 6,000 queues takes 25 to 30 minutes to start (lessons, row 1).
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

import httpx2
from rounds import plain
from sqlalchemy import insert, update

from presswork.server import networks, printers
from presswork.server.identity import Role, User
from presswork.server.printers import Printer
from presswork.server.tenants import Principal
from presswork.testing.agent import free_port
from presswork.testing.organisation import furnish
from presswork.testing.server import ServerInTest, running_server
from presswork.testing.site import ServerProcess

PRINTERS, PEOPLE, NETWORKS = 10_000, 100_000, 30
AT_ONCE = 5_000
ASKED = 60


async def measure() -> None:
    """Run and print."""
    with tempfile.TemporaryDirectory() as directory:
        async with running_server(Path(directory)) as server:
            organisation = await furnish(server.context)
            administrator, person = organisation.people["ada"], organisation.people["bob"]
            await _many_printers(server, administrator.principal)
            await _many_people(server)
            for _ in range(3):
                await organisation.document("Report.pdf")
        starts = [await _start(Path(directory)) for _ in range(3)]
        process = ServerProcess(Path(directory), free_port(), Path(directory) / "log")
        await process.start()
        try:
            pages = await _page(process.url, administrator.token, "/printers", "Printer 1")
            own = await _page(process.url, person.token, "/", "Report.pdf")
        finally:
            await process.kill()
    _line("many_printers_start", starts, "s", 10)
    _line("many_printers_own", own, "ms", 100)
    _line("many_printers_page", pages, "ms", 100)


async def _many_printers(server: ServerInTest, administrator: Principal) -> None:
    rows = "".join(f"Printer {number},ipps://192.0.2.1/{number},Room {number}\n" for number in range(PRINTERS))
    async with server.context.database.writing() as session:
        await printers.import_printers(session, administrator, "name,device_uri,location\n" + rows)
        for number in range(NETWORKS):
            network = await networks.add_network(session, administrator, name=f"Network {number}")
            names = [f"Printer {one}" for one in range(number, PRINTERS, NETWORKS)]
            await session.execute(update(Printer).where(Printer.name.in_(names)).values(network_id=network.id))


async def _many_people(server: ServerInTest) -> None:
    async with server.context.database.writing() as session:
        for start in range(0, PEOPLE, AT_ONCE):
            await session.execute(
                insert(User),
                [
                    {
                        "tenant_id": server.context.installation.tenant_id,
                        "id": session.new_id(),
                        "email": f"person{number}@example.org",
                        "display_name": f"Person {number}",
                        "role": Role.USER,
                        "password_hash": "",
                        "disabled": False,
                        "created_at": session.now(),
                    }
                    for number in range(start, start + AT_ONCE)
                ],
            )


async def _start(directory: Path) -> float:
    process = ServerProcess(directory, free_port(), directory / "log")
    began = time.monotonic()
    await process.start()
    seconds = time.monotonic() - began
    await process.kill()
    return seconds


async def _page(url: str, token: str, path: str, words: str) -> list[float]:
    times = []
    async with httpx2.AsyncClient(base_url=url, cookies={"presswork": token}) as browser:
        for _ in range(ASKED):
            began = time.monotonic()
            answer = await browser.get(path)
            times.append((time.monotonic() - began) * 1000)
            assert answer.status_code == 200, answer.status_code
            assert words in answer.text
    return times


def _line(name: str, values: list[float], unit: str, aim: float) -> None:
    most = quantiles(values, n=100)[98] if len(values) > 2 else max(values)
    print(f"# {name}: median {plain(median(values))} {unit}, p99 {plain(most)} {unit}; aim {aim} {unit}")
    print(f"{name}\t{plain(median(values))}\t-\t{unit}\t-", flush=True)


if __name__ == "__main__":
    sys.exit(asyncio.run(measure()))
